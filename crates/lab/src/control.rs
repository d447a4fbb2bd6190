//! The control socket between caller, stage and actors: JSON lines, and descriptors beside them.

use std::collections::VecDeque;
use std::io::{self, IoSlice, IoSliceMut, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::clock::Deadline;
use crate::error::{During, LabError};

/// The longest message: the facts of the largest scene are some megabytes.
const LONGEST_MESSAGE: usize = 64 << 20;
/// The most descriptors that travel with one message.
const MOST_DESCRIPTORS: usize = 3;

/// How long a new process waits to be told what to do.
const REQUEST_LIMIT: Duration = Duration::from_secs(10);

/// One end of a control socket.
#[derive(Debug)]
pub(crate) struct Control {
    stream: UnixStream,
    read: Vec<u8>,
    /// So many bytes of `read` are known to hold no end of a message.
    searched: usize,
    descriptors: VecDeque<OwnedFd>,
}

/// What a wait for a message gave.
#[derive(Debug)]
pub(crate) enum Incoming<M> {
    /// A message.
    Message(M),
    /// The other end is gone.
    Closed,
    /// Nothing came until the deadline.
    Quiet,
}

impl Control {
    /// A new pair: our end, and the other as a descriptor that becomes a child's standard input.
    pub(crate) fn pair() -> io::Result<(Self, OwnedFd)> {
        let (ours, theirs) = UnixStream::pair()?;
        Ok((Self::over(ours), theirs.into()))
    }

    /// The end that our parent gave us as standard input.
    pub(crate) fn from_stdin() -> io::Result<Self> {
        let stdin = io::stdin().as_fd().try_clone_to_owned()?;
        Ok(Self::over(UnixStream::from(stdin)))
    }

    fn over(stream: UnixStream) -> Self {
        Self {
            stream,
            read: Vec::new(),
            searched: 0,
            descriptors: VecDeque::new(),
        }
    }

    /// A second handle that only sends.
    pub(crate) fn sender(&self) -> io::Result<Self> {
        Ok(Self::over(self.stream.try_clone()?))
    }

    /// Sends one message.
    pub(crate) fn send(&self, message: &impl Serialize) -> io::Result<()> {
        self.send_with(message, &[])
    }

    /// Sends one message with up to three descriptors beside it.
    pub(crate) fn send_with(&self, message: &impl Serialize, descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
        let mut line = serde_json::to_vec(message)?;
        line.push(b'\n');
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_DESCRIPTORS))];
        let mut beside = SendAncillaryBuffer::new(&mut space);
        if !descriptors.is_empty() && !beside.push(SendAncillaryMessage::ScmRights(descriptors)) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "too many descriptors"));
        }
        let sent = sendmsg(&self.stream, &[IoSlice::new(&line)], &mut beside, SendFlags::NOSIGNAL)?;
        (&self.stream).write_all(line.get(sent..).unwrap_or_default())
    }

    /// Waits for the next message.
    pub(crate) fn receive<M: DeserializeOwned>(&mut self, deadline: Deadline) -> io::Result<Incoming<M>> {
        loop {
            if let Some(line) = self.next_line() {
                return Ok(Incoming::Message(serde_json::from_slice(&line)?));
            }
            if !readable(self.stream.as_fd(), deadline)? {
                return Ok(Incoming::Quiet);
            }
            if self.read_more()? == 0 {
                return Ok(Incoming::Closed);
            }
        }
    }

    /// Waits for the message that tells this process what to do.
    pub(crate) fn request<M: DeserializeOwned>(&mut self, whose: &str) -> Result<M, LabError> {
        match self.receive(Deadline::after(REQUEST_LIMIT)).during("hear", whose)? {
            Incoming::Message(request) => Ok(request),
            Incoming::Closed | Incoming::Quiet => Err(LabError::Gone {
                who: whose.into(),
                what: "said nothing".into(),
            }),
        }
    }

    /// The descriptor that came with the last message, or with one before that nobody took.
    pub(crate) fn take_descriptor(&mut self) -> Option<OwnedFd> {
        self.descriptors.pop_front()
    }

    fn next_line(&mut self) -> Option<Vec<u8>> {
        let new = self.read.get(self.searched..).unwrap_or_default();
        let Some(end) = new.iter().position(|&byte| byte == b'\n') else {
            self.searched = self.read.len();
            return None;
        };
        let line = self.read.drain(..=self.searched + end).collect();
        self.searched = 0;
        Some(line)
    }

    fn read_more(&mut self) -> io::Result<usize> {
        if self.read.len() > LONGEST_MESSAGE {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a message without end"));
        }
        let mut bytes = vec![0; 64 << 10];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_DESCRIPTORS))];
        let mut beside = RecvAncillaryBuffer::new(&mut space);
        let mut into = [IoSliceMut::new(&mut bytes)];
        let got = match recvmsg(&self.stream, &mut into, &mut beside, RecvFlags::CMSG_CLOEXEC) {
            // The other end died with our messages unread: as gone as one that closed.
            Err(Errno::CONNRESET) => return Ok(0),
            other => other?.bytes,
        };
        for message in beside.drain() {
            if let RecvAncillaryMessage::ScmRights(descriptors) = message {
                self.descriptors.extend(descriptors);
            }
        }
        self.read.extend(bytes.get(..got).unwrap_or_default());
        Ok(got)
    }
}

