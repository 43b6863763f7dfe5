//! [`Payload`]: the JSON that a webhook receives. Fields are only ever added.
//!
//! ```json
//! {"id": "…", "thread": "…", "status": "firing", "at": "2026-11-24T21:53:30Z",
//!  "title": "■ Mất kết nối: Nhà sinh hoạt … (dr-01)", "body": "Hội trường: …\n…", "link": "https://…/" | null,
//!  "items": [{"rule": "hall_down", "severity": "critical", "status": "firing",
//!             "hall": {"code": "dr-01", "name": "Nhà sinh hoạt …", "area": "Đạ Ròn"},
//!             "device": {"name": "gw", "kind": "router", "address": "10.20.1.1" | null} | null,
//!             "since": "2026-11-24T21:41:25Z", "ended": "…" | null, "cause": "unknown", "suspected": "power",
//!             "value": 34.2 | null, "threshold": 10.0 | null, "unit": "percent" | null,
//!             "link": "https://…/halls/dr-01" | null}],
//!  "cut_off": [{"hall": {…}, "device": {…}}]}
//! ```
//!
//! `id` is that of the header `webhook-id`, the same when a message is repeated. `thread` is the same for a firing
//! message and the resolved one that follows. `status` is `firing`, `resolved`, or `test` for a message
//! without items that somebody sent to try the channel; times are RFC 3339 in UTC; `title`
//! and `body` are plain text in the language of the channel.

use alerts::rule::{Judged, Rule};
use jiff::Timestamp;
use serde::Serialize;

use crate::language::Language;
use crate::message::{CutOff, DeviceLabel, HallLabel, Item};
use crate::notice::Notice;
use crate::text::{self, one_line};

/// What a webhook receives.
#[derive(Debug, Serialize)]
pub struct Payload {
    id: String,
    thread: String,
    status: &'static str,
    at: Timestamp,
    title: String,
    body: String,
    link: Option<String>,
    items: Vec<ItemView>,
    cut_off: Vec<CutOffView>,
}

#[derive(Debug, Serialize)]
struct ItemView {
    rule: &'static str,
    severity: &'static str,
    status: &'static str,
    hall: HallView,
    device: Option<DeviceView>,
    since: Timestamp,
    ended: Option<Timestamp>,
    cause: &'static str,
    suspected: &'static str,
    value: Option<f64>,
    threshold: Option<f64>,
    unit: Option<&'static str>,
    link: Option<String>,
}

#[derive(Debug, Serialize)]
struct CutOffView {
    hall: HallView,
    device: DeviceView,
}

#[derive(Debug, Serialize)]
struct HallView {
    code: String,
    name: String,
    area: String,
}

#[derive(Debug, Serialize)]
struct DeviceView {
    name: String,
    kind: &'static str,
    address: Option<String>,
}

impl Payload {
    /// The message for programs, and for people who read it through them.
    pub fn of(notice: &Notice<'_>, language: Language) -> Self {
        let text = notice.words(language);
        Payload {
            id: notice.id().to_owned(),
            thread: notice.thread().to_owned(),
            status: notice.status().as_str(),
            at: notice.made_at(),
            title: text.subject,
            body: text.body,
            link: notice.base_url().map(|base| format!("{base}/")),
            items: notice.items().iter().map(|item| ItemView::of(notice, item)).collect(),
            cut_off: notice.cut_off().iter().map(CutOffView::of).collect(),
        }
    }
}

impl ItemView {
    fn of(notice: &Notice<'_>, item: &Item) -> Self {
        let judged: Option<Judged> = item.judged.map(Judged::from);
        ItemView {
            rule: item.rule.as_str(),
            severity: item.severity().as_str(),
            status: if item.ended.is_some() { "resolved" } else { "firing" },
            hall: HallView::of(&item.hall),
            device: item.device.as_ref().map(DeviceView::of),
            since: item.since,
            ended: item.ended,
            cause: item.cause.as_str(),
            suspected: item.suspected.as_str(),
            value: judged.map(|judged| judged.value.value()),
            threshold: judged.map(|judged| judged.threshold.value()),
            unit: match item.rule {
                Rule::Measured(measure) => Some(measure.unit().as_str()),
                Rule::HallDown | Rule::DeviceDown | Rule::HostKeyChanged | Rule::Unstable => None,
            },
            link: text::hall_link(notice.base_url(), &item.hall.code),
        }
    }
}

impl CutOffView {
    fn of(cut_off: &CutOff) -> Self {
        CutOffView { hall: HallView::of(&cut_off.hall), device: DeviceView::of(&cut_off.device) }
    }
}

// Programs pass names on to people: they get them as clean as a person would.
impl HallView {
    fn of(hall: &HallLabel) -> Self {
        HallView { code: one_line(&hall.code), name: one_line(&hall.name), area: one_line(&hall.area) }
    }
}

impl DeviceView {
    fn of(device: &DeviceLabel) -> Self {
        DeviceView {
            name: one_line(&device.name),
            kind: device.kind.as_str(),
            address: device.address.as_deref().map(one_line),
        }
    }
}
