//! The registry of typed ids: every row of the records database that others point at has its own id type, so that a
//! hall can never be passed where a device is meant.

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map($name)
            }
        }
    )+};
}

ids! {
    /// An area, as it was between two dates. Codes are re-used; this is not.
    AreaId,
    /// A hall inside this installation. Outside it a hall is known by its code.
    HallId,
    /// A device.
    DeviceId,
    /// An interface of a device, stable across renumbering.
    InterfaceId,
    /// A part of a device that is measured: a radio, a network or a sensor.
    PartId,
    /// An outage of a device or hall.
    OutageId,
    /// An alert: one instance of a rule.
    AlertId,
    /// What people work on: alerts that were told together.
    IncidentId,
    /// A silence: nobody is told of something for a while.
    SilenceId,
    /// Somebody, or a post, who can be told of alerts.
    ContactId,
    /// An on-call schedule: who is on call when.
    ScheduleId,
    /// Somebody stands in for whoever would be on call.
    OverrideId,
    /// An escalation: who is told of what, and who next when nobody takes it.
    EscalationId,
    /// A correction of a hall's ledger by a person.
    CorrectionId,
    /// A notification waiting in, or sent from, the outbox.
    NotificationId,
    /// An entry of the audit log.
    AuditId,
    /// The account of a person.
    AccountId,
    /// A grant: one role that an account has over one area.
    GrantId,
    /// A passkey of an account.
    PasskeyId,
    /// An API token.
    TokenId,
    /// A session of a browser.
    SessionId,
    /// A credential profile.
    CredentialId,
}
