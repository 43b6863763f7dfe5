//! Typed events: one [`Events::emit`] writes the log line and moves the counter, so that the two never disagree.
//!
//! Levels are chosen by who reads them: ERROR the program cannot do its work; WARN somebody may have to act; INFO a
//! change an operator wants to see; DEBUG off the happy path; TRACE every visit.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use inventory::clock::Clock;
use inventory::text::one_line;
use jiff::Timestamp;
use prometheus::{
    GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder,
};

use crate::channels::section_of;
use crate::disk::Space;
use crate::remote_write::Counters as Remote;
use crate::series::RemoteWaiting;
use crate::tls::Facts;

/// What can happen that an operator may want to count or read of.
#[derive(Debug)]
pub enum Event<'a> {
    /// The program answers requests.
    Ready {
        /// Where.
        url: &'a str,
    },
    /// A certificate is served from now on.
    CertificateServed {
        /// What it is.
        facts: &'a Facts,
        /// Whether it was made here.
        is_self_signed: bool,
    },
    /// A new certificate cannot be served; the old one goes on.
    CertificateRefused {
        /// Whether it is made here.
        is_self_signed: bool,
        /// Why.
        error: String,
    },
    /// A connection was not served.
    ConnectionRefused {
        /// `handshake`, `plain`, `share` or `socket`.
        reason: &'static str,
        /// Whose.
        peer: Option<SocketAddr>,
        /// Why.
        error: String,
    },
    /// A person said that a device's SSH host key is the right one.
    HostKeyConfirmed {
        /// Its name.
        device: &'a str,
        /// The key.
        fingerprint: &'a str,
    },
    /// An agent introduced itself.
    AgentConnected {
        /// Its name.
        agent: &'a str,
        /// Its release.
        release: &'a str,
    },
    /// An agent has said nothing for too long.
    AgentSilent {
        /// Its name.
        agent: &'a str,
    },
    /// An agent's connection ended.
    AgentGone {
        /// Its name, once it said it.
        agent: &'a str,
    },
    /// The samples were damaged; they were moved aside and a new file was started.
    SeriesMovedAside {
        /// Where they are now.
        to: &'a std::path::Path,
        /// What was found.
        finding: &'a str,
    },
    /// Batches between the last one stored and the next never came: what was in them is a gap.
    BatchesMissing {
        /// Whose.
        agent: &'a str,
        /// Which.
        error: String,
    },
    /// A batch and its watermark are on disk.
    BatchStored {
        /// Whose.
        agent: &'a str,
        /// Samples in it.
        samples: usize,
    },
    /// A batch could not be stored; the agent keeps it and sends it again.
    BatchNotStored {
        /// Whose.
        agent: &'a str,
        /// Why.
        error: String,
    },
    /// An observation makes no sense and was left out.
    ObservationRefused {
        /// Whose.
        agent: &'a str,
        /// Of which device.
        device: i64,
        /// Why.
        error: String,
    },
    /// A device has more radios, networks and sensors than are kept of one.
    PartsLeftOut {
        /// Which device.
        device: i64,
        /// How many of them are not kept.
        left_out: usize,
    },
    /// More visitors were connected than are kept of one device.
    StationsLeftOut {
        /// Which device.
        device: i64,
        /// How many of them are not kept.
        left_out: usize,
    },
    /// It could not be kept who is connected by Wi-Fi.
    StationsNotKept {
        /// Why.
        error: String,
    },
    /// A visit came to an end.
    Visited {
        /// Of which device.
        device: i64,
        /// How it was asked.
        protocol: &'a str,
        /// `ok` or a failure kind.
        result: &'a str,
        /// How long it took.
        took: Duration,
        /// How much later than planned it began.
        lag: Duration,
    },
    /// A hall came into another state.
    HallState {
        /// Its code.
        hall: &'a str,
        /// The state.
        state: &'a str,
    },
    /// What was judged could not be written yet; it is tried again.
    JudgementNotWritten {
        /// Why.
        error: String,
    },
    /// A notification was delivered, or not.
    NotificationTried {
        /// Through which channel.
        channel: &'a str,
        /// Which.
        id: i64,
        /// `sent`, `retry` or `dead`.
        result: &'a str,
        /// Why not.
        error: Option<String>,
    },
    /// The disk of the data folder became nearly full, or has room again.
    DiskTurned {
        /// Whether samples have to wait.
        is_low: bool,
        /// How full it is.
        used_percent: u64,
        /// Bytes free.
        free: u64,
    },
    /// An agent sent a batch that is neither the next one nor its oldest; it has to connect again and send in order.
    BatchOutOfOrder {
        /// Whose.
        agent: &'a str,
        /// Which.
        error: String,
    },
    /// The database of the records is another controller's now.
    DatabaseLost,
    /// The inventory changed.
    FleetChanged {
        /// Halls in it.
        halls: usize,
        /// Devices in it.
        devices: usize,
    },
    /// A background task has run.
    TaskRan {
        /// Which.
        task: &'static str,
        /// What it did, `None` when there was nothing to do.
        did: Option<String>,
        /// Why it failed.
        error: Option<String>,
    },
    /// Reading all samples through found one that is damaged.
    SeriesDamaged {
        /// What was found first.
        finding: &'a str,
    },
    /// An entry of the audit log could not be written, and what it tells of was done all the same.
    AuditNotWritten {
        /// Who did it.
        who: &'a str,
        /// From where.
        address: Option<std::net::IpAddr>,
        /// What.
        action: &'static str,
        /// Whether it was done.
        is_ok: bool,
        /// Why it was not written.
        error: String,
    },
    /// The vault is locked: nothing that needs a secret works.
    VaultLocked {
        /// Why, and what to do.
        why: String,
    },
    /// The vault is open again.
    VaultUnlocked,
    /// A credential profile does not open although its key is there.
    CredentialDamaged {
        /// Its name.
        name: &'a str,
        /// What was found.
        error: String,
    },
    /// A section of the configuration was taken over into the vault.
    CredentialImported {
        /// Its name.
        name: &'a str,
    },
    /// A section of the configuration could not be taken over, because the vault is locked.
    CredentialNotImported {
        /// Its name.
        name: &'a str,
    },
    /// A section of the configuration says what the vault has: it can go.
    CredentialSectionIdle {
        /// Its name.
        name: &'a str,
    },
    /// A section of the configuration says something else than the vault, which goes before it.
    CredentialSectionIgnored {
        /// Its name.
        name: &'a str,
    },
    /// Samples were sent on and the receiver has them.
    RemoteSent {
        /// How many.
        samples: u64,
    },
    /// The receiver of samples refused some for good.
    RemoteRefused {
        /// How many.
        samples: u64,
        /// What it answered last.
        error: String,
    },
    /// Samples that waited to be sent on cannot be read any more.
    RemoteUnreadable {
        /// How many.
        samples: u64,
    },
    /// The receiver of samples does not take any now.
    RemoteAway {
        /// Why.
        error: String,
    },
    /// It takes samples again.
    RemoteReached {
        /// Which.
        receiver: String,
    },
    /// A log-in with something wrong.
    LoginRefused {
        /// What was wrong.
        what: &'static str,
        /// Where the client is.
        address: Option<IpAddr>,
    },
    /// A request failed by a fault of ours.
    RequestFailed {
        /// The id told to the client.
        request: &'a str,
        /// The whole chain of causes.
        error: String,
    },
}

