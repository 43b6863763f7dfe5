//! [`SnmpError`]: why a device gave no answer that can be used, and what a person can do about it.

use std::io;
use std::net::SocketAddr;

use inventory::reading::{Failure, FailureKind};

use super::codec::Status;
use super::oid::Oid;

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
    /// Too many requests are in flight.
    #[error("too many SNMP requests are waiting for answers")]
    Busy,
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
