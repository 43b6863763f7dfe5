//! [`Village`]: which halls there are, what stands in them, and who hangs behind whom. Pure: the same options give the
//! same village.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::chance::{between, draw};
use super::curve::Curve;
use super::family::Family;

/// A commune: its point (ecosystem.md §8), and how many halls the pattern gives it.
struct Commune {
    prefix: &'static str,
    code: &'static str,
    name: &'static str,
    latitude: f64,
    longitude: f64,
    halls: usize,
}

const COMMUNES: [Commune; 3] = [
    Commune { prefix: "dr", code: "24937", name: "Đạ Ròn", latitude: 11.77847, longitude: 108.457279, halls: 12 },
    Commune { prefix: "lx", code: "24934", name: "Lạc Xuân", latitude: 11.825139, longitude: 108.575667, halls: 13 },
    Commune { prefix: "tt", code: "24952", name: "Tu Tra", latitude: 11.69778, longitude: 108.439474, halls: 12 },
];

/// The two names that a public source has; the rest is neutral.
const SOURCED: [(&str, &str); 2] = [("dr-01", "thôn Suối Thông B1"), ("dr-02", "thôn Suối Thông B2")];

/// What a device is for; the product's word for it is [`Kind::word`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The hall's gateway.
    Router,
    /// Wi-Fi.
    AccessPoint,
    /// A switch.
    Switch,
    /// A camera.
    Camera,
    /// A power supply with a battery.
    Ups,
    /// The mast that carries a commune.
    Mast,
}

impl Kind {
    /// In the inventory's CSV.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Router => "router",
            Kind::AccessPoint => "access_point",
            Kind::Switch => "switch",
            Kind::Camera => "camera",
            Kind::Ups => "ups",
            // It stands before its hall's router, as a provider's box does. A second router would be a second way out of
            // the hall, and anything else would hang behind the router by default, which would be a circle.
            Kind::Mast => "cpe",
        }
    }
}

/// What feeds a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Power {
    /// The hall's mains.
    Hall,
    /// The hall's battery: it lives through a power cut.
    Ups,
    /// A battery of its own, as masts have.
    Battery,
}

/// How a device is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// SNMP version 2c.
    V2c,
    /// SNMP version 3.
    V3,
    /// SSH alone, with a password.
    SshPassword,
    /// SNMP version 2c, and SSH with a key.
    V2cAndSshKey,
}

impl Asked {
    /// Whether an SSH server belongs to it.
    pub fn has_ssh(self) -> bool {
        matches!(self, Asked::SshPassword | Asked::V2cAndSshKey)
    }
}

/// A device of the plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Device {
    /// In its hall.
    pub name: String,
    /// Its hall's.
    pub hall: String,
    /// What it is for.
    pub kind: Kind,
    /// What it is by make.
    pub family: Family,
    /// Its own address in 127.0.0.0/8.
    pub address: Ipv4Addr,
    /// The full name of what it hangs behind.
    pub uplink: Option<String>,
    /// What feeds it.
    pub power: Power,
    /// How it is asked.
    pub asked: Asked,
    /// As printed on it.
    pub serial: String,
    /// Of its first port.
    pub mac: [u8; 6],
    /// What it loads for people, in bit/s, and what they send.
    pub(super) down: Curve,
    pub(super) up: Curve,
    /// Associated stations, when it has radios.
    pub(super) clients: Option<Curve>,
}

impl Device {
    /// `dr-01/ap-1`.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.hall, self.name)
    }
}

/// A hall of the plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Hall {
    /// `dr-01`.
    pub code: String,
    /// In Vietnamese.
    pub name: String,
    /// The prefix of its commune's halls, which names the commune here: `dr`.
    pub commune: String,
    /// The commune's official code.
    pub area_code: String,
    /// The commune's name.
    pub area_name: String,
    /// Degrees north and east, drawn within 2 km of the commune's point.
    pub position: (f64, f64),
    /// Who sold the line.
    pub provider: &'static str,
    /// Bought speed down and up, in Mbit/s.
    pub line_mbps: (u32, u32),
    /// How long the line takes to answer, in milliseconds.
    pub latency_ms: f64,
    /// Which medium-voltage line feeds it.
    pub feeder: String,
    /// Its devices.
    pub devices: Vec<Device>,
}

/// The plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Village {
    /// What it was drawn with.
    pub seed: u64,
    /// Its halls.
    pub halls: Vec<Hall>,
}

impl Village {
    /// Draws one: communes of 12, 13 and 12 halls; above 37 the pattern goes on with communes of no name.
    pub fn draw(seed: u64, halls: usize) -> Village {
        let mut village = Village { seed, halls: Vec::with_capacity(halls) };
        for number in 0.. {
            let wanted = halls - village.halls.len();
            if wanted == 0 {
                return village;
            }
            let drawn = draw_commune(seed, number, wanted);
            village.halls.extend(drawn);
        }
        village
    }

