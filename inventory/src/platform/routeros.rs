//! MikroTik RouterOS. MIKROTIK-MIB (E.14988.1.1); model in entPhysicalDescr since 6.4x, in sysDescr on all.

use super::family::{Ask, Clues, Family, Name, Seen, Sensor, Source, between, yes_if};
use super::wifi::{self, Networks, below_zero, count, positive};
use crate::condition::{Condition, Radio, STATIONS_MAX, SensorClass as Class, Station, Wifi};
use crate::mib::Answers;

/// mtxrWlApEntry, by ifIndex: an interface that others connect to, real or virtual.
const AP: &str = "1.3.6.1.4.1.14988.1.1.1.3.1";
/// mtxrWlStatEntry, by ifIndex: an interface that is connected somewhere.
const STATION: &str = "1.3.6.1.4.1.14988.1.1.1.1.1";
/// mtxrWlRtabEntry, by MAC and ifIndex: who is connected. Strength 3 (dBm), TxRate 8 and RxRate 9 (bit/s), Uptime 11,
/// SignalToNoise 12 (dB).
const CLIENT: &str = "1.3.6.1.4.1.14988.1.1.1.2.1";
/// mtxrWlCMRtabEntry, the same under CAPsMAN: Uptime 3, TxRate 8, RxRate 9, RxStrength 11, Ssid 12.
const CAPSMAN_CLIENT: &str = "1.3.6.1.4.1.14988.1.1.1.5.1";
/// mtxrWlCMEntry, by ifIndex: an interface under CAPsMAN.
const CAPSMAN: &str = "1.3.6.1.4.1.14988.1.1.1.7.1";
/// mtxrWlCMRtabEntryCount: clients of CAPsMAN.
const CAPSMAN_CLIENTS: &str = "1.3.6.1.4.1.14988.1.1.1.6.0";
/// mtxrWl60GEntry and mtxrWl60GStaEntry, by ifIndex.
const W60G: &str = "1.3.6.1.4.1.14988.1.1.1.8.1";
const W60G_STATION: &str = "1.3.6.1.4.1.14988.1.1.1.9.1";
/// mtxrGaugeEntry: name 2, value 3, unit 4.
const GAUGE: &str = "1.3.6.1.4.1.14988.1.1.3.100.1";
/// mtxrLTEModemEntry, by ifIndex.
const LTE: &str = "1.3.6.1.4.1.14988.1.1.16.1.1";

/// Every box whose SNMP is RouterOS's.
pub(super) static FAMILY: Family = Family {
    key: "routeros",
    platform: "routeros",
    vendor: Some("MikroTik"),
    recognise: |clues: &Clues<'_>| yes_if(clues.is_below("1.3.6.1.4.1.14988.1")),
    model: &[
        // What `/system routerboard` calls the model; mtxrBoardName is what its box is sold as.
        Source::Descr(|descr| between(descr, "RouterOS ", "")),
        Source::WithinColumn("1.3.6.1.2.1.47.1.1.1.1.2", |text| between(text, ") on ", "")),
        Source::Object("1.3.6.1.4.1.14988.1.1.7.9.0"),
        Source::Column("1.3.6.1.4.1.14988.1.1.7.8"),
    ],
    version: &[
        Source::Object("1.3.6.1.4.1.14988.1.1.4.4.0"),
        Source::WithinColumn("1.3.6.1.2.1.47.1.1.1.1.2", |text| between(text, "RouterOS ", " ")),
        Source::Object("1.3.6.1.4.1.14988.1.1.7.4.0"),
    ],
    serial: &[Source::Object("1.3.6.1.4.1.14988.1.1.7.3.0")],
    sensors: &[HEALTH, POE, OPTICAL],
    facts: &[
        Ask::Columns(AP, &[4]),
        Ask::Columns(STATION, &[5]),
        Ask::Columns(W60G, &[3]),
        Ask::Columns(W60G_STATION, &[3]),
        Ask::Columns(GAUGE, &[2, 4]),
    ],
    live: &[
        Ask::Columns(AP, &[2, 3, 6, 7, 9, 10]),
        Ask::Columns(STATION, &[2, 3, 4, 7, 9, 10]),
        Ask::Columns(CLIENT, &[3, 8, 9, 11, 12]),
        Ask::Columns(CAPSMAN, &[2, 5]),
        Ask::Columns(CAPSMAN_CLIENT, &[3, 8, 9, 11, 12]),
        Ask::Object(CAPSMAN_CLIENTS),
        Ask::Columns(W60G, &[2, 4, 6, 8, 12, 13]),
        Ask::Columns(W60G_STATION, &[10]),
        Ask::Columns(GAUGE, &[3]),
        Ask::Object("1.3.6.1.4.1.14988.1.1.3.10.0"),
        Ask::Object("1.3.6.1.4.1.14988.1.1.3.11.0"),
        Ask::Object("1.3.6.1.4.1.14988.1.1.3.12.0"),
        Ask::Object("1.3.6.1.4.1.14988.1.1.3.13.0"),
        Ask::Object("1.3.6.1.4.1.14988.1.1.3.15.0"),
        Ask::Object("1.3.6.1.4.1.14988.1.1.3.16.0"),
        Ask::Object("1.3.6.1.4.1.14988.1.1.3.17.0"),
        Ask::Object("1.3.6.1.4.1.14988.1.1.3.18.0"),
        Ask::Columns(LTE, &[2, 3, 4, 5, 7]),
    ],
    read,
    is_gateway: true,
    ..Family::UNKNOWN
};

