//! How full the disk of the data folder is, and when samples have to wait so that the rest goes on. Pure but for the one
//! question to the file system.

use std::path::Path;

/// From this share on samples have to wait: what is left is for records, so that alerts, log-ins and messages go on.
const LOW_PERCENT: u64 = 90;
/// Below this share they go on. A gap between the two, so that a log file that comes and goes does not switch it to and
/// fro.
const ENOUGH_PERCENT: u64 = 88;
/// With this much free nothing waits, whatever the share: on a disk of 1 TB a tenth holds the samples of many years.
const AMPLE_BYTES: u64 = 4 << 30;

/// The room on a disk, in bytes, as an account without privileges sees it (`df`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// Used and free together.
    pub size: u64,
    /// Free.
    pub free: u64,
}

impl Space {
    /// The room on the disk on which `folder` lies.
    ///
    /// # Errors
    /// When the file system does not tell.
    pub fn of(folder: &Path) -> std::io::Result<Space> {
        let told = rustix::fs::statvfs(folder)?;
        // Blocks kept for root are neither used nor free.
        let used = told.f_blocks.saturating_sub(told.f_bfree);
        let bytes = |blocks: u64| blocks.saturating_mul(told.f_frsize);
        Ok(Space { size: bytes(used.saturating_add(told.f_bavail)), free: bytes(told.f_bavail) })
    }

    /// The share that is used, rounded down as nobody is alarmed a percent too early.
    pub fn used_percent(&self) -> u64 {
        let used = self.size.saturating_sub(self.free);
        u64::try_from(u128::from(used) * 100 / u128::from(self.size.max(1))).unwrap_or(100)
    }

    /// Whether samples have to wait, given whether they do already.
    pub fn is_low(&self, was_low: bool) -> bool {
        let limit = if was_low { ENOUGH_PERCENT } else { LOW_PERCENT };
        self.used_percent() >= limit && self.free < AMPLE_BYTES
    }
}

/// What is known of the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disk {
    /// Its room.
    pub space: Space,
    /// Whether samples have to wait.
    pub is_low: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    #[test]
    fn samples_wait_from_90_percent_until_below_88() {
        let used = |percent: u64| Space { size: 100 << 20, free: (100 - percent) << 20 };
        assert_eq!((used(89).is_low(false), used(90).is_low(false)), (false, true));
        assert_eq!((used(88).is_low(true), used(87).is_low(true)), (true, false));
        assert!(Space { size: 0, free: 0 }.used_percent() == 0 && used(100).is_low(false));
    }

    #[test]
    fn a_large_disk_with_gigabytes_left_is_not_full() {
        assert!(!Space { size: 1000 * GIB, free: 50 * GIB }.is_low(false));
        assert!(Space { size: 1000 * GIB, free: 3 * GIB }.is_low(false));
    }

    #[test]
    fn the_disk_of_a_folder_has_a_size() {
        let space = Space::of(Path::new("/")).expect("the root can be asked");
        assert!(space.size > 0 && space.free <= space.size, "{space:?}");
    }
}
