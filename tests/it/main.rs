//! The whole product, driven by its binary, its files and its sockets: one test binary, one module a story.
#![expect(clippy::unwrap_used, reason = "a test fails at the line that went wrong")]

mod agree;
mod audit;
mod auth;
mod backup;
mod bad_input;
mod config_cli;
mod crash;
mod demo;
mod disk_full;
mod evil_device;
mod hostile;
mod house;
mod import_cli;
mod link;
mod outage_to_message;
mod pages;
mod parts;
mod passkeys;
mod people;
mod poll_cli;
mod poll_ssh;
mod poll_to_graph;
mod postgres;
mod recordings;
mod restart;
mod roles;
mod secrets_at_rest;
mod security_headers;
mod shells;
mod simulated_halls;
mod ssh_after_snmp;
mod ssh_host_key;
mod ssh_session;
mod tls;
mod vault;
