//! The fleet: how many halls work, what is wrong now, and every hall with its last day.

use std::collections::BTreeMap;

use alerts::health::HallState;
use askama::Template;
use inventory::device::{DeviceKind, DeviceName};
use inventory::hall::HallCode;
use inventory::id::{AreaId, DeviceId};
use inventory::text::search_key;
use jiff::Timestamp;

use super::incidents::owner_of;
use crate::store::IncidentRecord;
use crate::web::assets;
use crate::web::format;
use crate::web::frame::Frame;
use crate::web::part::{Shape, StateMark, hall_state_key, kind_key};
use crate::web::strip::Strip;
use crate::web::why::Why;

/// The page `/`. Live on the event `fleet`.
#[derive(Debug, Clone, Template)]
#[template(path = "fleet.html")]
pub struct FleetPage {
    /// What every page knows.
    pub frame: Frame,
    /// What was asked for. The page filters by itself.
    pub filter: FleetFilter,
    /// Every hall that is active or in maintenance, in any order.
    pub halls: Vec<HallRow>,
    /// Every open outage of halls and devices, in any order. Those of devices whose hall is out too are left out by
    /// the page.
    pub outages: Vec<OpenOutage>,
    /// How many devices the inventory has: a fleet with halls and no device teaches another next step.
    pub device_count: usize,
}

/// A hall on the overview.
#[derive(Debug, Clone)]
pub struct HallRow {
    /// Its code.
    pub code: HallCode,
    /// Its name.
    pub name: String,
    /// The area it lies in.
    pub area: AreaId,
    /// The area with its kind, as people say it: `xã Đạ Ròn`.
    pub area_name: String,
    /// What is known of it.
    pub state: HallState,
    /// Since when; `None` when it was never judged.
    pub since: Option<Timestamp>,
    /// Its last 24 hours, see [`Strip::last_day`].
    pub strip: Strip,
}

/// An outage that is open.
#[derive(Debug, Clone)]
pub struct OpenOutage {
    /// The hall that is out, or in which the device stands.
    pub hall: HallCode,
    /// The hall's name.
    pub hall_name: String,
    /// The hall's area with its kind.
    pub area_name: String,
    /// The device that is out; `None` when the hall is.
    pub device: Option<OutDevice>,
    /// When it began.
    pub start: Timestamp,
    /// Why, as far as it is known.
    pub why: Why,
    /// The incident that it belongs to, once people were told.
    pub incident: Option<IncidentRecord>,
}

impl OpenOutage {
    /// Who has it.
    fn owner(&self, frame: &Frame) -> Option<String> {
        self.incident.as_ref().map(|record| owner_of(record, frame))
    }
}

/// A device that is out.
#[derive(Debug, Clone)]
pub struct OutDevice {
    /// Its id.
    pub id: DeviceId,
    /// Its name inside its hall.
    pub name: DeviceName,
    /// What it is for.
    pub kind: DeviceKind,
}

/// What of the fleet is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FleetFilter {
    /// Words that code, name or area must have, as typed. Upper case and diacritics do not matter.
    pub q: String,
    /// Halls in this state only.
    pub state: Option<HallState>,
    /// Halls of this area only.
    pub area: Option<AreaId>,
}

/// The longest search that is looked for, in characters.
const QUERY_MAX: usize = 100;

impl FleetFilter {
    /// The filter of a query `?q=&state=&area=`. What is no state or id asks for nothing, so that an old bookmark
    /// still opens.
    pub fn from_query(q: Option<&str>, state: Option<&str>, area: Option<&str>) -> FleetFilter {
        FleetFilter {
            q: q.unwrap_or_default().trim().chars().take(QUERY_MAX).collect(),
            state: state.and_then(|text| text.parse().ok()),
            area: area.and_then(|text| text.parse().ok()),
        }
    }

    /// Whether everything is shown.
    pub fn is_empty(&self) -> bool {
        *self == FleetFilter::default()
    }

    fn admits(&self, hall: &HallRow) -> bool {
        self.state.is_none_or(|state| state == hall.state) && self.admits_but_for_state(hall)
    }

    fn admits_but_for_state(&self, hall: &HallRow) -> bool {
        let text = search_key(&format!("{} {} {}", hall.code, hall.name, hall.area_name));
        self.area.is_none_or(|area| area == hall.area)
            && search_key(&self.q).split_whitespace().all(|word| text.contains(word))
    }

    /// The address of the overview with this filter.
    fn link(&self) -> String {
        let pairs = [
            ("q", self.q.clone()),
            ("state", self.state.map(|state| state.as_str().to_owned()).unwrap_or_default()),
            ("area", self.area.map(|area| area.to_string()).unwrap_or_default()),
        ];
        let pairs = pairs.into_iter().filter(|(_, value)| !value.is_empty());
        let pairs: Vec<String> =
            pairs.map(|(name, value)| format!("{name}={}", format::percent_encoded(&value))).collect();
        if pairs.is_empty() { "/".to_owned() } else { format!("/?{}", pairs.join("&")) }
    }
}

