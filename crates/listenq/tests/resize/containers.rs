//! Listeners of other network namespaces, seen from the host: named ones, those of a process, those of a container.

use std::net::TcpListener;
use std::path::PathBuf;

use lab::{Launch, Namespace, Stage};

use crate::owner::Owner;
use crate::run::{PROGRAM, is_root, limits, resize, resize_inside};

#[test]
fn a_named_namespace() {
    if !is_root("a_named_namespace") {
        return;
    }
    let namespace = Namespace::named("listenq-resize").unwrap();
    let _listener = namespace.run(|| TcpListener::bind("127.0.0.1:8080").unwrap()).unwrap();
    let one = "--port 8080 --netns listenq-resize";
    let said = resize(&format!("512 {one} --yes")).done();
    assert!(
        said.stdout.contains("127.0.0.1:8080 in listenq-resize"),
        "{}",
        said.stdout
    );
    assert_eq!(limits(one), [512]);
}

#[test]
fn the_namespace_of_a_process() {
    if !is_root("the_namespace_of_a_process") {
        return;
    }
    let stage = Stage::launch(&Launch::new(PROGRAM, "never-accept")).unwrap();
    let one = format!("--port 8080 --netns pid:{}", stage.pid());
    resize(&format!("512 {one} --yes")).done();
    assert_eq!(limits(&one), [512]);
}

/// An ordinary user's own: root of a user namespace resizes inside it.
#[test]
fn from_inside_a_user_namespace() {
    if let Err(missing) = lab::require::user_namespaces() {
        return lab::skip_or_fail("from_inside_a_user_namespace", &missing);
    }
    let stage = Stage::launch(&Launch::new(PROGRAM, "never-accept")).unwrap();
    resize_inside(&stage, "512 --port 8080 --netns self --yes").done();
    resize_inside(&stage, "512 --port 8080 --netns self --yes").refused(0, &["is 512 already"]);
}

/// The program in a directory that everybody may enter.
pub fn for_everybody(program: &str) -> (tempfile::TempDir, PathBuf) {
    use std::os::unix::fs::PermissionsExt as _;
    let open = std::fs::Permissions::from_mode(0o755);
    let directory = tempfile::tempdir().unwrap();
    std::fs::set_permissions(directory.path(), open.clone()).unwrap();
    let copy = directory.path().join("program");
    std::fs::copy(program, &copy).unwrap();
    std::fs::set_permissions(&copy, open).unwrap();
    (directory, copy)
}

/// As a rootless container has it: a user namespace of an ordinary user, and a network namespace that belongs to it.
#[test]
fn a_rootless_container_from_the_host() {
    if !is_root("a_rootless_container_from_the_host") {
        return;
    }
    let (_directory, program) = for_everybody(std::env::current_exe().unwrap().to_str().unwrap());
    let before = "setpriv --reuid=65534 --regid=65534 --clear-groups unshare --user --map-root-user --net";
    let before: Vec<&str> = before.split(' ').collect();
    let owner = Owner::through(&before, &program, "0.0.0.0:0 128");
    let inside = format!("/proc/{}/ns/user", owner.pid());
    assert_ne!(
        std::fs::read_link(inside).unwrap(),
        std::fs::read_link("/proc/self/ns/user").unwrap()
    );
    let one = format!("--process {}", owner.pid());
    let started = owner.started();
    resize(&format!("512 {one} --yes")).done();
    assert_eq!(limits(&one), [512]);
    let raised = resize(&format!("5000 {one} --yes --raise-somaxconn"));
    if raised.status == Some(0) {
        assert_eq!(limits(&one), [5000]);
    } else {
        // Up to Linux 6.1 such a namespace has no somaxconn.
        raised.refused(2, &["nobody can raise it"]);
        assert_eq!(limits(&one), [512]);
    }
    assert_eq!(owner.started(), started);
}
