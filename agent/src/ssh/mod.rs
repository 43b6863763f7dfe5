//! SSH as a client: sessions, host keys, commands.
//!
//! | file | its job |
//! |---|---|
//! | `algorithms` | what is offered: modern, or with a date also what old devices need |
//! | `session` | one session: connection, host key, log-in, commands |
//! | `pool` | open sessions that are used again |
//! | `error` | what can go wrong, and what a person can do about it |
//!
//! Invariants: nobody logs in to a device whose host key is not the pinned one; nothing that a device sends is unbounded;
//! each step ends within its time. It knows nothing of platforms: it runs a command and hands back the output.

mod algorithms;
mod error;
mod pool;
mod session;

pub use error::SshError;
pub use pool::Pool;
pub use session::{Door, offered_key};
