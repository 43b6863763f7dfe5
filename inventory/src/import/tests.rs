use std::collections::BTreeSet;

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::area::{Area, AreaSuccession};
use crate::credential::{CredentialKind, KnownProfiles};
use crate::device::{Device, DeviceKind, Lifecycle};
use crate::export::{devices_csv, halls_csv};
use crate::fleet::tests::{device, hall};
use crate::hall::{Hall, Position};

const HALLS: &str = "hall_code,hall_name,area_code,area_name,latitude,longitude,provider,contract,down_mbps,up_mbps,promised_uptime,power_feeder,opening_hours,contact_name,contact_phone,notes";
const DEVICES: &str =
    "device_name,hall_code,kind,address,platform,agent,uplink,poll,snmp,ssh,serial,mac,power,notes,host_key";

/// What the files of these tests are held against; by default two halls, one router and the reform of 2025.
struct World {
    fleet: Fleet,
    areas: AreaTree,
    profiles: KnownProfiles,
    agents: BTreeSet<String>,
}

impl Default for World {
    fn default() -> Self {
        let halls = vec![hall(1, "dr-01"), hall(2, "dr-02")];
        let devices = vec![device(1, &halls[0], "gw", DeviceKind::Router, None)];
        World {
            fleet: Fleet::new(halls, devices),
            areas: reform(),
            profiles: [("halls-v2c".parse().expect("a name"), CredentialKind::SnmpV2c)].into(),
            agents: ["commune-1".to_owned()].into(),
        }
    }
}

impl World {
    fn parse(&self, file: &str) -> Result<Plan, Vec<Fault>> {
        self.parse_bytes(file.as_bytes())
    }

    fn parse_bytes(&self, file: &[u8]) -> Result<Plan, Vec<Fault>> {
        let (profiles, agents) = (&self.profiles, &self.agents);
        let known = Known { fleet: &self.fleet, areas: &self.areas, profiles, agents, today: date(2026, 11, 25) };
        parse(file, &known)
    }

    fn halls(&self, rows: &str) -> Result<Plan, Vec<Fault>> {
        self.parse(&format!("{HALLS}\n{rows}\n"))
    }

    fn devices(&self, rows: &str) -> Result<Plan, Vec<Fault>> {
        self.parse(&format!("{DEVICES}\n{rows}\n"))
    }
}

fn faults(result: Result<Plan, Vec<Fault>>) -> Vec<String> {
    result.expect_err("the file has faults").iter().map(Fault::to_string).collect()
}

fn notes(plan: &Plan) -> Vec<&str> {
    plan.notes.iter().map(|note| note.text.as_str()).collect()
}

fn reform() -> AreaTree {
    let day = Some(date(2025, 7, 1));
    let area = |id, code: &str, kind: &str, name: &str, from, to| Area {
        id: AreaId(id),
        code: code.into(),
        name: name.into(),
        kind: kind.into(),
        parent: None,
        valid_from: from,
        valid_to: to,
    };
    let areas = vec![
        area(1, "24931", "xã", "Đơn Dương", day, None),
        area(2, "24937", "xã", "Đạ Ròn", None, day),
        area(3, "24934", "xã", "Lạc Xuân", None, day),
        area(4, "24934", "xã", "D'Ran", day, None),
        area(5, "24940", "xã", "Ka Đô", None, day),
        area(6, "24943", "xã", "Quảng Lập", None, day),
    ];
    let step = |old, new| AreaSuccession { old: AreaId(old), new: AreaId(new), date: date(2025, 7, 1) };
    AreaTree::new(areas, vec![step(2, 1), step(3, 4), step(5, 1), step(5, 4)])
}

