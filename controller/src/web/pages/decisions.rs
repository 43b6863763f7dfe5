//! `/decisions`: why people were, or were not, told.

use alerts::decision::About;
use alerts::outage::Subject;
use axum::extract::{Query, State};
use axum::response::Response;
use inventory::id::ContactId;
use serde::Deserialize;

use super::reply::{Asked, PageError, Shared};
use crate::api::caller::Caller;
use crate::api::extract::parsed;
use crate::app::decision::DecisionsSeen;
use crate::app::sight::Sight;
use crate::store::{DecisionRecord, PageAsk};
use crate::web::view::decisions::{DecisionRow, DecisionsPage};

/// Decisions on a page.
const ROWS: u32 = 50;

/// What the links carry.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Fields {
    hall: String,
    contact: String,
    cursor: Option<String>,
}

/// The page.
pub(super) async fn show(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Query(fields): Query<Fields>,
) -> Result<Response, PageError> {
    let frame = asked.frame(&app);
    let hall = (!fields.hall.is_empty()).then(|| parsed("hall", &fields.hall)).transpose();
    let hall = hall.map_err(PageError::with(&frame))?;
    let contact = (!fields.contact.is_empty()).then(|| parsed("contact", &fields.contact)).transpose();
    let contact: Option<i64> = contact.map_err(PageError::with(&frame))?;
    let ask = PageAsk { cursor: fields.cursor, limit: ROWS };
    let seen = app.decision_page(&caller, hall.clone(), contact.map(ContactId), &ask).await;
    let seen = seen.map_err(PageError::with(&frame))?;
    let sight = app.sight(&caller);
    let mut halls: Vec<_> = sight.fleet().halls().map(|hall| (hall.code.clone(), hall.facts.name.clone())).collect();
    halls.sort();
    Ok(asked.page(&DecisionsPage {
        rows: seen.page.items.iter().filter_map(|record| row(&sight, &seen, record)).collect(),
        older: seen.page.next,
        halls,
        hall,
        contacts: seen.contacts.iter().map(|(id, name)| (id.0, name.clone())).collect(),
        contact,
        frame,
    }))
}

fn row(sight: &Sight, seen: &DecisionsSeen, record: &DecisionRecord) -> Option<DecisionRow> {
    let hall = sight.hall(record.hall)?;
    let decision = record.decision;
    let device = |subject| match subject {
        Subject::Device(id) => sight.device(id).map(|device| device.name.to_string()),
        Subject::Hall(_) => None,
    };
    let place = |subject| match subject {
        Subject::Device(_) => device(subject),
        Subject::Hall(id) => sight.hall(id).map(|hall| hall.facts.name.clone()),
    };
    let About { other, device: behind, silence, schedule, until: _ } = decision.reason.about();
    let with = other.and_then(|key| place(key.subject));
    let with = with.or_else(|| behind.and_then(|id| device(Subject::Device(id))));
    let with = with.or_else(|| silence.map(|id| id.to_string()));
    let with = with.or_else(|| schedule.map(|id| seen.schedules.get(&id).cloned().unwrap_or_else(|| id.to_string())));
    Some(DecisionRow {
        at: decision.at,
        hall: (hall.code.clone(), hall.facts.name.clone()),
        device: match decision.alert.subject {
            Subject::Device(id) => sight.device(id).map(|device| device.name.name.to_string()),
            Subject::Hall(_) => None,
        },
        since: decision.alert.since,
        contact: decision.contact.map(|id| seen.contacts.get(&id).cloned().unwrap_or_else(|| id.to_string())),
        reason: decision.reason,
        with: with.unwrap_or_default(),
    })
}
