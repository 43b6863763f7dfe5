//! From the configuration of channels to channels.

use std::fmt;

use inventory::secret::Secret;
use notify::smtp::{self, Smtp, SmtpSettings, Tls};
use notify::webhook::{self, ClientError, Webhook, WebhookSettings};

use crate::config::{self, Config, MailTls};

/// Why there are no channels: everything that is wrong with any of them.
#[derive(Debug, thiserror::Error)]
pub enum ChannelsError {
    /// No HTTP client could be made for webhooks.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Settings make no sense.
    #[error("{}", .0.join("\n  "))]
    Settings(Vec<String>),
}

/// Every channel, in the order of their names.
///
/// # Errors
/// Everything that is wrong with any of them.
pub fn build(config: &Config) -> Result<Vec<notify::Channel>, ChannelsError> {
    let client = webhook::client(webhook::TIMEOUT)?;
    let (mut channels, mut faults) = (Vec::new(), Vec::new());
    for (name, channel) in &config.channels {
        let mut refuse = |error: &dyn fmt::Display| faults.push(format!("[channels.{name}] {error}"));
        match channel {
            config::Channel::Webhook(settings) => {
                let settings = WebhookSettings {
                    url: Secret::new(settings.url.clone()),
                    secret: settings.secret.clone(),
                    language: settings.language,
                };
                match Webhook::new(name.to_string(), &settings, client.clone()) {
                    Ok(made) => channels.push(notify::Channel::Webhook(made)),
                    Err(error) => refuse(&error),
                }
            }
            config::Channel::Smtp(settings) => match Smtp::new(name.to_string(), mail(settings)) {
                Ok(made) => channels.push(notify::Channel::Smtp(made)),
                Err(error) => refuse(&error),
            },
        }
    }
    if faults.is_empty() { Ok(channels) } else { Err(ChannelsError::Settings(faults)) }
}

fn mail(settings: &config::Smtp) -> SmtpSettings {
    let (user, password) = settings.login.clone().unzip();
    SmtpSettings {
        host: settings.host.clone(),
        port: settings.port,
        tls: match settings.tls {
            MailTls::None => Tls::None,
            MailTls::StartTls => Tls::StartTls,
            MailTls::Tls => Tls::Tls,
        },
        ca_pem: settings.ca_pem.clone().map(String::into_bytes),
        user,
        password,
        from: settings.from.clone(),
        to: settings.to.clone(),
        language: settings.language,
        timeout: smtp::TIMEOUT,
    }
}
