//! The halls file.

use std::collections::BTreeMap;

use super::areas::Areas;
use super::fault::Faults;
use super::row::{Digits, Row};
use super::table::{Layout, Table};
use super::{Change, HallRow, Known, Note, Plan};
use crate::device::Lifecycle;
use crate::hall::{Hall, HallCode, HallFacts, Position};

/// Its columns.
pub(super) const LAYOUT: Layout = Layout {
    name: "halls",
    required: &["hall_code", "hall_name", "area_code"],
    optional: &[
        "area_name",
        "latitude",
        "longitude",
        "provider",
        "contract",
        "down_mbps",
        "up_mbps",
        "promised_uptime",
        "power_feeder",
        "opening_hours",
        "contact_name",
        "contact_phone",
        "notes",
    ],
};

/// Longest names, in characters.
const NAME_MAX: usize = 200;
/// Longest notes, in characters.
pub(super) const NOTES_MAX: usize = 4000;
/// Slowest and fastest line, in Mbit/s: a modem of 1998 and far beyond what a village is sold.
const SPEEDS_MBPS: std::ops::RangeInclusive<f64> = 0.01..=1_000_000.0;

/// Reads every row.
pub(super) fn read(mut table: Table<'_>, known: &Known<'_>, faults: &mut Faults) -> Plan {
    let existing: BTreeMap<&HallCode, &Hall> = known.fleet.halls().map(|hall| (&hall.code, hall)).collect();
    // Codes stand in file names and URLs that some systems compare without case.
    let mut spelt: BTreeMap<String, (String, Option<u64>)> =
        existing.keys().map(|code| (code.as_str().to_ascii_lowercase(), (code.to_string(), None))).collect();
    let mut areas = Areas::new(known);
    let mut halls = Vec::new();
    let mut notes = Vec::new();
    table.each_row(faults, |mut row| {
        if !row.is_good() {
            return;
        }
        let code = hall_code(&mut row, &mut spelt);
        let area = areas.of(&mut row);
        let facts = facts(&mut row, &mut notes);
        let (Some(code), Some(area), true) = (code, area, row.is_good()) else {
            return;
        };
        let hall = existing.get(&code).copied();
        if hall.is_some_and(|hall| hall.lifecycle == Lifecycle::Retired) {
            notes.push(Note { line: row.line, text: format!("hall {code} is retired and stays so") });
        }
        let new = HallRow { code, area, facts };
        halls.push(match hall {
            None => Change::Create(new),
            Some(old) if is_as_stated(old, &new) => Change::Unchanged(new),
            Some(_) => Change::Update(new),
        });
    });
    notes.append(&mut areas.notes);
    Plan { new_areas: areas.into_new(), halls, devices: Vec::new(), notes }
}

fn is_as_stated(old: &Hall, new: &HallRow) -> bool {
    old.facts == new.facts && super::AreaRef::Existing(old.area) == new.area
}

/// The row's code, when it is good and no other row or hall has it.
fn hall_code(row: &mut Row<'_>, spelt: &mut BTreeMap<String, (String, Option<u64>)>) -> Option<HallCode> {
    row.require("hall_code", "a code of letters, digits, '-', '_' and '.'");
    let code: HallCode = row.parsed("hall_code")?;
    let entry = spelt.entry(code.as_str().to_ascii_lowercase()).or_insert_with(|| (code.to_string(), None));
    match entry {
        (_, Some(line)) => {
            let message = format!("is also on line {line}: a hall has one row");
            row.refuse("hall_code", message);
            None
        }
        (other, None) if other != code.as_str() => {
            let message =
                format!("differs from the hall {other} only by capital letters: write {other}, or another code");
            row.refuse("hall_code", message);
            None
        }
        (_, line @ None) => {
            *line = Some(row.line);
            Some(code)
        }
    }
}

fn facts(row: &mut Row<'_>, notes: &mut Vec<Note>) -> HallFacts {
    row.require("hall_name", "a name for people");
    HallFacts {
        name: row.text("hall_name", NAME_MAX).unwrap_or_default(),
        position: position(row),
        provider: row.text("provider", NAME_MAX),
        contract: row.text("contract", NAME_MAX),
        down_mbps: row.number("down_mbps", SPEEDS_MBPS, Digits::MayHaveThousands),
        up_mbps: row.number("up_mbps", SPEEDS_MBPS, Digits::MayHaveThousands),
        promised_uptime: row.number("promised_uptime", 0.0..=100.0, Digits::Decimal),
        power_feeder: row.text("power_feeder", NAME_MAX),
        opening_hours: row.parsed("opening_hours"),
        contact_name: row.text("contact_name", NAME_MAX),
        contact_phone: phone(row, notes),
        notes: row.lines("notes", NOTES_MAX),
    }
}

/// Latitude and longitude, both or none.
fn position(row: &mut Row<'_>) -> Option<Position> {
    let latitude = row.number("latitude", -90.0..=90.0, Digits::Decimal);
    let longitude = row.number("longitude", -180.0..=180.0, Digits::Decimal);
    for (number, has, lacks) in [(latitude, "latitude", "longitude"), (longitude, "longitude", "latitude")] {
        if number.is_some() && row.cell(lacks).is_none() {
            row.refuse(has, format!("stands without a {lacks}: give both or none"));
        }
    }
    Some(Position { latitude: latitude?, longitude: longitude? })
}

/// A telephone number as dialled. Spreadsheets take the leading 0 off a number, which deserves a word.
fn phone(row: &mut Row<'_>, notes: &mut Vec<Note>) -> Option<String> {
    let text = row.text("contact_phone", 40)?;
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let unsigned = text.strip_prefix('+').unwrap_or(&text);
    let is_good = unsigned.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '.' | '-' | '(' | ')'));
    // ITU-T E.164: at most 15 digits; the shortest that are dialled are emergency numbers of 3.
    if !is_good || !(3..=15).contains(&digits) {
        row.refuse(
            "contact_phone",
            "is no telephone number: 3 to 15 digits are allowed, with spaces, '.', '-', '()' and a leading '+'",
        );
        return None;
    }
    if digits == 9 && !text.starts_with(['0', '+']) {
        let line = row.line;
        notes.push(Note {
            line,
            text: format!("contact_phone {text} has no leading 0: did a spreadsheet take it off?"),
        });
    }
    Some(text)
}
