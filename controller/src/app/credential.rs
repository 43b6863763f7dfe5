//! Credential profiles: what opens devices. Secrets go in and never come out: who reads a profile sees which secrets it
//! has, not what they are.

use std::collections::BTreeMap;
use std::sync::Arc;

use inventory::credential::part::{Outline, SecretPart};
use inventory::credential::{Credential, CredentialKind, ProfileName, Ssh};
use inventory::secret::Secret;
use inventory::snmp_v3::{AuthAlgorithm, PrivacyAlgorithm};
use jiff::civil::Date;
use serde_json::json;

use super::App;
use super::audit::Actor;
use super::error::AppError;
use super::principal::{Principal, Role};
use crate::credentials::Credentials;
use crate::store::{
    AuditAction, AuditEntry, CredentialDeleted, CredentialMade, CredentialRecord, Page, PageAsk, StoreError,
};
use crate::vault::Keyring;

/// What of a profile is to be other than it is. What is `None`, and a secret that is not named, stays.
#[derive(Default)]
pub struct CredentialEdit {
    /// SNMPv3 and SSH: the user.
    pub user: Option<String>,
    /// SNMPv3: how messages are authenticated; `Some(None)` not at all.
    pub auth: Option<Option<AuthAlgorithm>>,
    /// SNMPv3: how messages are encrypted; `Some(None)` not at all.
    pub privacy: Option<Option<PrivacyAlgorithm>>,
    /// SSH: the port.
    pub port: Option<u16>,
    /// SSH: the last day of old algorithms; `Some(None)` they are not spoken.
    pub legacy_until: Option<Option<Date>>,
    /// Secrets that are new, or with `None` taken away.
    pub secrets: BTreeMap<SecretPart, Option<Secret>>,
}

impl CredentialEdit {
    /// The words of what is set: which parts, never what they are.
    fn words(&self) -> Vec<&'static str> {
        let plain = [
            ("user", self.user.is_some()),
            ("auth", self.auth.is_some()),
            ("privacy", self.privacy.is_some()),
            ("port", self.port.is_some()),
            ("legacy_until", self.legacy_until.is_some()),
        ];
        plain.into_iter().filter(|(_, is_set)| *is_set).map(|(word, _)| word).collect()
    }

    fn details(&self, kind: CredentialKind) -> serde_json::Value {
        let secrets: Vec<&str> = self.secrets.keys().map(|part| part.as_str()).collect();
        json!({ "kind": kind.as_str(), "settings": self.words(), "secrets": secrets })
    }

    /// The credential that comes of it.
    fn apply(self, before: Outline, mut secrets: BTreeMap<SecretPart, Secret>) -> Result<Credential, AppError> {
        let kind = before.kind();
        let is_strange = |word: &&str| match kind {
            CredentialKind::SnmpV1 | CredentialKind::SnmpV2c => true,
            CredentialKind::SnmpV3 => matches!(*word, "port" | "legacy_until"),
            CredentialKind::Ssh => matches!(*word, "auth" | "privacy"),
        };
        if let Some(word) = self.words().into_iter().find(is_strange) {
            return Err(AppError::Invalid(format!("{word} is not for a credential of kind {}", kind.as_str())));
        }
        let outline = match before {
            Outline::SnmpV1 => Outline::SnmpV1,
            Outline::SnmpV2c => Outline::SnmpV2c,
            Outline::SnmpV3 { user, auth, privacy } => Outline::SnmpV3 {
                user: self.user.unwrap_or(user),
                auth: self.auth.unwrap_or(auth),
                privacy: self.privacy.unwrap_or(privacy),
            },
            Outline::Ssh { user, port, legacy_until } => Outline::Ssh {
                user: self.user.unwrap_or(user),
                port: self.port.unwrap_or(port),
                legacy_until: self.legacy_until.unwrap_or(legacy_until),
            },
        };
        for (part, secret) in self.secrets {
            match secret {
                Some(secret) => drop(secrets.insert(part, secret)),
                None => drop(secrets.remove(&part)),
            }
        }
        if let Outline::SnmpV3 { auth, privacy, .. } = &outline {
            // Without the algorithm the pass phrase is of no use, and is not kept.
            secrets.retain(|part, _| match part {
                SecretPart::Auth => auth.is_some(),
                SecretPart::Privacy => privacy.is_some(),
                SecretPart::Community | SecretPart::Password | SecretPart::Key | SecretPart::Passphrase => true,
            });
        }
        Credential::of_parts(outline, secrets).map_err(AppError::Credential)
    }
}

