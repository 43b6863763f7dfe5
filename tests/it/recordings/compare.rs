//! Comparing one visit with one expectation. Rows are matched by value within their class: names are each system's own.

use serde_json::Value as Json;

use super::expected::{left_out, platform};
use super::tally::{Section, Sheet};

pub(super) fn all(name: &str, expected: &Json, told: &Json, sheet: &mut Sheet) {
    let os = expected["device"]["os"].as_str().unwrap();
    identity(os, name, expected, told, sheet);
    ports(os, name, expected, told, sheet);
    load(os, name, expected, told, sheet);
    wireless(os, name, expected, told, sheet);
    sensors(os, name, expected, told, sheet);
}

/// Text as far as it is text and says something.
fn text<'a>(json: &'a Json, key: &str) -> Option<&'a str> {
    json[key].as_str().filter(|text| !text.starts_with("hex:") && !text.trim().is_empty())
}

/// Without case and punctuation.
fn folded(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn is_alike(one: &str, other: &str) -> bool {
    let (one, other) = (folded(one), folded(other));
    one == other || !one.is_empty() && other.contains(&one) || !other.is_empty() && one.contains(&other)
}

fn identity(os: &str, name: &str, expected: &Json, told: &Json, sheet: &mut Sheet) {
    let (device, identity) = (&expected["device"], &told["identity"]);
    let mut alike = |section: Section, what: &str, wanted: Option<&str>, got: Option<&str>| {
        let Some(wanted) = wanted else { return };
        match got {
            Some(got) if is_alike(wanted, got) => sheet.right(os, section),
            Some(got) => sheet.wrong(os, section, format!("{name} {what}: expected {wanted:?}, told {got:?}")),
            None => sheet.missing(os, section, format!("{name} {what}: expected {wanted:?}")),
        }
    };
    // "Aruba/HPE": either will do.
    let vendor = text(expected, "vendor").unwrap();
    let got = text(identity, "vendor");
    let vendor = vendor.split('/').find(|part| got.is_some_and(|got| is_alike(part, got))).unwrap_or(vendor);
    alike(Section::Identity, "vendor", Some(vendor), got);
    alike(Section::Model, "model", kept(os, device, "hardware"), text(identity, "model"));
    // "(US)" is the country that the peer puts behind the version.
    let version = kept(os, device, "version").map(|version| version.trim_end_matches(" (US)"));
    // "Software 4.1.9.85, Bootldr 2.0.18, …": the first is the firmware.
    let version = version.map(|version| version.strip_prefix("Software ").unwrap_or(version));
    alike(Section::Model, "version", version, text(identity, "version"));
    alike(Section::Model, "serial", kept(os, device, "serial"), text(identity, "serial"));
    let family = identity["platform"].as_str().map(str::to_owned);
    sheet.judge(os, Section::Identity, &format!("{name} platform"), platform(os).to_owned(), family);
    for (theirs, ours) in [("sysName", "sys_name"), ("sysObjectID", "sys_object_id")] {
        if let Some(wanted) = text(device, theirs) {
            let got = text(identity, ours).map(str::to_owned);
            sheet.judge(os, Section::Identity, &format!("{name} {ours}"), wanted.trim().to_owned(), got);
        }
    }
}

/// A field of the device, unless it is not followed.
fn kept<'a>(os: &str, device: &'a Json, key: &str) -> Option<&'a str> {
    text(device, key).filter(|_| left_out(os, key, "").is_none())
}

/// Every field of every port, as recorded.
fn ports(os: &str, name: &str, expected: &Json, told: &Json, sheet: &mut Sheet) {
    let read = told["interfaces"].as_array().unwrap();
    for port in expected["ports"].as_array().unwrap() {
        let index = port["ifIndex"].as_u64().unwrap();
        let Some(got) = read.iter().find(|got| got["index"] == index) else {
            sheet.missing(os, Section::Ports, format!("{name} port {index}"));
            continue;
        };
        let mut field = |what: &str, wanted: Option<Json>, got: &Json| {
            let Some(wanted) = wanted else { return };
            let got = Some(got.clone()).filter(|got| !got.is_null() || wanted.is_null());
            sheet.judge(os, Section::Ports, &format!("{name} port {index} {what}"), wanted, got);
        };
        let label = text(port, "ifName").or(text(port, "ifDescr"));
        field("name", label.map(|label| label.trim_matches(['\0', ' ']).into()), &got["name"]);
        field("alias", text(port, "ifAlias").map(|alias| alias.trim().into()), &got["alias"]);
        field("type", Some(port["ifType"].clone()).filter(Json::is_u64), &got["type"]);
        field("speed", speed(port), &got["speed_bps"]);
        field("admin", state(port, "ifAdminStatus"), &got["admin_up"]);
        field("oper", state(port, "ifOperStatus"), &got["oper_up"]);
        let (incoming, outgoing) = octets(port);
        field("in octets", incoming, &got["in_octets"]);
        field("out octets", outgoing, &got["out_octets"]);
        field("in errors", Some(port["inErrors"].clone()).filter(Json::is_u64), &got["in_errors"]);
        field("out errors", Some(port["outErrors"].clone()).filter(Json::is_u64), &got["out_errors"]);
    }
    let indices: Vec<u64> =
        expected["ports"].as_array().unwrap().iter().filter_map(|port| port["ifIndex"].as_u64()).collect();
    for extra in read.iter().filter(|got| !got["index"].as_u64().is_some_and(|index| indices.contains(&index))) {
        sheet.wrong(os, Section::Ports, format!("{name} port {extra} is not there"));
    }
}

