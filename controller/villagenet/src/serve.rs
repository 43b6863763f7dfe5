//! `villagenet serve`: the controller, and the agent that lives beside it in the same process.

use std::sync::Arc;
use std::time::Duration;

use agent::{Agent, Ended, Network, Profile, only_link};
use controller::config::Config;
use controller::wiring::{self, Running, StartError};
use inventory::clock::{Clock, SystemClock};
use serde::Serialize;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::cli::ServeArgs;
use crate::{Failed, logging, settings};

/// Everything has to be down by then; what is not, is left behind (the stores are safe at any moment).
const SHUTDOWN: Duration = Duration::from_secs(8);
/// Before an embedded agent that broke down is started again.
const AGENT_RESTART: Duration = Duration::from_secs(1);

/// The line that `--json` prints once requests are served.
#[derive(Serialize)]
struct Ready<'a> {
    url: &'a str,
    /// SHA-256 of the certificate, where TLS is spoken.
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_fingerprint: Option<&'a str>,
    /// While nobody can log in: where the first account is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    setup_url: Option<&'a str>,
}

pub(crate) async fn run(args: ServeArgs) -> Result<(), Failed> {
    let config = settings::load(&args.installation, args.listen)?;
    settings::make_data_dir(&config.data)?;
    logging::start(&config.log.filter, config.log.format)?;
    // Before anything is started, so that a signal that comes early is not lost.
    let told = Told::listen()?;
    let serving = Serving::start(config, Arc::new(SystemClock)).await?;
    announce(&serving.running, args.json);
    serving.until(told, std::future::pending()).await
}

/// The signals that ask the program to end.
pub(crate) struct Told {
    terminate: Signal,
    interrupt: Signal,
}

impl Told {
    /// From now on they do not end the process by themselves.
    pub(crate) fn listen() -> std::io::Result<Told> {
        Ok(Told { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for one of them.
    pub(crate) async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => tracing::info!("told to terminate"),
            _ = self.interrupt.recv() => tracing::info!("interrupted"),
        }
    }
}

/// A controller and its embedded agent, running.
pub(crate) struct Serving {
    pub(crate) running: Running,
    agent: JoinHandle<()>,
    agent_stop: CancellationToken,
    stop: CancellationToken,
}

impl Serving {
    /// Starts both.
    pub(crate) async fn start(config: Config, clock: Arc<dyn Clock>) -> Result<Serving, Failed> {
        let stop = CancellationToken::new();
        let network = Arc::new(Network::bind(Arc::clone(&clock))?);
        let running = wiring::start(config, Arc::clone(&clock), stop.clone()).await.map_err(not_started)?;
        let agent_stop = CancellationToken::new();
        let agent = embedded_agent(&running, clock, network, agent_stop.clone());
        Ok(Serving { running, agent, agent_stop, stop })
    }

    /// Serves until told to end, or until `broken` says what it cannot go on without. Either way everything is closed.
    pub(crate) async fn until(self, mut told: Told, broken: impl Future<Output = Failed>) -> Result<(), Failed> {
        let end = tokio::select! {
            () = told.wait() => Ok(()),
            failed = broken => Err(failed),
            () = self.stop.cancelled() => {
                tracing::error!("a part of the program ended; stopping the rest");
                Err(Failed::new("a part of the program ended by itself; the log says which"))
            }
        };
        // The agent first: the controller still takes what it hands over.
        self.agent_stop.cancel();
        let joined = async {
            let agent = self.agent.await;
            self.stop.cancel();
            self.running.join().await;
            agent
        };
        match tokio::time::timeout(SHUTDOWN, joined).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the agent broke down"),
            Err(_) => tracing::warn!("not everything stopped in time"),
        }
        end
    }
}

/// Settings that only show to be wrong when they are put together are a bad configuration all the same.
fn not_started(error: StartError) -> Failed {
    let text = controller::app::error::chain(&error);
    match error {
        StartError::Channels(_) | StartError::RemoteWrite(_) | StartError::Tls(_) => Failed::configuration(text),
        StartError::InUse(_)
        | StartError::Lock { .. }
        | StartError::SetUp(_)
        | StartError::Keys(_)
        | StartError::Vault(_)
        | StartError::Store(_)
        | StartError::Series(_)
        | StartError::Disk { .. }
        | StartError::Listen { .. } => Failed::new(text),
    }
}

#[expect(clippy::print_stdout, reason = "the output of the command")]
fn announce(running: &Running, is_json: bool) {
    let setup_url = running.setup_url.as_ref().map(|url| url.reveal());
    if is_json {
        let tls_fingerprint = running.certificate.as_ref().map(|(facts, _)| facts.fingerprint.as_str());
        let ready = Ready { url: &running.url, tls_fingerprint, setup_url };
        println!("{}", serde_json::to_string(&ready).expect("strings serialise"));
        return;
    }
    println!("VillageNet is ready at {}", running.url);
    if let Some((facts, true)) = &running.certificate {
        println!(
            "Its certificate was made here, so the browser warns at first. Compare this SHA-256 fingerprint with the one \
             that it shows:\n\n    {}\n",
            facts.fingerprint
        );
    }
    if let Some(url) = setup_url {
        println!(
            "Nobody can log in yet. Make the first account here; the link is good once, for 72 hours:\n\n    {url}\n"
        );
    }
}

/// Runs the agent, and runs it again should it ever break down: a new life with a new link and a new epoch.
fn embedded_agent(
    running: &Running,
    clock: Arc<dyn Clock>,
    network: Arc<Network>,
    stop: CancellationToken,
) -> JoinHandle<()> {
    let (attach, mut epoch_floor) = (running.attach.clone(), running.epoch_floor);
    tokio::spawn(async move {
        while !stop.is_cancelled() {
            let (agent_end, controller_end) = agent_api::pair();
            attach.attach(controller_end);
            let profile = Profile::new(controller::link::EMBEDDED, env!("CARGO_PKG_VERSION"));
            // Each life is later than the one before, also when the clock stands or goes back between them.
            let now_ms = u64::try_from(clock.now().as_millisecond()).unwrap_or(0);
            let profile = Profile { epoch_floor, ..profile };
            epoch_floor = epoch_floor.max(now_ms) + 1_000_000;
            let life = Agent::new(profile, Arc::clone(&clock), Arc::clone(&network));
            match tokio::spawn(life.run(only_link(agent_end), stop.clone())).await {
                Ok(Ended::Stopped) => {}
                Ok(Ended::LinkGone) => tracing::error!("the embedded agent lost its link; it starts again"),
                Err(error) => tracing::error!(%error, "the embedded agent broke down; it starts again"),
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(AGENT_RESTART) => {}
            }
        }
    })
}
