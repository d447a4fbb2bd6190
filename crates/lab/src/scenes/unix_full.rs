//! Scene: unix listeners whose queues are full, with clients waiting in them and before them.

use std::fs;
use std::path::Path;

use super::{Scene, backlog, capacity};
use crate::actor::{Client, Listen, Manner, Role};
use crate::error::LabError;
use crate::facts::{Expected, ListenerFacts, Protocol};
use crate::settings::Parameter;
use crate::site::Site;
use crate::target::{Place, Target};

pub(super) const SCENE: Scene = Scene {
    name: "unix-full",
    summary: "unix listeners (stream, seqpacket; path, abstract) that are full, a client blocked at each",
    look_at: "listenq --unix    four full listeners, who waits in them, who is blocked before them",
    needs: &[],
    parameters: &[Parameter { max: 32, ..backlog(2) }],
    build,
};

fn build(site: &mut Site) -> Result<(), LabError> {
    let directory = site.directory()?;
    for (label, target) in targets(&directory) {
        fill(site, label, &target)?;
    }
    Ok(())
}

fn targets(directory: &Path) -> [(&'static str, Target); 4] {
    let path = |name: &str| Place::Unix(directory.join(name).display().to_string());
    let hidden = |name: &str| Place::Unix(format!("@listenq-lab/{name}"));
    [
        (
            "stream-path",
            Target {
                protocol: Protocol::UnixStream,
                place: path("stream"),
            },
        ),
        (
            "stream-abstract",
            Target {
                protocol: Protocol::UnixStream,
                place: hidden("stream"),
            },
        ),
        (
            "seqpacket-path",
            Target {
                protocol: Protocol::UnixSeqpacket,
                place: path("seqpacket"),
            },
        ),
        (
            "seqpacket-abstract",
            Target {
                protocol: Protocol::UnixSeqpacket,
                place: hidden("seqpacket"),
            },
        ),
    ]
}

/// A listener, as many client processes as it holds, and one more that blocks in connect().
fn fill(site: &mut Site, label: &str, target: &Target) -> Result<(), LabError> {
    let listen = Listen::new(target.clone(), site.setting("backlog"));
    let listener = site.listener("lab-server", listen)?;
    let full = capacity(listener.limit);
    let mut clients = Vec::new();
    for _ in 0..full {
        clients.push(client(site, "lab-client", target, Manner::Stay { connections: 1 })?);
    }
    // Ready only once connected: the queue has them all before the next one tries.
    for pid in &clients {
        site.wait_ready(*pid)?;
    }
    let blocked = client(site, "lab-blocked", target, Manner::Block)?;
    site.wait_ready(blocked)?;
    site.wait("a connector waits for room in the queue", || {
        Ok(waits_for_room(blocked))
    })?;
    let length = Expected::exactly(full);
    site.publish(
        label,
        ListenerFacts {
            length,
            clients,
            blocked: vec![blocked],
            ..listener
        },
    );
    Ok(())
}

fn client(site: &mut Site, comm: &str, target: &Target, manner: Manner) -> Result<u32, LabError> {
    let client = Client {
        target: target.clone(),
        source: None,
        manner,
    };
    site.actor(comm, Role::Client(client))
}

/// net/unix/af_unix.c:unix_stream_connect sleeps in unix_wait_for_peer while the queue is full. A kernel that
/// cannot tell where a thread sleeps (x86 with ORC before 5.16 shows `0`) tells what it called.
fn waits_for_room(pid: u32) -> bool {
    let read = |name: &str| fs::read_to_string(format!("/proc/{pid}/{name}")).unwrap_or_default();
    match read("wchan").as_str() {
        "0" => read("syscall").split(' ').next() == Some(CONNECT),
        channel => channel.contains("unix_wait_for_peer"),
    }
}

/// The number of connect(2), as /proc/PID/syscall shows it.
const CONNECT: &str = if cfg!(target_arch = "aarch64") { "203" } else { "42" };
