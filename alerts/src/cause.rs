//! Why an outage happened, and what it is suspected to be while it lasts: judged from plain facts that are kept with the
//! outage, so that everybody can see what the judgement rests on. Pure.

use jiff::{SignedDuration, Timestamp};

inventory::words! {
    /// Why an outage happened, or is suspected to.
    Cause, CauseError {
        /// Nothing is known yet, or nothing could be found out.
        Unknown = "unknown",
        /// The mains failed: what stood there started inside the outage.
        Power = "power",
        /// The line failed: what stood there ran on.
        Line = "line",
        /// The box failed: its neighbours behind the same gateway ran on.
        Device = "device",
        /// Something that many halls share failed.
        Upstream = "upstream",
        /// A change of its configuration broke it.
        Config = "config",
        /// It hung behind another device that was unreachable.
        CutOff = "cut_off",
    }
}

/// Halls lost within so many seconds of each other were lost together.
pub const TOGETHER_S: i64 = 90;
/// So many halls lost together point to something that they share.
pub const MANY_HALLS: u32 = 3;
/// A change of configuration so many seconds before an outage is taken for its cause.
pub const AFTER_CHANGE_S: i64 = 10 * 60;
/// Uptimes are read and counted late by some seconds: a start this long before the first ask that was missed belongs to
/// the outage. Asks are 20 s apart, and a power cut begins somewhere between two of them.
const START_SLACK_S: i64 = 30;

/// Whether what stood there started inside the outage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run {
    /// It started then.
    Started(Timestamp),
    /// It has run since then.
    RanOn(Timestamp),
}

/// What is known about an outage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Evidence {
    /// Whether it, or the gateway of the hall, started inside the outage; known once it answers again and says how long it
    /// has run.
    pub run: Option<Run>,
    /// Whether that runs on a UPS or a battery: then its running on says nothing of the mains.
    pub is_backed_up: bool,
    /// Other devices of the hall on its mains that started inside the outage.
    pub others_started: u32,
    /// Other devices of the hall without a battery that ran on.
    pub others_ran_on: u32,
    /// When a change of configuration was applied to it, or to what carries it, in the 10 minutes before.
    pub changed: Option<Timestamp>,
    /// Other halls that were lost within 90 s of it, not because they hang behind something that was.
    pub halls_beside: u32,
    /// Whether it and these are all halls of its area, which has more than one.
    pub is_whole_area: bool,
    /// How many of these hang on its power feeder; none when its feeder is not known.
    pub feeder_beside: u32,
    /// Devices behind the same gateway that answered on.
    pub neighbours_up: u32,
    /// Whether a UPS there said that it runs on its battery.
    pub is_on_battery: bool,
    /// Whether something in the hall that does not hang on its gateway answers.
    pub has_second_path: bool,
}

impl Evidence {
    /// The cause, once it is over. Power and line are claimed only where something that started or ran on proves it.
    pub fn cause(&self) -> Cause {
        if self.changed.is_some() {
            return Cause::Config;
        }
        if self.neighbours_up > 0 {
            return Cause::Device;
        }
        match (self.run, self.others_ran_on > 0) {
            // What hangs on the same mains beside it ran on.
            (Some(Run::Started(_)), true) => Cause::Device,
            (Some(Run::Started(_)), false) => Cause::Power,
            (Some(Run::RanOn(_)), others_ran_on) if others_ran_on || !self.is_backed_up => self.line(),
            // Its box ran on by its battery; what has none, and the line's box, did not.
            (Some(Run::RanOn(_)) | None, false) if self.others_started > 0 => Cause::Power,
            (Some(Run::RanOn(_)) | None, _) if self.is_shared() && !self.is_one_feeder() && !self.is_on_battery => {
                Cause::Upstream
            }
            (Some(Run::RanOn(_)) | None, _) => Cause::Unknown,
        }
    }

    fn line(&self) -> Cause {
        if self.is_shared() { Cause::Upstream } else { Cause::Line }
    }

