//! Linux through a shell: one constant script, and the reading made of what it prints.
//!
//! The script has nothing filled in, so there is nothing to quote. It needs a POSIX shell with `cat`, `echo`, `printf`
//! and `uname` (busybox ash will do); a file that is not there is left out. What a device was named or labelled goes
//! through `printf`: dash's `echo` obeys a backslash in it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::family::{Clues, Family, Sensor, yes_if};
use super::parts::{Parts, assignment, clean};
use super::ubiquiti_ssh::Ubiquiti;
use super::{family, linux_load, openwrt_ssh, routing};
use crate::condition::{Condition, SensorClass as Class};
use crate::plausible::keep_plausible;
use crate::reading::{Count, CounterWidth, Identity, InterfaceReading, Reading, Uptime};

/// Any Linux with net-snmp that is of no family of its own.
pub(super) static FAMILY: Family = Family {
    key: "linux",
    platform: "linux",
    recognise: |clues: &Clues<'_>| {
        yes_if(clues.is_below("1.3.6.1.4.1.8072.3.2.10") || clues.descr.starts_with("Linux "))
    },
    // sysDescr is `uname -a`: the kernel's release is its third word.
    version: &[family::Source::Descr(|descr| if descr.starts_with("Linux ") { family::word(descr, 2) } else { None })],
    sensors: &[LM_SENSORS],
    is_gateway: true,
    ..Family::UNKNOWN
};

/// LM-SENSORS-MIB: temperatures in thousandths of a degree, fans, millivolts.
pub(super) const LM_SENSORS: &[Sensor] = &[
    Sensor::column(
        Class::Temperature,
        family::Name::Cell("1.3.6.1.4.1.2021.13.16.2.1.2", ""),
        "1.3.6.1.4.1.2021.13.16.2.1.3",
    )
    .times(0.001),
    Sensor::column(
        Class::FanSpeed,
        family::Name::Cell("1.3.6.1.4.1.2021.13.16.3.1.2", ""),
        "1.3.6.1.4.1.2021.13.16.3.1.3",
    ),
    Sensor::column(
        Class::Voltage,
        family::Name::Cell("1.3.6.1.4.1.2021.13.16.4.1.2", ""),
        "1.3.6.1.4.1.2021.13.16.4.1.3",
    )
    .times(0.001),
];