/// The health of devices that have no gauge table; the MIB counts in tenths.
const HEALTH: &[Sensor] = &[
    Sensor::object(Class::Voltage, "voltage", "1.3.6.1.4.1.14988.1.1.3.8.0").times(0.1),
    Sensor::object(Class::Count, "DHCP leases", "1.3.6.1.4.1.14988.1.1.6.1.0"),
    // Connections that the firewall follows: all, IPv4, IPv6 (from 7.17).
    Sensor::object(Class::Count, "connections", "1.3.6.1.4.1.14988.1.1.22.1.1.0"),
    Sensor::object(Class::Count, "IPv4 connections", "1.3.6.1.4.1.14988.1.1.22.1.2.0"),
    Sensor::object(Class::Count, "IPv6 connections", "1.3.6.1.4.1.14988.1.1.22.1.3.0"),
];

/// mtxrPOEEntry: status 3, voltage 4 (dV), current 5 (mA), power 6 (dW).
pub(super) const POE: &[Sensor] = &[
    Sensor::column(Class::State, Name::Cell("1.3.6.1.4.1.14988.1.1.15.1.1.2", "PoE"), "1.3.6.1.4.1.14988.1.1.15.1.1.3")
        .states(&[
            (1, "disabled"),
            (2, "waiting for load"),
            (3, "powered on"),
            (4, "overload"),
            (5, "short circuit"),
            (6, "voltage too low"),
            (7, "current too low"),
            (8, "power reset"),
            (9, "voltage too high"),
            (10, "controller error"),
            (11, "controller upgrade"),
            (12, "PoE-in detected"),
            (13, "no valid PSU"),
            (14, "controller init"),
            (15, "low voltage too low"),
        ]),
    Sensor::column(
        Class::Voltage,
        Name::Cell("1.3.6.1.4.1.14988.1.1.15.1.1.2", "PoE"),
        "1.3.6.1.4.1.14988.1.1.15.1.1.4",
    )
    .times(0.1),
    Sensor::column(
        Class::Current,
        Name::Cell("1.3.6.1.4.1.14988.1.1.15.1.1.2", "PoE"),
        "1.3.6.1.4.1.14988.1.1.15.1.1.5",
    )
    .times(0.001),
    Sensor::column(Class::Power, Name::Cell("1.3.6.1.4.1.14988.1.1.15.1.1.2", "PoE"), "1.3.6.1.4.1.14988.1.1.15.1.1.6")
        .times(0.1),
];

/// mtxrOpticalEntry: rx loss 3, tx fault 4, temperature 6, supply 7 (mV), bias 8 (mA), tx 9 and rx 10 (1/1000 dBm).
pub(super) const OPTICAL: &[Sensor] = &[
    Sensor::column(Class::State, Name::Cell(OPTICAL_NAME, "Rx loss"), "1.3.6.1.4.1.14988.1.1.19.1.1.3")
        .states(&[(0, "no"), (1, "yes")]),
    Sensor::column(Class::State, Name::Cell(OPTICAL_NAME, "Tx fault"), "1.3.6.1.4.1.14988.1.1.19.1.1.4")
        .states(&[(0, "no"), (1, "yes")]),
    Sensor::column(Class::Temperature, Name::Cell(OPTICAL_NAME, ""), "1.3.6.1.4.1.14988.1.1.19.1.1.6"),
    Sensor::column(Class::Voltage, Name::Cell(OPTICAL_NAME, ""), "1.3.6.1.4.1.14988.1.1.19.1.1.7").times(0.001),
    Sensor::column(Class::Current, Name::Cell(OPTICAL_NAME, "Tx bias"), "1.3.6.1.4.1.14988.1.1.19.1.1.8").times(0.001),
    Sensor::column(Class::Dbm, Name::Cell(OPTICAL_NAME, "Tx"), "1.3.6.1.4.1.14988.1.1.19.1.1.9").times(0.001),
    Sensor::column(Class::Dbm, Name::Cell(OPTICAL_NAME, "Rx"), "1.3.6.1.4.1.14988.1.1.19.1.1.10").times(0.001),
];

