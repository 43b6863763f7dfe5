//! Rows of the interface table to readings. Pure; knows the odd ways in which devices fill these columns, each with
//! where it was seen.

use std::collections::BTreeMap;

use inventory::device::Mac;
use inventory::reading::{Count, CounterWidth, InterfaceReading};
use inventory::text::device_text;

use super::memory::{Label, Port};
use super::mib::IfColumn;
use super::walk::Table;
use inventory::mib::Value;

/// What was read of the interface table, by ifIndex.
#[derive(Debug, Default)]
pub(super) struct Rows(BTreeMap<u32, Cells>);

/// The values of a row. They are few, so that looking through them is quicker than any index.
type Cells = Vec<(IfColumn, Value)>;

/// A row of a walked table whose index is no ifIndex.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct OddIndex;

impl Rows {
    /// Adds what a walk of `columns` found.
    ///
    /// # Errors
    /// When some rows were left out because their index is no ifIndex.
    pub(super) fn add(&mut self, columns: &[IfColumn], table: Table) -> Result<(), OddIndex> {
        let mut outcome = Ok(());
        for (index, values) in table.rows {
            let [index] = index[..] else {
                outcome = Err(OddIndex);
                continue;
            };
            let row = self.0.entry(index).or_default();
            row.reserve(columns.len());
            row.extend(columns.iter().zip(values).filter_map(|(column, value)| Some((*column, value?))));
        }
        outcome
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, Row<'_>)> {
        self.0.iter().map(|(index, row)| (*index, Row(row)))
    }

    /// Whether the device names its ports in ifName. Some fill it for a few; a few are enough.
    pub(super) fn label(&self) -> Label {
        let has_name = self.iter().any(|(_, row)| !row.text(IfColumn::Name).unwrap_or_default().is_empty());
        if has_name { Label::Name } else { Label::Descr }
    }

    /// Takes out the counters of every row: they belong to two runs of the device.
    pub(super) fn forget_counters(&mut self) {
        for row in self.0.values_mut() {
            row.retain(|(column, _)| IfColumn::IDENTITY.contains(column) || is_status(*column));
        }
    }
}

fn is_status(column: IfColumn) -> bool {
    column == IfColumn::AdminStatus || column == IfColumn::OperStatus
}

/// One row.
#[derive(Clone, Copy)]
pub(super) struct Row<'a>(&'a [(IfColumn, Value)]);

