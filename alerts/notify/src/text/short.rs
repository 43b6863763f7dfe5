//! The short line: one part of an SMS, for a phone without data.

use alerts::engine::NotificationKind;

use super::facts::{Facts, Kind, Topic, device_alone};
use super::gsm7::{ONE_PART, to_gsm7};
use super::{moment, one_line, rule, why};
use crate::language::Args;
use crate::message::Item;

/// The fullest line that fits: names get shorter first, then the link goes, and only then is it cut.
pub(super) fn short(facts: &Facts<'_>) -> String {
    // Who has it on a phone wants to take it; the page of the hall is a tap further.
    let link = facts.message.act_url.clone().or_else(|| facts.link()).unwrap_or_default();
    let whats = whats(facts);
    let links = [link.as_str(), ""];
    let mut lines = links.iter().flat_map(|link| whats.iter().map(|what| to_gsm7(&line(facts, what, link))));
    let mut last = String::new();
    let fitting = lines.by_ref().find(|line| {
        last.clone_from(line);
        line.len() <= ONE_PART
    });
    fitting.unwrap_or_else(|| last.chars().take(ONE_PART).collect())
}

fn line(facts: &Facts<'_>, what: &str, link: &str) -> String {
    if facts.message.kind == NotificationKind::Digest {
        let args = Args::new().text("what", what).text("link", link).choice("link", usize::from(!link.is_empty()));
        return facts.language.say("short-digest", &args);
    }
    let made_at = facts.message.made_at;
    let first = facts.message.items.iter().map(|item| item.since).min().unwrap_or(made_at);
    let last = facts.message.items.iter().map(|item| facts.ended(item)).max().unwrap_or(made_at);
    let (key, time) = match (facts.is_firing(), facts.kind()) {
        (true, Kind::Reach) => ("short-firing", first),
        (false, Kind::Reach) => ("short-resolved", last),
        (true, Kind::Key) => ("short-firing-key", first),
        (false, Kind::Key) => ("short-resolved-key", last),
        (true, Kind::Unstable) => ("short-firing-unstable", first),
        (false, Kind::Unstable) => ("short-resolved-unstable", last),
        (true, Kind::Measured) => ("short-firing-measured", first),
        (false, Kind::Measured) => ("short-resolved-measured", last),
    };
    let behind = match facts.topic {
        Topic::Hall(_) | Topic::Device(_, _) => facts.behind.len(),
        // Counted among the halls already.
        Topic::Halls
        | Topic::Devices
        | Topic::Mixed
        | Topic::HostKey(_, _)
        | Topic::HostKeys
        | Topic::Unstable(_)
        | Topic::Unstables
        | Topic::Measured(_, _)
        | Topic::Measures => 0,
    };
    let suspected = facts.suspected();
    let measured = match facts.topic {
        Topic::Measured(item, measure) => facts.measured(item, measure),
        Topic::Measures
        | Topic::Hall(_)
        | Topic::Device(_, _)
        | Topic::Halls
        | Topic::Devices
        | Topic::Mixed
        | Topic::HostKey(_, _)
        | Topic::HostKeys
        | Topic::Unstable(_)
        | Topic::Unstables => {
            let names = names_of_rules(facts);
            Args::new().text("fault", names.as_str()).text("name", names)
        }
    };
    let args = measured
        .text("what", what)
        .text("time", moment::brief(time, made_at))
        .text("suspected", suspected.map(|cause| why::cause(cause, facts.language)).unwrap_or_default())
        .choice("suspected", usize::from(suspected.is_some()))
        .count("behind", behind, facts.language)
        .text("link", link)
        .choice("link", usize::from(!link.is_empty()));
    facts.language.say(key, &args)
}

/// The names of the rules that it is about, each once.
fn names_of_rules(facts: &Facts<'_>) -> String {
    let mut names: Vec<String> = Vec::new();
    for item in &facts.message.items {
        let name = rule::name(item.rule, facts.language);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    match names.as_slice() {
        [one] => one.clone(),
        [one, other] => format!("{one}, {other}"),
        many => facts.language.say("short-measures", &Args::new().count("count", many.len(), facts.language)),
    }
}

/// Ways to name what it is about, the fullest first.
fn whats(facts: &Facts<'_>) -> Vec<String> {
    match facts.topic {
        Topic::Unstable(item) => match device_alone(item) {
            Some(device) => names(&format!("{}/{}", one_line(&item.hall.code), one_line(&device.name)), item),
            None => names(&one_line(&item.hall.code), item),
        },
        Topic::Unstables => codes(facts, &facts.language.say("short-places", &facts.counts())),
        Topic::Hall(item) => names(&one_line(&item.hall.code), item),
        Topic::Device(item, device) | Topic::HostKey(item, device) => {
            names(&format!("{}/{}", one_line(&item.hall.code), one_line(&device.name)), item)
        }
        Topic::Measured(item, _) => match device_alone(item) {
            Some(device) => names(&format!("{}/{}", one_line(&item.hall.code), one_line(&device.name)), item),
            None => names(&one_line(&item.hall.code), item),
        },
        Topic::Measures => codes(facts, &facts.language.say("short-measures", &facts.counts())),
        Topic::Halls => codes(facts, &facts.language.say("short-halls", &facts.counts())),
        Topic::Devices | Topic::HostKeys => codes(facts, &facts.language.say("short-devices", &facts.counts())),
        Topic::Mixed => codes(facts, &facts.language.say("short-mixed", &facts.counts())),
    }
}

/// Code, name and area; without the area; then without the first words of the name, because halls of one kind differ
/// in the last ones ("Nhà sinh hoạt cộng đồng thôn Suối Thông B1"); at last only the code.
fn names(code: &str, item: &Item) -> Vec<String> {
    let hall = one_line(&item.hall.name);
    let words: Vec<&str> = hall.split(' ').filter(|word| !word.is_empty()).collect();
    let mut ways = vec![format!("{code} {hall} {}", one_line(&item.hall.area)).trim_end().to_owned()];
    ways.extend((0..words.len()).map(|from| format!("{code} {}", words[from..].join(" "))));
    ways.push(code.to_owned());
    ways
}

/// The count and the codes of as many as fit.
fn codes(facts: &Facts<'_>, count: &str) -> Vec<String> {
    let mut codes: Vec<String> = Vec::new();
    let items = facts.message.items.iter().map(|item| one_line(&item.hall.code));
    for code in items.chain(facts.behind.keys().map(|(code, _)| code.clone())) {
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    let all = codes.len();
    // No more than this many can fit, however short they are.
    let most = all.min(ONE_PART / 2);
    (1..=most)
        .rev()
        .map(|shown| {
            let listed = codes[..shown].join(" ");
            if shown < all { format!("{count}: {listed} +{}", all - shown) } else { format!("{count}: {listed}") }
        })
        .chain([count.to_owned()])
        .collect()
}
