//! Cambium: ePMP (E.17713.21), cnPilot (E.17713.22), cnMatrix (E.17713.24, readings under Aricent's E.2076), PMP 450 and
//! Canopy (E.161.19).

use super::family::{Ask, Clues, Cpu, Family, Memory, Name, Seen, Sensor, Source, between, yes_if};
use super::wifi::{self, count, positive};
use crate::condition::{Condition, Radio, SensorClass as Class, Wifi, channel_mhz};
use crate::mib::Answers;

/// ePMP access points and subscriber units.
pub(super) static EPMP: Family = Family {
    key: "cambium-epmp",
    platform: "cambium",
    vendor: Some("Cambium"),
    recognise: |clues: &Clues<'_>| yes_if(clues.is_below("1.3.6.1.4.1.17713.21")),
    // wirelessInterfaceMode: access point 1, subscriber unit 2.
    model: &[Source::Made(&["1.3.6.1.4.1.17713.21.3.8.2.1.0"], |answers| {
        match answers.number("1.3.6.1.4.1.17713.21.3.8.2.1.0") {
            Some(1.0) => Some("ePMP AP".to_owned()),
            Some(2.0) => Some("ePMP SM".to_owned()),
            _ => Some("ePMP".to_owned()),
        }
    })],
    version: &[Source::Object("1.3.6.1.4.1.17713.21.1.1.17.0")],
    serial: &[Source::Object("1.3.6.1.4.1.17713.21.1.1.31.0")],
    cpu: &[Cpu::Object("1.3.6.1.4.1.17713.21.2.1.64.0", 10.0)],
    sensors: &[EPMP_SENSORS],
    live: &[
        Ask::Object("1.3.6.1.4.1.17713.21.1.2.1.0"),
        Ask::Object("1.3.6.1.4.1.17713.21.1.2.10.0"),
        Ask::Object("1.3.6.1.4.1.17713.21.3.8.2.6.0"),
    ],
    read: |seen, condition| {
        let number = |at: &str| seen.answers.number(&format!("1.3.6.1.4.1.17713.21.{at}.0"));
        let radio = Radio {
            name: "radio".to_owned(),
            frequency_mhz: number("1.2.1").and_then(positive),
            tx_power_dbm: number("3.8.2.6"),
            clients: number("1.2.10").and_then(count),
            ..Radio::default()
        };
        if radio.frequency_mhz.is_some() || radio.clients.is_some() {
            wifi::tell(condition, Wifi { clients: radio.clients, radios: vec![radio], ..Wifi::default() });
        }
    },
    ..Family::UNKNOWN
};

