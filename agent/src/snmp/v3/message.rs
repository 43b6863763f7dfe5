//! The bytes of a message (RFC 3412 §6, RFC 3414 §2.4). Nothing read here is believed yet.

use std::ops::Range;

use super::super::ber::{self, Writer, element, is_shallow};
use super::super::codec::{Response, response};
use super::cipher;
use super::engine::{Moment, Stat};
use super::keys::{AUTH, Keys, PRIVACY};

/// msgVersion of SNMPv3.
const VERSION: i32 = 3;
/// The user-based security model.
const USM: i32 = 3;
/// msgFlags: a Report may be sent.
const REPORTABLE: u8 = 4;
/// The largest answer we take: what UDP carries over IPv4.
const SIZE_MAX: i32 = 65_507;
/// snmpEngineID, SIZE(5..32), RFC 3411 §5; some devices have shorter ones.
const ENGINE_ID_MAX: usize = 32;

/// The PDUs that come back.
pub(super) const RESPONSE: u8 = 0xA2;
pub(super) const REPORT: u8 = 0xA8;

/// A message, read as far as it is not encrypted.
#[derive(Debug)]
pub(in super::super) struct Message<'a> {
    whole: &'a [u8],
    pub(in super::super) id: i32,
    /// [`AUTH`] and [`PRIVACY`].
    pub(super) level: u8,
    pub(super) engine_id: &'a [u8],
    pub(super) moment: Moment,
    pub(super) user: &'a [u8],
    tag: Range<usize>,
    salt: &'a [u8],
    data: &'a [u8],
}

/// What a message carries.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Scoped<'a> {
    pub(super) context_engine: &'a [u8],
    pub(super) context: &'a [u8],
    pub(super) kind: u8,
    pub(super) request_id: i64,
    pub(super) status: i64,
    pub(super) index: i64,
    /// The list of varbinds, not looked at yet.
    pub(super) list: &'a [u8],
}

/// Elements one after the other; it knows where in the whole it is.
struct Reader<'a> {
    whole: &'a [u8],
    at: usize,
    end: usize,
}

impl<'a> Reader<'a> {
    fn new(whole: &'a [u8]) -> Self {
        Reader { whole, at: 0, end: whole.len() }
    }

    fn any(&mut self) -> Option<(u8, Range<usize>)> {
        let found = element(&self.whole[self.at..self.end])?;
        let (start, end) = (self.at + found.size - found.content.len(), self.at + found.size);
        self.at = end;
        Some((found.tag, start..end))
    }

    fn range(&mut self, tag: u8) -> Option<Range<usize>> {
        self.any().filter(|(found, _)| *found == tag).map(|(_, range)| range)
    }

    fn bytes(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.range(tag).map(|range| &self.whole[range])
    }

    fn inside(&mut self, tag: u8) -> Option<Reader<'a>> {
        self.range(tag).map(|range| Reader { whole: self.whole, at: range.start, end: range.end })
    }

    fn number(&mut self) -> Option<i64> {
        let bytes = self.bytes(ber::INTEGER)?;
        let first = *bytes.first().filter(|_| bytes.len() <= 5)?;
        Some(bytes.iter().fold(if first & 0x80 == 0 { 0 } else { -1 }, |number, byte| number << 8 | i64::from(*byte)))
    }

    /// A number as ids, boots, times and sizes are: 0 to 2³¹-1. What lies outside never reaches any arithmetic.
    fn natural(&mut self) -> Option<i32> {
        self.number().and_then(|number| i32::try_from(number).ok()).filter(|number| *number >= 0)
    }
}

/// Whether a datagram claims to be of version 3.
pub(in super::super) fn is_v3(datagram: &[u8]) -> bool {
    let version = || Reader::new(datagram).inside(ber::SEQUENCE)?.natural();
    version() == Some(VERSION)
}

impl<'a> Message<'a> {
    /// Reads it; none when it nests too deep, is torn, or is not of the user-based security model.
    pub(in super::super) fn read(whole: &'a [u8]) -> Option<Message<'a>> {
        if !is_shallow(whole) {
            return None;
        }
        let mut message = Reader::new(whole).inside(ber::SEQUENCE)?;
        (message.natural()? == VERSION).then_some(())?;
        let mut header = message.inside(ber::SEQUENCE)?;
        let (id, _size) = (header.natural()?, header.natural()?);
        let &[flags] = header.bytes(ber::OCTET_STRING)? else { return None };
        (header.natural()? == USM).then_some(())?;
        let mut usm = message.inside(ber::OCTET_STRING)?.inside(ber::SEQUENCE)?;
        let engine_id = usm.bytes(ber::OCTET_STRING).filter(|id| id.len() <= ENGINE_ID_MAX)?;
        let (boots, time) = (usm.natural()?.unsigned_abs(), usm.natural()?.unsigned_abs());
        let user = usm.bytes(ber::OCTET_STRING)?;
        let tag = usm.range(ber::OCTET_STRING)?;
        let salt = usm.bytes(ber::OCTET_STRING)?;
        let level = flags & (AUTH | PRIVACY);
        // Privacy without authentication is no level (RFC 3412 §7.2).
        (level != PRIVACY).then_some(())?;
        let data = match level & PRIVACY {
            0 => {
                let start = message.at;
                message.range(ber::SEQUENCE)?;
                &whole[start..message.at]
            }
            _ => message.bytes(ber::OCTET_STRING)?,
        };
        Some(Message { whole, id, level, engine_id, moment: Moment { boots, time }, user, tag, salt, data })
    }

    /// Whether the holder of the keys wrote it.
    pub(super) fn is_proven(&self, keys: &Keys) -> bool {
        let mut untagged = self.whole.to_vec();
        untagged[self.tag.clone()].fill(0);
        keys.is_tag(&untagged, &self.whole[self.tag.clone()])
    }

    /// What it carries when nothing is encrypted.
    pub(super) fn plain_data(&self) -> Option<&'a [u8]> {
        (self.level & PRIVACY == 0).then_some(self.data)
    }

