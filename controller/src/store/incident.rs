//! Incidents: alerts that were told together, who has taken them, and everything that happened to them. The engine opens and
//! ends them; what people do with them is written here first, and the engine hears of it afterwards.

use std::collections::BTreeMap;

use alerts::effect::Notification;
use alerts::group::Group;
use inventory::id::IncidentId;
use jiff::Timestamp;
use sqlx::FromRow;

use super::account::change;
use super::alert::{AlertRecord, alert_list_of_incident};
use super::audit::{AuditEntry, audit_append};
use super::codec::{alert_key_text, at, ms, ms_if};
use super::db::{Db, Tx, both};
use super::error::{Step as _, StoreError};
use super::outage::{OutageRecord, outage_list_of_incident};
use super::outbox::NewOutbox;
use super::page::{Page, PageAsk};
use super::query::Select;
use super::scope::Scope;

/// An incident as a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentRecord {
    /// Its id.
    pub id: IncidentId,
    /// Its messages hang together by it.
    pub thread: String,
    /// When the first of its alerts was decided.
    pub opened: Timestamp,
    /// When people were told.
    pub told: Timestamp,
    /// When the last of its faults ended.
    pub ended: Option<Timestamp>,
    /// When a person took it.
    pub acknowledged: Option<Timestamp>,
    /// Who has it.
    pub owner: Option<String>,
    /// When the owner set out, and when he is to be there.
    pub going: Option<(Timestamp, Timestamp)>,
    /// Until when nobody is to be reminded.
    pub snoozed: Option<Timestamp>,
    /// What came of it.
    pub resolution: Option<Resolution>,
}

/// What came of an incident, by a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// When he wrote it.
    pub at: Timestamp,
    /// What was wrong.
    pub wrong: String,
    /// What was done.
    pub done: String,
    /// The part that was used.
    pub part: String,
}

inventory::words! {
    /// What happened to an incident.
    IncidentEventKind, IncidentEventKindError {
        /// People were told.
        Firing = "firing",
        /// People were reminded.
        Reminder = "reminder",
        /// It grew, and people were told.
        Growth = "growth",
        /// Nobody had taken it, and the next people were told.
        Escalation = "escalation",
        /// People were told of the end.
        Resolved = "resolved",
        /// A person took it.
        Acknowledged = "acknowledged",
        /// Its owner gave it back.
        GivenBack = "given_back",
        /// Its owner set out.
        Going = "going",
        /// A person asked not to be reminded for a while.
        Snoozed = "snoozed",
        /// A person wrote something.
        Comment = "comment",
        /// A person wrote what came of it.
        Resolution = "resolution",
    }
}

/// Something that happened to an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentEvent {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: IncidentEventKind,
    /// Who did it; nobody for what the program does.
    pub who: String,
    /// What else there is to say: words of a person, or a time (RFC 3339).
    pub text: String,
}

/// What a person does with an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IncidentChange {
    /// Takes it.
    Acknowledge,
    /// Gives it back.
    GiveBack,
    /// Takes it and sets out.
    Go {
        /// When he is to be there.
        arrives: Timestamp,
    },
    /// Wants to hear of it again then.
    Snooze {
        /// When.
        until: Timestamp,
    },
    /// Says something.
    Comment(String),
    /// Says what came of it.
    Resolve {
        /// What was wrong.
        wrong: String,
        /// What was done.
        done: String,
        /// The part that was used.
        part: String,
    },
}

impl IncidentChange {
    /// What it is in the course of the incident.
    pub fn kind(&self) -> IncidentEventKind {
        match self {
            IncidentChange::Acknowledge => IncidentEventKind::Acknowledged,
            IncidentChange::GiveBack => IncidentEventKind::GivenBack,
            IncidentChange::Go { .. } => IncidentEventKind::Going,
            IncidentChange::Snooze { .. } => IncidentEventKind::Snoozed,
            IncidentChange::Comment(_) => IncidentEventKind::Comment,
            IncidentChange::Resolve { .. } => IncidentEventKind::Resolution,
        }
    }
}

/// A link of a message that is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentLink {
    /// The hash of its secret.
    pub hash: String,
    /// The incident.
    pub incident: IncidentId,
    /// The channel that it went out by.
    pub channel: String,
    /// What it was used for.
    pub used: Vec<IncidentEventKind>,
}

