//! What is measured: names, units, and the keys under which samples are kept.

use jiff::Timestamp;

use crate::id::{DeviceId, InterfaceId, PartId};
use crate::reading::CounterWidth;
use crate::words;

words! {
    /// A measured quantity. Names end in their unit, in the way of Prometheus.
    Metric, MetricError {
        /// 1 when a reachability ask was answered, 0 when three in a row were not.
        Reachable = "reachable",
        /// Time from ask to answer.
        RttSeconds = "rtt_seconds",
        /// Asks without an answer just before the one that had one; kept when there were any. A time from ask to answer
        /// without it beside it was the first ask's.
        MissedAsks = "missed_asks",
        /// How long the device has run, in hundredths of a second as it counts them.
        UptimeCentiseconds = "uptime_centiseconds",
        /// Counter: octets received by an interface.
        InOctets = "in_octets",
        /// Counter: octets sent by an interface.
        OutOctets = "out_octets",
        /// Counter: packets received with errors.
        InErrors = "in_errors",
        /// Counter: packets not sent because of errors.
        OutErrors = "out_errors",
        /// Counter: packets received and thrown away.
        InDiscards = "in_discards",
        /// Counter: packets thrown away instead of sent.
        OutDiscards = "out_discards",
        /// 1 while ifOperStatus is up, 0 while it is anything else.
        OperUp = "oper_up",
        /// ifSpeed in bits per second, kept when it changes.
        SpeedBps = "speed_bps",
        /// ifCounterDiscontinuityTime in hundredths of a second, kept when it changes.
        DiscontinuityCentiseconds = "discontinuity_centiseconds",
        /// How busy a device's processors are, the mean of them.
        CpuPercent = "cpu_percent",
        /// How much of a device's memory is in use.
        MemoryUsedPercent = "memory_used_percent",
        /// Who is connected by Wi-Fi: to a device, a radio or a network.
        WifiClients = "wifi_clients",
        /// The channel of a radio.
        Channel = "channel",
        /// The frequency of a radio.
        FrequencyMegahertz = "frequency_megahertz",
        /// What a radio sends with.
        TxPowerDbm = "tx_power_dbm",
        /// The noise floor of a radio.
        NoiseDbm = "noise_dbm",
        /// How much of the time the channel of a radio is busy.
        UtilizationPercent = "utilization_percent",
        /// A sensor in °C.
        TemperatureCelsius = "temperature_celsius",
        /// A sensor in volts.
        Volts = "volts",
        /// A sensor in amperes.
        Amperes = "amperes",
        /// A sensor in watts.
        Watts = "watts",
        /// A fan, in revolutions per minute.
        RevolutionsPerMinute = "revolutions_per_minute",
        /// A sensor in hertz.
        Hertz = "hertz",
        /// A sensor in per cent.
        SensorPercent = "sensor_percent",
        /// How long a battery lasts, in minutes.
        RuntimeMinutes = "runtime_minutes",
        /// The number of a state, as the device's MIB gives it.
        StateNumber = "state_number",
        /// A sensor that counts.
        CountNow = "count_now",
        /// A sensor in dBm.
        Dbm = "dbm",
        /// A sensor in decibels.
        Decibels = "decibels",
        /// A rate over the air, in bits per second.
        RateBps = "rate_bps",
        /// A distance over the air, in kilometres.
        DistanceKilometres = "distance_kilometres",
    }
}

impl Metric {
    /// Whether the ledger of a hall is computed from it: kept for as long as the ledger.
    pub fn is_of_ledger(self) -> bool {
        matches!(self, Metric::Reachable | Metric::UptimeCentiseconds)
    }

    /// Whether it is of a device as a whole, not of one of its interfaces or parts.
    pub fn is_of_devices(self) -> bool {
        matches!(
            self,
            Metric::Reachable
                | Metric::RttSeconds
                | Metric::MissedAsks
                | Metric::UptimeCentiseconds
                | Metric::CpuPercent
                | Metric::MemoryUsedPercent
                | Metric::WifiClients
        )
    }

    /// How the values behave.
    pub fn behaviour(self) -> Behaviour {
        match self {
            Metric::InOctets
            | Metric::OutOctets
            | Metric::InErrors
            | Metric::OutErrors
            | Metric::InDiscards
            | Metric::OutDiscards => Behaviour::Counter,
            Metric::Reachable
            | Metric::RttSeconds
            | Metric::MissedAsks
            | Metric::UptimeCentiseconds
            | Metric::OperUp
            | Metric::SpeedBps
            | Metric::DiscontinuityCentiseconds
            | Metric::CpuPercent
            | Metric::MemoryUsedPercent
            | Metric::WifiClients
            | Metric::Channel
            | Metric::FrequencyMegahertz
            | Metric::TxPowerDbm
            | Metric::NoiseDbm
            | Metric::UtilizationPercent
            | Metric::TemperatureCelsius
            | Metric::Volts
            | Metric::Amperes
            | Metric::Watts
            | Metric::RevolutionsPerMinute
            | Metric::Hertz
            | Metric::SensorPercent
            | Metric::RuntimeMinutes
            | Metric::StateNumber
            | Metric::CountNow
            | Metric::Dbm
            | Metric::Decibels
            | Metric::RateBps
            | Metric::DistanceKilometres => Behaviour::Gauge,
        }
    }

