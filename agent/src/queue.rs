//! What was seen and is not yet safe with the controller. Pure: it neither sends nor reads a clock.
//!
//! ```text
//!   push ─▶ open ──cut──▶ waiting ──take_to_send──▶ sent ──acknowledge──▶ gone
//!      │     (a moment)    (bounded: the oldest falls out and is counted)
//!      └──▶ held (readings, while the controller has no room for samples; then on to open)
//! ```
//!
//! A batch gets its number when it is first sent, so numbers have no holes whatever fell out before. What was sent is
//! kept, number and all, until it is acknowledged, and sent again in order on the next link. At most [`WINDOW`] batches
//! are under way; memory is bounded by that window and [`Limits::waiting`].

use std::collections::VecDeque;
use std::time::Duration;

use agent_api::{Batch, Observation, Position, Seen};

/// Batches that may be sent and not yet acknowledged. Enough to fill a link with 1 s of delay.
pub const WINDOW: usize = 32;

/// Observations in a batch at most.
const BATCH_MAX: usize = 512;

/// Weight of a batch at most: keeps it well below the 1 MiB a controller accepts.
const BATCH_WEIGHT_MAX: usize = 3_000;

/// How soon an observation has to be on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// A device came or went: 200 ms, so that those lost together travel together.
    Change,
    /// Anything else: 1 s.
    Routine,
}

impl Urgency {
    fn linger(self) -> Duration {
        match self {
            Urgency::Change => Duration::from_millis(200),
            Urgency::Routine => Duration::from_secs(1),
        }
    }
}

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Weight of what waits to be sent: 1 for each observation and each interface in it, about 300 bytes.
    pub waiting: usize,
}

impl Default for Limits {
    /// About 60 MB at worst. A hall's agent fills it in a week.
    fn default() -> Self {
        Limits { waiting: 200_000 }
    }
}

/// A point in the stream of observations, see [`Queue::mark`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(u64);

/// The queue of one life of an agent.
#[derive(Debug)]
pub struct Queue {
    epoch: u64,
    limits: Limits,
    /// Collects for a moment.
    open: Vec<Observation>,
    /// Weight of `open`.
    open_weight: usize,
    /// When `open` is cut.
    cut_at: Option<Duration>,
    /// Cut, not yet numbered.
    waiting: VecDeque<Unsent>,
    /// Weight of `waiting`.
    waiting_weight: usize,
    /// Readings kept back, in order, since [`Queue::hold`]; bounded together with `waiting`.
    held: VecDeque<Observation>,
    /// Weight of `held`.
    held_weight: usize,
    is_holding: bool,
    /// Numbered and not acknowledged, in order.
    sent: VecDeque<Batch>,
    /// How many of `sent` went out over the present link.
    sent_here: usize,
    /// Number of the next batch.
    next_seq: u64,
    /// Batches ever cut.
    cut: u64,
    /// Batches of those that were numbered or fell out.
    left: u64,
    dropped: u64,
}

#[derive(Debug)]
struct Unsent {
    observations: Vec<Observation>,
    weight: usize,
}

impl Queue {
    /// An empty queue of this epoch.
    pub fn new(epoch: u64, limits: Limits) -> Self {
        Queue {
            epoch,
            limits,
            open: Vec::new(),
            open_weight: 0,
            cut_at: None,
            waiting: VecDeque::new(),
            waiting_weight: 0,
            held: VecDeque::new(),
            held_weight: 0,
            is_holding: false,
            sent: VecDeque::new(),
            sent_here: 0,
            next_seq: 1,
            cut: 0,
            left: 0,
            dropped: 0,
        }
    }

    /// This life of the queue.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Number of the oldest batch that is kept; the next one when there is none.
    pub fn oldest(&self) -> u64 {
        self.sent.front().map_or(self.next_seq, |batch| batch.position.seq)
    }

    /// Keeps readings back from now on, or lets all that were kept back go on their way.
    pub fn hold(&mut self, is_held: bool, now: Duration) {
        self.is_holding = is_held;
        if is_held {
            return;
        }
        self.held_weight = 0;
        for observation in std::mem::take(&mut self.held) {
            self.push(observation, Urgency::Routine, now);
        }
    }