/// What is run on the device. Each part begins with a line `== NAME`. Files are read without a process for each: a
/// small router has hundreds of ports. The load is that of one second; what is counted is counted there, so that
/// nobody's name and address comes with it. `$i` is what the device itself calls a port.
pub const SCRIPT: &str = r#"stat() { l=; read -r l 2>/dev/null < /proc/stat; printf '%s\n' "$l"; }
echo '== cpu'; stat; sleep 1 2>/dev/null
echo '== cpu later'; stat
echo '== uptime'; cat /proc/uptime 2>/dev/null
echo '== hostname'; cat /proc/sys/kernel/hostname 2>/dev/null
echo '== uname'; uname -a 2>/dev/null
echo '== openwrt_release'; cat /etc/openwrt_release 2>/dev/null
echo '== os-release'; cat /etc/os-release 2>/dev/null
echo '== model'; cat /tmp/sysinfo/model 2>/dev/null
echo '== board'; ubus -t 3 call system board 2>/dev/null
for f in /sys/class/dmi/id/sys_vendor /sys/class/dmi/id/product_name /sys/class/dmi/id/product_serial; do
echo "== ${f##*/}"; cat "$f" 2>/dev/null
done
echo '== net'; cat /proc/net/dev 2>/dev/null
echo '== route'; cat /proc/net/route 2>/dev/null
for d in /sys/class/net/*; do
i=${d##*/}
printf '%s\n' "== port $i"
for f in ifindex address operstate speed type flags ifalias; do
v=; read -r v 2>/dev/null < "$d/$f"; printf '%s\n' "$f=$v"
done
[ -e "$d/phy80211" ] || [ -e "$d/wireless" ] || continue
for f in info assoclist; do
printf '%s\n' "== iwinfo $f $i"; ubus -t 3 call iwinfo "$f" "{\"device\":\"$i\"}" 2>/dev/null
done
printf '%s\n' "== hostapd $i"; ubus -t 3 call "hostapd.$i" get_clients 2>/dev/null
done
echo '== watchdog'
for f in /sys/class/watchdog/watchdog*/bootstatus; do
v=; read -r v 2>/dev/null < "$f" || continue
printf '%s\n' "$v"
done
echo '== meminfo'; cat /proc/meminfo 2>/dev/null
echo '== hwmon'
for f in /sys/class/hwmon/hwmon*/temp*_input /sys/class/hwmon/hwmon*/fan*_input /sys/class/hwmon/hwmon*/in*_input; do
v=; n=; l=; read -r v 2>/dev/null < "$f" || continue
read -r n 2>/dev/null < "${f%/*}/name"; read -r l 2>/dev/null < "${f%_input}_label"
printf '%s\t%s\t%s\t%s\n' "${f##*/}" "$v" "$n" "$l"
done
echo '== thermal'
for d in /sys/class/thermal/thermal_zone*; do
v=; n=; read -r v 2>/dev/null < "$d/temp" || continue
read -r n 2>/dev/null < "$d/type"; printf '%s\n' "$n=$v"
done
for f in /tmp/dhcp.leases /var/lib/misc/dnsmasq.leases; do
[ -r "$f" ] || continue
n=0; while read -r t l; do case $t in ''|*[!0-9]*) break ;; esac; n=$((n+1)); done < "$f"
echo '== leases'; echo "$n"
done
if [ -r /proc/net/arp ]; then
n=0; while read -r a t f l; do case $f in 0x0) ;; 0x*) n=$((n+1)) ;; esac; done < /proc/net/arp
echo '== arp'; echo "$n"
fi
for p in mca-status wstalist mca-dump; do
printf '%s\n' "== $p"; "$p" 2>/dev/null
done
echo '== end'
"#;

/// More ports than any device of a hall has.
const PORTS_MAX: usize = 2048;

/// IFF_UP of `<linux/if.h>`: somebody turned the port on.
const IFF_UP: u64 = 1;

/// The output is not that of [`SCRIPT`] in a shell on Linux.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("its shell does not answer as Linux does: neither /proc/uptime nor a network port was shown")]
pub struct NotLinux;

/// Reads what [`SCRIPT`] printed.
///
/// # Errors
/// When it tells nothing that Linux tells.
pub fn read(output: &[u8]) -> Result<Reading, NotLinux> {
    // Text is bounded where it is kept; the whole is bounded by whoever read it.
    let output = String::from_utf8_lossy(output);
    let parts = Parts::of(&output);
    let uptime = uptime(parts.text("uptime"));
    let traffic = traffic(parts.text("net"));
    let mut ports: Vec<InterfaceReading> =
        parts.about("port").filter_map(|(name, port)| self::port(name, port, &traffic)).collect();
    ports.sort_by_key(|port| port.index);
    ports.dedup_by_key(|port| port.index);
    let mut warnings = Vec::new();
    let is_whole = parts.has("end") && ports.len() <= PORTS_MAX;
    if !is_whole {
        warnings.push("what the device's shell printed was cut short".to_owned());
    }
    ports.truncate(PORTS_MAX);
    if let Some(wan) = default_port(parts.text("route")) {
        routing::mark(&mut ports, |port| port.name == wan);
    }
    if uptime.is_none() && ports.is_empty() {
        return Err(NotLinux);
    }
    let ubiquiti = Ubiquiti::of(&parts);
    let (identity, condition) = (Some(identity(&parts, &ubiquiti)), condition(&parts, &ubiquiti));
    Ok(Reading { uptime, identity, interfaces: ports, has_all_interfaces: is_whole, condition, warnings })
}

fn condition(parts: &Parts<'_>, ubiquiti: &Ubiquiti<'_>) -> Condition {
    let mut condition = Condition::default();
    linux_load::read(parts, &mut condition);
    openwrt_ssh::read(parts, &mut condition);
    ubiquiti.read(&mut condition);
    keep_plausible(&mut condition);
    condition
}

