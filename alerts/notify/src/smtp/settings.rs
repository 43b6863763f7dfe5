//! What a mail channel is configured with, checked before any socket.

use std::net::IpAddr;
use std::time::Duration;

use inventory::secret::Secret;
use lettre::Address;
use lettre::message::Mailbox;
use lettre::transport::smtp::client::{Certificate, TlsParameters};

use super::session::{Login, Server};
use crate::language::Language;

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// Not at all: a relay on this machine, or one in a network that is trusted.
    None,
    /// STARTTLS (RFC 3207), usually port 587. Required: a server that does not offer it gets no mail.
    StartTls,
    /// TLS from the first byte (RFC 8314), usually port 465.
    Tls,
}

/// The text names no protection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is none of none, starttls, tls")]
pub struct TlsError(pub String);

impl Tls {
    /// Every protection.
    pub const ALL: [Tls; 3] = [Tls::None, Tls::StartTls, Tls::Tls];

    /// The word in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Tls::None => "none",
            Tls::StartTls => "starttls",
            Tls::Tls => "tls",
        }
    }

    /// The registered port: 25 (RFC 5321), 587 (RFC 6409) or 465 (RFC 8314).
    pub fn default_port(self) -> u16 {
        match self {
            Tls::None => 25,
            Tls::StartTls => 587,
            Tls::Tls => 465,
        }
    }
}

impl std::str::FromStr for Tls {
    type Err = TlsError;
    fn from_str(text: &str) -> Result<Self, TlsError> {
        Self::ALL.into_iter().find(|tls| tls.as_str() == text).ok_or_else(|| TlsError(text.to_owned()))
    }
}

/// The settings of a mail channel.
pub struct SmtpSettings {
    /// The server: a name or an IP address. With TLS, its certificate must be for it.
    pub host: String,
    /// Its port; [`Tls::default_port`] when nothing else is said.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// The content of a PEM file: authorities to trust beside Mozilla's, for a server of one's own.
    pub ca_pem: Option<Vec<u8>>,
    /// The user to log in as.
    pub user: Option<String>,
    /// Their password.
    pub password: Option<Secret>,
    /// The sender: `VillageNet <canhbao@example.vn>` or only the address.
    pub from: String,
    /// The receivers, in the same form.
    pub to: Vec<String>,
    /// The language of subject and text.
    pub language: Language,
    /// For one attempt: [`super::TIMEOUT`].
    pub timeout: Duration,
}

/// Everything that is wrong with the settings, each with its key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("; "))]
pub struct SmtpSettingsError(pub Vec<String>);

/// Settings, checked.
pub(super) struct Parts {
    pub(super) server: Server,
    pub(super) from: Mailbox,
    pub(super) to: Vec<Mailbox>,
    pub(super) language: Language,
    pub(super) timeout: Duration,
}

/// Checks all of it.
pub(super) fn check(settings: SmtpSettings) -> Result<Parts, SmtpSettingsError> {
    let mut faults = Vec::new();
    if settings.host.trim().is_empty() {
        faults.push("host: is empty".to_owned());
    }
    if settings.port == 0 {
        faults.push("port: must be from 1 to 65535".to_owned());
    }
    let from = mailbox(&settings.from, "from", &mut faults);
    let to: Vec<Mailbox> = settings.to.iter().filter_map(|to| mailbox(to, "to", &mut faults)).collect();
    if settings.to.is_empty() {
        faults.push("to: names nobody".to_owned());
    }
    let login = login(&settings, &mut faults);
    let tls = tls_parameters(&settings, &mut faults);
    match from {
        Some(from) if faults.is_empty() => Ok(Parts {
            server: Server {
                host: settings.host,
                port: settings.port,
                start_tls: settings.tls == Tls::StartTls,
                tls,
                login,
                timeout: settings.timeout,
            },
            from,
            to,
            language: settings.language,
            timeout: settings.timeout,
        }),
        _ => Err(SmtpSettingsError(faults)),
    }
}

fn mailbox(text: &str, key: &str, faults: &mut Vec<String>) -> Option<Mailbox> {
    let fault = match text.parse::<Mailbox>() {
        Ok(mailbox) if !is_plain(&mailbox.email) => "must be an address in ASCII",
        Ok(mailbox) if mailbox.name.as_deref().is_some_and(|name| name.contains(char::is_control)) => {
            "has a control character"
        }
        Ok(mailbox) => return Some(mailbox),
        Err(_) => "is no address like canhbao@example.vn",
    };
    faults.push(format!("{key}: {text:?} {fault}"));
    None
}

/// Addresses beyond ASCII need SMTPUTF8 on every relay of the way, which cannot be counted on.
fn is_plain(address: &Address) -> bool {
    <Address as AsRef<str>>::as_ref(address).bytes().all(|byte| byte.is_ascii_graphic())
}

