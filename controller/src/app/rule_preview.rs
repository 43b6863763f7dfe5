//! What a rule would have told of the last 30 days, had it been set so: the stored samples, put through the same machine
//! that watches what is seen now.
//!
//! Samples are read in steps of five minutes (an hour for ports and visitors), so what is shorter than that is smoothed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use alerts::rule::measure::{Measure, MeasureOf};
use alerts::rule::setting::{Amount, Setting};
use alerts::rule::watch::{Turned, Watch};
use inventory::condition::SensorClass;
use inventory::hall::Hall;
use inventory::id::{DeviceId, HallId};
use inventory::metric::{Metric, SeriesKey};
use inventory::part::PartClass;
use jiff::{SignedDuration, Timestamp};

use super::App;
use super::error::AppError;
use super::principal::{Principal, Role};
use super::rule::{RuleWish, checked};
use crate::series::{Bucket, RateAsk, RatesAsk, Series, SeriesError, Window};
use crate::store::Scope;
use crate::world::World;

/// How far it looks back.
const BACK: SignedDuration = SignedDuration::from_hours(30 * 24);
const STEP: Duration = Duration::from_secs(300);
const LONG_STEP: Duration = Duration::from_secs(3_600);

/// What a rule would have told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// From when on.
    pub from: Timestamp,
    /// Until when.
    pub to: Timestamp,
    /// How often it would have fired in each hall where it would have, the most first; `None` where no samples are kept of
    /// what it looks at.
    pub halls: Option<Vec<(HallId, usize)>>,
}

impl Preview {
    /// How often it would have fired.
    pub fn times(&self) -> usize {
        self.halls.iter().flatten().map(|(_, times)| times).sum()
    }
}

/// Values over time.
type Values = Vec<(Timestamp, Amount)>;

impl App {
    /// What a rule would have told in his part, had it been set so.
    ///
    /// # Errors
    /// When it makes no sense, or the samples cannot be read.
    pub async fn rule_preview(
        &self,
        principal: &Principal,
        measure: Measure,
        wish: &RuleWish,
    ) -> Result<Preview, AppError> {
        let scope = principal.require(Role::Admin)?;
        if let Some(area) = wish.area {
            self.area(principal, area)?;
        }
        let (_, setting) = checked(measure, wish)?;
        let to = self.clock.now();
        let from = to.checked_sub(BACK).unwrap_or(Timestamp::MIN);
        let step = match measure {
            Measure::InterfaceErrors | Measure::NoWifiClients => LONG_STEP,
            Measure::SnmpAuth | Measure::AgentSilent => return Ok(Preview { from, to, halls: None }),
            Measure::PacketLoss
            | Measure::Latency
            | Measure::Bandwidth
            | Measure::RadarChannel
            | Measure::Cpu
            | Measure::Memory
            | Measure::Temperature
            | Measure::RebootLoop => STEP,
        };
        let window = Window::new(from, to, step).map_err(AppError::internal)?;
        let past = Past { app: self, scope, window };
        let world = self.world();
        let sight = self.sight(principal);
        let fleet = sight.fleet();
        let mut halls: Vec<(HallId, usize)> = Vec::new();
        for hall in fleet.halls() {
            let is_within = wish.area.is_none_or(|area| world.areas.is_within(hall.area, area));
            if !is_within || !hall.lifecycle.is_polled() {
                continue;
            }
            let devices = fleet.devices_of(hall.id).filter(|device| device.lifecycle.is_polled());
            let of_kind = devices.filter(|device| wish.kind.is_none_or(|kind| device.facts.kind == kind));
            let devices: Vec<DeviceId> = of_kind.map(|device| device.id).collect();
            let times = match measure.of() {
                MeasureOf::Halls => fired(&past.of_hall(measure, hall, &devices).await?, &setting, step),
                MeasureOf::Devices => {
                    let mut times = 0;
                    for device in devices {
                        times += fired(&past.of_device(measure, device).await?, &setting, step);
                    }
                    times
                }
            };
            if times > 0 {
                halls.push((hall.id, times));
            }
        }
        halls.sort_by_key(|(hall, times)| (std::cmp::Reverse(*times), *hall));
        Ok(Preview { from, to, halls: Some(halls) })
    }
}

/// How often the machine of a rule fires on these values.
fn fired(values: &Values, setting: &Setting, step: Duration) -> usize {
    let gap = SignedDuration::try_from(step * 3).unwrap_or(SignedDuration::MAX);
    let mut watch = Watch::default();
    let turned = values.iter().map(|(at, value)| watch.see(*at, *value, setting, gap));
    turned.filter(|turned| matches!(turned, Turned::Fired { .. })).count()
}

