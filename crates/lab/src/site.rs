//! What a scene is built on, inside the namespace: actors, sockets, conditions, facts.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Duration;

use socket2::Socket;

use crate::actor::{Listen, Request, Role, Server, Told};
use crate::clock::{Deadline, pace, wait_until};
use crate::control::{Control, Incoming};
use crate::error::{During, LabError};
use crate::facts::{Expected, Facts, ListenerFacts, ProcessFacts};
use crate::procnet;
use crate::spawn;
use crate::sysctl;
use crate::target::{Place, Target};

/// How long any condition of a scene is waited for.
const READY_LIMIT: Duration = Duration::from_secs(10);

/// The place where one scene is built; dropping it clears everything away.
pub(crate) struct Site {
    facts: Facts,
    settings: BTreeMap<String, u32>,
    program: PathBuf,
    actors: Vec<Actor>,
    kept: Vec<Socket>,
    undo: Vec<Box<dyn FnOnce()>>,
}

struct Actor {
    child: Child,
    control: Control,
}

impl Site {
    /// An empty site for the scene with this name.
    pub(crate) fn new(scene: &str, settings: BTreeMap<String, u32>, program: &Path) -> Self {
        Self {
            facts: Facts {
                scene: scene.into(),
                ..Facts::default()
            },
            settings,
            program: program.to_owned(),
            actors: Vec::new(),
            kept: Vec::new(),
            undo: Vec::new(),
        }
    }

    /// The value of a parameter. (A scene asks only for those in its own table.)
    pub(crate) fn setting(&self, name: &str) -> u32 {
        self.settings.get(name).copied().unwrap_or_default()
    }

    /// The facts so far.
    pub(crate) fn facts(&mut self) -> &mut Facts {
        &mut self.facts
    }

    /// Starts a server and tells what it listens on. The facts assume that nothing waits; the
    /// scene amends them and hands them to [`Self::publish`].
    pub(crate) fn server(&mut self, comm: &str, server: Server) -> Result<Vec<ListenerFacts>, LabError> {
        let asked = server.listeners.clone();
        let pid = self.actor(comm, Role::Server(server))?;
        let inodes = self.wait_ready(pid)?;
        asked
            .iter()
            .zip(inodes)
            .map(|(listen, inode)| listener_facts(listen, inode, pid))
            .collect()
    }

    /// Starts a server with one listener.
    pub(crate) fn listener(&mut self, comm: &str, listen: Listen) -> Result<ListenerFacts, LabError> {
        let server = Server {
            listeners: vec![listen],
            ..Server::default()
        };
        let mut facts = self.server(comm, server)?;
        facts.pop().ok_or_else(|| gone(comm, "made no listener"))
    }

    /// Adds a listener to the facts under a label.
    pub(crate) fn publish(&mut self, label: &str, listener: ListenerFacts) {
        self.facts.listeners.push(ListenerFacts {
            label: label.into(),
            ..listener
        });
    }

    /// Starts an actor; it may not be ready yet.
    pub(crate) fn actor(&mut self, comm: &str, role: Role) -> Result<u32, LabError> {
        let request = Request {
            comm: comm.into(),
            stage: std::process::id(),
            role,
        };
        let (child, control) = spawn::part(&self.program, crate::ACTOR, comm, &request)?;
        let pid = child.id();
        self.actors.push(Actor { child, control });
        self.facts.processes.push(ProcessFacts { pid, comm: comm.into() });
        Ok(pid)
    }

    /// Waits until an actor says it is ready; gives the inodes of its listeners.
    pub(crate) fn wait_ready(&mut self, pid: u32) -> Result<Vec<u64>, LabError> {
        match self.wait_told(pid, "ready")? {
            Told::Ready { inodes } => Ok(inodes),
            Told::Starved => Err(gone("an actor", "starved before it was ready")),
            Told::Failed(text) => Err(LabError::Reported(text)),
        }
    }

    /// Waits until a server says that accept(2) failed for want of a descriptor.
    pub(crate) fn wait_starved(&mut self, pid: u32) -> Result<(), LabError> {
        match self.wait_told(pid, "out of descriptors")? {
            Told::Starved => Ok(()),
            Told::Ready { .. } => Err(gone("an actor", "was ready twice")),
            Told::Failed(text) => Err(LabError::Reported(text)),
        }
    }

    fn wait_told(&mut self, pid: u32, what: &str) -> Result<Told, LabError> {
        let scene = self.facts.scene.clone();
        let control = self.control(pid)?;
        match control
            .receive(Deadline::after(READY_LIMIT))
            .during("hear", "an actor")?
        {
            Incoming::Message(told) => Ok(told),
            Incoming::Closed => Err(gone("an actor", "ended before it was ready")),
            Incoming::Quiet => Err(LabError::NotReady {
                scene,
                condition: format!("actor {pid} {what}"),
                waited: READY_LIMIT,
            }),
        }
    }

    /// The control socket to one of our actors.
    pub(crate) fn control(&mut self, pid: u32) -> Result<&mut Control, LabError> {
        let actor = self.actors.iter_mut().find(|actor| actor.child.id() == pid);
        actor
            .map(|actor| &mut actor.control)
            .ok_or_else(|| gone("an actor", "is not ours"))
    }

    /// Ends one of our actors and waits until it is gone.
    pub(crate) fn dismiss(&mut self, pid: u32) -> Result<(), LabError> {
        self.facts.processes.retain(|process| process.pid != pid);
        let Some(place) = self.actors.iter().position(|actor| actor.child.id() == pid) else {
            return Ok(());
        };
        let mut actor = self.actors.swap_remove(place);
        actor.child.kill().during("end actor", pid)?;
        actor.child.wait().during("wait for actor", pid)?;
        Ok(())
    }