const OPTICAL_NAME: &str = "1.3.6.1.4.1.14988.1.1.19.1.1.2";

fn read(seen: &Seen<'_>, condition: &mut Condition) {
    gauges(seen.answers, condition);
    lte(seen, condition);
    let mut radios = access(seen, condition);
    let mut networks = Networks::default();
    for (index, value) in seen.answers.column(&format!("{AP}.6")) {
        networks.add(seen.answers.cell_text(&format!("{AP}.4"), index), value.as_f64().and_then(count));
    }
    let own = wifi::on_radios(&radios);
    let managed = wifi::single(seen, CAPSMAN_CLIENTS).filter(|clients| *clients > 0);
    let clients = own.into_iter().chain(managed).reduce(u32::saturating_add);
    radios.extend(managed_radios(seen));
    radios.extend(stations(seen, condition));
    radios.extend(sixty_ghz(seen, condition));
    let mut stations = connected(seen, CLIENT, [11, 3, 12], None);
    stations.extend(connected(seen, CAPSMAN_CLIENT, [3, 11, 0], Some(12)));
    stations.truncate(STATIONS_MAX);
    wifi::tell(condition, Wifi { clients, radios, networks: networks.into_list(), stations, ..Wifi::default() });
}

/// Who is connected, from a table by MAC and ifIndex with the columns of the time, the signal and what it is above the
/// noise (0: none). The network is told, or that of the interface.
fn connected(seen: &Seen<'_>, table: &str, [time, signal, snr]: [u32; 3], ssid: Option<u32>) -> Vec<Station> {
    let answers = seen.answers;
    wifi::stations(seen, &format!("{table}.{signal}"), |index, signal| {
        let (mac, interface) = wifi::mac_of(index)?;
        let cell = |number: u32| answers.cell_number(&format!("{table}.{number}"), index);
        let ssid = match ssid {
            Some(ssid) => answers.cell_text(&format!("{table}.{ssid}"), index),
            None => answers.cell_text(&format!("{AP}.4"), interface),
        };
        Some(Station {
            radio: Some(port(seen, interface)).filter(|name| !name.is_empty()),
            ssid,
            signal_dbm: signal.as_f64().and_then(below_zero),
            snr_db: (snr > 0).then(|| cell(snr)).flatten().and_then(positive),
            tx_bps: cell(8).and_then(positive),
            rx_bps: cell(9).and_then(positive),
            connected_s: cell(time).and_then(wifi::seconds),
            ..Station::new(mac)
        })
    })
}

/// Interfaces that others connect to. A virtual one has frequency, noise and CCQ 0, and none of its own (6.40).
fn access(seen: &Seen<'_>, condition: &mut Condition) -> Vec<Radio> {
    let cell = |number: u32, index: &[u32]| seen.answers.cell_number(&format!("{AP}.{number}"), index);
    for (index, ccq) in seen.answers.column(&format!("{AP}.10")) {
        if let (Some(ccq), true) = (ccq.as_f64(), cell(7, index).is_some_and(|mhz| mhz > 0.0)) {
            wifi::add(condition, Class::Ccq, port(seen, index), ccq);
        }
    }
    rates(seen, condition, AP);
    wifi::radios(seen, &format!("{AP}.6"), |index, clients| {
        Some(Radio {
            name: port(seen, index),
            ssid: seen.answers.cell_text(&format!("{AP}.4"), index),
            frequency_mhz: cell(7, index).and_then(positive),
            noise_dbm: cell(9, index).and_then(below_zero),
            clients: clients.as_f64().and_then(count),
            ..Radio::default()
        })
    })
}

/// TxRate 2 and RxRate 3 (bit/s) of a table of interfaces.
fn rates(seen: &Seen<'_>, condition: &mut Condition, entry: &str) {
    pairs(seen, condition, entry, [2, 3], Class::Rate);
}

