//! How numbers, times and quantities are written for people. Pure functions: no clock, no locale of the process.

use std::fmt::Write as _;

use inventory::hall::Position;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

use super::language::Language;

/// Asia/Ho_Chi_Minh: UTC+7, without summer time since 1975. A fixed offset needs no time zone database.
pub const OFFSET: Offset = Offset::constant(7);

/// The fields of a clock on the wall of a hall.
pub fn local(at: Timestamp) -> DateTime {
    OFFSET.to_datetime(at)
}

/// When a day begins there; `None` beyond the calendar.
pub fn day_begin(day: Date) -> Option<Timestamp> {
    OFFSET.to_timestamp(day.to_datetime(Time::midnight())).ok()
}

/// `1.234,5` in Vietnamese, `1,234.5` in English, rounded to `decimals`.
pub fn number(language: Language, value: f64, decimals: usize) -> String {
    let (group, point) = match language {
        Language::Vi => ('.', ','),
        Language::En => (',', '.'),
    };
    let text = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut out = String::with_capacity(text.len() + text.len() / 3 + 1);
    if value < 0.0 && text.bytes().any(|digit| matches!(digit, b'1'..=b'9')) {
        out.push('−');
    }
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            out.push(group);
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push(point);
        out.push_str(fraction);
    }
    out
}

/// As [`number`], with one decimal place unless that is a zero: `7`, `7,5`, `1.234`.
pub fn short_number(language: Language, value: f64) -> String {
    let tenths = (value * 10.0).round();
    number(language, value, if value.abs() >= 100.0 || tenths % 10.0 == 0.0 { 0 } else { 1 })
}

/// `25/11/2026 04:41` in both languages: the order of the fields is the country's, and the zone is on every page.
pub fn date_time(at: Timestamp) -> String {
    format!("{} {}", date(at), clock(at))
}

/// `25/11/2026`.
pub fn date(at: Timestamp) -> String {
    let local = local(at);
    format!("{:02}/{:02}/{:04}", local.day(), local.month(), local.year())
}

/// `04:41`.
pub fn clock(at: Timestamp) -> String {
    let local = local(at);
    format!("{:02}:{:02}", local.hour(), local.minute())
}

/// `22:00–05:30`.
pub fn hours(from: Time, until: Time) -> String {
    format!("{:02}:{:02}–{:02}:{:02}", from.hour(), from.minute(), until.hour(), until.minute())
}

/// `04:41` on the day of `now`, else `24/11 04:41`, else with the year.
pub fn short_date_time(now: Timestamp, at: Timestamp) -> String {
    let (today, local) = (local(now), local(at));
    if today.date() == local.date() {
        clock(at)
    } else if today.year() == local.year() {
        format!("{:02}/{:02} {}", local.day(), local.month(), clock(at))
    } else {
        date_time(at)
    }
}

/// A length of time in its two largest units: `6 ngày 4 giờ`, `48 phút`, `dưới 1 phút`. Negative ones count as none.
pub fn duration(language: Language, seconds: i64) -> String {
    let minutes = (seconds.max(0) / 60) as usize;
    let (days, hours, rest) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    let parts = match (days, hours, rest) {
        (0, 0, 0) => return language.t("time-under-a-minute"),
        (0, 0, rest) => [("time-minutes", rest), ("", 0)],
        (0, hours, rest) => [("time-hours", hours), ("time-minutes", rest)],
        (days, hours, _) => [("time-days", days), ("time-hours", hours)],
    };
    let parts = parts.into_iter().filter(|(_, n)| *n > 0).map(|(key, n)| language.n(key, n));
    parts.collect::<Vec<_>>().join(" ")
}

/// `12 phút trước`; a time that has not come yet, by a clock that runs ahead, is now.
pub fn ago(language: Language, now: Timestamp, at: Timestamp) -> String {
    let seconds = now.as_second() - at.as_second();
    if seconds < 60 {
        return language.t("time-just-now");
    }
    language.t1("time-ago", "duration", duration(language, seconds))
}

/// `18,2 Mbit/s`.
pub fn bit_rate(language: Language, bits_per_second: f64) -> String {
    let (value, unit) = match bits_per_second.abs() {
        size if size >= 1e9 => (bits_per_second / 1e9, "Gbit/s"),
        size if size >= 1e6 => (bits_per_second / 1e6, "Mbit/s"),
        size if size >= 1e3 => (bits_per_second / 1e3, "kbit/s"),
        _ => (bits_per_second, "bit/s"),
    };
    format!("{}\u{a0}{unit}", short_number(language, value))
}

/// `12,3 ms` of a time in seconds.
pub fn milliseconds(language: Language, seconds: f64) -> String {
    format!("{}\u{a0}ms", short_number(language, seconds * 1e3))
}

/// `99,5 %`, in English `99.5%`.
pub fn percent(language: Language, value: f64) -> String {
    let value = short_number(language, value);
    match language {
        Language::Vi => format!("{value}\u{a0}%"),
        Language::En => format!("{value}%"),
    }
}

