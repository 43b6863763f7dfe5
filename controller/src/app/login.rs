//! Logging in: a pass phrase, then a second factor for technicians and administrators and for who has one. Everybody who
//! is refused is told the same, after the same work: nobody learns whether an account exists.

use std::sync::Arc;

use inventory::id::SessionId;
use inventory::secret::Secret;
use jiff::Timestamp;

use super::App;
use super::access::{self, HalfDone, Place};
use super::audit::Actor;
use super::error::AppError;
use super::passphrase::Verified;
use super::principal::{Principal, Role, Who};
use super::totp;
use crate::events::Event;
use crate::store::{AccountProof, AuditAction, AuditEntry, NewSecondFactor, NewSession};
use crate::vault::Keyring;

/// Characters of what a browser calls itself that are kept.
const BROWSER_MOST: usize = 120;

/// How far a log-in got.
pub enum LogIn {
    /// All the way. The secret goes into the session's cookie.
    Done {
        /// The secret of the session.
        session: Secret,
    },
    /// The second factor is asked for.
    SecondFactor {
        /// Goes on with this log-in.
        ticket: Secret,
    },
    /// There is no second factor yet and one is needed: it is set up now.
    Enrolment(Enrolment),
}

/// A second factor to be set up.
pub struct Enrolment {
    /// Goes on with it.
    pub ticket: Secret,
    /// What the authenticator app needs, to be typed.
    pub secret: Secret,
    /// The same for a QR code.
    pub uri: Secret,
}

/// A second factor that was set up.
pub struct Enrolled {
    /// The secret of the session.
    pub session: Secret,
    /// The recovery codes, told once.
    pub recovery_codes: Vec<Secret>,
}

impl App {
    /// Checks name and pass phrase.
    ///
    /// # Errors
    /// [`AppError::Wrong`], [`AppError::Busy`], or the records cannot be read or written.
    pub async fn log_in(&self, name: &str, passphrase: &Secret, place: Place<'_>) -> Result<LogIn, AppError> {
        let name = name.trim();
        self.access.try_begin(name, place.address, self.clock.monotonic())?;
        let proof = self.db.account_by_name(name).await?.filter(|proof| !proof.account.is_disabled);
        let kept = proof.as_ref().and_then(|proof| proof.passphrase.as_ref());
        let verified = self.access.hasher.verify(passphrase, kept).await?;
        let proof = match (verified, proof) {
            (Verified::Right, Some(proof)) => proof,
            (Verified::RightButOld, Some(proof)) => {
                let hash = self.access.hasher.hash(passphrase).await?;
                match proof.passphrase.clone() {
                    Some(old) if self.db.passphrase_rehash(proof.account.id, &old, &hash).await? => {
                        AccountProof { passphrase: Some(hash), ..proof }
                    }
                    // Somebody set another one in between.
                    Some(_) | None => return Err(self.refused(name, place, "pass phrase").await),
                }
            }
            (Verified::Wrong, Some(_)) | (_, None) => return Err(self.refused(name, place, "pass phrase").await),
        };
        let account = &proof.account;
        let now = self.clock.monotonic();
        if account.has_second_factor {
            self.access.try_half_right(name, place.address);
            let ticket = self.access.half_done(HalfDone::of(&proof, now));
            return Ok(LogIn::SecondFactor { ticket });
        }
        if account.role().is_some_and(|role| role >= Role::Technician) {
            // Said now, not after somebody has scanned a code that cannot be kept.
            self.keys.ring().await?;
            self.access.try_half_right(name, place.address);
            let (secret, uri) = new_factor(&account.name);
            let login = HalfDone { enrolment: Some(secret.clone()), ..HalfDone::of(&proof, now) };
            let ticket = self.access.half_done(login);
            return Ok(LogIn::Enrolment(Enrolment { ticket, secret, uri }));
        }
        self.access.try_right(name, place.address);
        Ok(LogIn::Done { session: self.session_open(&proof, place, None, no_details()).await? })
    }

    /// Goes on with a log-in: a code of the authenticator app, or a recovery code.
    ///
    /// # Errors
    /// [`AppError::Wrong`], also when the ticket is too old; [`AppError::Busy`]; or the records cannot be read or written.
    pub async fn log_in_second(&self, ticket: &str, code: &str, place: Place<'_>) -> Result<Secret, AppError> {
        let (login, proof) = self.half_done(ticket, place).await?;
        let Some(factor) = self.second_factor_take(&proof, code).await? else {
            return Err(self.refused(&login.name, place, "second factor").await);
        };
        // Two requests with one ticket and two codes: one log-in.
        if !self.access.half_done_take(ticket) {
            return Err(AppError::Wrong);
        }
        self.access.try_right(&login.name, place.address);
        self.session_open(&proof, place, Some(self.clock.now()), factor.details()).await
    }

