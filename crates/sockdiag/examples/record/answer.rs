//! One exchange with the kernel: a request sent, the datagrams of its answer.

use anyhow::{Result, bail};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::OwnedFd;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketType, netlink, recv, send, socket};
use rustix::time::Timespec;

use listenq_sockdiag::{Body, Message, Messages};

/// An answer of more datagrams than this is not the scene's.
const DATAGRAMS: usize = 64;
/// `NLM_F_MULTI`: more messages belong to this answer.
const MULTI: u16 = 2;

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
        wait(netlink)?;
        let (length, _) = recv(netlink, buffer.as_mut_slice(), RecvFlags::empty())?;
        buffer.truncate(length);
        let ended = Messages::new(&buffer).any(|message| message.is_ok_and(ends));
        datagrams.push(buffer);
        if ended {
            return Ok(datagrams);
        }
    }
    bail!("no end after {DATAGRAMS} datagrams")
}

/// Whether nothing follows: the end of a dump, an error, or the one row asked for.
fn ends(message: Message<'_>) -> bool {
    !matches!(message.body, Body::Socket(_)) || message.flags & MULTI == 0
}

/// Waits for a datagram; the kernel answers at once, so ten seconds mean that none will come.
fn wait(netlink: &OwnedFd) -> Result<()> {
    let limit = Timespec { tv_sec: 10, tv_nsec: 0 };
    let ready = poll(&mut [PollFd::new(netlink, PollFlags::IN)], Some(&limit))?;
    anyhow::ensure!(ready > 0, "no answer");
    Ok(())
}
