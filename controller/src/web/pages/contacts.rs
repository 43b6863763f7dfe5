//! `/contacts`: who can be told.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use inventory::id::{AccountId, ContactId};
use jiff::civil::Time;

use super::form::Fields;
use super::login::{error_status, with_status};
use super::reply::{Asked, PageError, Shared};
use crate::api::caller::Caller;
use crate::api::extract::parsed;
use crate::app::App;
use crate::app::contact::ContactWish;
use crate::app::error::AppError;
use crate::app::principal::{Principal, Role};
use crate::channels;
use crate::store::{Address, ContactRecord, PageAsk, PeopleRecord};
use crate::web::format::hours;
use crate::web::view::contacts::{ContactForm, ContactRow, ContactsPage};
use crate::web::view::people_faults;

const HERE: &str = "/contacts";
/// Empty lines for addresses.
const SPARE: usize = 2;

/// What was tried, and did not work.
struct Tried {
    id: Option<i64>,
    form: ContactForm,
    error: AppError,
}

/// The page.
pub(super) async fn show(State(app): Shared, asked: Asked, caller: Caller) -> Result<Response, PageError> {
    let page = fill(&app, &asked, &caller, None).await.map_err(PageError::with(&asked.frame(&app)))?;
    Ok(asked.page(&page))
}

async fn fill(app: &App, asked: &Asked, caller: &Principal, tried: Option<&Tried>) -> Result<ContactsPage, AppError> {
    let people = app.people(caller).await?;
    let is_keeper = caller.require_everywhere(Role::Admin).is_ok();
    let users = if is_keeper { app.user_list(caller, &PageAsk::first()).await?.items } else { Vec::new() };
    let frame = asked.frame(app);
    let new = tried.filter(|tried| tried.id.is_none()).map(|tried| tried.form.clone());
    let channels = app.settings.channels.iter();
    let channels = channels.filter_map(|(name, channel)| Some((name.to_string(), channels::example(channel)?)));
    Ok(ContactsPage {
        rows: people.contacts.iter().map(|record| row(app, caller, &people, record, tried)).collect(),
        is_keeper,
        channels: channels.collect(),
        users: users.into_iter().map(|user| (user.id.to_string(), user.name)).collect(),
        new: new.unwrap_or_else(|| with_spare(ContactForm::default())),
        faults: tried.map(|tried| people_faults::texts(&frame, &tried.error)).unwrap_or_default(),
        frame,
    })
}

fn row(
    app: &App,
    caller: &Principal,
    people: &PeopleRecord,
    record: &ContactRecord,
    tried: Option<&Tried>,
) -> ContactRow {
    let (draft, is_open) = (&record.draft, app.contact_is_open(caller, record));
    let told = |address: &Address| {
        if is_open { format!("{}: {}", address.channel, address.address) } else { address.channel.clone() }
    };
    let tried = tried.filter(|tried| tried.id == Some(record.id.0));
    let schedules = people.schedules.iter().filter(|known| known.schedule().contacts().contains(&record.id));
    let escalations = people.escalations.iter().filter(|known| known.draft.contacts().any(|id| id == record.id));
    let used_in = schedules.map(|known| &known.draft.name).chain(escalations.map(|known| &known.draft.name));
    ContactRow {
        id: record.id.0,
        name: draft.name.clone(),
        post: draft.post.clone(),
        told: draft.addresses.iter().map(told).collect(),
        quiet: draft.quiet.map(|quiet| hours(quiet.from, quiet.until)),
        used_in: used_in.cloned().collect(),
        is_open,
        is_tried: tried.is_some(),
        form: tried.map_or_else(|| form_of(record), |tried| tried.form.clone()),
    }
}

fn form_of(record: &ContactRecord) -> ContactForm {
    let draft = &record.draft;
    let clock = |time: Option<Time>| time.map(|time| time.strftime("%H:%M").to_string()).unwrap_or_default();
    with_spare(ContactForm {
        name: draft.name.clone(),
        post: draft.post.clone(),
        language: draft.language.as_str().to_owned(),
        user: draft.account.map(|account| account.to_string()).unwrap_or_default(),
        addresses: draft.addresses.iter().map(|known| (known.channel.clone(), known.address.clone())).collect(),
        quiet_from: clock(draft.quiet.map(|quiet| quiet.from)),
        quiet_until: clock(draft.quiet.map(|quiet| quiet.until)),
    })
}

