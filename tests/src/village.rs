//! Halls and devices as an administrator writes them: two CSV files.

/// The files' rows.
#[derive(Debug, Clone, Default)]
pub struct Village {
    halls: Vec<String>,
    devices: Vec<String>,
}

/// The header of the halls' file, in the columns these tests need.
const HALLS: &str = "hall_code,hall_name,area_code,area_name,provider,down_mbps,up_mbps,contact_name,contact_phone";

/// The header of the devices' file, in the columns these tests need.
const DEVICES: &str = "device_name,hall_code,kind,address,uplink,poll,snmp";

impl Village {
    /// One hall, `dr-01`, with one router, `gw`, read over SNMP with the profile `profile`.
    pub fn of_one(address: &str, profile: &str) -> Self {
        Village::default().hall("dr-01", "Nhà sinh hoạt cộng đồng thôn Suối Thông B1").router("dr-01", address, profile)
    }

    /// Adds a hall of the commune Đạ Ròn.
    pub fn hall(mut self, code: &str, name: &str) -> Self {
        let name = name.replace('"', "\"\"");
        self.halls.push(format!("{code},\"{name}\",24937,Đạ Ròn,VNPT,100,100,Ông Ha Krang,0263 3841 234"));
        self
    }

    /// Adds the gateway `gw` of a hall.
    pub fn router(self, hall: &str, address: &str, profile: &str) -> Self {
        self.device("gw", hall, "router", address, "", profile)
    }

    /// Adds any device.
    pub fn device(mut self, name: &str, hall: &str, kind: &str, address: &str, uplink: &str, profile: &str) -> Self {
        self.devices.push(format!("{name},{hall},{kind},{address},{uplink},snmp,{profile}"));
        self
    }

    /// The file of the halls.
    pub fn halls_csv(&self) -> String {
        file(HALLS, &self.halls)
    }

    /// The file of the devices.
    pub fn devices_csv(&self) -> String {
        file(DEVICES, &self.devices)
    }
}

fn file(header: &str, rows: &[String]) -> String {
    let mut text = format!("{header}\n");
    for row in rows {
        text.push_str(row);
        text.push('\n');
    }
    text
}
