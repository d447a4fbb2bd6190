//! The caller's side of a stage: starting it, its facts, commands inside it, its end.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, PipeReader, Read};
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, ExitStatus, Output};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::event::PollFlags;
use rustix::process::{Pid, Signal};

use crate::clock::{Deadline, wait_until};
use crate::control::{Control, Incoming, first_ready};
use crate::error::{During, LabError};
use crate::facts::Facts;
use crate::settings::Settings;
use crate::spawn;
use crate::stage_process::{Order, Report, Request};

/// How long a stage may take to be ready: 100,000 connections take 20 s, a condition 10 s.
const LAUNCH_LIMIT: Duration = Duration::from_secs(120);
/// How long a stage may take to clear itself away before it is killed.
const FINISH_LIMIT: Duration = Duration::from_secs(10);
/// How long [`Stage::run_inside`] lets a command run.
const COMMAND_LIMIT: Duration = Duration::from_secs(60);

/// What to put on a stage.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The program that calls [`crate::main_if_asked`] first.
    pub program: PathBuf,
    /// The scene's name.
    pub scene: String,
    /// The settings that differ from the scene's defaults.
    pub settings: Settings,
    /// How long the stage holds the scene at most; no longer than [`crate::LONGEST_HOLD`].
    pub hold: Duration,
}

impl Launch {
    /// A scene with its defaults, played by `program` and held for 30 s.
    pub fn new(program: impl Into<PathBuf>, scene: &str) -> Self {
        Self {
            program: program.into(),
            scene: scene.into(),
            settings: Settings::new(),
            hold: Duration::from_secs(30),
        }
    }

    /// The same with one setting.
    #[must_use]
    pub fn set(mut self, name: &str, value: u32) -> Self {
        self.settings = self.settings.set(name, value);
        self
    }

    /// The same, held for another time.
    #[must_use]
    pub fn hold(mut self, hold: Duration) -> Self {
        self.hold = hold;
        self
    }
}

/// A running scene. It ends when this is dropped, when its time is over, or when the calling
/// process ends, whichever comes first; nothing is left behind.
#[derive(Debug)]
pub struct Stage {
    child: Child,
    facts: Facts,
    line: Mutex<Option<Line>>,
}

/// The control socket, and reports that came while another was waited for.
#[derive(Debug)]
struct Line {
    control: Control,
    exits: BTreeMap<u32, i32>,
}

/// A command that runs inside a stage. It is killed with the stage.
#[derive(Debug)]
pub struct Inside<'stage> {
    stage: &'stage Stage,
    pid: u32,
    stdout: PipeReader,
    stderr: PipeReader,
}

impl Stage {
    /// Starts a stage and returns once its scene is ready.
    ///
    /// # Errors
    /// An unknown scene or setting; [`LabError::Missing`] where the machine or the user lacks
    /// what the scene needs; [`LabError::NotReady`]; or a system call that failed.
    pub fn launch(launch: &Launch) -> Result<Self, LabError> {
        let scene = crate::find(&launch.scene)?;
        launch.settings.complete(scene.name, scene.parameters)?;
        let request = Request {
            scene: launch.scene.clone(),
            settings: launch.settings.clone(),
            hold: launch.hold.min(crate::LONGEST_HOLD),
            program: launch.program.clone(),
        };
        let (child, control) = spawn::part(&launch.program, crate::STAGE, scene.name, &request)?;
        let line = Line {
            control,
            exits: BTreeMap::new(),
        };
        // From here on the stage is cleared away by Drop, whatever happens.
        let mut stage = Self {
            child,
            facts: Facts::default(),
            line: Mutex::new(Some(line)),
        };
        match stage.report(Deadline::after(LAUNCH_LIMIT))? {
            Report::Ready(facts) => stage.facts = facts,
            Report::Failed(failure) => return Err(failure.into()),
            other => return Err(out_of_turn(&other)),
        }
        Ok(stage)
    }

    /// The process whose namespace the scene is in (`/proc/PID/ns/net`).
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What the scene set up.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Runs a command in the stage's namespace to its end and returns what it printed. Its
    /// standard input is empty.
    ///
    /// # Errors
    /// A command that cannot be started or runs for more than a minute; a stage that has ended.
    pub fn run_inside<S: AsRef<OsStr>>(&self, command: impl IntoIterator<Item = S>) -> Result<Output, LabError> {
        self.start_inside(command)?.output(COMMAND_LIMIT)
    }

