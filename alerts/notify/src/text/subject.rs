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
    };
    let subject = facts.language.say(key, &args);
    match facts.message.kind {
        NotificationKind::Firing | NotificationKind::Resolved => subject,
        NotificationKind::Reminder => facts.language.say("subject-reminder", &Args::new().text("subject", subject)),
    }
}

fn behind(facts: &Facts<'_>) -> Args {
    Args::new().count("behind", facts.behind.len(), facts.language)
}
