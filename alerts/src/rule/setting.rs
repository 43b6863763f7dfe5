//! What people set of a rule: from which value on, for how long, how bad it is, and where.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use inventory::device::DeviceKind;
use inventory::id::HallId;
use jiff::SignedDuration;

use super::Severity;
use super::measure::{Measure, MeasureOf};

/// A value or a threshold in the unit of its measure, to a thousandth: what is compared is what is written and read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(i64);

impl Amount {
    /// So many whole ones.
    pub fn whole(value: i32) -> Amount {
        Amount(i64::from(value) * 1_000)
    }

    /// The nearest thousandth.
    pub fn of(value: f64) -> Amount {
        // A float beyond the range becomes the nearest end of it.
        Amount((value * 1_000.0).round() as i64)
    }

    /// From thousandths.
    pub const fn from_thousandths(thousandths: i64) -> Amount {
        Amount(thousandths)
    }

    /// Thousandths.
    pub fn thousandths(self) -> i64 {
        self.0
    }

    /// In whole ones.
    pub fn value(self) -> f64 {
        self.0 as f64 / 1_000.0
    }
}

/// A rule as it is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// From this value on it is a fault.
    pub threshold: Amount,
    /// Seconds that the fault has to be seen before anybody is told.
    pub hold_s: u32,
    /// Seconds that it has to be seen to be over before that is told.
    pub keep_s: u32,
    /// How bad it is.
    pub severity: Severity,
    /// Whether anybody is to be told at all.
    pub is_enabled: bool,
}

/// The longest time to hold or to keep: two days. What takes longer to notice is no alert but a report.
pub const HOLD_MAX_S: u32 = 2 * 86_400;

/// What is wrong with a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SettingFault {
    /// The threshold makes no sense for what is measured.
    #[error("threshold={} is not within {} to {} {}", .value.value(), .least.value(), .most.value(), .measure.unit().as_str())]
    Threshold {
        /// What is measured.
        measure: Measure,
        /// The threshold.
        value: Amount,
        /// The least that makes sense.
        least: Amount,
        /// The most.
        most: Amount,
    },
    /// It would be held for too long.
    #[error("hold_s={0} is longer than two days ({HOLD_MAX_S}): people would hear of it too late")]
    Hold(u32),
    /// It would be kept for too long.
    #[error("keep_firing_s={0} is longer than two days ({HOLD_MAX_S}): people would never hear that it is over")]
    Keep(u32),
    /// It is known once and not asked again.
    #[error("{0} is known at once and is over at once: hold_s and keep_firing_s have to be 0")]
    AtOnce(Measure),
    /// A hall has no kind.
    #[error("{0} is measured of halls, which are of no device kind: leave out kind")]
    Kind(Measure),
}

impl Setting {
    /// Everything that is wrong with it.
    pub fn faults(&self, measure: Measure, kind: Option<DeviceKind>) -> Vec<SettingFault> {
        let (least, most) = measure.thresholds();
        let value = self.threshold;
        let threshold =
            (value < least || value > most).then_some(SettingFault::Threshold { measure, value, least, most });
        let hold = (self.hold_s > HOLD_MAX_S).then_some(SettingFault::Hold(self.hold_s));
        let keep = (self.keep_s > HOLD_MAX_S).then_some(SettingFault::Keep(self.keep_s));
        let kind = (kind.is_some() && measure.of() == MeasureOf::Halls).then_some(SettingFault::Kind(measure));
        let is_late = measure == Measure::AgentSilent && (self.hold_s, self.keep_s) != (0, 0);
        let at_once = is_late.then_some(SettingFault::AtOnce(measure));
        [threshold, hold, keep, at_once, kind].into_iter().flatten().collect()
    }
}

/// A setting in place of the built-in one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// Of which rule.
    pub measure: Measure,
    /// In these halls only.
    pub halls: Option<BTreeSet<HallId>>,
    /// On devices of this kind only.
    pub kind: Option<DeviceKind>,
    /// What holds there.
    pub setting: Setting,
}

/// Two values further apart than this have a gap between them, where visits are not rarer than that.
const GAP: SignedDuration = SignedDuration::from_secs(300);
/// Visits that may fail before there is one.
const VISITS_MISSED: i32 = 3;

