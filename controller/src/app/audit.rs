//! The audit log: how a use case says what was done, and who may read it.

use std::net::IpAddr;

use inventory::device::Device;
use inventory::hall::Hall;
use jiff::Timestamp;

use super::App;
use super::error::{AppError, chain};
use super::principal::{Principal, Role};
use crate::events::Event;
use crate::store::{AuditAction, AuditEntry, AuditFilter, AuditPlace, AuditRecord, Page, PageAsk};

/// Who does something, as the log has it.
#[derive(Debug, Clone)]
pub struct Actor {
    name: String,
    address: Option<IpAddr>,
}

impl Actor {
    /// Whoever asks.
    pub fn of(principal: &Principal) -> Actor {
        Actor { name: principal.who.to_string(), address: principal.address }
    }

    /// An agent.
    pub fn agent(name: &str) -> Actor {
        Actor { name: format!("agent {name}"), address: None }
    }

    /// Whoever holds a link of a message that went out by this channel.
    pub fn link(channel: &str) -> Actor {
        Actor { name: format!("link of {channel}"), address: None }
    }

    /// Somebody who did not prove who he is.
    pub fn nobody(address: Option<IpAddr>) -> Actor {
        Actor { name: "nobody".to_owned(), address }
    }

    /// An entry that this was done to `object`, for the store to write with the change. Where the object lies and what
    /// else is worth knowing is put in by `..`.
    pub fn did(&self, at: Timestamp, action: AuditAction, object: impl Into<String>) -> AuditEntry<'_> {
        AuditEntry {
            at,
            actor: &self.name,
            address: self.address,
            action,
            object: object.into(),
            place: AuditPlace::default(),
            details: serde_json::Value::Object(serde_json::Map::new()),
            is_ok: true,
        }
    }
}

/// Where a hall lies.
pub fn hall_place(hall: &Hall) -> AuditPlace {
    AuditPlace { area: Some(hall.area), hall: Some(hall.id) }
}

impl App {
    /// Where a device lies, as far as the inventory knows it by now.
    pub fn device_place(&self, device: &Device) -> AuditPlace {
        let world = self.world();
        world.fleet.hall(device.hall).map_or(AuditPlace { area: None, hall: Some(device.hall) }, hall_place)
    }

    /// A page of the log, the latest first: for who administers everything all of it, for who administers a part what
    /// was done there.
    ///
    /// # Errors
    /// When he administers nothing, the cursor is none of ours, or the records cannot be read.
    pub async fn audit_list(
        &self,
        principal: &Principal,
        filter: &AuditFilter,
        ask: &PageAsk,
    ) -> Result<Page<AuditRecord>, AppError> {
        let scope = principal.require(Role::Admin)?;
        Ok(self.db.audit_list(&scope, filter, ask).await?)
    }

    /// Notes a log-in that was good or refused, or a log-out. `who` is the name that was given, as the log names it:
    /// `account ha`. When the records cannot be written the program's log alone has it: people must come in to a server
    /// whose disk is full.
    pub async fn login_note(&self, who: &str, address: Option<IpAddr>, action: AuditAction, is_ok: bool) {
        let actor = Actor { name: who.to_owned(), address };
        let entry = AuditEntry { is_ok, ..actor.did(self.clock.now(), action, who) };
        if let Err(error) = self.db.audit_write(&entry).await {
            let (action, error) = (action.as_str(), chain(&error));
            self.events.emit(Event::AuditNotWritten { who, address, action, is_ok, error });
        }
    }

    /// Notes that somebody takes the log away.
    ///
    /// # Errors
    /// When he administers nothing, or it cannot be noted: then nothing is given out.
    pub async fn audit_export(&self, principal: &Principal, format: &'static str) -> Result<(), AppError> {
        principal.require(Role::Admin)?;
        let actor = Actor::of(principal);
        let entry = AuditEntry {
            details: serde_json::json!({ "format": format }),
            ..actor.did(self.clock.now(), AuditAction::AuditExport, "audit log")
        };
        Ok(self.db.audit_write(&entry).await?)
    }
}
