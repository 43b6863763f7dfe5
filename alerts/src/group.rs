//! Groups: alerts that are told in one message.

use std::collections::{BTreeMap, BTreeSet};

use inventory::id::{DeviceId, EscalationId};
use jiff::Timestamp;

use crate::alert::{Alert, AlertKey};
use crate::effect::Effect;
use crate::outage::Subject;
use crate::people::Receiver;
use crate::rule::{Judged, Rule};
use crate::time::after_s;

/// Alerts that came together. Told once [`QUIET_S`] have brought no further hall, at the latest [`LONGEST_S`] after the
/// first decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// When the first of its alerts was decided; with the first alert's key it identifies the group.
    pub opened: Timestamp,
    /// When the last alert joined.
    pub grown: Timestamp,
    /// Its alerts in the order in which they joined, and which of them people were told of.
    pub members: Vec<Member>,
    /// When the firing message was made; `None` while it waits.
    pub told: Option<Timestamp>,
    /// Devices that the firing message named as cut off. The recovery names the gateways among them that are back.
    pub cut_off: Vec<DeviceId>,
    /// When a person took it; nobody is reminded from then on.
    pub acknowledged: Option<Timestamp>,
    /// When people were reminded last that it lasts.
    pub reminded: Option<Timestamp>,
    /// Until when somebody asked not to be reminded.
    pub snoozed: Option<Timestamp>,
    /// When people were told last that it begins or grows.
    pub spoken: Option<Timestamp>,
    /// Whether it has grown since.
    pub grows: bool,
    /// Who was told of it, or is to be in the morning.
    pub receivers: Vec<Told>,
    /// How far each escalation has come with it.
    pub progress: BTreeMap<EscalationId, Progress>,
}

/// What a receiver was told of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Who.
    pub to: Receiver,
    /// Alerts of which he was told: he is told of their ends too.
    pub alerts: BTreeSet<AlertKey>,
    /// Alerts that are held back until his quiet hours are over.
    pub held: BTreeSet<AlertKey>,
    /// When these are over, if anything is held back.
    pub until: Option<Timestamp>,
}

/// How far an escalation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Steps that were taken.
    pub steps: u32,
    /// When the last of them was; the time to the next one runs from then on.
    pub at: Timestamp,
    /// Whether it stands still, because everything is silenced.
    pub is_paused: bool,
}

/// One alert of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// The alert.
    pub alert: AlertKey,
    /// When the engine decided that the fault is real.
    pub decided: Timestamp,
    /// What it was judged by, where something is measured.
    pub judged: Option<Judged>,
    /// When people were told that it fires.
    pub told: Option<Timestamp>,
    /// When the fault ended, or the alert was withdrawn before it was told.
    pub resolved: Option<Timestamp>,
    /// When the engine came to know of that end: recoveries wait for each other from then on.
    pub over: Option<Timestamp>,
    /// When people were told of the end.
    pub end_told: Option<Timestamp>,
}

/// Seconds without a further hall after which a group is told.
pub const QUIET_S: i64 = 20;
/// Seconds after the first decision when a group is told in any case.
pub const LONGEST_S: i64 = 90;
/// Seconds after which people are reminded of what lasts and nobody has taken.
pub const REMIND_S: i64 = 4 * 3_600;
/// Seconds from one message that a group begins or grows to the next.
pub const GROWTH_S: i64 = 300;

/// What identifies a group: when it was opened, and its first alert.
pub(crate) type GroupId = (Timestamp, AlertKey);

impl Group {
    /// Of one alert.
    pub fn new(first: Member, opened: Timestamp) -> Group {
        Group {
            opened,
            grown: opened,
            members: vec![first],
            told: None,
            cut_off: Vec::new(),
            acknowledged: None,
            reminded: None,
            snoozed: None,
            spoken: None,
            grows: false,
            receivers: Vec::new(),
            progress: BTreeMap::new(),
        }
    }

