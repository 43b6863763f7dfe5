//! Quiet hours: when a contact is not to be told of what can wait for the morning.

use jiff::Timestamp;
use jiff::civil::Time;

use crate::time::{local, next_local};

/// Every day between two times of Asia/Ho_Chi_Minh; over midnight when it ends before it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    /// From then on.
    pub from: Time,
    /// Until then: what was held back is told.
    pub until: Time,
}

impl QuietHours {
    /// When they end, if `now` lies in them.
    pub fn end(&self, now: Timestamp) -> Option<Timestamp> {
        let time = local(now).time();
        let is_within = if self.from <= self.until {
            self.from <= time && time < self.until
        } else {
            self.from <= time || time < self.until
        };
        is_within.then(|| next_local(now, self.until))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn quiet_hours_reach_over_midnight() {
        let night = QuietHours { from: time(22, 0, 0, 0), until: time(6, 0, 0, 0) };
        let table = [
            ("2026-11-26T21:59:59+07:00", None),
            ("2026-11-26T22:00:00+07:00", Some("2026-11-27T06:00:00+07:00")),
            ("2026-11-26T23:59:59+07:00", Some("2026-11-27T06:00:00+07:00")),
            ("2026-11-27T00:00:00+07:00", Some("2026-11-27T06:00:00+07:00")),
            ("2026-11-27T05:59:59+07:00", Some("2026-11-27T06:00:00+07:00")),
            ("2026-11-27T06:00:00+07:00", None),
        ];
        for (now, end) in table {
            assert_eq!(night.end(at(now)), end.map(at), "{now}");
        }
        let noon = QuietHours { from: time(11, 30, 0, 0), until: time(13, 30, 0, 0) };
        assert_eq!(noon.end(at("2026-11-26T12:00:00+07:00")), Some(at("2026-11-26T13:30:00+07:00")));
        assert_eq!(noon.end(at("2026-11-26T23:00:00+07:00")), None);
        let never = QuietHours { from: time(6, 0, 0, 0), until: time(6, 0, 0, 0) };
        assert_eq!(never.end(at("2026-11-26T06:00:00+07:00")), None);
    }
}
