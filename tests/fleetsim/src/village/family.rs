//! [`Family`]: what a device is by make, and which ports it has.

/// A device family, as far as an outsider can tell families apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// MikroTik RouterOS.
    RouterOs,
    /// OpenWrt: net-snmp, ubus, SSH.
    OpenWrt,
    /// Ubiquiti EdgeOS.
    EdgeOs,
    /// DrayTek Vigor: 32-bit counters only, no ifName.
    DrayTek,
    /// Ubiquiti UniFi access point.
    UniFi,
    /// TP-Link Omada access point.
    Omada,
    /// Grandstream GWN access point.
    Grandstream,
    /// TP-Link JetStream switch.
    JetStream,
    /// Ubiquiti airMAX radio: 32-bit counters only, no ifName.
    AirOs,
    /// A camera that names no sysObjectID, as Hikvision's do.
    Camera,
    /// An uninterruptible power supply with RFC 1628.
    Ups,
}

/// Which way a port looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Role {
    /// Towards the provider: what the hall loads comes in.
    Up,
    /// Towards the hall, with this share of what it loads: that goes out.
    Down(f64),
    /// Nothing is plugged in.
    Empty,
}

/// A port as a make has it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PortKind {
    pub(super) name: &'static str,
    /// IANAifType: 6 Ethernet, 71 radio, 209 bridge.
    pub(super) if_type: i64,
    pub(super) speed_mbps: u32,
    pub(super) role: Role,
}

const fn port(name: &'static str, if_type: i64, speed_mbps: u32, role: Role) -> PortKind {
    PortKind { name, if_type, speed_mbps, role }
}

