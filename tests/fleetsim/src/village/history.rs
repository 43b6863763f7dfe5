//! The past of a village: outages and series of any time, drawn from the seed, so that whoever shows 30 days of it has
//! something to show, and the next start shows the same.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::chance::{between, draw, unit};
use super::family::Role;
use super::live::{Live, Port, clients, cpu_percent, ports, rates};
use super::plan::{Device, Hall, Kind, Power, Village};

const DAY_S: i64 = 86_400;

/// Why something was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// No mains.
    Power,
    /// The hall's line.
    Line,
    /// The device itself.
    Device,
    /// The commune's mast.
    Upstream,
}

/// Something that was lost and came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage {
    /// The hall.
    pub hall: String,
    /// The device in it; `None` when the whole hall was lost.
    pub device: Option<String>,
    /// Seconds since 1970, inclusive.
    pub start: i64,
    /// Seconds since 1970, exclusive.
    pub end: i64,
    /// Why.
    pub cause: Cause,
}

/// What a series is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Into this port, in bit/s.
    InBps(String),
    /// Out of this port, in bit/s.
    OutBps(String),
    /// Associated stations.
    Clients,
    /// In percent.
    Cpu,
    /// Of an answer, in milliseconds.
    LatencyMs,
}

/// A series: seconds since 1970, and what was there; `None` while the device was lost.
pub type Series = Vec<(i64, Option<f64>)>;

impl Village {
    /// Every outage that began in this time, by start. Outages of one hall do not overlap, nor do those of a device
    /// overlap with its hall's.
    pub fn outages(&self, from: i64, to: i64) -> Vec<Outage> {
        let mut outages = Vec::new();
        let mast: BTreeMap<String, Vec<Outage>> =
            self.communes().into_iter().map(|commune| (commune.clone(), self.upstream(&commune, from, to))).collect();
        for hall in &self.halls {
            let mut of_hall = Vec::new();
            let carried = mast.get(&hall.commune).into_iter().flatten();
            of_hall.extend(carried.map(|outage| Outage { hall: hall.code.clone(), ..outage.clone() }));
            // What feeds the gateway decides: a hall with a battery is not lost with the mains.
            let has_battery =
                hall.devices.iter().any(|device| device.kind == Kind::Router && device.power == Power::Ups);
            if !has_battery {
                of_hall.extend(self.power(hall, from, to));
            }
            of_hall.extend(
                self.drawn(&hall.code, "line", 1.0 / 35.0, (600.0, 9000.0), from, to).map(|(start, end)| Outage {
                    hall: hall.code.clone(),
                    device: None,
                    start,
                    end,
                    cause: Cause::Line,
                }),
            );
            for device in hall.devices.iter().filter(|device| device.clients.is_some()) {
                let died = self.drawn(&device.full_name(), "death", 1.0 / 120.0, (3600.0, 70_000.0), from, to);
                of_hall.extend(died.map(|(start, end)| Outage {
                    hall: hall.code.clone(),
                    device: Some(device.name.clone()),
                    start,
                    end,
                    cause: Cause::Device,
                }));
            }
            outages.extend(apart(of_hall));
        }
        outages.sort_by(|a, b| (a.start, &a.hall, &a.device).cmp(&(b.start, &b.hall, &b.device)));
        outages
    }

    /// When a device booted last before `now`: after the last power cut of its hall, or else some weeks ago.
    pub fn booted(&self, hall: &Hall, device: &Device, now: i64) -> i64 {
        let cut = self.power(hall, now - 25 * DAY_S, now).into_iter().map(|outage| outage.end).rfind(|end| *end < now);
        match cut.filter(|_| device.power == Power::Hall) {
            // Not all are as quick.
            Some(end) => (end + (draw(self.seed, &device.full_name(), 1) % 60) as i64).min(now - 1),
            None => {
                let name = device.full_name();
                let period = (between(self.seed, &name, 2, 26.0, 60.0) * DAY_S as f64) as i64;
                let shift = (draw(self.seed, &name, 3) % period as u64) as i64;
                (now - shift).div_euclid(period) * period + shift
            }
        }
    }

    /// What the octet counters of a device's ports stood at, as the device of a simulation that starts at `started` goes
    /// on counting: `(ifIndex, in, out)`, the busiest port first, none that is empty. Before its last boot it was
    /// another run.
    pub fn octets(&self, hall: &Hall, device: &Device, started: i64, at: i64) -> Vec<(u32, u64, u64)> {
        let weight = |port: &Port| match port.kind.role {
            Role::Up => Some(2.0),
            Role::Down(share) => Some(share),
            Role::Empty => None,
        };
        let live = Live::booted(self.booted(hall, device, started) as f64);
        let mut found = ports(device, &live, at as f64);
        found.retain(|port| weight(port).is_some());
        found.sort_by(|one, other| weight(other).partial_cmp(&weight(one)).unwrap_or(Ordering::Equal));
        found.into_iter().map(|port| (port.index, port.in_octets, port.out_octets)).collect()
    }

