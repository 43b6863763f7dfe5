//! The ledger of a hall: a month of it, the same once more from the raw observations, and what people correct.

use alerts::cause::Cause;
use alerts::ledger::{Ledger, Month, Span, Sums, Timeline, ledger, observed};
use alerts::recompute::{self, Difference, Part, Seen};
use inventory::device::Lifecycle;
use inventory::hall::Hall;
use inventory::id::{CorrectionId, DeviceId, HallId, OutageId};
use inventory::metric::{Metric, SeriesKey};
use jiff::{SignedDuration, Timestamp};

use super::App;
use super::audit::{Actor, hall_place};
use super::error::AppError;
use super::incident::text;
use super::now::every_page;
use super::outage::TroubleQuery;
use super::principal::{Principal, Role};
use crate::store::{
    AuditAction, AuditEntry, Correction, CorrectionRecord, NewCorrection, OutageOf, OutageRecord, Page, PageAsk, Scope,
};
use alerts::health::HallState;

/// Characters of a reason.
const REASON_MAX: usize = 500;
/// The longest time that is excused at once.
const LONGEST: SignedDuration = SignedDuration::from_hours(366 * 24);
/// What is read of a device before a span, to know how the span begins.
const LEAD: SignedDuration = SignedDuration::from_mins(15);

/// A month of a hall.
#[derive(Debug, Clone)]
pub struct HallLedger {
    /// The hall.
    pub hall: Hall,
    /// The month.
    pub month: Month,
    /// What was observed, without what people said of it.
    pub observed: Timeline<HallState>,
    /// The ledger. It ends now in a month that lasts, and where a hall was last seen that is out of use.
    pub ledger: Ledger,
    /// Its lengths.
    pub sums: Sums,
    /// The outages of the hall in it, the first first.
    pub outages: Vec<OutageRecord>,
    /// Corrections that touch it, also those that were taken back, the last made first.
    pub corrections: Vec<CorrectionRecord>,
}

impl HallLedger {
    /// The span that it is of.
    pub fn span(&self) -> Span {
        Span { from: self.ledger.from(), to: self.ledger.to() }
    }

    /// The outage of the hall that lasted in a stretch of time.
    pub fn outage_in(&self, from: Timestamp, to: Timestamp) -> Option<&OutageRecord> {
        let touches =
            |record: &&OutageRecord| record.outage.start < to && record.outage.end.is_none_or(|end| end > from);
        self.outages.iter().find(touches)
    }
}

/// A correction that somebody wants to make.
#[derive(Debug, Clone, Default)]
pub struct CorrectionWish {
    /// `excused` or `cause`.
    pub kind: String,
    /// Excused: from then on.
    pub from: Option<Timestamp>,
    /// Excused: until then.
    pub until: Option<Timestamp>,
    /// Cause: of this outage.
    pub outage: Option<OutageId>,
    /// Cause: it came from that.
    pub cause: Option<Cause>,
    /// Why: others will ask.
    pub reason: String,
}

/// One part of a hall as its samples tell it.
pub(crate) type SeenPart = (DeviceId, Part, Timeline<Seen>);

impl App {
    /// A month of a hall's ledger; the present one when none is given.
    ///
    /// # Errors
    /// When there is no such hall in his part, the month is still to come, or the records cannot be read.
    pub async fn hall_ledger(
        &self,
        principal: &Principal,
        code: &str,
        month: Option<Month>,
    ) -> Result<HallLedger, AppError> {
        let hall = self.hall(principal, code).await?.hall;
        let scope = principal.require(Role::Viewer)?;
        let now = self.clock.now();
        let month = month.unwrap_or_else(|| Month::of(now));
        let Span { from, to } = month.span();
        if from > now {
            return Err(AppError::Invalid(format!("month={month} has not begun")));
        }
        let entries = self.db.hall_history(&scope, from, Some(hall.id)).await?.remove(&hall.id).unwrap_or_default();
        let last_seen = match entries.last() {
            Some((left, HallState::Unknown)) if hall.lifecycle == Lifecycle::Retired => *left,
            _ => now,
        };
        let span = Span { from, to: to.min(now).min(last_seen).max(from) };
        let corrections = self.db.correction_within(&scope, hall.id, span).await?;
        let holds = |record: &&CorrectionRecord| record.what == Correction::Excused && record.undone.is_none();
        let excused: Vec<Span> = corrections.iter().filter(holds).map(|record| record.span).collect();
        let query = TroubleQuery {
            hall: Some(hall.code.clone()),
            from: Some(span.from),
            to: Some(span.to),
            ..TroubleQuery::default()
        };
        let outages: Result<Vec<OutageRecord>, AppError> =
            every_page!(ask => self.outage_list(principal, query.clone(), OutageOf::Halls, &ask));
        let mut outages = outages?;
        outages.reverse();
        let ledger = ledger(&entries, &excused, span);
        let observed = observed(&entries, span);
        Ok(HallLedger { hall, month, observed, sums: Sums::of(&ledger), ledger, outages, corrections })
    }