    /// When the firing message is due; `None` when it was told.
    fn firing_due(&self) -> Option<Timestamp> {
        match self.told {
            None => Some(after_s(self.grown, QUIET_S).min(after_s(self.opened, LONGEST_S))),
            Some(_) => None,
        }
    }

    /// When people are to be told that it has grown; `None` when it has not.
    fn growth_due(&self) -> Option<Timestamp> {
        let spoken = self.spoken.filter(|_| self.grows)?;
        Some(after_s(spoken, GROWTH_S).max(after_s(self.grown, QUIET_S)))
    }

    /// When people are to be reminded; `None` when somebody has taken it, or nothing of it lasts.
    fn reminder_due(&self) -> Option<Timestamp> {
        let lasts = self.lasting().any(|member| member.told.is_some());
        match (self.told, self.acknowledged, lasts) {
            (Some(told), None, true) => {
                let again = after_s(self.reminded.unwrap_or(told), REMIND_S);
                // Who asks to be reminded in an hour is, whether four have passed or not.
                Some(self.snoozed.filter(|until| Some(*until) > self.reminded).unwrap_or(again))
            }
            (Some(_) | None, Some(_) | None, _) => None,
        }
    }

    /// When the message about the ends known so far is due; `None` when there are none. It goes out at once when there
    /// is nothing to wait for. `awaits_cut_off` says that halls that were named as cut off are being asked again, and
    /// are to be named in it.
    fn ends_due(&self, awaits_cut_off: bool) -> Option<Timestamp> {
        let known: Vec<Timestamp> = self.ending().filter_map(|member| member.over).collect();
        let (first, last) = (*known.iter().min()?, *known.iter().max()?);
        let others_last = self.members.iter().any(|member| member.told.is_some() && member.over.is_none());
        Some(match (awaits_cut_off, others_last) {
            (true, _) => after_s(first, LONGEST_S),
            (false, true) => after_s(last, QUIET_S).min(after_s(first, LONGEST_S)),
            (false, false) => last,
        })
    }

    /// Members that are over and whose end is not told yet, of those that were told.
    pub(crate) fn ending(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.told.is_some() && member.over.is_some() && member.end_told.is_none())
    }

    /// Members that are neither over nor withdrawn.
    pub(crate) fn lasting(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.over.is_none())
    }

    /// Messages about the same faults hang together by it.
    pub fn thread(&self) -> String {
        // A group is made with its first member, and members are never taken out.
        let first = self.members.first().map(|first| first.alert.slug()).unwrap_or_default();
        format!("{first}-{}", self.opened.as_millisecond())
    }

    /// Members that people were told of and that last.
    pub(crate) fn told_and_lasting(&self) -> impl Iterator<Item = &Member> {
        self.lasting().filter(|member| member.told.is_some())
    }

    pub(crate) fn id(&self) -> Option<GroupId> {
        self.members.first().map(|first| (self.opened, first.alert))
    }

    fn is_done(&self) -> bool {
        let is_held = self.receivers.iter().any(|told| !told.held.is_empty());
        let is_over = |member: &Member| member.over.is_some() && (member.told.is_none() || member.end_told.is_some());
        self.members.iter().all(is_over) && !is_held
    }
}

/// All groups that are not done.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    all: BTreeMap<GroupId, Group>,
    /// Those whose row is to be written at the end of the step.
    changed: BTreeSet<GroupId>,
}

impl Groups {
    /// From the rows.
    pub(crate) fn restore(rows: Vec<Group>) -> Groups {
        let all = rows.into_iter().filter_map(|group| Some((group.id()?, group))).collect();
        Groups { all, changed: BTreeSet::new() }
    }

