//! The file of a saved reading: how it is written, and how it is read back.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use model::NamespaceKey;
use model::counter::{Counter, Counters};
use serde::{Deserialize, Serialize};

use crate::output::counters::moment::{Moment, Remembered};
use crate::output::json;

/// Version of the format; only ever added to.
const SCHEMA_VERSION: u32 = 1;
/// What a file has to say of itself.
const KIND: &str = "listenq counters";
/// The most that is read of a file: a thousand namespaces of a hundred listeners each take some 5 MB.
const MOST: u64 = 64 << 20;

/// A reading that cannot be saved or read back.
#[derive(Debug, thiserror::Error)]
pub enum SavedError {
    /// The file cannot be read or written.
    #[error("{operation} {}: {source}", path.display())]
    Io {
        /// What was tried.
        operation: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// Damaged, or not ours.
    #[error("{} is no saved reading ({reason}); listenq counters --save makes one", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Of a version that did not exist yet.
    #[error("{} was saved by a newer listenq (schema_version {version}); this one reads up to {SCHEMA_VERSION}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// Something that must not be replaced.
    #[error("{} is there already and is {what}; --save replaces a saved reading or an empty file only", path.display())]
    InTheWay {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
}

/// What every version says of itself.
#[derive(Deserialize)]
struct Header {
    schema_version: u32,
    kind: String,
}

#[derive(Serialize, Deserialize)]
struct Saved {
    schema_version: u32,
    kind: String,
    taken_at: Timestamp,
    boot_id: Option<String>,
    /// CLOCK_BOOTTIME.
    since_boot_seconds: f64,
    namespaces: Vec<SavedNamespace>,
}

#[derive(Serialize, Deserialize)]
struct SavedNamespace {
    id: String,
    name: Option<String>,
    counters: Option<BTreeMap<String, u64>>,
    listeners: Option<Vec<SavedListener>>,
}

#[derive(Serialize, Deserialize)]
struct SavedListener {
    cookie: u64,
    drops: u32,
}

/// Reads a saved reading back.
///
/// # Errors
/// A file that cannot be read, is damaged, not ours or of a newer version.
pub fn load(path: &Path) -> Result<Moment, SavedError> {
    let bytes = read(path)?;
    let foreign = |reason: String| SavedError::Foreign {
        path: path.to_owned(),
        reason,
    };
    let version = version(&bytes).map_err(foreign)?;
    if version > SCHEMA_VERSION {
        let path = path.to_owned();
        return Err(SavedError::Newer { path, version });
    }
    let saved: Saved = serde_json::from_slice(&bytes).map_err(|error| foreign(error.to_string()))?;
    moment(saved).map_err(|reason| foreign(reason.to_owned()))
}

/// Writes a reading: whole or not at all.
///
/// # Errors
/// When something else is in its place, or it cannot be written.
pub fn save(path: &Path, moment: &Moment) -> Result<(), SavedError> {
    let target = replaceable(path)?;
    let error = |operation, source| SavedError::Io {
        operation,
        path: path.to_owned(),
        source,
    };
    let mut bytes = Vec::new();
    json::line(&mut bytes, &saved(moment)).map_err(|source| error("writing", source))?;
    let temporary = beside(&target);
    let written = write_new(&temporary, &bytes).and_then(|()| fs::rename(&temporary, &target));
    written.map_err(|source| {
        // What was not finished is of no use to anybody.
        let _ = fs::remove_file(&temporary);
        error("writing", source)
    })
}

fn read(path: &Path) -> Result<Vec<u8>, SavedError> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MOST + 1).read_to_end(&mut bytes));
    match read {
        Ok(length) if length as u64 <= MOST => Ok(bytes),
        Ok(_) => Err(SavedError::Foreign {
            path: path.to_owned(),
            reason: format!("longer than {MOST} bytes"),
        }),
        Err(source) => Err(SavedError::Io {
            operation: "reading",
            path: path.to_owned(),
            source,
        }),
    }
}

/// The version of a file that is ours.
fn version(bytes: &[u8]) -> Result<u32, String> {
    let header: Header = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if header.kind == KIND {
        Ok(header.schema_version)
    } else {
        Err("another kind of file".to_owned())
    }
}

