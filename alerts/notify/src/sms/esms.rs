//! eSMS.vn: `SendMultipleMessage_V4_post_json`, message type 2 (customer care, under a brand name).
//!
//! HTTP says 200 to everything; `CodeResult` is the answer. `RequestId` makes a repeat safe: one that was accepted before
//! is refused as a duplicate (124), which for us is the confirmation whose answer was lost.

use std::time::Duration;

use inventory::secret::Secret;
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::Deserialize;

use crate::notifier::{Receipt, SendError};
use crate::outbound::target::{Target, TargetError};
use crate::outbound::{Outbound, said};
use crate::phone::PhoneNumber;

/// Where eSMS takes messages.
pub const ESMS_URL: &str = "https://rest.esms.vn/MainService.svc/json/SendMultipleMessage_V4_post_json/";
/// How long an account without money is left alone: somebody has to pay first.
const UNPAID: Duration = Duration::from_secs(15 * 60);

/// The settings of eSMS.
pub struct EsmsSettings {
    /// Where to: [`ESMS_URL`].
    pub url: Secret,
    /// `ApiKey`.
    pub api_key: Secret,
    /// `SecretKey`.
    pub secret_key: Secret,
    /// The registered sender.
    pub brandname: String,
    /// Whether eSMS only pretends to send.
    pub is_sandbox: bool,
}

/// What is wrong with the settings of eSMS.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EsmsSettingsError {
    /// The URL.
    #[error("url: {0}")]
    Url(#[from] TargetError),
}

pub(super) struct Esms {
    target: Target,
    api_key: Secret,
    secret_key: Secret,
    brandname: String,
    is_sandbox: bool,
}

#[derive(Deserialize)]
struct Reply {
    /// A string by the documentation; a number has been seen.
    #[serde(rename = "CodeResult")]
    code: serde_json::Value,
    #[serde(rename = "ErrorMessage", default)]
    message: Option<String>,
    #[serde(rename = "SMSID", default)]
    sms_id: Option<String>,
}

impl Esms {
    pub(super) fn new(settings: &EsmsSettings, outbound: &Outbound) -> Result<Self, EsmsSettingsError> {
        Ok(Esms {
            target: outbound.target(&settings.url)?,
            api_key: settings.api_key.clone(),
            secret_key: settings.secret_key.clone(),
            brandname: settings.brandname.clone(),
            is_sandbox: settings.is_sandbox,
        })
    }

    pub(super) async fn send(
        &self,
        outbound: &Outbound,
        to: &PhoneNumber,
        text: &str,
        request_id: &str,
        now: Timestamp,
    ) -> Result<Receipt, SendError> {
        let body = serde_json::json!({
            "ApiKey": self.api_key.reveal(),
            "SecretKey": self.secret_key.reveal(),
            "Phone": to.national(),
            "Content": text,
            "Brandname": self.brandname,
            "SmsType": "2",
            "IsUnicode": "0",
            "RequestId": request_id,
            "Sandbox": if self.is_sandbox { "1" } else { "0" },
        });
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        let answer = outbound.post(&self.target, headers, body.to_string().into_bytes()).await?;
        let secrets = [&self.api_key, &self.secret_key];
        answer.judge_with(&self.target, now, &secrets)?;
        let Some(reply) = answer.json::<Reply>() else {
            return Err(answer.strange(&self.target, "eSMS"));
        };
        self.judge(&reply, &secrets)
    }

    fn judge(&self, reply: &Reply, secrets: &[&Secret]) -> Result<Receipt, SendError> {
        let code = reply.code.as_str().map_or_else(|| reply.code.to_string(), str::to_owned);
        let id = said(reply.sms_id.as_deref().unwrap_or_default(), secrets);
        let words = said(reply.message.as_deref().unwrap_or_default(), secrets);
        let refused = |advice: &str| format!("eSMS refused the message: code {} {words}{advice}", said(&code, secrets));
        match code.as_str() {
            "100" => Ok(Receipt { reply: format!("eSMS 100, message {id}") }),
            "124" => Ok(Receipt { reply: "eSMS 124: it had accepted this message before".to_owned() }),
            "101" => Err(SendError::permanent(refused(": check api_key_file and secret_key_file"))),
            "103" => {
                let text = refused(": the account has no money left, pay it in");
                Err(SendError { retryable: true, retry_after: Some(UNPAID), text })
            }
            "104" => Err(SendError::permanent(refused(": check brandname"))),
            // "Unknown error, try again" in older lists of codes, a blocked number in newer ones: asking again is free.
            "99" => Err(SendError::retryable(refused(""))),
            _ => Err(SendError::permanent(refused(": see the list of codes of eSMS"))),
        }
    }
}
