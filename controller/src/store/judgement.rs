//! What the engine of `alerts` decided, written in one transaction with the messages it led to and with how far the
//! observations have been judged; and the rows from which the engine goes on after a restart.

use std::collections::BTreeMap;
use std::sync::Arc;

use agent_api::Position;
use alerts::ledger::Entry;
use alerts::outage::Outage;
use alerts::rule::setting::Settings;
use alerts::{Effect, Snapshot};

use super::alert::{alert_open_in, alert_write};
use super::codec::{at, big};
use super::db::{Db, Tx, both};
use super::decision::decision_insert;
use super::error::{Step as _, StoreError};
use super::fleet::fleet_in;
use super::group::{group_all_in, group_delete, group_write};
use super::hall_history::hall_history_write;
use super::health::{device_health_all_in, device_health_write, hall_health_all_in, hall_health_write};
use super::host_key::{offered_key_all_in, offered_key_write};
use super::incident::{incident_link_insert, incident_told, incident_write};
use super::late::late_note;
use super::outage::{outage_recent_in, outage_write};
use super::outbox::{NewOutbox, outbox_insert};

impl Db {
    /// Writes a past that no engine has judged, all of it or nothing: outages, and states of halls in the order of time.
    /// For records that begin before their controller did; of a time that was judged, what is written here replaces it.
    ///
    /// # Errors
    /// When it cannot be written; then nothing is.
    pub async fn past_write(&self, outages: &[Outage], halls: &[Entry]) -> Result<(), StoreError> {
        let step = "past_write";
        let mut tx = self.begin(step).await?;
        for outage in outages {
            outage_write(&mut tx, outage).await?;
        }
        for entry in halls {
            hall_history_write(&mut tx, entry).await?;
        }
        tx.commit(step).await
    }

    /// Writes what was decided, all of it or nothing. Writing the same again changes nothing, so that
    /// a write whose answer was lost can be repeated.
    ///
    /// # Errors
    /// When it cannot be written; then nothing is.
    pub async fn judgement_write(
        &self,
        effects: &[Effect],
        messages: &[NewOutbox],
        judged: Option<&(String, Position)>,
    ) -> Result<(), StoreError> {
        let step = "judgement_write";
        let mut tx = self.begin(step).await?;
        for effect in effects {
            effect_write(&mut tx, effect).await?;
        }
        late_note(&mut tx, effects).await?;
        for effect in effects {
            if let Effect::Notify(notification) = effect {
                incident_told(&mut tx, notification).await?;
            }
        }
        for message in messages {
            outbox_insert(&mut tx, message).await?;
            incident_link_insert(&mut tx, message).await?;
        }
        if let Some((agent, position)) = judged {
            judged_write(&mut tx, agent, *position).await?;
        }
        tx.commit(step).await
    }

    /// Every row that the engine needs to go on, as of one moment.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn engine_snapshot(&self) -> Result<Snapshot, StoreError> {
        let mut tx = self.snapshot("engine_snapshot").await?;
        Ok(Snapshot {
            fleet: Arc::new(fleet_in(&mut tx).await?),
            devices: device_health_all_in(&mut tx).await?,
            halls: hall_health_all_in(&mut tx).await?,
            host_keys: offered_key_all_in(&mut tx).await?,
            outages: outage_recent_in(&mut tx).await?,
            alerts: alert_open_in(&mut tx).await?,
            groups: group_all_in(&mut tx).await?,
            // Nothing changes configurations yet.
            changes: Vec::new(),
            // Put in by who knows which halls an area has.
            silences: Vec::new(),
            // As are those who cover the halls of an area.
            people: Arc::default(),
            settings: Settings::default(),
            // Put in by who reads the samples.
            clients_seen: Vec::new(),
        })
    }

    /// The last batch of each agent that has been judged. What the samples' store holds beyond it is judged at a start.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn judged(&self) -> Result<BTreeMap<String, Position>, StoreError> {
        let rows: Vec<(String, i64, i64)> = both!(self.reader(), pool => {
            sqlx::query_as("SELECT agent, epoch, seq FROM judged ORDER BY agent").fetch_all(pool).await
        })
        .step("judged", "judged")?;
        let position = |(agent, epoch, seq): (String, i64, i64)| {
            let at = at("judged", &agent);
            let position = Position { epoch: at.number("epoch", epoch)?, seq: at.number("seq", seq)? };
            Ok((agent, position))
        };
        rows.into_iter().map(position).collect()
    }
}

async fn effect_write(tx: &mut Tx, effect: &Effect) -> Result<(), StoreError> {
    match effect {
        // Asking and telling are done by others; the messages come beside the effects.
        Effect::Reask { .. } | Effect::Notify(_) => Ok(()),
        // A batch brings hundreds of these: they are written together.
        Effect::Late(_) => Ok(()),
        Effect::DeviceHealth(health) => device_health_write(tx, health).await,
        Effect::HallHealth(health) => hall_health_write(tx, health).await,
        Effect::Ledger(entry) => hall_history_write(tx, entry).await,
        Effect::HostKey(key) => offered_key_write(tx, key).await,
        Effect::Outage(outage) => outage_write(tx, outage).await,
        Effect::Alert(alert) => alert_write(tx, alert).await,
        Effect::Group(group) => {
            incident_write(tx, group).await?;
            group_write(tx, group).await
        }
        Effect::GroupDone(group) => {
            incident_write(tx, group).await?;
            group_delete(tx, group).await
        }
        Effect::Decision(decision) => decision_insert(tx, decision).await,
    }
}

async fn judged_write(tx: &mut Tx, agent: &str, position: Position) -> Result<(), StoreError> {
    both!(tx.link(), on => {
        sqlx::query(
            "INSERT INTO judged (agent, epoch, seq) VALUES ($1, $2, $3) \
             ON CONFLICT (agent) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq \
             WHERE (judged.epoch, judged.seq) < (excluded.epoch, excluded.seq)",
        )
        .bind(agent)
        .bind(big(position.epoch))
        .bind(big(position.seq))
        .execute(on)
        .await
        .map(|_| ())
    })
    .step("judged_write", agent)
}
