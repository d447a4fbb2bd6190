//! The texts that make files a Debian package: control, copyright, changelog, and what is done on purge (Debian Policy 5, 12).

use super::files::File;

const MAINTAINER: &str = "The listenq developers <listenq@users.noreply.github.com>";
const HOMEPAGE: &str = env!("CARGO_PKG_REPOSITORY");

const DESCRIPTION: &str = "\
Description: queues of every listening socket: length, limit, drops
 listenq shows for every listening socket of the host how full its SYN queue
 and its accept queue are, what limits each, what was dropped, and which
 process, unit or container owns the socket: TCP, MPTCP and unix, in all
 network namespaces that can be read.
 .
 It explains the kernel's counters, sysctls and log lines with the values of
 the host it runs on, and can play each statement in a throw-away network
 namespace. Output is for people (tables) or for programs (JSON, csv).
 .
 The binary is static. It needs Linux 4.18 or newer.
";

/// Removes what listenq itself wrote; dpkg removes the rest. A drop-in in /etc/sysctl.d is the administrator's wish.
pub const POSTRM: &str = "\
#!/bin/sh
set -e
if [ \"$1\" = purge ]; then
    # The journal of changes, and what was learnt about the kernel.
    rm -rf /var/lib/listenq
fi
";

/// lintian takes a static program that can be loaded anywhere (x86-64) for a library, and says rightly of the other one
/// (arm64) that it is static, which is its point.
const OVERRIDES: &str = "\
# It has to run in any container and on any distribution.
listenq [amd64]: shared-library-lacks-prerequisites [usr/bin/listenq]
listenq [arm64]: statically-linked-binary [usr/bin/listenq]
# There is no request for packaging in Debian.
listenq: initial-upload-closes-no-bugs [*]
";

/// Our version as Debian has it: `0.2.0-rc.1` comes before `0.2.0`, which `~` says; `-1` is the packaging's.
pub fn version(ours: &str) -> String {
    format!("{}-1", ours.replacen('-', "~", 1).replace('-', "."))
}

/// The control file.
pub fn control(version: &str, architecture: &str, installed: u64) -> String {
    format!(
        "Package: listenq\nVersion: {version}\nArchitecture: {architecture}\nMaintainer: {MAINTAINER}\n\
         Installed-Size: {installed}\nSection: net\nPriority: optional\nHomepage: {HOMEPAGE}\n{DESCRIPTION}"
    )
}

/// Installed-Size in KiB, as dpkg-gencontrol estimates it: each file rounded up, and one for each folder.
pub fn installed_size(files: &[File]) -> u64 {
    let kibibytes = |bytes: usize| u64::try_from(bytes.div_ceil(1024)).unwrap_or(u64::MAX);
    let content: u64 = files.iter().map(|file| kibibytes(file.bytes.len())).sum();
    content + u64::try_from(folders(files).len()).unwrap_or(u64::MAX)
}

/// Every folder that files are in, parents before what is in them.
pub fn folders(files: &[File]) -> Vec<&str> {
    let parents = files
        .iter()
        .flat_map(|file| file.path.match_indices('/').filter_map(|(end, _)| file.path.get(..end)));
    let mut folders: Vec<_> = parents.collect();
    folders.sort_unstable();
    folders.dedup();
    folders
}

/// The changelog of the packaging; ours is beside it.
pub fn changelog(version: &str, date: &str) -> String {
    format!(
        "listenq ({version}) unstable; urgency=medium\n\n  * Packed by cargo xtask dist. What has changed in listenq is in \
         changelog.gz.\n\n -- {MAINTAINER}  {date}\n"
    )
}

/// The copyright file, in the format that programs read, with the text of our MIT licence.
pub fn copyright(mit: &str) -> String {
    format!(
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: listenq\nSource: \
         {HOMEPAGE}\nComment: The binary is static. What it has in it of others, and their licences, is in\n \
         /usr/share/doc/listenq/THIRD-PARTY-NOTICES.gz.\n\nFiles: *\nCopyright: 2026 The listenq developers\nLicense: Expat or \
         Apache-2.0\n\nLicense: Expat\n{}\nLicense: Apache-2.0\n On Debian systems the text is in \
         /usr/share/common-licenses/Apache-2.0.\n",
        folded(mit)
    )
}

/// A text as the continuation of a field: indented, a dot for an empty line.
fn folded(text: &str) -> String {
    let line = |line: &str| {
        if line.is_empty() {
            " .\n".to_owned()
        } else {
            format!(" {line}\n")
        }
    };
    text.trim_end().lines().map(line).collect()
}

/// What is Debian's alone among the files.
pub fn files(version: &str, date: &str, mit: &str) -> anyhow::Result<Vec<File>> {
    let changelog = super::tarball::gzip(changelog(version, date).as_bytes())?;
    Ok(vec![
        File::text("usr/share/doc/listenq/changelog.Debian.gz", &changelog),
        File::text("usr/share/doc/listenq/copyright", copyright(mit).as_bytes()),
        File::text("usr/share/lintian/overrides/listenq", OVERRIDES.as_bytes()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_as_debian_orders_them() {
        assert_eq!(version("0.1.0"), "0.1.0-1");
        assert_eq!(version("0.2.0-rc.1"), "0.2.0~rc.1-1");
        assert_eq!(version("0.2.0-rc-1"), "0.2.0~rc.1-1");
    }

    #[test]
    fn the_control_file_has_a_field_a_line() {
        let text = control("0.1.0-1", "amd64", 42);
        assert!(
            text.starts_with("Package: listenq\nVersion: 0.1.0-1\nArchitecture: amd64\nMaintainer: "),
            "{text}"
        );
        assert!(
            text.contains("\nInstalled-Size: 42\nSection: net\nPriority: optional\nHomepage: https://"),
            "{text}"
        );
        assert!(!text.contains("\nDepends"), "a static binary needs nothing");
        for line in text.lines().skip_while(|line| !line.starts_with("Description")).skip(1) {
            assert!(line.starts_with(' ') && line.len() <= 80, "{line}");
        }
        let synopsis = text
            .lines()
            .find_map(|line| line.strip_prefix("Description: "))
            .unwrap();
        assert!(synopsis.len() < 80, "{synopsis}");
    }

    #[test]
    fn sizes_are_rounded_up_and_folders_counted() {
        let files = [
            File::text("a/b/one", &[0; 1025]),
            File::text("a/two", &[0; 1]),
            File::text("a/none", &[]),
        ];
        assert_eq!(folders(&files), ["a", "a/b"]);
        assert_eq!(installed_size(&files), 2 + 1 + 2);
    }

    #[test]
    fn a_licence_is_folded_into_its_field() {
        let text = copyright("Copyright (c) X\n\nPermission\n");
        assert!(
            text.contains("License: Expat\n Copyright (c) X\n .\n Permission\n\nLicense: Apache"),
            "{text}"
        );
    }

    #[test]
    fn the_changelog_is_as_debian_has_it() {
        let text = changelog("0.1.0-1", "Fri, 20 Nov 2026 11:00:00 +0000");
        let shape: Vec<_> = text.lines().collect();
        assert_eq!(shape[0], "listenq (0.1.0-1) unstable; urgency=medium");
        assert!(shape[2].starts_with("  * "), "{text}");
        assert!(
            shape[4].starts_with(" -- ") && shape[4].ends_with(">  Fri, 20 Nov 2026 11:00:00 +0000"),
            "{text}"
        );
    }

    #[test]
    fn the_script_of_purge_is_what_a_shell_reads() {
        let shell = std::process::Command::new("sh").args(["-n", "-c", POSTRM]).status();
        assert!(shell.unwrap().success());
    }
}
