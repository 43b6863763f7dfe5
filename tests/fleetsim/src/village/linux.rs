//! [`Linux`]: an OpenWrt device as somebody sees it who has logged in: `/proc`, `/sys`, ubus.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::evil;
use super::family::{Family, PortKind, Role};
use super::live::{Live, Port, cpu_percent, host, ports};
use super::plan::{Device, Hall};
use crate::ssh::Output;
use crate::ssh::shell::World;

const KERNEL: &str = "5.15.167";
const MEMORY_KIB: u64 = 124_000;

/// A device at one moment.
#[derive(Debug)]
pub(super) struct Linux {
    host: String,
    model: &'static str,
    uptime_s: f64,
    unix_s: i64,
    load: f64,
    free_kib: u64,
    ports: Vec<Port>,
    files: BTreeMap<String, Vec<u8>>,
}

impl Linux {
    pub(super) fn at(hall: &Hall, device: &Device, live: &Live, now: f64) -> Linux {
        let host = if live.is_evil { evil::NAME.to_owned() } else { host(device) };
        let load = f64::from(cpu_percent(device, now)) / 100.0;
        let mut linux = Linux {
            host,
            model: device.family.model(),
            uptime_s: live.uptime_s(now),
            unix_s: now as i64 + live.clock_s,
            load,
            free_kib: MEMORY_KIB - 50_000 - (20_000.0 * load) as u64,
            ports: ports(device, live, now),
            files: BTreeMap::new(),
        };
        linux.add_proc();
        linux.add_sys();
        linux.add_etc(hall);
        linux
    }

    fn add(&mut self, path: &str, text: impl Into<String>) {
        self.files.insert(path.to_owned(), text.into().into_bytes());
    }

    fn add_proc(&mut self) {
        self.add("/proc/uptime", format!("{:.2} {:.2}\n", self.uptime_s, self.uptime_s * (1.0 - self.load)));
        self.add("/proc/loadavg", format!("{0:.2} {0:.2} {0:.2} 1/62 2417\n", self.load));
        let memory = format!(
            "MemTotal: {MEMORY_KIB:>14} kB\nMemFree: {0:>15} kB\nMemAvailable: {0:>10} kB\nBuffers: {1:>15} kB\n\
             Cached: {2:>16} kB\n",
            self.free_kib, 2100, 14_000
        );
        self.add("/proc/meminfo", memory);
        let busy = (self.uptime_s * 100.0 * self.load) as u64;
        let idle = (self.uptime_s * 100.0) as u64 - busy;
        self.add("/proc/stat", format!("cpu  {busy} 0 0 {idle} 0 0 0 0 0 0\ncpu0 {busy} 0 0 {idle} 0 0 0 0 0 0\n"));
        self.add("/proc/cpuinfo", "system type\t\t: Qualcomm Atheros QCA956X ver 1 rev 0\nprocessor\t\t: 0\n");
        self.add(
            "/proc/version",
            format!("Linux version {KERNEL} (builder@buildhost) #0 SMP Mon Sep 23 12:34:46 2024\n"),
        );
        self.add("/proc/sys/kernel/hostname", format!("{}\n", self.host));
        self.add("/proc/sys/kernel/osrelease", format!("{KERNEL}\n"));
        let mut table = "Inter-|   Receive                                                |  Transmit\n face |bytes    packets errs \
                         drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n"
            .to_owned();
        for port in &self.ports {
            let (rx, tx) = (port.in_octets, port.out_octets);
            table += &format!("{:>6}: {rx} {} 0 0 0 0 0 0 {tx} {} 0 0 0 0 0 0\n", port.kind.name, rx / 800, tx / 800);
        }
        self.add("/proc/net/dev", table);
        let mut routes =
            "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n".to_owned();
        for port in self.ports.iter().filter(|port| port.kind.role == Role::Up) {
            // By way of 192.0.2.1: RTF_UP and RTF_GATEWAY.
            routes += &format!("{}\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n", port.kind.name);
        }
        self.add("/proc/net/route", routes);
    }

    fn add_sys(&mut self) {
        for port in self.ports.clone() {
            let state = if port.is_up { "up" } else { "down" };
            let carrier = u8::from(port.is_up).to_string();
            let speed = if port.kind.speed_mbps > 0 { port.kind.speed_mbps.to_string() } else { "-1".to_owned() };
            let (rx, tx) = (port.in_octets, port.out_octets);
            let entries = [
                ("ifindex", port.index.to_string()),
                ("address", mac(&port)),
                ("operstate", state.to_owned()),
                ("carrier", carrier),
                ("speed", speed),
                ("mtu", "1500".to_owned()),
                // ARPHRD_ETHER; IFF_UP | BROADCAST | RUNNING | MULTICAST.
                ("type", "1".to_owned()),
                ("flags", "0x1003".to_owned()),
                ("ifalias", String::new()),
                ("statistics/rx_bytes", rx.to_string()),
                ("statistics/tx_bytes", tx.to_string()),
                ("statistics/rx_packets", (rx / 800).to_string()),
                ("statistics/tx_packets", (tx / 800).to_string()),
                ("statistics/rx_errors", "0".to_owned()),
                ("statistics/tx_errors", "0".to_owned()),
                ("statistics/rx_dropped", "0".to_owned()),
                ("statistics/tx_dropped", "0".to_owned()),
            ];
            for (name, text) in entries {
                self.add(&format!("/sys/class/net/{}/{name}", port.kind.name), text + "\n");
            }
        }
        self.add("/sys/class/thermal/thermal_zone0/temp", format!("{}\n", 48_000 + (20_000.0 * self.load) as u64));
    }

