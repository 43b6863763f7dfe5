//! Whether one device is there: ask, ask again, ask a third time, then say so. Pure: it takes `now` and returns effects.
//!
//! ```text
//!              Round, Reask            Missed (1st, 2nd)
//!   Resting ────────────────▶ Asking ───────────────────▶ Pausing
//!      ▲                      │ │  ▲ ◀────────────────────── │ Wake (after 1 s, after 2 s)
//!      │  Answered            │ │  │ Wake (after 1 s), Round, Reask
//!      ├──────────────────────┘ │  └──────────── Settling ◀── Answered, when it was not known to answer
//!      │  Looked                └─────▶ Deciding
//!      └──────────────────────────────────┘    Missed (3rd; the 1st while it is known to be silent)
//! ```
//!
//! A fault is known within reach interval + 3 × timeout + both pauses: 27.5 s by default. Two good answers in a row make
//! `up` again, so the first good one after anything else is confirmed one pause later instead of a whole round later.
//!
//! It knows nothing of sockets, of other devices, or of what a silence means; the package `alerts` judges that.

use std::time::Duration;

use agent_api::Cadence;
use inventory::reading::{FailureKind, Reach, Uptime};
use jiff::Timestamp;

use crate::moment::Moment;

/// How old the answer to "is the agent itself connected" may be when a device is called silent.
pub const LOOK_FRESH: Duration = Duration::from_secs(5);

/// How old it may be when the last ask goes out. Younger than [`LOOK_FRESH`] by more than one ask takes, so that the
/// decision after that ask finds an answer that is still fresh and does not have to wait for one.
pub const LOOK_AHEAD: Duration = Duration::from_secs(2);

/// Asks until a device that was not known to be silent is called silent.
const TRIES: u8 = 3;

/// What can happen to a device's machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Its turn in the schedule has come.
    Round,
    /// Somebody wants to know now.
    Reask,
    /// The ask was answered.
    Answered {
        /// From ask to answer.
        rtt: Duration,
        /// How long it has run, when the answer said so.
        uptime: Option<Uptime>,
    },
    /// The ask was not answered.
    Missed(FailureKind),
    /// The ask could not be made: the agent lacks a right or a credential. This says nothing about the device.
    CouldNotAsk,
    /// The time of [`Machine::deadline`] has come.
    Wake,
    /// The agent knows whether it is itself connected.
    Looked {
        /// It is, or it has no way of telling.
        is_connected: bool,
    },
}

/// What the loop has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Ask the device; [`Event::Answered`], [`Event::Missed`] or [`Event::CouldNotAsk`] comes back.
    Ask,
    /// Find out whether the agent is connected; [`Event::Looked`] comes back.
    Look {
        /// An answer up to this old will do.
        not_older_than: Duration,
    },
    /// Tell the controller.
    Report(Reach),
}

/// What is known of a device between two asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Nothing yet.
    New,
    /// Its latest ask was answered.
    Answering,
    /// It has been silent since this ask was sent.
    Silent { since: Timestamp },
    /// Nobody could look since this ask was sent.
    Blind { since: Timestamp },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing is under way.
    Resting(Standing),
    /// Ask number `tries` is under way; the first of them was sent at `first`.
    Asking { standing: Standing, first: Timestamp, tries: u8 },
    /// Ask number `tries` was missed; the next is sent at `until`.
    Pausing { standing: Standing, first: Timestamp, tries: u8, until: Duration },
    /// The last ask was missed; whether the agent could look at all is not known yet.
    Deciding { standing: Standing, first: Timestamp, failure: FailureKind },
    /// It answered after something else; asked again at `until`.
    Settling { until: Duration },
}

/// The machine of one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    state: State,
}

impl Default for Machine {
    fn default() -> Self {
        Machine { state: State::Resting(Standing::New) }
    }
}

impl Machine {
    /// One step. An event that does not fit the state came late and changes nothing.
    pub fn step(&mut self, event: Event, now: Moment, cadence: &Cadence) -> Vec<Effect> {
        let (state, effects) = next(self.state, event, now, cadence);
        self.state = state;
        effects
    }

    /// When [`Event::Wake`] is wanted.
    pub fn deadline(&self) -> Option<Duration> {
        match self.state {
            State::Pausing { until, .. } | State::Settling { until } => Some(until),
            State::Resting(_) | State::Asking { .. } | State::Deciding { .. } => None,
        }
    }
}

