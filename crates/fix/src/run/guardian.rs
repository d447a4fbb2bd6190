//! The guardian: lets every listen() go on as it was made when `run` was killed, and answers in its place when it has
//! ended and left something running. Without it each later listen() would fail with ENOSYS.

use std::ffi::OsString;
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::process::ExitCode;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::setsid;
use rustix::thread::set_name;

use super::OWN_FAILURE;
use super::channel::Channel;
use super::note::{self, Note};
use super::part::Orders;
use super::policy::Backlog;
use super::post::Post;
use super::report::Event;
use crate::sys::{self, Answer};
use crate::system_log::{Log, SOCKET};

/// The part's main function.
pub fn main(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let guarded = Orders::read(arguments).map(|(orders, _)| guard(&orders));
    match guarded {
        Some(Ok(())) => ExitCode::SUCCESS,
        Some(Err(error)) => {
            log().line(&format!("run: the guardian of a program has ended: {error}"));
            OWN_FAILURE.into()
        }
        None => OWN_FAILURE.into(),
    }
}

fn guard(orders: &Orders) -> io::Result<()> {
    // A name of 15 characters is all that a process has.
    set_name(c"listenq-guard")?;
    // Not the terminal's signals, nor those for the group; every other one is blocked since `run` began.
    setsid()?;
    sys::block_signals()?;
    let channel = Channel::from_descriptor(sys::inherit(orders.channel)?);
    sys::close_others(&[rustix::fd::AsFd::as_fd(&channel).as_raw_fd()]);
    let Some((backlog, fds)) = channel.receive::<Backlog>()? else {
        return Ok(());
    };
    let mut fds = fds.into_iter();
    let (Some(listener), Some(note)) = (fds.next(), fds.next()) else {
        return Err(io::Error::other("no descriptors came"));
    };
    let post = Post::new(listener, Note::from_descriptor(note), backlog);
    channel.send(&(), &[])?;
    match channel.receive::<String>()? {
        Some(_) => take_over(post),
        None => let_all_go_on(&post),
    }
}

fn log() -> Log {
    Log::open(Path::new(SOCKET))
}

/// `run` was killed, or nothing of what it has started is left.
fn let_all_go_on(post: &Post) -> io::Result<()> {
    post.note.release(&post.listener);
    while is_used(post)? {
        match sys::receive(&post.listener) {
            // That nobody waits any more is no trouble.
            Ok(notification) => drop(sys::answer(&post.listener, notification.id, Answer::Continue)),
            Err(error) if note::is_nothing(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Waits for a call; whether there is one, and not only the end of all who could make one.
fn is_used(post: &Post) -> io::Result<bool> {
    let mut fds = [PollFd::new(&post.listener, PollFlags::IN)];
    poll(&mut fds, None)?;
    Ok(fds[0].revents().contains(PollFlags::IN))
}

/// `run` has ended, since its program has, and something that this has started lives on.
fn take_over(mut post: Post) -> io::Result<()> {
    let mut log = log();
    let mut tell = |event: &Event| log.line(&format!("run: {event}"));
    if let Err(error) = post.guard() {
        tell(&Event::Remark(format!("nobody guards the calls of listen(): {error}")));
    }
    loop {
        let (is_called, has_lost_guardian) = wait(&post)?;
        if has_lost_guardian && let Err(error) = post.guard_again() {
            tell(&Event::Remark(format!("nobody guards the calls of listen(): {error}")));
        }
        match is_called {
            Called::Yes => {
                if let Some(listen) = post.serve()? {
                    tell(&Event::Listen(listen));
                }
            }
            Called::No => {}
            Called::NeverAgain => return Ok(()),
        }
    }
}

enum Called {
    Yes,
    No,
    NeverAgain,
}

fn wait(post: &Post) -> io::Result<(Called, bool)> {
    let mut fds = vec![PollFd::new(&post.listener, PollFlags::IN)];
    fds.extend(post.guardian().map(|guardian| PollFd::new(guardian, PollFlags::IN)));
    poll(&mut fds, None)?;
    let ready = fds[0].revents();
    let called = if ready.contains(PollFlags::IN) {
        Called::Yes
    } else if ready.is_empty() {
        Called::No
    } else {
        Called::NeverAgain
    };
    Ok((called, fds.get(1).is_some_and(|fd| !fd.revents().is_empty())))
}