    /// Where the ledger and the raw observations say different things: nowhere, if it is right.
    ///
    /// # Errors
    /// When the samples cannot be read.
    pub async fn hall_ledger_differences(&self, of: &HallLedger) -> Result<Vec<Difference>, AppError> {
        let span = of.span();
        let parts = self.hall_parts_seen(of.hall.id, span).await?;
        let lines: Vec<_> = parts.into_iter().map(|(_, part, line)| (part, line)).collect();
        Ok(recompute::differences(&of.observed, &recompute::hall(&lines, span), self.settings.reach_gap))
    }

    /// What the samples say of the parts of a hall over a span and a little around it.
    pub(crate) async fn hall_parts_seen(&self, hall: HallId, span: Span) -> Result<Vec<SeenPart>, AppError> {
        let (from, to) = (span.from.saturating_sub(LEAD), span.to.saturating_add(LEAD));
        let now = self.clock.now();
        let wide = Span { from: from.unwrap_or(span.from), to: to.unwrap_or(span.to).min(now).max(span.to) };
        let mut found = Vec::new();
        for (device, part) in recompute::parts(&self.world().fleet, hall) {
            let key = SeriesKey { device, interface: None, part: None, metric: Metric::Reachable, width: None };
            let samples = self.series.samples_of(key, wide.from, wide.to).await.map_err(AppError::internal)?;
            let asks: Vec<(Timestamp, bool)> =
                samples.into_iter().map(|sample| (sample.at, sample.value != 0)).collect();
            found.push((device, part, recompute::device(&asks, self.settings.reach_gap, wide)));
        }
        Ok(found)
    }

    /// A page of the corrections of a hall, those that were made last first.
    ///
    /// # Errors
    /// When there is no such hall in his part, the cursor is none of ours, or the records cannot be read.
    pub async fn correction_list(
        &self,
        principal: &Principal,
        code: &str,
        ask: &PageAsk,
    ) -> Result<Page<CorrectionRecord>, AppError> {
        let hall = self.hall(principal, code).await?.hall;
        let scope = principal.require(Role::Viewer)?;
        Ok(self.db.correction_list(&scope, hall.id, ask).await?)
    }

    /// Whether he may correct anything in the ledger of a hall, before it is read what.
    ///
    /// # Errors
    /// When there is no such hall in his part, or he is no technician there.
    pub async fn correction_allowed(&self, principal: &Principal, code: &str) -> Result<(), AppError> {
        let hall = self.hall(principal, code).await?.hall;
        principal.require_over(Role::Technician, hall.area, hall.id).map(|_| ())
    }

    /// Corrects the ledger of a hall: a technician says what an outage came from, an administrator what does not count.
    ///
    /// # Errors
    /// When it makes no sense, or he may not.
    pub async fn correction_create(
        &self,
        principal: &Principal,
        code: &str,
        wish: CorrectionWish,
    ) -> Result<CorrectionRecord, AppError> {
        let hall = self.hall(principal, code).await?.hall;
        let scope = principal.require_over(Role::Technician, hall.area, hall.id)?;
        let now = self.clock.now();
        let reason = text("reason", &wish.reason, REASON_MAX)?.trim().to_owned();
        let mut faults = Vec::new();
        if reason.is_empty() {
            faults.push("reason is missing: others will ask why this was corrected".to_owned());
        }
        let found = match wish.kind.as_str() {
            "excused" => {
                principal.require_over(Role::Admin, hall.area, hall.id)?;
                excused(&wish, now).map(|span| (Correction::Excused, span))
            }
            "cause" => self.cause_of(&scope, &hall, &wish).await?,
            other => Err(vec![format!("kind={other:?} is neither excused nor cause")]),
        };
        let (what, span) = match found {
            Ok(found) if faults.is_empty() => found,
            Ok(_) => return Err(AppError::Invalid(faults.join("; "))),
            Err(more) => {
                faults.extend(more);
                return Err(AppError::Invalid(faults.join("; ")));
            }
        };
        let mut details = serde_json::json!({
            "kind": what.kind(), "from": span.from.to_string(), "until": span.to.to_string(), "reason": reason,
        });
        if let Correction::Cause(outage, cause) = what {
            details["outage"] = outage.0.into();
            details["cause"] = cause.as_str().into();
        }
        let actor = Actor::of(principal);
        let entry = AuditEntry {
            place: hall_place(&hall),
            details,
            ..actor.did(now, AuditAction::CorrectionCreate, format!("hall {}", hall.code))
        };
        let new = NewCorrection { hall: hall.id, what, span, reason, made_by: principal.who.name().to_owned() };
        let id = self.db.correction_create(&new, &entry).await?;
        self.correction(&principal.require(Role::Viewer)?, &hall, id).await
    }

