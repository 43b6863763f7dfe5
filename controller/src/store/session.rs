//! Sessions of browsers, and tokens of programs: whose they are. Of the secret only the hash is kept, so that nobody who
//! reads the records can come in. How long they last is for `app` to say.

use std::net::IpAddr;

use inventory::id::{AccountId, AreaId, SessionId, TokenId};
use inventory::secret::Secret;
use jiff::Timestamp;
use sqlx::FromRow;

use super::account::change;
use super::audit::{AuditEntry, audit_append};
use super::codec::{at, ms, ms_if};
use super::db::{Db, both};
use super::error::{Step as _, StoreError};
use crate::app::principal::Role;

/// Sessions of one account at most; the one that was not used for longest makes room.
const SESSIONS_MOST: i64 = 20;

/// A session to be made.
#[derive(Clone)]
pub struct NewSession<'a> {
    /// The hash of its secret.
    pub hash: &'a str,
    /// Whose it is.
    pub account: AccountId,
    /// The hash of its pass phrase as it was seen; with another one there is no session.
    pub seen: Option<&'a Secret>,
    /// Now.
    pub now: Timestamp,
    /// When a second factor was shown.
    pub stepped_up_at: Option<Timestamp>,
    /// Where the browser is.
    pub address: Option<IpAddr>,
    /// What the browser calls itself, cut short.
    pub browser: &'a str,
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub account: AccountId,
    /// The name of that account.
    pub name: String,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub used_at: Timestamp,
    /// When a second factor was last shown.
    pub stepped_up_at: Option<Timestamp>,
    /// Where the browser was.
    pub address: Option<String>,
    /// What the browser calls itself.
    pub browser: String,
}

/// A token to be made.
#[derive(Debug, Clone)]
pub struct NewToken<'a> {
    /// The hash of its secret.
    pub hash: &'a str,
    /// On whose behalf.
    pub account: AccountId,
    /// Its name.
    pub name: &'a str,
    /// What it may do at most.
    pub role: Role,
    /// Where at most.
    pub area: Option<AreaId>,
    /// Now.
    pub now: Timestamp,
    /// Good until then.
    pub expires_at: Option<Timestamp>,
}

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRecord {
    /// Its id.
    pub id: TokenId,
    /// On whose behalf.
    pub account: AccountId,
    /// The name of that account.
    pub owner: String,
    /// Its name.
    pub name: String,
    /// What it may do at most.
    pub role: Role,
    /// Where at most.
    pub area: Option<AreaId>,
    /// The last move of halls and areas that it takes account of; see [`super::AreaMove`].
    pub confirmed: i64,
    /// Since when it is there.
    pub created_at: Timestamp,
    /// Good until then.
    pub expires_at: Option<Timestamp>,
}

/// Sessions with the names of their accounts.
macro_rules! sessions {
    ($rest:literal) => {
        concat!(
            "SELECT s.id, s.account, a.name, s.created_at, s.used_at, s.stepped_up_at, s.address, s.browser \
             FROM session s JOIN account a ON a.id = s.account ",
            $rest
        )
    };
}

/// Tokens with the names of their accounts.
macro_rules! tokens {
    ($rest:literal) => {
        concat!(
            "SELECT t.id, t.account, a.name AS owner, t.name, t.role, t.area, t.confirmed, t.created_at, t.expires_at \
             FROM api_token t JOIN account a ON a.id = t.account ",
            $rest
        )
    };
}

