//! The one archive that all kernels are started with: a shell, tools, our tests at the paths they have outside, modules.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

use super::binaries::Binary;
use super::jobs::{self, Job};
use super::kernel::Kernel;
use super::libraries;
use crate::command::{find, run};

/// Programs of this host that tests compare with or use, or that the init needs, in place of busybox's. Its shell would take its
/// own applets before all others, so the shell is the host's too.
const TOOLS: [&str; 6] = ["ip", "nstat", "setpriv", "sh", "ss", "unshare"];

const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/tmp:/bin/sh\n";
const GROUP: &str = "root:x:0:\nnogroup:x:65534:\n";

/// Builds the archive in `folder` and gives its path. It stays uncompressed: unpacking costs an emulated machine more than
/// loading does.
pub fn build(folder: &Path, kernels: &[Kernel], binaries: &[Binary], jobs: &[Job]) -> anyhow::Result<PathBuf> {
    let root = folder.join("root");
    if root.exists() {
        fs::remove_dir_all(&root).with_context(|| format!("remove {}", root.display()))?;
    }
    let mut tree = Tree {
        root,
        libraries: BTreeSet::new(),
    };
    for place in ["dev", "mnt", "proc", "root", "run", "sys", "tmp"] {
        tree.folder(place.as_ref())?;
    }
    tree.text("init", include_str!("init.sh"))?;
    tree.text("listenq/jobs.sh", &jobs::script(jobs))?;
    tree.text("etc/passwd", PASSWD)?;
    tree.text("etc/group", GROUP)?;
    tree.busybox()?;
    for tool in TOOLS {
        let program = find(tool).with_context(|| format!("{tool} is not on this host"))?;
        tree.copy(&program, Path::new("bin").join(tool))?;
        tree.libraries.extend(libraries::of(&program)?);
    }
    for binary in jobs::needed(binaries, jobs) {
        tree.binary(binary)?;
    }
    tree.test_programs()?;
    for kernel in kernels {
        tree.modules(kernel)?;
    }
    for library in std::mem::take(&mut tree.libraries) {
        tree.copy(&library, &library)?;
    }
    tree.pack(&folder.join("initrd"))
}

struct Tree {
    root: PathBuf,
    libraries: BTreeSet<PathBuf>,
}

impl Tree {
    fn place(&self, path: &Path) -> anyhow::Result<PathBuf> {
        let place = self.root.join(path.strip_prefix("/").unwrap_or(path));
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent).with_context(|| format!("make {}", parent.display()))?;
        }
        Ok(place)
    }

    fn folder(&self, path: &Path) -> anyhow::Result<()> {
        let place = self.place(path)?;
        fs::create_dir_all(&place).with_context(|| format!("make {}", place.display()))
    }

    fn text(&self, path: &str, text: &str) -> anyhow::Result<()> {
        let place = self.place(path.as_ref())?;
        fs::write(&place, text).with_context(|| format!("write {}", place.display()))
    }

    fn copy(&self, from: &Path, to: impl AsRef<Path>) -> anyhow::Result<()> {
        let place = self.place(to.as_ref())?;
        fs::copy(from, &place).with_context(|| format!("copy {} to {}", from.display(), place.display()))?;
        Ok(())
    }

    /// The shell and a link for each of its applets.
    fn busybox(&mut self) -> anyhow::Result<()> {
        let program = find("busybox").context("busybox is not on this host")?;
        self.copy(&program, "bin/busybox")?;
        self.libraries.extend(libraries::of(&program)?);
        for applet in run(Command::new(&program).arg("--list"))?.lines() {
            // A link of busybox to itself would leave the machine without an init.
            if applet == "busybox" || TOOLS.contains(&applet) {
                continue;
            }
            symlink("busybox", self.place(&Path::new("bin").join(applet))?)
                .with_context(|| format!("link {applet}"))?;
        }
        Ok(())
    }

    /// A program of ours without its debug information, at the path it has outside: tests find each other by it.
    fn binary(&mut self, binary: &Binary) -> anyhow::Result<()> {
        let place = self.place(&binary.path)?;
        run(Command::new("strip")
            .arg("--strip-debug")
            .arg("-o")
            .arg(&place)
            .arg(&binary.path))?;
        self.libraries.extend(libraries::of(&binary.path)?);
        self.folder(&binary.folder)?;
        self.snapshots(&binary.folder.join("src"))
    }

    /// What unit tests compare with, at the paths it has outside.
    fn snapshots(&self, folder: &Path) -> anyhow::Result<()> {
        let Ok(entries) = fs::read_dir(folder) else {
            return Ok(());
        };
        for entry in entries {
            let path = entry.with_context(|| format!("list {}", folder.display()))?.path();
            if path.is_dir() {
                self.snapshots(&path)?;
            } else if path.extension().is_some_and(|extension| extension == "snap") {
                self.copy(&path, &path)?;
            }
        }
        Ok(())
    }

    /// What the tests of `listenq run` compile where there is a compiler.
    fn test_programs(&self) -> anyhow::Result<()> {
        let folder = Path::new("listenq/programs");
        self.folder(folder)?;
        let script = crate::program::root().join("crates/listenq/tests/run/programs/build.sh");
        run(Command::new("sh")
            .arg(script)
            .arg(self.place(folder)?)
            .args(["forbidden", "i386", "notified", "server"]))?;
        Ok(())
    }

    fn modules(&self, kernel: &Kernel) -> anyhow::Result<()> {
        let folder = format!("listenq/modules/{}", kernel.release);
        for module in &kernel.modules {
            self.copy(&kernel.module(module), format!("{folder}/{module}"))?;
        }
        self.text(&format!("{folder}/order"), &format!("{}\n", kernel.modules.join("\n")))
    }

    fn pack(&self, archive: &Path) -> anyhow::Result<PathBuf> {
        run(Command::new("chmod").args(["-R", "u=rwX,go=rX"]).arg(&self.root))?;
        run(Command::new("chmod").arg("0755").arg(self.root.join("init")))?;
        let mut command = Command::new("sh");
        command
            .args([
                "-euc",
                "find . -print0 | cpio --null --create --format=newc --owner=0:0 --quiet >\"$0\"",
            ])
            .arg(archive)
            .current_dir(&self.root);
        run(&mut command)?;
        let size = fs::metadata(archive)
            .with_context(|| format!("look at {}", archive.display()))?
            .len();
        ensure!(size > 0, "cpio wrote nothing to {}", archive.display());
        Ok(archive.to_owned())
    }
}
