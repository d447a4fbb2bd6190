//! TCP sockets of a namespace from /proc/PID/net/tcp and tcp6: what is left when sock_diag is not to be had.
//!
//! The tables show the accept queue's length of a listener, but neither its limit nor its drops, no cookie, and
//! no device (KERNEL.md 4.4). Lines: net/ipv4/tcp_ipv4.c:tcp4_seq_show and net/ipv6/tcp_ipv6.c:tcp6_seq_show.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use model::namespace::{HalfOpen, LocalEnd, Queued, QueuedCounts};

use super::read::{Limits, each_line};
use super::{LineError, ProcfsError};
use crate::Roots;

/// Lines are padded to 150 characters for IPv4; those of IPv6 are some 180 long.
const LINE: usize = 512;

/// The most lines that are read: more sockets than that do not fit into a host's memory.
const LINES: usize = 16_000_000;

/// What the tables of one namespace say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TcpTable {
    /// The listening sockets, in the order of the kernel.
    pub listeners: Vec<TableListener>,
    /// Half-open connections by local end. An unfinished Fast Open child looks the same and is counted too.
    pub half_open: Vec<HalfOpen>,
    /// Connections without an inode, which wait for accept(), by local end.
    pub queued: Vec<Queued>,
}

/// One listening socket as the tables show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableListener {
    /// Local address; its variant is the family of the socket.
    pub address: IpAddr,
    /// Local port.
    pub port: u16,
    /// Accept queue length.
    pub length: u32,
    /// Creator, mapped into the reader's user namespace.
    pub uid: u32,
    /// Inode of the socket; 0 for one of the kernel.
    pub inode: u64,
}

/// Reads both tables of the namespace of `process`: a pid, or `thread-self` for the calling thread's own.
///
/// # Errors
/// When a table cannot be read, or a line is cut short or garbled. A host without IPv6 has no tcp6.
pub fn read(roots: &Roots, process: impl Display) -> Result<TcpTable, ProcfsError> {
    let net = roots.proc.join(process.to_string()).join("net");
    let limits = Limits {
        line: LINE,
        lines: LINES,
    };
    let mut rows = Rows::default();
    each_line(&net.join("tcp"), limits, |number, line| {
        rows.add(Family::V4, number, line)
    })?;
    match each_line(&net.join("tcp6"), limits, |number, line| {
        rows.add(Family::V6, number, line)
    }) {
        Err(error) if !error.is_gone() => Err(error),
        _ => Ok(rows.into_table()),
    }
}

/// Parses the text of the two tables.
///
/// # Errors
/// When a line is not what the kernel writes.
pub fn parse(tcp: &[u8], tcp6: &[u8]) -> Result<TcpTable, LineError> {
    let mut rows = Rows::default();
    for (family, bytes) in [(Family::V4, tcp), (Family::V6, tcp6)] {
        for (number, line) in (1..)
            .zip(bytes.split(|byte| *byte == b'\n'))
            .filter(|(_, line)| !line.is_empty())
        {
            rows.add(family, number, line)?;
        }
    }
    Ok(rows.into_table())
}

#[derive(Clone, Copy)]
enum Family {
    V4,
    V6,
}

/// States of include/net/tcp_states.h that are of use here.
mod state {
    pub(super) const ESTABLISHED: u8 = 1;
    pub(super) const SYN_RECV: u8 = 3;
    pub(super) const CLOSE_WAIT: u8 = 8;
    pub(super) const LISTEN: u8 = 10;
}

/// The lines so far, grouped.
#[derive(Default)]
struct Rows {
    listeners: Vec<TableListener>,
    half_open: BTreeMap<LocalEnd, (u32, u32)>,
    queued: BTreeMap<LocalEnd, QueuedCounts>,
}

impl Rows {
    fn add(&mut self, family: Family, number: usize, line: &[u8]) -> Result<(), LineError> {
        if number == 1 {
            let is_heading = line.trim_ascii_start().starts_with(b"sl");
            return is_heading.then_some(()).ok_or(LineError {
                line: 1,
                what: "the heading is missing",
            });
        }
        let row = Row::parse(family, line).map_err(|what| LineError { line: number, what })?;
        self.take(&row);
        Ok(())
    }

