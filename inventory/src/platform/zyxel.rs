//! Zyxel: firewalls (ZyWALL, USG, ATP, VPN: ZYXEL-ZYWALL-ZLD-COMMON-MIB, E.890.1.6.22), access points (NWA, WAC, WAX:
//! ZYXEL-ES-WIRELESS, E.890.1.15.3.5), switches (ES, GS, XGS, XS: ZYXEL-ES-COMMON, ZYXEL-HW-MONITOR-MIB,
//! ZYXEL-TRANSCEIVER-MIB, E.890.1.15.3; older ones by model under E.890.1.5.8). USG Flex H is net-snmp beside it.

use super::family::{Ask, Clues, Cpu, Family, Memory, Name, Seen, Sensor, Source, word, yes_if};
use super::wifi::{self, count};
use super::{entity, poe};
use crate::condition::{Condition, Radio, SensorClass as Class, Wifi, channel_mhz};

/// sysProductModel, sysSwVersionString (`V4.73(ABKG.2) | 10/30/2023`), sysProductSerialNumber of ZYXEL-ES-COMMON.
const MODEL: Source = Source::Object("1.3.6.1.4.1.890.1.15.3.1.11.0");
const VERSION: Source = Source::Within("1.3.6.1.4.1.890.1.15.3.1.6.0", |text| {
    text.split(" | ").next().map(|version| version.trim().to_owned())
});
const SERIAL: Source = Source::Object("1.3.6.1.4.1.890.1.15.3.1.12.0");

/// sysCPUUsage and sysRAMUsage of the firewalls, which the access points have too.
const ZLD_CPU: Cpu = Cpu::Object("1.3.6.1.4.1.890.1.6.22.1.1.0", 1.0);
const ZLD_MEMORY: Memory = Memory::Percent("1.3.6.1.4.1.890.1.6.22.1.2.0");
/// sysMgmtMemUsage of the rest.
const MEMORY: Memory = Memory::Percent("1.3.6.1.4.1.890.1.15.3.2.5.0");

/// Firewalls, and what is of no other line.
pub(super) static FAMILY: Family = Family {
    key: "zyxel",
    platform: "zyxel",
    vendor: Some("Zyxel"),
    recognise: |clues: &Clues<'_>| clues.yes_or_probe(clues.is_below("1.3.6.1.4.1.890")),
    probes: &["1.3.6.1.4.1.890.1.15.3.1"],
    model: &[MODEL, Source::Descr(|descr| word(descr, 0))],
    version: &[VERSION],
    serial: &[SERIAL],
    cpu: &[ZLD_CPU, Cpu::Object("1.3.6.1.4.1.890.1.15.3.2.4.0", 1.0), Cpu::HOST[0]],
    memory: &[ZLD_MEMORY, MEMORY, Memory::Storage],
    // vpnConnectStatus.
    sensors: &[&[Sensor::column(Class::State, Name::Row("VPN"), "1.3.6.1.4.1.890.1.6.22.2.4.1.6")
        .states(&[(0, "disconnected"), (1, "connected")])]],
    is_gateway: true,
    ..Family::UNKNOWN
};

/// Access points.
pub(super) static ACCESS_POINT: Family = Family {
    key: "zyxel-ap",
    recognise: |clues: &Clues<'_>| {
        let is_model = ["NWA", "WAC", "WAX", "WBE"].iter().any(|start| clues.descr.starts_with(start));
        yes_if(is_model && clues.is_below("1.3.6.1.4.1.890"))
    },
    probes: &[],
    sensors: &[],
    live: &[Ask::Columns(RADIO, &[1, 2, 6]), Ask::Object("1.3.6.1.4.1.890.1.15.3.5.15.0")],
    read: read_access_point,
    ..FAMILY
};

/// wlanRadioEntry: the channel it is on 1 (newer firmware), station count 2, the channel set 6 (0 for automatic).
const RADIO: &str = "1.3.6.1.4.1.890.1.15.3.5.1.1";

