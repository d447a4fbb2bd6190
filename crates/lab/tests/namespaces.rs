//! Namespaces inside this process: what runs in them, their names, and when the kernel lets go.
#![expect(clippy::panic, reason = "a test's helpers")]

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, Instant};

use listenq_lab::{LabError, Namespace, has_link, skip_or_fail, veth_pair};

/// Gives the value, or `None` after saying what was missing for it.
fn or_skip<T>(test: &str, result: Result<T, LabError>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(LabError::Missing(missing)) => {
            skip_or_fail(test, &missing);
            None
        }
        Err(error) => panic!("{error}"),
    }
}

#[expect(clippy::disallowed_methods, reason = "a test's deadline")]
fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !condition() {
        assert!(begin.elapsed() < Duration::from_secs(10), "not within 10 s: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn work_runs_inside_and_this_thread_stays_outside() {
    let test = "work_runs_inside_and_this_thread_stays_outside";
    let Some(namespace) = or_skip(test, Namespace::new()) else {
        return;
    };
    let outside = fs::metadata("/proc/thread-self/ns/net").unwrap().ino();
    let inside = namespace
        .run(|| fs::metadata("/proc/thread-self/ns/net").unwrap().ino())
        .unwrap();
    assert_eq!(inside, namespace.inode().unwrap());
    assert_ne!(inside, outside);
    // The loopback interface is up, and a socket stays in its namespace wherever it is used.
    let listener = namespace.run(|| TcpListener::bind("127.0.0.1:0")).unwrap().unwrap();
    let address = listener.local_addr().unwrap();
    namespace.run(move || TcpStream::connect(address)).unwrap().unwrap();
    assert!(listener.accept().is_ok());
    assert!(TcpStream::connect(address).is_err(), "seen from outside");
}

#[test]
fn work_that_panics_is_told() {
    let Some(namespace) = or_skip("work_that_panics_is_told", Namespace::new()) else {
        return;
    };
    let panicked = namespace.run(|| panic!("on purpose"));
    assert!(matches!(panicked, Err(LabError::Gone { .. })));
    assert!(namespace.run(|| 1).is_err());
}

#[test]
fn a_name_alone_keeps_a_namespace() {
    let name = format!("listenq-lab-test-{}", std::process::id());
    let Some(namespace) = or_skip("a_name_alone_keeps_a_namespace", Namespace::named(&name)) else {
        return;
    };
    let inode = namespace.inode().unwrap();
    assert!(Namespace::named(&name).is_err(), "a name that is taken");
    let mount = namespace.into_mount().unwrap();
    assert_eq!(mount.inode().unwrap(), inode);
    let path = mount.path().to_owned();
    assert_eq!(path, std::path::Path::new("/run/netns").join(&name));
    drop(mount);
    assert!(!path.exists());
}

#[test]
fn a_namespace_that_ends_takes_its_veth_along() {
    let test = "a_namespace_that_ends_takes_its_veth_along";
    let Some(here) = or_skip(test, Namespace::new()) else {
        return;
    };
    let there = Namespace::new().unwrap();
    let Some(()) = or_skip(test, veth_pair(&here, &there, "lab0")) else {
        return;
    };
    assert!(has_link(&here, "lab0").unwrap() && has_link(&there, "lab0").unwrap());
    // A socket holds a namespace as its thread does; only when both are gone does it end.
    let socket = there.run(|| TcpListener::bind("127.0.0.1:0")).unwrap().unwrap();
    drop(there);
    assert!(has_link(&here, "lab0").unwrap());
    drop(socket);
    eventually("the veth is gone", || !has_link(&here, "lab0").unwrap());
}
