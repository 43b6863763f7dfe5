//! Credential profiles: what may be shown of them in columns, their secrets sealed beside.

use std::collections::BTreeMap;

use inventory::credential::part::{Outline, SecretPart};
use inventory::credential::{Credential, CredentialKind, ProfileName};
use inventory::id::CredentialId;
use inventory::secret::Secret;
use inventory::snmp_v3::{AuthAlgorithm, PrivacyAlgorithm};
use jiff::Timestamp;
use sqlx::FromRow;

use super::audit::{AuditEntry, audit_append};
use super::codec::{at, ms};
use super::db::{Db, Tx, both};
use super::error::{Step as _, StoreError};
use super::page::{Page, PageAsk};
use super::query::Select;
use super::secret::{
    secret_all_of, secret_drop, secret_put, secret_rows_of_table, secrets_opened, vault_load_in, vault_revision_bump,
};
use crate::vault::{Keyring, OpenError, Place};

/// The table in the places of its secrets.
const TABLE: &str = "credential";

/// A credential profile, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialRecord {
    /// Its id.
    pub id: CredentialId,
    /// Its name, which devices give.
    pub name: ProfileName,
    /// What may be shown of it.
    pub outline: Outline,
    /// The secrets that it has.
    pub secrets: Vec<SecretPart>,
    /// How many devices name it.
    pub devices: u64,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it was changed last.
    pub changed_at: Timestamp,
}

/// A profile with its credential, or why that does not open.
pub struct CredentialOpened {
    /// What may be shown of it.
    pub record: CredentialRecord,
    /// What opens devices.
    pub credential: Result<Credential, StoreError>,
}

/// What became of a profile that was to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialMade {
    /// It is there.
    Made(CredentialId),
    /// There is one of this name already; nothing was changed.
    NameTaken,
}

/// What became of a profile that was to be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialDeleted {
    /// It is gone, and its secrets with it.
    Deleted,
    /// These devices name it, some of them; nothing was changed.
    Named(Vec<String>),
}

/// Devices told of when a profile cannot be deleted; more are not a help.
const NAMED_TOLD: i64 = 20;

#[derive(FromRow)]
struct CredentialRow {
    id: i64,
    name: String,
    kind: String,
    user_name: Option<String>,
    auth: Option<String>,
    privacy: Option<String>,
    port: Option<i64>,
    legacy_until: Option<String>,
    made_at: i64,
    changed_at: i64,
    devices: i64,
    secrets: Option<String>,
}

/// The secrets' names come joined: SQLite calls that group_concat, PostgreSQL string_agg, which SQLite knows since 3.44.
const CREDENTIAL: &str = "SELECT c.id, c.name, c.kind, c.user_name, c.auth, c.privacy, c.port, c.legacy_until, c.made_at, \
     c.changed_at, (SELECT count(*) FROM device d WHERE d.snmp = c.name OR d.ssh = c.name) AS devices, \
     (SELECT string_agg(s.of_column, ' ') FROM secret s WHERE s.of_table = 'credential' AND s.of_row = c.id) AS secrets \
     FROM credential c";