/// Where to write: what the path leads to, if that is a saved reading, empty, or not there.
fn replaceable(path: &Path) -> Result<PathBuf, SavedError> {
    let in_the_way = |what| SavedError::InTheWay {
        path: path.to_owned(),
        what,
    };
    let io = |source| SavedError::Io {
        operation: "writing",
        path: path.to_owned(),
        source,
    };
    let metadata = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(path.to_owned()),
        result => result.map_err(io)?,
    };
    if metadata.is_dir() {
        return Err(in_the_way("a directory"));
    }
    if !metadata.is_file() {
        return Err(in_the_way("no regular file"));
    }
    if metadata.len() > 0 && version(&read(path)?).is_err() {
        return Err(in_the_way("no saved reading"));
    }
    fs::canonicalize(path).map_err(io)
}

/// A name in the same directory, so that renaming it stays within the file system.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.tmp", std::process::id()))
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn saved(moment: &Moment) -> Saved {
    Saved {
        schema_version: SCHEMA_VERSION,
        kind: KIND.to_owned(),
        taken_at: moment.taken_at,
        boot_id: moment.boot_id.as_deref().map(ToOwned::to_owned),
        since_boot_seconds: moment.since_boot.as_secs_f64(),
        namespaces: moment.namespaces.iter().map(saved_namespace).collect(),
    }
}

fn saved_namespace((key, remembered): (&NamespaceKey, &Remembered)) -> SavedNamespace {
    let counters = remembered.counters.as_ref();
    let drops = remembered.drops.as_ref();
    SavedNamespace {
        id: key.to_string(),
        name: remembered.name.as_deref().map(ToOwned::to_owned),
        counters: counters.map(|counters| {
            counters
                .iter()
                .map(|(counter, value)| (counter.name(), value))
                .collect()
        }),
        listeners: drops.map(|drops| {
            let listener = |(cookie, drops): (&u64, &u32)| SavedListener {
                cookie: *cookie,
                drops: *drops,
            };
            drops.iter().map(listener).collect()
        }),
    }
}

fn moment(saved: Saved) -> Result<Moment, &'static str> {
    let since_boot = Duration::try_from_secs_f64(saved.since_boot_seconds).map_err(|_| "no time since boot")?;
    let namespaces = saved.namespaces.into_iter().map(|namespace| {
        let key = key(&namespace.id).ok_or("an id that is no namespace's")?;
        Ok((key, remembered(namespace)))
    });
    Ok(Moment {
        taken_at: saved.taken_at,
        since_boot,
        boot_id: saved.boot_id.map(Into::into),
        namespaces: namespaces.collect::<Result<_, &str>>()?,
    })
}

/// As [`NamespaceKey`] is written.
fn key(id: &str) -> Option<NamespaceKey> {
    match id.strip_prefix('p') {
        Some(inode) => inode.parse().ok().map(NamespaceKey::ProcInode),
        None => id.parse().ok().map(NamespaceKey::Inode),
    }
}

fn remembered(namespace: SavedNamespace) -> Remembered {
    let drops = |listeners: Vec<SavedListener>| -> HashMap<u64, u32> {
        listeners
            .into_iter()
            .map(|listener| (listener.cookie, listener.drops))
            .collect()
    };
    Remembered {
        name: namespace.name.map(Into::into),
        counters: namespace.counters.as_ref().map(counters),
        drops: namespace.listeners.map(drops),
    }
}

