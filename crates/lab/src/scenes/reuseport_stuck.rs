//! Scene: a SO_REUSEPORT group of which one member never accepts.

use super::{Scene, backlog, capacity, in_flight, local};
use crate::actor::{Accept, Listen};
use crate::error::LabError;
use crate::facts::{Expected, ListenerFacts};
use crate::procnet;
use crate::settings::Parameter;
use crate::site::{Site, arrivals};
use crate::target::Target;

pub(super) const SCENE: Scene = Scene {
    name: "reuseport-stuck",
    summary: "a SO_REUSEPORT group, each member a process, of which one never accepts",
    look_at: "listenq --port 8080    one member full, the others empty",
    needs: &[],
    parameters: &[
        Parameter { max: 256, ..backlog(4) },
        Parameter {
            name: "members",
            default: 4,
            min: 2,
            max: 16,
            meaning: "listeners of the group",
        },
        Parameter {
            name: "rate",
            default: 20,
            min: 0,
            max: 1000,
            meaning: "clients per second after the start",
        },
    ],
    build,
};

/// Of the clients that come later, so many stay.
const CLIENTS: usize = 64;
/// Many more than it takes: 257 places are filled by about ten.
const ROUNDS: u32 = 100;

fn build(site: &mut Site) -> Result<(), LabError> {
    let (members, rate) = (site.setting("members"), site.setting("rate"));
    let target = Target::tcp(local());
    let listen = Listen {
        reuseport: true,
        ..Listen::new(target.clone(), site.setting("backlog"))
    };
    // Neither the first nor (but for a group of two) the last, so that no order hides it.
    let stuck = site.listener("lab-stuck", listen.clone());
    let mut healthy = Vec::new();
    for _ in 1..members {
        let listen = listen.clone().accepting(Accept::AtOnce { keep: false });
        healthy.push(site.listener("lab-server", listen)?);
    }
    let stuck = stuck?;
    let full = capacity(stuck.limit);
    fill(site, &target, &stuck, members)?;
    arrivals(&target, rate, CLIENTS)?;
    let length = Expected::exactly(full);
    site.publish(
        "stuck",
        ListenerFacts {
            length,
            drops_grow: rate > 0,
            ..stuck
        },
    );
    for (number, member) in healthy.into_iter().enumerate() {
        let length = Expected::between(0, full);
        site.publish(
            &format!("healthy-{number}"),
            ListenerFacts {
                length,
                half_open: in_flight(full),
                ..member
            },
        );
    }
    Ok(())
}

/// The kernel spreads connections by a hash of their addresses and ports
/// (net/core/sock_reuseport.c:reuseport_select_sock): so many clients that the stuck member
/// has got its share. Each round closes about two thirds of the gap.
fn fill(site: &mut Site, target: &Target, stuck: &ListenerFacts, members: u32) -> Result<(), LabError> {
    let full = Expected::exactly(capacity(stuck.limit));
    for _ in 0..ROUNDS {
        let missing = full.max - procnet::queue_length(stuck.inode)?.unwrap_or(0).min(full.max);
        if missing == 0 {
            break;
        }
        for _ in 0..missing * members {
            site.knock(target)?;
        }
    }
    site.wait_length(stuck, full)
}