/// A choice of state above the halls.
#[derive(Debug, Clone)]
struct StateChoice {
    mark: Option<StateMark>,
    count: String,
    link: String,
    is_chosen: bool,
}

/// The halls of an area that are shown.
#[derive(Debug, Clone)]
struct AreaHalls<'a> {
    name: &'a str,
    operating: usize,
    total: usize,
    halls: Vec<&'a HallRow>,
}

/// Whether people in the hall have the network: a hall without one of its access points still counts.
fn is_operating(hall: &HallRow) -> bool {
    match hall.state {
        HallState::Up | HallState::Partial => true,
        HallState::Down | HallState::Unknown | HallState::Maintenance => false,
    }
}

/// The worst first.
fn severity(state: HallState) -> u8 {
    match state {
        HallState::Down => 0,
        HallState::Partial => 1,
        HallState::Unknown => 2,
        HallState::Maintenance => 3,
        HallState::Up => 4,
    }
}

impl FleetPage {
    fn headline(&self) -> String {
        let operating = self.halls.iter().filter(|hall| is_operating(hall)).count();
        self.frame.t2("fleet-operating", "operating", operating, "total", self.halls.len())
    }

    /// Outages that stand for themselves: halls first, then devices of halls that are not out, the newest first.
    fn roots(&self) -> Vec<&OpenOutage> {
        let is_hall_out =
            |code: &HallCode| self.outages.iter().any(|other| other.device.is_none() && other.hall == *code);
        let mut roots: Vec<&OpenOutage> = self
            .outages
            .iter()
            .filter(|outage| !outage.why.is_cut_off())
            .filter(|outage| outage.device.is_none() || !is_hall_out(&outage.hall))
            .collect();
        roots.sort_by_key(|outage| (outage.device.is_some(), std::cmp::Reverse(outage.start), outage.hall.clone()));
        roots
    }

    /// Halls that are out because something before them is.
    fn cut_off(&self) -> Vec<&OpenOutage> {
        let is_cut_off = |outage: &&OpenOutage| outage.why.is_cut_off() && outage.device.is_none();
        let mut halls: Vec<&OpenOutage> = self.outages.iter().filter(is_cut_off).collect();
        halls.sort_by(|a, b| a.hall.cmp(&b.hall));
        halls
    }

    fn states(&self) -> Vec<StateChoice> {
        let halls = || self.halls.iter().filter(|hall| self.filter.admits_but_for_state(hall));
        let number = |n: usize| format::number(self.frame.language, n as f64, 0);
        let choice = |state: Option<HallState>, mark, count| StateChoice {
            mark,
            count: number(count),
            link: FleetFilter { state, ..self.filter.clone() }.link(),
            is_chosen: self.filter.state == state,
        };
        let mut choices = vec![choice(None, None, halls().count())];
        let mut states = HallState::ALL;
        states.sort_by_key(|state| severity(*state));
        for state in states {
            let count = halls().filter(|hall| hall.state == state).count();
            if count > 0 || self.filter.state == Some(state) {
                choices.push(choice(Some(state), Some(self.frame.hall(&state)), count));
            }
        }
        choices
    }

    fn areas(&self) -> Vec<(AreaId, &str)> {
        let by_id: BTreeMap<AreaId, &str> =
            self.halls.iter().map(|hall| (hall.area, hall.area_name.as_str())).collect();
        let mut areas: Vec<(AreaId, &str)> = by_id.into_iter().collect();
        areas.sort_by_key(|(id, name)| (search_key(name), *id));
        areas
    }

    fn is_chosen_area(&self, area: &AreaId) -> bool {
        self.filter.area == Some(*area)
    }

    fn groups(&self) -> Vec<AreaHalls<'_>> {
        let all_of = |area: AreaId| self.halls.iter().filter(move |hall| hall.area == area);
        let groups = self.areas().into_iter().map(|(area, name)| {
            let mut halls: Vec<&HallRow> = all_of(area).filter(|hall| self.filter.admits(hall)).collect();
            halls.sort_by_key(|hall| (severity(hall.state), hall.code.clone()));
            let operating = all_of(area).filter(|hall| is_operating(hall)).count();
            AreaHalls { name, operating, total: all_of(area).count(), halls }
        });
        groups.filter(|group| !group.halls.is_empty()).collect()
    }

    fn kind(&self, kind: &DeviceKind) -> String {
        self.frame.t(kind_key(*kind))
    }

    /// What of the outages stands in the browser's tab.
    fn title(&self) -> String {
        match self.roots().len() {
            0 => self.frame.t("fleet-title"),
            n => format!("({n}) {}", self.frame.t("fleet-title")),
        }
    }

    /// The state that is filtered by, as a hidden field keeps it.
    fn state_value(&self) -> &'static str {
        self.filter.state.map(HallState::as_str).unwrap_or_default()
    }

    /// The word of the state that is filtered by, for those who see no colour.
    fn chosen_state(&self) -> Option<String> {
        self.filter.state.map(|state| self.frame.t(hall_state_key(state)))
    }
}
