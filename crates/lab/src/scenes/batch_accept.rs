//! Scene: a server that accepts everything at once from time to time.

use super::slow_accept::{ARRIVALS, CLIENTS};
use super::{Scene, backlog, capacity, in_flight, local};
use crate::actor::{Accept, Listen};
use crate::error::LabError;
use crate::facts::{Expected, ListenerFacts};
use crate::procnet;
use crate::settings::Parameter;
use crate::site::{Site, arrivals};
use crate::target::Target;

pub(super) const SCENE: Scene = Scene {
    name: "batch-accept",
    summary: "a server that accepts in batches: the queue rises and falls, nothing is lost",
    look_at: "listenq --port 8080 --watch    the length rises and falls, nothing is dropped",
    needs: &[],
    parameters: &[
        backlog(64),
        Parameter {
            name: "batch",
            default: 32,
            min: 1,
            max: 4096,
            meaning: "connections accepted at a time",
        },
        Parameter {
            name: "every",
            default: 1000,
            min: 10,
            max: 60_000,
            meaning: "milliseconds between batches",
        },
        ARRIVALS,
    ],
    build,
};

fn build(site: &mut Site) -> Result<(), LabError> {
    let target = Target::tcp(local());
    let accept = Accept::Paced {
        batch: site.setting("batch"),
        every_ms: site.setting("every"),
    };
    let listen = Listen::new(target.clone(), site.setting("backlog")).accepting(accept);
    let listener = site.listener("lab-batch", listen)?;
    arrivals(&target, site.setting("arrivals"), CLIENTS)?;
    site.wait("a connection waits", || Ok(waiting(&listener)? > 0))?;
    let mut highest = 0;
    site.wait("a batch was accepted", || {
        let length = waiting(&listener)?;
        highest = highest.max(length);
        Ok(length < highest)
    })?;
    let length = Expected::between(0, capacity(listener.limit));
    site.publish(
        "batch",
        ListenerFacts {
            length,
            half_open: in_flight(capacity(listener.limit)),
            ..listener
        },
    );
    Ok(())
}

fn waiting(listener: &ListenerFacts) -> Result<u32, LabError> {
    Ok(procnet::queue_length(listener.inode)?.unwrap_or(0))
}
