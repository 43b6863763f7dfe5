//! The subject: what is read on a locked phone.

use alerts::engine::NotificationKind;

use super::facts::{Facts, Topic};
use crate::language::Args;

/// What happened, and where.
pub(super) fn subject(facts: &Facts<'_>) -> String {
    let firing = facts.is_firing();
    let of_one = |item| facts.names(item).and(facts.times(item)).and(behind(facts));
    let (key, args) = match facts.topic {
        Topic::Hall(item) if firing => ("subject-firing-hall", of_one(item)),
        Topic::Hall(item) => ("subject-resolved-hall", of_one(item)),
        Topic::Device(item, _) if firing => ("subject-firing-device", of_one(item)),
        Topic::Device(item, _) => ("subject-resolved-device", of_one(item)),
        Topic::Halls if firing => ("subject-firing-halls", facts.counts()),
        Topic::Halls => ("subject-resolved-halls", facts.counts()),
        Topic::Devices if firing => ("subject-firing-devices", facts.counts()),
        Topic::Devices => ("subject-resolved-devices", facts.counts()),
        Topic::Mixed if firing => ("subject-firing-mixed", facts.counts()),
        Topic::Mixed => ("subject-resolved-mixed", facts.counts()),
        Topic::HostKey(item, _) if firing => ("subject-firing-key", of_one(item)),
        Topic::HostKey(item, _) => ("subject-resolved-key", of_one(item)),
        Topic::HostKeys if firing => ("subject-firing-keys", facts.counts()),
        Topic::HostKeys => ("subject-resolved-keys", facts.counts()),
        Topic::Unstable(item) => {
            let key = if firing { "subject-firing-unstable" } else { "subject-resolved-unstable" };
            (key, of_one(item).text("where", facts.place(item)))
        }
        Topic::Unstables if firing => ("subject-firing-unstables", facts.counts()),
        Topic::Unstables => ("subject-resolved-unstables", facts.counts()),
        Topic::Measured(item, measure) if firing => ("subject-firing-measured", facts.measured(item, measure)),
        Topic::Measured(item, measure) => {
            ("subject-resolved-measured", facts.measured(item, measure).and(facts.times(item)))
        }
        Topic::Measures if firing => ("subject-firing-measures", facts.counts()),
        Topic::Measures => ("subject-resolved-measures", facts.counts()),
    };
    let subject = facts.language.say(key, &args);
    let prefix = match facts.message.kind {
        NotificationKind::Firing | NotificationKind::Resolved => return subject,
        NotificationKind::Reminder => "subject-reminder",
        NotificationKind::Growth => "subject-growth",
        NotificationKind::Escalation => "subject-escalation",
        NotificationKind::Digest => return digest(facts),
    };
    facts.language.say(prefix, &Args::new().text("subject", subject))
}

fn digest(facts: &Facts<'_>) -> String {
    let lasting = facts.message.items.iter().filter(|item| facts.lasts(item)).count();
    let over = facts.message.items.len() - lasting;
    let args = Args::new().count("lasting", lasting, facts.language).count("over", over, facts.language);
    facts.language.say("subject-digest", &args)
}

fn behind(facts: &Facts<'_>) -> Args {
    Args::new().count("behind", facts.behind.len(), facts.language)
}
