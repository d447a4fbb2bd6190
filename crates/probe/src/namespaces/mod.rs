//! Network namespaces: found, entered only when needed, and let go when nobody else holds them.

pub mod discover;
pub mod enter;
pub mod mounts;