/// up 1, down 2, testing 3, dormant 5, not present 6, lower layer down 7; other numbers say nothing.
fn state(port: &Json, key: &str) -> Option<Json> {
    match port[key].as_u64()? {
        1 => Some(true.into()),
        2 | 3 | 5 | 6 | 7 => Some(false.into()),
        _ => None,
    }
}

/// As RFC 2863 means it: ifHighSpeed in Mbit/s where it says something, else ifSpeed; 0 and the full 32 bits say nothing.
/// Cambium ePMP fills ifHighSpeed in bit/s, and a port that is down with -1,000,000.
fn speed(port: &Json) -> Option<Json> {
    let value = |key: &str| port[key].as_u64().filter(|value| *value > 0);
    let told = port["ifHighSpeed"].is_u64() || port["ifSpeed"].is_u64();
    let high = value("ifHighSpeed").filter(|high| *high != 4_293_967_296);
    let high = high.map(|high| if high > 10_000_000 { high } else { high * 1_000_000 });
    let low = value("ifSpeed").filter(|low| *low != u64::from(u32::MAX) && *low != 4_293_967_296);
    told.then(|| high.or(low).map_or(Json::Null, Json::from))
}

/// 64-bit octets where they are counted, else 32-bit.
fn octets(port: &Json) -> (Option<Json>, Option<Json>) {
    let value = |key: &str| port[key].as_u64();
    let is_counting = |one: &str, other: &str| value(one).unwrap_or(0) > 0 || value(other).unwrap_or(0) > 0;
    let has_64 = value("inOctets64").is_some() && value("outOctets64").is_some();
    let is_64 = has_64 && (is_counting("inOctets64", "outOctets64") || !is_counting("inOctets32", "outOctets32"));
    let keys = if is_64 { ["inOctets64", "outOctets64"] } else { ["inOctets32", "outOctets32"] };
    (value(keys[0]).map(Json::from), value(keys[1]).map(Json::from))
}

fn rows<'a>(expected: &'a Json, key: &str) -> &'a [Json] {
    expected[key].as_array().map_or(&[], Vec::as_slice)
}

/// CPU is the mean of the processors, memory the share in use of the system's pools.
fn load(os: &str, name: &str, expected: &Json, told: &Json, sheet: &mut Sheet) {
    let mut close = |what: &str, wanted: Option<f64>, got: Option<f64>| {
        let Some(wanted) = wanted else { return };
        match got {
            // The peer rounds each processor and each pool.
            Some(got) if (got - wanted).abs() <= 1.01 => sheet.right(os, Section::Load),
            Some(got) => sheet.wrong(os, Section::Load, format!("{name} {what}: expected {wanted}, told {got}")),
            None => sheet.missing(os, Section::Load, format!("{name} {what}: expected {wanted}")),
        }
    };
    let processors: Vec<f64> = rows(expected, "processors").iter().filter_map(|row| row["value"].as_f64()).collect();
    let mean = (!processors.is_empty()).then(|| processors.iter().sum::<f64>() / processors.len() as f64);
    close("cpu", mean, told["cpu_percent"].as_f64());
    let pools: Vec<&Json> =
        rows(expected, "mempools").iter().filter(|row| row["class"] == "system" && row["descr"] != "Flash").collect();
    let sum = |key: &str| pools.iter().filter_map(|row| row[key].as_f64()).sum::<f64>();
    let share = (!pools.is_empty()).then(|| sum("used") * 100.0 / sum("total"));
    close("memory", share, told["memory_used_percent"].as_f64());
}

