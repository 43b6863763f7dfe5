//! What `poll` prints: JSON in the shape of the contract, or text for people. What a device did not tell is null, or
//! a dash; never 0.

use std::fmt::Write;

use crate::condition_text;
use crate::condition_view::{NeighbourView, SensorView, WifiView, rounded};
use controller::api::view::IdentityView;
use inventory::reading::{Count, Failure, InterfaceReading, Reading};
use serde::Serialize;

/// One visit. What the device did not tell is null, or not in a list.
#[derive(Debug, Serialize)]
pub(crate) struct PollView {
    address: String,
    reachable: bool,
    protocols: Vec<&'static str>,
    uptime_s: Option<u64>,
    identity: IdentityView,
    interfaces: Vec<InterfaceView>,
    pub(crate) wifi: Option<WifiView>,
    pub(crate) cpu_percent: Option<f64>,
    pub(crate) memory_used_percent: Option<f64>,
    pub(crate) sensors: Vec<SensorView>,
    pub(crate) neighbours: Vec<NeighbourView>,
    error: Option<ErrorView>,
    warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
struct InterfaceView {
    index: u32,
    name: String,
    alias: Option<String>,
    #[serde(rename = "type")]
    if_type: Option<u32>,
    mac: Option<String>,
    speed_bps: Option<u64>,
    admin_up: Option<bool>,
    oper_up: Option<bool>,
    in_octets: Option<u64>,
    out_octets: Option<u64>,
    in_errors: Option<u64>,
    out_errors: Option<u64>,
    in_discards: Option<u64>,
    out_discards: Option<u64>,
    counter_bits: Option<u8>,
}

#[derive(Debug, Serialize)]
struct ErrorView {
    kind: &'static str,
    message: String,
    hint: String,
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
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        self.write_text(&mut out).expect("writing to a String cannot fail");
        out
    }

    fn write_text(&self, out: &mut String) -> std::fmt::Result {
        if let Some(error) = &self.error {
            writeln!(out, "{}: {} ({})", self.address, error.message, error.kind)?;
            return writeln!(out, "  {}", error.hint);
        }
        let identity = &self.identity;
        let dash = |text: &Option<String>| match text.as_deref() {
            None | Some("") => "-".to_owned(),
            Some(text) => text.replace('\n', " "),
        };
        writeln!(out, "{} answers by {}", self.address, self.protocols.join(", "))?;
        writeln!(out, "  name      {}", dash(&identity.sys_name))?;
        writeln!(out, "  what      {}", dash(&identity.sys_descr))?;
        writeln!(out, "  platform  {}, {}", dash(&identity.platform), dash(&identity.vendor))?;
        writeln!(out, "  model     {}", dash(&identity.model))?;
        writeln!(out, "  version   {}", dash(&identity.version))?;
        writeln!(out, "  serial    {}", dash(&identity.serial))?;
        writeln!(out, "  location  {}", dash(&identity.sys_location))?;
        writeln!(out, "  up for    {}", self.uptime_s.map_or("-".to_owned(), duration_text))?;
        writeln!(out, "  {} interfaces", self.interfaces.len())?;
        for port in &self.interfaces {
            let state = match (port.admin_up, port.oper_up) {
                (Some(false), _) => "off",
                (_, Some(true)) => "up",
                (_, Some(false)) => "down",
                (_, None) => "-",
            };
            let number = |value: Option<u64>| value.map_or("-".to_owned(), |value| value.to_string());
            let speed = port.speed_bps.map_or("-".to_owned(), |bps| format!("{} Mbit/s", bps / 1_000_000));
            let (name, received, sent) = (&port.name, number(port.in_octets), number(port.out_octets));
            writeln!(out, "    {name:<16} {state:<5} {speed:>12}  in {received:>16}  out {sent:>16} octets")?;
        }
        condition_text::write(self, out)?;
        for warning in &self.warnings {
            writeln!(out, "  warning: {warning}")?;
        }
        Ok(())
    }
}

fn duration_text(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    format!("{days} d {hours} h {minutes} min")
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
        assert!(view.text().contains("open it"));
    }
}
