//! RouterOS through its own shell, which is no POSIX one: constant commands (scripting of the maker's manual) that print
//! records, a line `== KIND` and then `key=value` a line, and the reading made of them in the words of `routeros.rs`.
//!
//! A command that names a menu which the device has not is refused whole, before anything of it is run. So each menu of
//! a package of its own has a command of its own, and [`further`] chooses those that this device can have. Written after
//! the manual for 6.40 and later and for 7; no device has answered it yet.
//!
//! - `get` without a property gives all of them as an array. `.id` is `*` and the ifIndex in hexadecimal
//!   (`/interface print oid` shows the same number).
//! - 6: the health is printed with its units, `voltage: 24.1V`, and in the scripting now in tenths and now not. 7: a
//!   table of `name`, `value` and `type`.
//! - `/interface wireless` is 6's and, as a package, 7's; `/interface wifi` is 7.13's and later, `wifiwave2` the same
//!   before that.

use std::collections::BTreeMap;
use std::time::Duration;

use super::family::share;
use super::parts::clean;
use super::wifi;
use super::{routeros_wifi, routing};
use crate::condition::{Condition, Neighbour, NeighbourProtocol, SensorClass as Class};
use crate::plausible::keep_plausible;
use crate::reading::{Count, CounterWidth, Identity, InterfaceReading, Reading, Uptime};

/// A command, and the kinds of records that it prints. Others in its output are not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Command {
    /// What is sent.
    pub text: &'static str,
    pub(super) kinds: &'static [&'static str],
    /// Whether it tells readings, which are asked for at every visit, or facts.
    pub(super) is_of_each_visit: bool,
}

/// Prints what an array tells, `key=value` a line. A value with a line feed in it is left out: it could pretend to be
/// other lines, and a neighbour calls itself what it likes.
macro_rules! pairs {
    ($array:expr) => {
        pairs!($array, "")
    };
    ($array:expr, $prefix:expr) => {
        concat!(
            ":foreach k,v in=[",
            $array,
            "] do={:if ([:len [:find \"$v\" \"\\n\"]] = 0) do={:put \"",
            $prefix,
            "$k=$v\"}}"
        )
    };
}
pub(super) use pairs;

/// Prints a record of this kind for each item of a menu that is found.
macro_rules! each {
    ($kind:expr, $menu:expr) => {
        each!($kind, $menu, "")
    };
    ($kind:expr, $menu:expr, $which:expr) => {
        concat!(
            ":foreach i in=[",
            $menu,
            " find",
            $which,
            "] do={:put \"== ",
            $kind,
            "\"; ",
            pairs!(concat!($menu, " get $i")),
            "}"
        )
    };
}
pub(super) use each;

/// The first command: who it is, and its ports.
pub const FIRST: Command =
    Command { text: FIRST_TEXT, kinds: &["resource", "identity", "port", "end"], is_of_each_visit: true };

const FIRST_TEXT: &str = concat!(
    ":put \"== resource\"; ",
    pairs!("/system resource get"),
    "; :put \"== identity\"; ",
    pairs!("/system identity get"),
    "; :foreach i in=[/interface find] do={:put \"== port\"; :put \"id=$i\"; ",
    pairs!("/interface get $i"),
    "}; :put \"== end\""
);

const fn fact(kinds: &'static [&'static str], text: &'static str) -> Command {
    Command { text, kinds, is_of_each_visit: false }
}

/// Not there on a PC or in the cloud.
const BOARD: Command = fact(&["routerboard"], concat!(":put \"== routerboard\"; ", pairs!("/system routerboard get")));
/// Speeds. A port that cannot be watched keeps none of the others from it.
const ETHERNET: Command = fact(
    &["ethernet"],
    concat!(
        ":foreach i in=[/interface ethernet find] do={:do {:put \"== ethernet\"; ",
        pairs!("/interface ethernet monitor $i once as-value"),
        "} on-error={}}"
    ),
);
const ROUTES: Command = fact(&["route"], each!("route", "/ip route", " dst-address=0.0.0.0/0"));
const ARP: Command = fact(&["arp"], ":put \"== arp\"; :put (\"entries=\" . [:len [/ip arp find]])");
const LEASES: Command =
    fact(&["leases"], ":put \"== leases\"; :put (\"bound=\" . [:len [/ip dhcp-server lease find status=bound]])");
