//! Why a use case did not succeed. It knows no HTTP; `api::problem` maps it, once.

use inventory::credential::part::PartsFault;
use inventory::import::Fault;

use super::passphrase::PassphraseFault;
use super::people_fault::PeopleFault;
use super::principal::Role;
use crate::store::StoreError;

/// Why a use case did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// There is no such thing, or it is not for the one who asks.
    #[error("there is no {what} {id:?}")]
    NotFound {
        /// The kind of thing.
        what: &'static str,
        /// What was asked for.
        id: String,
    },
    /// A link that was good once is good no more, or never was.
    #[error("this link was used, or is too old; ask an administrator for another one")]
    LinkSpent,
    /// Whoever asks may see it, but may not do that.
    #[error("this needs the role {0} over what is asked for; an administrator can grant it")]
    Forbidden(Role),
    /// It takes a second factor that was shown a short time ago.
    #[error("confirm that it is you with your second factor, then ask again")]
    StepUp,
    /// Whoever wanted to come in did not prove who he is. It does not say what was wrong: that would help a stranger.
    #[error("the name, the pass phrase or the code is wrong; try again, or ask an administrator for a reset link")]
    Wrong,
    /// Too many tries, or too many at once.
    #[error("too many tries; try again in {seconds} s")]
    Busy {
        /// How long to wait.
        seconds: u64,
    },
    /// A pass phrase is not good enough.
    #[error("{0}")]
    Passphrase(PassphraseFault),
    /// What was asked makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// A file had faults; nothing of it was taken.
    #[error("{} faults; nothing was imported", .0.len())]
    Faults(Vec<Fault>),
    /// It cannot be done as things stand.
    #[error("{0}")]
    Conflict(String),
    /// There is no room for it. Nothing was changed.
    #[error("the disk of the records is full and nothing was changed; free some space and try again")]
    Full,
    /// Parts that make no credential.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Credential(Vec<PartsFault>),
    /// Contacts, schedules or escalations that make no sense: all that is wrong.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    People(Vec<PeopleFault>),
    /// The vault is locked: nothing can be sealed or opened. Nothing was changed.
    #[error("the vault is locked and nothing was changed: {0}")]
    Locked(#[from] crate::vault::Locked),
    /// The world was bad or we were wrong: the detail is for the log.
    #[error(transparent)]
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

impl AppError {
    /// Wraps an error that people outside cannot do anything about.
    pub fn internal(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        AppError::Internal(Box::new(error))
    }
}

/// An error and all its causes in one line, printed once, at the top.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Cursor | StoreError::Nul => AppError::Invalid(error.to_string()),
            StoreError::FleetChanged { .. } | StoreError::AreaCodeTaken { .. } | StoreError::AreaNotValid { .. } => {
                AppError::Conflict(error.to_string())
            }
            StoreError::Full { .. } => AppError::Full,
            StoreError::Missing { what, name } => AppError::NotFound { what, id: name },
            StoreError::Create { .. }
            | StoreError::Open { .. }
            | StoreError::Damaged { .. }
            | StoreError::NotDurable { .. }
            | StoreError::Url
            | StoreError::Connect { .. }
            | StoreError::Migrate { .. }
            | StoreError::NewerSchema { .. }
            | StoreError::Step { .. }
            | StoreError::Taken
            | StoreError::KeysChanged
            | StoreError::NotOpened { .. }
            | StoreError::Inconsistent { .. } => AppError::internal(error),
        }
    }
}
