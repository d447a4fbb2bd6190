//! The listeners, clients and half-open connections that are recorded, and the facts about them.
//!
//! Facts come from what was asked for and from the sockets themselves (fstat, `SO_COOKIE`), never from
//! `sock_diag`. Each is a line `KIND key=value …`, which the tests compare with the parsed rows.

use std::io::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, TcpStream};

use anyhow::{Context, Result, bail};
use rustix::fd::OwnedFd;
use rustix::fs::fstat;
use rustix::net::{
    AddressFamily, Protocol, SocketAddrUnix, SocketFlags, SocketType, bind, connect, getsockname, ipproto, listen,
    socket, socket_with, sockopt,
};
use rustix::time::Timespec;

use crate::{answer, hex, syn};
use listenq_sockdiag::inet::{Extensions, Family, Request, Socket, States, TCP};
use listenq_sockdiag::{Body, Messages};

/// The recorded sockets, held open.
#[derive(Default)]
pub struct Scene {
    facts: Vec<String>,
    sockets: Vec<OwnedFd>,
    clients: Vec<TcpStream>,
    /// Connections that must be waiting before anything is recorded.
    waiting: u32,
    half_open: usize,
    /// Inode and cookie of the last unix listener, which is full.
    pub full_unix: (u32, u64),
}

/// A listener to be opened.
struct Listener {
    address: SocketAddr,
    backlog: u32,
    clients: u32,
    v6_only: Option<bool>,
    reuse_port: bool,
    protocol: Protocol,
}

impl Listener {
    fn new(address: impl Into<SocketAddr>, backlog: u32, clients: u32) -> Self {
        Self {
            address: address.into(),
            backlog,
            clients,
            v6_only: None,
            reuse_port: false,
            protocol: ipproto::TCP,
        }
    }
}

fn v4(port: u16) -> SocketAddrV4 {
    SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)
}

impl Scene {
    /// Opens everything.
    pub fn build(&mut self) -> Result<()> {
        self.queue_with_contents()?;
        self.overflowing()?;
        self.families()?;
        self.reuse_port_group()?;
        self.mptcp()?;
        self.half_open()?;
        self.unix()
    }

    /// The facts that begin with one of `wanted`.
    pub fn facts(&self, wanted: &[&str]) -> Vec<&str> {
        let wants = |fact: &&str| wanted.iter().any(|prefix| fact.starts_with(prefix));
        self.facts.iter().map(String::as_str).filter(wants).collect()
    }

    /// Waits until the kernel has every connection where it belongs: at most 200 looks, 10 ms apart.
    pub fn settle(&self, netlink: &OwnedFd) -> Result<()> {
        for _ in 0..200 {
            let waiting = [Family::V4, Family::V6].map(|family| count(netlink, family));
            let (mut lengths, mut half_open) = (0, 0);
            for counted in waiting {
                let (more_waiting, more_half_open) = counted?;
                lengths += more_waiting;
                half_open += more_half_open;
            }
            if lengths == self.waiting && half_open == self.half_open {
                return Ok(());
            }
            let pause = Timespec {
                tv_sec: 0,
                tv_nsec: 10_000_000,
            };
            rustix::event::poll(&mut [], Some(&pause))?;
        }
        bail!(
            "the scene did not settle: {} waiting, {} half-open expected",
            self.waiting,
            self.half_open
        )
    }

    /// Three wait: one quiet, one that sent ten bytes, one that has closed.
    fn queue_with_contents(&mut self) -> Result<()> {
        self.listen(&Listener::new(v4(8001), 5, 3))?;
        self.client(v4(8001).into(), "established", b"")?;
        self.client(v4(8001).into(), "established", b"0123456789")?;
        let leaving = TcpStream::connect(v4(8001))?;
        let remote = leaving.local_addr()?;
        self.fact(format!(
            "queued-v4 local={} remote={remote} state=close-wait bytes=1",
            v4(8001)
        ));
        Ok(())
    }

