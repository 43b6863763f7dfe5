//! Accounts and tokens by the command line: whoever owns the files of an installation may let anybody in, also when
//! nobody else can. It works on the records beside a running `serve`, which asks them at every request.

use inventory::area::AreaTree;
use inventory::clock::{Clock as _, SystemClock};
use inventory::id::AreaId;
use inventory::secret::Secret;
use jiff::Timestamp;

use super::account::{self, MadeLink, area_by_code, check_passphrase, good_name, grants_text, object, taken};
use super::area::today;
use super::audit::Actor;
use super::error::AppError;
use super::keys::{self, Keys};
use super::passphrase::Hasher;
use super::principal::{Principal, Role};
use super::token::{self, TokenDraft};
use super::totp;
use crate::config::Config;
use crate::store::{AccountGrant, AuditAction, AuditEntry, Db, LinkPurpose, NewAccount, NewSecondFactor};
use crate::vault::KeyFiles;
use crate::wiring::open_records;

/// The people of an installation as a command sees them.
pub struct People {
    db: Db,
    key_files: KeyFiles,
    areas: AreaTree,
    hasher: Hasher,
}

/// A token to be made by a command.
#[derive(Debug, Clone, Copy)]
pub struct TokenOrder<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it may do at most.
    pub role: Role,
    /// Where at most, by the code of an area.
    pub area: Option<&'a str>,
    /// Good until then.
    pub expires_at: Option<Timestamp>,
    /// On whose behalf. Without one it gets an account of its own, to which nobody can log in.
    pub user: Option<&'a str>,
}

/// An account that is ready: for a demo, whose people exist before they first log in.
pub struct Ready {
    /// The name.
    pub name: String,
    /// The pass phrase.
    pub passphrase: Secret,
    /// The secret of the authenticator app.
    pub totp: Secret,
    /// An API token.
    pub token: Secret,
}

impl People {
    /// Opens the records.
    ///
    /// # Errors
    /// When they cannot be opened or brought up to date.
    pub async fn open(config: &Config) -> Result<People, AppError> {
        let db = open_records(config).await?;
        let areas = db.fleet_load().await?.areas;
        Ok(People { db, key_files: keys::files_of(config), areas, hasher: Hasher::default() })
    }

    /// Closes them.
    pub async fn close(self) {
        self.db.close().await;
    }

    /// Makes an account with this pass phrase; without one, a link by which its owner gives it one.
    ///
    /// # Errors
    /// When the name is bad or taken, there is no such area, the pass phrase is not good enough, or it cannot be written.
    pub async fn user_add(
        &self,
        name: &str,
        role: Role,
        area: Option<&str>,
        passphrase: Option<&Secret>,
    ) -> Result<Option<MadeLink>, AppError> {
        let (name, now) = (good_name(name)?, SystemClock.now());
        let grants = [AccountGrant::new(role, self.area(area)?)];
        let hash = match passphrase {
            Some(text) => {
                check_passphrase(text, name, &self.areas, role == Role::Admin)?;
                Some(self.hasher.hash(text).await?)
            }
            None => None,
        };
        let (link, made) = account::new_link(LinkPurpose::Invite, name, now);
        let link = if hash.is_none() { Some(&link) } else { None };
        let new = NewAccount { name, grants: &grants, passphrase: hash.as_ref(), link, now };
        let action = if link.is_some() { AuditAction::UserInvite } else { AuditAction::UserCreate };
        self.create(&new, action).await?;
        Ok(link.is_some().then_some(made))
    }

    /// Makes a link by which the owner of an account gives it another pass phrase, and enables the account if it was
    /// disabled. With `second_factor` he sets his second factor up again as well.
    ///
    /// # Errors
    /// When there is no such account, or it cannot be written.
    pub async fn user_reset(&self, name: &str, second_factor: bool) -> Result<MadeLink, AppError> {
        let (actor, now) = (Actor::of(&Principal::system()), SystemClock.now());
        let proof = self.db.account_by_name(name).await?.ok_or_else(|| unknown(name))?;
        if proof.account.is_disabled {
            let entry = actor.did(now, AuditAction::UserEnable, object(&proof.account));
            self.db.account_disable(proof.account.id, false, &entry).await?;
        }
        account::reset(&self.db, &actor, &proof.account, second_factor, now).await
    }

