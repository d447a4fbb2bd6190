//! Scene: healthy listeners, one of them with accepted connections.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::Scene;
use crate::actor::{Accept, Listen, Server};
use crate::error::LabError;
use crate::procnet::{self, ESTABLISHED};
use crate::require;
use crate::settings::Parameter;
use crate::site::Site;
use crate::target::Target;

pub(super) const SCENE: Scene = Scene {
    name: "idle",
    summary: "healthy listeners, one with accepted connections: nothing waits, nothing is lost",
    look_at: "listenq            every listener idle; nothing at risk",
    needs: &[],
    parameters: &[Parameter {
        name: "connections",
        default: 3,
        min: 0,
        max: 1000,
        meaning: "accepted connections of the listener on port 8082",
    }],
    build,
};

const BACKLOG: u32 = 128;

fn build(site: &mut Site) -> Result<(), LabError> {
    let busy = Target::tcp((Ipv4Addr::LOCALHOST, 8082));
    let mut asked = vec![
        ("v4", Listen::new(Target::tcp((Ipv4Addr::LOCALHOST, 8080)), BACKLOG)),
        (
            "accepted",
            Listen::new(busy.clone(), BACKLOG).accepting(Accept::AtOnce { keep: true }),
        ),
    ];
    if require::ipv6().is_ok() {
        asked.push(("v6", Listen::new(Target::tcp((Ipv6Addr::LOCALHOST, 8081)), BACKLOG)));
    }
    let (labels, listeners): (Vec<_>, Vec<_>) = asked.into_iter().unzip();
    let facts = site.server(
        "lab-server",
        Server {
            listeners,
            ..Server::default()
        },
    )?;
    for (label, listener) in labels.into_iter().zip(facts) {
        site.publish(label, listener);
    }
    let connections = site.setting("connections");
    for _ in 0..connections {
        site.connect(&busy)?;
    }
    site.wait(format!("{connections} connections accepted"), || {
        Ok(accepted(8082)? == connections)
    })?;
    site.facts().established = connections;
    Ok(())
}

/// Accepted connections of a port: only accept(2) gives a child an inode
/// (net/socket.c:sock_alloc_file).
pub(super) fn accepted(port: u16) -> Result<u32, LabError> {
    let rows = procnet::tcp_rows()?;
    Ok(procnet::count(&rows, |row| {
        row.state == ESTABLISHED && row.inode != 0 && row.local.port() == port
    }))
}
