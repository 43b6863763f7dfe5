//! `villagenet poll`: one visit, by the same code that a scheduled poll runs.

use std::io::{BufRead, IsTerminal, Read, Write};
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use agent::visit::{self, Call};
use inventory::clock::SystemClock;
use inventory::credential::{Credential, Ssh, SshLogin};
use inventory::device::{Address, HostKeyFingerprint};
use inventory::secret::Secret;
use inventory::snmp_v3::{Keyed, SnmpV3, UnknownAlgorithm};

use crate::Failed;
use crate::cli::{PollArgs, SnmpVersion};
use crate::poll_screen::Language;
use crate::poll_view::PollView;

/// A secret longer than this is no secret but a wrong file.
const SECRET_MAX: u64 = 4096;

#[expect(clippy::print_stdout, reason = "the output of the command")]
pub(crate) async fn run(args: PollArgs, spoken: Language) -> Result<(), Failed> {
    let address: Address = args.address.parse().map_err(|error| usage(format!("{:?} {error}", args.address)))?;
    let (snmp, ssh) = (snmp(&args)?, ssh(&args)?);
    let network = agent::Network::bind(Arc::new(SystemClock))?;
    let mut call = Call { address, snmp, ssh, timeout: Duration::from_secs(args.timeout), is_pinged: false };
    confirm(&network, &mut call).await?;
    let (view, is_good) = match visit::once(&network, &call).await {
        Ok(report) => (PollView::read(report.address.to_string(), report.protocols, report.reading), true),
        Err(failure) => (PollView::failed(call.address.to_string(), failure), false),
    };
    if args.json {
        println!("{}", serde_json::to_string(&view).expect("a view is plain data"));
    } else {
        print!("{}", view.text(args.lang.unwrap_or(spoken)));
    }
    // The view has said what failed.
    if is_good { Ok(()) } else { Err(Failed::new("")) }
}

/// At a terminal, somebody who looks at the device can say that a host key is its own.
async fn confirm(network: &agent::Network, call: &mut Call) -> Result<(), Failed> {
    if !matches!(call.ssh, Some((_, None))) || !std::io::stdin().is_terminal() {
        return Ok(());
    }
    // What fails here fails again in the visit, which tells it.
    let Ok(Some(shown)) = visit::host_key(network, call).await else { return Ok(()) };
    let mut terminal = std::io::stderr();
    write!(terminal, "{} shows the host key {shown}. Is it the device's own? [y/N] ", call.address)?;
    terminal.flush()?;
    let answer = first_line(&mut std::io::stdin().lock())?;
    if let (Some((_, host_key)), "y" | "yes") = (&mut call.ssh, answer.trim().to_lowercase().as_str()) {
        *host_key = Some(shown);
    }
    Ok(())
}

/// `USER` or `USER@PORT`, and what lets the user in.
fn ssh(args: &PollArgs) -> Result<Option<(Ssh, Option<HostKeyFingerprint>)>, Failed> {
    let Some(text) = &args.ssh else { return Ok(None) };
    let (user, port) = match text.rsplit_once('@') {
        Some((user, port)) => (user, port.parse().map_err(|_| usage(format!("--ssh: {port:?} is no port")))?),
        None => (text.as_str(), Ssh::PORT),
    };
    if user.is_empty() {
        return Err(usage("--ssh names no user: USER or USER@PORT"));
    }
    let login = match &args.key {
        Some(file) => {
            let pem = std::fs::read_to_string(file);
            let pem = pem.map_err(|error| Failed::new(format!("{}: {error}", file.display())))?;
            SshLogin::Key { pem: Secret::new(pem), passphrase: None }
        }
        None => SshLogin::Password(secret("SSH password", "--password-file", None, args.password_file.as_deref())?),
    };
    let host_key = args.host_key.as_deref().map(str::parse).transpose();
    let host_key = host_key.map_err(|error| usage(format!("--host-key {error}")))?;
    Ok(Some((Ssh { user: user.to_owned(), port, login, legacy_until: None }, host_key)))
}