/// When somebody was last connected to the Wi-Fi of each hall where anybody was in the last 30 days, to the hour.
///
/// # Errors
/// When the samples cannot be read.
pub async fn clients_seen(
    series: &Series,
    world: &World,
    now: Timestamp,
) -> Result<Vec<(HallId, Timestamp)>, SeriesError> {
    let from = now.checked_sub(BACK).unwrap_or(Timestamp::MIN);
    let Ok(window) = Window::new(from, now, LONG_STEP) else { return Ok(Vec::new()) };
    let mut seen: BTreeMap<HallId, Timestamp> = BTreeMap::new();
    for device in world.fleet.devices().filter(|device| device.lifecycle.is_polled()) {
        let (metric, device_id) = (Metric::WifiClients, device.id);
        let key = SeriesKey { device: device_id, interface: None, part: None, metric, width: None };
        let lines = series.range(&[key], &window).await?;
        let buckets = lines.iter().flat_map(|line| &line.points);
        if let Some(last) = buckets.filter(|bucket| bucket.max > 0.0).map(|bucket| bucket.at).max() {
            let latest = seen.entry(device.hall).or_insert(last);
            *latest = last.max(*latest);
        }
    }
    Ok(seen.into_iter().collect())
}

/// The samples of the last 30 days.
struct Past<'a> {
    app: &'a App,
    scope: Scope,
    window: Window,
}

