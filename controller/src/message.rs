//! From a notification of the engine, which speaks of ids, to a message that holds the names as they are now.

use alerts::engine::{Notification, NotificationKind};
use alerts::outage::{Cause, Outage, Subject};
use alerts::rule::Rule;
use inventory::id::{ContactId, DeviceId, HallId};
use jiff::Timestamp;
use notify::message::{CutOff, DeviceLabel, HallLabel, Item, Message};

use crate::app::access;
use crate::app::incident::LINK_LASTS;
use crate::store::{ActionLink, NewOutbox};
use crate::world::World;

/// The message for people. What the inventory no longer knows is left out.
pub fn from_notification(notification: &Notification, world: &World, base_url: Option<&str>) -> Message {
    let items = notification.alerts.iter().filter_map(|alert| {
        let (hall, device) = match alert.key.subject {
            // A hall that comes and goes is told of as a hall.
            Subject::Hall(hall) if alert.key.rule == Rule::Unstable => (hall, None),
            Subject::Hall(hall) => (hall, world.fleet.gateways(hall).first().copied()),
            Subject::Device(device) => (world.fleet.device(device)?.hall, Some(device)),
        };
        let ended = match alert.state {
            alerts::alert::AlertState::Resolved { at, .. } => Some(at),
            alerts::alert::AlertState::Pending | alerts::alert::AlertState::Firing { .. } => None,
        };
        let is_it = |outage: &&Outage| (outage.subject, outage.start) == (alert.key.subject, alert.key.since);
        let outage = notification.outages.iter().find(is_it);
        Some(Item {
            rule: alert.key.rule,
            hall: hall_label(hall, world)?,
            device: device.and_then(|device| device_label(device, world)),
            since: alert.key.since,
            ended,
            cause: outage.map_or(Cause::Unknown, |outage| outage.cause),
            suspected: outage.map_or(Cause::Unknown, |outage| outage.suspected),
            judged: alert.judged.map(Into::into),
            evidence: outage.map(|outage| outage.evidence.into()).unwrap_or_default(),
        })
    });
    let cut_off = notification.cut_off.iter().filter_map(|id| {
        let device = world.fleet.device(*id)?;
        Some(CutOff { hall: hall_label(device.hall, world)?, device: device_label(*id, world)? })
    });
    Message {
        id: notification.id(),
        thread: notification.thread.clone(),
        kind: notification.kind,
        made_at: notification.at,
        items: items.collect(),
        cut_off: cut_off.collect(),
        base_url: base_url.map(str::to_owned),
        act_url: None,
        language: None,
    }
}

/// Where a row of the outbox goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way<'a> {
    /// To a channel that hears of everything.
    Channel(&'a str),
    /// To a contact by this channel, unless he was told of the thread by others.
    Contact(ContactId, &'a str),
}

/// The row of the outbox for one receiver, with a link of its own by which whoever gets it can act.
pub fn outbox_row(way: Way<'_>, message: &Message, at: Timestamp) -> NewOutbox {
    let secret = access::secret();
    let url = message.base_url.as_ref().map(|base| format!("{base}/link/incident/{}", secret.reveal()));
    // What is over needs nobody to take it, and a digest is of several things.
    let url = url.filter(|_| message.kind.is_of_trouble());
    let expires_at = at.checked_add(LINK_LASTS).unwrap_or(Timestamp::MAX);
    let link = url.is_some().then(|| ActionLink { hash: access::hash(secret.reveal()), expires_at });
    let message = &Message { act_url: url, ..message.clone() };
    let (contact, channel) = match way {
        Way::Channel(channel) => (None, channel),
        Way::Contact(contact, channel) => (Some(contact), channel),
    };
    NewOutbox {
        link,
        contact,
        follows: message.kind == NotificationKind::Resolved,
        channel: channel.to_owned(),
        thread: message.thread.clone(),
        dedupe: message.id.clone(),
        message: serde_json::to_string(message).expect("a message is plain data"),
        made_at: at,
    }
}

fn hall_label(id: HallId, world: &World) -> Option<HallLabel> {
    let hall = world.fleet.hall(id)?;
    let area = world.areas.area(hall.area).map(|area| area.full_name()).unwrap_or_default();
    Some(HallLabel { code: hall.code.to_string(), name: hall.facts.name.clone(), area })
}

fn device_label(id: DeviceId, world: &World) -> Option<DeviceLabel> {
    let device = world.fleet.device(id)?;
    Some(DeviceLabel {
        name: device.name.name.to_string(),
        kind: device.facts.kind,
        address: Some(device.facts.address.to_string()),
    })
}
