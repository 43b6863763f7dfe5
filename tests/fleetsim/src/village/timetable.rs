//! [`Timetable`]: which faults happen when. One a line, `H:MM:SS FAULT TARGET SECONDS`, `repeat H:MM:SS` for the time
//! after which it begins anew, `#` for a remark.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::chance::draw;
use super::fault::{Fault, FaultError, Target};
use super::plan::{Hall, Kind, Village};

/// A line of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// After the start.
    pub at: Duration,
    /// What happens.
    pub fault: Fault,
    /// To whom.
    pub target: Target,
    /// For how long.
    pub lasts: Duration,
}

/// The timetable.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timetable {
    /// By time.
    pub entries: Vec<Entry>,
    /// When it begins anew.
    pub repeat: Option<Duration>,
}

/// A line cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimetableError {
    /// Its parts.
    #[error("line {line}: write `H:MM:SS FAULT TARGET SECONDS` or `repeat H:MM:SS`")]
    Form {
        /// From 1.
        line: usize,
    },
    /// Its fault.
    #[error("line {line}")]
    Fault {
        /// From 1.
        line: usize,
        /// Why.
        #[source]
        source: FaultError,
    },
}

impl Timetable {
    /// What a demonstration plays: something to see within the first half minute and about every forty seconds after,
    /// a commune's mast lost after three minutes, and most of the fleet up all the time. Half an hour, then anew.
    pub fn demo(village: &Village) -> Timetable {
        const ROUND_S: u64 = 600;
        /// When in a round, what, and for how many seconds. Long enough to be noticed (28 s) and told (20 s more).
        const ROUND: [(u64, Fault, u64); 13] = [
            (12, Fault::PowerCut, 100),
            (55, Fault::Death, 110),
            (100, Fault::Slow(900), 60),
            (140, Fault::LineCut, 90),
            (180, Fault::UplinkCut, 110),
            (330, Fault::Loss(25), 60),
            (370, Fault::Death, 90),
            (410, Fault::Reboot, 35),
            (445, Fault::PowerCut, 80),
            (480, Fault::Renumber, 60),
            (510, Fault::LineCut, 75),
            (545, Fault::Forged(9), 40),
            (570, Fault::Wrap32(20), 25),
        ];
        let communes = village.communes();
        let (mut entries, mut used) = (Vec::new(), Vec::new());
        for round in 0..3 {
            for (nth, (second, fault, lasts)) in ROUND.into_iter().enumerate() {
                let moment = (round * ROUND.len() + nth) as i64;
                let target = if fault == Fault::UplinkCut {
                    communes.get(round % communes.len().max(1)).map(|commune| Target::Commune(commune.clone()))
                } else {
                    demo_target(village, fault, moment, &mut used)
                };
                let at = Duration::from_secs(round as u64 * ROUND_S + second);
                let entry = |target| Entry { at, fault, target, lasts: Duration::from_secs(lasts) };
                entries.extend(target.map(entry));
            }
        }
        Timetable { entries, repeat: Some(Duration::from_secs(3 * ROUND_S)) }
    }
}

/// Another hall each time while there are any, and none with a mast: its loss is the commune's.
fn demo_target(village: &Village, fault: Fault, moment: i64, used: &mut Vec<String>) -> Option<Target> {
    let suits = |hall: &&Hall| {
        let has = |kind: Kind| hall.devices.iter().any(|device| device.kind == kind);
        !has(Kind::Mast) && !has(Kind::Ups)
    };
    let halls: Vec<&Hall> = village.halls.iter().filter(suits).collect();
    let fresh: Vec<&Hall> = halls.iter().copied().filter(|hall| !used.contains(&hall.code)).collect();
    let from = if fresh.is_empty() { halls } else { fresh };
    let hall = *from.get(draw(village.seed, "timetable", moment) as usize % from.len().max(1))?;
    used.push(hall.code.clone());
    let device = |kind: Kind| {
        let found = hall.devices.iter().find(|device| device.kind == kind);
        found.map(|device| Target::Device(device.full_name()))
    };
    match fault {
        Fault::Death | Fault::Reboot => device(Kind::AccessPoint),
        Fault::Slow(_) | Fault::Renumber | Fault::Forged(_) | Fault::Wrap32(_) => device(Kind::Router),
        _ => Some(Target::Hall(hall.code.clone())),
    }
}

impl fmt::Display for Timetable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Entry { at, fault, target, lasts } in &self.entries {
            writeln!(f, "{} {fault} {target} {}", clock(*at), lasts.as_secs())?;
        }
        self.repeat.map_or(Ok(()), |after| writeln!(f, "repeat {}", clock(after)))
    }
}

fn clock(duration: Duration) -> String {
    let seconds = duration.as_secs();
    format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

fn read_clock(text: &str) -> Option<Duration> {
    let parts: Vec<u64> = text.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [hours, minutes, seconds] = parts.as_slice() else { return None };
    (*minutes < 60 && *seconds < 60 && *hours < 10_000)
        .then(|| Duration::from_secs(hours * 3600 + minutes * 60 + seconds))
}

impl FromStr for Timetable {
    type Err = TimetableError;
    fn from_str(text: &str) -> Result<Self, TimetableError> {
        let mut timetable = Timetable::default();
        for (place, line) in text.lines().enumerate() {
            let line_number = place + 1;
            let form = || TimetableError::Form { line: line_number };
            let words: Vec<&str> = line.split('#').next().unwrap_or_default().split_whitespace().collect();
            match words.as_slice() {
                [] => {}
                ["repeat", after] => timetable.repeat = Some(read_clock(after).ok_or_else(form)?),
                [at, fault, target, lasts] => {
                    let fault = fault.parse().map_err(|source| TimetableError::Fault { line: line_number, source })?;
                    let lasts = Duration::from_secs(lasts.parse().map_err(|_| form())?);
                    let at = read_clock(at).ok_or_else(form)?;
                    timetable.entries.push(Entry { at, fault, target: Target::from(*target), lasts });
                }
                _ => return Err(form()),
            }
        }
        timetable.entries.sort_by_key(|entry| entry.at);
        Ok(timetable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timetable_is_read_as_it_is_written() {
        let timetable = Timetable::demo(&Village::draw(1, 37));
        assert_eq!(timetable.to_string().parse(), Ok(timetable.clone()));
        let uplinks = timetable.entries.iter().filter(|entry| entry.fault == Fault::UplinkCut);
        let targets: Vec<String> = uplinks.map(|entry| entry.target.to_string()).collect();
        assert_eq!(targets, ["dr", "lx", "tt"]);
        assert!(timetable.entries[0].at < Duration::from_secs(60));
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named() {
        let read = |text: &str| text.parse::<Timetable>().map_err(|error| error.to_string());
        assert!(read("# nothing\n\n0:00:10 loss=30 dr-02 60 # here\nrepeat 0:10:00\n").is_ok());
        for bad in ["x", "0:00:10 reboot dr-02", "0:61:10 reboot dr-02 5", "\n0:00:10 flood dr-02 5"] {
            assert!(read(bad).is_err(), "{bad}");
        }
        assert!(read("\n0:00:10 loss=101 dr-02 5").unwrap_err().starts_with("line 2"));
    }
}