impl Db {
    /// Incidents, the latest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn incident_list(
        &self,
        scope: &Scope,
        open_only: bool,
        ask: &PageAsk,
    ) -> Result<Page<IncidentRecord>, StoreError> {
        let mut select = Select::new(INCIDENTS);
        select.within(scope, "h.area", "h.id");
        if let Some((told, id)) = ask.after::<(i64, i64)>("incidents")? {
            select.and("(i.told_at, i.id) < (?, ?)", [told.into(), id.into()]);
        }
        if open_only {
            select.and("i.ended_at IS NULL", []);
        }
        select.order(" ORDER BY i.told_at DESC, i.id DESC", ask.fetch());
        let rows: Vec<IncidentRow> = select.rows(self, "incident_list").await?;
        let incidents = rows.into_iter().map(IncidentRecord::try_from).collect::<Result<_, _>>()?;
        Ok(Page::cut(incidents, ask, "incidents", |record: &IncidentRecord| (ms(record.told), record.id.0)))
    }

    /// The incident with this id, if one of its halls lies in the scope.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn incident_by_id(&self, scope: &Scope, id: IncidentId) -> Result<Option<IncidentRecord>, StoreError> {
        let mut select = Select::new(INCIDENTS);
        select.within(scope, "h.area", "h.id");
        select.and("i.id = ?", [id.0.into()]);
        let rows: Vec<IncidentRow> = select.rows(self, "incident_by_id").await?;
        rows.into_iter().next().map(IncidentRecord::try_from).transpose()
    }

    /// The alerts of an incident that lie in the scope, the first first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn incident_alerts(&self, scope: &Scope, id: IncidentId) -> Result<Vec<AlertRecord>, StoreError> {
        alert_list_of_incident(self, scope, id).await
    }

    /// The outages of an incident's alerts that lie in the scope.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn incident_outages(&self, scope: &Scope, id: IncidentId) -> Result<Vec<OutageRecord>, StoreError> {
        outage_list_of_incident(self, scope, id).await
    }

    /// What happened to an incident, in order.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn incident_events(&self, id: IncidentId) -> Result<Vec<IncidentEvent>, StoreError> {
        let text = "SELECT id, at, kind, who, text FROM incident_event WHERE incident = $1 ORDER BY at, id";
        let rows: Vec<(i64, i64, String, String, String)> =
            both!(self.reader(), pool => sqlx::query_as(text).bind(id.0).fetch_all(pool).await)
                .step("incident_events", id)?;
        let event = |(row, when, kind, who, text): (i64, i64, String, String, String)| {
            let at = at("incident_event", row);
            Ok(IncidentEvent { at: at.time("at", when)?, kind: at.parse("kind", &kind)?, who, text })
        };
        rows.into_iter().map(event).collect()
    }

    /// The link with this hash, if it is still good.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn incident_link(&self, hash: &str, now: Timestamp) -> Result<Option<IncidentLink>, StoreError> {
        let text = "SELECT incident, channel, used FROM incident_link WHERE hash = $1 AND expires_at > $2";
        let row: Option<(i64, String, String)> = both!(self.reader(), pool => {
            sqlx::query_as(text).bind(hash).bind(ms(now)).fetch_optional(pool).await
        })
        .step("incident_link", "link")?;
        let Some((incident, channel, used)) = row else { return Ok(None) };
        let at = at("incident_link", incident);
        let used = used.split_whitespace().map(|word| at.parse("used", word)).collect::<Result<_, _>>()?;
        Ok(Some(IncidentLink { hash: hash.to_owned(), incident: IncidentId(incident), channel, used }))
    }

    /// What a person does with an incident, by a link or logged in. `false` when the link was used for this before.
    ///
    /// # Errors
    /// When it cannot be written; then nothing is.
    pub async fn incident_change(
        &self,
        id: IncidentId,
        change: &IncidentChange,
        who: &str,
        link: Option<&IncidentLink>,
        audit: &AuditEntry<'_>,
    ) -> Result<bool, StoreError> {
        let step = "incident_change";
        let kind = change.kind().as_str();
        let mut tx = self.begin(step).await?;
        if let Some(link) = link {
            let text =
                "UPDATE incident_link SET used = used || ' ' || $2 WHERE hash = $1 AND used NOT LIKE '%' || $2 || '%'";
            if change!(tx, step, text, &link.hash, kind) == 0 {
                return Ok(false);
            }
        }
        let now = ms(audit.at);
        let said = match change {
            IncidentChange::Acknowledge => {
                let text = "UPDATE incident SET acknowledged_at = $2, owner = $3 WHERE id = $1";
                change!(tx, step, text, id.0, now, who);
                String::new()
            }
            IncidentChange::GiveBack => {
                let text = "UPDATE incident SET acknowledged_at = NULL, owner = NULL, going_at = NULL, arrives_at = NULL \
                            WHERE id = $1";
                change!(tx, step, text, id.0);
                String::new()
            }
            IncidentChange::Go { arrives } => {
                let text = "UPDATE incident SET acknowledged_at = COALESCE(acknowledged_at, $2), owner = $3, going_at = $2, \
                            arrives_at = $4 WHERE id = $1";
                change!(tx, step, text, id.0, now, who, ms(*arrives));
                arrives.to_string()
            }
            IncidentChange::Snooze { until } => {
                change!(tx, step, "UPDATE incident SET snoozed_until = $2 WHERE id = $1", id.0, ms(*until));
                until.to_string()
            }
            IncidentChange::Comment(text) => text.clone(),
            IncidentChange::Resolve { wrong, done, part } => {
                let text = "UPDATE incident SET resolved_at = $2, wrong = $3, done = $4, part = $5 WHERE id = $1";
                change!(tx, step, text, id.0, now, wrong, done, part);
                [wrong.as_str(), done, part].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; ")
            }
        };
        event_insert(&mut tx, id, audit.at, kind, who, &said).await?;
        audit_append(&mut tx, audit).await?;
        tx.commit(step).await?;
        Ok(true)
    }

    /// Deletes links that are no longer good. Gives how many went.
    ///
    /// # Errors
    /// When they cannot be deleted.
    pub async fn incident_link_prune(&self, now: Timestamp) -> Result<u64, StoreError> {
        let text = "DELETE FROM incident_link WHERE hash IN \
                    (SELECT hash FROM incident_link WHERE expires_at <= $1 ORDER BY expires_at LIMIT 1000)";
        both!(self.writer(), pool => {
            sqlx::query(text).bind(ms(now)).execute(pool).await.map(|done| done.rows_affected())
        })
        .step("incident_link_prune", now)
    }
}

