//! Whether a change of limits helped: the same listeners measured before and after, and a verdict in words.

mod measure;
mod verdict;

pub use measure::{Expected, Fullest, Left, Measure, Side};
pub use verdict::{Outcome, Verdict, judge};
