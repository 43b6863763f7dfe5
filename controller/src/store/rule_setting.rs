//! How people set rules, in place of what is built in.

use alerts::rule::measure::Measure;
use alerts::rule::setting::{Amount, Setting};
use inventory::device::DeviceKind;
use inventory::id::AreaId;
use jiff::Timestamp;
use sqlx::FromRow;

use super::account::change;
use super::audit::{AuditEntry, audit_append};
use super::codec::{at, ms};
use super::db::{Db, both};
use super::error::{Step as _, StoreError};

/// What a setting is for: a rule, and where it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettingOf {
    /// The rule.
    pub measure: Measure,
    /// In the halls of this area and below it only.
    pub area: Option<AreaId>,
    /// On devices of this kind only.
    pub kind: Option<DeviceKind>,
}

/// A setting as a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSettingRecord {
    /// What it is for.
    pub of: SettingOf,
    /// What holds there.
    pub setting: Setting,
    /// Who set it.
    pub changed_by: String,
    /// When.
    pub changed_at: Timestamp,
}

impl Db {
    /// Everything that people set; of each rule what holds everywhere first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn rule_setting_list(&self) -> Result<Vec<RuleSettingRecord>, StoreError> {
        let text = "SELECT id, rule, area, kind, threshold, hold_s, keep_s, severity, is_enabled, changed_by, changed_at \
             FROM rule_setting ORDER BY rule, COALESCE(area, 0), COALESCE(kind, '')";
        let rows: Vec<SettingRow> = both!(self.reader(), pool => sqlx::query_as(text).fetch_all(pool).await)
            .step("rule_setting_list", "rule_setting")?;
        rows.into_iter().map(RuleSettingRecord::try_from).collect()
    }

    /// Sets a rule.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn rule_setting_put(
        &self,
        of: SettingOf,
        setting: &Setting,
        changed_by: &str,
        audit: &AuditEntry<'_>,
    ) -> Result<(), StoreError> {
        let step = "rule_setting_put";
        let mut tx = self.begin(step).await?;
        let text = "INSERT INTO rule_setting \
                 (rule, area, kind, threshold, hold_s, keep_s, severity, is_enabled, changed_by, changed_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
             ON CONFLICT (rule, COALESCE(area, 0), COALESCE(kind, '')) DO UPDATE SET \
                 threshold = excluded.threshold, hold_s = excluded.hold_s, keep_s = excluded.keep_s, \
                 severity = excluded.severity, is_enabled = excluded.is_enabled, \
                 changed_by = excluded.changed_by, changed_at = excluded.changed_at";
        both!(tx.link(), on => {
            sqlx::query(text)
                .bind(of.measure.as_str())
                .bind(of.area.map(|area| area.0))
                .bind(of.kind.map(DeviceKind::as_str))
                .bind(setting.threshold.thousandths())
                .bind(i64::from(setting.hold_s))
                .bind(i64::from(setting.keep_s))
                .bind(setting.severity.as_str())
                .bind(i64::from(setting.is_enabled))
                .bind(changed_by)
                .bind(ms(audit.at))
                .execute(on)
                .await
                .map(|_| ())
        })
        .step(step, of.measure)?;
        audit_append(&mut tx, audit).await?;
        tx.commit(step).await
    }

    /// Takes a setting back. Whether there was one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn rule_setting_remove(&self, of: SettingOf, audit: &AuditEntry<'_>) -> Result<bool, StoreError> {
        let step = "rule_setting_remove";
        let mut tx = self.begin(step).await?;
        let text = "DELETE FROM rule_setting \
                    WHERE rule = $1 AND COALESCE(area, 0) = $2 AND COALESCE(kind, '') = $3";
        let (area, kind) = (of.area.map_or(0, |area| area.0), of.kind.map_or("", DeviceKind::as_str));
        if change!(tx, step, text, of.measure.as_str(), area, kind) == 0 {
            return Ok(false);
        }
        audit_append(&mut tx, audit).await?;
        tx.commit(step).await?;
        Ok(true)
    }
}

#[derive(FromRow)]
struct SettingRow {
    id: i64,
    rule: String,
    area: Option<i64>,
    kind: Option<String>,
    threshold: i64,
    hold_s: i64,
    keep_s: i64,
    severity: String,
    is_enabled: i64,
    changed_by: String,
    changed_at: i64,
}

impl TryFrom<SettingRow> for RuleSettingRecord {
    type Error = StoreError;
    fn try_from(row: SettingRow) -> Result<Self, StoreError> {
        let at = at("rule_setting", row.id);
        let of = SettingOf {
            measure: at.parse("rule", &row.rule)?,
            area: row.area.map(AreaId),
            kind: at.parse_if("kind", row.kind.as_deref())?,
        };
        let setting = Setting {
            threshold: Amount::from_thousandths(row.threshold),
            hold_s: at.number("hold_s", row.hold_s)?,
            keep_s: at.number("keep_s", row.keep_s)?,
            severity: at.severity("severity", &row.severity)?,
            is_enabled: row.is_enabled != 0,
        };
        Ok(RuleSettingRecord {
            of,
            setting,
            changed_by: row.changed_by,
            changed_at: at.time("changed_at", row.changed_at)?,
        })
    }
}
