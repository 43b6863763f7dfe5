//! Cisco IOS and IOS-XE, the wireless controllers 9800 among them: CISCO-PROCESS-MIB (E.9.9.109), the three generations
//! of memory pools (E.9.9.221, .48, .109), CISCO-ENVMON-MIB (E.9.9.13), CISCO-ENTITY-FRU-CONTROL-MIB (E.9.9.117),
//! CISCO-STACKWISE-MIB (E.9.9.500), CISCO-ENTITY-SENSOR-MIB, PoE. After the MIBs: none has answered us yet.
//!
//! A 9800 fills few rows of AireOS's radio table (LibreNMS #19803); its networks and their clients are there.

use super::family::{Ask, Clues, Cpu, Family, Memory, Name, Seen, Sensor, Source, between, mean, share, word, yes_if};
use super::wifi::{self, everybody, networks};
use super::{entity, neighbours, poe};
use crate::condition::{Condition, SensorClass as Class, Wifi};
use crate::mib::Answers;

/// Every box whose sysDescr says IOS.
pub(super) static FAMILY: Family = Family {
    key: "cisco-ios",
    platform: "ios",
    vendor: Some("Cisco"),
    recognise: |clues: &Clues<'_>| {
        let is_ios = clues.descr.starts_with("Cisco I") || clues.descr.contains("IOS (tm)");
        yes_if(is_ios || clues.is_below("1.3.6.1.4.1.9.1") && clues.descr.contains("IOS"))
    },
    model: &[Source::Column("1.3.6.1.2.1.47.1.1.1.1.13")],
    version: &[Source::Descr(|descr| {
        between(descr, "Version ", ",")
            .and_then(|text| word(&text, 0))
            .map(|text| text.trim_end_matches(',').to_owned())
    })],
    serial: &[Source::Column("1.3.6.1.2.1.47.1.1.1.1.11")],
    // whyReload (OLD-CISCO-SYS-MIB).
    restart_reason: &[Source::Object("1.3.6.1.4.1.9.2.1.2.0")],
    // avgBusy5 (OLD-CISCO-CPU-MIB) is what is left on the oldest.
    cpu: &[Cpu::Made(&[CORES, TOTAL_REV, TOTAL, QFP], processors), Cpu::Object("1.3.6.1.4.1.9.2.1.58.0", 1.0)],
    memory: &[
        Memory::Made(
            &[ENHANCED_VALID, ENHANCED_USED, ENHANCED_FREE, ENHANCED_HC_USED, ENHANCED_HC_FREE],
            enhanced_pools,
        ),
        Memory::Made(&[POOL_USED, POOL_FREE], |answers| used_and_free(answers, POOL_USED, POOL_FREE)),
        Memory::Made(&[CPU_USED, CPU_FREE], |answers| used_and_free(answers, CPU_USED, CPU_FREE)),
    ],
    sensors: &[ENVIRONMENT, UNITS, poe::MAIN],
    facts: &[
        Ask::Columns("1.3.6.1.4.1.9.9.512.1.1.1.1", &[4]),
        Ask::Columns("1.3.6.1.4.1.9.9.513.1.1.1.1", &[5]),
        entity::CISCO_FACTS,
        entity::STANDARD_FACTS[0],
        entity::STANDARD_FACTS[1],
        Ask::Columns(TEMPERATURE, &[2]),
        neighbours::CDP,
    ],
    live: &[
        Ask::Columns("1.3.6.1.4.1.14179.2.1.1.1", &[38]),
        Ask::Object("1.3.6.1.4.1.9.9.618.1.8.4.0"),
        Ask::Columns(TEMPERATURE, &[3, 6]),
        entity::CISCO_LIVE,
        entity::STANDARD_LIVE,
    ],
    read,
    ..Family::UNKNOWN
};

/// cpmCore5min, by processor and core; cpmCPUTotal5minRev and cpmCPUTotal5min, by processor.
const CORES: &str = "1.3.6.1.4.1.9.9.109.1.1.2.1.5";
const TOTAL_REV: &str = "1.3.6.1.4.1.9.9.109.1.1.1.1.8";
const TOTAL: &str = "1.3.6.1.4.1.9.9.109.1.1.1.1.5";
/// ceqfpUtilProcessingLoad (CISCO-ENTITY-QFP-MIB), by processor and interval, of which 3 is five minutes.
const QFP: &str = "1.3.6.1.4.1.9.9.715.1.1.6.1.14";

