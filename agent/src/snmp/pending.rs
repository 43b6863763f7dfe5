//! The requests in flight, and the judgement over each datagram that arrives: whose answer it is, or why it is
//! nobody's. No sockets, no time.
//!
//! A request id is `generation << 15 | slot`. The slot finds the request in one step; its generation, random at first
//! and one more for each request, tells an answer to this request from one to an earlier one in the same slot.

use std::collections::VecDeque;
use std::net::SocketAddr;

use super::codec::Envelope;
use super::target::Security;

const SLOT_BITS: u32 = 15;
/// The most requests in flight at once. Two per device serve a fleet of 16,000 devices asked in one moment.
pub(super) const SLOTS_MAX: usize = 1 << SLOT_BITS;
const GENERATION_MASK: u32 = 0xFFFF;
/// How many unused slots there are before one is used again: until then a slot remembers its last request, so that a
/// second answer to it is known for what it is.
const RESTING: usize = 256;
/// How many generations back an id from the right address is taken for a late answer and not for a forged one.
const LATE_WINDOW: u32 = 64;

/// The table of requests in flight; `T` is what waits for the answer.
pub(super) struct Pending<T> {
    slots: Vec<Slot<T>>,
    /// Slots without a request, the longest unused first, so that ids repeat as late as can be.
    free: VecDeque<u32>,
}

struct Slot<T> {
    generation: u32,
    /// Whose request the slot holds or last held.
    address: SocketAddr,
    state: State<T>,
}

enum State<T> {
    InFlight { security: Security, waiter: T },
    Answered,
    GivenUp,
}

/// What a datagram is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict<T> {
    /// The answer that this one waits for; the request is no longer in flight.
    Answer(T),
    /// The answer came a second time.
    Duplicate,
    /// An answer to a request that was given up.
    Late,
    /// Nothing of ours explains it.
    Forged,
}

impl<T> Pending<T> {
    pub(super) fn new() -> Self {
        Pending { slots: Vec::new(), free: VecDeque::new() }
    }

    /// Takes a request in and says under which id; none when [`SLOTS_MAX`] are in flight. `random` starts the
    /// generations of a new slot.
    pub(super) fn insert(&mut self, address: SocketAddr, security: Security, waiter: T, random: u32) -> Option<i32> {
        let state = State::InFlight { security, waiter };
        let is_full = self.slots.len() == SLOTS_MAX;
        if (is_full || self.free.len() > RESTING)
            && let Some(number) = self.free.pop_front()
        {
            let slot = &mut self.slots[number as usize];
            slot.generation = (slot.generation + 1) & GENERATION_MASK;
            slot.address = address;
            slot.state = state;
            return Some(id(slot.generation, number));
        }
        if is_full {
            return None;
        }
        let number = self.slots.len() as u32;
        let generation = random & GENERATION_MASK;
        self.slots.push(Slot { generation, address, state });
        Some(id(generation, number))
    }

    /// Judges a response from `source`.
    pub(super) fn judge(&mut self, source: SocketAddr, envelope: &Envelope<'_>) -> Verdict<T> {
        match self.in_flight(source, envelope.request_id()) {
            Ok((security, _)) if !envelope.answers(security) => Verdict::Forged,
            Ok(_) => self.take(envelope.request_id()),
            Err(verdict) => verdict,
        }
    }

    /// The request of this id to `source`, or why there is none.
    pub(super) fn in_flight(&self, source: SocketAddr, request_id: i32) -> Result<(&Security, &T), Verdict<T>> {
        let slot =
            parts(request_id).and_then(|(generation, number)| Some((generation, self.slots.get(number as usize)?)));
        let Some((generation, slot)) = slot.filter(|(_, slot)| slot.address == source) else {
            return Err(Verdict::Forged);
        };
        let behind = slot.generation.wrapping_sub(generation) & GENERATION_MASK;
        if behind > 0 {
            return Err(if behind <= LATE_WINDOW { Verdict::Late } else { Verdict::Forged });
        }
        match &slot.state {
            State::InFlight { security, waiter } => Ok((security, waiter)),
            State::Answered => Err(Verdict::Duplicate),
            State::GivenUp => Err(Verdict::Late),
        }
    }

    /// Takes the request of this id out, as answered.
    pub(super) fn take(&mut self, request_id: i32) -> Verdict<T> {
        let slot = parts(request_id).and_then(|(generation, number)| {
            let slot = self.slots.get_mut(number as usize).filter(|slot| slot.generation == generation)?;
            Some((number, slot))
        });
        let Some((number, slot)) = slot else { return Verdict::Late };
        match std::mem::replace(&mut slot.state, State::Answered) {
            State::InFlight { waiter, .. } => {
                self.free.push_back(number);
                Verdict::Answer(waiter)
            }
            State::Answered => Verdict::Duplicate,
            State::GivenUp => {
                slot.state = State::GivenUp;
                Verdict::Late
            }
        }
    }