impl Past<'_> {
    async fn of_device(&self, measure: Measure, device: DeviceId) -> Result<Values, AppError> {
        match measure {
            Measure::PacketLoss => self.loss(device).await,
            Measure::Latency => self.means(device, Metric::RttSeconds, 1_000.0).await,
            Measure::Cpu => self.means(device, Metric::CpuPercent, 1.0).await,
            Measure::Memory => self.means(device, Metric::MemoryUsedPercent, 1.0).await,
            Measure::Temperature => self.hottest(device).await,
            Measure::RadarChannel => self.left_radar(device).await,
            Measure::RebootLoop => self.starts(device).await,
            Measure::InterfaceErrors => self.errors(device).await,
            Measure::Bandwidth | Measure::NoWifiClients | Measure::SnmpAuth | Measure::AgentSilent => Ok(Vec::new()),
        }
    }

    async fn of_hall(&self, measure: Measure, hall: &Hall, devices: &[DeviceId]) -> Result<Values, AppError> {
        match measure {
            Measure::Bandwidth => self.carried(hall, devices).await,
            Measure::NoWifiClients => self.days_without_clients(devices).await,
            Measure::PacketLoss
            | Measure::Latency
            | Measure::InterfaceErrors
            | Measure::RadarChannel
            | Measure::Cpu
            | Measure::Memory
            | Measure::Temperature
            | Measure::RebootLoop
            | Measure::SnmpAuth
            | Measure::AgentSilent => Ok(Vec::new()),
        }
    }

    async fn buckets(&self, device: DeviceId, metric: Metric) -> Result<Vec<Bucket>, AppError> {
        self.lines(&[SeriesKey { device, interface: None, part: None, metric, width: None }]).await
    }

    /// The buckets of several series, one series after the other.
    async fn lines(&self, keys: &[SeriesKey]) -> Result<Vec<Bucket>, AppError> {
        let lines = self.app.series.range(keys, &self.window).await.map_err(AppError::internal)?;
        Ok(lines.into_iter().flat_map(|line| line.points).collect())
    }

    async fn means(&self, device: DeviceId, metric: Metric, factor: f64) -> Result<Values, AppError> {
        let buckets = self.buckets(device, metric).await?;
        Ok(buckets.iter().map(|bucket| (bucket.at, Amount::of(bucket.avg * factor))).collect())
    }

    /// Of steps in which the device was not lost: what is lost is another fault than what loses packets.
    async fn loss(&self, device: DeviceId) -> Result<Values, AppError> {
        let missed = self.buckets(device, Metric::MissedAsks).await?;
        let missed: BTreeMap<Timestamp, f64> =
            missed.into_iter().map(|bucket| (bucket.at, bucket.avg * bucket.count as f64)).collect();
        let answered = self.buckets(device, Metric::Reachable).await?;
        let up = answered.iter().filter(|bucket| bucket.min >= 1.0);
        let share = |bucket: &Bucket| {
            let missed = missed.get(&bucket.at).copied().unwrap_or(0.0);
            (bucket.at, Amount::of(missed * 100.0 / (missed + bucket.count as f64)))
        };
        Ok(up.map(share).collect())
    }

    /// Starts in the half hour before each step.
    async fn starts(&self, device: DeviceId) -> Result<Values, AppError> {
        let buckets = self.buckets(device, Metric::UptimeCentiseconds).await?;
        let mut before: Option<f64> = None;
        let begins = buckets.iter().map(|bucket| {
            let has_begun = before.replace(bucket.max).is_some_and(|before| bucket.min < before);
            (bucket.at, has_begun)
        });
        Ok(counted(begins.collect(), SignedDuration::from_secs(alerts::rule::measure::STARTS_WINDOW_S)))
    }

    async fn parts(&self, device: DeviceId, metric: Metric) -> Result<Vec<Vec<Bucket>>, AppError> {
        let mut lines = Vec::new();
        for part in self.app.db.part_list(&self.scope, device).await? {
            let is_it = match part.key.class {
                PartClass::Radio => metric == Metric::Channel,
                PartClass::Sensor(class) => class == SensorClass::Temperature && metric == Metric::TemperatureCelsius,
                PartClass::Network => false,
            };
            if is_it {
                let key = SeriesKey { device, interface: None, part: Some(part.id), metric, width: None };
                lines.push(self.lines(&[key]).await?);
            }
        }
        Ok(lines)
    }

    async fn hottest(&self, device: DeviceId) -> Result<Values, AppError> {
        let lines = self.parts(device, Metric::TemperatureCelsius).await?;
        Ok(greatest(lines.into_iter().flatten().map(|bucket| (bucket.at, bucket.avg))))
    }

    async fn left_radar(&self, device: DeviceId) -> Result<Values, AppError> {
        let mut left: BTreeMap<Timestamp, bool> = BTreeMap::new();
        for line in self.parts(device, Metric::Channel).await? {
            let mut before: Option<f64> = None;
            for bucket in line {
                let was = before.replace(bucket.max);
                let has_left = was.is_some_and(|was| is_of_radar(was) && (bucket.min, bucket.max) != (was, was));
                *left.entry(bucket.at).or_default() |= has_left;
            }
        }
        let window = SignedDuration::from_secs(alerts::rule::measure::CHANNELS_WINDOW_S);
        Ok(counted(left.into_iter().collect(), window))
    }

    async fn errors(&self, device: DeviceId) -> Result<Values, AppError> {
        let metrics = [Metric::InErrors, Metric::OutErrors];
        let (window, longest) = (self.window, self.app.longest_pair());
        let ask = RatesAsk { device: Some(device), metrics: &metrics, window, longest };
        let lines = self.app.series.rates_of_all(&ask).await.map_err(AppError::internal)?;
        let mut ports: BTreeMap<_, BTreeMap<Timestamp, f64>> = BTreeMap::new();
        for ((_, port, _), line) in lines {
            for point in line.points {
                *ports.entry(port).or_default().entry(point.at).or_default() += point.avg;
            }
        }
        Ok(greatest(ports.into_values().flatten()))
    }

    async fn carried(&self, hall: &Hall, devices: &[DeviceId]) -> Result<Values, AppError> {
        let Some(gateway) = self.app.world().fleet.gateways(hall.id).first().copied() else { return Ok(Vec::new()) };
        if !devices.contains(&gateway) {
            return Ok(Vec::new());
        }
        let ports = self.app.db.wan_ports(&self.scope, &BTreeSet::from([gateway])).await?;
        let mut shares = Vec::new();
        for (metric, mbps) in [(Metric::InOctets, hall.facts.down_mbps), (Metric::OutOctets, hall.facts.up_mbps)] {
            let Some(mbps) = mbps.filter(|mbps| *mbps > 0.0) else { continue };
            let mut sums: BTreeMap<Timestamp, f64> = BTreeMap::new();
            for (device, interface) in &ports {
                let (window, longest) = (self.window, self.app.longest_pair());
                let ask = RateAsk { device: *device, interface: *interface, metric, window, longest };
                let line = self.app.series.rates(&ask).await.map_err(AppError::internal)?;
                for point in line.points {
                    *sums.entry(point.at).or_default() += point.avg;
                }
            }
            shares.extend(sums.into_iter().map(|(at, octets)| (at, octets * 8.0 / mbps / 1e4)));
        }
        Ok(greatest(shares))
    }

    async fn days_without_clients(&self, devices: &[DeviceId]) -> Result<Values, AppError> {
        let mut most: BTreeMap<Timestamp, f64> = BTreeMap::new();
        for device in devices {
            for bucket in self.buckets(*device, Metric::WifiClients).await? {
                let clients = most.entry(bucket.at).or_default();
                *clients = clients.max(bucket.max);
            }
        }
        let mut seen: Option<Timestamp> = None;
        let days = |(at, clients): (Timestamp, f64)| {
            if clients > 0.0 {
                seen = Some(at);
            }
            Some((at, Amount::of(at.duration_since(seen?).as_secs_f64() / 86_400.0)))
        };
        Ok(most.into_iter().filter_map(days).collect())
    }
}

fn is_of_radar(channel: f64) -> bool {
    alerts::rule::measure::RADAR_CHANNELS.iter().any(|channels| channels.contains(&(channel as u32)))
}

/// The greatest value of each step.
fn greatest(values: impl IntoIterator<Item = (Timestamp, f64)>) -> Values {
    let mut most: BTreeMap<Timestamp, f64> = BTreeMap::new();
    for (at, value) in values {
        most.entry(at).and_modify(|most| *most = most.max(value)).or_insert(value);
    }
    most.into_iter().map(|(at, value)| (at, Amount::of(value))).collect()
}

/// How many of the steps within `window` before each, and with it, had an event.
fn counted(steps: Vec<(Timestamp, bool)>, window: SignedDuration) -> Values {
    let mut events: std::collections::VecDeque<Timestamp> = std::collections::VecDeque::new();
    let mut values = Vec::with_capacity(steps.len());
    for (at, has_one) in steps {
        events.extend(has_one.then_some(at));
        while events.front().is_some_and(|event| at.duration_since(*event) >= window) {
            events.pop_front();
        }
        values.push((at, Amount::whole(i32::try_from(events.len()).unwrap_or(i32::MAX))));
    }
    values
}
