//! Messages between the processes of `run`, descriptors among them; the end of the other process is the end of it.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::time::Duration;

use rustix::cmsg_space;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Messages are a few numbers.
const LONGEST: usize = 4096;
/// The notification descriptor and the note.
const DESCRIPTORS: usize = 2;

/// One end.
#[derive(Debug)]
pub struct Channel(OwnedFd);

impl Channel {
    /// Both ends; they close on exec.
    pub fn pair() -> io::Result<(Self, Self)> {
        let (ours, theirs) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
        Ok((Self(ours), Self(theirs)))
    }

    /// The end that was inherited.
    pub fn from_descriptor(fd: OwnedFd) -> Self {
        Self(fd)
    }

    /// From now on, how long to wait for a message.
    pub fn wait_at_most(&self, time: Duration) -> io::Result<()> {
        Ok(set_socket_timeout(&self.0, Timeout::Recv, Some(time))?)
    }

    /// Sends a message.
    pub fn send(&self, message: &impl Serialize, fds: &[BorrowedFd]) -> io::Result<()> {
        let bytes = serde_json::to_vec(message)?;
        let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(DESCRIPTORS))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        if !fds.is_empty() {
            ancillary.push(SendAncillaryMessage::ScmRights(fds));
        }
        sendmsg(&self.0, &[IoSlice::new(&bytes)], &mut ancillary, SendFlags::NOSIGNAL)?;
        Ok(())
    }

    /// Waits for a message; `None` when the other end is closed.
    pub fn receive<T: DeserializeOwned>(&self) -> io::Result<Option<(T, Vec<OwnedFd>)>> {
        let mut bytes = [0; LONGEST];
        let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(DESCRIPTORS))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let mut buffers = [IoSliceMut::new(&mut bytes)];
        let received = match recvmsg(&self.0, &mut buffers, &mut ancillary, RecvFlags::CMSG_CLOEXEC) {
            Ok(received) => received.bytes,
            Err(rustix::io::Errno::CONNRESET) => 0,
            Err(error) => return Err(error.into()),
        };
        let fds = ancillary.drain().flat_map(|message| match message {
            RecvAncillaryMessage::ScmRights(fds) => fds.collect(),
            _ => Vec::new(),
        });
        let fds = fds.collect();
        if received == 0 {
            return Ok(None);
        }
        Ok(Some((serde_json::from_slice(&bytes[..received])?, fds)))
    }
}

impl AsFd for Channel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_keep_their_bounds_and_descriptors_come_along() {
        let (one, other) = Channel::pair().unwrap();
        let file = tempfile::tempfile().unwrap();
        one.send(&7, &[file.as_fd(), file.as_fd()]).unwrap();
        one.send(&"second", &[]).unwrap();
        drop(one);
        let (number, fds) = other.receive::<u32>().unwrap().unwrap();
        assert_eq!((number, fds.len()), (7, 2));
        let (text, fds) = other.receive::<String>().unwrap().unwrap();
        assert_eq!((text.as_str(), fds.len()), ("second", 0));
        assert!(other.receive::<u32>().unwrap().is_none());
    }

    #[test]
    fn waiting_ends() {
        let (_one, other) = Channel::pair().unwrap();
        other.wait_at_most(Duration::from_millis(5)).unwrap();
        assert_eq!(other.receive::<u32>().unwrap_err().kind(), io::ErrorKind::WouldBlock);
    }
}