    fn take(&mut self, row: &Row) {
        match row.state {
            state::LISTEN => self.listeners.push(row.listener()),
            state::SYN_RECV => {
                let (count, young) = self.half_open.entry(row.local).or_default();
                *count = count.saturating_add(1);
                *young = young.saturating_add(u32::from(row.timeouts == 0));
            }
            state::ESTABLISHED | state::CLOSE_WAIT if row.inode == 0 => {
                add_queued(self.queued.entry(row.local).or_default(), row);
            }
            _ => {}
        }
    }

    fn into_table(self) -> TcpTable {
        let half_open = self.half_open.into_iter();
        let queued = self.queued.into_iter();
        TcpTable {
            listeners: self.listeners,
            half_open: half_open
                .map(|(local, (count, young))| HalfOpen { local, count, young })
                .collect(),
            queued: queued.map(|(local, counts)| Queued { local, counts }).collect(),
        }
    }
}

fn add_queued(counts: &mut QueuedCounts, row: &Row) {
    let of_state = match row.state {
        state::CLOSE_WAIT => &mut counts.closed_by_client,
        _ => &mut counts.established,
    };
    *of_state = of_state.saturating_add(1);
    counts.with_data = counts.with_data.saturating_add(u32::from(row.unread_bytes() > 0));
    counts.bytes = counts.bytes.saturating_add(row.unread_bytes().into());
}

/// The columns that are used.
struct Row {
    local: LocalEnd,
    state: u8,
    /// LISTEN: accept queue length; else bytes to read, with the FIN.
    receive_queue: u32,
    /// SYN_RECV: `num_timeout`, how often the SYN-ACK timer fired.
    timeouts: u32,
    uid: u32,
    inode: u64,
}

impl Row {
    /// `sl local remote st tx:rx tr:when retrnsmt uid timeout inode …`; all but sl, uid, timeout and inode in hex.
    fn parse(family: Family, line: &[u8]) -> Result<Self, &'static str> {
        let text = std::str::from_utf8(line).map_err(|_| "not text")?;
        let mut columns = text.split_ascii_whitespace();
        let mut next = || columns.next().ok_or("cut short");
        next()?.strip_suffix(':').ok_or("no line number")?;
        let local = local_end(family, next()?).ok_or("a garbled local address")?;
        let _remote = next()?;
        let state = hex(next()?)
            .and_then(|state| state.try_into().ok())
            .ok_or("a garbled state")?;
        let (_, receive_queue) = next()?.split_once(':').ok_or("garbled queues")?;
        let _timer = next()?;
        Ok(Self {
            local,
            state,
            receive_queue: hex(receive_queue).ok_or("garbled queues")?,
            timeouts: hex(next()?).ok_or("a garbled number of retransmissions")?,
            uid: next()?.parse().map_err(|_| "a garbled uid")?,
            inode: next()
                .and_then(|_timeout| next())?
                .parse()
                .map_err(|_| "a garbled inode")?,
        })
    }

    /// The column is `rcv_nxt - copied_seq`, in which a FIN counts as a byte.
    fn unread_bytes(&self) -> u32 {
        self.receive_queue
            .saturating_sub(u32::from(self.state == state::CLOSE_WAIT))
    }

    fn listener(&self) -> TableListener {
        let LocalEnd { address, port, .. } = self.local;
        TableListener {
            address,
            port,
            length: self.receive_queue,
            uid: self.uid,
            inode: self.inode,
        }
    }
}

fn local_end(family: Family, column: &str) -> Option<LocalEnd> {
    let (address, port) = column.split_once(':')?;
    let address = match family {
        Family::V4 => IpAddr::V4(Ipv4Addr::from(word(address)?)),
        Family::V6 => IpAddr::V6(ipv6(address)?),
    };
    let port = hex(port).filter(|_| port.len() == 4)?.try_into().ok()?;
    Some(LocalEnd {
        address,
        port,
        interface: 0,
    })
}

/// Each 32-bit word of an address is printed as a number although it is in network order: on a little-endian
/// machine its bytes stand in reverse.
fn word(digits: &str) -> Option<[u8; 4]> {
    (digits.len() == 8).then(|| hex(digits).map(u32::to_ne_bytes))?
}

fn ipv6(digits: &str) -> Option<Ipv6Addr> {
    let mut address = [0; 16];
    for (index, bytes) in address.chunks_exact_mut(4).enumerate() {
        bytes.copy_from_slice(&word(digits.get(index * 8..index * 8 + 8)?)?);
    }
    (digits.len() == 32).then(|| address.into())
}

/// Digits only: `from_str_radix` would take a sign.
fn hex(digits: &str) -> Option<u32> {
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_hex.then(|| u32::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests;
