//! TCP and MPTCP listeners of one namespace, read through inet_diag.

use std::collections::HashSet;
use std::net::IpAddr;

use sockdiag::inet::{self, Extensions, Family, Request, Socket};
use sockdiag::{ParseError, States};

use crate::diag::socket::{DiagSocket, Dump, NetlinkError};

/// What is asked for: drops, and with the TCP information the name of the upper protocol, which marks MPTCP.
pub const ATTRIBUTES: Extensions = Extensions::SKMEMINFO.and(Extensions::INFO);

/// One listening socket as inet_diag gives it; plain values, so that a sample allocates nothing per row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InetListener {
    /// Local address; its variant is the family.
    pub address: IpAddr,
    /// Local port.
    pub port: u16,
    /// Index of the device it is bound to; 0 for none.
    pub interface: u32,
    /// Inode of the socket.
    pub inode: u32,
    /// Its cookie.
    pub cookie: Option<u64>,
    /// Its creator.
    pub uid: u32,
    /// `sk_ack_backlog`.
    pub length: u32,
    /// `sk_max_ack_backlog`.
    pub limit: u32,
    /// `sk_drops`.
    pub drops: Option<u32>,
    /// `IPV6_V6ONLY`.
    pub v6_only: Option<bool>,
    /// Control group (v2) of its creator; kernels before 5.8 do not tell.
    pub cgroup_id: Option<u64>,
    /// The internal listener of an MPTCP socket.
    pub is_mptcp: bool,
}

impl InetListener {
    fn new(socket: &Socket) -> Self {
        Self {
            address: socket.local.ip(),
            port: socket.local.port(),
            interface: socket.interface,
            inode: socket.inode,
            cookie: socket.cookie,
            uid: socket.uid,
            length: socket.receive_queue,
            limit: socket.write_queue,
            drops: socket.drops(),
            v6_only: socket.is_v6_only(),
            cgroup_id: socket.cgroup_id(),
            is_mptcp: socket.is_mptcp(),
        }
    }
}

/// Reads all TCP listeners of the socket's namespace into `rows`, which is emptied first.
///
/// `ask_for_mptcp`: whether MPTCP listeners have to be told by a dump of their own, because their mark (the ULP
/// name) is shown only to `CAP_NET_ADMIN` on kernels such as 6.12 (KERNEL.md 4.1).
///
/// # Errors
/// When a dump fails. A kernel without MPTCP is no failure.
pub fn listeners(
    socket: &mut DiagSocket,
    ask_for_mptcp: bool,
    rows: &mut Vec<InetListener>,
) -> Result<(), NetlinkError> {
    rows.clear();
    for family in [Family::V4, Family::V6] {
        dump_family(socket, family, inet::TCP, rows)?;
    }
    deduplicate(rows);
    if ask_for_mptcp && !rows.is_empty() {
        mark_mptcp(socket, rows)?;
    }
    Ok(())
}

fn dump_family(
    socket: &mut DiagSocket,
    family: Family,
    protocol: u16,
    rows: &mut Vec<InetListener>,
) -> Result<(), NetlinkError> {
    listeners_at(socket, family, protocol, None, rows)
}

/// Reads the listeners of one family, at one port only where it is given, and adds them to `rows`.
///
/// # Errors
/// When the dump fails.
pub fn listeners_at(
    socket: &mut DiagSocket,
    family: Family,
    protocol: u16,
    port: Option<u16>,
    rows: &mut Vec<InetListener>,
) -> Result<(), NetlinkError> {
    let request = Request {
        source_port: port,
        ..listen_request(family, protocol)
    };
    let dump = Dump {
        what: if protocol == inet::MPTCP {
            "MPTCP listener"
        } else {
            "TCP listener"
        },
        encode: &|sequence, out| request.encode(sequence, out),
        until: None,
    };
    let before = rows.len();
    socket.dump(&dump, rows, |rows| rows.truncate(before), push_row)
}

/// The two dumps of [`listeners`] with some attributes, their answers only received and not read: the kernel's share
/// of the cost. For benchmarks.
///
/// # Errors
/// When a dump fails.
pub fn bare_exchange(socket: &mut DiagSocket, extensions: Extensions) -> Result<(), NetlinkError> {
    for family in [Family::V4, Family::V6] {
        let request = Request {
            extensions,
            ..listen_request(family, inet::TCP)
        };
        let dump = Dump {
            what: "TCP listener",
            encode: &|sequence, out| request.encode(sequence, out),
            until: None,
        };
        socket.exchange(&dump)?;
    }
    Ok(())
}

fn listen_request(family: Family, protocol: u16) -> Request<'static> {
    Request {
        family,
        protocol,
        states: States::LISTEN,
        extensions: ATTRIBUTES,
        source_port: None,
        filter: None,
    }
}

fn push_row(rows: &mut Vec<InetListener>, payload: &[u8]) -> Result<(), ParseError> {
    rows.push(InetListener::new(&Socket::parse(payload)?));
    Ok(())
}

/// A bucket that changes between two chunks of a dump may repeat rows (KERNEL.md 4.3). Sorted by place first, as
/// whoever reads them wants them: sockets at one place stay in the order in which they were made.
fn deduplicate(rows: &mut Vec<InetListener>) {
    rows.sort_unstable_by_key(|row| (row.port, row.address, row.inode, row.cookie));
    rows.dedup_by(|a, b| a.cookie.is_some() && a.cookie == b.cookie);
}

/// An MPTCP listener and its internal TCP listener have the same inode (KERNEL.md 4.5).
fn mark_mptcp(socket: &mut DiagSocket, rows: &mut [InetListener]) -> Result<(), NetlinkError> {
    let mut mptcp = Vec::new();
    for family in [Family::V4, Family::V6] {
        match dump_family(socket, family, inet::MPTCP, &mut mptcp) {
            Err(error) if !error.is_unsupported() => return Err(error),
            _ => {}
        }
    }
    let inodes: HashSet<u32> = mptcp.iter().map(|row| row.inode).filter(|inode| *inode != 0).collect();
    for row in rows.iter_mut().filter(|row| inodes.contains(&row.inode)) {
        row.is_mptcp = true;
    }
    Ok(())
}
