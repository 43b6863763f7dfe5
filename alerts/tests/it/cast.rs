//! People written in a line each, and names for them.
//!
//! ```text
//! only-contacts
//! contact an quiet 22:00-06:00
//! schedule week: an binh for 7 days from 2026-01-01 hours 06:00-22:00
//! stand-in week chi 600:00-900:00
//! escalation hall=dr-01,dr-02 critical: week; 15m an by sms, chi; 30m binh
//! ```
//! A step tells contacts, and whoever is on call by a schedule. `only-contacts` says that no channel hears of everything. A
//! second line for a schedule adds a rotation.

use std::collections::BTreeSet;

use alerts::people::{Contact, Escalation, People, Receiver, Step, Target, Who};
use alerts::quiet::QuietHours;
use alerts::rule::Severity;
use alerts::schedule::{Hours, Override, Rotation, Schedule};
use inventory::fleet::Fleet;
use inventory::id::{ContactId, EscalationId, HallId, ScheduleId};
use jiff::Timestamp;
use jiff::civil::Time;

/// Who there is.
#[derive(Debug, Default, Clone)]
pub(crate) struct Cast {
    pub(crate) people: People,
    contacts: Vec<String>,
    schedules: Vec<String>,
}

impl Cast {
    /// Adds what a line says; false when it says nothing of people.
    pub(crate) fn add(
        &mut self,
        line: &str,
        hall: impl Fn(&str) -> Option<HallId>,
        time: impl Fn(&str) -> Timestamp,
    ) -> bool {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["only-contacts"] => self.people.has_everybody = false,
            ["contact", name, quiet @ ..] => {
                self.contacts.push((*name).to_owned());
                let quiet = match quiet {
                    ["quiet", hours] => Some(between(hours)),
                    [] => None,
                    other => panic!("{other:?} is not understood"),
                };
                let quiet = quiet.map(|(from, until)| QuietHours { from, until });
                self.people.contacts.insert(self.contact(name), Contact { quiet });
            }
            ["schedule", name, names @ .., "for", days, "days", "from", start] => {
                self.add_rotation(name, names, days, start, None);
            }
            ["schedule", name, names @ .., "for", days, "days", "from", start, "hours", hours] => {
                self.add_rotation(name, names, days, start, Some(between(hours)));
            }
            ["stand-in", schedule, contact, span] => {
                let (from, until) = span.split_once('-').expect("from-until");
                let (id, contact) = (self.schedule(schedule), self.contact(contact));
                let stand_in = Override { contact, from: time(from), until: time(until) };
                self.people.schedules.get_mut(&id).expect("a schedule").overrides.push(stand_in);
            }
            [first, ..] if first.trim_end_matches(':') == "escalation" => self.add_escalation(line, hall),
            _ => return false,
        }
        true
    }

    fn add_rotation(&mut self, name: &str, names: &[&str], days: &str, start: &str, hours: Option<(Time, Time)>) {
        let name = name.trim_end_matches(':');
        if !self.schedules.iter().any(|known| known == name) {
            self.schedules.push(name.to_owned());
        }
        let rotation = Rotation {
            contacts: names.iter().map(|name| self.contact(name)).collect(),
            start: start.parse().expect("a date"),
            days: days.parse().expect("a number"),
            hours: hours.map(|(from, until)| Hours { from, until }),
        };
        let id = self.schedule(name);
        let new = Schedule { id, rotations: Vec::new(), overrides: Vec::new() };
        self.people.schedules.entry(id).or_insert(new).rotations.push(rotation);
    }

    fn add_escalation(&mut self, line: &str, hall: impl Fn(&str) -> Option<HallId>) {
        let (head, steps) = line.split_once(':').expect("a colon");
        let (mut halls, mut least) = (None, Severity::Warning);
        for word in head.split_whitespace().skip(1) {
            match word {
                "critical" => least = Severity::Critical,
                _ => {
                    let codes = word.strip_prefix("hall=").expect("hall=CODE");
                    let known: BTreeSet<HallId> = codes.split(',').map(|code| hall(code).expect("a hall")).collect();
                    halls = Some(known);
                }
            }
        }
        let steps = steps.split(';').map(|step| self.step(step.trim())).collect();
        let id = EscalationId(i64::try_from(self.people.escalations.len()).expect("few") + 1);
        self.people.escalations.insert(id, Escalation { halls, least, steps });
    }

    fn step(&self, text: &str) -> Step {
        let (wait_s, targets) = match text.split_once("m ") {
            Some((minutes, rest)) if minutes.parse::<u32>().is_ok() => (minutes.parse::<u32>().expect("so") * 60, rest),
            Some(_) | None => (0, text),
        };
        let target = |text: &str| {
            let (name, channel) =
                text.split_once(" by ").map_or((text, None), |(name, by)| (name, Some(by.to_owned())));
            let is_schedule = self.schedules.iter().any(|known| known == name);
            let who = if is_schedule { Who::OnCall(self.schedule(name)) } else { Who::Contact(self.contact(name)) };
            Target { who, channel }
        };
        Step { wait_s, targets: targets.split(',').map(|text| target(text.trim())).collect() }
    }

    fn contact(&self, name: &str) -> ContactId {
        let place = self.contacts.iter().position(|known| known == name).unwrap_or_else(|| panic!("who is {name:?}?"));
        ContactId(i64::try_from(place).expect("few") + 1)
    }

    fn schedule(&self, name: &str) -> ScheduleId {
        let place =
            self.schedules.iter().position(|known| known == name).unwrap_or_else(|| panic!("what is {name:?}?"));
        ScheduleId(i64::try_from(place).expect("few") + 1)
    }

    pub(crate) fn contact_name(&self, id: ContactId) -> &str {
        usize::try_from(id.0 - 1).ok().and_then(|place| self.contacts.get(place)).map_or("nobody", String::as_str)
    }

    pub(crate) fn schedule_name(&self, id: ScheduleId) -> &str {
        usize::try_from(id.0 - 1).ok().and_then(|place| self.schedules.get(place)).map_or("no-schedule", String::as_str)
    }

    /// `an, binh by sms`; nothing when only the channels that hear of everything are told.
    pub(crate) fn receivers(&self, to: &[Receiver]) -> String {
        let name = |receiver: &Receiver| match receiver {
            Receiver::Everybody => "everybody".to_owned(),
            Receiver::Contact { contact, channel: None } => self.contact_name(*contact).to_owned(),
            Receiver::Contact { contact, channel: Some(by) } => format!("{} by {by}", self.contact_name(*contact)),
        };
        match to {
            [Receiver::Everybody] => String::new(),
            to => format!(" to {}", to.iter().map(name).collect::<Vec<_>>().join(", ")),
        }
    }
}

