//! The credential profiles as the running parts see them: what opens devices, and what may be shown of it. The records
//! hold the original; `tasks::vault_watch` hands out a new snapshot when it has changed.

use std::collections::BTreeMap;

use inventory::credential::part::Outline;
use inventory::credential::{Credential, KnownProfiles, ProfileName};
use jiff::civil::Date;

use crate::store::CredentialRecord;

/// All profiles of one moment.
#[derive(Clone, Default)]
pub struct Credentials {
    /// The revision of the records' vault that this is of.
    pub revision: i64,
    /// What may be shown of each.
    pub records: BTreeMap<ProfileName, CredentialRecord>,
    /// What opens devices; while the vault is locked nothing does.
    pub open: BTreeMap<ProfileName, Credential>,
    /// Whether the vault is locked.
    pub is_locked: bool,
}

impl Credentials {
    /// The profiles that devices may name.
    pub fn profiles(&self) -> KnownProfiles {
        self.records.iter().map(|(name, record)| (name.clone(), record.outline.kind())).collect()
    }

    /// Until when an SSH profile may speak old algorithms, if it may.
    pub fn legacy_until(&self, name: &ProfileName) -> Option<Date> {
        match self.records.get(name)?.outline {
            Outline::Ssh { legacy_until, .. } => legacy_until,
            Outline::SnmpV1 | Outline::SnmpV2c | Outline::SnmpV3 { .. } => None,
        }
    }

    /// Whether agents are told the same by another snapshot: how many devices name a profile, for example, is nothing to
    /// them.
    pub fn opens_the_same(&self, other: &Credentials) -> bool {
        let key = |credentials: &Credentials| -> Vec<_> {
            let known = credentials.records.values();
            known.map(|record| (record.id, record.changed_at, credentials.open.contains_key(&record.name))).collect()
        };
        self.is_locked == other.is_locked && key(self) == key(other)
    }
}
