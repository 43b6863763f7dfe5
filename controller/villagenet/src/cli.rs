//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use controller::app::principal::Role;

use crate::poll_screen::Language;

/// Keeps the network and Wi-Fi of village halls working.
#[derive(Parser)]
#[command(name = "villagenet", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show the whole product over a simulated fleet on loopback, with faults happening.
    Demo(DemoArgs),
    /// The simulated fleet of `demo`, as a process of its own that ends when its standard input does.
    #[command(hide = true)]
    SimulateFleet(SimulateArgs),
    /// Run the controller with an embedded agent.
    Serve(ServeArgs),
    /// Visit one device once and show what a scheduled poll would record.
    Poll(Box<PollArgs>),
    /// Read the inventory from files, or write it to them.
    #[command(subcommand)]
    Inventory(InventoryCommand),
    /// The audit log: who did what.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Make accounts for people, and let them in again.
    #[command(subcommand)]
    User(UserCommand),
    /// Make API tokens for programs.
    #[command(subcommand)]
    Token(TokenCommand),
    /// The keys of the vault, in which the secrets of devices and people are.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// The ways on which people are told.
    #[command(subcommand)]
    Channel(ChannelCommand),
    /// Write all of an installation into one file, while `serve` runs.
    Backup(BackupArgs),
    /// Bring an installation back from such a file; `serve` must not run.
    Restore(RestoreArgs),
    /// Diagnose this installation.
    Check(Installation),
}

#[derive(Subcommand)]
pub(crate) enum InventoryCommand {
    /// Import halls or devices from a CSV file: every bad row is listed, and nothing is imported unless all are good.
    Import(ImportArgs),
    /// Export halls or devices as CSV.
    Export(ExportArgs),
}

#[derive(Subcommand)]
pub(crate) enum AuditCommand {
    /// Read the whole log and say whether anything was changed, deleted, inserted or cut off; `serve` may go on running.
    Verify(VerifyArgs),
}

#[derive(Args)]
pub(crate) struct VerifyArgs {
    /// What an earlier check told and was kept elsewhere: the log must still hold that entry with that hash.
    #[arg(long, value_name = "ENTRIES:HASH")]
    pub(crate) since: Option<AuditSeal>,
    #[command(flatten)]
    pub(crate) installation: Installation,
}

/// A number of entries and the hash of the last one.
#[derive(Clone)]
pub(crate) struct AuditSeal {
    pub(crate) entries: u64,
    pub(crate) hash: String,
}

impl std::str::FromStr for AuditSeal {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (entries, hash) = text.split_once(':').ok_or("write it as it was told, like 12:0f3a…")?;
        let entries = entries.parse().map_err(|_| "the number of entries is no number")?;
        let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_hash {
            Ok(AuditSeal { entries, hash: hash.to_ascii_lowercase() })
        } else {
            Err("the hash has 64 hexadecimal digits")
        }
    }
}

#[derive(Subcommand)]
pub(crate) enum UserCommand {
    /// Make an account. Its pass phrase is asked for at the terminal or read from standard input; without one, a link is
    /// printed by which its owner sets it.
    Add(UserAddArgs),
    /// Print a link by which the owner of an account sets another pass phrase; a disabled account is enabled.
    Reset(UserResetArgs),
}

#[derive(Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token and print it, once.
    Add(TokenAddArgs),
}

#[derive(Subcommand)]
pub(crate) enum KeysCommand {
    /// Replace the keys, while `serve` goes on: a new data key seals every secret anew, and a new master key wraps it. When
    /// it was interrupted, run it again.
    Rotate(RotateArgs),
}

#[derive(Subcommand)]
pub(crate) enum ChannelCommand {
    /// Send a test message, which says that it is one, and print what each receiver answered.
    Test(ChannelTestArgs),
}

#[derive(Args)]
pub(crate) struct ChannelTestArgs {
    /// The channel, as in [channels.NAME]; NAME/NUMBER is one phone of several.
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) installation: Installation,
}

#[derive(Args)]
pub(crate) struct RotateArgs {
    /// Only the data key.
    #[arg(long, conflicts_with = "master")]
    pub(crate) data_key: bool,
    /// Only the master key.
    #[arg(long)]
    pub(crate) master: bool,
    #[command(flatten)]
    pub(crate) installation: Installation,
}

