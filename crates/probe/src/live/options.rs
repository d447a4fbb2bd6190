//! What a probe is asked to read.

use std::time::Duration;

use model::Selection;

use crate::Roots;

/// The most that is spent on half-open connections in one sample, unless told otherwise.
pub const COUNTING: Duration = Duration::from_millis(200);

/// What to read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one independent switch of the command line"
)]
pub struct Options {
    /// Mount points.
    pub roots: Roots,
    /// Use netlink; without it /proc alone is read, as where sock_diag is not to be had.
    pub netlink: bool,
    /// Look up the processes behind the sockets.
    pub owners: bool,
    /// When to count half-open connections.
    pub half_open: HalfOpenPolicy,
    /// Look at what waits in accept queues (in the same cases and within the same time as half-open connections).
    pub content: bool,
    /// Look up who waits at unix listeners.
    pub unix_clients: bool,
    /// What the user looks for: families that are left out are not read, namespaces with selected ports come first.
    pub selection: Selection,
}

/// When to walk the host's table of connections, which costs 0.3 ms when it is empty and 3 ms with 30,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HalfOpenPolicy {
    /// Not at all.
    Never,
    /// Only in namespaces where a listener is full, nearly so, or refuses.
    Suspects,
    /// In all namespaces that can be reached in this time, the selected and the suspicious ones first.
    Within(Duration),
}

impl Default for Options {
    fn default() -> Self {
        Self {
            roots: Roots::default(),
            netlink: true,
            owners: true,
            half_open: HalfOpenPolicy::Within(COUNTING),
            content: true,
            unix_clients: true,
            selection: Selection::default(),
        }
    }
}
