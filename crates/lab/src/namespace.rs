//! A network namespace held by a thread of this process, for code that wants to run in one.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use rustix::mount::{UnmountFlags, mount_bind, unmount};
use rustix::thread::gettid;

use crate::error::{During, LabError, Missing};
use crate::{isolate, rtnetlink};

/// Where iproute2 keeps its named namespaces, and where tools look for them.
const NAMED: &str = "/run/netns";

type Work = Box<dyn FnOnce() + Send>;

/// A fresh network namespace with its loopback interface up (root only). It ends with this
/// value, unless something else still holds it.
#[derive(Debug)]
pub struct Namespace {
    work: Option<Sender<Work>>,
    worker: Option<JoinHandle<()>>,
    /// The worker's thread id: what makes /proc/TID/ns/net this namespace.
    thread: u32,
    mount: Option<Mount>,
}

/// A name of a namespace below /run/netns: a bind mount, which keeps the namespace alive
/// without any process. Removed on drop.
#[derive(Debug)]
pub struct Mount {
    path: PathBuf,
}

impl Namespace {
    /// A namespace without a name.
    ///
    /// # Errors
    /// [`LabError::Missing`] without the privilege to make one.
    pub fn new() -> Result<Self, LabError> {
        let (work, inbox) = channel::<Work>();
        let (tell, told) = channel();
        let worker = std::thread::Builder::new().name("lab-namespace".into()).spawn(move || {
            let entered = enter();
            let ready = entered.is_ok();
            // Nobody listening means that the caller has given up.
            let _ = tell.send(entered);
            while let (true, Ok(work)) = (ready, inbox.recv()) {
                work();
            }
        });
        let worker = worker.during("start", "a namespace's thread")?;
        let thread = told.recv().map_err(|_| worker_gone())??;
        Ok(Self {
            work: Some(work),
            worker: Some(worker),
            thread,
            mount: None,
        })
    }

    /// A namespace with a name below /run/netns, as `ip netns add` makes one.
    ///
    /// # Errors
    /// As [`Self::new`]; a name that is taken.
    pub fn named(name: &str) -> Result<Self, LabError> {
        let mut namespace = Self::new()?;
        namespace.mount = Some(Mount::new(name, &namespace.path())?);
        Ok(namespace)
    }

    /// Runs `work` inside the namespace. Files and sockets it opens stay in it wherever they
    /// are used; other threads of the process are not moved.
    ///
    /// # Errors
    /// [`LabError::Gone`] if `work` panicked, now or at an earlier call.
    pub fn run<R: Send + 'static>(&self, work: impl FnOnce() -> R + Send + 'static) -> Result<R, LabError> {
        let (tell, told) = channel();
        let work: Work = Box::new(move || {
            let _ = tell.send(work());
        });
        self.work
            .as_ref()
            .and_then(|inbox| inbox.send(work).ok())
            .ok_or_else(worker_gone)?;
        told.recv().map_err(|_| worker_gone())
    }

    /// The file that stands for the namespace while its thread lives.
    pub fn path(&self) -> PathBuf {
        format!("/proc/{}/task/{}/ns/net", std::process::id(), self.thread).into()
    }

    /// The id of the thread that holds the namespace; /proc/TID/net shows it.
    pub fn thread(&self) -> u32 {
        self.thread
    }

    /// The inode number by which the namespace is known.
    ///
    /// # Errors
    /// If /proc cannot be read.
    pub fn inode(&self) -> Result<u64, LabError> {
        inode(&self.path())
    }

    /// Lets the thread go; only the name keeps the namespace. `None` if it has no name.
    pub fn into_mount(mut self) -> Option<Mount> {
        self.mount.take()
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        self.work = None; // the worker's loop ends
        if let Some(worker) = self.worker.take() {
            // A panic in the work was told by run().
            let _ = worker.join();
        }
    }
}

impl Mount {
    fn new(name: &str, namespace: &Path) -> Result<Self, LabError> {
        fs::create_dir_all(NAMED).during("make", NAMED)?;
        let path = Path::new(NAMED).join(name);
        File::create_new(&path).during("make", path.display())?;
        let mount = Self { path };
        mount_bind(namespace, &mount.path).during("mount", mount.path.display())?;
        Ok(mount)
    }

    /// The mounted file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The inode number by which the namespace is known.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn inode(&self) -> Result<u64, LabError> {
        inode(&self.path)
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // A test that took the name away itself has left nothing to do.
        let _ = unmount(&self.path, UnmountFlags::DETACH);
        let _ = fs::remove_file(&self.path);
    }
}

fn inode(path: &Path) -> Result<u64, LabError> {
    use std::os::unix::fs::MetadataExt;
    Ok(fs::metadata(path).during("look at", path.display())?.ino())
}

/// Moves this thread into a namespace of its own and says which thread it is.
fn enter() -> Result<u32, LabError> {
    isolate::new_network_namespace().map_err(|error| Missing::privilege("a network namespace", error))?;
    rtnetlink::loopback_up()?;
    Ok(gettid().as_raw_nonzero().get().unsigned_abs())
}

fn worker_gone() -> LabError {
    LabError::Gone {
        who: "the namespace's thread".into(),
        what: "has ended".into(),
    }
}
