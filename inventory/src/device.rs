//! Devices: managed boxes in halls, how they are reached, and what stands between them and the centre.

use std::net::IpAddr;

use crate::credential::ProfileName;
use crate::hall::HallCode;
use crate::id::{DeviceId, HallId};
use crate::text::{NameError, check_name};
use crate::words;

/// The name of a device inside its hall: `gw`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeviceName(String);

impl DeviceName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for DeviceName {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        check_name(text, 64).map(|()| DeviceName(text.to_owned()))
    }
}

impl std::fmt::Display for DeviceName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of a device in the whole fleet: `hall_code/device_name`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeviceFullName {
    /// The hall it stands in.
    pub hall: HallCode,
    /// Its name there.
    pub name: DeviceName,
}

impl std::str::FromStr for DeviceFullName {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        let (hall, name) = text.split_once('/').ok_or(NameError::Empty)?;
        Ok(DeviceFullName { hall: hall.parse()?, name: name.parse()? })
    }
}

impl std::fmt::Display for DeviceFullName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.hall, self.name)
    }
}

words! {
    /// What a device is for.
    DeviceKind, DeviceKindError {
        /// Forwards between the hall and its line.
        Router = "router",
        /// Gives Wi-Fi.
        AccessPoint = "access_point",
        /// Joins cables.
        Switch = "switch",
        /// The provider's box: ONT, modem, radio.
        Cpe = "cpe",
        /// A camera.
        Camera = "camera",
        /// A battery with a network plug.
        Ups = "ups",
        /// Anything else with an address.
        Other = "other",
    }
}

words! {
    /// Where a device takes its power from.
    Power, PowerError {
        /// The hall's mains.
        Hall = "hall",
        /// Mains behind a UPS.
        Ups = "ups",
        /// The cable it hangs on.
        Poe = "poe",
        /// A battery of its own.
        Battery = "battery",
    }
}

words! {
    /// Where a hall or device stands in its life.
    Lifecycle, LifecycleError {
        /// Known, not yet in use: not polled, never judged.
        Planned = "planned",
        /// In use.
        Active = "active",
        /// Being worked on: polled and recorded, nobody is alerted.
        Maintenance = "maintenance",
        /// No longer in use: kept for its history, not polled.
        Retired = "retired",
    }
}

impl Lifecycle {
    /// Whether devices in this state are visited.
    pub fn is_polled(self) -> bool {
        match self {
            Lifecycle::Active | Lifecycle::Maintenance => true,
            Lifecycle::Planned | Lifecycle::Retired => false,
        }
    }
}

words! {
    /// One way of asking a device.
    PollMethod, PollMethodError {
        /// SNMP.
        Snmp = "snmp",
        /// A command over SSH.
        Ssh = "ssh",
        /// ICMP echo.
        Ping = "ping",
    }
}

/// The ways in which a device is asked: `snmp+ping`. Empty means "what the credentials allow".
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PollMethods(Vec<PollMethod>);

impl PollMethods {
    /// The methods named, in the order of [`PollMethod`], each once.
    pub fn new(mut methods: Vec<PollMethod>) -> Self {
        methods.sort_unstable();
        methods.dedup();
        PollMethods(methods)
    }

    /// The methods named; none when the credentials decide.
    pub fn named(&self) -> &[PollMethod] {
        &self.0
    }

    /// The methods to use for a device with these profiles: the ones named, else SNMP and SSH where there is a
    /// profile, else ping. A ping beside SNMP is asked only by name: an address that answers pings for a dead device
    /// (a NAT, a proxy) would hide its death.
    pub fn effective(&self, has_snmp: bool, has_ssh: bool) -> Vec<PollMethod> {
        if !self.0.is_empty() {
            return self.0.clone();
        }
        match (has_snmp, has_ssh) {
            (true, true) => vec![PollMethod::Snmp, PollMethod::Ssh],
            (true, false) => vec![PollMethod::Snmp],
            (false, true) => vec![PollMethod::Ssh],
            (false, false) => vec![PollMethod::Ping],
        }
    }
}