    /// Takes a correction back: everything is as it was before.
    ///
    /// # Errors
    /// When there is none of this id of that hall, he may not, or it was taken back already.
    pub async fn correction_undo(&self, principal: &Principal, code: &str, id: CorrectionId) -> Result<(), AppError> {
        let hall = self.hall(principal, code).await?.hall;
        let record = self.correction(&principal.require(Role::Viewer)?, &hall, id).await?;
        let needed = match record.what {
            Correction::Excused => Role::Admin,
            Correction::Cause(..) => Role::Technician,
        };
        principal.require_over(needed, hall.area, hall.id)?;
        let actor = Actor::of(principal);
        let entry = AuditEntry {
            place: hall_place(&hall),
            details: serde_json::json!({ "correction": id.0, "kind": record.what.kind() }),
            ..actor.did(self.clock.now(), AuditAction::CorrectionUndo, format!("hall {}", hall.code))
        };
        if !self.db.correction_undo(id, principal.who.name(), &entry).await? {
            return Err(AppError::Conflict("this correction was taken back already".to_owned()));
        }
        Ok(())
    }

    async fn correction(&self, scope: &Scope, hall: &Hall, id: CorrectionId) -> Result<CorrectionRecord, AppError> {
        let found = self.db.correction_by_id(scope, hall.id, id).await?;
        found.ok_or_else(|| AppError::NotFound { what: "correction of this hall", id: id.to_string() })
    }

    async fn cause_of(
        &self,
        scope: &Scope,
        hall: &Hall,
        wish: &CorrectionWish,
    ) -> Result<Result<(Correction, Span), Vec<String>>, AppError> {
        let mut faults = Vec::new();
        let Some(id) = wish.outage else { return Ok(Err(vec!["outage is missing: give its id".to_owned()])) };
        let record = self.db.outage_by_id(scope, id).await?.filter(|record| record.hall == hall.id);
        if record.is_none() {
            faults.push(format!("outage={id} is no outage of this hall or of a device in it"));
        }
        let end = record.and_then(|record| record.outage.end);
        if record.is_some() && end.is_none() {
            faults.push(format!("outage={id} lasts: its cause is found when it is over; correct it then"));
        }
        if wish.cause.is_none() {
            faults.push("cause is missing".to_owned());
        }
        Ok(match (record, end, wish.cause) {
            (Some(record), Some(to), Some(cause)) => {
                Ok((Correction::Cause(id, cause), Span { from: record.outage.start, to }))
            }
            (Some(_) | None, Some(_) | None, Some(_) | None) => Err(faults),
        })
    }
}

/// The time that is excused.
fn excused(wish: &CorrectionWish, now: Timestamp) -> Result<Span, Vec<String>> {
    let mut faults = Vec::new();
    if wish.from.is_none() {
        faults.push("from is missing: say from when on it is excused".to_owned());
    }
    if wish.until.is_none() {
        faults.push("until is missing: say until when it is excused".to_owned());
    }
    let (Some(from), Some(to)) = (wish.from, wish.until) else { return Err(faults) };
    if to <= from {
        faults.push(format!("until={to} is not after from={from}"));
    }
    if to > now {
        faults.push(format!("until={to} is still to come: excuse what is over"));
    }
    if to.duration_since(from) > LONGEST {
        faults.push("more than 366 days cannot be excused at once".to_owned());
    }
    if faults.is_empty() { Ok(Span { from, to }) } else { Err(faults) }
}
