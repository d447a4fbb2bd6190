//! How `run` ends: as its program, or with a status of its own; and what its streams are.

use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::harness::{run, server};
use crate::support::{assert_refused, listenq, text};

const SHELL: &str = "/bin/sh";

fn shell(script: &str) -> Command {
    run(&["--backlog", "512"], Path::new(SHELL), &["-c", script])
}

#[test]
fn the_status_is_the_programs() {
    for code in [0, 1, 2, 3, 125, 255] {
        assert_eq!(shell(&format!("exit {code}")).status().unwrap().code(), Some(code));
    }
}

#[test]
fn a_signal_that_ends_the_program_ends_run_too() {
    for signal in [1, 2, 6, 9, 11, 13, 15] {
        let status = shell(&format!("kill -{signal} $$")).status().unwrap();
        assert_eq!(
            (status.signal(), status.core_dumped()),
            (Some(signal), false),
            "{status:?}"
        );
    }
}

#[test]
fn what_cannot_be_executed() {
    let directory = tempfile::tempdir().unwrap();
    let garbage = directory.path().join("garbage");
    std::fs::write(&garbage, "\x7fELF garbage").unwrap();
    for (program, status, why) in [
        (Path::new("no-such-program"), 127, "No such file or directory"),
        (Path::new("/no/such/program"), 127, "No such file or directory"),
        (directory.path(), 126, "Permission denied"),
        (&garbage, 126, "Permission denied"),
    ] {
        // A directory of PATH that may not be entered would be the reason.
        let mut command = run(&["-q", "--backlog", "5"], program, &[]);
        let output = command.env("PATH", "/usr/bin:/bin").output().unwrap();
        assert_eq!(output.status.code(), Some(status), "{program:?}");
        let said = text(&output.stderr);
        let last = said.lines().last().unwrap();
        assert!(
            last.starts_with(&format!("listenq: run: {}: {why}", program.display())),
            "{said}"
        );
    }
}

/// As execvp(3) and env(1): a file without a head that the kernel knows is a script for the shell.
#[test]
fn a_script_without_an_interpreter_is_the_shells() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let script = directory.path().join("script");
    std::fs::write(&script, "echo hello; exit 3\n").unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let output = run(&["--backlog", "5"], &script, &[]).output().unwrap();
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(3), "hello\n"));
}

#[test]
fn wrong_usage_is_a_failure_of_its_own() {
    for arguments in [
        &["run"][..],
        &["run", "--backlog", "5"],
        &["run", "--backlog", "0", "true"],
        &["run", "--backlog", "-1", "true"],
        &["run", "--backlog", "2147483648", "true"],
        &["run", "--backlog", "many", "true"],
        &["run", "--min", "0", "true"],
        &["run", "--backlog", "5", "--min", "6", "true"],
        &["--color", "never", "run", "--no-such", "true"],
        &["run", "true"],
    ] {
        let output = listenq().args(arguments).env_remove("LISTENQ").output().unwrap();
        assert_refused(&output, 125);
    }
    let said = assert_refused(
        &listenq().args(["run", "true"]).env_remove("LISTENQ").output().unwrap(),
        125,
    );
    assert!(said.contains("LISTENQ=N"), "{said}");
    let output = listenq().args(["run", "true"]).env("LISTENQ", "0x10").output().unwrap();
    let said = assert_refused(&output, 125);
    assert!(said.contains("LISTENQ: `0x10` is no backlog"), "{said}");
}

#[test]
fn stdin_and_stdout_are_the_programs() {
    let mut command = run(&["-q", "--backlog", "5"], Path::new("/bin/cat"), &[]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"through").unwrap();
    let mut through = String::new();
    child.stdout.take().unwrap().read_to_string(&mut through).unwrap();
    assert_eq!((through.as_str(), child.wait().unwrap().code()), ("through", Some(0)));
}

/// What a pipe's reader waits for is the program, though listenq still runs.
#[test]
fn a_stream_that_the_program_closes_is_closed() {
    let mut command = shell("exec >&-; read line; exit 4");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut rest = String::new();
    child.stdout.take().unwrap().read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"\n").unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(4));
}

/// A descriptor above the standard ones too, as s6 and others use to be told that a program is ready.
#[test]
fn other_descriptors_are_inherited_by_the_program_alone() {
    let program = env!("CARGO_BIN_EXE_listenq");
    let inner = "echo through >&3; exec 3>&-; read line";
    let script = format!("'{program}' run -q --backlog 5 sh -c '{inner}' 3>&1 >/dev/null 1>&2");
    let mut command = Command::new(SHELL);
    command.args(["-c", &format!("exec {script}")]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut through = String::new();
    child.stdout.take().unwrap().read_to_string(&mut through).unwrap();
    assert_eq!(through, "through\n");
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"\n").unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// systemd ignores SIGPIPE for its services (`IgnoreSIGPIPE=`), Rust's runtime for its programs.
#[test]
fn ignored_and_blocked_signals_are_as_they_were() {
    let program = env!("CARGO_BIN_EXE_listenq");
    let lines = |prefix: &str| {
        let script = format!("{prefix} grep -E '^(SigIgn|SigBlk):' /proc/self/status");
        let output = Command::new(SHELL).args(["-c", &script]).output().unwrap();
        text(&output.stdout).to_owned()
    };
    for setting in ["", "trap '' PIPE;", "trap '' CHLD;", "trap '' HUP INT;"] {
        let without = lines(setting);
        assert_eq!(without.lines().count(), 2);
        assert_eq!(
            lines(&format!("{setting} '{program}' run -q --backlog 5")),
            without,
            "{setting}"
        );
    }
}

#[test]
fn no_new_privs_only_where_it_must_be() {
    let Some(server) = server("no-new-privs") else { return };
    let output = run(&["--backlog", "512"], &server, &["tcp", "listen:5"])
        .output()
        .unwrap();
    let said = text(&output.stderr);
    let is_root = lab::require::root().is_ok();
    assert_eq!(
        said.contains("no_new_privs: setuid programs gain no rights below it"),
        !is_root,
        "{said}"
    );
    let output = run(
        &["-q", "--backlog", "5"],
        Path::new("/bin/grep"),
        &["NoNewPrivs", "/proc/self/status"],
    );
    let output = { output }.output().unwrap();
    assert_eq!(
        text(&output.stdout).trim(),
        format!("NoNewPrivs:\t{}", u8::from(!is_root))
    );
}
