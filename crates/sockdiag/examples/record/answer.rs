//! One exchange with the kernel: a request sent, the datagrams of its answer.

use anyhow::{Result, bail};
use rustix::fd::OwnedFd;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketType, netlink, recv, send, socket};

use listenq_sockdiag::{Body, Messages};

/// An answer of more datagrams than this is not the scene's.
const DATAGRAMS: usize = 64;

/// A `NETLINK_SOCK_DIAG` socket in the caller's network namespace.
pub fn open() -> Result<OwnedFd> {
    Ok(socket(
        AddressFamily::NETLINK,
        SocketType::RAW,
        Some(netlink::SOCK_DIAG),
    )?)
}

/// The datagrams that answer `request`, up to the one that ends the answer.
pub fn exchange(netlink: &OwnedFd, request: &[u8]) -> Result<Vec<Vec<u8>>> {
    send(netlink, request, SendFlags::empty())?;
    let mut datagrams = Vec::new();
    while datagrams.len() < DATAGRAMS {
        let mut buffer = vec![0; 32 * 1024];
        let (length, _) = recv(netlink, buffer.as_mut_slice(), RecvFlags::empty())?;
        buffer.truncate(length);
        let ended =
            Messages::new(&buffer).any(|message| !matches!(message.map(|found| found.body), Ok(Body::Socket(_))));
        datagrams.push(buffer);
        if ended {
            return Ok(datagrams);
        }
    }
    bail!("no end after {DATAGRAMS} datagrams")
}
