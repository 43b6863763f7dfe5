//! `[channels.NAME]`: where messages go.

use std::collections::BTreeMap;

use inventory::secret::Secret;
use inventory::text::{NameError, check_name};
use notify::Language;
use notify::webhook::WebhookFormat;

use super::channel_alertmanager::{Alertmanager, alertmanager};
use super::channel_chat::{Ntfy, Telegram, ZaloBot, ntfy, telegram, zalo_bot};
use super::channel_sms::{Sms, sms};
use super::channel_zalo::{ZaloTemplate, zalo_template};
use super::general::{language, web_address};
use super::reader::{Found, Section};
use super::secret_file;

/// The name of a channel: what the outbox, the metrics and the pages call it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChannelName(String);

impl ChannelName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for ChannelName {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        check_name(text, 64).map(|()| ChannelName(text.to_owned()))
    }
}

impl std::fmt::Display for ChannelName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// One way to reach people or programs. One that reaches people may have receivers of its own, who hear of everything;
/// without them it reaches contacts only.
#[derive(Clone)]
pub enum Channel {
    /// `kind = "webhook"`.
    Webhook(Webhook),
    /// `kind = "smtp"`.
    Smtp(Smtp),
    /// `kind = "sms"`.
    Sms(Sms),
    /// `kind = "telegram"`.
    Telegram(Telegram),
    /// `kind = "zalo-bot"`.
    ZaloBot(ZaloBot),
    /// `kind = "zalo-template"`.
    ZaloTemplate(ZaloTemplate),
    /// `kind = "ntfy"`.
    Ntfy(Ntfy),
    /// `kind = "alertmanager"`.
    Alertmanager(Alertmanager),
}

/// JSON over HTTP.
#[derive(Clone)]
pub struct Webhook {
    /// `http` or `https`. Its path or query may be a password: do not show it.
    pub url: String,
    /// Signs what is sent.
    pub secret: Option<Secret>,
    /// Of title and body.
    pub language: Language,
    /// What the JSON looks like.
    pub format: WebhookFormat,
}

/// Mail.
#[derive(Clone)]
pub struct Smtp {
    /// Name or address of the mail server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: MailTls,
    /// User and password, when the server wants them.
    pub login: Option<(String, Secret)>,
    /// The sender: an address, or a name and an address in angle brackets.
    pub from: String,
    /// Receivers of its own.
    pub to: Vec<String>,
    /// Of subject and body.
    pub language: Language,
    /// Certificates (PEM) to trust beside the public ones.
    pub ca_pem: Option<String>,
}

/// How a connection to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailTls {
    /// Not at all.
    None,
    /// By STARTTLS (RFC 3207), refusing a server that has none.
    StartTls,
    /// From the first byte (RFC 8314).
    Tls,
}

/// In the words of the file.
const TLS_WORDS: [(&str, MailTls); 3] =
    [("none", MailTls::None), ("starttls", MailTls::StartTls), ("tls", MailTls::Tls)];

#[derive(Clone, Copy)]
enum Kind {
    Smtp,
    Sms,
    ZaloBot,
    ZaloTemplate,
    Telegram,
    Ntfy,
    Webhook,
    Alertmanager,
}

/// In the words of the file.
const KIND_WORDS: [(&str, Kind); 8] = [
    ("smtp", Kind::Smtp),
    ("sms", Kind::Sms),
    ("zalo-bot", Kind::ZaloBot),
    ("zalo-template", Kind::ZaloTemplate),
    ("telegram", Kind::Telegram),
    ("ntfy", Kind::Ntfy),
    ("webhook", Kind::Webhook),
    ("alertmanager", Kind::Alertmanager),
];

/// In the words of the file.
const FORMAT_WORDS: [(&str, WebhookFormat); 2] =
    [("villagenet", WebhookFormat::VillageNet), ("alertmanager", WebhookFormat::Alertmanager)];

pub(super) fn channels(root: &mut Section<'_>, usual: Language) -> BTreeMap<ChannelName, Channel> {
    let mut channels = BTreeMap::new();
    for (name, mut section) in root.sections("channels") {
        let channel_name = name.value.parse::<ChannelName>();
        if let Err(error) = &channel_name {
            section.refuse(&name, format!("cannot be a name: it {error}"));
        }
        let kind = section.required("kind", "write kind = \"smtp\", \"sms\" or another");
        let kind = kind.and_then(|found| section.one_of(&found, &KIND_WORDS));
        let channel = match kind {
            Some(Kind::Webhook) => webhook(&mut section, usual).map(Channel::Webhook),
            Some(Kind::Smtp) => smtp(&mut section, usual).map(Channel::Smtp),
            Some(Kind::Sms) => sms(&mut section, usual).map(Channel::Sms),
            Some(Kind::ZaloBot) => zalo_bot(&mut section, usual).map(Channel::ZaloBot),
            Some(Kind::ZaloTemplate) => zalo_template(&mut section, usual).map(Channel::ZaloTemplate),
            Some(Kind::Telegram) => telegram(&mut section, usual).map(Channel::Telegram),
            Some(Kind::Ntfy) => ntfy(&mut section, usual).map(Channel::Ntfy),
            Some(Kind::Alertmanager) => alertmanager(&mut section, usual).map(Channel::Alertmanager),
            // Which keys are allowed depends on the kind: nothing more can be said of this section.
            None => continue,
        };
        section.finish();
        if let (Ok(name), Some(channel)) = (channel_name, channel) {
            channels.insert(name, channel);
        }
    }
    channels
}

