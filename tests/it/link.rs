//! The link between an agent and the controller breaks in every way it can, and both ends crash: each observation is
//! stored once, or is one of those that an agent took with it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use agent::queue::{Limits, Queue, Urgency};
use agent_api::{API_VERSION, AgentEnd, Batch, Cadence, Downward, Hello, Observation, Position, Reach, Seen, Upward};
use alerts::Input;
use controller::credentials::Credentials;
use controller::disk::{Disk, Space};
use controller::events::Events;
use controller::link::{EMBEDDED, Ingest, Links, Session, Settings};
use controller::live::Live;
use controller::series::{Series, Window};
use controller::store::Db;
use controller::world::World;
use inventory::clock::{Clock, ManualClock, SystemClock};
use inventory::device::{Device, DeviceFacts, DeviceKind, Lifecycle, PollMethods};
use inventory::fleet::Fleet;
use inventory::hall::{Hall, HallFacts};
use inventory::id::{AreaId, DeviceId, HallId};
use inventory::metric::{Metric, SeriesKey};
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use villagenet_tests::draw::{Draw, seed};
use villagenet_tests::wait::wait_for;

/// Observations of a run are a second apart from here, so that each can be told from the others in the store.
const FIRST_S: i64 = 1_764_000_000;
const LIMIT: Duration = Duration::from_secs(60);

/// The controller's end, on real files; its judge only counts.
struct Controller {
    dir: TempDir,
    db: Db,
    series: Series,
    world: (watch::Sender<Arc<World>>, watch::Receiver<Arc<World>>),
    credentials: (watch::Sender<Arc<Credentials>>, watch::Receiver<Arc<Credentials>>),
    disk: (watch::Sender<Disk>, watch::Receiver<Disk>),
    judged: Arc<Mutex<BTreeMap<Position, u32>>>,
    silent: Arc<AtomicU32>,
    links: Arc<Links>,
    clock: Arc<dyn Clock>,
    sessions: Vec<JoinHandle<()>>,
}

impl Controller {
    async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let db = Db::open_sqlite(&dir.path().join("villagenet.db")).await.unwrap();
        db.migrate().await.unwrap();
        let series = open(&dir).await;
        let world = World { fleet: Arc::new(fleet_of_one()), ..World::default() };
        let space = Space { size: 100, free: 100 };
        Controller {
            dir,
            db,
            series,
            world: watch::channel(Arc::new(world)),
            credentials: watch::channel(Arc::default()),
            disk: watch::channel(Disk { space, is_low: false }),
            judged: Arc::default(),
            silent: Arc::default(),
            links: Arc::default(),
            clock: Arc::new(SystemClock),
            sessions: Vec::new(),
        }
    }

    /// A new link, served by a session of its own.
    fn connect(&mut self) -> AgentEnd {
        let (agent, controller) = agent_api::pair();
        let clock = Arc::clone(&self.clock);
        let events = Arc::new(Events::new(Arc::clone(&clock)));
        let settings = Settings { cadence: Cadence::default(), reference_targets: Vec::new() };
        let (judge, mut seen) = mpsc::channel::<controller::judge::Seen>(8);
        let ingest =
            Ingest::new(self.db.clone(), self.series.clone(), Live::default(), Arc::clone(&events), Arc::clone(&clock));
        let session = Session {
            settings: Arc::new(settings),
            ingest,
            judge,
            world: self.world.1.clone(),
            credentials: self.credentials.1.clone(),
            disk: self.disk.1.clone(),
            is_held: None,
            links: Arc::clone(&self.links),
            events,
            clock,
        };
        let (judged, silent) = (Arc::clone(&self.judged), Arc::clone(&self.silent));
        tokio::spawn(async move {
            while let Some(seen) = seen.recv().await {
                match seen.batch {
                    Some((_, position)) => *judged.lock().unwrap().entry(position).or_default() += 1,
                    None => {
                        assert!(matches!(seen.inputs[..], [Input::AgentSilent { .. }]), "{:?}", seen.inputs);
                        silent.fetch_add(1, Ordering::Relaxed);
                    }
                }
            }
        });
        self.sessions.push(tokio::spawn(session.run(controller, CancellationToken::new())));
        agent
    }

    /// Ends every session wherever it is, and opens the file again as a new process would.
    async fn crash(&mut self) {
        self.kill_sessions().await;
        self.series.close().await;
        self.series = open(&self.dir).await;
    }

    async fn kill_sessions(&mut self) {
        for session in self.sessions.drain(..) {
            session.abort();
            drop(session.await);
        }
    }

    /// Which of the first `count` observations are stored, and how often.
    async fn stored(&self, count: i64) -> BTreeMap<i64, u64> {
        let at = |s: i64| Timestamp::from_second(FIRST_S + s).unwrap();
        let window = Window::new(at(0), at(count.max(1)), Duration::from_secs(1)).unwrap();
        let key =
            SeriesKey { device: DeviceId(1), interface: None, part: None, metric: Metric::RttSeconds, width: None };
        let lines = self.series.range(&[key], &window).await.unwrap();
        lines[0].points.iter().map(|point| (point.at.as_second() - FIRST_S, point.count)).collect()
    }
}

