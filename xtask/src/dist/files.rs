//! Which file goes where, in a tarball and in a Debian package.

use super::documents::Documents;
use super::tarball::gzip;

/// A file to be packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Without a slash before it.
    pub path: String,
    pub bytes: Vec<u8>,
    is_program: bool,
}

impl File {
    /// A program, which anybody may run.
    pub fn program(path: impl Into<String>, bytes: &[u8]) -> Self {
        Self {
            path: path.into(),
            bytes: bytes.to_owned(),
            is_program: true,
        }
    }

    /// Anything else, which anybody may read.
    pub fn text(path: impl Into<String>, bytes: &[u8]) -> Self {
        Self {
            is_program: false,
            ..Self::program(path, bytes)
        }
    }

    /// Its permissions.
    pub fn mode(&self) -> u32 {
        if self.is_program { 0o755 } else { 0o644 }
    }
}

/// What is in every package.
pub struct Parts {
    pub binary: Vec<u8>,
    pub documents: Documents,
    /// Texts of the repository by their names there: README.md, CHANGELOG.md, …
    pub texts: Vec<(&'static str, Vec<u8>)>,
    /// THIRD-PARTY-NOTICES.
    pub notices: String,
}

/// The texts of the repository that are packed.
pub const TEXTS: [&str; 4] = ["CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "README.md"];

/// The tarball, without its top folder.
pub fn of_tarball(parts: &Parts) -> Vec<File> {
    let mut files = vec![
        File::program("listenq", &parts.binary),
        File::text("THIRD-PARTY-NOTICES", parts.notices.as_bytes()),
    ];
    files.extend(parts.texts.iter().map(|(name, text)| File::text(*name, text)));
    let pages = parts.documents.pages.iter();
    files.extend(pages.map(|(name, page)| File::text(format!("man/{name}"), page)));
    let completions = parts.documents.completions.iter();
    files.extend(completions.map(|(_, name, script)| File::text(format!("completions/{name}"), script)));
    files
}

/// The Debian package, besides what is Debian's alone (copyright, its changelog).
pub fn of_debian(parts: &Parts) -> anyhow::Result<Vec<File>> {
    let documentation = |name: &str| format!("usr/share/doc/listenq/{name}");
    let mut files = vec![
        File::program("usr/bin/listenq", &parts.binary),
        File::text(
            documentation("THIRD-PARTY-NOTICES.gz"),
            &gzip(parts.notices.as_bytes())?,
        ),
    ];
    for (name, text) in &parts.texts {
        match *name {
            // What Debian calls the changelog of those who wrote the program (Debian Policy 12.7).
            "CHANGELOG.md" => files.push(File::text(documentation("changelog.gz"), &gzip(text)?)),
            "README.md" => files.push(File::text(documentation(name), text)),
            // The licences are in its copyright.
            _ => {}
        }
    }
    for (name, page) in &parts.documents.pages {
        files.push(File::text(format!("usr/share/man/man1/{name}.gz"), &gzip(page)?));
    }
    for (shell, _, script) in &parts.documents.completions {
        let place = match *shell {
            "bash" => "usr/share/bash-completion/completions/listenq",
            "zsh" => "usr/share/zsh/vendor-completions/_listenq",
            "fish" => "usr/share/fish/vendor_completions.d/listenq.fish",
            // Debian has no place for the others.
            _ => continue,
        };
        files.push(File::text(place, script));
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> Parts {
        let shells = [
            ("bash", "listenq.bash"),
            ("fish", "listenq.fish"),
            ("elvish", "listenq.elv"),
        ];
        Parts {
            binary: b"\x7fELF".to_vec(),
            documents: Documents {
                pages: vec![
                    ("listenq.1".into(), b"page".to_vec()),
                    ("listenq-new.1".into(), b"new".to_vec()),
                ],
                completions: shells.map(|(shell, name)| (shell, name, b"script".to_vec())).to_vec(),
            },
            texts: TEXTS.map(|name| (name, b"text".to_vec())).to_vec(),
            notices: "notices".into(),
        }
    }

    fn paths(files: &[File]) -> Vec<&str> {
        let mut paths: Vec<_> = files.iter().map(|file| file.path.as_str()).collect();
        paths.sort_unstable();
        paths
    }

    #[test]
    fn everything_is_in_the_tarball() {
        let files = of_tarball(&parts());
        let expected = [
            "CHANGELOG.md",
            "LICENSE-APACHE",
            "LICENSE-MIT",
            "README.md",
            "THIRD-PARTY-NOTICES",
            "completions/listenq.bash",
            "completions/listenq.elv",
            "completions/listenq.fish",
            "listenq",
            "man/listenq-new.1",
            "man/listenq.1",
        ];
        assert_eq!(paths(&files), expected);
        let programs: Vec<_> = files.iter().filter(|file| file.mode() == 0o755).collect();
        assert_eq!(programs.len(), 1);
        assert_eq!(programs[0].path, "listenq");
    }

    #[test]
    fn everything_is_where_debian_looks() {
        let files = of_debian(&parts()).unwrap();
        let expected = [
            "usr/bin/listenq",
            "usr/share/bash-completion/completions/listenq",
            "usr/share/doc/listenq/README.md",
            "usr/share/doc/listenq/THIRD-PARTY-NOTICES.gz",
            "usr/share/doc/listenq/changelog.gz",
            "usr/share/fish/vendor_completions.d/listenq.fish",
            "usr/share/man/man1/listenq-new.1.gz",
            "usr/share/man/man1/listenq.1.gz",
        ];
        assert_eq!(paths(&files), expected);
    }
}
