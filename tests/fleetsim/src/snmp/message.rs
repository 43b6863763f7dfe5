//! Requests read and responses written.

use super::ber;
use super::oid::Oid;
use super::value::Value;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Get,
    GetNext,
    GetBulk { non_repeaters: usize, repetitions: usize },
}

/// A request of version 1 or 2c.
#[derive(Debug, Clone)]
pub(super) struct Request {
    /// As on the wire: 0 is version 1, 1 is 2c.
    pub(super) version: i64,
    pub(super) community: Vec<u8>,
    pub(super) id: i64,
    pub(super) kind: Kind,
    pub(super) names: Vec<Oid>,
}

/// An answer before it is written.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: i64,
    pub(super) index: i64,
    pub(super) varbinds: Vec<(Oid, Value)>,
}

impl Request {
    /// Reads a datagram; none when it is no request that this agent knows.
    pub(super) fn read(datagram: &[u8]) -> Option<Request> {
        let mut bytes = datagram;
        let mut message = ber::take(&mut bytes, ber::SEQUENCE)?;
        let version = ber::take_integer(&mut message).filter(|version| (0..=1).contains(version))?;
        let community = ber::take(&mut message, 0x04)?.to_vec();
        let (tag, mut pdu) = ber::take_any(&mut message)?;
        let id = ber::take_integer(&mut pdu)?;
        let (second, third) = (ber::take_integer(&mut pdu)?, ber::take_integer(&mut pdu)?);
        let kind = match tag {
            0xA0 => Kind::Get,
            0xA1 => Kind::GetNext,
            0xA5 if version == 1 => Kind::GetBulk {
                non_repeaters: usize::try_from(second).unwrap_or(0),
                repetitions: usize::try_from(third).unwrap_or(0),
            },
            _ => return None,
        };
        let mut list = ber::take(&mut pdu, ber::SEQUENCE)?;
        let mut names = Vec::new();
        while !list.is_empty() {
            let mut varbind = ber::take(&mut list, ber::SEQUENCE)?;
            names.push(ber::take_oid(&mut varbind)?);
        }
        Some(Request { version, community, id, kind, names })
    }

    /// Writes an answer to it.
    pub(super) fn response(&self, answer: &Answer) -> Vec<u8> {
        let varbinds: Vec<Vec<u8>> = answer.varbinds.iter().map(|(name, value)| varbind(name, value)).collect();
        self.response_with(answer, &varbinds.concat())
    }

    /// Writes an answer whose list of varbinds is these bytes, sound or not.
    pub(super) fn response_with(&self, answer: &Answer, list: &[u8]) -> Vec<u8> {
        let pdu = [
            ber::integer(self.id),
            ber::integer(answer.status),
            ber::integer(answer.index),
            ber::wrap(ber::SEQUENCE, list),
        ];
        ber::join(ber::SEQUENCE, &[ber::integer(self.version), ber::octets(&self.community), ber::join(0xA2, &pdu)])
    }
}

/// Writes a varbind.
pub(super) fn varbind(name: &Oid, value: &Value) -> Vec<u8> {
    ber::join(ber::SEQUENCE, &[ber::oid(name), ber::value(value)])
}
