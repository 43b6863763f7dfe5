//! `villagenet poll`: one visit, by the same code that a scheduled poll runs.

use std::io::{BufRead, IsTerminal, Read};
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use agent::visit::{self, Call};
use inventory::clock::SystemClock;
use inventory::credential::Credential;
use inventory::device::Address;
use inventory::secret::Secret;
use inventory::snmp_v3::{Keyed, SnmpV3, UnknownAlgorithm};

use crate::Failed;
use crate::cli::{PollArgs, SnmpVersion};
use crate::poll_view::PollView;

/// A secret longer than this is no secret but a wrong file.
const SECRET_MAX: u64 = 4096;

#[expect(clippy::print_stdout, reason = "the output of the command")]
pub(crate) async fn run(args: PollArgs) -> Result<(), Failed> {
    let address: Address = args.address.parse().map_err(|error| usage(format!("{:?} {error}", args.address)))?;
    let credential = credential(&args)?;
    let network = agent::Network::bind(Arc::new(SystemClock))?;
    let call = Call { address, credential, timeout: Duration::from_secs(args.timeout), is_pinged: false };
    let (view, is_good) = match visit::once(&network, &call).await {
        Ok(report) => (PollView::read(report.address.to_string(), report.protocol, report.reading), true),
        Err(failure) => (PollView::failed(call.address.to_string(), failure), false),
    };
    if args.json {
        println!("{}", serde_json::to_string(&view).expect("a view is plain data"));
    } else {
        print!("{}", view.text());
    }
    // The view has said what failed.
    if is_good { Ok(()) } else { Err(Failed::new("")) }
}

fn credential(args: &PollArgs) -> Result<Credential, Failed> {
    let is_v3 = args.snmp == SnmpVersion::V3;
    if !is_v3 && (args.user.is_some() || args.auth.is_some() || args.privacy.is_some()) {
        return Err(usage("--user, --auth and --priv are for --snmp 3"));
    }
    if is_v3 && (args.community.is_some() || args.community_file.is_some()) {
        return Err(usage("SNMPv3 has no community: give --user, --auth and --priv"));
    }
    Ok(match args.snmp {
        SnmpVersion::V1 => Credential::SnmpV1 { community: community(args)? },
        SnmpVersion::V2c => Credential::SnmpV2c { community: community(args)? },
        SnmpVersion::V3 => Credential::SnmpV3(snmp_v3(args)?),
    })
}

fn community(args: &PollArgs) -> Result<Secret, Failed> {
    secret("community", "--community-file", args.community.as_deref(), args.community_file.as_deref())
}

/// The user with its pass phrases; everything that is wrong with them is told at once.
fn snmp_v3(args: &PollArgs) -> Result<SnmpV3, Failed> {
    let user = args.user.clone().ok_or_else(|| usage("the user is needed: --user NAME"))?;
    let auth = keyed("pass phrase for authentication", "--auth", args.auth.as_deref(), args.auth_file.as_deref())?;
    let privacy = keyed("pass phrase for privacy", "--priv", args.privacy.as_deref(), args.privacy_file.as_deref())?;
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
        (None, None) if std::io::stdin().is_terminal() => rpassword::prompt_password(format!("SNMP {what}: "))?,
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
