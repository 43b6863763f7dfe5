//! From a configuration to a running controller: one straight line, long on purpose, in the order in which things need
//! each other. Everything that can be wrong is found before the socket is opened.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use agent_api::ControllerEnd;
use alerts::Engine;
use inventory::clock::Clock;
use inventory::secret::Secret;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, Notify, mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::access::Access;
use crate::app::credential_import::Import;
use crate::app::error::AppError;
use crate::app::keys::{self, Keys, KeysError};
use crate::app::{App, Settings, people, rule, rule_preview, silence};
use crate::channels::{self, ChannelsError};
use crate::config::{self, Config, Database};
use crate::credentials::Credentials;
use crate::disk::{Disk, Space};
use crate::events::{Event, Events};
use crate::judge::{Judge, Seen};
use crate::link::{self, Ingest, Links, Session};
use crate::live::Live;
use crate::remote_write::{RemoteWriteError, Writer};
use crate::series::{Opening, Series, SeriesError};
use crate::store::{Db, Sole, StoreError};
use crate::tasks::senders::Senders;
use crate::tasks::{self, credential_use, outbox, retention, vault_watch, world_watch};
use crate::tls::{self, Facts, Identity, TlsError};
use crate::{http, world::World};

/// Batches read at once when what was not judged is read again.
const REPLAY: u32 = 100;
/// Batches that wait for the judge before links wait.
const JUDGE_QUEUE: usize = 256;

