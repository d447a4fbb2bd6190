//! Well-known programs that listen: how their backlog is set for good.

use crate::topic::Topic;

/// The topics.
pub(super) static TOPICS: &[Topic] = &[];
