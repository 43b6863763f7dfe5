//! Groups of alerts that are told in one message, kept while they are not done.

use std::collections::BTreeSet;

use alerts::alert::AlertKey;
use alerts::group::{Group, Member, Progress, Told};
use alerts::people::Receiver;
use inventory::id::{ContactId, DeviceId, EscalationId};
use notify::message::StoredJudged;
use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use super::codec::{At, alert_key_text, at, ms, ms_if};
use super::db::{Tx, both};
use super::error::{Step as _, StoreError};
use super::incident::incident_taken_in;

pub(super) async fn group_all_in(tx: &mut Tx) -> Result<Vec<Group>, StoreError> {
    let rows: Vec<GroupRow> = both!(tx.link(), on => {
        sqlx::query_as("SELECT id, opened, grown, told, members, cut_off, reminded, spoken, grows, receivers, progress \
             FROM alert_group ORDER BY id")
            .fetch_all(on)
            .await
    })
    .step("group_all", "alert_group")?;
    let mut groups = rows.into_iter().map(Group::try_from).collect::<Result<Vec<Group>, _>>()?;
    // What people did with it stands with the incident, where it is written before the engine hears of it.
    let taken = incident_taken_in(tx).await?;
    for group in &mut groups {
        if let Some(taken) = taken.get(&group.thread()) {
            (group.acknowledged, group.snoozed) = *taken;
        }
    }
    Ok(groups)
}

/// Writes a group: when it was opened and its first alert say which.
pub(super) async fn group_write(tx: &mut Tx, group: &Group) -> Result<(), StoreError> {
    let members: Vec<MemberForm> = group.members.iter().map(MemberForm::from).collect();
    let members = serde_json::to_string(&members).expect("numbers and texts can be written as JSON");
    let cut_off: Vec<i64> = group.cut_off.iter().map(|id| id.0).collect();
    let cut_off = serde_json::to_string(&cut_off).expect("numbers can be written as JSON");
    let receivers: Vec<ToldForm> = group.receivers.iter().map(ToldForm::from).collect();
    let receivers = serde_json::to_string(&receivers).expect("numbers and texts can be written as JSON");
    let progress: Vec<ProgressForm> = group.progress.iter().map(ProgressForm::from).collect();
    let progress = serde_json::to_string(&progress).expect("numbers can be written as JSON");
    let key = group_key(group);
    both!(tx.link(), on => {
        sqlx::query(
            "INSERT INTO alert_group (group_key, opened, grown, told, members, cut_off, reminded, spoken, grows, \
                 receivers, progress) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
             ON CONFLICT (group_key) DO UPDATE SET grown = excluded.grown, told = excluded.told, \
                 members = excluded.members, cut_off = excluded.cut_off, reminded = excluded.reminded, \
                 spoken = excluded.spoken, grows = excluded.grows, receivers = excluded.receivers, \
                 progress = excluded.progress",
        )
        .bind(&key)
        .bind(ms(group.opened))
        .bind(ms(group.grown))
        .bind(ms_if(group.told))
        .bind(members)
        .bind(cut_off)
        .bind(ms_if(group.reminded))
        .bind(ms_if(group.spoken))
        .bind(i64::from(group.grows))
        .bind(receivers)
        .bind(progress)
        .execute(on)
        .await
        .map(|_| ())
    })
    .step("group_write", key)
}

pub(super) async fn group_delete(tx: &mut Tx, group: &Group) -> Result<(), StoreError> {
    let key = group_key(group);
    both!(tx.link(), on => {
        sqlx::query("DELETE FROM alert_group WHERE group_key = $1").bind(&key).execute(on).await.map(|_| ())
    })
    .step("group_delete", key)
}

fn group_key(group: &Group) -> String {
    let first = group.members.first().map(|member| alert_key_text(&member.alert)).unwrap_or_default();
    format!("{}/{first}", ms(group.opened))
}

#[derive(FromRow)]
struct GroupRow {
    id: i64,
    opened: i64,
    grown: i64,
    told: Option<i64>,
    members: String,
    cut_off: String,
    reminded: Option<i64>,
    spoken: Option<i64>,
    grows: i64,
    receivers: String,
    progress: String,
}