    /// The unit of what a reader sees: of the rate per second for counters, of the value for gauges.
    pub fn unit(self) -> Unit {
        match self {
            Metric::InOctets | Metric::OutOctets => Unit::OctetsPerSecond,
            Metric::InErrors | Metric::OutErrors | Metric::InDiscards | Metric::OutDiscards => Unit::PacketsPerSecond,
            Metric::Reachable | Metric::OperUp => Unit::YesNo,
            Metric::RttSeconds => Unit::Seconds,
            Metric::UptimeCentiseconds | Metric::DiscontinuityCentiseconds => Unit::Centiseconds,
            Metric::SpeedBps => Unit::BitsPerSecond,
            Metric::CpuPercent | Metric::MemoryUsedPercent | Metric::UtilizationPercent | Metric::SensorPercent => {
                Unit::Percent
            }
            Metric::WifiClients | Metric::CountNow | Metric::MissedAsks => Unit::Count,
            Metric::Channel | Metric::StateNumber => Unit::Number,
            Metric::FrequencyMegahertz => Unit::Megahertz,
            Metric::TxPowerDbm | Metric::NoiseDbm | Metric::Dbm => Unit::Dbm,
            Metric::TemperatureCelsius => Unit::Celsius,
            Metric::Volts => Unit::Volts,
            Metric::Amperes => Unit::Amperes,
            Metric::Watts => Unit::Watts,
            Metric::RevolutionsPerMinute => Unit::RevolutionsPerMinute,
            Metric::Hertz => Unit::Hertz,
            Metric::RuntimeMinutes => Unit::Minutes,
            Metric::Decibels => Unit::Decibels,
            Metric::RateBps => Unit::BitsPerSecond,
            Metric::DistanceKilometres => Unit::Kilometres,
        }
    }

    /// How many steps of the stored integer make one unit: samples are kept as scaled integers, not as floats.
    pub fn scale(self) -> f64 {
        match self {
            // Optical modules tell currents in microamperes.
            Metric::RttSeconds | Metric::Amperes => 1e6,
            Metric::Volts | Metric::Watts | Metric::TxPowerDbm | Metric::Dbm | Metric::DistanceKilometres => 1000.0,
            Metric::CpuPercent
            | Metric::MemoryUsedPercent
            | Metric::FrequencyMegahertz
            | Metric::NoiseDbm
            | Metric::UtilizationPercent
            | Metric::TemperatureCelsius
            | Metric::Hertz
            | Metric::SensorPercent
            | Metric::RuntimeMinutes
            | Metric::Decibels => 100.0,
            Metric::Reachable
            | Metric::MissedAsks
            | Metric::UptimeCentiseconds
            | Metric::InOctets
            | Metric::OutOctets
            | Metric::InErrors
            | Metric::OutErrors
            | Metric::InDiscards
            | Metric::OutDiscards
            | Metric::OperUp
            | Metric::SpeedBps
            | Metric::DiscontinuityCentiseconds
            | Metric::WifiClients
            | Metric::Channel
            | Metric::RevolutionsPerMinute
            | Metric::StateNumber
            | Metric::CountNow
            | Metric::RateBps => 1.0,
        }
    }
}

/// How the values of a metric behave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// A value that stands for itself.
    Gauge,
    /// A count that only grows, wraps and restarts; stored as it is, read as a rate.
    Counter,
}

words! {
    /// Units, as the API spells them.
    Unit, UnitError {
        /// Bytes per second.
        OctetsPerSecond = "octets_per_second",
        /// Packets per second.
        PacketsPerSecond = "packets_per_second",
        /// Bits per second.
        BitsPerSecond = "bits_per_second",
        /// Seconds.
        Seconds = "seconds",
        /// Hundredths of a second.
        Centiseconds = "centiseconds",
        /// Hundredths of a whole.
        Percent = "percent",
        /// How many.
        Count = "count",
        /// A number that stands for something.
        Number = "number",
        /// °C.
        Celsius = "celsius",
        /// V.
        Volts = "volts",
        /// A.
        Amperes = "amperes",
        /// W.
        Watts = "watts",
        /// Revolutions per minute.
        RevolutionsPerMinute = "revolutions_per_minute",
        /// Hz.
        Hertz = "hertz",
        /// MHz.
        Megahertz = "megahertz",
        /// dBm.
        Dbm = "dbm",
        /// dB.
        Decibels = "decibels",
        /// Minutes.
        Minutes = "minutes",
        /// Kilometres.
        Kilometres = "kilometres",
        /// 1 or 0.
        YesNo = "yes_no",
    }
}

/// What a series is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SeriesKey {
    /// The device.
    pub device: DeviceId,
    /// The interface, for metrics of interfaces.
    pub interface: Option<InterfaceId>,
    /// The part, for what radios, networks and sensors tell.
    pub part: Option<PartId>,
    /// The quantity.
    pub metric: Metric,
    /// For counters: how wide. A counter read with another width is another series, never a continuation.
    pub width: Option<CounterWidth>,
}

/// One value at a time, as stored: an integer in steps of 1 / [`Metric::scale`]. Counter64 values keep their bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// When it was measured.
    pub at: Timestamp,
    /// The scaled value.
    pub value: i64,
}

words! {
    /// Why there is no value for some time.
    Gap, GapError {
        /// Nobody asked, or nobody answered.
        NoSample = "no_sample",
        /// The device restarted between the two readings.
        Reboot = "reboot",
        /// The device said its counters were reset (ifCounterDiscontinuityTime).
        Discontinuity = "discontinuity",
        /// A 32-bit counter may have wrapped more than once between the two readings.
        MaybeWrappedTwice = "maybe_wrapped_twice",
        /// The counter went back and no wrap explains it.
        WentBack = "went_back",
        /// The counter grew faster than the line can carry.
        TooFast = "too_fast",
        /// The counter was read with another width.
        WidthChanged = "width_changed",
        /// The two readings bear the same time, or the clock went back.
        Clock = "clock",
    }
}
