//! A watch keeps a netlink socket in every namespace, but no namespace alive (root only).
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]
#![expect(clippy::disallowed_methods, reason = "starts the real program, and has deadlines")]

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use lab::{LabError, Namespace, has_link, veth_pair};

/// The promise, and the reason why the list of namespaces is looked at every five seconds.
const LET_GO_WITHIN: Duration = Duration::from_secs(10);
const NAME: &str = "a_deleted_namespace_takes_its_veth_along_under_watch";

struct Watch(Child);

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whether the watch shows a listener of the namespace, so that its netlink socket is in there.
fn shows(watch: &mut Watch, inode: u64) -> bool {
    let field = format!("\"netns\":{inode}");
    let lines = BufReader::new(watch.0.stdout.take().unwrap()).lines();
    lines
        .take(10_000)
        .map_while(Result::ok)
        .any(|line| line.contains(&field))
}

/// An interval far above ten seconds: the namespace has to be let go between two samples, too.
#[test]
fn a_deleted_namespace_takes_its_veth_along_under_watch() {
    if let Err(missing) = lab::require::root() {
        return lab::skip_or_fail(NAME, &missing);
    }
    let here = Namespace::new().unwrap();
    let there = Namespace::named("listenq-veth").unwrap();
    match veth_pair(&here, &there, "listenq-v0") {
        Err(LabError::Missing(missing)) => return lab::skip_or_fail(NAME, &missing),
        result => result.unwrap(),
    }
    let listener = there.run(|| TcpListener::bind("127.0.0.1:0").unwrap()).unwrap();

    let mut command = Command::new(env!("CARGO_BIN_EXE_listenq"));
    command
        .args(["--watch", "1h", "-o", "ndjson"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut watch = Watch(command.spawn().unwrap());
    assert!(
        shows(&mut watch, there.inode().unwrap()),
        "the watch has not seen the namespace"
    );

    drop(listener);
    drop(there);
    let end = Instant::now() + LET_GO_WITHIN;
    while has_link(&here, "listenq-v0").unwrap() {
        assert!(watch.0.try_wait().unwrap().is_none(), "the watch has ended");
        assert!(Instant::now() < end, "the namespace is still held");
        std::thread::sleep(Duration::from_millis(20)); // only to poll less often
    }
}