/// Subscriber's own RSSI 1.2.3 and SNR 1.2.18 (not on an access point, LibreNMS #19462); of an access point's stations
/// RSSI 4 and 5, SNR 6 and 7, MCS 8 and 9 (up, down), capacity 19, quality 20, distance 29 (m), name 18.
const EPMP_SENSORS: &[Sensor] = &[
    Sensor::object(Class::Rssi, "downlink", "1.3.6.1.4.1.17713.21.1.2.3.0").only(|dbm| dbm < 0.0),
    Sensor::object(Class::Snr, "downlink", "1.3.6.1.4.1.17713.21.1.2.18.0").only(|db| db > 0.0),
    Sensor::object(Class::Dbm, "Tx power", "1.3.6.1.4.1.17713.21.3.8.2.6.0"),
    Sensor::object(Class::State, "DFS", "1.3.6.1.4.1.17713.21.1.1.6.0").states(&[
        (1, "not applicable"),
        (2, "channel availability check"),
        (3, "in service"),
        (4, "radar signal detected"),
        (5, "alternate channel monitoring"),
        (6, "not in service"),
    ]),
    Sensor::object(Class::State, "synchronisation", "1.3.6.1.4.1.17713.21.1.1.7.0").states(&[
        (1, "GPS"),
        (2, "CMM3/CMM4"),
        (3, "internal"),
    ]),
    Sensor::object(Class::State, "frame ratio", "1.3.6.1.4.1.17713.21.1.1.10.0").states(&[
        (1, "75/25"),
        (2, "50/50"),
        (3, "30/70"),
        (4, "flexible"),
    ]),
    Sensor::object(Class::State, "synchronisation source", "1.3.6.1.4.1.17713.21.3.8.2.14.0").states(&[
        (1, "GPS"),
        (2, "CMM3/CMM4"),
        (3, "internal"),
    ]),
    Sensor::object(Class::State, "frame size", "1.3.6.1.4.1.17713.21.3.8.2.58.0"),
    Sensor::object(Class::State, "smart antenna", "1.3.6.1.4.1.17713.21.1.1.41.0"),
    Sensor::object(Class::Count, "radar detected", "1.3.6.1.4.1.17713.21.2.1.36.0"),
    Sensor::column(Class::Rssi, Name::Cell(STATION, "uplink"), "1.3.6.1.4.1.17713.21.1.2.30.1.4"),
    Sensor::column(Class::Rssi, Name::Cell(STATION, "downlink"), "1.3.6.1.4.1.17713.21.1.2.30.1.5"),
    Sensor::column(Class::Snr, Name::Cell(STATION, "uplink"), "1.3.6.1.4.1.17713.21.1.2.30.1.6"),
    Sensor::column(Class::Snr, Name::Cell(STATION, "downlink"), "1.3.6.1.4.1.17713.21.1.2.30.1.7"),
    Sensor::column(Class::Mcs, Name::Cell(STATION, "uplink"), "1.3.6.1.4.1.17713.21.1.2.30.1.8"),
    Sensor::column(Class::Mcs, Name::Cell(STATION, "downlink"), "1.3.6.1.4.1.17713.21.1.2.30.1.9"),
    Sensor::column(Class::Capacity, Name::Cell(STATION, "Tx"), "1.3.6.1.4.1.17713.21.1.2.30.1.19"),
    Sensor::column(Class::Quality, Name::Cell(STATION, "Tx"), "1.3.6.1.4.1.17713.21.1.2.30.1.20"),
    Sensor::column(Class::Distance, Name::Cell(STATION, ""), "1.3.6.1.4.1.17713.21.1.2.30.1.29").times(0.001),
];
const STATION: &str = "1.3.6.1.4.1.17713.21.1.2.30.1.18";

/// cnPilot E (CAMBIUM-MIB): access point 1.1, radios 2.1, one row each.
pub(super) static CNPILOT: Family = Family {
    key: "cambium-cnpilot",
    platform: "cambium",
    vendor: Some("Cambium"),
    recognise: |clues: &Clues<'_>| yes_if(clues.is_below("1.3.6.1.4.1.17713.22") || clues.descr.contains("cnPilot")),
    model: &[
        Source::Made(&["1.3.6.1.4.1.17713.22.1.1.1.5.0", "1.3.6.1.4.1.17713.22.1.1.1.10.0"], |answers| {
            // cambiumAPModel, cambiumAPHWType.
            let told = ["5", "10"].map(|number| answers.text(&format!("1.3.6.1.4.1.17713.22.1.1.1.{number}.0")));
            match told {
                [Some(model), Some(hardware)] if !hardware.contains(&model) => Some(format!("{model} {hardware}")),
                [_, Some(hardware)] => Some(hardware),
                [model, None] => model,
            }
        }),
        Source::Column("1.3.6.1.4.1.17713.22.1.1.1.5"),
        Source::Descr(|descr| between(descr, "cnPilot ", " ").map(|model| format!("cnPilot {model}"))),
    ],
    version: &[Source::Column("1.3.6.1.4.1.17713.22.1.1.1.8")],
    serial: &[Source::Column("1.3.6.1.4.1.17713.22.1.1.1.4")],
    cpu: &[Cpu::Column("1.3.6.1.4.1.17713.22.1.1.1.6")],
    facts: &[Ask::Columns(CNPILOT_RADIO, &[3])],
    live: &[Ask::Columns("1.3.6.1.4.1.17713.22.1.1.1", &[14]), Ask::Columns(CNPILOT_RADIO, &[5, 6, 8, 16, 18])],
    read: read_cnpilot,
    ..Family::UNKNOWN
};

