//! What is odd about a device after one visit: what a technician would look at first. Pure. One visit says how things are
//! and not how they change: what grows, and what flaps, is for `serve` to see.

use std::collections::BTreeMap;

use inventory::condition::SensorClass;

use crate::poll_view::{InterfaceView, PollView};

/// Busier than this, in per cent, a processor or a channel makes everybody wait.
const BUSY_PERCENT: f64 = 90.0;
/// A channel busier than this has no room for another hall's evening (80 % is where throughput breaks down in practice).
const CHANNEL_BUSY_PERCENT: f64 = 80.0;
/// Hotter than this, in °C, parts that are made for 85 °C have no room left in a hot season.
const HOT_CELSIUS: f64 = 75.0;
/// Noise above this, in dBm, leaves little of a phone's signal: a quiet channel has −95 or less.
const NOISY_DBM: f64 = -80.0;
/// Below this, in dBm, a client gets the slowest rates and takes the air from the others.
const WEAK_DBM: f64 = -80.0;
/// The same where only the distance from the noise is told, in dB.
const WEAK_SNR_DB: f64 = 10.0;
/// Started less than this many seconds ago.
const RESTARTED_S: u64 = 600;
/// A battery below this, in per cent, is not one that waits for a power cut.
const LOW_CHARGE_PERCENT: f64 = 50.0;
/// Fewer errors than this since the counters began are a cable that was plugged in.
const ERRORS: u64 = 100;
/// ifType of Ethernet ports (IANAifType-MIB: ethernetCsmacd, gigabitEthernet).
const ETHERNET: [u32; 2] = [6, 117];
const GIGABIT: u64 = 1_000_000_000;
/// What the words of states have in them when something is wrong.
const BAD_WORDS: [&str; 12] = [
    "fail",
    "fault",
    "error",
    "overload",
    "short circuit",
    "critical",
    "on battery",
    "alarm",
    "too low",
    "too high",
    "not present",
    "replace",
];

/// One odd thing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Odd {
    /// Processors, in per cent.
    Cpu(f64),
    /// Memory, in per cent.
    Memory(f64),
    /// A sensor in °C.
    Hot(String, f64),
    /// Seconds since it started.
    Restarted(u64),
    /// A port that is slower than its like, in bits per second.
    Slow(String, u64),
    /// Errors of a port since its counters began.
    Errors(String, u64),
    /// Noise of a radio, in dBm.
    Noise(String, f64),
    /// How busy the channel of a radio is, in per cent.
    Channel(String, f64),
    /// How many clients are heard weakly.
    Weak(usize),
    /// A state, by its sensor and its word.
    State(String, String),
    /// A battery, in per cent.
    Battery(String, f64),
    /// The family of the device is not known.
    Unknown,
}

/// Everything that is odd, what matters most first.
pub(crate) fn odd(view: &PollView) -> Vec<Odd> {
    let mut found = Vec::new();
    sensors(view, &mut found);
    found.extend(view.cpu_percent.filter(|busy| *busy >= BUSY_PERCENT).map(Odd::Cpu));
    found.extend(view.memory_used_percent.filter(|used| *used >= BUSY_PERCENT).map(Odd::Memory));
    ports(&view.interfaces, &mut found);
    wifi(view, &mut found);
    found.extend(view.uptime_s.filter(|seconds| *seconds < RESTARTED_S).map(Odd::Restarted));
    if view.identity.platform.as_deref() == Some("generic") {
        found.push(Odd::Unknown);
    }
    found
}

fn sensors(view: &PollView, found: &mut Vec<Odd>) {
    for sensor in &view.sensors {
        let name = || sensor.name.clone();
        if sensor.class == SensorClass::Temperature && sensor.value >= HOT_CELSIUS {
            found.push(Odd::Hot(name(), sensor.value));
        }
        if sensor.class == SensorClass::Charge && sensor.value < LOW_CHARGE_PERCENT {
            found.push(Odd::Battery(name(), sensor.value));
        }
        if let Some(word) = &sensor.state {
            let small = word.to_lowercase();
            if BAD_WORDS.iter().any(|bad| small.contains(bad)) {
                found.push(Odd::State(name(), word.clone()));
            }
        }
    }
}

fn ports(ports: &[InterfaceView], found: &mut Vec<Odd>) {
    let is_ethernet = |port: &&InterfaceView| port.if_type.is_some_and(|kind| ETHERNET.contains(&kind));
    let fastest = ports.iter().filter(is_ethernet).filter_map(|port| port.speed_bps).max();
    let has_gigabit = fastest.is_some_and(|speed| speed >= GIGABIT);
    for port in ports.iter().filter(|port| port.oper_up == Some(true)) {
        let is_named_gigabit = port.if_type == Some(117) || port.name.to_lowercase().starts_with("gigabit");
        let can_more = is_named_gigabit || (is_ethernet(&port) && has_gigabit);
        // A bridge or a VLAN of Ethernet's type tells 10 Mbit/s on some systems: only what passes frames by itself and
        // has a speed of copper counts.
        if let Some(speed) = port.speed_bps.filter(|speed| can_more && matches!(speed, 10_000_000 | 100_000_000)) {
            found.push(Odd::Slow(port.name.clone(), speed));
        }
        let errors = port.in_errors.unwrap_or(0).saturating_add(port.out_errors.unwrap_or(0));
        if errors >= ERRORS {
            found.push(Odd::Errors(port.name.clone(), errors));
        }
    }
}

