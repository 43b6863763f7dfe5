//! Accounts: an administrator of everything invites people, says what they may do where, disables them and lets them in
//! again; everybody looks after his own. Nobody ever sees or sets the pass phrase of somebody else: he gets a link.

use std::time::Duration;

use inventory::area::AreaTree;
use inventory::id::{AccountId, AreaId};
use inventory::secret::Secret;
use inventory::text::check_name;
use jiff::Timestamp;
use jiff::civil::Date;

use super::App;
use super::access::{self, HalfDone};
use super::audit::Actor;
use super::error::AppError;
use super::grant::awaits_confirmation;
use super::login::{Enrolment, new_factor};
use super::passphrase::{self, Verified};
use super::principal::{Principal, Role};
use super::session::own_account;
use super::totp;
use crate::store::{
    Account, AccountGrant, AccountProof, AuditAction, AuditEntry, LinkPurpose, NewAccount, NewLink, OneTimeLink, Page,
    PageAsk,
};

/// How long an invitation or a reset is good.
pub const LINK_LASTS: Duration = Duration::from_secs(72 * 3600);
/// Letters of an account's name.
const NAME_MOST: usize = 64;
/// Grants of one account.
const GRANTS_MOST: usize = 64;

/// A link that was just made: its secret is told once.
pub struct MadeLink {
    /// The account.
    pub name: String,
    /// `/link/account/…`.
    pub path: Secret,
    /// Good until then.
    pub expires_at: Timestamp,
}

impl App {
    /// A page of accounts.
    ///
    /// # Errors
    /// When whoever asks does not administer everything, or they cannot be read.
    pub async fn user_list(&self, principal: &Principal, ask: &PageAsk) -> Result<Page<Account>, AppError> {
        principal.require_everywhere(Role::Admin)?;
        Ok(self.db.account_list(ask).await?)
    }

    /// One account.
    ///
    /// # Errors
    /// As [`App::user_list`], or there is none.
    pub async fn user(&self, principal: &Principal, id: AccountId) -> Result<Account, AppError> {
        principal.require_everywhere(Role::Admin)?;
        Ok(self.account(id).await?.account)
    }

    /// Makes an account and a link by which its owner gives it a pass phrase.
    ///
    /// # Errors
    /// When whoever asks may not, or did not show his second factor; the name is bad or taken; or it cannot be written.
    pub async fn user_invite(
        &self,
        principal: &Principal,
        name: &str,
        grants: &[AccountGrant],
    ) -> Result<(AccountId, MadeLink), AppError> {
        let now = self.clock.now();
        may_change(principal, now)?;
        let name = good_name(name)?;
        self.check_grants(grants)?;
        let (link, made) = new_link(LinkPurpose::Invite, name, now);
        let new = NewAccount { name, grants, passphrase: None, link: Some(&link), now };
        let actor = Actor::of(principal);
        let details = serde_json::json!({ "grants": grants_text(grants, &self.world().areas) });
        let entry = AuditEntry { details, ..actor.did(now, AuditAction::UserInvite, format!("account {name}")) };
        let id = self.db.account_create(&new, &entry).await?.ok_or_else(|| taken(name))?;
        Ok((id, made))
    }

    /// Sets what an account may do where.
    ///
    /// # Errors
    /// As [`App::user_invite`]; or nobody would administer everything any more.
    pub async fn user_grant(
        &self,
        principal: &Principal,
        id: AccountId,
        grants: &[AccountGrant],
    ) -> Result<(), AppError> {
        let now = self.clock.now();
        may_change(principal, now)?;
        let account = self.account(id).await?.account;
        self.check_grants(grants)?;
        if !administers_everything(grants) {
            self.another_administrator(id).await?;
        }
        let areas = &self.world().areas;
        let details = serde_json::json!({
            "before": grants_text(&account.grants, areas), "after": grants_text(grants, areas),
        });
        let actor = Actor::of(principal);
        let entry = AuditEntry { details, ..actor.did(now, AuditAction::UserChange, object(&account)) };
        Ok(self.db.grant_set(id, grants, &entry).await?)
    }

