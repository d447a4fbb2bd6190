//! A pair of linked interfaces in two namespaces, to see when the kernel lets a namespace go.

use std::fs;

use crate::error::{During, LabError, Missing};
use crate::namespace::Namespace;
use crate::spawn;

/// Makes a veth pair called `name` in both namespaces. When one namespace ends, the kernel
/// removes both ends (drivers/net/veth.c:veth_dellink).
///
/// # Errors
/// [`LabError::Missing`] without the `ip` program or the kernel's veth.
pub fn veth_pair(here: &Namespace, there: &Namespace, name: &str) -> Result<(), LabError> {
    let (name, there) = (name.to_owned(), there.thread().to_string());
    here.run(move || {
        let arguments = [
            "link", "add", &name, "type", "veth", "peer", "name", &name, "netns", &there,
        ];
        let output = spawn::run("ip", &arguments).map_err(|error| Missing::feature("the program ip", error))?;
        if output.status.success() {
            return Ok(());
        }
        Err(Missing::feature("a veth pair", String::from_utf8_lossy(&output.stderr).trim()).into())
    })?
}

/// Whether the namespace has an interface of this name.
///
/// # Errors
/// If /proc cannot be read.
pub fn has_link(namespace: &Namespace, name: &str) -> Result<bool, LabError> {
    let path = format!("/proc/{}/net/dev", namespace.thread());
    let text = fs::read_to_string(&path).during("read", path)?;
    Ok(text
        .lines()
        .any(|line| line.split(':').next().is_some_and(|word| word.trim() == name)))
}