/// The mean of all processors: by core where the cores are told, and those that forward packets.
fn processors(answers: &Answers) -> Option<f64> {
    let total = if answers.has(TOTAL_REV) { TOTAL_REV } else { TOTAL };
    let cores_of = |processor: &[u32]| {
        let cores = answers.column(CORES).filter(|(index, _)| index.starts_with(processor));
        cores.filter_map(|(_, load)| load.as_f64()).collect::<Vec<_>>()
    };
    let mut loads = Vec::new();
    for (index, load) in answers.column(total) {
        let cores = cores_of(index);
        if cores.is_empty() { loads.extend(load.as_f64()) } else { loads.extend(cores) }
    }
    let forwarding = answers.column(QFP).filter(|(index, _)| index.last() == Some(&3));
    loads.extend(forwarding.filter_map(|(_, load)| load.as_f64()));
    mean(loads)
}

/// cempMemPoolEntry (CISCO-ENHANCED-MEMPOOL-MIB): Valid 5, Used 7, Free 8, HCUsed 18, HCFree 20.
const ENHANCED_VALID: &str = "1.3.6.1.4.1.9.9.221.1.1.1.1.5";
const ENHANCED_USED: &str = "1.3.6.1.4.1.9.9.221.1.1.1.1.7";
const ENHANCED_FREE: &str = "1.3.6.1.4.1.9.9.221.1.1.1.1.8";
const ENHANCED_HC_USED: &str = "1.3.6.1.4.1.9.9.221.1.1.1.1.18";
const ENHANCED_HC_FREE: &str = "1.3.6.1.4.1.9.9.221.1.1.1.1.20";
/// ciscoMemoryPoolEntry (CISCO-MEMORY-POOL-MIB): Used 5, Free 6.
const POOL_USED: &str = "1.3.6.1.4.1.9.9.48.1.1.1.5";
const POOL_FREE: &str = "1.3.6.1.4.1.9.9.48.1.1.1.6";
/// cpmCPUMemoryUsed 12 and cpmCPUMemoryFree 13.
const CPU_USED: &str = "1.3.6.1.4.1.9.9.109.1.1.1.1.12";
const CPU_FREE: &str = "1.3.6.1.4.1.9.9.109.1.1.1.1.13";

/// TruthValue (RFC 2579).
const TRUE: f64 = 1.0;

/// All pools that are in use, together; the 64-bit numbers where they are.
fn enhanced_pools(answers: &Answers) -> Option<f64> {
    let valid = answers.column(ENHANCED_VALID).filter(|(_, valid)| valid.as_f64() == Some(TRUE));
    let pools = valid.filter_map(|(index, _)| {
        let cell =
            |wide: &str, narrow: &str| answers.cell_number(wide, index).or_else(|| answers.cell_number(narrow, index));
        Some((cell(ENHANCED_HC_USED, ENHANCED_USED)?, cell(ENHANCED_HC_FREE, ENHANCED_FREE)?))
    });
    let (used, free) = pools.reduce(|(used, free), (more, less)| (used + more, free + less))?;
    share(used, used + free)
}

fn used_and_free(answers: &Answers, used: &str, free: &str) -> Option<f64> {
    let rows =
        answers.column(used).filter_map(|(index, used)| Some((used.as_f64()?, answers.cell_number(free, index)?)));
    let (used, free) = rows.reduce(|(used, free), (more, less)| (used + more, free + less))?;
    share(used, used + free)
}

/// ciscoEnvMonTemperatureStatusEntry: description 2, value 3, state 6.
const TEMPERATURE: &str = "1.3.6.1.4.1.9.9.13.1.3.1";

/// CISCO-ENVMON-MIB: voltages 2 (mV), temperatures 3, fans 4, supplies 5; each with a description in column 2.
const ENVIRONMENT: &[Sensor] = &[
    Sensor::column(Class::Voltage, Name::Cell("1.3.6.1.4.1.9.9.13.1.2.1.2", ""), "1.3.6.1.4.1.9.9.13.1.2.1.3")
        .times(0.001),
    Sensor::column(Class::State, Name::Cell("1.3.6.1.4.1.9.9.13.1.2.1.2", ""), "1.3.6.1.4.1.9.9.13.1.2.1.7")
        .states(STATES),
    Sensor::column(Class::State, Name::Cell("1.3.6.1.4.1.9.9.13.1.4.1.2", ""), "1.3.6.1.4.1.9.9.13.1.4.1.3")
        .states(STATES),
    Sensor::column(Class::State, Name::Cell("1.3.6.1.4.1.9.9.13.1.5.1.2", ""), "1.3.6.1.4.1.9.9.13.1.5.1.3")
        .states(STATES),
];