/// What the log says of its last start: `router was rebooted without proper shutdown` after a power cut. The log begins
/// anew with each start unless somebody keeps it on disk, so the last one counts. Who fails to log in is named in it too.
const LOG: Command = fact(
    &["log"],
    concat!(
        ":foreach i in=[/log find topics~\"system\" message~\"reboot\"] do={:put \"== log\"; ",
        pairs!("/log get $i"),
        "}"
    ),
);
const NEIGHBOURS: Command = fact(&["neighbour"], each!("neighbour", "/ip neighbor"));
const HEALTH_6: Command =
    Command { kinds: &["health"], text: ":put \"== health\"; /system health print", is_of_each_visit: true };
const HEALTH_7: Command = Command { kinds: &["gauge"], text: each!("gauge", "/system health"), is_of_each_visit: true };

/// More records than any device of a hall has, and more properties of one than there are.
const RECORDS_MAX: usize = 8192;
const PROPERTIES_MAX: usize = 128;
/// As many ports as are read of any device.
const PORTS_MAX: usize = 2048;
const NEIGHBOURS_MAX: usize = 512;

/// What was printed is not RouterOS's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("its shell does not answer as RouterOS does: neither /system resource nor an interface was shown")]
pub struct NotRouterOs;

/// Whether RouterOS refused a command that was written for another shell: the words of its parser.
pub fn is_refusal(output: &[u8]) -> bool {
    let start = String::from_utf8_lossy(&output[..output.len().min(400)]).into_owned();
    ["bad command name", "expected end of command", "syntax error (line", "expected command name"]
        .iter()
        .any(|words| start.contains(words))
}

/// The commands that come after [`FIRST`], by what that printed: at a full visit all of them, otherwise those that tell
/// readings.
pub fn further(first: &[u8], is_full: bool) -> Vec<Command> {
    let text = String::from_utf8_lossy(first);
    let records = records(&text, FIRST.kinds);
    let version = records.iter().find(|record| record.kind == "resource").and_then(|record| record.get("version"));
    let (major, minor) = version.map_or((6, 0), release);
    let has = |kind: &str| records.iter().any(|record| record.kind == "port" && record.get("type") == Some(kind));
    let mut commands = vec![if major >= 7 { HEALTH_7 } else { HEALTH_6 }];
    if has("wlan") {
        commands.push(routeros_wifi::WIRELESS);
    }
    if has("wifi") {
        commands.push(if (major, minor) >= (7, 13) { routeros_wifi::WIFI } else { routeros_wifi::WIFIWAVE2 });
    }
    commands.extend([BOARD, ETHERNET, ROUTES, ARP, LEASES, NEIGHBOURS, LOG]);
    commands.retain(|command| is_full || command.is_of_each_visit);
    commands
}

/// `7.13.2 (stable)`: the first two numbers.
fn release(version: &str) -> (u32, u32) {
    let mut numbers = version.split(['.', ' ']).map(|word| {
        let digits = word.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(word.len());
        word[..digits].parse().unwrap_or(0)
    });
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

/// Reads what [`FIRST`] and the commands of [`further`] printed. A command that was refused has told nothing.
///
/// # Errors
/// When it is not RouterOS that answered.
pub fn read(told: &[(Command, Vec<u8>)]) -> Result<Reading, NotRouterOs> {
    let texts: Vec<_> = told.iter().map(|(command, output)| (command.kinds, String::from_utf8_lossy(output))).collect();
    let records: Vec<Record<'_>> = texts.iter().flat_map(|(kinds, text)| records(text, kinds)).collect();
    let of = |kind: &'static str| records.iter().filter(move |record| record.kind == kind);
    let resource = of("resource").next();
    let speeds: BTreeMap<&str, u64> = of("ethernet").filter_map(speed).collect();
    let mut ports: Vec<InterfaceReading> = of("port").filter_map(|record| port(record, &speeds)).collect();
    if resource.is_none() && ports.is_empty() {
        return Err(NotRouterOs);
    }
    ports.sort_by_key(|port| port.index);
    ports.dedup_by_key(|port| port.index);
    let mut warnings = Vec::new();
    let has_all_interfaces = of("end").next().is_some() && ports.len() <= PORTS_MAX && records.len() < RECORDS_MAX;
    if !has_all_interfaces {
        warnings.push("what the device's shell printed was cut short".to_owned());
    }
    ports.truncate(PORTS_MAX);
    if let Some(wan) = default_port(of("route"), &ports) {
        routing::mark(&mut ports, |port| port.name == wan);
    }
    let uptime = resource.and_then(|record| duration(record.get("uptime")?));
    Ok(Reading {
        uptime: uptime.map(|since_start| Uptime { since_start, is_32_bit_centiseconds: false }),
        identity: Some(Identity {
            restart_reason: of("log").filter_map(restart).next_back(),
            ..identity(resource, of("identity").next(), of("routerboard").next())
        }),
        condition: condition(&records),
        interfaces: ports,
        has_all_interfaces,
        warnings,
    })
}

/// One record.
pub(super) struct Record<'a> {
    pub(super) kind: &'a str,
    properties: Vec<(&'a str, &'a str)>,
}

