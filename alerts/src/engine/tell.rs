//! What is told, and when: groups whose time has come become messages. Who hears of them is for `audience`.

use std::collections::BTreeSet;

use inventory::id::{DeviceId, HallId};

use super::audience::Audience;
use super::{Effect, Engine, Notification, NotificationKind};
use crate::alert::{Alert, AlertKey, AlertState};
use crate::decision::Reason;
use crate::group::{Group, GroupId, Member};
use crate::health::{DeviceState, Reachability};
use crate::outage::{Outage, Subject};
use crate::people::Receiver;
use crate::turn::Turn;

impl Engine {
    /// Makes the messages that are due.
    pub(super) fn tell(&mut self, turn: &mut Turn) {
        for id in self.groups.firing(turn.now) {
            self.tell_firing(id, turn);
        }
        for id in self.groups.growing(turn.now) {
            self.tell_growth(id, turn);
        }
        self.pause(turn);
        self.escalate(turn);
        for id in self.groups.reminding(turn.now) {
            self.remind(id, turn);
        }
        for id in self.groups.ending(turn.now, |group| self.awaits_cut_off(group)) {
            self.tell_ends(id, turn);
        }
        self.tell_digests(turn);
    }

    /// Whether halls that a message named as cut off are being asked again just now, because what cut them off is over.
    /// The recovery waits for them, so that one message names them all.
    pub(super) fn awaits_cut_off(&self, group: &Group) -> bool {
        let is_cut_off = |id: &DeviceId| self.devices.get(id).is_some_and(|row| row.reach == Reachability::CutOff);
        let ending: Vec<AlertKey> = group.ending().map(|member| member.alert).collect();
        let named = self.halls_named(&group.cut_off, &ending);
        named.iter().any(|gateway| is_cut_off(gateway) && self.cut_off_by(*gateway).is_none())
    }

    /// Gateways of other halls among `cut_off`, which a message named, that stand behind what `alerts` are about.
    fn halls_named(&self, cut_off: &[DeviceId], alerts: &[AlertKey]) -> Vec<DeviceId> {
        let mut named = BTreeSet::new();
        for alert in alerts.iter().filter(|_| !cut_off.is_empty()) {
            let own_hall = self.hall_of(alert.subject);
            let is_other_gateway = |id: &DeviceId| {
                let hall = self.fleet.device(*id).map(|device| device.hall);
                hall != own_hall && hall.is_some_and(|hall| self.topology.gateways(hall).contains(id))
            };
            let behind = self.behind(alert.subject).into_iter();
            named.extend(behind.filter(|id| cut_off.contains(id) && is_other_gateway(id)));
        }
        let mut named: Vec<DeviceId> = named.into_iter().collect();
        self.topology.sort_root_first(&mut named);
        named
    }

    fn tell_firing(&mut self, id: GroupId, turn: &mut Turn) {
        let alerts = self.fire(id, turn);
        if alerts.is_empty() {
            return;
        }
        let mut audience = Audience::default();
        if self.people.has_everybody {
            let keys: Vec<AlertKey> = alerts.iter().map(|alert| alert.key).collect();
            self.reach(id, &Receiver::Everybody, &keys, Reason::FirstNotification, &mut audience, turn);
        }
        self.begin_escalations(id, &alerts, &mut audience, turn);
        let cut_off = self.cut_off_behind(&alerts);
        self.groups.change(id, |group| {
            group.told = Some(turn.now);
            group.spoken = Some(turn.now);
            group.cut_off.clone_from(&cut_off);
        });
        self.notify(id, NotificationKind::Firing, &audience, &alerts, turn);
    }

