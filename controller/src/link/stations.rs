//! Who is connected by Wi-Fi, taken out of what agents saw and kept by its keyed hash. While the vault is locked there is
//! no key, and nobody's address is kept.

use std::sync::{Arc, Mutex};

use agent_api::{Observation, Seen};
use inventory::condition::Condition;
use inventory::id::DeviceId;

use crate::app::error::AppError;
use crate::app::keys::Keys;
use crate::store::{Db, StationKey, StationsSeen};

/// Keeps who is connected.
#[derive(Clone)]
pub(super) struct Stations {
    db: Db,
    keys: Arc<Keys>,
    /// The key of the installation, once it was opened: it never changes.
    key: Arc<Mutex<Option<Arc<StationKey>>>>,
}

impl Stations {
    pub(super) fn new(db: Db, keys: Arc<Keys>) -> Self {
        Stations { db, keys, key: Arc::default() }
    }

    /// Keeps those of these observations. Gives how many there was no room for, by device.
    ///
    /// # Errors
    /// When the vault is locked or the records cannot be written: nobody is kept then, and the next visit tells again.
    pub(super) async fn keep(&self, observations: &[&Observation]) -> Result<Vec<(DeviceId, usize)>, AppError> {
        let seen: Vec<StationsSeen> = observations.iter().filter_map(|observation| stations(observation)).collect();
        if seen.is_empty() {
            return Ok(Vec::new());
        }
        let key = self.key().await?;
        Ok(self.db.station_write(&key, &seen).await?)
    }

    async fn key(&self) -> Result<Arc<StationKey>, AppError> {
        if let Some(key) = self.key.lock().expect("no holder of this lock can panic").clone() {
            return Ok(key);
        }
        let db = &self.db;
        let key = Arc::new(self.keys.with_ring(|ring| async move { db.station_key(&ring).await }).await?);
        *self.key.lock().expect("no holder of this lock can panic") = Some(Arc::clone(&key));
        Ok(key)
    }
}

fn stations(observation: &Observation) -> Option<StationsSeen> {
    let Seen::Visit(visit) = &observation.seen else { return None };
    if visit.failure.is_some() || visit.condition.wifi.as_ref().is_none_or(|wifi| wifi.stations.is_empty()) {
        return None;
    }
    let stations = Condition::from(visit.condition.clone()).wifi?.stations;
    Some(StationsSeen { device: observation.device(), at: observation.at().ok()?, stations })
}
