//! A suite's kernel in the cache: its image, and the modules that the tests need, in the order of loading.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};

use super::apt::{Apt, Installed, Package};
use super::modules;
use super::suites::{PACKAGE, Suite};
use crate::command::run;

/// What is known of a cached kernel; kernel.toml beside it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Kernel {
    /// The suite it is of.
    pub suite: String,
    /// The version of its package.
    pub version: String,
    /// What `uname -r` says.
    pub release: String,
    /// What was looked for; another list makes the cached kernel an old one.
    wanted: Vec<String>,
    /// Files in modules/, each after those it depends on.
    pub modules: Vec<String>,
    /// Where all this is.
    #[serde(skip)]
    folder: PathBuf,
}

impl Kernel {
    /// The cached kernel of a suite, fetched if there is none or if a newer one is asked for.
    pub fn provide(cache: &Path, suite: &Suite, update: bool) -> anyhow::Result<Self> {
        let folder = cache.join(suite.name);
        if !update && let Ok(kernel) = Self::read(&folder) {
            return Ok(kernel);
        }
        let fetched = Self::fetch(cache, suite, &folder);
        match (fetched, suite.instead()) {
            (Err(error), Some(instead)) => {
                println!("{}: {error:#}\n{}: taken instead", suite.name, instead.name);
                Self::provide(cache, instead, update)
            }
            (result, _) => result.with_context(|| format!("the kernel of {}", suite.name)),
        }
    }

    /// The bootable image.
    pub fn image(&self) -> PathBuf {
        self.folder.join("vmlinuz")
    }

    /// Where a module is.
    pub fn module(&self, name: &str) -> PathBuf {
        self.folder.join("modules").join(name)
    }

    fn read(folder: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(folder.join("kernel.toml"))?;
        let kernel: Self = toml::from_str(&text)?;
        ensure!(kernel.wanted == modules::WANTED, "it has other modules");
        Ok(Self {
            folder: folder.to_owned(),
            ..kernel
        })
    }

    /// Resolves, downloads and unpacks. What is complete is moved into place in one step.
    fn fetch(cache: &Path, suite: &Suite, folder: &Path) -> anyhow::Result<Self> {
        let apt = Apt::new(
            &cache.join("apt").join(suite.name),
            &suite.sources(),
            suite.release,
            &Installed::Nothing,
        )?;
        apt.update()?;
        let resolved = apt.resolve(PACKAGE)?;
        let packages: Vec<_> = resolved
            .iter()
            .filter(|package| holds_a_kernel(&package.name))
            .collect();
        let version = packages
            .first()
            .context("apt resolves no kernel package")?
            .version
            .clone();
        if let Ok(kernel) = Self::read(folder)
            && kernel.version == version
        {
            return Ok(kernel);
        }
        println!("fetching {} of {}", version, suite.name);
        let new = cache.join(format!("{}.new", suite.name));
        afresh(&new)?;
        let kernel = download(&apt, &packages, &new, suite, version)?;
        afresh(folder)?;
        fs::rename(&new, folder).with_context(|| format!("move {} to {}", new.display(), folder.display()))?;
        Ok(Self {
            folder: folder.to_owned(),
            ..kernel
        })
    }
}

