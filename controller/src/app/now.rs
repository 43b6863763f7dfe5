//! How things are now: what pages and metrics show beside the records.

use std::collections::BTreeMap;
use std::time::Duration;

use inventory::device::DeviceFullName;

use inventory::id::{DeviceId, HallId, InterfaceId};
use inventory::interface::Interface;
use inventory::metric::{Metric, SeriesKey};
use jiff::{SignedDuration, Timestamp};

use super::App;
use super::error::AppError;
use super::fleet::{DeviceQuery, HallQuery};
use super::outage::TroubleQuery;
use super::principal::{Principal, Role};
use crate::series::{RatesAsk, Window};
use crate::store::{
    DeviceRecord, HallHistory, HallRecord, InterfaceFilter, InterfaceRecord, OutageOf, OutageRecord, PageAsk, Scope,
};

/// A value older than this is no value of now (s): five visits were missed.
const FRESH_S: i64 = 300;

/// What an interface carries.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rates {
    /// Octets received per second; `None` is a gap.
    pub received: Option<f64>,
    /// Octets sent per second.
    pub sent: Option<f64>,
    /// Packets with errors per second, both ways.
    pub errors: Option<f64>,
}

/// What one interface of the fleet carries.
#[derive(Debug, Clone, PartialEq)]
pub struct FleetRate {
    /// Its device.
    pub device: DeviceFullName,
    /// Its name.
    pub interface: String,
    /// Octets received per second.
    pub received: Option<f64>,
    /// Octets sent per second.
    pub sent: Option<f64>,
}

/// Every page of a list, one after the other.
macro_rules! every_page {
    ($ask:ident => $list:expr) => {{
        let mut cursor = None;
        let mut found = Vec::new();
        loop {
            let $ask = PageAsk { cursor, ..PageAsk::first() };
            let page = $list.await?;
            found.extend(page.items);
            match page.next {
                Some(next) => cursor = Some(next),
                None => break Ok(found),
            }
        }
    }};
}

pub(crate) use every_page;

impl App {
    /// Every hall and its health.
    ///
    /// # Errors
    /// When the records cannot be read.
    pub async fn hall_all(&self, principal: &Principal) -> Result<Vec<HallRecord>, AppError> {
        every_page!(ask => self.hall_list(principal, HallQuery::default(), &ask))
    }

    /// Every device, its health and what it said of itself.
    ///
    /// # Errors
    /// When the records cannot be read.
    pub async fn device_all(&self, principal: &Principal) -> Result<Vec<DeviceRecord>, AppError> {
        every_page!(ask => self.device_list(principal, DeviceQuery::default(), &ask))
    }

    /// Every outage that lasts.
    ///
    /// # Errors
    /// When the records cannot be read.
    pub async fn outage_open_all(&self, principal: &Principal) -> Result<Vec<OutageRecord>, AppError> {
        let open = TroubleQuery { open_only: true, ..TroubleQuery::default() };
        every_page!(ask => self.outage_list(principal, open.clone(), OutageOf::Both, &ask))
    }

    /// What was known of halls in the 24 hours before `now`; of one, or of all.
    ///
    /// # Errors
    /// When the records cannot be read.
    pub async fn hall_history(
        &self,
        principal: &Principal,
        now: Timestamp,
        hall: Option<HallId>,
    ) -> Result<HallHistory, AppError> {
        let scope = principal.require(Role::Viewer)?;
        let from = now.saturating_sub(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MIN);
        Ok(self.db.hall_history(&scope, from, hall).await?)
    }

