//! What can be done and is written down: a closed set, whose words stand in the records, the API and the exports.

use std::fmt;
use std::str::FromStr;

macro_rules! actions {
    ($($(#[$doc:meta])+ $name:ident = $word:literal),+ $(,)?) => {
        /// Something that was done, or tried, and is in the audit log for good. A word is never changed or used again
        /// for something else: old entries hold it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum AuditAction {
            $($(#[$doc])+ $name),+
        }

        impl AuditAction {
            /// Every action, by subject.
            pub const ALL: &'static [AuditAction] = &[$(AuditAction::$name),+];

            /// Its word: `subject.verb`.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(AuditAction::$name => $word),+
                }
            }
        }
    };
}

actions! {
    /// A log-in, good or refused.
    Login = "login",
    /// A log-out.
    Logout = "logout",
    /// A second factor was asked for again before something weighty, and given or not.
    StepUp = "step-up",
    /// The first account was made by the set-up link.
    SetUp = "set-up",
    /// A session was ended by its owner or an administrator.
    SessionEnd = "session.end",
    /// A pass phrase was changed.
    PassphraseChange = "passphrase.change",
    /// A second factor was set up.
    SecondFactorSet = "second-factor.set",
    /// A second factor was taken away.
    SecondFactorRemove = "second-factor.remove",
    /// New recovery codes were made.
    RecoveryCodesMake = "recovery-codes.make",
    /// A passkey was added.
    PasskeyAdd = "passkey.add",
    /// A passkey was taken away.
    PasskeyRemove = "passkey.remove",
    /// An account was made.
    UserCreate = "user.create",
    /// Somebody was invited.
    UserInvite = "user.invite",
    /// An account's name or grants were changed.
    UserChange = "user.change",
    /// An account was disabled.
    UserDisable = "user.disable",
    /// An account was enabled again.
    UserEnable = "user.enable",
    /// A link to reset a pass phrase was made or used.
    UserReset = "user.reset",
    /// An API token was made.
    TokenCreate = "token.create",
    /// An API token was revoked.
    TokenRevoke = "token.revoke",
    /// A credential profile was made.
    CredentialCreate = "credential.create",
    /// A credential profile was changed.
    CredentialChange = "credential.change",
    /// A credential profile was deleted.
    CredentialDelete = "credential.delete",
    /// Credential profiles were taken over from the configuration.
    CredentialImport = "credential.import",
    /// A credential was handed out for a device.
    CredentialUse = "credential.use",
    /// The keys of the vault were rotated.
    KeysRotate = "keys.rotate",
    /// A backup was brought back: what happened after it was made is not in these records.
    BackupRestore = "backup.restore",
    /// An area was made.
    AreaCreate = "area.create",
    /// Areas ended and another took over.
    AreaSucceed = "area.succeed",
    /// After a merger an administrator confirmed what a scope covers.
    ScopeConfirm = "scope.confirm",
    /// A hall was moved to another point of its life.
    HallChange = "hall.change",
    /// A hall was put into another area.
    HallMove = "hall.move",
    /// A device was moved to another point of its life.
    DeviceChange = "device.change",
    /// A host key was confirmed.
    HostKeyConfirm = "host-key.confirm",
    /// A file of halls or devices was imported.
    InventoryImport = "inventory.import",
    /// The audit log was exported.
    AuditExport = "audit.export",
    /// A person did something with an incident.
    IncidentChange = "incident.change",
    /// A person wanted nobody to be told of something for a while.
    SilenceCreate = "silence.create",
    /// A silence was ended before its time.
    SilenceEnd = "silence.end",
    /// A contact was made.
    ContactCreate = "contact.create",
    /// A contact was changed.
    ContactChange = "contact.change",
    /// A contact was removed.
    ContactDelete = "contact.delete",
    /// An on-call schedule was made.
    ScheduleCreate = "schedule.create",
    /// An on-call schedule was changed.
    ScheduleChange = "schedule.change",
    /// An on-call schedule was removed.
    ScheduleDelete = "schedule.delete",
    /// Somebody stands in for whoever would be on call.
    OverrideCreate = "override.create",
    /// A stand-in was taken back.
    OverrideDelete = "override.delete",
    /// An escalation was made.
    EscalationCreate = "escalation.create",
    /// An escalation was changed.
    EscalationChange = "escalation.change",
    /// An escalation was removed.
    EscalationDelete = "escalation.delete",
    /// The ledger of a hall was corrected.
    CorrectionCreate = "correction.create",
    /// A correction of a ledger was taken back.
    CorrectionUndo = "correction.undo",
    /// A rule was set.
    RuleSet = "rule.set",
    /// A setting of a rule was taken back.
    RuleUnset = "rule.unset",
    /// A test message was sent through a channel.
    ChannelTest = "channel.test",
}

/// A word that is no action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no action of the audit log")]
pub struct AuditActionError;

impl FromStr for AuditAction {
    type Err = AuditActionError;
    fn from_str(text: &str) -> Result<Self, AuditActionError> {
        AuditAction::ALL.iter().copied().find(|action| action.as_str() == text).ok_or(AuditActionError)
    }
}

impl fmt::Display for AuditAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