    /// Whether one of these grants covers something else than its area does today.
    pub fn user_awaits_confirmation(&self, grants: &[AccountGrant]) -> bool {
        let world = self.world();
        grants.iter().any(|grant| awaits_confirmation(&world, grant.area, grant.confirmed))
    }

    /// Lets what was granted cover what its areas cover by now, after areas were merged or moved; over an area that has
    /// ended it is granted over the one that took over.
    ///
    /// # Errors
    /// As [`App::user_invite`]; or an area was split, so that somebody has to say which part is meant.
    pub async fn user_scope_confirm(&self, principal: &Principal, id: AccountId) -> Result<(), AppError> {
        let now = self.clock.now();
        may_change(principal, now)?;
        let account = self.account(id).await?.account;
        let (world, today) = (self.world(), self.today());
        let mut grants: Vec<AccountGrant> = Vec::new();
        for grant in &account.grants {
            let area = grant.area.map(|area| successor(&world.areas, area, today)).transpose()?;
            let grant = AccountGrant::new(grant.role, area);
            if !grants.contains(&grant) {
                grants.push(grant);
            }
        }
        let details = serde_json::json!({ "grants": grants_text(&grants, &world.areas) });
        let actor = Actor::of(principal);
        let entry = AuditEntry { details, ..actor.did(now, AuditAction::ScopeConfirm, object(&account)) };
        Ok(self.db.grant_set(id, &grants, &entry).await?)
    }

    /// Disables an account, or enables it again.
    ///
    /// # Errors
    /// As [`App::user_grant`].
    pub async fn user_disable(&self, principal: &Principal, id: AccountId, is_disabled: bool) -> Result<(), AppError> {
        let now = self.clock.now();
        may_change(principal, now)?;
        let account = self.account(id).await?.account;
        if is_disabled {
            self.another_administrator(id).await?;
        }
        let actor = Actor::of(principal);
        let action = if is_disabled { AuditAction::UserDisable } else { AuditAction::UserEnable };
        Ok(self.db.account_disable(id, is_disabled, &actor.did(now, action, object(&account))).await?)
    }

    /// Makes a link by which the owner of an account gives it another pass phrase; with `second_factor` the second factor
    /// is taken away as well, and set up again at his next log-in.
    ///
    /// # Errors
    /// As [`App::user_invite`].
    pub async fn user_reset(
        &self,
        principal: &Principal,
        id: AccountId,
        second_factor: bool,
    ) -> Result<MadeLink, AppError> {
        let now = self.clock.now();
        may_change(principal, now)?;
        let account = self.account(id).await?.account;
        reset(&self.db, &Actor::of(principal), &account, second_factor, now).await
    }

    /// What a link is for, if it is still good.
    ///
    /// # Errors
    /// [`AppError::LinkSpent`] when it is not.
    pub async fn link(&self, secret: &str) -> Result<OneTimeLink, AppError> {
        let found = self.db.link_find(&access::hash(secret), self.clock.now()).await?;
        let found = match found {
            // Somebody else was quicker, or an administrator made accounts on the command line.
            Some(link) if link.purpose == LinkPurpose::SetUp && self.db.account_any_usable().await? => None,
            found => found,
        };
        found.ok_or(AppError::LinkSpent)
    }

    /// Makes the first account, which administers everything. Its name.
    ///
    /// # Errors
    /// When the link is not good, the name or the pass phrase is not, or it cannot be written.
    pub async fn set_up(
        &self,
        secret: &str,
        name: &str,
        passphrase: &Secret,
        place: access::Place<'_>,
    ) -> Result<String, AppError> {
        let link = self.link(secret).await?;
        if link.purpose != LinkPurpose::SetUp {
            return Err(AppError::LinkSpent);
        }
        let (name, now) = (good_name(name)?, self.clock.now());
        self.check_passphrase(passphrase, name, true)?;
        let hash = self.access.hasher.hash(passphrase).await?;
        let grants = [AccountGrant::new(Role::Admin, None)];
        let new = NewAccount { name, grants: &grants, passphrase: Some(&hash), link: None, now };
        let actor = Actor::nobody(place.address);
        let entry = actor.did(now, AuditAction::SetUp, format!("account {name}"));
        if self.db.link_use_set_up(&link, &new, &entry).await?.is_none() {
            // Either somebody was quicker with the link, or there is such an account already.
            self.link(secret).await?;
            return Err(taken(name));
        }
        Ok(name.to_owned())
    }

