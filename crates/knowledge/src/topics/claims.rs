//! Sentences that are told about the listen queues, with what is true in them.

use crate::topic::Topic;

/// The topics.
pub(super) static TOPICS: &[Topic] = &[];
