//! Fortinet: FortiAP (FORTINET-FORTIAP-MIB, E.12356.120), FortiGate (FORTINET-FORTIGATE-MIB, E.12356.101), FortiSwitch
//! (FORTINET-FORTISWITCH-MIB, E.12356.106; after the MIB).

use super::family::{Ask, Clues, Cpu, Family, Memory, Name, Seen, Sensor, Source, between, word, yes_if};
use super::wifi::{self, count, everybody, networks_of_radios};
use super::{entity, poe};
use crate::condition::{Condition, Radio, SensorClass as Class, Wifi, channel_mhz};

/// fapRadioEntry: TxPower 10, Channel 14, utilisation 15 (%).
const RADIO: &str = "1.3.6.1.4.1.12356.120.4.1.1";
/// fapVapEntry, by radio and number: SSID 4, stations 45.
const VAP: &str = "1.3.6.1.4.1.12356.120.7.1.1";

/// FortiAP.
pub(super) static FORTIAP: Family = Family {
    key: "fortiap",
    platform: "fortinet",
    vendor: Some("Fortinet"),
    recognise: |clues: &Clues<'_>| yes_if(clues.is_below("1.3.6.1.4.1.12356.120")),
    // `FP231G-v7.4-build0771`: the model is its first part with FP for FortiAP.
    model: &[Source::Within("1.3.6.1.4.1.12356.120.1.1.0", |text| {
        let model = text.split('-').next()?;
        Some(model.strip_prefix("FP").map_or_else(|| model.to_owned(), |number| format!("FortiAP {number}")))
    })],
    version: &[Source::Object("1.3.6.1.4.1.12356.120.1.1.0")],
    serial: &[Source::Object("1.3.6.1.4.1.12356.120.1.2.0")],
    cpu: &[Cpu::Object("1.3.6.1.4.1.12356.120.3.41.0", 1.0)],
    memory: &[Memory::Percent("1.3.6.1.4.1.12356.120.3.42.0")],
    sensors: &[&[
        Sensor::object(Class::Temperature, "board", "1.3.6.1.4.1.12356.120.3.44.0"),
        Sensor::object(Class::Count, "stations", "1.3.6.1.4.1.12356.120.3.43.0"),
        Sensor::object(Class::State, "PoE mode", "1.3.6.1.4.1.12356.120.3.4.0").states(&[
            (0, "automatic"),
            (1, "802.3af"),
            (2, "802.3at"),
            (3, "power adapter"),
            (4, "by the controller"),
            (5, "full power"),
            (6, "high power"),
            (7, "low power"),
        ]),
    ]],
    facts: &[Ask::Columns(VAP, &[4])],
    live: &[Ask::Columns(RADIO, &[10, 14, 15]), Ask::Columns(VAP, &[45])],
    read: read_fortiap,
    ..Family::UNKNOWN
};

fn read_fortiap(seen: &Seen<'_>, condition: &mut Condition) {
    let answers = seen.answers;
    let on_radio = |radio: u32| {
        let vaps = answers.column(&format!("{VAP}.45"));
        vaps.filter(|(index, _)| index.first() == Some(&radio))
            .filter_map(|(_, value)| count(value.as_f64()?))
            .reduce(u32::saturating_add)
    };
    // A radio that only listens shows channel 0 and a power.
    let radios = wifi::radios(seen, &format!("{RADIO}.14"), |index, channel| {
        let number = index.first().copied()?;
        let channel = channel.as_f64().and_then(count).filter(|channel| *channel > 0);
        Some(Radio {
            name: format!("radio {number}"),
            channel,
            frequency_mhz: channel.and_then(channel_mhz),
            tx_power_dbm: answers.cell_number(&format!("{RADIO}.10"), index),
            utilization_percent: answers.cell_number(&format!("{RADIO}.15"), index),
            clients: on_radio(number),
            ..Radio::default()
        })
    });
    let networks = networks_of_radios(seen, &format!("{VAP}.4"), &format!("{VAP}.45"));
    let clients = wifi::single(seen, "1.3.6.1.4.1.12356.120.3.43.0").or_else(|| everybody(&networks));
    wifi::tell(condition, Wifi { clients, radios, networks, ..Wifi::default() });
}

