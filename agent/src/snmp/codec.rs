//! Messages to bytes and back. The only file that imports snmp2 (a test checks it), because its types must not travel:
//! printing one of them recurses without bound and shows the community, and its iterator over varbinds ends without a
//! word at the first value that it does not know. Here each varbind is cut out by its length and decoded alone, so one
//! bad value costs one value.
//!
//! What is around the PDU of version 3 is for `v3`: from here it has [`write_pdu`] and [`response`].

use std::time::Duration;

use inventory::secret::Secret;
use snmp2::{MessageType, Pdu, Varbinds};

use super::ber::{self, Writer, element, is_shallow};
use super::target::Security;
use inventory::mib::Oid;
use inventory::mib::{OCTETS_MAX, Value, Varbind};

/// The most varbinds that are taken from one response, and the most that are asked for in one request.
pub const VARBINDS_MAX: usize = 128;

/// What is asked of a device. There is no SET: a device is changed only by a rollout, and never over SNMP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// The values of these names.
    Get,
    /// The values of what comes after these names.
    GetNext,
    /// Rows of what comes after these names (RFC 3416 §4.2.3; not in version 1).
    GetBulk { non_repeaters: u8, max_repetitions: u8 },
}

/// What the device said about the request as a whole (RFC 3416 §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// noError.
    Good,
    /// tooBig: the answer does not fit into what the device can send.
    TooBig,
    /// noSuchName: version 1's word for a name that does not exist; the whole answer is void.
    NoSuchName,
    /// genErr.
    General,
    /// noAccess or authorizationError: the community may not read this.
    Denied,
    /// Another number.
    Other(u32),
}

/// Why a response has fewer varbinds than it was sent with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// It breaks off inside a varbind.
    Torn,
    /// It has more than [`VARBINDS_MAX`].
    TooMany,
}

/// A response to a request of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// What the device said about the request.
    pub status: Status,
    /// Which varbind of the request the status is about: 1 is the first, 0 is none.
    pub index: usize,
    /// What it answered. A value that cannot be decoded stands as [`Value::Unreadable`] in its place.
    pub varbinds: Vec<Varbind>,
    /// Whether there was more.
    pub cut: Option<Cut>,
    /// The size of the datagram.
    pub bytes: usize,
    /// From the last sending to the answer.
    pub rtt: Duration,
}

/// Writes a request.
pub(super) fn encode((version, community): (i32, &Secret), request_id: i32, ask: Ask, oids: &[Oid]) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.constructed(ber::SEQUENCE, |message| {
        write_pdu(message, request_id, ask, oids);
        message.primitive(ber::OCTET_STRING, community.reveal().as_bytes());
        message.integer(version);
    });
    writer.finish()
}

/// Writes the PDU of a request.
pub(super) fn write_pdu(writer: &mut Writer, request_id: i32, ask: Ask, oids: &[Oid]) {
    let (tag, second, third) = match ask {
        Ask::Get => (0xA0, 0, 0),
        Ask::GetNext => (0xA1, 0, 0),
        Ask::GetBulk { non_repeaters, max_repetitions } => (0xA5, non_repeaters, max_repetitions),
    };
    writer.constructed(tag, |pdu| {
        pdu.constructed(ber::SEQUENCE, |list| {
            for oid in oids.iter().rev() {
                list.constructed(ber::SEQUENCE, |varbind| {
                    varbind.primitive(ber::NULL, &[]);
                    varbind.oid(oid);
                });
            }
        });
        pdu.integer(i32::from(third));
        pdu.integer(i32::from(second));
        pdu.integer(request_id);
    });
}

/// A datagram that is a response; its values are not looked at yet.
pub(super) struct Envelope<'a> {
    pdu: Pdu<'a>,
    datagram: &'a [u8],
}

/// The datagram is no SNMP response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no SNMP response")]
pub(super) struct Malformed;

impl<'a> Envelope<'a> {
    /// Reads version, community, type and request id.
    ///
    /// # Errors
    /// When it nests too deep, is torn outside its varbinds, or is no response of version 1 or 2c.
    pub(super) fn open(datagram: &'a [u8]) -> Result<Self, Malformed> {
        if !is_shallow(datagram) {
            return Err(Malformed);
        }
        let pdu = Pdu::from_bytes(datagram).map_err(|_| Malformed)?;
        if pdu.message_type == MessageType::Response { Ok(Envelope { pdu, datagram }) } else { Err(Malformed) }
    }

    pub(super) fn request_id(&self) -> i32 {
        self.pdu.req_id
    }

    /// Whether version and community are those of the request.
    pub(super) fn answers(&self, security: &Security) -> bool {
        let (version, community) = match security {
            Security::V1 { community } => (snmp2::Version::V1, community),
            Security::V2c { community } => (snmp2::Version::V2C, community),
            Security::V3(_) => return false,
        };
        self.pdu.version() == Ok(version) && self.pdu.community == community.reveal().as_bytes()
    }

