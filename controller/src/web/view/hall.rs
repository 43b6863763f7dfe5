//! A hall: its state and last day, its devices as they hang on each other, its outages, and whom to call.

use alerts::health::{DeviceState, HallState};
use alerts::ledger::{Interval, LedgerState};
use askama::Template;
use inventory::device::{Address, DeviceFullName, DeviceKind, DeviceName, Lifecycle, PollMethod};
use inventory::hall::{HallCode, HallFacts};
use inventory::id::DeviceId;
use jiff::Timestamp;

use super::incidents::owner_of;
use crate::store::IncidentRecord;
use crate::web::assets;
use crate::web::format;
use crate::web::frame::Frame;
use crate::web::part::{Shape, StateMark, kind_key};
use crate::web::strip::Strip;
use crate::web::why::Why;

/// The page `/halls/{code}`. Live on the event `hall:{code}`.
#[derive(Debug, Clone, Template)]
#[template(path = "hall.html")]
pub struct HallPage {
    /// What every page knows.
    pub frame: Frame,
    /// Its code.
    pub code: HallCode,
    /// Its area with its kind: `xã Đạ Ròn`.
    pub area_name: String,
    /// What people filled in.
    pub facts: HallFacts,
    /// Whether it is planned, in use, or no longer.
    pub lifecycle: Lifecycle,
    /// What is known of it.
    pub state: HallState,
    /// Since when; `None` when it was never judged.
    pub since: Option<Timestamp>,
    /// Its last 24 hours, see [`Strip::last_day`].
    pub strip: Strip,
    /// Its devices, in any order; retired ones may be left out.
    pub devices: Vec<DeviceRow>,
    /// Its outages and those of its devices, the newest first, at most 20.
    pub outages: Vec<OutageRow>,
    /// The incident that its open outage belongs to, once people were told.
    pub incident: Option<IncidentRecord>,
}

/// A device of a hall.
#[derive(Debug, Clone)]
pub struct DeviceRow {
    /// Its id.
    pub id: DeviceId,
    /// Its name inside the hall.
    pub name: DeviceName,
    /// What it is for.
    pub kind: DeviceKind,
    /// Maker and model as it says of itself: `MikroTik RB951G-2HnD`.
    pub model: Option<String>,
    /// Where it is.
    pub address: Address,
    /// How it is asked, see `PollMethods::effective`.
    pub how: Vec<PollMethod>,
    /// What is known of it.
    pub state: DeviceState,
    /// Since when; `None` when it was never judged.
    pub since: Option<Timestamp>,
    /// From ask to answer, seconds, when it last answered.
    pub rtt_s: Option<f64>,
    /// The device it is reached through (`Fleet::uplink`); `None` when it hangs on the line itself.
    pub uplink: Option<Uplink>,
}

/// What a device is reached through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Uplink {
    /// A device of the same hall.
    Here(DeviceId),
    /// A device of another hall.
    Elsewhere(DeviceId, DeviceFullName),
}

/// An outage of a hall or of a device.
#[derive(Debug, Clone)]
pub struct OutageRow {
    /// The device that was out; `None` when the hall was.
    pub device: Option<(DeviceId, DeviceName)>,
    /// The first ask that was missed.
    pub start: Timestamp,
    /// The first good answer; `None` while it lasts.
    pub end: Option<Timestamp>,
    /// Why, as far as it is known.
    pub why: Why,
}

/// A device where it hangs in the tree, and the lists that open and close after it: the tree is nested lists.
#[derive(Debug, Clone)]
struct Branch<'a> {
    device: &'a DeviceRow,
    depth: usize,
    opens: bool,
    closes: usize,
}

/// How deep the tree is drawn; a longer chain goes on at the same depth, a phone has no more width.
const DEEPEST: usize = 4;

impl HallPage {
    /// Who has the incident.
    fn owner(&self, record: &IncidentRecord) -> String {
        owner_of(record, &self.frame)
    }

    fn name(&self) -> &str {
        if self.facts.name.is_empty() { self.code.as_str() } else { &self.facts.name }
    }

