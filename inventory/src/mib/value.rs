//! [`Value`]: what a device answered, in a form that is safe to keep and to print. Bounded in size, never nested.

use super::oid::Oid;

/// The longest octet string that is kept; the rest is cut off and the value says so.
pub const OCTETS_MAX: usize = crate::text::DEVICE_TEXT_MAX;

/// One value. Judge it by what was asked, not by its tag: devices send gauges as counters and numbers as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// INTEGER.
    Integer(i64),
    /// OCTET STRING.
    Octets {
        /// Its bytes, at most [`OCTETS_MAX`] of them.
        bytes: Vec<u8>,
        /// Whether it was longer.
        is_cut: bool,
    },
    /// OBJECT IDENTIFIER.
    Oid(Box<Oid>),
    /// IpAddress.
    IpAddress([u8; 4]),
    /// Counter32.
    Counter32(u32),
    /// Gauge32 or Unsigned32.
    Gauge32(u32),
    /// TimeTicks: hundredths of a second.
    Ticks(u32),
    /// Counter64.
    Counter64(u64),
    /// Opaque, not decoded; cut like octets.
    Opaque(Vec<u8>),
    /// NULL.
    Null,
    /// The device has no such object (RFC 3416 §4.2.1), or, in version 1, said noSuchName.
    NoSuchObject,
    /// The device has the object, but not this instance.
    NoSuchInstance,
    /// Nothing comes after this name.
    EndOfMibView,
    /// The device sent something that is no SNMP value: an INTEGER of no bytes, an unknown tag.
    Unreadable,
}

impl Value {
    /// Whether the device gave a value at all.
    pub fn is_told(&self) -> bool {
        match self {
            Value::Null | Value::NoSuchObject | Value::NoSuchInstance | Value::EndOfMibView | Value::Unreadable => {
                false
            }
            Value::Integer(_)
            | Value::Octets { .. }
            | Value::Oid(_)
            | Value::IpAddress(_)
            | Value::Counter32(_)
            | Value::Gauge32(_)
            | Value::Ticks(_)
            | Value::Counter64(_)
            | Value::Opaque(_) => true,
        }
    }

    /// The value as a number that cannot be negative, whatever number type the device chose for it. A negative INTEGER
    /// is no such number.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Value::Integer(number) => u64::try_from(*number).ok(),
            Value::Counter32(number) | Value::Gauge32(number) | Value::Ticks(number) => Some(u64::from(*number)),
            Value::Counter64(number) => Some(*number),
            _ => None,
        }
    }

    /// The value as any number: signed where the device chose INTEGER, and the number that a text is (OpenWrt, Teltonika
    /// and Cambium PMP send `16.1`, `-11.0`; their `N/A` is none).
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Value::Integer(number) => Some(*number as f64),
            Value::Octets { .. } => self.as_text()?.parse().ok().filter(|number: &f64| number.is_finite()),
            _ => self.as_u64().map(|number| number as f64),
        }
    }

    /// The text of an octet string, made harmless and without blanks and NULs around it.
    pub fn as_text(&self) -> Option<String> {
        let (text, _) = crate::text::device_text(self.as_octets()?);
        Some(text.trim_matches(|letter: char| letter.is_whitespace() || letter == '\0').to_owned())
    }

    /// The bytes of an octet string.
    pub fn as_octets(&self) -> Option<&[u8]> {
        match self {
            Value::Octets { bytes, .. } => Some(bytes),
            _ => None,
        }
    }
}

/// A name and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Varbind {
    /// The name.
    pub oid: Oid,
    /// The value.
    pub value: Value,
}
