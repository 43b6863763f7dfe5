//! Writes down which agent was given which credential for which device, when that is new or the credential has changed
//! since: at the latest a second after the agent has it.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use inventory::credential::ProfileName;
use inventory::id::DeviceId;
use jiff::Timestamp;
use serde_json::json;

use crate::app::App;
use crate::app::audit::Actor;
use crate::link;
use crate::store::{AuditAction, AuditEntry, CredentialUse, StoreError};

/// How often.
pub const EVERY: Duration = Duration::from_secs(1);
/// Devices that one entry of the audit log names.
const AT_ONCE: usize = 100;

/// What was looked at last: nothing is read while it is the same.
#[derive(Default)]
pub struct Seen(Mutex<Option<Ground>>);

/// What the uses follow from.
#[derive(Clone, PartialEq, Eq)]
struct Ground {
    fleet: i64,
    credentials: i64,
    agents: Vec<String>,
}

/// A device and when its credential was last changed.
type Used = (CredentialUse, Timestamp);

/// Writes new uses down.
///
/// # Errors
/// When the records cannot be written; it is done at the next run.
pub async fn run(app: &App, seen: &Seen) -> Result<Option<String>, StoreError> {
    let (world, credentials) = (app.world(), app.credentials());
    let heard = app.links.status().into_iter().filter(|(_, status)| !status.is_silent);
    let agents: Vec<String> = heard.map(|(name, _)| name).collect();
    let ground = Ground { fleet: world.revision, credentials: credentials.revision, agents };
    if seen.0.lock().is_ok_and(|seen| seen.as_ref() == Some(&ground)) {
        return Ok(None);
    }
    let mut written = 0;
    for agent in &ground.agents {
        let known = app.db.credential_uses(agent).await?;
        let mut new: BTreeMap<&ProfileName, Vec<Used>> = BTreeMap::new();
        let given = link::given(agent, &world.fleet, &credentials);
        for (device, name) in &given {
            let Some(record) = credentials.records.get(name) else { continue };
            let used = CredentialUse { device: *device, credential: record.id };
            if known.get(&used) != Some(&record.changed_at.as_millisecond()) {
                new.entry(name).or_default().push((used, record.changed_at));
            }
        }
        for (name, uses) in new {
            for some in uses.chunks(AT_ONCE) {
                write(app, agent, name, some).await?;
                written += some.len();
            }
        }
    }
    if let Ok(mut seen) = seen.0.lock() {
        *seen = Some(ground);
    }
    Ok((written > 0).then(|| format!("{written} devices have credentials that are new to their agents")))
}

async fn write(app: &App, agent: &str, name: &ProfileName, uses: &[Used]) -> Result<(), StoreError> {
    let fleet = app.world().fleet.clone();
    let name_of = |id: DeviceId| fleet.device(id).map_or_else(|| id.to_string(), |device| device.name.to_string());
    let devices: Vec<String> = uses.iter().map(|(used, _)| name_of(used.device)).collect();
    let actor = Actor::agent(agent);
    let entry = AuditEntry {
        details: json!({ "devices": devices }),
        ..actor.did(app.clock.now(), AuditAction::CredentialUse, format!("credential {name}"))
    };
    app.db.credential_use_write(agent, uses, &entry).await
}
