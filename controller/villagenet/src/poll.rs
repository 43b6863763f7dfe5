//! `villagenet poll`: one visit, by the same code that a scheduled poll runs.

use std::io::{BufRead, IsTerminal, Read};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use agent::visit::{self, Call};
use inventory::clock::SystemClock;
use inventory::credential::Credential;
use inventory::device::Address;
use inventory::secret::Secret;

use crate::Failed;
use crate::cli::{PollArgs, SnmpVersion};
use crate::poll_view::PollView;

/// A community longer than this is no community but a wrong file.
const COMMUNITY_MAX: u64 = 4096;

#[expect(clippy::print_stdout, reason = "the output of the command")]
pub(crate) async fn run(args: PollArgs) -> Result<(), Failed> {
    let address: Address = args.address.parse().map_err(|error| usage(format!("{:?} {error}", args.address)))?;
    let community = community(&args)?;
    let credential = match args.snmp {
        SnmpVersion::V1 => Credential::SnmpV1 { community },
        SnmpVersion::V2c => Credential::SnmpV2c { community },
    };
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

fn community(args: &PollArgs) -> Result<Secret, Failed> {
    let text = match (&args.community, &args.community_file) {
        (Some(community), _) => community.clone(),
        (None, Some(file)) if file == Path::new("-") => first_line(std::io::stdin().lock().take(COMMUNITY_MAX))?,
        (None, Some(file)) => {
            let opened = std::fs::File::open(file);
            let opened = opened.map_err(|error| Failed::new(format!("{}: {error}", file.display())))?;
            first_line(std::io::BufReader::new(opened.take(COMMUNITY_MAX)))?
        }
        (None, None) if std::io::stdin().is_terminal() => rpassword::prompt_password("SNMP community: ")?,
        (None, None) => return Err(usage("the community is needed: --community-file FILE, or - for standard input")),
    };
    if text.is_empty() {
        return Err(usage("the community is empty; give the one that is set on the device"));
    }
    Ok(Secret::new(text))
}

fn first_line(mut from: impl BufRead) -> Result<String, Failed> {
    let mut line = String::new();
    from.read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn usage(message: impl Into<String>) -> Failed {
    Failed { code: 2, message: message.into() }
}
