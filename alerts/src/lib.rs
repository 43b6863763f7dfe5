//! What observations mean and who must know: pure state machines without I/O.
//!
//! ```text
//!  Input (reach, visit, fleet, agent silence, tick) ──▶ Engine::step(input, now) ──▶ Vec<Effect>
//!                                                        health ▸ outage ▸ rule ▸ alert ▸ group
//! ```
//!
//! The engine holds the state of the whole fleet; what it returns are rows to write and messages to send, which the
//! controller puts into one transaction. It asks for a tick at [`Engine::next_deadline`]. After a restart it is made
//! again from the rows, see [`engine::Snapshot`].
//!
//! Invariants: no SQL, no sockets, no clock (every step takes `now`); each machine is one `match` without a catch-all
//! arm; every decision to tell or not to tell somebody has a named reason.

pub mod alert;
pub mod decision;
pub mod engine;
pub mod group;
pub mod health;
pub mod outage;
pub mod rule;

pub use engine::{Effect, Engine, Input, Snapshot};