fn read_access_point(seen: &Seen<'_>, condition: &mut Condition) {
    let radios = wifi::radios(seen, &format!("{RADIO}.2"), |index, clients| {
        let told = |number: u32| seen.answers.cell_number(&format!("{RADIO}.{number}"), index).and_then(count);
        let channel = [1, 6].into_iter().filter_map(told).find(|channel| *channel > 0);
        Some(Radio {
            name: format!("radio {}", index.first()?),
            channel,
            frequency_mhz: channel.and_then(channel_mhz),
            clients: clients.as_f64().and_then(count),
            ..Radio::default()
        })
    });
    let clients = wifi::single(seen, "1.3.6.1.4.1.890.1.15.3.5.15.0").or_else(|| wifi::on_radios(&radios));
    wifi::tell(condition, Wifi { clients, radios, ..Wifi::default() });
}

/// Switches. What is 0 or less there is not told.
pub(super) static SWITCH: Family = Family {
    key: "zyxel-switch",
    recognise: |clues: &Clues<'_>| {
        let is_model =
            ["ES", "GS", "MES", "MGS", "XS", "XGS", "XMG"].iter().any(|start| clues.descr.starts_with(start));
        yes_if(is_model && clues.is_below("1.3.6.1.4.1.890"))
    },
    probes: &[],
    model: &[MODEL, Source::Descr(|descr| Some(descr.to_owned()))],
    serial: &[
        SERIAL,
        Source::Object("1.3.6.1.4.1.890.1.5.8.20.1.10.0"),
        Source::Object("1.3.6.1.4.1.890.1.5.8.47.1.10.0"),
        Source::Object("1.3.6.1.4.1.890.1.5.8.55.1.10.0"),
    ],
    // sysMgmtCPUUsage of GS4012F, GS2200-24 and MGS3712, sysMgmtCPU5SecUsage of the rest.
    cpu: &[
        Cpu::Object("1.3.6.1.4.1.890.1.15.3.2.7.0", 1.0),
        Cpu::Object("1.3.6.1.4.1.890.1.5.8.20.12.7.0", 1.0),
        Cpu::Object("1.3.6.1.4.1.890.1.5.8.55.12.7.0", 1.0),
        Cpu::Object("1.3.6.1.4.1.890.1.5.8.47.11.7.0", 1.0),
        Cpu::HOST[0],
    ],
    memory: &[MEMORY, Memory::Storage],
    sensors: &[MONITOR, poe::MAIN],
    facts: &[Ask::Columns(DDMI, &[2]), entity::STANDARD_FACTS[0], entity::STANDARD_FACTS[1]],
    live: &[Ask::Columns(DDMI, &[6]), entity::STANDARD_LIVE],
    read: read_switch,
    ..FAMILY
};

/// zyxelHwMonitor: fans 1.1 (rpm), temperatures 1.2, voltages 1.3 (mV), each with the description in column 2 and the
/// value in 3; of MGS3712 fanRpm 8.1, temp 8.2, voltage 8.3 with the value in 2.
const MONITOR: &[Sensor] = &[
    Sensor::column(Class::FanSpeed, Name::Row("fan"), "1.3.6.1.4.1.890.1.15.3.26.1.1.1.3").only(|rpm| rpm >= 0.0),
    Sensor::column(Class::Temperature, Name::Row("temperature"), "1.3.6.1.4.1.890.1.15.3.26.1.2.1.3"),
    Sensor::column(Class::Voltage, Name::Row("voltage"), "1.3.6.1.4.1.890.1.15.3.26.1.3.1.3")
        .times(0.001)
        .only(|millivolts| millivolts >= 0.0),
    Sensor::column(Class::FanSpeed, Name::Row("fan"), "1.3.6.1.4.1.890.1.5.8.47.8.1.1.2").only(|rpm| rpm >= 0.0),
    Sensor::column(Class::Temperature, Name::Row("temperature"), "1.3.6.1.4.1.890.1.5.8.47.8.2.1.2"),
    Sensor::column(Class::Voltage, Name::Row("voltage"), "1.3.6.1.4.1.890.1.5.8.47.8.3.1.2")
        .times(0.001)
        .only(|millivolts| millivolts >= 0.0),
];

