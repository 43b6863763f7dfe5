//! What `poll` prints: JSON in the shape of the contract, or text for people. What a device did not tell is null, or
//! a dash; never 0.

use crate::condition_view::{NeighbourView, SensorView, WifiView, rounded};
use crate::poll_screen::{self, Language};
use controller::api::view::IdentityView;
use inventory::reading::{Count, Failure, InterfaceReading, Reading};
use serde::Serialize;

/// One visit. What the device did not tell is null, or not in a list.
#[derive(Debug, Serialize)]
pub(crate) struct PollView {
    pub(crate) address: String,
    pub(crate) reachable: bool,
    pub(crate) protocols: Vec<&'static str>,
    pub(crate) uptime_s: Option<u64>,
    pub(crate) identity: IdentityView,
    pub(crate) interfaces: Vec<InterfaceView>,
    pub(crate) wifi: Option<WifiView>,
    pub(crate) cpu_percent: Option<f64>,
    pub(crate) memory_used_percent: Option<f64>,
    pub(crate) sensors: Vec<SensorView>,
    pub(crate) neighbours: Vec<NeighbourView>,
    pub(crate) error: Option<ErrorView>,
    pub(crate) warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct InterfaceView {
    pub(crate) index: u32,
    pub(crate) name: String,
    pub(crate) alias: Option<String>,
    #[serde(rename = "type")]
    pub(crate) if_type: Option<u32>,
    pub(crate) mac: Option<String>,
    pub(crate) speed_bps: Option<u64>,
    pub(crate) admin_up: Option<bool>,
    pub(crate) oper_up: Option<bool>,
    pub(crate) wan: Option<bool>,
    pub(crate) in_octets: Option<u64>,
    pub(crate) out_octets: Option<u64>,
    pub(crate) in_errors: Option<u64>,
    pub(crate) out_errors: Option<u64>,
    pub(crate) in_discards: Option<u64>,
    pub(crate) out_discards: Option<u64>,
    pub(crate) counter_bits: Option<u8>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ErrorView {
    pub(crate) kind: &'static str,
    pub(crate) message: String,
    pub(crate) hint: String,
}

impl PollView {
    /// A visit that went well.
    pub(crate) fn read(address: String, protocols: Vec<&'static str>, reading: Reading) -> Self {
        let condition = reading.condition;
        PollView {
            address,
            reachable: true,
            protocols,
            uptime_s: reading.uptime.map(|uptime| uptime.since_start.as_secs()),
            identity: reading.identity.map(IdentityView::from).unwrap_or_default(),
            interfaces: reading.interfaces.into_iter().map(InterfaceView::from).collect(),
            wifi: condition.wifi.map(WifiView::from),
            cpu_percent: condition.cpu_percent.map(rounded),
            memory_used_percent: condition.memory_used_percent.map(rounded),
            sensors: condition.sensors.into_iter().map(SensorView::from).collect(),
            neighbours: condition.neighbours.into_iter().map(NeighbourView::from).collect(),
            error: None,
            warnings: reading.warnings,
        }
    }

    /// A visit that failed.
    pub(crate) fn failed(address: String, failure: Failure) -> Self {
        let nothing = PollView::read(address, Vec::new(), Reading::default());
        let error = ErrorView { kind: failure.kind.as_str(), message: failure.message, hint: failure.hint };
        PollView { reachable: false, protocols: Vec::new(), error: Some(error), ..nothing }
    }

    /// The same for people at a terminal.
    pub(crate) fn text(&self, language: Language) -> String {
        let mut out = String::new();
        poll_screen::write(self, language, &mut out).expect("writing to a String cannot fail");
        out
    }
}

impl From<InterfaceReading> for InterfaceView {
    fn from(port: InterfaceReading) -> Self {
        let value = |count: Option<Count>| count.map(|count| count.value);
        InterfaceView {
            index: port.index,
            name: port.name,
            alias: port.alias,
            if_type: port.if_type,
            mac: port.mac.map(|mac| mac.to_string()),
            speed_bps: port.speed_bps,
            admin_up: port.is_admin_up,
            oper_up: port.is_oper_up,
            wan: port.is_wan,
            in_octets: value(port.in_octets),
            out_octets: value(port.out_octets),
            in_errors: value(port.in_errors),
            out_errors: value(port.out_errors),
            in_discards: value(port.in_discards),
            out_discards: value(port.out_discards),
            counter_bits: port.in_octets.or(port.out_octets).map(|count| count.width.bits()),
        }
    }
}

#[cfg(test)]
mod tests {
    use inventory::reading::FailureKind;

    use super::*;

    #[test]
    fn what_a_device_did_not_tell_is_null_and_never_zero() {
        let port = InterfaceReading { index: 1, name: "ether1".into(), ..InterfaceReading::default() };
        let reading = Reading { interfaces: vec![port], ..Reading::default() };
        let json = serde_json::to_value(PollView::read("127.0.0.1:161".into(), vec!["snmp2c"], reading)).unwrap();
        assert_eq!(json["interfaces"][0]["in_octets"], serde_json::Value::Null);
        assert_eq!(json["uptime_s"], serde_json::Value::Null);
        assert_eq!(json["wifi"], serde_json::Value::Null);
        assert_eq!(json["error"], serde_json::Value::Null);
        assert_eq!(json["reachable"], true);
    }

    #[test]
    fn a_failure_says_its_kind_what_happened_and_what_to_do() {
        let failure = Failure { kind: FailureKind::Refused, message: "closed".into(), hint: "open it".into() };
        let view = PollView::failed("h".into(), failure);
        let json = serde_json::to_value(&view).unwrap();
        assert_eq!(json["error"]["kind"], "refused");
        assert_eq!(json["reachable"], false);
        assert!(view.text(Language::En).contains("open it"));
    }
}