    /// Makes a token, which is told once.
    ///
    /// # Errors
    /// When the name is bad, there is no such area or account, or it cannot be written.
    pub async fn token_add(&self, order: &TokenOrder<'_>) -> Result<Secret, AppError> {
        let now = SystemClock.now();
        if order.expires_at.is_some_and(|at| at <= now) {
            return Err(AppError::Invalid("the token would be over before it begins; take a later time".to_owned()));
        }
        let area = self.area(order.area)?;
        let account = match order.user {
            Some(user) => self.db.account_by_name(user).await?.ok_or_else(|| unknown(user))?.account.id,
            None => {
                let name = good_name(order.name)?;
                let grants = [AccountGrant::new(order.role, area)];
                let new = NewAccount { name, grants: &grants, passphrase: None, link: None, now };
                let made = self.create(&new, AuditAction::UserCreate).await;
                if matches!(made, Err(AppError::Conflict(_))) {
                    return Err(AppError::Conflict(format!(
                        "there is a user {name:?} already; take another name, or add --user {name:?} for a token of his"
                    )));
                }
                made?
            }
        };
        let draft = TokenDraft { name: order.name, role: order.role, area, expires_at: order.expires_at };
        let (_, secret) = token::create(&self.db, &Actor::of(&Principal::system()), account, &draft, now).await?;
        Ok(secret)
    }

    /// An administrator of everything who can log in at once. When there is one of this name, he has another pass phrase,
    /// another second factor and another token from then on.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub async fn ready(&self, name: &str) -> Result<Ready, AppError> {
        let (actor, now) = (Actor::of(&Principal::system()), SystemClock.now());
        let grants = [AccountGrant::new(Role::Admin, None)];
        let passphrase = super::access::secret();
        let hash = self.hasher.hash(&passphrase).await?;
        let id = match self.db.account_by_name(name).await? {
            Some(proof) => {
                let id = proof.account.id;
                let entry = actor.did(now, AuditAction::PassphraseChange, object(&proof.account));
                self.db.passphrase_set(id, &hash, &entry).await?;
                for token in self.db.token_list(Some(id)).await? {
                    let object = format!("token {} of {name}", token.name);
                    self.db.token_revoke(token.id, &actor.did(now, AuditAction::TokenRevoke, object)).await?;
                }
                id
            }
            None => {
                let new = NewAccount { name, grants: &grants, passphrase: Some(&hash), link: None, now };
                self.create(&new, AuditAction::UserCreate).await?
            }
        };
        let totp = totp::secret();
        let factor = NewSecondFactor { secret: &totp, step: None, recovery: &[], seen: Some(&hash), renews: true };
        let entry = actor.did(now, AuditAction::SecondFactorSet, format!("account {name}"));
        let ring = Keys::open(self.db.clone(), self.key_files.clone()).await?.ring().await?;
        self.db.second_factor_set(&ring, id, &factor, &entry).await?;
        let draft = TokenDraft { name: "demo", role: Role::Admin, area: None, expires_at: None };
        let (_, token) = token::create(&self.db, &actor, id, &draft, now).await?;
        Ok(Ready { name: name.to_owned(), passphrase, totp, token })
    }

    async fn create(&self, new: &NewAccount<'_>, action: AuditAction) -> Result<inventory::id::AccountId, AppError> {
        let actor = Actor::of(&Principal::system());
        let details = serde_json::json!({ "grants": grants_text(new.grants, &self.areas) });
        let entry = AuditEntry { details, ..actor.did(new.now, action, format!("account {}", new.name)) };
        self.db.account_create(new, &entry).await?.ok_or_else(|| taken(new.name))
    }

    fn area(&self, code: Option<&str>) -> Result<Option<AreaId>, AppError> {
        code.map(|code| area_by_code(&self.areas, code, today(&SystemClock))).transpose()
    }
}

fn unknown(name: &str) -> AppError {
    AppError::NotFound { what: "user", id: name.to_owned() }
}