fn snmp(args: &PollArgs) -> Result<Option<Credential>, Failed> {
    let is_asked = args.snmp.is_some() || args.community.is_some() || args.community_file.is_some();
    if args.ssh.is_some() && !is_asked {
        return Ok(None);
    }
    let version = args.snmp.unwrap_or(SnmpVersion::V2c);
    let is_v3 = version == SnmpVersion::V3;
    if !is_v3 && (args.user.is_some() || args.auth.is_some() || args.privacy.is_some()) {
        return Err(usage("--user, --auth and --priv are for --snmp 3"));
    }
    if is_v3 && (args.community.is_some() || args.community_file.is_some()) {
        return Err(usage("SNMPv3 has no community: give --user, --auth and --priv"));
    }
    Ok(Some(match version {
        SnmpVersion::V1 => Credential::SnmpV1 { community: community(args)? },
        SnmpVersion::V2c => Credential::SnmpV2c { community: community(args)? },
        SnmpVersion::V3 => Credential::SnmpV3(snmp_v3(args)?),
    }))
}

fn community(args: &PollArgs) -> Result<Secret, Failed> {
    secret("SNMP community", "--community-file", args.community.as_deref(), args.community_file.as_deref())
}

/// The user with its pass phrases; everything that is wrong with them is told at once.
fn snmp_v3(args: &PollArgs) -> Result<SnmpV3, Failed> {
    let user = args.user.clone().ok_or_else(|| usage("the user is needed: --user NAME"))?;
    let auth = keyed("SNMP pass phrase for authentication", "--auth", args.auth.as_deref(), args.auth_file.as_deref())?;
    let privacy =
        keyed("SNMP pass phrase for privacy", "--priv", args.privacy.as_deref(), args.privacy_file.as_deref())?;
    SnmpV3::new(user, auth, privacy).map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        usage(faults.join("\n"))
    })
}

/// `ALGORITHM:PASS`, or `ALGORITHM` with the pass phrase from elsewhere.
fn keyed<A: FromStr<Err = UnknownAlgorithm>>(
    what: &str,
    option: &str,
    text: Option<&str>,
    file: Option<&Path>,
) -> Result<Option<Keyed<A>>, Failed> {
    let Some(text) = text else { return Ok(None) };
    let (word, pass_phrase) = match text.split_once(':') {
        Some((word, pass_phrase)) => (word, Some(pass_phrase)),
        None => (text, None),
    };
    let algorithm = word.parse().map_err(|error| usage(format!("{option} {word:?} {error}")))?;
    if pass_phrase.is_some() && file.is_some() {
        return Err(usage(format!("{option} has a pass phrase already: leave {option}-file out")));
    }
    let pass_phrase = secret(what, &format!("{option}-file"), pass_phrase, file)?;
    Ok(Some(Keyed { algorithm, pass_phrase }))
}

/// A secret from the command line, a file, standard input or the terminal, in that order.
fn secret(what: &str, option: &str, given: Option<&str>, file: Option<&Path>) -> Result<Secret, Failed> {
    let text = match (given, file) {
        (Some(given), _) => given.to_owned(),
        (None, Some(file)) if file == Path::new("-") => first_line(&mut std::io::stdin().lock())?,
        (None, Some(file)) => {
            let opened = std::fs::File::open(file);
            let opened = opened.map_err(|error| Failed::new(format!("{}: {error}", file.display())))?;
            first_line(&mut std::io::BufReader::new(opened))?
        }
        (None, None) if std::io::stdin().is_terminal() => rpassword::prompt_password(format!("{what}: "))?,
        (None, None) => return Err(usage(format!("the {what} is needed: {option} FILE, or - for standard input"))),
    };
    if text.is_empty() {
        return Err(usage(format!("the {what} is empty; give the one that is set on the device")));
    }
    Ok(Secret::new(text))
}

fn first_line(from: &mut impl BufRead) -> Result<String, Failed> {
    let mut line = String::new();
    from.by_ref().take(SECRET_MAX).read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn usage(message: impl Into<String>) -> Failed {
    Failed { code: 2, message: message.into() }
}