/// What follows `tel:` (RFC 3966): digits, with a plus in front if there was one. `None` when there is no digit.
pub fn dialled(phone: &str) -> Option<String> {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    let plus = if phone.trim_start().starts_with('+') { "+" } else { "" };
    (!digits.is_empty()).then(|| format!("{plus}{digits}"))
}

/// A `geo:` address (RFC 5870), with the query that Android's map programs read as a labelled pin.
pub fn geo_uri(position: Position, label: &str) -> String {
    let Position { latitude, longitude } = position;
    let label: String = label.chars().filter(|c| !matches!(c, '(' | ')')).collect();
    format!("geo:{latitude:.6},{longitude:.6}?q={latitude:.6},{longitude:.6}({})", percent_encoded(&label))
}

/// The text as a value in a query or fragment: all but RFC 3986's unreserved characters percent-encoded.
pub fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(byte.into()),
            other => write!(out, "%{other:02X}").expect("writing to a String cannot fail"),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn numbers_are_written_as_readers_of_each_language_write_them() {
        assert_eq!(number(Language::Vi, 1_234_567.89, 2), "1.234.567,89");
        assert_eq!(number(Language::En, 1_234_567.89, 2), "1,234,567.89");
        assert_eq!(number(Language::Vi, 999.0, 0), "999");
        assert_eq!(number(Language::Vi, 1000.0, 0), "1.000");
        assert_eq!(number(Language::Vi, -1234.5, 1), "−1.234,5");
        assert_eq!(number(Language::Vi, -0.01, 1), "0,0");
        assert_eq!(short_number(Language::Vi, 7.0), "7");
        assert_eq!(short_number(Language::Vi, 7.46), "7,5");
        assert_eq!(short_number(Language::Vi, 1234.4), "1.234");
    }

    #[test]
    fn times_are_those_of_the_halls_wherever_the_server_is() {
        assert_eq!(date_time(at("2026-11-24T21:41:25Z")), "25/11/2026 04:41");
        assert_eq!(clock(at("2026-11-24T17:00:00Z")), "00:00");
        let now = at("2026-11-25T03:00:00Z");
        assert_eq!(short_date_time(now, at("2026-11-24T21:41:25Z")), "04:41");
        assert_eq!(short_date_time(now, at("2026-11-24T16:59:00Z")), "24/11 23:59");
        assert_eq!(short_date_time(now, at("2025-11-24T16:59:00Z")), "24/11/2025 23:59");
    }

    #[test]
    fn lengths_of_time_have_two_units_at_most() {
        let vi = |seconds| duration(Language::Vi, seconds);
        assert_eq!(vi(-5), "dưới 1 phút");
        assert_eq!(vi(59), "dưới 1 phút");
        assert_eq!(vi(12 * 60 + 59), "12 phút");
        assert_eq!(vi(3600), "1 giờ");
        assert_eq!(vi(3600 + 300), "1 giờ 5 phút");
        assert_eq!(vi(6 * 86400 + 4 * 3600 + 59 * 60), "6 ngày 4 giờ");
        assert_eq!(duration(Language::En, 86400 + 60), "1 day");
        assert_eq!(duration(Language::En, 2 * 86400 + 3600), "2 days 1 hour");
    }

    #[test]
    fn a_time_that_has_not_come_yet_is_now() {
        let now = at("2026-11-25T03:00:00Z");
        assert_eq!(ago(Language::Vi, now, at("2026-11-25T03:00:30Z")), "vừa xong");
        assert_eq!(ago(Language::Vi, now, at("2026-11-25T02:48:00Z")), "12 phút trước");
        assert_eq!(ago(Language::En, now, at("2026-11-25T01:48:00Z")), "1 hour 12 minutes ago");
    }

    #[test]
    fn rates_choose_their_unit() {
        assert_eq!(bit_rate(Language::Vi, 18_240_000.0), "18,2\u{a0}Mbit/s");
        assert_eq!(bit_rate(Language::Vi, 1e9), "1\u{a0}Gbit/s");
        assert_eq!(bit_rate(Language::En, 0.0), "0\u{a0}bit/s");
        assert_eq!(milliseconds(Language::Vi, 0.0123), "12,3\u{a0}ms");
        assert_eq!(percent(Language::Vi, 99.5), "99,5\u{a0}%");
    }

    #[test]
    fn telephone_numbers_are_dialled_without_their_decoration() {
        assert_eq!(dialled("+84 263.384-7001").as_deref(), Some("+842633847001"));
        assert_eq!(dialled("0263 3847 001").as_deref(), Some("02633847001"));
        assert_eq!(dialled("\"><script>"), None);
    }

    #[test]
    fn a_label_cannot_leave_its_geo_address() {
        let uri = geo_uri(Position { latitude: 11.778, longitude: 108.457 }, "Thôn (1)\" & x");
        assert_eq!(uri, "geo:11.778000,108.457000?q=11.778000,108.457000(Th%C3%B4n%201%22%20%26%20x)");
    }
}
