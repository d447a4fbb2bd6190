//! Records what the running kernel answers, for `tests/recorded/`: `record DIRECTORY`.
//!
//! It opens known listeners and clients in the caller's network namespace, asks for them, and writes
//! each answer with the facts its rows must show. Root, in an empty namespace:
//!
//! ```sh
//! cargo build -p listenq-sockdiag --example record
//! unshare --net sh -c 'ip link set lo up; ip route add 198.51.100.0/24 dev lo
//!     "$CARGO_TARGET_DIR"/debug/examples/record crates/sockdiag/tests/recorded'
//! ```

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
    let directory = std::env::args_os().nth(1).context("usage: record DIRECTORY")?;
    let release = uname().release().to_string_lossy().into_owned();
    let directory = Path::new(&directory).join(&release);
    std::fs::create_dir_all(&directory).context("create the directory")?;
    let netlink = answer::open()?;
    let scene = Scene::build()?;
    scene.settle(&netlink)?;
    for recording in recordings(&scene) {
        let text = recording.text(&release, &netlink)?;
        let path = directory.join(recording.name).with_extension("txt");
        std::fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
    }
    Ok(())
}

/// One request and the rows that must answer it.
struct Recording<'a> {
    name: &'static str,
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
    let inet = |name, request: Request<'_>, wanted: &[&str]| {
        let mut bytes = Vec::new();
        request.encode(7, &mut bytes);
        Recording {
            name,
            request: bytes,
            facts: scene.facts(wanted),
        }
    };
    let dump = |family, states| Request {
        family,
        protocol: TCP,
        states,
        extensions: Extensions::INFO | Extensions::SKMEMINFO,
        source_port: None,
        filter: None,
    };
    let (v4, v6) = (Family::V4, Family::V6);
    let listen = dump(v4, States::LISTEN);
    let port_8005 = Request {
        source_port: Some(8005),
        ..listen
    };
    let filter = Filter::source_ports(&[8001, 8002, 8007]);
    let filtered = Request {
        filter: filter.as_ref(),
        ..listen
    };
    let mptcp = Request {
        protocol: MPTCP,
        ..listen
    };
    let queued = States::ESTABLISHED | States::CLOSE_WAIT;
    vec![
        inet("tcp4-listen", listen, &["listener-v4"]),
        inet("tcp6-listen", dump(v6, States::LISTEN), &["listener-v6"]),
        inet("tcp4-port", port_8005, &["listener-v4 address=0.0.0.0:8005"]),
        inet(
            "tcp4-filter",
            filtered,
            &[
                "listener-v4 address=127.0.0.1:8001",
                "listener-v4 address=127.0.0.1:8002",
                "listener-v4 address=127.0.0.1:8007",
            ],
        ),
        inet("mptcp4-listen", mptcp, &["mptcp-v4"]),
        inet("tcp4-half-open", dump(v4, States::SYN_RECV), &["half-open-v4"]),
        inet("tcp6-half-open", dump(v6, States::SYN_RECV), &["half-open-v6"]),
        inet("tcp4-queued", dump(v4, queued), &["queued-v4", "client-v4"]),
        inet("tcp6-queued", dump(v6, queued), &["queued-v6"]),
        unix_recording("unix-listen", scene),
    ]
}

fn unix_recording<'a>(name: &'static str, scene: &'a Scene) -> Recording<'a> {
    let request = unix::Request {
        states: States::LISTEN,
        show: Show::NAME | Show::VFS | Show::PEER | Show::ICONS | Show::RQLEN | Show::MEMINFO | Show::UID,
    };
    let mut bytes = Vec::new();
    request.encode(7, &mut bytes);
    Recording {
        name,
        request: bytes,
        facts: scene.facts(&["unix"]),
    }
}
