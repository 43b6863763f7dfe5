//! [`Oid`]: the name of a value in a device. Ordered number by number, as a device walks its values; it must not know
//! any MIB.

use std::fmt;

use smallvec::SmallVec;

/// The most numbers an OID may have (RFC 2578 §3.5).
pub const ARCS_MAX: usize = 128;

/// Names of the interface tables have 12 numbers at most. An answer of 62 values would otherwise be 62 allocations of
/// one size, more than the allocator keeps at hand.
const ARCS_INLINE: usize = 14;

/// An object identifier: at most [`ARCS_MAX`] numbers, written with dots and without a leading one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Oid(SmallVec<[u32; ARCS_INLINE]>);

/// The text is no OID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no OID: numbers up to 4294967295 joined by dots, the first at most 2, the second below 40 after 0 and 1")]
pub struct OidError;

impl Oid {
    /// The OID with these numbers.
    ///
    /// # Errors
    /// When BER cannot carry it: fewer than 2 or more than 128 numbers, or the first two out of range (X.690 §8.19.4).
    pub fn new(arcs: &[u32]) -> Result<Self, OidError> {
        let is_sound = match arcs {
            [first, second, ..] => *first < 2 && *second < 40 || *first == 2 && *second <= u32::MAX - 80,
            _ => false,
        };
        if is_sound && arcs.len() <= ARCS_MAX { Ok(Oid(SmallVec::from_slice(arcs))) } else { Err(OidError) }
    }

    /// Its numbers.
    pub fn arcs(&self) -> &[u32] {
        &self.0
    }

    /// The numbers below `root`, when this OID is below it: the index of a row below its column.
    pub fn below(&self, root: &Oid) -> Option<&[u32]> {
        self.0.strip_prefix(root.arcs()).filter(|rest| !rest.is_empty())
    }

    /// Whether this OID is `root` or below it.
    pub fn is_within(&self, root: &Oid) -> bool {
        self.0.starts_with(root.arcs())
    }

    /// The OID `arc` below this one.
    ///
    /// # Panics
    /// When this one already has [`ARCS_MAX`] numbers, which no OID of a program's own has.
    pub fn child(&self, arc: u32) -> Oid {
        assert!(self.0.len() < ARCS_MAX, "an OID that a program extends is short");
        let mut arcs = self.0.clone();
        arcs.push(arc);
        Oid(arcs)
    }

    /// Reads the content of a BER OBJECT IDENTIFIER (X.690 §8.19).
    ///
    /// # Errors
    /// When it is empty, breaks off inside a number, or has a number or a length beyond what SNMP allows.
    pub fn from_ber(content: &[u8]) -> Result<Self, OidError> {
        let mut arcs = SmallVec::new();
        let mut arc: u32 = 0;
        let mut is_inside = false;
        for byte in content {
            if arc > u32::MAX >> 7 {
                return Err(OidError);
            }
            arc = arc << 7 | u32::from(byte & 0x7F);
            is_inside = byte & 0x80 != 0;
            if is_inside {
                continue;
            }
            if arcs.is_empty() {
                let first = (arc / 40).min(2);
                arcs.extend([first, arc - first * 40]);
            } else {
                arcs.push(arc);
            }
            arc = 0;
        }
        if is_inside || arcs.is_empty() || arcs.len() > ARCS_MAX { Err(OidError) } else { Ok(Oid(arcs)) }
    }
}

impl std::str::FromStr for Oid {
    type Err = OidError;
    fn from_str(text: &str) -> Result<Self, OidError> {
        let arcs: Result<Vec<u32>, _> = text.split('.').map(str::parse).collect();
        Oid::new(&arcs.map_err(|_| OidError)?)
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, arc) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str(".")?;
            }
            write!(f, "{arc}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oid(text: &str) -> Oid {
        text.parse().unwrap()
    }

    #[test]
    fn order_is_number_by_number_not_letter_by_letter() {
        assert!(oid("1.3.6.1.2.10") > oid("1.3.6.1.2.9"));
        assert!(oid("1.3.6.1.2.9.1") > oid("1.3.6.1.2.9"));
    }

    #[test]
    fn only_what_is_truly_below_is_below() {
        assert_eq!(oid("1.3.6.1.2.1.5").below(&oid("1.3.6.1.2")), Some([1, 5].as_slice()));
        assert_eq!(oid("1.3.6.1.2").below(&oid("1.3.6.1.2")), None);
        assert_eq!(oid("1.3.6.1.20.1").below(&oid("1.3.6.1.2")), None);
    }

    #[test]
    fn text_that_ber_cannot_carry_is_refused() {
        for text in ["", "1", ".1.3", "1.3.", "1.40.1", "3.1", "1.3.4294967296", "1.3.x"] {
            assert_eq!(text.parse::<Oid>(), Err(OidError), "{text}");
        }
        assert_eq!(oid("1.3.6.1.4.1.14988.4294967295").to_string(), "1.3.6.1.4.1.14988.4294967295");
        assert!(Oid::new(&[1; 129]).is_err());
    }

    #[test]
    fn a_broken_encoding_is_refused() {
        assert_eq!(Oid::from_ber(&[0x2B, 6, 1]), Ok(oid("1.3.6.1")));
        assert_eq!(Oid::from_ber(&[0x2B, 0x8F, 0xFF, 0xFF, 0xFF, 0x7F]), Ok(oid("1.3.4294967295")));
        assert_eq!(Oid::from_ber(&[0x2B, 0x90, 0x80, 0x80, 0x80, 0x00]), Err(OidError), "a number of 33 bits");
        assert_eq!(Oid::from_ber(&[0x2B, 0x86]), Err(OidError), "breaks off inside a number");
        assert_eq!(Oid::from_ber(&[]), Err(OidError));
        assert_eq!(Oid::from_ber(&[1; 128]), Err(OidError), "129 numbers");
    }
}