#[derive(Args)]
pub(crate) struct UserAddArgs {
    /// Name of the account.
    pub(crate) name: String,
    /// What it may do: viewer, technician or admin.
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: Role,
    /// Code of the area in which it may do that (default: everywhere).
    #[arg(long, value_name = "CODE")]
    pub(crate) area: Option<String>,
    /// File that holds the pass phrase; - reads it from standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "invite")]
    pub(crate) password_file: Option<PathBuf>,
    /// Ask for no pass phrase: print a link.
    #[arg(long)]
    pub(crate) invite: bool,
    #[command(flatten)]
    pub(crate) installation: Installation,
}

#[derive(Args)]
pub(crate) struct UserResetArgs {
    /// Name of the account.
    pub(crate) name: String,
    /// Take the second factor away as well; it is set up again at the next log-in.
    #[arg(long)]
    pub(crate) second_factor: bool,
    #[command(flatten)]
    pub(crate) installation: Installation,
}

#[derive(Args)]
pub(crate) struct TokenAddArgs {
    /// Name of the token.
    pub(crate) name: String,
    /// What it may do at most: viewer, technician or admin.
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: Role,
    /// Code of the area in which it may do that at most (default: wherever its account may).
    #[arg(long, value_name = "CODE")]
    pub(crate) area: Option<String>,
    /// When it ends: a number of days like 90d, or a time (default: never).
    #[arg(long, value_name = "WHEN")]
    pub(crate) expires: Option<String>,
    /// Account on whose behalf it asks (default: one of its own, with its name, to which nobody can log in).
    #[arg(long, value_name = "NAME")]
    pub(crate) user: Option<String>,
    #[command(flatten)]
    pub(crate) installation: Installation,
}

#[derive(Args)]
pub(crate) struct BackupArgs {
    /// The file to write; it must not be there.
    pub(crate) file: PathBuf,
    /// Encrypt it to this public age key (default: what `recipient` says in the section for backups of the configuration).
    #[arg(long, value_name = "age1…")]
    pub(crate) recipient: Option<String>,
    #[command(flatten)]
    pub(crate) installation: Installation,
}

#[derive(Args)]
pub(crate) struct RestoreArgs {
    /// The backup.
    pub(crate) file: PathBuf,
    /// File with the secret age key, when the backup is encrypted.
    #[arg(long, value_name = "FILE")]
    pub(crate) identity: Option<PathBuf>,
    /// Move an installation that is there aside; nothing of it is deleted.
    #[arg(long)]
    pub(crate) replace: bool,
    /// Do without days of samples that are missing beside a backup of the night.
    #[arg(long)]
    pub(crate) without_missing_days: bool,
    #[command(flatten)]
    pub(crate) installation: Installation,
}

/// Which installation a command is about.
#[derive(Args, Clone)]
pub(crate) struct Installation {
    /// Configuration file; without it DIR/villagenet.toml is read when it exists.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Data directory (default: what the configuration says, else ./villagenet-data).
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct DemoArgs {
    /// How many halls there are.
    #[arg(long, value_name = "N", default_value_t = 37, value_parser = clap::value_parser!(u16).range(1..=2000))]
    pub(crate) halls: u16,
    /// Address to listen on, loopback only; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Folder for its data, which is kept; without it a temporary one, which is removed at the end.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The same seed gives the same villages with the same past.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// How many agents poll the fleet; this release has the embedded one only.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) agents: u16,
    /// Print one line of JSON once ready: {"url","username","password","totp_secret","api_token","second_admin","data","simulator_pid","control"}.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct SimulateArgs {
    /// How many halls there are.
    #[arg(long)]
    pub(crate) halls: usize,
    /// See `demo`.
    #[arg(long)]
    pub(crate) seed: u64,
    /// The time at the start, in seconds since 1970.
    #[arg(long)]
    pub(crate) started: i64,
}

#[derive(Args)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub(crate) installation: Installation,
    /// Address to listen on; TLS is spoken where it is no loopback address (default: what the configuration says, else 127.0.0.1:8080).
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,
    /// Print one line of JSON once ready: {"url","setup_url"}. The latter is there while nobody can log in.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SnmpVersion {
    /// SNMPv1
    #[value(name = "1")]
    V1,
    /// SNMPv2c
    #[value(name = "2c")]
    V2c,
    /// SNMPv3
    #[value(name = "3")]
    V3,
}

