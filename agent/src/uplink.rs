//! What goes up the link, and in which order. It never waits: while the link is full or gone, things stay here, and
//! polling goes on.

use std::collections::VecDeque;

use agent_api::{AgentEnd, Downward, Heartbeat, Hello, JobEvent, Upward};
use tokio::sync::mpsc::error::TrySendError;

use crate::queue::{Mark, Queue};

/// What the link has to say.
pub(crate) enum LinkEvent {
    /// A message came down.
    Down(Downward),
    /// There is room again for what waits.
    Room,
    /// The other end is gone.
    Closed,
}

/// The link, when there is one, and what waits for it.
pub(crate) struct Uplink {
    link: Option<AgentEnd>,
    /// The link was full when something waited.
    is_blocked: bool,
    outgoing: Outgoing,
}

struct Outgoing {
    hello: Option<Hello>,
    /// Only the newest is worth sending.
    heartbeat: Option<Heartbeat>,
    /// Finished jobs, each behind the observations it made.
    finished: VecDeque<(Mark, JobEvent)>,
    queue: Queue,
}

impl Uplink {
    /// No link yet.
    pub(crate) fn new(queue: Queue) -> Self {
        let outgoing = Outgoing { hello: None, heartbeat: None, finished: VecDeque::new(), queue };
        Uplink { link: None, is_blocked: false, outgoing }
    }

    /// What was seen and is not yet safe.
    pub(crate) fn queue(&mut self) -> &mut Queue {
        &mut self.outgoing.queue
    }

    /// Takes a new link in place of the old one and greets.
    pub(crate) fn attach(&mut self, link: AgentEnd, hello: Hello) {
        self.link = Some(link);
        self.outgoing.hello = Some(hello);
        self.outgoing.heartbeat = None;
        self.outgoing.queue.link_is_new();
        self.pump();
    }

    /// There is no link now.
    pub(crate) fn detach(&mut self) {
        self.link = None;
        self.is_blocked = false;
    }

    pub(crate) fn is_attached(&self) -> bool {
        self.link.is_some()
    }

    /// Sends this next, in place of one that still waits.
    pub(crate) fn heartbeat(&mut self, heartbeat: Heartbeat) {
        self.outgoing.heartbeat = Some(heartbeat);
    }

    /// Sends this once all that was seen until now is on its way.
    pub(crate) fn job_event(&mut self, event: JobEvent) {
        let mark = self.outgoing.queue.mark();
        self.outgoing.finished.push_back((mark, event));
    }

    /// Sends what waits, as far as the link takes it.
    pub(crate) fn pump(&mut self) {
        self.is_blocked = false;
        let Some(link) = &self.link else { return };
        while self.outgoing.has_next() {
            match link.tx.try_reserve() {
                Ok(permit) => match self.outgoing.next() {
                    Some(message) => permit.send(message),
                    None => break,
                },
                Err(TrySendError::Full(())) => {
                    self.is_blocked = true;
                    break;
                }
                // The event of the closed link says so to the loop.
                Err(TrySendError::Closed(())) => break,
            }
        }
    }

    /// Whether something waits for room in the link or for an acknowledgement.
    pub(crate) fn is_behind(&self) -> bool {
        self.link.is_some() && (self.is_blocked || !self.outgoing.queue.is_all_sent())
    }

    /// Waits until the link has something to say. Losing the race in a `select!` loses nothing.
    pub(crate) async fn event(&mut self) -> LinkEvent {
        let is_blocked = self.is_blocked;
        let Some(link) = &mut self.link else {
            return std::future::pending().await;
        };
        tokio::select! {
            message = link.rx.recv() => message.map_or(LinkEvent::Closed, LinkEvent::Down),
            room = link.tx.reserve(), if is_blocked => match room {
                Ok(_) => LinkEvent::Room,
                Err(_) => LinkEvent::Closed,
            },
        }
    }
}

