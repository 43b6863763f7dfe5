//! Contacts: who can be told of alerts, and where.

use alerts::quiet::QuietHours;
use inventory::id::{AccountId, ContactId};
use jiff::Timestamp;
use jiff::civil::Time;
use notify::Language;
use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use super::account::{change, folded};
use super::audit::{AuditEntry, audit_append};
use super::codec::{at, ms};
use super::db::{Db, Tx, both};
use super::error::{Step as _, StoreError};
use super::people::{PersonDeleted, json_text, names_of_contact, people_revision_bump};

/// Where somebody can be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// The section `[channels.NAME]`.
    pub channel: String,
    /// What that channel understands: a mail address, a phone number in its international form, a chat.
    pub address: String,
}

/// What is to be kept of somebody who can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactDraft {
    /// His name, or that of a post.
    pub name: String,
    /// What he is; may be empty.
    pub post: String,
    /// What he is told in.
    pub language: Language,
    /// Whose account he logs in with.
    pub account: Option<AccountId>,
    /// Where he can be told, the usual way first.
    pub addresses: Vec<Address>,
    /// When he is not to be told of what can wait.
    pub quiet: Option<QuietHours>,
}

/// A contact as a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactRecord {
    /// Its id.
    pub id: ContactId,
    /// What is kept.
    pub draft: ContactDraft,
    /// Since when it is there.
    pub made_at: Timestamp,
    /// When it was last changed.
    pub changed_at: Timestamp,
}

impl Db {
    /// Makes a contact, or writes one that is there anew. `None` when another one has the name, or it is gone.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn contact_write(
        &self,
        id: Option<ContactId>,
        draft: &ContactDraft,
        audit: &AuditEntry<'_>,
    ) -> Result<Option<ContactId>, StoreError> {
        const INSERT: &str = "INSERT INTO contact (name, folded, post, language, account, addresses, quiet_from, \
             quiet_until, made_at, changed_at) VALUES ($2, $3, $4, $5, $6, $7, $8, $9, $10, $10) \
             ON CONFLICT (folded) DO NOTHING RETURNING COALESCE(CAST($1 AS BIGINT), id)";
        const UPDATE: &str = "UPDATE contact SET name = $2, folded = $3, post = $4, language = $5, account = $6, \
             addresses = $7, quiet_from = $8, quiet_until = $9, changed_at = $10 WHERE id = $1 \
             AND NOT EXISTS (SELECT 1 FROM contact other WHERE other.folded = $3 AND other.id <> $1) RETURNING id";
        let step = "contact_write";
        let mut tx = self.begin(step).await?;
        people_revision_bump(&mut tx).await?;
        let text = if id.is_some() { UPDATE } else { INSERT };
        let time = |time: fn(&QuietHours) -> Time| draft.quiet.as_ref().map(|quiet| clock(time(quiet)));
        let written: Option<i64> = both!(tx.link(), on => {
            sqlx::query_scalar(text)
                .bind(id.map(|id| id.0))
                .bind(&draft.name)
                .bind(folded(&draft.name))
                .bind(&draft.post)
                .bind(draft.language.as_str())
                .bind(draft.account.map(|account| account.0))
                .bind(json_text(&draft.addresses))
                .bind(time(|quiet| quiet.from))
                .bind(time(|quiet| quiet.until))
                .bind(ms(audit.at))
                .fetch_optional(on)
                .await
        })
        .step(step, &draft.name)?;
        if written.is_some() {
            audit_append(&mut tx, audit).await?;
            tx.commit(step).await?;
        }
        Ok(written.map(ContactId))
    }

    /// Removes a contact, unless a schedule or an escalation names it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn contact_delete(&self, id: ContactId, audit: &AuditEntry<'_>) -> Result<PersonDeleted, StoreError> {
        let step = "contact_delete";
        let mut tx = self.begin(step).await?;
        people_revision_bump(&mut tx).await?;
        let names = names_of_contact(&mut tx, id, audit.at).await?;
        if !names.is_empty() {
            return Ok(PersonDeleted::Named(names));
        }
        change!(tx, step, "DELETE FROM contact WHERE id = $1", id.0);
        audit_append(&mut tx, audit).await?;
        tx.commit(step).await?;
        Ok(PersonDeleted::Deleted)
    }
}

pub(super) async fn contact_all_in(tx: &mut Tx) -> Result<Vec<ContactRecord>, StoreError> {
    let rows: Vec<ContactRow> =
        both!(tx.link(), on => sqlx::query_as(CONTACTS).fetch_all(on).await).step("contact_all", "contact")?;
    rows.into_iter().map(ContactRecord::try_from).collect()
}

const CONTACTS: &str = "SELECT id, name, post, language, account, addresses, quiet_from, quiet_until, made_at, \
     changed_at FROM contact";

/// A time of day as a column.
pub(super) fn clock(time: Time) -> String {
    time.strftime("%H:%M").to_string()
}

#[derive(FromRow)]
struct ContactRow {
    id: i64,
    name: String,
    post: String,
    language: String,
    account: Option<i64>,
    addresses: String,
    quiet_from: Option<String>,
    quiet_until: Option<String>,
    made_at: i64,
    changed_at: i64,
}

impl TryFrom<ContactRow> for ContactRecord {
    type Error = StoreError;
    fn try_from(row: ContactRow) -> Result<Self, StoreError> {
        let at = at("contact", row.id);
        let from = at.parse_if::<Time>("quiet_from", row.quiet_from.as_deref())?;
        let until = at.parse_if::<Time>("quiet_until", row.quiet_until.as_deref())?;
        let draft = ContactDraft {
            name: row.name,
            post: row.post,
            language: at.parse("language", &row.language)?,
            account: row.account.map(AccountId),
            addresses: at.json("addresses", &row.addresses)?,
            quiet: from.zip(until).map(|(from, until)| QuietHours { from, until }),
        };
        Ok(ContactRecord {
            id: ContactId(row.id),
            draft,
            made_at: at.time("made_at", row.made_at)?,
            changed_at: at.time("changed_at", row.changed_at)?,
        })
    }
}
