//! Scene: a server that accepts more slowly than clients arrive.

use super::{Scene, backlog, capacity, in_flight, local};
use crate::actor::{Accept, Listen};
use crate::error::LabError;
use crate::facts::{Expected, ListenerFacts};
use crate::procnet;
use crate::settings::Parameter;
use crate::site::{Site, arrivals};
use crate::target::Target;

pub(super) const SCENE: Scene = Scene {
    name: "slow-accept",
    summary: "a server that accepts more slowly than clients arrive: the queue stays full",
    look_at: "listenq --port 8080 --watch    full or nearly so, drops growing\n\
              listenq counters --for 5s      which queue refused, in words",
    needs: &[],
    parameters: &[
        backlog(16),
        Parameter {
            name: "rate",
            default: 5,
            min: 1,
            max: 500,
            meaning: "connections accepted per second",
        },
        ARRIVALS,
    ],
    build,
};

pub(super) const ARRIVALS: Parameter = Parameter {
    name: "arrivals",
    default: 20,
    min: 1,
    max: 1000,
    meaning: "clients per second",
};

/// Of the clients, so many stay; the oldest leaves when a new one comes.
pub(super) const CLIENTS: usize = 512;

fn build(site: &mut Site) -> Result<(), LabError> {
    let target = Target::tcp(local());
    let accept = Accept::Paced {
        batch: 1,
        every_ms: 1000 / site.setting("rate"),
    };
    let listen = Listen::new(target.clone(), site.setting("backlog")).accepting(accept);
    let listener = site.listener("lab-slow", listen)?;
    // Full at once; the arrivals keep it so.
    for _ in 0..=capacity(listener.limit) {
        site.knock(&target)?;
    }
    arrivals(&target, site.setting("arrivals"), CLIENTS)?;
    let full = capacity(listener.limit);
    let faster = site.setting("arrivals") > site.setting("rate");
    if !faster {
        let length = Expected::between(0, full);
        site.publish(
            "slow",
            ListenerFacts {
                length,
                half_open: in_flight(full),
                ..listener
            },
        );
        return Ok(());
    }
    site.wait("the queue is full and refuses", || {
        let length = procnet::queue_length(listener.inode)?;
        Ok(length == Some(full) && procnet::counter("TcpExt", "ListenDrops")? > 0)
    })?;
    // A busy machine may let a few accepts pass before the next client comes.
    let length = Expected::between(full / 2, full);
    site.publish(
        "slow",
        ListenerFacts {
            length,
            half_open: in_flight(full),
            drops_grow: true,
            ..listener
        },
    );
    Ok(())
}