async fn open(dir: &TempDir) -> Series {
    let path: PathBuf = dir.path().join("series.db");
    Series::open(&path, Timestamp::UNIX_EPOCH).await.unwrap().0
}

fn hello(epoch: u64, oldest: u64) -> Hello {
    Hello { agent: EMBEDDED.to_owned(), api_version: API_VERSION, release: "test".to_owned(), epoch, oldest }
}

fn fleet_of_one() -> Fleet {
    let hall = Hall {
        id: HallId(1),
        code: "dr-01".parse().unwrap(),
        area: AreaId(1),
        lifecycle: Lifecycle::Active,
        facts: HallFacts::default(),
    };
    let facts = DeviceFacts {
        kind: DeviceKind::Router,
        address: "127.0.0.1".parse().unwrap(),
        platform: None,
        agent: None,
        poll: PollMethods::default(),
        snmp: None,
        ssh: None,
        serial: None,
        mac: None,
        power: None,
        notes: None,
        host_key: None,
    };
    let device = Device {
        id: DeviceId(1),
        hall: HallId(1),
        name: "dr-01/gw".parse().unwrap(),
        lifecycle: Lifecycle::Active,
        uplink: None,
        facts,
    };
    Fleet::new(vec![hall], vec![device])
}

/// How often each thing happened: what never happens is not tested.
#[derive(Debug, Default)]
struct Happened {
    cut: u32,
    killed: u32,
    ack_lost: u32,
    sent_twice: u32,
    out_of_order: u32,
    refused: u32,
    controller_crashed: u32,
    agent_crashed: u32,
    fell_out: u64,
    /// Stored, and the agent never heard of it.
    stored_unheard: u32,
}

/// An agent's end: the real queue, and a link on which a test lays hands.
struct Rig {
    draw: Draw,
    controller: Controller,
    queue: Queue,
    link: AgentEnd,
    epoch: u64,
    produced: i64,
    /// What was in each batch that was ever sent.
    sent: BTreeMap<Position, Vec<i64>>,
    acked: BTreeSet<i64>,
    /// Not acknowledged when an agent crashed: it may be stored or lost.
    left_behind: BTreeSet<i64>,
    happened: Happened,
}

/// Little, so that things fall out when the controller is away.
const LIMITS: Limits = Limits { waiting: 12 };

impl Rig {
    async fn new(seed: u64) -> Self {
        let mut controller = Controller::start().await;
        let link = controller.connect();
        let rig = Rig {
            draw: Draw::new(seed),
            controller,
            queue: Queue::new(1, LIMITS),
            link,
            epoch: 1,
            produced: 0,
            sent: BTreeMap::new(),
            acked: BTreeSet::new(),
            left_behind: BTreeSet::new(),
            happened: Happened::default(),
        };
        rig.greet();
        rig
    }

    fn reconnect(&mut self) {
        self.link = self.controller.connect();
        self.queue.link_is_new();
        self.greet();
    }

    fn greet(&self) {
        let hello = hello(self.epoch, self.queue.oldest());
        self.link.tx.try_send(Upward::Hello(hello)).expect("a new link has room");
    }

    fn produce(&mut self) {
        for _ in 0..=self.draw.below(3) {
            let seen = Seen::Reach(Reach::Answered { rtt_us: 1_000, uptime: None, missed: 0 });
            let observation = Observation { device: 1, at_ms: (FIRST_S + self.produced) * 1000, seen };
            self.produced += 1;
            self.queue.push(observation, Urgency::Routine, Duration::ZERO);
            if self.draw.percent(60) {
                self.queue.cut();
            }
        }
    }

    /// The next batch, noted.
    fn take(&mut self) -> Option<Batch> {
        let batch = self.queue.take_to_send()?;
        let seconds = batch.observations.iter().map(|observation| observation.at_ms / 1000 - FIRST_S);
        self.sent.insert(batch.position, seconds.collect());
        Some(batch)
    }

    /// A link that is full or gone loses what is sent, as a broken line would.
    fn put(&self, batch: Batch) {
        drop(self.link.tx.try_send(Upward::Batch(batch)));
    }

    fn send(&mut self) {
        let Some(batch) = self.take() else { return };
        match self.draw.below(20) {
            0 => {
                self.happened.sent_twice += 1;
                self.put(batch.clone());
                self.put(batch);
            }
            1 => {
                if let Some(next) = self.take() {
                    self.happened.out_of_order += 1;
                    self.put(next);
                }
                self.put(batch);
            }
            _ => self.put(batch),
        }
    }