impl<'a> Record<'a> {
    pub(super) fn get(&self, key: &str) -> Option<&'a str> {
        self.properties
            .iter()
            .find(|(known, _)| *known == key)
            .map(|(_, value)| *value)
            .filter(|value| !value.is_empty())
    }

    pub(super) fn text(&self, key: &str) -> Option<String> {
        clean(self.get(key)?)
    }

    /// A plain number, or the one that a text begins with: `-61dBm@6Mbps`.
    pub(super) fn number(&self, key: &str) -> Option<f64> {
        leading_number(self.get(key)?)
    }

    pub(super) fn is(&self, key: &str) -> Option<bool> {
        match self.get(key)? {
            "true" | "yes" => Some(true),
            "false" | "no" => Some(false),
            _ => None,
        }
    }
}

/// The records of these kinds that were printed. What stands before the first is what a refused command said.
fn records<'a>(text: &'a str, kinds: &[&str]) -> Vec<Record<'a>> {
    let mut records: Vec<Record<'_>> = Vec::new();
    for line in text.lines().map(|line| line.trim_end_matches('\r')) {
        if let Some(kind) = line.strip_prefix("== ") {
            if records.len() >= RECORDS_MAX {
                break;
            }
            records.push(Record { kind, properties: Vec::new() });
        } else if let (Some(record), Some(pair)) = (records.last_mut(), pair(line))
            && record.properties.len() < PROPERTIES_MAX
        {
            record.properties.push(pair);
        }
    }
    records.retain(|record| kinds.contains(&record.kind));
    records
}

/// `key=value`, or as the health of 6 is printed, `  key: value`.
fn pair(line: &str) -> Option<(&str, &str)> {
    let is_key =
        |key: &str| !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    let (key, value) = line.split_once('=').filter(|(key, _)| is_key(key)).or_else(|| line.split_once(": "))?;
    let key = key.trim();
    is_key(key).then_some((key, value.trim()))
}

/// The number that a text begins with.
pub(super) fn leading_number(text: &str) -> Option<f64> {
    let is_part = |(at, letter): (usize, char)| letter.is_ascii_digit() || letter == '.' || (at == 0 && letter == '-');
    let end = text.char_indices().find(|part| !is_part(*part)).map_or(text.len(), |(at, _)| at);
    text[..end].parse().ok().filter(|number: &f64| number.is_finite())
}

/// Bits per second: `1Gbps`, `866.7Mbps-80MHz/2S/SGI`, or a plain number of them.
pub(super) fn rate(text: &str) -> Option<f64> {
    let number = leading_number(text)?;
    let unit = text.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    let scale = match unit.get(..4).unwrap_or(unit) {
        "Gbps" => 1e9,
        "Mbps" => 1e6,
        "kbps" | "Kbps" => 1e3,
        "" | "bps" => 1.0,
        _ => return None,
    };
    wifi::positive(number * scale)
}

