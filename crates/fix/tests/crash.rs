//! A listenq that is killed (SIGKILL) at each step of a change to real sockets: undo still knows what was done
//! (root only).
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]
#![expect(clippy::disallowed_methods, reason = "starts itself again, to be killed")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use fix::journal::state::{Judged, Now, State, in_question, judge};
use fix::journal::{self, History};
use fix::plan::undo::{self, Nothing};
use fix::present::Present;
use fix::{Apply, Host, Journal, OnTrouble, Plan, Trouble, carry_out};
use lab::Namespace;
use listenq_fix as fix;
use model::action::{Resize, SocketIdentity};
use model::{Action, NamespaceKey, Protocol};
use rustix::fs::fstat;
use rustix::net::sockopt;

/// What the process to be killed is told.
const PLAN: &str = "LISTENQ_TEST_PLAN";
const STOP_BEFORE: &str = "LISTENQ_TEST_STOP_BEFORE";
const STATES: &str = "LISTENQ_TEST_STATES";
const STOPPED: &str = "stopped here";

/// Carries out so many actions, then says so and waits to be killed.
struct Stopping {
    host: Host,
    actions: usize,
    before: usize,
    done: usize,
}

impl Apply for Stopping {
    fn apply(&mut self, action: &Action) -> Result<(), Trouble> {
        self.stop_if_due();
        self.host.apply(action)?;
        self.done += 1;
        if self.done == self.actions {
            self.stop_if_due();
        }
        Ok(())
    }
}

impl Stopping {
    fn stop_if_due(&self) {
        if self.done == self.before {
            let mut out = std::io::stdout();
            writeln!(out, "\n{STOPPED}").and_then(|()| out.flush()).unwrap();
            // Whoever is to kill this process may be gone, too.
            let _ = std::io::stdin().read(&mut [0]);
        }
    }
}

/// Not a test by itself: what the tests below start, to kill it.
#[test]
fn to_be_killed() {
    let Ok(plan) = std::env::var(PLAN) else {
        return;
    };
    let plan: Plan = serde_json::from_str(&plan).unwrap();
    let mut stopping = Stopping {
        host: Host::open(probe::Roots::default()).unwrap(),
        actions: plan.actions.len(),
        before: std::env::var(STOP_BEFORE).unwrap().parse().unwrap(),
        done: 0,
    };
    let mut journal = open(Path::new(&std::env::var_os(STATES).unwrap()));
    carry_out(&plan, &mut stopping, &mut journal, OnTrouble::TakeBack).unwrap();
    panic!("nobody has killed it");
}

fn boot_id() -> Option<String> {
    probe::sysctl::boot_id(Path::new("/proc"))
}

fn open(states: &Path) -> Journal {
    Journal::open(states, boot_id()).unwrap().patience(Duration::ZERO)
}

/// Two listeners in a namespace of their own, and a directory of states.
struct Scene {
    states: tempfile::TempDir,
    namespace: Namespace,
    listeners: Vec<TcpListener>,
}

impl Scene {
    fn new(test: &str) -> Option<Self> {
        if let Err(missing) = lab::require::root() {
            lab::skip_or_fail(test, &missing);
            return None;
        }
        // A namespace that only a thread is in can be found by its name alone.
        let name = format!("listenq-{test:.12}-{}", std::process::id());
        let namespace = Namespace::named(&name).unwrap();
        let listener = || {
            let bind = || {
                let listener = TcpListener::bind("127.0.0.1:0").unwrap();
                rustix::net::listen(&listener, 5).unwrap();
                listener
            };
            namespace.run(bind).unwrap()
        };
        Some(Self {
            states: tempfile::tempdir().unwrap(),
            listeners: vec![listener(), listener()],
            namespace,
        })
    }

    fn plan(&self) -> Plan {
        let action = |listener: &TcpListener| {
            Action::Resize(Resize {
                socket: SocketIdentity {
                    namespace: NamespaceKey::Inode(self.namespace.inode().unwrap()),
                    namespace_name: None,
                    protocol: Protocol::Tcp,
                    place: listener.local_addr().unwrap().to_string(),
                    inode: fstat(listener).unwrap().st_ino,
                    cookie: Some(sockopt::socket_cookie(listener).unwrap()),
                    owner: None,
                },
                from: 5,
                to: 512,
            })
        };
        Plan {
            command: "resize".into(),
            undoes: None,
            actions: self.listeners.iter().map(action).collect(),
        }
    }

