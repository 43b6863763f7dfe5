//! What every page knows: its language, the moment it is rendered for, and its own address.

use std::fmt::Display;

use alerts::health::{DeviceState, HallState};
use alerts::ledger::LedgerState;
use jiff::Timestamp;

use super::format;
use super::language::Language;
use super::part::{Shape, StateMark, When, device_mark, hall_mark, ledger_mark};

/// What every page knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The language it is rendered in.
    pub language: Language,
    /// The moment it is rendered for: relative times and the end of strips hang on it.
    pub now: Timestamp,
    /// Path and query of the page as it was asked for, with or without `lang`: `/?q=thon&state=down`.
    pub address: String,
    /// Whether somebody is logged in: shows "log out".
    pub is_signed_in: bool,
    /// Whether who asks administers the fleet or a part of it: shows the pages for that.
    pub is_admin: bool,
    /// Whether who asks looks after faults of the fleet or of a part of it.
    pub is_technician: bool,
    /// Whether the fleet is simulated: every page says so.
    pub is_simulated: bool,
    /// What is wrong with the server itself, above everything else.
    pub trouble: Option<Trouble>,
}

/// What is wrong with the server itself and needs somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The disk of the data folder is nearly full.
    DiskLow {
        /// How full.
        used_percent: u64,
    },
    /// Records cannot be written.
    NotWritten,
    /// The vault is locked: devices that take a secret are not polled.
    Locked,
}

impl Frame {
    /// The words of `key`.
    pub fn t(&self, key: &str) -> String {
        self.language.t(key)
    }

    /// The words of `key` with one text in them.
    pub fn t1(&self, key: &str, name: &'static str, value: impl Display) -> String {
        self.language.t1(key, name, value.to_string())
    }

    /// The words of `key` with two texts in them.
    pub fn t2(
        &self,
        key: &str,
        name: &'static str,
        value: impl Display,
        name2: &'static str,
        value2: impl Display,
    ) -> String {
        self.language.t2(key, name, value.to_string(), name2, value2.to_string())
    }

    /// The words of `key` for a number of things.
    pub fn n(&self, key: &str, n: usize) -> String {
        self.language.n(key, n)
    }

    /// What is wrong with the server itself, and what to do.
    pub fn trouble_text(&self) -> Option<String> {
        Some(match self.trouble? {
            Trouble::DiskLow { used_percent } => self.t1("trouble-disk-low", "percent", used_percent),
            Trouble::NotWritten => self.t("trouble-not-written"),
            Trouble::Locked => self.t("trouble-locked"),
        })
    }

    /// State of a hall: shape, word and colour.
    pub fn hall(&self, state: &HallState) -> StateMark {
        hall_mark(self.language, *state)
    }

    /// What a stretch of time counts as: shape, word and colour.
    pub fn ledger(&self, state: &LedgerState) -> StateMark {
        ledger_mark(self.language, *state)
    }

    /// State of a device: shape, word and colour.
    pub fn device(&self, state: &DeviceState) -> StateMark {
        device_mark(self.language, *state)
    }

    /// A shape with other words.
    pub fn mark(&self, shape: Shape, key: &str) -> StateMark {
        StateMark { shape, word: self.t(key) }
    }

    /// A moment told twice: `12 phút trước · 25/11/2026 04:41`.
    pub fn when(&self, at: &Timestamp) -> When {
        self.told_twice("time-when", at)
    }

    /// The beginning of something that lasts: `từ 25/11/2026 04:41 (12 phút trước)`.
    pub fn since(&self, at: &Timestamp) -> When {
        self.told_twice("time-since", at)
    }

    /// A time to come: `29/11/2026 02:03`.
    pub fn until(&self, at: &Timestamp) -> When {
        When { machine: *at, text: format::date_time(*at) }
    }

    fn told_twice(&self, key: &str, at: &Timestamp) -> When {
        let relative = format::ago(self.language, self.now, *at);
        let text = self.t2(key, "relative", relative, "exact", format::date_time(*at));
        When { machine: *at, text }
    }

    /// How long something has lasted that began at `at`.
    pub fn lasting(&self, at: &Timestamp) -> String {
        format::duration(self.language, self.now.as_second() - at.as_second())
    }

    /// The time between two moments.
    pub fn between(&self, from: &Timestamp, to: &Timestamp) -> String {
        format::duration(self.language, to.as_second() - from.as_second())
    }

    /// `18,2 Mbit/s`.
    pub fn bit_rate(&self, bits_per_second: &f64) -> String {
        format::bit_rate(self.language, *bits_per_second)
    }

    /// `12,3 ms` of a time in seconds.
    pub fn milliseconds(&self, seconds: &f64) -> String {
        format::milliseconds(self.language, *seconds)
    }

    /// `25/11/2026 04:41`, of the moment the page is rendered for.
    pub fn rendered_at(&self) -> String {
        format::date_time(self.now)
    }

    /// The other languages this page can be read in.
    pub fn other_languages(&self) -> impl Iterator<Item = &'static Language> {
        Language::ALL.iter().filter(|language| **language != self.language)
    }

    /// This page in another language.
    pub fn in_language(&self, language: &Language) -> String {
        let (path, query) = self.address.split_once('?').unwrap_or((&self.address, ""));
        let kept = query.split('&').filter(|pair| !pair.is_empty() && *pair != "lang" && !pair.starts_with("lang="));
        let pairs: Vec<&str> = kept.collect();
        let separator = if pairs.is_empty() { "" } else { "&" };
        format!("{path}?{}{separator}lang={}", pairs.join("&"), language.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_language_is_the_same_page_with_its_filter() {
        let frame = |address: &str| Frame {
            language: Language::Vi,
            now: Timestamp::UNIX_EPOCH,
            address: address.to_owned(),
            is_signed_in: true,
            is_admin: true,
            is_technician: true,
            is_simulated: false,
            trouble: None,
        };
        assert_eq!(frame("/").in_language(&Language::En), "/?lang=en");
        assert_eq!(frame("/?lang=vi").in_language(&Language::En), "/?lang=en");
        assert_eq!(frame("/?q=a%26b&lang=vi&state=down").in_language(&Language::En), "/?q=a%26b&state=down&lang=en");
    }
}
