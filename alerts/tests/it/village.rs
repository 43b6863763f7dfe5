//! Fleets written in a line per hall, and names for what is in them.
//!
//! ```text
//! hall dr-01: gw router, ap-1 access_point, ap-2 access_point
//! hall dr-{02..12}: gw router < dr-01/tower @north, ap-1 access_point planned
//! hall dr-20 maintenance: gw router
//! ```
//! `<` names an uplink, `@` an agent, `power=` what a device hangs on, and a lifecycle may stand after a hall's code or at the
//! end of a device. A hall may have `area=2`, `feeder=471-E28` and `mbps=100` after its code.

use std::sync::Arc;

use alerts::alert::AlertKey;
use alerts::outage::Subject;
use alerts::rule::Rule;
use inventory::device::{Device, DeviceFacts, DeviceFullName, HostKeyFingerprint, Lifecycle, PollMethods};
use inventory::fleet::Fleet;
use inventory::hall::{Hall, HallFacts};
use inventory::id::{AreaId, DeviceId, HallId};

/// A fleet under construction and change.
#[derive(Debug, Default, Clone)]
pub(crate) struct Village {
    halls: Vec<Hall>,
    devices: Vec<Device>,
    /// Uplinks by name, resolved when all devices are known.
    uplinks: Vec<(DeviceId, String)>,
}

impl Village {
    /// Adds what a `hall` line says, without its first word.
    pub(crate) fn add(&mut self, line: &str) {
        let (head, devices) = line.split_once(':').unwrap_or_else(|| panic!("no colon in {line:?}"));
        let mut words = head.split_whitespace();
        let pattern = words.next().expect("a hall has a code");
        let (mut lifecycle, mut area, mut facts) = (Lifecycle::Active, AreaId(1), HallFacts::default());
        for word in words {
            match word.split_once('=') {
                Some(("area", number)) => area = AreaId(number.parse().expect("a number")),
                Some(("mbps", number)) => {
                    facts.down_mbps = Some(number.parse().expect("a number"));
                    facts.up_mbps = facts.down_mbps;
                }
                Some(("feeder", name)) => facts.power_feeder = Some(name.to_owned()),
                Some(_) => panic!("{word:?} is not understood"),
                None => lifecycle = word.parse().expect("a lifecycle"),
            }
        }
        for code in expand(pattern) {
            let id = HallId(i64::try_from(self.halls.len()).expect("few") + 1);
            let code = code.parse().expect("a good code");
            self.halls.push(Hall { id, code, area, lifecycle, facts: facts.clone() });
            for device in devices.split(',') {
                self.add_device(id, device);
            }
        }
    }

    fn add_device(&mut self, hall: HallId, text: &str) {
        let id = DeviceId(i64::try_from(self.devices.len()).expect("few") + 1);
        let code = self.halls.last().expect("the hall was just added").code.clone();
        let mut words = text.split_whitespace();
        let name = DeviceFullName { hall: code, name: words.next().expect("a name").parse().expect("a good name") };
        let kind = words.next().expect("a kind").parse().expect("a good kind");
        let (mut lifecycle, mut agent, mut power) = (Lifecycle::Active, None, None);
        while let Some(word) = words.next() {
            match word.strip_prefix('@') {
                Some(name) => agent = Some(name.to_owned()),
                None if word.starts_with("power=") => power = Some(word[6..].parse().expect("a source of power")),
                None if word == "<" => self.uplinks.push((id, words.next().expect("an uplink").to_owned())),
                None => lifecycle = word.parse().expect("a lifecycle"),
            }
        }
        let address = format!("10.0.{}.{}", id.0 / 250, id.0 % 250 + 1).parse().expect("a good address");
        let poll = PollMethods::default();
        let facts = DeviceFacts {
            kind,
            address,
            platform: None,
            agent,
            poll,
            snmp: None,
            ssh: None,
            serial: None,
            mac: None,
            power,
            notes: None,
            host_key: None,
        };
        self.devices.push(Device { id, hall, name, lifecycle, uplink: None, facts });
    }

