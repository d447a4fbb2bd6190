//! The sockets behind the descriptors of one process: /proc/PID/fd.

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;

use rustix::fs::RawDir;
use rustix::io::{Errno, Result};
use rustix::path::DecInt;

use crate::procfs::process::{bracketed, number};

/// Room for `socket:[18446744073709551615]`; what is longer is no socket.
const LINK: usize = 40;

/// Room for one getdents64() call: some 1,300 descriptors.
pub(super) const LISTING: usize = 32 * 1024;

/// Calls `found` with inode and descriptor of each socket in an open /proc/PID/fd, and returns how many
/// descriptors there were. Allocates nothing.
///
/// # Errors
/// EACCES when the process may not be looked at (fs/proc/base.c:proc_fd_access_allowed asks for ptrace
/// access at each link, after the directory itself could be opened); ESRCH when it has ended.
pub(super) fn scan(dir: &OwnedFd, listing: &mut [MaybeUninit<u8>], mut found: impl FnMut(u64, u32)) -> Result<usize> {
    let mut entries = RawDir::new(dir, listing);
    let mut count = 0;
    while let Some(entry) = entries.next() {
        let entry = entry?;
        let Some(fd) = number(entry.file_name()) else { continue };
        count += 1;
        match socket(dir, entry.file_name()) {
            Ok(Some(inode)) => found(inode, fd),
            // ENOENT: closed since it was listed.
            Ok(None) | Err(Errno::NOENT) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(count)
}

/// The inode of the socket behind one descriptor, if it is open and a socket.
pub(super) fn socket_at(dir: &OwnedFd, fd: u32) -> Option<u64> {
    socket(dir, DecInt::new(fd).as_c_str()).ok()?
}

/// The link is `socket:[N]` for a socket (net/socket.c:sockfs_dname).
fn socket(dir: &OwnedFd, name: &CStr) -> Result<Option<u64>> {
    let mut link = [MaybeUninit::uninit(); LINK];
    let (link, _) = rustix::fs::readlinkat_raw(dir, name, &mut link)?;
    Ok(bracketed(link, b"socket:["))
}
