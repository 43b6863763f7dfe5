//! From the configuration of channels to channels.

use std::fmt;

use inventory::secret::Secret;
use notify::outbound::{self, ClientError, Outbound};
use notify::smtp::{self, Smtp, SmtpSettings, Tls};
use notify::webhook::{Webhook, WebhookSettings};

use crate::config::{self, Config, MailTls};

/// Why there are no channels: everything that is wrong with any of them.
#[derive(Debug, thiserror::Error)]
pub enum ChannelsError {
    /// No HTTP client could be made.
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
    let outbound = Outbound::new(config.outbound_allow.clone(), outbound::TIMEOUT)?;
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
                match Webhook::new(name.to_string(), &settings, outbound.clone()) {
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Overrides;

    fn built(text: &str) -> Result<usize, String> {
        let config =
            config::parse(text, Path::new("."), &Overrides::default()).unwrap_or_else(|faults| panic!("{faults:?}"));
        build(&config).map(|channels| channels.len()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_webhook_to_this_machine_has_to_be_allowed() {
        let channel = "[channels.ops]\nkind = \"webhook\"\nurl = \"http://127.0.0.1:9/T0KEN\"\n";
        let refused = built(&format!("data = \"d\"\n{channel}"));
        assert_eq!(
            refused,
            Err("[channels.ops] url: is refused: it leads to 127.0.0.1, a loopback address; if it may, write \
                 outbound_allow = [\"127.0.0.1\"] in the configuration"
                .to_owned())
        );
        assert_eq!(built(&format!("data = \"d\"\noutbound_allow = [\"127.0.0.1\"]\n{channel}")), Ok(1));
    }
}
