//! What an agent is told to poll: the devices that are its own and in use, and the credentials those name. Pure.

use agent_api::{AssignedDevice, Assignment, Cadence};
use inventory::credential::ProfileName;
use inventory::device::{Address, Device, PollMethod};
use inventory::fleet::Fleet;
use inventory::id::DeviceId;

use super::EMBEDDED;
use crate::credentials::Credentials;

/// The assignment of one agent. It holds no credential that none of its devices names.
pub(super) fn assignment(
    agent: &str,
    fleet: &Fleet,
    credentials: &Credentials,
    cadence: Cadence,
    reference_targets: &[Address],
) -> Assignment {
    let devices: Vec<AssignedDevice> = devices(agent, fleet)
        .filter_map(|device| {
            let facts = &device.facts;
            let mut methods = facts.poll.effective(facts.snmp.is_some(), facts.ssh.is_some());
            if credentials.is_locked {
                // Asking with nothing to show would only be told as a wrong secret of the whole fleet.
                methods.retain(|method| *method == PollMethod::Ping);
            }
            (!methods.is_empty()).then(|| AssignedDevice {
                device: device.id,
                address: facts.address.clone(),
                methods,
                snmp: facts.snmp.clone(),
                ssh: facts.ssh.clone(),
                host_key: facts.host_key.clone(),
            })
        })
        .collect();
    let named = devices.iter().flat_map(|device| [device.snmp.as_ref(), device.ssh.as_ref()]).flatten();
    let credentials = named
        .filter_map(|name| credentials.open.get(name).map(|credential| (name.clone(), credential.clone())))
        .collect();
    Assignment { devices, credentials, cadence, reference_targets: reference_targets.to_vec() }
}

/// For which device an agent is given which credential.
pub(crate) fn given(agent: &str, fleet: &Fleet, credentials: &Credentials) -> Vec<(DeviceId, ProfileName)> {
    let named = devices(agent, fleet).flat_map(|device| {
        let names = [device.facts.snmp.as_ref(), device.facts.ssh.as_ref()].into_iter().flatten();
        names.map(|name| (device.id, name.clone()))
    });
    named.filter(|(_, name)| credentials.open.contains_key(name)).collect()
}

/// The devices that an agent polls.
fn devices<'a>(agent: &'a str, fleet: &'a Fleet) -> impl Iterator<Item = &'a Device> {
    let is_ours = move |device: &&Device| device.facts.agent.as_deref().unwrap_or(EMBEDDED) == agent;
    let is_used = |device: &&Device| {
        device.lifecycle.is_polled() && fleet.hall(device.hall).is_some_and(|hall| hall.lifecycle.is_polled())
    };
    fleet.devices().filter(is_ours).filter(is_used)
}

#[cfg(test)]
mod tests {
    use inventory::credential::Credential;
    use inventory::device::{DeviceFacts, DeviceKind, HostKeyFingerprint, Lifecycle, PollMethods};
    use inventory::hall::{Hall, HallFacts};
    use inventory::id::{AreaId, HallId};
    use inventory::secret::Secret;

    use super::*;

    fn host_key() -> HostKeyFingerprint {
        format!("SHA256:{}", "a".repeat(43)).parse().unwrap()
    }

    fn device(id: i64, agent: Option<&str>, snmp: Option<&str>, lifecycle: Lifecycle) -> Device {
        Device {
            id: DeviceId(id),
            hall: HallId(1),
            name: format!("dr-01/d{id}").parse().unwrap(),
            lifecycle,
            uplink: None,
            facts: DeviceFacts {
                kind: DeviceKind::Router,
                address: "127.0.0.1".parse().unwrap(),
                platform: None,
                agent: agent.map(str::to_owned),
                poll: PollMethods::default(),
                snmp: snmp.map(|name| name.parse().unwrap()),
                ssh: None,
                serial: None,
                mac: None,
                power: None,
                notes: None,
                host_key: Some(host_key()),
            },
        }
    }

    #[test]
    fn an_agent_gets_its_own_devices_and_only_the_credentials_that_those_name() {
        let hall = Hall {
            id: HallId(1),
            code: "dr-01".parse().unwrap(),
            area: AreaId(1),
            lifecycle: Lifecycle::Active,
            facts: HallFacts::default(),
        };
        let devices = vec![
            device(1, None, Some("a"), Lifecycle::Active),
            device(2, Some("hall"), Some("b"), Lifecycle::Active),
            device(3, None, Some("c"), Lifecycle::Retired),
            device(4, None, None, Lifecycle::Maintenance),
        ];
        let fleet = Fleet::new(vec![hall], devices);
        let credential = || Credential::SnmpV2c { community: Secret::new("x".into()) };
        let open = ["a", "b", "c"].map(|name| (name.parse().unwrap(), credential())).into();
        let credentials = Credentials { open, ..Credentials::default() };
        let given = assignment(EMBEDDED, &fleet, &credentials, Cadence::default(), &[]);
        assert_eq!(given.devices.iter().map(|device| device.device.0).collect::<Vec<_>>(), [1, 4]);
        assert_eq!(given.credentials.keys().map(ProfileName::as_str).collect::<Vec<_>>(), ["a"]);
        assert_eq!(given.devices[1].methods, [PollMethod::Ping]);
        assert_eq!(given.devices[0].host_key, Some(host_key()));
        assert_eq!(super::given(EMBEDDED, &fleet, &credentials), [(DeviceId(1), "a".parse().unwrap())]);
        // While the vault is locked, only what needs no secret is asked.
        let locked = Credentials { is_locked: true, ..Credentials::default() };
        let given = assignment(EMBEDDED, &fleet, &locked, Cadence::default(), &[]);
        assert_eq!(given.devices.iter().map(|device| device.device.0).collect::<Vec<_>>(), [4]);
    }
}
