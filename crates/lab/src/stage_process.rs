//! The stage process: enters the namespace, builds the scene, obeys orders, clears away.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, ExitCode, Stdio};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::event::PollFlags;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use serde::{Deserialize, Serialize};
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::clock::Deadline;
use crate::control::{Control, Incoming, first_ready};
use crate::error::{During, Failure, LabError};
use crate::facts::Facts;
use crate::settings::Settings;
use crate::site::Site;
use crate::{isolate, rtnetlink, spawn};

/// The whole request to a stage.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) scene: String,
    pub(crate) settings: Settings,
    pub(crate) hold: Duration,
    pub(crate) program: PathBuf,
}

/// What a caller orders.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Order {
    /// Start a command; its three standard streams travel beside the message.
    Start {
        arguments: Vec<OsString>,
        directory: PathBuf,
    },
}

/// What a stage tells its caller.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Report {
    Ready(Facts),
    Started(u32),
    /// A command ended, with the status of wait(2).
    Exited {
        pid: u32,
        status: i32,
    },
    /// The time of the scene is over.
    Over,
    Failed(Failure),
}

/// Plays a stage until its caller is gone or its time is over.
pub(crate) fn main() -> ExitCode {
    let Ok(mut control) = Control::from_stdin() else {
        return ExitCode::FAILURE;
    };
    let report = match play(&mut control) {
        Ok(()) => Report::Over,
        Err(error) => Report::Failed(error.into()),
    };
    let code = if matches!(report, Report::Over) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    };
    // A caller that is gone needs no report.
    let _ = control.send(&report);
    code
}

fn play(control: &mut Control) -> Result<(), LabError> {
    let request: Request = control.request("the caller")?;
    let scene = crate::find(&request.scene)?;
    let settings = request.settings.complete(scene.name, scene.parameters)?;
    scene.needs.iter().try_for_each(|need| need.check())?;
    isolate::enter()?;
    let end = signals()?;
    rtnetlink::loopback_up()?;
    let mut site = Site::new(scene.name, settings, &request.program);
    site.facts().netns = fs::metadata("/proc/self/ns/net")
        .during("look at", "the namespace")?
        .ino();
    (scene.build)(&mut site)?;
    control
        .send(&Report::Ready(site.facts().clone()))
        .during("tell", "the caller")?;
    let mut commands = Commands::default();
    hold(control, &end, Deadline::after(request.hold), &mut commands)
}

/// SIGTERM ends the stage in good order. SIGINT comes from a terminal and is meant for the
/// caller or for the command that runs attached: it is not the stage's business.
fn signals() -> Result<UnixStream, LabError> {
    let (end, write) = UnixStream::pair().during("make", "a socket pair")?;
    signal_hook::low_level::pipe::register(SIGTERM, write).during("take", "SIGTERM")?;
    signal_hook::flag::register(SIGINT, Arc::new(AtomicBool::new(false))).during("take", "SIGINT")?;
    Ok(end)
}

/// Obeys orders until the caller closes the control socket, SIGTERM, or the deadline.
fn hold(control: &mut Control, end: &UnixStream, deadline: Deadline, commands: &mut Commands) -> Result<(), LabError> {
    loop {
        let ready =
            first_ready(&[end.as_fd(), control.as_fd()], PollFlags::IN, deadline).during("wait for", "orders")?;
        if ready != Some(1) {
            return Ok(());
        }
        match control.receive(deadline).during("hear", "the caller")? {
            Incoming::Message(order) => obey(order, control, commands)?,
            Incoming::Closed | Incoming::Quiet => return Ok(()),
        }
    }
}

fn obey(order: Order, control: &mut Control, commands: &mut Commands) -> Result<(), LabError> {
    let Order::Start { arguments, directory } = order;
    // One after the other, also if one is missing: what belongs to this order must not stay.
    let streams = [(); 3].map(|()| control.take_descriptor().map_or_else(Stdio::null, Stdio::from));
    let child = spawn::program(&arguments, &directory, streams).during("start", format_args!("{arguments:?}"));
    let report = match child {
        Ok(child) => {
            let pid = child.id();
            // Told before it can exit: Started comes before Exited.
            control.send(&Report::Started(pid)).during("tell", "the caller")?;
            return commands.watch(child, control);
        }
        Err(error) => Report::Failed(error.into()),
    };
    control.send(&report).during("tell", "the caller")
}

/// The commands that run inside; dropping this kills those still running.
#[derive(Default)]
struct Commands {
    running: Arc<Mutex<BTreeMap<u32, Child>>>,
}

impl Commands {
    /// Has a thread wait for the command's end and report it.
    fn watch(&self, child: Child, control: &Control) -> Result<(), LabError> {
        let sender = control.sender().during("copy", "the control socket")?;
        let pid = child.id();
        let running = Arc::clone(&self.running);
        locked(&running).insert(pid, child);
        let watch = move || {
            wait_without_reaping(pid);
            // Reaped under the lock: nobody signals a pid that is free for others.
            let status = locked(&running).remove(&pid).map(|mut child| child.wait());
            if let Some(Ok(status)) = status {
                let _ = sender.send(&Report::Exited {
                    pid,
                    status: status.into_raw(),
                });
            }
        };
        std::thread::Builder::new().spawn(watch).during("start", "a watcher")?;
        Ok(())
    }
}

impl Drop for Commands {
    fn drop(&mut self) {
        for pid in locked(&self.running).keys() {
            if let Some(pid) = raw(*pid) {
                // It may have ended in the meantime.
                let _ = kill_process(pid, Signal::KILL);
            }
        }
    }
}

fn wait_without_reaping(pid: u32) {
    let Some(pid) = raw(pid) else { return };
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while matches!(waitid(WaitId::Pid(pid), options), Err(rustix::io::Errno::INTR)) {}
}

fn raw(pid: u32) -> Option<Pid> {
    i32::try_from(pid).ok().and_then(Pid::from_raw)
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