    /// What is being set up with this ticket, to show it again after a wrong code.
    pub fn enrolment(&self, ticket: &str) -> Option<Enrolment> {
        let login = self.access.half_done_find(ticket, self.clock.monotonic())?;
        let secret = login.enrolment?;
        let uri = totp::uri(&secret, &login.name);
        Some(Enrolment { ticket: Secret::new(ticket.to_owned()), secret, uri })
    }

    /// Goes on with a log-in that sets a second factor up: the first code of the app proves that it has the secret.
    ///
    /// # Errors
    /// As [`App::log_in_second`].
    pub async fn log_in_enrol(&self, ticket: &str, code: &str, place: Place<'_>) -> Result<Enrolled, AppError> {
        let (login, proof) = self.half_done(ticket, place).await?;
        let now = self.clock.now();
        let is_wanted = login.renews || !proof.account.has_second_factor;
        let secret = login.enrolment.filter(|_| is_wanted).ok_or(AppError::Wrong)?;
        let Some(step) = totp::check(&secret, code, now, None) else {
            return Err(self.refused(&login.name, place, "second factor").await);
        };
        if !self.access.half_done_take(ticket) {
            return Err(AppError::Wrong);
        }
        let recovery_codes = totp::recovery_codes();
        let hashes: Vec<String> = recovery_codes.iter().map(|code| totp::recovery_hash(code.reveal())).collect();
        let seen = login.seen.as_ref();
        let factor =
            NewSecondFactor { secret: &secret, step: Some(step), recovery: &hashes, seen, renews: login.renews };
        let actor = actor_of(&proof, place);
        let object = format!("account {}", proof.account.name);
        let entry = actor.did(now, AuditAction::SecondFactorSet, object);
        let (db, factor, entry) = (&self.db, &factor, &entry);
        let set =
            |ring: Arc<Keyring>| async move { db.second_factor_set(&ring, proof.account.id, factor, entry).await };
        if !self.keys.with_ring(set).await? {
            return Err(AppError::Wrong);
        }
        self.access.try_right(&login.name, place.address);
        let session = self.session_open(&proof, place, Some(now), no_details()).await?;
        Ok(Enrolled { session, recovery_codes })
    }

    /// Shows the second factor again, for what takes one. The session has another secret from then on.
    ///
    /// # Errors
    /// [`AppError::Wrong`], [`AppError::Busy`], [`AppError::Forbidden`] for who came in without a session, or the records
    /// cannot be read or written.
    pub async fn step_up(&self, principal: &Principal, code: &str) -> Result<Secret, AppError> {
        let (Some(session), Who::Account { id, name }) = (principal.session, &principal.who) else {
            return Err(AppError::Conflict("a second factor is shown in a session; log in at /login".to_owned()));
        };
        self.access.try_begin_inside(name, self.clock.monotonic())?;
        let proof = self.db.account_by_id(*id).await?.ok_or(AppError::Wrong)?;
        let factor = self.second_factor_take(&proof, code).await?;
        let details = factor.map_or_else(no_details, Factor::details);
        self.stepped_up(principal, (session, name), factor.is_some(), details).await
    }

    /// Gives the session of somebody who showed his second factor another secret, and lets him do what takes one.
    pub(super) async fn stepped_up(
        &self,
        principal: &Principal,
        (session, name): (SessionId, &str),
        is_right: bool,
        details: serde_json::Value,
    ) -> Result<Secret, AppError> {
        let (actor, now) = (Actor::of(principal), self.clock.now());
        let entry = AuditEntry { details, ..actor.did(now, AuditAction::StepUp, format!("account {name}")) };
        if !is_right {
            self.db.audit_write(&AuditEntry { is_ok: false, ..entry }).await?;
            return Err(AppError::Wrong);
        }
        self.access.try_right_inside(name);
        let secret = access::secret();
        let is_there = self.db.session_step_up(session, &access::hash(secret.reveal()), now, &entry).await?;
        if is_there { Ok(secret) } else { Err(AppError::Wrong) }
    }

