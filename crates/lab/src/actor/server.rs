//! The server's role: listeners, and a way to accept on each.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use rustix::event::PollFlags;
use rustix::fs::fstat;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use socket2::Socket;

use super::{Accept, Listen, Props, Server, Told};
use crate::clock::{Deadline, pace};
use crate::control::{Control, first_ready};
use crate::error::{During, LabError};

/// The descriptors that a starving server may have; all are in use.
const STARVING_LIMIT: u64 = 64;
/// The pause of a server whose accept(2) fails.
const AFTER_A_FAILURE: Duration = Duration::from_millis(20);
/// The nice value of a server that gives way to everybody.
const LAST_IN_LINE: i32 = 19;

/// Listens, tells the stage so, and accepts in the background.
pub(super) fn play(server: &Server, control: &mut Control) -> Result<Props, LabError> {
    if server.yielding {
        give_way()?;
    }
    super::raise_descriptor_limit()?;
    let listeners = server.listeners.iter().map(listen).collect::<Result<Vec<_>, _>>()?;
    let inodes = listeners
        .iter()
        .map(|listener| Ok(fstat(listener)?.st_ino))
        .collect::<io::Result<Vec<_>>>()
        .during("look at", "a listener")?;
    // All that takes a descriptor comes before none is left; a thread takes none.
    let acceptors = listeners
        .iter()
        .zip(&server.listeners)
        .map(|(listener, asked)| acceptor(listener, asked.accept, control))
        .collect::<io::Result<Vec<_>>>()
        .during("prepare", "an acceptor")?;
    let ballast = if server.starve {
        use_up_descriptors()?
    } else {
        Vec::new()
    };
    let shared: Vec<_> = listeners.iter().map(AsFd::as_fd).take(server.share.into()).collect();
    control
        .send_with(&Told::Ready { inodes }, &shared)
        .during("tell", "the stage")?;
    for acceptor in acceptors.into_iter().flatten() {
        std::thread::Builder::new()
            .spawn(acceptor)
            .during("start", "an acceptor")?;
    }
    Ok(Box::new((listeners, ballast)))
}

fn listen(asked: &Listen) -> Result<Arc<Socket>, LabError> {
    open(asked).map(Arc::new).during("listen on", &asked.target)
}

fn open(asked: &Listen) -> io::Result<Socket> {
    let socket = asked.target.socket()?;
    let address = asked.target.address()?;
    if !address.is_unix() {
        socket.set_reuse_address(true)?;
        socket.set_reuse_port(asked.reuseport)?;
    }
    if address.is_ipv6() {
        socket.set_only_v6(asked.only_v6)?;
    }
    socket.bind(&address)?;
    socket.listen(i32::try_from(asked.backlog).unwrap_or(i32::MAX))?;
    Ok(socket)
}

/// What a listener's own thread does, if it accepts at all.
fn acceptor(listener: &Arc<Socket>, accept: Accept, control: &Control) -> io::Result<Option<Box<dyn FnOnce() + Send>>> {
    let listener = Arc::clone(listener);
    match accept {
        Accept::Never => Ok(None),
        Accept::AtOnce { keep } => {
            listener.set_nonblocking(true)?;
            let stage = control.sender()?;
            Ok(Some(Box::new(move || accept_at_once(&listener, keep, &stage))))
        }
        Accept::Paced { batch, every_ms } => {
            listener.set_nonblocking(true)?;
            let every = Duration::from_millis(every_ms.into());
            Ok(Some(Box::new(move || accept_paced(&listener, batch, every))))
        }
    }
}

/// Accepts whatever comes. The first failure is told to the stage.
fn accept_at_once(listener: &Socket, keep: bool, stage: &Control) {
    let deadline = Deadline::after(crate::LONGEST_HOLD);
    // The way to the stage stays open after use: its descriptor must not become free.
    let mut told = false;
    let mut kept = Vec::new();
    while let Ok(Some(_)) = first_ready(&[listener.as_fd()], PollFlags::IN, deadline) {
        match listener.accept() {
            Ok((connection, _)) if keep => kept.push(connection),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => {
                told = told || stage.send(&Told::Starved).is_ok();
                pace(AFTER_A_FAILURE);
            }
        }
    }
}

fn accept_paced(listener: &Socket, batch: u32, every: Duration) {
    let deadline = Deadline::after(crate::LONGEST_HOLD);
    while !deadline.passed() {
        pace(every);
        for _ in 0..batch {
            // Nothing there, or no descriptor left: the next round tries again.
            if listener.accept().is_err() {
                break;
            }
        }
    }
}

/// Leaves no descriptor free below the soft limit.
fn use_up_descriptors() -> Result<Vec<OwnedFd>, LabError> {
    let limit = Rlimit {
        current: Some(STARVING_LIMIT),
        ..getrlimit(Resource::Nofile)
    };
    setrlimit(Resource::Nofile, limit).during("lower", "RLIMIT_NOFILE")?;
    let mut ballast = Vec::new();
    while ballast.len() < 2 * usize::try_from(STARVING_LIMIT).unwrap_or(0) {
        match rustix::io::dup(io::stdin()) {
            Ok(descriptor) => ballast.push(descriptor),
            Err(rustix::io::Errno::MFILE) => break,
            Err(error) => return Err(error).during("use up", "descriptors"),
        }
    }
    Ok(ballast)
}

fn give_way() -> Result<(), LabError> {
    crate::cpu::stay_on(0)?;
    rustix::process::setpriority_process(None, LAST_IN_LINE).during("lower", "the priority")
}
