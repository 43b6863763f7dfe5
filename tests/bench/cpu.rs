//! What processes use: CPU time, user and system together, and memory.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The CPU time of this process, exact.
pub(crate) fn own() -> Duration {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(used).unwrap()
}

/// The CPU time of another process, in steps of 10 ms (utime and stime in proc(5)).
pub(crate) fn of(pid: u32) -> Duration {
    /// USER_HZ is 100 on every Linux that Rust runs on.
    const TICK: Duration = Duration::from_millis(10);
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    // The name in brackets may hold anything; after it come state as field 3 and utime, stime as fields 14 and 15.
    let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
    let ticks = |field: usize| fields[field - 3].parse::<u32>().unwrap();
    TICK * (ticks(14) + ticks(15))
}

/// What a process holds in memory now, in MiB (VmRSS).
pub(crate) fn resident_mib(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"));
    kib.unwrap().parse::<f64>().unwrap() / 1024.0
}
