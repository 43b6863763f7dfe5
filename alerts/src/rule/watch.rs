//! One rule watching one thing: how values over time become a fault, and its end. Pure, and the same for what is seen now
//! and for what would have been told of the last 30 days.
//!
//! ```text
//!            over               over for `hold`             sound for `keep`
//!   Sound ──────────▶ Pending ──────────────────▶ Firing ────────────────────▶ Sound
//!     ▲                  │ sound                    │ ▲ over: the time it was sound begins anew
//!     └──────────────────┘                          └─┘
//! ```
//!
//! Times are those of the observations. Between two values further apart than `gap` nobody looked: that time counts neither
//! to the hold nor to the end.

use jiff::{SignedDuration, Timestamp};

use super::setting::{Amount, Setting};

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stand {
    /// No fault.
    Sound,
    /// A fault that has not lasted for long enough.
    Pending {
        /// The first value over the threshold.
        since: Timestamp,
        /// For how long it was seen to last.
        seen: SignedDuration,
    },
    /// A fault.
    Firing {
        /// The first value over the threshold.
        since: Timestamp,
        /// The first sound value after the last that was not, and for how long it was seen to be sound.
        sound: Option<(Timestamp, SignedDuration)>,
    },
}

/// What a value changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turned {
    /// Nothing that anybody is to know.
    Nothing,
    /// It fires.
    Fired {
        /// The first value over the threshold.
        since: Timestamp,
    },
    /// It is over.
    Ended {
        /// The first sound value.
        at: Timestamp,
    },
}

/// The machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watch {
    stand: Stand,
    /// The latest value's time; `None` when nothing was seen since the start.
    last: Option<Timestamp>,
}

impl Default for Watch {
    fn default() -> Self {
        Watch { stand: Stand::Sound, last: None }
    }
}

impl Watch {
    /// One that fired before a restart.
    pub fn firing(since: Timestamp) -> Watch {
        Watch { stand: Stand::Firing { since, sound: None }, last: None }
    }

    /// Where it stands.
    pub fn stand(&self) -> Stand {
        self.stand
    }

    /// When it last saw a value.
    pub fn last(&self) -> Option<Timestamp> {
        self.last
    }

    /// The clock was set back to `now`: what was seen later is of no use for reckoning times.
    pub(crate) fn rebase(&mut self, now: Timestamp) {
        self.last = self.last.filter(|last| *last <= now);
    }

    /// A value was seen. One that is not after the last changes nothing.
    pub fn see(&mut self, at: Timestamp, value: Amount, setting: &Setting, gap: SignedDuration) -> Turned {
        let Some(passed) = self.last.map_or(Some(SignedDuration::ZERO), |last| after(last, at)) else {
            return Turned::Nothing;
        };
        self.last = Some(at);
        let passed = if passed > gap { SignedDuration::ZERO } else { passed };
        let is_over = value >= setting.threshold;
        let (hold, keep) = (seconds(setting.hold_s), seconds(setting.keep_s));
        let (stand, turned) = match (self.stand, is_over) {
            (Stand::Sound | Stand::Pending { .. }, false) => (Stand::Sound, Turned::Nothing),
            (Stand::Sound, true) => pending(at, SignedDuration::ZERO, hold),
            (Stand::Pending { since, seen }, true) => pending(since, seen + passed, hold),
            (Stand::Firing { since, .. }, true) => (Stand::Firing { since, sound: None }, Turned::Nothing),
            (Stand::Firing { since, sound }, false) => {
                let (first, seen) = sound.map_or((at, SignedDuration::ZERO), |(first, seen)| (first, seen + passed));
                match seen >= keep {
                    true => (Stand::Sound, Turned::Ended { at: first }),
                    false => (Stand::Firing { since, sound: Some((first, seen)) }, Turned::Nothing),
                }
            }
        };
        self.stand = stand;
        turned
    }
}

fn pending(since: Timestamp, seen: SignedDuration, hold: SignedDuration) -> (Stand, Turned) {
    match seen >= hold {
        true => (Stand::Firing { since, sound: None }, Turned::Fired { since }),
        false => (Stand::Pending { since, seen }, Turned::Nothing),
    }
}

/// The time from one to the other; `None` when it did not pass.
fn after(last: Timestamp, at: Timestamp) -> Option<SignedDuration> {
    (at > last).then(|| at.duration_since(last))
}

fn seconds(seconds: u32) -> SignedDuration {
    SignedDuration::from_secs(i64::from(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::measure::Measure;

    const GAP: SignedDuration = SignedDuration::from_secs(300);

    /// What values bring: minute, value, and what came of it as `fired M`, `ended M`.
    fn told(hold_s: u32, keep_s: u32, values: &[(i64, i32)]) -> Vec<(i64, &'static str, i64)> {
        let setting = Setting { hold_s, keep_s, threshold: Amount::whole(90), ..Measure::Cpu.default_setting() };
        let minute = |at: Timestamp| at.as_second() / 60;
        let mut watch = Watch::default();
        let seen = values.iter().filter_map(|(at, value)| {
            let time = Timestamp::from_second(at * 60).expect("a time");
            match watch.see(time, Amount::whole(*value), &setting, GAP) {
                Turned::Nothing => None,
                Turned::Fired { since } => Some((*at, "fired", minute(since))),
                Turned::Ended { at: end } => Some((*at, "ended", minute(end))),
            }
        });
        seen.collect()
    }

    #[test]
    fn it_fires_when_held_and_ends_when_sound_for_long_enough() {
        let values = [(0, 10), (1, 95), (2, 90), (3, 99), (4, 20), (5, 95), (6, 20), (7, 20), (8, 20)];
        assert_eq!(told(120, 120, &values), [(3, "fired", 1), (8, "ended", 6)]);
        assert_eq!(told(0, 0, &values), [(1, "fired", 1), (4, "ended", 4), (5, "fired", 5), (6, "ended", 6)]);
        assert_eq!(told(180, 0, &values), [], "sound before it was held");
    }

    #[test]
    fn what_nobody_saw_counts_to_nothing() {
        let over = [(0, 95), (1, 95), (30, 95), (31, 95)];
        assert_eq!(told(120, 60, &over), [(31, "fired", 0)], "one minute before the gap and one after it");
        let sound = [(0, 95), (1, 10), (30, 10), (31, 10)];
        assert_eq!(told(0, 120, &sound), [(0, "fired", 0)]);
        assert_eq!(told(0, 60, &sound), [(0, "fired", 0), (31, "ended", 1)]);
    }

    #[test]
    fn the_same_again_and_what_comes_late_change_nothing() {
        assert_eq!(told(60, 0, &[(5, 95), (5, 95), (4, 95), (6, 95), (6, 10), (5, 10)]), [(6, "fired", 5)]);
    }
}