    /// Gives a request up, if it still is in flight.
    pub(super) fn give_up(&mut self, request_id: i32) {
        let Some((generation, number)) = parts(request_id) else {
            return;
        };
        if let Some(slot) = self.slots.get_mut(number as usize)
            && slot.generation == generation
            && matches!(slot.state, State::InFlight { .. })
        {
            slot.state = State::GivenUp;
            self.free.push_back(number);
        }
    }

    #[cfg(test)]
    fn count(&self) -> usize {
        self.slots.len() - self.free.len()
    }
}

fn id(generation: u32, slot: u32) -> i32 {
    i32::try_from(generation << SLOT_BITS | slot).expect("16 and 15 bits make 31, which is never negative")
}

fn parts(request_id: i32) -> Option<(u32, u32)> {
    let id = u32::try_from(request_id).ok()?;
    Some((id >> SLOT_BITS, id & (SLOTS_MAX as u32 - 1)))
}

#[cfg(test)]
mod tests {
    use inventory::secret::Secret;

    use super::super::ber::{self, Writer};
    use super::*;

    fn security(version: u8, community: &str) -> Security {
        let community = Secret::new(community.to_owned());
        if version == 1 { Security::V1 { community } } else { Security::V2c { community } }
    }

    fn response(request_id: i32, version: i32, community: &str) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.constructed(ber::SEQUENCE, |message| {
            message.constructed(0xA2, |pdu| {
                pdu.constructed(ber::SEQUENCE, |_| ());
                pdu.integer(0);
                pdu.integer(0);
                pdu.integer(request_id);
            });
            message.primitive(ber::OCTET_STRING, community.as_bytes());
            message.integer(version - 1);
        });
        writer.finish()
    }

    fn judge(pending: &mut Pending<char>, source: &str, datagram: &[u8]) -> Verdict<char> {
        pending.judge(source.parse().unwrap(), &Envelope::open(datagram).unwrap())
    }

    const HOME: &str = "127.0.0.1:161";

    #[test]
    fn only_the_asked_address_id_community_and_version_answer() {
        let mut pending = Pending::new();
        let id = pending.insert(HOME.parse().unwrap(), security(2, "public"), 'a', 7).unwrap();
        assert_eq!(judge(&mut pending, "127.0.0.2:161", &response(id, 2, "public")), Verdict::Forged);
        assert_eq!(judge(&mut pending, "127.0.0.1:162", &response(id, 2, "public")), Verdict::Forged);
        assert_eq!(judge(&mut pending, HOME, &response(id ^ 1, 2, "public")), Verdict::Forged);
        assert_eq!(judge(&mut pending, HOME, &response(-1, 2, "public")), Verdict::Forged);
        assert_eq!(judge(&mut pending, HOME, &response(id, 2, "private")), Verdict::Forged);
        assert_eq!(judge(&mut pending, HOME, &response(id, 1, "public")), Verdict::Forged);
        assert_eq!(judge(&mut pending, HOME, &response(id, 2, "public")), Verdict::Answer('a'));
        assert_eq!(judge(&mut pending, HOME, &response(id, 2, "public")), Verdict::Duplicate);
        assert_eq!(pending.count(), 0);
    }

    #[test]
    fn an_answer_to_an_earlier_request_never_answers_a_later_one() {
        let mut pending = Pending::new();
        let first = pending.insert(HOME.parse().unwrap(), security(2, "public"), 'a', u32::MAX).unwrap();
        pending.give_up(first);
        pending.give_up(first);
        assert_eq!(judge(&mut pending, HOME, &response(first, 2, "public")), Verdict::Late);
        let mut reused = None;
        while reused.is_none() {
            let id = pending.insert(HOME.parse().unwrap(), security(2, "public"), 'b', 0).unwrap();
            if id & 0x7FFF == first & 0x7FFF {
                reused = Some(id);
            } else {
                pending.give_up(id);
            }
        }
        let second = reused.unwrap();
        assert_ne!(first, second);
        let late = judge(&mut pending, HOME, &response(first, 2, "public"));
        assert_eq!(late, Verdict::Late, "over the generations' wrap");
        assert_eq!(judge(&mut pending, HOME, &response(second, 2, "public")), Verdict::Answer('b'));
    }

    #[test]
    fn the_table_is_bounded_and_every_id_in_it_is_another() {
        let mut pending = Pending::new();
        let address = HOME.parse().unwrap();
        let ids: std::collections::BTreeSet<i32> =
            (0..SLOTS_MAX as u32).filter_map(|n| pending.insert(address, security(2, "p"), n, n)).collect();
        assert_eq!(ids.len(), SLOTS_MAX);
        assert_eq!(pending.insert(address, security(2, "p"), 0, 0), None);
        let id = *ids.first().unwrap();
        pending.give_up(id);
        assert!(pending.insert(address, security(2, "p"), 0, 0).is_some_and(|next| !ids.contains(&next)));
    }
}