fn identity(parts: &Parts<'_>, ubiquiti: &Ubiquiti<'_>) -> Identity {
    let os = parts.text("os-release");
    let mut identity = Identity {
        sys_name: parts.line("hostname"),
        sys_descr: parts.line("uname"),
        vendor: parts.line("sys_vendor"),
        platform: Some("linux".to_owned()),
        model: parts.line("product_name"),
        version: assignment(os, "PRETTY_NAME").or_else(|| assignment(os, "VERSION_ID")),
        serial: parts.line("product_serial"),
        restart_reason: parts.text("watchdog").lines().find_map(restart_reason),
        ..Identity::default()
    };
    openwrt_ssh::identify(parts, &mut identity);
    ubiquiti.identify(&mut identity);
    identity
}

/// What a watchdog knows of the last start (WDIOF_… of `<linux/watchdog.h>`); one that knows nothing says 0.
fn restart_reason(bootstatus: &str) -> Option<String> {
    const REASONS: [(u32, &str); 5] = [
        (0x01, "overheated"),
        (0x02, "fan failed"),
        (0x10, "power too low"),
        (0x20, "watchdog: it hung"),
        (0x40, "power too high"),
    ];
    let flags: u32 = bootstatus.trim().parse().ok()?;
    let told: Vec<&str> = REASONS.iter().filter(|(flag, _)| flags & flag != 0).map(|(_, reason)| *reason).collect();
    (!told.is_empty()).then(|| told.join(", "))
}

/// Seconds since boot, with hundredths: the first number of `/proc/uptime` (proc_uptime(5)).
fn uptime(text: &str) -> Option<Uptime> {
    let seconds: f64 = text.split_whitespace().next()?.parse().ok()?;
    let since_start = Duration::try_from_secs_f64(seconds).ok()?;
    Some(Uptime { since_start, is_32_bit_centiseconds: false })
}

/// The counters of one port: eight received, eight sent.
type Columns = [u64; 16];

/// The table of `/proc/net/dev` (proc_pid_net(5)).
fn traffic(table: &str) -> BTreeMap<&str, Columns> {
    let row = |line: &'_ str| -> Option<Columns> {
        let mut columns = [0; 16];
        let mut words = line.split_whitespace();
        for column in &mut columns {
            *column = words.next()?.parse().ok()?;
        }
        Some(columns)
    };
    table
        .lines()
        .filter_map(|line| line.rsplit_once(':'))
        .filter_map(|(name, rest)| Some((name.trim(), row(rest)?)))
        .collect()
}

fn port(name: &str, text: &str, traffic: &BTreeMap<&str, Columns>) -> Option<InterfaceReading> {
    let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('=')).map(str::trim);
    let flags = value("flags").and_then(|flags| u64::from_str_radix(flags.trim_start_matches("0x"), 16).ok());
    let columns = traffic.get(name);
    // The kernel counts in 64 bits on every architecture (rtnl_link_stats64).
    let count = |nth: usize| columns.map(|columns| Count { value: columns[nth], width: CounterWidth::Bits64 });
    Some(InterfaceReading {
        index: value("ifindex")?.parse().ok()?,
        name: clean(name)?,
        alias: value("ifalias").and_then(clean),
        if_type: value("type").and_then(if_type),
        mac: value("address").and_then(|mac| mac.parse().ok()).filter(|mac| *mac != crate::device::Mac([0; 6])),
        // -1 and an error both mean that the port has no speed now.
        speed_bps: value("speed").and_then(|speed| speed.parse::<u64>().ok()?.checked_mul(1_000_000)),
        is_admin_up: flags.map(|flags| flags & IFF_UP != 0),
        is_oper_up: value("operstate").and_then(|state| match state {
            "up" => Some(true),
            "down" | "lowerlayerdown" | "notpresent" | "dormant" | "testing" => Some(false),
            // "unknown" is what ports say that have no carrier to know of, loopback and tunnels.
            _ => None,
        }),
        in_octets: count(0),
        in_errors: count(2),
        in_discards: count(3),
        out_octets: count(8),
        out_errors: count(10),
        out_discards: count(11),
        discontinuity_cs: None,
        // Known once all ports are.
        is_wan: None,
    })
}

