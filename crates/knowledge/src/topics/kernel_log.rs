//! Lines of the kernel log that concern listeners.

use crate::topic::Topic;

/// The topics.
pub(super) static TOPICS: &[Topic] = &[];
