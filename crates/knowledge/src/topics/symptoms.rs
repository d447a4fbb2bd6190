//! What users and programs see when a queue is full, or seems to be.

use crate::topic::Topic;

/// The topics.
pub(super) static TOPICS: &[Topic] = &[];
