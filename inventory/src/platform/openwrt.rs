//! What OpenWrt says of itself: the JSON of `ubus call system board` (procd), and where ubus does not answer the files it
//! is made of, `/etc/openwrt_release` and `/tmp/sysinfo/model`.

use serde::Deserialize;

use super::linux::{assignment, clean};
use crate::reading::Identity;

/// The answer of ubus, as far as it is read (procd, `system.c`).
#[derive(Deserialize, Default)]
#[serde(default)]
struct Board {
    model: String,
    release: Release,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Release {
    distribution: String,
    version: String,
}

/// Fills in vendor, platform, model and version when the device is OpenWrt or a derivative, which keeps the same names
/// (`DISTRIB_ID`, `DISTRIB_RELEASE`: base-files of OpenWrt). The files are asked where `board` says nothing.
pub(super) fn fill(identity: &mut Identity, board: &str, release: &str, model: &str) {
    let board: Board = serde_json::from_str(board).unwrap_or_default();
    let Some(distribution) = clean(&board.release.distribution).or_else(|| assignment(release, "DISTRIB_ID")) else {
        return;
    };
    identity.platform = Some("openwrt".to_owned());
    identity.vendor = Some(distribution);
    identity.version =
        clean(&board.release.version).or_else(|| assignment(release, "DISTRIB_RELEASE")).or(identity.version.take());
    identity.model = clean(&board.model).or_else(|| clean(model)).or(identity.model.take());
}
