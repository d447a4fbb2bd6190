//! `cargo xtask docs`: the pages of docs/ that are made from the knowledge crate and the recorded proofs. A
//! test of this crate keeps them as they should be.

mod proofs;
mod topics;

use std::fs;

use anyhow::{Context, ensure};

use crate::program::root;

/// Said at the top of each page.
const NOTICE: &str =
    "<!-- Made by `cargo xtask docs`; change crates/knowledge or the recorded proofs, not this page. -->";

/// A page below docs/.
struct Page {
    /// Its file.
    file: &'static str,
    /// Its text, in Markdown.
    text: String,
}

/// Writes every page.
pub fn run() -> anyhow::Result<()> {
    for page in pages()? {
        let path = root().join("docs").join(page.file);
        fs::write(&path, page.text).with_context(|| format!("write {}", path.display()))?;
        println!("docs/{}", page.file);
    }
    Ok(())
}

fn pages() -> anyhow::Result<Vec<Page>> {
    let mut pages = topics::pages();
    pages.extend(proofs::pages());
    ensure!(
        pages.iter().all(|page| !page.text.contains("\n\n\n")),
        "a page has two empty lines in a row"
    );
    Ok(pages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_are_as_the_knowledge_says() {
        for page in pages().unwrap() {
            let path = root().join("docs").join(page.file);
            let written = fs::read_to_string(&path).unwrap_or_default();
            assert!(
                written == page.text,
                "docs/{} is not up to date; cargo xtask docs writes it",
                page.file
            );
        }
    }
}
