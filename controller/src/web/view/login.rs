//! The log-in, step by step: name and pass phrase, then the second factor, which is set up where there is none yet.

use askama::Template;
use inventory::secret::Secret;

use super::failure::Failure;
use crate::web::assets;
use crate::web::frame::Frame;

/// The page `/login`. Its forms carry `next`.
#[derive(Clone, Template)]
#[template(path = "login.html")]
pub struct LoginPage {
    /// What every page knows; nobody is signed in yet.
    pub frame: Frame,
    /// Where to go afterwards: run it through [`safe_next`] before it comes here and again when the form comes back.
    pub next: String,
    /// What is asked for.
    pub step: LoginStep,
    /// Why the last try did not work.
    pub failure: Option<Failure>,
    /// Whether somebody has just set a pass phrase and logs in with it now.
    pub is_new: bool,
    /// The address by which people have to come for passkeys, where one can be used in this step.
    pub passkey_site: Option<String>,
}

/// What is asked for.
#[derive(Clone)]
pub enum LoginStep {
    /// Name and pass phrase, posted to `/login` as `username` and `password`.
    Passphrase {
        /// What was typed as a name.
        name: String,
    },
    /// A code, posted to `/login/code` as `ticket` and `code`.
    Code {
        /// Goes on with this log-in.
        ticket: Secret,
    },
    /// The first code of an authenticator app that is being set up, posted to `/login/enrol`.
    Enrol {
        /// Goes on with this log-in.
        ticket: Secret,
        /// For the app, to be typed.
        secret: Secret,
        /// For the app, to be scanned: an SVG.
        qr: Secret,
    },
    /// Nothing: the log-in is done, and these are told once.
    Codes {
        /// The recovery codes.
        codes: Vec<Secret>,
    },
}

impl LoginPage {
    fn failure_text(&self) -> Option<String> {
        self.failure.as_ref().map(|failure| failure.text(&self.frame))
    }

    /// The page with this step, when nothing went wrong yet.
    pub fn step(frame: Frame, next: String, step: LoginStep) -> LoginPage {
        LoginPage { frame, next, step, failure: None, is_new: false, passkey_site: None }
    }
}

/// A secret in groups of four letters, easier to type.
pub(super) fn grouped(secret: &Secret) -> String {
    let letters: Vec<char> = secret.reveal().chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join(" ")
}

/// A text as a QR code: an SVG, dark on light with its quiet zone, whatever the page's colours.
pub fn qr_svg(text: &Secret) -> Secret {
    let code = qrcode::QrCode::new(text.reveal().as_bytes()).expect("an address of ours is short enough for a QR code");
    let svg = code.render::<qrcode::render::svg::Color<'_>>().min_dimensions(240, 240).build();
    // Inside of HTML there is no XML declaration.
    let start = svg.find("<svg").unwrap_or(0);
    Secret::new(svg[start..].to_owned())
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
