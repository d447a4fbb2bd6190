//! Options of TCP sockets that no crate of ours knows: the only setsockopt(2) of the lab.
#![expect(unsafe_code, reason = "setsockopt(2) takes a pointer; see the SAFETY comment")]

use std::io;
use std::os::fd::{AsFd, AsRawFd};

use libc::{TCP_DEFER_ACCEPT, TCP_FASTOPEN, c_int, c_void, setsockopt, socklen_t};

/// An option at level `IPPROTO_TCP` whose value is an int.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TcpSetting {
    /// Seconds for which a listener holds connections without data back.
    DeferAccept,
    /// The most Fast Open connections of a listener whose handshake is unfinished.
    FastOpen,
}

impl TcpSetting {
    /// Its name in netinet/tcp.h.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::DeferAccept => "TCP_DEFER_ACCEPT",
            Self::FastOpen => "TCP_FASTOPEN",
        }
    }

    fn number(self) -> c_int {
        match self {
            Self::DeferAccept => TCP_DEFER_ACCEPT,
            Self::FastOpen => TCP_FASTOPEN,
        }
    }
}

/// Sets it.
pub(crate) fn set(socket: &impl AsFd, setting: TcpSetting, value: c_int) -> io::Result<()> {
    let size = socklen_t::try_from(size_of::<c_int>()).map_err(io::Error::other)?;
    let pointer: *const c_int = &raw const value;
    // SAFETY: the descriptor is open while it is borrowed, and the pointer is to a value of the
    // size told, which outlives the call; the kernel only reads it.
    let result = unsafe {
        setsockopt(
            socket.as_fd().as_raw_fd(),
            libc::IPPROTO_TCP,
            setting.number(),
            pointer.cast::<c_void>(),
            size,
        )
    };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
