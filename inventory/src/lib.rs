//! The nouns of a fleet of village halls, and the rules about them that need no network, no disk and no clock.
//!
//! | term | means |
//! |---|---|
//! | [`Area`](area::Area) | a level of the administrative tree, valid between two dates: province, district, commune are data, not code |
//! | [`Hall`](hall::Hall) | one building; keeps its own stable [`HallCode`](hall::HallCode) whatever happens to its commune |
//! | [`Device`](device::Device) | a managed box in a hall, named `hall_code/device_name` |
//! | [`Interface`](interface::Interface) | a port of a device, known by its name and MAC, never by its ifIndex |
//! | [`Reading`](reading::Reading) | what one visit to a device told |
//! | [`PartKey`](part::PartKey) | a radio, a network or a sensor of a device, known by its name |
//! | [`Metric`](metric::Metric), [`SeriesKey`](metric::SeriesKey), [`Sample`](metric::Sample) | what is measured, of what, and one value at a time |
//! | [`Gap`](metric::Gap) | a known absence and its reason: a missing sample is never a zero |
//! | [`Fleet`](fleet::Fleet) | halls and devices as they are connected, for those who judge and those who poll |
//! | [`Secret`](secret::Secret) | the only thing that may hold a pass phrase or a community |
//!
//! Invariants: no I/O, no async runtime, no SQL; only [`clock`] reads a clock. Domain types do not serialise: wire,
//! view and row types elsewhere do, and convert.
//!
//! Read next: [`device`], then [`metric`], then the package `alerts`.

pub mod area;
pub mod clock;
pub mod condition;
pub mod credential;
pub mod device;
pub mod export;
pub mod fleet;
pub mod hall;
pub mod id;
pub mod import;
pub mod interface;
pub mod metric;
pub mod mib;
pub mod network;
pub mod part;
pub mod platform;
mod plausible;
pub mod rate;
pub mod reading;
pub mod secret;
pub mod snmp_v3;
pub mod text;
mod words;
