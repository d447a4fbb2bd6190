//! Scene: a listener that asked for more than `somaxconn` allows.

use super::{Scene, capacity, local};
use crate::actor::Listen;
use crate::error::LabError;
use crate::facts::{Expected, ListenerFacts};
use crate::settings::Parameter;
use crate::site::Site;
use crate::target::Target;

pub(super) const SCENE: Scene = Scene {
    name: "clamped",
    summary: "a listener that asked for 5000 and got somaxconn",
    look_at: "listenq --port 8080    the limit is somaxconn, whatever was asked",
    needs: &[],
    parameters: &[
        Parameter {
            name: "backlog",
            default: 5000,
            min: 0,
            max: i32::MAX as u32,
            meaning: "the backlog given to listen()",
        },
        Parameter {
            name: "somaxconn",
            default: 64,
            min: 0,
            max: 65_535,
            meaning: "net.core.somaxconn at that moment",
        },
        Parameter {
            name: "clients",
            default: 10,
            min: 0,
            max: 5000,
            meaning: "clients that wait",
        },
    ],
    build,
};

fn build(site: &mut Site) -> Result<(), LabError> {
    site.sysctl("net/core/somaxconn", site.setting("somaxconn"))?;
    let target = Target::tcp(local());
    let listener = site.listener("lab-server", Listen::new(target.clone(), site.setting("backlog")))?;
    let clients = site.setting("clients").min(capacity(listener.limit));
    for _ in 0..clients {
        site.connect(&target)?;
    }
    let length = Expected::exactly(clients);
    site.wait_length(&listener, length)?;
    site.publish("clamped", ListenerFacts { length, ..listener });
    Ok(())
}