    /// Gives an account a pass phrase by a link to it.
    ///
    /// # Errors
    /// When the link or the pass phrase is not good, or it cannot be written.
    pub async fn link_use(
        &self,
        secret: &str,
        passphrase: &Secret,
        place: access::Place<'_>,
    ) -> Result<String, AppError> {
        let link = self.link(secret).await?;
        let Some((id, name)) = link.account.clone() else {
            return Err(AppError::LinkSpent);
        };
        let account = self.account(id).await?.account;
        self.check_passphrase(passphrase, &name, account.role() == Some(Role::Admin))?;
        let hash = self.access.hasher.hash(passphrase).await?;
        let actor = Actor::nobody(place.address);
        let details = serde_json::json!({ "link": link.purpose.as_str() });
        let entry = actor.did(self.clock.now(), AuditAction::PassphraseChange, object(&account));
        if self.db.link_use(&link, id, &hash, &AuditEntry { details, ..entry }).await? {
            return Ok(name);
        }
        Err(AppError::LinkSpent)
    }

    /// Changes one's own pass phrase, which ends all one's sessions.
    ///
    /// # Errors
    /// [`AppError::Wrong`] when the one before is not right; the new one is not good; or it cannot be written.
    pub async fn passphrase_change(
        &self,
        principal: &Principal,
        before: &Secret,
        after: &Secret,
    ) -> Result<(), AppError> {
        let (id, name) = own_account(principal)?;
        let proof = self.account(id).await?;
        self.check_passphrase(after, name, proof.account.role() == Some(Role::Admin))?;
        self.access.try_begin_inside(name, self.clock.monotonic())?;
        match self.access.hasher.verify(before, proof.passphrase.as_ref()).await? {
            Verified::Right | Verified::RightButOld => {}
            Verified::Wrong => {
                let entry = Actor::of(principal);
                let entry = entry.did(self.clock.now(), AuditAction::PassphraseChange, object(&proof.account));
                self.db.audit_write(&AuditEntry { is_ok: false, ..entry }).await?;
                return Err(AppError::Wrong);
            }
        }
        self.access.try_right_inside(name);
        let hash = self.access.hasher.hash(after).await?;
        let actor = Actor::of(principal);
        let entry = actor.did(self.clock.now(), AuditAction::PassphraseChange, object(&proof.account));
        Ok(self.db.passphrase_set(id, &hash, &entry).await?)
    }

    /// One's own account, and how many recovery codes it has left.
    ///
    /// # Errors
    /// For who is no person, or it cannot be read.
    pub async fn own(&self, principal: &Principal) -> Result<(Account, i64), AppError> {
        let (id, _) = own_account(principal)?;
        Ok((self.account(id).await?.account, self.db.recovery_code_count(id).await?))
    }

    /// Makes new recovery codes, in place of those before. They are told once.
    ///
    /// # Errors
    /// When no second factor was shown, or they cannot be written.
    pub async fn recovery_codes_make(&self, principal: &Principal) -> Result<Vec<Secret>, AppError> {
        let (id, name) = own_account(principal)?;
        let now = self.clock.now();
        principal.require_step_up(now)?;
        if !self.account(id).await?.account.has_second_factor {
            return Err(AppError::Conflict("there is no second factor for which a code could stand in".to_owned()));
        }
        let codes = totp::recovery_codes();
        let hashes: Vec<String> = codes.iter().map(|code| totp::recovery_hash(code.reveal())).collect();
        let actor = Actor::of(principal);
        let entry = actor.did(now, AuditAction::RecoveryCodesMake, format!("account {name}"));
        self.db.recovery_codes_set(id, &hashes, &entry).await?;
        Ok(codes)
    }

