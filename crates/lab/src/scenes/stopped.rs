//! Scene: a stopped server; connections are completed by the kernel and wait.

use std::fs;

use rustix::process::{Pid, Signal, kill_process};

use super::{Scene, backlog, capacity, local};
use crate::actor::{Accept, Listen};
use crate::error::{During, LabError};
use crate::facts::{Expected, ListenerFacts};
use crate::settings::Parameter;
use crate::site::Site;
use crate::target::Target;

pub(super) const SCENE: Scene = Scene {
    name: "stopped",
    summary: "a server stopped by SIGSTOP while connections wait",
    look_at: "listenq --port 8080 -o wide    connections wait for lab-stopped, none is accepted",
    needs: &[],
    parameters: &[backlog(16), CLIENTS],
    build,
};

/// Clients of scenes whose server does nothing.
pub(super) const CLIENTS: Parameter = Parameter {
    name: "clients",
    default: 3,
    min: 0,
    max: 4000,
    meaning: "clients that wait",
};

fn build(site: &mut Site) -> Result<(), LabError> {
    let listener = eager_server(site, "lab-stopped")?;
    let pid = listener.owners.first().copied().unwrap_or(0);
    let raw = i32::try_from(pid)
        .ok()
        .and_then(Pid::from_raw)
        .ok_or_else(super::no_listener)?;
    kill_process(raw, Signal::STOP).during("stop", pid)?;
    site.wait("the server is stopped", || Ok(state(pid) == Some('T')))?;
    queue_up(site, "stopped", listener)
}

/// A server that accepts at once, as long as it can.
pub(super) fn eager_server(site: &mut Site, comm: &str) -> Result<ListenerFacts, LabError> {
    let listen = Listen::new(Target::tcp(local()), site.setting("backlog"));
    site.listener(comm, listen.accepting(Accept::AtOnce { keep: true }))
}

/// The scene's clients come and wait.
pub(super) fn queue_up(site: &mut Site, label: &str, listener: ListenerFacts) -> Result<(), LabError> {
    let clients = site.setting("clients").min(capacity(listener.limit));
    for _ in 0..clients {
        site.connect(&Target::tcp(local()))?;
    }
    let length = Expected::exactly(clients);
    site.wait_length(&listener, length)?;
    site.publish(label, ListenerFacts { length, ..listener });
    Ok(())
}

/// The state letter of /proc/PID/stat: the first after the name's closing parenthesis.
fn state(pid: u32) -> Option<char> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    text.rsplit_once(") ")?.1.chars().next()
}