    /// Takes an observation in.
    pub fn push(&mut self, observation: Observation, urgency: Urgency, now: Duration) {
        if self.is_holding && is_reading(&observation) {
            self.held_weight += weight(&observation);
            self.held.push_back(observation);
            self.bound();
            return;
        }
        self.open_weight += weight(&observation);
        self.open.push(observation);
        let by = now + urgency.linger();
        self.cut_at = Some(self.cut_at.map_or(by, |at| at.min(by)));
        if self.open.len() >= BATCH_MAX || self.open_weight >= BATCH_WEIGHT_MAX {
            self.cut();
        }
    }

    /// When [`Queue::tick`] is wanted.
    pub fn next_deadline(&self) -> Option<Duration> {
        self.cut_at
    }

    /// Ends the collecting if its moment is over.
    pub fn tick(&mut self, now: Duration) {
        if self.cut_at.is_some_and(|at| at <= now) {
            self.cut();
        }
    }

    /// Ends the collecting now.
    pub fn cut(&mut self) {
        self.cut_at = None;
        if self.open.is_empty() {
            return;
        }
        let unsent =
            Unsent { observations: std::mem::take(&mut self.open), weight: std::mem::take(&mut self.open_weight) };
        self.waiting_weight += unsent.weight;
        self.waiting.push_back(unsent);
        self.cut += 1;
        self.bound();
    }

    /// Lets the oldest fall out: readings that are kept back first, then what is on its way.
    fn bound(&mut self) {
        while self.waiting_weight + self.held_weight > self.limits.waiting
            && let Some(oldest) = self.held.pop_front()
        {
            self.held_weight -= weight(&oldest);
            self.dropped += 1;
        }
        while self.waiting_weight > self.limits.waiting && self.waiting.len() > 1 {
            let oldest = self.waiting.pop_front().expect("there is more than one");
            self.waiting_weight -= oldest.weight;
            self.dropped += oldest.observations.len() as u64;
            self.left += 1;
        }
    }

    /// Whether there is a batch to send now.
    pub fn has_to_send(&self) -> bool {
        self.sent_here < self.sent.len() || (!self.waiting.is_empty() && self.sent.len() < WINDOW)
    }

    /// Whether everything that was cut has gone out over the present link.
    pub fn is_all_sent(&self) -> bool {
        self.waiting.is_empty() && self.sent_here == self.sent.len()
    }

    /// The next batch to send, which counts as sent over the present link from now on.
    pub fn take_to_send(&mut self) -> Option<Batch> {
        if !self.has_to_send() {
            return None;
        }
        if self.sent_here == self.sent.len() {
            let unsent = self.waiting.pop_front()?;
            self.waiting_weight -= unsent.weight;
            self.left += 1;
            let position = Position { epoch: self.epoch, seq: self.next_seq };
            self.next_seq += 1;
            self.sent.push_back(Batch { position, observations: unsent.observations.into() });
        }
        let batch = self.sent.get(self.sent_here).cloned();
        self.sent_here += 1;
        batch
    }

    /// Everything up to here is safe. A position of another epoch, or of a batch never sent, is ignored.
    pub fn acknowledge(&mut self, position: Position) {
        if position.epoch != self.epoch || position.seq >= self.next_seq {
            return;
        }
        while self.sent.front().is_some_and(|batch| batch.position.seq <= position.seq) {
            self.sent.pop_front();
            self.sent_here = self.sent_here.saturating_sub(1);
        }
    }

    /// There is a new link: what was not acknowledged is sent again.
    pub fn link_is_new(&mut self) {
        self.sent_here = 0;
    }

    /// Ends the collecting, and names the point behind everything pushed so far.
    pub fn mark(&mut self) -> Mark {
        self.cut();
        Mark(self.cut)
    }

    /// Whether everything before the mark has been sent over the present link (or fell out).
    pub fn is_past(&self, mark: Mark) -> bool {
        self.left >= mark.0 && self.sent_here == self.sent.len()
    }

