//! A file that is read at boot: whole or not at all, and with nothing else's content in it.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use model::action::FileChange;

use crate::Trouble;

/// Writes or removes it; it has to be as the plan found it.
pub fn apply(change: &FileChange) -> Result<(), Trouble> {
    let path = &change.path;
    let failed = |what| {
        move |source| Trouble::File {
            what,
            path: path.clone(),
            source,
        }
    };
    let present = content(path).map_err(failed("read"))?;
    if present != change.from {
        return Err(Trouble::Changed {
            what: path.display().to_string(),
            expected: summary(change.from.as_deref()),
            found: summary(present.as_deref()),
        });
    }
    match &change.to {
        Some(text) => replace(path, text).map_err(failed("write")),
        None => fs::remove_file(path).map_err(failed("remove")),
    }
}

/// The text of a file; `None` when there is none.
pub fn content(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Nobody ever sees half of it, nor after a crash: rename(2) after fsync(2).
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(directory)?;
    let mut file = tempfile::Builder::new().prefix(".listenq-").tempfile_in(directory)?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    fs::File::open(directory)?.sync_all()
}

fn summary(content: Option<&str>) -> String {
    match content {
        None => "not there".to_owned(),
        Some(text) => format!("a file of {} lines", text.lines().count()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(path: &Path, from: Option<&str>, to: Option<&str>) -> FileChange {
        FileChange {
            path: path.to_owned(),
            from: from.map(str::to_owned),
            to: to.map(str::to_owned),
        }
    }

    #[test]
    fn it_is_made_changed_and_removed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("sysctl.d/99-listenq.conf");
        apply(&change(&path, None, Some("a\n"))).unwrap();
        apply(&change(&path, Some("a\n"), Some("b\n"))).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "b\n");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644);
        apply(&change(&path, Some("b\n"), None)).unwrap();
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 0);
    }

    #[test]
    fn what_others_wrote_meanwhile_stays() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("99-listenq.conf");
        fs::write(&path, "theirs\n").unwrap();
        let error = apply(&change(&path, None, Some("ours\n"))).unwrap_err();
        assert!(error.is_overtaken(), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "theirs\n");
    }
}
