//! One device as an agent sees it: where it is, how it is asked, and what opens it. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use agent_api::{AssignedDevice, VisitDepth};
use inventory::credential::{Credential, CredentialKind, ProfileName, Ssh};
use inventory::device::{Address, HostKeyFingerprint, PollMethod};
use inventory::reading::{Failure, FailureKind};

/// A device to poll, with its credentials looked up.
#[derive(Clone)]
pub struct Target {
    /// Where it is.
    pub address: Address,
    /// How it is asked.
    pub methods: Vec<PollMethod>,
    /// What opens it over SNMP.
    pub snmp: Access,
    /// What opens it over SSH.
    pub ssh: Access,
    /// The SSH host key it has to show.
    pub host_key: Option<HostKeyFingerprint>,
}

/// What a device's profile name led to.
#[derive(Clone)]
pub enum Access {
    /// No profile is named.
    Unnamed,
    /// The profile is not among those the agent was given.
    Missing(ProfileName),
    /// The credential.
    Open(Credential),
}

/// The protocol words of `poll --json` and of [`agent_api::Visit::protocol`].
pub fn protocol(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::SnmpV1 => "snmp1",
        CredentialKind::SnmpV2c => "snmp2c",
        CredentialKind::SnmpV3 => "snmp3",
        CredentialKind::Ssh => "ssh",
    }
}

impl Target {
    /// The device with what opens it.
    pub fn new(assigned: &AssignedDevice, credentials: &BTreeMap<ProfileName, Credential>) -> Self {
        let access = |name: &Option<ProfileName>| match name {
            None => Access::Unnamed,
            Some(name) => match credentials.get(name) {
                None => Access::Missing(name.clone()),
                Some(credential) => Access::Open(credential.clone()),
            },
        };
        Target {
            address: assigned.address.clone(),
            methods: assigned.methods.clone(),
            snmp: access(&assigned.snmp),
            ssh: access(&assigned.ssh),
            host_key: assigned.host_key.clone(),
        }
    }

    /// Whether it tells more than that it is there.
    pub fn is_visited(&self) -> bool {
        self.is_polled_by(PollMethod::Snmp) || self.is_polled_by(PollMethod::Ssh)
    }

    /// Whether it is asked in this way.
    pub fn is_polled_by(&self, method: PollMethod) -> bool {
        self.methods.contains(&method)
    }

    /// The protocol of its visits; those over SSH come second where a device has both.
    pub fn protocol(&self) -> &'static str {
        if !self.is_polled_by(PollMethod::Snmp) && self.is_polled_by(PollMethod::Ssh) {
            return protocol(CredentialKind::Ssh);
        }
        match &self.snmp {
            Access::Open(credential) => protocol(credential.kind()),
            Access::Unnamed | Access::Missing(_) => protocol(CredentialKind::SnmpV2c),
        }
    }

    /// What opens it over SNMP.
    ///
    /// # Errors
    /// When there is nothing: a failure that says where to put it.
    pub fn snmp_credential(&self) -> Result<&Credential, Failure> {
        self.snmp.credential("snmp", FailureKind::Community)
    }

    /// What opens it over SSH.
    ///
    /// # Errors
    /// When there is nothing: a failure that says where to put it.
    pub fn ssh_credential(&self) -> Result<&Ssh, Failure> {
        match self.ssh.credential("ssh", FailureKind::Login)? {
            Credential::Ssh(ssh) => Ok(ssh),
            Credential::SnmpV1 { .. } | Credential::SnmpV2c { .. } | Credential::SnmpV3(_) => Err(Failure {
                kind: FailureKind::Login,
                message: "the device's ssh column names a profile of another kind".to_owned(),
                hint: "name a credential profile of kind \"ssh\" in the device's ssh column".to_owned(),
            }),
        }
    }

    /// Whether another target is opened in the same way. This is where secrets are compared, and the answer leads to
    /// nothing but a visit out of turn.
    pub fn is_opened_like(&self, other: &Target) -> bool {
        self.snmp.is_same(&other.snmp) && self.ssh.is_same(&other.ssh) && self.host_key == other.host_key
    }
}