/// A profile of this kind of which nothing is known yet.
fn blank(kind: CredentialKind) -> Outline {
    match kind {
        CredentialKind::SnmpV1 => Outline::SnmpV1,
        CredentialKind::SnmpV2c => Outline::SnmpV2c,
        CredentialKind::SnmpV3 => Outline::SnmpV3 { user: String::new(), auth: None, privacy: None },
        CredentialKind::Ssh => Outline::Ssh { user: String::new(), port: Ssh::PORT, legacy_until: None },
    }
}

impl App {
    /// The credential profiles as the running parts have them.
    pub fn credentials(&self) -> Arc<Credentials> {
        Arc::clone(&self.credentials.borrow())
    }

    /// Profiles by name.
    ///
    /// # Errors
    /// For who does not administer everything; the cursor is none of ours; or they cannot be read.
    pub async fn credential_list(
        &self,
        principal: &Principal,
        ask: &PageAsk,
    ) -> Result<Page<CredentialRecord>, AppError> {
        principal.require_everywhere(Role::Admin)?;
        Ok(self.db.credential_list(ask).await?)
    }

    /// A profile.
    ///
    /// # Errors
    /// For who does not administer everything; there is none of this name; or it cannot be read.
    pub async fn credential(&self, principal: &Principal, name: &str) -> Result<CredentialRecord, AppError> {
        principal.require_everywhere(Role::Admin)?;
        let missing = || AppError::NotFound { what: "credential profile", id: name.to_owned() };
        let known: ProfileName = name.parse().map_err(|_| missing())?;
        self.db.credential_by_name(&known).await?.ok_or_else(missing)
    }

    /// Makes a profile.
    ///
    /// # Errors
    /// For who does not administer everything or showed no second factor; the parts make no credential; the name is bad
    /// or taken; the vault is locked; or it cannot be written.
    pub async fn credential_create(
        &self,
        principal: &Principal,
        name: &str,
        kind: CredentialKind,
        edit: CredentialEdit,
    ) -> Result<CredentialRecord, AppError> {
        let actor = self.credential_actor(principal)?;
        let known: ProfileName = name.parse().map_err(|error| AppError::Invalid(format!("name {name:?} {error}")))?;
        let details = edit.details(kind);
        let credential = edit.apply(blank(kind), BTreeMap::new())?;
        let (db, known, credential) = (&self.db, &known, &credential);
        let entry = &self.credential_entry(&actor, AuditAction::CredentialCreate, known, details);
        let create = |ring: Arc<Keyring>| async move { db.credential_create(&ring, known, credential, entry).await };
        match self.keys.with_ring(create).await? {
            CredentialMade::Made(_) => self.credential(principal, name).await,
            CredentialMade::NameTaken => Err(AppError::Conflict(format!(
                "there is a credential profile {name:?}; change that one, or take another name"
            ))),
        }
    }

    /// Changes a profile. Agents that poll its devices have it within a second.
    ///
    /// # Errors
    /// As [`App::credential_create`]; or there is none of this name.
    pub async fn credential_change(
        &self,
        principal: &Principal,
        name: &str,
        edit: CredentialEdit,
    ) -> Result<CredentialRecord, AppError> {
        let actor = self.credential_actor(principal)?;
        let record = &self.credential(principal, name).await?;
        let details = edit.details(record.outline.kind());
        let db = &self.db;
        let open = |ring: Arc<Keyring>| async move { opened(db.credential_open(&ring, record).await) };
        // One that does not open any more is mended by giving its secrets anew.
        let before = self.keys.with_ring(open).await?.map(|credential| credential.secrets()).unwrap_or_default();
        let credential = &edit.apply(record.outline.clone(), before)?;
        let entry = &self.credential_entry(&actor, AuditAction::CredentialChange, &record.name, details);
        let write = |ring: Arc<Keyring>| async move { db.credential_write(&ring, record.id, credential, entry).await };
        self.keys.with_ring(write).await?;
        self.credential(principal, name).await
    }