    /// Two wait where one is the limit, and a third was refused.
    fn overflowing(&mut self) -> Result<()> {
        self.listen(&Listener::new(v4(8002), 1, 2))?;
        self.client(v4(8002).into(), "established", b"")?;
        self.client(v4(8002).into(), "established", b"")?;
        let refused = socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::NONBLOCK, None)?;
        match connect(&refused, &v4(8002)) {
            Err(rustix::io::Errno::INPROGRESS) => self.sockets.push(refused),
            other => bail!("the third connect to a full queue: {other:?}"),
        }
        Ok(())
    }

    /// IPv6 only, and dual-stack with an IPv4 client.
    fn families(&mut self) -> Result<()> {
        self.listen(&Listener {
            v6_only: Some(true),
            ..Listener::new((Ipv6Addr::LOCALHOST, 8003), 7, 0)
        })?;
        self.listen(&Listener {
            v6_only: Some(false),
            ..Listener::new((Ipv6Addr::UNSPECIFIED, 8004), 9, 1)
        })?;
        let client = TcpStream::connect(v4(8004))?;
        let remote = client.local_addr()?;
        self.fact(format!(
            "queued-v6 local=[::ffff:127.0.0.1]:8004 remote=[::ffff:127.0.0.1]:{} state=established bytes=0",
            remote.port()
        ));
        self.fact(format!("client-v4 local={remote} remote={}", v4(8004)));
        self.clients.push(client);
        Ok(())
    }

    fn reuse_port_group(&mut self) -> Result<()> {
        for backlog in [3, 4] {
            self.listen(&Listener {
                reuse_port: true,
                ..Listener::new((Ipv4Addr::UNSPECIFIED, 8005), backlog, 0)
            })?;
        }
        Ok(())
    }

    /// An MPTCP listener, where the kernel has the protocol.
    fn mptcp(&mut self) -> Result<()> {
        let listener = Listener {
            protocol: ipproto::MPTCP,
            ..Listener::new(v4(8006), 6, 0)
        };
        match socket(AddressFamily::INET, SocketType::STREAM, Some(ipproto::MPTCP)) {
            Ok(_) => self.listen(&listener),
            Err(_) => Ok(()),
        }
    }

    /// Three half-open connections to an IPv4 listener, one to a dual-stack one.
    fn half_open(&mut self) -> Result<()> {
        self.listen(&Listener::new(v4(8007), 16, 0))?;
        for port in [4001, 4002, 4003] {
            let source = SocketAddrV4::new(Ipv4Addr::new(198, 51, 100, 1), port);
            syn::send(source, v4(8007)).context("send a SYN")?;
            self.fact(format!("half-open-v4 local={} remote={source}", v4(8007)));
        }
        let source = SocketAddrV4::new(Ipv4Addr::new(198, 51, 100, 2), 4004);
        syn::send(source, v4(8004)).context("send a SYN")?;
        self.fact(String::from(
            "half-open-v6 local=[::ffff:127.0.0.1]:8004 remote=[::ffff:198.51.100.2]:4004",
        ));
        self.half_open = 4;
        Ok(())
    }

    /// A stream listener by path, and by abstract names one that ends in NUL and a full seqpacket one.
    fn unix(&mut self) -> Result<()> {
        let path = std::env::temp_dir().join(format!("listenq-record-{}", std::process::id()));
        let address = SocketAddrUnix::new(&path)?;
        let name = path.as_os_str().as_encoded_bytes();
        self.unix_listener(&address, name, SocketType::STREAM, 4, 2)?;
        std::fs::remove_file(&path)?;
        let address = SocketAddrUnix::new_abstract_name(b"listenq-record\0")?;
        self.unix_listener(&address, b"\0listenq-record\0", SocketType::STREAM, 3, 0)?;
        let address = SocketAddrUnix::new_abstract_name(b"listenq-record-packets")?;
        self.unix_listener(&address, b"\0listenq-record-packets", SocketType::SEQPACKET, 2, 3)
    }

    fn listen(&mut self, wanted: &Listener) -> Result<()> {
        let family = match wanted.address {
            SocketAddr::V4(_) => AddressFamily::INET,
            SocketAddr::V6(_) => AddressFamily::INET6,
        };
        let socket = socket(family, SocketType::STREAM, Some(wanted.protocol))?;
        if let Some(v6_only) = wanted.v6_only {
            sockopt::set_ipv6_v6only(&socket, v6_only)?;
        }
        sockopt::set_socket_reuseport(&socket, wanted.reuse_port)?;
        bind(&socket, &wanted.address)?;
        listen(&socket, i32::try_from(wanted.backlog)?)?;
        self.waiting += wanted.clients;
        self.listener_facts(wanted, &socket)?;
        self.sockets.push(socket);
        Ok(())
    }

    fn listener_facts(&mut self, wanted: &Listener, socket: &OwnedFd) -> Result<()> {
        let version = if wanted.address.is_ipv4() { "v4" } else { "v6" };
        let inode = fstat(socket)?.st_ino;
        let cookie = sockopt::socket_cookie(socket)?;
        let Listener {
            address,
            backlog,
            clients,
            ..
        } = wanted;
        let common = format!("address={address} inode={inode} length={clients} limit={backlog}");
        if wanted.protocol == ipproto::MPTCP {
            // The file's socket is MPTCP's; the TCP row is that of its inner one, whose cookie is another.
            self.fact(format!("listener-v4 {common} mptcp=true"));
            self.fact(format!("mptcp-v4 {common} cookie={cookie}"));
            return Ok(());
        }
        let v6_only = wanted.v6_only.map_or(String::new(), |only| format!(" v6only={only}"));
        let refused = if address.port() == 8002 { " refused=true" } else { "" };
        self.fact(format!("listener-{version} {common} cookie={cookie}{v6_only}{refused}"));
        Ok(())
    }

    /// A client that stays connected, and what its two rows must show.
    fn client(&mut self, target: SocketAddr, state: &str, bytes: &[u8]) -> Result<()> {
        let mut client = TcpStream::connect(target)?;
        client.write_all(bytes)?;
        let remote = client.local_addr()?;
        self.fact(format!(
            "queued-v4 local={target} remote={remote} state={state} bytes={}",
            bytes.len()
        ));
        self.fact(format!("client-v4 local={remote} remote={target}"));
        self.clients.push(client);
        Ok(())
    }

    fn unix_listener(
        &mut self,
        address: &SocketAddrUnix,
        name: &[u8],
        kind: SocketType,
        backlog: i32,
        clients: u32,
    ) -> Result<()> {
        let listener = socket(AddressFamily::UNIX, kind, None)?;
        bind(&listener, address)?;
        listen(&listener, backlog)?;
        getsockname(&listener)?;
        let mut waiting = Vec::new();
        for _ in 0..clients {
            let client = socket(AddressFamily::UNIX, kind, None)?;
            connect(&client, address)?;
            waiting.push(fstat(&client)?.st_ino.to_string());
            self.sockets.push(client);
        }
        let name = hex(name);
        let inode = fstat(&listener)?.st_ino;
        let cookie = sockopt::socket_cookie(&listener)?;
        let kind = if kind == SocketType::STREAM {
            "stream"
        } else {
            "seqpacket"
        };
        self.fact(format!(
            "unix kind={kind} name={name} inode={inode} cookie={cookie} length={clients} limit={backlog} waiting={}",
            waiting.join(",")
        ));
        self.full_unix = (u32::try_from(inode)?, cookie);
        self.sockets.push(listener);
        Ok(())
    }

    fn fact(&mut self, fact: String) {
        self.facts.push(fact);
    }
}

/// Connections that wait for `accept()` on listeners of `family`, and half-open ones.
fn count(netlink: &OwnedFd, family: Family) -> Result<(u32, usize)> {
    let request = Request {
        family,
        protocol: TCP,
        states: States::LISTEN | States::SYN_RECV,
        extensions: Extensions::NONE,
        source_port: None,
        filter: None,
    };
    let mut bytes = Vec::new();
    request.encode(1, &mut bytes);
    let (mut waiting, mut half_open) = (0, 0);
    for datagram in answer::exchange(netlink, &bytes)? {
        for message in Messages::new(&datagram) {
            let Body::Socket(payload) = message?.body else { continue };
            match Socket::parse(payload)?.accept_queue_length() {
                Some(length) => waiting += length,
                None => half_open += 1,
            }
        }
    }
    Ok((waiting, half_open))
}
