//! Why the vault is locked, and what to do.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Names a master key without telling anything of it: 64 bits of a hash, in 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MasterId(pub(super) [u8; 8]);

impl fmt::Display for MasterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A text that names no master key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no id of a master key")]
pub struct MasterIdError;

impl FromStr for MasterId {
    type Err = MasterIdError;
    fn from_str(text: &str) -> Result<Self, MasterIdError> {
        let is_hex = text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let number = u64::from_str_radix(text, 16).ok().filter(|_| is_hex).ok_or(MasterIdError)?;
        Ok(MasterId(number.to_be_bytes()))
    }
}

/// Why nothing is opened and nothing is sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Locked {
    /// The records have a key, and there is no file with it.
    #[error("the master key {wanted} is missing: put it back as {} with mode 600", path.display())]
    Missing {
        /// Which.
        wanted: MasterId,
        /// Where it belongs.
        path: PathBuf,
    },
    /// The file holds the key of another installation.
    #[error("{} is not the master key {wanted} of these records: put that one back", path.display())]
    Wrong {
        /// Which key the records need.
        wanted: MasterId,
        /// The file that holds another.
        path: PathBuf,
    },
    /// Others than the owner may have read it.
    #[error(
        "{} can be read by others (mode {mode:o}): run chmod 600 on it, and then `villagenet keys rotate`, as somebody \
         may have read it",
        path.display()
    )]
    Readable {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The file is no key of ours.
    #[error("{} holds no master key: put the right file back", path.display())]
    NotAKey {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be read.
    #[error("{} cannot be read ({why}): make it readable for the user who runs villagenet", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// The master key is the right one, and a data key does not open with it.
    #[error("data key {version} in the records is damaged: restore a copy of the records")]
    Damaged {
        /// Its version.
        version: i64,
    },
}
