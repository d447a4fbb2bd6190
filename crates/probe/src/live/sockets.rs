//! Rows of each source as listening sockets; what a source does not know stays unknown.

use model::endpoint::Interface;
use model::{Endpoint, InetEndpoint, ListeningSocket, NamespaceKey, Protocol};
use rustix::net::netdevice::index_to_name;

use crate::diag::inet::InetListener;
use crate::diag::socket::DiagSocket;
use crate::diag::unix::UnixListener;
use crate::procfs::{tcp_table, unix_table};

/// A socket of which only the place is known.
fn bare_socket(namespace: NamespaceKey, protocol: Protocol, endpoint: Endpoint) -> ListeningSocket {
    ListeningSocket {
        namespace,
        protocol,
        endpoint,
        inode: 0,
        cookie: None,
        uid: None,
        length: None,
        limit: None,
        drops: None,
        cgroup_id: None,
        owners: None,
        cgroup: None,
        clients: None,
    }
}

/// A row of inet_diag; `diag` is asked for the name of its device.
pub fn inet_socket(namespace: NamespaceKey, row: &InetListener, diag: &DiagSocket) -> ListeningSocket {
    let protocol = if row.is_mptcp { Protocol::Mptcp } else { Protocol::Tcp };
    let interface = (row.interface != 0).then(|| Interface {
        index: row.interface,
        name: index_to_name(diag.fd(), row.interface).ok().map(Into::into),
    });
    let endpoint = InetEndpoint {
        address: row.address,
        port: row.port,
        interface,
        v6_only: row.v6_only,
    };
    ListeningSocket {
        namespace,
        protocol,
        endpoint: Endpoint::Inet(endpoint),
        inode: row.inode.into(),
        cookie: row.cookie,
        uid: Some(row.uid),
        length: Some(row.length),
        limit: Some(row.limit),
        drops: row.drops,
        cgroup_id: row.cgroup_id,
        owners: None,
        cgroup: None,
        clients: None,
    }
}

/// A row of /proc/PID/net/tcp.
pub fn tabled_socket(namespace: NamespaceKey, row: &tcp_table::TableListener) -> ListeningSocket {
    let endpoint = InetEndpoint {
        address: row.address,
        port: row.port,
        interface: None,
        v6_only: None,
    };
    ListeningSocket {
        inode: row.inode,
        uid: Some(row.uid),
        length: Some(row.length),
        ..bare_socket(namespace, Protocol::Tcp, Endpoint::Inet(endpoint))
    }
}

/// A row of unix_diag.
pub fn unix_socket(namespace: NamespaceKey, row: &UnixListener) -> ListeningSocket {
    ListeningSocket {
        inode: row.inode.into(),
        cookie: row.cookie,
        uid: row.uid,
        length: row.length,
        limit: row.limit,
        ..bare_socket(namespace, Protocol::Unix, Endpoint::Unix(row.endpoint.clone()))
    }
}

/// A row of /proc/PID/net/unix.
pub fn tabled_unix_socket(namespace: NamespaceKey, row: unix_table::TableListener) -> ListeningSocket {
    ListeningSocket {
        inode: row.inode,
        ..bare_socket(namespace, Protocol::Unix, Endpoint::Unix(row.endpoint))
    }
}
