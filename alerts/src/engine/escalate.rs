//! Escalations: who is told first, and who next for as long as nobody takes it.

use std::collections::BTreeSet;
use std::sync::Arc;

use inventory::id::{ContactId, EscalationId};
use jiff::Timestamp;

use super::audience::Audience;
use super::tell::sort;
use super::{Engine, NotificationKind};
use crate::alert::{Alert, AlertKey};
use crate::decision::Reason;
use crate::group::{Group, GroupId, Progress};
use crate::people::{People, Receiver};
use crate::rule::Verdict;
use crate::time::after_s;
use crate::turn::Turn;

impl Engine {
    /// Takes the first step of every escalation that these alerts are the first of this group to concern.
    pub(super) fn begin_escalations(
        &mut self,
        id: GroupId,
        alerts: &[Alert],
        audience: &mut Audience,
        turn: &mut Turn,
    ) {
        let Some(begun) = self.groups.find(id).map(|group| group.progress.clone()) else { return };
        let new: Vec<EscalationId> =
            self.people.escalations.keys().copied().filter(|id| !begun.contains_key(id)).collect();
        for escalation in new {
            let keys = self.concerning(escalation, alerts);
            if !keys.is_empty() {
                self.take_step(id, escalation, 0, &keys, Reason::FirstNotification, audience, turn);
                self.note_others(id, escalation, &keys, turn);
            }
        }
    }

    /// Who can be told is now this: whoever is concerned by what lasts for the first time is told.
    pub(super) fn people_changed(&mut self, people: Arc<People>, turn: &mut Turn) {
        if self.people == people {
            return;
        }
        self.people = people;
        let open = self.groups.all().filter(|(_, group)| group.told.is_some() && group.acknowledged.is_none());
        for id in open.map(|(id, _)| id).collect::<Vec<GroupId>>() {
            let Some(group) = self.groups.find(id) else { continue };
            let keys = group.told_and_lasting().map(|member| member.alert).filter(|key| !self.is_suppressed(*key));
            let mut alerts: Vec<Alert> = keys.filter_map(|key| self.book.find(key)).collect();
            sort(&mut alerts);
            let all = group.receivers.iter().find(|told| told.to == Receiver::Everybody);
            let is_new = |key: &AlertKey| all.is_none_or(|all| !all.alerts.contains(key));
            let unheard: Vec<AlertKey> = alerts.iter().map(|alert| alert.key).filter(is_new).collect();
            let mut audience = Audience::default();
            if self.people.has_everybody && !unheard.is_empty() {
                self.reach(id, &Receiver::Everybody, &unheard, Reason::FirstNotification, &mut audience, turn);
            }
            self.begin_escalations(id, &alerts, &mut audience, turn);
            self.notify(id, NotificationKind::Firing, &audience, &alerts, turn);
        }
    }

