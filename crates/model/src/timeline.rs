//! Samples in the order of time, live or stored: every view works on both through this one call.

use crate::sample::Sample;

/// A sequence of samples.
pub trait Timeline {
    /// Why no sample could be had.
    type Error;

    /// The next sample, or `None` at the end (a live timeline has none).
    ///
    /// # Errors
    /// When nothing at all could be read. A source that fails alone is marked in the sample instead.
    fn step(&mut self) -> Result<Option<Sample>, Self::Error>;
}
