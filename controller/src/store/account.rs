//! The accounts of people: names, what was granted to them, and what proves who they are. It must not know what a proof
//! is worth: it keeps hashes and secrets as it is given them.

use inventory::id::{AccountId, AreaId};
use inventory::secret::Secret;
use jiff::Timestamp;
use sqlx::FromRow;

use super::audit::{AuditEntry, audit_append};
use super::codec::{at, ms};
use super::db::{Db, Tx, both};
use super::error::{Step as _, StoreError};
use super::one_time_link::{NewLink, link_insert};
use super::page::{Page, PageAsk};
use super::passkey::passkeys_remove;
use super::query::Select;
use super::secret::{secret_drop, secret_put, vault_revision_bump};
use crate::app::principal::Role;
use crate::vault::{Keyring, Place};

/// A role over an area and what is below it, or over everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountGrant {
    /// What may be done.
    pub role: Role,
    /// Where; `None` is everywhere.
    pub area: Option<AreaId>,
    /// The last move of halls and areas that it takes account of; see [`super::AreaMove`].
    pub confirmed: i64,
}

impl AccountGrant {
    /// A grant that covers what its area covers when it is written.
    pub fn new(role: Role, area: Option<AreaId>) -> AccountGrant {
        AccountGrant { role, area, confirmed: i64::MAX }
    }
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Its name, by which its owner logs in.
    pub name: String,
    /// What was granted to it.
    pub grants: Vec<AccountGrant>,
    /// Whether it was disabled.
    pub is_disabled: bool,
    /// Whether it has a pass phrase; else nobody can log in to it.
    pub has_passphrase: bool,
    /// Whether it has a second factor.
    pub has_second_factor: bool,
    /// Since when it is there.
    pub created_at: Timestamp,
    /// When somebody last logged in.
    pub logged_in_at: Option<Timestamp>,
}

impl Account {
    /// The greatest role that it has anywhere.
    pub fn role(&self) -> Option<Role> {
        self.grants.iter().map(|grant| grant.role).max()
    }
}

/// An account with what proves that somebody is its owner.
pub struct AccountProof {
    /// The account.
    pub account: Account,
    /// The hash of its pass phrase (PHC string).
    pub passphrase: Option<Secret>,
    /// The step of the last code that was used.
    pub totp_step: Option<i64>,
}

/// An account to be made.
pub struct NewAccount<'a> {
    /// Its name.
    pub name: &'a str,
    /// What is granted to it.
    pub grants: &'a [AccountGrant],
    /// The hash of its pass phrase.
    pub passphrase: Option<&'a Secret>,
    /// A link by which its owner gives it a pass phrase.
    pub link: Option<&'a NewLink>,
    /// Now.
    pub now: Timestamp,
}

/// A second factor to be set.
#[derive(Clone, Copy)]
pub struct NewSecondFactor<'a> {
    /// The secret of the authenticator app.
    pub secret: &'a Secret,
    /// The step of the code that proved it, which is used with that.
    pub step: Option<i64>,
    /// The hashes of the recovery codes.
    pub recovery: &'a [String],
    /// The hash of the pass phrase that went before; with another one nothing is set.
    pub seen: Option<&'a Secret>,
    /// Whether it may take the place of one that is there.
    pub renews: bool,
}

/// Runs one statement and gives how many rows it changed.
macro_rules! change {
    ($tx:expr, $step:expr, $text:expr $(, $bind:expr)* $(,)?) => {
        both!($tx.link(), on => {
            sqlx::query($text)$(.bind($bind))*.execute(on).await.map(|done| done.rows_affected())
        })
        .step($step, "account")?
    };
}
pub(super) use change;

const ACCOUNTS: &str = "SELECT id, name, folded, passphrase, totp_step, is_disabled, created_at, logged_in_at, \
     EXISTS (SELECT 1 FROM secret s WHERE s.of_table = 'account' AND s.of_row = account.id AND s.of_column = 'totp') \
     AS has_totp FROM account";

/// Where the secret of an account's authenticator app is kept.
fn totp_place(id: AccountId) -> Place<'static> {
    Place { table: "account", row: id.0, column: "totp" }
}