fn wifi(view: &PollView, found: &mut Vec<Odd>) {
    let Some(wifi) = &view.wifi else { return };
    for radio in &wifi.radios {
        found.extend(
            radio.noise_dbm.filter(|noise| *noise > NOISY_DBM).map(|noise| Odd::Noise(radio.name.clone(), noise)),
        );
        let busy = radio.utilization_percent.filter(|busy| *busy >= CHANNEL_BUSY_PERCENT);
        found.extend(busy.map(|busy| Odd::Channel(radio.name.clone(), busy)));
    }
    let is_weak = |signal: Option<f64>, snr: Option<f64>| match signal {
        Some(signal) => signal < WEAK_DBM,
        None => snr.is_some_and(|snr| snr < WEAK_SNR_DB),
    };
    // One phone is one, on whichever radios it is told of.
    let clients: BTreeMap<&str, bool> = wifi
        .stations
        .iter()
        .map(|station| (station.mac.as_str(), is_weak(station.signal_dbm, station.snr_db)))
        .collect();
    let weak = clients.values().filter(|weak| **weak).count();
    if weak > 0 {
        found.push(Odd::Weak(weak));
    }
}

#[cfg(test)]
mod tests {
    use inventory::condition::{Condition, Radio, SensorReading, Station, Wifi};
    use inventory::device::Mac;
    use inventory::reading::{Count, CounterWidth, InterfaceReading, Reading, Uptime};

    use super::*;

    fn port(name: &str, speed: u64, errors: u64) -> InterfaceReading {
        InterfaceReading {
            name: name.into(),
            if_type: Some(6),
            speed_bps: Some(speed),
            is_oper_up: Some(true),
            in_errors: Some(Count { value: errors, width: CounterWidth::Bits32 }),
            ..InterfaceReading::default()
        }
    }

    fn seen(interfaces: Vec<InterfaceReading>, condition: Condition, uptime_s: u64) -> Vec<Odd> {
        let since_start = std::time::Duration::from_secs(uptime_s);
        let uptime = Some(Uptime { since_start, is_32_bit_centiseconds: true });
        odd(&PollView::read("h".into(), vec![], Reading { uptime, interfaces, condition, ..Reading::default() }))
    }

    #[test]
    fn a_device_that_is_well_has_nothing_odd() {
        let radio = Radio {
            name: "wlan1".into(),
            noise_dbm: Some(-103.0),
            utilization_percent: Some(20.0),
            ..Radio::default()
        };
        let condition = Condition {
            cpu_percent: Some(7.0),
            wifi: Some(Wifi { radios: vec![radio], ..Wifi::default() }),
            ..Condition::default()
        };
        // A box of 100 Mbit/s ports alone is what it is.
        assert_eq!(seen(vec![port("eth0", 100_000_000, 3)], condition.clone(), 86_400), []);
        assert_eq!(seen(vec![port("eth0", GIGABIT, 3)], condition, 86_400), []);
    }

    #[test]
    fn what_a_technician_would_look_at_is_named() {
        let station = |last: u8, signal_dbm| Station { signal_dbm, ..Station::new(Mac([2, 0, 0, 0, 0, last])) };
        let sensor = |class, value, state: Option<&'static str>| SensorReading {
            class,
            name: "psu".into(),
            value,
            state: state.map(Into::into),
        };
        let condition = Condition {
            cpu_percent: Some(97.0),
            memory_used_percent: Some(50.0),
            wifi: Some(Wifi {
                radios: vec![Radio {
                    name: "wlan1".into(),
                    noise_dbm: Some(-71.0),
                    utilization_percent: Some(85.0),
                    ..Radio::default()
                }],
                stations: vec![station(1, Some(-88.0)), station(2, Some(-60.0)), station(3, None)],
                ..Wifi::default()
            }),
            sensors: vec![
                sensor(SensorClass::Temperature, 81.0, None),
                sensor(SensorClass::State, 2.0, Some("Overload")),
                sensor(SensorClass::State, 1.0, Some("normal")),
            ],
            ..Condition::default()
        };
        let ports = vec![port("ether1", GIGABIT, 0), port("ether2", 100_000_000, 5_000)];
        assert_eq!(
            seen(ports, condition, 30),
            [
                Odd::Hot("psu".into(), 81.0),
                Odd::State("psu".into(), "Overload".into()),
                Odd::Cpu(97.0),
                Odd::Slow("ether2".into(), 100_000_000),
                Odd::Errors("ether2".into(), 5_000),
                Odd::Noise("wlan1".into(), -71.0),
                Odd::Channel("wlan1".into(), 85.0),
                Odd::Weak(1),
                Odd::Restarted(30),
            ]
        );
    }
}
