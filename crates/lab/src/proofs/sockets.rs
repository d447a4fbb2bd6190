//! Ordinary programs of a proof: connect(2) on sockets of the kernel's own.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::AsFd;

use rustix::event::PollFlags;
use rustix::io::Errno;
use socket2::Socket;

use super::bench::Bench;
use crate::clock::Deadline;
use crate::control::first_ready;
use crate::error::{During, LabError};
use crate::target::Target;

/// An address of the hand-made peers' network where no peer is: packets to it get no answer.
pub(super) fn nobody() -> SocketAddr {
    (Ipv4Addr::new(198, 51, 100, 254), 9).into()
}

impl Bench {
    /// Calls connect() and says what has become of it once the kernel has handled the packets:
    /// "connected", "in progress" or the name of an error.
    pub(super) fn connect(&mut self, to: SocketAddr) -> Result<(Socket, String), LabError> {
        self.did(format!("connect(fd, {to})"));
        self.timer_runs();
        // Only this address is the namespace's own, and nobody() is reached from nowhere else.
        let source = to.is_ipv4().then(|| (Ipv4Addr::LOCALHOST, 0).into());
        let socket = Target::tcp(to).knock_from(source).during("connect to", to)?;
        self.wire.settle()?;
        let outcome = outcome(&socket).during("look at", "a connecting socket")?;
        Ok((socket, outcome))
    }
}

/// What has become of a connect(2) that did not wait.
pub(super) fn outcome(socket: &Socket) -> io::Result<String> {
    let now = Deadline::after(std::time::Duration::ZERO);
    if first_ready(&[socket.as_fd()], PollFlags::OUT, now)?.is_none() {
        return Ok("in progress".into());
    }
    Ok(match socket.take_error()? {
        None => "connected".into(),
        Some(error) => error_name(&error),
    })
}

/// The name of an error in errno.h, of those that connections end with.
pub(super) fn error_name(error: &io::Error) -> String {
    match Errno::from_io_error(error) {
        Some(Errno::CONNREFUSED) => "ECONNREFUSED".into(),
        Some(Errno::CONNRESET) => "ECONNRESET".into(),
        Some(Errno::TIMEDOUT) => "ETIMEDOUT".into(),
        Some(Errno::AGAIN) => "EAGAIN".into(),
        _ => error.to_string(),
    }
}
