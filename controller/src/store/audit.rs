//! The audit log: every change and every log-in, in the order in which they happened. Entries are only ever added, in
//! the transaction of the change that they tell of; `chain` says how they hang together.
//!
//! One writer at a time: the row of the head is the lock. [`audit_append`] comes last in a transaction, after
//! `fleet_revision_bump`, so that two transactions never wait for each other. When the transaction is committed, [`Tx`]
//! writes the entry into the program's log as well, so that a copy leaves the machine with the log.

mod action;
mod chain;
mod clean;

use std::net::IpAddr;

use inventory::id::{AreaId, AuditId, HallId};
use jiff::Timestamp;

pub use action::{AuditAction, AuditActionError};
pub use chain::AuditBreak;
use chain::{AuditRow, Head, Walk};

use super::codec::ms;
use super::db::{Db, Tx, both};
use super::error::{Step as _, StoreError};
use super::page::{Page, PageAsk};
use super::query::Select;
use super::scope::Scope;

/// Rows that a check reads at once.
const CHECKED_AT_ONCE: i64 = 1_000;

/// Something that was done, or tried. What it says is cleaned before it is kept: one line each, nothing invisible.
#[derive(Debug, Clone)]
pub struct AuditEntry<'a> {
    /// When.
    pub at: Timestamp,
    /// Who: `account ha`, `token x of ha`, `system`.
    pub actor: &'a str,
    /// From where, when somebody came over the network.
    pub address: Option<IpAddr>,
    /// What.
    pub action: AuditAction,
    /// To what: `hall dr-01`.
    pub object: String,
    /// Where that is: who administers only a part of the fleet sees what lies in it.
    pub place: AuditPlace,
    /// What else is worth knowing, a JSON object; never a secret.
    pub details: serde_json::Value,
    /// Whether it was done; a refused log-in was not.
    pub is_ok: bool,
}

/// Where the object of an entry lay when it was written. Nowhere: only who administers everything sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AuditPlace {
    /// The area.
    pub area: Option<AreaId>,
    /// The hall, which is in that area.
    pub hall: Option<HallId>,
}

/// An entry that is kept. The words are those of the row: even one that somebody tampered with can be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditRecord {
    /// Its number; they have no gaps.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// From where.
    pub address: Option<String>,
    /// The word of the [`AuditAction`].
    pub action: String,
    /// To what.
    pub object: String,
    /// What else is known.
    pub details: serde_json::Value,
    /// Whether it was done.
    pub is_ok: bool,
    /// Covers all of it and everything before it.
    pub hash: String,
}

/// Which entries a list is of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditFilter {
    /// Those whose actor has this text in it; large and small ASCII letters are the same.
    pub actor: Option<String>,
    /// Those of this action.
    pub action: Option<AuditAction>,
    /// Those whose object has this text in it.
    pub object: Option<String>,
    /// Those not before this time.
    pub from: Option<Timestamp>,
    /// Those before this time.
    pub to: Option<Timestamp>,
}

/// A log that is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditHead {
    /// How many entries there are.
    pub entries: u64,
    /// The hash of the last one: kept elsewhere, it proves later that nothing before it was changed.
    pub hash: String,
}

impl Db {
    /// Writes an entry that tells of no change of the records: a refused log-in.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn audit_write(&self, entry: &AuditEntry<'_>) -> Result<(), StoreError> {
        let step = "audit_write";
        let mut tx = self.begin(step).await?;
        audit_append(&mut tx, entry).await?;
        tx.commit(step).await
    }

    /// Entries about what lies in the scope, the latest first. What lies nowhere is seen with [`Scope::All`] alone.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn audit_list(
        &self,
        scope: &Scope,
        filter: &AuditFilter,
        ask: &PageAsk,
    ) -> Result<Page<AuditRecord>, StoreError> {
        let mut select = Select::new(AUDIT);
        // Where the hall lies today: what was done to it is seen by who administers it now.
        select.within(scope, "COALESCE(h.area, a.area)", "a.hall");
        if let Some(id) = ask.after::<i64>("audit")? {
            select.and("a.id < ?", [id.into()]);
        }
        if let Some(actor) = &filter.actor {
            select.and_contains(r"lower(a.actor) LIKE ? ESCAPE '\'", actor);
        }
        if let Some(action) = filter.action {
            select.and("a.action = ?", [action.as_str().into()]);
        }
        if let Some(object) = &filter.object {
            select.and_contains(r"lower(a.object) LIKE ? ESCAPE '\'", object);
        }
        if let Some(from) = filter.from {
            select.and("a.at >= ?", [ms(from).into()]);
        }
        if let Some(to) = filter.to {
            select.and("a.at < ?", [ms(to).into()]);
        }
        select.order(" ORDER BY a.id DESC", ask.fetch());
        let rows: Vec<AuditRow> = select.rows(self, "audit_list").await?;
        let records = rows.into_iter().map(AuditRecord::from).collect();
        Ok(Page::cut(records, ask, "audit", |record: &AuditRecord| record.id.0))
    }

    /// Reads the whole log and says what is wrong with it first. It sees one moment, while others go on writing. `seal`:
    /// how many entries there were at an earlier check, and the hash of the last of them.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn audit_verify(&self, seal: Option<(u64, &str)>) -> Result<Result<AuditHead, AuditBreak>, StoreError> {
        const HEAD: &str = "SELECT id, hash FROM audit_head";
        let step = "audit_verify";
        let mut tx = self.snapshot(step).await?;
        let head: Option<Head> =
            both!(tx.link(), on => sqlx::query_as(HEAD).fetch_optional(on).await).step(step, "head")?;
        let mut walk = Walk::new(head, seal);
        let mut after = i64::MIN;
        loop {
            let rows: Vec<AuditRow> = both!(tx.link(), on => {
                sqlx::query_as(NEXT).bind(after).bind(CHECKED_AT_ONCE).fetch_all(on).await
            })
            .step(step, after)?;
            let Some(last) = rows.last() else { break };
            after = last.id;
            if let Err(broken) = rows.iter().try_for_each(|row| walk.step(row)) {
                return Ok(Err(broken));
            }
        }
        Ok(walk.end().map(|head| AuditHead { entries: head.id.unsigned_abs(), hash: head.hash }))
    }
}

