//! The log-in: one token until people and pass phrases arrive.

use askama::Template;

use crate::web::assets;
use crate::web::frame::Frame;

/// The page `/login`. Its form is posted to `/login` with `token` and `next`.
#[derive(Debug, Clone, Template)]
#[template(path = "login.html")]
pub struct LoginPage {
    /// What every page knows; nobody is signed in yet.
    pub frame: Frame,
    /// Where to go afterwards: run it through [`safe_next`] before it comes here and again when the form comes back.
    pub next: String,
    /// Why the last try did not work.
    pub failure: Option<LoginFailure>,
}

/// Why a log-in was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginFailure {
    /// The token is not the right one.
    WrongToken,
}

impl LoginPage {
    fn failure_text(&self) -> Option<String> {
        self.failure.map(|failure| match failure {
            LoginFailure::WrongToken => self.frame.t("login-wrong"),
        })
    }
}

/// The path to go to after the log-in, if it is one of ours: `/` and what follows, but nothing that a browser reads as
/// another host (`//host`, `/\host`) or as a header (control characters). Anything else leads to the overview.
pub fn safe_next(next: &str) -> &str {
    let is_ours = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && !next.starts_with("/login")
        && !next.chars().any(|c| c.is_control() || c.is_whitespace());
    if is_ours { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::safe_next;

    #[test]
    fn a_log_in_never_leads_to_another_host() {
        assert_eq!(safe_next("/halls/dr-01?lang=en"), "/halls/dr-01?lang=en");
        for evil in ["//evil.example", "/\\evil.example", "https://evil.example", "", "/a\r\nSet-Cookie:x", "/login"] {
            assert_eq!(safe_next(evil), "/", "{evil:?}");
        }
    }
}
