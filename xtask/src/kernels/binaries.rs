//! Our test binaries, built once, as cargo tells where they are.

use std::io::BufReader;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};
use cargo_metadata::{Artifact, Message, TargetKind};

/// A program that cargo built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binary {
    /// `lab`, without the name of the project before it.
    pub package: String,
    /// The name of the test, or `unit` for the tests inside the sources.
    pub target: String,
    /// Where it is.
    pub path: PathBuf,
    /// The folder that cargo starts it in.
    pub folder: PathBuf,
    /// Whether it is a test, or a program that tests start.
    pub is_test: bool,
}

impl Binary {
    /// `lab/scenes`
    pub fn label(&self) -> String {
        format!("{}/{}", self.package, self.target)
    }
}

/// Builds every test of the workspace and gives them, and the programs they start.
pub fn build() -> anyhow::Result<Vec<Binary>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut child = Command::new(cargo)
        .args([
            "test",
            "--workspace",
            "--locked",
            "--no-run",
            "--message-format=json-render-diagnostics",
        ])
        .current_dir(crate::program::root())
        .stdout(Stdio::piped())
        .spawn()
        .context("start cargo")?;
    let messages = BufReader::new(child.stdout.take().context("the output of cargo")?);
    let binaries: anyhow::Result<Vec<_>> = Message::parse_stream(messages)
        .filter_map(|message| match message {
            Ok(Message::CompilerArtifact(artifact)) => binary(&artifact).map(Ok),
            Ok(_) => None,
            Err(error) => Some(Err(error.into())),
        })
        .collect();
    ensure!(child.wait()?.success(), "the tests could not be built");
    let mut binaries = binaries?;
    binaries.sort_by_key(Binary::label);
    Ok(binaries)
}

fn binary(artifact: &Artifact) -> Option<Binary> {
    let path = artifact.executable.as_ref()?.clone().into_std_path_buf();
    let is = |kind: &TargetKind| artifact.target.kind.contains(kind);
    let is_test = artifact.profile.test;
    if !is_test && !is(&TargetKind::Bin) {
        return None;
    }
    let folder = artifact.manifest_path.parent()?;
    Some(Binary {
        package: folder.file_name()?.to_owned(),
        target: if is(&TargetKind::Test) || !is_test {
            artifact.target.name.clone()
        } else {
            "unit".to_owned()
        },
        path,
        folder: folder.as_std_path().to_owned(),
        is_test,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: &str, name: &str, test: bool, executable: &str) -> Option<Binary> {
        let message = format!(
            r#"{{"reason":"compiler-artifact","package_id":"path+file:///r/crates/lab#listenq-lab@0.1.0","manifest_path":"/r/crates/lab/Cargo.toml","target":{{"kind":["{kind}"],"crate_types":["bin"],"name":"{name}","src_path":"/r/x.rs","edition":"2024","doc":false,"doctest":false,"test":true}},"profile":{{"opt_level":"0","debuginfo":1,"debug_assertions":true,"overflow_checks":true,"test":{test}}},"features":[],"filenames":[],"executable":{executable},"fresh":true}}"#
        );
        match Message::parse_stream(message.as_bytes()).next() {
            Some(Ok(Message::CompilerArtifact(artifact))) => binary(&artifact),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn tests_and_programs_are_told_from_the_rest() {
        let scenes = read("test", "scenes", true, "\"/t/scenes-1\"").unwrap();
        assert_eq!((scenes.label().as_str(), scenes.is_test), ("lab/scenes", true));
        assert_eq!(
            (scenes.path, scenes.folder),
            ("/t/scenes-1".into(), "/r/crates/lab".into())
        );
        assert_eq!(
            read("lib", "listenq_lab", true, "\"/t/l-1\"").unwrap().label(),
            "lab/unit"
        );
        let program = read("bin", "listenq", false, "\"/t/listenq\"").unwrap();
        assert_eq!((program.target.as_str(), program.is_test), ("listenq", false));
        assert_eq!(read("example", "record", false, "\"/t/record\""), None);
        assert_eq!(read("lib", "listenq_lab", false, "null"), None);
    }
}
