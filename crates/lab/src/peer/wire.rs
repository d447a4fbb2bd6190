//! Sending hand-made packets and hearing what the kernel answers to them.

use std::io::{self, Read};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};

use super::Segment;
use crate::error::{During, LabError, Missing};
use crate::rtnetlink;

/// Documentation network of RFC 5737: it exists nowhere. The answers go to this network, which is
/// routed to the loopback interface but is not local: they come back, belong to nobody, are not
/// forwarded, and no RST is ever sent.
const NOWHERE: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 0);
/// `ETH_P_IP` of linux/if_ether.h.
const ETH_P_IP: u16 = 0x0800;
/// Rounds of [`Wire::settle`]: each takes an answer to an answer one step further, and a
/// handshake with its data and its MPTCP options has four steps.
const ROUNDS: usize = 8;
/// A datagram on the loopback interface is lost only if there is no memory for it.
const ROUND_LIMIT: Duration = Duration::from_secs(10);
/// The most packets that are heard at once: more than any proof makes.
const MOST: usize = 10_000;

/// The hand-made peers' way into the namespace, and the ear for the answers.
pub(crate) struct Wire {
    raw: Socket,
    tap: Socket,
    echo: UdpSocket,
}

impl Wire {
    /// Opens it in the process's namespace.
    pub(crate) fn open() -> Result<Self, LabError> {
        rtnetlink::route_to_loopback(NOWHERE.into(), 24)?;
        // IPPROTO_RAW: the packet is sent with the IP header that we give (raw(7)).
        let raw = Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::from(255)));
        // Packets of IPv4 that come in, without their link header (packet(7)).
        let protocol = Protocol::from(i32::from(ETH_P_IP.to_be()));
        let tap = Socket::new(Domain::PACKET, Type::DGRAM, Some(protocol))
            .map_err(|error| Missing::feature("a packet socket", error))?;
        tap.set_nonblocking(true).during("make", "a packet socket wait not")?;
        Ok(Self {
            raw: raw.during("open", "a raw socket")?,
            tap,
            echo: echo().during("open", "a datagram socket to itself")?,
        })
    }

    /// The address of the hand-made peer with this number, from 0.
    pub(crate) fn address(number: u32) -> SocketAddr {
        let [a, b, c, _] = NOWHERE.octets();
        let host = u8::try_from(number % 250 + 1).unwrap_or(1);
        let port = u16::try_from(1024 + number / 250).unwrap_or(u16::MAX);
        (Ipv4Addr::new(a, b, c, host), port).into()
    }

    /// Sends one packet. The kernel may handle it later: see [`Self::settle`].
    pub(crate) fn send(&self, segment: &Segment) -> Result<(), LabError> {
        let bytes = segment.encode().ok_or_else(|| io::Error::other("two families"));
        let bytes = bytes.during("make", segment)?;
        self.raw.send_to(&bytes, &segment.to.into()).during("send", segment)?;
        Ok(())
    }

    /// Returns once the kernel has handled every packet that this thread had sent, the answers
    /// to them and the answers to those.
    ///
    /// The loopback interface puts packets into a queue of the CPU that sends them, first in,
    /// first out (net/core/dev.c:enqueue_to_backlog). A datagram behind them that has come back
    /// to us means that they are done; the thread must stay on its CPU.
    pub(crate) fn settle(&self) -> Result<(), LabError> {
        for _ in 0..ROUNDS {
            self.echo.send(b"?").during("send", "a datagram to itself")?;
            self.echo.recv(&mut [0]).during("hear", "a datagram sent to itself")?;
        }
        Ok(())
    }

    /// What the kernel has sent to hand-made peers since the last call, in order.
    pub(crate) fn heard(&self) -> Result<Vec<Segment>, LabError> {
        self.settle()?;
        let mut heard = Vec::new();
        let mut packet = vec![0; 1 << 16];
        while heard.len() < MOST {
            let length = match (&self.tap).read(&mut packet) {
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error).during("hear", "the loopback interface"),
            };
            let segment = packet.get(..length).and_then(Segment::decode_v4);
            heard.extend(segment.filter(|segment| is_nowhere(segment.to.ip())));
        }
        Ok(heard)
    }
}

/// Whether hand-made peers live there.
fn is_nowhere(address: IpAddr) -> bool {
    matches!(address, IpAddr::V4(address) if address.octets().starts_with(&[198, 51, 100]))
}

/// A datagram socket connected to itself.
fn echo() -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.connect(socket.local_addr()?)?;
    socket.set_read_timeout(Some(ROUND_LIMIT))?;
    Ok(socket)
}
