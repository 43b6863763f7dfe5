//! `villagenet inventory import` and `export`: all or nothing, every fault at once, and back again.

use villagenet_tests::installation::{Installation, path_text};
use villagenet_tests::village::Village;

/// Ten rows, each wrong in its own way, after one good row. The comment names line and what must be said.
const TEN_FAULTS: &str = "device_name,hall_code,kind,address,platform,uplink,poll,snmp,mac,power
gw,dr-01,router,127.0.0.1:1161,,,snmp,snmp-hall,,hall
a1,no-hall,router,127.0.0.1:1162,,,snmp,snmp-hall,,
a2,dr-01,toaster,127.0.0.1:1163,,,snmp,snmp-hall,,
a3,dr-01,router,127.0.0.1:99999,,,snmp,snmp-hall,,
a4,dr-01,router,127.0.0.1:1165,,nobody,snmp,snmp-hall,,
a5,dr-01,router,127.0.0.1:1166,,,telepathy,snmp-hall,,
a6,dr-01,router,127.0.0.1:1167,,,snmp,snmp-nil,,
a7,dr-01,router,127.0.0.1:1168,,,snmp,snmp-hall,zz:zz,
a8,dr-01,router,127.0.0.1:1169,,,snmp,snmp-hall,,coal
gw,dr-01,router,127.0.0.1:1170,,,snmp,snmp-hall,,
a9,dr-01,router
";

/// For each fault: its line, and words that its message must hold.
const TOLD: [(usize, &[&str]); 10] = [
    (3, &["hall_code", "no-hall"]),
    (4, &["kind", "toaster", "access_point"]),
    (5, &["address", "99999"]),
    (6, &["uplink", "nobody"]),
    (7, &["poll", "telepathy", "ping"]),
    (8, &["snmp", "snmp-nil", "snmp-hall"]),
    (9, &["mac", "zz:zz"]),
    (10, &["power", "coal", "battery"]),
    (11, &["gw"]),
    (12, &[]),
];

fn home() -> Installation {
    Installation::new().snmp_v2c("snmp-hall", "x")
}

fn village() -> Village {
    Village::of_one("127.0.0.1:1161", "snmp-hall").device(
        "ap-1",
        "dr-01",
        "access_point",
        "127.0.0.1:1171",
        "gw",
        "snmp-hall",
    )
}

#[test]
fn ten_faults_are_ten_messages_and_nothing_is_imported() {
    let home = home();
    let halls = home.file("halls.csv", &village().halls_csv());
    home.command(&["inventory", "import", path_text(&halls)]).expect_success();
    let before = home.export();

    let faults = home.file("devices.csv", TEN_FAULTS);
    let ended = home.command(&["inventory", "import", path_text(&faults)]);
    assert_eq!(ended.code, Some(1), "{}", ended.text());
    let text = ended.text();
    for (line, words) in TOLD {
        let told = text.lines().filter(|said| says_line(said, line)).count();
        assert!(told >= 1, "line {line} is not named in\n{text}");
        for word in words {
            assert!(text.contains(word), "line {line}: {word} is not said in\n{text}");
        }
    }
    assert!((1..=2).all(|line| !text.lines().any(|said| says_line(said, line))), "a good row is blamed:\n{text}");
    assert_eq!(home.export(), before, "something was imported");
}

/// Whether a message is about `line`: it begins with it.
fn says_line(said: &str, line: usize) -> bool {
    let number = said.trim_start().strip_prefix("line ").and_then(|rest| rest.split([',', ':', ' ']).next());
    number == Some(line.to_string().as_str())
}

#[test]
fn what_is_exported_can_be_imported_and_changes_nothing() {
    let home = home();
    home.import(&village());
    let exported = home.export();
    let [halls, devices] = &exported;
    assert!(halls.contains("Nhà sinh hoạt cộng đồng thôn Suối Thông B1") && devices.contains("ap-1"), "{exported:?}");
    for (name, text) in [("again-halls.csv", halls), ("again-devices.csv", devices)] {
        let file = home.file(name, text);
        let ended = home.command(&["inventory", "import", path_text(&file)]).expect_success();
        assert!(ended.stdout.contains("0 created, 0 updated"), "{}", ended.stdout);
    }
    assert_eq!(home.export(), exported);
}

#[test]
fn a_dry_run_says_what_would_change_and_changes_nothing() {
    let home = home();
    home.import(&village());
    let before = home.export();
    let file = home.file("halls.csv", &Village::default().hall("dr-02", "Nhà văn hóa thôn 2").halls_csv());
    let ended = home.command(&["inventory", "import", path_text(&file), "--dry-run"]).expect_success();
    assert!(ended.stdout.contains("1 created, 0 updated, 0 unchanged, and nothing was written"), "{}", ended.stdout);
    assert_eq!(home.export(), before);
}

#[test]
fn a_missing_profile_lists_the_known_ones_and_an_unknown_column_the_nearest() {
    let home = home();
    let halls = home.file("halls.csv", &village().halls_csv());
    home.command(&["inventory", "import", path_text(&halls)]).expect_success();
    let text = village().devices_csv().replace("snmp-hall", "snmp-hal");
    let file = home.file("devices.csv", &text);
    let ended = home.command(&["inventory", "import", path_text(&file)]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.text().contains("snmp-hall"), "{}", ended.text());

    let file = home.file("devices.csv", &village().devices_csv().replacen("address", "adress", 1));
    let ended = home.command(&["inventory", "import", path_text(&file)]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.text().contains("adress") && ended.text().contains("address"), "{}", ended.text());
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let ended = home().command(&["inventory", "import", "/nowhere/halls.csv"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.text().contains("/nowhere/halls.csv"), "{}", ended.text());
}