    /// Hears what has come down. `false` when the controller ended the link.
    fn hear(&mut self, loss_percent: u64) -> bool {
        loop {
            match self.link.rx.try_recv() {
                Ok(Downward::Ack(_)) if self.draw.percent(loss_percent) => self.happened.ack_lost += 1,
                Ok(Downward::Ack(upto)) => {
                    self.queue.acknowledge(upto);
                    let from = Position { epoch: upto.epoch, seq: 0 };
                    self.acked.extend(self.sent.range(from..=upto).flat_map(|(_, seconds)| seconds));
                }
                Ok(Downward::Assignment(_) | Downward::Job(_) | Downward::Hold(_)) => {}
                Err(mpsc::error::TryRecvError::Empty) => return true,
                Err(mpsc::error::TryRecvError::Disconnected) => return false,
            }
        }
    }

    async fn step(&mut self) {
        match self.draw.below(100) {
            0..30 => self.produce(),
            30..70 => self.send(),
            70..80 => tokio::time::sleep(Duration::from_micros(self.draw.below(4000))).await,
            80..90 => {
                if !self.hear(25) {
                    self.happened.refused += 1;
                    self.reconnect();
                }
            }
            // What is under way still arrives, beside what comes over the new link.
            90..94 => {
                self.happened.cut += 1;
                self.reconnect();
            }
            // What is under way is lost, at whatever the controller was doing with it.
            94..96 => {
                self.happened.killed += 1;
                self.controller.kill_sessions().await;
                self.reconnect();
            }
            96..98 => {
                self.happened.controller_crashed += 1;
                self.controller.crash().await;
                self.reconnect();
            }
            _ => self.agent_crash(),
        }
    }

    fn agent_crash(&mut self) {
        self.happened.agent_crashed += 1;
        self.left_behind = (0..self.produced).filter(|second| !self.acked.contains(second)).collect();
        self.epoch += 1;
        self.queue = Queue::new(self.epoch, LIMITS);
        self.reconnect();
    }