    /// What people know of has grown.
    fn tell_growth(&mut self, id: GroupId, turn: &mut Turn) {
        let fresh = self.fire(id, turn);
        let Some(group) = self.groups.find(id) else { return };
        let lasting: Vec<Alert> = group.told_and_lasting().filter_map(|member| self.book.find(member.alert)).collect();
        let cut_off = self.cut_off_behind(&lasting);
        let is_more_cut_off = cut_off.iter().any(|device| !group.cut_off.contains(device));
        let mut known = group.cut_off.clone();
        known.extend(cut_off.iter().filter(|device| !group.cut_off.contains(device)));
        let has_news = !fresh.is_empty() || is_more_cut_off;
        self.groups.change(id, |group| {
            group.grows = false;
            group.cut_off = known;
            if has_news {
                group.spoken = Some(turn.now);
            }
        });
        if !has_news {
            return;
        }
        let news = if fresh.is_empty() { lasting } else { fresh };
        let mut audience = Audience::default();
        self.tell_those_who_know(id, &news, &mut audience, turn);
        self.notify(id, NotificationKind::Growth, &audience, &news, turn);
        // Whoever is concerned by what is new alone hears of it as of something new.
        let mut audience = Audience::default();
        self.begin_escalations(id, &news, &mut audience, turn);
        self.notify(id, NotificationKind::Firing, &audience, &news, turn);
    }

    /// What lasts of a group and was not told fires from now on. Gives it in the order in which it is told.
    fn fire(&mut self, id: GroupId, turn: &mut Turn) -> Vec<Alert> {
        let Some(group) = self.groups.find(id) else { return Vec::new() };
        let keys = group.lasting().filter(|member| member.told.is_none()).map(|member| member.alert);
        let mut alerts: Vec<Alert> = keys.filter_map(|key| self.book.find(key)).collect();
        let head =
            group.told_and_lasting().map(|member| member.alert).chain(alerts.iter().map(|alert| alert.key)).next();
        for alert in &mut alerts {
            alert.state = AlertState::Firing { at: turn.now };
            self.book.put(*alert);
            turn.effects.push(Effect::Alert(*alert));
            let is_for_somebody = self.people.has_everybody || self.is_concern(alert.key);
            let reason = match head {
                _ if !is_for_somebody => Reason::Nobody,
                Some(head) if head != alert.key => Reason::GroupedInto(head),
                Some(_) | None => Reason::FirstNotification,
            };
            turn.decide(alert.key, None, reason);
        }
        let fired: BTreeSet<AlertKey> = alerts.iter().map(|alert| alert.key).collect();
        self.groups.change(id, |group| {
            let fresh =
                group.members.iter_mut().filter(|member| member.over.is_none() && fired.contains(&member.alert));
            fresh.for_each(|member| member.told = Some(turn.now));
        });
        sort(&mut alerts);
        alerts
    }

    fn tell_ends(&mut self, id: GroupId, turn: &mut Turn) {
        let Some(group) = self.groups.find(id) else { return };
        let mut alerts: Vec<Alert> = group.ending().filter_map(ended_alert).collect();
        sort(&mut alerts);
        let mut audience = Audience::default();
        for alert in &alerts {
            turn.decide(alert.key, None, Reason::Recovery);
            for told in group.receivers.iter().filter(|told| told.alerts.contains(&alert.key)) {
                audience.add(&told.to, alert.key);
                if let Some(contact) = told.to.contact() {
                    turn.decide(alert.key, Some(contact), Reason::Recovery);
                }
            }
        }
        // Who is to be told is read before the ends are noted: a group that is done is forgotten.
        self.notify(id, NotificationKind::Resolved, &audience, &alerts, turn);
        self.groups.change(id, |group| {
            let is_ending = |member: &&mut Member| member.told.is_some() && member.over.is_some();
            let ending = group.members.iter_mut().filter(is_ending).filter(|member| member.end_told.is_none());
            ending.for_each(|member| member.end_told = Some(turn.now));
        });
    }

    fn remind(&mut self, id: GroupId, turn: &mut Turn) {
        let Some(group) = self.groups.find(id) else { return };
        let told = group.told_and_lasting().map(|member| member.alert).filter(|key| !self.is_suppressed(*key));
        let mut alerts: Vec<Alert> = told.filter_map(|key| self.book.find(key)).collect();
        self.groups.change(id, |group| (group.reminded, group.snoozed) = (Some(turn.now), None));
        if alerts.is_empty() {
            return;
        }
        sort(&mut alerts);
        let mut audience = Audience::default();
        self.remind_receivers(id, &alerts, &mut audience, turn);
        self.notify(id, NotificationKind::Reminder, &audience, &alerts, turn);
    }

