//! Recorded answers of real kernels: every row must show what is known of its socket.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests, outside #[test]")]

#[path = "support/recording.rs"]
mod recording;

use std::net::SocketAddr;

use listenq_sockdiag::inet::{self, State};
use listenq_sockdiag::unix::{self, Kind};
use listenq_sockdiag::{Body, Errno, Messages};
use recording::{Fact, Recording, from_hex, kernels, root};

/// What a recorded kernel is known to have.
struct Kernel {
    release: &'static str,
    /// How it answers a request for MPTCP listeners: with them, or with an error.
    mptcp: Result<(), Errno>,
    /// `INET_DIAG_CGROUP_ID` and `INET_DIAG_SOCKOPT`.
    recent_attributes: bool,
    /// `UNIX_DIAG_UID`.
    unix_uid: bool,
    /// Recorded without its modules too.
    modular: bool,
}

impl Kernel {
    const fn recent(release: &'static str) -> Self {
        Self {
            release,
            mptcp: Ok(()),
            recent_attributes: true,
            unix_uid: true,
            modular: true,
        }
    }
}

const KERNELS: [Kernel; 5] = [
    Kernel {
        // The protocol attribute is unknown there, and a request that has attributes must have a filter.
        mptcp: Err(Errno::EINVAL),
        recent_attributes: false,
        unix_uid: false,
        ..Kernel::recent("4.18.0-25-generic")
    },
    Kernel {
        // Built without MPTCP.
        mptcp: Err(Errno::ENOENT),
        ..Kernel::recent("5.10.0-46-cloud-amd64")
    },
    Kernel::recent("6.1.0-56-cloud-amd64"),
    Kernel::recent("6.12.117+deb13-cloud-amd64"),
    Kernel {
        modular: false,
        ..Kernel::recent("6.18.44-fc-v657")
    },
];

fn of_every_kernel(name: &str, check: impl Fn(&Kernel, &Recording)) {
    for kernel in &KERNELS {
        check(kernel, &recording(kernel, name));
    }
}

fn recording(kernel: &Kernel, name: &str) -> Recording {
    Recording::read(&root().join(kernel.release).join(name).with_extension("txt"))
}

/// The payloads of the rows, and how the answer ended; every message must be of the request.
fn answer(recording: &Recording) -> (Vec<&[u8]>, Body<'_>) {
    let mut rows = Vec::new();
    for datagram in &recording.datagrams {
        for message in Messages::new(datagram) {
            let message = message.unwrap();
            assert_eq!(message.sequence, 7);
            match message.body {
                Body::Socket(payload) => rows.push(payload),
                end => return (rows, end),
            }
        }
    }
    panic!("{}: no end", recording.path.display())
}

/// The payloads of the rows of an answer that ended well.
fn rows(recording: &Recording) -> Vec<&[u8]> {
    let (rows, end) = answer(recording);
    assert_eq!(end, Body::Done, "{}", recording.path.display());
    rows
}

fn inet_rows(recording: &Recording) -> Vec<inet::Socket<'_>> {
    let parse = |payload| inet::Socket::parse(payload).unwrap();
    rows(recording).into_iter().map(parse).collect()
}

/// The one row of each fact, by local address and what else tells it from its likes.
fn matched(recording: &Recording) -> Vec<(&Fact, inet::Socket<'_>)> {
    let rows = inet_rows(recording);
    assert_eq!(rows.len(), recording.facts.len(), "{}", recording.path.display());
    let is_row_of = |fact: &Fact, row: &inet::Socket<'_>| match fact.get::<u32>("inode") {
        Some(inode) => row.inode == inode && row.local == fact.expect("address"),
        None => row.local == fact.expect("local") && row.remote == fact.expect("remote"),
    };
    let the_row = |fact| {
        let mut found = rows.iter().filter(|row| is_row_of(fact, row));
        match (found.next(), found.next()) {
            (Some(row), None) => (fact, *row),
            other => panic!("{}: {fact:?}: {other:?}", recording.path.display()),
        }
    };
    recording.facts.iter().map(the_row).collect()
}

fn check_listener(fact: &Fact, row: &inet::Socket<'_>) {
    let (length, limit) = (Some(fact.expect("length")), Some(fact.expect("limit")));
    assert_eq!(row.state, State::Listen);
    assert_eq!((row.accept_queue_length(), row.accept_queue_limit()), (length, limit));
    assert_eq!(row.local.is_ipv4(), row.family == inet::Family::V4);
    assert_eq!(row.remote.port(), 0);
    assert!(row.remote.ip().is_unspecified());
    assert_eq!((row.interface, row.uid), (0, 0));
    assert!(row.cookie.is_some());
    if let Some(cookie) = fact.get("cookie") {
        assert_eq!(row.cookie, Some(cookie));
    }
}