impl TryFrom<GroupRow> for Group {
    type Error = StoreError;
    fn try_from(row: GroupRow) -> Result<Self, StoreError> {
        let at = at("alert_group", row.id);
        let members: Vec<MemberForm> = at.json("members", &row.members)?;
        let cut_off: Vec<i64> = at.json("cut_off", &row.cut_off)?;
        let receivers: Vec<ToldForm> = at.json("receivers", &row.receivers)?;
        let progress: Vec<ProgressForm> = at.json("progress", &row.progress)?;
        Ok(Group {
            opened: at.time("opened", row.opened)?,
            grown: at.time("grown", row.grown)?,
            told: at.time_if("told", row.told)?,
            members: members.into_iter().map(|form| form.member(&at)).collect::<Result<_, _>>()?,
            cut_off: cut_off.into_iter().map(DeviceId).collect(),
            acknowledged: None,
            reminded: at.time_if("reminded", row.reminded)?,
            snoozed: None,
            spoken: at.time_if("spoken", row.spoken)?,
            grows: row.grows != 0,
            receivers: receivers.into_iter().map(|form| form.told(&at)).collect::<Result<_, _>>()?,
            progress: progress.into_iter().map(|form| form.progress(&at)).collect::<Result<_, _>>()?,
        })
    }
}

/// A member as it is kept; times are milliseconds.
#[derive(Serialize, Deserialize)]
struct MemberForm {
    alert: String,
    decided: i64,
    told: Option<i64>,
    resolved: Option<i64>,
    over: Option<i64>,
    end_told: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    judged: Option<StoredJudged>,
}

impl From<&Member> for MemberForm {
    fn from(member: &Member) -> Self {
        MemberForm {
            alert: alert_key_text(&member.alert),
            decided: ms(member.decided),
            told: ms_if(member.told),
            resolved: ms_if(member.resolved),
            over: ms_if(member.over),
            end_told: ms_if(member.end_told),
            judged: member.judged.map(StoredJudged::from),
        }
    }
}

impl MemberForm {
    fn member(self, at: &At) -> Result<Member, StoreError> {
        Ok(Member {
            alert: at.alert_key("members", &self.alert)?,
            decided: at.time("members", self.decided)?,
            told: at.time_if("members", self.told)?,
            resolved: at.time_if("members", self.resolved)?,
            over: at.time_if("members", self.over)?,
            end_told: at.time_if("members", self.end_told)?,
            judged: self.judged.map(StoredJudged::into),
        })
    }
}

/// What a receiver was told, as it is kept; without a contact it is the channels that hear of everything.
#[derive(Serialize, Deserialize)]
struct ToldForm {
    contact: Option<i64>,
    channel: Option<String>,
    alerts: Vec<String>,
    held: Vec<String>,
    until: Option<i64>,
}

impl From<&Told> for ToldForm {
    fn from(told: &Told) -> Self {
        let (contact, channel) = match &told.to {
            Receiver::Everybody => (None, None),
            Receiver::Contact { contact, channel } => (Some(contact.0), channel.clone()),
        };
        ToldForm {
            contact,
            channel,
            alerts: told.alerts.iter().map(alert_key_text).collect(),
            held: told.held.iter().map(alert_key_text).collect(),
            until: ms_if(told.until),
        }
    }
}

impl ToldForm {
    fn told(self, at: &At) -> Result<Told, StoreError> {
        let keys = |texts: &[String]| -> Result<BTreeSet<AlertKey>, StoreError> {
            texts.iter().map(|text| at.alert_key("receivers", text)).collect()
        };
        let to = match self.contact {
            None => Receiver::Everybody,
            Some(contact) => Receiver::Contact { contact: ContactId(contact), channel: self.channel.clone() },
        };
        let until = at.time_if("receivers", self.until)?;
        Ok(Told { to, alerts: keys(&self.alerts)?, held: keys(&self.held)?, until })
    }
}

/// How far an escalation has come, as it is kept.
#[derive(Serialize, Deserialize)]
struct ProgressForm {
    escalation: i64,
    steps: u32,
    at: i64,
    is_paused: bool,
}

impl From<(&EscalationId, &Progress)> for ProgressForm {
    fn from((escalation, progress): (&EscalationId, &Progress)) -> Self {
        let Progress { steps, at, is_paused } = *progress;
        ProgressForm { escalation: escalation.0, steps, at: ms(at), is_paused }
    }
}

impl ProgressForm {
    fn progress(self, at: &At) -> Result<(EscalationId, Progress), StoreError> {
        let ProgressForm { escalation, steps, at: when, is_paused } = self;
        Ok((EscalationId(escalation), Progress { steps, at: at.time("progress", when)?, is_paused }))
    }
}