/// Band 3, clients 5, channel 6, power 8 (dBm), noise 16 (dBm), airtime 18 (%), the numbers as text.
const CNPILOT_RADIO: &str = "1.3.6.1.4.1.17713.22.1.2.1";

fn read_cnpilot(seen: &Seen<'_>, condition: &mut Condition) {
    let radios = wifi::radios(seen, &format!("{CNPILOT_RADIO}.6"), |index, channel| {
        let cell = |number: u32| seen.answers.cell_number(&format!("{CNPILOT_RADIO}.{number}"), index);
        let channel = channel.as_f64().and_then(count).filter(|channel| *channel > 0);
        let band = seen.answers.cell_text(&format!("{CNPILOT_RADIO}.3"), index);
        Some(Radio {
            name: band.unwrap_or_else(|| "radio".to_owned()),
            channel,
            frequency_mhz: channel.and_then(channel_mhz),
            tx_power_dbm: cell(8),
            noise_dbm: cell(16).and_then(wifi::below_zero),
            utilization_percent: cell(18),
            clients: cell(5).and_then(count),
            ..Radio::default()
        })
    });
    let total = wifi::sum(seen, "1.3.6.1.4.1.17713.22.1.1.1.14");
    wifi::tell(condition, Wifi { clients: total.or_else(|| wifi::on_radios(&radios)), radios, ..Wifi::default() });
}

/// cnMatrix switches. Version and serial are told by the switch's own LLDP-MED inventory.
pub(super) static CNMATRIX: Family = Family {
    key: "cambium-cnmatrix",
    platform: "cambium",
    vendor: Some("Cambium"),
    recognise: |clues: &Clues<'_>| yes_if(clues.is_below("1.3.6.1.4.1.17713.24") || clues.descr.contains("cnMatrix")),
    model: &[
        Source::Descr(|descr| between(descr, "cnMatrix ", " ")),
        Source::Object("1.0.8802.1.1.2.1.5.4795.1.2.7.0"),
    ],
    version: &[Source::Descr(|descr| between(descr, "SW:", "")), Source::Object("1.0.8802.1.1.2.1.5.4795.1.2.4.0")],
    serial: &[Source::Object("1.0.8802.1.1.2.1.5.4795.1.2.5.0")],
    cpu: &[Cpu::Object("1.3.6.1.4.1.2076.81.1.68.0", 1.0)],
    memory: &[Memory::Percent("1.3.6.1.4.1.2076.81.1.73.0")],
    sensors: &[&[
        Sensor::object(Class::Temperature, "system", "1.3.6.1.4.1.2076.81.1.66.0"),
        Sensor::column(Class::Current, Name::Row("PoE port"), "1.3.6.1.4.1.2076.103.1.3.1.3").times(0.001),
        Sensor::column(Class::Voltage, Name::Row("PoE port"), "1.3.6.1.4.1.2076.103.1.3.1.4").times(0.1),
        Sensor::column(Class::Power, Name::Row("PoE port"), "1.3.6.1.4.1.2076.103.1.3.1.5").times(0.001),
    ]],
    ..Family::UNKNOWN
};

