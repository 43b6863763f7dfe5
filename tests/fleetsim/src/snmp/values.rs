//! [`Values`]: all that a device holds, in the order in which it is walked.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::oid::Oid;
use super::value::{Source, Value};

/// The values of a device.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values(pub(super) BTreeMap<Oid, Source>);

impl Values {
    /// None.
    pub fn new() -> Self {
        Values::default()
    }

    /// Sets one.
    ///
    /// # Panics
    /// When `oid` is none.
    pub fn set(&mut self, oid: &str, source: impl Into<Source>) {
        self.0.insert(parse(oid), source.into());
    }

    /// Sets one by its numbers, for whoever sets very many.
    pub(crate) fn put(&mut self, arcs: &[u32], source: impl Into<Source>) {
        self.0.insert(Oid(arcs.to_vec()), source.into());
    }

    /// Takes out `root` and all below it.
    ///
    /// # Panics
    /// When `root` is no OID.
    pub fn remove(&mut self, root: &str) {
        let root = parse(root);
        self.0.retain(|oid, _| !oid.is_within(&root));
    }

    /// Changes every value, in the order of their names.
    pub fn change_each(&mut self, mut change: impl FnMut(usize, &mut Source)) {
        for (nth, source) in self.0.values_mut().enumerate() {
            change(nth, source);
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first one after `oid`.
    pub(super) fn next(&self, oid: &Oid) -> Option<(&Oid, &Source)> {
        self.0.range((Bound::Excluded(oid), Bound::Unbounded)).next()
    }

    /// A router with `ports` Ethernet ports that are up and carry traffic: system group, ifTable, ifXTable.
    pub fn router(name: &str, ports: u32) -> Self {
        let mut values = Values::new();
        values.set("1.3.6.1.2.1.1.1.0", Value::text("RouterOS RB760iGS"));
        values.set("1.3.6.1.2.1.1.2.0", Value::Oid(parse("1.3.6.1.4.1.14988.1")));
        values.set("1.3.6.1.2.1.1.3.0", Source::Running(360_000));
        values.set("1.3.6.1.2.1.1.5.0", Value::text(name));
        values.set("1.3.6.1.2.1.1.6.0", Value::text("Nhà sinh hoạt cộng đồng"));
        values.set("1.3.6.1.2.1.2.1.0", Value::Integer(i64::from(ports)));
        for index in 1..=ports {
            values.add_port(index, &format!("ether{index}"));
        }
        values
    }

    /// Adds a port in every column of ifTable and ifXTable that a router fills.
    pub fn add_port(&mut self, index: u32, name: &str) {
        let low = u8::try_from(index % 256).expect("less than 256");
        let speed = 100_000_000;
        let table: [(u32, Source); 14] = [
            (1, Value::Integer(i64::from(index)).into()),
            (2, Value::text(name).into()),
            (3, Value::Integer(6).into()),
            (4, Value::Integer(1500).into()),
            (5, Value::Gauge32(speed).into()),
            (6, Value::Octets(vec![0x02, 0, 0, 0, 0, low]).into()),
            (7, Value::Integer(1).into()),
            (8, Value::Integer(1).into()),
            (10, Source::Growing32 { from: index.wrapping_mul(1000), per_second: 1000 }),
            (13, Value::Counter32(0).into()),
            (14, Value::Counter32(index).into()),
            (16, Source::Growing32 { from: index.wrapping_mul(2000), per_second: 2000 }),
            (19, Value::Counter32(0).into()),
            (20, Value::Counter32(0).into()),
        ];
        for (column, source) in table {
            self.set(&format!("1.3.6.1.2.1.2.2.1.{column}.{index}"), source);
        }
        let extended: [(u32, Source); 6] = [
            (1, Value::text(name).into()),
            (6, Source::Growing64 { from: 1000 * u64::from(index), per_second: 1000 }),
            (10, Source::Growing64 { from: 2000 * u64::from(index), per_second: 2000 }),
            (15, Value::Gauge32(speed / 1_000_000).into()),
            (18, Value::text("").into()),
            (19, Value::Ticks(0).into()),
        ];
        for (column, source) in extended {
            self.set(&format!("1.3.6.1.2.1.31.1.1.1.{column}.{index}"), source);
        }
    }
}

pub(super) fn parse(oid: &str) -> Oid {
    oid.parse().expect("the simulation is given OIDs")
}
