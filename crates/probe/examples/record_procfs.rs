//! Copies what the parsers read of chosen processes out of /proc into a tree, for `tests/recorded`.
//!
//! `cargo run -p listenq-probe --example record_procfs DIRECTORY PID...`; run it in the network namespace whose
//! settings are to be recorded.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use model::Setting;

const FILES: [&str; 9] = [
    "stat",
    "statm",
    "cgroup",
    "net/snmp",
    "net/netstat",
    "net/tcp",
    "net/tcp6",
    "net/unix",
    "comm",
];

const LINKS: [&str; 3] = ["exe", "ns/net", "ns/pid"];

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let usage = || io::Error::other("usage: record_procfs DIRECTORY PID...");
    let to = PathBuf::from(arguments.next().ok_or_else(usage)?);
    for pid in arguments {
        record_process(&Path::new("/proc").join(&pid), &to.join(&pid))?;
    }
    for setting in Setting::ALL {
        let below = Path::new("sys").join(setting.name().replace('.', "/"));
        copy(&Path::new("/proc").join(&below), &to.join(&below))?;
    }
    Ok(())
}

fn record_process(from: &Path, to: &Path) -> io::Result<()> {
    for name in FILES {
        copy(&from.join(name), &to.join(name))?;
    }
    for name in LINKS {
        copy_link(&from.join(name), &to.join(name))?;
    }
    copy_links(&from.join("fd"), &to.join("fd"))?;
    for thread in fs::read_dir(from.join("task"))? {
        let name = Path::new("task").join(thread?.file_name());
        for file in ["comm", "wchan", "syscall"] {
            copy(&from.join(&name).join(file), &to.join(&name).join(file))?;
        }
    }
    Ok(())
}

/// What this kernel does not have is not recorded either.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    match fs::read(from) {
        Ok(bytes) => {
            create_parent(to)?;
            fs::write(to, bytes)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

fn copy_links(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let name = entry?.file_name();
        copy_link(&from.join(&name), &to.join(&name))?;
    }
    Ok(())
}

fn copy_link(from: &Path, to: &Path) -> io::Result<()> {
    create_parent(to)?;
    symlink(fs::read_link(from)?, to)
}

fn create_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}
