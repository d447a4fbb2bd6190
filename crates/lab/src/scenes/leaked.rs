//! Scene: a listener that a second process holds as well, or holds alone.

use std::os::fd::AsFd;

use super::stopped::{CLIENTS, queue_up};
use super::{Scene, backlog, local};
use crate::actor::{Listen, Role, Server};
use crate::error::{During, LabError};
use crate::settings::Parameter;
use crate::site::Site;
use crate::target::Target;

pub(super) const SCENE: Scene = Scene {
    name: "leaked",
    summary: "a listener that two processes hold; with maker_ends=1 the one that made it is gone",
    look_at: "listenq --port 8080 -o wide    both owners, or the heir alone",
    needs: &[],
    parameters: &[
        backlog(16),
        CLIENTS,
        Parameter {
            name: "maker_ends",
            default: 0,
            min: 0,
            max: 1,
            meaning: "1: the process that called listen() ends",
        },
    ],
    build,
};

fn build(site: &mut Site) -> Result<(), LabError> {
    let listen = Listen::new(Target::tcp(local()), site.setting("backlog"));
    let server = Server {
        listeners: vec![listen],
        share: true,
        ..Server::default()
    };
    let mut listener = site
        .server("lab-server", server)?
        .pop()
        .ok_or_else(super::no_listener)?;
    let maker = listener.owners.first().copied().unwrap_or(0);
    let heir = hand_over(site, maker)?;
    listener.owners.push(heir);
    if site.setting("maker_ends") == 1 {
        site.dismiss(maker)?;
        listener.owners.retain(|&pid| pid != maker);
    }
    queue_up(site, "leaked", listener)
}

/// Starts a process that gets the maker's listener and does nothing with it.
fn hand_over(site: &mut Site, maker: u32) -> Result<u32, LabError> {
    let listener = site.control(maker)?.take_descriptor().ok_or_else(super::no_listener)?;
    let heir = site.actor("lab-heir", Role::Holder)?;
    site.control(heir)?
        .send_with(&(), &[listener.as_fd()])
        .during("hand the listener to", heir)?;
    site.wait_ready(heir)?;
    Ok(heir)
}
