//! The use cases: what people and programs can ask of this installation, one file per resource. They know no HTTP;
//! `api` and `web` unpack, call and wrap. What somebody may is decided here: every use case takes the principal who
//! asks, [`principal::Principal`] says which part of the fleet is his, and the store leaves out the rest.

pub mod access;
pub mod account;
pub mod account_command;
pub mod area;
pub mod audit;
pub mod condition;
pub mod contact;
pub mod credential;
pub mod credential_import;
pub mod decision;
pub mod error;
pub mod escalation;
pub mod fleet;
pub mod grant;
pub mod host_key;
pub mod incident;
pub mod inventory;
pub mod keys;
pub mod ledger;
pub mod login;
pub mod now;
pub mod outage;
pub mod passkey;
pub mod passphrase;
pub mod past;
pub mod people;
pub mod people_fault;
pub mod principal;
mod relying_party;
pub mod rotate;
pub mod rule;
pub mod rule_preview;
pub mod schedule;
pub mod series;
pub mod series_together;
pub mod session;
pub mod sight;
pub mod silence;
pub mod throttle;
pub mod token;
pub mod totp;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use ::inventory::clock::Clock;
use jiff::SignedDuration;
use notify::Language;
use tokio::sync::{Mutex, mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::config::{Channel, ChannelName, IpNetwork};
use crate::credentials::Credentials;
use crate::disk::Disk;
use crate::events::Events;
use crate::judge::Seen;
use crate::link::{AgentStatus, Links};
use crate::live::Live;
use crate::series::Series;
use crate::store::Db;
use crate::world::World;
use access::Access;
use error::AppError;
use keys::Keys;
use people::AddressBook;
use principal::{Principal, Role};

/// What use cases work with. One for the whole process.
pub struct App {
    /// Records.
    pub db: Db,
    /// Samples.
    pub series: Series,
    /// The inventory as the running parts see it.
    pub world: watch::Receiver<Arc<World>>,
    /// The agents.
    pub links: Arc<Links>,
    /// The vault.
    pub keys: Arc<Keys>,
    /// The credential profiles as the running parts see them.
    pub credentials: watch::Receiver<Arc<Credentials>>,
    /// Who may come in.
    pub access: Access,
    /// What administrators set.
    pub settings: Settings,
    /// Who is told that something changed.
    pub live: Live,
    /// Log and counters.
    pub events: Arc<Events>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Tells the engine what people did.
    pub judge: mpsc::Sender<Seen>,
    /// Where contacts can be told, for what is sent.
    pub address_book: watch::Sender<Arc<AddressBook>>,
    /// Held while what the engine is to know is read from the records and told to it: what was read later is told later.
    pub telling: Mutex<()>,
    /// Whether what was judged is being written.
    pub is_judging: watch::Receiver<bool>,
    /// The room on the disk of the data folder.
    pub disk: watch::Receiver<Disk>,
    /// Says that the process ends: open streams end with it.
    pub stop: CancellationToken,
}

/// What administrators set, as far as use cases and pages ask.
pub struct Settings {
    /// Where people reach this installation, without a slash at the end: put before links.
    pub base_url: String,
    /// What people are spoken to in when they did not choose.
    pub language: Language,
    /// Who may read metrics without a token.
    pub metrics_allow: Vec<IpNetwork>,
    /// How people can be told.
    pub channels: BTreeMap<ChannelName, Channel>,
    /// Whether one of the channels has receivers of its own, who hear of everything.
    pub has_everybody: bool,
    /// How often counters are read.
    pub visit_interval: Duration,
    /// Two asks of a device further apart than this say nothing of the time between them.
    pub reach_gap: SignedDuration,
    /// Whether the fleet is simulated.
    pub is_simulated: bool,
}

impl Settings {
    /// Whether this address may read metrics without a token.
    pub fn is_metrics_reader(&self, peer: IpAddr) -> bool {
        self.metrics_allow.iter().any(|network| network.contains(peer))
    }
}

/// The address that stands for all of one sender: an IPv4 address, or a network of IPv6.
pub fn site(address: IpAddr) -> IpAddr {
    throttle::site(address)
}

impl App {
    /// Whether requests can be served; else what is not ready.
    ///
    /// # Errors
    /// A sentence for whoever watches `/readyz`: anybody. Why it is so is written to the log.
    pub async fn readiness(&self) -> Result<(), &'static str> {
        let unready = |part, error: &(dyn std::error::Error + 'static)| {
            tracing::warn!(error = error::chain(error), "not ready: {part}");
            part
        };
        self.db.fleet_revision().await.map_err(|error| unready("records cannot be read", &error))?;
        let watermark = self.series.watermark(crate::link::EMBEDDED).await;
        watermark.map_err(|error| unready("samples cannot be read", &error))?;
        if *self.is_judging.borrow() { Ok(()) } else { Err("records cannot be written") }
    }

    /// The inventory as it is now.
    pub fn world(&self) -> Arc<World> {
        Arc::clone(&self.world.borrow())
    }

    /// The agents that have connected since the start and poll something of his part.
    ///
    /// # Errors
    /// When he sees nothing.
    pub fn agent_list(&self, principal: &Principal) -> Result<BTreeMap<String, AgentStatus>, AppError> {
        principal.require(Role::Viewer)?;
        let sight = self.sight(principal);
        let mut agents = self.links.status();
        if let Some(seen) = sight.agents_seen() {
            agents.retain(|name, _| seen.contains(name.as_str()));
        }
        Ok(agents)
    }

    /// The agents that devices may name: the ones that have connected.
    fn agents(&self) -> BTreeSet<String> {
        self.links.status().into_keys().collect()
    }
}
