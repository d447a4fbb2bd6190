//! How this kernel behaves where kernels differ: asked by experiment (`capabilities --probe`), and remembered for as
//! long as the kernel runs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::Context as _;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::state;

/// Its place in the directory of states.
const FILE: &str = "behaviours.json";
/// More than this is no file of ours.
const LARGEST: u64 = 64 << 10;

/// The answers of one kernel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Behaviours {
    /// The boot in which it was asked: another kernel may run in the next.
    pub boot_id: String,
    /// Its release.
    pub kernel: String,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// Answers by the name of the behaviour.
    pub answers: BTreeMap<String, String>,
}

impl Behaviours {
    /// What is remembered of the kernel of this boot; `None` when it was not asked, or nothing can be read.
    pub fn recall(boot_id: &str) -> Option<Self> {
        read(&state::directory()?.join(FILE)).filter(|known| known.boot_id == boot_id)
    }

    /// Remembers them. Another program never sees half of the file.
    ///
    /// # Errors
    /// When there is no directory to write to, or it cannot be written.
    pub fn remember(&self) -> anyhow::Result<PathBuf> {
        let directory = state::directory().context("neither XDG_STATE_HOME nor HOME says where to remember it")?;
        let path = directory.join(FILE);
        write(&directory, &path, self).with_context(|| format!("remembering it in {}", path.display()))?;
        Ok(path)
    }
}

fn read(path: &Path) -> Option<Behaviours> {
    let is_small = fs::metadata(path).is_ok_and(|metadata| metadata.len() <= LARGEST);
    let bytes = is_small.then(|| fs::read(path).ok())??;
    serde_json::from_slice(&bytes).ok()
}

fn write(directory: &Path, path: &Path, behaviours: &Behaviours) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    let written =
        fs::write(&temporary, serde_json::to_vec_pretty(behaviours)?).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // Nothing is left behind; that it was never made is as good.
        let _ = fs::remove_file(&temporary);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Behaviours {
        Behaviours {
            boot_id: "b".into(),
            kernel: "6.18".into(),
            asked_at: Timestamp::UNIX_EPOCH,
            answers: [("accept_queue_holds".to_owned(), "limit+1".to_owned())].into(),
        }
    }

    #[test]
    fn what_was_written_is_read_and_nothing_else_is_left() {
        let directory = tempfile::tempdir().unwrap();
        let inner = directory.path().join("state");
        let path = inner.join(FILE);
        write(&inner, &path, &known()).unwrap();
        assert_eq!(read(&path), Some(known()));
        assert_eq!(fs::read_dir(&inner).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_is_not_ours_is_nothing_known() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(FILE);
        assert_eq!(read(&path), None);
        fs::write(&path, b"{\"boot_id\":").unwrap();
        assert_eq!(read(&path), None);
        fs::write(&path, vec![b' '; 1 << 17]).unwrap();
        assert_eq!(read(&path), None);
    }
}
