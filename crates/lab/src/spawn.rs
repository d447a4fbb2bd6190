//! Starting programs: the only place of the lab that does.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde::Serialize;

use crate::control::Control;
use crate::error::{During, LabError};

/// Starts `program` again as `part` (stage or actor), which does what `request` says. The
/// request goes over the control socket: an argument may have 128 KiB only (`MAX_ARG_STRLEN`).
/// `name` is there for whoever looks at the process list.
///
/// An actor gets a process group of its own, so that a Ctrl-C at the terminal reaches the
/// caller only: the stage must live long enough to clean up.
pub(crate) fn part(
    program: &Path,
    part: &str,
    name: &str,
    request: &impl Serialize,
) -> Result<(Child, Control), LabError> {
    let (control, theirs) = Control::pair().during("make", "a control socket")?;
    let mut command = command(program.as_os_str());
    command.args([part, name]).stdin(theirs);
    if part == crate::ACTOR {
        command.process_group(0);
    }
    let mut child = command.spawn().during("start", program.display())?;
    // Our copy of the other end must go, or we would never see it close.
    drop(command);
    if let Err(error) = control.send(request).during("instruct", name) {
        // The program does not call main_if_asked, or died at once.
        let _ = child.kill();
        let _ = child.wait();
        return Err(error);
    }
    Ok((child, control))
}

/// Starts a program of the user in a directory, with these three standard streams.
pub(crate) fn program(arguments: &[OsString], directory: &Path, streams: [Stdio; 3]) -> io::Result<Child> {
    let (program, arguments) = arguments
        .split_first()
        .ok_or_else(|| io::Error::other("no program named"))?;
    let [stdin, stdout, stderr] = streams;
    let mut command = command(program);
    command.args(arguments).current_dir(directory);
    command.stdin(stdin).stdout(stdout).stderr(stderr).spawn()
}

/// Runs a helper program of the system to its end.
pub(crate) fn run(program: &str, arguments: &[&str]) -> io::Result<Output> {
    command(program.as_ref()).args(arguments).stdin(Stdio::null()).output()
}

#[expect(clippy::disallowed_methods, reason = "the lab's own; see clippy.toml")]
fn command(program: &OsStr) -> Command {
    Command::new(program)
}
