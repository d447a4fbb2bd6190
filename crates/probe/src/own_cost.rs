//! What this process itself costs.

use std::fs;

/// The most memory this process has had resident, in KiB (`VmHWM` of /proc/self/status); `None` where it cannot be read.
pub fn peak_memory_kib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_more_than_nothing() {
        assert!(peak_memory_kib().unwrap() > 100);
    }
}
