//! What the rules beside reachability measure: each with its unit, the values that make sense, and what holds where nobody
//! set anything else.

use inventory::words;

use super::Severity;
use super::setting::{Amount, Setting};

words! {
    /// What a rule beside reachability measures; its word is the rule's.
    Measure, MeasureError {
        /// Asks for reachability that had no answer, of those of the last five minutes, on a device that answers.
        PacketLoss = "packet_loss",
        /// From ask to answer.
        Latency = "latency",
        /// What a hall's line to the Internet carries, of what was contracted, in the fuller direction.
        Bandwidth = "bandwidth",
        /// Packets with errors, on the port of a device that has the most.
        InterfaceErrors = "interface_errors",
        /// How long nobody has used the Wi-Fi of a hall where people used to.
        NoWifiClients = "no_wifi_clients",
        /// How often a device's radios left a channel that weather radar has the right to, in the last day.
        RadarChannel = "radar_channel_change",
        /// How busy a device's processors are.
        Cpu = "cpu",
        /// How much of a device's memory is in use.
        Memory = "memory",
        /// The hottest sensor of a device.
        Temperature = "temperature",
        /// Starts of a device in the last 30 minutes.
        RebootLoop = "reboot_loop",
        /// Visits in a row to which a device answered that the credentials are wrong.
        SnmpAuth = "snmp_auth_failing",
        /// For how long nothing has been heard of the agent that stands in a hall.
        AgentSilent = "agent_silent",
    }
}

/// What the values of a measure are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Hundredths of a whole.
    Percent,
    /// Thousandths of a second.
    Milliseconds,
    /// Packets each second.
    PacketsPerSecond,
    /// Minutes.
    Minutes,
    /// Days.
    Days,
    /// How many.
    Count,
    /// °C.
    Celsius,
}

impl Unit {
    /// The word in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Unit::Percent => "percent",
            Unit::Milliseconds => "milliseconds",
            Unit::PacketsPerSecond => "packets_per_second",
            Unit::Minutes => "minutes",
            Unit::Days => "days",
            Unit::Count => "count",
            Unit::Celsius => "celsius",
        }
    }
}

/// What a measure is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeasureOf {
    /// A hall as a whole.
    Halls,
    /// One device.
    Devices,
}

/// Seconds of asks of which the loss is reckoned.
pub const LOSS_WINDOW_S: i64 = 300;
/// Seconds in which starts are counted.
pub const STARTS_WINDOW_S: i64 = 1_800;
/// Seconds in which changes of channels are counted.
pub const CHANNELS_WINDOW_S: i64 = 86_400;

/// Channels of 5 GHz that weather radar has the right to (EN 301 893: 5250 to 5350 and 5470 to 5730 MHz).
pub const RADAR_CHANNELS: [std::ops::RangeInclusive<u32>; 2] = [52..=64, 100..=144];

const MINUTE: u32 = 60;
const HOUR: u32 = 3_600;

impl Measure {
    /// What the values are in.
    pub fn unit(self) -> Unit {
        match self {
            Measure::PacketLoss | Measure::Bandwidth | Measure::Cpu | Measure::Memory => Unit::Percent,
            Measure::Latency => Unit::Milliseconds,
            Measure::InterfaceErrors => Unit::PacketsPerSecond,
            Measure::AgentSilent => Unit::Minutes,
            Measure::NoWifiClients => Unit::Days,
            Measure::RadarChannel | Measure::RebootLoop | Measure::SnmpAuth => Unit::Count,
            Measure::Temperature => Unit::Celsius,
        }
    }

    /// What it is of.
    pub fn of(self) -> MeasureOf {
        match self {
            Measure::Bandwidth | Measure::NoWifiClients | Measure::AgentSilent => MeasureOf::Halls,
            Measure::PacketLoss
            | Measure::Latency
            | Measure::InterfaceErrors
            | Measure::RadarChannel
            | Measure::Cpu
            | Measure::Memory
            | Measure::Temperature
            | Measure::RebootLoop
            | Measure::SnmpAuth => MeasureOf::Devices,
        }
    }

    /// The least and the greatest threshold that make sense: what is below the one always fires, above the other never.
    pub fn thresholds(self) -> (Amount, Amount) {
        let whole = |least, most| (Amount::whole(least), Amount::whole(most));
        match self {
            Measure::PacketLoss | Measure::Cpu | Measure::Memory => whole(1, 100),
            Measure::Bandwidth => whole(1, 1_000),
            Measure::Latency => whole(1, 10_000),
            Measure::InterfaceErrors => (Amount::of(0.01), Amount::whole(1_000_000)),
            Measure::NoWifiClients => whole(1, 90),
            Measure::RadarChannel => whole(1, 50),
            // Known once, when the minute after which its devices are unknown is over.
            Measure::AgentSilent => whole(1, 1),
            Measure::Temperature => whole(-40, 150),
            Measure::RebootLoop => whole(2, 30),
            Measure::SnmpAuth => whole(1, 100),
        }
    }

    /// What holds where nobody set anything else.
    pub fn default_setting(self) -> Setting {
        let (threshold, hold_s, keep_s) = match self {
            Measure::PacketLoss => (10, 10 * MINUTE, 10 * MINUTE),
            Measure::Latency => (150, 10 * MINUTE, 10 * MINUTE),
            Measure::Bandwidth => (90, 15 * MINUTE, 15 * MINUTE),
            Measure::InterfaceErrors => (5, 10 * MINUTE, 30 * MINUTE),
            Measure::NoWifiClients => (3, 0, 0),
            Measure::RadarChannel => (3, 0, HOUR),
            Measure::Cpu | Measure::Memory => (90, 15 * MINUTE, 10 * MINUTE),
            Measure::Temperature => (75, 10 * MINUTE, 15 * MINUTE),
            Measure::RebootLoop => (3, 0, 10 * MINUTE),
            Measure::SnmpAuth => (3, 0, 5 * MINUTE),
            Measure::AgentSilent => (1, 0, 0),
        };
        let severity = match self {
            Measure::AgentSilent => Severity::Critical,
            Measure::PacketLoss
            | Measure::Latency
            | Measure::Bandwidth
            | Measure::InterfaceErrors
            | Measure::NoWifiClients
            | Measure::RadarChannel
            | Measure::Cpu
            | Measure::Memory
            | Measure::Temperature
            | Measure::RebootLoop
            | Measure::SnmpAuth => Severity::Warning,
        };
        Setting { threshold: Amount::whole(threshold), hold_s, keep_s, severity, is_enabled: true }
    }
}
