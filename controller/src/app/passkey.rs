//! Passkeys: a device that its owner unlocks by finger, face or PIN proves who he is. That is two factors at once, the
//! device and what unlocks it, so a passkey lets in by itself; and it stands for the code of the app where one is asked
//! for (ASVS 5 §6.5). Which bytes prove what is for `webauthn_rs` to say.

use std::net::IpAddr;

use data_encoding::BASE64URL_NOPAD;
use inventory::id::PasskeyId;
use inventory::secret::Secret;
use inventory::text::one_line;
use serde::de::DeserializeOwned;
use serde_json::Value;
use webauthn_rs::prelude::{
    AuthenticationResult, DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyAuthentication,
    PublicKeyCredential, RegisterPublicKeyCredential, Uuid, WebauthnError,
};

use super::App;
use super::access::Place;
use super::audit::Actor;
use super::error::AppError;
use super::principal::Principal;
use super::relying_party::{Asked, RelyingParty};
use super::session::own_account;
use crate::store::{AccountProof, AuditAction, AuditEntry, NewPasskey, PasskeyRecord};

/// Letters of a passkey's name.
const NAME_MOST: usize = 64;

/// What a browser asks a device.
pub struct Challenge {
    /// Comes back with the answer.
    pub request: Secret,
    /// What `navigator.credentials` takes, with base64url for bytes.
    pub options: Value,
}

impl App {
    /// The address by which people have to come for passkeys, where there can be any.
    pub fn passkey_site(&self) -> Option<&str> {
        self.access.party.as_ref().map(RelyingParty::origin)
    }

    /// One's own passkeys.
    ///
    /// # Errors
    /// For who is no person, or they cannot be read.
    pub async fn passkey_list(&self, principal: &Principal) -> Result<Vec<PasskeyRecord>, AppError> {
        let (id, _) = own_account(principal)?;
        Ok(self.db.passkey_list(id).await?)
    }

    /// Begins with a new passkey.
    ///
    /// # Errors
    /// When no second factor was shown, this installation has no name, or the records cannot be read.
    pub async fn passkey_register(&self, principal: &Principal) -> Result<Challenge, AppError> {
        let (id, name) = own_account(principal)?;
        principal.require_step_up(self.clock.now())?;
        let party = self.party()?;
        let kept = self.db.passkey_list(id).await?;
        // One for all passkeys of an account, so that a device has one entry for it; random, for it is told to devices.
        let handle = kept.first().and_then(|first| first.handle.parse().ok()).unwrap_or_else(Uuid::new_v4);
        let known = keys(&kept)?.iter().map(|key| key.cred_id().clone()).collect();
        let started = party.webauthn.start_passkey_registration(handle, name, name, Some(known));
        let (options, state) = started.map_err(AppError::internal)?;
        let mut options = serde_json::to_value(options.public_key).map_err(AppError::internal)?;
        // So that the device finds it by itself at the log-in, if it can: nobody has to type his name then.
        options["authenticatorSelection"]["residentKey"] = "preferred".into();
        Ok(self.asked(party, Asked::Registration { account: id, handle, state }, principal.address, options))
    }