const STATES: &[(i64, &str)] =
    &[(1, "normal"), (2, "warning"), (3, "critical"), (4, "shutdown"), (5, "not present"), (6, "not functioning")];

const NAME: &str = "1.3.6.1.2.1.47.1.1.1.1.7";

/// Replaceable units 117.1.1.2 and 117.1.2.1, stack 500.1, PoE 402.1 (mW).
const UNITS: &[Sensor] = &[
    Sensor::column(Class::State, Name::Cell(NAME, "power"), "1.3.6.1.4.1.9.9.117.1.1.2.1.2").states(&[
        (1, "off, other"),
        (2, "on"),
        (3, "off, by the administrator"),
        (4, "off, denied"),
        (5, "off, environment"),
        (6, "off, temperature"),
        (7, "off, fan"),
        (8, "failed"),
        (9, "on, fan failed"),
        (10, "off, cooling"),
        (11, "off, connector rating"),
        (12, "on, no inline power"),
    ]),
    Sensor::column(Class::State, Name::Cell(NAME, "module"), "1.3.6.1.4.1.9.9.117.1.2.1.1.2").states(&[
        (1, "unknown"),
        (2, "ok"),
        (3, "disabled"),
        (4, "ok, diagnostics failed"),
        (5, "boot"),
        (6, "self test"),
        (7, "failed"),
        (8, "missing"),
        (9, "parameter mismatch"),
        (10, "configuration mismatch"),
        (11, "diagnostics failed"),
        (12, "dormant"),
        (13, "out of service, administratively"),
        (14, "out of service, temperature"),
        (15, "powered down"),
        (16, "powered up"),
        (17, "power denied"),
        (18, "power cycled"),
    ]),
    Sensor::object(Class::State, "stack ring redundant", "1.3.6.1.4.1.9.9.500.1.1.3.0")
        .states(&[(1, "true"), (2, "false")]),
    Sensor::column(Class::State, Name::Row("stack role"), "1.3.6.1.4.1.9.9.500.1.2.1.1.3").states(&[
        (1, "master"),
        (2, "member"),
        (3, "not a member"),
        (4, "standby"),
    ]),
    Sensor::column(Class::State, Name::Row("stack state"), "1.3.6.1.4.1.9.9.500.1.2.1.1.6").states(&[
        (1, "waiting"),
        (2, "progressing"),
        (3, "added"),
        (4, "ready"),
        (5, "SDM mismatch"),
        (6, "version mismatch"),
        (7, "feature mismatch"),
        (8, "new master initialising"),
        (9, "provisioned"),
        (10, "invalid"),
        (11, "removed"),
    ]),
    Sensor::column(Class::Power, Name::Row("PoE used"), "1.3.6.1.4.1.9.9.402.1.3.1.4").times(0.001),
    Sensor::column(Class::Power, Name::Row("PoE remaining"), "1.3.6.1.4.1.9.9.402.1.3.1.5").times(0.001),
    Sensor::object(Class::Count, "PoE devices", "1.3.6.1.4.1.9.9.402.1.4.1.0"),
];

