//! Points in time and lengths of time, as people in Lâm Đồng write them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, offset};

use crate::language::{Args, Language};

/// Asia/Ho_Chi_Minh: UTC+07:00 without daylight saving since 1975, so no time zone database is needed.
const LOCAL: Offset = offset(7);

/// `04:41 25/11/2026`.
pub(super) fn exact(at: Timestamp) -> String {
    local(at).strftime("%H:%M %d/%m/%Y").to_string()
}

/// `04:41` when `at` is on the same local day as `today`, else `04:41 25/11`.
pub(super) fn brief(at: Timestamp, today: Timestamp) -> String {
    let at = local(at);
    let format = if at.date() == local(today).date() { "%H:%M" } else { "%H:%M %d/%m" };
    at.strftime(format).to_string()
}

/// `14 phút`, `2 giờ 5 phút`, `3 ngày 4 giờ`: the two largest units, rounded down. A time that ran backwards is none.
pub(super) fn length(from: Timestamp, to: Timestamp, language: Language) -> String {
    seconds(usize::try_from(to.as_second().saturating_sub(from.as_second())).unwrap_or(0), language)
}

/// The same of so many seconds.
pub(super) fn seconds(seconds: usize, language: Language) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let parts = match (days, hours, minutes) {
        (0, 0, 0) => [("unit-seconds", seconds), ("", 0)],
        (0, 0, _) => [("unit-minutes", minutes), ("", 0)],
        (0, _, _) => [("unit-hours", hours), ("unit-minutes", minutes)],
        (_, _, _) => [("unit-days", days), ("unit-hours", hours)],
    };
    let said: Vec<String> = parts
        .into_iter()
        .enumerate()
        .filter(|(place, (_, n))| *place == 0 || *n > 0)
        .map(|(_, (unit, n))| language.say(unit, &Args::new().count("count", n, language)))
        .collect();
    said.join(" ")
}

fn local(at: Timestamp) -> DateTime {
    LOCAL.to_datetime(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn times_are_those_of_the_halls_wall_clock() {
        assert_eq!(exact(at("2026-11-24T21:41:25Z")), "04:41 25/11/2026");
        assert_eq!(brief(at("2026-11-24T21:41:25Z"), at("2026-11-25T16:59:59Z")), "04:41");
        assert_eq!(brief(at("2026-11-24T21:41:25Z"), at("2026-11-25T17:00:00Z")), "04:41 25/11");
    }

    #[test]
    fn lengths_name_their_two_largest_units() {
        let start = at("2026-11-24T21:41:00Z");
        let table = [
            (-5, "0 giây", "0 seconds"),
            (0, "0 giây", "0 seconds"),
            (59, "59 giây", "59 seconds"),
            (60, "1 phút", "1 minute"),
            (14 * 60 + 59, "14 phút", "14 minutes"),
            (3_600, "1 giờ", "1 hour"),
            (2 * 3_600 + 5 * 60, "2 giờ 5 phút", "2 hours 5 minutes"),
            (86_400, "1 ngày", "1 day"),
            (3 * 86_400 + 4 * 3_600 + 59 * 60, "3 ngày 4 giờ", "3 days 4 hours"),
            (1_400 * 86_400, "1.400 ngày", "1,400 days"),
        ];
        for (seconds, vi, en) in table {
            let end = Timestamp::from_second(start.as_second() + seconds).expect("near");
            assert_eq!(length(start, end, Language::Vi), vi);
            assert_eq!(length(start, end, Language::En), en);
        }
    }
}
