//! From the configuration of channels to channels.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use inventory::secret::Secret;
use jiff::Timestamp;
use notify::alertmanager::{Alertmanager, AlertmanagerSettings};
use notify::ntfy::{Ntfy, NtfySettings};
use notify::outbound::{self, ClientError, Outbound};
use notify::phone::PhoneNumber;
use notify::sms::{EsmsSettings, GatewaySettings, Sms};
use notify::smtp::{self, Smtp, SmtpSettings, Tls};
use notify::telegram::{Telegram, TelegramSettings};
use notify::webhook::{Webhook, WebhookSettings};
use notify::zalo::{Tokens, ZaloBot, ZaloBotSettings, ZaloTemplate, ZaloTemplateSettings};
use notify::{Notice, Notifier, Receipt, SendError, Trial};

use crate::config::{self, ChannelName, Config, MailTls};

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

/// Every channel that has receivers of its own, in the order of their names. A section with several phone numbers makes
/// one channel for each, `NAME/84901234567`: the outbox keeps a row for each channel, so nobody gets a message again
/// because another number failed.
///
/// # Errors
/// Everything that is wrong with any of them, also with those that are for contacts only.
pub fn build(config: &Config) -> Result<Vec<notify::Channel>, ChannelsError> {
    let outbound = outbound(config)?;
    let (mut channels, mut faults) = (Vec::new(), Vec::new());
    for (name, channel) in &config.channels {
        let made = if has_receivers(channel) {
            make(name.as_str(), channel, &outbound)
        } else {
            let example = example(channel).unwrap_or_default();
            one_for(name.as_str(), channel, example, &outbound).map(|_unused| Vec::new())
        };
        match made {
            Ok(made) => channels.extend(made),
            Err(fault) => faults.push(format!("[channels.{name}] {fault}")),
        }
    }
    if faults.is_empty() { Ok(channels) } else { Err(ChannelsError::Settings(faults)) }
}

/// Whether a channel has receivers of its own, who hear of everything.
pub fn has_receivers(channel: &config::Channel) -> bool {
    match channel {
        config::Channel::Webhook(_) | config::Channel::Alertmanager(_) => true,
        config::Channel::Smtp(settings) => !settings.to.is_empty(),
        config::Channel::Sms(settings) => !settings.to.is_empty(),
        config::Channel::ZaloTemplate(settings) => !settings.to.is_empty(),
        config::Channel::Telegram(settings) => settings.chat_id.is_some(),
        config::Channel::ZaloBot(settings) => settings.chat_id.is_some(),
        config::Channel::Ntfy(settings) => settings.topic.is_some(),
    }
}

/// An address by which a channel of this kind could reach somebody; `None` for those that reach programs.
pub fn example(channel: &config::Channel) -> Option<&'static str> {
    match channel {
        config::Channel::Webhook(_) | config::Channel::Alertmanager(_) => None,
        config::Channel::Smtp(_) => Some("technician@example.vn"),
        config::Channel::Sms(_) | config::Channel::ZaloTemplate(_) => Some("84901234567"),
        config::Channel::Telegram(_) => Some("123456789"),
        config::Channel::ZaloBot(_) => Some("b115cc5a"),
        config::Channel::Ntfy(_) => Some("topic"),
    }
}

/// An address of somebody in a section as it is to be kept: phone numbers in their international form.
///
/// # Errors
/// A sentence: there is no such section (which there are), it reaches no people, or what is wrong with the address.
pub fn check_address(
    channels: &BTreeMap<ChannelName, config::Channel>,
    section: &str,
    address: &str,
) -> Result<String, String> {
    let address = address.trim();
    let wrong = |why: &str| format!("{address:?} {why}");
    let checked = match check_section(channels, section)? {
        config::Channel::Webhook(_) | config::Channel::Alertmanager(_) => Ok(()),
        config::Channel::Sms(_) | config::Channel::ZaloTemplate(_) => {
            let number = address.parse::<PhoneNumber>().map_err(|error| wrong(&error.to_string()))?;
            return Ok(number.international());
        }
        config::Channel::Smtp(_) => config::check_mail_address(address),
        config::Channel::Telegram(_) => config::check_telegram_chat(address),
        config::Channel::ZaloBot(_) => config::check_zalo_chat(address),
        config::Channel::Ntfy(_) => config::check_topic(address),
    };
    checked.map(|()| address.to_owned()).map_err(wrong)
}

