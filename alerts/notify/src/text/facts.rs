//! What a message comes down to, before it is put into words: what it is about, how many halls and devices, which
//! areas, and names that are safe to print.

use std::collections::{BTreeMap, BTreeSet};

use alerts::engine::NotificationKind;
use alerts::outage::Cause;
use alerts::rule::Rule;
use alerts::rule::measure::{Measure, MeasureOf};
use jiff::Timestamp;

use super::clean::one_line;
use super::{moment, rule};
use crate::language::{Args, Language};
use crate::message::{DeviceLabel, Item, Message};

/// A message, counted and cleaned.
pub(super) struct Facts<'a> {
    /// The message.
    pub(super) message: &'a Message,
    /// The language of the words.
    pub(super) language: Language,
    /// What it is about.
    pub(super) topic: Topic<'a>,
    /// Halls that are down by themselves.
    pub(super) own_halls: usize,
    /// Devices that are down by themselves in halls that are up.
    pub(super) devices: usize,
    /// Names of the devices cut off in the halls that are down by themselves, by the hall's code.
    pub(super) behind_own: BTreeMap<String, Vec<String>>,
    /// Names of the devices cut off in other halls, by the hall's code and name.
    pub(super) behind: BTreeMap<(String, String), Vec<String>>,
}

/// What a message is about.
#[derive(Debug, Clone, Copy)]
pub(super) enum Topic<'a> {
    /// One hall.
    Hall(&'a Item),
    /// One device of a hall that is up.
    Device(&'a Item, &'a DeviceLabel),
    /// Several halls.
    Halls,
    /// Several devices.
    Devices,
    /// Halls and devices.
    Mixed,
    /// One device that shows another host key. The engine tells these apart from what cannot be reached.
    HostKey(&'a Item, &'a DeviceLabel),
    /// Several such devices.
    HostKeys,
    /// One hall or device that is lost and comes back again and again.
    Unstable(&'a Item),
    /// Several such.
    Unstables,
    /// One thing measured that is over its threshold, told apart from the others too.
    Measured(&'a Item, Measure),
    /// Several such.
    Measures,
}

/// What kind of trouble a message is about: its keys end in this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// What cannot be reached.
    Reach,
    /// Other host keys.
    Key,
    /// What comes and goes.
    Unstable,
    /// How things are.
    Measured,
}

impl<'a> Facts<'a> {
    /// Counts and cleans.
    pub(super) fn of(message: &'a Message, language: Language) -> Self {
        let item_codes: BTreeSet<&str> = message.items.iter().map(|item| item.hall.code.as_str()).collect();
        let mut behind_own: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut behind: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
        for cut_off in &message.cut_off {
            let code = one_line(&cut_off.hall.code);
            let devices = if item_codes.contains(cut_off.hall.code.as_str()) {
                behind_own.entry(code).or_default()
            } else {
                behind.entry((code, one_line(&cut_off.hall.name))).or_default()
            };
            devices.push(one_line(&cut_off.device.name));
        }
        let devices = message.items.iter().filter_map(device_alone).count();
        let own_halls = message.items.len() - devices;
        let rule = message.items.first().map_or(Rule::HallDown, |item| item.rule);
        let topic = match (rule, message.items.as_slice(), own_halls + behind.len(), devices) {
            (Rule::HostKeyChanged, [item @ Item { device: Some(device), .. }], _, _) => Topic::HostKey(item, device),
            (Rule::HostKeyChanged, _, _, _) => Topic::HostKeys,
            (Rule::Unstable, [item], _, _) => Topic::Unstable(item),
            (Rule::Unstable, _, _, _) => Topic::Unstables,
            (Rule::Measured(measure), [item], _, _) => Topic::Measured(item, measure),
            (Rule::Measured(_), _, _, _) => Topic::Measures,
            (Rule::HallDown | Rule::DeviceDown, [item], _, _) => match device_alone(item) {
                Some(device) => Topic::Device(item, device),
                None => Topic::Hall(item),
            },
            (Rule::HallDown | Rule::DeviceDown, _, _, 0) => Topic::Halls,
            (Rule::HallDown | Rule::DeviceDown, _, 0, _) => Topic::Devices,
            (Rule::HallDown | Rule::DeviceDown, _, _, _) => Topic::Mixed,
        };
        Facts { message, language, topic, own_halls, devices, behind_own, behind }
    }

    /// What all of them are suspected to come from, while they last.
    pub(super) fn suspected(&self) -> Option<Cause> {
        let first = self.message.items.first()?.suspected;
        let is_one = self.message.items.iter().all(|item| item.suspected == first);
        (self.is_firing() && is_one && first != Cause::Unknown).then_some(first)
    }

    /// Which of the kinds of trouble it is about.
    pub(super) fn kind(&self) -> Kind {
        match self.topic {
            Topic::HostKey(_, _) | Topic::HostKeys => Kind::Key,
            Topic::Unstable(_) | Topic::Unstables => Kind::Unstable,
            Topic::Measured(_, _) | Topic::Measures => Kind::Measured,
            Topic::Hall(_) | Topic::Device(_, _) | Topic::Halls | Topic::Devices | Topic::Mixed => Kind::Reach,
        }
    }

    /// Whether it tells of faults, not of their end.
    pub(super) fn is_firing(&self) -> bool {
        self.message.items.iter().any(|item| self.lasts(item))
    }

    /// Whether it tells of this fault, not of its end.
    pub(super) fn lasts(&self, item: &Item) -> bool {
        match self.message.kind {
            NotificationKind::Firing
            | NotificationKind::Reminder
            | NotificationKind::Growth
            | NotificationKind::Escalation => true,
            NotificationKind::Resolved => false,
            NotificationKind::Digest => item.ended.is_none(),
        }
    }

    /// The counts, for subject and short line.
    pub(super) fn counts(&self) -> Args {
        let areas = self.areas();
        let area = match areas.as_slice() {
            [one] => one.clone(),
            [first, second] => {
                self.language.say("areas", &Args::new().text("first", first.as_str()).text("second", second.as_str()))
            }
            _ => String::new(),
        };
        Args::new()
            .count("halls", self.own_halls + self.behind.len(), self.language)
            .count("devices", self.devices, self.language)
            .count("behind", self.behind.len(), self.language)
            .count("count", self.message.items.len(), self.language)
            .choice("area", usize::from(!area.is_empty()))
            .text("area", area)
    }

    /// Hall and device of one fault.
    pub(super) fn names(&self, item: &Item) -> Args {
        let args = Args::new()
            .text("hall", one_line(&item.hall.name))
            .text("code", one_line(&item.hall.code))
            .text("area", one_line(&item.hall.area));
        match &item.device {
            Some(device) => args.text("device", self.device_named(device)),
            None => args,
        }
    }

    /// Where one fault is: a hall, or a device in it.
    pub(super) fn place(&self, item: &Item) -> String {
        let key = if device_alone(item).is_some() { "place-device" } else { "place-hall" };
        self.language.say(key, &self.names(item))
    }

    /// What is measured, in words: its name, where, and for one that fires what it was judged by.
    pub(super) fn measured(&self, item: &Item, measure: Measure) -> Args {
        let rule = item.rule;
        let key = if device_alone(item).is_some() { "where-device" } else { "where-hall" };
        let judged = item.judged.map(|judged| rule::judged(measure, &judged.into(), self.language));
        let name = rule::name(rule, self.language);
        let fault = judged.map_or_else(|| name.clone(), |judged| rule::sentence(&judged));
        Args::new().text("where", self.language.say(key, &self.names(item))).text("fault", fault).text("name", name)
    }

    /// When one fault began and ended.
    pub(super) fn times(&self, item: &Item) -> Args {
        let ended = self.ended(item);
        Args::new()
            .text("since", moment::exact(item.since))
            .text("ago", moment::length(item.since, self.message.made_at, self.language))
            .text("ended", moment::exact(ended))
            .text("duration", moment::length(item.since, ended, self.language))
    }

    /// When a fault ended; of one that has not, when the message was made.
    pub(super) fn ended(&self, item: &Item) -> Timestamp {
        item.ended.unwrap_or(self.message.made_at)
    }

    /// `bộ định tuyến gw`.
    pub(super) fn device_named(&self, device: &DeviceLabel) -> String {
        let args = Args::new().text("name", one_line(&device.name)).text("kind", device.kind.as_str());
        self.language.say("device-named", &args)
    }

    /// The page to look at: the hall's when it is about one hall, else the overview.
    pub(super) fn link(&self) -> Option<String> {
        match self.topic {
            Topic::Hall(item)
            | Topic::Device(item, _)
            | Topic::HostKey(item, _)
            | Topic::Unstable(item)
            | Topic::Measured(item, _) => hall_link(self.message.base_url.as_deref(), &item.hall.code),
            Topic::Halls | Topic::Devices | Topic::Mixed | Topic::HostKeys | Topic::Unstables | Topic::Measures => {
                self.message.base_url.as_ref().map(|base| format!("{base}/"))
            }
        }
    }

    /// The areas it reaches, each once, in the order in which they come.
    fn areas(&self) -> Vec<String> {
        let halls = self.message.items.iter().map(|item| &item.hall);
        let halls = halls.chain(self.message.cut_off.iter().map(|cut_off| &cut_off.hall));
        let mut areas: Vec<String> = Vec::new();
        for area in halls.map(|hall| one_line(&hall.area)).filter(|area| !area.is_empty()) {
            if !areas.contains(&area) {
                areas.push(area);
            }
        }
        areas
    }
}

/// The page of a hall.
pub(crate) fn hall_link(base_url: Option<&str>, code: &str) -> Option<String> {
    base_url.map(|base| format!("{base}/halls/{code}"))
}

/// The device, when the fault is a device's and not its hall's.
pub(crate) fn device_alone(item: &Item) -> Option<&DeviceLabel> {
    match item.rule {
        Rule::HallDown => None,
        Rule::DeviceDown | Rule::HostKeyChanged | Rule::Unstable => item.device.as_ref(),
        Rule::Measured(measure) => match measure.of() {
            MeasureOf::Halls => None,
            MeasureOf::Devices => item.device.as_ref(),
        },
    }
}
