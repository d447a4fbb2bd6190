//! `listenq lab`: lists the scenes, or builds one and says what to look at.

use std::io::{self, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitCode, ExitStatus};
use std::time::Duration;

use lab::{Launch, Scene, Stage};

use crate::cli::LabArgs;
use crate::exit::Exit;

/// How long a scene is held when nothing is said.
const HOLD: Duration = Duration::from_secs(30);

/// Runs the lab.
///
/// # Errors
/// An unknown scene or setting; a machine or user that lacks what the scene needs; a broken scene.
pub fn run(arguments: &LabArgs) -> anyhow::Result<ExitCode> {
    let Some(name) = &arguments.name else {
        list()?;
        return Ok(Exit::Fine.into());
    };
    let scene = lab::find(name)?;
    let mut stage = Stage::launch(&launch(scene, arguments)?)?;
    if arguments.command.is_empty() {
        let hold = arguments.hold.unwrap_or(HOLD);
        describe(&mut io::stdout().lock(), scene, &stage, hold)?;
        stage.wait()?;
        return Ok(Exit::Fine.into());
    }
    let status = stage.run_attached(&arguments.command)?;
    stage.finish()?;
    Ok(code(status))
}

fn launch(scene: &Scene, arguments: &LabArgs) -> anyhow::Result<Launch> {
    // With a command it is the command that ends the scene.
    let hold = if arguments.command.is_empty() {
        HOLD
    } else {
        lab::LONGEST_HOLD
    };
    let mut launch = Launch::new(std::env::current_exe()?, scene.name).hold(arguments.hold.unwrap_or(hold));
    for setting in &arguments.settings {
        launch.settings = launch.settings.set_text(setting)?;
    }
    Ok(launch)
}

fn list() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for scene in lab::scenes() {
        writeln!(out, "{:16} {}", scene.name, scene.summary)?;
        for parameter in scene.parameters {
            let (name, default, meaning) = (parameter.name, parameter.default, parameter.meaning);
            writeln!(
                out,
                "{:18} --set {name}={default}  {meaning} ({} to {})",
                "", parameter.min, parameter.max
            )?;
        }
    }
    out.flush()
}

fn describe(out: &mut dyn Write, scene: &Scene, stage: &Stage, hold: Duration) -> io::Result<()> {
    writeln!(out, "{}", scene.summary)?;
    for listener in &stage.facts().listeners {
        writeln!(out, "  {listener}")?;
    }
    writeln!(
        out,
        "Look at it from another terminal (it is in the namespace of process {}):",
        stage.pid()
    )?;
    for line in scene.look_at.lines() {
        writeln!(out, "  {line}")?;
    }
    writeln!(out, "It is held for {hold:?}; Ctrl-C ends it before.")?;
    out.flush()
}

/// The program's own code; 128 and the number of the signal for one that was killed, as shells have it.
fn code(status: ExitStatus) -> ExitCode {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX).into()
}
