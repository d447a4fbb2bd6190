//! Settings of a network namespace, read from /proc/sys/net.
//!
//! The files show the namespace **of the reading thread** (net/sysctl_net.c:net_ctl_header_lookup uses
//! `current`); there is no /proc/PID path to those of another one.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use model::{Setting, Settings, SourceHealth};

use crate::procfs::ProcfsError;
use crate::procfs::read::small_file;

/// The settings of a namespace, with what could not be read and why.
#[derive(Debug, Default)]
pub struct Reading {
    /// What was read; the rest is unknown.
    pub settings: Settings,
    /// What was not.
    pub unreadable: Vec<Unreadable>,
}

/// A setting that could not be read.
#[derive(Debug)]
pub struct Unreadable {
    /// Which.
    pub setting: Setting,
    /// Why.
    pub why: Why,
}

/// Why a setting could not be read.
#[derive(Debug)]
pub enum Why {
    /// The kernel has no such file in this namespace: it is too old, or (`net.core` up to 6.1) the namespace
    /// belongs to a user namespace of its own (KERNEL.md 6.2).
    Absent,
    /// The system refused.
    Failed(io::ErrorKind),
    /// It is not a number.
    NotANumber,
}

/// Reads the settings of the calling thread's namespace; `proc` is where procfs is mounted.
pub fn read_settings(proc: &Path) -> Settings {
    read(proc).settings
}

/// [`read_settings`], with what could not be read and why.
pub fn read(proc: &Path) -> Reading {
    let mut reading = Reading::default();
    for setting in Setting::ALL {
        match read_one(proc, setting) {
            Ok(value) => reading.settings.set(setting, Some(value)),
            Err(why) => reading.unreadable.push(Unreadable { setting, why }),
        }
    }
    reading
}

/// Any sysctl of the calling thread's namespace, as text; `None` when the name is no path below /proc/sys.
///
/// # Errors
/// When the kernel has none of that name, or refuses.
pub fn text(proc: &Path, name: &str) -> Option<Result<String, ProcfsError>> {
    let is_plain = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    };
    name.split('.').all(is_plain).then(|| {
        let bytes = small_file(&path_of(proc, name))?;
        Ok(String::from_utf8_lossy(bytes.trim_ascii()).into_owned())
    })
}

/// The id of this boot; `None` when it cannot be read.
pub fn boot_id(proc: &Path) -> Option<String> {
    text(proc, "kernel.random.boot_id")?.ok()
}

fn read_one(proc: &Path, setting: Setting) -> Result<i64, Why> {
    let bytes = small_file(&path_of(proc, setting.name())).map_err(|error| match error {
        _ if error.is_gone() => Why::Absent,
        ProcfsError::Read { source, .. } => Why::Failed(source.kind()),
        ProcfsError::Line { .. } | ProcfsError::TooLong { .. } => Why::NotANumber,
    })?;
    parse(&bytes).ok_or(Why::NotANumber)
}

/// The file of a sysctl: dots of the name are slashes of the path.
pub fn path_of(proc: &Path, name: &str) -> PathBuf {
    proc.join("sys").join(name.replace('.', "/"))
}

/// The number that a sysctl file holds, with the newline that ends it.
pub fn parse(bytes: &[u8]) -> Option<i64> {
    std::str::from_utf8(bytes).ok()?.trim_ascii().parse().ok()
}

impl Reading {
    /// The source `sysctls`: degraded when something is missing that every supported kernel has.
    pub fn health(&self) -> SourceHealth {
        let is_missed = |one: &&Unreadable| !matches!((one.setting, &one.why), (Setting::TcpMigrateReq, Why::Absent));
        let missed: Vec<String> = self
            .unreadable
            .iter()
            .filter(is_missed)
            .map(ToString::to_string)
            .collect();
        match missed.len() {
            0 => SourceHealth::ok("sysctls"),
            all if all >= Setting::ALL.len() - 1 => SourceHealth::unavailable("sysctls", missed.join("; ")),
            _ => SourceHealth::degraded("sysctls", missed.join("; ")),
        }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.why {
            Why::Absent => write!(f, "{} does not exist in this namespace", self.setting.name()),
            Why::Failed(kind) => write!(f, "{} cannot be read: {kind}", self.setting.name()),
            Why::NotANumber => write!(f, "{} is not a number", self.setting.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::Status;

    use super::*;

    fn tree(files: &[(Setting, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (setting, text) in files {
            let path = path_of(root.path(), setting.name());
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        root
    }

    #[test]
    fn what_is_missing_is_unknown_and_named() {
        let root = tree(&[
            (Setting::TcpSyncookies, "1\n"),
            (Setting::TcpFastopen, "0x3\n"),
            (Setting::Somaxconn, ""),
        ]);
        let reading = read(root.path());
        assert_eq!(reading.settings.get(Setting::TcpSyncookies), Some(1));
        assert_eq!(reading.settings.get(Setting::TcpFastopen), None);
        assert_eq!(reading.settings.get(Setting::Somaxconn), None);
        let health = reading.health();
        assert_eq!(health.status, Status::Degraded);
        let reason = health.reason.unwrap();
        assert!(reason.contains("net.ipv4.tcp_fastopen is not a number"), "{reason}");
        assert!(reason.contains("tcp_max_syn_backlog does not exist"), "{reason}");
        assert!(
            !reason.contains("tcp_migrate_req"),
            "absent before 5.14: no fault: {reason}"
        );
    }

    #[test]
    fn without_procfs_nothing_is_known() {
        let reading = read(Path::new("/nonexistent"));
        assert_eq!(reading.settings, Settings::default());
        assert_eq!(reading.unreadable.len(), Setting::ALL.len());
        assert_eq!(reading.health().status, Status::Unavailable);
    }

    #[test]
    fn numbers_are_taken_whole() {
        assert_eq!(parse(b"4096\n"), Some(4096));
        assert_eq!(parse(b"-1\n"), Some(-1));
        for garbled in [&b"4096 1\n"[..], b"\xff\n", b"99999999999999999999\n", b"\n"] {
            assert_eq!(parse(garbled), None);
        }
    }

    #[test]
    fn this_namespace_is_read() {
        let settings = read_settings(Path::new("/proc"));
        let text = std::fs::read_to_string("/proc/sys/net/ipv4/tcp_syncookies").unwrap();
        assert_eq!(settings.get(Setting::TcpSyncookies), text.trim().parse().ok());
        assert!(settings.get(Setting::TcpMaxSynBacklog).is_some());
    }
}
