//! Records what the running kernel answers, for `tests/recorded/`: `record DIRECTORY`.
//!
//! It opens known listeners and clients in the caller's network namespace, asks for them, and writes
//! each answer with the facts its rows must show. Root, in an empty namespace:
//!
//! ```sh
//! cargo build -p listenq-sockdiag --example record
//! unshare --net sh -c 'ip link set lo up; ip route add 198.51.100.0/24 dev lo
//!     target/debug/examples/record crates/sockdiag/tests/recorded'
//! ```
//!
//! `record DIRECTORY NAME` opens nothing and writes one answer, by that name: for a kernel that lacks a
//! module. `tests/recorded/README.md` tells how other kernels were recorded.

mod answer;
mod scene;
mod syn;

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use rustix::fd::OwnedFd;
use rustix::system::uname;
use sockdiag::inet::{Extensions, Family, Filter, MPTCP, Request, States, TCP};
use sockdiag::unix::{self, Show};

use listenq_sockdiag as sockdiag;
use scene::Scene;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let directory = arguments.next().context("usage: record DIRECTORY [NAME]")?;
    let release = uname().release().to_string_lossy().into_owned();
    let directory = Path::new(&directory).join(&release);
    std::fs::create_dir_all(&directory).context("create the directory")?;
    let netlink = answer::open()?;
    let mut scene = Scene::default();
    let name = arguments.next();
    let recordings = if let Some(name) = &name {
        let listeners = dump(Family::V4, States::LISTEN);
        vec![inet_recording(name, listeners, Vec::new())]
    } else {
        scene.build()?;
        scene.settle(&netlink)?;
        recordings(&scene)
    };
    for recording in recordings {
        let text = recording.text(&release, &netlink)?;
        let path = directory.join(recording.name).with_extension("txt");
        std::fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
    }
    Ok(())
}

/// One request and the rows that must answer it.
struct Recording<'a> {
    name: &'a str,
    request: Vec<u8>,
    facts: Vec<&'a str>,
}

impl Recording<'_> {
    /// The file: header, the request and each datagram in hexadecimal.
    fn text(&self, release: &str, netlink: &OwnedFd) -> Result<String> {
        let mut text = format!("kernel {release}\n");
        for fact in &self.facts {
            writeln!(text, "row {fact}")?;
        }
        write_block(&mut text, "request", &self.request)?;
        for datagram in answer::exchange(netlink, &self.request)? {
            write_block(&mut text, "datagram", &datagram)?;
        }
        Ok(text)
    }
}

fn write_block(text: &mut String, title: &str, bytes: &[u8]) -> Result<()> {
    writeln!(text, "{title}")?;
    for line in bytes.chunks(32) {
        writeln!(text, "{}", hex(line))?;
    }
    Ok(())
}

/// Two digits per byte.
fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 0xf])
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

fn recordings(scene: &Scene) -> Vec<Recording<'_>> {
    let mut recordings = listener_recordings(scene);
    recordings.extend(connection_recordings(scene));
    recordings.push(unix_recording(scene));
    recordings.push(unix_one_recording(scene));
    recordings
}

/// Listeners: whole dumps, and dumps that the kernel thins out.
fn listener_recordings(scene: &Scene) -> Vec<Recording<'_>> {
    let v4 = dump(Family::V4, States::LISTEN);
    let v6 = dump(Family::V6, States::LISTEN);
    let mptcp = Request { protocol: MPTCP, ..v4 };
    let port = Request {
        source_port: Some(8005),
        ..v4
    };
    let filter = Filter::source_ports(&[8001, 8002, 8007]);
    let filtered = Request {
        filter: filter.as_ref(),
        ..v4
    };
    let let_through = [
        "listener-v4 address=127.0.0.1:8001",
        "listener-v4 address=127.0.0.1:8002",
        "listener-v4 address=127.0.0.1:8007",
    ];
    let of_port = ["listener-v4 address=0.0.0.0:8005"];
    vec![
        inet_recording("tcp4-listen", v4, scene.facts(&["listener-v4"])),
        inet_recording("tcp6-listen", v6, scene.facts(&["listener-v6"])),
        inet_recording("mptcp4-listen", mptcp, scene.facts(&["mptcp-v4"])),
        inet_recording("tcp4-port", port, scene.facts(&of_port)),
        inet_recording("tcp4-filter", filtered, scene.facts(&let_through)),
    ]
}

/// Half-open connections, and those that wait to be accepted with their clients.
fn connection_recordings(scene: &Scene) -> Vec<Recording<'_>> {
    let half_open = |family| dump(family, States::SYN_RECV);
    let queued = |family| dump(family, States::ESTABLISHED | States::CLOSE_WAIT);
    let (v4, v6) = (Family::V4, Family::V6);
    let both_ends = scene.facts(&["queued-v4", "client-v4"]);
    vec![
        inet_recording("tcp4-half-open", half_open(v4), scene.facts(&["half-open-v4"])),
        inet_recording("tcp6-half-open", half_open(v6), scene.facts(&["half-open-v6"])),
        inet_recording("tcp4-queued", queued(v4), both_ends),
        inet_recording("tcp6-queued", queued(v6), scene.facts(&["queued-v6"])),
    ]
}

fn dump(family: Family, states: States) -> Request<'static> {
    Request {
        family,
        protocol: TCP,
        states,
        extensions: Extensions::INFO | Extensions::SKMEMINFO,
        source_port: None,
        filter: None,
    }
}

fn inet_recording<'a>(name: &'a str, request: Request<'_>, facts: Vec<&'a str>) -> Recording<'a> {
    let mut bytes = Vec::new();
    request.encode(7, &mut bytes);
    Recording {
        name,
        request: bytes,
        facts,
    }
}

fn unix_recording(scene: &Scene) -> Recording<'_> {
    let request = unix::Request {
        states: States::LISTEN,
        show: Show::NAME | Show::VFS | Show::PEER | Show::ICONS | Show::RQLEN | Show::MEMINFO | Show::UID,
    };
    let mut bytes = Vec::new();
    request.encode(7, &mut bytes);
    Recording {
        name: "unix-listen",
        request: bytes,
        facts: scene.facts(&["unix"]),
    }
}

fn unix_one_recording(scene: &Scene) -> Recording<'_> {
    let (inode, cookie) = scene.full_unix;
    let request = unix::RequestOne {
        inode,
        cookie: Some(cookie),
        show: Show::ICONS,
    };
    let mut bytes = Vec::new();
    request.encode(7, &mut bytes);
    Recording {
        name: "unix-one",
        request: bytes,
        facts: scene.facts(&["unix kind=seqpacket"]),
    }
}