/// Two columns that say something together: 0 in both is nothing.
fn pairs(seen: &Seen<'_>, condition: &mut Condition, entry: &str, [tx, rx]: [u32; 2], class: Class) {
    for (index, sent) in seen.answers.column(&format!("{entry}.{tx}")) {
        let received = seen.answers.cell_number(&format!("{entry}.{rx}"), index);
        let told = [(sent.as_f64(), "Tx"), (received, "Rx")];
        if told.iter().all(|(value, _)| value.unwrap_or(0.0) == 0.0) {
            continue;
        }
        for (value, after) in told {
            if let Some(value) = value {
                wifi::add(condition, class, format!("{} {after}", port(seen, index)).trim(), value);
            }
        }
    }
}

/// Interfaces under CAPsMAN: RegClientCount 2; Channel 5 as text, `5180/20-Ceee/ac`.
fn managed_radios(seen: &Seen<'_>) -> Vec<Radio> {
    wifi::radios(seen, &format!("{CAPSMAN}.2"), |index, clients| {
        let channel = seen.answers.cell_text(&format!("{CAPSMAN}.5"), index).unwrap_or_default();
        Some(Radio {
            name: port(seen, index),
            frequency_mhz: channel.split('/').next().and_then(|mhz| mhz.parse().ok()).and_then(positive),
            clients: clients.as_f64().and_then(count),
            ..Radio::default()
        })
    })
}

/// Interfaces that are connected to another device: TxRate 2, RxRate 3 (bit/s), Strength 4, Freq 7, TxCCQ 9, RxCCQ 10.
fn stations(seen: &Seen<'_>, condition: &mut Condition) -> Vec<Radio> {
    rates(seen, condition, STATION);
    for (index, value) in seen.answers.column(&format!("{STATION}.4")) {
        if let Some(value) = value.as_f64() {
            wifi::add(condition, Class::Rssi, port(seen, index), value);
        }
    }
    pairs(seen, condition, STATION, [9, 10], Class::Ccq);
    wifi::radios(seen, &format!("{STATION}.7"), |index, mhz| {
        let ssid = seen.answers.cell_text(&format!("{STATION}.5"), index);
        let frequency_mhz = mhz.as_f64().and_then(positive);
        Some(Radio { name: port(seen, index), ssid, frequency_mhz, ..Radio::default() })
    })
}

/// 60 GHz links: Mode 2, Connected 4, Freq 6 (MHz), Signal 8 (%), Rssi 12 (dBm), PhyRate 13 (Mbit/s); Distance 10 of
/// the station in centimetres.
fn sixty_ghz(seen: &Seen<'_>, condition: &mut Condition) -> Vec<Radio> {
    let tell: [(u32, Class, &str, f64); 5] = [
        (2, Class::State, "60 GHz mode", 1.0),
        (4, Class::State, "60 GHz connected", 1.0),
        (8, Class::Quality, "60 GHz signal", 1.0),
        (12, Class::Rssi, "60 GHz", 1.0),
        (13, Class::Rate, "60 GHz Tx", 1e6),
    ];
    for (number, class, after, scale) in tell {
        for (index, value) in seen.answers.column(&format!("{W60G}.{number}")) {
            if let Some(value) = value.as_f64() {
                wifi::add(condition, class, format!("{} {after}", port(seen, index)), value * scale);
            }
        }
    }
    for (index, value) in seen.answers.column(&format!("{W60G_STATION}.10")) {
        if let Some(centimetres) = value.as_f64() {
            wifi::add(condition, Class::Distance, port(seen, index), centimetres / 100_000.0);
        }
    }
    wifi::radios(seen, &format!("{W60G}.6"), |index, mhz| {
        let ssid = seen.answers.cell_text(&format!("{W60G}.3"), index);
        Some(Radio {
            name: port(seen, index),
            ssid,
            frequency_mhz: mhz.as_f64().and_then(positive),
            ..Radio::default()
        })
    })
}

const OLD_HEALTH: &[(u32, Class, &str, f64)] = &[
    (10, Class::Temperature, "temperature", 0.1),
    (11, Class::Temperature, "cpu-temperature", 0.1),
    (12, Class::Power, "power-consumption", 0.1),
    (13, Class::Current, "current", 0.001),
    (15, Class::State, "psu1-state", 1.0),
    (16, Class::State, "psu2-state", 1.0),
    (17, Class::FanSpeed, "fan1-speed", 1.0),
    (18, Class::FanSpeed, "fan2-speed", 1.0),
];

