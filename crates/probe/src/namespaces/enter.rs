//! Runs a closure inside another network namespace, on a thread of its own.

use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, fstat, open};
use rustix::io::Errno;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// Why a namespace could not be entered.
#[derive(Debug, thiserror::Error)]
pub enum EnterError {
    /// Its file could not be opened.
    #[error("open {path}: {source}", path = path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The error.
        source: Errno,
    },
    /// setns(2) failed.
    #[error("enter {path}: {source}{}", hint(*source), path = path.display())]
    Enter {
        /// The file.
        path: PathBuf,
        /// The error.
        source: Errno,
    },
    /// The file now stands for another namespace: the one that was meant is gone.
    #[error("{path} is no longer namespace {expected}", path = path.display())]
    Gone {
        /// The file.
        path: PathBuf,
        /// Inode of the namespace that was meant.
        expected: u64,
    },
    /// The thread could not be started.
    #[error("start a thread: {0}")]
    Thread(std::io::Error),
    /// The thread ended without a result.
    #[error("the thread that entered {path} ended early", path = path.display())]
    Ended {
        /// The file.
        path: PathBuf,
    },
}

fn hint(source: Errno) -> &'static str {
    if source == Errno::PERM {
        " (needs CAP_SYS_ADMIN)"
    } else {
        ""
    }
}

/// Runs `work` in the network namespace behind `path` (/proc/PID/ns/net or a bind mount of it).
///
/// The namespace is entered by a thread that ends with the call, so it never leaks into another one. `expected` is
/// the inode it must have: a pid may have been given to a process elsewhere since the path was found.
///
/// # Errors
/// When the file cannot be opened, is another namespace, or cannot be entered.
pub fn inside<T: Send>(path: &Path, expected: u64, work: impl FnOnce() -> T + Send) -> Result<T, EnterError> {
    let failed = |source| EnterError::Open {
        path: path.to_owned(),
        source,
    };
    let file = open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).map_err(failed)?;
    if fstat(&file).map_err(failed)?.st_ino != expected {
        return Err(EnterError::Gone {
            path: path.to_owned(),
            expected,
        });
    }
    let entered = || {
        move_into_link_name_space(rustix::fd::AsFd::as_fd(&file), Some(LinkNameSpaceType::Network)).map_err(
            |source| EnterError::Enter {
                path: path.to_owned(),
                source,
            },
        )?;
        Ok(work())
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name("netns".to_owned())
            .spawn_scoped(scope, entered);
        let ended = |_| EnterError::Ended { path: path.to_owned() };
        thread.map_err(EnterError::Thread)?.join().map_err(ended)?
    })
}
