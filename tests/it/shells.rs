//! What is run on a device, in the shells that devices have: it tells the same in each of them.

use std::time::Duration;

use inventory::condition::SensorClass;
use inventory::platform::linux;
use inventory::reading::Reading;
use villagenet_tests::machine::{Machine, System};
use villagenet_tests::process::run;

const PATIENCE: Duration = Duration::from_secs(60);

/// The shells, and where each finds its programs: those of OpenWrt are all busybox, and each has what a test adds.
const SHELLS: [(&str, &str); 3] =
    [("bash", "/usr/bin:/bin:/run/bin"), ("dash", "/usr/bin:/bin:/run/bin"), ("/run/ash", "/run/bin")];

/// A label that somebody has given a port, with what a shell could take for an order.
const ALIAS: &str = r"lên làng \c \n== end $(id) `id` \\ 100% a=b";

/// Ports of its own, whose counters stand still once this is over. `$1` is the alias.
const PORTS: &str = r#"set -e
mount -t sysfs sysfs /sys
busybox ip link add cổng-1 type veth
busybox ip link set veth0 name '$(id)`*\c'
busybox ip link set lo up
busybox ip link set cổng-1 address 48:8f:5a:01:02:03
printf '%s\n' "$1" >/sys/class/net/cổng-1/ifalias
busybox ping -q -c 2 127.0.0.1 >/dev/null
busybox ip addr add 192.0.2.1/24 dev cổng-1
busybox ip link set cổng-1 up
busybox arp -i cổng-1 -s 192.0.2.7 02:00:5e:00:53:01
"#;

/// What an access point has in `/sys`, `/tmp` and its `PATH`, which no machine of ours has: a radio's network, sensors,
/// leases, and a ubus that answers what it is asked with arguments that are JSON.
const ACCESS_POINT: &str = r#"set -e
mount -t tmpfs tmpfs /sys
ap=/sys/class/net/phy0-ap0
mkdir -p $ap/phy80211 /sys/class/net/eth0 /sys/class/hwmon/hwmon0 /sys/class/hwmon/hwmon1 /sys/class/thermal
echo 2 >/sys/class/net/eth0/ifindex
echo 5 >$ap/ifindex
echo 48000 >/sys/class/hwmon/hwmon0/temp1_input
echo mt7915_phy0 >/sys/class/hwmon/hwmon0/name
echo 12010 >/sys/class/hwmon/hwmon1/in1_input
printf '%s\n' 'Vào nguồn\c' >/sys/class/hwmon/hwmon1/in1_label
cat >/tmp/dhcp.leases <<'END'
1764000000 02:00:5e:00:53:aa 192.0.2.10 may-tinh-bang *
1764000001 02:00:5e:00:53:ab 192.0.2.11 * *
duid 000100012a
1764000002 1 2001:db8::1 * 00
END
cat >/run/bin/ubus <<'END'
#!/run/ash
case "$*" in
'-t 3 call iwinfo info {"device":"phy0-ap0"}')
    echo '{"ssid":"Hội trường","mode":"Master","channel":6,"frequency":2437,"txpower":20,"noise":-90}' ;;
'-t 3 call iwinfo assoclist {"device":"phy0-ap0"}')
    echo '{"results":[{"mac":"02:00:5E:00:53:AA","signal":-50}]}' ;;
*)
    echo 'Command failed: Not found' >&2; exit 4 ;;
esac
END
chmod +x /run/bin/ubus
"#;

/// What the script tells in each of the shells, one after the other on one machine.
fn readings(machine: &Machine, things: &str) -> Vec<Reading> {
    machine.add("script", linux::SCRIPT);
    std::fs::create_dir(machine.path("bin")).unwrap();
    let mut story = format!("busybox --install -s /run/bin\n{things}");
    for (nth, (shell, path)) in SHELLS.into_iter().enumerate() {
        // As a server does it: the whole script is one argument.
        let shell = if shell.starts_with('/') { shell.to_owned() } else { format!("/bin/{shell}") };
        story += &format!("env -i PATH={path} {shell} -c \"$(cat /run/script)\" >/run/out{nth} 2>/run/err{nth}\n");
    }
    let mut command = machine.command_with(&["--net"], "sh");
    run(command.args(["-c", &story, "story", ALIAS]), PATIENCE).expect_success();
    let told = |nth: usize, what: &str| std::fs::read(machine.path(&format!("{what}{nth}"))).unwrap();
    let read = |nth| {
        assert_eq!(String::from_utf8_lossy(&told(nth, "err")), "", "{} complains", SHELLS[nth].0);
        let output = told(nth, "out");
        linux::read(&output)
            .unwrap_or_else(|error| panic!("{}: {error}\n{}", SHELLS[nth].0, String::from_utf8_lossy(&output)))
    };
    (0..SHELLS.len()).map(read).collect()
}