/// Where events go.
pub struct Events {
    registry: Registry,
    polls: IntCounterVec,
    poll_duration: HistogramVec,
    poll_lag: Histogram,
    samples: IntCounter,
    notifications: IntCounterVec,
    devices: IntGaugeVec,
    halls: IntGaugeVec,
    agents: IntGaugeVec,
    series_bytes: IntGauge,
    disk_size: IntGauge,
    disk_free: IntGauge,
    vault_locked: IntGauge,
    task_last_run: GaugeVec,
    remote: Remote,
    certificate_good: IntGaugeVec,
    certificate_end: IntGaugeVec,
    connections_refused: IntCounterVec,
    clock: std::sync::Arc<dyn Clock>,
}

impl std::fmt::Debug for Events {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Events")
    }
}

impl Events {
    /// New counters, all at zero.
    ///
    /// # Panics
    /// Never: the names below are valid and each is registered once.
    pub fn new(clock: std::sync::Arc<dyn Clock>) -> Self {
        let registry = Registry::new();
        let built = Self::register(registry, clock);
        built.expect("metric names are valid and registered once")
    }

    fn register(registry: Registry, clock: std::sync::Arc<dyn Clock>) -> prometheus::Result<Self> {
        let counters = |name: &str, help: &str, labels: &[&str]| IntCounterVec::new(Opts::new(name, help), labels);
        let gauges = |name: &str, help: &str, labels: &[&str]| IntGaugeVec::new(Opts::new(name, help), labels);
        // From a ping on the same LAN to a walk that used up its time.
        let seconds = vec![0.001, 0.005, 0.02, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0];
        let events = Events {
            polls: counters(
                "villagenet_polls_total",
                "Visits to devices, by how they ended.",
                &["protocol", "result"],
            )?,
            poll_duration: HistogramVec::new(
                HistogramOpts::new("villagenet_poll_duration_seconds", "How long visits took.")
                    .buckets(seconds.clone()),
                &["protocol"],
            )?,
            poll_lag: Histogram::with_opts(
                HistogramOpts::new("villagenet_poll_lag_seconds", "How much later than planned visits began.")
                    .buckets(seconds),
            )?,
            samples: IntCounter::new("villagenet_samples_total", "Samples stored.")?,
            notifications: counters(
                "villagenet_notifications_total",
                "Attempts to deliver a notification, by how they ended.",
                &["channel", "result"],
            )?,
            devices: gauges("villagenet_devices", "Devices in each state.", &["state"])?,
            halls: gauges("villagenet_halls", "Halls in each state.", &["state"])?,
            agents: gauges("villagenet_agents", "Agents in each state.", &["state"])?,
            series_bytes: IntGauge::new("villagenet_series_bytes", "Bytes of the sample store on disk.")?,
            disk_size: IntGauge::new("villagenet_disk_size_bytes", "Size of the disk of the data folder.")?,
            disk_free: IntGauge::new("villagenet_disk_free_bytes", "Bytes free on the disk of the data folder.")?,
            certificate_good: gauges(
                "villagenet_tls_certificate_good",
                "1 while the newest certificate is served, 0 when it is broken and an older one is.",
                &["source"],
            )?,
            certificate_end: gauges(
                "villagenet_tls_certificate_expiry_seconds",
                "When the certificate that is served ends, in Unix time.",
                &["source"],
            )?,
            connections_refused: counters(
                "villagenet_connections_refused_total",
                "Connections to pages and API that were not served.",
                &["reason"],
            )?,
            vault_locked: IntGauge::new("villagenet_vault_locked", "1 while the vault is locked, else 0.")?,
            task_last_run: GaugeVec::new(
                Opts::new("villagenet_task_last_run_seconds", "When each background task last ran, in Unix time."),
                &["task"],
            )?,
            remote: Remote::register(&registry)?,
            registry,
            clock,
        };
        events.registry.register(Box::new(events.polls.clone()))?;
        events.registry.register(Box::new(events.poll_duration.clone()))?;
        events.registry.register(Box::new(events.poll_lag.clone()))?;
        events.registry.register(Box::new(events.samples.clone()))?;
        events.registry.register(Box::new(events.notifications.clone()))?;
        events.registry.register(Box::new(events.devices.clone()))?;
        events.registry.register(Box::new(events.halls.clone()))?;
        events.registry.register(Box::new(events.agents.clone()))?;
        events.registry.register(Box::new(events.series_bytes.clone()))?;
        events.registry.register(Box::new(events.disk_size.clone()))?;
        events.registry.register(Box::new(events.disk_free.clone()))?;
        events.registry.register(Box::new(events.vault_locked.clone()))?;
        events.registry.register(Box::new(events.task_last_run.clone()))?;
        events.registry.register(Box::new(events.certificate_good.clone()))?;
        events.registry.register(Box::new(events.certificate_end.clone()))?;
        events.registry.register(Box::new(events.connections_refused.clone()))?;
        let process = prometheus::process_collector::ProcessCollector::for_self();
        events.registry.register(Box::new(process))?;
        Ok(events)
    }