#[derive(Args)]
pub(crate) struct PollArgs {
    /// Address of the device: HOST or HOST:PORT; IPv6 with a port stands in brackets. The port is SNMP's, 161 by default.
    #[arg(value_name = "HOST[:PORT]")]
    pub(crate) address: String,
    /// SNMP version; 2c unless only --ssh is given.
    #[arg(long, value_name = "VERSION")]
    pub(crate) snmp: Option<SnmpVersion>,
    /// SNMP community, for use at a bench: other users of this machine can see it in the list of processes.
    #[arg(long, value_name = "C", conflicts_with = "community_file")]
    pub(crate) community: Option<String>,
    /// File that holds the community; - reads it from standard input. With neither it is asked for at the terminal.
    #[arg(long, value_name = "FILE")]
    pub(crate) community_file: Option<PathBuf>,
    /// SNMPv3 user.
    #[arg(long, value_name = "NAME")]
    pub(crate) user: Option<String>,
    /// Authentication: MD5, SHA, SHA-224, SHA-256, SHA-384 or SHA-512, and for use at a bench the pass phrase.
    #[arg(long, value_name = "ALGORITHM[:PASS]")]
    pub(crate) auth: Option<String>,
    /// File that holds the pass phrase for authentication; - reads it from standard input.
    #[arg(long, value_name = "FILE", requires = "auth")]
    pub(crate) auth_file: Option<PathBuf>,
    /// Privacy: DES, AES-128, AES-192, AES-256, AES-192-C or AES-256-C, and for use at a bench the pass phrase.
    #[arg(long = "priv", value_name = "ALGORITHM[:PASS]", requires = "auth")]
    pub(crate) privacy: Option<String>,
    /// File that holds the pass phrase for privacy; - reads it from standard input, after that for authentication.
    #[arg(long = "priv-file", value_name = "FILE", requires = "privacy")]
    pub(crate) privacy_file: Option<PathBuf>,
    /// Log in over SSH as this user; the port is 22 unless said.
    #[arg(long, value_name = "USER[@PORT]")]
    pub(crate) ssh: Option<String>,
    /// File of the private key for SSH, as ssh-keygen writes it.
    #[arg(long, value_name = "FILE", requires = "ssh", conflicts_with = "password_file")]
    pub(crate) key: Option<PathBuf>,
    /// File that holds the password for SSH; - reads it from standard input. With neither it is asked for at the terminal.
    #[arg(long, value_name = "FILE", requires = "ssh")]
    pub(crate) password_file: Option<PathBuf>,
    /// Host key that the device has to show over SSH: without it nobody logs in, unless you confirm it at the terminal.
    #[arg(long, value_name = "SHA256:…", requires = "ssh")]
    pub(crate) host_key: Option<String>,
    /// Seconds to wait in all before giving up.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=300))]
    pub(crate) timeout: u64,
    /// Language of what is printed for people; that of the terminal when not given.
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) lang: Option<Language>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct ImportArgs {
    /// CSV file of halls or of devices; its header tells which.
    pub(crate) file: PathBuf,
    /// Say what would change, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) installation: Installation,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// The two CSV files that `inventory import` reads.
    Csv,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportTable {
    /// The halls file.
    Halls,
    /// The devices file.
    Devices,
}

#[derive(Args)]
pub(crate) struct ExportArgs {
    /// Format.
    #[arg(long, value_name = "FORMAT", default_value = "csv")]
    pub(crate) format: ExportFormat,
    /// Which of the two files goes to standard output.
    #[arg(long, value_name = "TABLE", default_value = "halls", conflicts_with = "to")]
    pub(crate) table: ExportTable,
    /// Write both files, halls.csv and devices.csv, into this directory instead.
    #[arg(long, value_name = "DIR")]
    pub(crate) to: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) installation: Installation,
}