    /// Every device with its hall.
    pub fn devices(&self) -> impl Iterator<Item = (&Hall, &Device)> {
        self.halls.iter().flat_map(|hall| hall.devices.iter().map(move |device| (hall, device)))
    }

    /// The halls of a commune, by its prefix.
    pub fn commune<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a Hall> {
        self.halls.iter().filter(move |hall| hall.commune == prefix)
    }

    /// The communes' prefixes, in order.
    pub fn communes(&self) -> Vec<String> {
        let first: BTreeMap<&str, usize> =
            self.halls.iter().enumerate().rev().map(|(place, hall)| (hall.commune.as_str(), place)).collect();
        let mut communes: Vec<(&str, usize)> = first.into_iter().collect();
        communes.sort_by_key(|(_, place)| *place);
        communes.into_iter().map(|(commune, _)| commune.to_owned()).collect()
    }
}

fn draw_commune(seed: u64, number: usize, wanted: usize) -> Vec<Hall> {
    let pattern = &COMMUNES[number % COMMUNES.len()];
    let is_real = number < COMMUNES.len();
    let prefix = if is_real { pattern.prefix.to_owned() } else { format!("x{:03}", number + 1) };
    let area_code = if is_real { pattern.code.to_owned() } else { format!("99{:04}", number + 1) };
    let area_name = if is_real { pattern.name.to_owned() } else { format!("Xã mô phỏng {:03}", number + 1) };
    // Communes of no name lie in rows to the east of the three.
    let (row, column) = ((number / 3 / 12) as f64, (number / 3 % 12) as f64);
    let point = (pattern.latitude - row * 0.15, pattern.longitude + column * 0.2);
    let halls = 1..=pattern.halls.min(wanted);
    let peaks = |nth: usize| hall_peak_bps(seed, &format!("{prefix}-{nth:02}"));
    let carried: f64 = halls.clone().map(peaks).sum();
    halls
        .map(|nth| {
            let code = format!("{prefix}-{nth:02}");
            let name = SOURCED
                .iter()
                .find(|(of, _)| *of == code)
                .map_or_else(|| format!("Thôn {nth:02}"), |(_, name)| (*name).to_owned());
            let at = |axis: &str, middle: f64, degrees: f64| {
                middle + between(seed, &format!("{code}/{axis}"), 0, -degrees, degrees)
            };
            // 0.0127 degrees of latitude are 1.41 km: the corner of the square is 2 km away.
            let position = (at("latitude", point.0, 0.0127), at("longitude", point.1, 0.0129));
            let lines = [("VNPT", (100, 100)), ("Viettel", (150, 150)), ("FPT", (80, 80)), ("VNPT", (40, 10))];
            let (provider, line_mbps) = lines[draw(seed, &format!("{code}/line"), 0) as usize % lines.len()];
            Hall {
                name: format!("Nhà sinh hoạt cộng đồng {name}"),
                commune: prefix.clone(),
                area_code: area_code.clone(),
                area_name: area_name.clone(),
                position,
                provider,
                line_mbps,
                latency_ms: latency_ms(seed, &code),
                feeder: format!("47{}-E28", 1 + (nth - 1) / 5 + 3 * (number % 3)),
                devices: Drawing { seed, commune: number, prefix: &prefix, nth, code: &code, carried }.devices(),
                code,
            }
        })
        .collect()
}

fn hall_peak_bps(seed: u64, code: &str) -> f64 {
    between(seed, &format!("{code}/peak"), 0, 5e6, 28e6)
}

/// Mostly a few milliseconds, now and then a bad line.
fn latency_ms(seed: u64, code: &str) -> f64 {
    let luck = between(seed, &format!("{code}/latency"), 0, 0.0, 1.0);
    3.0 + 77.0 * luck.powi(4)
}

/// One hall's devices while they are drawn.
struct Drawing<'a> {
    seed: u64,
    commune: usize,
    prefix: &'a str,
    /// From 1, in the commune.
    nth: usize,
    code: &'a str,
    /// What the commune's mast carries at its peak, in bit/s.
    carried: f64,
}