    /// Starts a command in the stage's namespace. Its standard input is empty.
    ///
    /// # Errors
    /// A command that cannot be started; a stage that has ended.
    pub fn start_inside<S: AsRef<OsStr>>(&self, command: impl IntoIterator<Item = S>) -> Result<Inside<'_>, LabError> {
        let (stdout, its_stdout) = io::pipe().during("make", "a pipe")?;
        let (stderr, its_stderr) = io::pipe().during("make", "a pipe")?;
        let nothing = File::open("/dev/null").during("open", "/dev/null")?;
        let pid = self.start(command, [&nothing, &its_stdout, &its_stderr])?;
        Ok(Inside {
            stage: self,
            pid,
            stdout,
            stderr,
        })
    }

    /// Runs a command in the stage's namespace with the caller's own standard streams, for as
    /// long as it takes. Ctrl-C is left to the command.
    ///
    /// # Errors
    /// A command that cannot be started; a stage that has ended.
    pub fn run_attached<S: AsRef<OsStr>>(&self, command: impl IntoIterator<Item = S>) -> Result<ExitStatus, LabError> {
        let swallow = Arc::new(AtomicBool::new(false));
        let handler = signal_hook::flag::register(signal_hook::consts::SIGINT, swallow).during("take", "SIGINT")?;
        let pid = self.start(command, [&io::stdin(), &io::stdout(), &io::stderr()]);
        let status = pid.and_then(|pid| self.exit_of(pid, crate::LONGEST_HOLD));
        signal_hook::low_level::unregister(handler);
        status
    }

    /// Waits until the stage's time is over.
    ///
    /// # Errors
    /// A stage that broke.
    pub fn wait(&mut self) -> Result<(), LabError> {
        match self.report(Deadline::after(crate::LONGEST_HOLD))? {
            Report::Over => Ok(()),
            Report::Failed(failure) => Err(failure.into()),
            other => Err(out_of_turn(&other)),
        }
    }

    /// Clears the scene away and waits until nothing is left of it.
    ///
    /// # Errors
    /// A stage that did not end by itself and had to be killed.
    pub fn finish(mut self) -> Result<(), LabError> {
        self.end()
    }

    fn end(&mut self) -> Result<(), LabError> {
        // The closed control socket is the order to end.
        *self.locked() = None;
        let who = self.child.id();
        let child = &mut self.child;
        if wait_until(FINISH_LIMIT, || child.try_wait().map(|status| status.is_some()))
            .during("wait for", "the stage")?
        {
            return Ok(());
        }
        child.kill().during("kill", "the stage")?;
        child.wait().during("wait for", "the stage")?;
        Err(LabError::Gone {
            who: format!("stage {who}"),
            what: "had to be killed".into(),
        })
    }

    fn start<S: AsRef<OsStr>>(
        &self,
        command: impl IntoIterator<Item = S>,
        streams: [&dyn AsFdObject; 3],
    ) -> Result<u32, LabError> {
        let arguments: Vec<OsString> = command
            .into_iter()
            .map(|argument| argument.as_ref().to_owned())
            .collect();
        let directory = std::env::current_dir().during("ask for", "the working directory")?;
        let order = Order::Start { arguments, directory };
        let mut guard = self.locked();
        let line = guard.as_mut().ok_or_else(ended)?;
        line.control
            .send_with(&order, &streams.map(AsFdObject::descriptor))
            .during("order", "the stage")?;
        match line.next(Deadline::after(FINISH_LIMIT))? {
            Report::Started(pid) => Ok(pid),
            Report::Failed(failure) => Err(failure.into()),
            other => Err(out_of_turn(&other)),
        }
    }

    fn exit_of(&self, pid: u32, limit: Duration) -> Result<ExitStatus, LabError> {
        let deadline = Deadline::after(limit);
        let mut guard = self.locked();
        let line = guard.as_mut().ok_or_else(ended)?;
        loop {
            if let Some(status) = line.exits.remove(&pid) {
                return Ok(ExitStatus::from_raw(status));
            }
            let report = line.receive(deadline)?;
            if !line.noted(&report) {
                return Err(out_of_turn(&report));
            }
        }
    }

    fn report(&self, deadline: Deadline) -> Result<Report, LabError> {
        self.locked().as_mut().ok_or_else(ended)?.next(deadline)
    }

    fn locked(&self) -> MutexGuard<'_, Option<Line>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // Whoever wants to know how it ended calls finish().
        let _ = self.end();
    }
}

