//! Timing of short and of long work, interleaved so that a busy moment of the machine meets both sides of a ratio.

use std::time::{Duration, Instant};

/// The middle one of some durations.
pub fn median(mut durations: Vec<Duration>) -> Duration {
    durations.sort_unstable();
    durations.get(durations.len() / 2).copied().unwrap_or_default()
}

/// Medians of two pieces of work that take turns.
pub fn compare<A, B>(
    rounds: usize,
    mut first: impl FnMut() -> anyhow::Result<A>,
    mut second: impl FnMut() -> anyhow::Result<B>,
) -> anyhow::Result<(Duration, Duration)> {
    let (mut firsts, mut seconds) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        firsts.push(time(&mut first)?);
        seconds.push(time(&mut second)?);
    }
    Ok((median(firsts), median(seconds)))
}

/// Median of one piece of work.
pub fn repeat<T>(rounds: usize, mut work: impl FnMut() -> anyhow::Result<T>) -> anyhow::Result<Duration> {
    let times: anyhow::Result<Vec<_>> = (0..rounds).map(|_| time(&mut work)).collect();
    Ok(median(times?))
}

fn time<T>(work: &mut impl FnMut() -> anyhow::Result<T>) -> anyhow::Result<Duration> {
    let begin = Instant::now();
    work()?;
    Ok(begin.elapsed())
}
