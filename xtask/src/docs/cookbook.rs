//! The cookbook: the programs of docs/cookbook, as they are.

use std::fs;

use anyhow::Context;

use super::{NOTICE, Page};
use crate::program::root;

const INTRO: &str = "# Cookbook: setting and reading a backlog

Small complete programs, one for each language. Each listens with a backlog, reads the length and the limit of its own
accept queue, and changes the limit by calling `listen()` again. All are compiled and run by the tests, and what they
print is compared with what the kernel says.
";

/// The page, from the programs in the order of their file names.
pub fn page() -> anyhow::Result<Page> {
    let folder = root().join("docs/cookbook");
    let mut files: Vec<_> = fs::read_dir(&folder)
        .with_context(|| format!("read {}", folder.display()))?
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .map(|entry| entry.path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    let mut text = format!("{NOTICE}\n\n{INTRO}");
    for path in files {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let kind = path.extension().unwrap_or_default().to_string_lossy().into_owned();
        let program = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        text.push_str(&format!("\n## {name}\n\n```{kind}\n{}```\n", program));
    }
    Ok(Page {
        file: "cookbook.md",
        text,
    })
}