    fn add_etc(&mut self, hall: &Hall) {
        let version = Family::OpenWrt.version();
        self.add(
            "/etc/openwrt_release",
            format!(
                "DISTRIB_ID='OpenWrt'\nDISTRIB_RELEASE='{version}'\nDISTRIB_REVISION='r24106-10cc5fcd00'\n\
                 DISTRIB_TARGET='ath79/generic'\nDISTRIB_ARCH='mips_24kc'\n\
                 DISTRIB_DESCRIPTION='OpenWrt {version} r24106-10cc5fcd00'\n"
            ),
        );
        self.add(
            "/etc/os-release",
            format!(
                "NAME=\"OpenWrt\"\nVERSION=\"{version}\"\nID=\"openwrt\"\nID_LIKE=\"lede openwrt\"\n\
                 PRETTY_NAME=\"OpenWrt {version}\"\nVERSION_ID=\"{version}\"\n"
            ),
        );
        self.add("/tmp/sysinfo/model", format!("{}\n", self.model));
        self.add("/tmp/sysinfo/board_name", "tplink,archer-c7-v5\n");
        self.add("/etc/sysinfo/location", format!("{}\n", hall.name));
    }

    fn ubus(&self, words: &[&str]) -> Output {
        let said = match words {
            ["list", ..] => return Output::text("network.device\nnetwork.interface\nsession\nsystem\nuci\n"),
            ["call", "system", "board", ..] => self.board(),
            ["call", "system", "info", ..] => self.info(),
            ["call", "network.device", "status", ..] => self.devices(),
            // UBUS_STATUS_NOT_FOUND.
            _ => {
                return Output { stderr: b"Command failed: Not found\n".to_vec(), status: 4, ..Output::default() };
            }
        };
        Output::text(&format!("{said:#}\n"))
    }

    fn board(&self) -> Value {
        let version = Family::OpenWrt.version();
        json!({
            "kernel": KERNEL, "hostname": self.host, "system": "Qualcomm Atheros QCA956X ver 1 rev 0",
            "model": self.model, "board_name": "tplink,archer-c7-v5", "rootfs_type": "squashfs",
            "release": {
                "distribution": "OpenWrt", "version": version, "revision": "r24106-10cc5fcd00",
                "target": "ath79/generic", "description": format!("OpenWrt {version} r24106-10cc5fcd00"),
            },
        })
    }

    fn info(&self) -> Value {
        // Fixed point with 16 bits behind it, as sysinfo(2) has it.
        let load = (self.load * 65_536.0) as u64;
        json!({
            "localtime": self.unix_s + 25_200, "uptime": self.uptime_s as u64, "load": [load, load, load],
            "memory": {
                "total": MEMORY_KIB * 1024, "free": self.free_kib * 1024, "shared": 270_336, "buffered": 2_150_400,
                "available": self.free_kib * 1024, "cached": 14_336_000,
            },
            "root": { "total": 7680, "free": 7000, "used": 680, "avail": 7000 },
            "swap": { "total": 0, "free": 0 },
        })
    }

    fn devices(&self) -> Value {
        let device = |port: &Port| {
            let mut status = json!({
                "external": false, "present": true, "type": kind(&port.kind), "up": true, "carrier": port.is_up,
                "mtu": 1500, "macaddr": mac(port),
                "statistics": {
                    "rx_bytes": port.in_octets, "rx_packets": port.in_octets / 800, "rx_errors": 0, "rx_dropped": 0,
                    "tx_bytes": port.out_octets, "tx_packets": port.out_octets / 800, "tx_errors": 0, "tx_dropped": 0,
                    "collisions": 0, "multicast": 0,
                },
            });
            if port.is_up && port.kind.speed_mbps > 0 {
                status["speed"] = json!(format!("{}F", port.kind.speed_mbps));
            }
            (port.kind.name.to_owned(), status)
        };
        Value::Object(self.ports.iter().map(device).collect::<Map<String, Value>>())
    }
}

fn kind(port: &PortKind) -> &'static str {
    match (port.role, port.name.starts_with("br-")) {
        (_, true) => "bridge",
        (Role::Up | Role::Down(_) | Role::Empty, false) => "Network device",
    }
}

fn mac(port: &Port) -> String {
    port.mac.map(|byte| format!("{byte:02x}")).join(":")
}

impl World for Linux {
    fn files(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.files
    }

    fn program(&self, words: &[String]) -> Option<Output> {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let line = |text: &str| Some(Output::text(&format!("{text}\n")));
        match words.as_slice() {
            ["ubus", "-t", _, rest @ ..] | ["ubus", rest @ ..] => Some(self.ubus(rest)),
            ["hostname", ..] | ["uname", "-n"] => line(&self.host),
            ["uname", "-r"] => line(KERNEL),
            ["uname", "-m"] => line("mips"),
            ["uname", "-a"] => line(&format!("Linux {} {KERNEL} #0 SMP Mon Sep 23 12:34:46 2024 mips", self.host)),
            ["uname", ..] => line("Linux"),
            ["date", "+%s"] => line(&self.unix_s.to_string()),
            ["id", "-u"] => line("0"),
            ["sleep" | "sync" | "logger", ..] => Some(Output::default()),
            _ => None,
        }
    }
}
