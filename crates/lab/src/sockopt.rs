//! Options of TCP sockets that no crate of ours knows: the only setsockopt(2) of the lab.
#![expect(unsafe_code, reason = "setsockopt(2) takes a pointer; see the SAFETY comment")]

use std::io;
use std::net::Ipv4Addr;
use std::os::fd::{AsFd, AsRawFd};

use libc::{TCP_DEFER_ACCEPT, TCP_FASTOPEN, TCP_MD5SIG, c_int, c_void, setsockopt, socklen_t};

const MD5_KEY: &[u8] = b"secret";

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
    set_bytes(socket, setting.number(), &value.to_ne_bytes())
}

/// Has a socket demand an MD5 signature (RFC 2385) of this IPv4 address, with a key of our own.
pub(crate) fn demand_md5_of(socket: &impl AsFd, address: Ipv4Addr) -> io::Result<()> {
    set_bytes(socket, TCP_MD5SIG, &md5_key(address))
}

/// `struct tcp_md5sig` of include/uapi/linux/tcp.h: an address, flags, prefix, length of the key, interface, key.
fn md5_key(address: Ipv4Addr) -> Vec<u8> {
    let family = libc::sa_family_t::try_from(libc::AF_INET).unwrap_or_default();
    let mut bytes = family.to_ne_bytes().to_vec();
    bytes.extend([0; 2]); // port
    bytes.extend(address.octets());
    bytes.resize(128, 0); // struct sockaddr_storage
    bytes.extend([0, 0]); // flags, prefix
    let length = u16::try_from(MD5_KEY.len()).unwrap_or_default();
    bytes.extend(length.to_ne_bytes());
    bytes.extend([0; 4]); // interface
    bytes.extend(MD5_KEY);
    bytes.resize(128 + 8 + 80, 0); // TCP_MD5SIG_MAXKEYLEN
    bytes
}

fn set_bytes(socket: &impl AsFd, option: c_int, value: &[u8]) -> io::Result<()> {
    let size = socklen_t::try_from(value.len()).map_err(io::Error::other)?;
    // SAFETY: the descriptor is open while it is borrowed, and the pointer is to as many bytes as
    // are told, which outlive the call; the kernel only reads them.
    let result = unsafe {
        setsockopt(
            socket.as_fd().as_raw_fd(),
            libc::IPPROTO_TCP,
            option,
            value.as_ptr().cast::<c_void>(),
            size,
        )
    };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
