//! Who asks, and what he may: roles, each over a part of the fleet. Nothing is allowed that no grant allows.
//!
//! What somebody does not see does not exist for him ([`AppError::NotFound`]); what he sees but may not change is
//! [`AppError::Forbidden`]. It must not know how anybody proved who he is.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use inventory::id::{AccountId, AreaId, HallId, SessionId, TokenId};
use jiff::Timestamp;

use super::error::AppError;
use crate::store::Scope;

/// How long a second factor opens what takes one (safety B10).
pub const STEP_UP_LASTS: Duration = Duration::from_secs(10 * 60);

/// What somebody may do. Each may everything that the ones before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// See.
    Viewer,
    /// Look after faults: acknowledge, comment, diagnose, silence.
    Technician,
    /// Everything.
    Admin,
}

impl Role {
    /// Every role, the least first.
    pub const ALL: [Role; 3] = [Role::Viewer, Role::Technician, Role::Admin];

    /// Its name for programs and records.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Technician => "technician",
            Role::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// No role has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is no role; there are viewer, technician and admin")]
pub struct RoleError;

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, RoleError> {
        Role::ALL.into_iter().find(|role| role.as_str() == text).ok_or(RoleError)
    }
}

/// A role over a part of the fleet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// What may be done.
    pub role: Role,
    /// With what.
    pub scope: Scope,
}

/// Who somebody is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// A person.
    Account {
        /// Whose account.
        id: AccountId,
        /// The name of the account.
        name: String,
    },
    /// A program, on behalf of the person who made its token.
    Token {
        /// Which token.
        id: TokenId,
        /// Its name.
        name: String,
        /// Whose it is.
        account: AccountId,
        /// The name of that account.
        owner: String,
    },
    /// This installation itself: the command line and the tasks.
    System,
}

impl Who {
    /// The name of the person who answers for it, for other people to read.
    pub fn name(&self) -> &str {
        match self {
            Who::Account { name, .. } => name,
            Who::Token { owner, .. } => owner,
            Who::System => "VillageNet",
        }
    }
}

/// As the audit log names it.
impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Who::Account { name, .. } => write!(f, "account {name}"),
            Who::Token { name, owner, .. } => write!(f, "token {name} of {owner}"),
            Who::System => f.write_str("system"),
        }
    }
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Who it is.
    pub who: Who,
    /// What was granted to him.
    pub grants: Vec<Grant>,
    /// The session he came in by.
    pub session: Option<SessionId>,
    /// When he last showed a second factor in this session.
    pub stepped_up_at: Option<Timestamp>,
    /// Where he is.
    pub address: Option<IpAddr>,
}

impl Principal {
    /// This installation itself, which may everything and needs no second factor: whoever runs commands on the machine
    /// owns its files anyway.
    pub fn system() -> Principal {
        let grants = vec![Grant { role: Role::Admin, scope: Scope::All }];
        Principal { who: Who::System, grants, session: None, stepped_up_at: None, address: None }
    }

    /// The part of the fleet over which he has this role or a greater one. May be nothing.
    pub fn scope(&self, at_least: Role) -> Scope {
        let grants = self.grants.iter().filter(|grant| grant.role >= at_least);
        grants.fold(Scope::nothing(), |scope, grant| scope.union(grant.scope.clone()))
    }

    /// The part of the fleet over which he has this role or a greater one.
    ///
    /// # Errors
    /// [`AppError::Forbidden`] when it is nothing.
    pub fn require(&self, at_least: Role) -> Result<Scope, AppError> {
        let scope = self.scope(at_least);
        if scope.is_empty() { Err(AppError::Forbidden(at_least)) } else { Ok(scope) }
    }

    /// For what he changes in a hall of this area, after he was found to see it.
    ///
    /// # Errors
    /// [`AppError::Forbidden`] when he does not have this role, or a greater one, over it.
    pub fn require_over(&self, role: Role, area: AreaId, hall: HallId) -> Result<Scope, AppError> {
        let scope = self.scope(role);
        if scope.has(area, hall) { Ok(scope) } else { Err(AppError::Forbidden(role)) }
    }

    /// For what belongs to no area: accounts, areas, credentials, the audit log.
    ///
    /// # Errors
    /// [`AppError::Forbidden`] when he does not have this role, or a greater one, over everything.
    pub fn require_everywhere(&self, role: Role) -> Result<(), AppError> {
        match self.scope(role) {
            Scope::All => Ok(()),
            Scope::Part { .. } => Err(AppError::Forbidden(role)),
        }
    }

    /// For what changes credentials, keys or roles (safety B10).
    ///
    /// # Errors
    /// [`AppError::StepUp`] when he did not show a second factor in the last 10 minutes.
    pub fn require_step_up(&self, now: Timestamp) -> Result<(), AppError> {
        let is_fresh = |at: Timestamp| at.duration_until(now).unsigned_abs() <= STEP_UP_LASTS;
        match self.who {
            Who::System => Ok(()),
            Who::Account { .. } | Who::Token { .. } if self.stepped_up_at.is_some_and(is_fresh) => Ok(()),
            Who::Account { .. } | Who::Token { .. } => Err(AppError::StepUp),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn principal(grants: &[(Role, &[i64])]) -> Principal {
        let part = |ids: &[i64]| Scope::Part {
            areas: ids.iter().map(|id| AreaId(*id)).collect(),
            halls: std::collections::BTreeSet::new(),
        };
        let grants = grants.iter().map(|(role, areas)| Grant { role: *role, scope: part(areas) }).collect();
        let who = Who::Account { id: AccountId(1), name: "ha".into() };
        Principal { who, grants, session: None, stepped_up_at: None, address: None }
    }

    #[test]
    fn a_role_counts_only_where_it_was_granted() {
        let asks = principal(&[(Role::Viewer, &[1, 2]), (Role::Admin, &[2])]);
        let sees = asks.require(Role::Viewer).unwrap();
        assert!(sees.has(AreaId(1), HallId(1)) && sees.has(AreaId(2), HallId(2)) && !sees.has(AreaId(3), HallId(3)));
        let changes = asks.require(Role::Technician).unwrap();
        assert!(!changes.has(AreaId(1), HallId(1)) && changes.has(AreaId(2), HallId(2)));
        assert!(matches!(asks.require_everywhere(Role::Viewer), Err(AppError::Forbidden(Role::Viewer))));
        assert!(Principal::system().require_everywhere(Role::Admin).is_ok());
    }

    #[test]
    fn who_was_granted_nothing_may_nothing() {
        for asks in [principal(&[]), principal(&[(Role::Admin, &[])])] {
            for role in Role::ALL {
                assert!(matches!(asks.require(role), Err(AppError::Forbidden(needed)) if needed == role));
            }
        }
    }

    #[test]
    fn a_second_factor_opens_for_ten_minutes_and_never_from_the_future() {
        let now: Timestamp = "2026-11-25T10:00:00Z".parse().unwrap();
        let mut asks = principal(&[(Role::Admin, &[1])]);
        assert!(matches!(asks.require_step_up(now), Err(AppError::StepUp)));
        for (seconds, is_open) in [(0, true), (600, true), (601, false), (-601, false)] {
            asks.stepped_up_at = Some(now - jiff::SignedDuration::from_secs(seconds));
            assert_eq!(asks.require_step_up(now).is_ok(), is_open, "{seconds} s ago");
        }
        assert!(Principal::system().require_step_up(now).is_ok());
    }

    #[test]
    fn roles_have_names_and_an_order() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        assert!("Admin".parse::<Role>().is_err() && Role::Viewer < Role::Technician && Role::Technician < Role::Admin);
    }
}
