//! Half-open connections of one namespace, counted by their local end.
//!
//! The dump walks the host's whole table of established connections (KERNEL.md 4.3), so it is bounded in time.

use std::collections::HashMap;
use std::time::Duration;

use model::namespace::{HalfOpen, LocalEnd};
use sockdiag::inet::{self, Extensions, Family, Request, Socket};
use sockdiag::{ParseError, States};

use crate::diag::socket::{DiagSocket, Dump, NetlinkError};

/// Counts the half-open connections of one family, all ports.
///
/// # Errors
/// When the dump fails or is not done by `until` (time since boot); what was counted so far is lost.
pub fn count(socket: &mut DiagSocket, family: Family, until: Option<Duration>) -> Result<Vec<HalfOpen>, NetlinkError> {
    let request = Request {
        family,
        protocol: inet::TCP,
        // The kernel adds NEW_SYN_RECV, the state of ordinary requests, by itself.
        states: States::SYN_RECV,
        extensions: Extensions::NONE,
        source_port: None,
        filter: None,
    };
    let dump = Dump {
        what: "half-open connection",
        encode: &|sequence, out| request.encode(sequence, out),
        until,
    };
    let mut counts = HashMap::new();
    socket.dump(&dump, &mut counts, HashMap::clear, count_row)?;
    Ok(counts
        .into_iter()
        .map(|(local, (count, young))| HalfOpen { local, count, young })
        .collect())
}

/// `young` here is “no SYN-ACK was sent again”, as close to the kernel's `num_timeout == 0` as a dump tells.
fn count_row(counts: &mut HashMap<LocalEnd, (u32, u32)>, payload: &[u8]) -> Result<(), ParseError> {
    let request = Socket::parse(payload)?;
    let (count, young) = counts.entry(local_end(&request)).or_default();
    *count += 1;
    *young += u32::from(request.retransmits == 0);
    Ok(())
}

/// The local end of a row.
pub fn local_end(socket: &Socket) -> LocalEnd {
    LocalEnd {
        address: socket.local.ip(),
        port: socket.local.port(),
        interface: socket.interface,
    }
}
