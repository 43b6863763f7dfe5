//! What the end-to-end tests stand on: the product as a child process, and real neighbours for it to talk to.
//!
//! | module | stands for |
//! |---|---|
//! | [`installation`] | one installation: its configuration, its data, its command line, and `serve` as a running process |
//! | [`api`] | a program that uses the JSON API with a token |
//! | [`person`] | somebody with an account, a phone and a browser |
//! | [`village`] | the two CSV files an administrator writes |
//! | [`snmpd`] | a device: net-snmp's own agent on a loopback port |
//! | [`ssh_server`] | a device: OpenSSH or dropbear on a loopback port |
//! | [`machine`] | a machine within this one, with accounts and an `/etc` of its own |
//! | [`smtp_sink`], [`webhook_sink`] | the receivers of notifications |
//! | [`postgres`] | a PostgreSQL server of our own |
//! | [`remote_store`] | a VictoriaMetrics or Prometheus of our own |
//! | [`browser`] | a person with Chromium |
//! | [`process`] | a child that is always ended, by its own id, and whose log is shown when a test fails |
//! | [`small_disk`] | a disk that is full when a test says so |
//! | [`draw`] | chance that can be had again by its seed |
//!
//! Nothing here knows how the product works inside: it is driven by its binary, its files and its sockets. Only the
//! program `keeper` is made of the product's library, to know what was acknowledged before it is killed.
#![expect(clippy::unwrap_used, reason = "a harness fails the test at the line that went wrong")]
#![expect(clippy::disallowed_types, reason = "tests start the product and its neighbours as programs")]
#![expect(clippy::disallowed_methods, reason = "where the binaries are comes from the environment of the test run")]
#![expect(clippy::print_stderr, reason = "logs of children are shown when a test fails")]

pub mod api;
pub mod browser;
pub mod demo;
pub mod draw;
pub mod installation;
pub mod machine;
pub mod packed;
pub mod person;
pub mod place;
pub mod postgres;
pub mod process;
pub mod remote_store;
pub mod small_disk;
pub mod smtp_sink;
pub mod snmpd;
pub mod ssh_server;
pub mod village;
pub mod wait;
pub mod webhook_sink;
