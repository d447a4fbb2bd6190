//! Whose code is in the binary besides ours, and under which licence: the licences ask for it to be told.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Node, Package, PackageId, TargetKind};

use super::target::Target;
use crate::program::root;

/// A static binary has a part of it inside. Debian's libc6-dev and base-files bring these texts.
const LIBC: [&str; 2] = [
    "/usr/share/doc/libc6-dev/copyright",
    "/usr/share/common-licenses/LGPL-2.1",
];

const BEGINNING: &str = "\
The binary of listenq is linked statically. Besides listenq itself, which is under the licences MIT or Apache-2.0, as you
like, it has in it:

- parts of the GNU C Library, under the GNU Lesser General Public License 2.1 or later. You may link listenq with another
  version of it: the whole source of listenq is at https://github.com/listenq/listenq;
- the Rust standard library, MIT or Apache-2.0, Copyright (c) The Rust Project contributors;
- the packages below.
";

/// The text of THIRD-PARTY-NOTICES.
pub fn text(target: &Target) -> anyhow::Result<String> {
    let mut text = format!("{BEGINNING}{}", of_packages(target)?);
    for path in LIBC {
        let licence = fs::read_to_string(path).with_context(|| format!("read {path}, which has to be told"))?;
        section(&mut text, &format!("GNU C Library: {path}"), &licence)?;
    }
    Ok(text)
}

/// The packages with their licences, then the text of each licence.
fn of_packages(target: &Target) -> anyhow::Result<String> {
    let metadata = MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .other_options(["--locked".to_owned(), "--filter-platform".into(), target.triple.into()])
        .exec()
        .context("cargo metadata")?;
    let mut text = String::new();
    let mut licences: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in linked(&metadata)? {
        let name = format!("{} {}", package.name, package.version);
        let expression = package.license.as_deref().unwrap_or("see its text");
        writeln!(text, "\n{name}: {expression}")?;
        if let Some(repository) = &package.repository {
            writeln!(text, "  {repository}")?;
        }
        for licence in licence_texts(package)? {
            licences.entry(licence).or_default().push(name.clone());
        }
    }
    for (licence, names) in licences {
        section(&mut text, &names.join(", "), &licence)?;
    }
    Ok(text)
}

fn section(text: &mut String, title: &str, body: &str) -> std::fmt::Result {
    writeln!(text, "\n{}\n{title}\n\n{}", "-".repeat(80), body.trim_end())
}

/// The packages of others whose code is linked, in the order of names: not build scripts, not macros, not tests.
fn linked(metadata: &Metadata) -> anyhow::Result<Vec<&Package>> {
    let resolve = metadata.resolve.as_ref().context("cargo metadata resolved nothing")?;
    let nodes: BTreeMap<&PackageId, &Node> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let packages: BTreeMap<&PackageId, &Package> = metadata.packages.iter().map(|one| (&one.id, one)).collect();
    let own = metadata.packages.iter().find(|package| package.name == "listenq");
    let mut pending = vec![&own.context("there is no package listenq")?.id];
    let mut seen = BTreeSet::new();
    while let Some(id) = pending.pop() {
        let is_macro = packages.get(id).is_none_or(|package| is_macro(package));
        if is_macro || !seen.insert(id) {
            continue;
        }
        let dependencies = nodes.get(id).into_iter().flat_map(|node| &node.deps);
        pending.extend(
            dependencies
                .filter(|dependency| is_normal(dependency))
                .map(|one| &one.pkg),
        );
    }
    let others = seen.iter().filter_map(|id| packages.get(*id).copied());
    let mut others: Vec<_> = others.filter(|package| package.source.is_some()).collect();
    others.sort_by_key(|package| (package.name.to_string(), package.version.clone()));
    Ok(others)
}

fn is_macro(package: &Package) -> bool {
    package
        .targets
        .iter()
        .any(|target| target.kind.contains(&TargetKind::ProcMacro))
}

fn is_normal(dependency: &cargo_metadata::NodeDep) -> bool {
    dependency
        .dep_kinds
        .iter()
        .any(|info| info.kind == DependencyKind::Normal)
}

/// The licence texts that a package brings: of several licences to choose from, MIT's.
fn licence_texts(package: &Package) -> anyhow::Result<Vec<String>> {
    let folder = package.manifest_path.parent().context("a package has a folder")?;
    let mut names = licence_files(folder.as_std_path())?;
    // `MIT OR Apache-2.0`, in older packages `MIT/Apache-2.0`.
    let is_choice = |text: &str| text.contains(" OR ") || text.contains('/');
    let is_choice = package.license.as_deref().is_some_and(is_choice);
    let mit: Vec<_> = names
        .iter()
        .filter(|name| name.to_uppercase().contains("MIT"))
        .cloned()
        .collect();
    if is_choice && !mit.is_empty() {
        names = mit;
    }
    names
        .iter()
        .map(|name| fs::read_to_string(folder.join(name)).with_context(|| format!("read {name} of {}", package.name)))
        .map(|text| Ok(text?.replace("\r\n", "\n").trim_end().to_owned()))
        .collect()
}

fn licence_files(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_licence = ["LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE"]
            .iter()
            .any(|beginning| name.to_uppercase().starts_with(beginning));
        if is_licence && entry.file_type()?.is_file() {
            names.push(name);
        }
    }
    ensure!(!names.is_empty(), "{} has no licence text", folder.display());
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_linked_is_told_with_its_licence_and_nothing_else() {
        let here = super::super::target::ALL
            .iter()
            .find(|target| target.is_here())
            .unwrap();
        let text = of_packages(here).unwrap();
        let is_told = |name: &str| text.contains(&format!("\n{name} "));
        // Used directly, and by what is used.
        assert!(is_told("rustix") && is_told("linux-raw-sys"), "{text}");
        // Ours, a macro, a test's, a chore's.
        for name in ["listenq-model", "serde_derive", "proptest", "tar"] {
            assert!(!is_told(name), "{name} is not linked");
        }
        assert!(text.contains("Permission is hereby granted, free of charge"));
    }
}
