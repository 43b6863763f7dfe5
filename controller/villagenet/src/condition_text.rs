//! The part of `poll` for people that is about load, Wi-Fi, sensors and neighbours.

use std::fmt::{Result, Write};

use crate::condition_view::{RadioView, SensorView};
use crate::poll_view::PollView;

/// Writes what the device told; what it did not tell takes no line.
pub(crate) fn write(view: &PollView, out: &mut impl Write) -> Result {
    if view.cpu_percent.is_some() || view.memory_used_percent.is_some() {
        let percent = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.0} %"));
        writeln!(out, "  load      {}, memory {}", percent(view.cpu_percent), percent(view.memory_used_percent))?;
    }
    if let Some(wifi) = &view.wifi {
        let count = |value: Option<u32>| value.map_or("-".to_owned(), |value| value.to_string());
        write!(out, "  Wi-Fi     {} clients", count(wifi.clients))?;
        if let Some(access_points) = wifi.access_points {
            write!(out, " on {access_points} access points")?;
        }
        writeln!(out)?;
        for radio in &wifi.radios {
            self::radio(radio, out)?;
        }
        for network in &wifi.networks {
            writeln!(out, "    network {:<24} {:>4} clients", network.ssid, network.clients)?;
        }
    }
    if !view.sensors.is_empty() {
        writeln!(out, "  {} sensors", view.sensors.len())?;
        for sensor in &view.sensors {
            self::sensor(sensor, out)?;
        }
    }
    for neighbour in &view.neighbours {
        let name = neighbour.name.as_deref().or(neighbour.mac.as_deref()).unwrap_or("-");
        writeln!(out, "  {} leads to {name} ({})", neighbour.port, neighbour.how)?;
    }
    Ok(())
}

fn radio(radio: &RadioView, out: &mut impl Write) -> Result {
    write!(out, "    radio {:<16}", radio.name)?;
    if let Some(channel) = radio.channel {
        write!(out, "  channel {channel}")?;
    }
    let values = [
        (radio.frequency_mhz, "MHz"),
        (radio.tx_power_dbm, "dBm sent"),
        (radio.noise_dbm, "dBm noise"),
        (radio.utilization_percent, "% busy"),
        (radio.clients.map(f64::from), "clients"),
    ];
    for (value, unit) in values {
        if let Some(value) = value {
            write!(out, "  {value} {unit}")?;
        }
    }
    writeln!(out)
}

fn sensor(sensor: &SensorView, out: &mut impl Write) -> Result {
    let class = sensor.class;
    match &sensor.state {
        Some(state) => writeln!(out, "    {class:<12} {:<32} {state}", sensor.name),
        None => writeln!(out, "    {class:<12} {:<32} {} {}", sensor.name, sensor.value, sensor.unit),
    }
}