    /// Begins to set another second factor up in place of one's own, which stays good until the new one has proved itself;
    /// see [`App::log_in_enrol`].
    ///
    /// # Errors
    /// When no second factor was shown, or the vault is locked.
    pub async fn second_factor_renew(&self, principal: &Principal) -> Result<Enrolment, AppError> {
        let (id, name) = own_account(principal)?;
        principal.require_step_up(self.clock.now())?;
        self.keys.ring().await?;
        let proof = self.account(id).await?;
        let (secret, uri) = new_factor(name);
        let login = HalfDone::of(&proof, self.clock.monotonic());
        let login = HalfDone { enrolment: Some(secret.clone()), renews: true, ..login };
        Ok(Enrolment { ticket: self.access.half_done(login), secret, uri })
    }

    /// The area that bears this code today.
    ///
    /// # Errors
    /// When there is none that whoever asks sees.
    pub fn area_by_code(&self, principal: &Principal, code: &str) -> Result<AreaId, AppError> {
        let sight = self.sight(principal);
        let found = area_by_code(sight.areas(), code, self.today())?;
        sight.area(found).map(|area| area.id).ok_or_else(|| no_area(code))
    }

    /// Code and name of the areas of today that whoever asks sees, by name.
    pub fn areas_today(&self, principal: &Principal) -> Vec<(String, String)> {
        let (sight, today) = (self.sight(principal), self.today());
        let seen = sight.areas().areas().iter().filter(|area| area.is_valid_on(today) && sight.area(area.id).is_some());
        let mut areas: Vec<(String, String)> = seen.map(|area| (area.code.clone(), area.name.clone())).collect();
        areas.sort_by(|one, other| one.1.cmp(&other.1));
        areas
    }

    /// A link for the first account, when nobody can log in yet. The one before is good no more.
    ///
    /// # Errors
    /// When the records cannot be read or written.
    pub async fn set_up_link(&self) -> Result<Option<Secret>, AppError> {
        if self.db.account_any_usable().await? {
            return Ok(None);
        }
        let secret = access::secret();
        let (hash, expires_at) = (access::hash(secret.reveal()), self.clock.now() + LINK_LASTS);
        self.db.link_set_up(&NewLink { purpose: LinkPurpose::SetUp, hash, expires_at }).await?;
        Ok(Some(Secret::new(format!("/setup/{}", secret.reveal()))))
    }

    pub(super) async fn account(&self, id: AccountId) -> Result<AccountProof, AppError> {
        let found = self.db.account_by_id(id).await?;
        found.ok_or_else(|| AppError::NotFound { what: "user", id: id.to_string() })
    }

    fn check_grants(&self, grants: &[AccountGrant]) -> Result<(), AppError> {
        if grants.len() > GRANTS_MOST {
            return Err(AppError::Invalid(format!("an account has at most {GRANTS_MOST} grants")));
        }
        let world = self.world();
        let unknown = grants.iter().filter_map(|grant| grant.area).find(|area| world.areas.area(*area).is_none());
        match unknown {
            Some(area) => Err(AppError::Invalid(format!("there is no area {area}"))),
            None => Ok(()),
        }
    }

    fn check_passphrase(&self, text: &Secret, name: &str, is_admin: bool) -> Result<(), AppError> {
        check_passphrase(text, name, &self.world().areas, is_admin)
    }

    /// Somebody else who can log in has to administer everything.
    async fn another_administrator(&self, than: AccountId) -> Result<(), AppError> {
        let mut ask = PageAsk::first();
        loop {
            let page = self.db.account_list(&ask).await?;
            let serves = |account: &Account| {
                account.id != than
                    && !account.is_disabled
                    && account.has_passphrase
                    && administers_everything(&account.grants)
            };
            if page.items.iter().any(serves) {
                return Ok(());
            }
            ask.cursor = page.next;
            if ask.cursor.is_none() {
                break;
            }
        }
        // Who administers only a part, or nothing, can go.
        let account = self.account(than).await?.account;
        if account.is_disabled || !administers_everything(&account.grants) {
            return Ok(());
        }
        Err(AppError::Conflict("nobody else administers everything; make another administrator first".to_owned()))
    }
}