impl Family {
    /// The product's name for it (contracts.md, "platform").
    pub fn platform(self) -> &'static str {
        match self {
            Family::RouterOs => "routeros",
            Family::OpenWrt => "openwrt",
            Family::EdgeOs => "edgeos",
            Family::DrayTek => "draytek",
            Family::UniFi => "unifi",
            Family::Omada | Family::JetStream => "omada",
            Family::Grandstream => "grandstream",
            Family::AirOs => "airos",
            Family::Camera => "hikvision",
            Family::Ups => "apc",
        }
    }

    /// sysObjectID; none when the device has an empty one.
    pub(super) fn object_id(self) -> Option<&'static str> {
        match self {
            Family::RouterOs => Some("1.3.6.1.4.1.14988.1"),
            // net-snmp's own, which many makes leave as it is.
            Family::OpenWrt | Family::UniFi | Family::Grandstream => Some("1.3.6.1.4.1.8072.3.2.10"),
            Family::EdgeOs => Some("1.3.6.1.4.1.41112.1.5"),
            Family::DrayTek => Some("1.3.6.1.4.1.7367"),
            Family::Omada => Some("1.3.6.1.4.1.11863.10"),
            Family::JetStream => Some("1.3.6.1.4.1.11863.5.38"),
            Family::AirOs => Some("1.3.6.1.4.1.10002.1"),
            Family::Camera => None,
            Family::Ups => Some("1.3.6.1.4.1.318.1.3.27"),
        }
    }

    /// sysDescr.
    pub(super) fn description(self, host: &str) -> String {
        match self {
            Family::RouterOs => format!("RouterOS {}", self.model()),
            Family::OpenWrt => {
                format!("Linux {host} 5.15.167 #0 SMP Mon Sep 23 12:34:46 2024 mips")
            }
            Family::EdgeOs => "EdgeOS v2.0.9-hotfix.7.5622731.230615.0857".to_owned(),
            Family::DrayTek => {
                "DrayTek Corporation, Router Model: Vigor2927 Series, Version: 4.4.3.2_STD, Build Date/Time:Jun 27 2023 \
                 11:38:12"
                    .to_owned()
            }
            Family::UniFi => "UAP-AC-Lite 6.6.55.15189".to_owned(),
            Family::Omada => "Omada AC1350 Wireless MU-MIMO Gigabit Access Point EAP225".to_owned(),
            Family::Grandstream => "Grandstream GWN7610".to_owned(),
            Family::JetStream => "JetStream 8-Port Gigabit Smart Switch with 4-Port PoE".to_owned(),
            Family::AirOs => "Linux 2.6.32.71 #1 Mon Dec 6 12:15:19 EET 2021 mips".to_owned(),
            Family::Camera => "Network Camera".to_owned(),
            Family::Ups => {
                "APC Web/SNMP Management Card (MB:v4.1.0 PF:v6.8.2 PN:apc_hw05_aos_682.bin AF1:v6.8.0 MN:AP9630)"
                    .to_owned()
            }
        }
    }

    /// The model.
    pub fn model(self) -> &'static str {
        match self {
            Family::RouterOs => "RB951Ui-2HnD",
            Family::OpenWrt => "TP-Link Archer C7 v5",
            Family::EdgeOs => "EdgeRouter X 5-Port",
            Family::DrayTek => "Vigor2927",
            Family::UniFi => "UAP-AC-Lite",
            Family::Omada => "EAP225",
            Family::Grandstream => "GWN7610",
            Family::JetStream => "TL-SG2008P",
            Family::AirOs => "LiteBeam 5AC Gen2",
            Family::Camera => "DS-2CD1023G0",
            Family::Ups => "Smart-UPS 750",
        }
    }

    /// The firmware's version.
    pub fn version(self) -> &'static str {
        match self {
            Family::RouterOs => "6.49.17",
            Family::OpenWrt => "23.05.5",
            Family::EdgeOs => "v2.0.9-hotfix.7",
            Family::DrayTek => "4.4.3.2",
            Family::UniFi => "6.6.55.15189",
            Family::Omada => "5.1.0",
            Family::Grandstream => "1.0.25.12",
            Family::JetStream => "4.20.2",
            Family::AirOs => "WA.v8.7.11",
            Family::Camera => "V5.5.89",
            Family::Ups => "6.8.0",
        }
    }

    /// Whether it counts octets in 64 bits and names its ports.
    pub(super) fn has_if_x_table(self) -> bool {
        match self {
            Family::RouterOs
            | Family::OpenWrt
            | Family::EdgeOs
            | Family::UniFi
            | Family::Omada
            | Family::Grandstream
            | Family::JetStream => true,
            Family::DrayTek | Family::AirOs | Family::Camera | Family::Ups => false,
        }
    }

    /// The ports of a gateway, or of whatever else the family is.
    pub(super) fn ports(self) -> &'static [PortKind] {
        use Role::{Down, Empty, Up};
        const ROUTER_OS: [PortKind; 7] = [
            port("ether1", 6, 1000, Up),
            port("ether2", 6, 1000, Down(0.55)),
            port("ether3", 6, 1000, Down(0.35)),
            port("ether4", 6, 100, Down(0.08)),
            port("ether5", 6, 1000, Empty),
            port("wlan1", 71, 144, Down(0.02)),
            port("bridge", 209, 0, Down(1.0)),
        ];
        const OPEN_WRT: [PortKind; 7] = [
            port("eth0", 6, 1000, Down(1.0)),
            port("wan", 6, 1000, Up),
            port("lan1", 6, 1000, Down(0.6)),
            port("lan2", 6, 1000, Down(0.1)),
            port("br-lan", 6, 1000, Down(1.0)),
            port("phy0-ap0", 6, 0, Down(0.22)),
            port("phy1-ap0", 6, 0, Down(0.08)),
        ];
        const EDGE_OS: [PortKind; 6] = [
            port("eth0", 6, 1000, Up),
            port("eth1", 6, 1000, Down(0.6)),
            port("eth2", 6, 1000, Down(0.4)),
            port("eth3", 6, 10, Empty),
            port("eth4", 6, 10, Empty),
            port("switch0", 6, 1000, Down(1.0)),
        ];
        const DRAY_TEK: [PortKind; 4] = [
            port("WAN1", 6, 1000, Up),
            port("LAN1", 6, 1000, Down(0.7)),
            port("LAN2", 6, 1000, Down(0.3)),
            port("WAN2", 6, 0, Empty),
        ];
        const ACCESS_POINT: [PortKind; 3] =
            [port("eth0", 6, 1000, Up), port("ath0", 6, 0, Down(0.25)), port("ath1", 6, 0, Down(0.75))];
        const SWITCH: [PortKind; 8] = [
            port("gigabitEthernet 1/0/1", 6, 1000, Up),
            port("gigabitEthernet 1/0/2", 6, 1000, Down(0.5)),
            port("gigabitEthernet 1/0/3", 6, 1000, Down(0.35)),
            port("gigabitEthernet 1/0/4", 6, 100, Down(0.15)),
            port("gigabitEthernet 1/0/5", 6, 1000, Empty),
            port("gigabitEthernet 1/0/6", 6, 1000, Empty),
            port("gigabitEthernet 1/0/7", 6, 1000, Empty),
            port("gigabitEthernet 1/0/8", 6, 1000, Empty),
        ];
        const RADIO_LINK: [PortKind; 2] = [port("eth0", 6, 1000, Up), port("ath0", 71, 0, Down(1.0))];
        const ONE: [PortKind; 1] = [port("eth0", 6, 100, Up)];
        match self {
            Family::RouterOs => &ROUTER_OS,
            Family::OpenWrt => &OPEN_WRT,
            Family::EdgeOs => &EDGE_OS,
            Family::DrayTek => &DRAY_TEK,
            Family::UniFi | Family::Omada | Family::Grandstream => &ACCESS_POINT,
            Family::JetStream => &SWITCH,
            Family::AirOs => &RADIO_LINK,
            Family::Camera | Family::Ups => &ONE,
        }
    }
}
