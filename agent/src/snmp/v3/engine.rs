//! A device's engine as we know it: id, boots, and its time as we count it on. Pure: the time is an argument.

use tokio::time::Instant;

/// The last value of boots and of time (RFC 3414 §2.2.2).
const LAST: u32 = i32::MAX as u32;
/// How far the times of two engines may lie apart, in seconds (RFC 3414 §2.2.3).
const WINDOW_S: u64 = 150;

/// A place in an engine's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in super::super) struct Moment {
    /// How often it was started.
    pub(super) boots: u32,
    /// Seconds since it was.
    pub(super) time: u32,
}

/// An engine's clock, and when it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EngineClock {
    read: Moment,
    at: Instant,
}

impl EngineClock {
    pub(super) fn new(read: Moment, at: Instant) -> Self {
        EngineClock { read, at }
    }

    /// What it shows now. Past its last second it begins again at its next start.
    pub(super) fn moment(&self, now: Instant) -> Moment {
        let passed = now.saturating_duration_since(self.at).as_secs();
        let time = u64::from(self.read.time).saturating_add(passed);
        match u32::try_from(time).ok().filter(|time| *time <= LAST) {
            Some(time) => Moment { time, ..self.read },
            None => Moment { boots: self.read.boots.saturating_add(1).min(LAST), time: 0 },
        }
    }
}

impl Moment {
    /// Whether an answer of `answered` may be one to a question of this moment that was asked `waited` seconds ago.
    pub(super) fn fits(self, answered: Moment, waited: u64) -> bool {
        let apart = u64::from(self.time.abs_diff(answered.time));
        self.boots == answered.boots && apart <= WINDOW_S.saturating_add(waited)
    }
}

/// What a Report says (usmStats, RFC 3414 §5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Stat {
    UnsupportedSecLevels,
    NotInTimeWindows,
    UnknownUserNames,
    UnknownEngineIds,
    WrongDigests,
    DecryptionErrors,
}

impl Stat {
    /// By its name, as BER has it: 1.3.6.1.6.3.15.1.1.N.0.
    pub(super) fn of(name: &[u8]) -> Option<Stat> {
        match name {
            [0x2B, 6, 1, 6, 3, 15, 1, 1, number, 0] => match number {
                1 => Some(Stat::UnsupportedSecLevels),
                2 => Some(Stat::NotInTimeWindows),
                3 => Some(Stat::UnknownUserNames),
                4 => Some(Stat::UnknownEngineIds),
                5 => Some(Stat::WrongDigests),
                6 => Some(Stat::DecryptionErrors),
                _ => None,
            },
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_time_is_counted_on_and_runs_over_into_the_next_boot() {
        let at = Instant::now();
        for (boots, time, passed, expected) in [
            (1, 0, 0, (1, 0)),
            (1, 100, 170, (1, 270)),
            (7, LAST - 1, 1, (7, LAST)),
            (7, LAST, 1, (8, 0)),
            (LAST, LAST, 9, (LAST, 0)),
        ] {
            let clock = EngineClock::new(Moment { boots, time }, at);
            let shown = clock.moment(at + Duration::from_secs(passed));
            assert_eq!((shown.boots, shown.time), expected, "{boots} {time} + {passed}");
        }
    }

    #[test]
    fn an_answer_fits_its_question_within_the_window_and_the_boot() {
        let asked = Moment { boots: 3, time: 1000 };
        for (boots, time, waited, expected) in [
            (3, 1000, 0, true),
            (3, 1150, 0, true),
            (3, 850, 0, true),
            (3, 1151, 0, false),
            (3, 1151, 1, true),
            (4, 1000, 0, false),
            (2, 1000, 0, false),
            (3, LAST, 10, false),
        ] {
            assert_eq!(asked.fits(Moment { boots, time }, waited), expected, "{boots} {time} after {waited}");
        }
    }

    #[test]
    fn a_report_is_known_by_its_whole_name() {
        let name = |number| [0x2B, 6, 1, 6, 3, 15, 1, 1, number, 0];
        assert_eq!(Stat::of(&name(2)), Some(Stat::NotInTimeWindows));
        assert_eq!(Stat::of(&name(6)), Some(Stat::DecryptionErrors));
        assert_eq!((Stat::of(&name(0)), Stat::of(&name(7)), Stat::of(&name(3)[..9])), (None, None, None));
    }
}
