//! Mimosa links (MIMOSA-NETWORKS-BFIVE-MIB, -PTMP-MIB: E.43356.2.1.2). Powers and noise in tenths of a dBm.

use super::family::{Ask, Clues, Family, Name, Seen, Sensor, Source, between, yes_if};
use super::wifi::{self, below_zero, positive};
use crate::condition::{Condition, Radio, SensorClass as Class, Wifi};

/// mimosaChainEntry: TxPower 2, RxPower 3, RxNoise 4, SNR 5 (tenths), Freq 6 (MHz).
const CHAIN: &str = "1.3.6.1.4.1.43356.2.1.2.6.1.1";
/// mimosaPtmpRadioEntry: name 2, Freq 7 (MHz), TxPower 10 (dBm), least RxPower 12.
const RADIO: &str = "1.3.6.1.4.1.43356.2.1.2.9.3.3.1";

/// B5, B5c, B11, A5, C5.
pub(super) static FAMILY: Family = Family {
    key: "mimosa",
    platform: "mimosa",
    vendor: Some("Mimosa"),
    recognise: |clues: &Clues<'_>| yes_if(clues.is_below("1.3.6.1.4.1.43356")),
    model: &[Source::Descr(|descr| between(descr, "Mimosa ", " ").map(|model| format!("Mimosa {model}")))],
    version: &[Source::Object("1.3.6.1.4.1.43356.2.1.2.1.3.0")],
    serial: &[Source::Object("1.3.6.1.4.1.43356.2.1.2.1.2.0")],
    sensors: &[&[
        Sensor::object(Class::Temperature, "inside", "1.3.6.1.4.1.43356.2.1.2.1.8.0").times(0.1),
        Sensor::object(Class::State, "satellite strength", "1.3.6.1.4.1.43356.2.1.2.2.5.0").states(&[
            (0, "none"),
            (1, "weak"),
            (2, "good"),
            (3, "excellent"),
        ]),
        Sensor::object(Class::ErrorRatio, "Tx", "1.3.6.1.4.1.43356.2.1.2.7.3.0").times(0.01),
        Sensor::object(Class::ErrorRatio, "Rx", "1.3.6.1.4.1.43356.2.1.2.7.4.0").times(0.01),
        Sensor::column(Class::Dbm, Name::Row("Rx chain"), "1.3.6.1.4.1.43356.2.1.2.6.1.1.3")
            .times(0.1)
            .only(|dbm| dbm < 0.0),
        Sensor::column(Class::Snr, Name::Row("chain"), "1.3.6.1.4.1.43356.2.1.2.6.1.1.5").times(0.1),
        Sensor::column(Class::Rate, Name::Row("Tx stream"), "1.3.6.1.4.1.43356.2.1.2.6.2.1.2").times(1e6),
        Sensor::column(Class::Rate, Name::Row("Rx stream"), "1.3.6.1.4.1.43356.2.1.2.6.2.1.5").times(1e6),
        Sensor::column(
            Class::Dbm,
            Name::Cell("1.3.6.1.4.1.43356.2.1.2.9.3.3.1.2", "least Rx"),
            "1.3.6.1.4.1.43356.2.1.2.9.3.3.1.12",
        )
        .only(|dbm| dbm < 0.0),
    ]],
    facts: &[Ask::Columns(RADIO, &[2])],
    live: &[Ask::Columns(CHAIN, &[2, 4, 6]), Ask::Columns(RADIO, &[7, 10])],
    read,
    ..Family::UNKNOWN
};

fn read(seen: &Seen<'_>, condition: &mut Condition) {
    let chain = |index: &[u32], number: u32| seen.answers.cell_number(&format!("{CHAIN}.{number}"), index);
    let mut radios = wifi::radios(seen, &format!("{CHAIN}.6"), |index, mhz| {
        Some(Radio {
            name: format!("chain {}", index.first()?),
            frequency_mhz: mhz.as_f64().and_then(positive),
            tx_power_dbm: chain(index, 2).map(|tenths| tenths / 10.0),
            noise_dbm: chain(index, 4).map(|tenths| tenths / 10.0).and_then(below_zero),
            ..Radio::default()
        })
    });
    radios.extend(wifi::radios(seen, &format!("{RADIO}.7"), |index, mhz| {
        let name = seen.answers.cell_text(&format!("{RADIO}.2"), index).unwrap_or_default();
        let tx_power_dbm = seen.answers.cell_number(&format!("{RADIO}.10"), index);
        Some(Radio { name, frequency_mhz: mhz.as_f64().and_then(positive), tx_power_dbm, ..Radio::default() })
    }));
    wifi::tell(condition, Wifi { radios, ..Wifi::default() });
}
