//! Scene: bursts of connects that are larger than the backlog of a server that accepts at once.

use super::{Scene, backlog, capacity, in_flight, local};
use crate::actor::{Accept, Client, Listen, Manner, Role, Server};
use crate::error::LabError;
use crate::facts::{Expected, ListenerFacts};
use crate::procnet;
use crate::settings::Parameter;
use crate::site::Site;
use crate::target::Target;

pub(super) const SCENE: Scene = Scene {
    name: "burst",
    summary: "bursts larger than the backlog: the queue overflows for a moment and is empty again",
    look_at: "listenq --port 8080 --watch    a length of 0, and yet drops growing\n\
              listenq counters --for 5s      that it is the accept queue all the same",
    needs: &[],
    parameters: &[
        backlog(8),
        Parameter {
            name: "connects",
            default: 64,
            min: 1,
            max: 4096,
            meaning: "connects of one burst, from each CPU",
        },
        Parameter {
            name: "cpus",
            default: 1,
            min: 1,
            max: 2,
            meaning: "CPUs from which they come",
        },
        Parameter {
            name: "every",
            default: 500,
            min: 10,
            max: 60_000,
            meaning: "milliseconds between bursts",
        },
        Parameter {
            name: "somaxconn",
            default: 4096,
            min: 0,
            max: 65_535,
            meaning: "net.core.somaxconn",
        },
    ],
    build,
};

fn build(site: &mut Site) -> Result<(), LabError> {
    if site.setting("somaxconn") != 4096 {
        site.sysctl("net/core/somaxconn", site.setting("somaxconn"))?;
    }
    let target = Target::tcp(local());
    let listen = Listen::new(target.clone(), site.setting("backlog")).accepting(Accept::AtOnce { keep: false });
    // Otherwise the acceptor, woken at the first connect, would keep up on another CPU.
    let server = Server {
        listeners: vec![listen],
        yielding: true,
        ..Server::default()
    };
    let listener = site
        .server("lab-server", server)?
        .pop()
        .ok_or_else(super::no_listener)?;
    for cpu in 0..site.setting("cpus") {
        start_bursts(site, &target, cpu)?;
    }
    let full = capacity(listener.limit);
    let larger = site.setting("connects") > full;
    if larger {
        site.wait("a burst overflowed", || {
            Ok(procnet::counter("TcpExt", "ListenOverflows")? > 0)
        })?;
    }
    site.wait_length(&listener, Expected::exactly(0))?;
    let length = Expected::between(0, full);
    site.publish(
        "burst",
        ListenerFacts {
            length,
            half_open: in_flight(full),
            drops_grow: larger,
            ..listener
        },
    );
    Ok(())
}

fn start_bursts(site: &mut Site, target: &Target, cpu: u32) -> Result<(), LabError> {
    let manner = Manner::Burst {
        connections: site.setting("connects"),
        every_ms: site.setting("every"),
        cpu,
    };
    let client = Client {
        target: target.clone(),
        source: None,
        manner,
    };
    let pid = site.actor("lab-burst", Role::Client(client))?;
    site.wait_ready(pid)?;
    Ok(())
}