impl Outgoing {
    fn has_next(&self) -> bool {
        self.hello.is_some() || self.heartbeat.is_some() || self.has_finished() || self.queue.has_to_send()
    }

    fn has_finished(&self) -> bool {
        self.finished.front().is_some_and(|(mark, _)| self.queue.is_past(*mark))
    }

    fn next(&mut self) -> Option<Upward> {
        if let Some(hello) = self.hello.take() {
            return Some(Upward::Hello(hello));
        }
        if let Some(heartbeat) = self.heartbeat.take() {
            return Some(Upward::Heartbeat(heartbeat));
        }
        if self.has_finished() {
            return self.finished.pop_front().map(|(_, event)| Upward::JobEvent(event));
        }
        self.queue.take_to_send().map(Upward::Batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::{Limits, Urgency};
    use agent_api::{ControllerEnd, JobState, Observation, Reach, Seen, pair};
    use std::time::Duration;

    fn hello() -> Hello {
        Hello { agent: "a".into(), api_version: 1, release: "0".into(), epoch: 1, oldest: 1 }
    }

    fn push(uplink: &mut Uplink, n: i64) {
        let seen = Seen::Reach(Reach::Answered { rtt_us: 1, uptime: None, missed: 0 });
        uplink.queue().push(Observation { device: n, at_ms: 0, seen }, Urgency::Routine, Duration::ZERO);
        uplink.queue().cut();
    }

    fn heard(end: &mut ControllerEnd) -> Vec<String> {
        std::iter::from_fn(|| end.rx.try_recv().ok())
            .map(|message| match message {
                Upward::Hello(_) => "hello".to_owned(),
                Upward::Heartbeat(beat) => format!("heartbeat {}", beat.at_ms),
                Upward::Batch(batch) => format!("batch {}", batch.position.seq),
                Upward::JobEvent(event) => format!("job {}", event.id),
            })
            .collect()
    }

    #[test]
    fn a_new_link_hears_who_speaks_and_then_all_that_is_not_safe() {
        let mut uplink = Uplink::new(Queue::new(1, Limits::default()));
        push(&mut uplink, 1);
        let (end, mut first) = pair();
        uplink.attach(end, hello());
        push(&mut uplink, 2);
        uplink.pump();
        assert_eq!(heard(&mut first), ["hello", "batch 1", "batch 2"]);
        drop(first);
        push(&mut uplink, 3);
        uplink.pump();
        let (end, mut second) = pair();
        uplink.attach(end, hello());
        assert_eq!(heard(&mut second), ["hello", "batch 1", "batch 2", "batch 3"]);
    }

    #[test]
    fn a_job_is_reported_behind_what_it_saw() {
        let mut uplink = Uplink::new(Queue::new(1, Limits::default()));
        let (end, mut controller) = pair();
        uplink.attach(end, hello());
        push(&mut uplink, 1);
        uplink.job_event(JobEvent { id: 7, state: JobState::Finished });
        uplink.pump();
        assert_eq!(heard(&mut controller), ["hello", "batch 1", "job 7"]);
    }

    #[tokio::test]
    async fn a_full_link_keeps_nobody_waiting_and_goes_on_when_there_is_room() {
        let mut uplink = Uplink::new(Queue::new(1, Limits::default()));
        let (end, mut controller) = pair();
        uplink.attach(end, hello());
        for at_ms in 0..100 {
            uplink.heartbeat(Heartbeat { at_ms, queued: 0, dropped: 0, connected: None });
            uplink.pump();
        }
        assert!(uplink.is_behind());
        assert_eq!(heard(&mut controller).len(), 64);
        assert!(matches!(uplink.event().await, LinkEvent::Room));
        uplink.pump();
        assert_eq!(heard(&mut controller), ["heartbeat 99"], "only the newest was kept");
        drop(controller);
        assert!(matches!(uplink.event().await, LinkEvent::Closed));
    }
}
