//! Requests read and responses written.

use super::ber;
use super::oid::Oid;
use super::v3::message::Sealing;
use super::value::Value;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Get,
    GetNext,
    GetBulk { non_repeaters: usize, repetitions: usize },
}

/// What goes around a PDU.
#[derive(Debug, Clone)]
pub(super) enum Envelope {
    Community(Vec<u8>),
    Sealed(Sealing),
}

/// A request.
#[derive(Debug, Clone)]
pub(super) struct Request {
    /// As on the wire: 0 is version 1, 1 is 2c, 3 is 3.
    pub(super) version: i64,
    pub(super) envelope: Envelope,
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
    /// Reads a datagram of version 1 or 2c; none when it is no request that this agent knows.
    pub(super) fn read(datagram: &[u8]) -> Option<Request> {
        let mut bytes = datagram;
        let mut message = ber::take(&mut bytes, ber::SEQUENCE)?;
        let version = ber::take_integer(&mut message).filter(|version| (0..=1).contains(version))?;
        let community = ber::take(&mut message, 0x04)?.to_vec();
        Request::read_pdu(version, Envelope::Community(community), &mut message)
    }

    /// Reads a PDU.
    pub(super) fn read_pdu(version: i64, envelope: Envelope, bytes: &mut &[u8]) -> Option<Request> {
        let (tag, mut pdu) = ber::take_any(bytes)?;
        let id = ber::take_integer(&mut pdu)?;
        let (second, third) = (ber::take_integer(&mut pdu)?, ber::take_integer(&mut pdu)?);
        let kind = match tag {
            0xA0 => Kind::Get,
            0xA1 => Kind::GetNext,
            0xA5 if version > 0 => Kind::GetBulk {
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
        Some(Request { version, envelope, id, kind, names })
    }

    /// At most this many bytes go around the varbinds of an answer.
    pub(super) fn overhead(&self) -> usize {
        match &self.envelope {
            Envelope::Community(community) => 64 + community.len(),
            Envelope::Sealed(sealing) => 192 + 2 * sealing.engine_id.len() + sealing.user.len() + sealing.context.len(),
        }
    }

    /// The largest answer that the asker takes, as far as he said.
    pub(super) fn largest(&self) -> usize {
        match &self.envelope {
            Envelope::Community(_) => usize::MAX,
            Envelope::Sealed(sealing) => sealing.largest,
        }
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
        let pdu = ber::join(0xA2, &pdu);
        match &self.envelope {
            Envelope::Community(community) => {
                ber::join(ber::SEQUENCE, &[ber::integer(self.version), ber::octets(community), pdu])
            }
            Envelope::Sealed(sealing) => sealing.seal(&pdu),
        }
    }
}

/// Writes a varbind.
pub(super) fn varbind(name: &Oid, value: &Value) -> Vec<u8> {
    ber::join(ber::SEQUENCE, &[ber::oid(name), ber::value(value)])
}
