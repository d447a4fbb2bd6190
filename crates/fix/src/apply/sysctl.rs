//! A sysctl of a network namespace.

use std::fs;
use std::path::{Path, PathBuf};

use model::action::SysctlChange;

use crate::Trouble;
use crate::host::Host;

/// Sets it, and returns what it then reads.
pub fn apply(host: &mut Host, change: &SysctlChange) -> Result<i64, Trouble> {
    let path = probe::sysctl::path_of(&host.roots().proc, &change.name);
    host.inside(change.namespace, || set(&path, change))?
}

/// Sets a sysctl of the calling thread's namespace.
fn set(path: &Path, change: &SysctlChange) -> Result<i64, Trouble> {
    let present = read(path)?;
    if present != change.from {
        return Err(Trouble::Changed {
            what: change.name.clone(),
            expected: change.from.to_string(),
            found: present.to_string(),
        });
    }
    fs::write(path, change.to.to_string()).map_err(|source| failed("write", path, source))?;
    let found = read(path)?;
    if found == change.to {
        return Ok(found);
    }
    Err(Trouble::ReadBack {
        what: change.name.clone(),
        wanted: change.to.to_string(),
        found: found.to_string(),
        is_put_back: fs::write(path, change.from.to_string()).is_ok(),
    })
}

fn read(path: &Path) -> Result<i64, Trouble> {
    let bytes = fs::read(path).map_err(|source| failed("read", path, source))?;
    let garbled = || failed("read", path, std::io::Error::other("it is not one number"));
    probe::sysctl::parse(&bytes).ok_or_else(garbled)
}

fn failed(what: &'static str, path: &Path, source: std::io::Error) -> Trouble {
    Trouble::File {
        what,
        path: PathBuf::from(path),
        source,
    }
}
