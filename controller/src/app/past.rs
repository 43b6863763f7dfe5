//! A past that nobody watched: what was lost before a simulated fleet was first looked at, as outages and as the states
//! of its halls. It marks the installation as simulated, for good.

use std::collections::{BTreeMap, BTreeSet};

use alerts::health::HallState;
use alerts::ledger::Entry;
use alerts::outage::{Cause, Outage, Subject};
use inventory::id::{DeviceId, HallId};
use jiff::Timestamp;

use super::error::AppError;
use crate::store::Db;

/// Something that was lost and is back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lost {
    /// The hall.
    pub hall: HallId,
    /// The device in it; `None` for the hall as a whole.
    pub device: Option<DeviceId>,
    /// When.
    pub start: Timestamp,
    /// Until when.
    pub end: Timestamp,
    /// Whether it hung behind something else that was lost.
    pub is_cut_off: bool,
}

/// Writes it into records that no controller has open. Before `from` nothing is known of these halls; from then on they
/// were up but for what was lost.
///
/// # Errors
/// When it cannot be written; then nothing is, or all of it without the mark.
pub async fn write(db: &Db, halls: &[HallId], from: Timestamp, lost: &[Lost]) -> Result<(), AppError> {
    let outages: Vec<Outage> = lost.iter().map(outage).collect();
    db.past_write(&outages, &states(halls, from, lost)).await?;
    Ok(db.simulated_write().await?)
}

fn outage(lost: &Lost) -> Outage {
    let subject = lost.device.map_or(Subject::Hall(lost.hall), Subject::Device);
    let cause = if lost.is_cut_off { Cause::CutOff } else { Cause::Unknown };
    Outage { end: Some(lost.end), ..Outage::new(subject, lost.start, cause) }
}

/// Down while the hall is lost, partial while something in it is.
fn states(halls: &[HallId], from: Timestamp, lost: &[Lost]) -> Vec<Entry> {
    let mut by_hall: BTreeMap<HallId, Vec<&Lost>> = halls.iter().map(|hall| (*hall, Vec::new())).collect();
    for lost in lost {
        by_hall.entry(lost.hall).or_default().push(lost);
    }
    let mut states = Vec::new();
    for (hall, lost) in by_hall {
        let edges = lost.iter().flat_map(|lost| [lost.start, lost.end]).filter(|edge| *edge > from);
        let edges: BTreeSet<Timestamp> = edges.chain([from]).collect();
        let mut before = None;
        for since in edges {
            let now = || lost.iter().filter(|lost| lost.start <= since && since < lost.end);
            let state = match now().map(|lost| lost.device.is_none()).max() {
                Some(true) => HallState::Down,
                Some(false) => HallState::Partial,
                None => HallState::Up,
            };
            if before.replace(state) != Some(state) {
                states.push(Entry { hall, from: since, state });
            }
        }
    }
    states
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hall_was_up_but_for_what_was_lost() {
        let at = |second| Timestamp::from_second(second).expect("a time");
        let lost = |device: Option<i64>, start, end| Lost {
            hall: HallId(1),
            device: device.map(DeviceId),
            start: at(start),
            end: at(end),
            is_cut_off: false,
        };
        let past = [
            lost(None, 100, 200),
            lost(Some(5), 100, 200),
            lost(Some(6), 150, 300),
            lost(Some(6), 400, 500),
            lost(Some(7), 450, 500),
        ];
        let found = states(&[HallId(1), HallId(2)], at(0), &past);
        let found: Vec<_> = found.iter().map(|entry| (entry.hall.0, entry.from.as_second(), entry.state)).collect();
        let expected = [
            (1, 0, HallState::Up),
            (1, 100, HallState::Down),
            (1, 200, HallState::Partial),
            (1, 300, HallState::Up),
            (1, 400, HallState::Partial),
            (1, 500, HallState::Up),
            (2, 0, HallState::Up),
        ];
        assert_eq!(found, expected);
    }
}
