//! What the cases have in common: waiting for a condition, and telling what cannot be had from what went wrong.

use std::time::{Duration, Instant};

use crate::lab::{LabError, Missing};

/// Splits "cannot be run here" from "went wrong".
pub fn unless_missing<T>(result: Result<T, LabError>) -> Result<T, Missing> {
    match result {
        Ok(value) => Ok(value),
        Err(LabError::Missing(missing)) => Err(missing),
        Err(error) => panic!("{error}"),
    }
}

/// Looks again and again until `condition` gives something; panics after ten seconds.
#[expect(clippy::disallowed_methods, reason = "a test's deadline")]
pub fn eventually<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(begin.elapsed() < Duration::from_secs(10), "not within 10 s: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