    /// The devices in the order in which they hang on each other, from the line outwards. Devices in a circle, or
    /// behind one that is not listed, stand at the root: none is left out.
    fn tree(&self) -> Vec<Branch<'_>> {
        let mut tree = Vec::new();
        let is_listed = |id: DeviceId| self.devices.iter().any(|device| device.id == id);
        let is_root = |device: &DeviceRow| match &device.uplink {
            Some(Uplink::Here(id)) => !is_listed(*id),
            Some(Uplink::Elsewhere(..)) | None => true,
        };
        let roots: Vec<&DeviceRow> = self.sorted(is_root);
        for root in roots {
            self.grow(&mut tree, root, 0);
        }
        for device in self.sorted(|_| true) {
            self.grow(&mut tree, device, 0);
        }
        let below: Vec<usize> = tree.iter().skip(1).map(|branch| branch.depth).chain([0]).collect();
        for (branch, next) in tree.iter_mut().zip(below) {
            branch.opens = next > branch.depth;
            branch.closes = branch.depth.saturating_sub(next);
        }
        tree
    }

    fn grow<'a>(&'a self, tree: &mut Vec<Branch<'a>>, device: &'a DeviceRow, depth: usize) {
        if tree.iter().any(|branch| branch.device.id == device.id) {
            return;
        }
        tree.push(Branch { device, depth: depth.min(DEEPEST), opens: false, closes: 0 });
        for below in self.sorted(|other| other.uplink == Some(Uplink::Here(device.id))) {
            self.grow(tree, below, depth + 1);
        }
    }

    fn sorted(&self, wanted: impl Fn(&DeviceRow) -> bool) -> Vec<&DeviceRow> {
        let mut found: Vec<&DeviceRow> = self.devices.iter().filter(|device| wanted(device)).collect();
        found.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
        found
    }

    /// The device of another hall that this one hangs on.
    fn elsewhere<'a>(&self, device: &'a DeviceRow) -> Option<(&'a DeviceId, &'a DeviceFullName)> {
        match &device.uplink {
            Some(Uplink::Elsewhere(id, name)) => Some((id, name)),
            Some(Uplink::Here(_)) | None => None,
        }
    }

    /// `VNPT`, or "the line" where nobody said whose it is.
    fn line(&self) -> String {
        self.facts.provider.clone().unwrap_or_else(|| self.frame.t("hall-line"))
    }

    fn contracted(&self) -> Option<String> {
        let speed = |mbps: Option<f64>| mbps.map(|mbps| format::short_number(self.frame.language, mbps));
        match (speed(self.facts.down_mbps), speed(self.facts.up_mbps)) {
            (None, None) => None,
            (Some(down), Some(up)) => Some(format!("{down}/{up} Mbit/s")),
            (Some(only), None) | (None, Some(only)) => Some(format!("{only} Mbit/s")),
        }
    }

    fn promised(&self) -> Option<String> {
        self.facts.promised_uptime.map(|value| format::percent(self.frame.language, value))
    }

    fn call(&self) -> Option<String> {
        format::dialled(self.facts.contact_phone.as_deref()?)
    }

    /// Whom the call button calls.
    fn callee(&self) -> String {
        self.facts.contact_name.clone().unwrap_or_else(|| self.frame.t("hall-contact"))
    }

    fn directions(&self) -> Option<String> {
        self.facts.position.map(|position| format::geo_uri(position, self.name()))
    }

    fn coordinates(&self) -> Option<String> {
        self.facts.position.map(|position| format!("{:.5}, {:.5}", position.latitude, position.longitude))
    }

    /// Intervals of the last day that were not up, the newest first.
    fn events(&self) -> Vec<Interval<LedgerState>> {
        let mut events: Vec<Interval<LedgerState>> = self.strip.intervals();
        events.retain(|interval| interval.state != LedgerState::Up);
        events.reverse();
        events.truncate(6);
        events
    }

    fn is_ongoing(&self, interval: &Interval<LedgerState>) -> bool {
        interval.to == self.strip.to()
    }

    fn reaches_back(&self, interval: &Interval<LedgerState>) -> bool {
        interval.from == self.strip.from()
    }

    /// The state that stands at the top; a hall that is not in use is not judged.
    fn mark(&self) -> StateMark {
        match self.lifecycle {
            Lifecycle::Active | Lifecycle::Maintenance => self.frame.hall(&self.state),
            Lifecycle::Planned => self.frame.mark(Shape::Off, "state-planned"),
            Lifecycle::Retired => self.frame.mark(Shape::Off, "state-retired"),
        }
    }

    fn kind(&self, kind: &DeviceKind) -> String {
        self.frame.t(kind_key(*kind))
    }

    fn how(&self, methods: &[PollMethod]) -> String {
        how(methods)
    }

    /// The outage of the hall that lasts.
    fn out(&self) -> Option<&OutageRow> {
        self.outages.iter().find(|outage| outage.device.is_none() && outage.end.is_none() && !outage.why.is_cut_off())
    }

    fn short(&self, at: &Timestamp) -> String {
        format::short_date_time(self.frame.now, *at)
    }
}

/// `SNMP + ping`: names that are the same in every language.
pub(super) fn how(methods: &[PollMethod]) -> String {
    let words = methods.iter().map(|method| match method {
        PollMethod::Snmp => "SNMP",
        PollMethod::Ssh => "SSH",
        PollMethod::Ping => "ping",
    });
    words.collect::<Vec<_>>().join(" + ")
}
