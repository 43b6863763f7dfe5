//! The village as the inventory's two CSV files (contracts.md, "Inventory CSV").

use std::fmt::Write;

use super::credentials::{SNMP_V2C, SNMP_V3, SSH_KEY, SSH_PASSWORD};
use super::plan::{Asked, Device, Kind, Power, Village};

impl Village {
    /// The halls file.
    pub fn halls_csv(&self) -> String {
        let mut csv = "hall_code,hall_name,area_code,area_name,latitude,longitude,provider,contract,down_mbps,up_mbps,\
                       promised_uptime,power_feeder,opening_hours,notes\n"
            .to_owned();
        for (place, hall) in self.halls.iter().enumerate() {
            let (down, up) = hall.line_mbps;
            let cells = [
                hall.code.clone(),
                hall.name.clone(),
                hall.area_code.clone(),
                hall.area_name.clone(),
                format!("{:.5}", hall.position.0),
                format!("{:.5}", hall.position.1),
                hall.provider.to_owned(),
                format!("HD-{:04}", place + 1),
                down.to_string(),
                up.to_string(),
                "99.0".to_owned(),
                hall.feeder.clone(),
                "07:00-21:00".to_owned(),
                "Dữ liệu mô phỏng; vị trí giả định (assumed: true)".to_owned(),
            ];
            write_row(&mut csv, &cells);
        }
        csv
    }

    /// The devices file. The port in an address is that of SNMP; that of SSH is in the credential profile. `host_key` gives
    /// the fingerprint of a device that is asked over SSH.
    pub fn devices_csv(&self, snmp_port: u16, host_key: impl Fn(&Device) -> Option<String>) -> String {
        let mut csv =
            "device_name,hall_code,kind,address,platform,uplink,poll,snmp,ssh,serial,mac,power,notes,host_key\n"
                .to_owned();
        for (_, device) in self.devices() {
            let host_key = host_key(device);
            let (poll, snmp, ssh) = match device.asked {
                Asked::V2c => ("snmp", SNMP_V2C, ""),
                Asked::V3 => ("snmp", SNMP_V3, ""),
                Asked::SshPassword => ("ssh", "", SSH_PASSWORD),
                Asked::V2cAndSshKey => ("snmp+ssh", SNMP_V2C, SSH_KEY),
            };
            let mac: Vec<String> = device.mac.iter().map(|byte| format!("{byte:02x}")).collect();
            let note = if device.kind == Kind::Mast { "Cột thu phát của xã" } else { "" };
            let power = match device.power {
                Power::Hall => "hall",
                Power::Ups => "ups",
                Power::Battery => "battery",
            };
            let cells = [
                device.name.clone(),
                device.hall.clone(),
                device.kind.word().to_owned(),
                format!("{}:{snmp_port}", device.address),
                device.family.platform().to_owned(),
                device.uplink.clone().unwrap_or_default(),
                poll.to_owned(),
                snmp.to_owned(),
                ssh.to_owned(),
                device.serial.clone(),
                mac.join(":"),
                power.to_owned(),
                note.to_owned(),
                host_key.unwrap_or_default(),
            ];
            write_row(&mut csv, &cells);
        }
        csv
    }
}

/// No cell of a village holds a comma, a quote or a line's end.
fn write_row(csv: &mut String, cells: &[String]) {
    writeln!(csv, "{}", cells.join(",")).expect("a string takes all");
}
