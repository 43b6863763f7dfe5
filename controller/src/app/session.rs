//! Who comes in by a session or a token, how long sessions last, and the sessions of one's own. It is asked at every
//! request and reads the records each time: what was taken from somebody is gone at his next request.

use std::net::IpAddr;
use std::time::Duration;

use inventory::id::{AccountId, SessionId};
use jiff::Timestamp;

use super::App;
use super::access;
use super::audit::Actor;
use super::error::AppError;
use super::grant::covered;
use super::principal::{Grant, Principal, Role, Who};
use crate::store::{AccountGrant, AuditAction, SessionRecord};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Ends a session that nobody uses, and any session (safety B3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Lasts {
    idle: Duration,
    absolute: Duration,
}

impl Lasts {
    fn of(role: Role) -> Lasts {
        match role {
            Role::Viewer | Role::Technician => Lasts { idle: DAY * 7, absolute: DAY * 30 },
            Role::Admin => Lasts { idle: MINUTE * 30, absolute: HOUR * 8 },
        }
    }

    fn is_over(self, session: &SessionRecord, now: Timestamp) -> bool {
        let since = |at: Timestamp| now.duration_since(at);
        // A clock that was set back must not make sessions longer: what begins in the future is over.
        let is_within = |at, most: Duration| {
            let passed = since(at);
            passed >= -jiff::SignedDuration::from_mins(1) && passed.unsigned_abs() < most
        };
        !(is_within(session.used_at, self.idle) && is_within(session.created_at, self.absolute))
    }
}

impl App {
    /// Who has this session's secret, if it is still good. What a page asks by itself is no use (`is_use`).
    ///
    /// # Errors
    /// When the records cannot be read.
    pub async fn session_principal(
        &self,
        secret: &str,
        address: Option<IpAddr>,
        is_use: bool,
    ) -> Result<Option<Principal>, AppError> {
        let Some(session) = self.db.session_find(&access::hash(secret)).await? else { return Ok(None) };
        let grants = self.db.grant_list(session.account).await?;
        let now = self.clock.now();
        // Whose every grant was taken away still sees that.
        let role = grants.iter().map(|grant| grant.role).max().unwrap_or(Role::Viewer);
        // Who was a viewer when he logged in and is more by now, shows a second factor first.
        let lacks_factor = role >= Role::Technician && session.stepped_up_at.is_none();
        if lacks_factor || Lasts::of(role).is_over(&session, now) {
            return Ok(None);
        }
        if is_use
            && now.duration_since(session.used_at) >= jiff::SignedDuration::from_mins(1)
            && let Err(error) = self.db.session_touch(session.id, now).await
        {
            // A full disk must not keep people out.
            tracing::warn!(error = super::error::chain(&error), "the use of a session was not noted");
        }
        Ok(Some(Principal {
            who: Who::Account { id: session.account, name: session.name },
            grants: self.grants(&grants),
            session: Some(session.id),
            stepped_up_at: session.stepped_up_at,
            address,
        }))
    }

    /// Who has this token, if it is still good: what the token may, and of that what its account may by now.
    ///
    /// # Errors
    /// When the records cannot be read.
    pub async fn token_principal(&self, secret: &str, address: Option<IpAddr>) -> Result<Option<Principal>, AppError> {
        let Some(token) = self.db.token_find(&access::hash(secret), self.clock.now()).await? else { return Ok(None) };
        let cap = covered(&self.world(), token.area, token.confirmed);
        let grants = self.db.grant_list(token.account).await?;
        let grants = self.grants(&grants).into_iter();
        let capped = |grant: Grant| Grant { role: grant.role.min(token.role), scope: grant.scope.intersection(&cap) };
        Ok(Some(Principal {
            who: Who::Token { id: token.id, name: token.name, account: token.account, owner: token.owner },
            grants: grants.map(capped).collect(),
            session: None,
            stepped_up_at: None,
            address,
        }))
    }

    /// Grants with their areas as they are by now.
    fn grants(&self, grants: &[AccountGrant]) -> Vec<Grant> {
        let world = self.world();
        let covered = |grant: &AccountGrant| covered(&world, grant.area, grant.confirmed);
        grants.iter().map(|grant| Grant { role: grant.role, scope: covered(grant) }).collect()
    }

    /// Ends the session in which somebody asks.
    ///
    /// # Errors
    /// When the records cannot be written.
    pub async fn log_out(&self, principal: &Principal) -> Result<(), AppError> {
        let (Some(session), Who::Account { id, name }) = (principal.session, &principal.who) else { return Ok(()) };
        let actor = Actor::of(principal);
        let entry = actor.did(self.clock.now(), AuditAction::Logout, format!("account {name}"));
        self.db.session_end(session, *id, &entry).await?;
        Ok(())
    }

    /// The sessions of whoever asks.
    ///
    /// # Errors
    /// [`AppError::Conflict`] for who is no person, or the records cannot be read.
    pub async fn session_list(&self, principal: &Principal) -> Result<Vec<SessionRecord>, AppError> {
        let (id, _) = own_account(principal)?;
        let (grants, sessions) = (self.db.grant_list(id).await?, self.db.session_list(id).await?);
        let role = grants.iter().map(|grant| grant.role).max().unwrap_or(Role::Viewer);
        let (now, lasts) = (self.clock.now(), Lasts::of(role));
        Ok(sessions.into_iter().filter(|session| !lasts.is_over(session, now)).collect())
    }

    /// Ends one of the sessions of whoever asks.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when he has none such, or the records cannot be written.
    pub async fn session_end(&self, principal: &Principal, session: SessionId) -> Result<(), AppError> {
        let (id, name) = own_account(principal)?;
        let actor = Actor::of(principal);
        let entry = actor.did(self.clock.now(), AuditAction::SessionEnd, format!("account {name}"));
        if self.db.session_end(session, id, &entry).await? {
            return Ok(());
        }
        Err(AppError::NotFound { what: "session", id: session.to_string() })
    }

    /// Ends all sessions of whoever asks, this one too.
    ///
    /// # Errors
    /// When the records cannot be written.
    pub async fn session_end_all(&self, principal: &Principal) -> Result<(), AppError> {
        let (id, name) = own_account(principal)?;
        let actor = Actor::of(principal);
        let entry = actor.did(self.clock.now(), AuditAction::SessionEnd, format!("all of account {name}"));
        Ok(self.db.session_end_all(id, &entry).await?)
    }
}

/// The account of a person who asks in a session: what is his own is no business of a program.
pub(super) fn own_account(principal: &Principal) -> Result<(AccountId, &str), AppError> {
    match &principal.who {
        Who::Account { id, name } => Ok((*id, name)),
        Who::Token { .. } | Who::System => {
            Err(AppError::Conflict("this is for people, in a session; log in at /login".to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn is_over(role: Role, age: Duration, idle: Duration) -> bool {
        let now: Timestamp = "2026-11-25T10:00:00Z".parse().unwrap();
        let ago = |by: Duration| now - SignedDuration::try_from(by).unwrap();
        let session = SessionRecord {
            id: SessionId(1),
            account: AccountId(1),
            name: "ha".into(),
            created_at: ago(age),
            used_at: ago(idle),
            stepped_up_at: None,
            address: None,
            browser: String::new(),
        };
        Lasts::of(role).is_over(&session, now)
    }

    #[test]
    fn a_technicians_session_lasts_a_week_unused_and_an_administrators_half_an_hour() {
        for (role, age, idle, expected) in [
            (Role::Technician, DAY * 29, DAY * 6, false),
            (Role::Technician, DAY * 29, DAY * 7, true),
            (Role::Viewer, DAY * 30, MINUTE, true),
            (Role::Admin, HOUR * 7, MINUTE * 29, false),
            (Role::Admin, HOUR * 7, MINUTE * 30, true),
            (Role::Admin, HOUR * 8, MINUTE, true),
        ] {
            assert_eq!(is_over(role, age, idle), expected, "{role} {age:?} {idle:?}");
        }
    }
}