/// zyTransceiverDdmiEntry, by port and number: description 2 (`TxPower`, `RxPower`), current value 6 (1/100 dBm for
/// those two; 0 without a module).
const DDMI: &str = "1.3.6.1.4.1.890.1.15.3.84.1.2.1";

fn read_switch(seen: &Seen<'_>, condition: &mut Condition) {
    for (index, value) in seen.answers.column(&format!("{DDMI}.6")) {
        let what = seen.answers.cell_text(&format!("{DDMI}.2"), index).unwrap_or_default();
        let after = match what.as_str() {
            "TxPower" => "Tx",
            "RxPower" => "Rx",
            _ => continue,
        };
        if let ([port, ..], Some(hundredths)) = (index, value.as_f64().filter(|value| *value != 0.0)) {
            wifi::add(condition, Class::Dbm, format!("{} {after}", seen.port(*port)), hundredths / 100.0);
        }
    }
    entity::read(seen, condition);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mib::{Answers, Value};
    use crate::platform::reading::condition;

    fn text(text: &str) -> Value {
        Value::Octets { bytes: text.into(), is_cut: false }
    }

    fn answers(told: &[(String, Value)]) -> Answers {
        let mut answers = Answers::default();
        for (name, value) in told {
            answers.insert(name.parse().unwrap(), value.clone());
        }
        answers
    }

    #[test]
    fn the_line_decides_what_is_read() {
        let is = |family: &Family, descr: &str| {
            let clues = Clues { descr, object_id: "1.3.6.1.4.1.890.1.15", probed: None };
            (family.recognise)(&clues) == super::super::family::Verdict::Yes
        };
        assert!(is(&ACCESS_POINT, "NWA1123-ACv2") && !is(&ACCESS_POINT, "USG40W") && !is(&SWITCH, "NWA90AX"));
        assert!(is(&SWITCH, "GS1900-24E") && is(&SWITCH, "XGS2220-30HP") && !is(&SWITCH, "USG FLEX 100"));
    }

    #[test]
    fn an_access_point_tells_of_its_radios_and_of_all() {
        let told = answers(&[
            (format!("{RADIO}.2.1"), Value::Integer(4)),
            (format!("{RADIO}.6.1"), Value::Integer(11)),
            (format!("{RADIO}.2.2"), Value::Integer(9)),
            (format!("{RADIO}.6.2"), Value::Integer(44)),
            ("1.3.6.1.4.1.890.1.15.3.5.15.0".into(), Value::Integer(13)),
        ]);
        let wifi = condition(&ACCESS_POINT, &told, &[]).wifi.unwrap();
        let radios: Vec<_> = wifi.radios.iter().map(|radio| (radio.frequency_mhz, radio.clients)).collect();
        assert_eq!((wifi.clients, radios), (Some(13), vec![(Some(2462.0), Some(4)), (Some(5220.0), Some(9))]));
    }

    #[test]
    fn of_a_module_the_light_is_told_and_nothing_without_one() {
        let told = answers(&[
            (format!("{DDMI}.2.25.4"), text("TxPower")),
            (format!("{DDMI}.6.25.4"), Value::Integer(-250)),
            (format!("{DDMI}.2.25.5"), text("RxPower")),
            (format!("{DDMI}.6.25.5"), Value::Integer(0)),
            (format!("{DDMI}.2.25.1"), text("Temperature")),
            (format!("{DDMI}.6.25.1"), Value::Integer(3500)),
        ]);
        let told: Vec<_> = condition(&SWITCH, &told, &[]).sensors.into_iter().map(|s| (s.class, s.value)).collect();
        assert_eq!(told, [(Class::Dbm, -2.5)]);
    }
}