/// A counter that only a later listenq knows is left out.
fn counters(values: &BTreeMap<String, u64>) -> Counters {
    let mut counters = Counters::default();
    for (name, value) in values {
        let counter = name
            .split_once('.')
            .and_then(|(group, name)| Counter::find(group, name));
        if let Some(counter) = counter {
            counters.set(counter, *value);
        }
    }
    counters
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::busy_host;

    fn directory() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    /// The file of a busy host, as JSON, and where to put a damaged one.
    fn file() -> (tempfile::TempDir, PathBuf, serde_json::Value) {
        let directory = directory();
        let path = directory.path().join("reading");
        save(&path, &Moment::of(&busy_host())).unwrap();
        let value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        (directory, path, value)
    }

    fn refused(path: &Path) -> String {
        load(path).unwrap_err().to_string()
    }

    #[test]
    fn what_is_saved_is_read_back() {
        let directory = directory();
        let path = directory.path().join("reading");
        let mut before = Moment::of(&busy_host());
        before.since_boot = Duration::from_nanos(1_234_567_890_123);
        save(&path, &before).unwrap();
        let loaded = load(&path).unwrap();
        assert!(loaded.since_boot.abs_diff(before.since_boot) < Duration::from_micros(1));
        let since_boot = before.since_boot;
        assert_eq!(Moment { since_boot, ..loaded }, before);
        let left: Vec<_> = fs::read_dir(directory.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }

    /// The contract: a change here is a change of schema_version 1 and may only add.
    #[test]
    fn the_shape_of_the_file() {
        let (_directory, _, mut value) = file();
        let listeners = value["namespaces"][0]["listeners"].as_array_mut().unwrap();
        listeners.sort_by_key(|listener| listener["cookie"].as_u64());
        listeners.truncate(2);
        insta::assert_json_snapshot!(value);
    }

    #[test]
    fn what_is_not_ours_or_damaged_is_one_clear_line() {
        let (_directory, path, value) = file();
        let whole = value.to_string();
        let mut later = value.clone();
        later["schema_version"] = 2.into();
        let mut other = value.clone();
        other["kind"] = "listenq".into();
        let mut lost = value.clone();
        lost["namespaces"][0]["id"] = "q7".into();
        let mut timeless = value;
        timeless["since_boot_seconds"] = (-1.0).into();
        for (text, said) in [
            ("", "is no saved reading (EOF while parsing"),
            ("root:x:0:0", "is no saved reading (expected value"),
            (&whole[..whole.len() / 2], "is no saved reading (EOF while parsing"),
            ("{\"schema_version\":1,\"listeners\":[]}", "missing field `kind`"),
            (&other.to_string(), "another kind of file"),
            (&lost.to_string(), "an id that is no namespace's"),
            (&timeless.to_string(), "no time since boot"),
            (
                &later.to_string(),
                "was saved by a newer listenq (schema_version 2); this one reads up to 1",
            ),
        ] {
            fs::write(&path, text).unwrap();
            let message = refused(&path);
            assert!(message.contains(said), "{text:.40}: {message}");
            assert!(!message.contains('\n'), "{message}");
        }
    }

    #[test]
    fn a_file_that_was_cut_short_anywhere_is_an_error() {
        let (_directory, path, value) = file();
        let whole = value.to_string();
        for (end, _) in whole.char_indices() {
            fs::write(&path, &whole[..end]).unwrap();
            assert!(load(&path).is_err(), "{end}");
        }
    }

    #[test]
    fn what_cannot_be_read_says_which_file_and_why() {
        let directory = directory();
        let missing = refused(&directory.path().join("no"));
        assert!(
            missing.starts_with("reading /") && missing.contains("No such file"),
            "{missing}"
        );
        assert!(refused(directory.path()).contains("Is a directory"));
    }

    #[test]
    fn only_a_reading_or_an_empty_file_is_replaced() {
        let directory = directory();
        let moment = Moment::of(&busy_host());
        let path = directory.path().join("file");
        fs::write(&path, "").unwrap();
        save(&path, &moment).unwrap();
        save(&path, &moment).unwrap();
        fs::write(&path, "precious").unwrap();
        let said = save(&path, &moment).unwrap_err().to_string();
        assert!(said.contains("is there already and is no saved reading"), "{said}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
        let said = save(directory.path(), &moment).unwrap_err().to_string();
        assert!(said.contains("is a directory"), "{said}");
        let said = save(Path::new("/dev/full"), &moment).unwrap_err().to_string();
        assert!(said.contains("is no regular file"), "{said}");
        let said = save(&directory.path().join("no/file"), &moment)
            .unwrap_err()
            .to_string();
        assert!(said.contains("No such file"), "{said}");
    }

    #[test]
    fn what_a_link_leads_to_is_replaced_and_the_link_stays() {
        let directory = directory();
        let (file, link) = (directory.path().join("file"), directory.path().join("link"));
        fs::write(&file, "").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        save(&link, &Moment::of(&busy_host())).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(load(&file).is_ok());
    }
}