impl Db {
    /// Credential profiles by name.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn credential_list(&self, ask: &PageAsk) -> Result<Page<CredentialRecord>, StoreError> {
        let mut select = Select::new(CREDENTIAL);
        if let Some(name) = ask.after::<String>("credentials")? {
            select.and("c.name > ?", [name.into()]);
        }
        select.order(" ORDER BY c.name", ask.fetch());
        let rows: Vec<CredentialRow> = select.rows(self, "credential_list").await?;
        let records = rows.into_iter().map(CredentialRecord::try_from).collect::<Result<_, _>>()?;
        Ok(Page::cut(records, ask, "credentials", |record: &CredentialRecord| record.name.as_str().to_owned()))
    }

    /// The profile of a name.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn credential_by_name(&self, name: &ProfileName) -> Result<Option<CredentialRecord>, StoreError> {
        let mut select = Select::new(CREDENTIAL);
        select.and("c.name = ?", [name.as_str().into()]);
        select.order("", 1);
        let rows: Vec<CredentialRow> = select.rows(self, "credential_by_name").await?;
        rows.into_iter().next().map(CredentialRecord::try_from).transpose()
    }

    /// Every profile, and the counter of changes of the same moment.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn credential_all(&self) -> Result<(i64, Vec<CredentialRecord>), StoreError> {
        let mut tx = self.snapshot("credential_all").await?;
        let revision = vault_load_in(&mut tx).await?.revision;
        Ok((revision, all_in(&mut tx).await?))
    }

    /// Every profile with its credential, and the counter of changes of the same moment. What does not open although its
    /// key is there was damaged: it is told, and stands in the way of no other.
    ///
    /// # Errors
    /// [`StoreError::NotOpened`] when there is a key that is not among these, or when they cannot be read.
    pub async fn credential_open_all(&self, ring: &Keyring) -> Result<(i64, Vec<CredentialOpened>), StoreError> {
        let mut tx = self.snapshot("credential_open_all").await?;
        let revision = vault_load_in(&mut tx).await?.revision;
        let records = all_in(&mut tx).await?;
        let mut sealed = secret_rows_of_table(&mut tx, TABLE).await?;
        let mut opened = Vec::with_capacity(records.len());
        for record in records {
            let rows = sealed.remove(&record.id.0).unwrap_or_default();
            let credential = match secrets_opened(ring, rows).and_then(|secrets| put_together(&record, secrets)) {
                Err(error @ StoreError::NotOpened { source: OpenError::Version(_), .. }) => return Err(error),
                result => result,
            };
            opened.push(CredentialOpened { record, credential });
        }
        Ok((revision, opened))
    }

    /// Opens the credential of a profile.
    ///
    /// # Errors
    /// [`StoreError::NotOpened`] when a secret does not open with these keys, or when it cannot be read.
    pub async fn credential_open(&self, ring: &Keyring, record: &CredentialRecord) -> Result<Credential, StoreError> {
        let mut tx = self.snapshot("credential_open").await?;
        open_in(&mut tx, ring, record).await
    }

    /// Makes a profile.
    ///
    /// # Errors
    /// [`StoreError::KeysChanged`]: load the keys and try again; or when it cannot be written.
    pub async fn credential_create(
        &self,
        ring: &Keyring,
        name: &ProfileName,
        credential: &Credential,
        entry: &AuditEntry<'_>,
    ) -> Result<CredentialMade, StoreError> {
        let step = "credential_create";
        let mut tx = self.begin(step).await?;
        vault_revision_bump(&mut tx).await?;
        if id_of(&mut tx, name).await?.is_some() {
            return Ok(CredentialMade::NameTaken);
        }
        let id = insert(&mut tx, ring, name, credential, entry.at).await?;
        audit_append(&mut tx, entry).await?;
        tx.commit(step).await?;
        Ok(CredentialMade::Made(id))
    }

    /// Takes a profile over from the configuration, if none of this name was ever taken over. Says whether it was.
    ///
    /// # Errors
    /// As [`Db::credential_create`].
    pub async fn credential_import(
        &self,
        ring: &Keyring,
        name: &ProfileName,
        credential: &Credential,
        entry: &AuditEntry<'_>,
    ) -> Result<bool, StoreError> {
        let step = "credential_import";
        let mut tx = self.begin(step).await?;
        vault_revision_bump(&mut tx).await?;
        let is_new = both!(tx.link(), on => {
            sqlx::query("INSERT INTO credential_import (name, at) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING")
                .bind(name.as_str())
                .bind(ms(entry.at))
                .execute(on)
                .await
                .map(|done| done.rows_affected() == 1)
        })
        .step(step, name)?;
        if !is_new || id_of(&mut tx, name).await?.is_some() {
            return Ok(false);
        }
        insert(&mut tx, ring, name, credential, entry.at).await?;
        audit_append(&mut tx, entry).await?;
        tx.commit(step).await?;
        Ok(true)
    }

    /// The names that were taken over from the configuration at some time.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn credential_imported(&self) -> Result<Vec<ProfileName>, StoreError> {
        let text = "SELECT name FROM credential_import ORDER BY name";
        let names: Vec<String> = both!(self.reader(), pool => sqlx::query_scalar(text).fetch_all(pool).await)
            .step("credential_imported", "credential_import")?;
        names.iter().map(|name| at("credential_import", name).parse("name", name)).collect()
    }

    /// Puts another credential into a profile.
    ///
    /// # Errors
    /// [`StoreError::KeysChanged`]: load the keys and try again; [`StoreError::Missing`]; or when it cannot be written.
    pub async fn credential_write(
        &self,
        ring: &Keyring,
        id: CredentialId,
        credential: &Credential,
        entry: &AuditEntry<'_>,
    ) -> Result<(), StoreError> {
        let step = "credential_write";
        let mut tx = self.begin(step).await?;
        vault_revision_bump(&mut tx).await?;
        let columns = Columns::of(&credential.outline());
        let found = both!(tx.link(), on => {
            sqlx::query(
                "UPDATE credential SET kind = $2, user_name = $3, auth = $4, privacy = $5, port = $6, legacy_until = $7, \
                     changed_at = $8 WHERE id = $1",
            )
            .bind(id.0)
            .bind(columns.kind)
            .bind(columns.user_name.clone())
            .bind(columns.auth)
            .bind(columns.privacy)
            .bind(columns.port)
            .bind(columns.legacy_until.clone())
            .bind(ms(entry.at))
            .execute(on)
            .await
            .map(|done| done.rows_affected())
        })
        .step(step, id)?;
        if found == 0 {
            return Err(StoreError::Missing { what: "credential", name: id.to_string() });
        }
        secret_drop(&mut tx, TABLE, id.0).await?;
        put(&mut tx, ring, id, credential).await?;
        audit_append(&mut tx, entry).await?;
        tx.commit(step).await
    }

    /// Deletes a profile with its secrets, unless a device names it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn credential_delete(
        &self,
        record: &CredentialRecord,
        entry: &AuditEntry<'_>,
    ) -> Result<CredentialDeleted, StoreError> {
        const NAMED: &str = "SELECT h.code || '/' || d.name FROM device d JOIN hall h ON h.id = d.hall \
                             WHERE d.snmp = $1 OR d.ssh = $1 ORDER BY 1 LIMIT $2";
        let step = "credential_delete";
        let mut tx = self.begin(step).await?;
        vault_revision_bump(&mut tx).await?;
        let named: Vec<String> = both!(tx.link(), on => {
            sqlx::query_scalar(NAMED).bind(record.name.as_str()).bind(NAMED_TOLD).fetch_all(on).await
        })
        .step(step, record.id)?;
        if !named.is_empty() {
            return Ok(CredentialDeleted::Named(named));
        }
        secret_drop(&mut tx, TABLE, record.id.0).await?;
        for text in ["DELETE FROM credential_use WHERE credential = $1", "DELETE FROM credential WHERE id = $1"] {
            both!(tx.link(), on => sqlx::query(text).bind(record.id.0).execute(on).await.map(|_| ()))
                .step(step, record.id)?;
        }
        audit_append(&mut tx, entry).await?;
        tx.commit(step).await?;
        Ok(CredentialDeleted::Deleted)
    }
}