    /// Batches not acknowledged.
    pub fn queued(&self) -> u64 {
        let begun = usize::from(!self.open.is_empty()) + usize::from(!self.held.is_empty());
        (self.sent.len() + self.waiting.len() + begun) as u64
    }

    /// Observations that fell out since the epoch began.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }
}

/// Whether it is what a visit read: the bulk of all samples, and nothing that anybody is called for.
fn is_reading(observation: &Observation) -> bool {
    match &observation.seen {
        Seen::Reach(_) => false,
        Seen::Visit(visit) => visit.failure.is_none(),
    }
}

fn weight(observation: &Observation) -> usize {
    1 + match &observation.seen {
        Seen::Reach(_) => 0,
        Seen::Visit(visit) => visit.interfaces.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use agent_api::{Reach, Visit, VisitDepth};

    const MS: Duration = Duration::from_millis(1);

    fn seen(n: i64) -> Observation {
        Observation { device: n, at_ms: n, seen: Seen::Reach(Reach::Answered { rtt_us: 1, uptime: None, missed: 0 }) }
    }

    /// A queue with these many batches of one observation each, cut and not sent.
    fn queue_of(batches: i64) -> Queue {
        let mut queue = Queue::new(9, Limits::default());
        for n in 0..batches {
            queue.push(seen(n), Urgency::Routine, Duration::ZERO);
            queue.cut();
        }
        queue
    }

    fn send_all(queue: &mut Queue) -> Vec<u64> {
        std::iter::from_fn(|| queue.take_to_send()).map(|batch| batch.position.seq).collect()
    }

    fn ack(queue: &mut Queue, seq: u64) {
        queue.acknowledge(Position { epoch: 9, seq });
    }

    #[test]
    fn changes_travel_within_200_ms_and_take_the_rest_along() {
        let mut queue = Queue::new(9, Limits::default());
        queue.push(seen(1), Urgency::Routine, Duration::ZERO);
        assert_eq!(queue.next_deadline(), Some(1_000 * MS));
        queue.push(seen(2), Urgency::Change, 300 * MS);
        queue.push(seen(3), Urgency::Routine, 400 * MS);
        assert_eq!(queue.next_deadline(), Some(500 * MS));
        queue.tick(499 * MS);
        assert!(!queue.has_to_send());
        queue.tick(500 * MS);
        let batch = queue.take_to_send().unwrap();
        assert_eq!(batch.observations[..], [seen(1), seen(2), seen(3)]);
        assert_eq!(batch.position, Position { epoch: 9, seq: 1 });
        assert_eq!(queue.next_deadline(), None);
    }

    #[test]
    fn a_full_batch_does_not_wait() {
        let mut queue = Queue::new(9, Limits::default());
        for n in 0..513 {
            queue.push(seen(n), Urgency::Routine, Duration::ZERO);
        }
        assert_eq!(queue.take_to_send().map(|batch| batch.observations.len()), Some(512));
        assert!(queue.take_to_send().is_none(), "the last one still collects");
    }

    #[test]
    fn what_is_not_acknowledged_is_sent_again_in_order_with_the_same_numbers() {
        let mut queue = queue_of(5);
        assert_eq!(send_all(&mut queue), [1, 2, 3, 4, 5]);
        ack(&mut queue, 2);
        queue.link_is_new();
        queue.push(seen(6), Urgency::Routine, Duration::ZERO);
        queue.cut();
        assert_eq!(send_all(&mut queue), [3, 4, 5, 6]);
        assert_eq!(queue.queued(), 4);
        ack(&mut queue, 6);
        assert_eq!(queue.queued(), 0);
        queue.link_is_new();
        assert!(!queue.has_to_send());
    }

    #[test]
    fn a_wrong_acknowledgement_loses_nothing() {
        let mut queue = queue_of(3);
        send_all(&mut queue);
        queue.acknowledge(Position { epoch: 8, seq: 3 });
        ack(&mut queue, 4);
        assert_eq!(queue.queued(), 3);
        ack(&mut queue, 2);
        ack(&mut queue, 1);
        assert_eq!(queue.queued(), 1);
    }

    #[test]
    fn no_more_than_a_window_is_under_way() {
        let mut queue = queue_of(100);
        assert_eq!(send_all(&mut queue).len(), WINDOW);
        ack(&mut queue, 10);
        assert_eq!(send_all(&mut queue), (33..=42).collect::<Vec<u64>>());
    }

    #[test]
    fn when_it_is_full_the_oldest_fall_out_are_counted_and_leave_no_hole_in_the_numbers() {
        let mut queue = Queue::new(9, Limits { waiting: 10 });
        for n in 0..5 {
            queue.push(seen(n), Urgency::Routine, Duration::ZERO);
            queue.cut();
        }
        assert_eq!(send_all(&mut queue), [1, 2, 3, 4, 5]);
        queue.link_is_new();
        for n in 5..40 {
            queue.push(seen(n), Urgency::Routine, Duration::ZERO);
            queue.cut();
        }
        assert_eq!(queue.dropped(), 25);
        let batches: Vec<Batch> = std::iter::from_fn(|| queue.take_to_send()).collect();
        let seqs: Vec<u64> = batches.iter().map(|batch| batch.position.seq).collect();
        assert_eq!(seqs, (1..=15).collect::<Vec<u64>>());
        let devices: Vec<i64> = batches.iter().map(|batch| batch.observations[0].device).collect();
        assert_eq!(devices, (0..5).chain(30..40).collect::<Vec<i64>>());
    }

    fn reading(n: i64) -> Observation {
        let nothing = inventory::reading::Reading::default();
        let visit = Visit::read("snmp2c", VisitDepth::Counters, Duration::ZERO, Duration::ZERO, nothing);
        Observation { device: n, at_ms: n, seen: Seen::Visit(Box::new(visit)) }
    }

    fn devices(queue: &mut Queue) -> Vec<i64> {
        queue.cut();
        std::iter::from_fn(|| queue.take_to_send())
            .flat_map(|batch| batch.observations.to_vec())
            .map(|o| o.device)
            .collect()
    }

    #[test]
    fn while_there_is_no_room_for_samples_readings_are_kept_back_and_what_alarms_goes_on() {
        let mut queue = Queue::new(9, Limits { waiting: 10 });
        queue.hold(true, Duration::ZERO);
        for n in 0..12 {
            queue.push(reading(n), Urgency::Routine, Duration::ZERO);
        }
        queue.push(seen(20), Urgency::Change, Duration::ZERO);
        assert_eq!((devices(&mut queue), queue.dropped()), (vec![20], 3), "the oldest readings fall out");
        assert_eq!(queue.queued(), 2, "one is under way, and some are kept back");
        queue.hold(false, Duration::ZERO);
        assert_eq!(devices(&mut queue), (3..12).collect::<Vec<i64>>());
    }

    #[test]
    fn the_oldest_batch_kept_is_known_also_when_there_is_none() {
        let mut queue = queue_of(3);
        assert_eq!(queue.oldest(), 1);
        send_all(&mut queue);
        ack(&mut queue, 2);
        assert_eq!(queue.oldest(), 3);
        ack(&mut queue, 3);
        assert_eq!(queue.oldest(), 4);
    }

    #[test]
    fn a_mark_is_past_when_everything_before_it_went_out() {
        let mut queue = queue_of(2);
        queue.push(seen(3), Urgency::Routine, Duration::ZERO);
        let mark = queue.mark();
        queue.push(seen(4), Urgency::Routine, Duration::ZERO);
        assert!(!queue.is_past(mark));
        assert_eq!(send_all(&mut queue), [1, 2, 3]);
        assert!(queue.is_past(mark));
        queue.link_is_new();
        assert!(!queue.is_past(mark), "on a new link they go out again first");
        send_all(&mut queue);
        assert!(queue.is_past(mark));
        let mut empty = Queue::new(9, Limits::default());
        let mark = empty.mark();
        assert!(empty.is_past(mark));
    }
}