fn with_spare(mut form: ContactForm) -> ContactForm {
    form.addresses.retain(|(_, address)| !address.is_empty());
    form.addresses.extend(std::iter::repeat_n(Default::default(), SPARE));
    form
}

fn form(fields: &Fields) -> ContactForm {
    let addresses = fields.each("channel").zip(fields.each("address"));
    with_spare(ContactForm {
        name: fields.text("name").to_owned(),
        post: fields.text("post").to_owned(),
        language: fields.text("language").to_owned(),
        user: fields.text("user").to_owned(),
        addresses: addresses.map(|(channel, address)| (channel.to_owned(), address.to_owned())).collect(),
        quiet_from: fields.text("quiet-from").to_owned(),
        quiet_until: fields.text("quiet-until").to_owned(),
    })
}

fn wish(form: &ContactForm) -> Result<ContactWish, AppError> {
    let given = |text: &str| !text.is_empty();
    let addresses = form.addresses.iter().filter(|(_, address)| given(address));
    let address =
        |(channel, address): &(String, String)| Address { channel: channel.clone(), address: address.clone() };
    Ok(ContactWish {
        name: form.name.clone(),
        post: form.post.clone(),
        language: Some(parsed("language", &form.language)?),
        account: given(&form.user).then(|| parsed::<AccountId>("user", &form.user)).transpose()?,
        addresses: addresses.map(address).collect(),
        quiet: quiet(form)?,
    })
}

fn quiet(form: &ContactForm) -> Result<Option<(Time, Time)>, AppError> {
    if form.quiet_from.is_empty() && form.quiet_until.is_empty() {
        return Ok(None);
    }
    Ok(Some((parsed("quiet-from", &form.quiet_from)?, parsed("quiet-until", &form.quiet_until)?)))
}

/// Makes a contact.
pub(super) async fn create(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    write(&app, &asked, &caller, None, pairs.into()).await
}

/// Changes a contact.
pub(super) async fn change(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Path(id): Path<i64>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    write(&app, &asked, &caller, Some(id), pairs.into()).await
}

async fn write(
    app: &App,
    asked: &Asked,
    caller: &Principal,
    id: Option<i64>,
    fields: Fields,
) -> Result<Response, PageError> {
    let form = form(&fields);
    let result = async {
        caller.require_everywhere(Role::Admin)?;
        app.contact_write(caller, id.map(ContactId), wish(&form)?).await.map(drop)
    };
    let result = result.await;
    changed(app, asked, caller, result.map_err(|error| Tried { id, form, error })).await
}

/// Sets the quiet hours.
pub(super) async fn quiet_hours(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Path(id): Path<i64>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let fields = Fields::from(pairs);
    let typed = form(&fields);
    let result = async {
        let record = app.contact(&caller, ContactId(id)).await?;
        if !app.contact_is_open(&caller, &record) {
            return Err(AppError::Forbidden(Role::Admin));
        }
        app.contact_quiet(&caller, ContactId(id), quiet(&typed)?).await
    };
    let result = result.await.map(drop);
    changed(&app, &asked, &caller, result.map_err(|error| Tried { id: Some(id), form: typed, error })).await
}

/// Removes a contact.
pub(super) async fn delete(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    let result = app.contact_delete(&caller, ContactId(id)).await;
    // Nothing was filled in.
    changed(&app, &asked, &caller, result.map_err(|error| Tried { id: Some(0), form: ContactForm::default(), error }))
        .await
}

/// Back to the page, or the page once more with what was wrong.
async fn changed(
    app: &App,
    asked: &Asked,
    caller: &Principal,
    result: Result<(), Tried>,
) -> Result<Response, PageError> {
    let tried = match result {
        Ok(()) => return Ok(Redirect::to(HERE).into_response()),
        Err(tried) => tried,
    };
    let frame = asked.frame(app);
    if !people_faults::is_told(&tried.error) {
        return Err(PageError::new(tried.error, frame));
    }
    let page = fill(app, asked, caller, Some(&tried)).await.map_err(PageError::with(&frame))?;
    Ok(with_status(&error_status(tried.error), asked.page(&page)))
}