/// The channel of a section by which people can be reached.
///
/// # Errors
/// A sentence: there is no such section (which there are), or it reaches no people.
pub fn check_section<'a>(
    channels: &'a BTreeMap<ChannelName, config::Channel>,
    section: &str,
) -> Result<&'a config::Channel, String> {
    let found = channels.iter().find(|(name, _)| name.as_str() == section);
    let unknown = || format!("there is no channel {section:?}: {}", for_people(channels));
    let channel = found.map(|(_, channel)| channel).ok_or_else(unknown)?;
    if example(channel).is_none() {
        return Err(format!("channel {section:?} reaches programs and has no addresses: {}", for_people(channels)));
    }
    Ok(channel)
}

/// Which sections people can be reached by.
fn for_people(channels: &BTreeMap<ChannelName, config::Channel>) -> String {
    let for_people = channels.iter().filter(|(_, channel)| example(channel).is_some());
    choice(&for_people.map(|(name, _)| name.to_string()).collect::<Vec<_>>())
}

/// How channels reach out.
///
/// # Errors
/// When no HTTP client can be made.
pub fn outbound(config: &Config) -> Result<Outbound, ChannelsError> {
    Ok(Outbound::new(config.outbound_allow.clone(), outbound::TIMEOUT)?)
}

/// What the channel to one address in a section is called.
pub fn name_of(section: &str, address: &str) -> String {
    format!("{section}/{address}")
}

/// The channel to one address in a section, called [`name_of`] both.
///
/// # Errors
/// A sentence: what [`check_address`] says, or what is wrong with the settings of the section.
pub fn for_address(
    channels: &BTreeMap<ChannelName, config::Channel>,
    section: &str,
    address: &str,
    outbound: &Outbound,
) -> Result<notify::Channel, String> {
    let address = check_address(channels, section, address)?;
    one_for(section, check_section(channels, section)?, &address, outbound)
}

/// The channel of a section with this as its only receiver.
fn one_for(
    section: &str,
    channel: &config::Channel,
    address: &str,
    outbound: &Outbound,
) -> Result<notify::Channel, String> {
    let mut channel = channel.clone();
    let mut name = name_of(section, address);
    match &mut channel {
        config::Channel::Webhook(_) | config::Channel::Alertmanager(_) => section.clone_into(&mut name),
        config::Channel::Smtp(settings) => settings.to = vec![address.to_owned()],
        config::Channel::Sms(config::Sms { to, .. })
        | config::Channel::ZaloTemplate(config::ZaloTemplate { to, .. }) => {
            *to = vec![address.parse().map_err(said)?];
            section.clone_into(&mut name);
        }
        config::Channel::Telegram(settings) => settings.chat_id = Some(address.to_owned()),
        config::Channel::ZaloBot(settings) => settings.chat_id = Some(address.to_owned()),
        config::Channel::Ntfy(settings) => settings.topic = Some(address.to_owned()),
    }
    let made = make(&name, &channel, outbound)?.into_iter().next();
    made.ok_or_else(|| format!("channel {section:?} reaches nobody at {address:?}"))
}

/// The channels of one section.
fn make(name: &str, channel: &config::Channel, outbound: &Outbound) -> Result<Vec<notify::Channel>, String> {
    let (own, outbound) = (name.to_owned(), outbound.clone());
    let made = match channel {
        config::Channel::Webhook(settings) => {
            let settings = WebhookSettings {
                url: Secret::new(settings.url.clone()),
                secret: settings.secret.clone(),
                language: settings.language,
                format: settings.format,
            };
            Webhook::new(own, &settings, outbound).map(notify::Channel::Webhook).map_err(said)
        }
        config::Channel::Smtp(settings) => Smtp::new(own, mail(settings)).map(notify::Channel::Smtp).map_err(said),
        config::Channel::Sms(settings) => return sms(name, settings, &outbound),
        config::Channel::Telegram(settings) => {
            let settings = TelegramSettings {
                base_url: settings.base_url.clone(),
                token: settings.token.clone(),
                chat_id: settings.chat_id.clone().unwrap_or_default(),
                language: settings.language,
            };
            Telegram::new(own, &settings, outbound).map(notify::Channel::Telegram).map_err(said)
        }
        config::Channel::ZaloBot(settings) => {
            let settings = ZaloBotSettings {
                base_url: settings.base_url.clone(),
                token: settings.token.clone(),
                chat_id: settings.chat_id.clone().unwrap_or_default(),
                language: settings.language,
            };
            ZaloBot::new(own, &settings, outbound).map(notify::Channel::ZaloBot).map_err(said)
        }
        config::Channel::ZaloTemplate(settings) => return zalo_template(name, settings, &outbound),
        config::Channel::Ntfy(settings) => {
            let settings = NtfySettings {
                base_url: settings.base_url.clone(),
                topic: settings.topic.clone().unwrap_or_default(),
                token: settings.token.clone(),
                language: settings.language,
            };
            Ntfy::new(own, settings, outbound).map(notify::Channel::Ntfy).map_err(said)
        }
        config::Channel::Alertmanager(settings) => {
            let settings = AlertmanagerSettings {
                base_url: settings.url.clone(),
                login: settings.login.clone(),
                language: settings.language,
            };
            Alertmanager::new(own, settings, outbound).map(notify::Channel::Alertmanager).map_err(said)
        }
    };
    made.map(|channel| vec![channel])
}