/// Units of mtxrGaugeUnit: degree 1, rpm 2, dV 3, dA 4, dW 5, status 6.
fn gauges(answers: &Answers, condition: &mut Condition) {
    for (index, value) in answers.column(&format!("{GAUGE}.3")) {
        let (class, scale) = match answers.cell_number(&format!("{GAUGE}.4"), index) {
            Some(1.0) => (Class::Temperature, 1.0),
            Some(2.0) => (Class::FanSpeed, 1.0),
            Some(3.0) => (Class::Voltage, 0.1),
            Some(4.0) => (Class::Current, 0.1),
            Some(5.0) => (Class::Power, 0.1),
            Some(6.0) => (Class::State, 1.0),
            _ => continue,
        };
        if let (Some(value), Some(name)) = (value.as_f64(), answers.cell_text(&format!("{GAUGE}.2"), index)) {
            wifi::add(condition, class, name, value * scale);
        }
    }
    // Health of devices without the table, and on some beside it (CRS317 with 6.44 shows stale zeros there).
    if !answers.has(&format!("{GAUGE}.3")) {
        // mtxrHl of 6.x: tenths of a degree and of a W, mA, revolutions, states of the supplies.
        for (number, class, name, scale) in OLD_HEALTH {
            if let Some(value) = answers.number(&format!("1.3.6.1.4.1.14988.1.1.3.{number}.0")) {
                wifi::add(condition, *class, *name, value * scale);
            }
        }
    }
}

/// Signal RSSI 2, RSRQ 3, RSRP 4, cell 5, SINR 7.
fn lte(seen: &Seen<'_>, condition: &mut Condition) {
    let columns = [(2, Class::Rssi), (3, Class::Rsrq), (4, Class::Rsrp), (5, Class::Cell), (7, Class::Sinr)];
    for (number, class) in columns {
        for (index, value) in seen.answers.column(&format!("{LTE}.{number}")) {
            if let Some(value) = value.as_f64() {
                wifi::add(condition, class, port(seen, index), value);
            }
        }
    }
}

fn port(seen: &Seen<'_>, index: &[u32]) -> String {
    index.last().map_or_else(String::new, |index| seen.port(*index))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::Mac;
    use crate::mib::Value;
    use crate::platform::reading::condition;
    use crate::reading::InterfaceReading;

    #[test]
    fn clients_are_told_one_by_one_by_both_tables() {
        let mut answers = Answers::default();
        let text = |text: &str| Value::Octets { bytes: text.as_bytes().into(), is_cut: false };
        let phone = "2.0.94.0.83.1";
        for (name, value) in [
            (format!("{AP}.4.7"), text("NhaVanHoa")),
            (format!("{AP}.6.7"), Value::Gauge32(1)),
            (format!("{CLIENT}.3.{phone}.7"), Value::Integer(-61)),
            (format!("{CLIENT}.8.{phone}.7"), Value::Gauge32(72_200_000)),
            (format!("{CLIENT}.11.{phone}.7"), Value::Ticks(72_000)),
            (format!("{CLIENT}.12.{phone}.7"), Value::Integer(34)),
            (format!("{CLIENT}.3.2.0.94.0.83"), Value::Integer(-50)),
            (format!("{CAPSMAN_CLIENT}.11.2.0.94.0.83.2.9"), Value::Integer(-70)),
            (format!("{CAPSMAN_CLIENT}.12.2.0.94.0.83.2.9"), text("Khach")),
        ] {
            answers.insert(name.parse().unwrap(), value);
        }
        let port = InterfaceReading { index: 7, name: "wlan1".into(), ..InterfaceReading::default() };
        let stations = condition(&FAMILY, &answers, &[port]).wifi.unwrap().stations;
        let first = Station {
            radio: Some("wlan1".into()),
            ssid: Some("NhaVanHoa".into()),
            signal_dbm: Some(-61.0),
            snr_db: Some(34.0),
            tx_bps: Some(72_200_000.0),
            connected_s: Some(720),
            ..Station::new(Mac([2, 0, 94, 0, 83, 1]))
        };
        assert_eq!(stations.len(), 2, "an index that names nobody is nobody: {stations:?}");
        assert_eq!(stations[0], first);
        assert_eq!(
            (stations[1].mac, stations[1].ssid.as_deref(), stations[1].signal_dbm),
            (Mac([2, 0, 94, 0, 83, 2]), Some("Khach"), Some(-70.0))
        );
    }
}