/// FortiGate: system information 4.1, processors 4.4.2.1, sensors 4.3.2.1.
pub(super) static FORTIGATE: Family = Family {
    key: "fortigate",
    platform: "fortinet",
    vendor: Some("Fortinet"),
    recognise: |clues: &Clues<'_>| yes_if(clues.is_below("1.3.6.1.4.1.12356.101")),
    model: &[Source::WithinColumn("1.3.6.1.2.1.47.1.1.1.1.13", |text| {
        // `FGT_60F`, `FWF_61E`, `FGT_VM64_KVM`, `FGR_60F`.
        let long = [
            ("FGR_", "FortiGate Rugged "),
            ("FGT_VM64", "FortiGate VM"),
            ("FGT_", "FortiGate "),
            ("FWF_", "FortiWiFi "),
        ];
        let named = long.iter().find_map(|(short, long)| Some(format!("{long}{}", text.strip_prefix(short)?)));
        named.or_else(|| (!text.is_empty()).then(|| text.to_owned()))
    })],
    version: &[Source::Within("1.3.6.1.4.1.12356.101.4.1.1.0", |text| between(text, "v", ","))],
    serial: &[Source::Column("1.3.6.1.2.1.47.1.1.1.1.11"), Source::Object("1.3.6.1.4.1.12356.100.1.1.1.0")],
    // fgSysCpuUsage is that of all of fgProcessorUsage.
    cpu: &[Cpu::Object("1.3.6.1.4.1.12356.101.4.1.3.0", 1.0), Cpu::Column("1.3.6.1.4.1.12356.101.4.4.2.1.2")],
    memory: &[Memory::Percent("1.3.6.1.4.1.12356.101.4.1.4.0")],
    sensors: &[GATE],
    facts: &[Ask::Columns(SENSOR, &[2])],
    live: &[Ask::Columns(SENSOR, &[3, 4])],
    read: read_sensors,
    is_gateway: true,
    ..Family::UNKNOWN
};

/// Tunnels 12, high availability 3.2, links 4.8 and 4.9 (SD-WAN: state 4), LTE 19.
const GATE: &[Sensor] = &[
    Sensor::object(Class::Count, "IPsec tunnels up", "1.3.6.1.4.1.12356.101.12.1.1.0"),
    Sensor::column(Class::Count, Name::Row("SSL VPN users of domain"), "1.3.6.1.4.1.12356.101.12.2.3.1.2"),
    Sensor::column(Class::Count, Name::Row("SSL VPN tunnels of domain"), "1.3.6.1.4.1.12356.101.12.2.3.1.6"),
    Sensor::column(Class::State, Name::Row("SSL VPN of domain"), "1.3.6.1.4.1.12356.101.12.2.3.1.1")
        .states(&[(1, "disabled"), (2, "enabled")]),
    Sensor::column(Class::State, Name::Row("domain"), "1.3.6.1.4.1.12356.101.3.2.1.1.4").states(&[
        (1, "primary"),
        (2, "secondary"),
        (3, "standalone"),
    ]),
    Sensor::column(Class::State, Name::Cell("1.3.6.1.4.1.12356.101.4.9.2.1.2", ""), "1.3.6.1.4.1.12356.101.4.9.2.1.4")
        .states(&[(0, "alive"), (1, "dead")]),
    Sensor::column(Class::State, Name::Cell("1.3.6.1.4.1.12356.101.4.8.2.1.2", ""), "1.3.6.1.4.1.12356.101.4.8.2.1.3")
        .states(&[(0, "alive"), (1, "dead")]),
    Sensor::column(Class::State, Name::Row("LTE session"), "1.3.6.1.4.1.12356.101.19.5.1.1.4").states(&[
        (0, "unknown"),
        (1, "disconnected"),
        (2, "connected"),
        (3, "suspended"),
        (4, "authenticating"),
    ]),
    Sensor::column(Class::Signal, Name::Row("LTE"), "1.3.6.1.4.1.12356.101.19.3.1.1.11").only(|dbm| dbm < 0.0),
];

/// fgHwSensorEntry: name 2, value 3 (text), alarm 4. The name says what is measured; -1 is none.
const SENSOR: &str = "1.3.6.1.4.1.12356.101.4.3.2.1";

