//! Device families: what is asked of each, and how the answer is read. Pure: a file here knows neither sockets nor
//! sessions, and believes nothing that a device says.
//!
//! | file | its job |
//! |---|---|
//! | [`family`] | what a family's file says, as a table |
//! | [`registry`] | the families, one line each |
//! | `reading` | from the tables to what is asked, and from the answers to what is told |
//! | `wifi` `entity` `neighbours` `poe` | what several families share |
//! | [`linux`] [`openwrt`] | families that are also read over SSH: everything with `/proc` and a shell, and OpenWrt on it |
//! | the rest | one family, or one maker's families, each |
//!
//! How to add a family: `controller/docs/devices.md`.

pub mod family;
pub mod linux;
pub mod openwrt;
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
mod mimosa;
mod neighbours;
mod netonix;
mod peplink;
mod poe;
mod procurve;
mod reading;
mod routeros;
mod ruckus;
mod ruijie;
mod rutos;
mod swos;
mod tplink;
mod unifi;
mod ups;
mod wifi;
mod zyxel;

pub use family::{Clues, Family};
pub use reading::{Asks, Recognised, condition, facts, identify, live, recognise};
