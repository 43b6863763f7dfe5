//! Chance for tests: drawn from a seed that is printed, and can be given again by `VILLAGENET_SEED`.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// The seed of this run: given, else a new one. It is printed, so that a failure can be had again.
#[expect(clippy::print_stdout, reason = "without its seed a failure cannot be had again")]
pub fn seed() -> u64 {
    let given = std::env::var("VILLAGENET_SEED").ok().and_then(|text| text.parse().ok());
    let seed = given.unwrap_or_else(|| u64::from(rand::random::<u32>()));
    println!("VILLAGENET_SEED={seed}");
    seed
}

/// What is drawn from one seed.
#[derive(Debug)]
pub struct Draw(StdRng);

impl Draw {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Draw(StdRng::seed_from_u64(seed))
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0.random_range(0..end)
    }

    /// True this often in a hundred.
    pub fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }
}