#[test]
fn the_example_of_the_contract_is_imported() {
    let world = World::default();
    let row = "dr-07,Nhà sinh hoạt cộng đồng thôn Suối Thông B1,24937,Đạ Ròn,11.778,108.457,VNPT,HD-0001,100,100,99.0,471-E28,07:00-21:00,,,";
    let plan = world.halls(row).expect("a good file");
    let [Change::Create(new)] = &plan.halls[..] else { panic!("one new hall: {plan:?}") };
    assert_eq!(new.code.as_str(), "dr-07");
    assert_eq!(new.facts.position, Some(Position { latitude: 11.778, longitude: 108.457 }));
    assert_eq!(new.facts.promised_uptime, Some(99.0));
    assert_eq!(new.area, AreaRef::Existing(AreaId(1)), "the area that took over");
    let told = ["area 24937 (xã Đạ Ròn) was succeeded by 24931 (xã Đơn Dương) on 2025-07-01: its halls go there"];
    assert_eq!(notes(&plan), told);

    let plan = world.devices("ap-1,dr-01,access_point,10.20.1.2,routeros,,gw,snmp+ping,halls-v2c,,HB1,,poe,,");
    let plan = plan.expect("a good file");
    let [Change::Create(new)] = &plan.devices[..] else { panic!("one new device: {plan:?}") };
    assert_eq!(new.name.to_string(), "dr-01/ap-1");
    assert_eq!(new.uplink.as_ref().map(ToString::to_string).as_deref(), Some("dr-01/gw"));
    assert_eq!(plan.counts(), Counts { created: 1, updated: 0, unchanged: 0 });
}

#[test]
fn ten_faults_in_a_halls_file_are_ten_messages() {
    let rows = "\
dr 03,A,24931,,,,,,,,,,,,,
dr-04,,24931,,,,,,,,,,,,,
dr-05,C,99999,,,,,,,,,,,,,
dr-06,D,24931,,91,108,,,,,,,,,,
dr-07,E,24931,,11.7,,,,,,,,,,,
dr-08,F,24931,,,,,,fast,,,,,,,
dr-09,G,24931,,,,,,,,101,,,,,
dr-10,H,24931,,,,,,,,,,7h-21h,,,
dr-11,I,24931,,,,,,,,,,,,call me,
dr-01,J,24931
dr-02,K,24931,,,,,,,,,,,,,";
    let expected = [
        r#"line 2, column 1 (hall_code): "dr 03" has ' ': letters a-z, A-Z, digits, '-', '_' and '.' are allowed, the first a letter or digit"#,
        r#"line 3, column 2 (hall_name): "" is empty: a name for people is needed"#,
        r#"line 4, column 3 (area_code): "99999" is no area known here: check the code, or give area_name as well to create the area"#,
        r#"line 5, column 5 (latitude): "91" is outside -90 to 90"#,
        r#"line 6, column 5 (latitude): "11.7" stands without a longitude: give both or none"#,
        r#"line 7, column 9 (down_mbps): "fast" is no number: a number from 0.01 to 1000000 is allowed, with a decimal point"#,
        r#"line 8, column 11 (promised_uptime): "101" is outside 0 to 100"#,
        r#"line 9, column 13 (opening_hours): "7h-21h" is not of the form 07:00-21:00"#,
        r#"line 10, column 15 (contact_phone): "call me" is no telephone number: 3 to 15 digits are allowed, with spaces, '.', '-', '()' and a leading '+'"#,
        r#"line 11: the row has 3 cells where the header names 16 columns"#,
    ];
    assert_eq!(faults(World::default().halls(rows)), expected);
}

