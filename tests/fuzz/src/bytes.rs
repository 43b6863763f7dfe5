//! Bytes taken as decisions: as many as there are, then none.

use inventory::mib::{Oid, Value};

/// Bytes not yet taken.
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

impl<'a> Bytes<'a> {
    pub(crate) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// So many, or what is left.
    pub(crate) fn some(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// A text of at most 255 bytes, its length first.
    pub(crate) fn text(&mut self) -> &'a [u8] {
        let count = self.byte().unwrap_or(0);
        self.some(usize::from(count))
    }

    fn number(&mut self) -> u64 {
        let count = self.byte().unwrap_or(0) % 9;
        self.some(usize::from(count)).iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    /// A value of any type.
    pub(crate) fn value(&mut self) -> Option<Value> {
        Some(match self.byte()? % 13 {
            0 => Value::Integer(self.number().cast_signed()),
            1 | 2 => Value::Octets { bytes: self.text().to_vec(), is_cut: false },
            3 => Value::Counter32(self.number() as u32),
            4 => Value::Gauge32(self.number() as u32),
            5 => Value::Ticks(self.number() as u32),
            6 => Value::Counter64(self.number()),
            7 => Value::Oid(Box::new(self.oid(&[1, 3, 6, 1, 4, 1])?)),
            8 => Value::IpAddress([1, 2, 3, 4]),
            9 => Value::Opaque(self.text().to_vec()),
            10 => Value::NoSuchInstance,
            11 => Value::Unreadable,
            _ => Value::EndOfMibView,
        })
    }

    /// A name below `root`, by up to nine numbers, large ones among them.
    pub(crate) fn oid(&mut self, root: &[u32]) -> Option<Oid> {
        let mut arcs = root.to_vec();
        for _ in 0..self.byte()? % 10 {
            arcs.push(match self.byte()? {
                255 => self.number() as u32,
                small => u32::from(small),
            });
        }
        Oid::new(&arcs).ok()
    }
}
