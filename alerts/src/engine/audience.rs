//! Who hears of it: the channels that hear of everything, and the contacts whom escalations name.

use std::collections::{BTreeMap, BTreeSet};

use inventory::id::{ContactId, EscalationId, HallId};
use jiff::Timestamp;

use super::Engine;
use crate::alert::{Alert, AlertKey};
use crate::decision::Reason;
use crate::group::{GroupId, Told};
use crate::people::{Escalation, Receiver, Who};
use crate::rule::Severity;
use crate::turn::Turn;

/// Who hears of which alerts.
#[derive(Debug, Default)]
pub(super) struct Audience(BTreeMap<Receiver, BTreeSet<AlertKey>>);

impl Audience {
    /// Somebody hears of an alert.
    pub(super) fn add(&mut self, to: &Receiver, alert: AlertKey) {
        self.0.entry(to.clone()).or_default().insert(alert);
    }

    /// The sets of alerts that are told, each with all who hear of just these.
    pub(super) fn sets(&self) -> Vec<(BTreeSet<AlertKey>, Vec<Receiver>)> {
        let mut sets: Vec<(BTreeSet<AlertKey>, Vec<Receiver>)> = Vec::new();
        for (receiver, keys) in self.0.iter().filter(|(_, keys)| !keys.is_empty()) {
            match sets.iter_mut().find(|(known, _)| known == keys) {
                Some((_, receivers)) => receivers.push(receiver.clone()),
                None => sets.push((keys.clone(), vec![receiver.clone()])),
            }
        }
        sets
    }
}

impl Engine {
    /// Whether an escalation is about this alert: about its hall, or one that hangs behind it.
    pub(super) fn concerns(&self, escalation: &Escalation, alert: AlertKey) -> bool {
        let is_there = |halls: &BTreeSet<HallId>| {
            self.hall_of(alert.subject).is_some_and(|hall| halls.contains(&hall))
                || alert.rule.is_of_reach() && self.halls_behind(alert.subject).any(|hall| halls.contains(&hall))
        };
        self.severity(alert) >= escalation.least && escalation.halls.as_ref().is_none_or(is_there)
    }

    /// How bad it is: as it was judged, by what administrators set.
    fn severity(&self, alert: AlertKey) -> Severity {
        self.book.find(alert).map_or_else(|| alert.rule.severity(), |alert| alert.severity())
    }

    /// Whether any escalation is about this alert.
    pub(super) fn is_concern(&self, alert: AlertKey) -> bool {
        self.people.escalations.values().any(|escalation| self.concerns(escalation, alert))
    }

    /// Who is reached by a step, and by those after it while a step reaches nobody. Gives how many steps are taken then,
    /// and how each was decided.
    pub(super) fn take_steps(
        &self,
        escalation: &Escalation,
        taken: u32,
        now: Timestamp,
    ) -> (u32, Vec<Receiver>, Vec<Reason>) {
        let (mut steps, mut reached, mut holes) = (taken, Vec::new(), Vec::new());
        for step in escalation.steps.iter().skip(usize::try_from(taken).unwrap_or(usize::MAX)) {
            steps += 1;
            for target in &step.targets {
                match self.who(target.who, now) {
                    Ok(contact) => reached.push(Receiver::Contact { contact, channel: target.channel.clone() }),
                    Err(hole) => holes.extend(hole),
                }
            }
            if !reached.is_empty() {
                break;
            }
        }
        (steps, reached, holes)
    }

    /// Who that is now.
    pub(super) fn on_duty(&self, who: Who, now: Timestamp) -> Option<ContactId> {
        self.who(who, now).ok()
    }

    /// The same; else why it is nobody.
    fn who(&self, who: Who, now: Timestamp) -> Result<ContactId, Option<Reason>> {
        let contact = match who {
            Who::Contact(contact) => contact,
            Who::OnCall(schedule) => {
                let on_call = self.people.schedules.get(&schedule).and_then(|schedule| schedule.on_call(now));
                on_call.ok_or(Some(Reason::NobodyOnCall(schedule)))?
            }
        };
        if self.people.contacts.contains_key(&contact) { Ok(contact) } else { Err(None) }
    }

