//! Answers one notification: the socket is taken, listen() called on it with another number, the caller told.

use std::io;
use std::os::unix::fs::FileExt as _;
use std::{fs, path::Path};

use probe::Roots;
use rustix::fd::AsFd;
use rustix::io::Errno;

use super::call::ListenCall;
use super::caller::Thread;
use super::policy::Backlog;
use super::report::{Asked, Listen, Outcome};
use super::socket::Socket;
use crate::duplicate::{Holder, duplicate};
use crate::sys::{self, Answer, Notification};

/// What is said of a notification of which nothing can be done.
struct Leave(String);

/// Carries out listen() for its caller. `None` when it waits no more: then it will call again, or has ended.
pub fn answer(listener: impl AsFd, roots: &Roots, backlog: Backlog, notification: &Notification) -> Option<Listen> {
    let id = notification.id;
    let thread = Thread::read(&roots.proc, notification.thread);
    let memory = |address| read_memory(&roots.proc, thread.id, address);
    let Some(call) = ListenCall::decode(&notification.call, memory) else {
        // It can be no listen(): a socketcall() of which the arguments cannot be read.
        let _ = sys::answer(&listener, id, Answer::Continue);
        return None;
    };
    let is_waiting = || sys::is_waiting(&listener, id);
    let wanted = backlog.instead_of(call.backlog);
    let carried_out = take(roots, &thread, call.fd, is_waiting).and_then(|socket| {
        let done = listen(&socket, &thread, wanted)?;
        Ok((socket, done))
    });
    let (answer, place, outcome) = match carried_out {
        Ok((socket, done)) => {
            let place = socket.place(&roots.proc, thread.id);
            let outcome = match done {
                Ok(()) => socket.outcome(&roots.proc, wanted, &place),
                Err(errno) => Outcome::Failed(errno),
            };
            let answer = Answer::Done(done.map_err(Errno::raw_os_error));
            (answer, Some(place), outcome)
        }
        Err(Leave(why)) => (Answer::Continue, None, Outcome::Left(why)),
    };
    sys::answer(&listener, id, answer).ok()?;
    Some(Listen {
        caller: thread.process,
        place,
        asked: Asked::For(call.backlog),
        outcome,
    })
}

/// Takes the socket. The thread is asked for after that: as long as it waits, its pid was its own all the time.
fn take(roots: &Roots, thread: &Thread, fd: i32, is_waiting: impl FnOnce() -> bool) -> Result<Socket, Leave> {
    let leave = |why: &str| Leave(why.to_owned());
    if thread.id == 0 {
        return Err(leave("its process cannot be seen from here (another pid namespace)"));
    }
    let number = u32::try_from(fd).map_err(|_| leave(NO_SOCKET))?;
    let holder = Holder {
        pid: thread.process.pid,
        started: None,
        fd: number,
    };
    let duplicate = duplicate(roots, &holder).map_err(|error| Leave(error.to_string()))?;
    let socket = Socket::new(duplicate).ok_or_else(|| leave(NO_SOCKET))?;
    if thread.id != thread.process.pid && !socket.is_that_of(&roots.proc, thread.id, fd) {
        return Err(leave("its thread has a table of descriptors of its own"));
    }
    if !is_waiting() {
        return Err(leave("it waits no more"));
    }
    Ok(socket)
}

const NO_SOCKET: &str = "the descriptor is no socket";

/// Calls listen(); on a unix socket as the user who would have, whom its clients see (`SO_PEERCRED`).
fn listen(socket: &Socket, thread: &Thread, wanted: u32) -> Result<Result<(), Errno>, Leave> {
    if !socket.is_unix() {
        return Ok(socket.listen(wanted));
    }
    let leave =
        || Leave("it is a unix socket of another user, and its clients would see ours (SO_PEERCRED)".to_owned());
    let user = thread.user.as_ref().ok_or_else(leave)?;
    user.run(|| socket.listen(wanted)).map_err(|_| leave())
}

fn read_memory(proc: &Path, thread: u32, address: u64) -> Option<[u8; 8]> {
    let read = || -> io::Result<[u8; 8]> {
        let mut bytes = [0; 8];
        fs::File::open(proc.join(format!("{thread}/mem")))?.read_exact_at(&mut bytes, address)?;
        Ok(bytes)
    };
    read().ok()
}
