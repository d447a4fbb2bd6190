//! Who a unix listener's clients are told serves them: the credentials of whoever called listen() last.
//!
//! A second listen() overwrites them (net/unix/af_unix.c:unix_listen, `init_peercred` or `update_peercred`), and each
//! connection copies them for its client (`unix_stream_connect`): `SO_PEERCRED` and `SO_PEERGROUPS`. So the call is
//! made with the user and groups that made it before. The pid cannot be kept: it becomes ours.

use std::io;

use rustix::fd::{AsFd, BorrowedFd};
use rustix::io::Errno;
use rustix::process::{Gid, Uid, getegid, geteuid, getgroups};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};

use crate::sys;

/// User, group and supplementary groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    user: Uid,
    group: Gid,
    groups: Vec<Gid>,
}

impl Served {
    /// These.
    pub fn new(user: u32, group: u32, groups: impl IntoIterator<Item = u32>) -> Self {
        Self {
            user: Uid::from_raw(user),
            group: Gid::from_raw(group),
            groups: groups.into_iter().map(Gid::from_raw).collect(),
        }
    }

    /// Those that a listening unix socket shows its clients.
    pub fn by(listener: impl AsFd) -> io::Result<Self> {
        let (user, group) = sys::peer_ids(&listener)?;
        let groups = sys::peer_groups(&listener)?;
        Ok(Self::new(user, group, groups))
    }

    /// Runs `work` as them: on a thread that ends with it, since credentials are a thread's in Linux.
    ///
    /// # Errors
    /// When this process may not become them (`CAP_SETUID`, `CAP_SETGID`); then `work` was not run.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T, Errno> {
        if self.is_ours() {
            return Ok(work());
        }
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                self.become_them()?;
                Ok(work())
            });
            thread.join().unwrap_or(Err(Errno::CANCELED))
        })
    }

    fn is_ours(&self) -> bool {
        let groups = getgroups().unwrap_or_default();
        (self.user, self.group) == (geteuid(), getegid()) && self.groups == groups
    }

    /// The user last: with it go the capabilities that the rest needs.
    fn become_them(&self) -> Result<(), Errno> {
        set_thread_groups(&self.groups)?;
        set_thread_res_gid(None, self.group, None)?;
        set_thread_res_uid(None, self.user, None)
    }
}

/// Runs `work` with the credentials that the listener shows its clients.
///
/// # Errors
/// When they cannot be read or taken on.
pub fn as_before<T: Send>(listener: BorrowedFd, work: impl FnOnce() -> T + Send) -> Result<T, Errno> {
    let failed = |error: io::Error| Errno::from_io_error(&error).unwrap_or(Errno::IO);
    Served::by(listener).map_err(failed)?.run(work)
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::{UnixListener, UnixStream};

    use rustix::net::listen;

    use super::*;

    /// A listener, and what its clients are told.
    fn listener() -> (tempfile::TempDir, UnixListener) {
        let directory = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(directory.path().join("socket")).unwrap();
        (directory, listener)
    }

    fn told(directory: &tempfile::TempDir) -> Served {
        Served::by(UnixStream::connect(directory.path().join("socket")).unwrap()).unwrap()
    }

    #[test]
    fn clients_are_told_who_called_listen() {
        let (directory, listener) = listener();
        let ours = Served::by(&listener).unwrap();
        assert!(ours.is_ours(), "{ours:?}");
        assert_eq!(told(&directory), ours);
    }

    #[test]
    fn another_caller_is_not_seen_when_it_acts_as_them() {
        if let Err(missing) = lab::Need::Root.check() {
            return lab::skip_or_fail("another_caller_is_not_seen_when_it_acts_as_them", &missing);
        }
        let (directory, listener) = listener();
        let them = Served::new(65_534, 65_533, [7, 11]);
        them.run(|| listen(&listener, 5)).unwrap().unwrap();
        assert_eq!(told(&directory), them);
        // Without the care: the kernel's own behaviour, which this module is about.
        listen(&listener, 6).unwrap();
        assert_ne!(told(&directory), them);
        them.run(|| listen(&listener, 5)).unwrap().unwrap();
        as_before(listener.as_fd(), || listen(&listener, 9)).unwrap().unwrap();
        assert_eq!(told(&directory), them);
        assert!(geteuid().is_root(), "the calling thread keeps its own");
    }
}