/// `3w2d04:05:06`, `04:05:06`, `3w2d4h5m6s`, with or without a fraction.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let (mut seconds, mut rest) = (0.0, text.trim());
    while let Some(end) = rest.find(['w', 'd', 'h', 'm', 's']) {
        let number: f64 = rest[..end].parse().ok()?;
        let unit = match rest.as_bytes()[end] {
            b'w' => 604_800.0,
            b'd' => 86_400.0,
            b'h' => 3600.0,
            b'm' => 60.0,
            _ => 1.0,
        };
        seconds += number * unit;
        rest = &rest[end + 1..];
    }
    if !rest.is_empty() {
        let clock: Option<Vec<f64>> = rest.split(':').map(|part| part.parse().ok()).collect();
        let [hours, minutes, last] = clock?[..] else { return None };
        seconds += hours * 3600.0 + minutes * 60.0 + last;
    } else if text.trim().is_empty() {
        return None;
    }
    Duration::try_from_secs_f64(seconds).ok()
}

fn identity(resource: Option<&Record<'_>>, name: Option<&Record<'_>>, board: Option<&Record<'_>>) -> Identity {
    let of = |record: Option<&Record<'_>>, key: &str| record.and_then(|record| record.text(key));
    let version = of(resource, "version");
    Identity {
        sys_name: of(name, "name"),
        vendor: Some("MikroTik".to_owned()),
        platform: Some("routeros".to_owned()),
        model: of(board, "model").or_else(|| of(resource, "board-name")),
        // `7.13.2 (stable)`.
        version: version.map(|version| version.split(' ').next().unwrap_or_default().to_owned()),
        serial: of(board, "serial-number"),
        ..Identity::default()
    }
}

fn restart(record: &Record<'_>) -> Option<String> {
    record.text("message").filter(|message| message.starts_with("router "))
}

fn speed<'a>(record: &Record<'a>) -> Option<(&'a str, u64)> {
    let bps = rate(record.get("rate")?)?;
    (record.get("status")? == "link-ok" && bps <= 1e13).then_some(())?;
    Some((record.get("name")?, bps.round() as u64))
}

fn port(record: &Record<'_>, speeds: &BTreeMap<&str, u64>) -> Option<InterfaceReading> {
    let name = record.get("name")?;
    let count = |key: &str| record.get(key)?.parse().ok().map(|value| Count { value, width: CounterWidth::Bits64 });
    Some(InterfaceReading {
        index: u32::from_str_radix(record.get("id")?.strip_prefix('*')?, 16).ok()?,
        name: clean(name)?,
        alias: record.text("comment"),
        if_type: record.get("type").and_then(if_type),
        mac: record.get("mac-address").and_then(|mac| mac.parse().ok()),
        speed_bps: speeds.get(name).copied(),
        is_admin_up: record.is("disabled").map(|is_off| !is_off),
        is_oper_up: record.is("running"),
        is_wan: None,
        in_octets: count("rx-byte"),
        out_octets: count("tx-byte"),
        in_errors: count("rx-error"),
        out_errors: count("tx-error"),
        in_discards: count("rx-drop"),
        out_discards: count("tx-drop"),
        discontinuity_cs: None,
    })
}

/// The ifType (IANAifType-MIB) of a type of its own: what RouterOS tells over SNMP, and for tunnels what they are. LTE
/// and VRRP are left out: which number it tells for them is not known.
fn if_type(own: &str) -> Option<u32> {
    match own {
        "ether" => Some(6),
        "loopback" => Some(24),
        "wlan" | "wifi" | "cap" => Some(71),
        "vlan" => Some(135),
        "bond" => Some(161),
        "bridge" => Some(209),
        "pppoe-out" | "pppoe-in" | "ppp-out" | "ppp-in" | "l2tp-out" | "l2tp-in" | "sstp-out" | "sstp-in"
        | "pptp-out" | "pptp-in" | "ovpn-out" | "ovpn-in" => Some(23),
        "eoip" | "gre-tunnel" | "ipip-tunnel" | "6to4-tunnel" | "wg" => Some(131),
        _ => None,
    }
}

