//! Sending samples on to another store: Prometheus Remote-Write 1.0, for any store that takes it.
//!
//! ```text
//!  series log ──▶ hand (some batches) ──▶ label (names from the records) ──▶ encode (protobuf, snappy) ──▶ one POST
//!      ▲                                                                                        │
//!      └──────── forgotten once every part of the hand is accepted or refused ◀── delivery ◀────┘ what was answered
//! ```
//!
//! `delivery` holds the rules of trying again and is pure; `writer` is the thin edge that reads, posts and counts.
//! Nothing here can hold up what comes in: the log is written by [`crate::series`] and bounded there.
//!
//! (<https://prometheus.io/docs/specs/prw/remote_write_spec/>.) It must not know how samples are kept, nor HTTP beyond a
//! status and its headers.

mod counters;
mod delivery;
mod encode;
mod label;
mod metric;
mod proto;
mod writer;

pub(crate) use counters::Counters;
pub(crate) use label::OWN as OWN_LABELS;
pub use writer::{RemoteWriteError, Writer};
