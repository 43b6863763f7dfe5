//! The samples: a time-series store in a SQLite file of its own, `series.db`, so that nothing that happens to it touches
//! the records. Young samples lie in a log and are answered from memory; after two hours they are packed into chunks,
//! after a day into larger ones.
//!
//! ```text
//!  batch ──▶ append (batch + log + watermark, one transaction) ──▶ acknowledged
//!              ├ remote_log, when samples are sent on ──▶ remote_oldest ──▶ remote_forget
//!              │ kept until judged ──▶ unjudged (at a start) ──▶ forget_judged
//!              └ head ──▶ seal (chunk, sealed) ──▶ range (gauges) · rates (counters) · latest ──▶ prune
//!                              └ roll (hours, days) ──▶ the same, for long stretches
//! ```
//!
//! Values are integers in steps of their metric's scale. Counters are kept as they were read and become rates when they
//! are read, by `inventory::rate`. What is missing is missing: no answer ever has a zero for it.
//!
//! It must not know the inventory, health or alerts. Read next: `append`, then `rates`; `together` makes one line of many.

mod append;
mod body;
mod chunk;
mod copy;
mod error;
mod head;
mod key;
mod log;
mod open;
mod range;
mod rates;
mod remote_log;
mod retention;
mod roll;
mod samples;
mod seal;
mod sealed;
mod spread;
mod together;
mod window;

#[cfg(test)]
mod model_tests;
#[cfg(test)]
mod remote_tests;
#[cfg(test)]
mod tests;

pub use append::Appended;
pub use copy::Day;
pub use error::SeriesError;
pub use open::{Opening, Series};
pub use range::{Bucket, Line};
pub use rates::{RateAsk, RateLines, RatesAsk};
pub use remote_log::{RemoteHand, RemoteWaiting};
pub use retention::Oldest;
pub use samples::{Kept, PART_STEP, samples};
pub use seal::Sealed;
pub use spread::{GapSpan, RateLine};
pub use together::{Across, BusiestHour, Combined, Trend, busiest_hour, percentile};
pub use window::{STEPS_MAX, Window, WindowError};