fn next(state: State, event: Event, now: Moment, cadence: &Cadence) -> (State, Vec<Effect>) {
    use Event::{Answered, CouldNotAsk, Looked, Missed, Reask, Round, Wake};
    match (state, event) {
        (State::Resting(standing), Round | Reask) => first_ask(standing, now),
        (State::Resting(_), Answered { .. } | Missed(_) | CouldNotAsk | Wake | Looked { .. }) => (state, vec![]),

        (State::Asking { standing, tries, .. }, Answered { rtt, uptime }) => (
            match standing {
                Standing::Answering => State::Resting(Standing::Answering),
                Standing::New | Standing::Silent { .. } | Standing::Blind { .. } => {
                    State::Settling { until: now.monotonic + cadence.reach_retries[0] }
                }
            },
            vec![Effect::Report(Reach::Answered { rtt, uptime, missed: tries - 1 })],
        ),
        (State::Asking { standing, first, tries }, Missed(failure)) => {
            missed(standing, first, tries, failure, now, cadence)
        }
        (State::Asking { standing, first, .. }, CouldNotAsk) => blind(standing, first),
        // What is under way serves these too.
        (State::Asking { .. }, Round | Reask | Wake | Looked { .. }) => (state, vec![]),

        (State::Pausing { standing, first, tries, until }, Wake) if now.monotonic >= until => {
            let tries = tries + 1;
            let mut effects = vec![Effect::Ask];
            if tries == TRIES {
                effects.push(Effect::Look { not_older_than: LOOK_AHEAD });
            }
            (State::Asking { standing, first, tries }, effects)
        }
        (State::Pausing { .. }, Wake | Round | Reask | Looked { .. }) => (state, vec![]),
        (State::Pausing { .. }, Answered { .. } | Missed(_) | CouldNotAsk) => (state, vec![]),

        (State::Deciding { standing, first, failure }, Looked { is_connected: true }) => {
            silent(standing, first, failure)
        }
        (State::Deciding { standing, first, .. }, Looked { is_connected: false }) => blind(standing, first),
        (State::Deciding { .. }, Round | Reask | Wake | Answered { .. } | Missed(_) | CouldNotAsk) => (state, vec![]),

        (State::Settling { until }, Wake) if now.monotonic < until => (state, vec![]),
        (State::Settling { .. }, Wake | Round | Reask) => first_ask(Standing::Answering, now),
        (State::Settling { .. }, Answered { .. } | Missed(_) | CouldNotAsk | Looked { .. }) => (state, vec![]),
    }
}

fn first_ask(standing: Standing, now: Moment) -> (State, Vec<Effect>) {
    (State::Asking { standing, first: now.wall, tries: 1 }, vec![Effect::Ask])
}

/// A device known to be silent needs no three misses to be silent still: one ask each round keeps a dead village cheap
/// and answers a re-ask of a dead uplink at once.
fn missed(
    standing: Standing,
    first: Timestamp,
    tries: u8,
    failure: FailureKind,
    now: Moment,
    cadence: &Cadence,
) -> (State, Vec<Effect>) {
    let look = Effect::Look { not_older_than: LOOK_FRESH };
    let is_known_silent = matches!(standing, Standing::Silent { .. });
    match cadence.reach_retries.get(usize::from(tries) - 1) {
        Some(pause) if !is_known_silent => {
            let state = State::Pausing { standing, first, tries, until: now.monotonic + *pause };
            (state, if tries == 1 { vec![look] } else { vec![] })
        }
        Some(_) | None => (State::Deciding { standing, first, failure }, vec![look]),
    }
}

fn silent(standing: Standing, first: Timestamp, failure: FailureKind) -> (State, Vec<Effect>) {
    let since = match standing {
        Standing::Silent { since } => since,
        Standing::New | Standing::Answering | Standing::Blind { .. } => first,
    };
    (State::Resting(Standing::Silent { since }), vec![Effect::Report(Reach::Silent { since, failure })])
}