/// Whether somebody with these grants administers everything.
pub(super) fn administers_everything(grants: &[AccountGrant]) -> bool {
    grants.iter().any(|grant| grant.role == Role::Admin && grant.area.is_none())
}

/// The area itself while it is valid, else the one that took over.
fn successor(areas: &AreaTree, id: AreaId, today: Date) -> Result<AreaId, AppError> {
    if areas.area(id).is_none_or(|area| area.valid_to.is_none_or(|to| today < to)) {
        return Ok(id);
    }
    match areas.successors_on(id, today).as_slice() {
        [] => Ok(id),
        [only] => Ok(only.id),
        several => {
            let codes: Vec<&str> = several.iter().map(|area| area.code.as_str()).collect();
            let codes = codes.join(", ");
            Err(AppError::Conflict(format!("area {id} was split into {codes}: grant the part that is meant instead")))
        }
    }
}

fn may_change(principal: &Principal, now: Timestamp) -> Result<(), AppError> {
    principal.require_everywhere(Role::Admin)?;
    principal.require_step_up(now)
}

pub(super) async fn reset(
    db: &crate::store::Db,
    actor: &Actor,
    account: &Account,
    second_factor: bool,
    now: Timestamp,
) -> Result<MadeLink, AppError> {
    if second_factor && account.has_second_factor {
        // With the pass phrase: else whoever knows that alone would set up a second factor of his own.
        let entry = actor.did(now, AuditAction::SecondFactorRemove, object(account));
        db.proofs_remove(account.id, &entry).await?;
    }
    let (link, made) = new_link(LinkPurpose::Reset, &account.name, now);
    db.link_create(account.id, &link, &actor.did(now, AuditAction::UserReset, object(account))).await?;
    Ok(made)
}

pub(super) fn new_link(purpose: LinkPurpose, name: &str, now: Timestamp) -> (NewLink, MadeLink) {
    let (secret, expires_at) = (access::secret(), now + LINK_LASTS);
    let path = Secret::new(format!("/link/account/{}", secret.reveal()));
    let link = NewLink { purpose, hash: access::hash(secret.reveal()), expires_at };
    (link, MadeLink { name: name.to_owned(), path, expires_at })
}

pub(super) fn check_passphrase(text: &Secret, name: &str, areas: &AreaTree, is_admin: bool) -> Result<(), AppError> {
    let mut known: Vec<String> = areas.areas().iter().map(|area| area.name.clone()).collect();
    known.push(name.to_owned());
    passphrase::check(text, &known, is_admin).map_err(AppError::Passphrase)
}

pub(super) fn good_name(name: &str) -> Result<&str, AppError> {
    let name = name.trim();
    check_name(name, NAME_MOST).map_err(|error| AppError::Invalid(format!("the name {name:?} {error}")))?;
    Ok(name)
}

pub(super) fn area_by_code(areas: &AreaTree, code: &str, today: Date) -> Result<AreaId, AppError> {
    let found = areas.areas().iter().find(|area| area.code == code && area.is_valid_on(today));
    found.map(|area| area.id).ok_or_else(|| no_area(code))
}

fn no_area(code: &str) -> AppError {
    AppError::Invalid(format!("there is no area with the code {code:?} today"))
}

/// `admin everywhere`, `technician in 24937`: for the audit log.
pub(super) fn grants_text(grants: &[AccountGrant], areas: &AreaTree) -> Vec<String> {
    let text = |grant: &AccountGrant| match grant.area {
        None => format!("{} everywhere", grant.role),
        Some(id) => {
            let code = areas.area(id).map_or_else(|| id.to_string(), |area| area.code.clone());
            format!("{} in {code}", grant.role)
        }
    };
    grants.iter().map(text).collect()
}

pub(super) fn object(account: &Account) -> String {
    format!("account {}", account.name)
}

pub(super) fn taken(name: &str) -> AppError {
    AppError::Conflict(format!("there is a user {name:?} already; take another name"))
}