async fn all_in(tx: &mut Tx) -> Result<Vec<CredentialRecord>, StoreError> {
    let rows: Vec<CredentialRow> =
        both!(tx.link(), on => sqlx::query_as(CREDENTIAL).fetch_all(on).await).step("credential_all", "credential")?;
    rows.into_iter().map(CredentialRecord::try_from).collect()
}

async fn open_in(tx: &mut Tx, ring: &Keyring, record: &CredentialRecord) -> Result<Credential, StoreError> {
    put_together(record, secret_all_of(tx, ring, TABLE, record.id.0).await?)
}

fn put_together(record: &CredentialRecord, opened: Vec<(String, Secret)>) -> Result<Credential, StoreError> {
    let at = at(TABLE, record.id);
    let mut secrets = BTreeMap::new();
    for (column, secret) in opened {
        secrets.insert(part(&at, &column)?, secret);
    }
    // The fault names no secret, only what is wrong with one.
    let made = Credential::of_parts(record.outline.clone(), secrets);
    made.map_err(|faults| at.wrong("secrets", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")))
}

async fn id_of(tx: &mut Tx, name: &ProfileName) -> Result<Option<i64>, StoreError> {
    let text = "SELECT id FROM credential WHERE name = $1";
    both!(tx.link(), on => sqlx::query_scalar(text).bind(name.as_str()).fetch_optional(on).await)
        .step("credential_id", name)
}

async fn insert(
    tx: &mut Tx,
    ring: &Keyring,
    name: &ProfileName,
    credential: &Credential,
    now: Timestamp,
) -> Result<CredentialId, StoreError> {
    let columns = Columns::of(&credential.outline());
    let id: i64 = both!(tx.link(), on => {
        sqlx::query_scalar(
            "INSERT INTO credential (name, kind, user_name, auth, privacy, port, legacy_until, made_at, changed_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) RETURNING id",
        )
        .bind(name.as_str())
        .bind(columns.kind)
        .bind(columns.user_name.clone())
        .bind(columns.auth)
        .bind(columns.privacy)
        .bind(columns.port)
        .bind(columns.legacy_until.clone())
        .bind(ms(now))
        .fetch_one(on)
        .await
    })
    .step("credential_insert", name)?;
    put(tx, ring, CredentialId(id), credential).await?;
    Ok(CredentialId(id))
}

async fn put(tx: &mut Tx, ring: &Keyring, id: CredentialId, credential: &Credential) -> Result<(), StoreError> {
    for (part, secret) in credential.secrets() {
        secret_put(tx, ring, Place { table: TABLE, row: id.0, column: part.as_str() }, &secret).await?;
    }
    Ok(())
}

/// What may be shown, as columns.
struct Columns {
    kind: &'static str,
    user_name: Option<String>,
    auth: Option<&'static str>,
    privacy: Option<&'static str>,
    port: Option<i64>,
    legacy_until: Option<String>,
}

impl Columns {
    fn of(outline: &Outline) -> Columns {
        let kind = outline.kind().as_str();
        let none = Columns { kind, user_name: None, auth: None, privacy: None, port: None, legacy_until: None };
        match outline {
            Outline::SnmpV1 | Outline::SnmpV2c => none,
            Outline::SnmpV3 { user, auth, privacy } => Columns {
                user_name: Some(user.clone()),
                auth: auth.map(AuthAlgorithm::as_str),
                privacy: privacy.map(PrivacyAlgorithm::as_str),
                ..none
            },
            Outline::Ssh { user, port, legacy_until } => Columns {
                user_name: Some(user.clone()),
                port: Some(i64::from(*port)),
                legacy_until: legacy_until.map(|day| day.to_string()),
                ..none
            },
        }
    }
}

fn part(at: &super::codec::At, word: &str) -> Result<SecretPart, StoreError> {
    SecretPart::ALL.into_iter().find(|part| part.as_str() == word).ok_or_else(|| at.wrong("secrets", word))
}

impl TryFrom<CredentialRow> for CredentialRecord {
    type Error = StoreError;

    fn try_from(row: CredentialRow) -> Result<Self, StoreError> {
        let at = at(TABLE, row.id);
        let outline = match at.parse::<CredentialKind>("kind", &row.kind)? {
            CredentialKind::SnmpV1 => Outline::SnmpV1,
            CredentialKind::SnmpV2c => Outline::SnmpV2c,
            CredentialKind::SnmpV3 => Outline::SnmpV3 {
                user: row.user_name.ok_or_else(|| at.wrong("user_name", "nothing"))?,
                auth: at.parse_if("auth", row.auth.as_deref())?,
                privacy: at.parse_if("privacy", row.privacy.as_deref())?,
            },
            CredentialKind::Ssh => Outline::Ssh {
                user: row.user_name.ok_or_else(|| at.wrong("user_name", "nothing"))?,
                port: at.number("port", row.port.ok_or_else(|| at.wrong("port", "nothing"))?)?,
                legacy_until: at.parse_if("legacy_until", row.legacy_until.as_deref())?,
            },
        };
        let words = row.secrets.unwrap_or_default();
        let mut secrets = words.split_whitespace().map(|word| part(&at, word)).collect::<Result<Vec<_>, _>>()?;
        secrets.sort_unstable();
        Ok(CredentialRecord {
            id: CredentialId(row.id),
            name: at.parse("name", &row.name)?,
            outline,
            secrets,
            devices: at.number("devices", row.devices)?,
            made_at: at.time("made_at", row.made_at)?,
            changed_at: at.time("changed_at", row.changed_at)?,
        })
    }
}