/// The port of the default route of the least metric, in `/proc/net/route` (kernel, `net/ipv4/fib_trie.c`): interface,
/// destination, gateway, flags, references, use, metric, mask.
fn default_port(table: &str) -> Option<&str> {
    fn route(line: &str) -> Option<(u32, &str)> {
        let mut words = line.split_whitespace();
        let (name, to) = (words.next()?, words.next()?);
        let metric: u32 = words.nth(4)?.parse().ok()?;
        (to == "00000000" && words.next()? == "00000000").then_some((metric, name))
    }
    table.lines().filter_map(route).min_by_key(|(metric, _)| *metric).map(|(_, name)| name)
}

/// The ifType (IANAifType-MIB) of an ARPHRD number (`<linux/if_arp.h>`), as net-snmp translates it.
fn if_type(arphrd: &str) -> Option<u32> {
    match arphrd {
        // ARPHRD_ETHER: ethernetCsmacd
        "1" => Some(6),
        // ARPHRD_PPP: ppp
        "512" => Some(23),
        // ARPHRD_LOOPBACK: softwareLoopback
        "772" => Some(24),
        // ARPHRD_TUNNEL, _TUNNEL6, _SIT, _IPGRE: tunnel
        "768" | "769" | "776" | "778" => Some(131),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OPENWRT: &str = "== uptime\n8031.32 7000.11\n== hostname\nap-1\n== uname\nLinux ap-1 5.15.167 #0 mips GNU/Linux\n\
== openwrt_release\nDISTRIB_ID='OpenWrt'\nDISTRIB_RELEASE='23.05.5'\nDISTRIB_DESCRIPTION='OpenWrt 23.05.5 r24106'\n\
== os-release\nNAME=\"OpenWrt\"\nPRETTY_NAME=\"OpenWrt 23.05.5\"\n== model\nTP-Link Archer C7 v5\n\
== sys_vendor\n== product_name\n== product_serial\n== net\n\
Inter-|   Receive                                                |  Transmit\n\
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n\
    lo: 100 1 0 0 0 0 0 0 100 1 0 0 0 0 0 0\n\
  eth0:5000000000 4 1 2 0 0 0 9 7 8 3 4 0 0 0 0\n\
== port eth0\nifindex=2\naddress=48:8f:5a:01:02:03\noperstate=up\nspeed=1000\ntype=1\nflags=0x1003\nifalias=lên làng\n\
== port lo\nifindex=1\naddress=00:00:00:00:00:00\noperstate=unknown\nspeed=\ntype=772\nflags=0x9\nifalias=\n\
== port wan\nifindex=3\naddress=48:8f:5a:01:02:04\noperstate=lowerlayerdown\nspeed=-1\ntype=1\nflags=0x1002\nifalias=\n== end\n";

    #[test]
    fn an_openwrt_access_point_is_read_whole() {
        let reading = read(OPENWRT.as_bytes()).unwrap();
        assert!(reading.has_all_interfaces && reading.warnings.is_empty(), "{:?}", reading.warnings);
        assert_eq!(reading.uptime.unwrap().since_start, Duration::from_millis(8_031_320));
        let identity = reading.identity.unwrap();
        let told = [identity.vendor, identity.platform, identity.model, identity.version, identity.sys_name];
        assert_eq!(told.map(Option::unwrap), ["OpenWrt", "openwrt", "TP-Link Archer C7 v5", "23.05.5", "ap-1"]);
        let [lo, eth0, wan] = &reading.interfaces[..] else { panic!("{:?}", reading.interfaces) };
        assert_eq!((lo.index, lo.mac, lo.if_type, lo.is_oper_up, lo.speed_bps), (1, None, Some(24), None, None));
        assert_eq!((eth0.index, eth0.speed_bps, eth0.is_oper_up), (2, Some(1_000_000_000), Some(true)));
        assert_eq!(eth0.alias.as_deref(), Some("lên làng"));
        let counts =
            [eth0.in_octets, eth0.in_errors, eth0.in_discards, eth0.out_octets, eth0.out_errors, eth0.out_discards];
        assert_eq!(counts.map(|count| count.unwrap().value), [5_000_000_000, 1, 2, 7, 3, 4]);
        assert_eq!(
            (wan.is_admin_up, wan.is_oper_up, wan.speed_bps, wan.in_octets),
            (Some(false), Some(false), None, None)
        );
    }

    #[test]
    fn ubus_is_believed_before_the_files_and_its_words_are_cleaned() {
        let board = r#"{"kernel":"5.15.167","hostname":"ap-1","model":"Archer\u001b[2J C7","board_name":"tplink,archer-c7-v5",
                        "release":{"distribution":"LibreMesh","version":"2024.1","target":"ath79/generic"}}"#;
        let told = |board: &str| {
            let output = OPENWRT.replace("== sys_vendor", &format!("== board\n{board}\n== sys_vendor"));
            let identity = read(output.as_bytes()).unwrap().identity.unwrap();
            [identity.vendor, identity.model, identity.version].map(Option::unwrap)
        };
        assert_eq!(told(board), ["LibreMesh", "Archer[2J C7", "2024.1"]);
        for silent in ["", "Command failed: Not found", "{\"release\":7}", "[[[["] {
            assert_eq!(told(silent), ["OpenWrt", "TP-Link Archer C7 v5", "23.05.5"], "{silent}");
        }
    }

    #[test]
    fn the_default_route_of_the_least_metric_shows_the_wan() {
        let wan_of = |routes: &str| {
            let head = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";
            let output = OPENWRT.replace("== port eth0", &format!("== route\n{head}{routes}== port eth0"));
            let ports = read(output.as_bytes()).unwrap().interfaces;
            ports.into_iter().map(|port| (port.name, port.is_wan)).collect::<Vec<_>>()
        };
        let row = |name: &str, to: &str, metric: u32, mask: &str| {
            format!("{name}\t{to}\t010200C0\t0003\t0\t0\t{metric}\t{mask}\t0\t0\t0\n")
        };
        let told =
            |wan: [Option<bool>; 3]| ["lo", "eth0", "wan"].map(str::to_owned).into_iter().zip(wan).collect::<Vec<_>>();
        let two = row("eth0", "00000000", 20, "00000000") + &row("wan", "00000000", 10, "00000000");
        assert_eq!(wan_of(&two), told([Some(false), Some(false), Some(true)]));
        assert_eq!(wan_of(&row("eth0", "000200C0", 0, "00FFFFFF")), told([None; 3]));
    }

    #[test]
    fn a_plain_linux_machine_is_known_by_its_board() {
        let output = "== uptime\n5.00 4.00\n== os-release\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n\
                      == sys_vendor\nSupermicro\n== product_name\nX11\n== end\n";
        let identity = read(output.as_bytes()).unwrap().identity.unwrap();
        let told = [identity.platform, identity.vendor, identity.model, identity.version];
        assert_eq!(told.map(Option::unwrap), ["linux", "Supermicro", "X11", "Debian GNU/Linux 12 (bookworm)"]);
        assert_eq!((identity.serial, identity.restart_reason), (None, None));
    }

    #[test]
    fn what_is_cut_short_says_so_and_what_is_no_linux_is_refused() {
        let cut = &OPENWRT[..OPENWRT.find("== port wan").unwrap()];
        let reading = read(cut.as_bytes()).unwrap();
        assert_eq!((reading.has_all_interfaces, reading.warnings.len(), reading.interfaces.len()), (false, 1, 2));
        assert_eq!(read(b"bad command name echo (line 1 column 1)\n"), Err(NotLinux));
    }

    #[test]
    fn names_from_a_device_are_cleaned() {
        let output = OPENWRT.replace("ap-1\n== uname", "ap\u{202e}-1\u{1b}[2J\n== uname");
        assert_eq!(read(output.as_bytes()).unwrap().identity.unwrap().sys_name.as_deref(), Some("ap-1[2J"));
    }

    proptest! {
        #[test]
        fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..2000), at in 0usize..1200) {
            drop(read(&bytes));
            let at = at.min(OPENWRT.len());
            let mut mixed = OPENWRT.as_bytes()[..at].to_vec();
            mixed.extend(bytes);
            mixed.extend(&OPENWRT.as_bytes()[at..]);
            drop(read(&mixed));
        }
    }
}
