//! The configuration: one TOML file, parsed whole before any socket is opened.
//!
//! [`parse`] returns either a [`Config`], which is plain data, or every fault of the file at once, each with its line.
//! Unknown keys are refused. Secrets stand in files of their own, which are read here; the TOML holds only their
//! names. Nothing here reads the environment or keeps anything global. The keys are described for administrators in
//! `controller/docs/configuration.md`.
//!
//! Must not know: the command line (it hands over [`Overrides`]), what channels do with their settings.

mod backup;
mod channel;
mod channel_alertmanager;
mod channel_chat;
mod channel_sms;
mod channel_zalo;
mod credential;
mod credential_snmp_v3;
mod credential_ssh;
mod fault;
mod general;
mod polling;
mod reader;
mod remote_write;
mod secret_file;
#[cfg(test)]
mod tests;
mod tls;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use agent_api::Cadence;
use inventory::credential::{Credential, KnownProfiles, ProfileName};
use inventory::device::Address;
use inventory::secret::Secret;
use notify::Language;

pub use backup::{Backup, Time};
pub use channel::{Channel, ChannelName, MailTls, Smtp, Webhook, check_mail_address};
pub use channel_alertmanager::Alertmanager;
pub use channel_chat::{Ntfy, Telegram, ZaloBot, check_telegram_chat, check_topic, check_zalo_chat};
pub use channel_sms::{Sms, SmsGateway};
pub use channel_zalo::ZaloTemplate;
pub use fault::Fault;
pub use inventory::network::{IpNetwork, IpNetworkError};
pub use remote_write::{RemoteLogin, RemoteWrite};
pub use tls::Tls;

/// Everything an administrator can set, checked.
#[derive(Clone)]
pub struct Config {
    /// `listen`: where pages and API are served.
    pub listen: SocketAddr,
    /// `tls`: how requests reach that address.
    pub tls: Tls,
    /// `proxies`: whose word counts on where a request came from.
    pub proxies: Vec<IpNetwork>,
    /// `hosts`: further host names and addresses that this installation is reached under, in lower case.
    pub hosts: Vec<String>,
    /// `data`: the folder that holds everything this installation keeps.
    pub data: PathBuf,
    /// A file that holds the master key of the vault, handed over by systemd; else the key is in the data folder.
    pub key_credential: Option<PathBuf>,
    /// `base_url`: how people reach this installation, without a slash at the end; put before links in messages.
    pub base_url: Option<String>,
    /// `language`: what pages and messages speak when nobody asked for another.
    pub language: Language,
    /// `metrics_allow`: who may read `/metrics` without a token.
    pub metrics_allow: Vec<IpNetwork>,
    /// `outbound_allow`: where requests of this program may go beside public addresses by https.
    pub outbound_allow: Vec<IpNetwork>,
    /// `log`, `log_format`.
    pub log: Log,
    /// `[database]`: where records are kept.
    pub database: Database,
    /// `agent.reference_targets`: what the embedded agent asks to find out whether it is connected itself.
    pub reference_targets: Vec<Address>,
    /// `[polling]`: how often devices are asked.
    pub cadence: Cadence,
    /// `[credentials.NAME]`: what opens devices.
    pub credentials: BTreeMap<ProfileName, Credential>,
    /// `[channels.NAME]`: where messages go.
    pub channels: BTreeMap<ChannelName, Channel>,
    /// `[retention]`: how long samples are kept.
    pub retention: Retention,
    /// `[backup]`: the backups of the night.
    pub backup: Backup,
    /// `[remote_write]`: where samples are sent on to, if anywhere.
    pub remote_write: Option<RemoteWrite>,
}

impl Config {
    /// The credential profiles that an import may name.
    pub fn known_profiles(&self) -> KnownProfiles {
        self.credentials.iter().map(|(name, credential)| (name.clone(), credential.kind())).collect()
    }

    /// The host of `base_url`, in lower case and without brackets.
    pub fn base_host(&self) -> Option<String> {
        let uri: axum::http::Uri = self.base_url.as_deref()?.parse().ok()?;
        Some(uri.host()?.trim_matches(['[', ']']).to_ascii_lowercase())
    }

