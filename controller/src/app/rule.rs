//! Rules: what is built in, and what administrators set in its place, everywhere or over their part.

use std::time::Duration;

use alerts::rule::Severity;
use alerts::rule::measure::Measure;
use alerts::rule::setting::{Amount, Override, Setting, Settings};
use inventory::device::DeviceKind;
use inventory::id::{AreaId, HallId};

use super::App;
use super::audit::Actor;
use super::error::AppError;
use super::principal::{Principal, Role};
use crate::judge::Seen;
use crate::store::{AuditAction, AuditEntry, AuditPlace, Db, RuleSettingRecord, SettingOf, StoreError};
use crate::world::World;

/// How somebody wants a rule to be set. What is not given is as it is built in.
#[derive(Debug, Clone, Default)]
pub struct RuleWish {
    /// In the halls of this area only.
    pub area: Option<AreaId>,
    /// On devices of this kind only.
    pub kind: Option<DeviceKind>,
    /// In the unit of the rule.
    pub threshold: Option<f64>,
    /// Seconds that the fault has to last.
    pub hold_s: Option<i64>,
    /// Seconds that it has to be over.
    pub keep_s: Option<i64>,
    /// How bad it is.
    pub severity: Option<Severity>,
    /// Whether anybody is told.
    pub is_enabled: Option<bool>,
}

impl App {
    /// What people set, as far as it holds in his part.
    ///
    /// # Errors
    /// When he sees nothing, or the records cannot be read.
    pub async fn rule_settings(&self, principal: &Principal) -> Result<Vec<RuleSettingRecord>, AppError> {
        principal.require(Role::Viewer)?;
        let sight = self.sight(principal);
        let mut all = self.db.rule_setting_list().await?;
        all.retain(|record| record.of.area.is_none_or(|area| sight.area(area).is_some()));
        Ok(all)
    }

    /// The rule of this name, for who sees anything.
    ///
    /// # Errors
    /// When he sees nothing, or there is no such rule that could be set.
    pub fn measure(&self, principal: &Principal, name: &str) -> Result<Measure, AppError> {
        principal.require(Role::Viewer)?;
        name.parse().map_err(|_| AppError::NotFound { what: "rule that can be set", id: name.to_owned() })
    }

    /// Sets a rule: it holds from now on.
    ///
    /// # Errors
    /// When it makes no sense, or he does not administer all of where it is to hold.
    pub async fn rule_set(&self, principal: &Principal, measure: Measure, wish: &RuleWish) -> Result<(), AppError> {
        let place = self.rule_place(principal, wish.area)?;
        let (of, setting) = checked(measure, wish)?;
        let actor = Actor::of(principal);
        let details = serde_json::json!({
            "kind": of.kind.map(DeviceKind::as_str), "threshold": setting.threshold.value(), "hold_s": setting.hold_s,
            "keep_firing_s": setting.keep_s, "severity": setting.severity.as_str(), "enabled": setting.is_enabled,
        });
        let entry = AuditEntry {
            place,
            details,
            ..actor.did(self.clock.now(), AuditAction::RuleSet, format!("rule {measure}"))
        };
        self.db.rule_setting_put(of, &setting, principal.who.name(), &entry).await?;
        self.settings_tell().await
    }

    /// Takes a setting back: what is built in, or set for more, holds again.
    ///
    /// # Errors
    /// When there is none, or he does not administer all of where it holds.
    pub async fn rule_unset(&self, principal: &Principal, of: SettingOf) -> Result<(), AppError> {
        let place = self.rule_place(principal, of.area)?;
        let actor = Actor::of(principal);
        let details = serde_json::json!({ "kind": of.kind.map(DeviceKind::as_str) });
        let entry = AuditEntry {
            place,
            details,
            ..actor.did(self.clock.now(), AuditAction::RuleUnset, format!("rule {}", of.measure))
        };
        if !self.db.rule_setting_remove(of, &entry).await? {
            return Err(AppError::NotFound { what: "setting of this rule", id: of.measure.to_string() });
        }
        self.settings_tell().await
    }

    /// Where a setting lies, for who administers all of it.
    fn rule_place(&self, principal: &Principal, area: Option<AreaId>) -> Result<AuditPlace, AppError> {
        let Some(area) = area else {
            principal.require_everywhere(Role::Admin)?;
            return Ok(AuditPlace::default());
        };
        principal.require(Role::Admin)?;
        self.area(principal, area)?;
        if !principal.scope(Role::Admin).has_area(area) {
            return Err(AppError::Forbidden(Role::Admin));
        }
        Ok(AuditPlace { area: Some(area), hall: None })
    }

    /// Lets the engine know how rules are set.
    async fn settings_tell(&self) -> Result<(), AppError> {
        let settings = load(&self.db, &self.world(), self.settings.visit_interval).await?;
        let inputs = vec![alerts::Input::Settings(settings)];
        // A judge that has ended reads them from the records at the next start.
        let _ended = self.judge.send(Seen { inputs, batch: None }).await.is_err();
        Ok(())
    }
}

/// What somebody wants, when it makes sense.
///
/// # Errors
/// Everything that is wrong with it, at once.
pub(super) fn checked(measure: Measure, wish: &RuleWish) -> Result<(SettingOf, Setting), AppError> {
    let usual = measure.default_setting();
    let mut faults: Vec<String> = Vec::new();
    let mut seconds = |name: &str, given: Option<i64>, usual: u32| match given.map(u32::try_from) {
        None => usual,
        Some(Ok(seconds)) => seconds,
        Some(Err(_)) => {
            faults.push(format!("{name}={} is no number of seconds", given.unwrap_or_default()));
            usual
        }
    };
    let setting = Setting {
        hold_s: seconds("hold_s", wish.hold_s, usual.hold_s),
        keep_s: seconds("keep_firing_s", wish.keep_s, usual.keep_s),
        threshold: wish.threshold.map_or(usual.threshold, Amount::of),
        severity: wish.severity.unwrap_or(usual.severity),
        is_enabled: wish.is_enabled.unwrap_or(usual.is_enabled),
    };
    faults.extend(setting.faults(measure, wish.kind).iter().map(ToString::to_string));
    match faults.as_slice() {
        [] => Ok((SettingOf { measure, area: wish.area, kind: wish.kind }, setting)),
        faults => Err(AppError::Invalid(faults.join("; "))),
    }
}

/// How rules are set, for the engine.
///
/// # Errors
/// When it cannot be read.
pub async fn load(db: &Db, world: &World, visit_interval: Duration) -> Result<Settings, StoreError> {
    let records = db.rule_setting_list().await?;
    let overrides = records.into_iter().map(|record| Override {
        measure: record.of.measure,
        halls: record.of.area.map(|area| halls_of(world, area)),
        kind: record.of.kind,
        setting: record.setting,
    });
    Ok(Settings::new(overrides.collect()).visited_every(visit_interval))
}

fn halls_of(world: &World, area: AreaId) -> std::collections::BTreeSet<HallId> {
    let within = world.fleet.halls().filter(|hall| world.areas.is_within(hall.area, area));
    within.map(|hall| hall.id).collect()
}
