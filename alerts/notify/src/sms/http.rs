//! Any gateway that takes a message by one HTTP request: its URL, headers and body are templates.

use std::collections::{BTreeMap, BTreeSet};

use inventory::secret::Secret;
use jiff::Timestamp;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::Value as Json;

use crate::language::Language;
use crate::notice::Notice;
use crate::notifier::{Receipt, SendError};
use crate::outbound::target::{Target, TargetError};
use crate::outbound::{Answer, Outbound, said};
use crate::phone::PhoneNumber;
use crate::template::{self, Template};

/// How the request is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpMethod {
    /// Without a body.
    Get,
    /// With a body.
    Post,
    /// With a body.
    Put,
}

/// What an answer has to hold for the message to be accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Success {
    /// Where in the JSON of the answer (RFC 6901): `/CodeResult`.
    pub pointer: String,
    /// What stands there, as text: `100`, `true`.
    pub value: String,
}

/// The settings of a gateway.
#[derive(Clone)]
pub struct HttpSettings {
    /// Where to, with [`crate::template::Escape::Url`]; what is filled in may not change the host.
    pub url: Template,
    /// How.
    pub method: HttpMethod,
    /// Further headers.
    pub headers: Vec<(HeaderName, Template)>,
    /// The content type and the body.
    pub body: Option<(String, Template)>,
    /// Without it any 2xx confirms.
    pub success: Option<Success>,
    /// What the templates call `secret.NAME`.
    pub secrets: BTreeMap<String, Secret>,
}

/// What is wrong with the settings of a gateway.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpSettingsError {
    /// The URL.
    #[error("url: {0}")]
    Url(#[from] TargetError),
    /// The URL goes elsewhere with each message.
    #[error("url: its scheme, host and port must stand there as they are, not be filled in")]
    Host,
    /// The content type.
    #[error("content_type: cannot stand in a header")]
    ContentType,
}

pub(super) struct Http {
    settings: HttpSettings,
    content_type: Option<HeaderValue>,
}

impl Http {
    pub(super) fn new(settings: &HttpSettings, outbound: &Outbound) -> Result<Self, HttpSettingsError> {
        let names: BTreeSet<String> = settings.secrets.keys().cloned().collect();
        let place = |text: &str| {
            let url = settings.url.render(&template::sample(text, &names)).map_err(|_| TargetError::Syntax)?;
            outbound.target(&Secret::new(url)).map(|target| target.to_string())
        };
        // Two messages that have no letter in common lead to the same place.
        if place("a1")? != place("z9")? {
            return Err(HttpSettingsError::Host);
        }
        let content_type = settings.body.as_ref().map(|(content_type, _)| HeaderValue::from_str(content_type));
        let content_type = content_type.transpose().map_err(|_| HttpSettingsError::ContentType)?;
        Ok(Http { settings: settings.clone(), content_type })
    }

    pub(super) async fn send(
        &self,
        outbound: &Outbound,
        notice: &Notice<'_>,
        language: Language,
        to: &PhoneNumber,
        now: Timestamp,
    ) -> Result<Receipt, SendError> {
        let filling = template::filling(notice, language, Some(to), &self.settings.secrets);
        let fill = |what: &str, template: &Template| {
            let filled = template.render(&filling);
            filled.map_err(|error| SendError::permanent(format!("{what} of this channel cannot be filled in: {error}")))
        };
        let url = Secret::new(fill("url", &self.settings.url)?);
        let refused = |error| SendError::permanent(format!("url of this channel, once it is filled in, {error}"));
        let target = outbound.target(&url).map_err(refused)?;
        let mut headers = HeaderMap::new();
        for (name, value) in &self.settings.headers {
            let mut value = HeaderValue::from_str(&fill("headers", value)?).map_err(|_| {
                SendError::permanent(format!(
                    "the header {name} of this channel has characters that no header can hold"
                ))
            })?;
            value.set_sensitive(true);
            headers.append(name, value);
        }
        let body = match (&self.settings.body, &self.content_type) {
            (Some((_, body)), Some(content_type)) => {
                headers.entry(CONTENT_TYPE).or_insert(content_type.clone());
                fill("body", body)?.into_bytes()
            }
            (Some(_) | None, _) => Vec::new(),
        };
        let method = match self.settings.method {
            HttpMethod::Get => Method::GET,
            HttpMethod::Post => Method::POST,
            HttpMethod::Put => Method::PUT,
        };
        let answer = outbound.request(method, &target, headers, body).await?;
        self.judge(&target, &answer, now)
    }

    fn judge(&self, target: &Target, answer: &Answer, now: Timestamp) -> Result<Receipt, SendError> {
        let secrets: Vec<&Secret> = self.settings.secrets.values().collect();
        let receipt = answer.judge_with(target, now, &secrets)?;
        let Some(success) = &self.settings.success else { return Ok(receipt) };
        let Some(json) = answer.json::<Json>() else {
            return Err(answer.strange(target, "an SMS gateway that speaks JSON"));
        };
        let found = json.pointer(&success.pointer).map(|value| match value {
            Json::String(text) => text.clone(),
            other => other.to_string(),
        });
        match found {
            Some(found) if found == success.value => {
                Ok(Receipt { reply: format!("{}, {} is {found}", receipt.reply, success.pointer) })
            }
            // A gateway that took the message and says it in other words would send it again with every attempt.
            _ => Err(SendError::permanent(format!(
                "{target} refused the message: {} is not {}: {}",
                success.pointer,
                success.value,
                said(&answer.text, &secrets)
            ))),
        }
    }
}