    /// Takes the next step of an escalation for these alerts.
    #[expect(
        clippy::too_many_arguments,
        reason = "a step is of an escalation of a group, and tells of alerts for a reason"
    )]
    fn take_step(
        &mut self,
        id: GroupId,
        escalation: EscalationId,
        taken: u32,
        alerts: &[AlertKey],
        reason: Reason,
        audience: &mut Audience,
        turn: &mut Turn,
    ) {
        let Some(known) = self.people.escalations.get(&escalation) else { return };
        let (steps, reached, holes) = self.take_steps(known, taken, turn.now);
        for hole in holes {
            alerts.iter().for_each(|alert| turn.decide(*alert, None, hole));
        }
        for to in reached {
            self.reach(id, &to, alerts, reason, audience, turn);
        }
        self.groups.change(id, |group| {
            group.progress.insert(escalation, Progress { steps, at: turn.now, is_paused: false });
        });
    }

    /// Notes why others whom the escalation names are not told.
    fn note_others(&self, id: GroupId, escalation: EscalationId, alerts: &[AlertKey], turn: &mut Turn) {
        let Some(group) = self.groups.find(id) else { return };
        let Some((known, progress)) = self.people.escalations.get(&escalation).zip(group.progress.get(&escalation))
        else {
            return;
        };
        let reached: BTreeSet<ContactId> = group.receivers.iter().filter_map(|told| told.to.contact()).collect();
        let first = self.named(known, progress.steps);
        for (contact, why) in self.named(known, u32::MAX) {
            let reason = first.get(&contact).map_or(Some(Reason::LaterStep), |_| why);
            for reason in reason.into_iter().filter(|_| !reached.contains(&contact)) {
                alerts.iter().for_each(|alert| turn.decide(*alert, Some(contact), reason));
            }
        }
    }

    /// Takes the steps that are due.
    pub(super) fn escalate(&mut self, turn: &mut Turn) {
        let mut due: Vec<(GroupId, EscalationId, u32)> = Vec::new();
        for (id, group) in self.groups.all() {
            let steps = self.steps_due(group).filter(|(_, at)| *at <= turn.now);
            due.extend(steps.map(|(escalation, _)| (id, escalation, group.progress[&escalation].steps)));
        }
        for (id, escalation, taken) in due {
            let alerts = self.open_alerts(id, escalation);
            let keys: Vec<AlertKey> = alerts.iter().map(|alert| alert.key).collect();
            let mut audience = Audience::default();
            self.take_step(id, escalation, taken, &keys, Reason::Escalated, &mut audience, turn);
            self.notify(id, NotificationKind::Escalation, &audience, &alerts, turn);
        }
    }

    /// When the next step of any escalation is due.
    pub(super) fn next_step(&self) -> Option<Timestamp> {
        self.groups.all().flat_map(|(_, group)| self.steps_due(group)).map(|(_, at)| at).min()
    }

    /// When the next step of each escalation of a group is due. No time runs while it is suppressed, nor while all who were
    /// to hear of it hear of it in the morning.
    fn steps_due(&self, group: &Group) -> impl Iterator<Item = (EscalationId, Timestamp)> {
        let is_open = group.acknowledged.is_none() && group.told_and_lasting().next().is_some();
        let is_held = !group.receivers.is_empty() && group.receivers.iter().all(|told| told.alerts.is_empty());
        let running = group.progress.iter().filter(move |(_, progress)| is_open && !is_held && !progress.is_paused);
        running.filter_map(|(id, progress)| {
            let escalation = self.people.escalations.get(id)?;
            let step = escalation.steps.get(usize::try_from(progress.steps).ok()?)?;
            group.told_and_lasting().find(|member| self.concerns(escalation, member.alert))?;
            let due = after_s(progress.at, i64::from(step.wait_s));
            Some((*id, group.snoozed.map_or(due, |until| due.max(until))))
        })
    }

    /// What lasts of a group that an escalation is about, and is not suppressed.
    fn open_alerts(&self, id: GroupId, escalation: EscalationId) -> Vec<Alert> {
        let Some((group, escalation)) = self.groups.find(id).zip(self.people.escalations.get(&escalation)) else {
            return Vec::new();
        };
        let keys = group.told_and_lasting().map(|member| member.alert).filter(|key| self.concerns(escalation, *key));
        let mut alerts: Vec<Alert> =
            keys.filter(|key| !self.is_suppressed(*key)).filter_map(|key| self.book.find(key)).collect();
        sort(&mut alerts);
        alerts
    }

    /// Escalations stand still while everything that they are about is suppressed, and have all their time again after.
    pub(super) fn pause(&mut self, turn: &mut Turn) {
        if !turn.is_weighed {
            return;
        }
        let mut turned: Vec<(GroupId, EscalationId, Progress)> = Vec::new();
        for (id, group) in self.groups.all() {
            for (escalation, progress) in &group.progress {
                let Some(known) = self.people.escalations.get(escalation) else { continue };
                let mut lasting =
                    group.told_and_lasting().filter(|member| self.concerns(known, member.alert)).peekable();
                let is_paused = lasting.peek().is_some() && lasting.all(|member| self.is_suppressed(member.alert));
                if is_paused != progress.is_paused {
                    let at = if is_paused { progress.at } else { turn.now };
                    turned.push((id, *escalation, Progress { is_paused, at, ..*progress }));
                }
            }
        }
        for (id, escalation, progress) in turned {
            self.groups.change(id, |group| {
                group.progress.insert(escalation, progress);
            });
        }
    }

    /// Whether a fault would not be told if it began now.
    pub(super) fn is_suppressed(&self, alert: AlertKey) -> bool {
        let verdicts = self.verdicts(alert.subject);
        verdicts.iter().any(|(rule, verdict)| *rule == alert.rule && matches!(verdict, Verdict::Suppressed { .. }))
    }

    /// A person took what was told in this thread, or gave it back. Those whose turn had not come are not told.
    pub(super) fn acknowledged(&mut self, thread: &str, at: Option<Timestamp>, turn: &mut Turn) {
        let Some(id) = self.groups.by_thread(thread) else { return };
        let Some(group) = self.groups.find(id).filter(|group| group.acknowledged != at) else { return };
        if at.is_some() && group.acknowledged.is_none() {
            let reached: BTreeSet<ContactId> = group.receivers.iter().filter_map(|told| told.to.contact()).collect();
            for (escalation, progress) in &group.progress {
                let Some(known) = self.people.escalations.get(escalation) else { continue };
                let early = self.named(known, progress.steps);
                let late = self.named(known, u32::MAX).into_keys();
                for contact in late.filter(|contact| !early.contains_key(contact) && !reached.contains(contact)) {
                    let keys = group.told_and_lasting().map(|member| member.alert);
                    for key in keys.filter(|key| self.concerns(known, *key)) {
                        turn.decide(key, Some(contact), Reason::Acknowledged);
                    }
                }
            }
        }
        self.groups.change(id, |group| {
            group.acknowledged = at;
            // Who gives it back leaves the next their time.
            group.progress.values_mut().filter(|_| at.is_none()).for_each(|progress| progress.at = turn.now);
        });
    }

    /// A person asked not to hear of what was told in this thread before then.
    pub(super) fn snoozed(&mut self, thread: &str, until: Timestamp) {
        if let Some(id) = self.groups.by_thread(thread) {
            self.groups.change(id, |group| group.snoozed = Some(until));
        }
    }

    /// Whoever was told of these alerts is reminded, and so is whoever is on call by now.
    pub(super) fn remind_receivers(&mut self, id: GroupId, alerts: &[Alert], audience: &mut Audience, turn: &mut Turn) {
        let Some(group) = self.groups.find(id) else { return };
        let mut reached: Vec<(Receiver, Vec<AlertKey>)> = Vec::new();
        for told in &group.receivers {
            let keys = alerts.iter().map(|alert| alert.key).filter(|key| told.alerts.contains(key));
            reached.push((told.to.clone(), keys.collect()));
        }
        for (escalation, progress) in &group.progress {
            let Some(known) = self.people.escalations.get(escalation) else { continue };
            let taken = usize::try_from(progress.steps).unwrap_or(usize::MAX);
            for target in known.steps.iter().take(taken).flat_map(|step| &step.targets) {
                let Some(contact) = self.on_duty(target.who, turn.now) else { continue };
                let to = Receiver::Contact { contact, channel: target.channel.clone() };
                if !reached.iter().any(|(known, _)| *known == to) {
                    reached.push((to, self.concerning(*escalation, alerts)));
                }
            }
        }
        for (to, keys) in reached.into_iter().filter(|(_, keys)| !keys.is_empty()) {
            if to == Receiver::Everybody {
                keys.iter().for_each(|alert| turn.decide(*alert, None, Reason::Reminder));
            }
            self.reach(id, &to, &keys, Reason::Reminder, audience, turn);
        }
    }
}
