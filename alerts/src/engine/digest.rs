//! What was held back in the quiet hours of a contact is told in one message when they are over.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::tell::{ended_alert, sort};
use super::{Effect, Engine, Notification, NotificationKind};
use crate::alert::Alert;
use crate::decision::Reason;
use crate::group::{Group, GroupId, Told};
use crate::people::Receiver;
use crate::turn::Turn;

impl Engine {
    /// Makes the messages of those whose quiet hours are over.
    pub(super) fn tell_digests(&mut self, turn: &mut Turn) {
        let mut digests: BTreeMap<Receiver, Vec<Alert>> = BTreeMap::new();
        let mut groups: Vec<(GroupId, Receiver)> = Vec::new();
        for (id, group) in self.groups.all() {
            for told in group.receivers.iter().filter(|told| due(told).is_some_and(|due| due <= turn.now)) {
                digests.entry(told.to.clone()).or_default().extend(self.held(group, told));
                groups.push((id, told.to.clone()));
            }
        }
        for (id, to) in groups {
            self.groups.change(id, |group| {
                let lasting = group.told_and_lasting().map(|member| member.alert).collect::<Vec<_>>();
                let told = group.told_to(&to);
                let held = std::mem::take(&mut told.held);
                told.alerts.extend(held.into_iter().filter(|alert| lasting.contains(alert)));
                told.until = None;
                group.reminded = Some(turn.now);
                // Nobody else is told before he has had his time.
                group.progress.values_mut().for_each(|progress| progress.at = progress.at.max(turn.now));
            });
        }
        for (to, mut alerts) in digests {
            sort(&mut alerts);
            alerts.iter().for_each(|alert| turn.decide(alert.key, to.contact(), Reason::Digest));
            let contact = to.contact().map_or(0, |contact| contact.0);
            let thread = format!("digest-{contact}-{}", turn.now.as_millisecond());
            let (kind, at, to) = (NotificationKind::Digest, turn.now, vec![to]);
            let (outages, cut_off) = (self.outages_of(&alerts), self.cut_off_behind(&alerts));
            turn.effects.push(Effect::Notify(Notification { thread, to, kind, at, alerts, outages, cut_off }));
        }
    }

    /// When the next of them is due.
    pub(super) fn next_digest(&self) -> Option<Timestamp> {
        self.groups.all().flat_map(|(_, group)| group.receivers.iter().filter_map(due)).min()
    }

    /// The alerts that were held back, as they are now.
    fn held(&self, group: &Group, told: &Told) -> Vec<Alert> {
        let members = group.members.iter().filter(|member| told.held.contains(&member.alert));
        members.filter_map(|member| self.book.find(member.alert).or_else(|| ended_alert(member))).collect()
    }
}

fn due(told: &Told) -> Option<Timestamp> {
    told.until.filter(|_| !told.held.is_empty())
}
