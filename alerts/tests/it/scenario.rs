//! Runs `scenarios/*.txt`: timelines as data.
//!
//! A line says what the engine sees, at which time of its clock (`MM:SS`). Below it, marked by `>`, stands everything
//! that it and the time passing before the next line bring, each with its time, and nothing else: which states change, which
//! outages open and close, who is asked again, what is decided, who is told what.
//!
//! | line | the engine sees |
//! |---|---|
//! | `00:20 answers D… [up 3h] [at T]` | these devices answered (and have run for 3 h; at another time than they are judged) |
//! | `00:20 silent D… since T [at T]` | three asks in a row had no answer |
//! | `00:20 unseen D… since T` | the agent is cut off itself |
//! | `00:20 answers D… rtt 300 missed 2` | the same after 300 ms, and after two asks that had no answer |
//! | `00:20 reads D… cpu 95 clients 0 …` | a visit read this; see [`reading`] for the words |
//! | `00:20 set RULE N hold S keep S [in H] [off]`, `unset` | people set rules; all of it is built in again |
//! | `00:20 visit D… ok` or a failure | a visit came to an end |
//! | `00:20 silence H until T`, `silence none` | a person wants nobody to be told of this hall or device; or no silence lasts |
//! | `00:20 changed D…` | their configuration was changed |
//! | `00:20 acknowledged`, `given-back`, `snoozed until T` | a person takes all that is told, gives it back, wants to hear of it then |
//! | `00:20 pin D KEY` (`none`) | the inventory says which host key a device must show |
//! | `00:20 shows D KEY` (`pinned`) | it showed this one |
//! | `00:20 agent NAME silent since T` | no heartbeat for too long |
//! | `00:20 hall H is maintenance`, `device D is retired`, `device D is gone` | the inventory changed |
//! | `00:20 people only-contacts`, `00:20 contact an …` | people changed: a line of `cast` |
//! | `00:20 restart` | the controller starts again from its rows |
//! | `00:20 wait` | time passes |
//! | `00:20 ledger H` | nothing: it is written what stands in the ledger of the hall |
//! | `00:20 set-clock T` | the wall clock is set |
//!
//! What is seen again and again has its times as `05:00..15:00/60`: each 60 s.
//!
//! With `VILLAGENET_UPDATE_SCENARIOS=1` the expected lines are written anew, to be read before they are committed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use alerts::alert::{Alert, AlertState};
use alerts::cause::{Cause, Evidence, Run};
use alerts::decision::Reason;
use alerts::effect::{Effect, NotificationKind};
use alerts::health::Reachability;
use alerts::rule::measure::Measure;
use alerts::rule::setting::{Amount, Override, Setting, Settings};
use alerts::rule::{Judged, Severity};
use alerts::silence::Silence;
use alerts::{Engine, Input};
use inventory::condition::{Condition, Radio, SensorClass, SensorReading, Wifi};
use inventory::id::DeviceId;
use inventory::reading::{Count, CounterWidth, FailureKind, InterfaceReading, Reach, Reading, Uptime};
use jiff::Timestamp;

use crate::cast::Cast;
use crate::rows::Rows;
use crate::village::{Village, host_key};

