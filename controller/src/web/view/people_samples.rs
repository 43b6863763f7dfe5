//! Samples of the pages about people: what tests render, and what people look at.

use inventory::secret::Secret;

use super::failure::Failure;
use super::login::{LoginPage, LoginStep, qr_svg};
use super::people::{
    AccountPage, GrantRow, PasskeyRow, PassphrasePage, SessionRow, StepUpPage, TokenRow, Told, ToldPage, UserRow,
    UsersPage,
};
use super::samples::{EVIL, frame, now};
use crate::app::passphrase::PassphraseFault;
use crate::app::principal::Role;
use crate::store::LinkPurpose;
use crate::web::frame::Frame;
use crate::web::language::Language;

fn site() -> Option<String> {
    Some("https://net.lamdong.example".to_owned())
}

/// Named samples of the log-in.
pub(super) fn login(language: Language) -> Vec<(&'static str, LoginPage)> {
    let frame = || Frame { is_signed_in: false, is_admin: false, ..frame(language, "/login") };
    let secret = |text: &str| Secret::new(text.to_owned());
    let name = |name: &str| LoginStep::Passphrase { name: name.to_owned() };
    let page = |next: &str, step| LoginPage::step(frame(), next.to_owned(), step);
    let (wrong, busy) = (Some(Failure::Wrong), Some(Failure::Busy { seconds: 64 }));
    let uri = secret("otpauth://totp/VillageNet:ha?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=VillageNet");
    let enrol = LoginStep::Enrol { ticket: secret("t"), secret: secret("GEZDGNBVGY3TQOJQ"), qr: qr_svg(&uri) };
    let codes = (0..10).map(|_| secret("gezd-gnbv-gy3t-qojq-gezd-gnbv")).collect();
    vec![
        ("first", page("/", name(""))),
        ("wrong", LoginPage { failure: wrong, ..page("/halls/dr-01", name("ha")) }),
        ("busy", LoginPage { failure: busy, ..page("/", name("ha")) }),
        ("code", page("/", LoginStep::Code { ticket: secret("t") })),
        ("passkey", LoginPage { passkey_site: site(), ..page("/", name("")) }),
        ("code-passkey", LoginPage { passkey_site: site(), ..page(EVIL, LoginStep::Code { ticket: secret(EVIL) }) }),
        ("enrol", page("/", enrol)),
        ("codes", page("/", LoginStep::Codes { codes })),
        ("evil", page(EVIL, name(EVIL))),
    ]
}

/// Named samples of the page that sets a pass phrase.
pub(super) fn passphrase(language: Language) -> Vec<(&'static str, PassphrasePage)> {
    let frame = || Frame { is_signed_in: false, ..frame(language, "/setup/x") };
    let page = |purpose, name: &str| PassphrasePage {
        frame: frame(),
        purpose,
        action: "/setup/x".to_owned(),
        name: name.to_owned(),
        failure: None,
    };
    let short = Some(Failure::Passphrase(PassphraseFault::TooShort(15)));
    vec![
        ("setup", page(LinkPurpose::SetUp, "")),
        ("short", PassphrasePage { failure: short, ..page(LinkPurpose::Invite, "ha") }),
        ("evil", page(LinkPurpose::Reset, EVIL)),
    ]
}

/// Named samples of the page about one's own account.
pub(super) fn account(language: Language) -> Vec<(&'static str, AccountPage)> {
    let page = |text: &str| AccountPage {
        frame: frame(language, "/account"),
        name: text.to_owned(),
        grants: vec![GrantRow { role: Role::Admin, area: None }],
        has_second_factor: true,
        recovery_left: 3,
        passkeys: vec![
            PasskeyRow { id: 1, name: text.to_owned(), used_at: Some(now()) },
            PasskeyRow { id: 2, name: text.to_owned(), used_at: None },
        ],
        passkey_site: site(),
        administers: true,
        sessions: vec![SessionRow {
            id: 1,
            created_at: now(),
            used_at: now(),
            address: Some("192.0.2.7".to_owned()),
            browser: text.to_owned(),
            is_current: true,
        }],
        tokens: vec![TokenRow {
            id: 1,
            name: text.to_owned(),
            role: Role::Viewer,
            area: Some(text.to_owned()),
            expires_at: Some(now()),
        }],
        roles: vec![Role::Viewer, Role::Technician, Role::Admin],
        areas: vec![("24937".to_owned(), text.to_owned())],
        failure: Some(Failure::Differ),
    };
    vec![("some", page("ha")), ("evil", page(EVIL))]
}

/// Named samples of the page about people.
pub(super) fn users(language: Language) -> Vec<(&'static str, UsersPage)> {
    let user = |name: &str, is_disabled| UserRow {
        id: 1 + i64::from(is_disabled),
        name: name.to_owned(),
        grants: vec![GrantRow { role: Role::Technician, area: Some(name.to_owned()) }],
        awaits_confirmation: is_disabled,
        is_disabled,
        has_passphrase: !is_disabled,
        has_second_factor: false,
        logged_in_at: Some(now()),
    };
    let page = |name: &str| UsersPage {
        frame: frame(language, "/users"),
        users: vec![user(name, false), user(name, true)],
        next: Some("cursor".to_owned()),
        areas: vec![("24937".to_owned(), name.to_owned())],
        failure: Some(Failure::LastAdministrator),
    };
    vec![("some", page("ha")), ("evil", page(EVIL))]
}

/// Named samples of what is told once.
pub(super) fn told(language: Language) -> Vec<(&'static str, ToldPage)> {
    let page = |what, secrets: Vec<&str>| ToldPage {
        frame: frame(language, "/users"),
        what,
        back: "/users",
        secrets: secrets.into_iter().map(|text| Secret::new(text.to_owned())).collect(),
        until: Some(now()),
    };
    vec![
        ("link", page(Told::Link, vec!["http://127.0.0.1:8080/link/account/x"])),
        ("token", page(Told::Token, vec!["x"])),
        ("codes", page(Told::RecoveryCodes, vec!["a", "b"])),
    ]
}

/// Named samples of the page that asks for the second factor again.
pub(super) fn step_up(language: Language) -> Vec<(&'static str, StepUpPage)> {
    let frame = || frame(language, "/step-up");
    vec![
        ("first", StepUpPage { frame: frame(), next: "/users".to_owned(), passkey_site: None, failure: None }),
        (
            "evil",
            StepUpPage {
                frame: frame(),
                next: EVIL.to_owned(),
                passkey_site: site(),
                failure: Some(Failure::WrongCode),
            },
        ),
    ]
}
