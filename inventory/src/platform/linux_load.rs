//! How busy a Linux is and what it measures, from what [`SCRIPT`](super::linux::SCRIPT) printed: the same numbers and
//! units as net-snmp tells of the same machine.

use super::family::share;
use super::parts::{Parts, clean};
use super::wifi;
use crate::condition::{Condition, SensorClass as Class};

/// More sensors than a machine of a hall has.
const SENSORS_MAX: usize = 256;

/// Fills in load, memory and sensors.
pub(super) fn read(parts: &Parts<'_>, condition: &mut Condition) {
    condition.cpu_percent = cpu_percent(parts.text("cpu"), parts.text("cpu later"));
    condition.memory_used_percent = memory_used_percent(parts.text("meminfo"));
    hwmon(parts.text("hwmon"), condition);
    // The kernel shows most zones through hwmon as well, by the zone's name (`<linux/thermal.h>`).
    if condition.sensors.is_empty() {
        thermal(parts.text("thermal"), condition);
    }
    for (part, name) in [("leases", "DHCP leases"), ("arp", "ARP entries")] {
        if let Some(number) = parts.number(part) {
            wifi::add(condition, Class::Count, name, number);
        }
    }
}

/// From two lines `cpu` of `/proc/stat` (proc_stat(5)): user, nice, system, idle, iowait, irq, softirq, steal, of which
/// guest and guest_nice are parts. Waiting for a disk is not work.
fn cpu_percent(before: &str, after: &str) -> Option<f64> {
    let times = |line: &str| {
        let mut words = line.split_whitespace();
        (words.next() == Some("cpu")).then_some(())?;
        let times: Option<Vec<u64>> = words.take(8).map(|word| word.parse().ok()).collect();
        times.filter(|times| times.len() >= 4)
    };
    let (before, after) = (times(before)?, times(after)?);
    // A counter that went back (iowait does) has not moved.
    let spent: Vec<u64> = after.iter().zip(&before).map(|(after, before)| after.saturating_sub(*before)).collect();
    let total: u128 = spent.iter().map(|ticks| u128::from(*ticks)).sum();
    let idle: u128 = [3, 4].iter().filter_map(|nth| spent.get(*nth)).map(|ticks| u128::from(*ticks)).sum();
    share((total - idle) as f64, total as f64)
}

/// Without buffers and caches, as net-snmp counts them: what can be reclaimed of the kernel's own caches is a cache
/// (proc_meminfo(5)).
fn memory_used_percent(table: &str) -> Option<f64> {
    let kib = |key: &str| -> Option<f64> {
        let line = table.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
        line.split_whitespace().next()?.parse().ok().filter(|kib: &f64| *kib >= 0.0)
    };
    let total = kib("MemTotal")?;
    let given_back: f64 = ["Buffers", "Cached", "SReclaimable"].into_iter().filter_map(kib).sum();
    share(total - kib("MemFree")? - given_back, total).filter(|percent| (0.0..=100.0).contains(percent))
}

/// Lines of file, value, chip and label, with tabs between them (kernel, `Documentation/hwmon/sysfs-interface.rst`):
/// thousandths of a degree, millivolts, revolutions per minute.
fn hwmon(table: &str, condition: &mut Condition) {
    for line in table.lines().take(SENSORS_MAX) {
        let mut cells = line.split('\t');
        let (Some(file), Some(value)) = (cells.next(), cells.next().and_then(|value| value.parse::<f64>().ok())) else {
            continue;
        };
        let (chip, label) = (cells.next().and_then(clean), cells.next().and_then(clean));
        let file = file.strip_suffix("_input").unwrap_or(file);
        let (class, parts_of_one) = match file.trim_end_matches(|letter: char| letter.is_ascii_digit()) {
            "temp" => (Class::Temperature, 1000.0),
            "in" => (Class::Voltage, 1000.0),
            "fan" => (Class::FanSpeed, 1.0),
            _ => continue,
        };
        let Some(name) = label.or_else(|| clean(file)) else { continue };
        let name = chip.map_or_else(|| name.clone(), |chip| format!("{chip} {name}"));
        wifi::add(condition, class, name, value / parts_of_one);
    }
}

