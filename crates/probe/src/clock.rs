//! The only clock of listenq: everything else is handed the time it needs.

use std::time::Duration;

use jiff::Timestamp;
use rustix::time::{ClockId, clock_gettime};

/// Time since boot, suspend included (`CLOCK_BOOTTIME`): what durations are measured with.
pub fn since_boot() -> Duration {
    let time = clock_gettime(ClockId::Boottime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanoseconds = u32::try_from(time.tv_nsec).unwrap_or(0);
    Duration::new(seconds, nanoseconds)
}

/// Wall time, for people to read.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place where the wall clock is read"
)]
pub fn now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_since_boot_does_not_go_back() {
        let first = since_boot();
        assert!(!first.is_zero());
        assert!(since_boot() >= first);
    }
}