impl Db {
    /// Opens a session, and notes that its owner logged in. `None` when the account has another pass phrase by now, or is
    /// disabled.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn session_create(
        &self,
        new: &NewSession<'_>,
        audit: &AuditEntry<'_>,
    ) -> Result<Option<SessionId>, StoreError> {
        let step = "session_create";
        let mut tx = self.begin(step).await?;
        // First, and not read: so that who changes the account at the same time goes before or after, not in between.
        let text = "UPDATE account SET logged_in_at = $2 WHERE id = $1 AND is_disabled = $3 \
                    AND passphrase IS NOT DISTINCT FROM $4";
        if change!(tx, step, text, new.account.0, ms(new.now), false, new.seen.map(Secret::reveal)) == 0 {
            return Ok(None);
        }
        let text = "INSERT INTO session (hash, account, created_at, used_at, stepped_up_at, address, browser) \
                    VALUES ($1, $2, $3, $3, $4, $5, $6) RETURNING id";
        let id: i64 = both!(tx.link(), on => {
            sqlx::query_scalar(text)
                .bind(new.hash)
                .bind(new.account.0)
                .bind(ms(new.now))
                .bind(ms_if(new.stepped_up_at))
                .bind(new.address.map(|address| address.to_string()))
                .bind(new.browser)
                .fetch_one(on)
                .await
        })
        .step(step, new.account)?;
        let text = "DELETE FROM session WHERE account = $1 AND id NOT IN \
                    (SELECT id FROM session WHERE account = $1 ORDER BY used_at DESC, id DESC LIMIT $2)";
        change!(tx, step, text, new.account.0, SESSIONS_MOST);
        audit_append(&mut tx, audit).await?;
        tx.commit(step).await?;
        Ok(Some(SessionId(id)))
    }

    /// The session with this hash, if its account is not disabled.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn session_find(&self, hash: &str) -> Result<Option<SessionRecord>, StoreError> {
        let text = sessions!("WHERE s.hash = $1 AND a.is_disabled = $2");
        let row: Option<SessionRow> =
            both!(self.reader(), pool => sqlx::query_as(text).bind(hash).bind(false).fetch_optional(pool).await)
                .step("session_find", "session")?;
        row.map(SessionRecord::try_from).transpose()
    }

    /// The sessions of an account, the last used first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn session_list(&self, account: AccountId) -> Result<Vec<SessionRecord>, StoreError> {
        let text = sessions!("WHERE s.account = $1 ORDER BY s.used_at DESC, s.id DESC");
        let rows: Vec<SessionRow> =
            both!(self.reader(), pool => sqlx::query_as(text).bind(account.0).fetch_all(pool).await)
                .step("session_list", account)?;
        rows.into_iter().map(SessionRecord::try_from).collect()
    }

    /// Notes that a session was used.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn session_touch(&self, id: SessionId, now: Timestamp) -> Result<(), StoreError> {
        let step = "session_touch";
        let mut tx = self.begin(step).await?;
        change!(tx, step, "UPDATE session SET used_at = $2 WHERE id = $1", id.0, ms(now));
        tx.commit(step).await
    }

    /// Notes that a second factor was shown, and gives the session another secret. Whether there was one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn session_step_up(
        &self,
        id: SessionId,
        hash: &str,
        now: Timestamp,
        audit: &AuditEntry<'_>,
    ) -> Result<bool, StoreError> {
        let step = "session_step_up";
        let mut tx = self.begin(step).await?;
        let text = "UPDATE session SET hash = $2, stepped_up_at = $3 WHERE id = $1";
        if change!(tx, step, text, id.0, hash, ms(now)) == 0 {
            return Ok(false);
        }
        audit_append(&mut tx, audit).await?;
        tx.commit(step).await?;
        Ok(true)
    }

    /// Ends a session of an account. Whether there was one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn session_end(
        &self,
        id: SessionId,
        account: AccountId,
        audit: &AuditEntry<'_>,
    ) -> Result<bool, StoreError> {
        let step = "session_end";
        let mut tx = self.begin(step).await?;
        if change!(tx, step, "DELETE FROM session WHERE id = $1 AND account = $2", id.0, account.0) == 0 {
            return Ok(false);
        }
        audit_append(&mut tx, audit).await?;
        tx.commit(step).await?;
        Ok(true)
    }

    /// Ends all sessions of an account.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn session_end_all(&self, account: AccountId, audit: &AuditEntry<'_>) -> Result<(), StoreError> {
        let step = "session_end_all";
        let mut tx = self.begin(step).await?;
        change!(tx, step, "DELETE FROM session WHERE account = $1", account.0);
        audit_append(&mut tx, audit).await?;
        tx.commit(step).await
    }

    /// Ends every session of everybody, as a restored installation must: those that were ended since would live again.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn session_drop_all(&self, audit: &AuditEntry<'_>) -> Result<(), StoreError> {
        let step = "session_drop_all";
        let mut tx = self.begin(step).await?;
        both!(tx.link(), on => sqlx::query("DELETE FROM session").execute(on).await.map(|_| ())).step(step, "all")?;
        audit_append(&mut tx, audit).await?;
        tx.commit(step).await
    }

    /// Makes a token.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn token_create(&self, new: &NewToken<'_>, audit: &AuditEntry<'_>) -> Result<TokenId, StoreError> {
        let step = "token_create";
        let mut tx = self.begin(step).await?;
        let text = "INSERT INTO api_token (hash, account, name, role, area, created_at, expires_at, confirmed) \
                    SELECT $1, $2, $3, $4, $5, $6, $7, COALESCE(MAX(id), 0) FROM area_move RETURNING id";
        let id: i64 = both!(tx.link(), on => {
            sqlx::query_scalar(text)
                .bind(new.hash)
                .bind(new.account.0)
                .bind(new.name)
                .bind(new.role.as_str())
                .bind(new.area.map(|area| area.0))
                .bind(ms(new.now))
                .bind(ms_if(new.expires_at))
                .fetch_one(on)
                .await
        })
        .step(step, new.name)?;
        audit_append(&mut tx, audit).await?;
        tx.commit(step).await?;
        Ok(TokenId(id))
    }

    /// The token with this hash, if it is good by now and its account is not disabled.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn token_find(&self, hash: &str, now: Timestamp) -> Result<Option<TokenRecord>, StoreError> {
        let text = tokens!("WHERE t.hash = $1 AND a.is_disabled = $2 AND (t.expires_at IS NULL OR t.expires_at > $3)");
        let row: Option<TokenRow> = both!(self.reader(), pool => {
            sqlx::query_as(text).bind(hash).bind(false).bind(ms(now)).fetch_optional(pool).await
        })
        .step("token_find", "token")?;
        row.map(TokenRecord::try_from).transpose()
    }

    /// Tokens, of one account or of all, the latest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn token_list(&self, account: Option<AccountId>) -> Result<Vec<TokenRecord>, StoreError> {
        let text = tokens!("WHERE $1 = 0 OR t.account = $1 ORDER BY t.id DESC");
        // No account has this number.
        let account = account.map_or(0, |id| id.0);
        let rows: Vec<TokenRow> =
            both!(self.reader(), pool => sqlx::query_as(text).bind(account).fetch_all(pool).await)
                .step("token_list", account)?;
        rows.into_iter().map(TokenRecord::try_from).collect()
    }

    /// Revokes a token. Whether there was one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn token_revoke(&self, id: TokenId, audit: &AuditEntry<'_>) -> Result<bool, StoreError> {
        let step = "token_revoke";
        let mut tx = self.begin(step).await?;
        if change!(tx, step, "DELETE FROM api_token WHERE id = $1", id.0) == 0 {
            return Ok(false);
        }
        audit_append(&mut tx, audit).await?;
        tx.commit(step).await?;
        Ok(true)
    }
}

