//! `villagenet demo`: the whole product over villages that are simulated, in a process of their own, on loopback.
//!
//! ```text
//!  demo ──▶ simulator (child: fleetsim) ── one line: addresses, inventory, credentials ──┐
//!    │                                                                                   ▼
//!    ├─ place: folder, configuration, secret files ──▶ import ──▶ past: outages ──▶ serve ──▶ past: samples
//! ```
//!
//! Nothing here is told to the product in another way than an administrator would tell it, but for the past.

mod past;
mod place;
mod simulator;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use controller::app::App;
use controller::app::account_command::{People, Ready as Administrator};
use controller::app::inventory::Installation;
use controller::config::Config;
use controller::wiring::open_records;
use fleetsim::village::Village;
use inventory::clock::{Clock, SystemClock};
use inventory::id::HallId;
use serde::Serialize;

use crate::cli::{self, DemoArgs};
use crate::inventory_command::refused;
use crate::serve::{Serving, Told};
use crate::{Failed, logging, settings};
use past::Past;
use place::Place;
use simulator::Simulator;

pub(crate) use simulator::simulate;

/// Every device of a village is asked once within a second or two; on a busy machine the start waits this long for it.
const FIRST_VISITS: Duration = Duration::from_secs(15);
/// Between two looks whether they were.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// The line that `--json` prints once ready.
#[derive(Serialize)]
struct Ready<'a> {
    url: &'a str,
    #[serde(flatten)]
    first: Credentials<'a>,
    second_admin: Credentials<'a>,
    data: String,
    simulator_pid: u32,
    control: &'a str,
}

/// How somebody comes in.
#[derive(Serialize)]
struct Credentials<'a> {
    username: &'a str,
    password: &'a str,
    totp_secret: &'a str,
    api_token: &'a str,
}

impl<'a> Credentials<'a> {
    fn of(ready: &'a Administrator) -> Self {
        Credentials {
            username: &ready.name,
            password: ready.passphrase.reveal(),
            totp_secret: ready.totp.reveal(),
            api_token: ready.token.reveal(),
        }
    }
}

/// Two, so that what takes a second person can be played.
const ADMINISTRATORS: [&str; 2] = ["admin", "admin2"];

pub(crate) async fn run(args: DemoArgs) -> Result<(), Failed> {
    if args.agents != 1 {
        return Err(Failed::new(format!(
            "--agents {}: this release polls with the embedded agent only; agents in the halls come later. \
             Leave --agents out",
            args.agents
        )));
    }
    // Before anything is made: a port in use is what goes wrong first.
    port_is_free(args.listen)?;
    let told = Told::listen()?;
    let place = Place::make(args.data).await?;
    let started = SystemClock.now();
    let mut fleet = Simulator::start(args.halls, args.seed, started).await?;
    place.configure(&fleet.ready)?;
    let installation = cli::Installation { config: None, data: Some(place.dir().to_owned()) };
    let config = settings::load(&installation, Some(args.listen))?;
    logging::start(&config.log.filter, config.log.format)?;
    let past = Arc::new(Past::of(Village::draw(args.seed, usize::from(args.halls)), started));
    let is_new = records(&config, &fleet, &past).await?;
    let people = administrators(&config).await?;
    let serving = Serving::start(config, Arc::new(SystemClock)).await?;
    let app = Arc::clone(&serving.running.app);
    first_visits(&app).await?;
    if is_new {
        past.first(&app).await?;
    }
    announce(&serving, &people, &place, &fleet, args.json)?;
    let broken = async {
        let rest = async {
            if is_new && let Err(failed) = past.rest(&app).await {
                tracing::warn!(error = failed.message, "the simulated past is not whole");
            }
            std::future::pending().await
        };
        tokio::select! {
            failed = fleet.ended() => failed,
            failed = rest => failed,
        }
    };
    serving.until(told, broken).await
}

fn port_is_free(listen: SocketAddr) -> Result<(), Failed> {
    let busy = |error| {
        Failed::new(format!(
            "cannot listen on {listen}: {error}; stop what listens there, or take a free port with --listen 127.0.0.1:0"
        ))
    };
    TcpListener::bind(listen).map(drop).map_err(busy)
}

/// Imports the inventory and writes what became of it in the last 30 days. Whether the installation is a new one.
async fn records(config: &Config, fleet: &Simulator, past: &Past) -> Result<bool, Failed> {
    let installation = Installation::open(config).await?;
    for (name, csv) in [("halls.csv", &fleet.ready.halls_csv), ("devices.csv", &fleet.ready.devices_csv)] {
        let imported = installation.import(csv.as_bytes(), false).await;
        imported.map_err(|error| refused(&format!("{name} of the simulated fleet"), error))?;
    }
    let db = open_records(config).await?;
    let is_new = !db.is_simulated().await?;
    if is_new {
        let fleet = db.fleet_load().await?.fleet;
        let halls: Vec<HallId> = fleet.halls().map(|hall| hall.id).collect();
        controller::app::past::write(&db, &halls, past.begins(), &past.lost(&fleet)).await?;
    }
    db.close().await;
    Ok(is_new)
}

/// People who can log in at once.
async fn administrators(config: &Config) -> Result<[Administrator; 2], Failed> {
    let people = People::open(config).await?;
    let [first, second] = ADMINISTRATORS;
    let ready = [people.ready(first).await?, people.ready(second).await?];
    people.close().await;
    Ok(ready)
}

/// Waits until each device was asked once, so that its ports are known and the pages are whole.
async fn first_visits(app: &App) -> Result<(), Failed> {
    let all = async {
        loop {
            if app
                .device_all(&controller::app::principal::Principal::system())
                .await?
                .iter()
                .all(|record| record.fact.is_some())
            {
                return Ok(());
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    };
    tokio::time::timeout(FIRST_VISITS, all).await.unwrap_or(Ok(()))
}

#[expect(clippy::print_stdout, reason = "the output of the command")]
fn announce(
    serving: &Serving,
    people: &[Administrator; 2],
    place: &Place,
    fleet: &Simulator,
    is_json: bool,
) -> Result<(), Failed> {
    let (url, control) = (&serving.running.url, &fleet.ready.control);
    let [first, second_admin] = people.each_ref().map(Credentials::of);
    let data = place.dir().display().to_string();
    if is_json {
        let ready = Ready { url, first, second_admin, data, simulator_pid: fleet.pid(), control };
        println!("{}", serde_json::to_string(&ready)?);
        return Ok(());
    }
    let kept = if place.is_kept() { "kept" } else { "removed at the end" };
    println!("VillageNet is ready at {url}\n");
    for person in [&first, &second_admin] {
        println!(
            "    user name        {}\n    pass phrase      {}\n    second factor    {} (add this key to an authenticator \
             app)\n    API token        {}\n",
            person.username, person.password, person.totp_secret, person.api_token
        );
    }
    println!(
        "    data             {data} ({kept})\n\n\
         The halls, their devices and their past are simulated. Something breaks every minute or so and comes back; \
         after three minutes a whole commune is cut off. To break something yourself:\n\n    \
         curl -d '{{\"fault\":\"power-cut\",\"target\":\"dr-03\",\"seconds\":90}}' {control}/faults\n    \
         curl -d '{{\"fault\":\"uplink-cut\",\"target\":\"lx\",\"seconds\":120}}' {control}/faults\n    \
         curl -X DELETE {control}/faults     (mends everything)\n\n\
         A hall is known to be out within 28 seconds. Ctrl-C ends it all."
    );
    Ok(())
}
