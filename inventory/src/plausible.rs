//! What no device of this world measures: a number of another type or width than its MIB says, or of firmware with a
//! fault, is no reading. Bounds are wide: they tell nonsense, not trouble.

use std::ops::RangeInclusive;

use crate::condition::{Condition, Radio, SensorClass, SensorReading};

/// MHz: from below the lowest radio that village links use to above E band (ITU-R F.2006: 86 GHz).
const MHZ: RangeInclusive<f64> = 100.0..=100_000.0;
/// dBm: what a radio may send with.
const SENT_DBM: RangeInclusive<f64> = -50.0..=70.0;
/// dBm: what it may hear, down from far below the noise of any receiver (-174 dBm/Hz).
const HEARD_DBM: RangeInclusive<f64> = -200.0..=70.0;
const PERCENT: RangeInclusive<f64> = 0.0..=100.0;
/// More than any controller carries.
const CLIENTS_MAX: u32 = 1_000_000;

/// Takes out what cannot be.
pub(crate) fn keep_plausible(condition: &mut Condition) {
    condition.sensors.retain(is_plausible);
    let Some(wifi) = &mut condition.wifi else { return };
    wifi.clients = wifi.clients.filter(|clients| *clients <= CLIENTS_MAX);
    wifi.access_points = wifi.access_points.filter(|access_points| *access_points <= CLIENTS_MAX);
    wifi.networks.retain(|network| network.clients <= CLIENTS_MAX);
    wifi.radios.iter_mut().for_each(keep_of_radio);
    for station in &mut wifi.stations {
        station.signal_dbm = station.signal_dbm.filter(|dbm| HEARD_DBM.contains(dbm));
        station.snr_db = station.snr_db.filter(|db| range(SensorClass::Snr).contains(db));
        for rate in [&mut station.tx_bps, &mut station.rx_bps] {
            *rate = rate.filter(|bps| range(SensorClass::Rate).contains(bps));
        }
    }
}

fn keep_of_radio(radio: &mut Radio) {
    radio.frequency_mhz = radio.frequency_mhz.filter(|mhz| MHZ.contains(mhz));
    radio.tx_power_dbm = radio.tx_power_dbm.filter(|dbm| SENT_DBM.contains(dbm));
    radio.noise_dbm = radio.noise_dbm.filter(|dbm| HEARD_DBM.contains(dbm));
    radio.utilization_percent = radio.utilization_percent.filter(|percent| PERCENT.contains(percent));
    radio.clients = radio.clients.filter(|clients| *clients <= CLIENTS_MAX);
}

fn is_plausible(sensor: &SensorReading) -> bool {
    range(sensor.class).contains(&sensor.value)
}

/// In the unit of the class.
fn range(class: SensorClass) -> RangeInclusive<f64> {
    match class {
        SensorClass::Temperature => -100.0..=300.0,
        SensorClass::Voltage | SensorClass::Current => -10_000.0..=10_000.0,
        SensorClass::Power => -1e6..=1e6,
        SensorClass::FanSpeed => 0.0..=200_000.0,
        SensorClass::Frequency => 0.0..=1_000.0,
        SensorClass::Charge | SensorClass::Humidity | SensorClass::Utilization | SensorClass::ErrorRatio => PERCENT,
        // Makers go above 100.
        SensorClass::Load | SensorClass::Ccq | SensorClass::Quality | SensorClass::Capacity => 0.0..=1_000.0,
        SensorClass::Runtime => 0.0..=1e6,
        // INTEGER of SMIv2 (RFC 2578 §7.1.1).
        SensorClass::State => f64::from(i32::MIN)..=f64::from(u32::MAX),
        SensorClass::Count | SensorClass::Cell => -1e15..=1e15,
        SensorClass::Errors => 0.0..=1e19,
        SensorClass::Dbm | SensorClass::Signal | SensorClass::Rssi | SensorClass::NoiseFloor | SensorClass::Rsrp => {
            HEARD_DBM
        }
        SensorClass::Snr | SensorClass::Rsrq | SensorClass::Sinr => -100.0..=150.0,
        SensorClass::Rate => 0.0..=1e13,
        SensorClass::Distance => 0.0..=2_000.0,
        SensorClass::Mcs => -1.0..=1_000.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::condition::Wifi;

    #[test]
    fn what_no_device_measures_is_taken_out_and_what_is_bad_stays() {
        let sensor = |class, value| SensorReading { class, name: "x".to_owned(), value, state: None };
        let bad = [
            sensor(SensorClass::Temperature, 94.0),
            sensor(SensorClass::Snr, -3.0),
            sensor(SensorClass::Load, 130.0),
            sensor(SensorClass::State, -1.0),
        ];
        let nonsense = [
            sensor(SensorClass::Temperature, 5000.0),
            sensor(SensorClass::Snr, i64::MAX as f64),
            sensor(SensorClass::Charge, 101.0),
            sensor(SensorClass::Rate, f64::NAN),
        ];
        let radio =
            Radio { frequency_mhz: Some(1e18), noise_dbm: Some(-95.0), clients: Some(u32::MAX), ..Radio::default() };
        let mut condition = Condition {
            sensors: [&bad[..], &nonsense[..]].concat(),
            wifi: Some(Wifi { radios: vec![radio], ..Wifi::default() }),
            ..Condition::default()
        };
        keep_plausible(&mut condition);
        assert_eq!(condition.sensors, bad);
        let told = Radio { noise_dbm: Some(-95.0), ..Radio::default() };
        assert_eq!(condition.wifi.map(|wifi| wifi.radios), Some(vec![told]));
    }
}