impl AsFd for Control {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

/// Waits until `descriptor` can be read or is closed; false at the deadline.
pub(crate) fn readable(descriptor: BorrowedFd<'_>, deadline: Deadline) -> io::Result<bool> {
    Ok(first_ready(&[descriptor], PollFlags::IN, deadline)?.is_some())
}

/// Waits until one of `descriptors` is ready; gives its place, or `None` at the deadline.
pub(crate) fn first_ready(
    descriptors: &[BorrowedFd<'_>],
    what: PollFlags,
    deadline: Deadline,
) -> io::Result<Option<usize>> {
    let mut polled: Vec<_> = descriptors.iter().map(|fd| PollFd::new(fd, what)).collect();
    loop {
        let left = timespec(deadline.left());
        match poll(&mut polled, Some(&left)) {
            Err(Errno::INTR) => {}
            ready => {
                ready?;
                return Ok(polled.iter().position(|fd| !fd.revents().is_empty()));
            }
        }
    }
}

fn timespec(duration: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: duration.subsec_nanos().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::io::Read;

    fn soon() -> Deadline {
        Deadline::after(Duration::from_secs(5))
    }

    fn ends() -> (Control, Control) {
        let (ours, theirs) = Control::pair().unwrap();
        (ours, Control::over(UnixStream::from(theirs)))
    }

    #[test]
    fn messages_and_descriptors_arrive_in_order() {
        let (ours, mut theirs) = ends();
        let (mut reader, writer) = io::pipe().unwrap();
        ours.send_with(&"first", &[writer.as_fd()]).unwrap();
        ours.send(&"second").unwrap();
        drop(writer);
        for expected in ["first", "second"] {
            let Incoming::Message(text) = theirs.receive::<String>(soon()).unwrap() else {
                panic!("no message");
            };
            assert_eq!(text, expected);
        }
        File::from(theirs.take_descriptor().unwrap())
            .write_all(b"through")
            .unwrap();
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "through");
    }

    #[test]
    fn silence_and_the_end_are_told_apart() {
        let (ours, mut theirs) = ends();
        let now = Deadline::after(Duration::ZERO);
        assert!(matches!(theirs.receive::<String>(now), Ok(Incoming::Quiet)));
        drop(ours);
        assert!(matches!(theirs.receive::<String>(soon()), Ok(Incoming::Closed)));
    }

    #[test]
    fn a_message_larger_than_the_socket_buffer_is_whole() {
        let (ours, mut theirs) = ends();
        let long = "x".repeat(3 << 20);
        let copy = long.clone();
        let sender = std::thread::spawn(move || ours.send(&copy));
        let received = theirs.receive::<String>(soon()).unwrap();
        // Before the sender is waited for: it would wait for ever for a receiver that gave up.
        assert!(matches!(received, Incoming::Message(text) if text == long));
        sender.join().unwrap().unwrap();
    }
}
