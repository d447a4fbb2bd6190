//! Columns of our own output, of ss, netstat and /proc, for listeners.

use crate::topic::Topic;

/// The topics.
pub(super) static TOPICS: &[Topic] = &[];