fn login(settings: &SmtpSettings, faults: &mut Vec<String>) -> Option<Login> {
    let (user, password) = match (&settings.user, &settings.password) {
        (None, None) => return None,
        (Some(user), Some(password)) => (user.clone(), password.clone()),
        (Some(_), None) => {
            faults.push("password: is missing, but there is a user".to_owned());
            return None;
        }
        (None, Some(_)) => {
            faults.push("user: is missing, but there is a password".to_owned());
            return None;
        }
    };
    if settings.tls == Tls::None && !is_loopback(&settings.host) {
        faults.push("tls: must be starttls or tls when there is a password, or it could be read on the way".to_owned());
    }
    Some(Login { user, password })
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn tls_parameters(settings: &SmtpSettings, faults: &mut Vec<String>) -> Option<TlsParameters> {
    if settings.tls == Tls::None {
        return None;
    }
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(pem) = &settings.ca_pem {
        // Text without a single certificate parses to none of them.
        let has_certificate = pem.windows(CERTIFICATE.len()).any(|window| window == CERTIFICATE);
        match Certificate::from_pem(pem) {
            Ok(certificate) if has_certificate => builder = builder.add_root_certificate(certificate),
            _ => faults.push("ca: is no PEM file with certificates".to_owned()),
        }
    }
    match builder.build() {
        Ok(parameters) => Some(parameters),
        Err(error) => {
            faults.push(format!("tls: {error}"));
            None
        }
    }
}

const CERTIFICATE: &[u8] = b"-----BEGIN CERTIFICATE-----";

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> SmtpSettings {
        SmtpSettings {
            host: "mail.example.vn".to_owned(),
            port: 587,
            tls: Tls::StartTls,
            ca_pem: None,
            user: Some("canhbao".to_owned()),
            password: Some(Secret::new("pa55".to_owned())),
            from: "VillageNet <canhbao@example.vn>".to_owned(),
            to: vec!["kythuat@example.vn".to_owned()],
            language: Language::Vi,
            timeout: super::super::TIMEOUT,
        }
    }

    fn faults(change: impl FnOnce(&mut SmtpSettings)) -> Vec<String> {
        let mut settings = settings();
        change(&mut settings);
        check(settings).err().map(|error| error.0).unwrap_or_default()
    }

    #[test]
    fn good_settings_are_taken() {
        assert_eq!(faults(|_| {}), [""; 0]);
        assert_eq!(faults(|s| (s.user, s.password, s.tls) = (None, None, Tls::None)), [""; 0]);
        assert_eq!(faults(|s| s.to.push("Đội kỹ thuật <doi@example.vn>".to_owned())), [""; 0]);
    }

    #[test]
    fn every_fault_is_named_with_its_key() {
        assert_eq!(faults(|s| s.host = " ".to_owned())[0], "host: is empty");
        assert_eq!(faults(|s| s.port = 0), ["port: must be from 1 to 65535"]);
        assert_eq!(faults(|s| s.to.clear()), ["to: names nobody"]);
        assert_eq!(faults(|s| s.password = None), ["password: is missing, but there is a user"]);
        assert_eq!(faults(|s| s.user = None), ["user: is missing, but there is a password"]);
        assert_eq!(faults(|s| s.ca_pem = Some(b"hello".to_vec())), ["ca: is no PEM file with certificates"]);
        let two = faults(|s| (s.from, s.to) = ("x".to_owned(), vec!["kỹthuật@example.vn".to_owned()]));
        assert_eq!(two.len(), 2, "{two:?}");
        assert!(two[0].starts_with("from: \"x\" is no address") && two[1].ends_with("in ASCII"), "{two:?}");
    }

    #[test]
    fn an_address_cannot_bring_a_header_or_a_command_with_it() {
        for evil in ["a@b.vn\r\nBcc: x@y.vn", "a@b.vn>\r\nDATA", "\"a\r\nb\"@b.vn", "A\r\nBcc: x <a@b.vn>", "a b@c.vn"]
        {
            assert_ne!(faults(|s| s.from = evil.to_owned()), [""; 0], "{evil:?}");
        }
    }

    #[test]
    fn a_password_is_never_sent_in_the_clear_beyond_this_machine() {
        assert!(faults(|s| s.tls = Tls::None)[0].starts_with("tls: must be starttls or tls"));
        for host in ["127.0.0.1", "::1", "localhost"] {
            assert_eq!(faults(|s| (s.tls, s.host) = (Tls::None, host.to_owned())), [""; 0]);
        }
    }

    #[test]
    fn no_fault_shows_the_password() {
        let all = faults(|s| (s.host, s.port, s.tls, s.from) = (String::new(), 0, Tls::None, "x".to_owned()));
        assert!(all.len() >= 4 && !all.join(" ").contains("pa55"), "{all:?}");
    }
}