fn read_sensors(seen: &Seen<'_>, condition: &mut Condition) {
    let answers = seen.answers;
    for (index, name) in answers.column(&format!("{SENSOR}.2")) {
        let Some(name) = name.as_text().filter(|name| !name.is_empty()) else { continue };
        if let Some(alarm) = answers.cell_number(&format!("{SENSOR}.4"), index) {
            wifi::add(condition, Class::State, name.clone(), alarm);
        }
        let class = match name.as_str() {
            name if name.contains("Temp") => Class::Temperature,
            name if name.contains("Fan") => Class::FanSpeed,
            name if name.contains("VCC") => Class::Voltage,
            _ => continue,
        };
        if let Some(value) = answers.cell_number(&format!("{SENSOR}.3"), index).filter(|value| *value != -1.0) {
            wifi::add(condition, class, name, value);
        }
    }
}

/// FortiSwitch (FORTINET-FORTISWITCH-MIB): `FortiSwitch-108E-POE v6.4.6,build0470,210304 (GA)`.
pub(super) static FORTISWITCH: Family = Family {
    key: "fortiswitch",
    platform: "fortinet",
    vendor: Some("Fortinet"),
    recognise: |clues: &Clues<'_>| yes_if(clues.is_below("1.3.6.1.4.1.12356.106")),
    model: &[Source::Within("1.3.6.1.4.1.12356.106.4.1.1.0", |text| word(text, 0))],
    version: &[Source::Within("1.3.6.1.4.1.12356.106.4.1.1.0", |text| between(text, " v", ","))],
    serial: &[Source::Object("1.3.6.1.4.1.12356.100.1.1.1.0"), Source::Column("1.3.6.1.2.1.47.1.1.1.1.11")],
    cpu: &[Cpu::Object("1.3.6.1.4.1.12356.106.4.1.2.0", 1.0)],
    memory: &[Memory::Used("1.3.6.1.4.1.12356.106.4.1.3.0", "1.3.6.1.4.1.12356.106.4.1.4.0")],
    sensors: &[poe::MAIN],
    facts: entity::FACTS,
    live: entity::LIVE,
    read: entity::read,
    ..Family::UNKNOWN
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::mib::{Answers, Value};
    use crate::platform::reading::{condition, identify};
    use crate::reading::Identity;

    fn answers(told: &[(&str, Value)]) -> Answers {
        let mut answers = Answers::default();
        for (name, value) in told {
            answers.insert(name.parse().unwrap(), value.clone());
        }
        answers
    }

    fn text(text: &str) -> Value {
        Value::Octets { bytes: text.into(), is_cut: false }
    }

    #[test]
    fn what_a_sensor_of_a_firewall_measures_stands_in_its_name() {
        let told = condition(
            &FORTIGATE,
            &answers(&[
                ("1.3.6.1.4.1.12356.101.4.3.2.1.2.1", text("CPU Temp")),
                ("1.3.6.1.4.1.12356.101.4.3.2.1.3.1", text("45.5")),
                ("1.3.6.1.4.1.12356.101.4.3.2.1.4.1", Value::Integer(0)),
                ("1.3.6.1.4.1.12356.101.4.3.2.1.2.2", text("Fan 1")),
                ("1.3.6.1.4.1.12356.101.4.3.2.1.3.2", text("-1")),
                ("1.3.6.1.4.1.12356.101.4.3.2.1.2.3", text("+VCC3.3")),
                ("1.3.6.1.4.1.12356.101.4.3.2.1.3.3", text("3.31")),
            ]),
            &[],
        );
        let by_class: BTreeMap<_, _> = told.sensors.iter().map(|s| (s.class.as_str(), s.value)).collect();
        assert_eq!(by_class, BTreeMap::from([("state", 0.0), ("temperature", 45.5), ("voltage", 3.31)]));
    }

    #[test]
    fn a_switch_says_what_it_is_in_one_line() {
        let mut identity = Identity::default();
        let line = text("FortiSwitch-108E-POE v6.4.6,build0470,210304 (GA)");
        let told = answers(&[
            ("1.3.6.1.4.1.12356.106.4.1.1.0", line),
            ("1.3.6.1.4.1.12356.106.4.1.3.0", Value::Gauge32(100)),
            ("1.3.6.1.4.1.12356.106.4.1.4.0", Value::Gauge32(400)),
        ]);
        identify(&FORTISWITCH, &told, &mut identity);
        assert_eq!(identity.model.as_deref(), Some("FortiSwitch-108E-POE"));
        assert_eq!(identity.version.as_deref(), Some("6.4.6"));
        assert_eq!(condition(&FORTISWITCH, &told, &[]).memory_used_percent, Some(25.0));
    }
}
