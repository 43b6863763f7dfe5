//! [`SnmpError`]: why a device gave no answer that can be used, and what a person can do about it.

use std::io;
use std::net::SocketAddr;

use inventory::reading::{Failure, FailureKind};

use super::codec::Status;
use inventory::mib::Oid;

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub enum SnmpError {
    /// Nothing came back.
    #[error("no answer from {address} over SNMP")]
    Timeout {
        /// Who was asked.
        address: SocketAddr,
    },
    /// A router on the way said that it cannot deliver.
    #[error("{address} cannot be reached: {reason}")]
    Unreachable {
        /// Who was asked.
        address: SocketAddr,
        /// What the router said.
        reason: io::ErrorKind,
    },
    /// The device said that nothing listens on the port.
    #[error("{address} is there, but nothing listens on this UDP port")]
    Refused {
        /// Who was asked.
        address: SocketAddr,
    },
    /// The device is silent for this community and version, though its SNMP agent answers an SNMPv3 discovery.
    #[error("the SNMP agent at {address} runs, but does not answer to this community with {protocol}")]
    Community {
        /// Who was asked.
        address: SocketAddr,
        /// The version used.
        protocol: &'static str,
    },
    /// The device said that this community may not read what was asked.
    #[error("{address} denies this community what was asked")]
    Denied {
        /// Who was asked.
        address: SocketAddr,
    },
    /// Datagrams came that are no SNMP.
    #[error("{address} answers with something that is no SNMP")]
    NotSnmp {
        /// Who was asked.
        address: SocketAddr,
    },
    /// Values came for names that were not asked for.
    #[error("{address} answers {answered}, which was not asked for")]
    WrongName {
        /// Who was asked.
        address: SocketAddr,
        /// What came.
        answered: Oid,
    },
    /// The device answered with an error.
    #[error("{address} answers with the error {status:?}")]
    Status {
        /// Who was asked.
        address: SocketAddr,
        /// The error.
        status: Status,
    },
    /// This machine could not send.
    #[error("this machine cannot send to {address}")]
    Unsent {
        /// Who was to be asked.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// SNMPv3: something in the user's name does not fit.
    #[error("{address}: {}", fault.told(user))]
    V3 {
        /// Who was asked.
        address: SocketAddr,
        /// In whose name.
        user: String,
        /// What does not fit.
        fault: V3Fault,
    },
    /// Too many requests are in flight.
    #[error("too many SNMP requests are waiting for answers")]
    Busy,
}

/// What of a user does not fit the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum V3Fault {
    /// The device does not know the user.
    User,
    /// The user may not read what was asked, or not at this security level.
    Denied,
    /// The device could not prove the request to be the user's.
    Auth,
    /// The device knows the user without authentication only.
    NoAuth,
    /// What comes back could not be proven to be the device's.
    Unproven,
    /// The device could not decrypt the request.
    Privacy,
    /// The device knows the user without privacy only.
    NoPrivacy,
    /// Engine id, boots or time are refused also after they were asked for anew.
    Engine,
}

impl V3Fault {
    fn told(self, user: &str) -> String {
        match self {
            V3Fault::User => format!("the device does not know the SNMPv3 user {user:?}"),
            V3Fault::Denied => format!("the SNMPv3 user {user:?} may not read what was asked"),
            V3Fault::Auth => format!("the device refuses the authentication of the SNMPv3 user {user:?}"),
            V3Fault::NoAuth => format!("the device does not let the SNMPv3 user {user:?} in at this security level"),
            V3Fault::Unproven => "what answers cannot prove that it is the device".to_owned(),
            V3Fault::Privacy => format!("the device cannot decrypt what the SNMPv3 user {user:?} asks"),
            V3Fault::NoPrivacy => format!("the device has no privacy for the SNMPv3 user {user:?}"),
            V3Fault::Engine => "the device's SNMP engine refuses the id, boots and time that it told itself".to_owned(),
        }
    }

