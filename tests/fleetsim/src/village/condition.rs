//! [`Condition`]: what all faults together leave a device in. Pure.

use std::time::Duration;

use super::fault::Fault;
use super::plan::{Device, Kind, Power};
use crate::{snmp, ssh};

/// The condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Condition {
    /// When this turns true, the device has booted.
    pub(super) is_powered: bool,
    pub(super) is_connected: bool,
    pub(super) is_on_battery: bool,
    pub(super) is_renumbered: bool,
    pub(super) is_evil: bool,
    pub(super) has_other_host_key: bool,
    pub(super) hangs: bool,
    pub(super) delay: Duration,
    /// What the agent does while it is reached.
    answers: Option<snmp::Fault>,
}

impl Condition {
    /// Without faults.
    pub(super) fn sound() -> Condition {
        Condition {
            is_powered: true,
            is_connected: true,
            is_on_battery: false,
            is_renumbered: false,
            is_evil: false,
            has_other_host_key: false,
            hangs: false,
            delay: Duration::ZERO,
            answers: None,
        }
    }

    /// Under the faults that cover the device.
    pub(super) fn under(device: &Device, faults: impl Iterator<Item = Fault>) -> Condition {
        let mut condition = Condition::sound();
        for fault in faults {
            match fault {
                Fault::PowerCut => match device.power {
                    Power::Hall => condition.is_powered = false,
                    Power::Ups | Power::Battery => condition.is_on_battery = true,
                },
                Fault::Death | Fault::Reboot => condition.is_powered = false,
                Fault::UplinkCut if device.kind == Kind::Mast => condition.is_powered = false,
                // A hall's line begins at the mast, wherever that stands.
                Fault::LineCut if device.kind == Kind::Mast => {}
                // What is behind the mast goes with it.
                Fault::UplinkCut => {}
                Fault::LineCut => condition.is_connected = false,
                Fault::Loss(percent) => condition.answers = Some(snmp::Fault::Loses(percent)),
                Fault::Slow(ms) => condition.delay += Duration::from_millis(u64::from(ms)),
                Fault::Late(ms) => {
                    condition.answers = Some(snmp::Fault::Late(Duration::from_millis(u64::from(ms))));
                }
                Fault::Renumber => condition.is_renumbered = true,
                Fault::Forged(count) => condition.answers = Some(snmp::Fault::Forged(usize::from(count))),
                Fault::ForgedBoots => condition.answers = Some(snmp::Fault::forged_boots()),
                Fault::HostKey => condition.has_other_host_key = true,
                Fault::Hang => condition.hangs = true,
                Fault::Evil => condition.is_evil = true,
                // Done when they began.
                Fault::Wrap32(_) | Fault::Wrap64(_) | Fault::WrapUptime(_) | Fault::Clock(_) => {}
            }
        }
        condition
    }

    pub(super) fn is_reached(&self) -> bool {
        self.is_powered && self.is_connected
    }

    /// What the SSH server does. Another key is worse than a long wait.
    pub(super) fn ssh_fault(&self) -> Option<ssh::Fault> {
        if self.has_other_host_key {
            Some(ssh::Fault::HostKey)
        } else if self.hangs {
            Some(ssh::Fault::HangInExec)
        } else {
            Some(self.delay).filter(|delay| !delay.is_zero()).map(ssh::Fault::Slow)
        }
    }

    pub(super) fn snmp_fault(&self) -> Option<snmp::Fault> {
        if self.is_reached() { self.answers.clone() } else { Some(snmp::Fault::Silent) }
    }
}
