//! Carrying out one action: what is there is compared with the plan, changed, and read back.

pub mod file;
pub mod resize;
pub mod sysctl;
