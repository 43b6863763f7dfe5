//! `/api/v1/halls/{code}/ledger` and `/corrections`: the gapless account of a hall's month, and what people correct in it.

use std::sync::Arc;

use alerts::ledger::{Interval, LedgerState, Month};
use alerts::recompute::Difference;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use inventory::id::{CorrectionId, OutageId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::caller::Caller;
use super::extract::{Body, Page, Path, Query, page_ask, word};
use super::problem::{ApiError, Problem};
use super::view::rfc3339;
use crate::app::App;
use crate::app::ledger::{CorrectionWish, HallLedger};
use crate::store::{Correction, CorrectionRecord};

/// Which month.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Ask {
    /// As 2026-11, of the calendar of Vietnam; the present one when not given.
    month: Option<String>,
    /// Also compute it once more from the raw observations, and say where that differs.
    recompute: Option<bool>,
}

/// Which corrections.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct CorrectionsAsk {
    /// What `next` of the page before said.
    cursor: Option<String>,
    /// Items a page, at most 500.
    limit: Option<u32>,
}

/// A month of a hall.
#[derive(Serialize, ToSchema)]
pub(super) struct LedgerView {
    /// Code of the hall.
    hall: String,
    /// The month.
    month: String,
    /// Its first moment.
    from: String,
    /// Its end: the first moment of the next month, or now, or when a hall that is out of use was last seen.
    to: String,
    /// How long that is: exactly what the sums add up to.
    total_ms: i64,
    /// How long it was what.
    sums: SumsView,
    /// Up, in part or whole, of what was up or down; null when neither was seen.
    uptime_percent: Option<f64>,
    /// What was promised for the hall.
    promised_uptime_percent: Option<f64>,
    /// What it was when: each begins where the one before ends.
    intervals: Vec<IntervalView>,
    /// Corrections that touch this month, also those that were taken back.
    corrections: Vec<CorrectionView>,
    /// The comparison with the raw observations, when it was asked for.
    recomputed: Option<RecomputedView>,
}

/// Lengths in milliseconds.
#[derive(Serialize, ToSchema)]
pub(super) struct SumsView {
    up: i64,
    partial: i64,
    down: i64,
    unknown: i64,
    maintenance: i64,
    excused: i64,
}

/// What it was for a while.
#[derive(Serialize, ToSchema)]
pub(super) struct IntervalView {
    /// Its beginning.
    from: String,
    /// Its end.
    to: String,
    /// up, partial, down, unknown, maintenance or excused.
    state: &'static str,
    /// Its length.
    length_ms: i64,
    /// Down or excused: the outage.
    outage: Option<i64>,
    /// And why, as somebody corrected it last.
    cause: Option<&'static str>,
}

/// A comparison.
#[derive(Serialize, ToSchema)]
pub(super) struct RecomputedView {
    /// Whether both say the same.
    equal: bool,
    /// Where they do not.
    differences: Vec<DifferenceView>,
}

/// A stretch of time of which the ledger and the observations say different things.
#[derive(Serialize, ToSchema)]
pub(super) struct DifferenceView {
    /// Its beginning.
    from: String,
    /// Its end.
    to: String,
    /// What the ledger says.
    written: &'static str,
    /// What was seen.
    seen: &'static str,
}

/// A correction.
#[derive(Serialize, ToSchema)]
pub(super) struct CorrectionView {
    /// Its id.
    id: i64,
    /// excused or cause.
    kind: &'static str,
    /// From then on.
    from: String,
    /// Until then.
    until: String,
    /// Cause: of this outage.
    outage: Option<i64>,
    /// Cause: it came from that.
    cause: Option<&'static str>,
    /// Why.
    reason: String,
    /// Who said so.
    made_by: String,
    /// When.
    made_at: String,
    /// Who took it back; null while it holds.
    undone_by: Option<String>,
    /// When.
    undone_at: Option<String>,
}

/// A correction to be made.
#[derive(Deserialize, ToSchema)]
pub(super) struct CorrectionBody {
    /// excused: what the hall was down in a time does not count. cause: an outage came from something else.
    kind: String,
    /// Excused: from then on, RFC 3339.
    from: Option<String>,
    /// Excused: until then, RFC 3339.
    until: Option<String>,
    /// Cause: id of an outage of this hall, or of a device in it, that is over.
    outage: Option<i64>,
    /// Cause: power, line, device, upstream, config, cut_off or unknown.
    cause: Option<String>,
    /// Why: others will ask.
    #[serde(default)]
    reason: String,
}

/// A month of a hall, gapless and to the millisecond.
#[utoipa::path(get, path = "/api/v1/halls/{code}/ledger", tag = "ledger", params(("code" = String, Path, description = "Its code"), Ask), responses(
    (status = 200, description = "The month", body = LedgerView),
    (status = 400, description = "The query makes no sense", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is no such hall", body = Problem),
))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(code): Path<String>,
    Query(ask): Query<Ask>,
) -> Result<Json<LedgerView>, ApiError> {
    app.hall(&caller, &code).await?;
    let month: Option<Month> = word("month", ask.month)?;
    let ledger = app.hall_ledger(&caller, &code, month).await?;
    let recomputed = match ask.recompute {
        Some(true) => Some(recomputed(&app.hall_ledger_differences(&ledger).await?)),
        Some(false) | None => None,
    };
    Ok(Json(view(&ledger, recomputed)))
}

