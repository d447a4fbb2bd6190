//! The live timeline against real sockets: in the caller's namespace as anybody, in another one as root.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::os::linux::fs::MetadataExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::Duration;

use listenq_probe as probe;
use model::{Endpoint, ListeningSocket, NamespaceKey, Sample, Status, Window};
use probe::{HalfOpenPolicy, Options, Probe};

fn sample(options: Options) -> Sample {
    Probe::new(options).unwrap().sample().unwrap()
}

fn inode(socket: &impl AsRawFd) -> u64 {
    let link = format!("/proc/self/fd/{}", socket.as_raw_fd());
    std::fs::metadata(link).unwrap().st_ino()
}

fn find(sample: &Sample, inode: u64) -> Option<&ListeningSocket> {
    sample.sockets.iter().find(|socket| socket.inode == inode)
}

fn own_namespace() -> u64 {
    std::fs::metadata("/proc/thread-self/ns/net").unwrap().st_ino()
}

#[test]
fn an_own_listener_is_seen_whole_without_privilege() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let clients: Vec<_> = (0..3)
        .map(|_| TcpStream::connect(listener.local_addr().unwrap()).unwrap())
        .collect();
    (&clients[0]).write_all(b"hello").unwrap();

    let sample = sample(Options::default());
    let socket = find(&sample, inode(&listener)).expect("the listener is in the sample");
    assert_eq!(socket.length, Some(3));
    assert_eq!(socket.limit, Some(128.min(somaxconn())));
    assert_eq!(socket.drops, Some(0));
    assert_eq!(socket.namespace, NamespaceKey::Inode(own_namespace()));
    let owners = socket.owners.as_deref().expect("the own process can always be read");
    assert!(owners.iter().any(|owner| owner.pid == std::process::id()), "{owners:?}");

    let window = Window::new(None, &sample);
    let shown = window
        .listeners
        .iter()
        .find(|shown| shown.inode == socket.inode)
        .unwrap();
    let content = shown
        .accept_queue
        .content
        .as_deref()
        .expect("the content was looked at");
    assert_eq!(
        (content.established, content.closed_by_client, content.reset),
        (3, 0, 0)
    );
    assert_eq!((content.with_data, content.bytes), (1, 5));
    assert_eq!(shown.syn_queue.unwrap().length, Some(0));
}

fn somaxconn() -> u32 {
    std::fs::read_to_string("/proc/sys/net/core/somaxconn")
        .unwrap()
        .trim()
        .parse()
        .unwrap()
}

#[test]
fn an_own_unix_listener_shows_who_waits() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("server.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let client = UnixStream::connect(&path).unwrap();

    let sample = sample(Options::default());
    let socket = find(&sample, inode(&listener)).expect("the listener is in the sample");
    assert_eq!((socket.length, socket.drops), (Some(1), None));
    let Endpoint::Unix(endpoint) = &socket.endpoint else {
        panic!("not a unix listener")
    };
    assert_eq!(endpoint.path().as_deref(), path.to_str());
    let clients = socket.clients.as_ref().expect("it was looked up who waits");
    assert_eq!(clients.queued.len(), 1);
    assert_eq!(clients.queued[0].inode, inode(&client));
    let owners = clients.queued[0]
        .owners
        .as_deref()
        .expect("the own process can always be read");
    assert!(owners.iter().any(|owner| owner.pid == std::process::id()), "{owners:?}");
}

#[test]
fn what_the_time_does_not_reach_is_unknown_and_the_source_says_so() {
    let _listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let half_open = HalfOpenPolicy::Within(Duration::ZERO);
    let sample = sample(Options {
        half_open,
        ..Options::default()
    });
    // Of other namespaces, an ordinary user is told by /proc, which needs no walk of its own.
    let own = sample.namespaces.iter().find(|space| space.is_own).unwrap();
    assert_eq!(own.half_open, None);
    let health = sample.sources.iter().find(|source| source.name == "half-open").unwrap();
    assert_ne!(health.status, Status::Ok);
    let reason = health.reason.as_deref().unwrap();
    assert!(reason.contains("not done within the time given"), "{reason}");
}

/// The tables of /proc know lengths but neither limits nor drops: both stay unknown, and the source says why.
#[test]
fn without_netlink_limits_are_unknown_and_the_source_says_so() {
    let listener = TcpListener::bind("[::1]:0").unwrap();
    let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();

    let sample = sample(Options {
        netlink: false,
        ..Options::default()
    });
    let socket = find(&sample, inode(&listener)).expect("the listener is in the sample");
    assert_eq!((socket.length, socket.limit, socket.drops), (Some(1), None, None));
    let health = sample.sources.iter().find(|source| source.name == "tcp").unwrap();
    assert_eq!(health.status, Status::Degraded);
    assert!(
        health
            .reason
            .as_deref()
            .unwrap()
            .contains("limits and drops are unknown"),
        "{health:?}"
    );
}

#[test]
fn a_listener_of_another_namespace_is_seen_and_the_own_one_is_not_left() {
    let name = "a_listener_of_another_namespace_is_seen_and_the_own_one_is_not_left";
    if let Err(missing) = lab::require::root() {
        return lab::skip_or_fail(name, &missing);
    }
    let before = own_namespace();
    let namespace = lab::Namespace::named("listenq-live").unwrap();
    let (listener, _clients) = namespace
        .run(|| {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            rustix::net::listen(&listener, 1).unwrap();
            let address: SocketAddr = listener.local_addr().unwrap();
            let clients: Vec<_> = (0..2).map(|_| TcpStream::connect(address).unwrap()).collect();
            (listener, clients)
        })
        .unwrap();

    let sample = sample(Options::default());
    let socket = find(&sample, inode(&listener)).expect("the listener is in the sample");
    let key = NamespaceKey::Inode(namespace.inode().unwrap());
    assert_eq!(socket.namespace, key);
    assert_eq!((socket.length, socket.limit), (Some(2), Some(1)));
    let space = sample.namespaces.iter().find(|space| space.key == key).unwrap();
    assert_eq!(space.name.as_deref(), Some("listenq-live"));
    assert!(!space.is_own);
    assert!(space.counters.as_ref().unwrap().named("Tcp", "PassiveOpens").unwrap() >= 2);
    assert_eq!(own_namespace(), before);
}

/// Where process 2 is the kernel's, its namespace is the initial one; in a pid namespace of its own it is not known.
#[test]
fn the_initial_namespace_is_that_of_kernel_threads() {
    let initial = probe::initial_namespace(&probe::Roots::default());
    let is_kernel_thread = std::fs::read("/proc/2/cmdline").is_ok_and(|arguments| arguments.is_empty());
    assert_eq!(initial.is_some(), is_kernel_thread);
    // Linux 5.10 of 2026 gives an ordinary user an empty link, with success, where others refuse.
    let link = std::fs::read_link("/proc/2/ns/net").ok();
    if let Some(link) = link.filter(|link| !link.as_os_str().is_empty()) {
        let inode = initial.and_then(NamespaceKey::inode).unwrap();
        assert_eq!(link.to_str().unwrap(), format!("net:[{inode}]"));
    }
}
