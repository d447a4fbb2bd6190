//! System calls and addresses as the kernel shows them, and a connector that is really blocked.

use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use proptest::prelude::*;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketType};

use super::*;

#[test]
#[cfg(target_arch = "x86_64")]
fn only_connect_counts() {
    let line = b"42 0x3 0x7ffd1c2f3a40 0x6e 0x0 0x0 0x0 0x7ffd1c2f39f8 0x7f0a1b2c3d4e\n";
    assert_eq!(
        parse_call(line),
        Call::Connect {
            address: 0x7ffd_1c2f_3a40,
            length: 0x6e
        }
    );
    assert_eq!(parse_call(b"44 0x3 0x7f 0x6e 0x0 0x0 0x0 0x7f 0x7f\n"), Call::Other);
}

#[test]
fn what_cannot_be_told_is_unknown() {
    for line in [
        &b"running\n"[..],
        b"-1 0x7ffd 0x7f0a\n",
        b"",
        b"42",
        b"42 0x3 7f 0x6e",
        b"42 0x3 0x7f 0xzz",
        b"\xff",
    ] {
        assert_eq!(parse_call(line), Call::Unknown, "{line:?}");
    }
}

#[test]
fn the_function_may_have_a_suffix() {
    assert!(is_waiting(b"unix_wait_for_peer") && is_waiting(b"unix_wait_for_peer.isra.0\n"));
    assert!(!is_waiting(b"0") && !is_waiting(b"unix_wait_for_peer_x") && !is_waiting(b""));
}

#[test]
fn a_channel_that_is_not_told_is_not_another_one() {
    assert!(is_untold(b"0") && is_untold(b"0\n") && is_untold(b""));
    assert!(!is_untold(b"unix_wait_for_peer") && !is_untold(b"do_epoll_wait"));
}

fn address(family: u16, name: &[u8]) -> Vec<u8> {
    [&family.to_ne_bytes(), name].concat()
}

#[test]
fn a_path_ends_at_nul_and_an_abstract_name_does_not() {
    assert_eq!(
        parse_address(&address(1, b"/run/x\0garbage")).as_deref(),
        Some(&b"/run/x"[..])
    );
    assert_eq!(parse_address(&address(1, b"/run/x")).as_deref(), Some(&b"/run/x"[..]));
    assert_eq!(parse_address(&address(1, b"\0a\0b")).as_deref(), Some(&b"\0a\0b"[..]));
    assert_eq!(parse_address(&address(2, b"/run/x")), None, "another family");
    assert_eq!(parse_address(&address(1, b"")), None, "no name");
    assert_eq!(
        parse_address(&address(1, &[b'x'; ADDRESS])),
        None,
        "longer than an address"
    );
    assert_eq!(parse_address(b"\x01"), None);
}

proptest! {
    #[test]
    fn any_bytes_are_understood_or_not(bytes: Vec<u8>) {
        let _ = (parse_call(&bytes), parse_address(&bytes), is_waiting(&bytes));
    }
}

/// A listener of backlog 0 with one connection queued, and a thread that waits for the place it takes.
#[test]
fn a_blocked_connector_is_found_with_its_address() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("full.sock");
    let listener = rustix::net::socket(AddressFamily::UNIX, SocketType::STREAM, None).unwrap();
    rustix::net::bind(&listener, &SocketAddrUnix::new(&path).unwrap()).unwrap();
    rustix::net::listen(&listener, 0).unwrap();
    let _queued = UnixStream::connect(&path).unwrap();
    std::thread::scope(|scope| {
        let target = &path;
        let connect = move || UnixStream::connect(target).map(drop);
        let connector = std::thread::Builder::new()
            .name("waits".into())
            .spawn_scoped(scope, connect)
            .unwrap();
        let found = await_blocked();
        for _ in 0..2 {
            drop(rustix::net::accept(listener.as_fd()).unwrap());
        }
        connector.join().unwrap().unwrap();
        match found {
            Some(found) => {
                assert_eq!((found.pid, &*found.comm), (std::process::id(), "waits"));
                assert_ne!(found.tid, found.pid);
                if CONNECT.is_some() && found.address.is_none() {
                    return skip(
                        "a_blocked_connector_is_found_with_its_address",
                        "the system call may not be read",
                    );
                }
                assert_eq!(found.address.as_deref(), path.to_str().map(str::as_bytes));
            }
            None => skip(
                "a_blocked_connector_is_found_with_its_address",
                "wait channels may not be read",
            ),
        }
    });
    assert!(
        own(blocked_connectors(&Roots::default())).is_none(),
        "nobody waits any more"
    );
}

fn own(blocked: Vec<Blocked>) -> Option<Blocked> {
    blocked.into_iter().find(|blocked| blocked.pid == std::process::id())
}

#[allow(clippy::disallowed_methods, reason = "a test waits for the kernel, with a deadline")]
fn await_blocked() -> Option<Blocked> {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while std::time::Instant::now() < deadline {
        if let Some(found) = own(blocked_connectors(&Roots::default())) {
            return Some(found);
        }
        std::thread::yield_now();
    }
    None
}

fn skip(name: &str, reason: &str) {
    assert!(
        std::env::var_os("LISTENQ_REQUIRE_ROOT").is_none_or(|value| value != "1"),
        "{name}: {reason}"
    );
    eprintln!("skipped: {name}: {reason}");
}