/// Corrections of a hall, those that were made last first.
#[utoipa::path(get, path = "/api/v1/halls/{code}/corrections", tag = "ledger", params(("code" = String, Path, description = "Its code"), CorrectionsAsk), responses(
    (status = 200, description = "A page of corrections", body = Page<CorrectionView>),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is no such hall", body = Problem),
))]
pub(super) async fn corrections(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(code): Path<String>,
    Query(ask): Query<CorrectionsAsk>,
) -> Result<Json<Page<CorrectionView>>, ApiError> {
    let page = app.correction_list(&caller, &code, &page_ask(ask.cursor, ask.limit)).await?;
    Ok(Json(Page::of(page, |record| correction(&record))))
}

/// Corrects a ledger: an administrator excuses what the hall was down in a time; a technician says what an outage came
/// from. Both are audited and can be taken back.
#[utoipa::path(post, path = "/api/v1/halls/{code}/corrections", tag = "ledger", request_body = CorrectionBody, params(("code" = String, Path, description = "Its code")), responses(
    (status = 201, description = "The correction", body = CorrectionView),
    (status = 400, description = "It makes no sense", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is no such hall", body = Problem),
))]
pub(super) async fn correct(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(code): Path<String>,
    Body(body): Body<CorrectionBody>,
) -> Result<(StatusCode, Json<CorrectionView>), ApiError> {
    app.correction_allowed(&caller, &code).await?;
    let wish = CorrectionWish {
        kind: body.kind,
        from: word("from", body.from)?,
        until: word("until", body.until)?,
        outage: body.outage.map(OutageId),
        cause: word("cause", body.cause)?,
        reason: body.reason,
    };
    let record = app.correction_create(&caller, &code, wish).await?;
    Ok((StatusCode::CREATED, Json(correction(&record))))
}

/// Takes a correction back: the ledger is as it was before. It stays in the list, with who took it back and when.
#[utoipa::path(delete, path = "/api/v1/halls/{code}/corrections/{id}", tag = "ledger", params(("code" = String, Path, description = "The hall's code"), ("id" = i64, Path, description = "Its id")), responses(
    (status = 204, description = "It was taken back"),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is none", body = Problem),
    (status = 409, description = "It was taken back already", body = Problem),
))]
pub(super) async fn undo(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((code, id)): Path<(String, i64)>,
) -> Result<StatusCode, ApiError> {
    app.correction_undo(&caller, &code, CorrectionId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn view(of: &HallLedger, recomputed: Option<RecomputedView>) -> LedgerView {
    let span = of.span();
    let sums = of.sums;
    LedgerView {
        hall: of.hall.code.to_string(),
        month: of.month.to_string(),
        from: rfc3339(span.from),
        to: rfc3339(span.to),
        total_ms: span.to.as_millisecond() - span.from.as_millisecond(),
        sums: SumsView {
            up: sums.up_ms,
            partial: sums.partial_ms,
            down: sums.down_ms,
            unknown: sums.unknown_ms,
            maintenance: sums.maintenance_ms,
            excused: sums.excused_ms,
        },
        uptime_percent: sums.uptime_percent(),
        promised_uptime_percent: of.hall.facts.promised_uptime,
        intervals: of.ledger.intervals().iter().map(|interval| interval_view(of, interval)).collect(),
        corrections: of.corrections.iter().map(correction).collect(),
        recomputed,
    }
}

fn interval_view(of: &HallLedger, interval: &Interval<LedgerState>) -> IntervalView {
    let is_lost = matches!(interval.state, LedgerState::Down | LedgerState::Excused);
    let outage = of.outage_in(interval.from, interval.to).filter(|_| is_lost);
    IntervalView {
        from: rfc3339(interval.from),
        to: rfc3339(interval.to),
        state: interval.state.as_str(),
        length_ms: interval.length_ms(),
        outage: outage.map(|record| record.id.0),
        cause: outage.map(|record| record.outage.cause.as_str()),
    }
}

fn recomputed(differences: &[Difference]) -> RecomputedView {
    let view = |difference: &Difference| DifferenceView {
        from: rfc3339(difference.from),
        to: rfc3339(difference.to),
        written: difference.written.as_str(),
        seen: difference.seen.as_str(),
    };
    RecomputedView { equal: differences.is_empty(), differences: differences.iter().map(view).collect() }
}

fn correction(record: &CorrectionRecord) -> CorrectionView {
    let (outage, cause) = match record.what {
        Correction::Excused => (None, None),
        Correction::Cause(outage, cause) => (Some(outage.0), Some(cause.as_str())),
    };
    let undone = record.undone.as_ref();
    CorrectionView {
        id: record.id.0,
        kind: record.what.kind(),
        from: rfc3339(record.span.from),
        until: rfc3339(record.span.to),
        outage,
        cause,
        reason: record.reason.clone(),
        made_by: record.made_by.clone(),
        made_at: rfc3339(record.made_at),
        undone_by: undone.map(|(by, _)| by.clone()),
        undone_at: undone.map(|(_, at)| rfc3339(*at)),
    }
}