#[test]
fn every_scenario_goes_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let entries = std::fs::read_dir(&folder).expect("the scenarios are there");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    files.sort();
    assert!(files.len() >= 60, "only {} scenarios in {}", files.len(), folder.display());
    let mut wrong = Vec::new();
    for file in files {
        let written = std::fs::read_to_string(&file).expect("a readable scenario");
        let happened = play(&written);
        if written == happened {
            continue;
        }
        if update() {
            std::fs::write(&file, happened).expect("a writable scenario");
        } else {
            wrong.push(format!("{}\n{}", file.display(), difference(&written, &happened)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[expect(clippy::disallowed_methods, reason = "the one switch of this test; it is no configuration of the product")]
fn update() -> bool {
    std::env::var("VILLAGENET_UPDATE_SCENARIOS").is_ok_and(|value| value == "1")
}

fn difference(written: &str, happened: &str) -> String {
    let pairs = written.lines().zip(happened.lines()).enumerate();
    let first = pairs.into_iter().find(|(_, (a, b))| a != b);
    match first {
        Some((line, (a, b))) => format!("  line {}:\n    written:  {a}\n    happened: {b}", line + 1),
        None => {
            let (a, b) = (written.lines().count(), happened.lines().count());
            format!("  {a} lines written, {b} happened")
        }
    }
}

/// The scenario with the lines that mark what happened as they came to be.
fn play(written: &str) -> String {
    let mut stage: Option<Stage> = None;
    let (mut village, mut cast) = (Village::default(), Cast::default());
    let mut out = String::new();
    for line in written.lines().filter(|line| !line.starts_with("  >")) {
        let said = match line.strip_prefix("hall ") {
            _ if line.is_empty() || line.starts_with('#') => String::new(),
            Some(hall) => {
                village.add(hall);
                String::new()
            }
            None if stage.is_none() && cast.add(line, |code| village.find_hall(code), time) => String::new(),
            None => stage.get_or_insert_with(|| Stage::new(village.clone(), cast.clone())).line(line),
        };
        let before = stage.as_mut().map(Stage::take_passed).unwrap_or_default();
        // What the time before a line brings stands above it.
        out.extend([before.as_str(), line, "\n", said.as_str()]);
    }
    let stage = stage.expect("something happens");
    stage.rest(out)
}

/// It is history however often it is told; who keeps the ledger takes it once.
fn is_late(effect: &Effect) -> bool {
    matches!(effect, Effect::Late(_))
}

/// How long a scenario goes on after its last line.
const REST: jiff::SignedDuration = jiff::SignedDuration::from_mins(10);

struct Stage {
    village: Village,
    cast: Cast,
    overrides: Vec<Override>,
    engine: Engine,
    rows: Rows,
    now: Timestamp,
    passed: String,
}

impl Stage {
    fn new(village: Village, cast: Cast) -> Stage {
        let now = time("00:00");
        let mut rows = Rows { people: Arc::new(cast.people.clone()), ..Rows::default() };
        let snapshot = rows.snapshot(village.fleet());
        let (engine, effects) = Engine::restore(snapshot, now);
        rows.write(&effects);
        Stage { village, cast, overrides: Vec::new(), engine, rows, now, passed: String::new() }
    }

    fn take_passed(&mut self) -> String {
        std::mem::take(&mut self.passed)
    }

    /// Lets ticks happen until nothing is due any more but reminders, which go on for ever, and adds them.
    fn rest(mut self, mut out: String) -> String {
        self.pass_until(self.now.checked_add(REST).ok());
        out.push_str(&self.passed);
        out
    }

    fn line(&mut self, line: &str) -> String {
        let (at, what) = line.split_once(' ').unwrap_or_else(|| panic!("not understood: {line}"));
        let times = times(at);
        self.pass_until(times.first().copied());
        let before = self.take_passed();
        let mut said = String::new();
        for at in times {
            self.pass_until(Some(at));
            said.push_str(&self.take_passed());
            self.now = at;
            said.push_str(&self.happens(what, line));
        }
        self.passed = before;
        said
    }

    fn happens(&mut self, what: &str, line: &str) -> String {
        let words: Vec<&str> = what.split_whitespace().collect();
        match words.as_slice() {
            ["wait"] => String::new(),
            ["ledger", hall] => self.ledger(hall),
            ["set-clock", to] => {
                self.now = time(to);
                self.step(Input::Tick)
            }
            ["restart"] => self.restart(),
            ["hall", code, "is", lifecycle] => {
                self.village.set_hall(code, lifecycle.parse().expect("a lifecycle"));
                self.step(Input::Fleet(self.village.fleet()))
            }
            ["device", name, "is", lifecycle] => {
                for device in self.village.find(name) {
                    match *lifecycle {
                        "gone" => {
                            self.village.remove(device);
                            self.rows.devices.remove(&device);
                        }
                        word => self.village.set_device(device, word.parse().expect("a lifecycle")),
                    }
                }
                self.step(Input::Fleet(self.village.fleet()))
            }
            ["agent", name, "silent", "since", since] => {
                let agent = (*name != "embedded").then(|| (*name).to_owned());
                self.step(Input::AgentSilent { agent, since: time(since) })
            }
            ["visit", devices @ .., result] => {
                let failure = FailureKind::ALL.into_iter().find(|kind| kind.as_str() == *result);
                assert!(failure.is_some() || *result == "ok", "{line}");
                let at = self.now;
                self.each(devices, |device| Input::Visit { device, at, failure, uptime: None })
            }
            ["acknowledged"] => {
                let at = self.now;
                self.each_thread(|thread| Input::Acknowledged { thread, at: Some(at) })
            }
            ["given-back"] => self.each_thread(|thread| Input::Acknowledged { thread, at: None }),
            ["snoozed", "until", until] => {
                let until = time(until);
                self.each_thread(|thread| Input::Snoozed { thread, until })
            }
            // Silence 1 on a hall or a device; 'silence none' ends all.
            ["silence", "none"] => self.step_silences(Vec::new()),
            ["silence", what, "until", until] => {
                let until = time(until);
                let (halls, device) = match self.village.find_hall(what) {
                    Some(hall) => ([hall].into(), None),
                    None => (std::collections::BTreeSet::new(), self.village.find(what).first().copied()),
                };
                let id = inventory::id::SilenceId(1);
                self.step_silences(vec![Silence { id, halls, device, from: self.now, until }])
            }
            ["reads", rest @ ..] => {
                let pairs = rest.iter().position(|word| word.parse::<f64>().is_ok()).expect("a value") - 1;
                let (devices, pairs) = rest.split_at(pairs);
                let (at, reading) = (self.now, reading(pairs));
                self.each(devices, |device| Input::Read { device, at, reading: Box::new(reading.clone()) })
            }
            ["unset"] => self.step_settings(Vec::new()),
            ["set", rule, threshold, "hold", hold, "keep", keep, rest @ ..] => {
                let measure: Measure = rule.parse().expect("a rule");
                let number = |text: &str| text.parse().expect("a number");
                let setting = Setting {
                    threshold: Amount::of(threshold.parse().expect("a number")),
                    hold_s: number(hold),
                    keep_s: number(keep),
                    severity: Severity::Warning,
                    is_enabled: !rest.contains(&"off"),
                };
                let halls = rest.split_first().filter(|(first, _)| **first == "in").and_then(|(_, rest)| rest.first());
                let halls = halls.map(|code| [self.village.find_hall(code).expect("a hall")].into());
                let mut all = self.overrides.clone();
                all.retain(|other| (other.measure, &other.halls) != (measure, &halls));
                all.push(Override { measure, halls, kind: None, setting });
                self.step_settings(all)
            }
            ["changed", devices @ ..] => {
                let at = self.now;
                self.each(devices, |device| Input::Changed { device, at })
            }
            ["pin", device, key] => {
                for device in self.village.find(device) {
                    self.village.pin(device, (*key != "none").then(|| host_key(key)));
                }
                self.step(Input::Fleet(self.village.fleet()))
            }
            ["shows", devices @ .., key] => {
                let at = self.now;
                let offered = (*key != "pinned").then(|| host_key(key));
                self.each(devices, |device| Input::HostKey { device, at, offered: offered.clone() })
            }
            _ if self.cast.add(what, |code| self.village.find_hall(code), time) => {
                self.rows.people = Arc::new(self.cast.people.clone());
                self.step(Input::People(Arc::clone(&self.rows.people)))
            }
            [verb, rest @ ..] => self.reach(verb, rest, line),
            [] => panic!("not understood: {line}"),
        }
    }

    fn reach(&mut self, verb: &str, mut words: &[&str], line: &str) -> String {
        let (mut at, mut since, mut uptime) = (self.now, None, None);
        let (mut rtt_ms, mut missed) = (12, 0);
        while let [rest @ .., key @ ("at" | "since" | "up" | "up64" | "rtt" | "missed"), value] = words {
            match *key {
                "rtt" => rtt_ms = value.parse().expect("milliseconds"),
                "missed" => missed = value.parse().expect("a count"),
                "at" => at = time(value),
                "since" => since = Some(time(value)),
                width => uptime = Some(uptime_of(value, width == "up")),
            }
            words = rest;
        }
        let since = || since.unwrap_or_else(|| panic!("since when? {line}"));
        let reach = match verb {
            "answers" => Reach::Answered { rtt: Duration::from_millis(rtt_ms), uptime, missed },
            "silent" => Reach::Silent { since: since(), failure: FailureKind::Timeout },
            "unseen" => Reach::CouldNotLook { since: since() },
            other => panic!("{other:?} is not understood: {line}"),
        };
        self.each(words, |device| Input::Reach { device, at, reach: reach.clone() })
    }

    fn each(&mut self, patterns: &[&str], input: impl Fn(DeviceId) -> Input) -> String {
        let devices: Vec<DeviceId> = patterns.iter().flat_map(|pattern| self.village.find(pattern)).collect();
        let mut effects = Vec::new();
        for device in devices {
            let now = self.now;
            let brought = self.engine.step(input(device), now);
            let again = self.engine.step(input(device), now);
            assert!(again.iter().all(is_late), "the same input again brought {again:?}");
            effects.extend(brought);
        }
        self.note(&effects)
    }

    fn step_settings(&mut self, overrides: Vec<Override>) -> String {
        self.overrides.clone_from(&overrides);
        self.rows.settings = Settings::new(overrides);
        self.step(Input::Settings(self.rows.settings.clone()))
    }

    fn step_silences(&mut self, silences: Vec<Silence>) -> String {
        self.rows.silences.clone_from(&silences);
        self.step(Input::Silences(silences))
    }

    /// For every thread that is open.
    fn each_thread(&mut self, input: impl Fn(String) -> Input) -> String {
        let threads: Vec<String> = self.rows.groups.values().map(alerts::group::Group::thread).collect();
        threads.into_iter().map(|thread| self.step(input(thread))).collect()
    }

    fn step(&mut self, input: Input) -> String {
        let effects = self.engine.step(input.clone(), self.now);
        let again = self.engine.step(input, self.now);
        assert!(again.iter().all(is_late), "the same input again brought {again:?}");
        self.note(&effects)
    }

    fn restart(&mut self) -> String {
        let (engine, effects) = Engine::restore(self.rows.snapshot(self.village.fleet()), self.now);
        self.engine = engine;
        self.note(&effects)
    }

    /// What stands in the ledger of a hall from the beginning until now.
    fn ledger(&self, hall: &str) -> String {
        let id = self.village.find_hall(hall).expect("a hall");
        let entries: Vec<_> = self.rows.ledger[&id].iter().map(|(from, state)| (*from, *state)).collect();
        let span = alerts::ledger::Span { from: time("00:00"), to: self.now };
        let said = alerts::ledger::ledger(&entries, &[], span).intervals().into_iter();
        let said = said.map(|interval| format!("{} {}", clock(interval.from), interval.state.as_str()));
        format!("  > {} {hall} ledger: {}\n", clock(self.now), said.collect::<Vec<_>>().join(", "))
    }

    /// Ticks exactly when the engine asks for it.
    fn pass_until(&mut self, until: Option<Timestamp>) {
        while let Some(deadline) = self.engine.next_deadline().filter(|due| until.is_none_or(|until| *due < until)) {
            assert!(deadline >= self.now, "a deadline in the past");
            self.now = deadline;
            let effects = self.engine.step(Input::Tick, deadline);
            let said = self.note(&effects);
            self.passed.push_str(&said);
            assert!(self.engine.next_deadline().is_none_or(|next| next > deadline), "the same deadline again");
        }
    }

    fn note(&mut self, effects: &[Effect]) -> String {
        self.rows.write(effects);
        let now = clock(self.now);
        self.sentences(effects).into_iter().map(|sentence| format!("  > {now} {sentence}\n")).collect()
    }

    fn sentences(&self, effects: &[Effect]) -> Vec<String> {
        let village = &self.village;
        let devices = |ids: &[DeviceId]| ids.iter().map(|id| village.device_name(*id)).collect::<Vec<_>>().join(" ");
        let mut lines: Vec<(String, Vec<String>)> = Vec::new();
        let mut shown = BTreeMap::new();
        for effect in effects {
            // What is said of several is said once: `dr-01 dr-02 are down since 00:12`.
            let (names, said) = match effect {
                Effect::Reask { devices: ids } => (String::new(), format!("ask {}", devices(ids))),
                Effect::DeviceHealth(row) => {
                    let said = format!("{} since {}", row.state.as_str(), clock(row.since));
                    let pending = row.first_answer.map(|at| format!(", answered once at {}", clock(at)));
                    let asked = row.failure.filter(|_| matches!(row.reach, Reachability::Unknown | Reachability::Up));
                    let said = format!("{said}{}", pending.unwrap_or_default());
                    let said = format!("{said}{}", asked.map(|_| ", suspect").unwrap_or_default());
                    if shown.insert(row.device, said.clone()) == Some(said.clone()) {
                        continue;
                    }
                    (village.device_name(row.device), said)
                }
                Effect::HallHealth(row) => {
                    (village.hall_name(row.hall), format!("{} since {}", row.state.as_str(), clock(row.since)))
                }
                Effect::HostKey(row) => {
                    let key = row.fingerprint.as_str().trim_start_matches("SHA256:").trim_end_matches('+');
                    let other = row.changed.map(|at| format!(", not the pinned key since {}", clock(at)));
                    let said = format!("shows {key} since {}{}", clock(row.first_seen), other.unwrap_or_default());
                    (village.device_name(row.device), said)
                }
                Effect::Outage(row) => {
                    let end = row.end.map_or_else(|| "open".to_owned(), |end| format!("to {}", clock(end)));
                    let suspected = match row.suspected {
                        Cause::Unknown => String::new(),
                        suspected => format!(", {}?", suspected.as_str()),
                    };
                    let facts = facts(&row.evidence);
                    let said =
                        format!("outage from {} {end}, {}{suspected}{facts}", clock(row.start), row.cause.as_str());
                    (village.subject_name(row.subject), said)
                }
                Effect::Late(late) => (
                    village.hall_name(late.hall),
                    format!("seen late: {} to {}", clock(late.span.from), clock(late.span.to)),
                ),
                Effect::Ledger(_) | Effect::Alert(_) | Effect::Group(_) | Effect::GroupDone(_) => continue,
                Effect::Decision(decision) => {
                    let because = match decision.reason {
                        Reason::GroupedInto(key) => format!(" {}", village.alert_name(key)),
                        Reason::InhibitedBy(device) => format!(" {}", village.device_name(device)),
                        Reason::SilencedBy(id) => format!(" {id}"),
                        Reason::QuietUntil(until) => format!(" {}", clock(until)),
                        Reason::NotOnCall(id) | Reason::NobodyOnCall(id) => {
                            format!(" {}", self.cast.schedule_name(id))
                        }
                        Reason::FirstNotification
                        | Reason::Reminder
                        | Reason::Recovery
                        | Reason::Maintenance
                        | Reason::Escalated
                        | Reason::Digest
                        | Reason::LaterStep
                        | Reason::Acknowledged
                        | Reason::Nobody
                        | Reason::Unstable
                        | Reason::OverBeforeTold => String::new(),
                    };
                    let name = village.alert_name(decision.alert);
                    let whom = decision.contact.map(|id| format!(" for {}", self.cast.contact_name(id)));
                    let whom = whom.unwrap_or_default();
                    (name, format!("decision{whom}: {}{because}", decision.reason.as_str()))
                }
                Effect::Notify(told) => {
                    let name = |alert: &Alert| match (told.kind, alert.state, alert.judged) {
                        (NotificationKind::Digest, AlertState::Resolved { .. }, _) => {
                            format!("{} (over)", village.alert_name(alert.key))
                        }
                        (NotificationKind::Firing, _, Some(Judged { value, threshold, .. })) => {
                            format!("{} ({} of {})", village.alert_name(alert.key), value.value(), threshold.value())
                        }
                        (_, AlertState::Pending | AlertState::Firing { .. } | AlertState::Resolved { .. }, _) => {
                            village.alert_name(alert.key)
                        }
                    };
                    let names: Vec<String> = told.alerts.iter().map(name).collect();
                    let behind = match told.cut_off.as_slice() {
                        [] => String::new(),
                        ids => format!("; behind: {}", devices(ids)),
                    };
                    let (kind, to) = (told.kind.as_str(), self.cast.receivers(&told.to));
                    (String::new(), format!("TELL {kind}{to}: {}{behind}", names.join(" ")))
                }
            };
            match lines.iter_mut().find(|(line, _)| !names.is_empty() && *line == said) {
                Some((_, list)) => list.push(names),
                None => lines.push((said, vec![names])),
            }
        }
        lines.into_iter().map(|(said, names)| format!("{} {said}", names.join(" ")).trim_start().to_owned()).collect()
    }
}

/// What is known of why, in brackets.
fn facts(evidence: &Evidence) -> String {
    let mut facts: Vec<String> = Vec::new();
    match evidence.run {
        Some(Run::Started(at)) => facts.push(format!("started {}", clock(at))),
        Some(Run::RanOn(_)) => facts.push("ran on".to_owned()),
        None => {}
    }
    let many = [
        (evidence.halls_beside, "halls beside it"),
        (evidence.feeder_beside, "on its feeder"),
        (evidence.neighbours_up, "neighbours up"),
        (evidence.others_started, "others started"),
        (evidence.others_ran_on, "others ran on"),
    ];
    facts.extend(many.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")));
    let said = [
        (evidence.is_backed_up, "on a battery"),
        (evidence.is_whole_area, "all of the area"),
        (evidence.has_second_path, "a second path answers"),
    ];
    facts.extend(said.into_iter().filter(|(is_so, _)| *is_so).map(|(_, what)| what.to_owned()));
    facts.extend(evidence.changed.map(|at| format!("changed {}", clock(at))));
    if facts.is_empty() { String::new() } else { format!(" ({})", facts.join(", ")) }
}

/// `30s`, `5m`, `3h` or `496d`.
fn uptime_of(text: &str, is_32_bit_centiseconds: bool) -> Uptime {
    let (digits, unit) = text.split_at(text.len() - 1);
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        other => panic!("{other:?} is no unit of time"),
    };
    let since_start = Duration::from_secs(seconds * digits.parse::<u64>().expect("a number"));
    Uptime { since_start, is_32_bit_centiseconds }
}

/// `cpu 95 memory 20 celsius 60 clients 0 channel 52 errors 1000 octets 5000`: per cent, what is counted on the port to the
/// Internet so far.
fn reading(pairs: &[&str]) -> Reading {
    let mut condition = Condition::default();
    let mut port = InterfaceReading { index: 1, is_wan: Some(true), ..InterfaceReading::default() };
    let mut wifi = Wifi::default();
    for pair in pairs.chunks(2) {
        let [what, value] = pair else { panic!("{pair:?} is no pair") };
        let number: f64 = value.parse().expect("a number");
        let counted = Some(Count { value: number as u64, width: CounterWidth::Bits64 });
        match *what {
            "cpu" => condition.cpu_percent = Some(number),
            "memory" => condition.memory_used_percent = Some(number),
            "celsius" => {
                let class = SensorClass::Temperature;
                condition.sensors.push(SensorReading { class, name: "board".to_owned(), value: number, state: None });
            }
            "clients" => wifi.clients = Some(number as u32),
            "channel" => {
                wifi.radios =
                    vec![Radio { name: "wlan1".to_owned(), channel: Some(number as u32), ..Radio::default() }];
            }
            "errors" => port.in_errors = counted,
            "octets" => (port.in_octets, port.out_octets) = (counted, counted),
            other => panic!("{other:?} is not read"),
        }
    }
    condition.wifi = Some(wifi);
    Reading { interfaces: vec![port], condition, ..Reading::default() }
}

/// One time, or all of `05:00..15:00/60`.
fn times(text: &str) -> Vec<Timestamp> {
    let Some((from, rest)) = text.split_once("..") else { return vec![time(text)] };
    let (to, step) = rest.split_once('/').unwrap_or_else(|| panic!("{text:?} has no step"));
    let (from, to, step) = (time(from).as_second(), time(to).as_second(), step.parse::<usize>().expect("seconds"));
    (from..=to).step_by(step).map(|second| Timestamp::from_second(second).expect("in range")).collect()
}

fn time(text: &str) -> Timestamp {
    let (minutes, seconds) = text.split_once(':').unwrap_or_else(|| panic!("{text:?} is no MM:SS"));
    let number = |digits: &str| digits.parse::<i64>().unwrap_or_else(|_| panic!("{text:?} is no MM:SS"));
    // An hour into a day, so that clocks can be set back.
    Timestamp::from_second(1_767_229_200 + number(minutes) * 60 + number(seconds)).expect("in range")
}

fn clock(at: Timestamp) -> String {
    let seconds = at.as_second() - time("00:00").as_second();
    format!("{:02}:{:02}", seconds.div_euclid(60), seconds.rem_euclid(60))
}
