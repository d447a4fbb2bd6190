//! Codec of Linux `NETLINK_SOCK_DIAG` (`inet_diag` version 2 and `unix_diag`): bytes in, bytes out.
#![doc = ""]
#![doc = include_str!("../README.md")]

mod attribute;
mod bytes;
mod errno;
mod error;
pub mod inet;
mod memory;
mod message;
mod state;
pub mod unix;

pub use attribute::{AttributeIter, Attributes};
pub use errno::Errno;
pub use error::ParseError;
pub use memory::MemoryInfo;
pub use message::{Body, Message, Messages};
pub use state::{State, States};
