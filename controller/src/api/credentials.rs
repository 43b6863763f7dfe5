//! `/api/v1/credentials`: what opens devices. Secrets go in and never come out.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use inventory::credential::CredentialKind;
use inventory::credential::part::{Outline, SecretPart};
use inventory::secret::Secret;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::caller::Caller;
use super::extract::{Body, Page, Path, Query, page_ask, word};
use super::problem::{ApiError, Problem};
use super::view::rfc3339;
use crate::app::App;
use crate::app::credential::CredentialEdit;
use crate::app::error::AppError;
use crate::app::principal::Role;
use crate::store::CredentialRecord;

/// A credential profile, without its secrets.
#[derive(Serialize, ToSchema)]
pub(super) struct CredentialView {
    /// Its name, which devices give.
    name: String,
    /// `snmp-v1`, `snmp-v2c`, `snmp-v3` or `ssh`.
    kind: &'static str,
    /// SNMPv3 and SSH: the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    /// SNMPv3: how messages are authenticated.
    #[serde(skip_serializing_if = "Option::is_none")]
    auth: Option<&'static str>,
    /// SNMPv3: how messages are encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    privacy: Option<&'static str>,
    /// SSH: the port.
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<u16>,
    /// SSH: the last day on which old algorithms are spoken.
    #[serde(skip_serializing_if = "Option::is_none")]
    legacy_until: Option<String>,
    /// Which secrets it has.
    secrets: Vec<&'static str>,
    /// How many devices name it.
    devices: u64,
    created_at: String,
    changed_at: String,
}

impl From<CredentialRecord> for CredentialView {
    fn from(record: CredentialRecord) -> Self {
        let none = CredentialView {
            name: record.name.as_str().to_owned(),
            kind: record.outline.kind().as_str(),
            user: None,
            auth: None,
            privacy: None,
            port: None,
            legacy_until: None,
            secrets: record.secrets.into_iter().map(SecretPart::as_str).collect(),
            devices: record.devices,
            created_at: rfc3339(record.made_at),
            changed_at: rfc3339(record.changed_at),
        };
        match record.outline {
            Outline::SnmpV1 | Outline::SnmpV2c => none,
            Outline::SnmpV3 { user, auth, privacy } => CredentialView {
                user: Some(user),
                auth: auth.map(|algorithm| algorithm.as_str()),
                privacy: privacy.map(|algorithm| algorithm.as_str()),
                ..none
            },
            Outline::Ssh { user, port, legacy_until } => CredentialView {
                user: Some(user),
                port: Some(port),
                legacy_until: legacy_until.map(|day| day.to_string()),
                ..none
            },
        }
    }
}

/// Text of a request that becomes a [`Secret`] as it is read.
struct SecretText(Secret);

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| SecretText(Secret::new(text)))
    }
}

/// What is set. What is left out stays as it is.
#[derive(Deserialize, Default, ToSchema)]
pub(super) struct EditBody {
    /// SNMPv3 and SSH: the user.
    user: Option<String>,
    /// SNMPv3: `MD5`, `SHA`, `SHA-224`, `SHA-256`, `SHA-384` or `SHA-512`; null for none.
    #[serde(default, deserialize_with = "is_given")]
    #[schema(value_type = Option<String>)]
    auth: Option<Option<String>>,
    /// SNMPv3: `DES`, `AES-128`, `AES-192`, `AES-256`, `AES-192-C` or `AES-256-C`; null for none.
    #[serde(default, deserialize_with = "is_given")]
    #[schema(value_type = Option<String>)]
    privacy: Option<Option<String>>,
    /// SSH: the port; 22 unless said.
    port: Option<u16>,
    /// SSH: the last day on which old algorithms are spoken, as `2027-01-31`; null for never.
    #[serde(default, deserialize_with = "is_given")]
    #[schema(value_type = Option<String>)]
    legacy_until: Option<Option<String>>,
    /// `community`, `auth`, `privacy`, `password`, `key`, `passphrase`: the secret that is new, or null to take it away.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, Option<String>>)]
    secrets: BTreeMap<String, Option<SecretText>>,
}

/// A profile to be made.
#[derive(Deserialize, ToSchema)]
pub(super) struct CreateBody {
    /// Its name, which devices give.
    name: String,
    /// `snmp-v1`, `snmp-v2c`, `snmp-v3` or `ssh`.
    kind: String,
    #[serde(flatten)]
    edit: EditBody,
}

/// Tells null from nothing.
fn is_given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