#[test]
fn ten_faults_in_a_devices_file_are_ten_messages() {
    let rows = "\
a,dr-1,router,10.0.1.1,,,,,,,,,,,
b,dr-02,modem,10.0.1.2,,,,,,,,,,,
c,dr-02,switch,10.20.1.300,,,,,,,,,,,
d,dr-02,switch,10.0.1.4,,,nowhere,,,,,,,,
e,dr-02,switch,10.0.1.5,,,,telnet,,,,,,,
f,dr-02,switch,10.0.1.6,,,,,public,,,,,,
g,dr-02,switch,10.0.1.7,,other,,,,,,,,,
h,dr-02,switch,10.0.1.8,,,,,,,,48:8f:5a,,,
i,dr-02,switch,10.0.1.9,,,,,,,,,solar,,
j,dr-02,switch,10.0.1.10,,,,,,,,,,,MD5:aa
k,dr-02,switch,10.0.1.11,,,d,,,,,,,,";
    let expected = [
        r#"line 2, column 2 (hall_code): "dr-1" is no hall known here (did you mean dr-01?): import the halls before their devices"#,
        r#"line 3, column 3 (kind): "modem" is none of router, access_point, switch, cpe, camera, ups, other"#,
        r#"line 4, column 4 (address): "10.20.1.300" is no IP address or host name, with an optional :port"#,
        r#"line 5, column 7 (uplink): "nowhere" leads to dr-02/nowhere, which is not there: name a device of this file or one known already, by its device_name in the same hall or as hall_code/device_name"#,
        r#"line 6, column 8 (poll): "telnet" is none of snmp, ssh, ping, nor several of them joined by '+'"#,
        r#"line 7, column 9 (snmp): "public" is no credential profile: known for snmp: halls-v2c"#,
        r#"line 8, column 6 (agent): "other" is no agent: leave it empty for the embedded one; commune-1 are known"#,
        r#"line 9, column 12 (mac): "48:8f:5a" is no MAC address like 48:8f:5a:01:02:03"#,
        r#"line 10, column 13 (power): "solar" is none of hall, ups, poe, battery"#,
        r#"line 11, column 15 (host_key): "MD5:aa" is no fingerprint of the form SHA256: and 43 characters (as `ssh-keygen -lf` prints it)"#,
    ];
    assert_eq!(faults(World::default().devices(rows)), expected);
}

