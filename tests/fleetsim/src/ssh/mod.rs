//! SSH as a device speaks it: real sessions over real sockets, a host key from a seed, log-in by password, key or
//! keyboard-interactive, and commands answered by whatever the device is.
//!
//! | file | its job |
//! |---|---|
//! | [`server`] | sockets, log-in, exec, faults, counters |
//! | `line` | the line to the device: it can go silent, as cut ones do |
//! | [`routeros`] | the shell of RouterOS over its menus |
//! | [`shell`] | a small POSIX shell over files and programs that exist only here |
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use std::sync::Arc;
//! use fleetsim::ssh::{Login, Options, Output, Server};
//! let options = Options { logins: vec![Login::password("root", "bí mật")], ..Options::default() };
//! let server = Server::start(options, Arc::new(|_: &str| Output::text("OpenWrt\n"))).await?;
//! println!("{} {}", server.address(), server.fingerprint());
//! # Ok(()) }
//! ```

pub mod routeros;
pub mod server;
pub mod shell;

mod line;

pub use server::{Counters, Fault, Login, Options, Output, Server, key_pair};