impl Access {
    /// What it is, or the failure that says where to put it: `column` is that of the devices file, in small letters.
    fn credential(&self, column: &str, kind: FailureKind) -> Result<&Credential, Failure> {
        match self {
            Access::Open(credential) => Ok(credential),
            Access::Missing(name) => Err(Failure {
                kind,
                message: format!("the agent has no credential profile named {name}"),
                hint: format!(
                    "make the credential profile {name} at /credentials, or name another one for this device"
                ),
            }),
            Access::Unnamed => Err(Failure {
                kind,
                message: format!(
                    "the device is polled by {column}, but names no {} profile",
                    column.to_ascii_uppercase()
                ),
                hint: format!("fill in the device's {column} column with the name of a credential profile"),
            }),
        }
    }

    fn is_same(&self, other: &Access) -> bool {
        match (self, other) {
            (Access::Unnamed, Access::Unnamed) => true,
            (Access::Missing(one), Access::Missing(two)) => one == two,
            (Access::Open(one), Access::Open(two)) => one.is_same(two),
            (Access::Unnamed | Access::Missing(_) | Access::Open(_), _) => false,
        }
    }
}

/// A visit that was given up because it took longer than any visit may.
pub(crate) fn visit_took_too_long(depth: VisitDepth, limit: Duration) -> Failure {
    let what = match depth {
        VisitDepth::Counters => "its counters",
        VisitDepth::Full => "all of it",
    };
    Failure {
        kind: FailureKind::Timeout,
        message: format!("reading {what} took longer than {limit:?} and was given up"),
        hint: "the device or its line is overloaded; it is tried again later".to_owned(),
    }
}

/// A visit during which our own code failed.
pub(crate) fn visit_panicked() -> Failure {
    Failure {
        kind: FailureKind::Protocol,
        message: "the polling code failed on what this device said".to_owned(),
        hint: "this is a fault of VillageNet: please report it with the log of this time; it is tried again later"
            .to_owned(),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use inventory::id::DeviceId;
    use inventory::secret::Secret;

    pub(crate) fn assigned(id: i64, methods: &[PollMethod], snmp: Option<&str>) -> AssignedDevice {
        AssignedDevice {
            device: DeviceId(id),
            address: format!("10.0.0.{id}").parse().expect("a good address"),
            methods: methods.to_vec(),
            snmp: snmp.map(|name| name.parse().expect("a good name")),
            ssh: None,
            host_key: None,
        }
    }

    pub(crate) fn profiles(list: &[(&str, &str)]) -> BTreeMap<ProfileName, Credential> {
        let profile = |(name, community): &(&str, &str)| {
            let community = Secret::new((*community).to_owned());
            (name.parse().expect("a good name"), Credential::SnmpV2c { community })
        };
        list.iter().map(profile).collect()
    }

    #[test]
    fn a_missing_profile_is_a_failure_that_says_what_to_do() {
        let target = Target::new(&assigned(1, &[PollMethod::Snmp], Some("halls")), &profiles(&[("other", "x")]));
        let failure = target.snmp_credential().err().expect("there is no such profile");
        assert!(
            failure.message.contains("halls") && failure.hint.contains("the credential profile halls at /credentials")
        );
        let target = Target::new(&assigned(1, &[PollMethod::Snmp], None), &profiles(&[("other", "x")]));
        assert!(target.snmp_credential().is_err());
    }

    #[test]
    fn a_changed_secret_under_the_same_name_is_noticed() {
        let device = assigned(1, &[PollMethod::Snmp], Some("halls"));
        let target = |list| Target::new(&device, &profiles(list));
        let before = target(&[("halls", "public")]);
        assert!(before.is_opened_like(&target(&[("halls", "public"), ("other", "x")])));
        assert!(!before.is_opened_like(&target(&[("halls", "private")])));
        assert!(!before.is_opened_like(&target(&[])));
    }

    #[test]
    fn devices_that_only_answer_pings_are_not_visited() {
        let target = |methods: &[PollMethod]| Target::new(&assigned(1, methods, None), &BTreeMap::new());
        assert!(target(&[PollMethod::Snmp, PollMethod::Ping]).is_visited());
        assert!(!target(&[PollMethod::Ping]).is_visited());
        assert!(target(&[PollMethod::Ssh]).is_visited());
    }
}
