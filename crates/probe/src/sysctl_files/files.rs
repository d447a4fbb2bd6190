//! The files of sysctl.d(5) that are there, in the order in which they are read.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::OWN_DIRECTORY;
use super::line::{Entry, parse};

/// In this order: a name that was seen in one directory is not looked for in those behind it. (procps before 3.3.17
/// has /run first.)
const DIRECTORIES: [&str; 5] = [
    OWN_DIRECTORY,
    "/run/sysctl.d",
    "/usr/local/lib/sysctl.d",
    "/usr/lib/sysctl.d",
    "/lib/sysctl.d",
];
/// Read by `sysctl --system` behind all others; by systemd only where a link in a directory leads to it.
const LAST_OF_PROCPS: &str = "/etc/sysctl.conf";
/// The most that is read of a file.
const MOST_BYTES: u64 = 1 << 20;
/// The most files that are read of a directory.
const MOST_FILES: usize = 10_000;

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFile {
    /// Where it is, seen from the root.
    pub path: PathBuf,
    /// Where it leads to, if it is a link.
    pub target: Option<PathBuf>,
    /// What it says.
    pub entries: Vec<Entry>,
    /// Why it could not be read, if it could not; it is then as if it were empty, and still hides others of its name.
    pub unreadable: Option<io::ErrorKind>,
}

/// The files of a host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SysctlFiles {
    /// By file name.
    pub(super) by_name: BTreeMap<Vec<u8>, ConfigFile>,
    /// /etc/sysctl.conf.
    pub(super) last: Option<ConfigFile>,
}

impl SysctlFiles {
    /// Reads those below a root, `/` on a running host. What is not there is not an error.
    pub fn read(root: &Path) -> Self {
        let mut by_name = BTreeMap::new();
        for directory in DIRECTORIES {
            for name in names(&below(root, directory)) {
                let path = Path::new(directory).join(&name);
                by_name
                    .entry(name.into_encoded_bytes())
                    .or_insert_with(|| read(root, &path));
            }
        }
        let is_file = below(root, LAST_OF_PROCPS).is_file();
        Self {
            by_name,
            last: is_file.then(|| read(root, Path::new(LAST_OF_PROCPS))),
        }
    }

    /// The same with another text in a file of [`OWN_DIRECTORY`]: how it would be.
    #[must_use]
    pub fn with(mut self, path: &Path, text: &str) -> Self {
        let file = ConfigFile {
            path: path.to_owned(),
            target: None,
            entries: parse(text.as_bytes()),
            unreadable: None,
        };
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        self.by_name.insert(name.to_owned(), file);
        self
    }

    /// Those that are there and could not be read, each with the reason.
    pub fn unreadable(&self) -> impl Iterator<Item = (&Path, io::ErrorKind)> {
        let all = self.by_name.values().chain(&self.last);
        all.filter_map(|file| Some((file.path.as_path(), file.unreadable?)))
    }
}

/// The names that end in `.conf`.
fn names(directory: &Path) -> Vec<std::ffi::OsString> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name());
    let is_config = |name: &std::ffi::OsString| name.as_encoded_bytes().ends_with(b".conf");
    names.filter(is_config).take(MOST_FILES).collect()
}

fn below(root: &Path, path: impl AsRef<Path>) -> PathBuf {
    let path = path.as_ref();
    root.join(path.strip_prefix("/").unwrap_or(path))
}

fn read(root: &Path, path: &Path) -> ConfigFile {
    let real = below(root, path);
    let is_link = fs::symlink_metadata(&real).is_ok_and(|metadata| metadata.is_symlink());
    let target = is_link.then(|| fs::canonicalize(&real).ok()).flatten();
    let seen_from_root = |target: PathBuf| match (fs::canonicalize(root), &target) {
        (Ok(root), target) if target.starts_with(&root) => {
            Path::new("/").join(target.strip_prefix(&root).unwrap_or(target))
        }
        _ => target,
    };
    let (entries, unreadable) = match content(&real) {
        Ok(text) => (parse(&text), None),
        // A link to nowhere hides others of its name, as one to /dev/null does.
        Err(error) if error.kind() == io::ErrorKind::NotFound => (Vec::new(), None),
        Err(error) => (Vec::new(), Some(error.kind())),
    };
    ConfigFile {
        path: path.to_owned(),
        target: target.map(seen_from_root),
        entries,
        unreadable,
    }
}

fn content(path: &Path) -> io::Result<Vec<u8>> {
    // A named pipe would be waited at for ever, and a device read without end.
    let is_null = path.canonicalize()? == Path::new("/dev/null");
    if is_null {
        return Ok(Vec::new());
    }
    if !fs::metadata(path)?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut text = Vec::new();
    File::open(path)?.take(MOST_BYTES).read_to_end(&mut text)?;
    Ok(text)
}
