//! Control group of a process, read from /proc/PID/cgroup; [`ids`]: that of a socket's creator.
//!
//! One line per hierarchy, `ID:CONTROLLERS:PATH` (kernel/cgroup/cgroup.c:proc_cgroup_show). ID 0 is the v2
//! hierarchy; the others are v1. Newlines cannot occur in a path (cgroup_mkdir refuses them), colons can.

pub mod ids;

use model::Cgroup;

use crate::procfs::process::Process;
use crate::procfs::{LineError, ProcfsError};

/// v1 hierarchies in the order in which they are believed: systemd keeps its own exact; of the controllers
/// those come first that every container engine sets.
const V1_PREFERENCE: [&str; 4] = ["name=systemd", "memory", "pids", "cpu"];

/// Reads the control group of a process; `None` when the kernel has no control groups.
///
/// # Errors
/// When the file cannot be read, or a line has not three fields.
pub fn read(process: &Process) -> Result<Option<Cgroup>, ProcfsError> {
    let bytes = process.read("cgroup")?;
    parse(&bytes).map_err(|error| ProcfsError::line(&process.path().join("cgroup"), error))
}

/// Picks, out of all hierarchies, the path that tells most: a container or pod before a unit, a unit before
/// any other path, any path before `/`; among equals the v2 path, then the order of [`V1_PREFERENCE`].
///
/// So a hybrid host whose v2 hierarchy only tracks services, or nothing, is described by its v1 paths.
/// A path that begins with `/..` (seen from inside a cgroup namespace) is kept as it is.
///
/// # Errors
/// When a line has not three fields.
pub fn parse(bytes: &[u8]) -> Result<Option<Cgroup>, LineError> {
    let text = String::from_utf8_lossy(bytes);
    let mut best: Option<((Telling, Standing), Cgroup)> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let what = "a hierarchy, its controllers and a path are expected";
        let (standing, path) = parse_line(line).ok_or(LineError { line: number, what })?;
        let cgroup = Cgroup::from_path(path);
        let rank = (Telling::of(&cgroup), standing);
        if best.as_ref().is_none_or(|(highest, _)| rank > *highest) {
            best = Some((rank, cgroup));
        }
    }
    Ok(best.map(|(_, cgroup)| cgroup))
}

/// How much a path tells, least first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Telling {
    Root,
    Path,
    Unit,
    Container,
}

impl Telling {
    fn of(cgroup: &Cgroup) -> Self {
        match cgroup {
            _ if cgroup.container.is_some() || cgroup.pod.is_some() => Self::Container,
            _ if cgroup.unit.is_some() => Self::Unit,
            _ if &*cgroup.path != "/" => Self::Path,
            _ => Self::Root,
        }
    }
}

/// How far a hierarchy is believed, least first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    Other,
    V1 { preference: usize },
    V2,
}

impl Standing {
    fn of(id: &str, controllers: &str) -> Self {
        if id == "0" && controllers.is_empty() {
            return Self::V2;
        }
        let is_among = |wanted: &str| controllers.split(',').any(|one| one == wanted);
        let position = V1_PREFERENCE.iter().position(|wanted| is_among(wanted));
        position.map_or(Self::Other, |position| Self::V1 {
            preference: V1_PREFERENCE.len() - position,
        })
    }
}

/// The mark of a v2 group that was removed while a process dies in it is not part of its path.
fn parse_line(line: &str) -> Option<(Standing, &str)> {
    let (id, rest) = line.split_once(':')?;
    let (controllers, path) = rest.split_once(':')?;
    let path = path.strip_suffix(" (deleted)").unwrap_or(path);
    (id.parse::<u32>().is_ok() && path.starts_with('/')).then(|| (Standing::of(id, controllers), path))
}

#[cfg(test)]
mod tests;
