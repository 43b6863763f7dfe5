//! Which family a device is of, from its system group. Only what is certain from sysObjectID alone: the platforms'
//! own files in `inventory` will know the rest (part 4).

/// Vendor and platform key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Family {
    pub(super) vendor: Option<&'static str>,
    pub(super) platform: &'static str,
}

/// The family of a device with this sysObjectID.
pub(super) fn family(sys_object_id: Option<&str>) -> Family {
    match sys_object_id {
        // mtXRouterOs (MIKROTIK-MIB)
        Some("1.3.6.1.4.1.14988.1") => Family { vendor: Some("MikroTik"), platform: "routeros" },
        // netSnmpAgentOIDs.10 (NET-SNMP-TC): net-snmp on Linux, which OpenWrt and many others are underneath
        Some("1.3.6.1.4.1.8072.3.2.10") => Family { vendor: None, platform: "linux" },
        Some(_) | None => Family { vendor: None, platform: "generic" },
    }
}
