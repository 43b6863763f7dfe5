//! Device families: what is asked of each, and how the answer is read. Pure: a file here knows neither sockets nor
//! sessions, and believes nothing that a device says.
//!
//! | file | its family |
//! |---|---|
//! | [`linux`] | everything with `/proc`, `/sys` and a POSIX shell |
//! | [`openwrt`] | what OpenWrt says of itself beyond that |

pub mod linux;
pub mod openwrt;
