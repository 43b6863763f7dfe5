//! The body: what a technician wants to know before riding out, and what a clerk can file.

use std::collections::BTreeSet;

use alerts::outage::Cause;
use alerts::rule::Rule;
use alerts::rule::measure::Measure;

use super::facts::{Facts, Kind, Topic, device_alone};
use super::{moment, rule, why};
use crate::language::Args;
use crate::message::{DeviceLabel, Item};

/// The most lines in one list. A province that loses its line must not become a mail of 1,367 entries.
const LIST_MAX: usize = 40;
/// The same where each says more.
const MEASURES_MAX: usize = 30;
/// The most entries that leave what to do first within a screen of a phone.
const SCREEN: usize = 10;
/// From this many halls on, a shared cause is more likely than as many single ones (semantics: upstream).
const MANY: usize = 3;

/// Several lines, each ending in LF.
pub(super) fn body(facts: &Facts<'_>) -> String {
    let what = match facts.topic {
        Topic::Hall(item) => one(facts, item, item.device.as_ref()),
        Topic::Device(item, device) | Topic::HostKey(item, device) => one(facts, item, Some(device)),
        Topic::Unstable(item) => one(facts, item, device_alone(item)),
        Topic::Measured(item, measure) => measured(facts, item, measure),
        Topic::Measures => measures(facts),
        Topic::Halls | Topic::Devices | Topic::Mixed | Topic::HostKeys | Topic::Unstables => list(facts),
    };
    let mut paragraphs = vec![what, behind_list(facts)];
    if facts.is_firing() {
        let is_long = facts.message.items.len() + facts.behind.len() > SCREEN;
        paragraphs.insert(if is_long { 0 } else { paragraphs.len() }, advice(facts));
    }
    paragraphs.push(end(facts));
    let text = paragraphs.iter().filter(|lines| !lines.is_empty()).map(|lines| lines.join("\n"));
    let mut body = text.collect::<Vec<_>>().join("\n\n");
    body.push('\n');
    body
}

/// One thing measured: where, what, and what it means.
fn measured(facts: &Facts<'_>, item: &Item, measure: Measure) -> Vec<String> {
    let mut lines = place(facts, item, device_alone(item));
    let args = facts.measured(item, measure).and(facts.times(item));
    if facts.is_firing() {
        lines.push(facts.language.say("body-firing-measured", &args));
        lines.push(rule::means(item.rule, facts.language));
    } else {
        lines.push(facts.language.say("body-resolved-measured", &args));
    }
    lines
}

/// Several, one under the other.
fn measures(facts: &Facts<'_>) -> Vec<String> {
    let (title, text) = match facts.is_firing() {
        true => ("list-firing-measured", "body-firing-measured"),
        false => ("list-resolved-measured", "body-resolved-measured"),
    };
    let mut lines = Vec::new();
    for item in facts.message.items.iter().take(MEASURES_MAX) {
        let Rule::Measured(measure) = item.rule else { continue };
        let args = facts.names(item).and(facts.measured(item, measure)).and(facts.times(item));
        lines.push(facts.language.say(title, &args));
        lines.push(format!("   {}", facts.language.say(text, &args)));
    }
    lines.extend(more(facts, facts.message.items.len(), MEASURES_MAX));
    lines
}

/// One fault, a line for each thing to know.
fn one(facts: &Facts<'_>, item: &Item, device: Option<&DeviceLabel>) -> Vec<String> {
    let mut lines = place(facts, item, device);
    let say = |key: &str, args: &Args| facts.language.say(key, args);
    let since = match (facts.is_firing(), facts.kind()) {
        (true, Kind::Reach | Kind::Measured) => "body-firing-since",
        (false, Kind::Reach | Kind::Measured) => "body-resolved-since",
        (true, Kind::Key) => "body-firing-key-since",
        (false, Kind::Key) => "body-resolved-key-since",
        (true, Kind::Unstable) => "body-firing-unstable-since",
        (false, Kind::Unstable) => "body-resolved-unstable-since",
    };
    lines.push(say(since, &facts.times(item)));
    match facts.kind() {
        Kind::Reach | Kind::Measured => {
            lines.extend(why(facts, item));
            lines.extend(behind_own(facts, item));
        }
        Kind::Key => lines.extend(facts.is_firing().then(|| say("body-firing-key", &Args::new()))),
        Kind::Unstable => lines.extend(facts.is_firing().then(|| say("body-firing-unstable", &Args::new()))),
    }
    lines
}

/// The hall, its area, the device.
fn place(facts: &Facts<'_>, item: &Item, device: Option<&DeviceLabel>) -> Vec<String> {
    let say = |key: &str, args: &Args| facts.language.say(key, args);
    let names = facts.names(item);
    let mut lines = vec![say("body-hall", &names)];
    if !item.hall.area.trim().is_empty() {
        lines.push(say("body-area", &names));
    }
    match device.map(|device| device.address.as_deref()) {
        Some(Some(address)) => lines.push(say("body-device-address", &names.text("address", super::one_line(address)))),
        Some(None) => lines.push(say("body-device", &names)),
        None => {}
    }
    lines
}