    pub(super) async fn half_done(&self, ticket: &str, place: Place<'_>) -> Result<(HalfDone, AccountProof), AppError> {
        let now = self.clock.monotonic();
        let login = self.access.half_done_find(ticket, now).ok_or(AppError::Wrong)?;
        self.access.try_begin(&login.name, place.address, now)?;
        let proof = self.db.account_by_id(login.account).await?.filter(|proof| !proof.account.is_disabled);
        let proof = proof.filter(|proof| login.is_of(proof)).ok_or(AppError::Wrong)?;
        Ok((login, proof))
    }

    /// What this is a good code of; none when it is of nothing. Either is good once. While the vault is locked no code
    /// of an app can be checked, and a recovery code is the way in.
    pub(super) async fn second_factor_take(
        &self,
        proof: &AccountProof,
        code: &str,
    ) -> Result<Option<Factor>, AppError> {
        if !proof.account.has_second_factor {
            return Ok(None);
        }
        let id = proof.account.id;
        let opened = self.keys.with_ring(|ring| async move { self.db.totp_open(&ring, id).await }).await;
        let secret = match opened {
            Ok(secret) => secret,
            Err(AppError::Locked(locked)) => {
                let is_taken = self.db.recovery_code_take(id, &totp::recovery_hash(code)).await?;
                return if is_taken { Ok(Some(Factor::RecoveryCode)) } else { Err(AppError::Locked(locked)) };
            }
            Err(error) => return Err(error),
        };
        let step = secret.and_then(|secret| totp::check(&secret, code, self.clock.now(), proof.totp_step));
        match step {
            Some(step) => Ok(self.db.totp_take(id, step).await?.then_some(Factor::App)),
            None => {
                let is_taken = self.db.recovery_code_take(id, &totp::recovery_hash(code)).await?;
                Ok(is_taken.then_some(Factor::RecoveryCode))
            }
        }
    }

    /// Opens a session for who has proved who he is; `details` of how stand in the audit log.
    pub(super) async fn session_open(
        &self,
        proof: &AccountProof,
        place: Place<'_>,
        stepped_up_at: Option<Timestamp>,
        details: serde_json::Value,
    ) -> Result<Secret, AppError> {
        let (account, now, secret) = (&proof.account, self.clock.now(), access::secret());
        let browser: String = place.browser.chars().filter(|c| !c.is_control()).take(BROWSER_MOST).collect();
        let new = NewSession {
            hash: &access::hash(secret.reveal()),
            account: account.id,
            seen: proof.passphrase.as_ref(),
            now,
            stepped_up_at,
            address: place.address,
            browser: &browser,
        };
        let actor = actor_of(proof, place);
        let entry = AuditEntry { details, ..actor.did(now, AuditAction::Login, format!("account {}", account.name)) };
        match self.db.session_create(&new, &entry).await? {
            Some(_) => Ok(secret),
            // Its pass phrase was changed, or it was disabled, while somebody logged in.
            None => Err(AppError::Wrong),
        }
    }

    /// Writes down that somebody was refused. What he typed as a name is kept: it is how an attack is recognised.
    pub(super) async fn refused(&self, name: &str, place: Place<'_>, what: &'static str) -> AppError {
        self.events.emit(Event::LoginRefused { what, address: place.address });
        let who = format!("account {}", name.chars().take(64).collect::<String>());
        self.login_note(&who, place.address, AuditAction::Login, false).await;
        AppError::Wrong
    }
}

/// Which second factor somebody showed by a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Factor {
    /// A code of the authenticator app.
    App,
    /// A recovery code: whoever reads the audit log is to see that one was used.
    RecoveryCode,
}

impl Factor {
    fn details(self) -> serde_json::Value {
        match self {
            Factor::App => no_details(),
            Factor::RecoveryCode => serde_json::json!({ "second_factor": "recovery code" }),
        }
    }
}

/// Nothing more to be said of it in the audit log.
fn no_details() -> serde_json::Value {
    serde_json::json!({})
}

/// Secret and QR text of a second factor to be set up.
pub(super) fn new_factor(name: &str) -> (Secret, Secret) {
    let secret = totp::secret();
    let uri = totp::uri(&secret, name);
    (secret, uri)
}

fn actor_of(proof: &AccountProof, place: Place<'_>) -> Actor {
    let who = Who::Account { id: proof.account.id, name: proof.account.name.clone() };
    Actor::of(&Principal { who, grants: Vec::new(), session: None, stepped_up_at: None, address: place.address })
}
