//! A test message in words: whoever gets it must not ride out.

use super::gsm7::{ONE_PART, to_gsm7};
use super::{Rendered, moment, one_line};
use crate::language::{Args, Language};
use crate::notice::Trial;

/// The words of a test.
pub(crate) fn trial(trial: &Trial, language: Language) -> Rendered {
    let args = Args::new()
        .text("channel", one_line(&trial.channel))
        .text("made", moment::exact(trial.made_at))
        .text("time", moment::brief(trial.made_at, trial.made_at));
    let link = trial.base_url.as_ref().map(|base| format!("{base}/"));
    let mut body = language.say("trial-body", &args);
    if let Some(link) = &link {
        body.push_str("\n\n");
        body.push_str(&language.say("link", &Args::new().text("link", link.as_str())));
    }
    body.push('\n');
    Rendered {
        subject: language.say("trial-subject", &args),
        body,
        short: to_gsm7(&language.say("trial-short", &args)).chars().take(ONE_PART).collect(),
        link,
    }
}