/// PMP 450, PTP 450, Canopy (WHISP-BOX-MIB 3.3, WHISP-APS-MIB 3.1).
pub(super) static PMP: Family = Family {
    key: "cambium-pmp",
    platform: "cambium",
    vendor: Some("Cambium"),
    recognise: |clues: &Clues<'_>| yes_if(clues.is_below("1.3.6.1.4.1.161.19") || clues.descr.starts_with("CANOPY")),
    model: &[Source::Made(&[PRODUCT, BOX, "1.3.6.1.4.1.161.19.3.3.1.7.0"], pmp_model)],
    // `CANOPY 15.1.3 SM-DES`: the first word that begins with a number and a point.
    version: &[Source::Descr(|descr| {
        let is_version = |word: &&str| word.contains('.') && word.starts_with(|first: char| first.is_ascii_digit());
        descr.split_whitespace().find(is_version).map(str::to_owned)
    })],
    sensors: &[PMP_SENSORS],
    facts: &[Ask::Object(BOX)],
    live: &[Ask::Object("1.3.6.1.4.1.161.19.3.1.7.1.0"), Ask::Object("1.3.6.1.4.1.161.19.3.1.7.37.0")],
    read: |seen, condition| {
        let clients = wifi::single(seen, "1.3.6.1.4.1.161.19.3.1.7.1.0");
        let carrier = seen.answers.number("1.3.6.1.4.1.161.19.3.1.7.37.0").and_then(positive);
        let frequency_mhz = carrier.map(|carrier| carrier_mhz(carrier, &seen.answers.text(BOX).unwrap_or_default()));
        if clients.is_some() || frequency_mhz.is_some() {
            let radio = Radio { name: "radio".to_owned(), frequency_mhz, clients, ..Radio::default() };
            wifi::tell(condition, Wifi { clients, radios: vec![radio], ..Wifi::default() });
        }
    },
    ..Family::UNKNOWN
};

/// productTypeName (`PMP 450i`) and boxDeviceType (`3.6GHz MIMO OFDM - Multipoint - Access Point`).
const PRODUCT: &str = "1.3.6.1.4.1.161.19.3.3.1.266.0";
const BOX: &str = "1.3.6.1.4.1.161.19.3.3.1.6.0";

/// The product with its role; on firmware without its name, what the kind of radio is sold as.
fn pmp_model(answers: &Answers) -> Option<String> {
    let radio = answers.text(BOX).unwrap_or_default();
    let product = answers.text(PRODUCT).or_else(|| {
        let kinds = [
            ("BHUL450", "PTP 450"),
            ("BHUL", "PTP 230"),
            ("BH20", "PTP 100"),
            ("MIMO OFDM", "PMP 450"),
            ("OFDM", "PMP 430"),
            ("GHz", "PMP 100"),
        ];
        kinds.iter().find(|(part, _)| radio.contains(part)).map(|(_, name)| (*name).to_owned())
    })?;
    let role = answers.text("1.3.6.1.4.1.161.19.3.3.1.7.0").or_else(|| {
        let roles = [("Access Point", "AP"), ("Subscriber", "SM")];
        roles.iter().find(|(part, _)| radio.contains(part)).map(|(_, role)| (*role).to_owned())
    });
    Some(format!("{product} {}", role.unwrap_or_default()).trim().to_owned())
}

/// currentRadioFreqCarrier in MHz: OFDM radios send kHz (those of PMP 430 tens of kHz, WHISP-APS-MIB), FSK ones of 2.4
/// GHz and 900 MHz hundreds of kHz, other FSK ones MHz. The number itself tells: no carrier of theirs is below 900 MHz or
/// above 6 GHz.
fn carrier_mhz(carrier: f64, radio: &str) -> f64 {
    match carrier {
        900_000.0.. => carrier / 1000.0,
        60_000.0.. if radio.contains("OFDM") => carrier / 100.0,
        9_000.0.. => carrier / 10.0,
        _ => carrier,
    }
}

