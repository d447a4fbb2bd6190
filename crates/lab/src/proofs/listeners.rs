//! Listeners of a proof: made, made again, emptied and closed.

use std::net::{Ipv4Addr, SocketAddr};

use socket2::{Domain, Protocol, Socket, Type};

use super::bench::Bench;
use super::snapshot::{Watched, inode};
use crate::error::{During, LabError};
use crate::sockopt::{self, TcpSetting};

/// The port of a proof's first listener.
const PORT: u16 = 8080;

/// A listening socket on the bench.
pub(super) struct Listener {
    pub(super) socket: Socket,
    pub(super) address: SocketAddr,
}

/// How a listener is to be made.
#[derive(Clone)]
pub(super) struct Plan {
    label: &'static str,
    address: SocketAddr,
    backlog: i32,
    mptcp: bool,
    /// Whether it shares its port through `SO_REUSEPORT`.
    shared: bool,
    settings: Vec<(TcpSetting, i32)>,
}

/// 127.0.0.1:8080 with this backlog.
pub(super) fn backlog(backlog: i32) -> Plan {
    Plan {
        label: "",
        address: (Ipv4Addr::LOCALHOST, PORT).into(),
        backlog,
        mptcp: false,
        shared: false,
        settings: Vec::new(),
    }
}

impl Plan {
    /// The same as one of several listeners: `label` is what its numbers are called after.
    pub(super) fn called(mut self, label: &'static str) -> Self {
        self.label = label;
        self
    }

    /// The same on another port.
    pub(super) fn port(mut self, port: u16) -> Self {
        self.address.set_port(port);
        self
    }

    /// The same on another address.
    pub(super) fn on(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// The same as a member of a `SO_REUSEPORT` group.
    pub(super) fn shared(mut self) -> Self {
        self.shared = true;
        self
    }

    /// The same, speaking MPTCP too.
    pub(super) fn mptcp(mut self) -> Self {
        self.mptcp = true;
        self
    }

    /// The same with an option set before listen().
    pub(super) fn set(mut self, setting: TcpSetting, value: i32) -> Self {
        self.settings.push((setting, value));
        self
    }
}

impl Bench {
    /// Makes a listener.
    pub(super) fn listen(&mut self, plan: Plan) -> Result<Listener, LabError> {
        let protocol = if plan.mptcp { Protocol::MPTCP } else { Protocol::TCP };
        let domain = Domain::for_address(plan.address);
        if plan.address.is_ipv6() {
            self.also_v6();
        }
        let socket = Socket::new(domain, Type::STREAM, Some(protocol)).during("make", "a socket")?;
        socket.set_reuse_address(true).during("set", "SO_REUSEADDR")?;
        let kind = if plan.mptcp { "IPPROTO_MPTCP" } else { "SOCK_STREAM" };
        self.did(format!("fd = socket({kind}); bind(fd, {})", plan.address));
        if plan.shared {
            self.did("setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, 1)");
            socket.set_reuse_port(true).during("set", "SO_REUSEPORT")?;
        }
        socket.bind(&plan.address.into()).during("bind", plan.address)?;
        let listener = Listener {
            socket,
            address: plan.address,
        };
        for (setting, value) in plan.settings {
            self.set(&listener, setting, value)?;
        }
        self.listen_again(&listener, plan.backlog)?;
        let watched = Watched {
            label: plan.label,
            inode: inode(&listener.socket)?,
            port: plan.address.port(),
            syn_queue_of: if plan.shared { "the port" } else { plan.label },
        };
        self.watch(watched);
        Ok(listener)
    }

    /// Calls listen() on a listener, whether it listens already or not.
    pub(super) fn listen_again(&mut self, listener: &Listener, backlog: i32) -> Result<(), LabError> {
        self.did(format!("listen(fd, {backlog})"));
        listener.socket.listen(backlog).during("listen on", listener.address)
    }

    /// Sets an option of a listener.
    pub(super) fn set(&mut self, listener: &Listener, setting: TcpSetting, value: i32) -> Result<(), LabError> {
        self.did(format!("setsockopt(fd, IPPROTO_TCP, {}, {value})", setting.name()));
        sockopt::set(&listener.socket, setting, value).during("set", setting.name())
    }

    /// Accepts one connection and keeps it until the proof is over.
    pub(super) fn accept(&mut self, listener: &Listener) -> Result<(), LabError> {
        let connection = self.accepted(listener)?;
        self.keep(connection);
        Ok(())
    }

    /// Accepts one connection, which must be there.
    pub(super) fn accepted(&mut self, listener: &Listener) -> Result<Socket, LabError> {
        self.did("accept(fd)");
        self.wire.settle()?;
        listener
            .socket
            .set_nonblocking(true)
            .during("make", "a listener wait not")?;
        let (connection, _) = listener.socket.accept().during("accept on", listener.address)?;
        Ok(connection)
    }

    /// Closes a listener; its numbers are gone with it.
    pub(super) fn close(&mut self, listener: Listener) {
        self.did("close(fd)");
        drop(listener);
    }
}