    /// Whom a certificate made here has to be good for: every name that people may reach this machine under.
    pub fn certificate_names(&self) -> Vec<String> {
        let listen = Some(self.listen.ip()).filter(|ip| !ip.is_unspecified()).map(|ip| ip.to_canonical().to_string());
        let local = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
        let names = local.into_iter().chain(machine()).chain(listen).chain(self.base_host());
        let names: BTreeSet<String> = names.chain(self.hosts.iter().cloned()).collect();
        names.into_iter().collect()
    }

    /// Where this installation is reached when it is served on `address` and no `base_url` says better.
    pub fn url_at(&self, address: SocketAddr) -> String {
        let scheme = match self.tls {
            Tls::Off | Tls::Proxy => "http",
            Tls::SelfSigned | Tls::Files { .. } => "https",
        };
        // "Every address" is none that a browser could open.
        match address.ip().is_unspecified().then(machine).flatten() {
            Some(name) => format!("{scheme}://{name}:{}", address.port()),
            None => format!("{scheme}://{address}"),
        }
    }
}

/// The name of this machine in lower case, where it has one that can stand in an address.
pub fn machine() -> Option<String> {
    let name = hostname::get().ok()?.into_string().ok()?.to_ascii_lowercase();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    (!name.is_empty() && name.chars().all(is_plain)).then_some(name)
}

/// What is logged and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// A level, or `target=level` directives joined by commas, as `tracing_subscriber::EnvFilter` reads them.
    pub filter: String,
    /// How a line looks.
    pub format: LogFormat,
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people at a terminal.
    Text,
    /// One JSON object a line.
    Json,
}

/// Where records are kept.
#[derive(Clone)]
pub enum Database {
    /// `villagenet.db` in the data folder.
    Sqlite,
    /// A PostgreSQL server.
    Postgres {
        /// `postgres://…`, with its password.
        url: Secret,
    },
}

/// How long samples are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// `raw_days`: days for which every sample is kept.
    pub raw_days: u32,
    /// `hour_days`: days for which hours are kept.
    pub hour_days: u32,
    /// `day_days`: days for which days are kept.
    pub day_days: u32,
}

/// What the command line says instead of the file.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--listen ADDR`.
    pub listen: Option<String>,
    /// `--data DIR`, relative to where the program was started.
    pub data: Option<PathBuf>,
    /// The file in which systemd hands the master key over (`LoadCredential=villagenet-key:…`), when it does.
    pub key_credential: Option<PathBuf>,
}

/// Parses a configuration file. Relative paths in it are relative to `base_dir`, the folder of the file. An empty text
/// is a good configuration when `overrides` names the data folder.
///
/// # Errors
/// Every fault of the file, by line.
pub fn parse(text: &str, base_dir: &Path, overrides: &Overrides) -> Result<Config, Vec<Fault>> {
    let document = reader::Document::parse(text, base_dir);
    let config = read(&document, overrides);
    let faults = document.into_faults();
    match config {
        Some(config) if faults.is_empty() => Ok(config),
        _ => Err(faults),
    }
}

/// Reads every section even after one had a fault, so that all faults come out at once.
fn read(document: &reader::Document<'_>, overrides: &Overrides) -> Option<Config> {
    let mut root = document.root();
    let listen = general::listen(&mut root, overrides);
    let data = general::data(&mut root, overrides);
    let base_url = general::base_url(&mut root);
    let language = general::language(&mut root).unwrap_or(Language::Vi);
    let proxies = tls::proxies(&mut root);
    let hosts = tls::hosts(&mut root);
    let tls = tls::tls(&mut root, listen, &proxies, base_url.as_deref());
    let metrics_allow = general::metrics_allow(&mut root);
    let outbound_allow = general::networks(&mut root, "outbound_allow").unwrap_or_default();
    let log = general::log(&mut root);
    let database = general::database(&mut root);
    let reference_targets = polling::reference_targets(&mut root);
    let cadence = polling::cadence(&mut root);
    let retention = polling::retention(&mut root);
    let backup = backup::backup(&mut root, data.as_ref());
    let remote_write = remote_write::remote_write(&mut root);
    let credentials = credential::credentials(&mut root);
    let channels = channel::channels(&mut root, language);
    root.finish();
    Some(Config {
        listen: listen?,
        tls: tls?,
        proxies,
        hosts,
        data: data?,
        key_credential: overrides.key_credential.clone(),
        base_url,
        language,
        metrics_allow,
        outbound_allow,
        log,
        database: database?,
        reference_targets,
        cadence,
        credentials,
        channels,
        retention,
        backup: backup?,
        remote_write: remote_write?,
    })
}
