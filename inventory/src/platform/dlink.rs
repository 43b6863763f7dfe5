//! D-Link (E.171): load of the agent (AGENT-GENERAL-MIB), identity in sysDescr. After the MIB: none has answered us yet.

use super::family::{Clues, Cpu, Family, Source, word, yes_if};

/// D-Link: load and memory of the agent (AGENT-GENERAL-MIB), identity in sysDescr.
pub(super) static FAMILY: Family = Family {
    key: "dlink",
    platform: "dlink",
    vendor: Some("D-Link"),
    recognise: |clues: &Clues<'_>| yes_if(clues.is_below("1.3.6.1.4.1.171")),
    model: &[Source::Descr(|descr| descr.split_whitespace().find(|word| is_model(word)).map(str::to_owned))],
    version: &[Source::Object("1.3.6.1.2.1.16.19.2.0"), Source::Descr(|descr| word(descr, 2))],
    serial: &[Source::Object("1.3.6.1.4.1.171.12.1.1.12.0")],
    cpu: &[Cpu::Object("1.3.6.1.4.1.171.12.1.1.6.3.0", 1.0), Cpu::HOST[0]],
    ..Family::UNKNOWN
};

/// `DGS-1210-28P/ME`, `WS6-DGS-1210-10P`.
fn is_model(word: &str) -> bool {
    ["DGS-", "DES-", "DXS-", "DAP-", "DIR-", "DSR-", "DWL-", "WS6-"].iter().any(|start| word.starts_with(start))
}
