//! Raw SYNs from addresses where nobody answers: half-open connections without any client.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use socket2::{Domain, Protocol, Socket, Type};

use crate::error::{During, LabError};
use crate::peer::Segment;
use crate::rtnetlink;

/// Documentation network of RFC 5737: it exists nowhere.
const NOWHERE_V4: [u8; 3] = [198, 51, 100];
/// Documentation network of RFC 3849.
const NOWHERE_V6: [u16; 4] = [0x2001, 0xdb8, 0x51, 0];
/// Hosts used in a network; the port goes up when all were used.
const HOSTS: u32 = 250;
const FIRST_PORT: u32 = 1024;
const PORTS: u32 = 65_536 - FIRST_PORT;

/// A sender of SYNs to one listener.
///
/// The answers go to a network that is routed to the loopback interface but is not local:
/// they come back, belong to nobody, are not forwarded, and no RST is ever sent.
pub(crate) struct Flood {
    socket: Socket,
    target: SocketAddr,
    sent: u32,
}

impl Flood {
    /// A sender of SYNs to `target`, and the route for the answers.
    pub(crate) fn new(target: SocketAddr) -> Result<Self, LabError> {
        let (network, bits) = match target {
            SocketAddr::V4(_) => (source_v4(0), 24),
            SocketAddr::V6(_) => (source_v6(0), 64),
        };
        rtnetlink::route_to_loopback(network, bits)?;
        // IPPROTO_RAW: the packet is sent with the IP header that we give (raw(7)).
        let raw = Protocol::from(255);
        let socket = Socket::new(Domain::for_address(target), Type::RAW, Some(raw)).during("open", "a raw socket")?;
        Ok(Self {
            socket,
            target,
            sent: 0,
        })
    }

    /// Sends so many SYNs, each from an address and port not used before. The loopback
    /// interface has delivered a packet before the next is sent.
    pub(crate) fn send(&mut self, count: u32) -> Result<(), LabError> {
        // The address of a raw IPv6 socket must have no port (net/ipv6/raw.c:rawv6_sendmsg).
        let to = SocketAddr::new(self.target.ip(), 0).into();
        for _ in 0..count {
            let source = self.source();
            let sequence = self.sent.wrapping_mul(0x9e37_79b9);
            if let Some(packet) = Segment::syn(source, self.target, sequence).encode() {
                self.socket.send_to(&packet, &to).during("send a SYN to", self.target)?;
            }
            self.sent = self.sent.wrapping_add(1);
        }
        Ok(())
    }

    fn source(&self) -> SocketAddr {
        let host = u16::try_from(self.sent % HOSTS + 1).unwrap_or(1);
        // A flood of hours begins again at the first port.
        let port = FIRST_PORT + self.sent / HOSTS % PORTS;
        let port = u16::try_from(port).unwrap_or(u16::MAX);
        let address = match self.target {
            SocketAddr::V4(_) => source_v4(host),
            SocketAddr::V6(_) => source_v6(host),
        };
        SocketAddr::new(address, port)
    }
}

fn source_v4(host: u16) -> IpAddr {
    let [a, b, c] = NOWHERE_V4;
    Ipv4Addr::new(a, b, c, u8::try_from(host).unwrap_or(u8::MAX)).into()
}

fn source_v6(host: u16) -> IpAddr {
    let [a, b, c, d] = NOWHERE_V6;
    Ipv6Addr::new(a, b, c, d, 0, 0, 0, host).into()
}
