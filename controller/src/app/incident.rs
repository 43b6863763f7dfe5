//! Incidents: seen, taken, and closed by people, who are logged in or hold the link of a message.

use std::collections::BTreeMap;

use alerts::outage::Subject;
use inventory::id::IncidentId;
use jiff::{SignedDuration, Timestamp};

use super::App;
use super::access;
use super::audit::Actor;
use super::error::AppError;
use super::principal::{Principal, Role};
use crate::judge::Seen;
use crate::live::Change;
use crate::store::{
    AlertRecord, AuditAction, AuditEntry, AuditPlace, IncidentChange, IncidentEvent, IncidentLink, IncidentRecord,
    OutageRecord, Page, PageAsk, Scope,
};

/// How long a link in a message is good: a shift, and the next morning.
pub const LINK_LASTS: SignedDuration = SignedDuration::from_hours(24);
/// How long somebody may be on his way, and how long a reminder may be put off (minutes).
const LONGEST_MIN: i64 = 24 * 60;
/// Open incidents read at once.
const OPEN_AT_ONCE: u32 = 200;
/// Characters of what a person writes.
const TEXT_MAX: usize = 2_000;
const NAME_MAX: usize = 64;

/// An incident with what it is about, as far as somebody sees it.
#[derive(Debug, Clone)]
pub struct IncidentSeen {
    /// The incident.
    pub record: IncidentRecord,
    /// Its alerts.
    pub alerts: Vec<AlertRecord>,
    /// Their outages.
    pub outages: Vec<OutageRecord>,
}

/// What somebody wants to do, before it is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IncidentWish {
    /// To take it.
    Acknowledge,
    /// To give it back.
    GiveBack,
    /// To set out, and be there in so many minutes.
    Go {
        /// Minutes.
        minutes: i64,
    },
    /// To hear of it again in so many minutes.
    Snooze {
        /// Minutes.
        minutes: i64,
    },
    /// To say something.
    Comment(String),
    /// To say what came of it.
    Resolve {
        /// What was wrong.
        wrong: String,
        /// What was done.
        done: String,
        /// The part that was used.
        part: String,
    },
}

impl App {
    /// A page of incidents, the latest first.
    ///
    /// # Errors
    /// When he sees nothing, the cursor is none of ours, or the records cannot be read.
    pub async fn incident_list(
        &self,
        principal: &Principal,
        open_only: bool,
        ask: &PageAsk,
    ) -> Result<Page<IncidentSeen>, AppError> {
        let scope = principal.require(Role::Viewer)?;
        let page = self.db.incident_list(&scope, open_only, ask).await?;
        let mut items = Vec::with_capacity(page.items.len());
        for record in page.items {
            items.push(self.incident_seen(&scope, record).await?);
        }
        Ok(Page { items, next: page.next })
    }

    /// Every incident that is open and that he sees, and by each of its faults, which it is: hundreds at the most.
    ///
    /// # Errors
    /// As [`App::incident_list`].
    pub async fn incident_by_fault(
        &self,
        principal: &Principal,
    ) -> Result<BTreeMap<(Subject, Timestamp), IncidentRecord>, AppError> {
        let mut by_fault = BTreeMap::new();
        let mut ask = PageAsk { cursor: None, limit: OPEN_AT_ONCE };
        loop {
            let page = self.incident_list(principal, true, &ask).await?;
            for seen in page.items {
                let faults = seen.alerts.iter().map(|alert| (alert.alert.key.subject, alert.alert.key.since));
                by_fault.extend(faults.map(|fault| (fault, seen.record.clone())));
            }
            let Some(next) = page.next else { return Ok(by_fault) };
            ask.cursor = Some(next);
        }
    }

    /// One incident.
    ///
    /// # Errors
    /// When there is none of this id in his part.
    pub async fn incident(&self, principal: &Principal, id: IncidentId) -> Result<IncidentSeen, AppError> {
        let scope = principal.require(Role::Viewer)?;
        let found = self.db.incident_by_id(&scope, id).await?;
        let record = found.ok_or_else(|| AppError::NotFound { what: "incident", id: id.to_string() })?;
        self.incident_seen(&scope, record).await
    }

    async fn incident_seen(&self, scope: &Scope, record: IncidentRecord) -> Result<IncidentSeen, AppError> {
        let alerts = self.db.incident_alerts(scope, record.id).await?;
        let outages = self.db.incident_outages(scope, record.id).await?;
        Ok(IncidentSeen { record, alerts, outages })
    }

