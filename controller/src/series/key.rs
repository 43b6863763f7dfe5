//! Keys of series as columns.

use inventory::id::{DeviceId, InterfaceId, PartId};
use inventory::metric::SeriesKey;
use inventory::reading::CounterWidth;
use sqlx::FromRow;

use super::error::SeriesError;

/// A key as it stands in the file, but for its metric.
pub(super) struct KeyColumns {
    pub(super) device: i64,
    pub(super) interface: Option<i64>,
    pub(super) part: Option<i64>,
    pub(super) width: Option<i64>,
}

impl From<SeriesKey> for KeyColumns {
    fn from(key: SeriesKey) -> Self {
        KeyColumns {
            device: key.device.0,
            interface: key.interface.map(|id| id.0),
            part: key.part.map(|id| id.0),
            width: key.width.map(|width| i64::from(width.bits())),
        }
    }
}

pub(super) fn metric_word(key: SeriesKey) -> &'static str {
    key.metric.as_str()
}

/// The series of a quantity that was asked for.
#[derive(FromRow)]
pub(super) struct SeriesRow {
    pub(super) id: i64,
    pub(super) width: Option<i64>,
}

impl SeriesRow {
    pub(super) fn width(&self) -> Result<Option<CounterWidth>, SeriesError> {
        match self.width {
            None => Ok(None),
            Some(32) => Ok(Some(CounterWidth::Bits32)),
            Some(64) => Ok(Some(CounterWidth::Bits64)),
            Some(other) => Err(self.wrong("width", other.to_string())),
        }
    }

    fn wrong(&self, column: &'static str, value: String) -> SeriesError {
        SeriesError::Inconsistent { series: self.id, column, value }
    }
}

/// A series as it stands in the file.
#[derive(FromRow)]
pub(super) struct KeyRow {
    pub(super) id: i64,
    pub(super) device: i64,
    interface: Option<i64>,
    part: Option<i64>,
    metric: String,
    width: Option<i64>,
}

impl KeyRow {
    /// `None` of a quantity that this release does not know.
    pub(super) fn key(&self) -> Option<SeriesKey> {
        Some(SeriesKey {
            device: DeviceId(self.device),
            interface: self.interface.map(InterfaceId),
            part: self.part.map(PartId),
            metric: self.metric.parse().ok()?,
            width: SeriesRow { id: self.id, width: self.width }.width().ok()?,
        })
    }
}
