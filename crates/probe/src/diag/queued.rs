//! Connections that wait for accept(), by their local end: established, but without an inode yet (KERNEL.md 1.5).

use std::collections::HashMap;
use std::time::Duration;

use model::namespace::{LocalEnd, Queued, QueuedCounts};
use sockdiag::inet::{self, Extensions, Family, Filter, Request, Socket};
use sockdiag::{ParseError, State, States};

use crate::diag::half_open::local_end;
use crate::diag::socket::{DiagSocket, Dump, NetlinkError};

/// Counts what waits at some ports, which are given in rising order.
///
/// # Errors
/// When the dump fails or is not done by `until` (time since boot); what was counted so far is lost.
pub fn count(
    socket: &mut DiagSocket,
    family: Family,
    ports: &[u16],
    until: Option<Duration>,
) -> Result<Vec<Queued>, NetlinkError> {
    // Ports too scattered for a filter program are chosen from all rows below.
    let filter = Filter::source_ports(ports);
    let request = Request {
        family,
        protocol: inet::TCP,
        states: States::ESTABLISHED | States::CLOSE_WAIT,
        extensions: Extensions::NONE,
        source_port: None,
        filter: filter.as_ref(),
    };
    let dump = Dump {
        what: "queued connection",
        encode: &|sequence, out| request.encode(sequence, out),
        until,
    };
    let mut counts = HashMap::new();
    socket.dump(&dump, &mut counts, HashMap::clear, |counts, payload| {
        count_row(counts, ports, payload)
    })?;
    Ok(counts
        .into_iter()
        .map(|(local, counts)| Queued { local, counts })
        .collect())
}

fn count_row(counts: &mut HashMap<LocalEnd, QueuedCounts>, ports: &[u16], payload: &[u8]) -> Result<(), ParseError> {
    let child = Socket::parse(payload)?;
    if child.inode != 0 || ports.binary_search(&child.local.port()).is_err() {
        return Ok(());
    }
    let counts = counts.entry(local_end(&child)).or_default();
    match child.state {
        State::CloseWait => counts.closed_by_client += 1,
        _ => counts.established += 1,
    }
    counts.with_data += u32::from(unread(&child) > 0);
    counts.bytes += u64::from(unread(&child));
    Ok(())
}

/// Bytes to read. A FIN takes a place in sequence space, and the kernel counts it as readable until the socket
/// is read (`tcp_diag_get_info`: `rcv_nxt - copied_seq`), so a client that only closed is not one that sent.
fn unread(child: &Socket) -> u32 {
    let fin = u32::from(child.state == State::CloseWait);
    child.receive_queue.saturating_sub(fin)
}