    /// What happened to an incident, in order.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn incident_events(&self, seen: &IncidentSeen) -> Result<Vec<IncidentEvent>, AppError> {
        Ok(self.db.incident_events(seen.record.id).await?)
    }

    /// What somebody who is logged in does with an incident.
    ///
    /// # Errors
    /// When there is no such incident in his part, he is no technician of any of its halls, or it makes no sense.
    pub async fn incident_act(
        &self,
        principal: &Principal,
        id: IncidentId,
        wish: IncidentWish,
    ) -> Result<IncidentSeen, AppError> {
        self.incident(principal, id).await?;
        let scope = principal.scope(Role::Technician);
        let found = self.db.incident_by_id(&scope, id).await?;
        let record = found.ok_or(AppError::Forbidden(Role::Technician))?;
        let change = self.checked(wish)?;
        let who = principal.who.name().to_owned();
        self.incident_change(&record, &change, &who, None, &Actor::of(principal)).await?;
        self.incident(principal, id).await
    }

    /// The incident that a link of a message leads to.
    ///
    /// # Errors
    /// [`AppError::LinkSpent`] when it is none, or too old.
    pub async fn incident_by_link(&self, secret: &str) -> Result<(IncidentLink, IncidentSeen), AppError> {
        let link = self.db.incident_link(&access::hash(secret), self.clock.now()).await?.ok_or(AppError::LinkSpent)?;
        let record = self.db.incident_by_id(&Scope::All, link.incident).await?.ok_or(AppError::LinkSpent)?;
        let seen = self.incident_seen(&Scope::All, record).await?;
        Ok((link, seen))
    }

    /// What whoever holds the link of a message does with its incident. Each thing can be done by a link once.
    ///
    /// # Errors
    /// [`AppError::LinkSpent`] when the link is none, is too old, or was used for this; or when it makes no sense.
    pub async fn incident_act_by_link(
        &self,
        secret: &str,
        name: &str,
        wish: IncidentWish,
    ) -> Result<IncidentSeen, AppError> {
        let (link, seen) = self.incident_by_link(secret).await?;
        match wish {
            IncidentWish::Acknowledge | IncidentWish::Go { .. } | IncidentWish::Snooze { .. } => {}
            IncidentWish::GiveBack | IncidentWish::Comment(_) | IncidentWish::Resolve { .. } => {
                return Err(AppError::Invalid("this takes a log-in: a link is for taking it".to_owned()));
            }
        }
        let change = self.checked(wish)?;
        let name = text("name", name, NAME_MAX)?;
        // Whoever does not say who he is has the message of that channel.
        let who = if name.is_empty() { link.channel.clone() } else { name };
        let actor = Actor::link(&link.channel);
        if !self.incident_change(&seen.record, &change, &who, Some(&link), &actor).await? {
            return Err(AppError::LinkSpent);
        }
        Ok(self.incident_by_link(secret).await?.1)
    }

    fn checked(&self, wish: IncidentWish) -> Result<IncidentChange, AppError> {
        let after = |minutes: i64| -> Result<Timestamp, AppError> {
            if !(1..=LONGEST_MIN).contains(&minutes) {
                return Err(AppError::Invalid(format!("minutes={minutes}: give 1 to {LONGEST_MIN}")));
            }
            Ok(self.clock.now() + SignedDuration::from_mins(minutes))
        };
        Ok(match wish {
            IncidentWish::Acknowledge => IncidentChange::Acknowledge,
            IncidentWish::GiveBack => IncidentChange::GiveBack,
            IncidentWish::Go { minutes } => IncidentChange::Go { arrives: after(minutes)? },
            IncidentWish::Snooze { minutes } => IncidentChange::Snooze { until: after(minutes)? },
            IncidentWish::Comment(said) => {
                let said = text("text", &said, TEXT_MAX)?;
                if said.is_empty() {
                    return Err(AppError::Invalid("text is empty: write what there is to say".to_owned()));
                }
                IncidentChange::Comment(said)
            }
            IncidentWish::Resolve { wrong, done, part } => {
                let change = IncidentChange::Resolve {
                    wrong: text("wrong", &wrong, TEXT_MAX)?,
                    done: text("done", &done, TEXT_MAX)?,
                    part: text("part", &part, TEXT_MAX)?,
                };
                if wrong.trim().is_empty() && done.trim().is_empty() {
                    return Err(AppError::Invalid("say what was wrong, or what was done".to_owned()));
                }
                change
            }
        })
    }

    /// Writes it, then lets the engine and the open pages know.
    async fn incident_change(
        &self,
        record: &IncidentRecord,
        change: &IncidentChange,
        who: &str,
        link: Option<&IncidentLink>,
        actor: &Actor,
    ) -> Result<bool, AppError> {
        let now = self.clock.now();
        let entry = AuditEntry {
            place: AuditPlace::default(),
            details: serde_json::json!({ "what": change.kind().as_str(), "who": who }),
            ..actor.did(now, AuditAction::IncidentChange, format!("incident {}", record.id))
        };
        if !self.db.incident_change(record.id, change, who, link, &entry).await? {
            return Ok(false);
        }
        let thread = record.thread.clone();
        let input = match change {
            IncidentChange::Acknowledge | IncidentChange::Go { .. } => {
                Some(alerts::Input::Acknowledged { thread, at: Some(now) })
            }
            IncidentChange::GiveBack => Some(alerts::Input::Acknowledged { thread, at: None }),
            IncidentChange::Snooze { until } => Some(alerts::Input::Snoozed { thread, until: *until }),
            IncidentChange::Comment(_) | IncidentChange::Resolve { .. } => None,
        };
        if let Some(input) = input {
            // A judge that has ended reads it from the records at the next start.
            let _ended = self.judge.send(Seen { inputs: vec![input], batch: None }).await.is_err();
        }
        self.live.tell(Change::Fleet);
        Ok(true)
    }
}

/// What a person wrote, trimmed.
pub(super) fn text(name: &str, said: &str, most: usize) -> Result<String, AppError> {
    let said = inventory::text::nfc(said).replace("\r\n", "\n");
    if said.chars().count() > most {
        return Err(AppError::Invalid(format!("{name} is longer than {most} characters")));
    }
    match said.chars().find(|c| c.is_control() && *c != '\n') {
        Some(c) => Err(AppError::Invalid(format!("{name} has {c:?} in it, which is no text"))),
        None => Ok(said),
    }
}
