//! What a visit to a device of each family takes: requests and bytes beside those of a walk of the same with net-snmp,
//! and time over a line of 20 ms. The devices are recordings of real ones; without them there are no figures.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::Command;
use std::time::{Duration, Instant};

use agent::snmp::{Client, DeviceMemory, Security, Target, full, minute};
use fleetsim::snmp::{Agent, Options, Recording, Values};
use inventory::secret::Secret;
use villagenet_tests::place::{recording_names, recordings};
use villagenet_tests::process::run;

use crate::figure::Figure;

pub(crate) const NAMES: [&str; 5] = [
    "full_pdus_vs_bulkwalk",
    "full_bytes_vs_bulkwalk",
    "hour_pdus_vs_bulkwalk",
    "hour_bytes_vs_bulkwalk",
    "first_visit_at_20ms_s",
];

/// The line to a device: from ask to answer.
const LINE: Duration = Duration::from_millis(20);

/// What everybody walks: interfaces, old and new.
const IF_MIB: [&str; 2] = ["1.3.6.1.2.1.2", "1.3.6.1.2.1.31"];
/// Where what is not the vendor's own stands on a Linux: HOST-RESOURCES-MIB and net-snmp's.
const HOST: [&str; 2] = ["1.3.6.1.2.1.25", "1.3.6.1.4.1.2021"];
const ENTERPRISES: &str = "1.3.6.1.4.1";

/// Requests and bytes, both ways.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    pdus: u64,
    bytes: u64,
}

impl Cost {
    fn so_far(device: &Agent) -> Cost {
        Cost { pdus: device.served(), bytes: device.bytes() }
    }

    fn since(device: &Agent, before: Cost) -> Cost {
        let now = Cost::so_far(device);
        Cost { pdus: now.pdus - before.pdus, bytes: now.bytes - before.bytes }
    }

    fn add(&mut self, other: Cost) {
        self.pdus += other.pdus;
        self.bytes += other.bytes;
    }
}

/// What one device cost.
#[derive(Debug, Clone, Copy, Default)]
struct Costs {
    full: Cost,
    minute: Cost,
    walk: Cost,
}

pub(crate) fn measure() -> Vec<Figure> {
    let Some(folder) = recordings() else {
        println!("NOT MEASURED: {NAMES:?}: no recordings of real devices; name their folder in VILLAGENET_RECORDINGS");
        return Vec::new();
    };
    let names = recording_names(&folder);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let mut families: BTreeMap<String, Costs> = BTreeMap::new();
        let (mut all, mut slowest) = (Costs::default(), Duration::ZERO);
        for name in names {
            let recording = Recording::read(&folder.join(format!("{name}.snmprec"))).unwrap();
            let (family, costs, took) = visit(recording.values).await;
            slowest = slowest.max(took);
            let of_family = families.entry(family).or_default();
            for sum in [of_family, &mut all] {
                sum.full.add(costs.full);
                sum.minute.add(costs.minute);
                sum.walk.add(costs.walk);
            }
        }
        println!(
            "  {:<12} {:>24} {:>26} {:>18} {:>14}",
            "platform", "PDUs: full of a walk", "bytes", "PDUs: minute", "bytes"
        );
        for (family, Costs { full, minute, walk }) in &families {
            println!(
                "  {family:<12} {:>8} of {:>4} {:>5.0} % {:>9} of {:>7} {:>5.0} % {:>10} {:>5.0} % {:>7} {:>5.0} %",
                full.pdus,
                walk.pdus,
                part(full.pdus, walk.pdus) * 100.0,
                full.bytes,
                walk.bytes,
                part(full.bytes, walk.bytes) * 100.0,
                minute.pdus,
                part(minute.pdus, walk.pdus) * 100.0,
                minute.bytes,
                part(minute.bytes, walk.bytes) * 100.0,
            );
        }
        // An hour: everything once, and what changes at each other minute; the walk reads everything each minute.
        let hour = |of: fn(&Cost) -> u64| part(of(&all.full) + 59 * of(&all.minute), 60 * of(&all.walk));
        let third = Some(1.0 / 3.0);
        vec![
            figure(0, part(all.full.pdus, all.walk.pdus), "x", third),
            figure(1, part(all.full.bytes, all.walk.bytes), "x", third),
            figure(2, hour(|cost| cost.pdus), "x", third),
            figure(3, hour(|cost| cost.bytes), "x", third),
            figure(4, slowest.as_secs_f64(), "s", Some(2.0)),
        ]
    })
}

fn figure(nth: usize, value: f64, unit: &'static str, bar: Option<f64>) -> Figure {
    Figure::new(NAMES[nth], value, unit).at_most(bar)
}

fn part(ours: u64, theirs: u64) -> f64 {
    ours as f64 / theirs as f64
}

/// What the device is, what it cost, and how long the first visit took over the line.
async fn visit(values: Values) -> (String, Costs, Duration) {
    let device = Agent::start(values, Options::default()).await.unwrap();
    let client = Client::bind().unwrap();
    let target = Target::new(device.address(), Security::V2c { community: Secret::new("public".to_owned()) });
    let (mut memory, mut costs) = (DeviceMemory::default(), Costs::default());
    let reading = full(&client, &target, &mut memory).await.unwrap();
    costs.full = Cost::since(&device, Cost::default());
    minute(&client, &target, &mut memory).await.unwrap();
    costs.minute = Cost::since(&device, costs.full);
    let identity = reading.identity.unwrap_or_default();
    let before = Cost::so_far(&device);
    for root in roots(identity.sys_object_id.as_deref().unwrap_or_default()) {
        let address = device.address();
        tokio::task::spawn_blocking(move || walk(address, &root)).await.unwrap();
    }
    costs.walk = Cost::since(&device, before);
    device.set_delay(LINE);
    let began = Instant::now();
    full(&client, &target, &mut DeviceMemory::default()).await.unwrap();
    (identity.platform.unwrap_or_default(), costs, began.elapsed())
}

/// What is walked for the same readings: IF-MIB, what runs on every Linux, and the vendor's tree by its number in
/// sysObjectID; all vendors' where that says only that net-snmp runs.
fn roots(sys_object_id: &str) -> Vec<String> {
    let vendor = sys_object_id.strip_prefix(ENTERPRISES).and_then(|rest| rest.split('.').nth(1));
    let own = match vendor {
        None | Some("8072" | "10002") => vec![ENTERPRISES.to_owned(), HOST[0].to_owned()],
        Some(vendor) => [format!("{ENTERPRISES}.{vendor}")].into_iter().chain(HOST.map(str::to_owned)).collect(),
    };
    IF_MIB.map(str::to_owned).into_iter().chain(own).collect()
}

fn walk(address: SocketAddr, root: &str) {
    let mut command = Command::new("snmpbulkwalk");
    command.args(["-v2c", "-c", "public", "-On", "-Cc", &address.to_string(), root]);
    run(&mut command, Duration::from_secs(120));
}
