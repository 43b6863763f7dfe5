//! Silences: made and ended by technicians over what lies in their part.

use alerts::silence::Silence;
use inventory::hall::HallCode;
use inventory::id::{AreaId, DeviceId, HallId, SilenceId};
use jiff::{SignedDuration, Timestamp};

use super::App;
use super::audit::{Actor, hall_place};
use super::error::AppError;
use super::incident::text;
use super::principal::{Principal, Role};
use crate::store::{
    AuditAction, AuditEntry, AuditPlace, Db, NewSilence, Page, PageAsk, Scope, SilenceOf, SilenceRecord, StoreError,
};
use crate::world::World;

/// The longest silence: what is out for longer is to be taken out of use.
const LONGEST: SignedDuration = SignedDuration::from_hours(90 * 24);
/// Silences that are not over, read at once.
const AT_ONCE: u32 = 500;
/// Characters of a reason.
const REASON_MAX: usize = 500;

/// What somebody wants nobody to be told of; exactly one of the three.
#[derive(Debug, Clone, Default)]
pub struct SilenceWish {
    /// A hall.
    pub hall: Option<HallCode>,
    /// A device.
    pub device: Option<DeviceId>,
    /// An area.
    pub area: Option<AreaId>,
    /// From then on; now when not given.
    pub from: Option<Timestamp>,
    /// Until then.
    pub until: Option<Timestamp>,
    /// Why: others will ask.
    pub reason: String,
}

impl App {
    /// A page of silences, those that last longest first.
    ///
    /// # Errors
    /// When he sees nothing, the cursor is none of ours, or the records cannot be read.
    pub async fn silence_list(
        &self,
        principal: &Principal,
        with_ended: bool,
        ask: &PageAsk,
    ) -> Result<Page<SilenceRecord>, AppError> {
        let scope = principal.require(Role::Viewer)?;
        let after = (!with_ended).then(|| self.clock.now());
        Ok(self.db.silence_list(&scope, after, ask).await?)
    }

    /// One silence.
    ///
    /// # Errors
    /// When there is none of this id in his part.
    pub async fn silence(&self, principal: &Principal, id: SilenceId) -> Result<SilenceRecord, AppError> {
        let scope = principal.require(Role::Viewer)?;
        let found = self.db.silence_by_id(&scope, id).await?;
        found.ok_or_else(|| AppError::NotFound { what: "silence", id: id.to_string() })
    }

    /// Makes a silence.
    ///
    /// # Errors
    /// When it makes no sense, or he is no technician of what it is of.
    pub async fn silence_create(&self, principal: &Principal, wish: SilenceWish) -> Result<SilenceRecord, AppError> {
        principal.require(Role::Technician)?;
        let now = self.clock.now();
        let (of, object, place) = self.silence_of(principal, &wish).await?;
        let from = wish.from.map_or(now, |from| from.max(now));
        let until = wish.until.ok_or_else(|| AppError::Invalid("until is missing: say when it ends".to_owned()))?;
        if until <= from {
            return Err(AppError::Invalid(format!("until={until} is not after {from}")));
        }
        if until.duration_since(from) > LONGEST {
            let text = format!("until={until} is more than 90 days away: take out of use what is out for longer");
            return Err(AppError::Invalid(text));
        }
        let reason = text("reason", &wish.reason, REASON_MAX)?;
        if reason.is_empty() {
            return Err(AppError::Invalid("reason is missing: others will ask why nobody was told".to_owned()));
        }
        let actor = Actor::of(principal);
        let entry = AuditEntry {
            place,
            details: serde_json::json!({ "from": from.to_string(), "until": until.to_string(), "reason": reason }),
            ..actor.did(now, AuditAction::SilenceCreate, object)
        };
        let new = NewSilence { of, from, until, reason, made_by: principal.who.name().to_owned() };
        let id = self.db.silence_create(&new, &entry).await?;
        self.silences_tell().await?;
        self.silence(principal, id).await
    }

    /// Ends a silence now: what is still wrong is told.
    ///
    /// # Errors
    /// When there is none of this id in his part, he is no technician there, or it is over.
    pub async fn silence_end(&self, principal: &Principal, id: SilenceId) -> Result<(), AppError> {
        self.silence(principal, id).await?;
        let scope = principal.scope(Role::Technician);
        self.db.silence_by_id(&scope, id).await?.ok_or(AppError::Forbidden(Role::Technician))?;
        let actor = Actor::of(principal);
        let entry = actor.did(self.clock.now(), AuditAction::SilenceEnd, format!("silence {id}"));
        if !self.db.silence_end(id, &entry).await? {
            return Err(AppError::Conflict("this silence is over already".to_owned()));
        }
        self.silences_tell().await
    }

    async fn silence_of(
        &self,
        principal: &Principal,
        wish: &SilenceWish,
    ) -> Result<(SilenceOf, String, AuditPlace), AppError> {
        match (&wish.hall, wish.device, wish.area) {
            (Some(code), None, None) => {
                let hall = self.hall(principal, code.as_str()).await?.hall;
                principal.require_over(Role::Technician, hall.area, hall.id)?;
                Ok((SilenceOf::Hall(hall.id), format!("hall {code}"), hall_place(&hall)))
            }
            (None, Some(id), None) => {
                let record = self.device(principal, id).await?;
                principal.require_over(Role::Technician, record.area, record.device.hall)?;
                let place = self.device_place(&record.device);
                let object = format!("device {}", record.device.name);
                Ok((SilenceOf::Device(record.device.hall, id), object, place))
            }
            (None, None, Some(id)) => {
                let area = self.area(principal, id)?;
                if !principal.scope(Role::Technician).has_area(id) {
                    return Err(AppError::Forbidden(Role::Technician));
                }
                let place = AuditPlace { area: Some(id), hall: None };
                Ok((SilenceOf::Area(id), format!("area {}", area.code), place))
            }
            (Some(_) | None, Some(_) | None, Some(_) | None) => {
                Err(AppError::Invalid("give one of hall, device and area".to_owned()))
            }
        }
    }

    /// Lets the engine know all silences that are not over.
    async fn silences_tell(&self) -> Result<(), AppError> {
        let _one_at_a_time = self.telling.lock().await;
        let silences = load(&self.db, &self.world(), self.clock.now()).await?;
        self.tell(vec![alerts::Input::Silences(silences)]).await;
        Ok(())
    }
}

/// Every silence that is not over, for the engine.
///
/// # Errors
/// When they cannot be read.
pub async fn load(db: &Db, world: &World, now: Timestamp) -> Result<Vec<Silence>, StoreError> {
    let mut silences = Vec::new();
    let mut ask = PageAsk { cursor: None, limit: AT_ONCE };
    loop {
        let page = db.silence_list(&Scope::All, Some(now), &ask).await?;
        silences.extend(page.items.iter().map(|record| silence(world, record)));
        let Some(next) = page.next else { return Ok(silences) };
        ask.cursor = Some(next);
    }
}

fn silence(world: &World, record: &SilenceRecord) -> Silence {
    let of_area = |area: AreaId| {
        let within = world.fleet.halls().filter(move |hall| world.areas.is_within(hall.area, area));
        within.map(|hall| hall.id).collect::<std::collections::BTreeSet<HallId>>()
    };
    let (halls, device) = match record.of {
        SilenceOf::Hall(hall) => ([hall].into(), None),
        SilenceOf::Device(_, device) => (std::collections::BTreeSet::new(), Some(device)),
        SilenceOf::Area(area) => (of_area(area), None),
    };
    Silence { id: record.id, halls, device, from: record.from, until: record.until }
}
