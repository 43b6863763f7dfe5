//! Why a form came back, in words: what happened and what to do.

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
            AppError::NotFound { .. }
            | AppError::LinkSpent
            | AppError::Forbidden(_)
            | AppError::StepUp
            | AppError::Faults(_)
            | AppError::Full
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
        }
    }
}
