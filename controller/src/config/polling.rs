//! `[polling]`, `[agent]` and `[retention]`: how often, from where, for how long.

use std::time::Duration;

use agent_api::Cadence;
use inventory::device::{Address, AddressError};

use super::Retention;
use super::reader::{Found, Section};

/// Days for which every sample is kept when nobody says otherwise.
const RAW_DAYS: u32 = 90;
/// Days for which hours are kept: three years. And days: five, as the ledger.
const HOUR_DAYS: u32 = 1096;
const DAY_DAYS: u32 = 1827;

pub(super) fn cadence(root: &mut Section<'_>) -> Cadence {
    let mut section = root.section("polling");
    let usual = Cadence::default();
    let reach = section.whole("reach_interval_s", 1..=300);
    let visit = section.whole("visit_interval_s", 5..=3600);
    let full_visit = section.whole("full_visit_interval_s", 5..=86_400);
    let timeout = section.whole("reach_timeout_ms", 100..=10_000);
    let seconds =
        |found: &Option<Found<u64>>, usual| found.as_ref().map_or(usual, |found| Duration::from_secs(found.value));
    let cadence = Cadence {
        reach: seconds(&reach, usual.reach),
        reach_timeout: timeout.map_or(usual.reach_timeout, |found| Duration::from_millis(found.value)),
        visit: seconds(&visit, usual.visit),
        full_visit: seconds(&full_visit, usual.full_visit),
        ..usual
    };
    if cadence.full_visit < cadence.visit
        && let Some(found) = full_visit.or(visit)
    {
        let (full_visit_s, visit_s) = (cadence.full_visit.as_secs(), cadence.visit.as_secs());
        let wrong = format!("makes full visits (every {full_visit_s} s) more frequent than visits (every {visit_s} s)");
        section.refuse(&found, format!("{wrong}: full_visit_interval_s has to be at least visit_interval_s"));
    }
    section.finish();
    cadence
}

pub(super) fn reference_targets(root: &mut Section<'_>) -> Vec<Address> {
    let mut section = root.section("agent");
    let items = section.list("reference_targets").unwrap_or_default();
    let parse = |found: Found<String>| {
        found.value.parse().map_err(|error: AddressError| section.refuse(&found, error.to_string())).ok()
    };
    let targets = items.into_iter().filter_map(parse).collect();
    section.finish();
    targets
}

pub(super) fn retention(root: &mut Section<'_>) -> Retention {
    let mut section = root.section("retention");
    // Ten years: beyond that a mistyped number is likelier than a wish.
    let mut days = |key, usual| {
        let found = section.whole(key, 1..=3650).and_then(|found| u32::try_from(found.value).ok());
        found.unwrap_or(usual)
    };
    let (raw_days, hour_days) = (days("raw_days", RAW_DAYS), days("hour_days", HOUR_DAYS));
    let retention = Retention { raw_days, hour_days, day_days: days("day_days", DAY_DAYS) };
    section.finish();
    retention
}