fn blind(standing: Standing, first: Timestamp) -> (State, Vec<Effect>) {
    let since = match standing {
        Standing::Blind { since } => since,
        Standing::New | Standing::Answering | Standing::Silent { .. } => first,
    };
    (State::Resting(Standing::Blind { since }), vec![Effect::Report(Reach::CouldNotLook { since })])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the latest verdict is that the device does not answer.
    fn is_silent(machine: &Machine) -> bool {
        match machine.state {
            State::Resting(standing)
            | State::Asking { standing, .. }
            | State::Pausing { standing, .. }
            | State::Deciding { standing, .. } => matches!(standing, Standing::Silent { .. }),
            State::Settling { .. } => false,
        }
    }

    const TIMEOUT: Event = Event::Missed(FailureKind::Timeout);
    const GOOD: Event = Event::Answered { rtt: Duration::from_millis(3), uptime: None };
    const SEES: Event = Event::Looked { is_connected: true };
    const CUT_OFF: Event = Event::Looked { is_connected: false };

    fn wall(ms: u64) -> Timestamp {
        Timestamp::from_second(1_790_000_000).unwrap() + Duration::from_millis(ms)
    }

    /// Feeds a machine events at milliseconds and compares what it wants done.
    fn play(machine: &mut Machine, script: &[(u64, Event, &[Effect])]) {
        for (ms, event, expected) in script {
            let now = Moment { wall: wall(*ms), monotonic: Duration::from_millis(*ms) };
            let effects = machine.step(*event, now, &Cadence::default());
            assert_eq!(effects, *expected, "at {ms} ms, after {event:?}");
        }
    }

    fn answered() -> Effect {
        answered_after(0)
    }

    fn answered_after(missed: u8) -> Effect {
        Effect::Report(Reach::Answered { rtt: Duration::from_millis(3), uptime: None, missed })
    }

    fn silent_since(ms: u64) -> Effect {
        Effect::Report(Reach::Silent { since: wall(ms), failure: FailureKind::Timeout })
    }

    fn blind_since(ms: u64) -> Effect {
        Effect::Report(Reach::CouldNotLook { since: wall(ms) })
    }

    fn look() -> Effect {
        Effect::Look { not_older_than: LOOK_FRESH }
    }

    fn look_ahead() -> Effect {
        Effect::Look { not_older_than: LOOK_AHEAD }
    }

    /// A machine whose device answered twice before zero.
    fn answering() -> Machine {
        Machine { state: State::Resting(Standing::Answering) }
    }

    /// A machine whose device has been silent since 0.
    fn silent() -> Machine {
        let mut machine = answering();
        play(
            &mut machine,
            &[
                (0, Event::Round, &[Effect::Ask]),
                (1_500, TIMEOUT, &[look()]),
                (2_500, Event::Wake, &[Effect::Ask]),
                (4_000, TIMEOUT, &[]),
                (6_000, Event::Wake, &[Effect::Ask, look_ahead()]),
                (7_500, TIMEOUT, &[look()]),
                (7_500, SEES, &[silent_since(0)]),
            ],
        );
        machine
    }

    #[test]
    fn three_misses_make_silence_that_began_with_the_first_ask() {
        assert!(is_silent(&silent()));
    }

    #[test]
    fn a_fault_just_after_an_answer_is_known_within_28_seconds() {
        let cadence = Cadence::default();
        let worst = cadence.reach + 3 * cadence.reach_timeout + cadence.reach_retries.iter().sum::<Duration>();
        assert!(worst < Duration::from_secs(28), "{worst:?}");
    }

    #[test]
    fn one_lost_packet_alarms_nobody() {
        let mut machine = answering();
        play(
            &mut machine,
            &[
                (0, Event::Round, &[Effect::Ask]),
                (1_500, TIMEOUT, &[look()]),
                (2_500, Event::Wake, &[Effect::Ask]),
                (2_503, GOOD, &[answered_after(1)]),
                (20_000, Event::Round, &[Effect::Ask]),
            ],
        );
        assert!(!is_silent(&machine));
    }

    #[test]
    fn a_silent_device_is_reported_each_round_with_the_same_beginning() {
        let mut machine = silent();
        play(
            &mut machine,
            &[
                (20_000, Event::Round, &[Effect::Ask]),
                (21_500, TIMEOUT, &[look()]),
                (21_600, SEES, &[silent_since(0)]),
                (40_000, Event::Round, &[Effect::Ask]),
                (41_500, TIMEOUT, &[look()]),
                (41_500, SEES, &[silent_since(0)]),
            ],
        );
    }

    #[test]
    fn the_first_answer_after_a_silence_is_confirmed_a_second_later() {
        let mut machine = silent();
        play(
            &mut machine,
            &[
                (20_000, Event::Round, &[Effect::Ask]),
                (20_003, GOOD, &[answered()]),
                (20_500, Event::Wake, &[]),
                (21_003, Event::Wake, &[Effect::Ask]),
                (21_006, GOOD, &[answered()]),
                (22_006, Event::Wake, &[]),
                (40_000, Event::Round, &[Effect::Ask]),
                (40_003, GOOD, &[answered()]),
                (41_003, Event::Wake, &[]),
            ],
        );
    }

    #[test]
    fn a_confirmation_that_is_missed_needs_three_misses_of_its_own() {
        let mut machine = silent();
        play(
            &mut machine,
            &[
                (20_000, Event::Round, &[Effect::Ask]),
                (20_003, GOOD, &[answered()]),
                (21_003, Event::Wake, &[Effect::Ask]),
                (22_503, TIMEOUT, &[look()]),
                (23_503, Event::Wake, &[Effect::Ask]),
                (25_003, TIMEOUT, &[]),
                (27_003, Event::Wake, &[Effect::Ask, look_ahead()]),
                (28_503, TIMEOUT, &[look()]),
                (28_503, SEES, &[silent_since(21_003)]),
            ],
        );
    }

    #[test]
    fn an_agent_that_is_cut_off_calls_nothing_silent() {
        let mut machine = answering();
        let misses: &[(u64, Event, &[Effect])] = &[
            (0, Event::Round, &[Effect::Ask]),
            (1_500, TIMEOUT, &[look()]),
            (2_500, Event::Wake, &[Effect::Ask]),
            (4_000, TIMEOUT, &[]),
            (6_000, Event::Wake, &[Effect::Ask, look_ahead()]),
            (7_500, TIMEOUT, &[look()]),
            (8_000, CUT_OFF, &[blind_since(0)]),
        ];
        play(&mut machine, misses);
        let again: &[(u64, Event, &[Effect])] = &[
            (20_000, Event::Round, &[Effect::Ask]),
            (21_500, TIMEOUT, &[look()]),
            (22_500, Event::Wake, &[Effect::Ask]),
            (24_000, TIMEOUT, &[]),
            (26_000, Event::Wake, &[Effect::Ask, look_ahead()]),
            (27_500, TIMEOUT, &[look()]),
        ];
        let mut still = machine.clone();
        play(&mut still, again);
        play(&mut still, &[(27_500, CUT_OFF, &[blind_since(0)])]);
        // Once it sees again, silence begins with the first ask that was missed while it saw.
        play(&mut machine, again);
        play(&mut machine, &[(27_500, SEES, &[silent_since(20_000)])]);
    }

    #[test]
    fn an_ask_that_cannot_be_made_says_nothing_about_the_device() {
        let mut machine = answering();
        play(
            &mut machine,
            &[
                (0, Event::Round, &[Effect::Ask]),
                (1, Event::CouldNotAsk, &[blind_since(0)]),
                (20_000, Event::Round, &[Effect::Ask]),
                (20_001, Event::CouldNotAsk, &[blind_since(0)]),
            ],
        );
        assert!(!is_silent(&machine));
    }

    #[test]
    fn a_reask_starts_at_once_and_joins_what_is_under_way() {
        let mut machine = answering();
        play(
            &mut machine,
            &[
                (5_000, Event::Reask, &[Effect::Ask]),
                (5_100, Event::Reask, &[]),
                (6_500, TIMEOUT, &[look()]),
                (6_600, Event::Reask, &[]),
                (7_500, Event::Wake, &[Effect::Ask]),
                (7_503, GOOD, &[answered_after(1)]),
            ],
        );
        let mut machine = silent();
        play(
            &mut machine,
            &[
                (10_000, Event::Reask, &[Effect::Ask]),
                (10_003, GOOD, &[answered()]),
                (10_100, Event::Reask, &[Effect::Ask]),
                (10_103, GOOD, &[answered()]),
            ],
        );
    }

    #[test]
    fn a_device_asked_for_the_first_time_is_confirmed_too() {
        let mut machine = Machine::default();
        play(
            &mut machine,
            &[
                (0, Event::Round, &[Effect::Ask]),
                (3, GOOD, &[answered()]),
                (1_003, Event::Wake, &[Effect::Ask]),
                (1_006, GOOD, &[answered()]),
                (2_006, Event::Wake, &[]),
            ],
        );
    }

    #[test]
    fn what_comes_late_changes_nothing() {
        for event in [GOOD, TIMEOUT, Event::CouldNotAsk, Event::Wake, SEES, CUT_OFF] {
            let mut machine = answering();
            play(&mut machine, &[(0, event, &[])]);
            assert_eq!(machine, answering());
        }
    }
}
