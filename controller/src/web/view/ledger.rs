//! The ledger of a hall: a month as a strip, in sums and as a list, and what people corrected in it.

use alerts::cause::Cause;
use alerts::ledger::{Interval, LedgerState, Month, Sums};
use askama::Template;
use inventory::hall::HallCode;
use inventory::id::OutageId;
use jiff::Timestamp;
use notify::text::why;

use crate::store::{Correction, CorrectionRecord};
use crate::web::assets;
use crate::web::format;
use crate::web::frame::Frame;
use crate::web::language::Language;
use crate::web::strip::Strip;
use crate::web::why::Why;

/// The page `/halls/{code}/ledger`.
#[derive(Debug, Clone, Template)]
#[template(path = "ledger.html")]
pub struct LedgerPage {
    /// What every page knows.
    pub frame: Frame,
    /// The hall's code.
    pub code: HallCode,
    /// Its name.
    pub name: String,
    /// Its area with its kind.
    pub area_name: String,
    /// The month.
    pub month: Month,
    /// The month as a strip.
    pub strip: Strip,
    /// Its lengths.
    pub sums: Sums,
    /// What was promised for the hall, in per cent.
    pub promised: Option<f64>,
    /// What it was when, as far as that is not up, in the order of time.
    pub rows: Vec<LedgerRow>,
    /// Corrections that touch the month, the last made first.
    pub corrections: Vec<CorrectionRecord>,
    /// Whether who looks may say what an outage came from.
    pub is_technician: bool,
    /// Whether who looks may say what does not count.
    pub is_admin: bool,
}

/// A stretch of time in which the hall was not up.
#[derive(Debug, Clone)]
pub struct LedgerRow {
    /// When, and what it counts as.
    pub interval: Interval<LedgerState>,
    /// The outage of the hall in it, and why.
    pub outage: Option<(OutageId, Why)>,
    /// Whether the outage is over: then its cause can be corrected.
    pub is_over: bool,
}

/// What a person may say that an outage came from.
const CAUSES: [Cause; 6] = [Cause::Power, Cause::Line, Cause::Device, Cause::Upstream, Cause::Config, Cause::Unknown];

impl LedgerPage {
    /// `11/2026`.
    fn month_words(&self, month: &Month) -> String {
        let (number, year) = month.number_and_year();
        format!("{number:02}/{year}")
    }

    fn previous(&self) -> Month {
        self.month.previous()
    }

    /// The next month, once it has begun.
    fn next(&self) -> Option<Month> {
        let next = self.month.next();
        (next.span().from <= self.frame.now).then_some(next)
    }

    /// Whether the month is not over yet.
    fn lasts(&self) -> bool {
        self.month.span().to > self.frame.now
    }

    fn is_whole(&self) -> bool {
        self.strip.to() == self.month.span().to
    }

    /// Every state with its length, the sum last.
    fn lengths(&self) -> Vec<(LedgerState, i64)> {
        LedgerState::ALL.into_iter().map(|state| (state, self.sums.of_state(state))).collect()
    }

    fn uptime(&self) -> Option<String> {
        let up = i128::from(self.sums.up_ms + self.sums.partial_ms);
        let counted = up + i128::from(self.sums.down_ms);
        // Cut, not rounded: a month in which a second was lost is not whole.
        let thousandths = (up * 100_000).checked_div(counted)?;
        Some(percent(self.frame.language, thousandths as f64 / 1_000.0))
    }

    fn promised_words(&self) -> Option<String> {
        self.promised.map(|promised| format::percent(self.frame.language, promised))
    }

    fn is_kept(&self) -> Option<bool> {
        Some(self.sums.uptime_percent()? >= self.promised?)
    }

    fn strip_words(&self) -> String {
        self.strip.states_in_words(&self.frame)
    }

    fn words(&self, ms: &i64) -> String {
        format::duration(self.frame.language, ms / 1_000)
    }

    /// `743:58:12,345`: hours, minutes, seconds, milliseconds.
    fn exact(&self, ms: &i64) -> String {
        exact(self.frame.language, *ms)
    }

    /// `25/11 04:41:07`.
    fn moment(&self, at: &Timestamp) -> String {
        let local = format::local(*at);
        let clock = (local.hour(), local.minute(), local.second());
        format!("{:02}/{:02} {:02}:{:02}:{:02}", local.day(), local.month(), clock.0, clock.1, clock.2)
    }

    fn is_now(&self, interval: &Interval<LedgerState>) -> bool {
        self.lasts() && interval.to == self.strip.to()
    }

    fn is_down(&self, row: &LedgerRow) -> bool {
        row.interval.state == LedgerState::Down
    }

    fn causes(&self) -> Vec<(&'static str, String)> {
        CAUSES.into_iter().map(|cause| (cause.as_str(), self.cause(&cause))).collect()
    }

    fn cause(&self, cause: &Cause) -> String {
        why::cause(*cause, self.frame.language.into())
    }

    /// What a correction says.
    fn said(&self, record: &CorrectionRecord) -> String {
        match record.what {
            Correction::Excused => self.frame.t("ledger-said-excused"),
            Correction::Cause(_, cause) => self.frame.t1("ledger-said-cause", "cause", self.cause(&cause)),
        }
    }

    fn may_undo(&self, record: &CorrectionRecord) -> bool {
        record.undone.is_none()
            && match record.what {
                Correction::Excused => self.is_admin,
                Correction::Cause(..) => self.is_technician,
            }
    }

    /// The latest moment that can be excused, as a browser's field wants it.
    fn latest(&self) -> String {
        format::local(self.strip.to()).strftime("%Y-%m-%dT%H:%M").to_string()
    }

    fn earliest(&self) -> String {
        format::local(self.strip.from()).strftime("%Y-%m-%dT%H:%M").to_string()
    }
}

fn percent(language: Language, value: f64) -> String {
    let value = format::number(language, value, 3);
    match language {
        Language::Vi => format!("{value}\u{a0}%"),
        Language::En => format!("{value}%"),
    }
}

fn exact(language: Language, ms: i64) -> String {
    let point = match language {
        Language::Vi => ',',
        Language::En => '.',
    };
    let (seconds, rest) = (ms / 1_000, ms % 1_000);
    format!("{}:{:02}:{:02}{point}{rest:03}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_told_to_the_millisecond() {
        assert_eq!(exact(Language::Vi, 30 * 86_400_000), "720:00:00,000");
        assert_eq!(exact(Language::En, 3_723_045), "1:02:03.045");
    }
}
