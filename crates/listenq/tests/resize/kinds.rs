//! Groups, unix listeners, MPTCP.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::net::{
    AddressFamily, SocketAddrUnix, SocketType, accept, bind, connect, getsockname, ipproto, listen, socket, sockopt,
};

use crate::run::{limits, may_touch_own, resize, values, wait_until};

fn inet(reuseport: bool, protocol: Option<rustix::net::Protocol>, port: u16) -> rustix::io::Result<OwnedFd> {
    let fd = socket(AddressFamily::INET, SocketType::STREAM, protocol)?;
    sockopt::set_socket_reuseport(&fd, reuseport)?;
    bind(&fd, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))?;
    listen(&fd, 5)?;
    Ok(fd)
}

fn port(fd: &OwnedFd) -> u16 {
    SocketAddr::try_from(getsockname(fd).unwrap()).unwrap().port()
}

#[test]
fn all_members_of_a_group_are_resized() {
    if !may_touch_own("all_members_of_a_group_are_resized") {
        return;
    }
    let first = inet(true, None, 0).unwrap();
    let port = port(&first);
    let _members: Vec<_> = (0..7).map(|_| inet(true, None, port).unwrap()).collect();
    let said = resize(&format!("512 --port {port} --netns self --yes")).done();
    assert!(
        said.stdout.contains("limit 5 → 512") && said.stdout.contains("8 sockets"),
        "{}",
        said.stdout
    );
    assert_eq!(limits(&format!("--port {port} --netns self")), [512; 8]);
}

#[test]
fn an_mptcp_listener_is_resized() {
    let test = "an_mptcp_listener_is_resized";
    if let Err(missing) = lab::require::mptcp() {
        return lab::skip_or_fail(test, &missing);
    }
    if !may_touch_own(test) {
        return;
    }
    let fd = inet(false, Some(ipproto::MPTCP), 0).unwrap();
    let one = format!("--port {} --netns self", port(&fd));
    assert_eq!(values(&one, "/protocol"), ["mptcp"]);
    // The dump shows the internal socket; its inode is that of the file, which is all that leads to an owner.
    assert_eq!(values(&one, "/inode")[0], rustix::fs::fstat(&fd).unwrap().st_ino);
    resize(&format!("77 {one} --yes")).done();
    assert_eq!(limits(&one), [77]);
}

fn unix(kind: SocketType, path: &Path) -> (OwnedFd, SocketAddrUnix) {
    let address = SocketAddrUnix::new(path).unwrap();
    let fd = socket(AddressFamily::UNIX, kind, None).unwrap();
    bind(&fd, &address).unwrap();
    listen(&fd, 1).unwrap();
    (fd, address)
}

/// listen() wakes those who sleep in connect() when the limit grows (net/unix/af_unix.c:unix_listen).
fn blocked_connectors_come_in(kind: SocketType) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("listener");
    let (listener, address) = unix(kind, &path);
    let client = move |address: SocketAddrUnix| {
        let fd = socket(AddressFamily::UNIX, kind, None).unwrap();
        connect(&fd, &address).unwrap();
        fd
    };
    let _queued = [client(address.clone()), client(address.clone())];
    let (tell, thread) = std::sync::mpsc::channel();
    let blocked = std::thread::spawn(move || {
        tell.send(rustix::thread::gettid().as_raw_nonzero()).unwrap();
        client(address)
    });
    let thread = thread.recv().unwrap();
    let channel = format!("/proc/self/task/{thread}/syscall");
    // connect(2) on x86-64, on arm64.
    let connect = if cfg!(target_arch = "aarch64") { "203 " } else { "42 " };
    wait_until("a connector sleeps", || {
        std::fs::read_to_string(&channel).is_ok_and(|text| text.starts_with(connect))
    });
    let one = format!("--address {} --netns self", path.display());
    assert_eq!(limits(&one), [1]);
    assert!(!blocked.is_finished());
    resize(&format!("64 {one} --yes")).done();
    assert_eq!(limits(&one), [64]);
    wait_until("the connector is let in", || blocked.is_finished());
    let _client = blocked.join().unwrap();
    for _ in 0..3 {
        accept(&listener).unwrap();
    }
}

#[test]
fn who_is_blocked_at_a_unix_stream_listener_comes_in() {
    if may_touch_own("who_is_blocked_at_a_unix_stream_listener_comes_in") {
        blocked_connectors_come_in(SocketType::STREAM);
    }
}

#[test]
fn who_is_blocked_at_a_unix_seqpacket_listener_comes_in() {
    if may_touch_own("who_is_blocked_at_a_unix_seqpacket_listener_comes_in") {
        blocked_connectors_come_in(SocketType::SEQPACKET);
    }
}
