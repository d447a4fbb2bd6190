//! The words of the field: the two queues and what acts on them.

use crate::topic::Topic;

/// The topics.
pub(super) static TOPICS: &[Topic] = &[];
