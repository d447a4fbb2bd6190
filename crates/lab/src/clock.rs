//! Deadlines: the only place of the lab that reads a clock or pauses.

use std::time::{Duration, Instant};

/// How long a condition is left alone between two looks at it.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// A moment after which nothing is waited for any more.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    /// The moment `wait` from now.
    #[expect(clippy::disallowed_methods, reason = "the lab's own clock; see clippy.toml")]
    pub(crate) fn after(wait: Duration) -> Self {
        let now = Instant::now();
        Self(now.checked_add(wait.min(crate::LONGEST_HOLD)).unwrap_or(now))
    }

    /// The time left; zero once it has passed.
    #[expect(clippy::disallowed_methods, reason = "the lab's own clock; see clippy.toml")]
    pub(crate) fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Whether the moment is over.
    pub(crate) fn passed(self) -> bool {
        self.left().is_zero()
    }
}

/// Tells how long something takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    /// Begins now.
    #[expect(clippy::disallowed_methods, reason = "the lab's own clock; see clippy.toml")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since it began.
    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// The time since the machine was started, without the time it was suspended: what jiffies count.
pub(crate) fn since_boot() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    Duration::new(
        u64::try_from(now.tv_sec).unwrap_or(0),
        u32::try_from(now.tv_nsec).unwrap_or(0),
    )
}

/// Looks at `condition` until it holds or `limit` is over; says whether it held.
pub(crate) fn wait_until<E>(limit: Duration, mut condition: impl FnMut() -> Result<bool, E>) -> Result<bool, E> {
    let deadline = Deadline::after(limit);
    loop {
        if condition()? {
            return Ok(true);
        }
        if deadline.passed() {
            return Ok(false);
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// Lets the time between two paced actions (a client's attempts, a server's accepts) pass.
pub(crate) fn pace(gap: Duration) {
    std::thread::sleep(gap);
}