    /// What it is suspected to be while it lasts.
    pub fn suspected(&self) -> Cause {
        if self.changed.is_some() {
            Cause::Config
        } else if self.neighbours_up > 0 {
            Cause::Device
        } else if self.is_on_battery || self.is_one_feeder() {
            Cause::Power
        } else if self.is_shared() {
            Cause::Upstream
        } else if self.has_second_path {
            Cause::Line
        } else {
            Cause::Unknown
        }
    }

    /// Whether it was lost with so many others that they share the cause.
    fn is_shared(&self) -> bool {
        self.halls_beside + 1 >= MANY_HALLS || self.is_whole_area
    }

    /// Whether all that were lost together, more than one, hang on one power feeder.
    fn is_one_feeder(&self) -> bool {
        self.feeder_beside > 0 && self.feeder_beside == self.halls_beside
    }
}

/// What a start means for an outage that began at `began`.
pub(crate) fn run(began: Timestamp, started: Timestamp) -> Run {
    let inside = started.duration_since(began) > SignedDuration::from_secs(-START_SLACK_S);
    if inside { Run::Started(started) } else { Run::RanOn(started) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_767_229_200 + second).unwrap()
    }

    #[test]
    fn the_cause_is_the_strongest_thing_that_is_known() {
        let none = Evidence::default();
        let started = Evidence { run: Some(run(at(100), at(75))), ..none };
        let ran_on = Evidence { run: Some(run(at(100), at(69))), ..none };
        let together = |evidence: Evidence| Evidence { halls_beside: 2, ..evidence };
        let feeder = |evidence: Evidence| Evidence { halls_beside: 1, feeder_beside: 1, ..evidence };
        let table = [
            (none, Cause::Unknown, Cause::Unknown),
            (started, Cause::Power, Cause::Unknown),
            (ran_on, Cause::Line, Cause::Unknown),
            (Evidence { halls_beside: 1, ..none }, Cause::Unknown, Cause::Unknown),
            (together(none), Cause::Upstream, Cause::Upstream),
            (Evidence { halls_beside: 1, is_whole_area: true, ..none }, Cause::Upstream, Cause::Upstream),
            (together(started), Cause::Power, Cause::Upstream),
            (together(ran_on), Cause::Upstream, Cause::Upstream),
            (feeder(none), Cause::Unknown, Cause::Power),
            (feeder(started), Cause::Power, Cause::Power),
            (feeder(ran_on), Cause::Line, Cause::Power),
            (Evidence { halls_beside: 2, feeder_beside: 2, ..none }, Cause::Unknown, Cause::Power),
            (Evidence { halls_beside: 3, feeder_beside: 2, ..none }, Cause::Upstream, Cause::Upstream),
            (Evidence { is_on_battery: true, ..none }, Cause::Unknown, Cause::Power),
            (Evidence { is_on_battery: true, halls_beside: 2, ..ran_on }, Cause::Upstream, Cause::Power),
            (Evidence { has_second_path: true, ..none }, Cause::Unknown, Cause::Line),
            (Evidence { others_ran_on: 1, ..started }, Cause::Device, Cause::Unknown),
            (Evidence { others_started: 1, ..started }, Cause::Power, Cause::Unknown),
            (Evidence { others_started: 1, ..none }, Cause::Power, Cause::Unknown),
            (Evidence { others_started: 1, others_ran_on: 1, ..none }, Cause::Unknown, Cause::Unknown),
            (Evidence { is_backed_up: true, ..ran_on }, Cause::Unknown, Cause::Unknown),
            (Evidence { is_backed_up: true, others_started: 1, ..ran_on }, Cause::Power, Cause::Unknown),
            (Evidence { is_backed_up: true, others_ran_on: 1, ..ran_on }, Cause::Line, Cause::Unknown),
            (Evidence { is_backed_up: true, ..started }, Cause::Power, Cause::Unknown),
            (Evidence { others_started: 1, ..ran_on }, Cause::Line, Cause::Unknown),
            (Evidence { neighbours_up: 2, ..started }, Cause::Device, Cause::Device),
            (Evidence { changed: Some(at(0)), halls_beside: 8, ..started }, Cause::Config, Cause::Config),
        ];
        for (evidence, cause, suspected) in table {
            assert_eq!((evidence.cause(), evidence.suspected()), (cause, suspected), "{evidence:?}");
        }
    }
}
