//! What is to be changed, in order; one file per command that plans.

pub mod resize;
pub mod tune;
pub mod undo;

use model::Action;
use serde::{Deserialize, Serialize};

/// Actions that belong together: all are carried out, or none stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The command that made it: `resize`, `tune`, `undo`.
    pub command: String,
    /// The number of the plan that this one takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<u64>,
    /// In the order in which they are carried out.
    pub actions: Vec<Action>,
}