impl<'a> Row<'a> {
    fn value(self, column: IfColumn) -> Option<&'a Value> {
        self.0.iter().find(|(of, _)| *of == column).map(|(_, value)| value)
    }

    /// The reading of a full visit.
    pub(super) fn reading(self, index: u32) -> InterfaceReading {
        let width = self.width();
        InterfaceReading {
            index,
            name: self.name(),
            alias: self.text(IfColumn::Alias),
            if_type: self.number(IfColumn::Type),
            mac: self.mac(),
            speed_bps: self.speed_bps(),
            ..self.traffic(width)
        }
    }

    /// The part of the reading that changes from minute to minute.
    pub(super) fn traffic(self, width: CounterWidth) -> InterfaceReading {
        let (in_octets, out_octets) = match width {
            CounterWidth::Bits64 => (IfColumn::HcInOctets, IfColumn::HcOutOctets),
            CounterWidth::Bits32 => (IfColumn::InOctets, IfColumn::OutOctets),
        };
        InterfaceReading {
            is_admin_up: self.is_admin_up(),
            is_oper_up: self.is_oper_up(),
            in_octets: self.counter(in_octets, width),
            out_octets: self.counter(out_octets, width),
            in_errors: self.counter(IfColumn::InErrors, CounterWidth::Bits32),
            out_errors: self.counter(IfColumn::OutErrors, CounterWidth::Bits32),
            in_discards: self.counter(IfColumn::InDiscards, CounterWidth::Bits32),
            out_discards: self.counter(IfColumn::OutDiscards, CounterWidth::Bits32),
            discontinuity_cs: self.number(IfColumn::Discontinuity),
            ..InterfaceReading::default()
        }
    }

    /// Whether it has octet counters of some width.
    pub(super) fn has_octets(self) -> bool {
        [IfColumn::InOctets, IfColumn::HcInOctets].iter().any(|column| self.value(*column).is_some())
    }

    /// What is remembered of the port.
    pub(super) fn port(self, label: Label) -> Port {
        Port {
            label: self.text(label.column()).unwrap_or_default(),
            name: self.name(),
            mac: self.mac(),
            width: self.width(),
        }
    }

    /// ifName, else ifDescr: old and 32-bit devices have no ifName, others leave it empty on some ports.
    fn name(self) -> String {
        let told = |column| self.text(column).filter(|text| !text.is_empty());
        told(IfColumn::Name).or_else(|| told(IfColumn::Descr)).unwrap_or_default()
    }

    /// Text made harmless; CyberPower pads ifDescr with NUL bytes.
    pub(super) fn text(self, column: IfColumn) -> Option<String> {
        let bytes = self.value(column)?.as_octets()?;
        let (text, _) = device_text(bytes);
        Some(if text.trim().len() == text.len() { text } else { text.trim().to_owned() })
    }

    /// Whether [`Row::text`] is this; without a value, whether it is empty.
    pub(super) fn is_named(self, column: IfColumn, name: &str) -> bool {
        // What was made harmless once stays as it is, so that a text that was harmless already need not be made again.
        let is_same = self.value(column).and_then(Value::as_octets).is_some_and(|bytes| bytes == name.as_bytes());
        is_same || self.text(column).unwrap_or_default() == name
    }

    fn number(self, column: IfColumn) -> Option<u32> {
        self.value(column)?.as_u64()?.try_into().ok()
    }

    /// Six bytes that are not all zero; loopback and tunnels have none, zero, or eight (EUI-64).
    fn mac(self) -> Option<Mac> {
        let bytes: [u8; 6] = self.value(IfColumn::PhysAddress)?.as_octets()?.try_into().ok()?;
        Some(Mac(bytes)).filter(|_| bytes != [0; 6])
    }

    /// A counter of `width`. One that is sent as a 32-bit type wraps as one, wherever it stands, and a 32-bit column
    /// cannot hold more than 32 bits.
    fn counter(self, column: IfColumn, width: CounterWidth) -> Option<Count> {
        let value = self.value(column)?;
        let width = match value {
            Value::Counter32(_) | Value::Gauge32(_) => CounterWidth::Bits32,
            _ => width,
        };
        let value = value.as_u64()?;
        let is_sound = width == CounterWidth::Bits64 || u32::try_from(value).is_ok();
        is_sound.then_some(Count { value, width })
    }

    /// 64-bit octets where the port has them: some ports of a device lack them (Cisco C1200), and some devices have
    /// them but leave them at 0 while the 32-bit ones count (Cisco CBW).
    pub(super) fn width(self) -> CounterWidth {
        let is_counting = |column| self.value(column).and_then(Value::as_u64).is_some_and(|value| value > 0);
        let has = |column| self.value(column).and_then(Value::as_u64).is_some();
        let has_hc = has(IfColumn::HcInOctets) && has(IfColumn::HcOutOctets);
        let counts_hc = is_counting(IfColumn::HcInOctets) || is_counting(IfColumn::HcOutOctets);
        let counts_32 = is_counting(IfColumn::InOctets) || is_counting(IfColumn::OutOctets);
        if has_hc && (counts_hc || !counts_32) { CounterWidth::Bits64 } else { CounterWidth::Bits32 }
    }

    /// Bits per second. 0 means "has no notion of it" (RFC 2863 §6), as radios and bridges say, and is not told.
    fn speed_bps(self) -> Option<u64> {
        /// What ifSpeed says when the truth does not fit.
        const SPEED_FULL: u64 = u32::MAX as u64;
        /// No port runs at 10 Tbit/s: Cambium ePMP fills ifHighSpeed in bits per second.
        const HIGH_SPEED_MAX: u64 = 10_000_000;
        /// The same device's port that is down: -1,000,000 as an unsigned number.
        const MINUS_A_MILLION: u64 = 4_293_967_296;
        let value = |column| self.value(column).and_then(Value::as_u64).filter(|value| *value > 0);
        let high = match value(IfColumn::HighSpeed) {
            Some(MINUS_A_MILLION) => None,
            Some(bps) if bps > HIGH_SPEED_MAX => Some(bps),
            Some(mbps) => Some(mbps * 1_000_000),
            None => None,
        };
        high.or_else(|| value(IfColumn::Speed).filter(|bps| *bps != SPEED_FULL && *bps != MINUS_A_MILLION))
    }

    /// up 1, down 2, testing 3 (RFC 2863 ifAdminStatus). Other numbers (DrayTek 0, CyberPower 7) tell nothing.
    fn is_admin_up(self) -> Option<bool> {
        match self.number(IfColumn::AdminStatus)? {
            1 => Some(true),
            2 | 3 => Some(false),
            _ => None,
        }
    }

    /// up 1, down 2, testing 3, dormant 5, notPresent 6, lowerLayerDown 7; unknown 4 and others tell nothing.
    fn is_oper_up(self) -> Option<bool> {
        match self.number(IfColumn::OperStatus)? {
            1 => Some(true),
            2 | 3 | 5 | 6 | 7 => Some(false),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[(IfColumn, Value)]) -> Cells {
        cells.to_vec()
    }

    fn octets(bytes: &[u8]) -> Value {
        Value::Octets { bytes: bytes.to_vec(), is_cut: false }
    }

    #[test]
    fn names_fall_back_to_descriptions_and_lose_what_could_act() {
        let cells = row(&[(IfColumn::Name, octets(b"")), (IfColumn::Descr, octets(b"eth0\0\0\x1b[31m\xff"))]);
        assert_eq!(Row(&cells).name(), "eth0[31m\u{FFFD}");
        assert_eq!(Row(&row(&[])).name(), "");
        assert_eq!(Row(&row(&[])).reading(7), InterfaceReading { index: 7, ..InterfaceReading::default() });
    }

    #[test]
    fn only_six_bytes_that_say_something_are_a_mac() {
        let mac = |bytes: &[u8]| Row(&row(&[(IfColumn::PhysAddress, octets(bytes))])).mac();
        assert_eq!(mac(&[2, 0, 0, 0, 0, 1]), Some(Mac([2, 0, 0, 0, 0, 1])));
        assert_eq!((mac(&[]), mac(&[0; 6]), mac(&[1; 8])), (None, None, None));
    }

    #[test]
    fn speeds_as_devices_tell_them() {
        let speed = |speed: u64, high: Option<u64>| {
            let mut cells = vec![(IfColumn::Speed, Value::Gauge32(u32::try_from(speed).unwrap()))];
            cells.extend(high.map(|high| (IfColumn::HighSpeed, Value::Gauge32(u32::try_from(high).unwrap()))));
            Row(&row(&cells)).speed_bps()
        };
        assert_eq!(speed(100_000_000, None), Some(100_000_000));
        assert_eq!(speed(4_294_967_295, Some(10_000)), Some(10_000_000_000));
        assert_eq!(speed(4_294_967_295, None), None);
        assert_eq!(speed(0, Some(0)), None, "radios and bridges");
        assert_eq!(speed(0, Some(480_000)), Some(480_000_000_000), "a stack port");
        assert_eq!(speed(0, Some(220_000_000)), Some(220_000_000), "Cambium ePMP");
        assert_eq!(speed(0, Some(4_293_967_296)), None, "Cambium ePMP, port down");
    }

    #[test]
    fn each_port_is_read_by_the_counters_that_it_has() {
        let width = |hc: Option<u64>, low: u32| {
            let mut cells =
                vec![(IfColumn::InOctets, Value::Counter32(low)), (IfColumn::OutOctets, Value::Counter32(0))];
            if let Some(hc) = hc {
                cells
                    .extend([IfColumn::HcInOctets, IfColumn::HcOutOctets].map(|column| (column, Value::Counter64(hc))));
            }
            Row(&row(&cells)).width()
        };
        assert_eq!(width(Some(5), 5), CounterWidth::Bits64);
        assert_eq!(width(Some(0), 0), CounterWidth::Bits64);
        assert_eq!(width(None, 5), CounterWidth::Bits32);
        assert_eq!(width(Some(0), 5), CounterWidth::Bits32, "Cisco CBW");
    }

    #[test]
    fn counters_sent_as_other_types_are_taken_and_impossible_ones_are_not() {
        let errors =
            |value| Row(&row(&[(IfColumn::InErrors, value)])).counter(IfColumn::InErrors, CounterWidth::Bits32);
        let count = |value, width| Some(Count { value, width });
        assert_eq!(errors(Value::Gauge32(3)), count(3, CounterWidth::Bits32));
        assert_eq!(errors(Value::Integer(3)), count(3, CounterWidth::Bits32));
        assert_eq!(errors(Value::Integer(-3)), None);
        assert_eq!(errors(Value::Counter64(1 << 40)), None);
        assert_eq!(errors(octets(b"3")), None);
        let octets = row(&[(IfColumn::HcInOctets, Value::Counter32(9))]);
        assert_eq!(
            Row(&octets).counter(IfColumn::HcInOctets, CounterWidth::Bits64),
            count(9, CounterWidth::Bits32),
            "a Counter32 in a 64-bit column still wraps at 32 bits"
        );
    }

    #[test]
    fn states_that_mean_nothing_are_not_told() {
        let oper = |value| Row(&row(&[(IfColumn::OperStatus, Value::Integer(value))])).is_oper_up();
        let admin = |value| Row(&row(&[(IfColumn::AdminStatus, Value::Integer(value))])).is_admin_up();
        assert_eq!(
            [0, 1, 2, 3, 4, 5, 6, 7, 8].map(oper),
            [None, Some(true), Some(false), Some(false), None, Some(false), Some(false), Some(false), None]
        );
        assert_eq!([0, 1, 2, 3, 7, -1].map(admin), [None, Some(true), Some(false), Some(false), None, None]);
    }
}