    /// What a device's series would have shown, every `step_s` seconds from the first multiple of it at or after
    /// `from` and before `to`. `outages` are those of the same time, from [`Village::outages`].
    pub fn history(
        &self,
        hall: &Hall,
        device: &Device,
        outages: &[Outage],
        (from, to): (i64, i64),
        step_s: i64,
    ) -> Vec<(Measure, Series)> {
        let concerns = |outage: &&Outage| {
            outage.hall == hall.code && outage.device.as_ref().is_none_or(|name| *name == device.name)
        };
        let lost: Vec<&Outage> = outages.iter().filter(concerns).collect();
        let first = from.div_euclid(step_s) * step_s;
        let first = if first < from { first + step_s } else { first };
        let times: Vec<i64> = (0..).map(|nth| first + nth * step_s).take_while(|time| *time < to).collect();
        let series = |value: &dyn Fn(f64) -> f64| -> Series {
            let at = |time: &i64| {
                let is_lost = lost.iter().any(|outage| (outage.start..outage.end).contains(time));
                (*time, (!is_lost).then(|| value(*time as f64)))
            };
            times.iter().map(at).collect()
        };
        let mut history = Vec::new();
        for port in device.family.ports() {
            let (into, out) = (|at| rates(device, port, at).0, |at| rates(device, port, at).1);
            history.push((Measure::InBps(port.name.to_owned()), series(&into)));
            history.push((Measure::OutBps(port.name.to_owned()), series(&out)));
        }
        if device.clients.is_some() {
            history.push((Measure::Clients, series(&|at| f64::from(clients(device, at)))));
        }
        history.push((Measure::Cpu, series(&|at| f64::from(cpu_percent(device, at)))));
        let jitter = |at: f64| 1.0 + 0.3 * unit(self.seed, &hall.code, at as i64);
        history.push((Measure::LatencyMs, series(&|at| hall.latency_ms * jitter(at))));
        history
    }

    fn upstream(&self, commune: &str, from: i64, to: i64) -> Vec<Outage> {
        self.drawn(commune, "upstream", 1.0 / 18.0, (240.0, 3600.0), from, to)
            .map(|(start, end)| Outage { hall: String::new(), device: None, start, end, cause: Cause::Upstream })
            .collect()
    }

    /// A feeder is lost for all its halls at once, but for a hall here and there.
    fn power(&self, hall: &Hall, from: i64, to: i64) -> Vec<Outage> {
        let feeder = format!("{}/{}", hall.commune, hall.feeder);
        self.drawn(&feeder, "power", 1.0 / 11.0, (1200.0, 14_400.0), from, to)
            .filter(|(start, _)| unit(self.seed, &hall.code, *start) < 0.9)
            .map(|(start, end)| Outage { hall: hall.code.clone(), device: None, start, end, cause: Cause::Power })
            .collect()
    }

    /// At most one interval a day, with this chance, that begins in this time.
    fn drawn(
        &self,
        thing: &str,
        what: &str,
        chance: f64,
        (shortest, longest): (f64, f64),
        from: i64,
        to: i64,
    ) -> impl Iterator<Item = (i64, i64)> + use<> {
        let (seed, thing) = (self.seed, format!("{thing}/{what}"));
        let days = from.div_euclid(DAY_S)..=to.div_euclid(DAY_S);
        let interval = move |day: i64| {
            if unit(seed, &thing, day) >= chance {
                return None;
            }
            let start = day * DAY_S + (draw(seed, &format!("{thing}/start"), day) % DAY_S as u64) as i64;
            let length = unit(seed, &format!("{thing}/length"), day).powi(2) * (longest - shortest) + shortest;
            Some((start, start + length as i64))
        };
        days.filter_map(interval).filter(move |(start, _)| (from..to).contains(start))
    }
}

/// Those that do not overlap with an earlier one: halls' first, then devices'.
fn apart(mut outages: Vec<Outage>) -> Vec<Outage> {
    outages.sort_by_key(|outage| (outage.device.is_some(), outage.start, outage.end));
    let mut kept: Vec<Outage> = Vec::new();
    for outage in outages {
        let is_other_device =
            |other: &Outage| other.device.is_some() && outage.device.is_some() && other.device != outage.device;
        let overlaps =
            |other: &Outage| outage.start <= other.end && other.start <= outage.end && !is_other_device(other);
        if !kept.iter().any(overlaps) {
            kept.push(outage);
        }
    }
    kept
}