    /// Lets a process carry out the plan and kills it after so many actions.
    fn kill_after(&self, plan: &Plan, actions: usize) {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["to_be_killed", "--exact", "--nocapture"])
            .env(PLAN, serde_json::to_string(plan).unwrap())
            .env(STOP_BEFORE, actions.to_string())
            .env(STATES, self.states.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let has_stopped = lines.map_while(Result::ok).any(|line| line == STOPPED);
        assert!(journal::is_busy(self.states.path()), "it holds the lock");
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(has_stopped, "it ended before it was killed");
        assert!(!journal::is_busy(self.states.path()), "the lock went with it");
    }

    fn history(&self) -> History {
        journal::read(self.states.path()).unwrap()
    }

    /// Oldest first.
    fn states(&self) -> Vec<State> {
        let history = self.history();
        let present = look(&history);
        let judged = judge(&history, boot_id().as_deref(), |action| present.now(action));
        judged.iter().rev().map(Judged::state).collect()
    }

    /// As `listenq undo` does it; how many actions were taken back.
    fn undo(&self) -> Result<usize, Nothing> {
        let history = self.history();
        let present = look(&history);
        let judged = judge(&history, boot_id().as_deref(), |action| present.now(action));
        let plan = undo::plan(undo::choose(&judged, None)?).plan;
        let mut host = Host::open(probe::Roots::default()).unwrap();
        let report = carry_out(&plan, &mut host, &mut open(self.states.path()), OnTrouble::Skip).unwrap();
        assert!(report.is_done(), "{report:?}");
        Ok(report.in_effect())
    }

    fn assert_as_before(&self) {
        let plan = self.plan();
        let mut host = Host::open(probe::Roots::default()).unwrap();
        let present = Present::look(&mut host, &plan.actions).unwrap();
        for action in &plan.actions {
            assert_eq!(present.now(action), Now::AsBefore, "{action}");
        }
    }
}

fn look(history: &History) -> Present {
    let mut host = Host::open(probe::Roots::default()).unwrap();
    let boot_id = boot_id();
    Present::look(&mut host, in_question(history, boot_id.as_deref())).unwrap()
}

#[test]
fn a_change_that_was_killed_at_any_step_can_be_undone() {
    for (actions, state) in [(0, State::NotDone), (1, State::InPart), (2, State::InEffect)] {
        let Some(scene) = Scene::new("a_change_that_was_killed_at_any_step_can_be_undone") else {
            return;
        };
        scene.kill_after(&scene.plan(), actions);
        assert!(scene.history().change(1).unwrap().end.is_none());
        assert_eq!(scene.states(), [state], "killed after {actions} actions");
        match actions {
            0 => assert_eq!(scene.undo(), Err(Nothing::NoneInEffect { count: 1 })),
            _ => assert_eq!(scene.undo(), Ok(actions)),
        }
        scene.assert_as_before();
        assert!(scene.undo().is_err(), "it is undone, and said to be");
    }
}

#[test]
fn an_undo_that_was_killed_at_any_step_can_be_finished() {
    for actions in 0..=2 {
        let Some(scene) = Scene::new("an_undo_that_was_killed_at_any_step_can_be_finished") else {
            return;
        };
        let plan = scene.plan();
        let mut host = Host::open(probe::Roots::default()).unwrap();
        let done = carry_out(&plan, &mut host, &mut open(scene.states.path()), OnTrouble::TakeBack).unwrap();
        assert!(done.is_done());
        let back = Plan {
            command: "undo".into(),
            undoes: Some(done.id),
            actions: plan.actions.iter().rev().map(Action::reversed).collect(),
        };
        scene.kill_after(&back, actions);
        let expected = [State::InEffect, State::InPart, State::Undone { by: 2 }][actions];
        assert_eq!(scene.states()[0], expected, "killed after {actions} actions");
        assert_eq!(scene.undo().ok(), [Some(2), Some(1), None][actions]);
        scene.assert_as_before();
        assert!(scene.undo().is_err());
    }
}
