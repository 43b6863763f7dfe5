//! A device: who it is, how it is polled and how that goes, its interfaces, its traffic and its latency.

use alerts::health::DeviceState;
use alerts::host_key::OfferedKey;
use askama::Template;
use inventory::device::{Address, DeviceFacts, DeviceFullName, Lifecycle, PollMethod};
use inventory::id::{DeviceId, InterfaceId};
use inventory::interface::Interface;
use inventory::reading::{Failure, Identity};
use jiff::Timestamp;
use jiff::civil::Date;

use super::condition::ConditionBlock;
use super::graph::{Graph, Range};
use super::hall::{OutageRow, how};
use crate::web::assets;
use crate::web::format;
use crate::web::frame::Frame;
use crate::web::part::{Shape, StateMark, failure_keys, kind_key};

/// The page `/devices/{id}`. Live on the event `device:{id}`.
#[derive(Debug, Clone, Template)]
#[template(path = "device.html")]
pub struct DevicePage {
    /// What every page knows.
    pub frame: Frame,
    /// Its id.
    pub id: DeviceId,
    /// Its name in the fleet.
    pub name: DeviceFullName,
    /// The name of its hall.
    pub hall_name: String,
    /// What people filled in.
    pub facts: DeviceFacts,
    /// Whether it is planned, in use, or no longer.
    pub lifecycle: Lifecycle,
    /// What is known of it.
    pub state: DeviceState,
    /// Since when; `None` when it was never judged.
    pub since: Option<Timestamp>,
    /// Everything between it and the centre, nearest to it first (`Fleet::uplink_path`).
    pub uplinks: Vec<UplinkRow>,
    /// How it is asked, see `PollMethods::effective`.
    pub how: Vec<PollMethod>,
    /// From ask to answer, seconds, when it last answered.
    pub rtt_s: Option<f64>,
    /// The last visit that came to an end; `None` before the first.
    pub visit: Option<Visit>,
    /// Who it says it is; `None` before it was asked.
    pub identity: Option<Identity>,
    /// Seconds since its agent started, at `visit`.
    pub uptime_s: Option<i64>,
    /// Its interfaces in the order in which the device lists them.
    pub interfaces: Vec<InterfaceRow>,
    /// How it is beyond its ports; `None` before it told anything of it.
    pub condition: Option<ConditionBlock>,
    /// The SSH host key that somebody has to compare with the device.
    pub unconfirmed_key: Option<OfferedKey>,
    /// Whether somebody just tried to confirm a key that the device no longer shows.
    pub is_other_key_by_now: bool,
    /// The last day on which old algorithms are spoken to it over SSH.
    pub legacy_until: Option<Date>,
    /// The span of its graphs.
    pub range: Range,
    /// Traffic of one interface; `None` when it has none that counts octets.
    pub traffic: Option<TrafficGraph>,
    /// Latency; `None` when it was never asked for reachability.
    pub latency: Option<Graph>,
    /// Its outages that touch the range, the newest first.
    pub outages: Vec<OutageRow>,
}

/// A device on the way to the centre.
#[derive(Debug, Clone)]
pub struct UplinkRow {
    /// Its id.
    pub id: DeviceId,
    /// Its name in the fleet.
    pub name: DeviceFullName,
    /// What is known of it.
    pub state: DeviceState,
}

/// How the last visit went.
#[derive(Debug, Clone)]
pub struct Visit {
    /// When it ended.
    pub at: Timestamp,
    /// The last one that went well, if any did.
    pub last_good: Option<Timestamp>,
    /// How it failed.
    pub failure: Option<Failure>,
    /// What was odd or cut off.
    pub warnings: Vec<String>,
}

/// A port and what it carries now.
#[derive(Debug, Clone)]
pub struct InterfaceRow {
    /// The port.
    pub interface: Interface,
    /// Bits received per second, from the last two readings; `None` is a gap.
    pub in_bps: Option<f64>,
    /// Bits sent per second.
    pub out_bps: Option<f64>,
    /// Packets per second with errors, both ways.
    pub errors_per_s: Option<f64>,
}

/// The traffic of one interface.
#[derive(Debug, Clone)]
pub struct TrafficGraph {
    /// Whose traffic it is.
    pub interface: InterfaceId,
    /// What is drawn and told.
    pub graph: Graph,
}

impl DevicePage {
    fn kind(&self) -> String {
        self.frame.t(kind_key(self.facts.kind))
    }

    fn how(&self) -> String {
        how(&self.how)
    }

    fn address(&self) -> &Address {
        &self.facts.address
    }

    /// The names of the credential profiles that are used.
    fn profiles(&self) -> Option<String> {
        let named = [&self.facts.snmp, &self.facts.ssh].into_iter().flatten();
        let names: Vec<String> = named.map(|profile| profile.to_string()).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }

