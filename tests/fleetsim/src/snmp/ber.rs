//! BER for this agent: writes each part to a vector of its own and wraps it, which is slow and easy to see through.

use super::oid::Oid;
use super::value::Value;

pub(super) const SEQUENCE: u8 = 0x30;

/// An element.
pub(super) fn wrap(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    match content.len() {
        short @ 0..=127 => bytes.push(short as u8),
        long @ 128..=255 => bytes.extend([0x81, long as u8]),
        longer => {
            bytes.push(0x83);
            bytes.extend(&(longer as u32).to_be_bytes()[1..]);
        }
    }
    bytes.extend(content);
    bytes
}

/// An element around several.
pub(super) fn join(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    wrap(tag, &parts.concat())
}

pub(super) fn integer(number: i64) -> Vec<u8> {
    wrap(0x02, &signed(number))
}

pub(super) fn octets(bytes: &[u8]) -> Vec<u8> {
    wrap(0x04, bytes)
}

pub(super) fn oid(oid: &Oid) -> Vec<u8> {
    let [first, second, rest @ ..] = oid.0.as_slice() else {
        return wrap(0x06, &[]);
    };
    let mut content = base_128(first * 40 + second);
    for arc in rest {
        content.extend(base_128(*arc));
    }
    wrap(0x06, &content)
}

pub(super) fn value(value: &Value) -> Vec<u8> {
    match value {
        Value::Integer(number) => integer(*number),
        Value::Octets(bytes) => octets(bytes),
        Value::Null => wrap(0x05, &[]),
        Value::Oid(name) => oid(name),
        Value::IpAddress(bytes) => wrap(0x40, bytes),
        Value::Counter32(number) => wrap(0x41, &unsigned(u64::from(*number))),
        Value::Gauge32(number) => wrap(0x42, &unsigned(u64::from(*number))),
        Value::Ticks(number) => wrap(0x43, &unsigned(u64::from(*number))),
        Value::Counter64(number) => wrap(0x46, &unsigned(*number)),
        Value::NoSuchObject => wrap(0x80, &[]),
        Value::NoSuchInstance => wrap(0x81, &[]),
        Value::EndOfMibView => wrap(0x82, &[]),
        Value::Raw(tag, bytes) => wrap(*tag, bytes),
    }
}

fn signed(number: i64) -> Vec<u8> {
    let mut bytes = number.to_be_bytes().to_vec();
    while bytes.len() > 1 && (bytes[0] == 0 && bytes[1] < 128 || bytes[0] == 255 && bytes[1] >= 128) {
        bytes.remove(0);
    }
    bytes
}

fn unsigned(number: u64) -> Vec<u8> {
    let mut bytes = vec![0];
    bytes.extend(number.to_be_bytes());
    while bytes.len() > 1 && bytes[0] == 0 && bytes[1] < 128 {
        bytes.remove(0);
    }
    bytes
}

fn base_128(arc: u32) -> Vec<u8> {
    let mut digits = vec![(arc % 128) as u8];
    let mut rest = arc / 128;
    while rest > 0 {
        digits.insert(0, (rest % 128) as u8 | 0x80);
        rest /= 128;
    }
    digits
}

/// Takes the next element, which must have this tag, off the front of `bytes`.
pub(super) fn take<'a>(bytes: &mut &'a [u8], tag: u8) -> Option<&'a [u8]> {
    let (found, content) = take_any(bytes)?;
    (found == tag).then_some(content)
}

/// Takes the next element, whatever it is, off the front of `bytes`.
pub(super) fn take_any<'a>(bytes: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let [tag, first, rest @ ..] = *bytes else { return None };
    let (length, rest) = match first {
        short @ 0..=0x7F => (usize::from(*short), rest),
        0x81 => (usize::from(*rest.first()?), &rest[1..]),
        0x82 => (usize::from(u16::from_be_bytes(rest.get(..2)?.try_into().ok()?)), &rest[2..]),
        _ => return None,
    };
    let content = rest.get(..length)?;
    *bytes = &rest[length..];
    Some((*tag, content))
}

pub(super) fn take_integer(bytes: &mut &[u8]) -> Option<i64> {
    let content = take(bytes, 0x02)?;
    let first = *content.first()?;
    let start = if first >= 128 { -1 } else { 0 };
    (content.len() <= 8).then(|| content.iter().fold(start, |number, byte| number << 8 | i64::from(*byte)))
}

pub(super) fn take_oid(bytes: &mut &[u8]) -> Option<Oid> {
    let content = take(bytes, 0x06)?;
    let mut arcs = Vec::new();
    let mut arc = 0u64;
    for byte in content {
        arc = arc << 7 | u64::from(byte & 0x7F);
        if byte & 0x80 == 0 {
            if arcs.is_empty() {
                let first = (arc / 40).min(2);
                arcs.extend([first as u32, (arc - 40 * first) as u32]);
            } else {
                arcs.push(u32::try_from(arc).ok()?);
            }
            arc = 0;
        }
    }
    Some(Oid(arcs))
}