impl Db {
    /// Accounts by name.
    ///
    /// # Errors
    /// When the cursor is none of ours, or they cannot be read.
    pub async fn account_list(&self, ask: &PageAsk) -> Result<Page<Account>, StoreError> {
        let mut select = Select::new(ACCOUNTS);
        if let Some(folded) = ask.after::<String>("accounts")? {
            select.and("folded > ?", [folded.into()]);
        }
        select.order(" ORDER BY folded", ask.fetch());
        let rows: Vec<AccountRow> = select.rows(self, "account_list").await?;
        let mut accounts = Vec::with_capacity(rows.len());
        for row in rows {
            let grants = self.grant_list(AccountId(row.id)).await?;
            accounts.push(row.proof(grants)?.account);
        }
        Ok(Page::cut(accounts, ask, "accounts", |account| folded(&account.name)))
    }

    /// The account of this name, whatever its case, with its proofs.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn account_by_name(&self, name: &str) -> Result<Option<AccountProof>, StoreError> {
        let mut select = Select::new(ACCOUNTS);
        select.and("folded = ?", [folded(name).into()]);
        self.account_one(select).await
    }

    /// An account with its proofs.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn account_by_id(&self, id: AccountId) -> Result<Option<AccountProof>, StoreError> {
        let mut select = Select::new(ACCOUNTS);
        select.and("id = ?", [id.0.into()]);
        self.account_one(select).await
    }

    async fn account_one(&self, select: Select) -> Result<Option<AccountProof>, StoreError> {
        let rows: Vec<AccountRow> = select.rows(self, "account").await?;
        let Some(row) = rows.into_iter().next() else { return Ok(None) };
        let grants = self.grant_list(AccountId(row.id)).await?;
        row.proof(grants).map(Some)
    }

    /// Whether anybody can log in yet.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn account_any_usable(&self) -> Result<bool, StoreError> {
        let text = "SELECT COUNT(*) FROM account WHERE passphrase IS NOT NULL";
        let count: i64 = both!(self.reader(), pool => sqlx::query_scalar(text).fetch_one(pool).await)
            .step("account_any_usable", "account")?;
        Ok(count > 0)
    }

    /// What was granted to an account.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn grant_list(&self, id: AccountId) -> Result<Vec<AccountGrant>, StoreError> {
        let text = "SELECT id, role, area, confirmed FROM account_grant WHERE account = $1 ORDER BY id";
        let rows: Vec<GrantRow> =
            both!(self.reader(), pool => sqlx::query_as(text).bind(id.0).fetch_all(pool).await).step("grants", id)?;
        rows.into_iter().map(AccountGrant::try_from).collect()
    }

    /// Makes an account. `None` when there is one of this name.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn account_create(
        &self,
        new: &NewAccount<'_>,
        audit: &AuditEntry<'_>,
    ) -> Result<Option<AccountId>, StoreError> {
        let step = "account_create";
        let mut tx = self.begin(step).await?;
        let Some(id) = account_insert(&mut tx, new).await? else { return Ok(None) };
        audit_append(&mut tx, audit).await?;
        tx.commit(step).await?;
        Ok(Some(id))
    }

    /// Sets what is granted to an account. Its sessions and tokens have no more from then on.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn grant_set(
        &self,
        id: AccountId,
        grants: &[AccountGrant],
        audit: &AuditEntry<'_>,
    ) -> Result<(), StoreError> {
        let step = "grant_set";
        let mut tx = self.begin(step).await?;
        change!(tx, step, "DELETE FROM account_grant WHERE account = $1", id.0);
        grants_insert(&mut tx, id, grants).await?;
        audit_append(&mut tx, audit).await?;
        tx.commit(step).await
    }

    /// Disables an account, which ends its sessions and links, or enables it again.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn account_disable(
        &self,
        id: AccountId,
        is_disabled: bool,
        audit: &AuditEntry<'_>,
    ) -> Result<(), StoreError> {
        let step = "account_disable";
        let mut tx = self.begin(step).await?;
        change!(tx, step, "UPDATE account SET is_disabled = $2 WHERE id = $1", id.0, is_disabled);
        if is_disabled {
            doors_close(&mut tx, id).await?;
        }
        audit_append(&mut tx, audit).await?;
        tx.commit(step).await
    }

    /// Sets a new pass phrase and ends all sessions and links of the account.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn passphrase_set(&self, id: AccountId, hash: &Secret, audit: &AuditEntry<'_>) -> Result<(), StoreError> {
        let step = "passphrase_set";
        let mut tx = self.begin(step).await?;
        passphrase_write(&mut tx, id, hash).await?;
        doors_close(&mut tx, id).await?;
        audit_append(&mut tx, audit).await?;
        tx.commit(step).await
    }

    /// Keeps the same pass phrase at another cost, unless there is another one by now. Whether it did.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn passphrase_rehash(&self, id: AccountId, old: &Secret, new: &Secret) -> Result<bool, StoreError> {
        let step = "passphrase_rehash";
        let mut tx = self.begin(step).await?;
        let text = "UPDATE account SET passphrase = $3 WHERE id = $1 AND passphrase = $2";
        let kept = change!(tx, step, text, id.0, old.reveal(), new.reveal());
        tx.commit(step).await?;
        Ok(kept == 1)
    }

    /// The secret of an account's authenticator app.
    ///
    /// # Errors
    /// [`StoreError::NotOpened`] when it does not open with these keys, or when it cannot be read.
    pub async fn totp_open(&self, ring: &Keyring, id: AccountId) -> Result<Option<Secret>, StoreError> {
        self.secret_open(ring, totp_place(id)).await
    }

    /// Sets a second factor with its recovery codes, which ends all sessions. Whether it did: not when the account has
    /// another pass phrase by now or is disabled, and not in place of one that is there unless that is wanted.
    ///
    /// # Errors
    /// [`StoreError::KeysChanged`]: load the keys and try again; or when it cannot be written.
    pub async fn second_factor_set(
        &self,
        ring: &Keyring,
        id: AccountId,
        new: &NewSecondFactor<'_>,
        audit: &AuditEntry<'_>,
    ) -> Result<bool, StoreError> {
        let step = "second_factor_set";
        let mut tx = self.begin(step).await?;
        vault_revision_bump(&mut tx).await?;
        let text = "UPDATE account SET totp_step = $2 WHERE id = $1 AND is_disabled = $3 \
                    AND passphrase IS NOT DISTINCT FROM $4 AND ($5 OR NOT EXISTS (SELECT 1 FROM secret s \
                    WHERE s.of_table = 'account' AND s.of_row = account.id AND s.of_column = 'totp'))";
        let seen = new.seen.map(Secret::reveal);
        if change!(tx, step, text, id.0, new.step, false, seen, new.renews) == 0 {
            return Ok(false);
        }
        secret_put(&mut tx, ring, totp_place(id), new.secret).await?;
        recovery_codes_write(&mut tx, id, new.recovery).await?;
        doors_close(&mut tx, id).await?;
        audit_append(&mut tx, audit).await?;
        tx.commit(step).await?;
        Ok(true)
    }

    /// Takes the second factor away, the passkeys and the pass phrase too: a link gives it another one, and the next log-in
    /// sets another second factor up.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn proofs_remove(&self, id: AccountId, audit: &AuditEntry<'_>) -> Result<(), StoreError> {
        let step = "proofs_remove";
        let mut tx = self.begin(step).await?;
        secret_drop(&mut tx, "account", id.0).await?;
        change!(tx, step, "UPDATE account SET totp_step = NULL, passphrase = NULL WHERE id = $1", id.0);
        recovery_codes_write(&mut tx, id, &[]).await?;
        passkeys_remove(&mut tx, id).await?;
        doors_close(&mut tx, id).await?;
        audit_append(&mut tx, audit).await?;
        tx.commit(step).await
    }

    /// Makes new recovery codes in place of those before.
    ///
    /// # Errors
    /// When they cannot be written.
    pub async fn recovery_codes_set(
        &self,
        id: AccountId,
        hashes: &[String],
        audit: &AuditEntry<'_>,
    ) -> Result<(), StoreError> {
        let step = "recovery_codes_set";
        let mut tx = self.begin(step).await?;
        recovery_codes_write(&mut tx, id, hashes).await?;
        audit_append(&mut tx, audit).await?;
        tx.commit(step).await
    }

    /// Takes a code of the authenticator app: whether nobody took it, or a later one, before.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn totp_take(&self, id: AccountId, totp_step: i64) -> Result<bool, StoreError> {
        let step = "totp_take";
        let mut tx = self.begin(step).await?;
        let text = "UPDATE account SET totp_step = $2 WHERE id = $1 AND (totp_step IS NULL OR totp_step < $2)";
        let taken = change!(tx, step, text, id.0, totp_step);
        tx.commit(step).await?;
        Ok(taken == 1)
    }

    /// Takes a recovery code: whether there was such a one. It is gone with that.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn recovery_code_take(&self, id: AccountId, hash: &str) -> Result<bool, StoreError> {
        let step = "recovery_code_take";
        let mut tx = self.begin(step).await?;
        let taken = change!(tx, step, "DELETE FROM recovery_code WHERE account = $1 AND hash = $2", id.0, hash);
        tx.commit(step).await?;
        Ok(taken == 1)
    }

    /// How many recovery codes an account has left.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn recovery_code_count(&self, id: AccountId) -> Result<i64, StoreError> {
        let text = "SELECT COUNT(*) FROM recovery_code WHERE account = $1";
        both!(self.reader(), pool => sqlx::query_scalar(text).bind(id.0).fetch_one(pool).await)
            .step("recovery_code_count", id)
    }
}

