//! Recordings of real devices: one `OID|TAG|VALUE` a line, as snmpsim reads them.

use std::path::Path;

use super::oid::Oid;
use super::value::Value;
use super::values::Values;

/// A recording that was read.
#[derive(Debug, Clone)]
pub struct Recording {
    /// Its values.
    pub values: Values,
    /// Lines that hold no value of their tag, by number from 1. Some recordings have such lines: scrubbed digits.
    pub unreadable: Vec<usize>,
}

/// The recording could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SnmprecError {
    /// The file.
    #[error("the recording cannot be read")]
    File(#[from] std::io::Error),
    /// A line without an OID.
    #[error("line {line} begins with no OID")]
    Oid {
        /// From 1.
        line: usize,
    },
}

impl Recording {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, or a line begins with no OID.
    pub fn read(path: &Path) -> Result<Recording, SnmprecError> {
        Recording::parse(&std::fs::read(path)?)
    }

    /// Reads the content of a file: bytes, because text in it is in the encoding that the device used.
    ///
    /// # Errors
    /// When a line begins with no OID.
    pub fn parse(content: &[u8]) -> Result<Recording, SnmprecError> {
        let mut recording = Recording { values: Values::new(), unreadable: Vec::new() };
        let lines = content.split(|byte| *byte == b'\n').enumerate();
        for (number, line) in lines.filter(|(_, line)| !line.is_empty()) {
            let mut parts = line.splitn(3, |byte| *byte == b'|');
            let oid: Option<Oid> =
                parts.next().and_then(|part| std::str::from_utf8(part).ok()).and_then(|text| text.parse().ok());
            let oid = oid.ok_or(SnmprecError::Oid { line: number + 1 })?;
            match (parts.next(), parts.next()) {
                (Some(tag), Some(text)) => match value(tag, text) {
                    Some(value) => {
                        recording.values.0.insert(oid, value.into());
                    }
                    None => recording.unreadable.push(number + 1),
                },
                _ => recording.unreadable.push(number + 1),
            }
        }
        Ok(recording)
    }
}

fn value(tag: &[u8], text: &[u8]) -> Option<Value> {
    let tag = std::str::from_utf8(tag).ok()?;
    if let Some(tag) = tag.strip_suffix('x') {
        let bytes = hex(text)?;
        return match tag {
            "4" => Some(Value::Octets(bytes)),
            "64" => bytes.try_into().ok().map(Value::IpAddress),
            "68" => Some(Value::Raw(0x44, bytes)),
            _ => None,
        };
    }
    let plain = std::str::from_utf8(text).ok();
    match tag {
        "2" => plain?.parse().ok().map(Value::Integer),
        "4" => Some(Value::Octets(text.to_vec())),
        "5" => Some(Value::Null),
        "6" => plain?.parse().ok().map(Value::Oid),
        "64" => plain?.parse::<std::net::Ipv4Addr>().ok().map(|address| Value::IpAddress(address.octets())),
        "65" => plain?.parse().ok().map(Value::Counter32),
        "66" => plain?.parse().ok().map(Value::Gauge32),
        "67" => plain?.parse().ok().map(Value::Ticks),
        "68" => Some(Value::Raw(0x44, text.to_vec())),
        "70" => plain?.parse().ok().map(Value::Counter64),
        _ => None,
    }
}

fn hex(text: &[u8]) -> Option<Vec<u8>> {
    let digits = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    if text.len().is_multiple_of(2) { text.chunks(2).map(digits).collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snmp::value::Source;

    #[test]
    fn every_type_of_a_recording_is_read_and_broken_lines_are_named() {
        let recording = Recording::parse(
            b"1.3.1|2|-5\n1.3.2|4|a|b\n1.3.3|4x|00fF\n1.3.4|6|1.3.6\n1.3.5|64|10.0.0.1\n1.3.6|64x|0a000001\n\
              1.3.7|70|18446744073709551615\n1.3.8|70|x\n1.3.9|4|\n",
        )
        .unwrap();
        let expected = [
            ("1.3.1", Value::Integer(-5)),
            ("1.3.2", Value::text("a|b")),
            ("1.3.3", Value::Octets(vec![0, 255])),
            ("1.3.4", Value::Oid("1.3.6".parse().unwrap())),
            ("1.3.5", Value::IpAddress([10, 0, 0, 1])),
            ("1.3.6", Value::IpAddress([10, 0, 0, 1])),
            ("1.3.7", Value::Counter64(u64::MAX)),
            ("1.3.9", Value::text("")),
        ];
        let found: Vec<(String, Source)> =
            recording.values.0.into_iter().map(|(oid, source)| (oid.to_string(), source)).collect();
        let expected: Vec<(String, Source)> =
            expected.into_iter().map(|(oid, value)| (oid.to_owned(), value.into())).collect();
        assert_eq!(found, expected);
        assert_eq!(recording.unreadable, [8]);
        assert!(Recording::parse(b"x|2|1").is_err());
    }
}