    /// Connects and keeps the connection for as long as the scene is held.
    pub(crate) fn connect(&mut self, target: &Target) -> Result<(), LabError> {
        let connection = target.connect_from(None).during("connect to", target)?;
        self.kept.push(connection);
        Ok(())
    }

    /// Connects without waiting for an answer; the kernel goes on trying while the scene is held.
    pub(crate) fn knock(&mut self, target: &Target) -> Result<(), LabError> {
        let attempt = target.knock().during("connect to", target)?;
        self.kept.push(attempt);
        Ok(())
    }

    /// Keeps a socket for as long as the scene is held.
    pub(crate) fn keep(&mut self, socket: Socket) {
        self.kept.push(socket);
    }

    /// Waits until `holds`.
    ///
    /// # Errors
    /// [`LabError::NotReady`] with `condition` in words if it does not hold in time.
    pub(crate) fn wait(
        &self,
        condition: impl Into<String>,
        holds: impl FnMut() -> Result<bool, LabError>,
    ) -> Result<(), LabError> {
        if wait_until(READY_LIMIT, holds)? {
            return Ok(());
        }
        Err(LabError::NotReady {
            scene: self.facts.scene.clone(),
            condition: condition.into(),
            waited: READY_LIMIT,
        })
    }

    /// Waits until so many connections are in the accept queue of a TCP listener.
    pub(crate) fn wait_length(&self, listener: &ListenerFacts, expected: Expected) -> Result<(), LabError> {
        self.wait(format!("accept queue length {expected}"), || {
            let length = procnet::queue_length(listener.inode)?;
            Ok(length.is_some_and(|length| expected.contains(length)))
        })
    }

    /// Sets a sysctl of the namespace (`net/core/somaxconn`).
    #[expect(
        clippy::unused_self,
        reason = "says that it is this site's namespace that is changed"
    )]
    pub(crate) fn sysctl(&self, name: &str, value: u32) -> Result<(), LabError> {
        sysctl::write(name, value)
    }

    /// A fresh directory, removed with the site.
    pub(crate) fn directory(&mut self) -> Result<PathBuf, LabError> {
        let path = std::env::temp_dir().join(format!("listenq-lab-{}", std::process::id()));
        fs::create_dir(&path).during("make", path.display())?;
        let copy = path.clone();
        self.at_the_end(move || {
            // Nothing can be done about a directory that somebody else took away or filled.
            let _ = fs::remove_dir_all(copy);
        });
        Ok(path)
    }

    /// Has something done when the site is cleared; the latest first.
    pub(crate) fn at_the_end(&mut self, undo: impl FnOnce() + 'static) {
        self.undo.push(Box::new(undo));
    }
}

/// Makes new clients arrive `per_second` for as long as the scene is held. Of their attempts
/// the latest `most` are kept open.
pub(crate) fn arrivals(target: &Target, per_second: u32, most: usize) -> Result<(), LabError> {
    let (target, mut kept) = (target.clone(), VecDeque::new());
    repeat(per_second, move || {
        // No port or no memory for a moment: one arrival fewer.
        kept.extend(target.knock());
        while kept.len() > most {
            kept.pop_front();
        }
        ControlFlow::Continue(())
    })
}

/// Does something `per_second` times in the background until it breaks off; never if that is 0.
pub(crate) fn repeat(
    per_second: u32,
    mut what: impl FnMut() -> ControlFlow<()> + Send + 'static,
) -> Result<(), LabError> {
    let Some(gap) = Duration::from_secs(1).checked_div(per_second) else {
        return Ok(());
    };
    let deadline = Deadline::after(crate::LONGEST_HOLD);
    let thread = std::thread::Builder::new().spawn(move || {
        while !deadline.passed() && what().is_continue() {
            pace(gap);
        }
    });
    thread.during("start", "a background client")?;
    Ok(())
}

fn gone(who: &str, what: &str) -> LabError {
    LabError::Gone {
        who: who.into(),
        what: what.into(),
    }
}

/// The facts of a listener right after listen(2).
fn listener_facts(listen: &Listen, inode: u64, pid: u32) -> Result<ListenerFacts, LabError> {
    let (address, path) = match &listen.target.place {
        Place::Internet(address) => (Some(*address), None),
        Place::Unix(name) => (None, Some(name.clone())),
    };
    Ok(ListenerFacts {
        label: String::new(),
        protocol: listen.target.protocol,
        address,
        path,
        inode,
        owners: vec![pid],
        backlog: listen.backlog,
        limit: listen.backlog.min(somaxconn()?),
        length: Expected::exactly(0),
        half_open: Expected::exactly(0),
        drops_grow: false,
        reuseport: listen.reuseport,
        content: None,
        clients: Vec::new(),
        blocked: Vec::new(),
    })
}

/// The value that net/socket.c:__sys_listen cuts a backlog down to, in this namespace.
fn somaxconn() -> Result<u32, LabError> {
    let path = "/proc/sys/net/core/somaxconn";
    match fs::read_to_string(path) {
        Ok(text) => Ok(text.trim().parse().unwrap_or(u32::MAX)),
        // Up to 6.1 a namespace of a user namespace has no net/core, and the compiled default.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(4096),
        Err(error) => Err(error).during("read", path),
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.kept.clear();
        // Undone first: what is frozen must thaw before it can be killed (v1 freezer).
        while let Some(undo) = self.undo.pop() {
            undo();
        }
        for actor in &mut self.actors {
            // An actor that has ended cannot be killed, and is reaped all the same.
            let _ = actor.child.kill();
        }
        for actor in &mut self.actors {
            let _ = actor.child.wait();
        }
    }
}