/// What it is thought to come from, or came from, what says so, and what to bring.
fn why(facts: &Facts<'_>, item: &Item) -> Vec<String> {
    let say = |key: &str, name: &'static str, text: String| facts.language.say(key, &Args::new().text(name, text));
    let (key, cause) = match (facts.is_firing(), item.cause, item.suspected) {
        (true, Cause::Unknown, suspected) if suspected != Cause::Unknown => ("body-suspected", suspected),
        (_, cause, _) => ("body-cause", cause),
    };
    let mut lines = vec![say(key, "cause", why::cause(cause, facts.language))];
    if cause != Cause::Unknown {
        let said = why::facts(&item.evidence.into(), facts.language);
        lines.extend(said.into_iter().map(|fact| say("body-fact", "fact", fact)));
    }
    if facts.is_firing()
        && let Some(device) = &item.device
    {
        lines.push(say("body-bring", "bring", why::bring(cause, device.kind, facts.language)));
    }
    lines
}

/// Several faults, one under the other.
fn list(facts: &Facts<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    let suspected = facts.suspected().map(|cause| Args::new().text("cause", why::cause(cause, facts.language)));
    lines.extend(suspected.map(|args| facts.language.say("body-suspected", &args)));
    for item in facts.message.items.iter().take(LIST_MAX) {
        let alone = device_alone(item).is_some();
        let (title, since) = match (facts.lasts(item), alone) {
            (true, false) => ("list-firing-hall", "list-firing-since"),
            (true, true) => ("list-firing-device", "list-firing-since"),
            (false, false) => ("list-resolved-hall", "list-resolved-since"),
            (false, true) => ("list-resolved-device", "list-resolved-since"),
        };
        lines.push(facts.language.say(title, &facts.names(item)));
        lines.push(format!("   {}", facts.language.say(since, &facts.times(item))));
        lines.extend(behind_own(facts, item).map(|line| format!("   {line}")));
    }
    lines.extend(more(facts, facts.message.items.len(), LIST_MAX));
    lines
}

/// What hangs behind the fault in its own hall.
fn behind_own(facts: &Facts<'_>, item: &Item) -> Option<String> {
    let devices = facts.behind_own.get(&super::one_line(&item.hall.code))?;
    let key = if facts.is_firing() { "body-firing-behind" } else { "body-resolved-behind" };
    Some(facts.language.say(key, &Args::new().text("names", devices.join(", "))))
}

/// Other halls behind the fault, with their devices.
fn behind_list(facts: &Facts<'_>) -> Vec<String> {
    if facts.behind.is_empty() {
        return Vec::new();
    }
    let title = if facts.is_firing() { "list-firing-behind-title" } else { "list-resolved-behind-title" };
    let mut lines = vec![facts.language.say(title, &Args::new())];
    for ((code, hall), devices) in facts.behind.iter().take(LIST_MAX) {
        let args = Args::new().text("code", code.as_str()).text("hall", hall.as_str());
        lines.push(facts.language.say("list-behind", &args.text("names", devices.join(", "))));
    }
    lines.extend(more(facts, facts.behind.len(), LIST_MAX));
    lines
}

fn more(facts: &Facts<'_>, all: usize, shown: usize) -> Option<String> {
    let left = all.saturating_sub(shown);
    (left > 0).then(|| facts.language.say("list-more", &Args::new().count("count", left, facts.language)))
}

/// What to do first.
fn advice(facts: &Facts<'_>) -> Vec<String> {
    let halls = facts.own_halls + facts.behind.len();
    let steps = match facts.topic {
        Topic::HostKey(_, _) | Topic::HostKeys => facts.language.say("advice-key", &Args::new()),
        Topic::Unstable(_) | Topic::Unstables => facts.language.say("advice-unstable", &Args::new()),
        Topic::Measured(item, _) => rule::first(item.rule, facts.language),
        Topic::Measures => advice_of_rules(facts),
        _ if halls >= MANY => facts.language.say("advice-many", &Args::new()),
        Topic::Hall(_) | Topic::Halls | Topic::Mixed => facts.language.say("advice-hall", &Args::new()),
        Topic::Device(_, device) => {
            facts.language.say("advice-device", &Args::new().text("kind", device.kind.as_str()))
        }
        // Devices of several kinds have only the general advice in common.
        Topic::Devices => facts.language.say("advice-device", &Args::new().text("kind", "other")),
    };
    vec![facts.language.say("advice-title", &Args::new()), steps]
}

/// What to do first about each rule that it is about.
fn advice_of_rules(facts: &Facts<'_>) -> String {
    let rules: BTreeSet<Rule> = facts.message.items.iter().map(|item| item.rule).collect();
    let of_one = |rule: &Rule| {
        let name = Args::new().text("name", rule::name(*rule, facts.language));
        format!("{}\n{}", facts.language.say("advice-of-rule", &name), rule::first(*rule, facts.language))
    };
    match rules.first() {
        Some(only) if rules.len() == 1 => rule::first(*only, facts.language),
        Some(_) | None => rules.iter().map(of_one).collect::<Vec<_>>().join("\n"),
    }
}

fn end(facts: &Facts<'_>) -> Vec<String> {
    let act =
        facts.message.act_url.as_ref().map(|link| facts.language.say("act", &Args::new().text("link", link.as_str())));
    let link = facts.link().map(|link| facts.language.say("link", &Args::new().text("link", link)));
    let made = match (facts.is_firing(), facts.kind()) {
        (true, Kind::Key) => "made-firing-key",
        (true, Kind::Reach) => "made-firing",
        (true, Kind::Unstable) => "made-firing-unstable",
        (true, Kind::Measured) => "made-firing-measured",
        (false, _) => "made-resolved",
    };
    let made = facts.language.say(made, &Args::new().text("made", moment::exact(facts.message.made_at)));
    act.into_iter().chain(link).chain([made]).collect()
}
