//! What a metric is called outside, and in which unit: base units, and `_total` for what only grows
//! (<https://prometheus.io/docs/practices/naming/>).

use inventory::metric::{Behaviour, Metric};

/// The name of a metric outside, and how many base units one of its own units is.
fn outside(metric: Metric) -> (&'static str, f64) {
    match metric {
        Metric::Reachable => ("villagenet_reachable", 1.0),
        Metric::RttSeconds => ("villagenet_rtt_seconds", 1.0),
        Metric::MissedAsks => ("villagenet_missed_asks", 1.0),
        Metric::UptimeCentiseconds => ("villagenet_uptime_seconds", 0.01),
        Metric::InOctets => ("villagenet_in_octets_total", 1.0),
        Metric::OutOctets => ("villagenet_out_octets_total", 1.0),
        Metric::InErrors => ("villagenet_in_errors_total", 1.0),
        Metric::OutErrors => ("villagenet_out_errors_total", 1.0),
        Metric::InDiscards => ("villagenet_in_discards_total", 1.0),
        Metric::OutDiscards => ("villagenet_out_discards_total", 1.0),
        Metric::OperUp => ("villagenet_oper_up", 1.0),
        Metric::SpeedBps => ("villagenet_speed_bits_per_second", 1.0),
        Metric::DiscontinuityCentiseconds => ("villagenet_discontinuity_seconds", 0.01),
        Metric::CpuPercent => ("villagenet_cpu_ratio", 0.01),
        Metric::MemoryUsedPercent => ("villagenet_memory_used_ratio", 0.01),
        Metric::WifiClients => ("villagenet_wifi_clients", 1.0),
        Metric::Channel => ("villagenet_channel", 1.0),
        Metric::FrequencyMegahertz => ("villagenet_frequency_hertz", 1e6),
        Metric::TxPowerDbm => ("villagenet_tx_power_dbm", 1.0),
        Metric::NoiseDbm => ("villagenet_noise_dbm", 1.0),
        Metric::UtilizationPercent => ("villagenet_utilization_ratio", 0.01),
        Metric::TemperatureCelsius => ("villagenet_temperature_celsius", 1.0),
        Metric::Volts => ("villagenet_volts", 1.0),
        Metric::Amperes => ("villagenet_amperes", 1.0),
        Metric::Watts => ("villagenet_watts", 1.0),
        Metric::RevolutionsPerMinute => ("villagenet_revolutions_per_minute", 1.0),
        Metric::Hertz => ("villagenet_hertz", 1.0),
        Metric::SensorPercent => ("villagenet_sensor_ratio", 0.01),
        Metric::RuntimeMinutes => ("villagenet_runtime_seconds", 60.0),
        Metric::StateNumber => ("villagenet_state_number", 1.0),
        Metric::CountNow => ("villagenet_count_now", 1.0),
        Metric::Dbm => ("villagenet_dbm", 1.0),
        Metric::Decibels => ("villagenet_decibels", 1.0),
        Metric::RateBps => ("villagenet_rate_bits_per_second", 1.0),
        Metric::DistanceKilometres => ("villagenet_distance_metres", 1000.0),
    }
}

/// The name of a metric outside.
pub(super) fn name(metric: Metric) -> &'static str {
    outside(metric).0
}

/// A stored value in base units. Counters are as they were read; beyond 2⁵³ a float cannot hold all of their digits.
pub(super) fn value(metric: Metric, stored: i64) -> f64 {
    let (_, unit) = outside(metric);
    match metric.behaviour() {
        Behaviour::Counter => stored.cast_unsigned() as f64,
        // One division: 725 hundredths of a per cent are 0.0725, not 0.07250000000000001.
        Behaviour::Gauge => stored as f64 / (metric.scale() / unit),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_metric_has_a_valid_name_of_its_own_and_counters_end_in_total() {
        let names: BTreeSet<&str> = Metric::ALL.iter().map(|metric| name(*metric)).collect();
        assert_eq!(names.len(), Metric::ALL.len());
        for metric in Metric::ALL.iter().copied() {
            let name = name(metric);
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
            assert_eq!(name.ends_with("_total"), metric.behaviour() == Behaviour::Counter, "{name}");
        }
    }

    #[test]
    fn values_are_in_base_units() {
        let table = [
            (Metric::RttSeconds, 1_234, 0.001_234),
            (Metric::UptimeCentiseconds, 12_345, 123.45),
            (Metric::CpuPercent, 725, 0.072_5),
            (Metric::FrequencyMegahertz, 241_200, 2.412e9),
            (Metric::RuntimeMinutes, 250, 150.0),
            (Metric::DistanceKilometres, 1_500, 1_500.0),
            (Metric::TemperatureCelsius, -350, -3.5),
            (Metric::InOctets, -1, 18_446_744_073_709_551_615.0),
            (Metric::Reachable, 0, 0.0),
        ];
        for (metric, stored, outside) in table {
            assert_eq!(value(metric, stored), outside, "{metric}");
        }
    }
}