/// How all rules are set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    gap: SignedDuration,
    /// Those of one rule that are for less stand before those that are for more: the first that fits holds.
    overrides: BTreeMap<Measure, Vec<Override>>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings::new(Vec::new())
    }
}

impl Settings {
    /// Where several fit, the one for the fewest halls holds, and of those for the same halls the one for a kind of
    /// devices.
    pub fn new(overrides: Vec<Override>) -> Settings {
        let mut of: BTreeMap<Measure, Vec<Override>> = BTreeMap::new();
        for one in overrides {
            of.entry(one.measure).or_default().push(one);
        }
        for list in of.values_mut() {
            let breadth = |one: &Override| (one.halls.as_ref().map_or(usize::MAX, BTreeSet::len), one.kind.is_none());
            list.sort_by_key(breadth);
        }
        Settings { gap: GAP, overrides: of }
    }

    /// Devices are visited this often.
    #[must_use]
    pub fn visited_every(self, interval: Duration) -> Settings {
        let interval = SignedDuration::try_from(interval).unwrap_or(SignedDuration::MAX);
        Settings { gap: GAP.max(interval.saturating_mul(VISITS_MISSED)), ..self }
    }

    /// Two values further apart than this have a gap between them: nobody knows what was then.
    pub fn gap(&self) -> SignedDuration {
        self.gap
    }

    /// What holds for a measure in a hall, or on a device of this kind there.
    pub fn of(&self, measure: Measure, hall: HallId, kind: Option<DeviceKind>) -> Setting {
        let fits = |one: &&Override| {
            one.halls.as_ref().is_none_or(|halls| halls.contains(&hall)) && (one.kind.is_none() || one.kind == kind)
        };
        let found = self.overrides.get(&measure).and_then(|list| list.iter().find(fits));
        found.map_or_else(|| measure.default_setting(), |one| one.setting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(threshold: i32, halls: Option<&[i64]>, kind: Option<DeviceKind>) -> Override {
        let halls = halls.map(|ids| ids.iter().map(|id| HallId(*id)).collect());
        let setting = Setting { threshold: Amount::whole(threshold), ..Measure::Cpu.default_setting() };
        Override { measure: Measure::Cpu, halls, kind, setting }
    }

    #[test]
    fn the_setting_for_the_least_holds() {
        let router = Some(DeviceKind::Router);
        let settings = Settings::new(vec![
            set(50, None, None),
            set(60, None, router),
            set(70, Some(&[1, 2, 3]), None),
            set(80, Some(&[1]), None),
            set(85, Some(&[1]), router),
        ]);
        let of = |hall, kind| settings.of(Measure::Cpu, HallId(hall), kind).threshold.value();
        assert_eq!(
            (of(1, router), of(1, None), of(2, router), of(4, router), of(4, None)),
            (85.0, 80.0, 70.0, 60.0, 50.0)
        );
        let memory = settings.of(Measure::Memory, HallId(1), router);
        assert_eq!(memory, Measure::Memory.default_setting(), "another rule");
    }

    #[test]
    fn everything_wrong_with_a_setting_is_said_at_once() {
        let weeks = 21 * 86_400;
        let setting =
            Setting { threshold: Amount::of(-1.0), hold_s: weeks, keep_s: weeks, ..Measure::Cpu.default_setting() };
        let said: Vec<String> = setting.faults(Measure::Cpu, None).iter().map(ToString::to_string).collect();
        assert_eq!(said.len(), 3, "{said:?}");
        assert_eq!(said[0], "threshold=-1 is not within 1 to 100 percent");
        assert!(said[1].starts_with("hold_s=1814400 is longer than two days"), "{said:?}");
        let of_hall = Measure::Bandwidth.default_setting().faults(Measure::Bandwidth, Some(DeviceKind::Router));
        assert_eq!(of_hall, [SettingFault::Kind(Measure::Bandwidth)]);
    }

    #[test]
    fn what_is_built_in_makes_sense() {
        for measure in Measure::ALL {
            assert_eq!(measure.default_setting().faults(*measure, None), [], "{measure}");
        }
    }
}