/// Writes the incident of a group that was told; one that was not is none.
pub(super) async fn incident_write(tx: &mut Tx, group: &Group) -> Result<(), StoreError> {
    let Some(told) = group.told else { return Ok(()) };
    let step = "incident_write";
    let members = || group.members.iter().filter(|member| member.told.is_some());
    let last =
        members().map(|member| member.resolved).collect::<Option<Vec<_>>>().and_then(|ends| ends.into_iter().max());
    let text = "INSERT INTO incident (thread, opened_at, told_at, ended_at) VALUES ($1, $2, $3, $4) \
                ON CONFLICT (thread) DO UPDATE SET ended_at = excluded.ended_at";
    let thread = group.thread();
    change!(tx, step, text, &thread, ms(group.opened), ms(told), ms_if(last));
    for member in members() {
        let text = "INSERT INTO incident_alert (incident, alert_key) SELECT id, $2 FROM incident WHERE thread = $1 \
                    ON CONFLICT (incident, alert_key) DO NOTHING";
        change!(tx, step, text, &thread, alert_key_text(&member.alert));
    }
    Ok(())
}

/// Notes that people were told.
pub(super) async fn incident_told(tx: &mut Tx, notification: &Notification) -> Result<(), StoreError> {
    let text = "INSERT INTO incident_event (incident, at, kind, who, text) SELECT id, $2, $3, '', '' FROM incident \
                WHERE thread = $1 ON CONFLICT (incident, at, kind, who, text) DO NOTHING";
    change!(tx, "incident_told", text, &notification.thread, ms(notification.at), notification.kind.as_str());
    Ok(())
}