/// Why the controller did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another process works on the same data directory.
    #[error("{0} is in use by another `villagenet serve`; stop that one, or choose another --data DIR")]
    InUse(PathBuf),
    /// The lock file could not be made.
    #[error("{path} cannot be used; check that the data directory belongs to the user who runs villagenet")]
    Lock {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The link for the first account could not be made.
    #[error("the set-up link could not be made")]
    SetUp(#[source] AppError),
    /// The first keys could not be made.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The credentials could not be taken over or read.
    #[error("the credentials could not be read or written")]
    Vault(#[source] AppError),
    /// The records could not be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The samples could not be opened.
    #[error(transparent)]
    Series(#[from] SeriesError),
    /// The channels make no sense.
    #[error(transparent)]
    Channels(#[from] ChannelsError),
    /// Samples cannot be sent on as it is configured.
    #[error(transparent)]
    RemoteWrite(#[from] RemoteWriteError),
    /// There is no certificate to serve.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The disk of the data folder does not tell its size.
    #[error("the disk of {path} cannot be asked how full it is")]
    Disk {
        /// The data folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The address could not be listened on.
    #[error("cannot listen on {address}; choose another with --listen ADDR")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
}

/// A controller that runs.
pub struct Running {
    /// Where pages and API are.
    pub url: String,
    /// The certificate that it shows, and whether it was made here; `None` where plain HTTP is spoken.
    pub certificate: Option<(Facts, bool)>,
    /// The address at which the first account is made, while nobody can log in yet: to be printed, and good once.
    pub setup_url: Option<Secret>,
    /// Takes the links of agents.
    pub attach: Attach,
    /// The embedded agent's epoch has to be at least this, also after the clock was set back.
    pub epoch_floor: u64,
    /// What use cases work with, for who starts this controller.
    pub app: Arc<App>,
    tasks: JoinSet<()>,
    _lock: std::fs::File,
}

impl Running {
    /// Waits until everything has stopped, and closes the databases.
    pub async fn join(mut self) {
        self.attach.tracker.close();
        self.attach.tracker.wait().await;
        while let Some(ended) = self.tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a task broke down");
            }
        }
        self.app.series.close().await;
        self.app.db.close().await;
    }
}

/// Takes the links of agents, embedded or remote.
#[derive(Clone)]
pub struct Attach {
    session: Session,
    tracker: TaskTracker,
    stop: CancellationToken,
}

impl Attach {
    /// Serves a connection in a task of its own until it ends.
    pub fn attach(&self, end: ControllerEnd) {
        self.tracker.spawn(self.session.clone().run(end, self.stop.clone()));
    }
}

/// Opens the records of an installation and brings them up to date.
///
/// # Errors
/// When they cannot be opened, are damaged, or were written by a newer release.
pub async fn open_records(config: &Config) -> Result<Db, StoreError> {
    let db = match &config.database {
        Database::Sqlite => Db::open_sqlite(&config.data.join("villagenet.db")).await?,
        Database::Postgres { url } => Db::open_postgres(url).await?,
    };
    db.migrate().await?;
    Ok(db)
}

/// Starts a controller. It runs until `stop`, which it cancels itself when a part of it ends that must not.
///
/// # Errors
/// Whatever is wrong, before anything is served.
pub async fn start(config: Config, clock: Arc<dyn Clock>, stop: CancellationToken) -> Result<Running, StartError> {
    // One controller a data directory: two judges would tell everything twice.
    let lock = lock(&config.data.join("lock"))?;
    let channels = channels::build(&config)?;
    let outbound = channels::outbound(&config)?;
    let remote_writer = config.remote_write.as_ref().map(Writer::new).transpose()?;
    let identity = Identity::open(&config, clock.now())?.map(Arc::new);
    http::limits::raise_open_files();

    let events = Arc::new(Events::new(Arc::clone(&clock)));
    let db = open_records(&config).await?;
    let sole = db.sole().await?;
    let (series, opening) = Series::open(&config.data.join("series.db"), clock.now()).await?;
    match &opening {
        Opening::Whole | Opening::New => {}
        Opening::MovedAside { to, finding } => events.emit(Event::SeriesMovedAside { to, finding }),
    }
    let series = match &config.remote_write {
        Some(settings) => series.with_remote_log(settings.keep_bytes).await?,
        None => series,
    };
    let epoch_floor = series.watermark(link::EMBEDDED).await?.map_or(0, |position| position.epoch + 1);
    // Nobody sends yet: claims of a process that died are free again at once.
    db.outbox_claims_drop().await?;

    let (keys, credentials) = vault(&config, &db, &events, clock.now()).await?;
    let keys = Arc::new(keys);
    let (credentials_tx, credentials_rx) = watch::channel(Arc::new(credentials));
    let world = Arc::new(world_watch::load(&db).await?);
    let (world_tx, world_rx) = watch::channel(Arc::clone(&world));
    // Nobody looked since a controller last ran: what was up is unknown from then on, not from now on.
    let alive_at = db.alive_at().await?.unwrap_or(clock.now()).min(clock.now());
    let mut snapshot = db.engine_snapshot().await?;
    snapshot.silences = silence::load(&db, &world, clock.now()).await?;
    let has_everybody = !channels.is_empty();
    let (people, address_book) = people::load(&db, &world, has_everybody, clock.as_ref()).await?;
    snapshot.people = Arc::new(people);
    snapshot.settings = rule::load(&db, &world, config.cadence.visit).await?;
    snapshot.clients_seen = rule_preview::clients_seen(&series, &world, clock.now()).await?;
    let (engine, first) = Engine::restore(snapshot, alive_at);
    let space = Space::of(&config.data).map_err(|source| StartError::Disk { path: config.data.clone(), source })?;
    let (disk_tx, disk_rx) = watch::channel(Disk { space, is_low: space.is_low(false) });
    let (healthy_tx, healthy_rx) = watch::channel(true);
    let address_book = watch::Sender::new(Arc::new(address_book));
    let (judge_tx, judge_rx) = mpsc::channel(JUDGE_QUEUE);
    let live = Live::default();
    let links = Arc::new(Links::default());
    let outbox_woken: Vec<Arc<Notify>> = channels.iter().map(|_| Arc::new(Notify::new())).collect();
    let contacts_woken = Arc::new(Notify::new());
    let names: Vec<String> = channels.iter().map(|channel| notify::Notifier::channel(channel).to_owned()).collect();

    // The socket before the tasks: an address in use must stop the start, not a running fleet.
    let listener = listen(config.listen).await?;
    let address = listener.local_addr().map_err(|source| StartError::Listen { address: config.listen, source })?;
    let url = config.url_at(address);
    let door = Arc::new(http::Door::new(&config, identity.clone()));

    let mut tasks = JoinSet::new();
    let judge = Judge {
        engine,
        db: db.clone(),
        series: series.clone(),
        world: world_rx.clone(),
        visit_interval: config.cadence.visit,
        channels: names.clone(),
        book: address_book.subscribe(),
        base_url: Some(config.base_url.clone().unwrap_or_else(|| url.clone())),
        links: Arc::clone(&links),
        live: live.clone(),
        events: Arc::clone(&events),
        clock: Arc::clone(&clock),
        outbox: outbox_woken.iter().chain([&contacts_woken]).cloned().collect(),
        healthy: healthy_tx,
    };
    let mut replay = replay(&db, &series, &events).await?;
    if keys.locked().is_some() {
        // What was seen last before the end is not seen again by an agent that gets nothing to show.
        let inputs = vec![alerts::Input::AgentSilent { agent: None, since: clock.now() }];
        replay.push(Seen { inputs, batch: None });
    }
    tasks.spawn(ends_all(judge.run(first, replay, judge_rx, stop.clone()), stop.clone()));
    for (channel, woken) in channels.into_iter().zip(outbox_woken) {
        let (db, events, clock) = (db.clone(), Arc::clone(&events), Arc::clone(&clock));
        let sender = outbox::Sender { channel: Arc::new(channel), db, events, clock };
        tasks.spawn(sender.run(woken, stop.clone()));
    }
    let senders = Senders {
        channels: config.channels.clone(),
        outbound,
        others: names,
        book: address_book.subscribe(),
        db: db.clone(),
        events: Arc::clone(&events),
        clock: Arc::clone(&clock),
    };
    tasks.spawn(senders.run(contacts_woken, stop.clone()));

    let session = Session {
        settings: Arc::new(link::Settings {
            cadence: config.cadence,
            reference_targets: config.reference_targets.clone(),
        }),
        ingest: Ingest::new(db.clone(), series.clone(), live.clone(), Arc::clone(&events), Arc::clone(&clock))
            .with_stations(Arc::clone(&keys)),
        judge: judge_tx.clone(),
        world: world_rx.clone(),
        credentials: credentials_rx.clone(),
        disk: disk_rx.clone(),
        is_held: None,
        links: Arc::clone(&links),
        events: Arc::clone(&events),
        clock: Arc::clone(&clock),
    };
    let app = Arc::new(App {
        db: db.clone(),
        series: series.clone(),
        world: world_rx,
        links,
        keys,
        credentials: credentials_rx,
        access: Access::at(config.base_url.as_deref().unwrap_or(&url)),
        settings: Settings {
            base_url: config.base_url.clone().unwrap_or_else(|| url.clone()),
            language: config.language,
            metrics_allow: config.metrics_allow.clone(),
            channels: config.channels.clone(),
            has_everybody,
            visit_interval: config.cadence.visit,
            reach_gap: reach_gap(&config),
            is_simulated: db.is_simulated().await?,
        },
        live: live.clone(),
        events: Arc::clone(&events),
        clock: Arc::clone(&clock),
        judge: judge_tx,
        address_book,
        telling: Mutex::new(()),
        is_judging: healthy_rx,
        disk: disk_rx,
        stop: stop.clone(),
    });
    background(&mut tasks, &app, world_tx, credentials_tx, config.retention);
    if let Some(writer) = remote_writer {
        tasks.spawn(writer.run(Arc::clone(&app)));
    }
    let folder = config.data.clone();
    let disk = move |app: Arc<App>| {
        let (folder, disk) = (folder.clone(), disk_tx.clone());
        async move { tasks::disk::run(&app, &folder, &disk).await }
    };
    tasks.spawn(tasks::repeat("disk", tasks::disk::EVERY, Arc::clone(&app), disk));
    let (backup, started) = (Arc::new(config.backup.clone()), clock.monotonic());
    let night = move |app: Arc<App>| {
        let backup = Arc::clone(&backup);
        async move {
            let is_settled = app.clock.monotonic().saturating_sub(started) >= tasks::night::SETTLED;
            if is_settled { tasks::night::run(&app, &backup).await } else { Ok(None) }
        }
    };
    tasks.spawn(tasks::repeat("night", tasks::night::EVERY, Arc::clone(&app), night));
    tasks.spawn(ends_all(stays_sole(sole, Arc::clone(&events), stop.clone()), stop.clone()));
    let certificate = identity.as_ref().map(|identity| (identity.facts(), identity.is_self_signed()));
    if let Some((facts, is_self_signed)) = &certificate {
        events.emit(Event::CertificateServed { facts, is_self_signed: *is_self_signed });
    }
    if let Some(identity) = identity.clone() {
        let look = move |app: Arc<App>| {
            let identity = Arc::clone(&identity);
            async move { tasks::certificate::run(&app, &identity).await }
        };
        tasks.spawn(tasks::repeat("certificate", tasks::certificate::EVERY, Arc::clone(&app), look));
    }
    let front = http::Front {
        router: http::router(Arc::clone(&app), Arc::clone(&door)),
        tls: identity.map(|identity| Arc::new(tls::server_config(identity))),
        door,
        events: Arc::clone(&events),
    };
    tasks.spawn(ends_all(http::serve(listener, front, stop.clone()), stop.clone()));
    events.emit(Event::Ready { url: &url });
    let setup = app.set_up_link().await.map_err(StartError::SetUp)?;
    let setup_url = setup.map(|path| Secret::new(format!("{}{}", app.settings.base_url, path.reveal())));
    let attach = Attach { session, tracker: TaskTracker::new(), stop };
    Ok(Running { url, certificate, setup_url, attach, epoch_floor, app, tasks, _lock: lock })
}

/// Some asks in a row are missing: nobody looked. At least what makes an observation late.
fn reach_gap(config: &Config) -> jiff::SignedDuration {
    const ASKS: u32 = 4;
    let some = config.cadence.reach.saturating_mul(ASKS).max(std::time::Duration::from_secs(90));
    jiff::SignedDuration::try_from(some).unwrap_or(jiff::SignedDuration::MAX)
}

/// Opens the vault, takes over what the configuration still has, and reads the credential profiles.
async fn vault(
    config: &Config,
    db: &Db,
    events: &Events,
    now: jiff::Timestamp,
) -> Result<(Keys, Credentials), StartError> {
    let keys = Keys::open(db.clone(), keys::files_of(config)).await?;
    if let Some(locked) = keys.locked() {
        events.emit(Event::VaultLocked { why: locked.to_string() });
        events.set_vault_locked(true);
    }
    let import = Import { db, keys: &keys, events, is_always: db.is_simulated().await?, now };
    import.run(&config.credentials).await.map_err(StartError::Vault)?;
    let credentials = vault_watch::load(db, &keys, events).await.map_err(StartError::Vault)?;
    Ok((keys, credentials))
}

fn background(
    tasks: &mut JoinSet<()>,
    app: &Arc<App>,
    world: watch::Sender<Arc<World>>,
    credentials: watch::Sender<Arc<Credentials>>,
    retention: config::Retention,
) {
    let watch = move |app: Arc<App>| {
        let world = world.clone();
        async move { world_watch::run(&app, &world).await }
    };
    let vault = move |app: Arc<App>| {
        let credentials = credentials.clone();
        async move { vault_watch::run(&app, &credentials).await }
    };
    let seen = Arc::new(credential_use::Seen::default());
    let uses = move |app: Arc<App>| {
        let seen = Arc::clone(&seen);
        async move { credential_use::run(&app, &seen).await }
    };
    let alive = |app: Arc<App>| async move { tasks::alive::run(&app).await };
    let gauges = |app: Arc<App>| async move { tasks::gauges::run(&app).await };
    let stations = |app: Arc<App>| async move { tasks::stations::run(&app).await };
    let retain = move |app: Arc<App>| async move { retention::run(&app, retention).await };
    let seal = |app: Arc<App>| async move { tasks::seal::run(&app).await };
    let late = |app: Arc<App>| async move { tasks::late::run(&app).await };
    let follow = |app: Arc<App>| async move { tasks::areas::run(&app).await };
    tasks.spawn(tasks::repeat("world_watch", world_watch::EVERY, Arc::clone(app), watch));
    tasks.spawn(tasks::repeat("vault_watch", vault_watch::EVERY, Arc::clone(app), vault));
    tasks.spawn(tasks::repeat("credential_use", credential_use::EVERY, Arc::clone(app), uses));
    tasks.spawn(tasks::repeat("alive", tasks::alive::EVERY, Arc::clone(app), alive));
    tasks.spawn(tasks::repeat("gauges", tasks::gauges::EVERY, Arc::clone(app), gauges));
    tasks.spawn(tasks::repeat("retention", retention::EVERY, Arc::clone(app), retain));
    tasks.spawn(tasks::repeat("seal", tasks::seal::EVERY, Arc::clone(app), seal));
    tasks.spawn(tasks::repeat("late", tasks::late::EVERY, Arc::clone(app), late));
    tasks.spawn(tasks::repeat("stations", tasks::stations::EVERY, Arc::clone(app), stations));
    tasks.spawn(tasks::repeat("areas_follow", tasks::areas::EVERY, Arc::clone(app), follow));
}

/// Until the program ends, or the database is another controller's.
async fn stays_sole(mut sole: Sole, events: Arc<Events>, stop: CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = sole.lost() => events.emit(Event::DatabaseLost),
    }
}

/// A part without which the rest makes no sense: when it ends, everything does.
async fn ends_all(part: impl Future<Output = ()>, stop: CancellationToken) {
    let _guard = stop.drop_guard();
    part.await;
}

/// What was stored and not judged before the last end, in order.
async fn replay(db: &Db, series: &Series, events: &Events) -> Result<Vec<Seen>, StartError> {
    let judged = db.judged().await?;
    let mut seen = Vec::new();
    for agent in series.unjudged_agents().await? {
        let mut after = judged.get(&agent).copied();
        if let Some(position) = after {
            // Killed between judging a batch and letting go of it; an agent that never comes back would leave it there.
            series.forget_judged(&agent, position).await?;
        }
        loop {
            let batches = series.unjudged(&agent, after, REPLAY).await?;
            let Some(last) = batches.last() else { break };
            after = Some(last.position);
            for batch in &batches {
                let inputs = link::inputs(&agent, batch, events);
                seen.push(Seen { inputs, batch: Some((agent.clone(), batch.position)) });
            }
        }
    }
    Ok(seen)
}

/// One program a data folder: the lock that `serve` holds.
pub(crate) fn lock(path: &std::path::Path) -> Result<std::fs::File, StartError> {
    let failed = |source| StartError::Lock { path: path.to_owned(), source };
    let file = std::fs::File::options().create(true).truncate(false).write(true).open(path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(StartError::InUse(path.parent().map(PathBuf::from).unwrap_or_default()))
        }
        Err(std::fs::TryLockError::Error(source)) => Err(failed(source)),
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })
}
