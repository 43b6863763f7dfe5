//! The bytes of a version 3 message (RFC 3412 §6, RFC 3414 §2.4).

use std::ops::Range;
use std::sync::Arc;

use super::super::ber;
use super::cipher::{Moment, encrypt};
use super::user::Keys;

pub(super) const AUTH: u8 = 1;
pub(super) const PRIVACY: u8 = 2;
pub(super) const REPORTABLE: u8 = 4;
/// User-based (RFC 3411 §6.1).
const USM: i64 = 3;
/// The largest datagram over IPv4.
const LARGEST: i64 = 65_507;

/// A message as it came in.
#[derive(Debug)]
pub(super) struct Message<'a> {
    /// The message itself, without what may follow it in the datagram.
    pub(super) whole: &'a [u8],
    pub(super) id: i64,
    /// The largest answer that the asker takes.
    pub(super) largest: usize,
    pub(super) flags: u8,
    pub(super) engine_id: &'a [u8],
    pub(super) boots: u32,
    pub(super) time: u32,
    pub(super) user: &'a [u8],
    /// Where in `whole` the tag is.
    pub(super) tag: Range<usize>,
    pub(super) salt: &'a [u8],
    /// The scoped PDU: sealed, or with its SEQUENCE.
    pub(super) data: &'a [u8],
}

impl<'a> Message<'a> {
    pub(super) fn read(datagram: &'a [u8]) -> Option<Message<'a>> {
        let mut bytes = datagram;
        let mut message = ber::take(&mut bytes, ber::SEQUENCE)?;
        let whole = &datagram[..datagram.len() - bytes.len()];
        if ber::take_integer(&mut message)? != 3 {
            return None;
        }
        let mut header = ber::take(&mut message, ber::SEQUENCE)?;
        let (id, largest) = (ber::take_integer(&mut header)?, ber::take_integer(&mut header)?);
        let flags = *ber::take(&mut header, 0x04)?.first()?;
        if ber::take_integer(&mut header)? != USM || flags & (AUTH | PRIVACY) == PRIVACY {
            return None;
        }
        let mut parameters = ber::take(&mut message, 0x04)?;
        let mut parameters = ber::take(&mut parameters, ber::SEQUENCE)?;
        let engine_id = ber::take(&mut parameters, 0x04)?;
        let boots = u32::try_from(ber::take_integer(&mut parameters)?).ok()?;
        let time = u32::try_from(ber::take_integer(&mut parameters)?).ok()?;
        let user = ber::take(&mut parameters, 0x04)?;
        let tag = ber::take(&mut parameters, 0x04)?;
        let start = tag.as_ptr() as usize - whole.as_ptr() as usize;
        let salt = ber::take(&mut parameters, 0x04)?;
        let data = if flags & PRIVACY == 0 { message } else { ber::take(&mut message, 0x04)? };
        let (tag, largest) = (start..start + tag.len(), usize::try_from(largest).ok()?);
        Some(Message { whole, id, largest, flags, engine_id, boots, time, user, tag, salt, data })
    }

    /// The message with zeros in place of the tag, over which the tag is made.
    pub(super) fn untagged(&self) -> Vec<u8> {
        let mut bytes = self.whole.to_vec();
        bytes[self.tag.clone()].fill(0);
        bytes
    }
}

/// All that goes around an answer.
#[derive(Debug, Clone)]
pub(in crate::snmp) struct Sealing {
    pub(in crate::snmp) id: i64,
    /// AUTH and PRIVACY, or neither.
    pub(in crate::snmp) level: u8,
    pub(in crate::snmp) engine_id: Vec<u8>,
    pub(in crate::snmp) boots: u32,
    pub(in crate::snmp) time: u32,
    pub(in crate::snmp) user: Vec<u8>,
    pub(in crate::snmp) keys: Arc<Keys>,
    pub(in crate::snmp) salt: u64,
    pub(in crate::snmp) context: Vec<u8>,
    /// A tag of the right length that does not fit.
    pub(in crate::snmp) is_tag_wrong: bool,
    /// The largest answer that the asker takes.
    pub(in crate::snmp) largest: usize,
}

impl Sealing {
    /// The message around a PDU.
    pub(in crate::snmp) fn seal(&self, pdu: &[u8]) -> Vec<u8> {
        let scoped = [ber::octets(&self.engine_id), ber::octets(&self.context), pdu.to_vec()];
        let scoped = ber::join(ber::SEQUENCE, &scoped);
        let salt = self.salt.to_be_bytes();
        let sealed =
            self.keys.privacy.as_ref().filter(|_| self.level & PRIVACY != 0).map(|(privacy, key)| {
                encrypt(*privacy, key, Moment { boots: self.boots, time: self.time }, salt, &scoped)
            });
        let tag_length = if self.level & AUTH == 0 { 0 } else { self.keys.tag_length() };
        let (data, salt) = match &sealed {
            Some(sealed) => (ber::octets(sealed), &salt[..]),
            None => (scoped, &[][..]),
        };
        let bytes = self.write(&vec![0; tag_length], salt, &data);
        if tag_length == 0 {
            return bytes;
        }
        let mut tag = self.keys.tag(&bytes);
        if self.is_tag_wrong {
            tag[0] ^= 1;
        }
        self.write(&tag, salt, &data)
    }

    fn write(&self, tag: &[u8], salt: &[u8], data: &[u8]) -> Vec<u8> {
        let header = [ber::integer(self.id), ber::integer(LARGEST), ber::octets(&[self.level]), ber::integer(USM)];
        let parameters = [
            ber::octets(&self.engine_id),
            ber::integer(i64::from(self.boots)),
            ber::integer(i64::from(self.time)),
            ber::octets(&self.user),
            ber::octets(tag),
            ber::octets(salt),
        ];
        let parts = [
            ber::integer(3),
            ber::join(ber::SEQUENCE, &header),
            ber::octets(&ber::join(ber::SEQUENCE, &parameters)),
            data.to_vec(),
        ];
        ber::join(ber::SEQUENCE, &parts)
    }
}
