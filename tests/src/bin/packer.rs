//! A store of samples of which a test knows what it acknowledged, packed as fast as it can be while batches come in:
//! whatever instant it is killed at, packing is under way.
//!
//! ```text
//! packer FILE     goes on where FILE ends, prints "ready", then "acked SEQ" for each batch
//! ```
#![expect(clippy::unwrap_used, reason = "a test fails at the line that went wrong")]
#![expect(clippy::print_stdout, reason = "what it prints is what the test reads")]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use agent_api::{Batch, Position};
use controller::series::Series;
use villagenet_tests::packed::{AGENT, at, samples};

#[tokio::main]
async fn main() {
    let file = std::env::args().nth(1).unwrap();
    let (series, _) = Series::open(Path::new(&file), at(0)).await.unwrap();
    let mut seq = series.watermark(AGENT).await.unwrap().map_or(0, |position| position.seq);
    println!("ready");
    let acked = Arc::new(AtomicU64::new(seq));
    tokio::spawn(pack(series.clone(), acked.clone()));
    loop {
        seq += 1;
        let batch = Batch { position: Position { epoch: 1, seq }, observations: Arc::default() };
        series.append(AGENT, &batch, &samples(seq), at(seq)).await.unwrap();
        acked.store(seq, Ordering::Relaxed);
        println!("acked {seq}");
    }
}

/// By two hours and by days in turn.
async fn pack(series: Series, acked: Arc<AtomicU64>) {
    loop {
        for later in [20, 2 * 24 * 60] {
            series.seal(at(acked.load(Ordering::Relaxed) + later)).await.unwrap();
            while series.roll(Duration::from_secs(180), 10).await.unwrap() > 0 {}
            series.forget_judged(AGENT, Position { epoch: 1, seq: acked.load(Ordering::Relaxed) }).await.unwrap();
        }
    }
}