/// Names differ by more than case.
pub(super) fn folded(name: &str) -> String {
    name.to_lowercase()
}

pub(super) async fn account_insert(tx: &mut Tx, new: &NewAccount<'_>) -> Result<Option<AccountId>, StoreError> {
    let text = "INSERT INTO account (name, folded, passphrase, is_disabled, created_at) VALUES ($1, $2, $3, $4, $5) \
                ON CONFLICT (folded) DO NOTHING RETURNING id";
    let made: Option<i64> = both!(tx.link(), on => {
        sqlx::query_scalar(text)
            .bind(new.name)
            .bind(folded(new.name))
            .bind(new.passphrase.map(Secret::reveal))
            .bind(false)
            .bind(ms(new.now))
            .fetch_optional(on)
            .await
    })
    .step("account_insert", new.name)?;
    let Some(id) = made.map(AccountId) else { return Ok(None) };
    grants_insert(tx, id, new.grants).await?;
    if let Some(link) = new.link {
        link_insert(tx, Some(id), link).await?;
    }
    Ok(Some(id))
}

async fn grants_insert(tx: &mut Tx, id: AccountId, grants: &[AccountGrant]) -> Result<(), StoreError> {
    // A grant that is kept as it was is not confirmed with that; a new one takes account of everything that happened.
    let text = "INSERT INTO account_grant (account, role, area, confirmed) \
                SELECT $1, $2, $3, CASE WHEN COALESCE(MAX(id), 0) < $4 THEN COALESCE(MAX(id), 0) ELSE $4 END FROM area_move";
    for grant in grants {
        let area = grant.area.map(|area| area.0);
        change!(tx, "grants_insert", text, id.0, grant.role.as_str(), area, grant.confirmed);
    }
    Ok(())
}