#[test]
fn the_header_is_checked_together_with_the_rows() {
    let file = "hall_code,hall_name,area_kode,notes,notes,colour\ndr-03,,24931,,,\n";
    let found = faults(World::default().parse(file));
    assert_eq!(found.len(), 4, "{found:#?}");
    assert_eq!(
        found[0],
        r#"line 1, column 3 (area_kode): "area_kode" is no column of a file of halls: did you mean area_code?"#
    );
    assert_eq!(
        found[1],
        r#"line 1, column 5 (notes): "notes" stands twice in the header: keep one of the two columns"#
    );
    assert!(found[2].starts_with(r#"line 1, column 6 (colour): "colour" is no column of a file of halls: hall_code,"#));
    assert_eq!(found[3], r#"line 2, column 2 (hall_name): "" is empty: a name for people is needed"#);

    let missing = faults(World::default().parse("device_name,hall_code,kind\n"));
    assert_eq!(missing, [r#"line 1: "address" is missing from the header: a file of devices needs it"#]);
    for file in ["", "\n\n", "a,b,c\n1,2,3\n"] {
        assert_eq!(faults(World::default().parse(file)).len(), 1, "{file:?}");
    }
}

#[test]
fn columns_may_stand_in_any_order_and_optional_ones_may_lack() {
    let plan = World::default().parse("area_code,hall_name,hall_code\n24931,Thôn 03,dr-03\n").expect("a good file");
    assert_eq!(plan.counts().created, 1);
}

#[test]
fn files_of_a_spreadsheet_set_to_vietnamese_are_read() {
    let file = "\u{FEFF}hall_code;hall_name;area_code;latitude;longitude;down_mbps;\r\ndr-03;Thôn 03;24931;11,778;108,457;0,5;\r\n;;;;;;\r\n";
    let plan = World::default().parse(file).expect("a good file");
    let facts = &plan.halls[0].row().facts;
    assert_eq!(facts.position, Some(Position { latitude: 11.778, longitude: 108.457 }));
    assert_eq!(facts.down_mbps, Some(0.5));
    let tabs = World::default().parse("hall_code\thall_name\tarea_code\ndr-03\tHội trường, thôn 3\t24931\n");
    assert_eq!(tabs.expect("a good file").halls[0].row().facts.name, "Hội trường, thôn 3");
}

#[test]
fn other_encodings_are_named_with_the_way_out() {
    let world = World::default();
    let utf16: Vec<u8> = "\u{FEFF}hall_code".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for file in [&utf16[..], &utf16[2..], b"PK\x03\x04rest", b"hall_code,hall_name,area_code\nx,\xD0\xE0 L\xCA,24931\n"]
    {
        let found = faults(world.parse_bytes(file));
        assert!(found.len() == 1 && found[0].contains("CSV UTF-8"), "{found:?}");
    }
    let legacy = world.parse_bytes(b"hall_code,hall_name,area_code\nx,\xD0\xE0 L\xCA,24931\n").expect_err("not UTF-8");
    assert_eq!(legacy[0].line, 2);
}

#[test]
fn lines_are_those_of_the_file() {
    let file =
        format!("{HALLS}\r\n\r\n\r\ndr-03,A,24931,,,,,,,,,,,,,\"two\r\nlines\"\r\n\r\ndr-04,,24931,,,,,,,,,,,,,\r\n");
    assert!(faults(World::default().parse(&file))[0].starts_with("line 7, column 2"));
    let good = file.replace("dr-04,,", "dr-04,B,");
    let plan = World::default().parse(&good).expect("a good file");
    assert_eq!(plan.halls[0].row().facts.notes.as_deref(), Some("two\nlines"));
}

#[test]
fn a_quotation_mark_that_is_never_closed_is_found_where_it_opens() {
    let rows = "dr-03,\"Thôn 03,24931,,,,,,,,,,,,,\ndr-04,B,24931,,,,,,,,,,,,,";
    let found = faults(World::default().halls(rows));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("line 2: ") && found[0].contains("quotation mark"), "{found:?}");
}

#[test]
fn names_are_kept_composed_and_characters_that_act_are_refused() {
    let decomposed = "dr-03,Đa\u{0323} Ro\u{0300}n,24931,,,,,,,,,,,,,";
    assert_eq!(World::default().halls(decomposed).expect("good").halls[0].row().facts.name, "Đạ Ròn");
    for bad in ["a\u{7}b", "a\u{202E}b", "a\u{200B}b", "\"a\nb\""] {
        let found = faults(World::default().halls(&format!("dr-03,{bad},24931,,,,,,,,,,,,,")));
        assert!(found.len() == 1 && found[0].contains("U+"), "{found:?}");
    }
}

#[test]
fn what_looks_like_a_formula_is_text() {
    let rows = "dr-03,=HYPERLINK(1),24931,,,,,,,,,,,'+84 912,'+84 912 345 678,'=1+1";
    let facts = World::default().halls(rows).expect("good").halls[0].row().facts.clone();
    assert_eq!(facts.name, "=HYPERLINK(1)");
    assert_eq!((facts.contact_phone.as_deref(), facts.notes.as_deref()), (Some("+84 912 345 678"), Some("=1+1")));
}

#[test]
fn codes_of_areas_mean_what_they_mean_today() {
    let world = World::default();
    let area = |code: &str, name: &str| world.halls(&format!("dr-03,A,{code},{name},,,,,,,,,,,,"));
    let plan = area("24934", "Lạc Xuân").expect("good");
    assert_eq!(plan.halls[0].row().area, AreaRef::Existing(AreaId(4)));
    assert_eq!(
        notes(&plan),
        ["area_name says Lạc Xuân, but 24934 is xã D'Ran today; xã Lạc Xuân bore that code before: check the code"]
    );
    assert!(notes(&area("24934", "xã D’Ran".replace('’', "'").as_str()).expect("good")).is_empty());
    let split = faults(area("24940", ""));
    assert_eq!(
        split,
        [
            r#"line 2, column 3 (area_code): "24940" is xã Ka Đô, which was split: write 24931 (xã Đơn Dương) or 24934 (xã D'Ran)"#
        ]
    );
    let ended = faults(area("24943", "Quảng Lập"));
    assert!(ended[0].contains("ended on 2025-07-01"), "{ended:?}");
    let plan = area("68000", "phường Lâm Viên").expect("good");
    assert_eq!(plan.halls[0].row().area, AreaRef::New { code: "68000".into() });
    let new = NewArea { code: "68000".into(), name: "Lâm Viên".into(), kind: "phường".into() };
    assert_eq!(plan.new_areas, [new]);
    let two_names = world.halls("a,A,68000,Lâm Viên,,,,,,,,,,,,\nb,B,68000,Xuân Hương,,,,,,,,,,,,");
    assert!(faults(two_names)[0].starts_with("line 3, column 4 (area_name)"));
}

#[test]
fn a_row_states_the_whole_truth_and_keeps_what_it_cannot_say() {
    let mut world = World::default();
    let mut old = hall(1, "dr-01");
    (old.facts.name, old.facts.provider) = ("Thôn 01".into(), Some("VNPT".into()));
    old.lifecycle = Lifecycle::Retired;
    world.fleet = Fleet::new(vec![old], vec![]);
    let same = world.halls("dr-01,Thôn 01,24931,,,,VNPT,,,,,,,,,").expect("good");
    assert!(matches!(&same.halls[..], [Change::Unchanged(_)]));
    assert_eq!(notes(&same), ["hall dr-01 is retired and stays so"]);
    let cleared = world.halls("dr-01,Thôn 01,24931,,,,,,,,,,,,,").expect("good");
    let [Change::Update(row)] = &cleared.halls[..] else { panic!("an update: {cleared:?}") };
    assert_eq!(row.facts.provider, None);
}

#[test]
fn one_hall_or_device_has_one_row() {
    let world = World::default();
    let twice = faults(world.halls("dr-03,A,24931,,,,,,,,,,,,,\ndr-03,B,24931,,,,,,,,,,,,,"));
    assert_eq!(twice, [r#"line 3, column 1 (hall_code): "dr-03" is also on line 2: a hall has one row"#]);
    assert!(
        faults(world.halls("DR-01,A,24931,,,,,,,,,,,,,"))[0].contains("differs from the hall dr-01 only by capital")
    );
    let twice = faults(world.devices("a,dr-01,switch,10.0.0.8,,,,,,,,,,,\na,dr-01,switch,10.0.0.9,,,,,,,,,,,"));
    assert_eq!(twice, [r#"line 3, column 1 (device_name): "a" is also on line 2: dr-01/a has one row"#]);
}

#[test]
fn an_uplink_may_come_later_in_the_file_or_stand_in_another_hall() {
    let rows = "ap,dr-02,access_point,10.0.2.2,,,sw,,,,,,,,\nsw,dr-02,switch,10.0.2.1,,,dr-01/gw,,,,,,,,";
    assert_eq!(World::default().devices(rows).expect("good").counts().created, 2);
}

#[test]
fn uplinks_that_form_a_circle_are_named_with_the_circle() {
    let world = World::default();
    let rows =
        "a,dr-02,switch,10.0.2.1,,,b,,,,,,,,\nb,dr-02,switch,10.0.2.2,,,c,,,,,,,,\nc,dr-02,switch,10.0.2.3,,,a,,,,,,,,";
    let expected = r#"line 2, column 7 (uplink): "b" makes a circle: dr-02/a → dr-02/b → dr-02/c → dr-02/a. One of them has to be reached another way"#;
    assert_eq!(faults(world.devices(rows)), [expected]);
    let own = faults(world.devices("a,dr-02,switch,10.0.2.1,,,a,,,,,,,,"));
    assert!(own.len() == 1 && own[0].contains("is the device itself"), "{own:?}");
}

#[test]
fn a_circle_through_an_uplink_that_nobody_named_is_found_too() {
    // ap-1 names none, so it hangs on its hall's only router; the router is now said to hang on ap-1.
    let rows = "gw,dr-01,router,10.0.0.1,,,ap-1,,,,,,,,\nap-1,dr-01,access_point,10.0.0.9,,,,,,,,,,,";
    let found = faults(World::default().devices(rows));
    assert!(found.len() == 1 && found[0].contains("dr-01/gw → dr-01/ap-1 → dr-01/gw"), "{found:?}");
}

#[test]
fn two_devices_of_one_agent_cannot_have_one_address() {
    let world = World::default();
    let taken = faults(world.devices("sw,dr-02,switch,10.0.0.1:161,,,,,,,,,,,"));
    assert!(taken[0].contains(r#"(address): "10.0.0.1:161" is the address of dr-01/gw"#), "{taken:?}");
    let twice = faults(world.devices("a,dr-02,switch,Host.vn,,,,,,,,,,,\nb,dr-02,switch,host.vn,,,,,,,,,,,"));
    assert!(twice[0].starts_with("line 3") && twice[0].contains("dr-02/a (line 2)"), "{twice:?}");
    let apart = "a,dr-02,switch,10.0.0.1,,commune-1,,,,,,,,,\nb,dr-02,switch,10.0.0.1:1161,,,,,,,,,,,";
    assert_eq!(world.devices(apart).expect("another agent, another port").counts().created, 2);
    let moved = "gw,dr-01,router,10.0.0.7,,,,,,,,,,,\nsw,dr-02,switch,10.0.0.1,,,,,,,,,,,";
    assert_eq!(world.devices(moved).expect("the old holder moved").counts().updated, 1);
}

#[test]
fn profiles_and_poll_have_to_fit_each_other() {
    let world = World::default();
    let none = faults(world.devices("a,dr-02,switch,10.0.2.1,,,,snmp,,,,,,,"));
    assert!(none[0].contains("asks for snmp, but the column snmp names no credential profile"), "{none:?}");
    let wrong = faults(world.devices("a,dr-02,switch,10.0.2.1,,,,,,halls-v2c,,,,,"));
    assert!(
        wrong.len() == 1 && wrong[0].contains("is a credential profile for snmp (snmp-v2c): none for ssh"),
        "{wrong:?}"
    );
    let mut with_ssh = World::default();
    with_ssh.profiles.insert("openwrt".parse().expect("a name"), CredentialKind::Ssh);
    let wrong = faults(with_ssh.devices("a,dr-02,switch,10.0.2.1,,,,,openwrt,,,,,,"));
    assert!(
        wrong.len() == 1 && wrong[0].contains("is a credential profile for ssh (ssh): known for snmp: halls-v2c"),
        "{wrong:?}"
    );
    let note = world.devices("a,dr-02,switch,10.0.2.1,routeross,embedded,,,,,,,,,").expect("good");
    assert_eq!(notes(&note), ["platform routeross is not known here (did you mean routeros?); it is kept as written"]);
    assert_eq!(note.devices[0].row().facts.agent, None);
}

#[test]
fn huge_files_are_refused_early() {
    let world = World::default();
    let million = format!("{HALLS}\n{}", "dr-03,A,24931,,,,,,,,,,,,,\n".repeat(1_000_000));
    assert!(faults(world.parse(&million))[0].contains("larger than 8 MiB"));
    let rows = format!(
        "hall_code,hall_name,area_code\n{}",
        (0..ROWS_MAX + 9).map(|n| format!("h{n},a,24931\n")).collect::<String>()
    );
    let found = faults(world.parse(&rows));
    assert_eq!(found, [format!("line {}: the file has more than {ROWS_MAX} rows: split it", ROWS_MAX + 2)]);
    let broken = format!("device_name,hall_code,kind,address\n{}", "a,b,c,d\n".repeat(50_000));
    let found = faults(world.parse(&broken));
    assert_eq!(found.len(), FAULTS_MAX + 1);
    assert!(found[FAULTS_MAX].contains("and 99000 more faults"), "{}", found[FAULTS_MAX]);
    let crowded: String = (0..1001).map(|n| format!("d{n},dr-01,other,h{n}.vn\n")).collect();
    assert!(
        faults(world.parse(&format!("device_name,hall_code,kind,address\n{crowded}")))[0].contains("more than 1000")
    );
}

/// Text as it can be stored: NFC, trimmed, of one line, with what spreadsheets, CSV and formulas stumble over.
fn text() -> impl Strategy<Value = Option<String>> {
    let raw = "['=+@,;\"a-z0-9ĐđạòỐ -]{0,12}";
    proptest::option::of(raw.prop_map(|text| crate::text::nfc(&text)))
        .prop_map(|text| text.filter(|text| !text.is_empty()))
}

fn any_hall(id: i64) -> impl Strategy<Value = Hall> {
    let numbers = (-90.0..90.0f64, -180.0..180.0f64, 1u32..100_000, 0.0..100.0f64);
    let phone = proptest::option::of("[+]?[0-9]{10}");
    (text(), text(), text(), text(), numbers, phone, proptest::option::of(0i8..24)).prop_map(
        move |(name, provider, contact, notes, (latitude, longitude, kbps, uptime), phone, opens)| {
            let mut hall = hall(id, &format!("h-{id}"));
            hall.facts.name = name.unwrap_or_else(|| "x".into());
            (hall.facts.provider, hall.facts.contact_name) = (provider, contact);
            hall.facts.notes = notes.map(|notes| format!("{notes}\n{notes}").trim().to_owned());
            hall.facts.position = Some(Position { latitude, longitude });
            hall.facts.down_mbps = Some(f64::from(kbps) / 100.0);
            hall.facts.promised_uptime = Some(uptime);
            hall.facts.contact_phone = phone;
            hall.facts.opening_hours = opens.map(|hour| format!("{hour}:30-21:05").parse().expect("hours"));
            hall
        },
    )
}

fn any_fleet() -> impl Strategy<Value = Fleet> {
    let halls = (any_hall(1), any_hall(2), any_hall(3)).prop_map(|(a, b, c)| vec![a, b, c]);
    let parts = (text(), text(), any::<Option<[u8; 6]>>(), 0..DeviceKind::ALL.len());
    let devices =
        proptest::collection::vec((0usize..3, proptest::option::of(any::<prop::sample::Index>()), parts), 0..12);
    (halls, devices).prop_map(|(halls, rows)| {
        let mut devices: Vec<Device> = Vec::new();
        for (at, (hall, uplink, (serial, notes, mac, kind))) in rows.into_iter().enumerate() {
            let id = at as i64 + 1;
            // A device hangs on an earlier one or on nothing, so nothing runs in a circle.
            let uplink = uplink.filter(|_| at > 0).map(|index| index.index(at) as i64 + 1);
            // Routers name none here: what is inferred could close a circle through them.
            let kind = DeviceKind::ALL[kind];
            let uplink = uplink.filter(|_| kind != DeviceKind::Router);
            let mut device = device(id, &halls[hall], &format!("d-{id}"), kind, uplink);
            (device.facts.serial, device.facts.notes) = (serial, notes);
            device.facts.mac = mac.map(crate::device::Mac);
            device.facts.poll = "ping".parse().expect("a method");
            devices.push(device);
        }
        Fleet::new(halls, devices)
    })
}

proptest! {
    #[test]
    fn what_is_exported_is_imported_unchanged(fleet in any_fleet()) {
        let world = World { fleet, ..World::default() };
        let counts = |file: String| world.parse(&file).map(|plan| plan.counts()).map_err(|faults| format!("{faults:#?}\n{file}"));
        let (halls, devices) = (world.fleet.halls().count(), world.fleet.devices().count());
        let all = |unchanged| Ok(Counts { created: 0, updated: 0, unchanged });
        prop_assert_eq!(counts(halls_csv(&world.fleet, &world.areas)), all(halls));
        prop_assert_eq!(counts(devices_csv(&world.fleet)), all(devices));
    }

    #[test]
    fn no_file_makes_the_importer_panic(body in "[a-z0-9,;\"'\r\n\t=-]{0,200}", is_halls: bool, raw in any::<Vec<u8>>()) {
        let world = World::default();
        let header = if is_halls { HALLS } else { DEVICES };
        // Either outcome is fine: that there is one is what is tested.
        let outcomes = [world.parse(&format!("{header}\n{body}")), world.parse(&body), world.parse_bytes(&raw)];
        for faults in outcomes.into_iter().filter_map(Result::err) {
            prop_assert!(!faults.is_empty());
        }
    }
}

#[test]
fn a_key_that_was_confirmed_is_not_forgotten_for_an_empty_cell() {
    let halls = vec![hall(1, "dr-01"), hall(2, "dr-02")];
    let mut gateway = device(1, &halls[0], "gw", DeviceKind::Router, None);
    let fingerprint = |letter: &str| format!("SHA256:{}", letter.repeat(43)).parse().expect("a fingerprint");
    gateway.facts.host_key = Some(fingerprint("a"));
    let row = format!("gw,dr-01,router,{},,,,,,,,,,,", gateway.facts.address);
    let world = World { fleet: Fleet::new(halls, vec![gateway]), ..World::default() };
    let kept = |rows: &str| match &world.devices(rows).expect("a good file").devices[0] {
        Change::Create(row) | Change::Update(row) | Change::Unchanged(row) => row.facts.host_key.clone(),
    };
    assert_eq!(kept(&row), Some(fingerprint("a")));
    assert_eq!(kept(&format!("{row}SHA256:{}", "b".repeat(43))), Some(fingerprint("b")));
}