    /// Keeps a new passkey.
    ///
    /// # Errors
    /// When no second factor was shown; the answer is not good, or none to what was asked; or it cannot be written.
    pub async fn passkey_add(
        &self,
        principal: &Principal,
        request: &str,
        name: &str,
        answer: Value,
    ) -> Result<(), AppError> {
        let (id, owner) = own_account(principal)?;
        let now = self.clock.now();
        principal.require_step_up(now)?;
        let name = one_line(name, NAME_MOST);
        if name.is_empty() {
            return Err(AppError::Invalid("a passkey has a name, by which its owner knows it again".to_owned()));
        }
        let party = self.party()?;
        let (handle, state) = match party.answered(request, self.clock.monotonic()) {
            Some(Asked::Registration { account, handle, state }) if account == id => (handle, state),
            Some(
                Asked::Registration { .. } | Asked::LogIn { .. } | Asked::SecondFactor { .. } | Asked::StepUp { .. },
            )
            | None => return Err(AppError::Conflict("this took too long; begin again with the passkey".to_owned())),
        };
        let answer: RegisterPublicKeyCredential = parse(answer)?;
        let not_good = |error: WebauthnError| AppError::Invalid(format!("this passkey cannot be used: {error}"));
        let key = party.webauthn.finish_passkey_registration(&answer, &state).map_err(not_good)?;
        let credential = serde_json::to_string(&key).map_err(AppError::internal)?;
        let new = NewPasskey {
            account: id,
            credential_id: &BASE64URL_NOPAD.encode(key.cred_id()),
            handle: &handle.to_string(),
            name: &name,
            credential: &credential,
            now,
        };
        let actor = Actor::of(principal);
        let entry = actor.did(now, AuditAction::PasskeyAdd, format!("account {owner}"));
        let entry = AuditEntry { details: serde_json::json!({ "passkey": name }), ..entry };
        let made = self.db.passkey_add(&new, &entry).await?;
        let full = || AppError::Conflict("this passkey is there already, or the account has too many".to_owned());
        made.map(|_| ()).ok_or_else(full)
    }

    /// Takes one of one's own passkeys away.
    ///
    /// # Errors
    /// When no second factor was shown, there is none such, or it cannot be written.
    pub async fn passkey_remove(&self, principal: &Principal, passkey: PasskeyId) -> Result<(), AppError> {
        let (id, owner) = own_account(principal)?;
        let now = self.clock.now();
        principal.require_step_up(now)?;
        let kept = self.db.passkey_list(id).await?.into_iter().find(|kept| kept.id == passkey);
        let missing = || AppError::NotFound { what: "passkey", id: passkey.to_string() };
        let kept = kept.ok_or_else(missing)?;
        let actor = Actor::of(principal);
        let entry = actor.did(now, AuditAction::PasskeyRemove, format!("account {owner}"));
        let entry = AuditEntry { details: serde_json::json!({ "passkey": kept.name }), ..entry };
        if self.db.passkey_remove(id, passkey, &entry).await? { Ok(()) } else { Err(missing()) }
    }

    /// Asks who is there, by any passkey.
    ///
    /// # Errors
    /// When this installation has no name.
    pub fn passkey_ask(&self, place: Place<'_>) -> Result<Challenge, AppError> {
        let party = self.party()?;
        let (options, state) = party.webauthn.start_discoverable_authentication().map_err(AppError::internal)?;
        let options = serde_json::to_value(options.public_key).map_err(AppError::internal)?;
        Ok(self.asked(party, Asked::LogIn { state }, place.address, options))
    }

    /// Whether a log-in under way can go on with a passkey.
    ///
    /// # Errors
    /// When the records cannot be read.
    pub async fn passkey_goes_on(&self, ticket: &str) -> Result<bool, AppError> {
        let Some(login) = self.access.half_done_find(ticket, self.clock.monotonic()) else { return Ok(false) };
        Ok(self.access.party.is_some() && !self.db.passkey_list(login.account).await?.is_empty())
    }

    /// Asks for the second factor of a log-in under way.
    ///
    /// # Errors
    /// [`AppError::Wrong`] when the ticket is too old; there is no passkey; or the records cannot be read.
    pub async fn passkey_ask_second(&self, ticket: &str, place: Place<'_>) -> Result<Challenge, AppError> {
        let party = self.party()?;
        let login = self.access.half_done_find(ticket, self.clock.monotonic()).ok_or(AppError::Wrong)?;
        let kept = self.db.passkey_list(login.account).await?;
        self.ask_for(party, &kept, place.address, |state| Asked::SecondFactor { ticket: ticket.to_owned(), state })
    }