impl std::str::FromStr for PollMethods {
    type Err = PollMethodError;
    fn from_str(text: &str) -> Result<Self, PollMethodError> {
        if text.is_empty() {
            return Ok(PollMethods::default());
        }
        text.split('+').map(|word| word.trim().parse()).collect::<Result<Vec<_>, _>>().map(PollMethods::new)
    }
}

impl std::fmt::Display for PollMethods {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words: Vec<&str> = self.0.iter().map(|method| method.as_str()).collect();
        f.write_str(&words.join("+"))
    }
}

/// Where a device is: an IP address or a DNS name, and the SNMP port when it is not 161.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    host: String,
    port: Option<u16>,
}

impl Address {
    /// The registered port of SNMP (RFC 3417 §3.2).
    pub const SNMP_PORT: u16 = 161;

    /// The host: an IP address without brackets, or a DNS name.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The host as an IP address, when it is one.
    pub fn ip(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }

    /// The SNMP port.
    pub fn snmp_port(&self) -> u16 {
        self.port.unwrap_or(Self::SNMP_PORT)
    }
}

/// Why an address was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing was given.
    #[error("is empty")]
    Empty,
    /// The part after the colon is no port.
    #[error("has a port that is not a number from 1 to 65535")]
    Port,
    /// Neither an IP address nor a host name.
    #[error("is no IP address or host name, with an optional :port")]
    Host,
}

impl std::str::FromStr for Address {
    type Err = AddressError;
    fn from_str(text: &str) -> Result<Self, AddressError> {
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        if text.parse::<std::net::Ipv6Addr>().is_ok() {
            return Ok(Address { host: text.to_owned(), port: None });
        }
        let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, rest)) => {
                host.parse::<std::net::Ipv6Addr>().map_err(|_| AddressError::Host)?;
                let port = match rest {
                    "" => None,
                    rest => Some(rest.strip_prefix(':').ok_or(AddressError::Host)?),
                };
                (host, port)
            }
            None => match text.rsplit_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (text, None),
            },
        };
        let port = match port {
            Some(digits) => Some(digits.parse::<u16>().ok().filter(|port| *port != 0).ok_or(AddressError::Port)?),
            None => None,
        };
        if host.parse::<IpAddr>().is_err() && !is_host_name(host) {
            return Err(AddressError::Host);
        }
        Ok(Address { host: host.to_owned(), port })
    }
}

/// RFC 1123 §2.1, with underscores that real networks use. A name whose last label is all digits would be a mistyped
/// IPv4 address (`10.20.1.300`), so it is none.
fn is_host_name(host: &str) -> bool {
    let labels: Vec<&str> = host.split('.').collect();
    let good = |label: &&str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    host.len() <= 253
        && labels.iter().all(good)
        && labels.last().is_some_and(|last| !last.bytes().all(|b| b.is_ascii_digit()))
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.port {
            Some(port) if self.host.contains(':') => write!(f, "[{}]:{port}", self.host),
            Some(port) => write!(f, "{}:{port}", self.host),
            None => f.write_str(&self.host),
        }
    }
}

/// A hardware address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mac(pub [u8; 6]);

/// The text is no MAC address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no MAC address like 48:8f:5a:01:02:03")]
pub struct MacError;

impl std::str::FromStr for Mac {
    type Err = MacError;
    fn from_str(text: &str) -> Result<Self, MacError> {
        let digits: Vec<u8> = text.bytes().filter(|b| !matches!(b, b':' | b'-' | b'.')).collect();
        if digits.len() != 12 || !text.is_ascii() {
            return Err(MacError);
        }
        let mut mac = [0; 6];
        for (byte, pair) in mac.iter_mut().zip(digits.chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| MacError)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| MacError)?;
        }
        Ok(Mac(mac))
    }
}

impl std::fmt::Display for Mac {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        /// In one piece, because every port is told with its MAC each minute.
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [b':'; 17];
        for (byte, place) in self.0.iter().zip(text.chunks_mut(3)) {
            place[0] = DIGITS[usize::from(byte >> 4)];
            place[1] = DIGITS[usize::from(byte & 15)];
        }
        f.write_str(str::from_utf8(&text).map_err(|_| std::fmt::Error)?)
    }
}

