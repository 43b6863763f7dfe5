//! [`Engine`]: the authoritative engine of an agent. Who asks rightly gets through; the others get the Report of
//! RFC 3414 §3.2.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::time::Instant;

use super::super::ber;
use super::super::message::{Envelope, Request, varbind};
use super::super::value::Value;
use super::super::values::parse;
use super::cipher::{Moment, decrypt};
use super::message::{AUTH, Message, PRIVACY, REPORTABLE, Sealing};
use super::user::{Keys, User};

/// How far an asker's idea of the engine's time may be off, in seconds (RFC 3414 §2.2.3).
const WINDOW_S: u32 = 150;
/// Where boots and time end (RFC 3414 §2.2.2).
const LAST: u32 = i32::MAX as u32;

/// What usmStats counts and Reports name: 1.3.6.1.6.3.15.1.1.N.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stat {
    /// usmStatsUnsupportedSecLevels.
    UnsupportedSecLevels = 1,
    /// usmStatsNotInTimeWindows.
    NotInTimeWindows = 2,
    /// usmStatsUnknownUserNames.
    UnknownUserNames = 3,
    /// usmStatsUnknownEngineIDs.
    UnknownEngineIds = 4,
    /// usmStatsWrongDigests.
    WrongDigests = 5,
    /// usmStatsDecryptionErrors.
    DecryptionErrors = 6,
}

/// What comes of a datagram.
#[derive(Debug)]
pub(in crate::snmp) enum Outcome {
    /// To be answered by a Report: these bytes.
    Report(Stat, Vec<u8>),
    /// To be answered.
    Request(Request),
}

/// The engine. Its time is that of `tokio`'s clock, from a start that can be set.
#[derive(Debug)]
pub(in crate::snmp) struct Engine {
    id: Vec<u8>,
    boots: u32,
    /// When its time was 0, and what was added to it since.
    began: Instant,
    step_s: i64,
    users: Vec<User>,
    keys: BTreeMap<Vec<u8>, Arc<Keys>>,
    salt: u64,
    counts: [u32; 6],
}

impl Engine {
    pub(in crate::snmp) fn new(id: Vec<u8>, users: Vec<User>, boots: u32, time_s: u32, now: Instant) -> Engine {
        let (keys, counts) = (BTreeMap::new(), [0; 6]);
        let mut engine = Engine { id, boots, began: now, step_s: i64::from(time_s), users, keys, salt: 1, counts };
        engine.localise();
        engine
    }

    fn localise(&mut self) {
        let keys = |user: &User| (user.name().as_bytes().to_vec(), Arc::new(user.keys(&self.id)));
        self.keys = self.users.iter().map(keys).collect();
    }

    pub(in crate::snmp) fn set_boots(&mut self, boots: u32, now: Instant) {
        (self.boots, self.began, self.step_s) = (boots.min(LAST), now, 0);
    }

    pub(in crate::snmp) fn boots(&self) -> u32 {
        self.boots
    }

    pub(in crate::snmp) fn step(&mut self, seconds: i64) {
        self.step_s += seconds;
    }

    pub(in crate::snmp) fn set_id(&mut self, id: Vec<u8>) {
        self.id = id;
        self.localise();
    }

    pub(in crate::snmp) fn count(&self, stat: Stat) -> u32 {
        self.counts[stat as usize - 1]
    }

    fn time(&self, now: Instant) -> u32 {
        let time = self.step_s + (now - self.began).as_secs() as i64;
        u32::try_from(time).unwrap_or(0).min(LAST)
    }

