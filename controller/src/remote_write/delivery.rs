//! The rules by which samples in hand are delivered. Pure: time, chance and answers come in as arguments.
//!
//! One request is on its way at a time. What cannot be delivered now is tried again for ever, after 30 ms to 5 s, or as
//! long as the receiver asks for: the log, not patience, is what is bounded. What the receiver refuses is not sent again
//! as it was: it is divided, since receivers such as Prometheus refuse a whole request for one sample that is too old or
//! out of order. First batch from batch, so that what was stored before a crash takes nothing new with it; then within a
//! batch, until only the sample is left that is refused. Batches of which no part is accepted are believed sooner.

use std::ops::Range;
use std::time::Duration;

use jiff::Timestamp;

/// The longest wait after the first failure.
const FIRST_WAIT: Duration = Duration::from_millis(30);
/// The longest wait that we choose by ourselves.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// The longest wait that a receiver can ask for.
const LONGEST_ASKED: Duration = Duration::from_secs(600);
/// How often one batch is divided at most, while parts of it are accepted.
const DIVISIONS: u32 = 100;
/// How often one batch is divided while no part of it has been accepted: deep enough to get from thousands to one.
const VAIN_DIVISIONS: u32 = 20;
/// After this many batches without an accepted part the next ones are not divided within.
const VAIN_BATCHES: u32 = 3;

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is the receiver's now.
    Accepted,
    /// Not now: it did not answer, or it is busy or broken.
    Later {
        /// How long it asked to be left alone.
        asked: Option<Duration>,
    },
    /// Never.
    Refused {
        /// Whether a part of it may be accepted.
        is_divisible: bool,
    },
}

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Send these samples.
    Send(Range<usize>),
    /// Wait this long.
    Wait(Duration),
    /// All have been accepted or refused.
    Done,
}

/// What became of the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Tally {
    pub(super) sent: usize,
    pub(super) refused: usize,
}

/// Samples in hand, in their order: by batch, then by series and time.
#[derive(Debug)]
pub(super) struct Delivery {
    /// What has still to be sent, the next one last.
    parts: Vec<Range<usize>>,
    /// Where batches begin: divided is between them first.
    cuts: Vec<usize>,
    /// Failures since the last answer that decided something.
    failures: u32,
    /// Until when to wait, and for how long that is: a clock that is set back makes nobody wait longer.
    wait: Option<(Timestamp, Duration)>,
    /// The batch that was divided last.
    divided: Divided,
    /// Batches that were divided in vain since something was accepted.
    vain_batches: u32,
    tally: Tally,
}

/// A batch that is being divided.
#[derive(Debug, Clone, Copy, Default)]
struct Divided {
    /// Which, by the number of cuts up to it.
    batch: usize,
    divisions: u32,
    has_accepted: bool,
}

impl Delivery {
    /// Delivers `count` samples, at most `most` in one request. `cuts` are the places where batches begin, in order.
    pub(super) fn new(count: usize, cuts: Vec<usize>, most: usize) -> Self {
        let most = most.max(1);
        let parts = (0..count).step_by(most).map(|from| from..count.min(from + most)).rev().collect();
        Delivery {
            parts,
            cuts,
            failures: 0,
            wait: None,
            divided: Divided::default(),
            vain_batches: 0,
            tally: Tally::default(),
        }
    }

    /// What is to be done at `now`.
    pub(super) fn step(&self, now: Timestamp) -> Step {
        let Some(part) = self.parts.last() else { return Step::Done };
        if let Some((until, whole)) = self.wait
            && until > now
        {
            return Step::Wait(until.duration_since(now).unsigned_abs().min(whole));
        }
        Step::Send(part.clone())
    }

    /// What became of the part that was sent; `jitter` is a random number from 0 to 1.
    pub(super) fn heard(&mut self, outcome: Outcome, now: Timestamp, jitter: f64) {
        match outcome {
            Outcome::Accepted => {
                let batch = self.parts.last().map(|part| self.batch_of(part));
                self.divided.has_accepted |= batch == Some(self.divided.batch);
                self.vain_batches = 0;
                self.tally.sent += self.decided();
            }
            Outcome::Later { asked } => {
                let wait = backoff(self.failures, jitter).max(asked.unwrap_or_default().min(LONGEST_ASKED));
                self.failures = self.failures.saturating_add(1);
                self.wait = now.checked_add(wait).ok().map(|until| (until, wait));
            }
            Outcome::Refused { is_divisible } => {
                let cut = if is_divisible { self.cut() } else { None };
                let part = self.parts.last().cloned();
                let count = self.decided();
                match cut.zip(part) {
                    Some((cut, part)) => self.parts.extend([cut..part.end, part.start..cut]),
                    None => self.tally.refused += count,
                }
            }
        }
    }