fn read(seen: &Seen<'_>, condition: &mut Condition) {
    let answers = seen.answers;
    // A place without its part says 5, and one without a name is none.
    for (index, value) in answers.column(&format!("{TEMPERATURE}.3")) {
        let state = answers.cell_number(&format!("{TEMPERATURE}.6"), index);
        let name = answers.cell_text(&format!("{TEMPERATURE}.2"), index).unwrap_or_else(|| format!("{index:?}"));
        if let Some(degrees) = value.as_f64().filter(|_| state != Some(5.0)) {
            wifi::add(condition, Class::Temperature, name.clone(), degrees);
        }
        if let Some(state) = state {
            wifi::add(condition, Class::State, name, state);
        }
    }
    entity::read_cisco(seen, condition);
    let networks = networks(seen, "1.3.6.1.4.1.9.9.512.1.1.1.1.4", "1.3.6.1.4.1.14179.2.1.1.1.38");
    let rows = answers.column("1.3.6.1.4.1.9.9.513.1.1.1.1.5").count();
    let counted = u32::try_from(rows).ok().filter(|rows| *rows > 0);
    let access_points = wifi::single(seen, "1.3.6.1.4.1.9.9.618.1.8.4.0").or(counted);
    wifi::tell(condition, Wifi { clients: everybody(&networks), access_points, networks, ..Wifi::default() });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mib::Value;
    use crate::platform::reading::condition;

    fn told(answers: &[(&str, Value)]) -> Condition {
        let mut kept = Answers::default();
        for (name, value) in answers {
            kept.insert(name.parse().unwrap(), value.clone());
        }
        condition(&FAMILY, &kept, &[])
    }

    fn number(value: u32) -> Value {
        Value::Gauge32(value)
    }

    #[test]
    fn cores_stand_for_their_processor_and_those_that_forward_are_counted() {
        let told = told(&[
            ("1.3.6.1.4.1.9.9.109.1.1.1.1.8.1", number(50)),
            ("1.3.6.1.4.1.9.9.109.1.1.1.1.8.7", number(20)),
            ("1.3.6.1.4.1.9.9.109.1.1.2.1.5.1.0", number(10)),
            ("1.3.6.1.4.1.9.9.109.1.1.2.1.5.1.1", number(30)),
            ("1.3.6.1.4.1.9.9.715.1.1.6.1.14.9001.2", number(99)),
            ("1.3.6.1.4.1.9.9.715.1.1.6.1.14.9001.3", number(0)),
        ]);
        assert_eq!(told.cpu_percent, Some(15.0));
    }

    #[test]
    fn pools_count_together_when_they_are_valid_and_older_tables_stand_in() {
        let enhanced = told(&[
            ("1.3.6.1.4.1.9.9.221.1.1.1.1.5.1.1", number(1)),
            ("1.3.6.1.4.1.9.9.221.1.1.1.1.7.1.1", number(30)),
            ("1.3.6.1.4.1.9.9.221.1.1.1.1.8.1.1", number(70)),
            ("1.3.6.1.4.1.9.9.221.1.1.1.1.5.1.2", number(2)),
            ("1.3.6.1.4.1.9.9.221.1.1.1.1.7.1.2", number(100)),
            ("1.3.6.1.4.1.9.9.221.1.1.1.1.8.1.2", number(0)),
            ("1.3.6.1.4.1.9.9.48.1.1.1.5.1", number(1)),
            ("1.3.6.1.4.1.9.9.48.1.1.1.6.1", number(1)),
        ]);
        assert_eq!(enhanced.memory_used_percent, Some(30.0));
        let pools = told(&[
            ("1.3.6.1.4.1.9.9.48.1.1.1.5.1", number(10)),
            ("1.3.6.1.4.1.9.9.48.1.1.1.6.1", number(30)),
            ("1.3.6.1.4.1.9.9.48.1.1.1.5.2", number(10)),
            ("1.3.6.1.4.1.9.9.48.1.1.1.6.2", number(50)),
        ]);
        assert_eq!(pools.memory_used_percent, Some(20.0));
    }

    #[test]
    fn optics_are_told_in_their_units_and_an_empty_place_is_no_temperature() {
        let text = |text: &str| Value::Octets { bytes: text.into(), is_cut: false };
        let told = told(&[
            ("1.3.6.1.2.1.47.1.1.1.1.2.1050", text("Te1/1/1 Receive Power Sensor")),
            ("1.3.6.1.4.1.9.9.91.1.1.1.1.1.1050", Value::Integer(14)),
            ("1.3.6.1.4.1.9.9.91.1.1.1.1.2.1050", Value::Integer(9)),
            ("1.3.6.1.4.1.9.9.91.1.1.1.1.3.1050", Value::Integer(1)),
            ("1.3.6.1.4.1.9.9.91.1.1.1.1.4.1050", Value::Integer(-73)),
            ("1.3.6.1.4.1.9.9.91.1.1.1.1.5.1050", Value::Integer(1)),
            ("1.3.6.1.4.1.9.9.13.1.3.1.3.1006", number(0)),
            ("1.3.6.1.4.1.9.9.13.1.3.1.6.1006", Value::Integer(5)),
        ]);
        let of = |class| told.sensors.iter().filter(move |sensor| sensor.class == class).collect::<Vec<_>>();
        assert!((of(Class::Dbm)[0].value + 7.3).abs() < 1e-9, "{:?}", of(Class::Dbm));
        assert_eq!((of(Class::Temperature).len(), of(Class::State)[0].value), (0, 5.0));
    }
}
