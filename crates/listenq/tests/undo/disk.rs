//! A journal that cannot be written: nothing is changed.

use std::fs;
use std::path::PathBuf;

use rustix::mount::{MountFlags, UnmountFlags, mount, mount_remount, unmount};

use crate::scene::{BEFORE, Scene};
use crate::support::text;

/// The directory of states on a file system of two pages.
struct Small(PathBuf);

impl Small {
    fn new(scene: &Scene) -> Self {
        let path = scene.states();
        fs::create_dir(&path).unwrap();
        mount("tmpfs", &path, "tmpfs", MountFlags::empty(), c"size=8k").unwrap();
        Self(path)
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = unmount(&self.0, UnmountFlags::DETACH);
    }
}

#[test]
fn a_full_or_read_only_disk_changes_nothing() {
    let Some(scene) = Scene::new("disk") else {
        return;
    };
    let small = Small::new(&scene);
    fs::write(small.0.join("filler"), vec![0; 8192]).unwrap();
    let full = scene.resize(512).output().unwrap();
    assert_eq!(full.status.code(), Some(2));
    let said = text(&full.stderr);
    assert!(said.starts_with("listenq: nothing was changed: "), "{said}");
    assert!(said.contains("No space left on device"), "{said}");
    assert_eq!(scene.limit(), BEFORE);

    fs::remove_file(small.0.join("filler")).unwrap();
    mount_remount(&small.0, MountFlags::RDONLY, c"").unwrap();
    let read_only = scene.resize(512).output().unwrap();
    assert_eq!(read_only.status.code(), Some(2));
    assert!(
        text(&read_only.stderr).contains("Read-only file system"),
        "{read_only:?}"
    );
    assert_eq!(scene.limit(), BEFORE);
    assert_eq!(scene.logged(), Vec::<String>::new());
}
