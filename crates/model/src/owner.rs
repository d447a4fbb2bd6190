//! Who holds a socket.

use std::sync::Arc;

use serde::Serialize;

/// One process that holds a socket, through one of its descriptors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Owner {
    /// Process id in the reader's pid namespace.
    pub pid: u32,
    /// Name of the process (/proc/PID/comm); chosen by the process, so never trusted.
    pub comm: Arc<str>,
    /// The lowest descriptor of that process that refers to the socket.
    pub fd: u32,
    /// Base name of the executable (/proc/PID/exe), where it may be read.
    #[serde(skip)]
    pub executable: Option<Arc<str>>,
    /// Start of the process in clock ticks since boot (/proc/PID/stat field 22): with the pid, its identity.
    #[serde(skip)]
    pub started: u64,
}
