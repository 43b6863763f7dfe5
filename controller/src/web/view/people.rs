//! The pages about people: setting a pass phrase by a link, one's own account, everybody's, and what is told once.

use askama::Template;
use inventory::secret::Secret;
use jiff::Timestamp;

use super::failure::Failure;
use crate::app::passphrase::{LEAST, LEAST_ADMIN};
use crate::app::principal::Role;
use crate::store::LinkPurpose;
use crate::web::assets;
use crate::web::frame::Frame;

/// The page behind a link: it asks for a new pass phrase twice, and at set-up for a name.
#[derive(Clone, Template)]
#[template(path = "passphrase.html")]
pub struct PassphrasePage {
    /// What every page knows.
    pub frame: Frame,
    /// What the link is for.
    pub purpose: LinkPurpose,
    /// Where the form goes: the link itself.
    pub action: String,
    /// The name of the account; at set-up what was typed.
    pub name: String,
    /// Why the last try did not work.
    pub failure: Option<Failure>,
}

/// A role, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantRow {
    /// The role.
    pub role: Role,
    /// The name of the area; `None` is everywhere.
    pub area: Option<String>,
}

/// A session.
#[derive(Debug, Clone)]
pub struct SessionRow {
    /// Its id.
    pub id: i64,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was last used.
    pub used_at: Timestamp,
    /// From where.
    pub address: Option<String>,
    /// By what browser.
    pub browser: String,
    /// Whether it is this one.
    pub is_current: bool,
}

/// A passkey.
#[derive(Debug, Clone)]
pub struct PasskeyRow {
    /// Its id.
    pub id: i64,
    /// What its owner calls it.
    pub name: String,
    /// When it was last used.
    pub used_at: Option<Timestamp>,
}

/// A token.
#[derive(Debug, Clone)]
pub struct TokenRow {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// What it may do at most.
    pub role: Role,
    /// Where at most.
    pub area: Option<String>,
    /// Good until then.
    pub expires_at: Option<Timestamp>,
}

/// The page `/account`.
#[derive(Clone, Template)]
#[template(path = "account.html")]
pub struct AccountPage {
    /// What every page knows.
    pub frame: Frame,
    /// The name.
    pub name: String,
    /// What was granted.
    pub grants: Vec<GrantRow>,
    /// Whether there is a second factor.
    pub has_second_factor: bool,
    /// How many recovery codes are left.
    pub recovery_left: i64,
    /// One's passkeys.
    pub passkeys: Vec<PasskeyRow>,
    /// The address by which people have to come for passkeys, where there can be any.
    pub passkey_site: Option<String>,
    /// Whether to lead to the page about people and the log.
    pub administers: bool,
    /// One's sessions.
    pub sessions: Vec<SessionRow>,
    /// One's tokens.
    pub tokens: Vec<TokenRow>,
    /// What a token may be given.
    pub roles: Vec<Role>,
    /// Code and name of the areas of today.
    pub areas: Vec<(String, String)>,
    /// Why the pass phrase was not changed.
    pub failure: Option<Failure>,
}

/// An account on the page about people.
#[derive(Debug, Clone)]
pub struct UserRow {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// What was granted to it.
    pub grants: Vec<GrantRow>,
    /// Whether areas were merged or moved since, and nobody said yet that it is to cover what they cover now.
    pub awaits_confirmation: bool,
    /// Whether it is disabled.
    pub is_disabled: bool,
    /// Whether its owner has set a pass phrase.
    pub has_passphrase: bool,
    /// Whether it has a second factor.
    pub has_second_factor: bool,
    /// When its owner last logged in.
    pub logged_in_at: Option<Timestamp>,
}

/// The page `/users`.
#[derive(Clone, Template)]
#[template(path = "users.html")]
pub struct UsersPage {
    /// What every page knows.
    pub frame: Frame,
    /// The accounts.
    pub users: Vec<UserRow>,
    /// Leads to more.
    pub next: Option<String>,
    /// Code and name of the areas of today.
    pub areas: Vec<(String, String)>,
    /// Why nothing was changed.
    pub failure: Option<Failure>,
}

/// What is told once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// A link for somebody else.
    Link,
    /// A token.
    Token,
    /// Recovery codes.
    RecoveryCodes,
}