    /// Asks for the second factor in a session, again.
    ///
    /// # Errors
    /// For who came in without a session or has no passkey, or the records cannot be read.
    pub async fn passkey_ask_step_up(&self, principal: &Principal) -> Result<Challenge, AppError> {
        let (id, _) = own_account(principal)?;
        let party = self.party()?;
        let kept = self.db.passkey_list(id).await?;
        let none = || AppError::Conflict("a second factor is shown in a session; log in at /login".to_owned());
        let session = principal.session.ok_or_else(none)?;
        self.ask_for(party, &kept, principal.address, |state| Asked::StepUp { session, state })
    }

    /// Logs in by a passkey alone, or goes on with the log-in for which it was asked. The secret of the session.
    ///
    /// # Errors
    /// [`AppError::Wrong`], [`AppError::Busy`], or the records cannot be read or written.
    pub async fn passkey_log_in(&self, request: &str, answer: Value, place: Place<'_>) -> Result<Secret, AppError> {
        let party = self.party()?;
        let answer: PublicKeyCredential = parse(answer)?;
        match party.answered(request, self.clock.monotonic()) {
            Some(Asked::LogIn { state }) => self.log_in_by_passkey(party, state, &answer, place).await,
            Some(Asked::SecondFactor { ticket, state }) => {
                let (login, proof) = self.half_done(&ticket, place).await?;
                let Some(passkey) = self.passkey_take(party, &proof, &state, &answer).await? else {
                    return Err(self.refused(&login.name, place, "passkey").await);
                };
                // Two answers to one ticket: one log-in.
                if !self.access.half_done_take(&ticket) {
                    return Err(AppError::Wrong);
                }
                self.access.try_right(&login.name, place.address);
                self.session_open(&proof, place, Some(self.clock.now()), serde_json::json!({ "passkey": passkey }))
                    .await
            }
            Some(Asked::Registration { .. } | Asked::StepUp { .. }) | None => Err(AppError::Wrong),
        }
    }

    async fn log_in_by_passkey(
        &self,
        party: &RelyingParty,
        state: DiscoverableAuthentication,
        answer: &PublicKeyCredential,
        place: Place<'_>,
    ) -> Result<Secret, AppError> {
        let Ok((handle, credential)) = party.webauthn.identify_discoverable_authentication(answer) else {
            return Err(self.passkey_refused(None, place).await);
        };
        let found = self.db.passkey_find(&BASE64URL_NOPAD.encode(credential)).await?;
        let Some(kept) = found.filter(|kept| kept.handle == handle.to_string()) else {
            return Err(self.passkey_refused(None, place).await);
        };
        let proof = self.account(kept.account).await?;
        let mut key = key(&kept)?;
        let proved = party.webauthn.finish_discoverable_authentication_v2(answer, state, DiscoverableKey::from(&key));
        let is_right = match &proved {
            Ok(result) => !proof.account.is_disabled && self.passkey_note(&kept, &mut key, result).await?,
            Err(_) => false,
        };
        if !is_right {
            return Err(self.passkey_refused(Some(&proof.account.name), place).await);
        }
        self.session_open(&proof, place, Some(self.clock.now()), serde_json::json!({ "passkey": kept.name })).await
    }

    /// Shows a passkey in a session, for what takes a second factor. The session has another secret from then on.
    ///
    /// # Errors
    /// [`AppError::Wrong`], [`AppError::Busy`], or the records cannot be read or written.
    pub async fn passkey_step_up(
        &self,
        principal: &Principal,
        request: &str,
        answer: Value,
    ) -> Result<Secret, AppError> {
        let (id, name) = own_account(principal)?;
        let party = self.party()?;
        let answer: PublicKeyCredential = parse(answer)?;
        let (session, state) = match party.answered(request, self.clock.monotonic()) {
            Some(Asked::StepUp { session, state }) if principal.session == Some(session) => (session, state),
            Some(
                Asked::Registration { .. } | Asked::LogIn { .. } | Asked::SecondFactor { .. } | Asked::StepUp { .. },
            )
            | None => return Err(AppError::Wrong),
        };
        self.access.try_begin_inside(name, self.clock.monotonic())?;
        let proof = self.account(id).await?;
        let passkey = self.passkey_take(party, &proof, &state, &answer).await?;
        let details = serde_json::json!({ "passkey": passkey });
        self.stepped_up(principal, (session, name), passkey.is_some(), details).await
    }

