//! What many series say together, and single numbers out of it: `combine` makes one line of many, `digest` tells the
//! billed percentile and the busiest hour of a line, `forecast` where it is going. All but the reading itself is pure.
//!
//! It reads through [`Series::rates`](super::Series::rates) and [`Series::range`](super::Series::range) alone and must
//! not know how samples are kept. Read next: `combine`.

mod combine;
mod digest;
mod forecast;

pub use combine::{Across, Combined};
pub use digest::{BusiestHour, busiest_hour, percentile};
pub use forecast::Trend;
