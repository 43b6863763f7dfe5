//! What the expectation files say, in our words: which of their systems is which of our platforms, and where they are
//! not followed, with the reason.

/// Their `os` and our platform; the same table stands in controller/docs/devices.md for administrators.
const PLATFORMS: &[(&str, &str)] = &[
    ("airos-af", "airfiber"),
    ("altalabs", "altalabs"),
    ("apc-epdu", "apc"),
    ("aruba-instant-on", "procurve"),
    ("arubaos-cx", "arubacx"),
    ("asuswrt-merlin", "asuswrt"),
    ("cnpilotr", "cambium"),
    ("comware", "comware"),
    ("cyberpower", "ups"),
    ("dd-wrt", "ddwrt"),
    ("dlink", "dlink"),
    ("dlinkap", "dlink"),
    ("eatonups", "ups"),
    ("fortiswitch", "fortinet"),
    ("hikvision-cam", "hikvision"),
    ("hikvision-nvr", "hikvision"),
    ("linux", "linux"),
    ("ruckuswireless-hotzone", "ruckus"),
    ("rutos-2xx", "rutos"),
    ("zynos", "zyxel"),
    ("zyxelnwa", "zyxel"),
    ("airos", "airos"),
    ("airos-af-ltu", "airfiber"),
    ("airos-af60", "airfiber"),
    ("altalabs-ap", "altalabs"),
    ("apc", "apc"),
    ("aruba-instant", "aruba"),
    ("arubaos", "aruba"),
    ("axiscam", "axis"),
    ("ciscosb", "ciscosb"),
    ("ciscowlc", "ciscowlc"),
    ("cnmatrix", "cambium"),
    ("cnpilote", "cambium"),
    ("dahua-nvr", "dahua"),
    ("draytek", "draytek"),
    ("edgeos", "edgeos"),
    ("edgeswitch", "edgeswitch"),
    ("epmp", "cambium"),
    ("fortiap", "fortinet"),
    ("fortigate", "fortinet"),
    ("freshtomato", "freshtomato"),
    ("grandstream-ap", "grandstream"),
    ("hiveos-wireless", "aerohive"),
    ("ios", "ios"),
    ("iosxe", "ios"),
    ("jetstream", "omada"),
    ("mimosa", "mimosa"),
    ("netonix", "netonix"),
    ("openwrt", "openwrt"),
    ("pepwave", "peplink"),
    ("pmp", "cambium"),
    ("procurve", "procurve"),
    ("routeros", "routeros"),
    ("ruckuswireless", "ruckus"),
    ("ruckuswireless-sz", "ruckus"),
    ("ruckuswireless-unleashed", "ruckus"),
    ("ruijie", "ruijie"),
    ("rutos-rutx", "rutos"),
    ("swos", "swos"),
    ("tplink", "tplink"),
    ("unifi", "unifi"),
    ("zywall", "zyxel"),
];

/// Our platform for their system; a system of no line here is a fault of this table.
pub(super) fn platform(os: &str) -> &'static str {
    PLATFORMS.iter().find(|(theirs, _)| *theirs == os).map_or_else(|| panic!("{os} has no platform"), |(_, ours)| ours)
}

/// Rows that are not followed: their system, the class (or field) and a part of the description, and why.
const LEFT_OUT: &[(&str, &str, &str, &str)] = &[
    ("rutos-rutx", "count", "IMEI", "personal data"),
    ("rutos-rutx", "count", "IMSI", "personal data"),
    ("rutos-rutx", "count", "GPS L", "where somebody is, and no sensor"),
    ("rutos-rutx", "count", "ytes", "a signed counter that went below zero; the port has the right one"),
    ("rutos-rutx", "hardware", "", "a name that somebody gave; the product code says the model"),
    ("ciscowlc", "temperature", "", "5000 is what a device without the sensor sends"),
    ("routeros", "noise-floor", "SSID: ", "0 dBm is no noise: a virtual interface has no radio"),
    ("routeros", "ccq", "SSID: ", "a virtual interface has no radio"),
    ("mimosa", "power", "Min Rx Power: MIMOSA-2Ghz-1", "0 dBm is no received power"),
    ("fortiap", "frequency", "Radio 2", "channel 0: the radio only listens"),
    ("axiscam", "serial", "", "taken from the MAC address by the peer, which stands with the port"),
];

/// Why a row is not followed, if it is not.
pub(super) fn left_out(os: &str, class: &str, descr: &str) -> Option<&'static str> {
    let found = LEFT_OUT.iter().find(|(of, what, part, _)| *of == os && *what == class && descr.contains(part));
    found.map(|(_, _, _, reason)| *reason)
}