    /// Tells a receiver of these alerts of a group, or notes that it can wait for the morning.
    pub(super) fn reach(
        &mut self,
        id: GroupId,
        to: &Receiver,
        alerts: &[AlertKey],
        reason: Reason,
        audience: &mut Audience,
        turn: &mut Turn,
    ) {
        let quiet = to.contact().and_then(|contact| self.quiet_until(contact, alerts, turn.now));
        let is_known = |told: &Told| {
            told.to == *to && alerts.iter().all(|alert| told.alerts.contains(alert) || told.held.contains(alert))
        };
        if quiet.is_some() && self.groups.find(id).is_some_and(|group| group.receivers.iter().any(is_known)) {
            return;
        }
        self.groups.change(id, |group| {
            let told = group.told_to(to);
            match quiet {
                Some(until) => {
                    told.held.extend(alerts.iter().filter(|alert| !told.alerts.contains(alert)));
                    told.until = Some(until);
                }
                None => {
                    told.alerts.extend(alerts);
                    told.held.retain(|alert| !alerts.contains(alert));
                }
            }
        });
        for alert in alerts {
            // Whether the channels that hear of everything are told is decided of the alert as a whole.
            if let Some(contact) = to.contact() {
                turn.decide(*alert, Some(contact), quiet.map_or(reason, Reason::QuietUntil));
            }
            if quiet.is_none() {
                audience.add(to, *alert);
            }
        }
    }

    /// Until when a contact is not to be told of these: they can wait for the end of his quiet hours.
    fn quiet_until(&self, contact: ContactId, alerts: &[AlertKey], now: Timestamp) -> Option<Timestamp> {
        let can_wait = alerts.iter().all(|alert| self.severity(*alert) < Severity::Critical);
        let quiet = self.people.contacts.get(&contact).and_then(|known| known.quiet).filter(|_| can_wait)?;
        quiet.end(now)
    }

    /// Those who were told of this group, and whom an escalation that is about these alerts names, hear of them.
    pub(super) fn tell_those_who_know(
        &mut self,
        id: GroupId,
        alerts: &[Alert],
        audience: &mut Audience,
        turn: &mut Turn,
    ) {
        let Some(group) = self.groups.find(id) else { return };
        let mut reached: BTreeMap<Receiver, BTreeSet<AlertKey>> = BTreeMap::new();
        let all = group.receivers.iter().filter(|told| told.to == Receiver::Everybody);
        reached.extend(all.map(|told| (told.to.clone(), alerts.iter().map(|alert| alert.key).collect())));
        for escalation in group.progress.keys().filter_map(|id| self.people.escalations.get(id)) {
            let named = self.named(escalation, u32::MAX);
            let is_named = |told: &&Told| told.to.contact().is_some_and(|contact| named.contains_key(&contact));
            let keys = || alerts.iter().map(|alert| alert.key).filter(|key| self.concerns(escalation, *key));
            for told in group.receivers.iter().filter(is_named) {
                reached.entry(told.to.clone()).or_default().extend(keys());
            }
        }
        for (to, keys) in reached.into_iter().filter(|(_, keys)| !keys.is_empty()) {
            let keys: Vec<AlertKey> = keys.into_iter().collect();
            self.reach(id, &to, &keys, Reason::FirstNotification, audience, turn);
        }
    }

    /// Everybody whom the first `steps` steps of an escalation can reach, and by which schedule, if by one.
    pub(super) fn named(&self, escalation: &Escalation, steps: u32) -> BTreeMap<ContactId, Option<Reason>> {
        let mut named = BTreeMap::new();
        let steps = escalation.steps.iter().take(usize::try_from(steps).unwrap_or(usize::MAX));
        for target in steps.flat_map(|step| &step.targets) {
            match target.who {
                Who::Contact(contact) => drop(named.insert(contact, None)),
                Who::OnCall(id) => {
                    let all = self.people.schedules.get(&id).map(|schedule| schedule.contacts()).unwrap_or_default();
                    for contact in all {
                        named.entry(contact).or_insert(Some(Reason::NotOnCall(id)));
                    }
                }
            }
        }
        named.retain(|contact, _| self.people.contacts.contains_key(contact));
        named
    }

    /// Those of these alerts that an escalation is about.
    pub(super) fn concerning(&self, escalation: EscalationId, alerts: &[Alert]) -> Vec<AlertKey> {
        let Some(escalation) = self.people.escalations.get(&escalation) else { return Vec::new() };
        alerts.iter().map(|alert| alert.key).filter(|key| self.concerns(escalation, *key)).collect()
    }
}