/// Adds an entry inside the transaction of the change that it tells of.
pub(in crate::store) async fn audit_append(tx: &mut Tx, entry: &AuditEntry<'_>) -> Result<(), StoreError> {
    const NEXT_ID: &str = "UPDATE audit_head SET id = id + 1 RETURNING id, hash";
    let step = "audit_append";
    // Whoever moves the head holds its row until the end of the transaction: entries pass one at a time.
    let head: Head = both!(tx.link(), on => sqlx::query_as(NEXT_ID).fetch_one(on).await).step(step, "head")?;
    let mut row = AuditRow {
        id: head.id,
        at: ms(entry.at),
        actor: clean::line(entry.actor),
        address: entry.address.map(|address| address.to_canonical().to_string()),
        action: entry.action.as_str().to_owned(),
        object: clean::line(&entry.object),
        area: entry.place.area.map(|id| id.0),
        hall: entry.place.hall.map(|id| id.0),
        details: clean::details(&entry.details),
        is_ok: entry.is_ok,
        hash: String::new(),
    };
    row.hash = row.hash_after(&head.hash);
    insert(tx, &row).await?;
    both!(tx.link(), on => {
        sqlx::query("UPDATE audit_head SET hash = $1").bind(&row.hash).execute(on).await.map(|_| ())
    })
    .step(step, row.id)?;
    tx.tell_when_committed(AuditRecord::from(row));
    Ok(())
}

async fn insert(tx: &mut Tx, row: &AuditRow) -> Result<(), StoreError> {
    both!(tx.link(), on => {
        sqlx::query(
            "INSERT INTO audit (id, at, actor, address, action, object, area, hall, details, is_ok, hash) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        )
        .bind(row.id)
        .bind(row.at)
        .bind(&row.actor)
        .bind(&row.address)
        .bind(&row.action)
        .bind(&row.object)
        .bind(row.area)
        .bind(row.hall)
        .bind(&row.details)
        .bind(row.is_ok)
        .bind(&row.hash)
        .execute(on)
        .await
        .map(|_| ())
    })
    .step("audit_insert", row.id)
}

const AUDIT: &str = "SELECT a.id, a.at, a.actor, a.address, a.action, a.object, a.area, a.hall, a.details, a.is_ok, a.hash \
                     FROM audit a LEFT JOIN hall h ON h.id = a.hall";

const NEXT: &str = "SELECT id, at, actor, address, action, object, area, hall, details, is_ok, hash FROM audit \
                    WHERE id > $1 ORDER BY id LIMIT $2";

impl From<AuditRow> for AuditRecord {
    fn from(row: AuditRow) -> Self {
        let end = if row.at < 0 { Timestamp::MIN } else { Timestamp::MAX };
        AuditRecord {
            id: AuditId(row.id),
            at: Timestamp::from_millisecond(row.at).unwrap_or(end),
            actor: row.actor,
            address: row.address,
            action: row.action,
            object: row.object,
            details: serde_json::from_str(&row.details).unwrap_or(serde_json::Value::String(row.details)),
            is_ok: row.is_ok,
            hash: row.hash,
        }
    }
}

impl AuditRecord {
    /// All of it on one line of JSON: in the log, and in the export.
    pub fn json_line(&self) -> String {
        serde_json::json!({
            "id": self.id.0,
            "at": self.at.to_string(),
            "actor": self.actor,
            "address": self.address,
            "action": self.action,
            "object": self.object,
            "details": self.details,
            "ok": self.is_ok,
            "hash": self.hash,
        })
        .to_string()
    }
}
