//! `villagenet channel`: does a channel work? Asked before a hall depends on it.

use controller::channels::{self, Tried, TryError};
use inventory::clock::{Clock, SystemClock};

use crate::cli::ChannelTestArgs;
use crate::{Failed, output, settings};

/// The exit status of clap for arguments that make no sense.
const USAGE: u8 = 2;

/// One test message to each receiver of a channel, and what each answered.
pub(crate) async fn test(args: ChannelTestArgs) -> Result<(), Failed> {
    let config = settings::load(&args.installation, None)?;
    let tried = channels::test(&config, &args.name, SystemClock.now()).await.map_err(refused)?;
    for one in &tried {
        output::print(&line(one))?;
    }
    let failed = tried.iter().filter(|one| one.outcome.is_err()).count();
    match (failed, tried.len()) {
        (0, _) => Ok(()),
        (_, 1) => Err(Failed::new("the test message was not delivered")),
        (failed, all) => Err(Failed::new(format!("{failed} of {all} test messages were not delivered"))),
    }
}

fn refused(error: TryError) -> Failed {
    let message = error.to_string();
    match error {
        TryError::Channels(_) => Failed::configuration(format!("nothing was sent\n  {message}")),
        TryError::Unknown { .. } | TryError::Address(_) => Failed { code: USAGE, message },
    }
}

fn line(tried: &Tried) -> String {
    let channel = &tried.channel;
    match &tried.outcome {
        Ok(receipt) => format!("sent     {channel}: {}\n", receipt.reply),
        Err(error) if error.retryable => {
            format!("FAILED   {channel}: {}; an alert would be tried again for 24 hours\n", error.text)
        }
        Err(error) => format!("FAILED   {channel}: {}; an alert would not be tried again\n", error.text),
    }
}
