//! What the families' Wi-Fi readers share: rows to radios, sums of clients. Knows no family.

use std::collections::BTreeMap;

use super::family::Seen;
use crate::condition::{Condition, Network, Radio, STATIONS_MAX, SensorClass, SensorReading, Station, Wifi};
use crate::device::Mac;
use crate::mib::Value;

/// More than any controller of halls has.
const RADIOS_MAX: usize = 512;

/// A count of clients, whatever number type it comes in.
pub(super) fn count(value: f64) -> Option<u32> {
    (value >= 0.0 && value <= f64::from(u32::MAX)).then_some(value as u32)
}

/// Noise, or a power received, that can be: dBm is negative for both, and devices without one send 0.
pub(super) fn below_zero(value: f64) -> Option<f64> {
    (value < 0.0).then_some(value)
}

/// A number that means nothing when it is 0 or less.
pub(super) fn positive(value: f64) -> Option<f64> {
    (value > 0.0).then_some(value)
}

/// Network names and their clients, summed over all rows that bear the name.
/// Where one row says nothing that is a count, no sum is known.
#[derive(Debug, Default)]
pub(super) struct Networks {
    sums: BTreeMap<String, u32>,
    is_partial: bool,
}

impl Networks {
    /// Adds clients to a network. A network without a name is none.
    pub(super) fn add(&mut self, ssid: Option<String>, clients: Option<u32>) {
        self.is_partial |= clients.is_none();
        if let (Some(ssid), Some(clients)) = (ssid.filter(|ssid| !ssid.is_empty()), clients) {
            let sum = self.sums.entry(ssid).or_default();
            *sum = sum.saturating_add(clients);
        }
    }

    pub(super) fn into_list(self) -> Vec<Network> {
        let sums = if self.is_partial { BTreeMap::new() } else { self.sums };
        sums.into_iter().map(|(ssid, clients)| Network { ssid, clients }).collect()
    }
}

/// Networks from two columns of one index: name, clients. A controller has a row for each network, and may have two of
/// one name.
pub(super) fn networks(seen: &Seen<'_>, ssid: &str, clients: &str) -> Vec<Network> {
    let row = |(index, value): (&[u32], &Value)| {
        let clients = value.as_f64().and_then(count)?;
        // One without a name is none.
        Some(seen.answers.cell_text(ssid, index).map(|ssid| Network { ssid, clients }))
    };
    // What is no count may be of any of them: then nobody's is known.
    let rows: Option<Vec<Option<Network>>> = seen.answers.column(clients).map(row).collect();
    rows.unwrap_or_default().into_iter().flatten().collect()
}

/// The same where each radio has a row for each network: summed by name.
pub(super) fn networks_of_radios(seen: &Seen<'_>, ssid: &str, clients: &str) -> Vec<Network> {
    let mut sums = Networks::default();
    for network in networks(seen, ssid, clients) {
        sums.add(Some(network.ssid), Some(network.clients));
    }
    sums.into_list()
}

/// Everybody on these networks; nobody knows when there are none.
pub(super) fn everybody(networks: &[Network]) -> Option<u32> {
    networks.iter().map(|network| network.clients).reduce(u32::saturating_add)
}

/// Everybody on these radios, of which some tell.
pub(super) fn on_radios(radios: &[Radio]) -> Option<u32> {
    radios.iter().filter_map(|radio| radio.clients).reduce(u32::saturating_add)
}

/// The sum of a column of counts; of one with something else in it there is none.
pub(super) fn sum(seen: &Seen<'_>, column: &str) -> Option<u32> {
    let counts = seen.answers.column(column).map(|(_, value)| count(value.as_f64()?));
    counts.collect::<Option<Vec<u32>>>()?.into_iter().reduce(u32::saturating_add)
}

/// One instance as a count.
pub(super) fn single(seen: &Seen<'_>, name: &str) -> Option<u32> {
    count(seen.answers.number(name)?)
}

/// One radio for each row of a column that `make` makes one of.
pub(super) fn radios(seen: &Seen<'_>, column: &str, make: impl Fn(&[u32], &Value) -> Option<Radio>) -> Vec<Radio> {
    seen.answers.column(column).filter_map(|(index, value)| make(index, value)).take(RADIOS_MAX).collect()
}

/// One station for each row of a column that `make` makes one of.
pub(super) fn stations(
    seen: &Seen<'_>,
    column: &str,
    make: impl Fn(&[u32], &Value) -> Option<Station>,
) -> Vec<Station> {
    seen.answers.column(column).filter_map(|(index, value)| make(index, value)).take(STATIONS_MAX).collect()
}

/// The address that an index begins with, one number for each of its six octets, and what follows it.
pub(super) fn mac_of(index: &[u32]) -> Option<(Mac, &[u32])> {
    let (octets, rest) = index.split_at_checked(6)?;
    let mut mac = [0; 6];
    for (octet, number) in mac.iter_mut().zip(octets) {
        *octet = u8::try_from(*number).ok()?;
    }
    Some((Mac(mac), rest))
}

/// An address as six octets, or as the text that some devices send instead.
pub(super) fn mac(value: &Value) -> Option<Mac> {
    match value.as_octets()?.try_into() {
        Ok(octets) => Some(Mac(octets)),
        Err(_) => value.as_text()?.parse().ok(),
    }
}

/// A time in hundredths of a second, in seconds.
pub(super) fn seconds(ticks: f64) -> Option<u32> {
    count(ticks / 100.0)
}

/// Tells of the Wi-Fi if there is anything to tell.
pub(super) fn tell(condition: &mut Condition, wifi: Wifi) {
    if wifi != Wifi::default() {
        condition.wifi = Some(wifi);
    }
}

/// One more measured value.
pub(super) fn add(condition: &mut Condition, class: SensorClass, name: impl Into<String>, value: f64) {
    condition.sensors.push(SensorReading { class, name: name.into(), value, state: None });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_station_is_named_by_its_index_or_by_a_cell() {
        let mac_ = Mac([2, 0, 94, 0, 83, 255]);
        assert_eq!(mac_of(&[2, 0, 94, 0, 83, 255, 7]), Some((mac_, &[7][..])));
        assert_eq!([mac_of(&[2, 0, 94, 0, 83]), mac_of(&[2, 0, 94, 0, 83, 256])], [None; 2]);
        let told = |bytes: &[u8]| mac(&Value::Octets { bytes: bytes.into(), is_cut: false });
        assert_eq!([told(&mac_.0), told(b"02:00:5e:00:53:ff"), told(b"phone")], [Some(mac_), Some(mac_), None]);
    }
}
