//! Conformance: every recorded device, served over real UDP and polled by the real program, against what a mature system
//! concluded from the same recording.
//!
//! The recordings are data of another licence and no part of the project: they are looked for in the folder that
//! `VILLAGENET_RECORDINGS` names, else beside the project. Served by fleetsim, which shares no code with the product.

mod compare;
mod expected;
mod tally;

use fleetsim::snmp::{Agent, Options, Recording};
use serde_json::Value as Json;
use villagenet_tests::installation::{Installation, villagenet};
use villagenet_tests::place::{self, recording_names};

use self::tally::{Section, Sheet};

/// Says on standard error what was not tested.
#[expect(clippy::print_stderr, reason = "a test that cannot run its part must say so where people look")]
fn say(what: &str) {
    eprintln!("{what}");
}

/// The recordings by name, each with its expectation. Empty when there are none, which is said loudly.
fn recordings() -> Vec<(String, Recording, Json)> {
    let Some(folder) = place::recordings() else {
        say(
            "NOT TESTED: no recordings of real devices: put them into ../shared/recordings or name their folder in VILLAGENET_RECORDINGS",
        );
        return Vec::new();
    };
    let names = recording_names(&folder);
    let read = |name: String| {
        let recording = Recording::read(&folder.join(format!("{name}.snmprec"))).unwrap();
        let expected = std::fs::read(folder.join(format!("{name}.expected.json"))).unwrap();
        (name, recording, serde_json::from_slice(&expected).unwrap())
    };
    names.into_iter().map(read).collect()
}

/// One visit of the real program.
async fn poll(address: String, community_file: String) -> Json {
    let ended = tokio::task::spawn_blocking(move || {
        villagenet(&["poll", &address, "--community-file", &community_file, "--json"]).expect_success()
    });
    let ended = ended.await.unwrap();
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error} in\n{}", ended.text()))
}

/// What must be right of what is expected, in tenths of a per cent, and never less than it was: raise it, do not lower
/// it. A wrong value is worse than a missing one: there may be none.
const FLOORS: [(Section, u32); 7] = [
    (Section::Identity, 1000),
    (Section::Model, 980),
    (Section::Ports, 1000),
    (Section::Clients, 980),
    (Section::Wifi, 980),
    (Section::Load, 980),
    (Section::Sensors, 980),
];

#[tokio::test]
async fn recorded_devices_are_read_as_a_mature_system_reads_them() {
    let home = Installation::new();
    let community = home.secret_file("community", "public").to_str().unwrap().to_owned();
    let mut sheet = Sheet::default();
    for (name, recording, expected) in recordings() {
        let device = Agent::start(recording.values, Options::default()).await.unwrap();
        let told = poll(device.address().to_string(), community.clone()).await;
        compare::all(&name, &expected, &told, &mut sheet);
        sheet.note(format!("{name}: {} requests for a full visit", device.served()));
    }
    say(&sheet.text());
    if !sheet.is_empty() {
        sheet.check(&FLOORS);
    }
}
