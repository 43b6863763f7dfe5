//! What observations mean and who must know: pure state machines without I/O.
//!
//! ```text
//!  Input (reach, visit, fleet, agent silence, tick) ──▶ Engine::step(input, now) ──▶ Vec<Effect>
//!
//!   engine ── reach ── machine   one device: what an observation makes of it
//!     │         └───── suspect   silent, and waiting for word from what stands before it
//!     ├────── settle ─ rule      one hall: its state, its outage, which faults there are and why one is not told
//!     │         └───── book      alerts that are open, decisions already kept
//!     ├────── why ──── cause     what an outage came from, and the facts that say so
//!     └────── tell ─── group     what is told together, and when
//! ```
//!
//! The engine holds the state of the whole fleet; what it returns are rows to write and messages to send, which the
//! controller puts into one transaction. It asks for a tick at [`Engine::next_deadline`]. After a restart it is made
//! again from the rows, see [`engine::Snapshot`].
//!
//! Invariants: no SQL, no sockets, no clock (every step takes `now`); each machine is one `match` without a catch-all
//! arm; every decision to tell or not to tell somebody has a named reason.
#![warn(clippy::wildcard_enum_match_arm)]

pub mod alert;
mod book;
mod boot;
pub mod cause;
pub mod decision;
pub mod effect;
pub mod engine;
pub mod group;
pub mod health;
pub mod host_key;
pub mod late;
pub mod ledger;
mod machine;
pub mod outage;
pub mod people;
pub mod quiet;
pub mod recompute;
pub mod rule;
pub mod schedule;
pub mod silence;
mod suspect;
mod time;
mod timeline;
mod topology;
mod turn;
pub mod unstable;

pub use engine::{Effect, Engine, Input, Snapshot};