    /// Makes the messages of one kind about a group: one for all who are told of the same alerts of these.
    pub(super) fn notify(
        &self,
        id: GroupId,
        kind: NotificationKind,
        audience: &Audience,
        alerts: &[Alert],
        turn: &mut Turn,
    ) {
        let Some(group) = self.groups.find(id) else { return };
        for (keys, to) in audience.sets() {
            let alerts: Vec<Alert> = alerts.iter().filter(|alert| keys.contains(&alert.key)).copied().collect();
            let cut_off = match kind {
                NotificationKind::Resolved => {
                    let mut back = self.halls_named(&group.cut_off, &alerts.iter().map(|a| a.key).collect::<Vec<_>>());
                    back.retain(|gateway| !self.is_lost(*gateway));
                    back
                }
                NotificationKind::Firing
                | NotificationKind::Reminder
                | NotificationKind::Growth
                | NotificationKind::Escalation
                | NotificationKind::Digest => self.cut_off_behind(&alerts),
            };
            let (thread, at, outages) = (group.thread(), turn.now, self.outages_of(&alerts));
            turn.effects.push(Effect::Notify(Notification { thread, to, kind, at, alerts, outages, cut_off }));
        }
    }

    /// The outages that these alerts are of.
    pub(super) fn outages_of(&self, alerts: &[Alert]) -> Vec<Outage> {
        let of_reach = alerts.iter().filter(|alert| alert.key.rule.is_of_reach());
        let found = of_reach.filter_map(|alert| Some((alert, self.outages.unexplained(alert.key.subject)?)));
        found.filter(|(alert, outage)| outage.start == alert.key.since).map(|(_, outage)| outage).collect()
    }

    /// Devices that are cut off behind any of these alerts' subjects, those nearest the root first.
    pub(super) fn cut_off_behind(&self, alerts: &[Alert]) -> Vec<DeviceId> {
        let is_cut_off = |id: &DeviceId| self.devices.get(id).is_some_and(|row| row.state == DeviceState::CutOff);
        let behind =
            alerts.iter().filter(|alert| alert.key.rule.is_of_reach()).flat_map(|alert| self.behind(alert.key.subject));
        let cut_off: BTreeSet<DeviceId> = behind.filter(is_cut_off).collect();
        let mut cut_off: Vec<DeviceId> = cut_off.into_iter().collect();
        self.topology.sort_root_first(&mut cut_off);
        cut_off
    }

    fn behind(&self, subject: Subject) -> Vec<DeviceId> {
        match subject {
            Subject::Device(device) => self.topology.behind(device).to_vec(),
            Subject::Hall(hall) => {
                let carriers = self.topology.carriers(hall).iter();
                carriers.flat_map(|device| self.topology.behind(*device)).copied().collect()
            }
        }
    }

    /// Halls that hang behind what an alert is about.
    pub(super) fn halls_behind(&self, subject: Subject) -> impl Iterator<Item = HallId> {
        let behind = self.behind(subject).into_iter();
        behind.filter_map(|device| self.fleet.device(device).map(|device| device.hall))
    }

    pub(super) fn hall_of(&self, subject: Subject) -> Option<HallId> {
        match subject {
            Subject::Hall(hall) => Some(hall),
            Subject::Device(device) => self.fleet.device(device).map(|device| device.hall),
        }
    }
}

/// The most important first.
pub(super) fn sort(alerts: &mut [Alert]) {
    alerts.sort_by_key(|alert| (alert.key.rule, alert.key.since, alert.key.subject));
}

/// The alert of a member whose end is known.
pub(super) fn ended_alert(member: &Member) -> Option<Alert> {
    let state = AlertState::Resolved { fired: member.told, at: member.resolved? };
    Some(Alert { key: member.alert, decided: member.decided, state, judged: member.judged })
}
