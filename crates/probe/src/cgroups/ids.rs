//! From the id of a v2 control group, which every TCP socket keeps of its creator, to the group's path.
//!
//! The id is the inode of the group's directory (KERNEL.md 4.1), and both may be read without privilege: so the unit
//! behind a listener is known even where its owner may not be looked at, or has gone.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::DirEntryExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use model::Cgroup;

use crate::Roots;

/// The most groups that are looked at in one walk; far more than any host has.
const MOST: usize = 100_000;
/// Ids that are not found belong to groups that are gone, so looking again seldom helps.
const WALK_APART: Duration = Duration::from_secs(10);

/// The control groups of the v2 hierarchy by id.
#[derive(Debug)]
pub struct CgroupIds {
    root: Option<PathBuf>,
    groups: HashMap<u64, Arc<Cgroup>>,
    walked_at: Option<Duration>,
}

impl CgroupIds {
    /// Knows nothing yet; the hierarchy is looked for below the cgroup root.
    pub fn new(roots: &Roots) -> Self {
        Self {
            root: unified_root(&roots.cgroup),
            groups: HashMap::new(),
            walked_at: None,
        }
    }

    /// Walks the hierarchy if one of the ids is not known, but not more often than every ten seconds.
    pub fn refresh(&mut self, mut wanted: impl Iterator<Item = u64>, now: Duration) {
        let is_apart = self.walked_at.is_none_or(|at| now.saturating_sub(at) >= WALK_APART);
        let Some(root) = &self.root else { return };
        if is_apart && wanted.any(|id| !self.groups.contains_key(&id)) {
            self.groups = walk(root);
            self.walked_at = Some(now);
        }
    }

    /// The group with this id; `None` when it is gone, or is the root, which tells nothing.
    pub fn get(&self, id: u64) -> Option<Arc<Cgroup>> {
        self.groups.get(&id).cloned()
    }
}

/// Where the v2 hierarchy is mounted: at the root itself, or beside v1 in the hybrid layout of systemd.
fn unified_root(cgroup: &Path) -> Option<PathBuf> {
    let candidates = [cgroup.to_owned(), cgroup.join("unified")];
    candidates
        .into_iter()
        .find(|root| root.join("cgroup.controllers").exists())
}

fn walk(root: &Path) -> HashMap<u64, Arc<Cgroup>> {
    let mut groups = HashMap::new();
    let mut unread = vec![root.to_owned()];
    while let Some(directory) = unread.pop() {
        // A group that is removed meanwhile is simply not found.
        let Ok(entries) = fs::read_dir(&directory) else {
            continue;
        };
        for entry in entries
            .flatten()
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        {
            if groups.len() >= MOST {
                return groups;
            }
            let path = entry.path();
            if let Ok(below) = path.strip_prefix(root) {
                let cgroup = Cgroup::from_path(&format!("/{}", below.to_string_lossy()));
                groups.insert(entry.ino(), Arc::new(cgroup));
            }
            unread.push(path);
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    const NOW: Duration = Duration::from_secs(100);

    fn tree(unified: &str, group: &str) -> (tempfile::TempDir, Roots) {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join(unified);
        fs::create_dir_all(root.join(group)).unwrap();
        fs::write(root.join("cgroup.controllers"), "memory pids\n").unwrap();
        let roots = Roots {
            cgroup: directory.path().to_owned(),
            ..Roots::default()
        };
        (directory, roots)
    }

    #[test]
    fn the_inode_of_the_directory_is_the_id_in_both_layouts() {
        for unified in ["", "unified"] {
            let (directory, roots) = tree(unified, "system.slice/nginx.service");
            let path = directory.path().join(unified).join("system.slice/nginx.service");
            let id = fs::metadata(path).unwrap().ino();
            let mut ids = CgroupIds::new(&roots);
            ids.refresh([id].into_iter(), NOW);
            let cgroup = ids.get(id).unwrap();
            assert_eq!(&*cgroup.path, "/system.slice/nginx.service");
            assert_eq!(cgroup.unit.as_deref(), Some("nginx.service"));
        }
    }

    #[test]
    fn groups_that_come_later_are_found_at_the_next_walk() {
        let (directory, roots) = tree("", "system.slice");
        let mut ids = CgroupIds::new(&roots);
        ids.refresh([1].into_iter(), NOW);
        let late = directory.path().join("late.service");
        fs::create_dir(&late).unwrap();
        let id = fs::metadata(&late).unwrap().ino();
        ids.refresh([id].into_iter(), NOW + Duration::from_secs(9));
        assert!(ids.get(id).is_none(), "walked again too soon");
        ids.refresh([id].into_iter(), NOW + WALK_APART);
        assert!(ids.get(id).is_some());
    }

    #[test]
    fn without_a_v2_hierarchy_nothing_is_known() {
        let directory = tempfile::tempdir().unwrap();
        let roots = Roots {
            cgroup: directory.path().to_owned(),
            ..Roots::default()
        };
        let mut ids = CgroupIds::new(&roots);
        ids.refresh([1].into_iter(), NOW);
        assert!(ids.get(1).is_none());
    }
}