/// Lines `zone type=thousandths of a degree` (kernel, `Documentation/ABI/testing/sysfs-class-thermal`).
fn thermal(table: &str, condition: &mut Condition) {
    for (name, value) in table.lines().take(SENSORS_MAX).filter_map(|line| line.rsplit_once('=')) {
        if let (Some(name), Ok(value)) = (clean(name), value.trim().parse::<f64>()) {
            wifi::add(condition, Class::Temperature, name, value / 1000.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn load_is_what_was_not_idle_between_two_looks() {
        let before = "cpu  100 0 50 800 50 0 0 0 0 0";
        let told = [
            // 60 of 100 ticks.
            cpu_percent(before, "cpu  150 0 60 830 60 0 0 0 0 0"),
            // iowait went back by 10: idle 30, busy 60.
            cpu_percent(before, "cpu  150 0 60 830 40 0 0 0 0 0"),
            // Linux 2.4 tells four.
            cpu_percent("cpu 1 1 1 1", "cpu 2 1 1 2"),
            // No time has passed, or it makes no sense.
            cpu_percent(before, before),
            cpu_percent(before, ""),
            cpu_percent("cpu x", "cpu 1 2 3 4"),
            cpu_percent("cpu 0 0 0 0", "cpu 18446744073709551615 18446744073709551615 0 0"),
        ];
        let right = [Some(60.0), Some(60.0 * 100.0 / 90.0), Some(50.0), None, None, None, Some(100.0)];
        assert_eq!(told, right);
    }

    #[test]
    fn memory_in_use_is_without_what_is_given_back() {
        let table = "MemTotal:  1000 kB\nMemFree:  200 kB\nMemAvailable: 600 kB\nBuffers: 50 kB\nCached: 300 kB\n\
                     SwapCached: 9 kB\nSReclaimable: 50 kB\n";
        assert_eq!(memory_used_percent(table), Some(40.0));
        assert_eq!(memory_used_percent("MemTotal: 0 kB\nMemFree: 0 kB\n"), None);
        assert_eq!(memory_used_percent("MemTotal: 10 kB\n"), None);
        assert_eq!(memory_used_percent("MemTotal: 10 kB\nMemFree: 900 kB\n"), None);
    }

    #[test]
    fn sensors_bear_the_name_of_their_chip_and_zones_are_asked_when_there_is_none() {
        let told = |output: &str| {
            let mut condition = Condition::default();
            read(&Parts::of(output), &mut condition);
            condition.sensors.into_iter().map(|sensor| (sensor.class, sensor.name, sensor.value)).collect::<Vec<_>>()
        };
        let zones = "\n== thermal\ncpu=thermal=51000\n= \nx=hot\n== leases\n3\n== arp\n";
        let hwmon = "== hwmon\ntemp1_input\t45500\tcoretemp\tCore 0\nfan1_input\t1200\t\t\nin0_input\t3300\tnct\t\n\
                     pwm1\t1\tx\ty\ntemp2_input\t\tx\ty\n\t\t\t";
        let temperature = |name: &str, value| (Class::Temperature, name.to_owned(), value);
        let leases = (Class::Count, "DHCP leases".to_owned(), 3.0);
        assert_eq!(
            told(&format!("{hwmon}{zones}")),
            [
                temperature("coretemp Core 0", 45.5),
                (Class::FanSpeed, "fan1".to_owned(), 1200.0),
                (Class::Voltage, "nct in0".to_owned(), 3.3),
                leases.clone()
            ]
        );
        assert_eq!(told(zones), [temperature("cpu=thermal", 51.0), leases]);
    }
}