    /// A new alert joins the group that people were told of and that it is a part of, else the group of its kind that
    /// waits, else it opens one.
    pub(crate) fn join(&mut self, alert: &Alert, part_of: Option<GroupId>, now: Timestamp) {
        let Alert { key: alert, decided, judged, state: _ } = *alert;
        let member = Member { alert, decided, judged, told: None, resolved: None, over: None, end_told: None };
        let id = part_of.or_else(|| self.waiting(alert.rule));
        match id.and_then(|id| Some((id, self.all.get_mut(&id)?))) {
            Some((id, group)) => {
                // An alert that was withdrawn and comes back takes its old place.
                match group.members.iter_mut().find(|old| old.alert == alert) {
                    Some(old) => *old = member,
                    None => group.members.push(member),
                }
                group.grow(now);
                self.changed.insert(id);
            }
            None => {
                self.changed.insert((now, alert));
                self.all.insert((now, alert), Group::new(member, now));
            }
        }
    }

    /// A further hall was lost behind one of `subjects`: the group that is about them grows.
    pub(crate) fn extend(&mut self, subjects: &[Subject], now: Timestamp) {
        let is_about = |group: &Group| group.lasting().any(|member| subjects.contains(&member.alert.subject));
        for (id, group) in self.all.iter_mut().filter(|(_, group)| group.is_of(Rule::HallDown) && is_about(group)) {
            group.grow(now);
            self.changed.insert(*id);
        }
    }

    /// Groups of a kind that people were told of.
    pub(crate) fn told_of(&self, rule: Rule) -> impl Iterator<Item = (GroupId, &Group)> {
        self.all
            .iter()
            .filter(move |(_, group)| group.told.is_some() && group.is_of(rule))
            .map(|(id, group)| (*id, group))
    }

    /// An alert is over at `end`, or withdrawn then. Told or not, its group hears of it.
    pub(crate) fn over(&mut self, alert: AlertKey, end: Timestamp, now: Timestamp) {
        for (id, group) in &mut self.all {
            if let Some(member) = group.members.iter_mut().find(|m| m.alert == alert && m.over.is_none()) {
                member.resolved = Some(end);
                member.over = Some(now);
                self.changed.insert(*id);
            }
        }
    }

    /// Whether an alert is in a group that still has to do with it.
    pub(crate) fn has(&self, alert: AlertKey) -> bool {
        self.all.values().any(|group| group.lasting().any(|member| member.alert == alert))
    }

    /// Groups of which people are to be reminded by `now`.
    pub(crate) fn reminding(&self, now: Timestamp) -> Vec<GroupId> {
        let is_due = |group: &Group| group.reminder_due().is_some_and(|due| due <= now);
        self.all.iter().filter(|(_, group)| is_due(group)).map(|(id, _)| *id).collect()
    }

    /// The group of this thread, when people were told of it.
    pub(crate) fn by_thread(&self, thread: &str) -> Option<GroupId> {
        let found = self.all.iter().find(|(_, group)| group.told.is_some() && group.thread() == thread);
        found.map(|(id, _)| *id)
    }

    /// Changes a group; its row is written when that made a difference.
    pub(crate) fn change(&mut self, id: GroupId, change: impl FnOnce(&mut Group)) {
        if let Some(group) = self.all.get_mut(&id) {
            let before = group.clone();
            change(group);
            if *group != before {
                self.changed.insert(id);
            }
        }
    }

    /// Groups whose firing message is due by `now` and still has something to say.
    pub(crate) fn firing(&self, now: Timestamp) -> Vec<GroupId> {
        let is_due =
            |group: &Group| group.firing_due().is_some_and(|due| due <= now) && group.lasting().next().is_some();
        self.all.iter().filter(|(_, group)| is_due(group)).map(|(id, _)| *id).collect()
    }

    /// Groups that people were told of and of whose growth they are to be told by `now`.
    pub(crate) fn growing(&self, now: Timestamp) -> Vec<GroupId> {
        let is_due = |group: &Group| group.growth_due().is_some_and(|due| due <= now);
        self.all.iter().filter(|(_, group)| is_due(group)).map(|(id, _)| *id).collect()
    }

    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = (GroupId, &Group)> {
        self.all.iter().map(|(id, group)| (*id, group))
    }