/// The name in `[channels.NAME]` of a channel, without the phone number of one of several receivers: metrics go to programs
/// and places that have no use for anybody's number.
pub fn section_of(channel: &str) -> &str {
    channel.split_once('/').map_or(channel, |(section, _)| section)
}

fn said(error: impl fmt::Display) -> String {
    error.to_string()
}

/// One channel for each number.
fn sms(name: &str, settings: &config::Sms, outbound: &Outbound) -> Result<Vec<notify::Channel>, String> {
    let gateway = match &settings.gateway {
        config::SmsGateway::Esms { url, api_key, secret_key, brandname, is_sandbox } => {
            GatewaySettings::Esms(EsmsSettings {
                url: Secret::new(url.clone()),
                api_key: api_key.clone(),
                secret_key: secret_key.clone(),
                brandname: brandname.clone(),
                is_sandbox: *is_sandbox,
            })
        }
        config::SmsGateway::Http(settings) => GatewaySettings::Http(settings.clone()),
    };
    let one = |number: &PhoneNumber| {
        let name = format!("{name}/{}", number.international());
        Sms::new(name, &gateway, number.clone(), settings.language, outbound.clone()).map(notify::Channel::Sms)
    };
    settings.to.iter().map(one).collect::<Result<_, _>>().map_err(said)
}

