//! Scene: a server in a frozen cgroup; connections wait though it looks asleep only.

use super::stopped::{CLIENTS, eager_server, queue_up};
use super::{Scene, backlog};
use crate::error::LabError;
use crate::freezer::{Freezer, Version};
use crate::require::Need;
use crate::settings::Parameter;
use crate::site::Site;

pub(super) const SCENE: Scene = Scene {
    name: "frozen",
    summary: "a server in a frozen cgroup while connections wait",
    look_at: "listenq --port 8080 -o wide    connections wait for lab-frozen, none is accepted",
    needs: &[Need::Freezer],
    parameters: &[
        backlog(16),
        CLIENTS,
        Parameter {
            name: "cgroup",
            default: 0,
            min: 0,
            max: 2,
            meaning: "version of the freezer; 0: the newest there is",
        },
    ],
    build,
};

fn build(site: &mut Site) -> Result<(), LabError> {
    let version = match site.setting("cgroup") {
        1 => Some(Version::One),
        2 => Some(Version::Two),
        _ => None,
    };
    let listener = eager_server(site, "lab-frozen")?;
    let pid = listener.owners.first().copied().unwrap_or(0);
    let freezer = Freezer::new(version)?;
    let outcome = freezer.freeze(pid);
    let frozen = freezer.watch();
    // Before the outcome is looked at: what was begun must be undone.
    site.at_the_end(move || freezer.thaw(pid));
    outcome?;
    site.wait("the cgroup is frozen", || Ok(frozen.holds()))?;
    queue_up(site, "frozen", listener)
}
