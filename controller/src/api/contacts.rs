//! `/api/v1/contacts`: who can be told of alerts.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use inventory::id::{AccountId, ContactId};
use jiff::civil::Time;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::Caller;
use super::extract::{Body, Page, Path, Query, page_ask, parsed, word};
use super::problem::{ApiError, Problem};
use super::users::Turn;
use super::view::rfc3339;
use crate::app::App;
use crate::app::contact::ContactWish;
use crate::app::error::AppError;
use crate::store::{Address, ContactRecord};

/// Where somebody can be told.
#[derive(Serialize, Deserialize, ToSchema)]
pub(super) struct AddressView {
    /// The section `[channels.NAME]` of the configuration.
    channel: String,
    /// What that channel understands: a mail address, a phone number, a chat, a topic.
    address: String,
}

/// Two times of day in the halls, `HH:MM`; over midnight when they end before they begin.
#[derive(Serialize, Deserialize, ToSchema)]
pub(super) struct HoursView {
    /// From then on.
    from: String,
    /// Until then.
    until: String,
}

impl HoursView {
    pub(super) fn new(from: Time, until: Time) -> HoursView {
        let clock = |time: Time| time.strftime("%H:%M").to_string();
        HoursView { from: clock(from), until: clock(until) }
    }

    pub(super) fn times(&self) -> Result<(Time, Time), AppError> {
        Ok((parsed("from", &self.from)?, parsed("until", &self.until)?))
    }
}

/// Somebody, or a post, who can be told.
#[derive(Serialize, ToSchema)]
pub(super) struct ContactView {
    /// Its id.
    id: i64,
    /// His name, or that of a post.
    name: String,
    /// What he is.
    position: String,
    /// What he is told in: `vi` or `en`.
    language: String,
    /// Id of the user whose contact it is.
    user: Option<i64>,
    /// By which channels he can be told, the usual one first.
    channels: Vec<String>,
    /// Where; null for who is neither himself nor an administrator.
    addresses: Option<Vec<AddressView>>,
    /// When he is not told of what can wait.
    quiet_hours: Option<HoursView>,
    /// Since when it is there.
    made_at: String,
    /// When it was last changed.
    changed_at: String,
}

/// A contact as it is to be.
#[derive(Deserialize, ToSchema)]
pub(super) struct ContactBody {
    /// His name, or that of a post; no other contact has it.
    #[serde(default)]
    name: String,
    /// What he is.
    #[serde(default)]
    position: String,
    /// What he is told in: `vi` or `en`; the language of the installation when not given.
    language: Option<String>,
    /// Id of the user whose contact it is.
    user: Option<i64>,
    /// Where he can be told, the usual way first.
    #[serde(default)]
    addresses: Vec<AddressView>,
    /// When he is not told of what can wait.
    quiet_hours: Option<HoursView>,
}

/// Quiet hours as they are to be.
#[derive(Deserialize, ToSchema)]
pub(super) struct QuietBody {
    /// None when null.
    quiet_hours: Option<HoursView>,
}

impl ContactBody {
    fn wish(self) -> Result<ContactWish, AppError> {
        let address = |view: AddressView| Address { channel: view.channel, address: view.address };
        Ok(ContactWish {
            name: self.name,
            post: self.position,
            language: word("language", self.language)?,
            account: self.user.map(AccountId),
            addresses: self.addresses.into_iter().map(address).collect(),
            quiet: self.quiet_hours.map(|hours| hours.times()).transpose()?,
        })
    }
}

/// Contacts by name.
#[utoipa::path(get, path = "/api/v1/contacts", tag = "contacts", params(Turn), responses(
    (status = 200, description = "A page of contacts", body = Page<ContactView>),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(turn): Query<Turn>,
) -> Result<Json<Page<ContactView>>, ApiError> {
    let page = app.contact_list(&caller, &page_ask(turn.cursor, turn.limit)).await?;
    Ok(Json(Page::of(page, |record| view(&app, &caller, record))))
}