/// One channel for each number; they share the tokens of the account.
fn zalo_template(
    name: &str,
    settings: &config::ZaloTemplate,
    outbound: &Outbound,
) -> Result<Vec<notify::Channel>, String> {
    let tokens = Tokens::new(settings.token_file.clone(), settings.renewal.clone(), outbound);
    let tokens = Arc::new(tokens.map_err(|error| format!("oauth_url: {error}"))?);
    let one = |number: &PhoneNumber| {
        let settings = ZaloTemplateSettings {
            url: settings.url.clone(),
            tokens: Arc::clone(&tokens),
            firing: settings.firing.clone(),
            resolved: settings.resolved.clone(),
            to: number.clone(),
            language: settings.language,
        };
        let name = format!("{name}/{}", number.international());
        ZaloTemplate::new(name, settings, outbound.clone()).map(notify::Channel::ZaloTemplate)
    };
    settings.to.iter().map(one).collect::<Result<_, _>>().map_err(said)
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

/// What came of a test message to one receiver.
pub struct Tried {
    /// The channel, with its receiver where it has several.
    pub channel: String,
    /// What the receiver answered, or what went wrong.
    pub outcome: Result<Receipt, SendError>,
}

/// Why nothing was tried.
#[derive(Debug, thiserror::Error)]
pub enum TryError {
    /// There is no such address in this section, or none was given.
    #[error("{0}")]
    Address(String),
    /// No channel can be made.
    #[error(transparent)]
    Channels(#[from] ChannelsError),
    /// No such section.
    #[error("there is no channel {name:?}: {}", choice(.known))]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
}

fn choice(names: &[String]) -> String {
    match names {
        [] => "none is configured; add a section [channels.NAME]".to_owned(),
        names => format!("choose one of {}", names.join(", ")),
    }
}

/// Sends a test message, which says that it is one, to every receiver of a section, or to one address in it: `phones` or
/// `phones/84901234567`. It passes by the outbox: there is one attempt, and its outcome is told at once.
///
/// # Errors
/// When there is nothing to send by.
pub async fn test(config: &Config, name: &str, now: Timestamp) -> Result<Vec<Tried>, TryError> {
    let of_section = format!("{name}/");
    let mut tried = Vec::new();
    let mut channels = build(config)?;
    channels.retain(|channel| channel.channel() == name || channel.channel().starts_with(&of_section));
    if let Some((section, address)) = name.split_once('/').filter(|_| channels.is_empty()) {
        channels.push(for_address(&config.channels, section, address, &outbound(config)?).map_err(TryError::Address)?);
    }
    for channel in channels {
        let trial = Trial {
            id: format!("test-{}-{}", channel.channel(), now.as_millisecond()),
            channel: channel.channel().to_owned(),
            made_at: now,
            base_url: Some(config.base_url.clone().unwrap_or_else(|| config.url_at(config.listen))),
        };
        let outcome = channel.deliver(&Notice::Trial(&trial), now).await;
        tried.push(Tried { channel: trial.channel, outcome });
    }
    if tried.is_empty() {
        if config.channels.keys().any(|known| known.as_str() == name) {
            let text = format!("channel {name:?} has no receivers of its own: name an address, as {name}/ADDRESS");
            return Err(TryError::Address(text));
        }
        let known = config.channels.keys().map(ToString::to_string).collect();
        return Err(TryError::Unknown { name: name.to_owned(), known });
    }
    Ok(tried)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use inventory::clock::{Clock, ManualClock};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::task::JoinSet;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::config::Overrides;
    use crate::events::Events;
    use crate::store::{Db, NewOutbox};
    use crate::tasks::outbox::Sender;

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

    #[test]
    fn each_phone_number_is_a_channel_of_its_own() {
        let channel = "[channels.phones]\nkind = \"sms\"\ngateway = \"http\"\nurl = \"https://sms.example.vn/\"\n\
            body = \"{{ to }}\"\nto = [\"+84901234567\", \"0912345678\"]\n";
        let config = config::parse(&format!("data = \"d\"\n{channel}"), Path::new("."), &Overrides::default());
        let made = build(&config.unwrap_or_else(|faults| panic!("{faults:?}"))).unwrap();
        let names: Vec<&str> = made.iter().map(Notifier::channel).collect();
        assert_eq!(names, ["phones/84901234567", "phones/84912345678"]);
        assert_eq!([section_of(names[0]), section_of("ops")], ["phones", "ops"]);
    }

    #[test]
    fn a_channel_without_receivers_is_for_contacts() {
        let text = "data = \"d\"\n[channels.phones]\nkind = \"sms\"\ngateway = \"http\"\n\
            url = \"https://sms.example.vn/\"\nbody = \"{{ to }}\"\n\
            [channels.mail]\nkind = \"smtp\"\nserver = \"mail.example.vn:587\"\nfrom = \"v@example.vn\"\n\
            [channels.push]\nkind = \"ntfy\"\n[channels.ops]\nkind = \"webhook\"\nurl = \"https://ops.example/\"\n";
        let config = config::parse(text, Path::new("."), &Overrides::default());
        let config = config.unwrap_or_else(|faults| panic!("{faults:?}"));
        let own: Vec<String> = build(&config).unwrap().iter().map(|made| made.channel().to_owned()).collect();
        assert_eq!(own, ["ops"]);
        let named = |section: &str, address: &str| {
            for_address(&config.channels, section, address, &outbound(&config).unwrap())
                .map(|made| made.channel().to_owned())
        };
        assert_eq!(named("phones", "0901 234 567").as_deref(), Ok("phones/84901234567"));
        assert_eq!(named("mail", " ha@example.vn ").as_deref(), Ok("mail/ha@example.vn"));
        assert_eq!(named("push", "thon-7").as_deref(), Ok("push/thon-7"));
        let refused = |section: &str, address: &str| check_address(&config.channels, section, address).unwrap_err();
        assert_eq!(refused("phones", "113"), "\"113\" is no mobile number of Vietnam like +84901234567 or 0901234567");
        assert!(refused("mail", "ha@").starts_with("\"ha@\" is no mail address like"));
        assert!(refused("push", "thôn 7").starts_with("\"thôn 7\" is no topic"));
        assert_eq!(refused("zalo", "1"), "there is no channel \"zalo\": choose one of mail, phones, push");
        let program = "channel \"ops\" reaches programs and has no addresses: choose one of mail, phones, push";
        assert_eq!(refused("ops", "x"), program);
    }

    #[test]
    fn what_is_wrong_with_a_channel_for_contacts_is_found_at_the_start() {
        let channel = "[channels.push]\nkind = \"ntfy\"\nbase_url = \"http://127.0.0.1:9\"\n";
        let refused = built(&format!("data = \"d\"\n{channel}")).unwrap_err();
        assert!(refused.starts_with("[channels.push] base_url: is refused"), "{refused}");
    }

    /// A gateway that refuses one number until it is told not to, and remembers whom it wrote to.
    #[derive(Default)]
    struct Gateway {
        refuses: std::sync::Mutex<Option<&'static str>>,
        took: std::sync::Mutex<Vec<String>>,
        refused: AtomicUsize,
    }

    impl Gateway {
        async fn serve(self: Arc<Self>, listener: TcpListener) -> std::io::Result<()> {
            loop {
                let (mut stream, _) = listener.accept().await?;
                let mut request = [0; 4096];
                let read = stream.read(&mut request).await?;
                let head = String::from_utf8_lossy(&request[..read]).into_owned();
                let number = head.strip_prefix("GET /").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
                let is_refused = *self.refuses.lock().unwrap() == Some(number);
                let status = if is_refused {
                    self.refused.fetch_add(1, Ordering::SeqCst);
                    "500 Internal Server Error"
                } else {
                    self.took.lock().unwrap().push(number.to_owned());
                    "200 OK"
                };
                let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                stream.write_all(answer.as_bytes()).await?;
            }
        }
    }

    async fn until(what: &str, is_so: impl Fn() -> bool) {
        for _ in 0..1000 {
            if is_so() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{what} has not come");
    }

    #[tokio::test]
    async fn who_has_an_sms_gets_no_second_one_because_another_number_failed_not_even_after_a_restart() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let text = format!(
            "data = \"d\"\noutbound_allow = [\"127.0.0.1\"]\n[channels.phones]\nkind = \"sms\"\ngateway = \"http\"\n\
             method = \"GET\"\nurl = \"http://{}/{{{{ to }}}}\"\nto = [\"0901234567\", \"0912345678\"]\n",
            listener.local_addr().unwrap()
        );
        let config = config::parse(&text, Path::new("."), &Overrides::default());
        let config = config.unwrap_or_else(|faults| panic!("{faults:?}"));
        let gateway = Arc::new(Gateway::default());
        *gateway.refuses.lock().unwrap() = Some("84912345678");
        tokio::spawn(Arc::clone(&gateway).serve(listener));

        let folder = tempfile::tempdir().unwrap();
        let db = Db::open_sqlite(&folder.path().join("villagenet.db")).await.unwrap();
        db.migrate().await.unwrap();
        let clock = Arc::new(ManualClock::new("2026-11-24T21:53:40Z".parse().unwrap()));
        let message = r#"{"id":"n-1","thread":"t-1","kind":"firing","made_at":"2026-11-24T21:53:00Z","items":[
            {"rule":"hall_down","hall":{"code":"dr-01","name":"Thôn 01","area":"Đạ Ròn"},
             "since":"2026-11-24T21:41:00Z","ended":null,"cause":"unknown"}]}"#;
        let row = |channel: &notify::Channel| NewOutbox {
            contact: None,
            follows: false,
            link: None,
            channel: channel.channel().to_owned(),
            thread: "t-1".to_owned(),
            dedupe: "n-1".to_owned(),
            message: message.to_owned(),
            made_at: clock.now(),
        };
        let rows: Vec<NewOutbox> = build(&config).unwrap().iter().map(row).collect();
        db.judgement_write(&[], &rows, None).await.unwrap();

        let start = || {
            let (stop, mut senders) = (CancellationToken::new(), JoinSet::new());
            for channel in build(&config).unwrap() {
                let clock: Arc<dyn Clock> = Arc::<ManualClock>::clone(&clock);
                let events = Arc::new(Events::new(Arc::clone(&clock)));
                let sender = Sender { channel: Arc::new(channel), db: db.clone(), events, clock };
                senders.spawn(sender.run(Arc::default(), stop.clone()));
            }
            (stop, senders)
        };
        let (stop, senders) = start();
        until("the first attempt at both", || {
            gateway.took.lock().unwrap().len() == 1 && gateway.refused.load(Ordering::SeqCst) == 1
        })
        .await;
        stop.cancel();
        senders.join_all().await;
        db.outbox_claims_drop().await.unwrap();
        *gateway.refuses.lock().unwrap() = None;
        clock.advance(Duration::from_secs(60));
        let (stop, senders) = start();
        until("the second attempt at one", || gateway.took.lock().unwrap().len() == 2).await;
        clock.advance(Duration::from_secs(3600));
        // Longer than the senders wait between two looks: nothing more comes.
        tokio::time::sleep(Duration::from_millis(1500)).await;
        stop.cancel();
        senders.join_all().await;
        assert_eq!(*gateway.took.lock().unwrap(), ["84901234567", "84912345678"]);
    }
}
