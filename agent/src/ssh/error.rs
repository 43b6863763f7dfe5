//! [`SshError`]: why there is no session or no output, and what a person can do about it.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use inventory::device::HostKeyFingerprint;
use inventory::reading::{Failure, FailureKind};
use inventory::text::device_text;
use jiff::civil::Date;

/// The longest text of a server's that a message repeats, in bytes.
const REPEATED_MAX: usize = 400;

/// Why a device did not answer over SSH.
#[derive(Debug, thiserror::Error)]
pub enum SshError {
    /// A step took too long.
    #[error("{address}: {step} over SSH took longer than {limit:?}")]
    Timeout {
        /// Who was asked.
        address: SocketAddr,
        /// What was waited for.
        step: &'static str,
        /// For how long.
        limit: Duration,
    },
    /// No connection could be made.
    #[error("{address} cannot be reached: {reason}")]
    Unreachable {
        /// Who was asked.
        address: SocketAddr,
        /// What the network said.
        reason: io::ErrorKind,
    },
    /// The port is closed.
    #[error("{address} is there, but nothing listens on this TCP port")]
    Refused {
        /// Who was asked.
        address: SocketAddr,
    },
    /// The host key is another than the pinned one.
    #[error("{address} shows the host key {offered}, but {pinned} is pinned; nobody logged in")]
    OtherHostKey {
        /// Who was asked.
        address: SocketAddr,
        /// The key it has to show.
        pinned: HostKeyFingerprint,
        /// The key it shows.
        offered: HostKeyFingerprint,
    },
    /// No host key is pinned.
    #[error("{address} shows the host key {offered}, which nobody has confirmed yet; nobody logged in")]
    UnconfirmedHostKey {
        /// Who was asked.
        address: SocketAddr,
        /// The key it shows.
        offered: HostKeyFingerprint,
    },
    /// The two have no algorithm in common.
    #[error("{address} has no {what} algorithm that may be used; it offers {theirs}{}", ended.map_or(String::new(), |date| format!("; the permission to use old ones ended on {date}")))]
    Algorithm {
        /// Who was asked.
        address: SocketAddr,
        /// For what.
        what: &'static str,
        /// What the device offers.
        theirs: String,
        /// The last day on which old algorithms were allowed, if it is over.
        ended: Option<Date>,
    },
    /// The device does not let the user in.
    #[error("{address} does not let {user:?} log in: {why}")]
    Login {
        /// Who was asked.
        address: SocketAddr,
        /// Who logs in.
        user: String,
        /// What the device said to it.
        why: String,
    },
    /// What listens there is no SSH server, or breaks the protocol.
    #[error("{address} does not speak SSH as it should: {what}")]
    Protocol {
        /// Who was asked.
        address: SocketAddr,
        /// What is wrong.
        what: String,
    },
    /// The connection ended.
    #[error("{address} closed the SSH connection {when}")]
    Closed {
        /// Who was asked.
        address: SocketAddr,
        /// During what.
        when: &'static str,
    },
    /// A command printed more than is read of any.
    #[error("{address} answered with more than {limit} bytes, which were not read to the end")]
    TooMuch {
        /// Who was asked.
        address: SocketAddr,
        /// How much is read.
        limit: usize,
    },
}

/// What a server said, clean and short.
pub(super) fn told(text: &str) -> String {
    let (mut text, _) = device_text(text.as_bytes());
    if text.len() > REPEATED_MAX {
        text.truncate(text.floor_char_boundary(REPEATED_MAX));
        text.push('…');
    }
    text.replace('\n', " ")
}

impl SshError {
    /// The kind, as metrics and `poll --json` name it.
    pub fn kind(&self) -> FailureKind {
        match self {
            SshError::Timeout { .. } | SshError::Unreachable { .. } => FailureKind::Timeout,
            SshError::Refused { .. } => FailureKind::Refused,
            SshError::OtherHostKey { .. } | SshError::UnconfirmedHostKey { .. } => FailureKind::HostKey,
            SshError::Algorithm { .. } => FailureKind::Algorithm,
            SshError::Login { .. } => FailureKind::Login,
            SshError::Protocol { .. } | SshError::Closed { .. } | SshError::TooMuch { .. } => FailureKind::Protocol,
        }
    }

    /// The host key that the device showed, when that is what is wrong.
    pub fn offered_host_key(&self) -> Option<&HostKeyFingerprint> {
        match self {
            SshError::OtherHostKey { offered, .. } | SshError::UnconfirmedHostKey { offered, .. } => Some(offered),
            SshError::Timeout { .. }
            | SshError::Unreachable { .. }
            | SshError::Refused { .. }
            | SshError::Algorithm { .. }
            | SshError::Login { .. }
            | SshError::Protocol { .. }
            | SshError::Closed { .. }
            | SshError::TooMuch { .. } => None,
        }
    }

    fn hint(&self) -> &'static str {
        match self {
            SshError::Timeout { .. } => {
                "The device or its line is overloaded, or it drops what comes to this port; it is tried again later."
            }
            SshError::Unreachable { .. } => "Check the address, and the route from this machine to the device.",
            SshError::Refused { .. } => "Turn SSH on in the device, or check the profile's port: 22 is usual.",
            SshError::OtherHostKey { .. } => {
                "If the device was replaced or reset, compare the fingerprint at the device and confirm the new key on its \
                 page. If nobody did that, somebody may be answering in its place."
            }
            SshError::UnconfirmedHostKey { .. } => {
                "Compare the fingerprint with what the device itself shows, then confirm it on the device's page, or in \
                 the column host_key of the devices CSV; for villagenet poll give it with --host-key."
            }
            SshError::Algorithm { .. } => {
                "Update the device's firmware. Until then legacy_until in its SSH profile allows old algorithms up to a \
                 date."
            }
            SshError::Login { .. } => {
                "Check user and password or key of the SSH profile, and that the device lets this user log in."
            }
            SshError::Protocol { .. } => "Check the profile's port: another service may be listening there.",
            SshError::Closed { .. } => {
                "The device may be restarting, or have no session left to give; it is tried again later."
            }
            SshError::TooMuch { .. } => "The device prints without end: log in by hand and look, or restart it.",
        }
    }
}

impl From<SshError> for Failure {
    fn from(error: SshError) -> Self {
        Failure { kind: error.kind(), message: error.to_string(), hint: error.hint().to_owned() }
    }
}