impl Line {
    /// The next report that is not the exit of a command; exits are noted for later.
    fn next(&mut self, deadline: Deadline) -> Result<Report, LabError> {
        loop {
            let report = self.receive(deadline)?;
            if !self.noted(&report) {
                return Ok(report);
            }
        }
    }

    fn noted(&mut self, report: &Report) -> bool {
        let Report::Exited { pid, status } = *report else {
            return false;
        };
        self.exits.insert(pid, status);
        true
    }

    fn receive(&mut self, deadline: Deadline) -> Result<Report, LabError> {
        match self.control.receive(deadline).during("hear", "the stage")? {
            Incoming::Message(report) => Ok(report),
            Incoming::Closed => Err(ended()),
            Incoming::Quiet => Err(LabError::Gone {
                who: "the stage".into(),
                what: "did not answer in time".into(),
            }),
        }
    }
}

impl Inside<'_> {
    /// The command's process id.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// What the command prints to standard output, as it comes.
    pub fn stdout(&mut self) -> &mut PipeReader {
        &mut self.stdout
    }

    /// Asks the command to end as Ctrl-C would.
    ///
    /// # Errors
    /// A command that is gone already.
    pub fn interrupt(&self) -> Result<(), LabError> {
        self.signal(Signal::INT)
    }

    /// Waits until the command ends, for `limit` at most, and returns what it printed and
    /// nobody has read yet. A command that does not end is killed.
    ///
    /// # Errors
    /// A command that had to be killed; a stage that has ended.
    pub fn output(mut self, limit: Duration) -> Result<Output, LabError> {
        let deadline = Deadline::after(limit);
        let (stdout, stderr) = read_both(&mut self.stdout, &mut self.stderr, deadline)
            .during("read from", format_args!("process {}", self.pid))?;
        match self.stage.exit_of(self.pid, deadline.left()) {
            Ok(status) => Ok(Output { status, stdout, stderr }),
            Err(error) => {
                // Already gone is as good.
                let _ = self.signal(Signal::KILL);
                Err(error)
            }
        }
    }

    fn signal(&self, signal: Signal) -> Result<(), LabError> {
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw).ok_or_else(ended)?;
        rustix::process::kill_process(pid, signal).during("signal", self.pid)
    }
}

/// Reads two pipes to their ends, or as far as they come before the deadline.
fn read_both(stdout: &mut PipeReader, stderr: &mut PipeReader, deadline: Deadline) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let mut texts = (Vec::new(), Vec::new());
    let (mut stdout, mut stderr) = (Some(stdout), Some(stderr));
    while stdout.is_some() || stderr.is_some() {
        let open: Vec<_> = [&stdout, &stderr].into_iter().flatten().map(AsFd::as_fd).collect();
        let Some(place) = first_ready(&open, PollFlags::IN, deadline)? else {
            break;
        };
        let first = place == 0 && stdout.is_some();
        let (pipe, text) = if first {
            (&mut stdout, &mut texts.0)
        } else {
            (&mut stderr, &mut texts.1)
        };
        let mut bytes = [0; 16 << 10];
        let got = pipe.as_mut().map_or(Ok(0), |pipe| pipe.read(&mut bytes))?;
        text.extend(bytes.get(..got).unwrap_or_default());
        if got == 0 {
            *pipe = None;
        }
    }
    Ok(texts)
}

/// [`AsFd`] for streams of different types in one array.
trait AsFdObject {
    fn descriptor(&self) -> std::os::fd::BorrowedFd<'_>;
}

impl<T: AsFd> AsFdObject for T {
    fn descriptor(&self) -> std::os::fd::BorrowedFd<'_> {
        self.as_fd()
    }
}

fn ended() -> LabError {
    LabError::Gone {
        who: "the stage".into(),
        what: "has ended".into(),
    }
}

fn out_of_turn(report: &Report) -> LabError {
    let what = match report {
        Report::Over => "has ended: its time is over".into(),
        other => format!("answered out of turn: {other:?}"),
    };
    LabError::Gone {
        who: "the stage".into(),
        what,
    }
}
