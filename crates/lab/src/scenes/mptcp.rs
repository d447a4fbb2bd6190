//! Scene: an MPTCP listener with MPTCP and plain TCP clients in its queue.

use super::{Scene, backlog, capacity, local};
use crate::actor::Listen;
use crate::error::LabError;
use crate::facts::{Expected, ListenerFacts, Protocol};
use crate::require::Need;
use crate::settings::Parameter;
use crate::site::Site;
use crate::target::Target;

pub(super) const SCENE: Scene = Scene {
    name: "mptcp",
    summary: "an MPTCP listener with connections waiting",
    look_at: "listenq --port 8080    one row, protocol mptcp, not two",
    needs: &[Need::Mptcp],
    parameters: &[
        backlog(16),
        Parameter {
            name: "clients",
            default: 2,
            min: 0,
            max: 1000,
            meaning: "MPTCP clients that wait",
        },
        Parameter {
            name: "plain",
            default: 1,
            min: 0,
            max: 1000,
            meaning: "TCP clients that wait",
        },
    ],
    build,
};

fn build(site: &mut Site) -> Result<(), LabError> {
    let plain = Target::tcp(local());
    let target = Target {
        protocol: Protocol::Mptcp,
        ..plain.clone()
    };
    let listener = site.listener("lab-mptcp", Listen::new(target.clone(), site.setting("backlog")))?;
    let room = capacity(listener.limit);
    let clients = site.setting("clients").min(room);
    let plain_clients = site.setting("plain").min(room - clients);
    for _ in 0..clients {
        site.connect(&target)?;
    }
    for _ in 0..plain_clients {
        site.connect(&plain)?;
    }
    let length = Expected::exactly(clients + plain_clients);
    site.wait_length(&listener, length)?;
    site.publish("mptcp", ListenerFacts { length, ..listener });
    Ok(())
}