    /// Maker, model and firmware as far as the device tells.
    fn model(&self) -> Option<String> {
        let identity = self.identity.as_ref()?;
        let words: Vec<&str> =
            [&identity.vendor, &identity.model, &identity.version].into_iter().flatten().map(String::as_str).collect();
        (!words.is_empty()).then(|| words.join(" "))
    }

    /// The serial number it tells; what stands on its label when it tells none.
    fn serial(&self) -> Option<&String> {
        self.identity.as_ref().and_then(|identity| identity.serial.as_ref()).or(self.facts.serial.as_ref())
    }

    fn uptime(&self) -> Option<String> {
        self.uptime_s.map(|seconds| format::duration(self.frame.language, seconds))
    }

    fn failure_title(&self, failure: &Failure) -> String {
        self.frame.t(failure_keys(failure.kind).0)
    }

    fn failure_hint(&self, failure: &Failure) -> String {
        self.frame.t(failure_keys(failure.kind).1)
    }

    /// The state that stands at the top; a device that is not in use is not judged.
    fn mark(&self) -> StateMark {
        match self.lifecycle {
            Lifecycle::Active | Lifecycle::Maintenance => self.frame.device(&self.state),
            Lifecycle::Planned => self.frame.mark(Shape::Off, "state-planned"),
            Lifecycle::Retired => self.frame.mark(Shape::Off, "state-retired"),
        }
    }

    /// The mark of a host key that nobody has confirmed. A key in the place of another is as bad as can be.
    fn key_mark(&self) -> StateMark {
        match self.facts.host_key {
            Some(_) => self.frame.mark(Shape::Down, "host-key-changed"),
            None => self.frame.mark(Shape::Partial, "host-key-unconfirmed"),
        }
    }

    fn key_hint(&self) -> String {
        self.frame.t(if self.facts.host_key.is_some() { "host-key-changed-hint" } else { "host-key-unconfirmed-hint" })
    }

    /// Until when old algorithms are spoken to it, and whether that day is over.
    fn legacy(&self) -> Option<StateMark> {
        let last = self.legacy_until?;
        let is_over = format::local(self.frame.now).date() > last;
        let (shape, key) = if is_over { (Shape::Off, "ssh-legacy-over") } else { (Shape::Partial, "ssh-legacy-until") };
        Some(StateMark { shape, word: self.frame.t1(key, "date", last.strftime("%d/%m/%Y")) })
    }

    /// A port without a cable is no fault: it is as quiet as can be.
    fn port_mark(&self, port: &Interface) -> StateMark {
        match (port.is_admin_up, port.is_oper_up) {
            (Some(false), _) => self.frame.mark(Shape::Off, "port-switched-off"),
            (_, Some(true)) => self.frame.mark(Shape::Up, "port-up"),
            (_, Some(false)) => self.frame.mark(Shape::Off, "port-down"),
            (_, None) => self.frame.mark(Shape::Unknown, "state-unknown"),
        }
    }

    fn speed(&self, port: &Interface) -> Option<String> {
        port.speed_bps.filter(|speed| *speed > 0).map(|speed| format::bit_rate(self.frame.language, speed as f64))
    }

    fn errors(&self, row: &InterfaceRow) -> Option<String> {
        let errors = row.errors_per_s.filter(|errors| *errors > 0.0)?;
        Some(self.frame.t1("port-errors", "rate", format::number(self.frame.language, errors, 2)))
    }

    fn is_drawn(&self, port: &Interface) -> bool {
        self.traffic.as_ref().is_some_and(|traffic| traffic.interface == port.id)
    }

    /// The name of the port whose traffic is drawn.
    fn drawn_port(&self) -> &str {
        let drawn = self.interfaces.iter().find(|row| self.is_drawn(&row.interface));
        drawn.map(|row| row.interface.name.as_str()).unwrap_or_default()
    }

    /// This page with another port's traffic.
    fn port_link(&self, port: &Interface) -> String {
        format!("/devices/{}?range={}&interface={}#traffic", self.id, self.range.as_str(), port.id)
    }

    /// This page with another span of time.
    fn range_link(&self, range: &Range) -> String {
        let interface = self.traffic.as_ref().map(|traffic| format!("&interface={}", traffic.interface));
        let part = self.condition.as_ref().map(|block| block.drawn_query.as_str()).unwrap_or_default();
        format!("/devices/{}?range={}{}{part}#traffic", self.id, range.as_str(), interface.unwrap_or_default())
    }

    fn ranges(&self) -> Vec<(Range, String, bool)> {
        Range::ALL.into_iter().map(|range| (range, self.frame.t(range.key()), range == self.range)).collect()
    }

    fn short(&self, at: &Timestamp) -> String {
        format::short_date_time(self.frame.now, *at)
    }
}