fn between(text: &str) -> (Time, Time) {
    let (from, until) = text.split_once('-').expect("from-until");
    let time = |text: &str| format!("{text}:00").parse().expect("a time");
    (time(from), time(until))
}

/// Some cast: contacts with and without quiet hours, a schedule with a hole, escalations over parts of a fleet; 0 is nobody
/// but the channels that hear of everything.
pub(crate) fn some_people(fleet: &Fleet, which: u32) -> People {
    let mut cast = Cast::default();
    let hall = |code: &str| fleet.halls().find(|hall| hall.code.as_str() == code).map(|hall| hall.id);
    let lines = [
        "contact an quiet 22:00-06:00",
        "contact binh",
        "contact chi quiet 08:00-12:00",
        "schedule week: an binh for 1 days from 2025-12-31 hours 06:00-02:00",
        "escalation: week; 5m chi, binh by sms; 60m an",
        "escalation hall=dr-01,dr-03 critical: chi; 2m an by sms",
        "escalation hall=dr-02: chi",
    ];
    let lines = match which {
        0 => &[][..],
        1 | 2 => &lines[..5],
        _ => &lines[..],
    };
    for line in lines {
        assert!(cast.add(line, hall, |_| Timestamp::UNIX_EPOCH), "{line}");
    }
    cast.people.has_everybody = which.is_multiple_of(2);
    cast.people
}