    /// From ask to answer, in seconds, of those devices that answered of late.
    ///
    /// # Errors
    /// When the samples cannot be read.
    pub async fn rtt_now(&self, devices: &[DeviceId]) -> Result<BTreeMap<DeviceId, f64>, AppError> {
        let key = |device: &DeviceId| SeriesKey {
            device: *device,
            interface: None,
            part: None,
            metric: Metric::RttSeconds,
            width: None,
        };
        let keys: Vec<SeriesKey> = devices.iter().map(key).collect();
        let oldest = self.clock.now().as_second() - FRESH_S;
        let latest = self.series.latest(&keys).await.map_err(AppError::internal)?;
        let fresh = latest.into_iter().filter(|(_, sample)| sample.at.as_second() >= oldest);
        Ok(fresh.map(|(key, sample)| (key.device, sample.value as f64 / Metric::RttSeconds.scale())).collect())
    }

    /// What the ports of a device carry: the rate between their last two readings, unless those are old.
    ///
    /// # Errors
    /// When the samples cannot be read.
    pub async fn device_rates_now(
        &self,
        device: DeviceId,
        ports: &[Interface],
    ) -> Result<BTreeMap<InterfaceId, Rates>, AppError> {
        const METRICS: [Metric; 4] = [Metric::InOctets, Metric::OutOctets, Metric::InErrors, Metric::OutErrors];
        let last = self.last_rates(Some(device), &METRICS).await?;
        let of = |port: InterfaceId, metric| last.get(&(device, port, metric)).copied();
        let rates = |port: &Interface| {
            let [received, sent, in_errors, out_errors] = METRICS.map(|metric| of(port.id, metric));
            let errors = in_errors.zip(out_errors).map(|(one, other)| one + other);
            (port.id, Rates { received, sent, errors })
        };
        Ok(ports.iter().map(rates).collect())
    }

    /// What every port of his part carries.
    ///
    /// # Errors
    /// When the records or samples cannot be read.
    pub async fn rates_now(&self, principal: &Principal) -> Result<Vec<FleetRate>, AppError> {
        let world = self.world();
        let last = self.last_rates(None, &[Metric::InOctets, Metric::OutOctets]).await?;
        let rate = |port: Interface| {
            let device = world.fleet.device(port.device)?.name.clone();
            let of = |metric| last.get(&(port.device, port.id, metric)).copied();
            let (received, sent) = (of(Metric::InOctets), of(Metric::OutOctets));
            Some(FleetRate { device, interface: port.name, received, sent })
        };
        let ports = self.interface_all(&principal.require(Role::Viewer)?).await?;
        Ok(ports.into_iter().filter_map(|record| rate(record.interface)).collect())
    }

    /// The ports of every device by ifIndex, for the tasks of the installation.
    ///
    /// # Errors
    /// When the records cannot be read.
    pub async fn interface_ids(&self) -> Result<BTreeMap<(DeviceId, u32), InterfaceId>, AppError> {
        let key = |record: InterfaceRecord| ((record.interface.device, record.interface.index), record.interface.id);
        Ok(self.interface_all(&Scope::All).await?.into_iter().map(key).collect())
    }

    async fn interface_all(&self, scope: &Scope) -> Result<Vec<InterfaceRecord>, AppError> {
        every_page!(ask => self.db.interface_list(scope, &InterfaceFilter::default(), &ask))
    }

    /// The rate between the last two readings that make one, unless they are old; of a device, or of all.
    async fn last_rates(
        &self,
        device: Option<DeviceId>,
        metrics: &[Metric],
    ) -> Result<BTreeMap<(DeviceId, InterfaceId, Metric), f64>, AppError> {
        let now = self.clock.now();
        let from = now.saturating_sub(SignedDuration::from_secs(FRESH_S)).unwrap_or(Timestamp::MIN);
        let window = Window::new(from, now, Duration::from_secs(1)).map_err(AppError::internal)?;
        let ask = RatesAsk { device, metrics, window, longest: self.longest_pair() };
        let lines = self.series.rates_of_all(&ask).await.map_err(AppError::internal)?;
        Ok(lines.into_iter().filter_map(|(key, line)| line.points.last().map(|point| (key, point.avg))).collect())
    }
}
