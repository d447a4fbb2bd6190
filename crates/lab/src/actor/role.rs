//! What an actor is asked to be, and what it tells the stage: the words between the two.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::target::Target;

/// The whole request to an actor.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    /// The name to take: at most 15 bytes (`TASK_COMM_LEN`).
    pub(crate) comm: String,
    /// The stage's pid: the parent without which the actor does not live.
    pub(crate) stage: u32,
    pub(crate) role: Role,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Role {
    Server(Server),
    Client(Client),
    /// Holds a listener made by another.
    Holder,
}

/// A server with one or more listeners.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Server {
    pub(crate) listeners: Vec<Listen>,
    /// Use up all descriptors, so that accept(2) fails with EMFILE.
    pub(crate) starve: bool,
    /// Send the first listener's descriptor along when ready.
    pub(crate) share: bool,
    /// Give way to every other process, on one CPU: connects then arrive faster than any accept.
    pub(crate) yielding: bool,
}

/// One listener.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Listen {
    pub(crate) target: Target,
    pub(crate) backlog: u32,
    pub(crate) reuseport: bool,
    pub(crate) only_v6: bool,
    pub(crate) accept: Accept,
}

impl Listen {
    /// A plain listener that never accepts.
    pub(crate) fn new(target: Target, backlog: u32) -> Self {
        Self {
            target,
            backlog,
            reuseport: false,
            only_v6: false,
            accept: Accept::Never,
        }
    }

    /// The same with a way to accept.
    pub(crate) fn accepting(mut self, accept: Accept) -> Self {
        self.accept = accept;
        self
    }
}

/// How a server accepts.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) enum Accept {
    Never,
    /// At once; connections are kept open, or closed.
    AtOnce {
        keep: bool,
    },
    /// Up to `batch` connections, each closed, then a pause.
    Paced {
        batch: u32,
        every_ms: u32,
    },
}

/// A client with connections of its own.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Client {
    pub(crate) target: Target,
    /// The address to connect from, if not the kernel's choice.
    pub(crate) source: Option<SocketAddr>,
    pub(crate) manner: Manner,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) enum Manner {
    /// Makes so many connections and stays.
    Stay { connections: u32 },
    /// Makes one connection and waits in connect(2) for as long as it takes.
    Block,
    /// Makes so many connections as fast as it can, closes them, and does it again after a pause.
    Burst { connections: u32, every_ms: u32, cpu: u32 },
}

/// What an actor tells the stage.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Told {
    /// It plays its role; the inodes are those of its listeners, in the order asked.
    Ready {
        inodes: Vec<u64>,
    },
    /// accept(2) has failed for want of a descriptor.
    Starved,
    Failed(String),
}
