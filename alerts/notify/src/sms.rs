//! SMS by an HTTP gateway: one part of unaccented GSM 7 bit text to one number.
//!
//! `esms` speaks to eSMS.vn, `http` to whatever a template describes. A channel has one number: the outbox keeps a row for
//! each channel, so whoever has confirmed is never asked again when another number fails, not even after a restart. The
//! configuration makes one channel for each number of its list.

mod esms;
mod http;

use jiff::Timestamp;

use crate::language::Language;
use crate::notice::Notice;
use crate::notifier::{Notifier, Receipt, SendError};
use crate::outbound::Outbound;
use crate::phone::PhoneNumber;
use esms::Esms;
pub use esms::{ESMS_URL, EsmsSettings, EsmsSettingsError};
use http::Http;
pub use http::{HttpMethod, HttpSettings, HttpSettingsError, Success};

/// Where messages are handed over.
pub enum GatewaySettings {
    /// eSMS.vn.
    Esms(EsmsSettings),
    /// Any other, described by templates.
    Http(HttpSettings),
}

/// What is wrong with the settings of a gateway.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SmsSettingsError {
    /// Of eSMS.
    #[error(transparent)]
    Esms(#[from] EsmsSettingsError),
    /// Of another.
    #[error(transparent)]
    Http(#[from] HttpSettingsError),
}

enum Gateway {
    Esms(Esms),
    Http(Http),
}

/// One number, and the gateway to it.
pub struct Sms {
    name: String,
    gateway: Gateway,
    to: PhoneNumber,
    language: Language,
    outbound: Outbound,
}

impl Sms {
    /// A channel of this name. Nothing is looked up or opened before the first message.
    ///
    /// # Errors
    /// When the gateway cannot be used as it is described.
    pub fn new(
        name: String,
        settings: &GatewaySettings,
        to: PhoneNumber,
        language: Language,
        outbound: Outbound,
    ) -> Result<Self, SmsSettingsError> {
        let gateway = match settings {
            GatewaySettings::Esms(settings) => Gateway::Esms(Esms::new(settings, &outbound)?),
            GatewaySettings::Http(settings) => Gateway::Http(Http::new(settings, &outbound)?),
        };
        Ok(Sms { name, gateway, to, language, outbound })
    }
}

impl Notifier for Sms {
    fn channel(&self) -> &str {
        &self.name
    }

    async fn deliver(&self, notice: &Notice<'_>, now: Timestamp) -> Result<Receipt, SendError> {
        match &self.gateway {
            Gateway::Esms(esms) => {
                let text = notice.words(self.language).short;
                esms.send(&self.outbound, &self.to, &text, &notice.id_for(&self.to.international()), now).await
            }
            Gateway::Http(http) => http.send(&self.outbound, notice, self.language, &self.to, now).await,
        }
    }
}