fn check_tcp_listener(fact: &Fact, row: &inet::Socket<'_>) {
    check_listener(fact, row);
    let info = row.tcp_info().unwrap();
    assert_eq!(info.state(), Some(State::Listen));
    assert_eq!(info.unacked(), row.accept_queue_length());
    assert_eq!(info.sacked(), row.accept_queue_limit());
    let refused = fact.get("refused").unwrap_or(false);
    assert_eq!(row.drops().map(|drops| drops > 0), Some(refused));
    assert_eq!(row.memory().backlog(), Some(0));
    assert!(row.memory().receive_buffer().unwrap() > 0);
    assert_eq!(row.is_v6_only(), fact.get("v6only"));
    assert_eq!(row.is_mptcp(), fact.get("mptcp").unwrap_or(false), "{fact:?}");
    assert_eq!(row.shutdown(), Some(0));
}

#[test]
fn tcp_listeners_of_both_families() {
    for name in ["tcp4-listen", "tcp6-listen"] {
        of_every_kernel(name, |_, recording| {
            for (fact, row) in matched(recording) {
                check_tcp_listener(fact, &row);
            }
        });
    }
}

#[test]
fn attributes_that_came_later() {
    of_every_kernel("tcp4-listen", |kernel, recording| {
        for row in inet_rows(recording) {
            let has_group = row.cgroup_id().is_some_and(|id| id > 0);
            assert_eq!(has_group, kernel.recent_attributes);
            let known = |options: inet::SocketOptions| {
                options.is_icsk && !options.transparent && options.bind_address_no_port == Some(false)
            };
            assert_eq!(row.socket_options().is_some_and(known), kernel.recent_attributes);
        }
    });
}

#[test]
fn the_kernel_applies_the_port_and_the_filter() {
    for (name, count) in [("tcp4-port", 2), ("tcp4-filter", 3)] {
        of_every_kernel(name, |_, recording| {
            assert_eq!(recording.facts.len(), count);
            for (fact, row) in matched(recording) {
                check_tcp_listener(fact, &row);
            }
        });
    }
}

#[test]
fn mptcp_listeners_in_their_own_dump() {
    of_every_kernel("mptcp4-listen", |kernel, recording| {
        if let Err(errno) = kernel.mptcp {
            assert_eq!(answer(recording), (Vec::new(), Body::Error(errno)));
            return;
        }
        let matched = matched(recording);
        assert_eq!(matched.len(), 1);
        for (fact, row) in matched {
            check_listener(fact, &row);
        }
    });
}

/// `inet_diag` missing, then `tcp_diag` alone: two shapes, and neither means “no sockets”.
#[test]
fn a_missing_module_is_an_error() {
    const ERROR: u16 = 2;
    const DONE: u16 = 3;
    for (name, kind) in [("missing-inet-diag", ERROR), ("missing-tcp-diag", DONE)] {
        for kernel in KERNELS.iter().filter(|kernel| kernel.modular) {
            let recording = recording(kernel, name);
            assert_eq!(answer(&recording), (Vec::new(), Body::Error(Errno::ENOENT)));
            let first = Messages::new(&recording.datagrams[0]).next().unwrap().unwrap();
            assert_eq!(first.kind, kind, "{}", kernel.release);
        }
    }
}

#[test]
fn half_open_connections_of_both_families() {
    for (name, count) in [("tcp4-half-open", 3), ("tcp6-half-open", 1)] {
        of_every_kernel(name, |_, recording| {
            assert_eq!(recording.facts.len(), count);
            for (_, row) in matched(recording) {
                assert_eq!(row.state, State::SynReceived);
                assert_eq!((row.timer, row.accept_queue_length()), (1, None));
                assert_eq!((row.receive_queue, row.write_queue), (0, 0));
                assert_eq!((row.uid, row.inode), (0, 0));
                assert!(row.expires_ms <= 2000, "{} ms", row.expires_ms);
            }
        });
    }
}

#[test]
fn what_waits_in_the_accept_queue_has_no_inode() {
    for name in ["tcp4-queued", "tcp6-queued"] {
        of_every_kernel(name, |_, recording| {
            for (fact, row) in matched(recording) {
                assert_eq!(row.inode == 0, fact.kind.starts_with("queued"), "{fact:?}");
                if row.inode == 0 {
                    check_queued(fact, &row);
                }
            }
        });
    }
}

