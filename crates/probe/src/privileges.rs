//! What the calling thread is allowed to do.

use rustix::thread::{CapabilitySet, capabilities};

/// Whether the effective capabilities include `CAP_NET_ADMIN`. Unknown counts as no.
pub fn has_net_admin() -> bool {
    capabilities(None).is_ok_and(|sets| sets.effective.contains(CapabilitySet::NET_ADMIN))
}
