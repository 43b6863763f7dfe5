//! Why a form came back, in words: what happened and what to do.

use inventory::credential::part::{PartsFault, SecretPart};
use inventory::snmp_v3::SnmpV3Fault;

use crate::app::error::AppError;
use crate::app::passphrase::PassphraseFault;
use crate::web::format;
use crate::web::frame::Frame;

/// Why a form came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Name and pass phrase do not belong together.
    Wrong,
    /// The code is wrong, was used, or came too late.
    WrongCode,
    /// The pass phrase of now is not right.
    WrongPassphrase,
    /// Too many tries.
    Busy {
        /// How long to wait.
        seconds: u64,
    },
    /// A pass phrase is not good enough.
    Passphrase(PassphraseFault),
    /// The two times that a new pass phrase was typed differ.
    Differ,
    /// A name cannot be one, or is taken.
    Name,
    /// Nobody else administers everything.
    LastAdministrator,
    /// Devices name the credential.
    CredentialUsed,
    /// Parts that make no credential.
    Credential(Vec<PartsFault>),
    /// The vault is locked: codes of the app cannot be checked.
    Locked,
}

impl Failure {
    /// What a form says of an error; `None` for what is a page of its own. `wrong`: what is said when a proof is wrong.
    pub fn of(error: &AppError, wrong: Failure, conflict: Failure) -> Option<Failure> {
        match error {
            AppError::Wrong => Some(wrong),
            AppError::Busy { seconds } => Some(Failure::Busy { seconds: *seconds }),
            AppError::Passphrase(fault) => Some(Failure::Passphrase(*fault)),
            AppError::Conflict(_) => Some(conflict),
            AppError::Invalid(_) => Some(Failure::Name),
            AppError::Locked(_) => Some(Failure::Locked),
            AppError::Credential(faults) => Some(Failure::Credential(faults.clone())),
            AppError::NotFound { .. }
            | AppError::LinkSpent
            | AppError::Forbidden(_)
            | AppError::StepUp
            | AppError::Faults(_)
            | AppError::Full
            | AppError::People(_)
            | AppError::Internal(_) => None,
        }
    }

    /// Its words.
    pub fn text(&self, frame: &Frame) -> String {
        match self {
            Failure::Wrong => frame.t("failed-wrong"),
            Failure::WrongCode => frame.t("failed-code"),
            Failure::WrongPassphrase => frame.t("failed-passphrase"),
            Failure::Busy { seconds } => {
                let seconds = i64::try_from(*seconds).unwrap_or(i64::MAX);
                frame.t1("failed-busy", "time", format::duration(frame.language, seconds))
            }
            Failure::Passphrase(PassphraseFault::TooShort(least)) => frame.t1("failed-short", "least", least),
            Failure::Passphrase(PassphraseFault::TooLong) => frame.t("failed-long"),
            Failure::Passphrase(PassphraseFault::Common) => frame.t("failed-common"),
            Failure::Passphrase(PassphraseFault::Known) => frame.t("failed-known"),
            Failure::Differ => frame.t("failed-differ"),
            Failure::Name => frame.t("failed-name"),
            Failure::LastAdministrator => frame.t("failed-last"),
            Failure::CredentialUsed => frame.t("credential-used"),
            Failure::Credential(faults) => {
                faults.iter().map(|fault| parts_fault(frame, *fault)).collect::<Vec<_>>().join(" ")
            }
            Failure::Locked => frame.t("failed-locked"),
        }
    }
}

/// What is wrong with a credential.
fn parts_fault(frame: &Frame, fault: PartsFault) -> String {
    match fault {
        PartsFault::Missing(part) => frame.t1("credential-missing", "part", part_text(frame, part)),
        PartsFault::Empty(part) => frame.t1("credential-empty", "part", part_text(frame, part)),
        PartsFault::Stray(part) => frame.t1("credential-stray", "part", part_text(frame, part)),
        PartsFault::Control(part) => frame.t1("credential-control", "part", part_text(frame, part)),
        PartsFault::CommunityLength => frame.t("credential-community-length"),
        PartsFault::SnmpV3(SnmpV3Fault::UserLength(_) | SnmpV3Fault::UserControl) => frame.t("credential-v3-user"),
        PartsFault::SnmpV3(SnmpV3Fault::AuthPassPhrase(_)) => frame.t("credential-v3-auth"),
        PartsFault::SnmpV3(SnmpV3Fault::PrivacyPassPhrase(_)) => frame.t("credential-v3-privacy"),
        PartsFault::SnmpV3(SnmpV3Fault::PrivacyWithoutAuth) => frame.t("credential-v3-level"),
        PartsFault::SshUser => frame.t("credential-ssh-user"),
        PartsFault::SshLogin => frame.t("credential-ssh-login"),
        PartsFault::NoKey => frame.t("credential-no-key"),
    }
}

/// What a secret of a credential is called.
pub fn part_text(frame: &Frame, part: SecretPart) -> String {
    frame.t(match part {
        SecretPart::Community => "secret-community",
        SecretPart::Auth => "secret-auth",
        SecretPart::Privacy => "secret-privacy",
        SecretPart::Password => "secret-password",
        SecretPart::Key => "secret-key",
        SecretPart::Passphrase => "secret-passphrase",
    })
}
