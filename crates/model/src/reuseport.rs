//! SO_REUSEPORT groups: several listeners at one place. Without that option two sockets cannot listen there.

use crate::attribution::Listeners;
use crate::endpoint::Endpoint;
use crate::sample::ListeningSocket;

/// The group of each socket, by position: the lowest inode of its members; `None` for a socket on its own.
pub fn groups(sockets: &[ListeningSocket], listeners: &Listeners) -> Vec<Option<u64>> {
    let mut groups = vec![None; sockets.len()];
    // What members have in common besides the place.
    let rest = |position: &usize| (sockets[*position].protocol, device(&sockets[*position]));
    for together in listeners.places().filter(|together| together.len() > 1) {
        let mut members = together.to_vec();
        members.sort_unstable_by_key(rest);
        for group in members
            .chunk_by(|one, other| rest(one) == rest(other))
            .filter(|group| group.len() > 1)
        {
            let lowest = group.iter().map(|position| sockets[*position].inode).min();
            for position in group {
                groups[*position] = lowest;
            }
        }
    }
    groups
}

fn device(socket: &ListeningSocket) -> Option<u32> {
    match &socket.endpoint {
        Endpoint::Inet(endpoint) => endpoint.interface.as_ref().map(|interface| interface.index),
        Endpoint::Unix(_) => None,
    }
}
