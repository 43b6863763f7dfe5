//! Links that are good once: to set the installation up, for who is invited, and for who lost his pass phrase. Of the
//! link's secret only the hash is kept.

use inventory::id::AccountId;
use inventory::secret::Secret;
use jiff::Timestamp;
use sqlx::FromRow;

use super::account::{NewAccount, account_insert, change, doors_close, passphrase_write};
use super::audit::{AuditEntry, audit_append};
use super::codec::{at, ms};
use super::db::{Db, Tx, both};
use super::error::{Step as _, StoreError};

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkPurpose {
    /// Makes the first account.
    SetUp,
    /// Gives a new account its pass phrase.
    Invite,
    /// Gives an account another pass phrase.
    Reset,
}

impl LinkPurpose {
    /// Its word in the records.
    pub fn as_str(self) -> &'static str {
        match self {
            LinkPurpose::SetUp => "set-up",
            LinkPurpose::Invite => "invite",
            LinkPurpose::Reset => "reset",
        }
    }
}

impl std::str::FromStr for LinkPurpose {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        [LinkPurpose::SetUp, LinkPurpose::Invite, LinkPurpose::Reset]
            .into_iter()
            .find(|known| known.as_str() == text)
            .ok_or(())
    }
}

/// A link to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLink {
    /// What it is for.
    pub purpose: LinkPurpose,
    /// The hash of its secret.
    pub hash: String,
    /// Good until then.
    pub expires_at: Timestamp,
}

/// A link that is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneTimeLink {
    /// The row.
    id: i64,
    /// What it is for.
    pub purpose: LinkPurpose,
    /// To which account, and its name.
    pub account: Option<(AccountId, String)>,
}

#[derive(FromRow)]
struct LinkRow {
    id: i64,
    purpose: String,
    account: Option<i64>,
    name: Option<String>,
}

impl Db {
    /// The link with this hash, if it is still good.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn link_find(&self, hash: &str, now: Timestamp) -> Result<Option<OneTimeLink>, StoreError> {
        let text = "SELECT l.id, l.purpose, l.account, a.name FROM one_time_link l LEFT JOIN account a ON a.id = l.account \
                    WHERE l.hash = $1 AND l.expires_at > $2 AND COALESCE(a.is_disabled, $3) = $3";
        let row: Option<LinkRow> = both!(self.reader(), pool => {
            sqlx::query_as(text).bind(hash).bind(ms(now)).bind(false).fetch_optional(pool).await
        })
        .step("link_find", "link")?;
        let Some(row) = row else { return Ok(None) };
        let purpose = at("one_time_link", row.id).parse("purpose", &row.purpose)?;
        Ok(Some(OneTimeLink { id: row.id, purpose, account: row.account.map(AccountId).zip(row.name) }))
    }

    /// Makes the set-up link, in place of the one before.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn link_set_up(&self, link: &NewLink) -> Result<(), StoreError> {
        let step = "link_set_up";
        let mut tx = self.begin(step).await?;
        change!(tx, step, "DELETE FROM one_time_link WHERE purpose = $1", link.purpose.as_str());
        link_insert(&mut tx, None, link).await?;
        tx.commit(step).await
    }

    /// Makes a link to an account, in place of those before.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn link_create(
        &self,
        account: AccountId,
        link: &NewLink,
        audit: &AuditEntry<'_>,
    ) -> Result<(), StoreError> {
        let step = "link_create";
        let mut tx = self.begin(step).await?;
        change!(tx, step, "DELETE FROM one_time_link WHERE account = $1", account.0);
        link_insert(&mut tx, Some(account), link).await?;
        audit_append(&mut tx, audit).await?;
        tx.commit(step).await
    }

    /// Uses a link to an account up and gives it this pass phrase, which ends all its sessions. Whether the link was still
    /// there.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn link_use(
        &self,
        link: &OneTimeLink,
        account: AccountId,
        passphrase: &Secret,
        audit: &AuditEntry<'_>,
    ) -> Result<bool, StoreError> {
        let step = "link_use";
        let mut tx = self.begin(step).await?;
        if change!(tx, step, "DELETE FROM one_time_link WHERE id = $1", link.id) == 0 {
            return Ok(false);
        }
        passphrase_write(&mut tx, account, passphrase).await?;
        doors_close(&mut tx, account).await?;
        audit_append(&mut tx, audit).await?;
        tx.commit(step).await?;
        Ok(true)
    }

    /// Uses the set-up link up and makes the first account. `None` when the link was used by somebody else, or there is an
    /// account of this name.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn link_use_set_up(
        &self,
        link: &OneTimeLink,
        new: &NewAccount<'_>,
        audit: &AuditEntry<'_>,
    ) -> Result<Option<AccountId>, StoreError> {
        let step = "link_use_set_up";
        let mut tx = self.begin(step).await?;
        if change!(tx, step, "DELETE FROM one_time_link WHERE id = $1", link.id) == 0 {
            return Ok(None);
        }
        let Some(id) = account_insert(&mut tx, new).await? else { return Ok(None) };
        audit_append(&mut tx, audit).await?;
        tx.commit(step).await?;
        Ok(Some(id))
    }
}

pub(super) async fn link_insert(tx: &mut Tx, account: Option<AccountId>, link: &NewLink) -> Result<(), StoreError> {
    let text = "INSERT INTO one_time_link (hash, purpose, account, expires_at) VALUES ($1, $2, $3, $4)";
    let (hash, purpose) = (link.hash.as_str(), link.purpose.as_str());
    change!(tx, "link_insert", text, hash, purpose, account.map(|id| id.0), ms(link.expires_at));
    Ok(())
}