/// The page that tells a secret once.
#[derive(Clone, Template)]
#[template(path = "told.html")]
pub struct ToldPage {
    /// What every page knows.
    pub frame: Frame,
    /// What it is.
    pub what: Told,
    /// Where to go on.
    pub back: &'static str,
    /// It.
    pub secrets: Vec<Secret>,
    /// Good until then.
    pub until: Option<Timestamp>,
}

/// The page `/step-up`. Its form carries `next`.
#[derive(Clone, Template)]
#[template(path = "step_up.html")]
pub struct StepUpPage {
    /// What every page knows.
    pub frame: Frame,
    /// Where to go on: run it through `safe_next`.
    pub next: String,
    /// The address by which people have to come for passkeys, where one can be used.
    pub passkey_site: Option<String>,
    /// Why the last try did not work.
    pub failure: Option<Failure>,
}

impl PassphrasePage {
    fn title(&self) -> String {
        self.frame.t(match self.purpose {
            LinkPurpose::SetUp => "setup-title",
            LinkPurpose::Invite => "invite-title",
            LinkPurpose::Reset => "reset-title",
        })
    }

    fn what(&self) -> String {
        match self.purpose {
            LinkPurpose::SetUp => self.frame.t("setup-what"),
            LinkPurpose::Invite | LinkPurpose::Reset => self.frame.t1("invite-what", "name", &self.name),
        }
    }

    fn is_set_up(&self) -> bool {
        self.purpose == LinkPurpose::SetUp
    }

    fn rules(&self) -> String {
        rules(&self.frame)
    }

    fn failure_text(&self) -> Option<String> {
        self.failure.as_ref().map(|failure| failure.text(&self.frame))
    }
}

impl AccountPage {
    fn failure_text(&self) -> Option<String> {
        self.failure.as_ref().map(|failure| failure.text(&self.frame))
    }

    fn rules(&self) -> String {
        rules(&self.frame)
    }

    fn role(&self, role: &Role) -> String {
        role_text(&self.frame, *role)
    }

    fn grant(&self, grant: &GrantRow) -> String {
        grant_text(&self.frame, grant)
    }
}

impl UsersPage {
    fn failure_text(&self) -> Option<String> {
        self.failure.as_ref().map(|failure| failure.text(&self.frame))
    }

    fn roles(&self) -> Vec<(&'static str, String)> {
        Role::ALL.into_iter().map(|role| (role.as_str(), role_text(&self.frame, role))).collect()
    }

    fn grant(&self, grant: &GrantRow) -> String {
        grant_text(&self.frame, grant)
    }

    fn state(&self, user: &UserRow) -> String {
        self.frame.t(match (user.is_disabled, user.has_passphrase) {
            (true, _) => "user-disabled",
            (false, false) => "user-invited",
            (false, true) if user.has_second_factor => "user-two-factors",
            (false, true) => "user-one-factor",
        })
    }
}

impl ToldPage {
    fn title(&self) -> String {
        self.frame.t(match self.what {
            Told::Link => "told-link",
            Told::Token => "told-token",
            Told::RecoveryCodes => "recovery-codes",
        })
    }

    fn next_step(&self) -> String {
        self.frame.t(match self.what {
            Told::Link => "told-link-what",
            Told::Token => "told-token-what",
            Told::RecoveryCodes => "recovery-codes-what",
        })
    }
}

impl StepUpPage {
    fn failure_text(&self) -> Option<String> {
        self.failure.as_ref().map(|failure| failure.text(&self.frame))
    }
}

fn rules(frame: &Frame) -> String {
    frame.t2("passphrase-rules", "least", LEAST, "admin", LEAST_ADMIN)
}

fn role_text(frame: &Frame, role: Role) -> String {
    frame.t(match role {
        Role::Viewer => "role-viewer",
        Role::Technician => "role-technician",
        Role::Admin => "role-admin",
    })
}

fn grant_text(frame: &Frame, grant: &GrantRow) -> String {
    let area = grant.area.clone().unwrap_or_else(|| frame.t("everywhere"));
    format!("{} · {area}", role_text(frame, grant.role))
}
