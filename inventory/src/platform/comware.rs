//! HPE and H3C switches with Comware (HH3C-ENTITY-EXT-MIB, HH3C-LswDEVM-MIB, HH3C-TRANSCEIVER-INFO-MIB, E.25506). After
//! the MIBs: none has answered us yet.

use super::family::{Ask, Clues, Cpu, Family, Memory, Name, Seen, Sensor, Source, between, mean, share, yes_if};
use super::{entity, poe};
use crate::condition::{Condition, SensorClass as Class};
use crate::mib::Answers;

/// Comware 3 to 7.
pub(super) static FAMILY: Family = Family {
    key: "comware",
    platform: "comware",
    vendor: Some("HPE"),
    recognise: |clues: &Clues<'_>| yes_if(clues.is_below("1.3.6.1.4.1.25506")),
    model: &[Source::Descr(model)],
    version: &[Source::Descr(|descr| {
        let version = between(descr, "Version ", ",")?;
        Some(version.trim_end_matches(',').to_owned())
    })],
    // hh3cEntityExtManuSerialNum.
    serial: &[Source::Column("1.3.6.1.4.1.25506.2.6.1.2.1.1.2"), Source::Column("1.3.6.1.2.1.47.1.1.1.1.11")],
    cpu: &[Cpu::Made(&[CPU], |answers| {
        // What is no processor sends 0.
        let loads = answers.column(CPU).filter_map(|(_, load)| load.as_f64());
        let busy: Vec<f64> = loads.collect();
        mean(busy.iter().copied().filter(|load| *load > 0.0)).or_else(|| busy.first().map(|_| 0.0))
    })],
    memory: &[Memory::Made(&[MEMORY, SIZE], memory)],
    sensors: &[STATES, poe::MAIN],
    facts: entity::FACTS,
    live: &[Ask::Columns(TEMPERATURE_ENTRY, &[12]), Ask::Columns(OPTICAL, &[9, 12]), entity::STANDARD_LIVE],
    read,
    ..Family::UNKNOWN
};

/// hh3cEntityExtStateEntry: CpuUsage 6, MemUsage 8 (%), MemSize 10 (bytes), Temperature 12.
const CPU: &str = "1.3.6.1.4.1.25506.2.6.1.1.1.1.6";
const MEMORY: &str = "1.3.6.1.4.1.25506.2.6.1.1.1.1.8";
const SIZE: &str = "1.3.6.1.4.1.25506.2.6.1.1.1.1.10";
const TEMPERATURE_ENTRY: &str = "1.3.6.1.4.1.25506.2.6.1.1.1.1";
/// hh3cTransceiverInfoEntry, by ifIndex: Tx 9 and Rx 12 (1/100 dBm). 2147483647 is none. Its temperature, supply and bias
/// are not read: their columns and units were not held against the MIB.
const OPTICAL: &str = "1.3.6.1.4.1.25506.2.70.1.1.1";

/// `H3C Comware Platform Software, Software Version 5.20.99 Release 2220P02`, and in a line of its own `HP V1910-24G
/// Switch`.
fn model(descr: &str) -> Option<String> {
    let line = descr.lines().map(str::trim).rfind(|line| !line.is_empty() && !line.starts_with("Copyright"))?;
    let line = ["HPE FF ", "HPE ", "HP ", "H3C "].iter().find_map(|maker| line.strip_prefix(maker))?;
    (!line.contains("Comware")).then(|| line.trim().to_owned())
}

/// Each part that has memory in use, by its size where that is told.
fn memory(answers: &Answers) -> Option<f64> {
    let used =
        answers.column(MEMORY).filter_map(|(index, used)| Some((index, used.as_f64().filter(|used| *used > 0.0)?)));
    let sized: Vec<(f64, f64)> = used
        .map(|(index, used)| (used, answers.cell_number(SIZE, index).filter(|size| *size > 0.0).unwrap_or(1.0)))
        .collect();
    share(sized.iter().map(|(used, size)| used / 100.0 * size).sum(), sized.iter().map(|(_, size)| size).sum())
}

/// hh3cDevMFanStatus, hh3cDevMPowerStatus; hh3cEntityExtCurrentPower (mW).
const STATES: &[Sensor] = &[
    Sensor::column(Class::State, Name::Row("fan"), "1.3.6.1.4.1.25506.8.35.9.1.1.1.2").states(PART),
    Sensor::column(Class::State, Name::Row("power supply"), "1.3.6.1.4.1.25506.8.35.9.1.2.1.2").states(PART),
    Sensor::column(Class::Power, Name::Row("consumption of"), "1.3.6.1.4.1.25506.2.6.1.3.1.1.3")
        .times(0.001)
        .only(|milliwatts| milliwatts > 0.0),
    Sensor::column(Class::Temperature, Name::Row("part"), "1.3.6.1.4.1.25506.2.6.1.1.1.1.12")
        .only(|degrees| degrees > 0.0 && degrees < 300.0),
    Sensor::column(Class::Dbm, Name::Port("Tx"), "1.3.6.1.4.1.25506.2.70.1.1.1.9").times(0.01).only(is_there),
    Sensor::column(Class::Dbm, Name::Port("Rx"), "1.3.6.1.4.1.25506.2.70.1.1.1.12").times(0.01).only(is_there),
];

const PART: &[(i64, &str)] = &[(1, "active"), (2, "not active"), (3, "not installed"), (4, "not supported")];

fn is_there(value: f64) -> bool {
    value < f64::from(i32::MAX)
}

fn read(seen: &Seen<'_>, condition: &mut Condition) {
    entity::read(seen, condition);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mib::Value;
    use crate::platform::reading::condition;

    #[test]
    fn model_is_the_last_line_without_its_maker() {
        let descr = "HP Comware Platform Software, Software Version 5.20.99 Release 1513P81\r\nHP V1910-48G Switch \
                     JE009A\r\nCopyright (c) 2010-2015 Hewlett-Packard Development Company, L.P.";
        assert_eq!(model(descr).as_deref(), Some("V1910-48G Switch JE009A"));
        assert_eq!(model("H3C Comware Platform Software"), None);
    }

    #[test]
    fn only_parts_that_have_a_processor_or_memory_are_counted() {
        let mut answers = Answers::default();
        for (name, value) in [
            (format!("{CPU}.1"), 0),
            (format!("{CPU}.2"), 14),
            (format!("{MEMORY}.1"), 0),
            (format!("{MEMORY}.2"), 60),
            (format!("{SIZE}.2"), 1_000_000),
            (format!("{OPTICAL}.12.9"), i32::MAX),
            (format!("{OPTICAL}.9.9"), -512),
        ] {
            answers.insert(name.parse().unwrap(), Value::Integer(value.into()));
        }
        let told = condition(&FAMILY, &answers, &[]);
        assert_eq!((told.cpu_percent, told.memory_used_percent), (Some(14.0), Some(60.0)));
        let sensors: Vec<_> = told.sensors.iter().map(|sensor| (sensor.class, sensor.value)).collect();
        assert_eq!(sensors, [(Class::Dbm, -5.12)]);
    }
}