fn assert_alike(mut readings: Vec<Reading>) -> Reading {
    for reading in &mut readings {
        let uptime = reading.uptime.take().unwrap();
        assert!(!uptime.is_32_bit_centiseconds && !uptime.since_start.is_zero(), "{uptime:?}");
        // What is never twice the same must be there.
        let condition = &mut reading.condition;
        let load = condition.cpu_percent.take().zip(condition.memory_used_percent.take());
        assert!(load.is_some_and(|(cpu, memory)| (0.0..=100.0).contains(&cpu) && memory > 0.0), "{load:?}");
    }
    let first = readings.remove(0);
    for (reading, (shell, _)) in readings.iter().zip(&SHELLS[1..]) {
        assert_eq!(*reading, first, "{shell} and {} tell different things", SHELLS[0].0);
    }
    first
}

#[test]
fn bash_dash_and_busybox_ash_tell_the_same_of_a_debian_machine() {
    let reading = assert_alike(readings(&Machine::new(System::Debian, "may-chu"), PORTS));
    assert!(reading.has_all_interfaces && reading.warnings.is_empty(), "{reading:?}");
    let port = |name: &str| {
        let found = reading.interfaces.iter().find(|port| port.name == name);
        found.unwrap_or_else(|| panic!("no {name} in {:?}", reading.interfaces))
    };
    let (lo, labelled, odd) = (port("lo"), port("cổng-1"), port(r"$(id)`*\c"));
    assert!(lo.in_octets.is_some_and(|count| count.value > 0) && lo.if_type == Some(24), "{lo:?}");
    assert_eq!(labelled.alias.as_deref(), Some(ALIAS));
    assert_eq!(labelled.mac, Some("48:8f:5a:01:02:03".parse().unwrap()));
    assert_eq!((odd.is_admin_up, odd.is_oper_up, odd.if_type), (Some(false), Some(false), Some(6)));
    assert!(odd.in_octets.is_some() && odd.out_errors.is_some(), "{odd:?}");
    let arp = reading.condition.sensors.iter().find(|sensor| sensor.name == "ARP entries").unwrap();
    assert_eq!((arp.class, arp.value), (SensorClass::Count, 1.0));
    let identity = reading.identity.as_ref().unwrap();
    let told = [&identity.sys_name, &identity.platform, &identity.version].map(|text| text.as_deref().unwrap());
    assert_eq!(told, ["may-chu", "linux", "Debian GNU/Linux 12 (bookworm)"]);
}

#[test]
fn bash_dash_and_busybox_ash_tell_the_same_of_an_openwrt_access_point() {
    let reading = assert_alike(readings(&Machine::new(System::OpenWrt, "ap-lang"), ACCESS_POINT));
    let identity = reading.identity.as_ref().unwrap();
    let told = [&identity.sys_name, &identity.vendor, &identity.platform, &identity.model, &identity.version];
    let told = told.map(|text| text.as_deref().unwrap());
    assert_eq!(told, ["ap-lang", "OpenWrt", "openwrt", "TP-Link Archer C7 v5", "23.05.5"]);
    let wifi = reading.condition.wifi.unwrap();
    assert_eq!((wifi.clients, wifi.radios.len(), wifi.radios[0].frequency_mhz), (Some(1), 1, Some(2437.0)));
    assert_eq!(wifi.networks[0].ssid, "Hội trường");
    assert_eq!(wifi.stations[0].mac, "02:00:5e:00:53:aa".parse().unwrap());
    let sensors = reading.condition.sensors.iter().map(|sensor| (sensor.class, sensor.name.as_str(), sensor.value));
    let right = [
        (SensorClass::Temperature, "mt7915_phy0 temp1", 48.0),
        (SensorClass::Voltage, r"Vào nguồn\c", 12.01),
        (SensorClass::Count, "DHCP leases", 2.0),
        (SensorClass::Count, "ARP entries", 0.0),
    ];
    assert_eq!(sensors.collect::<Vec<_>>(), right);
}
