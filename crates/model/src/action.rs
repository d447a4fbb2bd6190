//! What can be changed on a host, as data: a closed set, from what to what. Only `fix` carries one out.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::endpoint::Protocol;
use crate::namespace::NamespaceKey;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// The limit of a live listener: listen() is called again on a duplicate of its descriptor (KERNEL.md 1.3, 6.1).
    Resize(Resize),
    /// A sysctl of a network namespace, until the namespace ends.
    Sysctl(SysctlChange),
    /// A file that is read at boot.
    File(FileChange),
}

/// The limit of a live listener.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resize {
    /// Which.
    pub socket: SocketIdentity,
    /// The limit that it has.
    pub from: u32,
    /// The limit that it is to have, after the cut by somaxconn.
    pub to: u32,
}

/// What tells a socket from every other of this boot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SocketIdentity {
    /// Its namespace.
    pub namespace: NamespaceKey,
    /// The namespace's name, for people.
    pub namespace_name: Option<String>,
    /// TCP, MPTCP or unix.
    pub protocol: Protocol,
    /// `address:port` or path, for people.
    pub place: String,
    /// Inode of the socket: what fstat() of each of its descriptors says.
    pub inode: u64,
    /// Cookie as the dump told it: that of `SO_COOKIE`, but for MPTCP, where it is that of an internal socket.
    pub cookie: Option<u64>,
    /// Name of the oldest owner when it was seen, for people.
    pub owner: Option<String>,
}

/// A sysctl of a network namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SysctlChange {
    /// Which namespace.
    pub namespace: NamespaceKey,
    /// Its name, for people.
    pub namespace_name: Option<String>,
    /// As `sysctl` names it: `net.core.somaxconn`.
    pub name: String,
    /// The value that it has.
    pub from: i64,
    /// The value that it is to have.
    pub to: i64,
}

/// A text file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChange {
    /// Where.
    pub path: PathBuf,
    /// What is in it; `None` when there is none.
    pub from: Option<String>,
    /// What is to be in it; `None` when there is to be none.
    pub to: Option<String>,
}

impl Action {
    /// What takes it back.
    #[must_use]
    pub fn reversed(&self) -> Self {
        match self.clone() {
            Self::Resize(change) => Self::Resize(Resize {
                from: change.to,
                to: change.from,
                ..change
            }),
            Self::Sysctl(change) => Self::Sysctl(SysctlChange {
                from: change.to,
                to: change.from,
                ..change
            }),
            Self::File(change) => Self::File(FileChange {
                from: change.to,
                to: change.from,
                ..change
            }),
        }
    }

    /// Whether it outlives a restart of the host.
    pub fn is_durable(&self) -> bool {
        matches!(self, Self::File(_))
    }
}

/// In one line: “127.0.0.1:8080: limit 5 → 512”.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resize(Resize { socket, from, to }) => {
                write!(
                    f,
                    "{}{}: limit {from} → {to}",
                    socket.place,
                    of(socket.namespace_name.as_deref())
                )
            }
            Self::Sysctl(change) => {
                let SysctlChange { name, from, to, .. } = change;
                write!(f, "{name}{}: {from} → {to}", of(change.namespace_name.as_deref()))
            }
            Self::File(FileChange { path, from, to }) => {
                let verb = match (from, to) {
                    (None, _) => "make",
                    (Some(_), Some(_)) => "write",
                    (Some(_), None) => "remove",
                };
                write!(f, "{verb} {}", path.display())
            }
        }
    }
}

/// The host's namespace is not worth a word.
fn of(namespace: Option<&str>) -> String {
    match namespace {
        None | Some("host") => String::new(),
        Some(name) => format!(" in {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resize() -> Action {
        Action::Resize(Resize {
            socket: SocketIdentity {
                namespace: NamespaceKey::Inode(4_026_531_840),
                namespace_name: Some("blue".into()),
                protocol: Protocol::Tcp,
                place: "127.0.0.1:80".into(),
                inode: 7,
                cookie: Some(9),
                owner: Some("nginx".into()),
            },
            from: 5,
            to: 512,
        })
    }

    fn file() -> Action {
        Action::File(FileChange {
            path: "/etc/sysctl.d/99-listenq.conf".into(),
            from: None,
            to: Some("net.core.somaxconn = 4096\n".into()),
        })
    }

    #[test]
    fn backwards_twice_is_the_same() {
        for action in [resize(), file()] {
            assert_ne!(action.reversed(), action);
            assert_eq!(action.reversed().reversed(), action);
        }
    }

    #[test]
    fn it_reads_as_one_line() {
        assert_eq!(resize().to_string(), "127.0.0.1:80 in blue: limit 5 → 512");
        assert_eq!(file().to_string(), "make /etc/sysctl.d/99-listenq.conf");
        assert_eq!(file().reversed().to_string(), "remove /etc/sysctl.d/99-listenq.conf");
    }

    #[test]
    fn what_is_written_down_is_read_back() {
        for action in [resize(), file()] {
            let text = serde_json::to_string(&action).unwrap();
            assert_eq!(serde_json::from_str::<Action>(&text).unwrap(), action, "{text}");
        }
    }
}