/// Makes the link of a message good.
pub(super) async fn incident_link_insert(tx: &mut Tx, message: &NewOutbox) -> Result<(), StoreError> {
    let Some(link) = &message.link else { return Ok(()) };
    let text = "INSERT INTO incident_link (hash, incident, channel, expires_at, used) \
                SELECT $2, id, $3, $4, '' FROM incident WHERE thread = $1 ON CONFLICT (hash) DO NOTHING";
    change!(tx, "incident_link_insert", text, &message.thread, &link.hash, &message.channel, ms(link.expires_at));
    Ok(())
}

/// By thread, what people did with incidents that last: when it was taken, and until when it is snoozed.
pub(super) async fn incident_taken_in(
    tx: &mut Tx,
) -> Result<BTreeMap<String, (Option<Timestamp>, Option<Timestamp>)>, StoreError> {
    let text = "SELECT id, thread, acknowledged_at, snoozed_until FROM incident WHERE ended_at IS NULL";
    let rows: Vec<(i64, String, Option<i64>, Option<i64>)> =
        both!(tx.link(), on => sqlx::query_as(text).fetch_all(on).await).step("incident_taken", "incident")?;
    let taken = |(id, thread, acknowledged, snoozed): (i64, String, Option<i64>, Option<i64>)| {
        let at = at("incident", id);
        Ok((thread, (at.time_if("acknowledged_at", acknowledged)?, at.time_if("snoozed_until", snoozed)?)))
    };
    rows.into_iter().map(taken).collect()
}

async fn event_insert(
    tx: &mut Tx,
    id: IncidentId,
    when: Timestamp,
    kind: &str,
    who: &str,
    said: &str,
) -> Result<(), StoreError> {
    let text = "INSERT INTO incident_event (incident, at, kind, who, text) VALUES ($1, $2, $3, $4, $5) \
                ON CONFLICT (incident, at, kind, who, text) DO NOTHING";
    change!(tx, "event_insert", text, id.0, ms(when), kind, who, said);
    Ok(())
}

const INCIDENTS: &str = "SELECT DISTINCT i.id, i.thread, i.opened_at, i.told_at, i.ended_at, i.acknowledged_at, i.owner, \
     i.going_at, i.arrives_at, i.snoozed_until, i.resolved_at, i.wrong, i.done, i.part FROM incident i \
     JOIN incident_alert ia ON ia.incident = i.id JOIN alert a ON a.alert_key = ia.alert_key \
     LEFT JOIN device d ON d.id = a.device JOIN hall h ON h.id = COALESCE(a.hall, d.hall)";

#[derive(FromRow)]
struct IncidentRow {
    id: i64,
    thread: String,
    opened_at: i64,
    told_at: i64,
    ended_at: Option<i64>,
    acknowledged_at: Option<i64>,
    owner: Option<String>,
    going_at: Option<i64>,
    arrives_at: Option<i64>,
    snoozed_until: Option<i64>,
    resolved_at: Option<i64>,
    wrong: Option<String>,
    done: Option<String>,
    part: Option<String>,
}

impl TryFrom<IncidentRow> for IncidentRecord {
    type Error = StoreError;
    fn try_from(row: IncidentRow) -> Result<Self, StoreError> {
        let at = at("incident", row.id);
        let going = at.time_if("going_at", row.going_at)?.zip(at.time_if("arrives_at", row.arrives_at)?);
        let resolution = at.time_if("resolved_at", row.resolved_at)?.map(|at| Resolution {
            at,
            wrong: row.wrong.unwrap_or_default(),
            done: row.done.unwrap_or_default(),
            part: row.part.unwrap_or_default(),
        });
        Ok(IncidentRecord {
            id: IncidentId(row.id),
            thread: row.thread,
            opened: at.time("opened_at", row.opened_at)?,
            told: at.time("told_at", row.told_at)?,
            ended: at.time_if("ended_at", row.ended_at)?,
            acknowledged: at.time_if("acknowledged_at", row.acknowledged_at)?,
            owner: row.owner,
            going,
            snoozed: at.time_if("snoozed_until", row.snoozed_until)?,
            resolution,
        })
    }
}