fn nested<T: std::str::FromStr>(name: &str, given: Option<Option<String>>) -> Result<Option<Option<T>>, AppError>
where
    T::Err: std::fmt::Display,
{
    given.map(|text| word(name, text)).transpose()
}

impl EditBody {
    fn edit(self) -> Result<CredentialEdit, AppError> {
        let mut secrets = BTreeMap::new();
        for (name, secret) in self.secrets {
            let part = SecretPart::ALL.into_iter().find(|part| part.as_str() == name);
            let part = part.ok_or_else(|| {
                let known = SecretPart::ALL.map(SecretPart::as_str).join(", ");
                AppError::Invalid(format!("secrets has {name:?}, which is none of {known}"))
            })?;
            secrets.insert(part, secret.map(|text| text.0));
        }
        Ok(CredentialEdit {
            user: self.user,
            auth: nested("auth", self.auth)?,
            privacy: nested("privacy", self.privacy)?,
            port: self.port,
            legacy_until: nested("legacy_until", self.legacy_until)?,
            secrets,
        })
    }
}

/// Which page.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// The cursor of the page before.
    cursor: Option<String>,
    /// Items a page, 100 unless said.
    limit: Option<u32>,
}

/// Credential profiles by name.
#[utoipa::path(get, path = "/api/v1/credentials", tag = "credentials", params(Asked), responses(
    (status = 200, description = "A page of them, without secrets", body = Page<CredentialView>),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "For administrators of everything", body = Problem),
))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Result<Json<Page<CredentialView>>, ApiError> {
    let page = app.credential_list(&caller, &page_ask(asked.cursor, asked.limit)).await?;
    Ok(Json(Page::of(page, CredentialView::from)))
}

/// One profile.
#[utoipa::path(get, path = "/api/v1/credentials/{name}", tag = "credentials", params(("name" = String, Path)), responses(
    (status = 200, description = "The profile, without its secrets", body = CredentialView),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "For administrators of everything", body = Problem),
    (status = 404, description = "There is none such", body = Problem),
))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<CredentialView>, ApiError> {
    Ok(Json(app.credential(&caller, &name).await?.into()))
}

/// Makes a profile. A device that names it is polled with it within seconds.
#[utoipa::path(post, path = "/api/v1/credentials", tag = "credentials", request_body = CreateBody, responses(
    (status = 201, description = "The profile, without its secrets", body = CredentialView),
    (status = 400, description = "The parts make no credential", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "For administrators of everything, with a second factor of the last 10 minutes", body = Problem),
    (status = 409, description = "There is one of this name", body = Problem),
    (status = 503, description = "The vault is locked", body = Problem),
))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<CreateBody>,
) -> Result<(StatusCode, Json<CredentialView>), ApiError> {
    // Before what is asked is looked at.
    caller.require_everywhere(Role::Admin)?;
    let kind = word::<CredentialKind>("kind", Some(body.kind))?;
    let kind = kind.ok_or_else(|| AppError::Invalid("kind is missing".to_owned()))?;
    let record = app.credential_create(&caller, &body.name, kind, body.edit.edit()?).await?;
    Ok((StatusCode::CREATED, Json(record.into())))
}

/// Changes parts of a profile; a secret that is left out is kept. Its devices are polled with it within seconds.
#[utoipa::path(patch, path = "/api/v1/credentials/{name}", tag = "credentials", params(("name" = String, Path)), request_body = EditBody, responses(
    (status = 200, description = "The profile, without its secrets", body = CredentialView),
    (status = 400, description = "The parts make no credential", body = Problem),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "For administrators of everything, with a second factor of the last 10 minutes", body = Problem),
    (status = 404, description = "There is none such", body = Problem),
    (status = 503, description = "The vault is locked", body = Problem),
))]
pub(super) async fn change(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(name): Path<String>,
    Body(body): Body<EditBody>,
) -> Result<Json<CredentialView>, ApiError> {
    caller.require_everywhere(Role::Admin)?;
    Ok(Json(app.credential_change(&caller, &name, body.edit()?).await?.into()))
}

/// Deletes a profile that no device names.
#[utoipa::path(delete, path = "/api/v1/credentials/{name}", tag = "credentials", params(("name" = String, Path)), responses(
    (status = 204, description = "It is deleted"),
    (status = 401, description = "Not logged in", body = Problem),
    (status = 403, description = "For administrators of everything, with a second factor of the last 10 minutes", body = Problem),
    (status = 404, description = "There is none such", body = Problem),
    (status = 409, description = "Devices name it, which are listed", body = Problem),
))]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<StatusCode, ApiError> {
    app.credential_delete(&caller, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}
