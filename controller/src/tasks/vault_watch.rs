//! Watches the vault in the records, whoever changes it, and hands out a new snapshot of the credential profiles when it
//! did: a profile that was made on a page, or by another process, opens devices without a restart.

use std::sync::Arc;
use std::time::Duration;

use inventory::credential::ProfileName;
use tokio::sync::watch;

use crate::app::App;
use crate::app::error::{AppError, chain};
use crate::app::keys::Keys;
use crate::credentials::Credentials;
use crate::events::{Event, Events};
use crate::live::Change;
use crate::store::{CredentialOpened, CredentialRecord, Db};

/// A change is noticed within a second.
pub const EVERY: Duration = Duration::from_millis(500);

/// Reads all profiles, opened as far as the vault is open.
///
/// # Errors
/// When the records cannot be read.
pub async fn load(db: &Db, keys: &Keys, events: &Events) -> Result<Credentials, AppError> {
    match keys.with_ring(|ring| async move { db.credential_open_all(&ring).await }).await {
        Ok((revision, opened)) => Ok(opened_all(revision, opened, events)),
        Err(AppError::Locked(_)) => {
            let (revision, records) = db.credential_all().await?;
            let records = records.into_iter().map(by_name).collect();
            Ok(Credentials { revision, records, is_locked: true, ..Credentials::default() })
        }
        Err(error) => Err(error),
    }
}

fn by_name(record: CredentialRecord) -> (ProfileName, CredentialRecord) {
    (record.name.clone(), record)
}

fn opened_all(revision: i64, opened: Vec<CredentialOpened>, events: &Events) -> Credentials {
    let mut credentials = Credentials { revision, ..Credentials::default() };
    for CredentialOpened { record, credential } in opened {
        let name = record.name.clone();
        match credential {
            Ok(credential) => drop(credentials.open.insert(name.clone(), credential)),
            Err(error) => events.emit(Event::CredentialDamaged { name: name.as_str(), error: chain(&error) }),
        }
        credentials.records.insert(name, record);
    }
    credentials
}

/// Hands out a new snapshot when keys or profiles have changed.
///
/// # Errors
/// When the records cannot be read; the snapshot before stays.
pub async fn run(app: &App, credentials: &watch::Sender<Arc<Credentials>>) -> Result<Option<String>, AppError> {
    app.keys.look().await?;
    let before = Arc::clone(&credentials.borrow());
    let is_locked = app.keys.locked().is_some();
    if before.revision == app.db.vault_revision().await? && before.is_locked == is_locked {
        return Ok(None);
    }
    let new = load(&app.db, &app.keys, &app.events).await?;
    if before.is_locked && !new.is_locked {
        app.events.emit(Event::VaultUnlocked);
    } else if new.is_locked
        && !before.is_locked
        && let Some(locked) = app.keys.locked()
    {
        app.events.emit(Event::VaultLocked { why: locked.to_string() });
    }
    app.events.set_vault_locked(new.is_locked);
    let (revision, is_same) = (new.revision, before.opens_the_same(&new));
    credentials.send_if_modified(|kept| {
        *kept = Arc::new(new);
        !is_same
    });
    if is_same {
        return Ok(None);
    }
    app.live.tell(Change::All);
    Ok(Some(format!("credentials at revision {revision}")))
}