fn check_queued(fact: &Fact, row: &inet::Socket<'_>) {
    let state = match fact.expect::<String>("state").as_str() {
        "established" => State::Established,
        "close-wait" => State::CloseWait,
        other => panic!("state {other}"),
    };
    assert_eq!(row.state, state);
    assert_eq!(row.accept_queue_length(), None);
    assert_eq!(row.receive_queue, fact.expect::<u32>("bytes"), "{fact:?}");
}

#[test]
fn unix_listeners() {
    of_every_kernel("unix-listen", |kernel, recording| {
        let payloads = rows(recording);
        let rows: Vec<_> = payloads.iter().map(|row| unix::Socket::parse(row).unwrap()).collect();
        for fact in &recording.facts {
            let inode = fact.expect::<u32>("inode");
            let row = rows.iter().find(|row| row.inode == inode).unwrap();
            check_unix_listener(fact, row);
            assert_eq!(row.uid(), kernel.unix_uid.then_some(0));
        }
        assert_eq!(rows.len(), recording.facts.len());
    });
}

fn check_unix_listener(fact: &Fact, row: &unix::Socket<'_>) {
    let kind = match fact.expect::<String>("kind").as_str() {
        "stream" => Kind::Stream,
        _ => Kind::SeqPacket,
    };
    assert_eq!((row.kind, row.state), (kind, State::Listen));
    assert_eq!(row.cookie, fact.get("cookie"));
    let name = from_hex(&fact.expect::<String>("name"));
    assert_eq!(row.name(), Some(&name[..]));
    assert_eq!(row.file().is_some(), name[0] != 0, "only a path is a file");
    let lengths = unix::QueueLengths {
        receive: fact.expect("length"),
        write: fact.expect("limit"),
    };
    assert_eq!(row.queue_lengths(), Some(lengths));
    assert_eq!(waiting(row), fact.expect::<String>("waiting"));
    assert_eq!(row.memory().drops(), Some(0));
    assert_eq!((row.shutdown(), row.peer()), (Some(0), None));
}

/// One row, and no end of a dump after it.
#[test]
fn one_unix_listener() {
    of_every_kernel("unix-one", |_, recording| {
        let [datagram] = &recording.datagrams[..] else {
            panic!("{}: more than one datagram", recording.path.display());
        };
        let messages: Vec<_> = Messages::new(datagram).map(Result::unwrap).collect();
        let [Body::Socket(payload)] = messages.iter().map(|message| message.body).collect::<Vec<_>>()[..] else {
            panic!("{messages:?}");
        };
        let row = unix::Socket::parse(payload).unwrap();
        let fact = &recording.facts[0];
        assert_eq!((row.inode, row.cookie), (fact.expect("inode"), fact.get("cookie")));
        assert_eq!(waiting(&row), fact.expect::<String>("waiting"));
        assert_eq!(row.queue_lengths(), None, "not asked for");
    });
}

fn waiting(row: &unix::Socket<'_>) -> String {
    let inodes: Vec<String> = row.waiting().map(|inode| inode.to_string()).collect();
    inodes.join(",")
}

/// A recorded datagram cut anywhere but between messages is an error of either framing or a row.
#[test]
fn every_cut_of_every_datagram_is_noticed() {
    for kernel in kernels() {
        for entry in kernel.read_dir().unwrap() {
            let recording = Recording::read(&entry.unwrap().path());
            for datagram in &recording.datagrams {
                check_cuts(datagram);
            }
        }
    }
}

fn check_cuts(datagram: &[u8]) {
    let mut ends = vec![0];
    let mut at = 0;
    while at < datagram.len() {
        at += usize::try_from(u32::from_ne_bytes(datagram[at..at + 4].try_into().unwrap())).unwrap();
        // Where the padding begins and where it ends, and every place between.
        ends.extend(at..=at.next_multiple_of(4));
        at = at.next_multiple_of(4);
    }
    for cut in 0..=datagram.len() {
        let failed = Messages::new(&datagram[..cut]).any(|message| message.is_err());
        assert_eq!(failed, !ends.contains(&cut), "cut at {cut}");
    }
}

#[test]
fn the_recordings_are_complete() {
    of_every_kernel("tcp4-listen", |kernel, recording| {
        let ports: Vec<u16> = recording
            .facts
            .iter()
            .map(|fact| fact.expect::<SocketAddr>("address").port())
            .filter(|port| *port != 8006 || kernel.mptcp.is_err())
            .collect();
        assert_eq!(ports, [8001, 8002, 8005, 8005, 8007]);
    });
    let recorded: Vec<_> = kernels()
        .iter()
        .map(|path| path.file_name().unwrap().to_owned())
        .collect();
    assert_eq!(
        recorded,
        KERNELS.map(|kernel| kernel.release),
        "a directory without its line in KERNELS"
    );
}