impl Drawing<'_> {
    fn devices(&self) -> Vec<Device> {
        let nth = self.nth;
        let access_points = 2 + nth % 2;
        let has_switch = nth % 3 != 1;
        let has_ups = nth % 12 == 5;
        let mut devices = Vec::new();
        if nth == 1 {
            let family = if self.commune.is_multiple_of(3) { Family::RouterOs } else { Family::AirOs };
            self.add(&mut devices, "pop", Kind::Mast, family, None);
        }
        let gateways = [Family::RouterOs, Family::EdgeOs, Family::OpenWrt, Family::RouterOs, Family::DrayTek];
        let gateway = gateways[(nth - 1 + 2 * self.commune) % gateways.len()];
        self.add(&mut devices, "gw", Kind::Router, gateway, Some(format!("{}-01/pop", self.prefix)));
        let behind = |name: &str| Some(format!("{}/{name}", self.code));
        if has_switch {
            self.add(&mut devices, "sw", Kind::Switch, Family::JetStream, behind("gw"));
        }
        let above = if has_switch { "sw" } else { "gw" };
        let makes =
            [Family::UniFi, Family::Omada, Family::OpenWrt, Family::UniFi, Family::RouterOs, Family::Grandstream];
        for number in 1..=access_points {
            let make = makes[(nth + number + self.commune) % makes.len()];
            self.add(&mut devices, &format!("ap-{number}"), Kind::AccessPoint, make, behind(above));
        }
        if nth % 5 == 2 {
            self.add(&mut devices, "cam-1", Kind::Camera, Family::Camera, behind(above));
        }
        if has_ups {
            self.add(&mut devices, "ups", Kind::Ups, Family::Ups, behind("gw"));
            for device in &mut devices {
                if device.kind == Kind::Router || device.kind == Kind::Ups {
                    device.power = Power::Ups;
                }
            }
        }
        devices
    }

    fn add(&self, devices: &mut Vec<Device>, name: &str, kind: Kind, family: Family, uplink: Option<String>) {
        let full_name = format!("{}/{name}", self.code);
        let random = draw(self.seed, &full_name, 0);
        let own_ap = match name {
            "ap-1" => 0.5,
            "ap-2" => 0.3,
            _ => 0.15,
        };
        let (share, peak_clients) = match kind {
            Kind::Router | Kind::Switch => (1.0, 0.0),
            Kind::AccessPoint => (own_ap, 40.0 * own_ap),
            Kind::Camera | Kind::Ups => (0.0, 0.0),
            Kind::Mast => (self.carried / hall_peak_bps(self.seed, self.code), 0.0),
        };
        // One curve a hall, so that what goes into its gateway comes out of its access points; a mast has its own.
        let of = if kind == Kind::Mast { full_name.clone() } else { self.code.to_owned() };
        let peak = share * hall_peak_bps(self.seed, self.code);
        // A camera sends all the time, which the day's curve is not made for: it watches when there are people.
        let (down, up) = if kind == Kind::Camera { (2e4, 2e6) } else { (peak, 0.14 * peak) };
        let clients = (peak_clients > 0.0).then(|| Curve::new(self.seed, &of, peak_clients));
        let asked = match family {
            Family::OpenWrt if kind == Kind::AccessPoint => Asked::SshPassword,
            Family::OpenWrt => Asked::V2cAndSshKey,
            Family::RouterOs | Family::EdgeOs | Family::JetStream if random.is_multiple_of(2) => Asked::V3,
            Family::UniFi if random.is_multiple_of(3) => Asked::V3,
            Family::RouterOs if kind == Kind::AccessPoint => Asked::V2cAndSshKey,
            Family::RouterOs
            | Family::EdgeOs
            | Family::DrayTek
            | Family::UniFi
            | Family::Omada
            | Family::Grandstream
            | Family::JetStream
            | Family::AirOs
            | Family::Camera
            | Family::Ups => Asked::V2c,
        };
        let bytes = random.to_be_bytes();
        devices.push(Device {
            name: name.to_owned(),
            hall: self.code.to_owned(),
            kind,
            family,
            address: self.address(devices.len()),
            uplink,
            power: if kind == Kind::Mast { Power::Battery } else { Power::Hall },
            asked,
            serial: format!("SIM{:010X}", random >> 24),
            // 02: locally administered, so that no maker's number is taken; the last byte counts ports.
            mac: [0x02, bytes[0], bytes[1], bytes[2], bytes[3], 0],
            down: Curve::new(self.seed, &of, down),
            up: Curve::new(self.seed, &of, up),
            clients,
        });
    }

    /// 127, the commune, the hall, the device. 230 communes fit side by side, 12 groups of them on top of each other.
    fn address(&self, place: usize) -> Ipv4Addr {
        let octet = |number: usize| u8::try_from(number).expect("up to 34,000 halls have addresses of their own");
        let (group, commune) = (self.commune / 230, self.commune % 230);
        Ipv4Addr::new(127, octet(20 + commune), octet(self.nth + 20 * group), octet(place + 1))
    }
}
