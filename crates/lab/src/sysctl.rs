//! Settings of the namespace under /proc/sys: those of net/… belong to the namespace of the thread.

use std::fmt::Display;
use std::fs;
use std::io::{self, ErrorKind};

use crate::error::{LabError, Missing};

/// Sets one (`net/core/somaxconn`).
pub(crate) fn write(name: &str, value: impl Display) -> Result<(), LabError> {
    let path = format!("/proc/sys/{name}");
    fs::write(&path, value.to_string()).map_err(|error| failed("write", path, error))
}

/// The value of one, without the line's end.
pub(crate) fn read(name: &str) -> Result<String, LabError> {
    let path = format!("/proc/sys/{name}");
    let text = fs::read_to_string(&path).map_err(|error| failed("read", path, error))?;
    Ok(text.trim_end().to_owned())
}

/// Whether this kernel shows it in this namespace.
pub(crate) fn exists(name: &str) -> bool {
    fs::metadata(format!("/proc/sys/{name}")).is_ok()
}

/// The name as sysctl(8) writes it (`net.core.somaxconn`).
pub(crate) fn dotted(name: &str) -> String {
    name.replace('/', ".")
}

fn failed(operation: &'static str, path: String, source: io::Error) -> LabError {
    match source.kind() {
        // net/core is not there in the namespaces of user namespaces up to Linux 6.1.
        ErrorKind::NotFound => Missing::feature(&path, "this kernel does not show it here").into(),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            Missing::privilege(&format!("{operation} access to {path}"), source).into()
        }
        _ => LabError::Io {
            operation,
            object: path,
            source,
        },
    }
}
