//! A message to send.

use alerts::engine::NotificationKind;
use alerts::outage::Cause;
use alerts::rule::Rule;
use inventory::device::DeviceKind;
use jiff::Timestamp;
use notify::Trial;
use notify::message::{DeviceLabel, HallLabel, Item, Message};

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

pub(crate) fn now() -> Timestamp {
    at("2026-11-24T21:53:40Z")
}

/// A hall that is down.
pub(crate) fn firing() -> Message {
    Message {
        id: "n-1".to_owned(),
        thread: "hall-1@2026-11-24T21:41:25Z".to_owned(),
        kind: NotificationKind::Firing,
        made_at: at("2026-11-24T21:53:30Z"),
        items: vec![Item {
            rule: Rule::HallDown,
            hall: HallLabel {
                code: "dr-01".to_owned(),
                name: "Nhà sinh hoạt cộng đồng thôn Suối Thông B1".to_owned(),
                area: "Đạ Ròn".to_owned(),
            },
            device: Some(DeviceLabel {
                name: "gw".to_owned(),
                kind: DeviceKind::Router,
                address: Some("10.20.1.1".to_owned()),
            }),
            since: at("2026-11-24T21:41:25Z"),
            ended: None,
            cause: Cause::Unknown,
            suspected: Cause::Unknown,
            judged: None,
            evidence: Default::default(),
        }],
        cut_off: Vec::new(),
        base_url: Some("https://mang.example.vn".to_owned()),
        act_url: None,
        language: None,
    }
}

/// Its recovery.
pub(crate) fn resolved() -> Message {
    let mut message = firing();
    message.id = "n-2".to_owned();
    message.kind = NotificationKind::Resolved;
    message.made_at = at("2026-11-24T21:56:00Z");
    message.items[0].ended = Some(at("2026-11-24T21:55:40Z"));
    message
}

/// A test of the channel `ops`.
pub(crate) fn trial() -> Trial {
    Trial {
        id: "test-1".to_owned(),
        channel: "ops".to_owned(),
        made_at: at("2026-11-24T21:53:30Z"),
        base_url: Some("https://mang.example.vn".to_owned()),
    }
}