#[derive(FromRow)]
struct SessionRow {
    id: i64,
    account: i64,
    name: String,
    created_at: i64,
    used_at: i64,
    stepped_up_at: Option<i64>,
    address: Option<String>,
    browser: String,
}

impl TryFrom<SessionRow> for SessionRecord {
    type Error = StoreError;
    fn try_from(row: SessionRow) -> Result<Self, StoreError> {
        let at = at("session", row.id);
        Ok(SessionRecord {
            id: SessionId(row.id),
            account: AccountId(row.account),
            name: row.name,
            created_at: at.time("created_at", row.created_at)?,
            used_at: at.time("used_at", row.used_at)?,
            stepped_up_at: at.time_if("stepped_up_at", row.stepped_up_at)?,
            address: row.address,
            browser: row.browser,
        })
    }
}

#[derive(FromRow)]
struct TokenRow {
    id: i64,
    account: i64,
    owner: String,
    name: String,
    role: String,
    area: Option<i64>,
    confirmed: i64,
    created_at: i64,
    expires_at: Option<i64>,
}

impl TryFrom<TokenRow> for TokenRecord {
    type Error = StoreError;
    fn try_from(row: TokenRow) -> Result<Self, StoreError> {
        let at = at("api_token", row.id);
        Ok(TokenRecord {
            id: TokenId(row.id),
            account: AccountId(row.account),
            owner: row.owner,
            name: row.name,
            role: at.parse("role", &row.role)?,
            area: row.area.map(AreaId),
            confirmed: row.confirmed,
            created_at: at.time("created_at", row.created_at)?,
            expires_at: at.time_if("expires_at", row.expires_at)?,
        })
    }
}
