//! Host keys: a person says that the key a device shows is the right one.

use inventory::device::HostKeyFingerprint;
use inventory::id::DeviceId;

use super::App;
use super::audit::Actor;
use super::error::AppError;
use super::principal::{Principal, Role};
use crate::events::Event;
use crate::live::Change;
use crate::store::{AuditAction, AuditEntry, DeviceRecord, HostKeyConfirmed};

impl App {
    /// Pins the key with this fingerprint. Whoever confirms says which key it is, so that nothing is confirmed unseen.
    ///
    /// # Errors
    /// When the text is no fingerprint, there is no such device in his part, he does not administer it or did not show
    /// his second factor of late, or it shows another key by now.
    pub async fn host_key_confirm(
        &self,
        principal: &Principal,
        id: DeviceId,
        fingerprint: &str,
    ) -> Result<DeviceRecord, AppError> {
        let fingerprint: HostKeyFingerprint =
            fingerprint.parse().map_err(|error| AppError::Invalid(format!("{fingerprint:?} {error}")))?;
        let record = self.device(principal, id).await?;
        let scope = principal.require_over(Role::Admin, record.area, record.device.hall)?;
        principal.require_step_up(self.clock.now())?;
        let actor = Actor::of(principal);
        let entry = AuditEntry {
            place: self.device_place(&record.device),
            details: serde_json::json!({ "fingerprint": fingerprint.as_str() }),
            ..actor.did(self.clock.now(), AuditAction::HostKeyConfirm, format!("device {}", record.device.name))
        };
        match self.db.host_key_confirm(&scope, id, &fingerprint, &entry).await? {
            HostKeyConfirmed::Pinned => {}
            HostKeyConfirmed::NotShown(Some(shown)) => {
                let shown = shown.as_str();
                return Err(AppError::Conflict(format!(
                    "the device shows {shown} by now: compare that one with the device, and confirm it if it is right"
                )));
            }
            HostKeyConfirmed::NotShown(None) => {
                return Err(AppError::Conflict(
                    "the device has not shown an SSH host key yet: wait for its next visit".to_owned(),
                ));
            }
        }
        let device = record.device.name.to_string();
        self.events.emit(Event::HostKeyConfirmed { device: &device, fingerprint: fingerprint.as_str() });
        self.live.tell(Change::Device(id));
        self.device(principal, id).await
    }
}