    /// What has been decided so far.
    pub(super) fn tally(&self) -> Tally {
        self.tally
    }

    /// How many samples the next part has; it is out of hand now.
    fn decided(&mut self) -> usize {
        (self.failures, self.wait) = (0, None);
        self.parts.pop().map_or(0, |part| part.len())
    }

    /// Where the next part is divided: where the batch nearest to its middle begins, within one batch in the middle.
    fn cut(&mut self) -> Option<usize> {
        let part = self.parts.last().filter(|part| part.len() > 1)?;
        let middle = part.start + part.len() / 2;
        let inside = self.cuts.iter().filter(|cut| part.start < **cut && **cut < part.end);
        if let Some(cut) = inside.min_by_key(|cut| cut.abs_diff(middle)) {
            return Some(*cut);
        }
        let batch = self.batch_of(part);
        if self.divided.batch != batch {
            let was_in_vain = self.divided.divisions > 0 && !self.divided.has_accepted;
            self.vain_batches += u32::from(was_in_vain);
            self.divided = Divided { batch, ..Divided::default() };
        }
        let most = if self.divided.has_accepted { DIVISIONS } else { VAIN_DIVISIONS };
        if self.vain_batches >= VAIN_BATCHES || self.divided.divisions >= most {
            return None;
        }
        self.divided.divisions += 1;
        Some(middle)
    }

    fn batch_of(&self, part: &Range<usize>) -> usize {
        self.cuts.partition_point(|cut| *cut <= part.start)
    }
}

