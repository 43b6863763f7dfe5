//! What OpenWrt says of itself: `/etc/openwrt_release` and `/tmp/sysinfo/model`. These are the files that procd's
//! `ubus call system board` reads, so a device needs no ubus to be known.

use super::linux::assignment;
use crate::reading::Identity;

/// Fills in vendor, platform, model and version when `release` is OpenWrt's or that of a derivative, which keeps the
/// same names (`DISTRIB_ID`, `DISTRIB_RELEASE`: base-files of OpenWrt).
pub(super) fn fill(identity: &mut Identity, release: &str, model: &str) {
    let Some(distribution) = assignment(release, "DISTRIB_ID") else { return };
    identity.platform = Some("openwrt".to_owned());
    identity.vendor = Some(distribution);
    identity.version = assignment(release, "DISTRIB_RELEASE").or(identity.version.take());
    let model = model.trim();
    if !model.is_empty() {
        identity.model = Some(model.to_owned());
    }
}
