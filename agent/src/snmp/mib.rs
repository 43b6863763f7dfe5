//! The names that are asked for: SNMPv2-MIB (RFC 3418) and IF-MIB (RFC 2863).

use inventory::mib::Oid;

fn oid(arcs: &[u32]) -> Oid {
    Oid::new(arcs).expect("the names in this file begin with 1.3 and are short")
}

/// system group objects, 1.3.6.1.2.1.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum System {
    Descr = 1,
    ObjectId = 2,
    UpTime = 3,
    Name = 5,
    Location = 6,
}

impl System {
    /// The object, whose only instance is `.0`.
    pub(super) fn object(self) -> Oid {
        oid(&[1, 3, 6, 1, 2, 1, 1, self as u32])
    }

    pub(super) fn instance(self) -> Oid {
        self.object().child(0)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            System::Descr => "sysDescr",
            System::ObjectId => "sysObjectID",
            System::UpTime => "sysUpTime",
            System::Name => "sysName",
            System::Location => "sysLocation",
        }
    }
}

/// ifNumber, how many rows ifTable has; its only instance is `.0`.
pub(super) fn if_number() -> Oid {
    oid(&[1, 3, 6, 1, 2, 1, 2, 1])
}

/// Columns of ifTable and ifXTable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum IfColumn {
    Descr,
    Type,
    Speed,
    PhysAddress,
    AdminStatus,
    OperStatus,
    InOctets,
    InDiscards,
    InErrors,
    OutOctets,
    OutDiscards,
    OutErrors,
    Name,
    HcInOctets,
    HcOutOctets,
    HighSpeed,
    Alias,
    Discontinuity,
}

impl IfColumn {
    /// Who a port is.
    pub(super) const IDENTITY: [IfColumn; 7] = [
        IfColumn::Name,
        IfColumn::Descr,
        IfColumn::Type,
        IfColumn::PhysAddress,
        IfColumn::Alias,
        IfColumn::Speed,
        IfColumn::HighSpeed,
    ];

    /// What it does.
    pub(super) const TRAFFIC: [IfColumn; 11] = [
        IfColumn::AdminStatus,
        IfColumn::OperStatus,
        IfColumn::InOctets,
        IfColumn::OutOctets,
        IfColumn::HcInOctets,
        IfColumn::HcOutOctets,
        IfColumn::InErrors,
        IfColumn::OutErrors,
        IfColumn::InDiscards,
        IfColumn::OutDiscards,
        IfColumn::Discontinuity,
    ];

    /// The column; a row's ifIndex stands below it.
    pub(super) fn oid(self) -> Oid {
        let (is_extended, number) = self.place();
        if is_extended {
            oid(&[1, 3, 6, 1, 2, 1, 31, 1, 1, 1, number])
        } else {
            oid(&[1, 3, 6, 1, 2, 1, 2, 2, 1, number])
        }
    }

    /// Its name in the MIB.
    pub(super) fn name(self) -> &'static str {
        match self {
            IfColumn::Descr => "ifDescr",
            IfColumn::Type => "ifType",
            IfColumn::Speed => "ifSpeed",
            IfColumn::PhysAddress => "ifPhysAddress",
            IfColumn::AdminStatus => "ifAdminStatus",
            IfColumn::OperStatus => "ifOperStatus",
            IfColumn::InOctets => "ifInOctets",
            IfColumn::InDiscards => "ifInDiscards",
            IfColumn::InErrors => "ifInErrors",
            IfColumn::OutOctets => "ifOutOctets",
            IfColumn::OutDiscards => "ifOutDiscards",
            IfColumn::OutErrors => "ifOutErrors",
            IfColumn::Name => "ifName",
            IfColumn::HcInOctets => "ifHCInOctets",
            IfColumn::HcOutOctets => "ifHCOutOctets",
            IfColumn::HighSpeed => "ifHighSpeed",
            IfColumn::Alias => "ifAlias",
            IfColumn::Discontinuity => "ifCounterDiscontinuityTime",
        }
    }

    /// Whether it stands in ifXTable, and its number there or in ifTable.
    fn place(self) -> (bool, u32) {
        match self {
            IfColumn::Descr => (false, 2),
            IfColumn::Type => (false, 3),
            IfColumn::Speed => (false, 5),
            IfColumn::PhysAddress => (false, 6),
            IfColumn::AdminStatus => (false, 7),
            IfColumn::OperStatus => (false, 8),
            IfColumn::InOctets => (false, 10),
            IfColumn::InDiscards => (false, 13),
            IfColumn::InErrors => (false, 14),
            IfColumn::OutOctets => (false, 16),
            IfColumn::OutDiscards => (false, 19),
            IfColumn::OutErrors => (false, 20),
            IfColumn::Name => (true, 1),
            IfColumn::HcInOctets => (true, 6),
            IfColumn::HcOutOctets => (true, 10),
            IfColumn::HighSpeed => (true, 15),
            IfColumn::Alias => (true, 18),
            IfColumn::Discontinuity => (true, 19),
        }
    }
}