/// The wait after this many failures before: 30 ms, 60 ms … 5 s, less up to a quarter.
fn backoff(failures: u32, jitter: f64) -> Duration {
    let full = FIRST_WAIT.saturating_mul(1 << failures.min(16)).min(LONGEST_WAIT);
    let jitter = if jitter.is_nan() { 0.0 } else { jitter.clamp(0.0, 1.0) };
    full.mul_f64(1.0 - jitter / 4.0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(1_764_000_000_000 + ms).expect("a time")
    }

    /// A receiver that refuses every request with one of these samples in it. Gives what it accepted, and how often it
    /// was asked.
    fn deliver(mut delivery: Delivery, bad: &BTreeSet<usize>, is_divisible: bool) -> (Vec<usize>, Tally, usize) {
        let (mut accepted, mut asks) = (Vec::new(), 0);
        loop {
            match delivery.step(at(0)) {
                Step::Send(part) => {
                    asks += 1;
                    let outcome = match part.clone().any(|sample| bad.contains(&sample)) {
                        true => Outcome::Refused { is_divisible },
                        false => Outcome::Accepted,
                    };
                    if outcome == Outcome::Accepted {
                        accepted.extend(part);
                    }
                    delivery.heard(outcome, at(0), 0.0);
                }
                Step::Wait(_) => panic!("nothing to wait for"),
                Step::Done => return (accepted, delivery.tally(), asks),
            }
        }
    }

    #[test]
    fn the_wait_doubles_from_30_ms_to_5_s_and_begins_anew_after_a_success() {
        let mut delivery = Delivery::new(2, vec![0], 1);
        let mut now = 0;
        for wait in [30, 60, 120, 240, 480, 960, 1_920, 3_840, 5_000, 5_000] {
            delivery.heard(Outcome::Later { asked: None }, at(now), 0.0);
            assert_eq!(delivery.step(at(now)), Step::Wait(Duration::from_millis(wait)));
            now += wait.cast_signed();
            assert_eq!(delivery.step(at(now)), Step::Send(0..1));
        }
        delivery.heard(Outcome::Accepted, at(now), 0.0);
        assert_eq!(delivery.step(at(now)), Step::Send(1..2));
        delivery.heard(Outcome::Later { asked: None }, at(now), 1.0);
        assert_eq!(delivery.step(at(now)), Step::Wait(Duration::from_micros(22_500)), "jitter takes a quarter off");
    }

    #[test]
    fn what_the_receiver_asks_for_is_kept_within_reason_and_no_clock_lengthens_it() {
        let mut delivery = Delivery::new(1, vec![0], 10);
        let asked = |seconds| Outcome::Later { asked: Some(Duration::from_secs(seconds)) };
        delivery.heard(asked(7), at(0), 0.5);
        assert_eq!(delivery.step(at(0)), Step::Wait(Duration::from_secs(7)));
        assert_eq!(delivery.step(at(-3_600_000)), Step::Wait(Duration::from_secs(7)), "the clock was set back");
        delivery.heard(asked(u64::MAX), at(0), 0.5);
        assert_eq!(delivery.step(at(0)), Step::Wait(LONGEST_ASKED));
        delivery.heard(asked(0), at(0), f64::NAN);
        assert_eq!(delivery.step(at(0)), Step::Wait(Duration::from_millis(120)), "our own wait stands");
    }

    #[test]
    fn one_bad_sample_takes_no_other_with_it() {
        let bad = BTreeSet::from([1_234]);
        let (accepted, tally, asks) = deliver(Delivery::new(4_000, vec![0, 1_000, 2_000], 4_000), &bad, true);
        assert_eq!((accepted.len(), tally), (3_999, Tally { sent: 3_999, refused: 1 }));
        assert!(accepted.is_sorted(), "in the order of time");
        assert!(asks < 30, "{asks}");
    }

    #[test]
    fn what_was_stored_before_a_crash_is_refused_batch_by_batch_and_the_rest_goes_through() {
        let cuts: Vec<usize> = (0..40).map(|batch| batch * 100).collect();
        let bad: BTreeSet<usize> = (0..1_700).collect();
        let (accepted, tally, asks) = deliver(Delivery::new(4_000, cuts, 4_000), &bad, true);
        assert_eq!(accepted, (1_700..4_000).collect::<Vec<_>>());
        assert_eq!(tally, Tally { sent: 2_300, refused: 1_700 });
        assert!(asks < 500, "{asks}");
    }

    #[test]
    fn a_receiver_that_refuses_everything_holds_nobody_up() {
        let all: BTreeSet<usize> = (0..4_000).collect();
        let (_, tally, asks) = deliver(Delivery::new(4_000, vec![0], 4_000), &all, true);
        assert_eq!((tally, asks < 60), (Tally { sent: 0, refused: 4_000 }, true), "{asks}");
        let (_, tally, asks) = deliver(Delivery::new(4_000, vec![0], 4_000), &all, false);
        assert_eq!((tally, asks), (Tally { sent: 0, refused: 4_000 }, 1), "what cannot help is not tried");
    }

    proptest! {
        #[test]
        fn every_sample_is_decided_once_and_what_is_good_alone_is_sent_while_there_are_divisions(
            count in 0..300_usize,
            most in 1..300_usize,
            cuts in proptest::collection::btree_set(0..300_usize, 0..10),
            bad in proptest::collection::btree_set(0..300_usize, 0..3),
        ) {
            let delivery = Delivery::new(count, cuts.into_iter().collect(), most);
            let (accepted, tally, _) = deliver(delivery, &bad, true);
            prop_assert_eq!(tally.sent + tally.refused, count);
            prop_assert!(accepted.is_sorted_by(|a, b| a < b));
            let good = (0..count).filter(|sample| !bad.contains(sample)).count();
            prop_assert_eq!(accepted.len(), good);
        }

        #[test]
        fn nothing_is_given_up_while_the_receiver_is_away(answers in proptest::collection::vec(any::<Option<u64>>(), 1..100)) {
            let mut delivery = Delivery::new(10, vec![0, 5], 4);
            let mut now = at(0);
            for asked in answers {
                delivery.heard(Outcome::Later { asked: asked.map(Duration::from_secs) }, now, 0.5);
                let Step::Wait(wait) = delivery.step(now) else { panic!("it waits") };
                prop_assert!(wait <= LONGEST_ASKED);
                now += wait;
                prop_assert_eq!(delivery.step(now), Step::Send(0..4));
            }
            prop_assert_eq!(delivery.tally(), Tally::default());
        }
    }
}