    /// Decodes the values, as many as there are up to [`VARBINDS_MAX`].
    pub(super) fn decode(&self) -> Response {
        let list = varbind_list(self.datagram);
        response(self.pdu.error_status, self.pdu.error_index, list, self.datagram.len())
    }
}

/// What a response holds; `list` is its list of varbinds, when it has one, and `bytes` the size of its datagram.
pub(super) fn response(error_status: u32, error_index: u32, list: Option<&[u8]>, bytes: usize) -> Response {
    let (varbinds, cut) = match list {
        Some(list) => varbinds(list),
        None => (Vec::new(), Some(Cut::Torn)),
    };
    Response { status: status(error_status), index: error_index as usize, varbinds, cut, bytes, rtt: Duration::ZERO }
}

fn status(number: u32) -> Status {
    match number {
        0 => Status::Good,
        1 => Status::TooBig,
        2 => Status::NoSuchName,
        5 => Status::General,
        6 | 16 => Status::Denied,
        other => Status::Other(other),
    }
}

/// The content of the list of varbinds: message, then PDU, then past three INTEGERs. snmp2 has been through the same
/// path, but keeps the list to itself.
fn varbind_list(datagram: &[u8]) -> Option<&[u8]> {
    let message = element(datagram)?.content;
    let message = skip(skip(message)?)?;
    let pdu = element(message)?.content;
    Some(element(skip(skip(skip(pdu)?)?)?)?.content)
}

fn skip(bytes: &[u8]) -> Option<&[u8]> {
    bytes.get(element(bytes)?.size..)
}

fn varbinds(mut list: &[u8]) -> (Vec<Varbind>, Option<Cut>) {
    /// No varbind of a table is shorter: its name takes 12 bytes, its value 2, and each tag and length 2 more.
    const VARBIND_MIN: usize = 16;
    let mut found = Vec::with_capacity((list.len() / VARBIND_MIN).min(VARBINDS_MAX));
    while !list.is_empty() {
        if found.len() == VARBINDS_MAX {
            return (found, Some(Cut::TooMany));
        }
        let Some(one) = element(list).filter(|one| one.tag == ber::SEQUENCE) else {
            return (found, Some(Cut::Torn));
        };
        let Some(varbind) = varbind(&list[..one.size], one.content) else {
            return (found, Some(Cut::Torn));
        };
        found.push(varbind);
        list = &list[one.size..];
    }
    (found, None)
}

/// One varbind; none when not even its name can be read.
fn varbind(whole: &[u8], content: &[u8]) -> Option<Varbind> {
    if let Some((name, value)) = Varbinds::from_bytes(whole).next() {
        let oid = Oid::from_ber(name.as_bytes()).ok()?;
        return Some(Varbind { oid, value: convert(value) });
    }
    let name = element(content).filter(|name| name.tag == ber::OBJECT_IDENTIFIER)?;
    Some(Varbind { oid: Oid::from_ber(name.content).ok()?, value: Value::Unreadable })
}

fn convert(value: snmp2::Value<'_>) -> Value {
    match value {
        snmp2::Value::Integer(number) => Value::Integer(number),
        snmp2::Value::OctetString(bytes) => {
            Value::Octets { bytes: bytes[..bytes.len().min(OCTETS_MAX)].to_vec(), is_cut: bytes.len() > OCTETS_MAX }
        }
        snmp2::Value::ObjectIdentifier(oid) => match Oid::from_ber(oid.as_bytes()) {
            Ok(oid) => Value::Oid(Box::new(oid)),
            Err(_) => Value::Unreadable,
        },
        snmp2::Value::IpAddress(bytes) => Value::IpAddress(bytes),
        snmp2::Value::Counter32(number) => Value::Counter32(number),
        snmp2::Value::Unsigned32(number) => Value::Gauge32(number),
        snmp2::Value::Timeticks(number) => Value::Ticks(number),
        snmp2::Value::Counter64(number) => Value::Counter64(number),
        snmp2::Value::Opaque(bytes) => Value::Opaque(bytes[..bytes.len().min(OCTETS_MAX)].to_vec()),
        snmp2::Value::Null => Value::Null,
        snmp2::Value::NoSuchObject => Value::NoSuchObject,
        snmp2::Value::NoSuchInstance => Value::NoSuchInstance,
        snmp2::Value::EndOfMibView => Value::EndOfMibView,
        // Sequences, sets, whole PDUs: nothing that may stand in a varbind, and nothing to look into.
        _ => Value::Unreadable,
    }
}

#[cfg(test)]
#[path = "codec_tests.rs"]
mod tests;
