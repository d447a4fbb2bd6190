//! The sysctls that decide how listeners behave.

use crate::topic::Topic;

/// The topics.
pub(super) static TOPICS: &[Topic] = &[];