/// Utilisation by 1, 5 and 15 minutes, down 1 and up 2; with MU-MIMO (450m) of the sector 29, MU 30, SU 31. Of a subscriber
/// its signal 2 (dBm), above noise vertical 95 and horizontal 106 (dB).
const PMP_SENSORS: &[Sensor] = &[
    Sensor::object(Class::Temperature, "box", "1.3.6.1.4.1.161.19.3.3.1.35.0"),
    Sensor::object(Class::Errors, "CRC errors", "1.3.6.1.4.1.161.19.3.3.1.223.0"),
    Sensor::object(Class::Errors, "received", "1.3.6.1.4.1.161.19.3.3.1.95.0"),
    Sensor::object(Class::Errors, "sent", "1.3.6.1.4.1.161.19.3.3.1.97.0"),
    Sensor::object(Class::Utilization, "downlink 1 min", "1.3.6.1.4.1.161.19.3.1.12.1.1.0"),
    Sensor::object(Class::Utilization, "uplink 1 min", "1.3.6.1.4.1.161.19.3.1.12.1.2.0"),
    Sensor::object(Class::Utilization, "downlink 5 min", "1.3.6.1.4.1.161.19.3.1.12.2.1.0"),
    Sensor::object(Class::Utilization, "uplink 5 min", "1.3.6.1.4.1.161.19.3.1.12.2.2.0"),
    Sensor::object(Class::Utilization, "downlink 15 min", "1.3.6.1.4.1.161.19.3.1.12.3.1.0"),
    Sensor::object(Class::Utilization, "uplink 15 min", "1.3.6.1.4.1.161.19.3.1.12.3.2.0"),
    Sensor::object(Class::Utilization, "MU-MIMO sector", "1.3.6.1.4.1.161.19.3.1.12.2.29.0"),
    Sensor::object(Class::Utilization, "MU-MIMO downlink", "1.3.6.1.4.1.161.19.3.1.12.2.30.0"),
    Sensor::object(Class::Utilization, "SU-MIMO downlink", "1.3.6.1.4.1.161.19.3.1.12.2.31.0"),
    Sensor::object(Class::Rssi, "link", "1.3.6.1.4.1.161.19.3.2.2.2.0"),
    Sensor::object(Class::Snr, "link horizontal", "1.3.6.1.4.1.161.19.3.2.2.106.0").only(|db| db > 0.0),
    Sensor::object(Class::Snr, "link vertical", "1.3.6.1.4.1.161.19.3.2.2.95.0").only(|db| db > 0.0),
    Sensor::object(Class::Snr, "first subscriber horizontal", "1.3.6.1.4.1.161.19.3.1.4.1.84.2").only(|db| db > 0.0),
    Sensor::object(Class::Snr, "first subscriber vertical", "1.3.6.1.4.1.161.19.3.1.4.1.74.2").only(|db| db > 0.0),
    Sensor::object(Class::State, "GPS", "1.3.6.1.4.1.161.19.3.1.3.1.0").states(&[
        (0, "no synchronisation"),
        (1, "synchronised"),
        (2, "lost synchronisation"),
        (3, "generating synchronisation"),
    ]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mib::Value;

    #[test]
    fn a_carrier_is_in_the_unit_of_its_radio() {
        for (carrier, radio, mhz) in [
            (3_650_000.0, "3.6GHz MIMO OFDM - Multipoint - Access Point", 3650.0),
            (578_000.0, "5.7GHz OFDM - Multipoint - Access Point", 5780.0),
            (24_370.0, "2.4GHz - Multipoint - Access Point", 2437.0),
            (9_060.0, "900MHz - Multipoint - Access Point", 906.0),
            (5_745.0, "5.7GHz - Multipoint - Subscriber Modem", 5745.0),
        ] {
            assert!((carrier_mhz(carrier, radio) - mhz).abs() < 1e-9, "{radio}");
        }
    }

    #[test]
    fn old_firmware_is_named_after_its_radio() {
        let told = |radio: &str, role: Option<&str>| {
            let mut answers = Answers::default();
            let text = |text: &str| Value::Octets { bytes: text.into(), is_cut: false };
            answers.insert(BOX.parse().unwrap(), text(radio));
            if let Some(role) = role {
                answers.insert("1.3.6.1.4.1.161.19.3.3.1.7.0".parse().unwrap(), text(role));
            }
            pmp_model(&answers)
        };
        assert_eq!(told("5.4GHz MIMO OFDM - Multipoint - Access Point", None).as_deref(), Some("PMP 450 AP"));
        assert_eq!(told("5.7GHz - Multipoint - Subscriber Modem", Some("SM")).as_deref(), Some("PMP 100 SM"));
        assert_eq!(told("", None), None);
    }
}
