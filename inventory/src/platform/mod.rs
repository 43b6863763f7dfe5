//! Device families: what is asked of each, and how the answer is read. Pure: a file here knows neither sockets nor
//! sessions, and believes nothing that a device says.
//!
//! | file | its job |
//! |---|---|
//! | [`family`] | what a family's file says, as a table |
//! | [`registry`] | the families, one line each |
//! | `reading` | from the tables to what is asked, and from the answers to what is told |
//! | `wifi` `entity` `neighbours` `poe` `routing` | what several families share |
//! | [`linux`] | everything with `/proc`; its script and what it printed, over SSH |
//! | `linux_load` `openwrt_ssh` `ubiquiti_ssh` | what of that output says how the device is |
//! | [`routeros_ssh`] `routeros_wifi` | RouterOS through its own shell |
//! | `parts` `json` | what those three share |
//! | the rest | one family, or one maker's families, each |
//!
//! How to add a family: `controller/docs/devices.md`.

pub mod family;
pub mod linux;
pub mod registry;

mod aerohive;
mod airfiber;
mod airos;
mod alta;
mod apc;
mod aruba;
mod aruba_cx;
mod axis;
mod cambium;
mod cisco;
mod comware;
mod dahua;
mod dlink;
mod draytek;
mod edgemax;
mod entity;
mod fortinet;
mod freshtomato;
mod grandstream;
mod hikvision;
mod ios;
mod json;
mod linux_load;
mod mimosa;
mod neighbours;
mod netonix;
mod openwrt;
mod openwrt_ssh;
mod parts;
mod peplink;
mod poe;
mod procurve;
mod reading;
mod routeros;
pub mod routeros_ssh;
mod routeros_wifi;
mod routing;
mod ruckus;
mod ruijie;
mod rutos;
mod shell;
mod swos;
mod tplink;
mod ubiquiti_ssh;
mod unifi;
mod ups;
mod wifi;
mod zyxel;

pub use family::{Clues, Family};
pub use reading::{Asks, Recognised, condition, facts, identify, live, recognise};
pub use routing::mark_wan;
pub use shell::Shell;
