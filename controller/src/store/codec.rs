//! Between columns and the domain: times, days, words, subjects. A row that does not parse is an error that names it,
//! never a guess.

use std::fmt::Display;
use std::str::FromStr;

use alerts::alert::AlertKey;
use alerts::outage::Subject;
use alerts::rule::{Rule, Severity};
use inventory::id::{DeviceId, HallId};
use inventory::reading::FailureKind;
use jiff::Timestamp;

use super::error::StoreError;

/// Says which row is being read, so that an error can name it.
pub(super) struct At {
    pub(super) table: &'static str,
    pub(super) row: String,
}

/// Reading the row of `table` with this key.
pub(super) fn at(table: &'static str, row: impl Display) -> At {
    At { table, row: row.to_string() }
}

impl At {
    pub(super) fn wrong(&self, column: &'static str, value: impl Display) -> StoreError {
        StoreError::Inconsistent { table: self.table, row: self.row.clone(), column, value: value.to_string() }
    }

    pub(super) fn time(&self, column: &'static str, ms: i64) -> Result<Timestamp, StoreError> {
        Timestamp::from_millisecond(ms).map_err(|_| self.wrong(column, ms))
    }

    pub(super) fn time_if(&self, column: &'static str, ms: Option<i64>) -> Result<Option<Timestamp>, StoreError> {
        ms.map(|ms| self.time(column, ms)).transpose()
    }

    pub(super) fn parse<T: FromStr>(&self, column: &'static str, text: &str) -> Result<T, StoreError> {
        text.parse().map_err(|_| self.wrong(column, text))
    }

    pub(super) fn parse_if<T: FromStr>(
        &self,
        column: &'static str,
        text: Option<&str>,
    ) -> Result<Option<T>, StoreError> {
        text.map(|text| self.parse(column, text)).transpose()
    }

    pub(super) fn number<T: TryFrom<i64>>(&self, column: &'static str, value: i64) -> Result<T, StoreError> {
        T::try_from(value).map_err(|_| self.wrong(column, value))
    }

    pub(super) fn number_if<T: TryFrom<i64>>(
        &self,
        column: &'static str,
        value: Option<i64>,
    ) -> Result<Option<T>, StoreError> {
        value.map(|value| self.number(column, value)).transpose()
    }

    pub(super) fn json<T: serde::de::DeserializeOwned>(
        &self,
        column: &'static str,
        text: &str,
    ) -> Result<T, StoreError> {
        serde_json::from_str(text).map_err(|_| self.wrong(column, text))
    }

    pub(super) fn failure_if(
        &self,
        column: &'static str,
        word: Option<&str>,
    ) -> Result<Option<FailureKind>, StoreError> {
        let Some(word) = word else { return Ok(None) };
        let found = FailureKind::ALL.into_iter().find(|kind| kind.as_str() == word);
        found.map(Some).ok_or_else(|| self.wrong(column, word))
    }

    pub(super) fn rule(&self, word: &str) -> Result<Rule, StoreError> {
        Rule::ALL.into_iter().find(|rule| rule.as_str() == word).ok_or_else(|| self.wrong("rule", word))
    }

    pub(super) fn severity(&self, column: &'static str, word: &str) -> Result<Severity, StoreError> {
        Severity::ALL.into_iter().find(|one| one.as_str() == word).ok_or_else(|| self.wrong(column, word))
    }

    pub(super) fn subject(&self, hall: Option<i64>, device: Option<i64>) -> Result<Subject, StoreError> {
        match (hall, device) {
            (Some(hall), None) => Ok(Subject::Hall(HallId(hall))),
            (None, Some(device)) => Ok(Subject::Device(DeviceId(device))),
            (Some(_), Some(_)) | (None, None) => Err(self.wrong("hall", "none or both of a hall and a device")),
        }
    }

    pub(super) fn alert_key(&self, column: &'static str, text: &str) -> Result<AlertKey, StoreError> {
        parse_alert_key(text).ok_or_else(|| self.wrong(column, text))
    }
}

/// Milliseconds since 1970.
pub(super) fn ms(time: Timestamp) -> i64 {
    time.as_millisecond()
}

/// Milliseconds since 1970, if there is a time.
pub(super) fn ms_if(time: Option<Timestamp>) -> Option<i64> {
    time.map(ms)
}

/// A count as a column: what does not fit is as large as can be.
pub(super) fn big(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The two columns of a subject, of which one is empty.
pub(super) fn subject_columns(subject: Subject) -> (Option<i64>, Option<i64>) {
    match subject {
        Subject::Hall(hall) => (Some(hall.0), None),
        Subject::Device(device) => (None, Some(device.0)),
    }
}

/// `rule/hall:1/since`: an alert's identity as one text.
pub(super) fn alert_key_text(key: &AlertKey) -> String {
    let since = ms(key.since);
    match key.subject {
        Subject::Hall(hall) => format!("{}/hall:{hall}/{since}", key.rule.as_str()),
        Subject::Device(device) => format!("{}/device:{device}/{since}", key.rule.as_str()),
    }
}

fn parse_alert_key(text: &str) -> Option<AlertKey> {
    let mut parts = text.split('/');
    let (rule, subject, since) = (parts.next()?, parts.next()?, parts.next()?);
    let rule = Rule::ALL.into_iter().find(|known| known.as_str() == rule)?;
    let (kind, id) = subject.split_once(':')?;
    let subject = match kind {
        "hall" => Subject::Hall(id.parse().ok()?),
        "device" => Subject::Device(id.parse().ok()?),
        _ => return None,
    };
    let since = Timestamp::from_millisecond(since.parse().ok()?).ok()?;
    parts.next().is_none().then_some(AlertKey { rule, subject, since })
}

/// What a device says may hold anything that is text; PostgreSQL keeps everything but NUL.
pub(super) fn device_text(text: &str) -> String {
    if text.contains('\0') { text.replace('\0', "") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_key_is_read_back_as_it_was_written() {
        for rule in Rule::ALL {
            for subject in [Subject::Hall(HallId(7)), Subject::Device(DeviceId(9))] {
                let key =
                    AlertKey { rule, subject, since: Timestamp::from_millisecond(1_764_000_000_123).expect("a time") };
                assert_eq!(parse_alert_key(&alert_key_text(&key)), Some(key));
            }
        }
        for wrong in ["", "hall_down", "hall_down/hall:1", "hall_down/hall:x/1", "x/hall:1/1", "hall_down/hall:1/1/1"] {
            assert_eq!(parse_alert_key(wrong), None, "{wrong}");
        }
    }
}