    /// The name of the passkey that answered what was asked of those of this account.
    async fn passkey_take(
        &self,
        party: &RelyingParty,
        proof: &AccountProof,
        state: &PasskeyAuthentication,
        answer: &PublicKeyCredential,
    ) -> Result<Option<String>, AppError> {
        let Ok(result) = party.webauthn.finish_passkey_authentication(answer, state) else { return Ok(None) };
        let found = self.db.passkey_find(&BASE64URL_NOPAD.encode(result.cred_id())).await?;
        let Some(kept) = found.filter(|kept| kept.account == proof.account.id) else { return Ok(None) };
        let is_right = self.passkey_note(&kept, &mut key(&kept)?, &result).await?;
        Ok(is_right.then_some(kept.name))
    }

    /// Keeps what a right answer told of the device. Whether the answer counts: the device was unlocked, and nobody took
    /// the passkey away in between.
    async fn passkey_note(
        &self,
        kept: &PasskeyRecord,
        key: &mut Passkey,
        result: &AuthenticationResult,
    ) -> Result<bool, AppError> {
        key.update_credential(result);
        let credential = serde_json::to_string(key).map_err(AppError::internal)?;
        Ok(result.user_verified() && self.db.passkey_used(kept.id, &credential, self.clock.now()).await?)
    }

    /// A passkey that did not prove anything. It cannot be guessed, so tries are held up only as a crowd, to keep the log
    /// of them short: nobody is kept from his passkey by what others try with his name.
    async fn passkey_refused(&self, name: Option<&str>, place: Place<'_>) -> AppError {
        match self.access.try_begin("", place.address, self.clock.monotonic()) {
            Ok(()) => self.refused(name.unwrap_or("(unknown passkey)"), place, "passkey").await,
            Err(busy) => busy,
        }
    }

    fn ask_for(
        &self,
        party: &RelyingParty,
        kept: &[PasskeyRecord],
        address: Option<IpAddr>,
        asked: impl FnOnce(PasskeyAuthentication) -> Asked,
    ) -> Result<Challenge, AppError> {
        if kept.is_empty() {
            return Err(AppError::Conflict("this account has no passkey".to_owned()));
        }
        let started = party.webauthn.start_passkey_authentication(&keys(kept)?);
        let (options, state) = started.map_err(AppError::internal)?;
        let options = serde_json::to_value(options.public_key).map_err(AppError::internal)?;
        Ok(self.asked(party, asked(state), address, options))
    }

    fn asked(&self, party: &RelyingParty, asked: Asked, address: Option<IpAddr>, options: Value) -> Challenge {
        Challenge { request: party.ask(asked, address, self.clock.monotonic()), options }
    }

    fn party(&self) -> Result<&RelyingParty, AppError> {
        let none = "passkeys need a name and TLS: set base_url to https and the name by which people come";
        self.access.party.as_ref().ok_or_else(|| AppError::Conflict(none.to_owned()))
    }
}

fn key(kept: &PasskeyRecord) -> Result<Passkey, AppError> {
    serde_json::from_str(&kept.credential).map_err(AppError::internal)
}

fn keys(kept: &[PasskeyRecord]) -> Result<Vec<Passkey>, AppError> {
    kept.iter().map(key).collect()
}

/// What a browser's script sends of what a device said.
fn parse<T: DeserializeOwned>(answer: Value) -> Result<T, AppError> {
    serde_json::from_value(answer)
        .map_err(|error| AppError::Invalid(format!("this is no answer of a passkey: {error}")))
}
