//! Scene: a server that has no file descriptor left to accept with.

use super::stopped::{CLIENTS, queue_up};
use super::{Scene, backlog, local};
use crate::actor::{Accept, Listen, Server};
use crate::error::LabError;
use crate::site::Site;
use crate::target::Target;

pub(super) const SCENE: Scene = Scene {
    name: "out-of-fds",
    summary: "a server whose accept() fails with EMFILE while connections wait",
    look_at: "listenq --port 8080 -o wide    connections wait for lab-starved, none is accepted",
    needs: &[],
    parameters: &[backlog(16), CLIENTS],
    build,
};

fn build(site: &mut Site) -> Result<(), LabError> {
    let listen = Listen::new(Target::tcp(local()), site.setting("backlog")).accepting(Accept::AtOnce { keep: true });
    let server = Server {
        listeners: vec![listen],
        starve: true,
        ..Server::default()
    };
    let listener = site
        .server("lab-starved", server)?
        .pop()
        .ok_or_else(super::no_listener)?;
    let pid = listener.owners.first().copied().unwrap_or(0);
    let clients = site.setting("clients");
    queue_up(site, "starved", listener)?;
    if clients > 0 {
        site.wait_starved(pid)?;
    }
    Ok(())
}