    /// What it carries, in the clear; none when it cannot be decrypted.
    pub(super) fn plain(&self, keys: &Keys) -> Option<Vec<u8>> {
        if self.level & PRIVACY == 0 {
            return Some(self.data.to_vec());
        }
        let (privacy, key) = keys.privacy()?;
        cipher::decrypt(privacy, key, self.moment, self.salt, self.data).filter(|plain| is_shallow(plain))
    }
}

impl<'a> Scoped<'a> {
    pub(super) fn read(plain: &'a [u8]) -> Option<Scoped<'a>> {
        let mut scoped = Reader::new(plain).inside(ber::SEQUENCE)?;
        let (context_engine, context) = (scoped.bytes(ber::OCTET_STRING)?, scoped.bytes(ber::OCTET_STRING)?);
        let (kind, range) = scoped.any()?;
        let mut pdu = Reader { whole: plain, at: range.start, end: range.end };
        let (request_id, status, index) = (pdu.number()?, pdu.number()?, pdu.number()?);
        // A list that is torn is the decoder's to name.
        let list = pdu.bytes(ber::SEQUENCE).unwrap_or_default();
        Some(Scoped { context_engine, context, kind, request_id, status, index, list })
    }

    /// What a Report reports; none for what is no Report of this security model.
    pub(super) fn stat(&self) -> Option<Stat> {
        let name = Reader::new(self.list).inside(ber::SEQUENCE)?.bytes(ber::OBJECT_IDENTIFIER)?;
        Stat::of(name).filter(|_| self.kind == REPORT)
    }
}

/// What a message that nothing protects holds, whoever wrote it: to be looked at, never to be believed.
pub(in super::super) fn unproven(bytes: &[u8]) -> Option<Response> {
    let scoped = Scoped::read(Message::read(bytes)?.plain_data()?)?;
    let number = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
    let is_report = scoped.stat().is_some();
    let list = Some(scoped.list).filter(|_| !is_report);
    Some(response(number(scoped.status), number(scoped.index), list, bytes.len()))
}

/// Who is asked, and as whom.
pub(super) struct Envelope<'a> {
    pub(super) id: i32,
    pub(super) engine_id: &'a [u8],
    pub(super) moment: Moment,
    pub(super) user: &'a [u8],
    pub(super) keys: &'a Keys,
}

/// A message with what `pdu` writes in it.
pub(super) fn seal(envelope: &Envelope<'_>, pdu: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut scoped = Writer::default();
    scoped.constructed(ber::SEQUENCE, |scoped| {
        pdu(scoped);
        scoped.primitive(ber::OCTET_STRING, &[]);
        scoped.primitive(ber::OCTET_STRING, envelope.engine_id);
    });
    let scoped = scoped.finish();
    let keys = envelope.keys;
    let mut salt: [u8; 8] = rand::random();
    if let Some((inventory::snmp_v3::PrivacyAlgorithm::Des, _)) = keys.privacy() {
        salt[..4].copy_from_slice(&envelope.moment.boots.to_be_bytes());
    }
    let sealed = keys.privacy().map(|(privacy, key)| cipher::encrypt(privacy, key, envelope.moment, salt, &scoped));
    let mut usm = Writer::default();
    usm.constructed(ber::SEQUENCE, |usm| {
        usm.primitive(ber::OCTET_STRING, if sealed.is_some() { &salt } else { &[] });
        usm.primitive(ber::OCTET_STRING, &vec![0; keys.tag_length()]);
        usm.primitive(ber::OCTET_STRING, envelope.user);
        usm.integer(envelope.moment.time.cast_signed());
        usm.integer(envelope.moment.boots.cast_signed());
        usm.primitive(ber::OCTET_STRING, envelope.engine_id);
    });
    let usm = usm.finish();
    let mut message = Writer::default();
    message.constructed(ber::SEQUENCE, |message| {
        match &sealed {
            Some(sealed) => message.primitive(ber::OCTET_STRING, sealed),
            None => message.raw(&scoped),
        }
        message.primitive(ber::OCTET_STRING, &usm);
        message.constructed(ber::SEQUENCE, |header| {
            header.integer(USM);
            header.primitive(ber::OCTET_STRING, &[keys.level() | REPORTABLE]);
            header.integer(SIZE_MAX);
            header.integer(envelope.id);
        });
        message.integer(VERSION);
    });
    let mut message = message.finish();
    if let Some(place) = Message::read(&message).map(|read| read.tag.clone()) {
        let tag = keys.tag(&message);
        message[place].copy_from_slice(&tag);
    }
    message
}
