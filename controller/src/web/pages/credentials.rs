//! `/credentials`: what opens devices, for administrators of everything. A field for a secret is always empty: what is
//! kept is never shown, and an empty field keeps it.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use inventory::credential::CredentialKind;
use inventory::credential::part::SecretPart;
use inventory::secret::Secret;
use serde::Deserialize;

use super::account::refused;
use super::login::{error_status, with_status};
use super::reply::{Asked, PageError, Shared};
use crate::api::caller::Caller;
use crate::api::extract::parsed;
use crate::app::App;
use crate::app::credential::CredentialEdit;
use crate::app::error::AppError;
use crate::app::principal::{Principal, Role};
use crate::store::PageAsk;
use crate::web::view::credentials::CredentialsPage;
use crate::web::view::failure::Failure;

/// Profiles on a page.
const ROWS: u32 = 50;
const HERE: &str = "/credentials";

/// What the forms carry. Which of it counts follows from the kind.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Fields {
    name: String,
    kind: String,
    user: String,
    auth: String,
    privacy: String,
    port: String,
    legacy_until: String,
    community: String,
    auth_secret: String,
    privacy_secret: String,
    password: String,
    key: String,
    passphrase: String,
    cursor: Option<String>,
}

impl Fields {
    /// What the form of this kind sets.
    fn edit(self, kind: CredentialKind) -> Result<CredentialEdit, AppError> {
        let mut secrets = BTreeMap::new();
        let given = |text: String| (!text.is_empty()).then(|| Secret::new(text));
        let mut put = |part: SecretPart, secret: Option<Secret>| {
            if let Some(secret) = secret {
                secrets.insert(part, Some(secret));
            }
        };
        let (user, mut edit) = (Some(self.user.trim().to_owned()), CredentialEdit::default());
        match kind {
            CredentialKind::SnmpV1 | CredentialKind::SnmpV2c => put(SecretPart::Community, given(self.community)),
            CredentialKind::SnmpV3 => {
                edit.user = user;
                edit.auth = Some(word("auth", &self.auth)?);
                edit.privacy = Some(word("privacy", &self.privacy)?);
                put(SecretPart::Auth, given(self.auth_secret));
                put(SecretPart::Privacy, given(self.privacy_secret));
            }
            CredentialKind::Ssh => {
                edit.user = user;
                edit.port = word("port", &self.port)?;
                edit.legacy_until = Some(word("legacy_until", &self.legacy_until)?);
                put(SecretPart::Password, given(self.password));
                // Browsers send CR LF.
                put(SecretPart::Key, given(self.key.replace("\r\n", "\n")));
                put(SecretPart::Passphrase, given(self.passphrase));
                // The one that is filled in takes the place of the other.
                match (secrets.contains_key(&SecretPart::Password), secrets.contains_key(&SecretPart::Key)) {
                    (true, false) => secrets.extend([(SecretPart::Key, None), (SecretPart::Passphrase, None)]),
                    (false, true) => drop(secrets.insert(SecretPart::Password, None)),
                    (true, true) | (false, false) => {}
                }
            }
        }
        edit.secrets = secrets;
        Ok(edit)
    }
}

/// A field that may be empty.
fn word<T: std::str::FromStr>(name: &str, text: &str) -> Result<Option<T>, AppError>
where
    T::Err: std::fmt::Display,
{
    let text = text.trim();
    if text.is_empty() { Ok(None) } else { parsed(name, text).map(Some) }
}

/// The page.
pub(super) async fn show(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Query(fields): Query<Fields>,
) -> Result<Response, PageError> {
    let page = fill(&app, &asked, &caller, fields.cursor, None).await.map_err(PageError::with(&asked.frame(&app)))?;
    Ok(asked.page(&page))
}

async fn fill(
    app: &App,
    asked: &Asked,
    caller: &Principal,
    cursor: Option<String>,
    failure: Option<Failure>,
) -> Result<CredentialsPage, AppError> {
    let page = app.credential_list(caller, &PageAsk { cursor, limit: ROWS }).await?;
    Ok(CredentialsPage {
        frame: asked.frame(app),
        credentials: page.items,
        next: page.next,
        is_locked: app.keys.locked().is_some(),
        failure,
    })
}

/// Makes a profile.
pub(super) async fn create(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let result = create_one(&app, &caller, fields).await;
    changed(&app, &asked, &caller, result, Failure::Name).await
}

async fn create_one(app: &App, caller: &Principal, fields: Fields) -> Result<(), AppError> {
    // Before what is asked is looked at.
    caller.require_everywhere(Role::Admin)?;
    let kind = word::<CredentialKind>("kind", &fields.kind)?;
    let kind = kind.ok_or_else(|| AppError::Invalid("kind is missing".to_owned()))?;
    let name = fields.name.trim().to_owned();
    app.credential_create(caller, &name, kind, fields.edit(kind)?).await.map(drop)
}

/// Changes a profile.
pub(super) async fn change(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Path(name): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let result = change_one(&app, &caller, &name, fields).await;
    changed(&app, &asked, &caller, result, Failure::Name).await
}

async fn change_one(app: &App, caller: &Principal, name: &str, fields: Fields) -> Result<(), AppError> {
    let kind = app.credential(caller, name).await?.outline.kind();
    app.credential_change(caller, name, fields.edit(kind)?).await.map(drop)
}

/// Deletes a profile.
pub(super) async fn delete(
    State(app): Shared,
    asked: Asked,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Response, PageError> {
    let result = app.credential_delete(&caller, &name).await;
    changed(&app, &asked, &caller, result, Failure::CredentialUsed).await
}

/// Back to the page, or the page once more with what was wrong.
async fn changed(
    app: &App,
    asked: &Asked,
    caller: &Principal,
    result: Result<(), AppError>,
    conflict: Failure,
) -> Result<Response, PageError> {
    let error = match result {
        Ok(()) => return Ok(Redirect::to(HERE).into_response()),
        Err(error) => error,
    };
    let Some(failure) = Failure::of(&error, Failure::WrongCode, conflict) else {
        return refused(app, asked, HERE, error);
    };
    let page = fill(app, asked, caller, None, Some(failure)).await.map_err(PageError::with(&asked.frame(app)))?;
    Ok(with_status(&error_status(error), asked.page(&page)))
}
