//! sock_diag: the sockets of one namespace, read through netlink.

pub mod half_open;
pub mod inet;
pub mod one;
pub mod queued;
pub mod socket;
pub mod unix;