fn webhook(section: &mut Section<'_>, usual: Language) -> Option<Webhook> {
    let url = section.required("url", "write url = \"https://…\"");
    // Not shown: the path or query of a webhook may be its password.
    let url = url.filter(|found| web_address(&found.value).map_err(|why| section.refuse_unseen(found, why)).is_ok());
    let secret = secret_file::secret(section, "secret_file").map(|found| found.value);
    let format = section.word("format", &FORMAT_WORDS).unwrap_or(WebhookFormat::VillageNet);
    let language = language(section).unwrap_or(usual);
    Some(Webhook { url: url?.value, secret, language, format })
}

fn smtp(section: &mut Section<'_>, usual: Language) -> Option<Smtp> {
    let server = section.required("server", "write server = \"HOST:PORT\"").and_then(|found| server(section, found));
    let tls_found = section.text("tls");
    let tls = tls_found.as_ref().map_or(Some(MailTls::StartTls), |found| section.one_of(found, &TLS_WORDS));
    let login = login(section);
    let from = section.required("from", "write from = \"villagenet@example.vn\"");
    let from = from.filter(|found| section.accepts(found, check_mail_address(&found.value)));
    let to = receivers(section);
    let language = language(section).unwrap_or(usual);
    let ca_pem = ca_pem(section);
    let (host, port) = server?;
    let is_in_clear = login.is_some() && tls == Some(MailTls::None) && !is_loopback(&host);
    if let Some(found) = tls_found.filter(|_| is_in_clear) {
        section.refuse(&found, "would send the password in clear: write tls = \"starttls\" or \"tls\"");
    }
    Some(Smtp { host, port, tls: tls?, login, from: from?.value, to, language, ca_pem })
}

fn server(section: &Section<'_>, found: Found<String>) -> Option<(String, u16)> {
    let address = found.value.parse::<inventory::device::Address>().ok();
    let has_port = found.value.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    match address.filter(|_| has_port) {
        Some(address) => Some((address.host().to_owned(), address.snmp_port())),
        None => {
            section.refuse(&found, "is no server and port like mail.example.vn:587");
            None
        }
    }
}

pub(super) fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// User and password go together.
pub(super) fn login(section: &mut Section<'_>) -> Option<(String, Secret)> {
    let username = section.text("username");
    let password = secret_file::secret(section, "password_file");
    match (section.has("username"), section.has("password_file")) {
        (true, false) => section.missing("password_file", "username needs it"),
        (false, true) => section.missing("username", "password_file needs it"),
        (true, true) | (false, false) => {}
    }
    Some((username?.value, password?.value))
}

fn receivers(section: &mut Section<'_>) -> Vec<String> {
    let Some(items) = section.list("to") else {
        return Vec::new();
    };
    if items.is_empty() {
        section.missing("to", NOBODY);
    }
    let good = items.into_iter().filter(|found| section.accepts(found, check_mail_address(&found.value)));
    good.map(|found| found.value).collect()
}

/// What is wrong with a list of receivers that names none.
pub(super) const NOBODY: &str = "name at least one receiver, or leave it out: the channel is for contacts then";

/// Enough to catch what was mistyped; the mail server has the last word. No line break gets into a header.
///
/// # Errors
/// What is wrong with it.
pub fn check_mail_address(text: &str) -> Result<(), &'static str> {
    let bare = match text.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
        Some((name, bare)) if !name.contains(['<', '>']) => bare,
        Some(_) => "",
        None => text,
    };
    let is_good = bare.rsplit_once('@').is_some_and(|(user, domain)| {
        !user.is_empty()
            && !domain.is_empty()
            && bare.chars().all(|c| !c.is_whitespace() && !matches!(c, '<' | '>' | ',' | ';'))
            && !user.contains('@')
    });
    let wrong = "is no mail address like technician@example.vn or Name <technician@example.vn>";
    if is_good && !text.contains(char::is_control) { Ok(()) } else { Err(wrong) }
}

fn ca_pem(section: &mut Section<'_>) -> Option<String> {
    let found = secret_file::public_text(section, "ca_file")?;
    if !found.value.contains("-----BEGIN CERTIFICATE-----") {
        section.refuse(&found, "names a file without a certificate in PEM form");
        return None;
    }
    Some(found.value)
}
