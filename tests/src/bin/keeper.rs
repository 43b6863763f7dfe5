//! A controller of which a test knows what it acknowledged: the product's own library on a real data folder, and an agent
//! that sends numbered batches as fast as they are taken and prints every acknowledgement. It runs until it is killed.
//!
//! ```text
//! keeper CONFIG DATA EPOCH     prints "ready URL", then "acked SEQ" for each batch
//! keeper CONFIG DATA           sends nothing: only what is left from before is done
//! ```
#![expect(clippy::unwrap_used, reason = "a test fails at the line that went wrong")]
#![expect(clippy::print_stdout, reason = "what it prints is what the test reads")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use agent_api::{
    API_VERSION, AgentEnd, Batch, Count, Downward, Hello, Interface, Observation, Position, Reach, Seen, Upward, Visit,
    VisitDepth,
};
use controller::config::{self, Overrides};
use controller::link::EMBEDDED;
use controller::wiring;
use inventory::clock::SystemClock;
use inventory::reading::Reading;
use tokio_util::sync::CancellationToken;

/// As many batches as a real agent has under way.
const WINDOW: u64 = 32;

#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1);
    let (config, data) = (args.next().unwrap(), PathBuf::from(args.next().unwrap()));
    let epoch = args.next().map(|epoch| epoch.parse().unwrap());
    let overrides = Overrides { data: Some(data), ..Overrides::default() };
    let text = std::fs::read_to_string(&config).unwrap();
    let config = config::parse(&text, Path::new("."), &overrides).unwrap_or_else(|faults| panic!("{faults:?}"));
    let running = wiring::start(config, Arc::new(SystemClock), CancellationToken::new()).await.unwrap();
    println!("ready {}", running.url);
    match epoch {
        Some(epoch) => {
            let (agent, controller) = agent_api::pair();
            running.attach.attach(controller);
            send_for_ever(agent, epoch).await;
        }
        None => std::future::pending().await,
    }
}

async fn send_for_ever(mut link: AgentEnd, epoch: u64) {
    let hello =
        Hello { agent: EMBEDDED.to_owned(), api_version: API_VERSION, release: "test".to_owned(), epoch, oldest: 1 };
    link.send(Upward::Hello(hello)).await.unwrap();
    let (mut devices, mut sent, mut acked) = (Vec::new(), 0, 0);
    loop {
        while !devices.is_empty() && sent - acked < WINDOW {
            sent += 1;
            link.send(Upward::Batch(batch(&devices, Position { epoch, seq: sent }))).await.unwrap();
        }
        match link.rx.recv().await.unwrap() {
            Downward::Assignment(told) => devices = told.devices.iter().map(|device| device.device.0).collect(),
            Downward::Ack(position) => {
                acked = position.seq;
                println!("acked {acked}");
            }
            Downward::Job(_) | Downward::Hold(_) => {}
        }
    }
}

/// One answer of each device, and a visit to one of them. Each batch has a millisecond of its own, so that its samples
/// can be counted.
fn batch(devices: &[i64], position: Position) -> Batch {
    let at_ms = i64::try_from(position.epoch + position.seq).unwrap();
    let seen = |device: &i64, seen| Observation { device: *device, at_ms, seen };
    let mut observations: Vec<Observation> = devices
        .iter()
        .map(|device| seen(device, Seen::Reach(Reach::Answered { rtt_us: position.seq, uptime: None, missed: 0 })))
        .collect();
    let turn = usize::try_from(position.seq).unwrap() % devices.len();
    observations.push(seen(&devices[turn], Seen::Visit(Box::new(visit(position.seq)))));
    Batch { position, observations: observations.into() }
}

fn visit(octets: u64) -> Visit {
    let (took, lag) = (Duration::from_millis(3), Duration::ZERO);
    let count = Some(Count { value: octets, bits: 64 });
    let interface = |index| Interface {
        index,
        name: format!("ether{index}"),
        in_octets: count,
        out_octets: count,
        is_oper_up: Some(true),
        ..Interface::default()
    };
    let interfaces = (1..=4).map(interface).collect();
    Visit {
        interfaces,
        has_all_interfaces: true,
        ..Visit::read("snmp2c", VisitDepth::Full, took, lag, Reading::default())
    }
}
