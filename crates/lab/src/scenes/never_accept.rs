//! Scene: a server that never accepts; its accept queue is full and SYNs are refused.

use super::{Scene, backlog, capacity, local};
use crate::actor::Listen;
use crate::error::LabError;
use crate::facts::{Expected, ListenerFacts};
use crate::procnet;
use crate::settings::Parameter;
use crate::site::{Site, arrivals};
use crate::target::Target;

pub(super) const SCENE: Scene = Scene {
    name: "never-accept",
    summary: "a server that never accepts: full accept queue, clients refused",
    look_at: "listenq --port 8080            length at limit + 1: full\n\
              listenq --port 8080 --watch    drops growing: dropping\n\
              listenq counters --for 5s       which queue refused, in words",
    needs: &[],
    parameters: &[
        backlog(4),
        Parameter {
            name: "clients",
            default: 8,
            min: 0,
            max: 5000,
            meaning: "clients that come at the start and stay",
        },
        Parameter {
            name: "rate",
            default: 10,
            min: 0,
            max: 1000,
            meaning: "clients per second that come after that",
        },
    ],
    build,
};

/// Of the clients that come later, so many are trying at a time.
const TRYING: usize = 64;

fn build(site: &mut Site) -> Result<(), LabError> {
    let (clients, rate) = (site.setting("clients"), site.setting("rate"));
    let target = Target::tcp(local());
    let listener = site.listener("lab-server", Listen::new(target.clone(), site.setting("backlog")))?;
    let queued = clients.min(capacity(listener.limit));
    for _ in 0..queued {
        site.connect(&target)?;
    }
    for _ in queued..clients {
        site.knock(&target)?;
    }
    site.wait_length(&listener, Expected::exactly(queued))?;
    arrivals(&target, rate, TRYING)?;
    let full = capacity(listener.limit);
    let length = match (rate, queued == full) {
        (0, _) | (_, true) => Expected::exactly(queued),
        _ => Expected::between(queued, full),
    };
    let drops_grow = rate > 0 && queued == full;
    if drops_grow || clients > queued {
        site.wait("a connection was refused", || {
            Ok(procnet::counter("TcpExt", "ListenDrops")? > 0)
        })?;
    }
    site.publish(
        "full",
        ListenerFacts {
            length,
            drops_grow,
            ..listener
        },
    );
    Ok(())
}
