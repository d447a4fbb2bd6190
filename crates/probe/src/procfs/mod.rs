//! Files of procfs: each kind of file has a pure parser over bytes, and a reader that goes through [`crate::Roots`].

pub mod blocked;
pub mod counters;
mod error;
pub mod process;
pub(crate) mod read;
pub mod tcp_table;
pub mod unix_table;

pub use error::{LineError, ProcfsError};