    /// Deletes a profile, unless a device names it.
    ///
    /// # Errors
    /// For who does not administer everything or showed no second factor; there is none of this name; devices name it,
    /// which are listed; or it cannot be written.
    pub async fn credential_delete(&self, principal: &Principal, name: &str) -> Result<(), AppError> {
        let actor = self.credential_actor(principal)?;
        let record = self.credential(principal, name).await?;
        let entry = self.credential_entry(&actor, AuditAction::CredentialDelete, &record.name, json!({}));
        match self.db.credential_delete(&record, &entry).await? {
            CredentialDeleted::Deleted => Ok(()),
            CredentialDeleted::Named(devices) => {
                let more = record.devices.saturating_sub(devices.len() as u64);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                let devices = devices.join(", ");
                Err(AppError::Conflict(format!(
                    "{name} is named by {devices}{more}; let them name another profile first"
                )))
            }
        }
    }

    fn credential_actor(&self, principal: &Principal) -> Result<Actor, AppError> {
        principal.require_everywhere(Role::Admin)?;
        principal.require_step_up(self.clock.now())?;
        Ok(Actor::of(principal))
    }

    fn credential_entry<'a>(
        &self,
        actor: &'a Actor,
        action: AuditAction,
        name: &ProfileName,
        details: serde_json::Value,
    ) -> AuditEntry<'a> {
        AuditEntry { details, ..actor.did(self.clock.now(), action, format!("credential {name}")) }
    }
}

/// A credential that was damaged in the records is none.
fn opened(result: Result<Credential, StoreError>) -> Result<Option<Credential>, StoreError> {
    match result {
        Ok(credential) => Ok(Some(credential)),
        Err(
            StoreError::NotOpened { source: crate::vault::OpenError::Refused, .. } | StoreError::Inconsistent { .. },
        ) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use inventory::credential::part::PartsFault;

    use super::*;

    fn secret(text: &str) -> Option<Secret> {
        Some(Secret::new(text.to_owned()))
    }

    fn edit(secrets: &[(SecretPart, Option<&str>)]) -> CredentialEdit {
        let secrets = secrets.iter().map(|(part, text)| (*part, text.and_then(secret))).collect();
        CredentialEdit { secrets, ..CredentialEdit::default() }
    }

    #[test]
    fn what_is_not_named_stays_and_what_is_taken_away_goes() {
        let ssh = CredentialEdit { user: Some("root".into()), ..edit(&[(SecretPart::Password, Some("a b"))]) };
        let ssh = ssh.apply(blank(CredentialKind::Ssh), BTreeMap::new()).expect("it is one");
        let port = CredentialEdit { port: Some(2222), ..CredentialEdit::default() };
        let ssh = port.apply(ssh.outline(), ssh.secrets()).expect("it is one");
        assert_eq!(ssh.outline(), Outline::Ssh { user: "root".into(), port: 2222, legacy_until: None });
        assert_eq!(ssh.secrets()[&SecretPart::Password].reveal(), "a b");
        let pem = "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n-----END OPENSSH PRIVATE KEY-----\n";
        let both = edit(&[(SecretPart::Key, Some(pem))]).apply(ssh.outline(), ssh.secrets());
        assert!(matches!(both, Err(AppError::Credential(faults)) if faults == [PartsFault::SshLogin]));
        let key = edit(&[(SecretPart::Key, Some(pem)), (SecretPart::Password, None)]);
        let ssh = key.apply(ssh.outline(), ssh.secrets()).expect("it is one");
        assert_eq!(ssh.secrets().into_keys().collect::<Vec<_>>(), [SecretPart::Key]);
    }

    #[test]
    fn without_the_algorithm_the_pass_phrase_is_not_kept() {
        let v3 = CredentialEdit {
            user: Some("xa".into()),
            auth: Some(Some(AuthAlgorithm::Sha256)),
            privacy: Some(Some(PrivacyAlgorithm::Aes128)),
            ..edit(&[(SecretPart::Auth, Some("một hai ba")), (SecretPart::Privacy, Some("bốn năm sáu"))])
        };
        let v3 = v3.apply(blank(CredentialKind::SnmpV3), BTreeMap::new()).expect("it is one");
        let open = CredentialEdit { privacy: Some(None), ..CredentialEdit::default() };
        let v3 = open.apply(v3.outline(), v3.secrets()).expect("it is one");
        assert_eq!(v3.secrets().into_keys().collect::<Vec<_>>(), [SecretPart::Auth]);
    }

    #[test]
    fn a_setting_of_another_kind_is_refused() {
        let edit = CredentialEdit { port: Some(1), ..edit(&[(SecretPart::Community, Some("x"))]) };
        let refused = edit.apply(blank(CredentialKind::SnmpV2c), BTreeMap::new());
        assert!(matches!(refused, Err(AppError::Invalid(text)) if text.starts_with("port is not for")));
    }
}
