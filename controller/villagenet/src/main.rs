//! `villagenet`: the composition root. It parses the command line, reads the configuration, and joins the controller
//! with its embedded agent. Everything else is in the libraries.
//!
//! ```text
//!   main ── serve ──┬── controller (wiring) ◀── link ──▶ embedded agent ── SNMP · ping ──▶ devices
//!        ├─ demo ───┤ the same, beside a simulated fleet in a process of its own
//!        ├─ poll ───┼── one visit by the agent's own code
//!        ├─ inventory import | export ── the same database that serve works on
//!        ├─ user, token, audit verify, keys rotate ── likewise
//!        ├─ channel test ── a test message, past the outbox
//!        ├─ backup, restore ── one file of all of it, and the way back
//!        └─ check ──┘
//! ```

mod audit_command;
mod backup_command;
mod channel_command;
mod check;
mod cli;
mod condition_view;
mod demo;
mod inventory_command;
mod keys_command;
mod logging;
mod output;
mod people_command;
mod poll;
mod poll_odd;
mod poll_screen;
mod poll_view;
mod serve;
mod settings;

use std::process::ExitCode;

use clap::Parser;

/// Polling makes and drops small pieces all the time, on whichever thread is free: with glibc's allocator a poll takes a
/// fifth more CPU time (tests/bench).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A command that did not succeed, and what the shell is told.
#[derive(Debug)]
pub(crate) struct Failed {
    /// 1 failed, 2 usage, 64 bad configuration.
    code: u8,
    /// What happened and what to do next; empty when it was printed already.
    message: String,
}

impl Failed {
    /// Exit status 1.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Failed { code: 1, message: message.into() }
    }

    /// Exit status 64: the configuration is bad (EX_USAGE of sysexits.h).
    pub(crate) fn configuration(message: impl Into<String>) -> Self {
        Failed { code: 64, message: message.into() }
    }
}

impl<E: std::error::Error> From<E> for Failed {
    fn from(error: E) -> Self {
        Failed::new(controller::app::error::chain(&error))
    }
}

fn main() -> ExitCode {
    let command = cli::Cli::parse();
    // Two providers in one dependency graph would make rustls panic at the first connection; the first one wins.
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        tracing::debug!("a cryptography provider was installed before main");
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return report(Failed::new(format!("the runtime could not start: {error}"))),
    };
    let result = runtime.block_on(run(command));
    // A look-up of a name that hangs in the system's resolver cannot be cancelled; nothing waits for it.
    runtime.shutdown_timeout(std::time::Duration::from_millis(500));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => report(failed),
    }
}

/// The language of who sits at the terminal, in the order of POSIX (XBD 8.2): Vietnamese when it says so, else English.
fn terminal_language() -> poll_screen::Language {
    #[expect(clippy::disallowed_methods, reason = "main is where the environment is read")]
    let said = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(|name| std::env::var(name).ok());
    match said.into_iter().find(|value| !value.is_empty()) {
        Some(value) if value.starts_with("vi") => poll_screen::Language::Vi,
        Some(_) | None => poll_screen::Language::En,
    }
}

async fn run(command: cli::Cli) -> Result<(), Failed> {
    match command.command {
        cli::Command::Serve(args) => serve::run(args).await,
        cli::Command::Demo(args) => demo::run(args).await,
        cli::Command::SimulateFleet(args) => demo::simulate(args).await,
        cli::Command::Poll(args) => poll::run(*args, terminal_language()).await,
        cli::Command::Inventory(cli::InventoryCommand::Import(args)) => inventory_command::import(args).await,
        cli::Command::Inventory(cli::InventoryCommand::Export(args)) => inventory_command::export(args).await,
        cli::Command::Audit(cli::AuditCommand::Verify(args)) => audit_command::verify(args).await,
        cli::Command::User(cli::UserCommand::Add(args)) => people_command::user_add(args).await,
        cli::Command::User(cli::UserCommand::Reset(args)) => people_command::user_reset(args).await,
        cli::Command::Token(cli::TokenCommand::Add(args)) => people_command::token_add(args).await,
        cli::Command::Keys(cli::KeysCommand::Rotate(args)) => keys_command::rotate(args).await,
        cli::Command::Channel(cli::ChannelCommand::Test(args)) => channel_command::test(args).await,
        cli::Command::Backup(args) => backup_command::make(args).await,
        cli::Command::Restore(args) => backup_command::restore(args).await,
        cli::Command::Check(args) => check::run(args).await,
    }
}

#[expect(clippy::print_stderr, reason = "the last words of a command go to the terminal")]
fn report(failed: Failed) -> ExitCode {
    if !failed.message.is_empty() {
        eprintln!("villagenet: {}", failed.message);
    }
    ExitCode::from(failed.code)
}
