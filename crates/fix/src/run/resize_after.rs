//! Where system calls cannot be notified: listeners of the program and its descendants are resized when they appear.

use std::collections::HashMap;
use std::time::Duration;

use model::ListeningSocket;
use model::action::SocketIdentity;
use probe::{HalfOpenPolicy, Options, Probe, ProbeError, Roots, clock};
use rustix::process::Pid;

use super::Report;
use super::caller::Thread;
use super::family::{descendants, holder};
use super::policy::Backlog;
use super::report::{Asked, Event, Listen, Outcome};
use super::socket::Socket;
use crate::Trouble;
use crate::duplicate::{Holder, duplicate};
use crate::listening::Listening;

/// How long after its listen() a listener keeps its own limit at most, as long as new ones come.
const SHORTEST: Duration = Duration::from_millis(20);
/// The same when nothing new has come for a while.
const LONGEST: Duration = Duration::from_secs(1);
/// Listeners that are remembered; when there are more, all are looked at again.
const MOST_LISTENERS: usize = 65_536;

/// Looks for new listeners, and for those that have another limit than they were given.
#[derive(Debug)]
pub struct ResizeAfter {
    backlog: Backlog,
    probe: Probe,
    roots: Roots,
    /// Inode to the limit that was read last.
    known: HashMap<u64, u32>,
    interval: Duration,
    due: Duration,
}

impl ResizeAfter {
    /// Begins.
    ///
    /// # Errors
    /// When the host cannot be looked at.
    pub fn new(backlog: Backlog) -> Result<Self, ProbeError> {
        let options = Options {
            // Those of the host are looked for once a second at most; ours are found at once.
            owners: false,
            half_open: HalfOpenPolicy::Never,
            content: false,
            unix_clients: false,
            ..Options::default()
        };
        Ok(Self {
            backlog,
            probe: Probe::new(options)?,
            roots: Roots::default(),
            known: HashMap::new(),
            interval: SHORTEST,
            due: Duration::ZERO,
        })
    }

    /// When to look again.
    pub fn due_in(&self) -> Duration {
        self.due.saturating_sub(clock::since_boot())
    }

    /// Looks, if it is time to.
    pub fn look(&mut self, program: Pid, report: Report) {
        if !self.due_in().is_zero() {
            return;
        }
        // A look that fails is made up for by the next one.
        let sockets = self.probe.sample().map(|sample| sample.sockets).unwrap_or_default();
        let program = program.as_raw_nonzero().get().unsigned_abs();
        let news: Vec<ListeningSocket> = sockets.into_iter().filter(|socket| self.is_news(socket)).collect();
        if news.is_empty() {
            self.interval = LONGEST.min(self.interval * 2);
        } else {
            self.interval = SHORTEST;
            self.resize(&news, program, report);
        }
        self.due = clock::since_boot() + self.interval;
    }

    /// Whether it is new, or has another limit than when it was seen last.
    fn is_news(&mut self, socket: &ListeningSocket) -> bool {
        if self.known.len() >= MOST_LISTENERS {
            self.known.clear();
        }
        let limit = socket.limit.filter(|_| socket.inode != 0);
        limit.is_some_and(|limit| self.known.insert(socket.inode, limit) != Some(limit))
    }

    fn resize(&mut self, news: &[ListeningSocket], program: u32, report: Report) {
        let family = descendants(&self.roots, program);
        for socket in news {
            if let Some(holder) = holder(&self.roots, &family, socket.inode) {
                report(&Event::Listen(self.give(socket, &holder)));
            }
        }
    }

    fn give(&mut self, socket: &ListeningSocket, holder: &Holder) -> Listen {
        let had = socket.limit.unwrap_or_default();
        let wanted = self.backlog.instead_of(had.cast_signed());
        let (place, outcome) = match self.call(socket, holder, wanted) {
            Ok(taken) => {
                let place = taken.place(&self.roots.proc, holder.pid);
                let outcome = taken.outcome(&self.roots.proc, wanted, &place);
                (Some(place), outcome)
            }
            Err(trouble) => (None, Outcome::Left(trouble.to_string())),
        };
        if let Outcome::Given { limit: Some(limit), .. } = outcome {
            self.known.insert(socket.inode, limit);
        }
        Listen {
            caller: Thread::read(&self.roots.proc, holder.pid).process,
            place,
            asked: Asked::Had(had),
            outcome,
        }
    }

    /// As [`crate::Host`] does it, but somaxconn may cut it.
    fn call(&self, socket: &ListeningSocket, holder: &Holder, backlog: u32) -> Result<Socket, Trouble> {
        let taken = duplicate(&self.roots, holder)?;
        let kept = taken.try_clone().ok().and_then(Socket::new).ok_or(Trouble::NoSocket)?;
        Listening::check(taken, &identity(socket))?.listen_again(backlog)?;
        Ok(kept)
    }
}

fn identity(socket: &ListeningSocket) -> SocketIdentity {
    SocketIdentity {
        namespace: socket.namespace,
        namespace_name: None,
        protocol: socket.protocol,
        place: String::new(),
        inode: socket.inode,
        cookie: socket.cookie,
        owner: None,
    }
}