/// An OpenSSH SHA-256 fingerprint: `SHA256:` and 43 characters of base64 without padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostKeyFingerprint(String);

/// The text is no fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no fingerprint of the form SHA256: and 43 characters (as `ssh-keygen -lf` prints it)")]
pub struct HostKeyFingerprintError;

impl HostKeyFingerprint {
    /// With its `SHA256:`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for HostKeyFingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for HostKeyFingerprint {
    type Err = HostKeyFingerprintError;
    fn from_str(text: &str) -> Result<Self, HostKeyFingerprintError> {
        let digest = text.strip_prefix("SHA256:").ok_or(HostKeyFingerprintError)?;
        let good = digest.len() == 43 && digest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/');
        if good { Ok(HostKeyFingerprint(text.to_owned())) } else { Err(HostKeyFingerprintError) }
    }
}

/// A managed box.
#[derive(Debug, Clone, PartialEq)]
pub struct Device {
    /// Row id.
    pub id: DeviceId,
    /// The hall it stands in.
    pub hall: HallId,
    /// Its name in the fleet.
    pub name: DeviceFullName,
    /// Whether it is planned, in use, or no longer.
    pub lifecycle: Lifecycle,
    /// The device through which it is reached, when a person said so; see [`crate::fleet::Fleet::uplink`].
    pub uplink: Option<DeviceId>,
    /// What people filled in.
    pub facts: DeviceFacts,
}

/// What the devices CSV tells of a device, but for its names and its uplink.
#[derive(Debug, Clone, PartialEq)]
pub struct DeviceFacts {
    /// What it is for.
    pub kind: DeviceKind,
    /// Where it is.
    pub address: Address,
    /// The family a person said it is; what the device says of itself wins once it has been asked.
    pub platform: Option<String>,
    /// The agent that reaches it; `None` is the one inside the controller.
    pub agent: Option<String>,
    /// How it is asked.
    pub poll: PollMethods,
    /// Name of its SNMP credential profile.
    pub snmp: Option<ProfileName>,
    /// Name of its SSH credential profile.
    pub ssh: Option<ProfileName>,
    /// Serial number on its label.
    pub serial: Option<String>,
    /// MAC on its label.
    pub mac: Option<Mac>,
    /// Where its power comes from.
    pub power: Option<Power>,
    /// Anything else.
    pub notes: Option<String>,
    /// The SSH host key it must show.
    pub host_key: Option<HostKeyFingerprint>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written_back() {
        for text in ["10.20.1.1", "127.0.0.1:1161", "fe80::1", "[::1]:1161", "gw.dr-01.example", "gw:161"] {
            assert_eq!(text.parse::<Address>().expect(text).to_string(), text);
        }
        assert_eq!("10.20.1.1".parse::<Address>().expect("good").snmp_port(), 161);
    }

    #[test]
    fn mistyped_addresses_are_refused() {
        for text in
            ["10.20.1.300", "10.20.1", "10.20.1.1:0", "10.20.1.1:99999", "a b", "[::1", "[10.0.0.1]:1", "-x", "x..y"]
        {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }

    #[test]
    fn macs_of_all_spellings_are_one() {
        let mac = Mac([0x48, 0x8f, 0x5a, 1, 2, 3]);
        for text in ["48:8f:5a:01:02:03", "48-8F-5A-01-02-03", "488f.5a01.0203", "488F5A010203"] {
            assert_eq!(text.parse(), Ok(mac));
        }
        assert!("48:8f:5a:01:02".parse::<Mac>().is_err());
        assert!("48:8f:5a:01:02:0g".parse::<Mac>().is_err());
    }

    #[test]
    fn empty_poll_means_what_the_credentials_allow() {
        let unnamed = PollMethods::default();
        assert_eq!(unnamed.effective(true, false), [PollMethod::Snmp]);
        assert_eq!(unnamed.effective(false, false), [PollMethod::Ping]);
        let named: PollMethods = "ping+snmp".parse().expect("good");
        assert_eq!(named.to_string(), "snmp+ping");
        assert!("snmp+telnet".parse::<PollMethods>().is_err());
    }
}
