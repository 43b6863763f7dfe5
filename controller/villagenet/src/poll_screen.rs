//! What `poll` prints for people: what the device is, whether it is well, its ports, its Wi-Fi and its sensors, in the
//! language of who reads it. What a device did not tell takes no place.

use std::fmt::{Result, Write};

use inventory::condition::SensorClass;

use crate::condition_view::{RadioView, SensorView, WifiView};
use crate::poll_odd::{Odd, odd};
use crate::poll_view::{InterfaceView, PollView};

/// The language of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Language {
    /// Vietnamese.
    Vi,
    /// English.
    En,
}

impl Language {
    /// The first of two texts in Vietnamese, the second in English.
    fn of<T>(self, vi: T, en: T) -> T {
        match self {
            Language::Vi => vi,
            Language::En => en,
        }
    }

    /// `7,5` or `7.5`, without a zero after the mark.
    fn number(self, value: f64) -> String {
        let tenths = (value * 10.0).round() / 10.0;
        let text = if tenths.fract() == 0.0 { format!("{tenths:.0}") } else { format!("{tenths:.1}") };
        self.of(text.replace('.', ","), text)
    }

    fn rate(self, bps: f64) -> String {
        let (size, unit) = match bps {
            bps if bps >= 1e9 => (1e9, "Gbit/s"),
            bps if bps >= 1e6 => (1e6, "Mbit/s"),
            bps if bps >= 1e3 => (1e3, "kbit/s"),
            _ => (1.0, "bit/s"),
        };
        format!("{} {unit}", self.number(bps / size))
    }

