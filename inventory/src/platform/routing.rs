//! What a device's IP layer tells beyond its ports: through which port its default route leaves, and how many it knows
//! by address. Knows no family.

use super::family::{Ask, Seen};
use super::wifi;
use crate::condition::{Condition, SensorClass as Class};
use crate::mib::Answers;
use crate::reading::InterfaceReading;

/// ipRouteIfIndex of 0.0.0.0 (RFC1213-MIB).
const OLD: &str = "1.3.6.1.2.1.4.21.1.2.0.0.0.0";
/// The default routes of ipCidrRouteTable (RFC 4292: destination, mask, type of service, next hop): ipCidrRouteIfIndex
/// and ipCidrRouteMetric1.
const CIDR: [&str; 2] = ["1.3.6.1.2.1.4.24.4.1.5.0.0.0.0.0.0.0.0", "1.3.6.1.2.1.4.24.4.1.11.0.0.0.0.0.0.0.0"];
/// Those of inetCidrRouteTable for IPv4 (RFC 4292: type, length and octets of the destination, length of the prefix):
/// inetCidrRouteIfIndex and inetCidrRouteMetric1.
const INET: [&str; 2] = ["1.3.6.1.2.1.4.24.7.1.7.1.4.0.0.0.0", "1.3.6.1.2.1.4.24.7.1.12.1.4.0.0.0.0"];

/// What [`mark_wan`] goes by. Asked at full visits.
pub(super) const ASKS: &[Ask] = &[
    Ask::Object(OLD),
    Ask::Columns(CIDR[0], &[0]),
    Ask::Columns(CIDR[1], &[0]),
    Ask::Columns(INET[0], &[0]),
    Ask::Columns(INET[1], &[0]),
];

/// ipNetToMediaPhysAddress (RFC1213-MIB), which more devices have than its successor.
pub(super) const ARP: &str = "1.3.6.1.2.1.4.22.1.2";

/// Says of each port whether the default route leaves through it; of none where the device tells no default route.
pub fn mark_wan(facts: &Answers, ports: &mut [InterfaceReading]) {
    let Some(wan) = default_port(facts) else { return };
    if ports.iter().any(|port| port.index == wan) {
        mark(ports, |port| port.index == wan);
    }
}

/// Says of each port whether it is the one.
pub(super) fn mark(ports: &mut [InterfaceReading], is_wan: impl Fn(&InterfaceReading) -> bool) {
    for port in ports {
        port.is_wan = Some(is_wan(port));
    }
}

fn default_port(facts: &Answers) -> Option<u32> {
    let index = |number: f64| wifi::positive(number).and_then(wifi::count);
    let best = |[ports, metrics]: [&str; 2]| {
        let (ports, metrics) = (format!("{ports}.0"), format!("{metrics}.0"));
        let routes = facts.column(&ports).filter_map(|(hop, port)| {
            // A metric of -1 is not used.
            let metric = facts.cell_number(&metrics, hop).filter(|metric| *metric >= 0.0).unwrap_or(0.0);
            Some((metric, index(port.as_f64()?)?))
        });
        routes.min_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, port)| port)
    };
    best(INET).or_else(|| best(CIDR)).or_else(|| index(facts.number(OLD)?))
}

/// How many the device knows by address: about as many as are in the hall's network.
pub(super) fn read_arp(seen: &Seen<'_>, condition: &mut Condition) {
    if !seen.answers.is_whole(ARP) {
        return;
    }
    let known = seen.answers.column(ARP).count();
    if let Some(known) = u32::try_from(known).ok().filter(|known| *known > 0) {
        wifi::add(condition, Class::Count, "ARP entries", f64::from(known));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mib::Value;

    fn answers(told: &[(&str, i64)]) -> Answers {
        let mut answers = Answers::default();
        for (name, value) in told {
            answers.insert(name.parse().unwrap(), Value::Integer(*value));
        }
        answers
    }

    fn wan_of(told: &[(&str, i64)]) -> Vec<Option<bool>> {
        let mut ports = [1, 2, 7].map(|index| InterfaceReading { index, ..InterfaceReading::default() });
        mark_wan(&answers(told), &mut ports);
        ports.iter().map(|port| port.is_wan).collect()
    }

    #[test]
    fn the_default_route_of_the_least_metric_shows_the_port() {
        let cidr = "1.3.6.1.2.1.4.24.4.1.5.0.0.0.0.0.0.0.0.0";
        let metric = "1.3.6.1.2.1.4.24.4.1.11.0.0.0.0.0.0.0.0.0";
        let two = [
            (&*format!("{cidr}.192.0.2.1"), 1),
            (&*format!("{cidr}.198.51.100.1"), 7),
            (&*format!("{metric}.192.0.2.1"), 20),
            (&*format!("{metric}.198.51.100.1"), 10),
        ];
        assert_eq!(wan_of(&two), [Some(false), Some(false), Some(true)]);
        let inet = [("1.3.6.1.2.1.4.24.7.1.7.1.4.0.0.0.0.0.2.0.0.1.4.192.0.2.1", 2), two[0], two[1]];
        assert_eq!(wan_of(&inet), [Some(false), Some(true), Some(false)]);
        assert_eq!(wan_of(&[(OLD, 1)]), [Some(true), Some(false), Some(false)]);
    }

    #[test]
    fn no_default_route_or_one_through_no_port_says_nothing() {
        for told in [&[][..], &[(OLD, 0)], &[(OLD, 99)], &[("1.3.6.1.2.1.4.24.4.1.5.10.0.0.0.255.0.0.0.0.1.1.1.1", 1)]]
        {
            assert_eq!(wan_of(told), [None; 3], "{told:?}");
        }
    }
}