pub(super) async fn passphrase_write(tx: &mut Tx, id: AccountId, hash: &Secret) -> Result<(), StoreError> {
    change!(tx, "passphrase_write", "UPDATE account SET passphrase = $2 WHERE id = $1", id.0, hash.reveal());
    Ok(())
}

/// Ends every session of an account and every link to it.
pub(super) async fn doors_close(tx: &mut Tx, id: AccountId) -> Result<(), StoreError> {
    change!(tx, "doors_close", "DELETE FROM session WHERE account = $1", id.0);
    change!(tx, "doors_close", "DELETE FROM one_time_link WHERE account = $1", id.0);
    Ok(())
}

async fn recovery_codes_write(tx: &mut Tx, id: AccountId, hashes: &[String]) -> Result<(), StoreError> {
    let step = "recovery_codes_write";
    change!(tx, step, "DELETE FROM recovery_code WHERE account = $1", id.0);
    for hash in hashes {
        change!(tx, step, "INSERT INTO recovery_code (account, hash) VALUES ($1, $2)", id.0, hash);
    }
    Ok(())
}

#[derive(FromRow)]
struct AccountRow {
    id: i64,
    name: String,
    passphrase: Option<String>,
    totp_step: Option<i64>,
    is_disabled: bool,
    created_at: i64,
    logged_in_at: Option<i64>,
    has_totp: bool,
}

impl AccountRow {
    fn proof(self, grants: Vec<AccountGrant>) -> Result<AccountProof, StoreError> {
        let at = at("account", self.id);
        Ok(AccountProof {
            account: Account {
                id: AccountId(self.id),
                name: self.name,
                grants,
                is_disabled: self.is_disabled,
                has_passphrase: self.passphrase.is_some(),
                has_second_factor: self.has_totp,
                created_at: at.time("created_at", self.created_at)?,
                logged_in_at: at.time_if("logged_in_at", self.logged_in_at)?,
            },
            passphrase: self.passphrase.map(Secret::new),
            totp_step: self.totp_step,
        })
    }
}

#[derive(FromRow)]
struct GrantRow {
    id: i64,
    role: String,
    area: Option<i64>,
    confirmed: i64,
}

impl TryFrom<GrantRow> for AccountGrant {
    type Error = StoreError;
    fn try_from(row: GrantRow) -> Result<Self, StoreError> {
        let role = at("account_grant", row.id).parse("role", &row.role)?;
        Ok(AccountGrant { role, area: row.area.map(AreaId), confirmed: row.confirmed })
    }
}
