//! Manual pages and completions, as the program itself writes them: a new command is in them by itself.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};

use super::afresh;
use crate::command::run;

/// A shell, and the file that it looks for.
const SHELLS: [(&str, &str); 5] = [
    ("bash", "listenq.bash"),
    ("zsh", "_listenq"),
    ("fish", "listenq.fish"),
    ("elvish", "listenq.elv"),
    ("powershell", "_listenq.ps1"),
];

#[derive(Clone)]
/// What the program says about itself; each part with its file name, in the order of names.
pub struct Documents {
    /// `listenq.1`, `listenq-list.1`, …
    pub pages: Vec<(String, Vec<u8>)>,
    /// For each shell: its name, the file's name, the script.
    pub completions: Vec<(&'static str, &'static str, Vec<u8>)>,
}

/// Lets `program` write them; `folder` is made for the pages and removed again.
pub fn written_by(program: &Path, folder: &Path) -> anyhow::Result<Documents> {
    afresh(folder)?;
    run(Command::new(program).args(["man", "--dir"]).arg(folder))?;
    let pages = read_all(folder)?;
    fs::remove_dir_all(folder).with_context(|| format!("remove {}", folder.display()))?;
    ensure!(
        pages.iter().any(|(name, _)| name == "listenq.1"),
        "listenq man --dir wrote no listenq.1"
    );
    let completions: anyhow::Result<Vec<_>> = SHELLS
        .iter()
        .map(|(shell, file)| {
            let script = run(Command::new(program).args(["completions", shell]))?;
            Ok((*shell, *file, script.into_bytes()))
        })
        .collect();
    Ok(Documents {
        pages,
        completions: completions?,
    })
}

fn read_all(folder: &Path) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let mut pages = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))? {
        let entry = entry?;
        let text = fs::read(entry.path()).with_context(|| format!("read {}", entry.path().display()))?;
        pages.push((entry.file_name().to_string_lossy().into_owned(), text));
    }
    pages.sort();
    Ok(pages)
}