fn wireless(os: &str, name: &str, expected: &Json, told: &Json, sheet: &mut Sheet) {
    let wifi = &told["wifi"];
    let radios =
        |key: &str| -> Vec<f64> { rows(wifi, "radios").iter().filter_map(|radio| radio[key].as_f64()).collect() };
    let sensors = |class: &str| -> Vec<f64> { of_class(told, class) };
    let mut classes: Vec<&str> = rows(expected, "wireless").iter().filter_map(|row| row["class"].as_str()).collect();
    classes.dedup();
    for class in classes {
        let (section, pool) = match class {
            "clients" => {
                let of_networks = rows(wifi, "networks").iter().filter_map(|network| network["clients"].as_f64());
                let total = wifi["clients"].as_f64();
                // The peer calls the access points of a Peplink its clients.
                let aps = wifi["access_points"].as_f64().filter(|_| os == "pepwave");
                (Section::Clients, [radios("clients"), of_networks.chain(total).chain(aps).collect()].concat())
            }
            "ap-count" => {
                (Section::Wifi, [sensors("count"), wifi["access_points"].as_f64().into_iter().collect()].concat())
            }
            "frequency" => (Section::Wifi, radios("frequency_mhz")),
            "channel" => (Section::Wifi, radios("channel")),
            "power" => (Section::Wifi, [radios("tx_power_dbm"), sensors("dbm")].concat()),
            "noise-floor" => (Section::Wifi, [radios("noise_dbm"), sensors("noise-floor")].concat()),
            "utilization" => (Section::Wifi, [radios("utilization_percent"), sensors("utilization")].concat()),
            class => (Section::Wifi, sensors(class)),
        };
        let wanted = rows(expected, "wireless").iter().filter(|row| row["class"] == class);
        matched(os, name, section, wanted, pool, sheet);
    }
}

fn sensors(os: &str, name: &str, expected: &Json, told: &Json, sheet: &mut Sheet) {
    let mut classes: Vec<&str> = rows(expected, "sensors").iter().filter_map(|row| row["class"].as_str()).collect();
    classes.sort_unstable();
    classes.dedup();
    for class in classes {
        // The peer shows some values twice, as wireless and as a sensor.
        let ours: &[&str] = match class {
            "signal" => &["signal", "rssi", "rsrp", "rsrq"],
            "snr" => &["snr", "sinr"],
            "count" => &["count", "cell"],
            ref class => std::slice::from_ref(class),
        };
        let pool = ours.iter().flat_map(|class| of_class(told, class)).collect();
        let wanted = rows(expected, "sensors").iter().filter(|row| row["class"] == class);
        matched(os, name, Section::Sensors, wanted, pool, sheet);
    }
}

fn of_class(told: &Json, class: &str) -> Vec<f64> {
    rows(told, "sensors")
        .iter()
        .filter(|sensor| sensor["class"] == class)
        .filter_map(|sensor| sensor["value"].as_f64())
        .collect()
}

/// Takes each expected value out of what was told. What is left of both sides is wrong, as far as it goes round.
fn matched<'a>(
    os: &str,
    name: &str,
    section: Section,
    wanted: impl Iterator<Item = &'a Json>,
    mut pool: Vec<f64>,
    sheet: &mut Sheet,
) {
    let mut open = Vec::new();
    for row in wanted {
        let class = row["class"].as_str().unwrap_or_default();
        let descr = row["descr"].as_str().unwrap_or_default();
        let Some(value) = wanted_value(row) else { continue };
        if left_out(os, class, descr).is_some() {
            continue;
        }
        // A value of a whole device that is also the only one of a part is told once.
        let place = pool.iter().position(|told| (told - value).abs() <= 0.0015 + value.abs() * 1e-6);
        match place {
            Some(place) => {
                pool.remove(place);
                sheet.right(os, section);
            }
            None => open.push(format!("{name} {class} {descr}: expected {value}")),
        }
    }
    for (nth, what) in open.into_iter().enumerate() {
        match pool.get(nth) {
            Some(told) => sheet.wrong(os, section, format!("{what}, told {told}")),
            None => sheet.missing(os, section, what),
        }
    }
}

/// The peer's value; where it is known to have got it wrong, what the recorded raw value means.
fn wanted_value(row: &Json) -> Option<f64> {
    let value = row["value"].as_f64()?;
    let raw = row["recorded"].as_array().and_then(|recorded| recorded.first()?.as_str().map(str::to_owned));
    match (row["conversion"].as_str(), raw) {
        // 6 GHz: 5950 + 5 x channel.
        (Some("channel_with_width_suffix_to_mhz"), Some(raw)) if value == 0.0 => {
            let channel: f64 = raw.trim_end_matches(|letter: char| !letter.is_ascii_digit()).parse().ok()?;
            Some(5950.0 + 5.0 * channel)
        }
        // "-37.000000" and the like.
        _ => Some(value),
    }
}