    /// Judges a datagram; none when nobody is answered.
    pub(in crate::snmp) fn receive(&mut self, datagram: &[u8], now: Instant) -> Option<Outcome> {
        let message = Message::read(datagram)?;
        let unknown = Arc::new(Keys::default());
        if message.engine_id != self.id {
            return self.report(&message, Stat::UnknownEngineIds, &unknown, 0, now);
        }
        let Some(keys) = self.keys.get(message.user).cloned() else {
            return self.report(&message, Stat::UnknownUserNames, &unknown, 0, now);
        };
        let level = message.flags & (AUTH | PRIVACY);
        if level & !keys.level() != 0 {
            return self.report(&message, Stat::UnsupportedSecLevels, &keys, 0, now);
        }
        if level & AUTH != 0 {
            // The length is part of the proof: a tag of one byte would be guessed (RFC 3414 §6.3.2).
            if message.tag.len() != keys.tag_length()
                || message.whole[message.tag.clone()] != keys.tag(&message.untagged())
            {
                return self.report(&message, Stat::WrongDigests, &keys, 0, now);
            }
            let is_late = message.time.abs_diff(self.time(now)) > WINDOW_S;
            if self.boots == LAST || message.boots != self.boots || is_late {
                return self.report(&message, Stat::NotInTimeWindows, &keys, AUTH, now);
            }
        }
        let plain = match keys.privacy.as_ref().filter(|_| level & PRIVACY != 0) {
            Some((privacy, key)) => {
                let moment = Moment { boots: message.boots, time: message.time };
                let plain = decrypt(*privacy, key, moment, message.salt, message.data);
                // With a wrong key the bytes are noise: that is how an agent knows.
                let Some(plain) = plain.filter(|plain| scoped(plain).is_some()) else {
                    return self.report(&message, Stat::DecryptionErrors, &keys, 0, now);
                };
                plain
            }
            None => message.data.to_vec(),
        };
        let (context_engine, context, mut pdu) = scoped(&plain)?;
        if context_engine != self.id {
            return None;
        }
        let sealing = Sealing { context: context.to_vec(), ..self.sealing(&message, &keys, level, now) };
        Request::read_pdu(3, Envelope::Sealed(sealing), &mut pdu).map(Outcome::Request)
    }

    fn sealing(&mut self, message: &Message<'_>, keys: &Arc<Keys>, level: u8, now: Instant) -> Sealing {
        self.salt += 1;
        Sealing {
            id: message.id,
            level,
            engine_id: self.id.clone(),
            boots: self.boots,
            time: self.time(now),
            user: message.user.to_vec(),
            keys: keys.clone(),
            salt: u64::from(self.boots) << 32 | self.salt & 0xFFFF_FFFF,
            context: Vec::new(),
            is_tag_wrong: false,
            largest: message.largest,
        }
    }

    fn report(
        &mut self,
        message: &Message<'_>,
        stat: Stat,
        keys: &Arc<Keys>,
        level: u8,
        now: Instant,
    ) -> Option<Outcome> {
        let count = &mut self.counts[stat as usize - 1];
        *count = count.wrapping_add(1);
        let count = *count;
        if message.flags & REPORTABLE == 0 {
            return None;
        }
        let id = if message.flags & PRIVACY == 0 { request_id(message.data) } else { None };
        let sealing = self.sealing(message, keys, level, now);
        Some(Outcome::Report(stat, sealing.seal(&report_pdu(id.unwrap_or(0), stat, count))))
    }
}

/// A Report's PDU.
pub(in crate::snmp) fn report_pdu(id: i64, stat: Stat, count: u32) -> Vec<u8> {
    let name = parse(&format!("1.3.6.1.6.3.15.1.1.{}.0", stat as u8));
    let list = ber::wrap(ber::SEQUENCE, &varbind(&name, &Value::Counter32(count)));
    ber::join(0xA8, &[ber::integer(id), ber::integer(0), ber::integer(0), list])
}

/// Context engine, context and PDU.
fn scoped(plain: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let mut bytes = plain;
    let mut scoped = ber::take(&mut bytes, ber::SEQUENCE)?;
    let (engine, context) = (ber::take(&mut scoped, 0x04)?, ber::take(&mut scoped, 0x04)?);
    Some((engine, context, scoped))
}

fn request_id(data: &[u8]) -> Option<i64> {
    let (_, _, mut pdu) = scoped(data)?;
    let (_, mut content) = ber::take_any(&mut pdu)?;
    ber::take_integer(&mut content)
}
