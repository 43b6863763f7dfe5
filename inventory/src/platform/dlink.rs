//! D-Link (E.171): switches with AGENT-GENERAL-MIB and EQUIPMENT-MIB (171.12), newer ones with DLINKSW-ENTITY-EXT-MIB
//! (171.14.5). Identity is in sysDescr on all. After the MIBs: none has answered us yet. Access points have an object
//! for each model under its own sysObjectID, which is not read.

use super::family::{Clues, Cpu, Family, Memory, Name, Sensor, Source, share, word, yes_if};
use super::poe;
use crate::condition::SensorClass as Class;
use crate::mib::Answers;

/// Every switch and router.
pub(super) static FAMILY: Family = Family {
    key: "dlink",
    platform: "dlink",
    vendor: Some("D-Link"),
    recognise: |clues: &Clues<'_>| yes_if(clues.is_below("1.3.6.1.4.1.171") || clues.descr.starts_with("D-Link ")),
    model: &[
        Source::Descr(|descr| descr.split_whitespace().find(|word| is_model(word)).map(str::to_owned)),
        Source::Descr(|descr| word(descr.strip_prefix("D-Link ").unwrap_or(descr), 0)),
    ],
    version: &[
        // dEntityExtVersionRuntime, probeSoftwareRev (RMON2-MIB), swUnitMgmtFirmwareVersion.
        Source::Column("1.3.6.1.4.1.171.14.5.1.8.1.3"),
        Source::Object("1.3.6.1.2.1.16.19.2.0"),
        Source::Object("1.3.6.1.4.1.171.12.11.1.9.4.1.11.1"),
        Source::Descr(|descr| descr.split_whitespace().find(|word| is_version(word)).map(str::to_owned)),
    ],
    serial: &[Source::Object("1.3.6.1.4.1.171.12.11.1.9.4.1.17.1"), Source::Object("1.3.6.1.4.1.171.12.1.1.12.0")],
    // agentCPUutilizationIn5sec, dEntityExtCpuUtilOneMinute.
    cpu: &[Cpu::Object("1.3.6.1.4.1.171.12.1.1.6.1.0", 1.0), Cpu::Column("1.3.6.1.4.1.171.14.5.1.7.1.4"), Cpu::HOST[0]],
    // agentDRAMutilization.
    memory: &[
        Memory::PercentColumn("1.3.6.1.4.1.171.12.1.1.9.1.4"),
        Memory::Made(&[TOTAL, USED], dram),
        Memory::Storage,
    ],
    sensors: &[ENVIRONMENT, poe::MAIN],
    ..Family::UNKNOWN
};

/// `DGS-1210-28P/ME`, `WS6-DGS-1210-10P`.
fn is_model(word: &str) -> bool {
    let starts = ["DGS-", "DES-", "DXS-", "DAP-", "DIR-", "DSR-", "DWL-", "DWC-", "DIS-", "DBG-", "DBA-", "WS6-"];
    starts.iter().any(|start| word.starts_with(start))
}

/// `6.20.B018`, `4.21.B008`.
fn is_version(word: &str) -> bool {
    word.contains('.') && word.starts_with(|letter: char| letter.is_ascii_digit())
}

/// dEntityExtMemUtilTotal and dEntityExtMemUtilUsed (KB), by unit and kind, of which 1 is DRAM, 2 flash, 3 NVRAM.
const TOTAL: &str = "1.3.6.1.4.1.171.14.5.1.4.1.3";
const USED: &str = "1.3.6.1.4.1.171.14.5.1.4.1.4";

fn dram(answers: &Answers) -> Option<f64> {
    let is_dram = |index: &[u32]| index.last() == Some(&1);
    let sum = |column: &str| {
        let rows = answers.column(column).filter(|(index, _)| is_dram(index));
        rows.filter_map(|(_, value)| value.as_f64()).sum::<f64>()
    };
    share(sum(USED), sum(TOTAL))
}

/// swTemperatureCurrent; dEntityExtEnvTemp 1.1 (description 3, value 4, status 7), fans 1.2, supplies 1.3.
const ENVIRONMENT: &[Sensor] = &[
    Sensor::column(Class::Temperature, Name::Row("unit"), "1.3.6.1.4.1.171.12.11.1.8.1.2"),
    Sensor::column(Class::Temperature, Name::Row("temperature"), "1.3.6.1.4.1.171.14.5.1.1.1.1.4"),
    Sensor::column(Class::State, Name::Row("temperature"), "1.3.6.1.4.1.171.14.5.1.1.1.1.7"),
    Sensor::column(Class::State, Name::Row("fan"), "1.3.6.1.4.1.171.14.5.1.1.2.1.4"),
    Sensor::column(Class::State, Name::Row("power supply"), "1.3.6.1.4.1.171.14.5.1.1.3.1.6"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mib::Value;
    use crate::platform::reading::{condition, identify};
    use crate::reading::Identity;

    #[test]
    fn model_and_version_are_found_in_what_it_says_of_itself() {
        let told = |descr: &str| {
            let mut identity = Identity { sys_descr: Some(descr.to_owned()), ..Identity::default() };
            identify(&FAMILY, &Answers::default(), &mut identity);
            (identity.model.unwrap_or_default(), identity.version.unwrap_or_default())
        };
        assert_eq!(told("D-Link DES-3200-28 Fast Ethernet Switch"), ("DES-3200-28".into(), String::new()));
        assert_eq!(told("DGS-1210-28P 6.20.007"), ("DGS-1210-28P".into(), "6.20.007".into()));
        assert_eq!(told("WS6-DGS-1210-10P/F1 6.30.016"), ("WS6-DGS-1210-10P/F1".into(), "6.30.016".into()));
    }

    #[test]
    fn memory_is_main_memory_and_not_flash() {
        let mut answers = Answers::default();
        for (name, value) in [
            (format!("{TOTAL}.1.1"), 1000),
            (format!("{USED}.1.1"), 250),
            (format!("{TOTAL}.1.2"), 100),
            (format!("{USED}.1.2"), 99),
        ] {
            answers.insert(name.parse().unwrap(), Value::Gauge32(value));
        }
        assert_eq!(condition(&FAMILY, &answers, &[]).memory_used_percent, Some(25.0));
    }
}
