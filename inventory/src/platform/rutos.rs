//! Teltonika RutOS. TELTONIKA-RUTX-MIB (E.48690); sysObjectID is net-snmp's. Numbers come as text, the modem's counters
//! as signed 32-bit numbers that go below zero, which are not read: the port's own are right. IMEI, IMSI and the
//! position are personal data and are not asked for.

use super::family::{Ask, Clues, Family, Name, Seen, Sensor, Source};
use crate::condition::{Condition, SensorClass as Class, SensorReading};

/// Every RUT, RUTX, RUTM and TRB.
pub(super) static FAMILY: Family = Family {
    key: "rutos",
    platform: "rutos",
    vendor: Some("Teltonika"),
    recognise: |clues: &Clues<'_>| clues.yes_or_probe(clues.is_below("1.3.6.1.4.1.48690")),
    // RouterName of RUT9xx and RUT2xx with the first firmware, which has its modem under 2 without a table.
    probes: &["1.3.6.1.4.1.48690.1.3", "1.3.6.1.4.1.48690.1.6", "1.3.6.1.4.1.48690.2.14"],
    model: &[
        Source::Within("1.3.6.1.4.1.48690.1.3.0", model),
        Source::Object("1.3.6.1.4.1.48690.1.3.0"),
        Source::Object("1.3.6.1.4.1.48690.1.2.0"),
    ],
    version: &[Source::Object("1.3.6.1.4.1.48690.1.6.0")],
    serial: &[Source::Object("1.3.6.1.4.1.48690.1.1.0")],
    sensors: &[MODEM],
    live: &[
        Ask::Columns("1.3.6.1.4.1.48690.2.2.1", &[9, 10, 11, 15, 16]),
        Ask::Columns("1.3.6.1.4.1.48690.6.2.1", &[6]),
    ],
    facts: &[Ask::Columns("1.3.6.1.4.1.48690.6.2.1", &[2])],
    read,
    is_gateway: true,
    ..Family::UNKNOWN
};

/// modemTable: RSSI 12, temperature 17 (tenths), cell 18, SINR 19, RSRP 20, RSRQ 21. `N/A` without a signal.
const MODEM: &[Sensor] = &[
    Sensor::column(Class::Rssi, Name::Row("modem"), "1.3.6.1.4.1.48690.2.2.1.12"),
    Sensor::column(Class::Temperature, Name::Row("modem"), "1.3.6.1.4.1.48690.2.2.1.17").times(0.1),
    Sensor::column(Class::Cell, Name::Row("modem"), "1.3.6.1.4.1.48690.2.2.1.18"),
    Sensor::column(Class::Sinr, Name::Row("modem"), "1.3.6.1.4.1.48690.2.2.1.19"),
    Sensor::column(Class::Rsrp, Name::Row("modem"), "1.3.6.1.4.1.48690.2.2.1.20"),
    Sensor::column(Class::Rsrq, Name::Row("modem"), "1.3.6.1.4.1.48690.2.2.1.21"),
    // TELTONIKA-MIB of the first firmware: signal 4, temperature 9 (tenths), RSRP 23.
    Sensor::object(Class::Signal, "modem", "1.3.6.1.4.1.48690.2.4.0").only(|dbm| dbm < 0.0),
    Sensor::object(Class::Temperature, "modem", "1.3.6.1.4.1.48690.2.9.0").times(0.1),
    Sensor::object(Class::Rsrp, "modem", "1.3.6.1.4.1.48690.2.23.0").only(|dbm| dbm < 0.0),
    Sensor::object(Class::Count, "GPS satellites", "1.3.6.1.4.1.48690.3.5.0"),
    Sensor::column(Class::State, Name::Cell("1.3.6.1.4.1.48690.6.2.1.2", "type"), "1.3.6.1.4.1.48690.6.2.1.7")
        .states(&[(0, "output"), (1, "input")]),
];

/// The product code `RUTX1100XXXX` begins with the model: letters, then two digits after an X or M, else three.
fn model(code: &str) -> Option<String> {
    let letters = code.bytes().take_while(u8::is_ascii_uppercase).count();
    let digits = if code[..letters].ends_with(['X', 'M']) { 2 } else { 3 };
    let model = code.get(..letters + digits)?;
    (letters >= 3 && model[letters..].bytes().all(|byte| byte.is_ascii_digit())).then(|| model.to_owned())
}

/// States that are words. The number is the place in the list.
fn read(seen: &Seen<'_>, condition: &mut Condition) {
    const SIM: &[&str] = &["inserted", "not inserted"];
    const PIN: &[&str] = &["not inserted", "not ready", "ready", "required pin", "required puk"];
    const NET: &[&str] =
        &["not registered", "registered (home)", "searching", "denied", "unknown", "registered (roaming)"];
    const CONNECTION: &[&str] = &["connected", "disconnected"];
    const TYPE: &[&str] = &["lte", "3g", "2g", "5g"];
    const LEVEL: &[&str] = &["low", "high"];
    // RUT2xx (TELTONIKA-RUT2-MIB) has other words in another order.
    const PIN_2: &[&str] = &["pin required", "not ready", "ready", "unknown", "sim not inserted", "ok"];
    const NET_2: &[&str] = &[
        "searching",
        "registered (home)",
        "registered (roaming)",
        "unknown",
        "unregistered",
        "registered, home",
        "denied",
        "registered, roaming",
    ];
    const CONNECTION_2: &[&str] = &["connected", "not connected", "disconnected"];
    const TYPE_2: &[&str] = &["lte", "4g", "3g", "2g", "wcdma", "unknown", "auto", "no service", "gsm", "gprs", "edge"];
    let version = seen.answers.text("1.3.6.1.4.1.48690.1.6.0").unwrap_or_default();
    let is_2xx = version.starts_with("RUT2_");
    let either = |first: &'static [&'static str], second| if is_2xx { second } else { first };
    let tables: [(&str, &str, &[&'static str]); 6] = [
        ("1.3.6.1.4.1.48690.2.2.1.9", "SIM", SIM),
        ("1.3.6.1.4.1.48690.2.2.1.10", "SIM PIN", either(PIN, PIN_2)),
        ("1.3.6.1.4.1.48690.2.2.1.11", "mobile network", either(NET, NET_2)),
        ("1.3.6.1.4.1.48690.2.2.1.15", "connection", either(CONNECTION, CONNECTION_2)),
        ("1.3.6.1.4.1.48690.2.2.1.16", "connection type", either(TYPE, TYPE_2)),
        ("1.3.6.1.4.1.48690.6.2.1.6", "input or output", LEVEL),
    ];
    for (column, name, words) in tables {
        for (index, value) in seen.answers.column(column) {
            let Some(text) = value.as_text().map(|text| text.to_lowercase()) else { continue };
            if let Some(place) = words.iter().position(|word| *word == text) {
                let name = format!("{name} {}", index.last().copied().unwrap_or_default());
                let state = Some(words[place].into());
                condition.sensors.push(SensorReading { class: Class::State, name, value: place as f64, state });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_is_the_beginning_of_the_product_code() {
        for (code, told) in [("RUTX1100XXXX", "RUTX11"), ("RUT240012000", "RUT240"), ("RUTM50100000", "RUTM50")] {
            assert_eq!(model(code).as_deref(), Some(told));
        }
        assert_eq!([model("RUT"), model(""), model("X1")], [None, None, None]);
    }
}
