//! The 30 days before: outages into the records, samples into the series, as if the product had watched. An hourly value
//! of each device and its busiest port is there before pages are served; the rest follows, what is looked at first coming
//! first.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use controller::app::App;
use controller::app::past::Lost;
use fleetsim::village::{Cause, Device, Kind, Measure, Outage, Power, Series, Village};
use inventory::fleet::Fleet;
use inventory::id::{DeviceId, HallId, InterfaceId};
use inventory::metric::{Metric, Sample, SeriesKey};
use inventory::reading::CounterWidth;
use jiff::Timestamp;
use tokio::time::Instant;

use crate::Failed;

const DAY_S: i64 = 86_400;
const PAST_S: i64 = 30 * DAY_S;
/// Time between the two readings of which a rate is made, as between two visits.
const PAIR_S: i64 = 60;
/// Ports of a device that have a past: with whether it answered and how fast, that is eight series.
const PORTS: usize = 3;
/// Samples written at once: a batch of the agent waits for no more than some tens of milliseconds.
const AT_ONCE: usize = 8_000;
/// Devices of which a stretch is drawn at once: a file is filled fastest series by series, and what is drawn lies in memory
/// until it is written.
const DEVICES_AT_ONCE: usize = 8;

/// A stretch of the past with a value every so often.
#[derive(Clone, Copy)]
struct Stretch {
    /// Seconds before the start: from, to.
    ago_s: (i64, i64),
    step_s: i64,
    /// The busiest so many ports of each device.
    ports: usize,
}

/// What is there before pages are served.
const FIRST: Stretch = Stretch { ago_s: (PAST_S, 0), step_s: 3_600, ports: 1 };
/// What follows: each graph of the pages has at least one value in each of its steps in the end.
const REST: [Stretch; 4] = [
    Stretch { ago_s: (2 * 3_600, 0), step_s: 60, ports: PORTS },
    Stretch { ago_s: (DAY_S, 0), step_s: 300, ports: PORTS },
    Stretch { ago_s: (PAST_S, 0), step_s: 3_600, ports: PORTS },
    Stretch { ago_s: (7 * DAY_S, DAY_S), step_s: 1_800, ports: PORTS },
];

/// What is drawn at once: which devices, in the order of the village, and from when to when.
type Piece = (Range<usize>, (i64, i64));

/// The past of a village.
pub(super) struct Past {
    village: Village,
    /// Seconds since 1970.
    started: i64,
    outages: Vec<Outage>,
}

impl Past {
    /// Draws it: the outages that were over when the simulation started.
    pub(super) fn of(village: Village, started: Timestamp) -> Past {
        let started = started.as_second();
        let mut outages = village.outages(started - PAST_S, started);
        outages.retain(|outage| outage.end + PAIR_S < started);
        Past { village, started, outages }
    }

    /// When it begins.
    pub(super) fn begins(&self) -> Timestamp {
        time(self.started - PAST_S)
    }

    /// What was lost in it.
    pub(super) fn lost(&self, fleet: &Fleet) -> Vec<Lost> {
        let halls: BTreeMap<&str, HallId> = fleet.halls().map(|hall| (hall.code.as_str(), hall.id)).collect();
        let devices = ids(fleet);
        let mut lost = Vec::new();
        for past in &self.outages {
            let known = self.village.halls.iter().find(|hall| hall.code == past.hall);
            let (Some(hall), Some(id)) = (known, halls.get(past.hall.as_str())) else { continue };
            let one = |device, is_cut_off| Lost {
                hall: *id,
                device,
                start: time(past.start),
                end: time(past.end),
                is_cut_off,
            };
            if past.device.is_none() {
                lost.push(one(None, past.cause == Cause::Upstream));
            }
            for device in hall.devices.iter().filter(|device| concerns(past, device)) {
                lost.extend(devices.get(&device.full_name()).map(|id| one(Some(*id), is_cut_off(past, device))));
            }
        }
        lost
    }

    /// Writes what has to be there when the first page is shown.
    pub(super) async fn first(self: &Arc<Self>, app: &App) -> Result<(), Failed> {
        let span = (self.started - FIRST.ago_s.0, self.started - FIRST.ago_s.1);
        self.write(app, FIRST, self.pieces(span).collect(), false).await
    }

    /// Writes the rest day by day, the newest first, and takes no more than half of the writer's time for it.
    pub(super) async fn rest(self: &Arc<Self>, app: &App) -> Result<(), Failed> {
        for stretch in REST {
            let (from, mut end) = (self.started - stretch.ago_s.0, self.started - stretch.ago_s.1);
            let mut pieces = Vec::new();
            while end > from {
                let begin = (end - DAY_S).max(from);
                pieces.extend(self.pieces((begin, end)));
                end = begin;
            }
            self.write(app, stretch, pieces, true).await?;
        }
        Ok(())
    }