    /// Groups with ends that are due to be told by `now`.
    pub(crate) fn ending(&self, now: Timestamp, awaits_cut_off: impl Fn(&Group) -> bool) -> Vec<GroupId> {
        let is_due = |group: &Group| group.ends_due(awaits_cut_off(group)).is_some_and(|due| due <= now);
        self.all.iter().filter(|(_, group)| is_due(group)).map(|(id, _)| *id).collect()
    }

    /// One group.
    pub(crate) fn find(&self, id: GroupId) -> Option<&Group> {
        self.all.get(&id)
    }

    /// When the next message is due.
    pub(crate) fn next_deadline(&self, awaits_cut_off: impl Fn(&Group) -> bool) -> Option<Timestamp> {
        let due = |group: &Group| {
            let ends = group.ends_due(awaits_cut_off(group));
            let begins = group.firing_due().into_iter().chain(group.growth_due());
            begins.chain(ends).chain(group.reminder_due()).min()
        };
        self.all.values().filter_map(due).min()
    }

    /// The rows to write, of which those that are done are forgotten here.
    pub(crate) fn rows(&mut self) -> Vec<Effect> {
        let mut rows = Vec::new();
        for id in std::mem::take(&mut self.changed) {
            match self.all.get(&id) {
                Some(group) if group.is_done() => rows.extend(self.all.remove(&id).map(Effect::GroupDone)),
                Some(group) => rows.push(Effect::Group(group.clone())),
                None => {}
            }
        }
        rows
    }

    /// The clock was set back to `now`: nobody waits longer for that.
    pub(crate) fn rebase(&mut self, now: Timestamp) {
        for (id, group) in &mut self.all {
            let is_reminder_ahead = group.told.max(group.reminded).is_some_and(|at| at > now)
                || group.snoozed.is_some_and(|until| until > after_s(now, REMIND_S));
            if is_reminder_ahead {
                group.reminded = Some(now);
                group.snoozed = None;
                self.changed.insert(*id);
            }
            if group.spoken.is_some_and(|at| at > now) {
                group.spoken = Some(now);
                self.changed.insert(*id);
            }
            for progress in group.progress.values_mut().filter(|progress| progress.at > now) {
                progress.at = now;
                self.changed.insert(*id);
            }
            let is_ahead = group.grown > now || group.members.iter().any(|m| m.over.is_some_and(|over| over > now));
            if is_ahead {
                group.grown = group.grown.min(now);
                for member in &mut group.members {
                    member.over = member.over.map(|over| over.min(now));
                }
                self.changed.insert(*id);
            }
        }
    }

    /// The group that an alert of this rule joins: it waits to be told.
    fn waiting(&self, rule: Rule) -> Option<GroupId> {
        self.all.iter().find(|(_, group)| group.told.is_none() && group.is_of(rule)).map(|(id, _)| *id)
    }
}

impl Group {
    /// Whether alerts of this rule are told with it: what cannot be reached is told together; anything else is no part of
    /// that.
    fn is_of(&self, rule: Rule) -> bool {
        self.members.first().is_some_and(|first| first.alert.rule.is_told_with(rule))
    }

    fn grow(&mut self, now: Timestamp) {
        self.grows = self.told.is_some();
        // A group that was opened before the clock was set back has no longest time left to rely on, so it grows no more.
        if self.opened <= now {
            self.grown = now;
        }
    }

    /// What a receiver was told of it.
    pub(crate) fn told_to(&mut self, to: &Receiver) -> &mut Told {
        let place = self.receivers.iter().position(|told| told.to == *to);
        let place = place.unwrap_or_else(|| {
            let (alerts, held) = (BTreeSet::new(), BTreeSet::new());
            self.receivers.push(Told { to: to.clone(), alerts, held, until: None });
            self.receivers.len() - 1
        });
        &mut self.receivers[place]
    }
}