    fn bytes(self, octets: u64) -> String {
        let steps = [(1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")];
        let octets = octets as f64;
        let (size, unit) = steps.into_iter().find(|(size, _)| octets >= *size).unwrap_or((1.0, "B"));
        format!("{} {unit}", self.number(octets / size))
    }

    fn time(self, seconds: u64) -> String {
        let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
        match (days, hours) {
            (0, 0) if minutes == 0 => self.of("dưới 1 phút".to_owned(), "less than a minute".to_owned()),
            (0, 0) => self.of(format!("{minutes} phút"), format!("{minutes} min")),
            (0, _) => self.of(format!("{hours} giờ {minutes} phút"), format!("{hours} h {minutes} min")),
            (_, _) => self.of(format!("{days} ngày {hours} giờ"), format!("{days} d {hours} h")),
        }
    }
}

/// Writes the screen.
pub(crate) fn write(view: &PollView, language: Language, out: &mut impl Write) -> Result {
    if let Some(error) = &view.error {
        writeln!(out, "{}: {} ({})", view.address, error.message, error.kind)?;
        return writeln!(out, "  {}", error.hint);
    }
    what_it_is(view, language, out)?;
    is_it_well(view, language, out)?;
    ports(view, language, out)?;
    if let Some(wifi) = &view.wifi {
        self::wifi(wifi, language, out)?;
    }
    if !view.sensors.is_empty() {
        writeln!(out, "\n{} ({})", language.of("Cảm biến", "Sensors"), view.sensors.len())?;
        for sensor in &view.sensors {
            self::sensor(sensor, language, out)?;
        }
    }
    if !view.warnings.is_empty() {
        writeln!(out, "\n{}", language.of("Bất thường khi hỏi", "Odd while asking"))?;
        for warning in &view.warnings {
            writeln!(out, "  {}", warning.replace('\n', " "))?;
        }
    }
    Ok(())
}

fn what_it_is(view: &PollView, language: Language, out: &mut impl Write) -> Result {
    let identity = &view.identity;
    let told = |text: &Option<String>| {
        text.as_deref().map(|text| text.replace('\n', " ").trim().to_owned()).filter(|text| !text.is_empty())
    };
    let name = told(&identity.sys_name).unwrap_or_else(|| language.of("(không có tên)", "(no name)").to_owned());
    writeln!(out, "{name}  {}", view.address)?;
    let model: Vec<String> =
        [&identity.vendor, &identity.model, &identity.version].into_iter().filter_map(told).collect();
    let lines = [
        (language.of("kiểu máy", "model"), Some(model.join(" ")).filter(|text| !text.is_empty())),
        (language.of("họ", "platform"), told(&identity.platform)),
        (language.of("số sê-ri", "serial"), told(&identity.serial)),
        (language.of("mô tả", "describes"), told(&identity.sys_descr)),
        (language.of("vị trí", "location"), told(&identity.sys_location)),
        (language.of("trả lời qua", "answers by"), Some(view.protocols.join(", "))),
        (language.of("đã chạy", "up for"), view.uptime_s.map(|seconds| language.time(seconds))),
        (language.of("khởi động do", "started by"), told(&identity.restart_reason)),
    ];
    for (word, text) in lines {
        if let Some(text) = text {
            writeln!(out, "  {}{text}", padded(word, 13))?;
        }
    }
    Ok(())
}

fn is_it_well(view: &PollView, language: Language, out: &mut impl Write) -> Result {
    let odd = odd(view);
    let verdict = match odd.len() {
        0 => language.of("Không thấy gì bất thường".to_owned(), "Nothing odd is seen".to_owned()),
        1 => language.of("Có 1 điều cần xem".to_owned(), "1 thing to look at".to_owned()),
        n => language.of(format!("Có {n} điều cần xem"), format!("{n} things to look at")),
    };
    let percent = |word: &str, value: Option<f64>| value.map(|value| format!("{word} {} %", language.number(value)));
    let hottest = view.sensors.iter().filter(|sensor| sensor.class == SensorClass::Temperature);
    let hottest = hottest.map(|sensor| sensor.value).reduce(f64::max);
    let load: Vec<String> = [
        percent("CPU", view.cpu_percent),
        percent(language.of("bộ nhớ", "memory"), view.memory_used_percent),
        hottest.map(|celsius| format!("{} °C", language.number(celsius))),
    ]
    .into_iter()
    .flatten()
    .collect();
    write!(out, "\n{verdict}")?;
    if !load.is_empty() {
        write!(out, ": {}", load.join(", "))?;
    }
    writeln!(out)?;
    for one in odd {
        writeln!(out, "  ! {}", odd_text(&one, language))?;
    }
    Ok(())
}

fn odd_text(odd: &Odd, language: Language) -> String {
    let number = |value: f64| language.number(value);
    match odd {
        Odd::Cpu(busy) => language.of(
            format!("CPU bận {} %: thiết bị quá tải", number(*busy)),
            format!("the CPU is {} % busy: the device is overloaded", number(*busy)),
        ),
        Odd::Memory(used) => language
            .of(format!("bộ nhớ đã dùng {} %", number(*used)), format!("{} % of its memory is in use", number(*used))),
        Odd::Hot(name, celsius) => language.of(
            format!("{name} nóng {} °C: xem quạt, chỗ đặt và nắng", number(*celsius)),
            format!("{name} is {} °C hot: look at its fan, its place and the sun", number(*celsius)),
        ),
        Odd::Restarted(seconds) => language.of(
            format!("mới khởi động lại cách đây {}: có mất điện không?", language.time(*seconds)),
            format!("it started only {} ago: was there a power cut?", language.time(*seconds)),
        ),
        Odd::Slow(port, bps) => language.of(
            format!("cổng {port} chỉ chạy {}: xem cáp, đầu bấm và thiết bị bên kia", language.rate(*bps as f64)),
            format!("port {port} runs at only {}: look at cable, plugs and the far end", language.rate(*bps as f64)),
        ),
        Odd::Errors(port, errors) => language.of(
            format!("cổng {port} có {errors} gói lỗi từ khi bắt đầu đếm: hỏi lại sau vài phút xem có tăng không"),
            format!("port {port} has had {errors} errors since it counts: ask again in minutes whether they grow"),
        ),
        Odd::Noise(radio, dbm) => language.of(
            format!("nhiễu ở {radio} cao: {} dBm; thử kênh khác", number(*dbm)),
            format!("noise at {radio} is high: {} dBm; try another channel", number(*dbm)),
        ),
        Odd::Channel(radio, busy) => language.of(
            format!("kênh của {radio} bận {} % thời gian", number(*busy)),
            format!("the channel of {radio} is busy {} % of the time", number(*busy)),
        ),
        Odd::Weak(clients) => language.of(
            format!("{clients} máy có tín hiệu yếu, làm chậm các máy khác"),
            format!("clients with a weak signal, which slow the others down: {clients}"),
        ),
        Odd::State(name, word) => language.of(format!("{name} báo: {word}"), format!("{name} says: {word}")),
        Odd::Battery(name, charge) => language.of(
            format!("pin {name} chỉ còn {} %", number(*charge)),
            format!("battery {name} has only {} %", number(*charge)),
        ),
        Odd::Unknown => language.of(
            "không nhận ra họ thiết bị: chỉ đọc được những gì mọi thiết bị đều cho biết".to_owned(),
            "its family is not recognised: only what every device tells is read".to_owned(),
        ),
    }
}

fn ports(view: &PollView, language: Language, out: &mut impl Write) -> Result {
    let (up, rest): (Vec<&InterfaceView>, Vec<&InterfaceView>) =
        view.interfaces.iter().partition(|port| port.oper_up == Some(true));
    let all = view.interfaces.len();
    let title =
        language.of(format!("Cổng có tín hiệu: {} trong {all}", up.len()), format!("Ports up: {} of {all}", up.len()));
    writeln!(out, "\n{title}")?;
    for port in up {
        let speed = port.speed_bps.filter(|bps| *bps > 0).map_or_else(String::new, |bps| language.rate(bps as f64));
        let mut line = format!("  {}{}", padded(&port.name, 17), padded(&speed, 13));
        for (word, octets) in
            [(language.of("nhận", "in"), port.in_octets), (language.of("gửi", "out"), port.out_octets)]
        {
            let text = octets.map_or_else(|| "-".to_owned(), |octets| language.bytes(octets));
            write!(line, "{word} {}", padded(&text, 10))?;
        }
        let errors = port.in_errors.unwrap_or(0).saturating_add(port.out_errors.unwrap_or(0));
        if errors > 0 {
            write!(line, "{} {errors}  ", language.of("lỗi", "errors"))?;
        }
        if port.wan == Some(true) {
            write!(line, "{}  ", language.of("(ra Internet)", "(to the Internet)"))?;
        }
        for neighbour in view.neighbours.iter().filter(|neighbour| neighbour.port == port.name) {
            let name = neighbour.name.as_deref().or(neighbour.mac.as_deref()).unwrap_or("-");
            write!(line, "→ {name} ({}) ", neighbour.how)?;
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    let names: Vec<&str> = rest.iter().map(|port| port.name.as_str()).collect();
    if !names.is_empty() {
        writeln!(out, "  {}: {}", language.of("không có tín hiệu", "not up"), names.join(", "))?;
    }
    let known = |port: &str| view.interfaces.iter().any(|known| known.oper_up == Some(true) && known.name == port);
    for neighbour in view.neighbours.iter().filter(|neighbour| !known(&neighbour.port)) {
        let name = neighbour.name.as_deref().or(neighbour.mac.as_deref()).unwrap_or("-");
        writeln!(out, "  {} → {name} ({})", neighbour.port, neighbour.how)?;
    }
    Ok(())
}

fn wifi(wifi: &WifiView, language: Language, out: &mut impl Write) -> Result {
    write!(out, "\nWi-Fi")?;
    if let Some(clients) = wifi.clients {
        write!(out, ": {}", language.of(format!("{clients} máy"), format!("clients {clients}")))?;
    }
    if let Some(count) = wifi.access_points {
        write!(out, ", {}", language.of(format!("{count} điểm phát"), format!("access points {count}")))?;
    }
    writeln!(out)?;
    for radio in &wifi.radios {
        self::radio(radio, language, out)?;
    }
    for network in &wifi.networks {
        let clients = network.clients;
        let count = language.of(format!("{clients} máy"), format!("clients {clients}"));
        writeln!(out, "  {} {}{count}", language.of("mạng", "network"), padded(&network.ssid, 25))?;
    }
    Ok(())
}

fn radio(radio: &RadioView, language: Language, out: &mut impl Write) -> Result {
    let number = |value: f64| language.number(value);
    let values = [
        radio.ssid.clone(),
        radio.channel.map(|channel| language.of(format!("kênh {channel}"), format!("channel {channel}"))),
        radio.frequency_mhz.map(|mhz| format!("{mhz:.0} MHz")),
        radio
            .tx_power_dbm
            .map(|dbm| language.of(format!("phát {} dBm", number(dbm)), format!("sends {} dBm", number(dbm)))),
        radio
            .noise_dbm
            .map(|dbm| language.of(format!("nhiễu {} dBm", number(dbm)), format!("noise {} dBm", number(dbm)))),
        radio
            .utilization_percent
            .map(|busy| language.of(format!("bận {} %", number(busy)), format!("busy {} %", number(busy)))),
        radio.clients.map(|clients| language.of(format!("{clients} máy"), format!("clients {clients}"))),
    ];
    let told: Vec<String> = values.into_iter().flatten().collect();
    writeln!(out, "  {}{}", padded(&radio.name, 17), told.join(", "))
}

fn sensor(sensor: &SensorView, language: Language, out: &mut impl Write) -> Result {
    let value = match (&sensor.state, sensor.class) {
        (Some(state), _) => state.clone(),
        (None, SensorClass::Rate) => language.rate(sensor.value),
        (None, SensorClass::Temperature) => format!("{} °C", language.number(sensor.value)),
        // Volts and amperes of optical modules have more digits than one.
        (None, SensorClass::Voltage | SensorClass::Current) => {
            let text = format!("{} {}", sensor.value, sensor.unit);
            language.of(text.replace('.', ","), text)
        }
        (None, _) => format!("{} {}", language.number(sensor.value), sensor.unit),
    };
    writeln!(out, "  {}{}{}", padded(sensor.class.as_str(), 13), padded(&sensor.name, 33), value.trim_end())
}

/// Text with spaces behind it up to a width, and one at least. Vietnamese letters are one place each.
fn padded(text: &str, width: usize) -> String {
    let places = text.chars().count();
    format!("{text}{}", " ".repeat(width.saturating_sub(places).max(1)))
}

#[cfg(test)]
mod tests {
    use inventory::condition::{Condition, Neighbour, NeighbourProtocol, Radio, SensorReading, Wifi};
    use inventory::reading::{Count, CounterWidth, Identity, InterfaceReading, Reading, Uptime};

    use super::*;

    fn screen(language: Language) -> String {
        let text = |text: &str| Some(text.to_owned());
        let count = |value| Some(Count { value, width: CounterWidth::Bits64 });
        let port = |name: &str, is_up, speed| InterfaceReading {
            name: name.into(),
            if_type: Some(6),
            speed_bps: Some(speed),
            is_oper_up: Some(is_up),
            in_octets: count(18_240_000_000),
            out_octets: count(2_100_000),
            ..InterfaceReading::default()
        };
        let reading = Reading {
            uptime: Some(Uptime {
                since_start: std::time::Duration::from_secs(7 * 86_400 + 3 * 3600),
                is_32_bit_centiseconds: true,
            }),
            identity: Some(Identity {
                sys_name: text("gw-dr-01"),
                vendor: text("MikroTik"),
                platform: text("routeros"),
                model: text("RB951G-2HnD"),
                version: text("6.49.7"),
                ..Identity::default()
            }),
            interfaces: vec![
                port("ether1", true, 1_000_000_000),
                port("ether2", true, 100_000_000),
                port("ether3", false, 0),
            ],
            has_all_interfaces: true,
            condition: Condition {
                cpu_percent: Some(7.5),
                memory_used_percent: Some(41.0),
                wifi: Some(Wifi {
                    clients: Some(5),
                    radios: vec![Radio {
                        name: "wlan1".into(),
                        channel: Some(36),
                        noise_dbm: Some(-71.0),
                        ..Radio::default()
                    }],
                    ..Wifi::default()
                }),
                sensors: vec![SensorReading {
                    class: SensorClass::Temperature,
                    name: "cpu".into(),
                    value: 47.5,
                    state: None,
                }],
                neighbours: vec![Neighbour {
                    port: "ether1".into(),
                    name: text("sw1"),
                    mac: None,
                    how: NeighbourProtocol::Lldp,
                }],
            },
            warnings: vec!["walk cut short".into()],
        };
        let mut out = String::new();
        write(&PollView::read("10.20.1.1:161".into(), vec!["snmp2c"], reading), language, &mut out).unwrap();
        out
    }

    #[test]
    fn a_technician_reads_what_it_is_whether_it_is_well_and_what_is_odd() {
        let wanted = "\
gw-dr-01  10.20.1.1:161
  kiểu máy     MikroTik RB951G-2HnD 6.49.7
  họ           routeros
  trả lời qua  snmp2c
  đã chạy      7 ngày 3 giờ

Có 2 điều cần xem: CPU 7,5 %, bộ nhớ 41 %, 47,5 °C
  ! cổng ether2 chỉ chạy 100 Mbit/s: xem cáp, đầu bấm và thiết bị bên kia
  ! nhiễu ở wlan1 cao: -71 dBm; thử kênh khác

Cổng có tín hiệu: 2 trong 3
  ether1           1 Gbit/s     nhận 18,2 GB   gửi 2,1 MB    → sw1 (lldp)
  ether2           100 Mbit/s   nhận 18,2 GB   gửi 2,1 MB
  không có tín hiệu: ether3

Wi-Fi: 5 máy
  wlan1            kênh 36, nhiễu -71 dBm

Cảm biến (1)
  temperature  cpu                              47,5 °C

Bất thường khi hỏi
  walk cut short
";
        assert_eq!(screen(Language::Vi), wanted);
    }

    #[test]
    fn the_same_is_said_in_english() {
        let english = screen(Language::En);
        for words in ["2 things to look at: CPU 7.5 %, memory 41 %, 47.5 °C", "Ports up: 2 of 3", "not up: ether3"] {
            assert!(english.contains(words), "{words:?} is not in\n{english}");
        }
        assert!(
            !english.chars().any(|letter| "ạảãấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹđ".contains(letter)),
            "{english}"
        );
    }
}