    /// All devices from when to when, some at a time.
    fn pieces(&self, span: (i64, i64)) -> impl Iterator<Item = Piece> {
        let all = self.village.devices().count();
        (0..all).step_by(DEVICES_AT_ONCE).map(move |from| (from..all.min(from + DEVICES_AT_ONCE), span))
    }

    /// Writes piece after piece; the next one is drawn meanwhile.
    async fn write(
        self: &Arc<Self>,
        app: &App,
        stretch: Stretch,
        pieces: Vec<Piece>,
        is_patient: bool,
    ) -> Result<(), Failed> {
        let devices = Arc::new(ids(&app.world().fleet));
        let ports = Arc::new(app.interface_ids().await?);
        let draw = |(which, span): Piece| {
            let (past, devices, ports) = (Arc::clone(self), Arc::clone(&devices), Arc::clone(&ports));
            tokio::task::spawn_blocking(move || past.samples(&devices, &ports, which, span, stretch))
        };
        let begun = Instant::now();
        let mut rows = 0;
        let mut pieces = pieces.into_iter();
        let mut drawn = pieces.next().map(draw);
        while let Some(samples) = drawn {
            let samples = samples.await?;
            drawn = pieces.next().map(draw);
            rows += samples.len();
            for chunk in samples.chunks(if is_patient { AT_ONCE } else { samples.len().max(1) }) {
                let began = Instant::now();
                app.series.backfill(chunk).await?;
                if is_patient {
                    tokio::time::sleep(began.elapsed()).await;
                }
            }
        }
        tracing::debug!(rows, step_s = stretch.step_s, took = ?begun.elapsed(), "a stretch of the past is written");
        Ok(())
    }

    /// Everything of a stretch, device by device.
    fn samples(
        &self,
        devices: &BTreeMap<String, DeviceId>,
        ports: &BTreeMap<(DeviceId, u32), InterfaceId>,
        which: Range<usize>,
        span: (i64, i64),
        Stretch { step_s, ports: most, .. }: Stretch,
    ) -> Vec<(SeriesKey, Sample)> {
        let mut samples = Vec::new();
        for (hall, device) in self.village.devices().skip(which.start).take(which.len()) {
            let Some(id) = devices.get(&device.full_name()) else { continue };
            let lost = self.outages.iter().filter(|past| past.hall == hall.code && concerns(past, device));
            let lost: Vec<Outage> = lost.cloned().collect();
            for (at, latency_ms) in latency(self.village.history(hall, device, &lost, span, step_s)) {
                let mut add = |at, interface, metric, width, value| {
                    samples.push((
                        SeriesKey { device: *id, interface, part: None, metric, width },
                        Sample { at: time(at), value },
                    ));
                };
                let Some(latency_ms) = latency_ms else {
                    add(at, None, Metric::Reachable, None, 0);
                    continue;
                };
                add(at, None, Metric::Reachable, None, 1);
                // A time in seconds, scaled; what is lost of it is less than a microsecond.
                add(at, None, Metric::RttSeconds, None, (latency_ms / 1e3 * Metric::RttSeconds.scale()) as i64);
                let pair = if step_s > PAIR_S { vec![at, at + PAIR_S] } else { vec![at] };
                for at in pair.into_iter().filter(|at| *at < self.started) {
                    for (index, into, out) in self.village.octets(hall, device, self.started, at).into_iter().take(most)
                    {
                        let Some(port) = ports.get(&(*id, index)) else { continue };
                        let width = Some(CounterWidth::Bits64);
                        add(at, Some(*port), Metric::InOctets, width, into.cast_signed());
                        add(at, Some(*port), Metric::OutOctets, width, out.cast_signed());
                    }
                }
            }
        }
        samples
    }
}

fn ids(fleet: &Fleet) -> BTreeMap<String, DeviceId> {
    fleet.devices().map(|device| (device.name.to_string(), device.id)).collect()
}

fn time(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("within some weeks of now")
}

fn latency(history: Vec<(Measure, Series)>) -> Series {
    history
        .into_iter()
        .find(|(measure, _)| *measure == Measure::LatencyMs)
        .map(|(_, series)| series)
        .unwrap_or_default()
}

/// Whether this device of the hall was lost with it: masts have batteries, and stand before the hall's line.
fn concerns(past: &Outage, device: &Device) -> bool {
    match (&past.device, past.cause) {
        (Some(name), _) => *name == device.name,
        (None, Cause::Power) => device.power == Power::Hall,
        (None, Cause::Line) => device.kind != Kind::Mast,
        (None, Cause::Upstream | Cause::Device) => true,
    }
}

/// Only the first of what is lost has a cause of its own: the mast, or the hall's gateway.
fn is_cut_off(past: &Outage, device: &Device) -> bool {
    match past.cause {
        Cause::Upstream => device.kind != Kind::Mast,
        Cause::Power | Cause::Line => device.kind != Kind::Router,
        Cause::Device => false,
    }
}
