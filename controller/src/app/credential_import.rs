//! Taking `[credentials.NAME]` of the configuration over into the vault: each name once, at the first start that sees it.
//! From then on the records are right, and what the file says is only told about.

use std::collections::BTreeMap;
use std::sync::Arc;

use inventory::credential::{Credential, ProfileName};
use jiff::Timestamp;

use super::audit::Actor;
use super::error::AppError;
use super::keys::Keys;
use super::principal::Principal;
use crate::events::{Event, Events};
use crate::store::{AuditAction, AuditEntry, Db};
use crate::vault::Keyring;

/// What an import works with.
pub struct Import<'a> {
    /// Records.
    pub db: &'a Db,
    /// The vault.
    pub keys: &'a Keys,
    /// Log.
    pub events: &'a Events,
    /// Whether the file is right at every start: a simulated fleet draws its secrets anew, and nobody administers it.
    pub is_always: bool,
    /// Now.
    pub now: Timestamp,
}

impl Import<'_> {
    /// Takes over what is new, and tells of the rest.
    ///
    /// # Errors
    /// When the records cannot be read or written. A locked vault is no error: it is told, and the next start goes on.
    pub async fn run(&self, sections: &BTreeMap<ProfileName, Credential>) -> Result<(), AppError> {
        let imported = self.db.credential_imported().await?;
        for (name, credential) in sections {
            let is_new = !imported.contains(name);
            let done = if is_new { self.take(name, credential).await } else { self.tell(name, credential).await };
            match done {
                Err(AppError::Locked(_)) if is_new => {
                    self.events.emit(Event::CredentialNotImported { name: name.as_str() });
                }
                // Whether it says the same is told by a start with the key.
                Err(AppError::Locked(_)) => {}
                done => done?,
            }
        }
        Ok(())
    }

    async fn take(&self, name: &ProfileName, credential: &Credential) -> Result<(), AppError> {
        let actor = Actor::of(&Principal::system());
        let entry = &self.entry(&actor, AuditAction::CredentialImport, name);
        let take = |ring: Arc<Keyring>| async move { self.db.credential_import(&ring, name, credential, entry).await };
        if self.keys.with_ring(take).await? {
            self.events.emit(Event::CredentialImported { name: name.as_str() });
            return Ok(());
        }
        self.tell(name, credential).await
    }

    /// Tells what becomes of a section whose name is in the records.
    async fn tell(&self, name: &ProfileName, credential: &Credential) -> Result<(), AppError> {
        let name_text = name.as_str();
        let Some(record) = self.db.credential_by_name(name).await? else {
            self.events.emit(Event::CredentialSectionIgnored { name: name_text });
            return Ok(());
        };
        let record = &record;
        let open = |ring: Arc<Keyring>| async move { self.db.credential_open(&ring, record).await };
        if self.keys.with_ring(open).await?.is_same(credential) {
            if !self.is_always {
                self.events.emit(Event::CredentialSectionIdle { name: name_text });
            }
        } else if self.is_always {
            let actor = Actor::of(&Principal::system());
            let entry = &self.entry(&actor, AuditAction::CredentialChange, name);
            let write =
                |ring: Arc<Keyring>| async move { self.db.credential_write(&ring, record.id, credential, entry).await };
            self.keys.with_ring(write).await?;
        } else {
            self.events.emit(Event::CredentialSectionIgnored { name: name_text });
        }
        Ok(())
    }

    fn entry<'a>(&self, actor: &'a Actor, action: AuditAction, name: &ProfileName) -> AuditEntry<'a> {
        actor.did(self.now, action, format!("credential {name}"))
    }
}