    /// The counters in the text format of Prometheus (0.0.4).
    ///
    /// # Errors
    /// When a metric has inconsistent labels, which is a bug of ours.
    pub fn render(&self) -> prometheus::Result<String> {
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }

    /// How many devices are in each state; states without a device are 0.
    pub fn set_devices(&self, counts: impl IntoIterator<Item = (&'static str, i64)>) {
        for (state, count) in counts {
            self.devices.with_label_values(&[state]).set(count);
        }
    }

    /// How many halls are in each state; states without a hall are 0.
    pub fn set_halls(&self, counts: impl IntoIterator<Item = (&'static str, i64)>) {
        for (state, count) in counts {
            self.halls.with_label_values(&[state]).set(count);
        }
    }

    /// How many agents are connected, and how many are silent.
    pub fn set_agents(&self, connected: i64, silent: i64) {
        self.agents.with_label_values(&["connected"]).set(connected);
        self.agents.with_label_values(&["silent"]).set(silent);
    }

    /// The size of the sample store.
    pub fn set_series_bytes(&self, bytes: u64) {
        self.series_bytes.set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    /// The room on the disk of the data folder.
    pub fn set_disk(&self, space: Space) {
        self.disk_size.set(i64::try_from(space.size).unwrap_or(i64::MAX));
        self.disk_free.set(i64::try_from(space.free).unwrap_or(i64::MAX));
    }

    /// How much waits to be sent on. When some had to go for want of room, that is told loudly, once until there is room
    /// again.
    pub fn set_remote_waiting(&self, waiting: RemoteWaiting) {
        self.remote.set_waiting(waiting);
    }

    /// When the oldest of what waits to be sent on was stored; `None` when nothing waits.
    pub fn set_remote_since(&self, since: Option<Timestamp>) {
        let age = since.map(|since| self.clock.now().duration_since(since).as_secs_f64().max(0.0));
        self.remote.lag.set(age.unwrap_or(0.0));
    }

    /// Whether the vault is locked.
    pub fn set_vault_locked(&self, is_locked: bool) {
        self.vault_locked.set(i64::from(is_locked));
    }

    /// Writes the log line and moves the counter.
    pub fn emit(&self, event: Event<'_>) {
        match event {
            Event::Ready { url } => tracing::info!(url, "ready"),
            Event::CertificateServed { facts, is_self_signed } => {
                let source = certificate_source(is_self_signed);
                self.certificate_good.with_label_values(&[source]).set(1);
                self.certificate_end.with_label_values(&[source]).set(facts.not_after.as_second());
                let (fingerprint, until, names) = (&facts.fingerprint, facts.not_after, facts.names.join(" "));
                tracing::info!(source, fingerprint, %until, names, "TLS certificate");
            }
            Event::CertificateRefused { is_self_signed, error } => {
                self.certificate_good.with_label_values(&[certificate_source(is_self_signed)]).set(0);
                tracing::error!(error, "the new TLS certificate cannot be served; the old one goes on");
            }
            Event::ConnectionRefused { reason, peer, error } => {
                self.connections_refused.with_label_values(&[reason]).inc();
                // Scanners do this all day: what matters is the counter.
                tracing::debug!(reason, ?peer, error, "connection refused");
            }
            Event::HostKeyConfirmed { device, fingerprint } => {
                tracing::info!(device, fingerprint, "host key confirmed")
            }
            Event::AgentConnected { agent, release } => tracing::info!(agent, release, "agent connected"),
            Event::AgentSilent { agent } => {
                tracing::warn!(agent, "agent silent: its devices are unknown until it is heard")
            }
            Event::AgentGone { agent } => tracing::info!(agent, "agent's connection ended"),
            Event::SeriesMovedAside { to, finding } => {
                let to = to.display();
                tracing::error!(%to, finding, "samples were damaged and moved aside; a new file was begun, records are not affected");
            }
            Event::BatchesMissing { agent, error } => tracing::warn!(agent, error, "batches are missing"),
            Event::BatchStored { agent, samples } => {
                self.samples.inc_by(samples as u64);
                tracing::trace!(agent, samples, "batch stored");
            }
            Event::BatchNotStored { agent, error } => {
                tracing::error!(agent, error, "batch not stored; the agent keeps it and sends it again");
            }
            Event::ObservationRefused { agent, device, error } => {
                tracing::warn!(agent, device, error, "observation left out");
            }
            Event::PartsLeftOut { device, left_out } => {
                tracing::warn!(device, left_out, "more radios, networks and sensors than are kept of one device");
            }
            Event::StationsLeftOut { device, left_out } => {
                tracing::warn!(device, left_out, "more Wi-Fi clients than are kept of one device");
            }
            Event::StationsNotKept { error } => tracing::warn!(error, "who is connected by Wi-Fi was not kept"),
            Event::Visited { device, protocol, result, took, lag } => {
                self.polls.with_label_values(&[protocol, result]).inc();
                self.poll_duration.with_label_values(&[protocol]).observe(took.as_secs_f64());
                self.poll_lag.observe(lag.as_secs_f64());
                tracing::trace!(device, protocol, result, took_s = took.as_secs_f64(), "visited");
            }
            Event::HallState { hall, state } => tracing::info!(hall, state, "hall state"),
            Event::JudgementNotWritten { error } => {
                tracing::error!(error, "records not written; tried again until they are");
            }
            Event::NotificationTried { channel, id, result, error } => {
                self.notifications.with_label_values(&[section_of(channel), result]).inc();
                match error {
                    None => tracing::info!(channel, id, result, "notification"),
                    Some(error) => tracing::warn!(channel, id, result, error, "notification"),
                }
            }
            Event::DiskTurned { is_low: true, used_percent, free } => {
                tracing::error!(
                    used_percent,
                    free,
                    "the disk of the data folder is nearly full: samples wait with the agents, alerts go on; free some space"
                );
            }
            Event::DiskTurned { is_low: false, used_percent, free } => {
                tracing::info!(used_percent, free, "the disk of the data folder has room again: samples go on");
            }
            Event::BatchOutOfOrder { agent, error } => {
                tracing::warn!(
                    agent,
                    error,
                    "a batch came out of order and was refused; the agent has to connect again"
                );
            }
            Event::DatabaseLost => {
                tracing::error!(
                    "another controller took over this database while the connection was broken; this one ends"
                );
            }
            Event::FleetChanged { halls, devices } => tracing::info!(halls, devices, "inventory changed"),
            Event::TaskRan { task, did, error } => {
                let now = self.clock.now().as_millisecond() as f64 / 1000.0;
                self.task_last_run.with_label_values(&[task]).set(now);
                match (did, error) {
                    (_, Some(error)) => tracing::warn!(task, error, "task failed; it runs again"),
                    (Some(did), None) => tracing::info!(task, did, "task ran"),
                    (None, None) => tracing::trace!(task, "task had nothing to do"),
                }
            }
            Event::SeriesDamaged { finding } => {
                tracing::error!(finding, "samples are damaged; `villagenet restore` brings a backup back");
            }
            Event::AuditNotWritten { who, address, action, is_ok, error } => {
                let who = one_line(who, 300);
                tracing::error!(who, ?address, action, is_ok, error, "the audit log could not be written");
            }
            Event::VaultLocked { why } => {
                tracing::error!(why, "the vault is locked: devices that take a secret are not polled and are unknown");
            }
            Event::VaultUnlocked => tracing::info!("the vault is open again"),
            Event::CredentialDamaged { name, error } => {
                tracing::error!(name, error, "a credential profile is damaged; give its secrets anew at /credentials");
            }
            Event::CredentialImported { name } => tracing::info!(
                name,
                "[credentials.NAME] was taken over from the configuration into the vault; remove the section and the files that it names"
            ),
            Event::CredentialNotImported { name } => tracing::error!(
                name,
                "[credentials.NAME] cannot be taken over while the vault is locked; start again once it is open"
            ),
            Event::CredentialSectionIdle { name } => tracing::info!(
                name,
                "[credentials.NAME] was taken over at an earlier start and is not needed any more; remove it and the files that it names"
            ),
            Event::CredentialSectionIgnored { name } => tracing::warn!(
                name,
                "[credentials.NAME] differs from the vault and is ignored: credentials are changed at /credentials; remove the section"
            ),
            Event::RemoteSent { samples } => {
                self.remote.samples.with_label_values(&["sent"]).inc_by(samples);
                tracing::debug!(samples, "samples sent on");
            }
            Event::RemoteRefused { samples, error } => {
                self.remote.samples.with_label_values(&["refused"]).inc_by(samples);
                tracing::warn!(
                    samples,
                    error,
                    "the receiver of [remote_write] refused samples; they are not sent again"
                );
            }
            Event::RemoteUnreadable { samples } => {
                self.remote.samples.with_label_values(&["dropped"]).inc_by(samples);
                tracing::error!(samples, "samples that waited to be sent on are damaged and are left out");
            }
            Event::RemoteAway { error } => {
                tracing::warn!(
                    error,
                    "the receiver of [remote_write] takes no samples; they wait and are sent once it does"
                );
            }
            Event::RemoteReached { receiver } => {
                tracing::info!(receiver, "the receiver of [remote_write] takes samples again")
            }
            Event::LoginRefused { what, address } => {
                tracing::warn!(what, address = address.map(tracing::field::display), "log-in refused");
            }
            Event::RequestFailed { request, error } => tracing::error!(request, error, "request failed"),
        }
    }
}

fn certificate_source(is_self_signed: bool) -> &'static str {
    if is_self_signed { "self-signed" } else { "files" }
}

/// Writes an entry of the audit log, one line of JSON, into the program's log. Not an [`Event`]: the store tells it when
/// its transaction is certain, in commands as in `serve`, and a command has no counters.
pub fn audited(line: &str) {
    tracing::info!(target: "audit", "{line}");
}

/// A gauge that is only known when somebody asks, such as a rate of one interface: rendered without being registered.
pub fn gauge_line(name: &str, labels: &[(&str, &str)], value: f64) -> String {
    let labels: Vec<String> = labels.iter().map(|(key, text)| format!("{key}=\"{}\"", escape_label(text))).collect();
    format!("{name}{{{}}} {value}\n", labels.join(","))
}

/// Label values escape backslash, double quote and line feed (Prometheus text format 0.0.4).
fn escape_label(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use inventory::clock::ManualClock;

    use super::*;

    #[test]
    fn one_emit_moves_the_counter_that_the_contract_names() {
        let events = Events::new(std::sync::Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH)));
        let took = Duration::from_millis(4);
        events.emit(Event::Visited { device: 1, protocol: "snmp2c", result: "ok", took, lag: Duration::ZERO });
        events.emit(Event::TaskRan { task: "retention", did: None, error: None });
        for number in ["84901234567", "84912345678"] {
            let channel = format!("phones/{number}");
            events.emit(Event::NotificationTried { channel: &channel, id: 1, result: "sent", error: None });
        }
        events.set_devices([("up", 2), ("down", 0)]);
        let text = events.render().expect("valid metrics");
        for line in [
            "villagenet_polls_total{protocol=\"snmp2c\",result=\"ok\"} 1",
            "villagenet_poll_duration_seconds_count{protocol=\"snmp2c\"} 1",
            "villagenet_poll_lag_seconds_count 1",
            "villagenet_devices{state=\"up\"} 2",
            "villagenet_devices{state=\"down\"} 0",
            "villagenet_task_last_run_seconds{task=\"retention\"} 0",
            "villagenet_notifications_total{channel=\"phones\",result=\"sent\"} 2",
        ] {
            assert!(text.lines().any(|seen| seen == line), "{line} in\n{text}");
        }
        assert!(text.contains("process_resident_memory_bytes"));
    }

    #[test]
    fn label_values_cannot_break_out() {
        assert_eq!(gauge_line("up", &[("a", "x\"\n\\")], 1.0), "up{a=\"x\\\"\\n\\\\\"} 1\n");
    }
}
