//! Unix-domain listeners of one namespace, read through unix_diag.

use std::sync::Arc;

use model::endpoint::{UnixEndpoint, UnixKind};
use sockdiag::unix::{Kind, Request, RequestOne, Show, Socket};
use sockdiag::{ParseError, States};

use crate::diag::socket::{DiagSocket, Dump, NetlinkError};

/// One listening unix socket as unix_diag gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnixListener {
    /// Kind and name.
    pub endpoint: UnixEndpoint,
    /// Inode of the socket.
    pub inode: u32,
    /// Its cookie.
    pub cookie: Option<u64>,
    /// Its creator, where the kernel tells (5.3 and newer).
    pub uid: Option<u32>,
    /// Connections waiting for accept().
    pub length: Option<u32>,
    /// Effective backlog.
    pub limit: Option<u32>,
}

/// Reads all unix listeners of the socket's namespace into `rows`, which is emptied first.
///
/// # Errors
/// When the dump fails.
pub fn listeners(socket: &mut DiagSocket, rows: &mut Vec<UnixListener>) -> Result<(), NetlinkError> {
    let request = Request {
        states: States::LISTEN,
        show: Show::NAME | Show::RQLEN | Show::UID,
    };
    let dump = Dump {
        what: "unix listener",
        encode: &|sequence, out| request.encode(sequence, out),
        until: None,
    };
    rows.clear();
    socket.dump(&dump, rows, Vec::clear, push_row)?;
    rows.sort_unstable_by_key(|row| (row.cookie, row.inode));
    rows.dedup_by(|a, b| a.cookie.is_some() && a.cookie == b.cookie);
    Ok(())
}

fn push_row(rows: &mut Vec<UnixListener>, payload: &[u8]) -> Result<(), ParseError> {
    let socket = Socket::parse(payload)?;
    let kind = match socket.kind {
        Kind::Stream => UnixKind::Stream,
        Kind::SeqPacket => UnixKind::SeqPacket,
        // Others cannot listen.
        Kind::Datagram | Kind::Other(_) => return Ok(()),
    };
    let lengths = socket.queue_lengths();
    rows.push(UnixListener {
        endpoint: UnixEndpoint {
            kind,
            name: socket.name().map(Arc::from),
        },
        inode: socket.inode,
        cookie: socket.cookie,
        uid: socket.uid(),
        length: lengths.map(|lengths| lengths.receive),
        limit: lengths.map(|lengths| lengths.write),
    });
    Ok(())
}

/// The inodes of the client sockets queued at one listener, oldest first; 0 for a client that has closed.
///
/// # Errors
/// When the listener is gone, or so many wait (about 900) that the kernel cannot list them (EMSGSIZE).
pub fn waiting_clients(socket: &mut DiagSocket, inode: u32, cookie: Option<u64>) -> Result<Vec<u32>, NetlinkError> {
    let request = RequestOne {
        inode,
        cookie,
        show: Show::ICONS,
    };
    let mut inodes = Vec::new();
    socket.ask_one(
        "unix listener's clients",
        &|sequence, out| request.encode(sequence, out),
        &mut |payload| {
            inodes.extend(Socket::parse(payload)?.waiting());
            Ok(())
        },
    )?;
    Ok(inodes)
}
