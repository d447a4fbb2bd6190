//! How an explanation is printed: the topic, what of this host belongs to it, the way of a connection.

pub mod here;
pub mod json;
pub mod kernel;
pub mod list;
pub mod record;
pub mod topic;
pub mod way;
