//! A hand-made TCP peer: packets made and read by the lab itself, from addresses where nobody is.

pub(crate) mod mptcp;
pub(crate) mod option;
pub(crate) mod path_manager;
pub(crate) mod segment;
pub(crate) mod wire;

pub(crate) use option::TcpOption;
pub(crate) use segment::{ACK, FIN, RST, SYN, Segment};
pub(crate) use wire::Wire;