    /// Everything works again: what the agent still has arrives.
    async fn heal(&mut self) {
        self.queue.cut();
        self.reconnect();
        let began = Instant::now();
        while self.queue.queued() > 0 {
            while let Some(batch) = self.take() {
                self.link.tx.send(Upward::Batch(batch)).await.expect("the link is whole");
            }
            if !self.hear(0) {
                self.reconnect();
            }
            assert!(began.elapsed() < LIMIT, "{} batches were never acknowledged", self.queue.queued());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        // Old sessions end by themselves: their links are gone.
        for session in self.controller.sessions.drain(..) {
            if session.is_finished() {
                continue;
            }
            session.abort();
            drop(session.await);
        }
    }

    async fn account(&mut self, seed: u64) {
        let stored = self.controller.stored(self.produced).await;
        let sent: BTreeSet<i64> = self.sent.values().flatten().copied().collect();
        let mut fell_out = 0;
        for second in 0..self.produced {
            let times = stored.get(&second).copied().unwrap_or(0);
            let (acked, left) = (self.acked.contains(&second), self.left_behind.contains(&second));
            let case = format!("seed {seed}, observation {second}: acked {acked}, left {left}, stored {times} times");
            assert!(times <= 1, "{case}");
            assert!(times == 1 || !acked, "{case}");
            assert!(times == 0 || sent.contains(&second), "{case}: never sent");
            if times == 0 && !left {
                assert!(!sent.contains(&second), "{case}: sent, and lost");
                fell_out += 1;
            }
            self.happened.stored_unheard += u32::from(times == 1 && left);
        }
        // The queue says how much it dropped: what is not stored is accounted for.
        assert_eq!(fell_out, self.queue.dropped(), "seed {seed}");
        self.happened.fell_out += fell_out;
        let twice: Vec<Position> =
            self.controller.judged.lock().unwrap().iter().filter(|(_, n)| **n > 1).map(|(at, _)| *at).collect();
        assert!(twice.is_empty(), "seed {seed}: judged twice: {twice:?}");
        assert_eq!(self.controller.series.check().await.unwrap(), None, "seed {seed}");
    }
}

#[expect(clippy::print_stdout, reason = "what happened in a run is what it is worth")]
async fn each_is_stored_once(seeds: u64) {
    let first = seed();
    let mut all = Happened::default();
    for seed in first..first + seeds {
        let mut rig = Rig::new(seed).await;
        for _ in 0..150 {
            rig.step().await;
        }
        rig.heal().await;
        rig.account(seed).await;
        let one = rig.happened;
        all = Happened {
            cut: all.cut + one.cut,
            killed: all.killed + one.killed,
            ack_lost: all.ack_lost + one.ack_lost,
            sent_twice: all.sent_twice + one.sent_twice,
            out_of_order: all.out_of_order + one.out_of_order,
            refused: all.refused + one.refused,
            controller_crashed: all.controller_crashed + one.controller_crashed,
            agent_crashed: all.agent_crashed + one.agent_crashed,
            fell_out: all.fell_out + one.fell_out,
            stored_unheard: all.stored_unheard + one.stored_unheard,
        };
    }
    println!("{seeds} seeds: {all:?}");
    let Happened { cut, killed, ack_lost, sent_twice, out_of_order, refused, .. } = all;
    let links = [cut, killed, ack_lost, sent_twice, out_of_order, refused];
    let ends = [all.controller_crashed, all.agent_crashed, all.stored_unheard];
    assert!(links.iter().chain(&ends).all(|count| *count > 0) && all.fell_out > 0, "never happened: {all:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_the_link_and_both_ends_do_each_observation_is_stored_once_or_accounted_for() {
    each_is_stored_once(100).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: 2,000 seeds"]
async fn whatever_the_link_and_both_ends_do_2000_times_each_observation_is_stored_once_or_accounted_for() {
    each_is_stored_once(2_000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_whose_connection_ended_is_silent_after_a_minute_unless_it_comes_back() {
    let mut controller = Controller::start().await;
    let clock = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
    controller.clock = clock.clone();
    let hello = || Upward::Hello(hello(1, 1));
    let first = controller.connect();
    first.send(hello()).await.unwrap();
    drop(first);
    wait_for("the first session is over", LIMIT, async || !controller.links.status().is_empty()).await;
    let mut second = controller.connect();
    second.send(hello()).await.unwrap();
    assert!(second.rx.recv().await.is_some(), "it is greeted");
    // The first session ends without a word, as the agent is back.
    let session = controller.sessions.remove(0);
    tokio::time::timeout(LIMIT, session).await.unwrap().unwrap();
    assert_eq!(controller.silent.load(Ordering::Relaxed), 0);
    drop(second);
    clock.advance(controller::link::SILENT_AFTER);
    wait_for("it is silent", LIMIT, async || controller.silent.load(Ordering::Relaxed) == 1).await;
    let session = controller.sessions.remove(0);
    tokio::time::timeout(LIMIT, session).await.unwrap().unwrap();
    assert!(controller.links.status()[EMBEDDED].is_silent);
    assert_eq!(controller.silent.load(Ordering::Relaxed), 1, "it was told twice");
}

#[tokio::test]
async fn a_batch_whose_acknowledgement_was_lost_is_sent_again_stored_once_and_acknowledged() {
    let mut controller = Controller::start().await;
    let observation = |s: i64| Observation {
        device: 1,
        at_ms: (FIRST_S + s) * 1000,
        seen: Seen::Reach(Reach::Answered { rtt_us: 1_000, uptime: None, missed: 0 }),
    };
    let batch =
        |seq: u64, s: i64| Batch { position: Position { epoch: 1, seq }, observations: [observation(s)].into() };
    // Stored, and the line breaks before the agent hears of it.
    let first = controller.connect();
    first.send(Upward::Hello(hello(1, 1))).await.unwrap();
    first.send(Upward::Batch(batch(1, 0))).await.unwrap();
    let stored = async |controller: &Controller| controller.series.watermark(EMBEDDED).await.unwrap();
    wait_for("the batch is stored", LIMIT, async || stored(&controller).await.is_some()).await;
    drop(first);

    let mut second = controller.connect();
    second.send(Upward::Hello(hello(1, 1))).await.unwrap();
    second.send(Upward::Batch(batch(1, 0))).await.unwrap();
    second.send(Upward::Batch(batch(2, 1))).await.unwrap();
    let mut acked = Vec::new();
    while acked.len() < 2 {
        match tokio::time::timeout(LIMIT, second.rx.recv()).await.unwrap().unwrap() {
            Downward::Ack(position) => acked.push(position.seq),
            Downward::Assignment(_) | Downward::Job(_) | Downward::Hold(_) => {}
        }
    }
    assert_eq!(acked, [1, 2]);
    assert_eq!(controller.stored(2).await, BTreeMap::from([(0, 1), (1, 1)]));
    // A batch before those that are still to come ends the link, and is not acknowledged.
    second.send(Upward::Batch(batch(4, 3))).await.unwrap();
    let after = tokio::time::timeout(LIMIT, second.rx.recv()).await.unwrap();
    assert!(after.is_none(), "a batch out of order was taken");
    assert_eq!(stored(&controller).await, Some(Position { epoch: 1, seq: 2 }));
}
