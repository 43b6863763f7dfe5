//! [`Live`]: what changes about a device while it runs. Times are seconds since 1970, as the simulation counts them.

use std::net::Ipv4Addr;

use super::family::{PortKind, Role};
use super::plan::Device;

/// sysUpTime counts hundredths in 32 bits: 497 days.
const UPTIME_WRAP_S: f64 = 4_294_967_296.0 / 100.0;

/// From where a device counts octets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Counting {
    /// From 0 at its boot.
    FromBoot,
    /// So that the low 32 bits wrap at this moment.
    Wraps32At(f64),
    /// So that all 64 bits wrap at this moment.
    Wraps64At(f64),
}

/// What changes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Live {
    /// When it says it booted.
    pub(super) booted: f64,
    /// When it really did, for what it counts.
    pub(super) counted_from: f64,
    pub(super) counting: Counting,
    /// When its counters last jumped.
    pub(super) discontinuity: Option<f64>,
    /// Added to every ifIndex.
    pub(super) index_shift: u32,
    /// How far its clock is off.
    pub(super) clock_s: i64,
    /// Whether its texts are an attack.
    pub(super) is_evil: bool,
    /// Since when its hall has no mains, when it knows.
    pub(super) on_battery_since: Option<f64>,
}

impl Live {
    pub(super) fn booted(at: f64) -> Live {
        Live {
            booted: at,
            counted_from: at,
            counting: Counting::FromBoot,
            discontinuity: None,
            index_shift: 0,
            clock_s: 0,
            is_evil: false,
            on_battery_since: None,
        }
    }

    /// What it says to be up.
    pub(super) fn uptime_s(&self, now: f64) -> f64 {
        (now - self.booted).max(0.0)
    }

    /// Makes sysUpTime wrap at a moment.
    pub(super) fn wrap_uptime_at(&mut self, at: f64) {
        self.booted = at - UPTIME_WRAP_S;
    }
}

/// One port at one moment.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Port {
    pub(super) index: u32,
    pub(super) kind: PortKind,
    pub(super) mac: [u8; 6],
    pub(super) is_up: bool,
    /// In 64 bits; who counts in 32 sends the low ones.
    pub(super) in_octets: u64,
    pub(super) out_octets: u64,
}

/// The device's ports at a moment.
pub(super) fn ports(device: &Device, live: &Live, now: f64) -> Vec<Port> {
    let down = counted(device, live, now, true);
    let up = counted(device, live, now, false);
    let share = |octets: i128, share: f64| (octets as f64 * share) as i128;
    let port = |(place, kind): (usize, &PortKind)| {
        let (into, out) = match kind.role {
            Role::Up => (down, up),
            Role::Down(part) => (share(up, part), share(down, part)),
            Role::Empty => (0, 0),
        };
        let place = u8::try_from(place + 1).expect("no family has so many ports");
        let mut mac = device.mac;
        mac[5] = place;
        Port {
            index: u32::from(place) + live.index_shift,
            kind: *kind,
            mac,
            is_up: kind.role != Role::Empty,
            in_octets: total(live, into),
            out_octets: total(live, out),
        }
    };
    device.family.ports().iter().enumerate().map(port).collect()
}

/// Octets since the moment that counting starts from; negative before it.
fn counted(device: &Device, live: &Live, now: f64, is_down: bool) -> i128 {
    let curve = if is_down { &device.down } else { &device.up };
    let octets = |from: f64, to: f64| (curve.between(from, to) / 8.0) as i128;
    match live.counting {
        Counting::FromBoot => octets(live.counted_from, now),
        Counting::Wraps32At(at) | Counting::Wraps64At(at) if now < at => -octets(now, at),
        Counting::Wraps32At(at) | Counting::Wraps64At(at) => octets(at, now),
    }
}

fn total(live: &Live, octets: i128) -> u64 {
    match live.counting {
        Counting::FromBoot | Counting::Wraps64At(_) => octets as u64,
        // Far from both ends of 64 bits, and with all of the low 32 at 0 when it wraps.
        Counting::Wraps32At(_) => (octets + (1 << 44)) as u64,
    }
}

/// Rates of a port in and out, in bit/s.
pub(super) fn rates(device: &Device, kind: &PortKind, now: f64) -> (f64, f64) {
    let (down, up) = (device.down.at(now), device.up.at(now));
    match kind.role {
        Role::Up => (down, up),
        Role::Down(share) => (share * up, share * down),
        Role::Empty => (0.0, 0.0),
    }
}

/// Whole stations.
pub(super) fn clients(device: &Device, now: f64) -> u32 {
    device.clients.as_ref().map_or(0, |curve| curve.at(now).round() as u32)
}

/// CPU in percent: some for being there, more for traffic.
pub(super) fn cpu_percent(device: &Device, now: f64) -> u32 {
    let busy = device.down.at(now) / 1e6;
    (3.0 + 1.6 * busy).min(97.0) as u32
}

/// The name a device gives itself.
pub(super) fn host(device: &Device) -> String {
    format!("{}-{}", device.hall, device.name)
}

/// In the hall's network, as the device sees itself.
pub(super) fn lan_address(device: &Device) -> Ipv4Addr {
    let [_, commune, hall, place] = device.address.octets();
    Ipv4Addr::new(10, commune, hall, place)
}
