//! Scene: clients that have left, or have already sent bytes, while they wait to be accepted.

use std::time::Duration;

use super::{PORT, Scene, backlog, connect_failed, local};
use crate::actor::Listen;
use crate::error::{During, LabError};
use crate::facts::{Expected, ListenerFacts, QueueContent};
use crate::procnet::{self, CLOSE_WAIT, ESTABLISHED};
use crate::settings::Parameter;
use crate::site::Site;
use crate::target::Target;

pub(super) const SCENE: Scene = Scene {
    name: "clients-left",
    summary: "clients that closed, reset or sent bytes while they wait in the accept queue",
    look_at: "listenq --port 8080 -o wide    who of those that wait is gone already",
    needs: &[],
    parameters: &[
        backlog(32),
        clients("silent", 4, "clients that wait in silence"),
        clients("sent", 3, "clients that have sent bytes"),
        clients("closed", 3, "clients that have closed (FIN)"),
        clients("reset", 2, "clients that have reset (RST)"),
    ],
    build,
};

const fn clients(name: &'static str, default: u32, meaning: &'static str) -> Parameter {
    Parameter {
        name,
        default,
        min: 0,
        max: 500,
        meaning,
    }
}

fn build(site: &mut Site) -> Result<(), LabError> {
    let content = QueueContent {
        silent: site.setting("silent"),
        sent_bytes: site.setting("sent"),
        closed: site.setting("closed"),
        reset: site.setting("reset"),
    };
    let total = content.silent + content.sent_bytes + content.closed + content.reset;
    let target = Target::tcp(local());
    let listener = site.listener("lab-server", Listen::new(target.clone(), site.setting("backlog")))?;
    come_and_leave(site, &target, content)?;
    site.wait("every client stays or has left as told", || {
        let length = procnet::queue_length(listener.inode)?;
        Ok(length == Some(total) && dumped(content) == seen()?)
    })?;
    let length = Expected::exactly(total);
    site.publish(
        "left",
        ListenerFacts {
            length,
            content: Some(content),
            ..listener
        },
    );
    Ok(())
}

fn come_and_leave(site: &mut Site, target: &Target, content: QueueContent) -> Result<(), LabError> {
    let connect = || {
        target
            .connect_from(None)
            .map_err(|source| connect_failed(target, source))
    };
    for _ in 0..content.silent {
        site.keep(connect()?);
    }
    for _ in 0..content.sent_bytes {
        let client = connect()?;
        client.send(b"GET / HTTP/1.1\r\n").during("send to", target)?;
        site.keep(client);
    }
    for _ in 0..content.closed {
        drop(connect()?);
    }
    for _ in 0..content.reset {
        let client = connect()?;
        // close(2) then sends a RST (net/ipv4/tcp.c:__tcp_close).
        client
            .set_linger(Some(Duration::ZERO))
            .during("set SO_LINGER to", target)?;
    }
    Ok(())
}

/// What a dump shows of a queue's content: those that were reset are in no hash any more.
fn dumped(content: QueueContent) -> QueueContent {
    QueueContent { reset: 0, ..content }
}

/// The children not yet accepted: no file, so no inode.
fn seen() -> Result<QueueContent, LabError> {
    let rows = procnet::tcp_rows()?;
    let count = |state, bytes| {
        procnet::count(&rows, |row| {
            row.inode == 0 && row.local.port() == PORT && row.state == state && (row.receive_queue > 0) == bytes
        })
    };
    Ok(QueueContent {
        silent: count(ESTABLISHED, false),
        sent_bytes: count(ESTABLISHED, true),
        // The FIN itself counts as one byte to read (net/ipv4/tcp_ipv4.c:get_tcp4_sock).
        closed: count(CLOSE_WAIT, true) + count(CLOSE_WAIT, false),
        reset: 0,
    })
}