    fn kind(self) -> FailureKind {
        match self {
            V3Fault::User | V3Fault::Denied => FailureKind::User,
            V3Fault::Auth | V3Fault::NoAuth | V3Fault::Unproven => FailureKind::Auth,
            V3Fault::Privacy | V3Fault::NoPrivacy => FailureKind::Privacy,
            V3Fault::Engine => FailureKind::Engine,
        }
    }

    fn hint(self) -> &'static str {
        match self {
            V3Fault::User => "Check the user name, upper and lower case too, and that the user exists in the device.",
            V3Fault::Denied => {
                "Give the user read access to the system and interface groups (MIB-2), and check the security level \
                 that the device asks for: it may want privacy."
            }
            V3Fault::Auth => "Check the authentication pass phrase and its algorithm (MD5, SHA, SHA-256 ...).",
            V3Fault::NoAuth => "Set authentication for this user in the device, with the same algorithm.",
            V3Fault::Unproven => {
                "Its answers carry a wrong digest or none: somebody may be forging them, or the device's SNMP agent is \
                 faulty. Check the authentication algorithm, then restart the agent."
            }
            V3Fault::Privacy => {
                "Check the privacy pass phrase and its algorithm; AES-192 and AES-256 come in two kinds: try \
                 AES-192-C or AES-256-C for Cisco and what follows it."
            }
            V3Fault::NoPrivacy => "Set privacy for this user in the device, or leave privacy out of the profile.",
            V3Fault::Engine => {
                "Restart the device's SNMP agent. If it stays, its boots counter is at its end or two devices share an \
                 address: give it a new engine id."
            }
        }
    }
}

impl SnmpError {
    /// The kind, as metrics and `poll --json` name it.
    pub fn kind(&self) -> FailureKind {
        match self {
            SnmpError::Timeout { .. } | SnmpError::Unreachable { .. } | SnmpError::Unsent { .. } | SnmpError::Busy => {
                FailureKind::Timeout
            }
            SnmpError::Refused { .. } => FailureKind::Refused,
            SnmpError::Community { .. } | SnmpError::Denied { .. } => FailureKind::Community,
            SnmpError::NotSnmp { .. } | SnmpError::WrongName { .. } | SnmpError::Status { .. } => FailureKind::Protocol,
            SnmpError::V3 { fault, .. } => fault.kind(),
        }
    }

    fn hint(&self) -> &'static str {
        match self {
            SnmpError::Timeout { .. } => {
                "Check address, power and cable; then that SNMP is on, that its access list names this machine, and \
                 the community: many devices stay silent when it is wrong."
            }
            SnmpError::Unreachable { .. } => {
                "Check the address, and the route from this machine to the device; it is asked again as scheduled."
            }
            SnmpError::Refused { .. } => {
                "Turn SNMP on in the device, or check the port: 161 is usual. A device that just restarts also says \
                 this for a moment."
            }
            SnmpError::Community { .. } => {
                "Check the community, that this SNMP version is allowed in the device, and that its access list for \
                 the community names this machine."
            }
            SnmpError::Denied { .. } => "Give the community read access to the system and interface groups (MIB-2).",
            SnmpError::NotSnmp { .. } => "Check the port: another service may be listening there.",
            SnmpError::WrongName { .. } | SnmpError::Status { .. } => {
                "The device's SNMP agent is faulty: restart it or update its firmware. Other values are still read."
            }
            SnmpError::Unsent { .. } => "Check this machine's network, routes and firewall.",
            SnmpError::V3 { fault, .. } => fault.hint(),
            SnmpError::Busy => "This machine polls more devices at once than it can; give some to another agent.",
        }
    }
}

impl From<&SnmpError> for Failure {
    fn from(error: &SnmpError) -> Self {
        let message = match error {
            SnmpError::Unsent { source, .. } => format!("{error}: {source}"),
            other => other.to_string(),
        };
        Failure { kind: error.kind(), message, hint: error.hint().to_owned() }
    }
}

impl From<SnmpError> for Failure {
    fn from(error: SnmpError) -> Self {
        Failure::from(&error)
    }
}
