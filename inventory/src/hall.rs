//! Halls: one building each, with a code of their own that outlives their commune.

use jiff::civil::Time;

use crate::device::Lifecycle;
use crate::id::{AreaId, HallId};
use crate::text::{NameError, check_name};

/// A hall's own stable code (`dr-01`): the id used in URLs, labels, paths and messages.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HallCode(String);

impl HallCode {
    /// The longest code, in characters.
    pub const MAX: usize = 32;

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for HallCode {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        check_name(text, Self::MAX).map(|()| HallCode(text.to_owned()))
    }
}

impl std::fmt::Display for HallCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// One building, where it is, how it is connected, and who looks after it.
#[derive(Debug, Clone, PartialEq)]
pub struct Hall {
    /// Row id inside this installation.
    pub id: HallId,
    /// The code known outside.
    pub code: HallCode,
    /// The area it lies in today.
    pub area: AreaId,
    /// Whether it is planned, in use, or no longer.
    pub lifecycle: Lifecycle,
    /// What people filled in.
    pub facts: HallFacts,
}

/// What the halls CSV tells of a hall. Empty is unknown.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HallFacts {
    /// Name for people, NFC.
    pub name: String,
    /// WGS84 latitude and longitude in degrees.
    pub position: Option<Position>,
    /// Who sells the line: `VNPT`.
    pub provider: Option<String>,
    /// Number of the contract.
    pub contract: Option<String>,
    /// Contracted speed towards the hall, Mbit/s.
    pub down_mbps: Option<f64>,
    /// Contracted speed from the hall, Mbit/s.
    pub up_mbps: Option<f64>,
    /// Promised uptime in per cent: 99.0.
    pub promised_uptime: Option<f64>,
    /// The power feeder it hangs on, in the utility's words: `471-E28`.
    pub power_feeder: Option<String>,
    /// When people are in it.
    pub opening_hours: Option<OpeningHours>,
    /// Who to ask for at the hall.
    pub contact_name: Option<String>,
    /// Their telephone number, as dialled.
    pub contact_phone: Option<String>,
    /// Anything else.
    pub notes: Option<String>,
}

/// A point on the earth, WGS84 degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    /// North positive, -90 to 90.
    pub latitude: f64,
    /// East positive, -180 to 180.
    pub longitude: f64,
}

/// Daily opening hours in local time; a closing time before the opening time is past midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpeningHours {
    /// Opens at.
    pub from: Time,
    /// Closes at.
    pub to: Time,
}

/// The text was not of the form `07:00-21:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not of the form 07:00-21:00")]
pub struct OpeningHoursError;

impl std::str::FromStr for OpeningHours {
    type Err = OpeningHoursError;
    fn from_str(text: &str) -> Result<Self, OpeningHoursError> {
        let (from, to) = text.split_once('-').ok_or(OpeningHoursError)?;
        let time = |part: &str| {
            let (hour, minute) = part.trim().split_once(':').ok_or(OpeningHoursError)?;
            let number = |digits: &str| match digits.len() {
                1..=2 if digits.bytes().all(|b| b.is_ascii_digit()) => {
                    digits.parse::<i8>().map_err(|_| OpeningHoursError)
                }
                _ => Err(OpeningHoursError),
            };
            Time::new(number(hour)?, number(minute)?, 0, 0).map_err(|_| OpeningHoursError)
        };
        Ok(OpeningHours { from: time(from)?, to: time(to)? })
    }
}

impl std::fmt::Display for OpeningHours {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (from, to) = (self.from, self.to);
        write!(f, "{:02}:{:02}-{:02}:{:02}", from.hour(), from.minute(), to.hour(), to.minute())
    }
}