/// One contact.
#[utoipa::path(get, path = "/api/v1/contacts/{id}", tag = "contacts", params(("id" = i64, Path, description = "Its id")), responses(
    (status = 200, description = "The contact", body = ContactView),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is none", body = Problem),
))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<Json<ContactView>, ApiError> {
    let record = app.contact(&caller, ContactId(id)).await?;
    Ok(Json(view(&app, &caller, record)))
}

/// Makes a contact.
#[utoipa::path(post, path = "/api/v1/contacts", tag = "contacts", request_body = ContactBody, responses(
    (status = 201, description = "The contact", body = ContactView),
    (status = 400, description = "Everything that is wrong with it", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<ContactBody>,
) -> Result<(StatusCode, Json<ContactView>), ApiError> {
    caller.require_everywhere(crate::app::principal::Role::Admin)?;
    let record = app.contact_write(&caller, None, body.wish()?).await?;
    Ok((StatusCode::CREATED, Json(view(&app, &caller, record))))
}

/// Writes a contact anew.
#[utoipa::path(put, path = "/api/v1/contacts/{id}", tag = "contacts", params(("id" = i64, Path, description = "Its id")), request_body = ContactBody, responses(
    (status = 200, description = "The contact", body = ContactView),
    (status = 400, description = "Everything that is wrong with it", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is none", body = Problem),
))]
pub(super) async fn change(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
    Body(body): Body<ContactBody>,
) -> Result<Json<ContactView>, ApiError> {
    caller.require_everywhere(crate::app::principal::Role::Admin)?;
    let record = app.contact_write(&caller, Some(ContactId(id)), body.wish()?).await?;
    Ok(Json(view(&app, &caller, record)))
}

/// Sets the quiet hours of a contact: for administrators, and for whose contact it is.
#[utoipa::path(put, path = "/api/v1/contacts/{id}/quiet-hours", tag = "contacts", params(("id" = i64, Path, description = "Its id")), request_body = QuietBody, responses(
    (status = 200, description = "The contact", body = ContactView),
    (status = 400, description = "They are none", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is no such contact", body = Problem),
))]
pub(super) async fn quiet_hours(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
    Body(body): Body<QuietBody>,
) -> Result<Json<ContactView>, ApiError> {
    app.contact(&caller, ContactId(id)).await?;
    let quiet = body.quiet_hours.map(|hours| hours.times()).transpose();
    let record = app.contact_quiet(&caller, ContactId(id), quiet?).await?;
    Ok(Json(view(&app, &caller, record)))
}

/// Removes a contact that no schedule and no escalation names.
#[utoipa::path(delete, path = "/api/v1/contacts/{id}", tag = "contacts", params(("id" = i64, Path, description = "Its id")), responses(
    (status = 204, description = "It is gone"),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "Not granted", body = Problem),
    (status = 404, description = "There is none", body = Problem),
    (status = 409, description = "What names it", body = Problem),
))]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<StatusCode, ApiError> {
    app.contact_delete(&caller, ContactId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn view(app: &App, caller: &Caller, record: ContactRecord) -> ContactView {
    let is_open = app.contact_is_open(caller, &record);
    let ContactRecord { id, draft, made_at, changed_at } = record;
    let channels = draft.addresses.iter().map(|address| address.channel.clone()).collect();
    let address = |address: Address| AddressView { channel: address.channel, address: address.address };
    ContactView {
        id: id.0,
        name: draft.name,
        position: draft.post,
        language: draft.language.as_str().to_owned(),
        user: draft.account.map(|account| account.0),
        channels,
        addresses: is_open.then(|| draft.addresses.into_iter().map(address).collect()),
        quiet_hours: draft.quiet.map(|quiet| HoursView::new(quiet.from, quiet.until)),
        made_at: rfc3339(made_at),
        changed_at: rfc3339(changed_at),
    }
}
