//! Network namespaces that a bind mount holds (`ip netns add`, container engines), read from mountinfo.

use std::path::PathBuf;
use std::sync::Arc;

/// One bind mount of a network namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamespaceMount {
    /// Inode of the namespace.
    pub inode: u64,
    /// Where it is mounted.
    pub path: PathBuf,
}

impl NamespaceMount {
    /// The name that `ip netns` knows it by: the file name, below a directory `netns`.
    pub fn name(&self) -> Option<Arc<str>> {
        let is_named = self.path.parent()?.file_name()? == "netns";
        is_named.then(|| self.path.file_name().map(|name| name.to_string_lossy().into()))?
    }
}

/// Finds the mounts of network namespaces in the text of a mountinfo file (proc_pid_mountinfo(5)):
/// the root of such a mount is `net:[INODE]`, its file system nsfs.
pub fn parse(mountinfo: &str) -> Vec<NamespaceMount> {
    mountinfo.lines().filter_map(parse_line).collect()
}

fn parse_line(line: &str) -> Option<NamespaceMount> {
    let (mount, source) = line.split_once(" - ")?;
    let mut fields = mount.split(' ').skip(3);
    let (root, path) = (fields.next()?, fields.next()?);
    let inode = root.strip_prefix("net:[")?.strip_suffix(']')?.parse().ok()?;
    source.starts_with("nsfs ").then(|| NamespaceMount {
        inode,
        path: unescape(path).into(),
    })
}

/// Blanks, tabs, newlines and backslashes are written as three octal digits (`fs/proc_namespace.c:mangle`).
fn unescape(path: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        .iter()
        .fold(path.to_owned(), |path, (escaped, plain)| path.replace(escaped, plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTINFO: &str = "\
22 1 254:0 / / rw,relatime - ext4 /dev/root rw
92 25 0:23 /netns /run/netns rw,nosuid shared:5 - tmpfs tmpfs rw
93 92 0:4 net:[4026532281] /run/netns/blue rw shared:190 - nsfs nsfs rw
94 25 0:4 net:[4026532300] /run/docker/netns/1\\0402 rw - nsfs nsfs rw
95 25 0:4 mnt:[4026532400] /run/snapd/ns/x.mnt rw - nsfs nsfs rw
96 25 0:4 net:[x] /run/y rw - nsfs nsfs rw
97 garbage";

    #[test]
    fn mounts_of_network_namespaces_and_nothing_else() {
        let mounts = parse(MOUNTINFO);
        let inodes: Vec<_> = mounts.iter().map(|mount| mount.inode).collect();
        assert_eq!(inodes, [4_026_532_281, 4_026_532_300]);
        assert_eq!(mounts[0].name().as_deref(), Some("blue"));
        assert_eq!(mounts[1].name().as_deref(), Some("1 2"));
    }
}
