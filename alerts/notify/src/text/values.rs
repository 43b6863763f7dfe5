//! A notice taken apart, for texts that somebody else wrote: the templates of SMS gateways and of Zalo.

use alerts::outage::Cause;

use super::facts::{Facts, Kind, Topic};
use super::{moment, one_line, rule, why};
use crate::language::{Args, Language};
use crate::notice::Notice;

/// Pieces of text, each on one line; empty where a notice has no such thing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Values {
    /// The hall, or how many there are.
    pub(crate) hall: String,
    /// The code of the hall that is named first.
    pub(crate) code: String,
    /// Its area.
    pub(crate) area: String,
    /// Why, as far as it is known.
    pub(crate) cause: String,
    /// When it began.
    pub(crate) since: String,
    /// When it ended.
    pub(crate) ended: String,
}

/// Takes a notice apart.
pub(crate) fn values(notice: &Notice<'_>, language: Language) -> Values {
    let message = match notice {
        Notice::Alert(message) => message,
        Notice::Trial(trial) => {
            let since = moment::exact(trial.made_at);
            return Values { hall: language.say("trial-hall", &Args::new()), since, ..Values::default() };
        }
    };
    let facts = Facts::of(message, language);
    let Some(first) = message.items.first() else { return Values::default() };
    let hall = match facts.topic {
        Topic::Hall(_) | Topic::Device(_, _) | Topic::HostKey(_, _) | Topic::Unstable(_) | Topic::Measured(_, _) => {
            one_line(&first.hall.name)
        }
        Topic::Measures => language.say("short-measures", &facts.counts()),
        Topic::Halls => language.say("short-halls", &facts.counts()),
        Topic::Devices | Topic::HostKeys => language.say("short-devices", &facts.counts()),
        Topic::Mixed => language.say("short-mixed", &facts.counts()),
        Topic::Unstables => language.say("short-places", &facts.counts()),
    };
    let cause = match facts.suspected() {
        Some(suspected) if first.cause == Cause::Unknown => {
            language.say("values-suspected", &Args::new().text("cause", why::cause(suspected, language)))
        }
        Some(_) | None => why::cause(first.cause, language),
    };
    let begun = message.items.iter().map(|item| item.since).min().unwrap_or(first.since);
    Values {
        hall,
        code: one_line(&first.hall.code),
        area: one_line(&first.hall.area),
        cause: match (facts.kind(), first.rule) {
            (Kind::Measured, rule) => rule::name(rule, language),
            (Kind::Key | Kind::Unstable, _) => String::new(),
            (Kind::Reach, _) => cause,
        },
        since: moment::exact(begun),
        ended: message.items.iter().filter_map(|item| item.ended).max().map(moment::exact).unwrap_or_default(),
    }
}
