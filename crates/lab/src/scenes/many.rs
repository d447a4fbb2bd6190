//! Scene: very many listeners and established connections, for benchmarks.

use std::net::{Ipv4Addr, SocketAddr};

use super::Scene;
use super::idle::accepted;
use crate::actor::{Accept, Client, Listen, Manner, Role, Server};
use crate::error::LabError;
use crate::settings::Parameter;
use crate::site::Site;
use crate::target::Target;

pub(super) const SCENE: Scene = Scene {
    name: "many",
    summary: "very many listeners and, if asked, established connections: for measuring",
    look_at: "time listenq -o json > /dev/null\n\
              time ss -ltnpmi > /dev/null",
    needs: &[],
    parameters: &[
        Parameter {
            name: "listeners",
            default: 100,
            min: 1,
            max: 20_000,
            meaning: "idle listeners",
        },
        Parameter {
            name: "established",
            default: 0,
            min: 0,
            max: 100_000,
            meaning: "established connections, each with both ends here",
        },
        Parameter {
            name: "processes",
            default: 1,
            min: 1,
            max: 64,
            meaning: "processes that share the listeners, at least",
        },
    ],
    build,
};

/// Ports 10000 to 29999: below the ports that clients get (32768 on).
const FIRST_PORT: u16 = 10_000;
const FIRST_BUSY_PORT: u16 = 9_000;
/// Descriptors that one process may be asked to hold: half of what a system with a hard limit
/// of 20,000 gives.
const PER_PROCESS: u32 = 10_000;

fn build(site: &mut Site) -> Result<(), LabError> {
    listeners(site)?;
    established(site)
}

fn listeners(site: &mut Site) -> Result<(), LabError> {
    let total = site.setting("listeners");
    let processes = site.setting("processes").max(total.div_ceil(PER_PROCESS)).min(total);
    let ports: Vec<u16> = (FIRST_PORT..).take(usize::try_from(total).unwrap_or(0)).collect();
    let share = ports.len().div_ceil(usize::try_from(processes).unwrap_or(1));
    for ports in ports.chunks(share.max(1)) {
        let listeners = ports
            .iter()
            .map(|&port| Listen::new(Target::tcp((Ipv4Addr::LOCALHOST, port)), 128))
            .collect();
        let server = Server {
            listeners,
            ..Server::default()
        };
        for (port, listener) in ports.iter().zip(site.server("lab-many", server)?) {
            site.publish(&port.to_string(), listener);
        }
    }
    Ok(())
}

/// Pairs of a server process and a client process with an address of its own.
fn established(site: &mut Site) -> Result<(), LabError> {
    let mut left = site.setting("established");
    let mut pairs = Vec::new();
    while left > 0 {
        let number = u8::try_from(pairs.len()).unwrap_or(u8::MAX);
        let connections = left.min(PER_PROCESS);
        pairs.push(pair(site, number, connections)?);
        left -= connections;
    }
    for (client, port, connections) in pairs {
        site.wait_ready(client)?;
        site.wait(format!("{connections} connections accepted"), || {
            Ok(accepted(port)? == connections)
        })?;
        site.facts().established += connections;
    }
    Ok(())
}

fn pair(site: &mut Site, number: u8, connections: u32) -> Result<(u32, u16, u32), LabError> {
    let port = FIRST_BUSY_PORT + u16::from(number);
    let target = Target::tcp((Ipv4Addr::LOCALHOST, port));
    let listen = Listen::new(target.clone(), 4096).accepting(Accept::AtOnce { keep: true });
    let server = Server {
        listeners: vec![listen],
        ..Server::default()
    };
    for listener in site.server("lab-busy", server)? {
        site.publish(&port.to_string(), listener);
    }
    let source = SocketAddr::from((Ipv4Addr::new(127, 0, 1, number), 0));
    let manner = Manner::Stay { connections };
    let client = Client {
        target,
        source: Some(source),
        manner,
    };
    Ok((site.actor("lab-client", Role::Client(client))?, port, connections))
}