/// The port of the default route in use: 7 says `immediate-gw=192.0.2.1%ether1`, 6 `gateway-status=192.0.2.1 reachable
/// via  ether1`; a route into a tunnel names it as its gateway.
fn default_port<'a>(routes: impl Iterator<Item = &'a Record<'a>>, ports: &[InterfaceReading]) -> Option<String> {
    let is_port = |name: &str| ports.iter().any(|port| port.name == name);
    let through = |route: &Record<'_>| {
        let last = |key: &str, before: &str| Some(route.get(key)?.rsplit_once(before)?.1.trim().to_owned());
        [last("immediate-gw", "%"), last("gateway-status", "via "), route.text("immediate-gw"), route.text("gateway")]
            .into_iter()
            .flatten()
            .find(|name| is_port(name))
    };
    routes
        .filter(|route| route.is("active") == Some(true))
        .filter_map(|route| Some((route.number("distance").unwrap_or(0.0), through(route)?)))
        .min_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, name)| name)
}

fn condition(records: &[Record<'_>]) -> Condition {
    let of = |kind: &'static str| records.iter().filter(move |record| record.kind == kind);
    let resource = of("resource").next();
    let number = |key: &str| resource.and_then(|record| record.number(key));
    let memory = number("total-memory").zip(number("free-memory"));
    let mut condition = Condition {
        cpu_percent: number("cpu-load").filter(|percent| (0.0..=100.0).contains(percent)),
        memory_used_percent: memory
            .and_then(|(total, free)| share(total - free, total))
            .filter(|percent| (0.0..=100.0).contains(percent)),
        neighbours: of("neighbour").filter_map(neighbour).take(NEIGHBOURS_MAX).collect(),
        ..Condition::default()
    };
    of("health").for_each(|record| health(record, &mut condition));
    of("gauge").for_each(|record| gauge(record, &mut condition));
    for (kind, key, name) in [("leases", "bound", "DHCP leases"), ("arp", "entries", "ARP entries")] {
        if let Some(number) = of(kind).next().and_then(|record| record.number(key)) {
            wifi::add(&mut condition, Class::Count, name, number);
        }
    }
    routeros_wifi::read(records, &mut condition);
    keep_plausible(&mut condition);
    condition
}

/// 6: `voltage: 24.1V`, `temperature: 41C`, `fan1-speed: 3500RPM`.
fn health(record: &Record<'_>, condition: &mut Condition) {
    for (name, text) in &record.properties {
        let unit = text.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.' || letter == '-');
        if let (Some(class), Some(value)) = (class_of(unit), leading_number(text)) {
            wifi::add(condition, class, *name, value);
        }
    }
}

/// 7: `name=cpu-temperature`, `value=41`, `type=C`.
fn gauge(record: &Record<'_>, condition: &mut Condition) {
    let class = record.get("type").and_then(class_of);
    if let (Some(class), Some(name), Some(value)) = (class, record.text("name"), record.number("value")) {
        wifi::add(condition, class, name, value);
    }
}

fn class_of(unit: &str) -> Option<Class> {
    match unit {
        "V" => Some(Class::Voltage),
        "C" => Some(Class::Temperature),
        "A" => Some(Class::Current),
        "W" => Some(Class::Power),
        "RPM" => Some(Class::FanSpeed),
        _ => None,
    }
}

/// Those that told of themselves by LLDP or CDP. The maker's own protocol reaches through switches, and 6 does not say
/// by which one a neighbour was heard.
fn neighbour(record: &Record<'_>) -> Option<Neighbour> {
    let heard = record.get("discovered-by")?;
    let how = if heard.contains("lldp") {
        NeighbourProtocol::Lldp
    } else if heard.contains("cdp") {
        NeighbourProtocol::Cdp
    } else {
        return None;
    };
    Some(Neighbour {
        port: clean(record.get("interface")?.split([',', ';']).next()?)?,
        name: record.text("identity"),
        mac: record.get("mac-address").and_then(|mac| mac.parse().ok()),
        how,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn times_rates_and_releases_are_read_as_they_are_written() {
        let times = ["1w2d03:04:05", "03:04:05", "2w3d4h5m6s", "10m", "00:00:01.5", "5", "", "1x", "1:2", "w"];
        let told = times.map(|text| duration(text).map(|time| time.as_secs_f64()));
        let right = [Some(788_645.0), Some(11_045.0), Some(1_483_506.0), Some(600.0), Some(1.5)];
        assert_eq!(told[..5], right);
        assert_eq!(told[5..], [None; 5]);
        let rates =
            ["1Gbps", "2.5Gbps", "866.7Mbps-80MHz/2S/SGI", "65000000", "100Mbps", "0", "fast", "5 apples", "-1Mbps"];
        let told = rates.map(rate);
        assert_eq!(told[..5], [1e9, 2.5e9, 866.7e6, 65e6, 1e8].map(Some));
        assert_eq!(told[5..], [None; 4]);
        let releases = ["6.49.7 (stable)", "7.16beta3", "7.1", "", "x"].map(release);
        assert_eq!(releases, [(6, 49), (7, 16), (7, 1), (0, 0), (0, 0)]);
    }

    #[test]
    fn the_commands_are_those_that_the_device_can_have() {
        let texts =
            |first: &str| further(first.as_bytes(), true).iter().map(|command| command.text).collect::<Vec<_>>();
        let of = |version: &str, kind: &str| texts(&format!("== resource\nversion={version}\n== port\ntype={kind}\n"));
        let has = |texts: &[&str], menu: &str| texts.iter().any(|text| text.contains(menu));
        let six = of("6.49.7 (stable)", "wlan");
        assert!(has(&six, "/system health print") && has(&six, "[/interface wireless find]"), "{six:?}");
        let seven = of("7.16.1 (stable)", "wifi");
        assert!(has(&seven, "[/system health find]") && has(&seven, "[/interface wifi find]"), "{seven:?}");
        assert!(has(&of("7.12 (stable)", "wifi"), "[/interface wifiwave2 find]"));
        assert!(!has(&of("7.16", "ether"), "registration-table"));
        let minute = further(b"== resource\nversion=7.16\n== port\ntype=wifi\n", false);
        assert_eq!(minute, [HEALTH_7, routeros_wifi::WIFI], "facts are not asked for each minute");
    }

    #[test]
    fn a_route_into_a_tunnel_and_the_nearer_of_two_show_the_port() {
        let wan = |routes: &str| {
            let ports = "== port\nid=*1\nname=ether1\n== port\nid=*A\nname=pppoe-out1\n== end\n";
            let told = [(FIRST, ports.into()), (ROUTES, routes.into())];
            let ports = read(&told).unwrap().interfaces;
            ports.into_iter().find(|port| port.is_wan == Some(true)).map(|port| port.index)
        };
        assert_eq!(wan("== route\nactive=true\ngateway=pppoe-out1\n"), Some(10));
        let two = "== route\nactive=true\ndistance=2\nimmediate-gw=192.0.2.1%ether1\n== route\nactive=true\ndistance=1\n\
                   immediate-gw=pppoe-out1\n";
        assert_eq!(wan(two), Some(10));
        assert_eq!(wan("== route\nactive=false\ngateway=pppoe-out1\n== route\nactive=true\ngateway=192.0.2.1\n"), None);
    }

    #[test]
    fn what_is_cut_short_says_so_and_what_is_another_shell_is_refused() {
        let cut = read(&[(FIRST, "== resource\nuptime=5m\n== port\nid=*1\nname=ether1\n".into())]).unwrap();
        assert_eq!((cut.has_all_interfaces, cut.warnings.len(), cut.interfaces.len()), (false, 1, 1));
        assert_eq!(read(&[(FIRST, "ash: :put: not found\n".into())]), Err(NotRouterOs));
        assert!(is_refusal(b"bad command name stat() (line 1 column 1)\r\n") && !is_refusal(b"== cpu\ncpu 1 2 3 4\n"));
    }

    proptest! {
        #[test]
        fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..2000), words in "[=*A-Za-z0-9:. \n-]{0,400}") {
            for command in [FIRST, BOARD, ETHERNET, ROUTES, LEASES, NEIGHBOURS, HEALTH_6, HEALTH_7, routeros_wifi::WIRELESS] {
                drop(read(&[(FIRST, bytes.clone()), (command, words.clone().into_bytes())]));
            }
            drop(further(&bytes, true));
            std::hint::black_box((duration(&words), rate(&words), is_refusal(&bytes)));
        }
    }
}
