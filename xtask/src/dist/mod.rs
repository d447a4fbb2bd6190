//! `cargo xtask dist`: static binaries, tarballs and Debian packages; see docs/packages.md.

mod binary;
mod control;
mod deb;
mod documents;
mod elf;
mod files;
mod notices;
mod stamp;
mod sums;
mod tarball;
mod target;
mod trial;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::Args;

use crate::program::root;
use deb::About;
use documents::Documents;
use files::Parts;
use target::Target;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What to do besides packing.
#[derive(Args)]
pub struct Options {
    /// Build and pack everything a second time, and compare byte for byte
    #[arg(long)]
    check: bool,

    /// Install the Debian package in a throw-away copy of this host's root, use it, purge it (needs root)
    #[arg(long = "try")]
    is_tried: bool,

    /// Fail where arm64 cannot be built
    #[arg(long)]
    require_arm64: bool,
}

/// Builds and packs into target/dist.
pub fn run(options: &Options) -> anyhow::Result<()> {
    let target = crate::program::target();
    let folder = target.join("dist");
    if stamp::is_changed() {
        println!("there are changes that are not committed: what is packed is no commit");
    }
    let packages = pack(&target, &folder, options)?;
    if options.check {
        check(&target, &folder, options)?;
    }
    for package in &packages {
        println!("{}", package.display());
    }
    if options.is_tried {
        let native = packages.iter().find(|path| is_debian_package_of_this_host(path));
        trial::run(
            native.context("there is no package for this host")?,
            &target.join("dist-try"),
        )?;
    }
    Ok(())
}

fn is_debian_package_of_this_host(path: &Path) -> bool {
    let here = target::ALL.iter().find(|target| target.is_here());
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    here.is_some_and(|target| name.ends_with(&format!("_{}.deb", target.debian)))
}

/// Packs for every kind of machine that can be built for, and gives what was made.
fn pack(target: &Path, folder: &Path, options: &Options) -> anyhow::Result<Vec<PathBuf>> {
    let binaries = binaries(target, options)?;
    afresh(folder)?;
    let own = binaries.iter().find(|(target, _)| target.is_here());
    let (_, program) = own.context("this host is no kind of machine that listenq is built for")?;
    let documents = documents::written_by(program, &folder.join("pages"))?;
    let mut packages = Vec::new();
    for (target, program) in &binaries {
        packages.extend(pack_one(target, program, &documents, folder)?);
    }
    packages.push(sums::write(folder, &packages)?);
    Ok(packages)
}

/// Builds for every kind of machine that can be built for; says what the others lack.
fn binaries(folder: &Path, options: &Options) -> anyhow::Result<Vec<(&'static Target, PathBuf)>> {
    let mut binaries = Vec::new();
    for target in &target::ALL {
        if let Some(missing) = target.missing() {
            ensure!(
                !(options.require_arm64 && target.is_arm64()),
                "{} cannot be built: {missing}",
                target.debian
            );
            println!("{} is not built: {missing}", target.debian);
            continue;
        }
        let program = binary::build(target, folder)?;
        start(target, &program)?;
        binaries.push((target, program));
    }
    Ok(binaries)
}

/// Starts a program where something here can run it.
fn start(target: &Target, program: &Path) -> anyhow::Result<()> {
    let Some(version) = binary::says(target, program, &["--version"])? else {
        println!(
            "{} was not started: none of {} is here",
            target.debian,
            target.emulators.join(", ")
        );
        return Ok(());
    };
    ensure!(version == format!("listenq {VERSION}\n"), "its version is {version}");
    let topic = binary::says(target, program, &["explain", "somaxconn"])?.unwrap_or_default();
    ensure!(
        topic.starts_with("net.core.somaxconn"),
        "explain somaxconn says {topic}"
    );
    Ok(())
}

fn pack_one(target: &Target, program: &Path, documents: &Documents, folder: &Path) -> anyhow::Result<[PathBuf; 2]> {
    let seconds = stamp::seconds()?;
    let parts = parts(target, program, documents)?;
    let top = format!("listenq-{VERSION}-{}-linux", target.machine);
    let tarball = folder.join(format!("{top}.tar.gz"));
    let bytes = tarball::pack(&top, &files::of_tarball(&parts), seconds)?;
    fs::write(&tarball, bytes).with_context(|| format!("write {}", tarball.display()))?;

    let version = control::version(VERSION);
    let package = folder.join(format!("listenq_{version}_{}.deb", target.debian));
    let about = About {
        version: &version,
        architecture: target.debian,
        seconds,
    };
    let mit = fs::read_to_string(root().join("LICENSE-MIT")).context("read LICENSE-MIT")?;
    let mut files = files::of_debian(&parts)?;
    files.extend(control::files(&version, &stamp::as_date(seconds)?, &mit)?);
    deb::pack(&about, &files, &folder.join("stage"), &package)?;
    Ok([tarball, package])
}

fn parts(target: &Target, program: &Path, documents: &Documents) -> anyhow::Result<Parts> {
    let read = |path: &Path| fs::read(path).with_context(|| format!("read {}", path.display()));
    let texts: anyhow::Result<Vec<_>> = files::TEXTS
        .into_iter()
        .map(|name| Ok((name, read(&root().join(name))?)))
        .collect();
    Ok(Parts {
        binary: read(program)?,
        documents: documents.clone(),
        texts: texts?,
        notices: notices::text(target)?,
    })
}

/// Builds and packs again, in folders of its own, and compares the sums.
fn check(target: &Path, folder: &Path, options: &Options) -> anyhow::Result<()> {
    let again = target.join("dist-again");
    afresh(&again)?;
    pack(&again, &again.join("dist"), options)?;
    let sums = |folder: &Path| fs::read_to_string(folder.join(sums::FILE)).context("read the sums");
    let (first, second) = (sums(folder)?, sums(&again.join("dist"))?);
    if first != second {
        bail!("two builds differ; look into {}:\n{first}{second}", again.display());
    }
    println!("built twice, the same bytes");
    fs::remove_dir_all(&again).with_context(|| format!("remove {}", again.display()))
}

/// Makes a folder that is empty.
fn afresh(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("remove {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))
}
