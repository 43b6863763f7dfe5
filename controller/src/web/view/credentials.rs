//! The page `/credentials`: what opens devices.

use askama::Template;
use inventory::credential::CredentialKind;
use inventory::credential::part::Outline;
use inventory::snmp_v3::{AuthAlgorithm, PrivacyAlgorithm};

use super::failure::{Failure, part_text};
use crate::store::CredentialRecord;
use crate::web::assets;
use crate::web::frame::Frame;

/// The page.
#[derive(Clone, Template)]
#[template(path = "credentials.html")]
pub struct CredentialsPage {
    /// What every page knows.
    pub frame: Frame,
    /// The profiles.
    pub credentials: Vec<CredentialRecord>,
    /// Leads to more.
    pub next: Option<String>,
    /// Whether the vault is locked: then there are no forms.
    pub is_locked: bool,
    /// Why nothing was changed.
    pub failure: Option<Failure>,
}

/// A choice of a form: the word, what people read, and whether it is the one of now.
struct Choice {
    word: &'static str,
    text: String,
    is_now: bool,
}

impl CredentialsPage {
    fn failure_text(&self) -> Option<String> {
        self.failure.as_ref().map(|failure| failure.text(&self.frame))
    }

    fn kind(&self, kind: CredentialKind) -> String {
        self.frame.t(match kind {
            CredentialKind::SnmpV1 => "credential-kind-snmp-v1",
            CredentialKind::SnmpV2c => "credential-kind-snmp-v2c",
            CredentialKind::SnmpV3 => "credential-kind-snmp-v3",
            CredentialKind::Ssh => "credential-kind-ssh",
        })
    }

    /// Kind and plain settings in one line.
    fn outline(&self, record: &CredentialRecord) -> String {
        let mut words = vec![self.kind(record.outline.kind())];
        match &record.outline {
            Outline::SnmpV1 | Outline::SnmpV2c => {}
            Outline::SnmpV3 { user, auth, privacy } => {
                words.push(user.clone());
                words.extend(auth.map(|algorithm| algorithm.as_str().to_owned()));
                words.extend(privacy.map(|algorithm| algorithm.as_str().to_owned()));
            }
            Outline::Ssh { user, port, legacy_until: _ } => {
                words.extend([user.clone(), format!("{} {port}", self.frame.t("credential-port"))]);
            }
        }
        words.join(" · ")
    }

    fn secrets(&self, record: &CredentialRecord) -> String {
        if record.secrets.is_empty() {
            return self.frame.t("credential-has-none");
        }
        let names: Vec<String> = record.secrets.iter().map(|part| part_text(&self.frame, *part)).collect();
        format!("{}: {}", self.frame.t("credential-has"), names.join(", "))
    }

    fn devices(&self, record: &CredentialRecord) -> String {
        self.frame.n("credential-devices", usize::try_from(record.devices).unwrap_or(usize::MAX))
    }

    /// The form for what a profile is now, or for a new one of this kind.
    fn form(&self, kind: CredentialKind, record: Option<&CredentialRecord>) -> CredentialForm {
        let id = record.map_or_else(|| kind.as_str().to_owned(), |record| format!("c{}", record.id));
        let blank = (String::new(), None, None, "22".to_owned(), String::new());
        let (user, auth, privacy, port, legacy_until) = match record.map(|record| &record.outline) {
            None | Some(Outline::SnmpV1 | Outline::SnmpV2c) => blank,
            Some(Outline::SnmpV3 { user, auth, privacy }) => {
                (user.clone(), *auth, *privacy, String::new(), String::new())
            }
            Some(Outline::Ssh { user, port, legacy_until }) => {
                let day = legacy_until.map(|day| day.to_string()).unwrap_or_default();
                (user.clone(), None, None, port.to_string(), day)
            }
        };
        // A new profile begins with what is safe.
        let is_new = record.is_none();
        let auth = if is_new { Some(AuthAlgorithm::Sha256) } else { auth };
        let privacy = if is_new { Some(PrivacyAlgorithm::Aes128) } else { privacy };
        CredentialForm { frame: self.frame.clone(), id, kind, is_new, user, auth, privacy, port, legacy_until }
    }
}

/// The fields of one kind.
#[derive(Template)]
#[template(path = "part/credential_fields.html")]
struct CredentialForm {
    frame: Frame,
    id: String,
    kind: CredentialKind,
    is_new: bool,
    user: String,
    auth: Option<AuthAlgorithm>,
    privacy: Option<PrivacyAlgorithm>,
    port: String,
    legacy_until: String,
}

impl CredentialForm {
    fn auths(&self) -> Vec<Choice> {
        let choice = |algorithm: AuthAlgorithm| {
            self.choice(algorithm.as_str(), algorithm.is_weak(), self.auth == Some(algorithm))
        };
        self.with_none(self.auth.is_none(), AuthAlgorithm::ALL.map(choice).into())
    }

    fn privacies(&self) -> Vec<Choice> {
        let choice = |algorithm: PrivacyAlgorithm| {
            self.choice(algorithm.as_str(), algorithm.is_weak(), self.privacy == Some(algorithm))
        };
        self.with_none(self.privacy.is_none(), PrivacyAlgorithm::ALL.map(choice).into())
    }

    fn choice(&self, word: &'static str, is_weak: bool, is_now: bool) -> Choice {
        let text = if is_weak { format!("{word} ({})", self.frame.t("credential-weak")) } else { word.to_owned() };
        Choice { word, text, is_now }
    }

    fn with_none(&self, is_now: bool, mut choices: Vec<Choice>) -> Vec<Choice> {
        choices.push(Choice { word: "", text: self.frame.t("credential-no-algorithm"), is_now });
        choices
    }
}
