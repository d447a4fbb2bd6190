//! What `listenq capabilities` says is tried: the line it advises is run, and then brings what it promises.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]
#![expect(clippy::disallowed_methods, reason = "starts the real program")]

use std::fs::{self, Permissions};
use std::io::ErrorKind;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use lab::{Missing, Namespace};
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_listenq");

/// The program in a directory that everybody may enter, as an installed one is.
fn installed(directory: &Path) -> PathBuf {
    fs::set_permissions(directory, Permissions::from_mode(0o755)).unwrap();
    let program = directory.join("listenq");
    fs::copy(PROGRAM, &program).unwrap();
    fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    program
}

/// What it prints for the user nobody, who has no capability but those of the file.
fn as_nobody(program: &Path, arguments: &[&str]) -> String {
    let output = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"])
        .arg(program)
        .args(arguments)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn feature<'a>(document: &'a Value, name: &str) -> &'a Value {
    let mut features = document["features"].as_array().unwrap().iter();
    features.find(|feature| feature["name"] == name).unwrap()
}

fn is_there(program: &str) -> Result<(), Missing> {
    match Command::new(program).arg("--version").output() {
        Err(error) if error.kind() == ErrorKind::NotFound => Err(Missing {
            what: program.to_owned(),
            reason: "it is not installed".to_owned(),
            privilege: false,
        }),
        _ => Ok(()),
    }
}

#[test]
fn root_lacks_nothing_that_can_be_granted() {
    if let Err(missing) = lab::require::root() {
        return lab::skip_or_fail("root_lacks_nothing_that_can_be_granted", &missing);
    }
    let output = Command::new(PROGRAM)
        .args(["capabilities", "-o", "json"])
        .output()
        .unwrap();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    for name in ["tcp", "unix", "half-open", "counters", "sysctls", "entering", "lab"] {
        assert_eq!(feature(&document, name)["status"], "ok", "{document}");
    }
}

#[test]
fn the_line_with_setcap_brings_what_is_missing() {
    const NAME: &str = "the_line_with_setcap_brings_what_is_missing";
    let needed = lab::require::root()
        .and_then(|()| is_there("setcap"))
        .and_then(|()| is_there("setpriv"));
    if let Err(missing) = needed {
        return lab::skip_or_fail(NAME, &missing);
    }
    let directory = tempfile::tempdir().unwrap();
    let program = installed(directory.path());
    let elsewhere = Namespace::named("listenq-setcap").unwrap();
    let listener = elsewhere.run(|| TcpListener::bind("127.0.0.1:0").unwrap()).unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let limit = ["--port", &port, "--get", "accept_queue.limit"];

    let before: Value = serde_json::from_str(&as_nobody(&program, &["capabilities", "-o", "json"])).unwrap();
    assert_eq!(feature(&before, "entering")["status"], "unavailable", "{before}");
    // Only a thread of this process is in that namespace: nothing of it shows without entering.
    assert_eq!(as_nobody(&program, &limit), "");

    let line = before["grants"][0]["lines"][0].as_str().unwrap();
    let advised = line.strip_prefix("sudo ").unwrap();
    let given = Command::new("sh").args(["-c", advised]).output().unwrap();
    assert!(given.status.success(), "{advised}: {given:?}");

    let after: Value = serde_json::from_str(&as_nobody(&program, &["capabilities", "-o", "json"])).unwrap();
    assert_eq!(feature(&after, "entering")["status"], "ok", "{after}");
    assert_eq!(after["grants"], serde_json::json!([]), "{after}");
    // The limit that std asks for: -1 where it can, which is somaxconn, else 128.
    assert!(as_nobody(&program, &limit).trim().parse::<u32>().unwrap() >= 128);
}

#[test]
fn an_ordinary_user_is_told_what_brings_the_rest() {
    let output = Command::new(PROGRAM).arg("capabilities").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let is_root = lab::require::root().is_ok();
    assert_eq!(text.contains("sudo setcap cap_sys_admin,"), !is_root, "{text}");
}
