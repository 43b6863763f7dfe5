//! Aruba switches with AOS-CX (ARUBAWIRED MIBs, E.47196.4.1.1.3). After the MIBs: none has answered us yet.

use super::family::{Ask, Clues, Family, Name, Seen, Sensor, Source, word, yes_if};
use super::{entity, poe, wifi};
use crate::condition::{Condition, SensorClass as Class};

/// 4100i to 10000.
pub(super) static FAMILY: Family = Family {
    key: "aruba-cx",
    platform: "arubacx",
    vendor: Some("Aruba"),
    recognise: |clues: &Clues<'_>| yes_if(clues.is_below("1.3.6.1.4.1.47196.4.1.1.1")),
    // A stack has its parts from 101001 on.
    model: &[
        Source::Object("1.3.6.1.2.1.47.1.1.1.1.2.1"),
        Source::Object("1.3.6.1.2.1.47.1.1.1.1.2.101001"),
        Source::Descr(|descr| word(descr, 2)),
    ],
    version: &[
        Source::Object("1.3.6.1.2.1.47.1.1.1.1.10.1"),
        Source::Object("1.3.6.1.2.1.47.1.1.1.1.10.101001"),
        Source::Descr(|descr| descr.split_whitespace().find(|word| is_version(word)).map(str::to_owned)),
    ],
    serial: &[Source::Object("1.3.6.1.2.1.47.1.1.1.1.11.1"), Source::Object("1.3.6.1.2.1.47.1.1.1.1.11.101001")],
    sensors: &[SENSORS, poe::MAIN],
    facts: entity::FACTS,
    live: &[Ask::Columns(LANE, &[7, 12]), entity::STANDARD_LIVE],
    read,
    ..Family::UNKNOWN
};

/// `FL.10.06.0110`: two letters, then numbers of two, two and four digits.
fn is_version(word: &str) -> bool {
    let lengths: Vec<usize> = word.split('.').map(str::len).collect();
    lengths == [2, 2, 2, 4] && word[..2].bytes().all(|letter| letter.is_ascii_uppercase())
}

/// arubaWiredPmXcvrLaneDom, by ifIndex and lane: bias 2 (1/1000 mA), Tx 7 and Rx 12 (mW, as text).
const LANE: &str = "1.3.6.1.4.1.47196.4.1.1.3.27.1.2.2.1";

/// Temperatures 11.3 (1/1000 degree), supplies 11.2 (W), fans 11.5, optical modules 27.1.2.1, VSF 15.1.
const SENSORS: &[Sensor] = &[
    Sensor::column(
        Class::Temperature,
        Name::Cell("1.3.6.1.4.1.47196.4.1.1.3.11.3.1.1.5", ""),
        "1.3.6.1.4.1.47196.4.1.1.3.11.3.1.1.7",
    )
    .times(0.001),
    Sensor::column(Class::Power, Name::Row("power supply"), "1.3.6.1.4.1.47196.4.1.1.3.11.2.1.1.7"),
    Sensor::column(Class::State, Name::Row("power supply"), "1.3.6.1.4.1.47196.4.1.1.3.11.2.1.1.11").states(&[
        (1, "ok"),
        (2, "absent"),
        (3, "input fault"),
        (4, "output fault"),
        (5, "PoE fault"),
        (6, "fault without recovery"),
        (7, "alert"),
        (8, "unknown"),
        (9, "unsupported"),
        (10, "warning"),
        (11, "initialising"),
        (12, "empty"),
        (13, "airflow fault"),
        (14, "redundancy fault"),
        (15, "mixed input"),
        (16, "over voltage"),
        (17, "under voltage"),
    ]),
    Sensor::column(Class::State, Name::Row("fan"), "1.3.6.1.4.1.47196.4.1.1.3.11.5.1.1.10").states(&[
        (1, "unknown"),
        (2, "empty"),
        (3, "uninitialised"),
        (4, "ok"),
        (5, "fault"),
    ]),
    Sensor::column(Class::Temperature, Name::Port("module"), "1.3.6.1.4.1.47196.4.1.1.3.27.1.2.1.1.2"),
    Sensor::column(Class::Voltage, Name::Port("module"), "1.3.6.1.4.1.47196.4.1.1.3.27.1.2.1.1.11"),
    Sensor::column(Class::Current, Name::Row("bias of lane"), "1.3.6.1.4.1.47196.4.1.1.3.27.1.2.2.1.2").times(0.001),
    Sensor::object(Class::State, "VSF", "1.3.6.1.4.1.47196.4.1.1.3.15.1.1.1.0").states(&[
        (0, "no split"),
        (1, "active fragment"),
        (2, "inactive fragment"),
    ]),
    Sensor::object(Class::State, "VSF topology", "1.3.6.1.4.1.47196.4.1.1.3.15.1.1.2.0").states(&[
        (0, "standalone"),
        (1, "ring"),
        (2, "chain"),
    ]),
    Sensor::column(Class::State, Name::Row("VSF member"), "1.3.6.1.4.1.47196.4.1.1.3.15.1.2.1.3").states(&[
        (10, "not present"),
        (11, "booting"),
        (12, "ready"),
        (13, "version mismatch"),
    ]),
];

fn read(seen: &Seen<'_>, condition: &mut Condition) {
    for (number, after) in [(7, "Tx"), (12, "Rx")] {
        for (index, milliwatts) in seen.answers.column(&format!("{LANE}.{number}")) {
            // No light has no level.
            let ([port, lane], Some(milliwatts)) = (index, milliwatts.as_f64().filter(|light| *light > 0.0)) else {
                continue;
            };
            let name = format!("{} lane {lane} {after}", seen.port(*port));
            wifi::add(condition, Class::Dbm, name, 10.0 * milliwatts.log10());
        }
    }
    entity::read(seen, condition);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mib::{Answers, Value};
    use crate::platform::reading::condition;

    #[test]
    fn light_is_told_as_a_level_and_darkness_not_at_all() {
        let mut answers = Answers::default();
        for (name, text) in [(format!("{LANE}.7.1.1"), "0.5"), (format!("{LANE}.12.1.1"), "0.00")] {
            answers.insert(name.parse().unwrap(), Value::Octets { bytes: text.into(), is_cut: false });
        }
        let told = condition(&FAMILY, &answers, &[]).sensors;
        assert_eq!(told.len(), 1);
        assert!((told[0].value + 3.0103).abs() < 0.001, "{}", told[0].value);
        assert!(is_version("FL.10.06.0110") && !is_version("JL679A") && !is_version("10.06"));
    }
}