/// Up to Linux 6.18 one package has the image and the modules; after that there is one for each, and linux-image-… is
/// an empty one that depends on them.
fn holds_a_kernel(name: &str) -> bool {
    ["linux-image-", "linux-binary-", "linux-modules-"]
        .iter()
        .filter_map(|prefix| name.strip_prefix(prefix))
        .any(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
}

fn download(apt: &Apt, packages: &[&Package], folder: &Path, suite: &Suite, version: String) -> anyhow::Result<Kernel> {
    apt.download(packages, folder)?;
    let unpacked = folder.join("unpacked");
    for file in fs::read_dir(folder)? {
        let file = file?.path();
        if file.extension().is_some_and(|extension| extension == "deb") {
            run(Command::new("dpkg-deb").arg("--extract").arg(&file).arg(&unpacked))?;
            fs::remove_file(&file)?;
        }
    }
    let release = arrange(&unpacked)?;
    fs::rename(image(&unpacked, &release)?, folder.join("vmlinuz"))?;
    let modules = modules::collect(&unpacked, &release, &folder.join("modules"))?;
    fs::remove_dir_all(&unpacked)?;
    let kernel = Kernel {
        suite: suite.name.to_owned(),
        version,
        release,
        wanted: modules::WANTED.map(str::to_owned).to_vec(),
        modules,
        folder: folder.to_owned(),
    };
    fs::write(folder.join("kernel.toml"), toml::to_string(&kernel)?)?;
    Ok(kernel)
}

/// Newer packages have their modules in usr/lib; puts them where depmod looks, and gives the release.
fn arrange(unpacked: &Path) -> anyhow::Result<String> {
    let (old, new) = (unpacked.join("lib/modules"), unpacked.join("usr/lib/modules"));
    if new.exists() {
        fs::create_dir_all(unpacked.join("lib"))?;
        fs::rename(&new, &old)?;
    }
    let mut folders = fs::read_dir(&old).with_context(|| format!("read {}", old.display()))?;
    let release = folders.next().context("the package has no modules")??;
    ensure!(folders.next().is_none(), "{} has more than one kernel", old.display());
    let name = release.file_name();
    Ok(name.to_str().context("the name of a kernel is not UTF-8")?.to_owned())
}

fn image(unpacked: &Path, release: &str) -> anyhow::Result<PathBuf> {
    let places = [
        format!("boot/vmlinuz-{release}"),
        format!("lib/modules/{release}/vmlinuz"),
    ];
    let mut found = places
        .iter()
        .map(|place| unpacked.join(place))
        .filter(|place| place.is_file());
    found
        .next()
        .with_context(|| format!("{} has no image of {release}", unpacked.display()))
}

/// An empty place for a folder: its parent is there, itself is not.
fn afresh(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("remove {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_with_a_kernel_in_them_are_told_from_others() {
        for name in [
            "linux-image-5.10.0-46-cloud-amd64",
            "linux-binary-7.2.13+deb14-cloud-amd64",
            "linux-modules-7.2.13+deb14-cloud-amd64",
        ] {
            assert!(holds_a_kernel(name), "{name}");
        }
        for name in [
            "linux-image-cloud-amd64",
            "linux-base",
            "linux-base-7.2.13+deb14-cloud-amd64",
            "kmod",
        ] {
            assert!(!holds_a_kernel(name), "{name}");
        }
    }

    #[test]
    fn both_layouts_of_a_package_are_understood() {
        for (modules, vmlinuz) in [
            ("lib/modules/5.10.0", "boot/vmlinuz-5.10.0"),
            ("usr/lib/modules/5.10.0", "usr/lib/modules/5.10.0/vmlinuz"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            fs::create_dir_all(folder.path().join(modules)).unwrap();
            fs::create_dir_all(folder.path().join("boot")).unwrap();
            fs::write(folder.path().join(vmlinuz), "").unwrap();
            assert_eq!(arrange(folder.path()).unwrap(), "5.10.0");
            assert!(image(folder.path(), "5.10.0").is_ok(), "{modules}");
        }
    }

    #[test]
    fn a_cached_kernel_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let kernel = Kernel {
            suite: "sid".into(),
            version: "7.2.13-1".into(),
            release: "7.2.13+deb14-cloud-amd64".into(),
            wanted: modules::WANTED.map(str::to_owned).to_vec(),
            modules: vec!["inet_diag.ko".into(), "tcp_diag.ko".into()],
            folder: folder.path().to_owned(),
        };
        assert!(Kernel::read(folder.path()).is_err(), "nothing is there yet");
        fs::write(folder.path().join("kernel.toml"), toml::to_string(&kernel).unwrap()).unwrap();
        assert_eq!(Kernel::read(folder.path()).unwrap(), kernel);
        let old = toml::to_string(&kernel).unwrap().replace("veth", "vxlan");
        fs::write(folder.path().join("kernel.toml"), old).unwrap();
        assert!(Kernel::read(folder.path()).is_err(), "another list of modules");
    }
}
