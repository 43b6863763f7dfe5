//! A small fleet to try things on.

use inventory::device::{DeviceFacts, DeviceKind, PollMethods};
use inventory::hall::{Hall, HallFacts, Position};
use inventory::id::{AreaId, DeviceId, HallId};
use inventory::import::{AreaRef, Change, DeviceRow, HallRow, NewArea, Plan};
use jiff::Timestamp;

use crate::store::{AuditAction, AuditEntry, AuditPlace, Db, Scope};

/// That many seconds after some moment of 2026.
pub(in crate::store) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_764_000_000 + seconds).expect("a time")
}

/// Somebody did something.
pub(in crate::store) fn entry() -> AuditEntry<'static> {
    AuditEntry {
        at: at(0),
        actor: "account ha",
        address: None,
        action: AuditAction::InventoryImport,
        object: "halls".to_owned(),
        place: AuditPlace::default(),
        details: serde_json::json!({}),
        is_ok: true,
    }
}

pub(in crate::store) fn hall_row(code: &str, name: &str, area: AreaRef) -> HallRow {
    let facts = HallFacts { name: name.to_owned(), ..HallFacts::default() };
    HallRow { code: code.parse().expect("a code"), area, facts }
}

/// A hall of which everything is known.
pub(in crate::store) fn full_hall_row(code: &str, area: AreaRef) -> HallRow {
    let facts = HallFacts {
        name: "Nhà sinh hoạt cộng đồng thôn Suối Thông B1".into(),
        position: Some(Position { latitude: 11.778, longitude: 108.457 }),
        provider: Some("VNPT".into()),
        contract: Some("HD-0001".into()),
        down_mbps: Some(100.0),
        up_mbps: Some(99.5),
        promised_uptime: Some(99.0),
        power_feeder: Some("471-E28".into()),
        opening_hours: Some("07:00-21:00".parse().expect("hours")),
        contact_name: Some("K'Brểu".into()),
        contact_phone: Some("0912 345 678".into()),
        notes: Some("khoá ở nhà trưởng thôn".into()),
    };
    HallRow { code: code.parse().expect("a code"), area, facts }
}

pub(in crate::store) fn device_row(name: &str, kind: DeviceKind, address: &str, uplink: Option<&str>) -> DeviceRow {
    DeviceRow {
        name: name.parse().expect("a name"),
        uplink: uplink.map(|name| name.parse().expect("a name")),
        facts: DeviceFacts {
            kind,
            address: address.parse().expect("an address"),
            platform: None,
            agent: None,
            poll: PollMethods::default(),
            snmp: None,
            ssh: None,
            serial: None,
            mac: None,
            power: None,
            notes: None,
            host_key: None,
        },
    }
}

/// A device of which everything is known.
pub(in crate::store) fn full_device_row(name: &str, address: &str) -> DeviceRow {
    let mut row = device_row(name, DeviceKind::Router, address, None);
    row.facts.platform = Some("routeros".into());
    row.facts.agent = Some("hall-agent".into());
    row.facts.poll = "snmp+ping".parse().expect("methods");
    row.facts.snmp = Some("snmp-v2c-halls".parse().expect("a name"));
    row.facts.ssh = Some("ssh-admin".parse().expect("a name"));
    row.facts.serial = Some("HB12345".into());
    row.facts.mac = Some("48:8f:5a:01:02:03".parse().expect("a MAC"));
    row.facts.power = Some("hall".parse().expect("a word"));
    row.facts.notes = Some("trên tủ".into());
    row.facts.host_key = Some(format!("SHA256:{}", "a".repeat(43)).parse().expect("a fingerprint"));
    row
}

pub(in crate::store) fn new_area(code: &str) -> AreaRef {
    AreaRef::New { code: code.into() }
}

/// Two communes, three halls; `dr-01` with a gateway and two access points, `dd-01` with a gateway that hangs on it.
pub(in crate::store) fn plan() -> (Plan, Plan) {
    let area = |code: &str, name: &str| NewArea { code: code.into(), name: name.into(), kind: "xã".into() };
    let halls = Plan {
        new_areas: vec![area("24937", "Đạ Ròn"), area("24931", "Đơn Dương")],
        halls: vec![
            Change::Create(full_hall_row("dr-01", new_area("24937"))),
            Change::Create(hall_row("dr-02", "Hội trường thôn 2", new_area("24937"))),
            Change::Create(hall_row("dd-01", "Hội trường Đơn Dương", new_area("24931"))),
        ],
        ..Plan::default()
    };
    let devices = Plan {
        devices: vec![
            Change::Create(device_row("dr-01/ap-1", DeviceKind::AccessPoint, "10.20.1.2", Some("dr-01/gw"))),
            Change::Create(full_device_row("dr-01/gw", "10.20.1.1")),
            Change::Create(device_row("dr-01/ap-2", DeviceKind::AccessPoint, "10.20.1.3", None)),
            Change::Create(device_row("dd-01/gw", DeviceKind::Router, "10.20.2.1:1161", Some("dr-01/gw"))),
        ],
        ..Plan::default()
    };
    (halls, devices)
}

pub(in crate::store) async fn apply(db: &Db, plan: &Plan) {
    let revision = db.fleet_revision().await.expect("it reads");
    db.import_apply(&Scope::All, plan, revision, &entry()).await.expect("it applies");
}

/// Puts the small fleet into the records.
pub(in crate::store) async fn small_fleet(db: &Db) {
    let (halls, devices) = plan();
    apply(db, &halls).await;
    apply(db, &devices).await;
}

pub(in crate::store) async fn device(db: &Db, name: &str) -> DeviceId {
    let found = db.device_by_name(&Scope::All, &name.parse().expect("a name")).await.expect("it reads");
    found.expect("it is there").device.id
}

pub(in crate::store) async fn hall(db: &Db, code: &str) -> HallId {
    hall_record(db, code).await.id
}

/// The area in which this hall lies now.
pub(in crate::store) async fn area_of(db: &Db, code: &str) -> AreaId {
    hall_record(db, code).await.area
}

async fn hall_record(db: &Db, code: &str) -> Hall {
    let found = db.hall_by_code(&Scope::All, &code.parse().expect("a code")).await.expect("it reads");
    found.expect("it is there").hall
}
