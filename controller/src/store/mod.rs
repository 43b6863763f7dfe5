//! The records: inventory, health, outages, alerts, decisions and messages, in SQLite or PostgreSQL. The only place with
//! SQL about them; the samples have a store of their own, `crate::series`.
//!
//! One file for each resource, and methods of [`Db`] named resource first: `hall_list`, `device_by_name`. Lookups give an
//! `Option`, lists give a [`Page`]. Private row structs mirror the columns and become domain types by `TryFrom`; what does
//! not parse is [`StoreError::Inconsistent`]. Every change of the inventory moves [`Db::fleet_revision`] in its
//! transaction.
//!
//! It must not know HTTP, the agents' link, or what the domain does with a row. Times are kept in milliseconds.
//!
//! Read next: `db` (the two backends), `query` and `page` (lists), `judgement` (the transaction of an alert).

mod account;
mod alert;
mod area;
mod area_move;
mod audit;
mod codec;
mod condition;
mod contact;
mod copy;
mod correction;
mod credential;
mod credential_use;
pub(crate) mod db;
mod decision;
mod device;
mod error;
mod escalation;
mod fact;
mod fleet;
mod group;
mod hall;
mod hall_history;
mod health;
mod host_key;
mod import;
mod incident;
mod interface;
mod judgement;
mod late;
mod meta;
mod migrate;
mod one_time_link;
mod outage;
mod outbox;
mod page;
mod part;
mod passkey;
mod people;
mod query;
mod rule_setting;
mod schedule;
mod scope;
mod secret;
mod session;
mod silence;
mod sole;
mod station;
mod visit;

#[cfg(test)]
mod postgres_server;
#[cfg(test)]
mod tests;

pub use account::{Account, AccountGrant, AccountProof, NewAccount, NewSecondFactor};
pub use alert::{AlertFilter, AlertPhase, AlertPhaseError, AlertRecord};
pub use area::{AreaDraft, AreaFilter, Successor};
pub use area_move::{AreaMove, Moved};
pub use audit::{
    AuditAction, AuditActionError, AuditBreak, AuditEntry, AuditFilter, AuditHead, AuditPlace, AuditRecord,
};
pub use condition::ConditionRecord;
pub use contact::{Address, ContactDraft, ContactRecord};
pub use correction::{Correction, CorrectionRecord, NewCorrection};
pub use credential::{CredentialDeleted, CredentialMade, CredentialOpened, CredentialRecord};
pub use credential_use::CredentialUse;
pub use db::{Db, SqliteDb};
pub use decision::{DecisionFilter, DecisionRecord};
pub use device::{DeviceFilter, DeviceRecord};
pub use error::StoreError;
pub use escalation::{EscalationDraft, EscalationRecord};
pub use fact::DeviceFact;
pub use fleet::FleetRecord;
pub use hall::{HallFilter, HallRecord};
pub use hall_history::HallHistory;
pub use host_key::HostKeyConfirmed;
pub use incident::{IncidentChange, IncidentEvent, IncidentEventKind, IncidentLink, IncidentRecord, Resolution};
pub use interface::{InterfaceFilter, InterfaceRecord};
pub use one_time_link::{LinkPurpose, NewLink, OneTimeLink};
pub use outage::{OutageFilter, OutageOf, OutageRecord};
pub use outbox::{ActionLink, NewOutbox, OutboxRecord, OutboxState};
pub use page::{PAGE_MAX, Page, PageAsk};
pub use part::{PartRecord, PartsKept};
pub use passkey::{NewPasskey, PasskeyRecord};
pub use people::{PeopleRecord, PersonDeleted};
pub use rule_setting::{RuleSettingRecord, SettingOf};
pub use schedule::{OverrideRecord, ScheduleDraft, ScheduleRecord};
pub use scope::Scope;
pub use secret::VaultRecord;
pub use session::{NewSession, NewToken, SessionRecord, TokenRecord};
pub use silence::{NewSilence, SilenceOf, SilenceRecord};
pub use sole::Sole;
pub use station::{StationKey, StationRecord, StationsSeen};
pub use visit::{VisitKept, VisitSeen};