    /// The fleet as it is now.
    pub(crate) fn fleet(&self) -> Arc<Fleet> {
        let mut devices = self.devices.clone();
        for (id, uplink) in &self.uplinks {
            let own_hall = self.device(*id).name.hall.clone();
            let full = if uplink.contains('/') { uplink.clone() } else { format!("{own_hall}/{uplink}") };
            let parent = self.devices.iter().find(|device| device.name.to_string() == full).map(|device| device.id);
            let child = devices.iter_mut().find(|device| device.id == *id);
            child.expect("it is there").uplink = Some(parent.unwrap_or_else(|| panic!("no uplink {full}")));
        }
        Arc::new(Fleet::new(self.halls.clone(), devices))
    }

    /// A hall is now planned, active, …
    pub(crate) fn set_hall(&mut self, code: &str, lifecycle: Lifecycle) {
        self.halls.iter_mut().find(|hall| hall.code.as_str() == code).expect("a known hall").lifecycle = lifecycle;
    }

    /// A device is now planned, active, …
    pub(crate) fn set_device(&mut self, id: DeviceId, lifecycle: Lifecycle) {
        self.devices.iter_mut().find(|device| device.id == id).expect("a known device").lifecycle = lifecycle;
    }

    /// A device must show this host key.
    pub(crate) fn pin(&mut self, id: DeviceId, key: Option<HostKeyFingerprint>) {
        self.devices.iter_mut().find(|device| device.id == id).expect("a known device").facts.host_key = key;
    }

    /// A device is no longer in the inventory.
    pub(crate) fn remove(&mut self, id: DeviceId) {
        self.devices.retain(|device| device.id != id);
        self.uplinks.retain(|(child, _)| *child != id);
    }

    /// The devices that a pattern names: `*`, `dr-01/*`, `dr-{01..12}/gw`.
    pub(crate) fn find(&self, pattern: &str) -> Vec<DeviceId> {
        let matches = |name: &str| match pattern.strip_suffix('*') {
            Some(prefix) => expand(prefix).iter().any(|prefix| name.starts_with(prefix.as_str())),
            None => expand(pattern).iter().any(|one| one == name),
        };
        let found = self.devices.iter().filter(|device| matches(&device.name.to_string())).map(|device| device.id);
        let found: Vec<DeviceId> = found.collect();
        assert!(!found.is_empty(), "nothing is called {pattern:?}");
        found
    }

    /// The hall of this code.
    pub(crate) fn find_hall(&self, code: &str) -> Option<HallId> {
        self.halls.iter().find(|hall| hall.code.as_str() == code).map(|hall| hall.id)
    }

    pub(crate) fn device_name(&self, id: DeviceId) -> String {
        let known = self.devices.iter().find(|device| device.id == id);
        known.map_or_else(|| format!("device-{id}"), |device| device.name.to_string())
    }

    pub(crate) fn hall_name(&self, id: HallId) -> String {
        self.halls.iter().find(|hall| hall.id == id).expect("a known hall").code.to_string()
    }

    pub(crate) fn subject_name(&self, subject: Subject) -> String {
        match subject {
            Subject::Hall(hall) => self.hall_name(hall),
            Subject::Device(device) => self.device_name(device),
        }
    }

    pub(crate) fn alert_name(&self, key: AlertKey) -> String {
        let subject = self.subject_name(key.subject);
        match key.rule {
            Rule::HallDown | Rule::DeviceDown => subject,
            Rule::HostKeyChanged => format!("{subject}'s-key"),
            Rule::Unstable => format!("{subject}-unstable"),
            Rule::Measured(measure) => format!("{subject}'s-{measure}"),
        }
    }

    fn device(&self, id: DeviceId) -> &Device {
        self.devices.iter().find(|device| device.id == id).expect("a known device")
    }
}

/// The fingerprint that a word of a scenario stands for.
pub(crate) fn host_key(word: &str) -> HostKeyFingerprint {
    format!("SHA256:{word:+<43}").parse().expect("a word of letters and digits")
}

/// `dr-{01..03}` as `dr-01 dr-02 dr-03`.
fn expand(pattern: &str) -> Vec<String> {
    let Some((before, rest)) = pattern.split_once('{') else {
        return vec![pattern.to_owned()];
    };
    let (range, after) = rest.split_once('}').expect("a closing brace");
    let (from, to) = range.split_once("..").expect("a range");
    let number = |digits: &str| digits.parse::<u32>().expect("a number");
    (number(from)..=number(to)).map(|n| format!("{before}{n:0width$}{after}", width = from.len())).collect()
}
