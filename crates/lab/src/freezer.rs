//! A cgroup of our own that can be frozen: version 2, or the freezer of version 1.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{During, LabError, Missing};

/// Which kind of cgroup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    One,
    Two,
}

/// A cgroup made for one process.
pub(crate) struct Freezer {
    version: Version,
    root: PathBuf,
    group: PathBuf,
}

/// Tells whether a cgroup is frozen.
pub(crate) struct Watch {
    file: PathBuf,
    word: &'static str,
}

/// Where freezers are mounted, the newest kind first.
pub(crate) fn roots() -> Vec<(Version, PathBuf)> {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let mut roots: Vec<_> = mounts.lines().filter_map(root).collect();
    roots.sort_by_key(|(version, _)| *version == Version::One);
    roots
}

/// Reads a line of /proc/self/mounts: device, place, type, options.
fn root(line: &str) -> Option<(Version, PathBuf)> {
    let mut words = line.split(' ').skip(1);
    let (place, kind, options) = (words.next()?, words.next()?, words.next()?);
    match kind {
        "cgroup2" => Some((Version::Two, place.into())),
        "cgroup" if options.split(',').any(|option| option == "freezer") => Some((Version::One, place.into())),
        _ => None,
    }
}

impl Freezer {
    /// A new cgroup of the kind asked for, or of the newest there is.
    pub(crate) fn new(asked: Option<Version>) -> Result<Self, LabError> {
        let mut error = Missing::feature("a cgroup freezer", "none of this version is mounted").into();
        for (version, root) in roots() {
            if asked.is_some_and(|asked| asked != version) {
                continue;
            }
            match Self::at(version, root) {
                Ok(freezer) => return Ok(freezer),
                Err(why) => error = why,
            }
        }
        Err(error)
    }

    fn at(version: Version, root: PathBuf) -> Result<Self, LabError> {
        let group = root.join(format!("listenq-lab-{}", std::process::id()));
        fs::create_dir(&group).during("make", group.display())?;
        Ok(Self { version, root, group })
    }

    /// Puts a process into the cgroup and begins to freeze it.
    pub(crate) fn freeze(&self, pid: u32) -> Result<(), LabError> {
        write(&self.group.join("cgroup.procs"), &pid.to_string())?;
        self.set(true)
    }

    /// Thaws, puts the process back to the root and removes the cgroup. What fails here is
    /// already gone, or cannot be helped.
    pub(crate) fn thaw(&self, pid: u32) {
        let _ = self.set(false);
        let _ = write(&self.root.join("cgroup.procs"), &pid.to_string());
        let _ = fs::remove_dir(&self.group);
    }

    /// Tells when freezing is done.
    pub(crate) fn watch(&self) -> Watch {
        match self.version {
            Version::One => Watch {
                file: self.group.join("freezer.state"),
                word: "FROZEN",
            },
            Version::Two => Watch {
                file: self.group.join("cgroup.events"),
                word: "frozen 1",
            },
        }
    }

    fn set(&self, frozen: bool) -> Result<(), LabError> {
        match (self.version, frozen) {
            (Version::One, true) => write(&self.group.join("freezer.state"), "FROZEN"),
            (Version::One, false) => write(&self.group.join("freezer.state"), "THAWED"),
            (Version::Two, true) => write(&self.group.join("cgroup.freeze"), "1"),
            (Version::Two, false) => write(&self.group.join("cgroup.freeze"), "0"),
        }
    }
}

impl Watch {
    pub(crate) fn holds(&self) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|text| text.lines().any(|line| line == self.word))
    }
}

fn write(path: &Path, text: &str) -> Result<(), LabError> {
    fs::write(path, text).during("write", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_freezers_are_roots() {
        let two = "cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0";
        assert_eq!(root(two), Some((Version::Two, "/sys/fs/cgroup/unified".into())));
        let one = "cgroup /sys/fs/cgroup/freezer cgroup rw,relatime,freezer 0 0";
        assert_eq!(root(one), Some((Version::One, "/sys/fs/cgroup/freezer".into())));
        for line in ["cgroup /c/cpu cgroup rw,cpu 0 0", "tmpfs / tmpfs rw 0 0", "", "cgroup2"] {
            assert_eq!(root(line), None, "{line}");
        }
    }
}
