//! What listenq has to say while modules of sock_diag are missing: /proc is read instead, and the reason is told.

use anyhow::{Context, ensure};
use serde_json::Value;

use super::results::JobResult;

/// The scene's listener holds its limit and one more.
const FULL: u64 = 5;

/// What is wrong with the document of a fallback job.
pub fn problems(job: &JobResult) -> Vec<String> {
    let document = job.output.join("\n");
    let checked = check(&document).and_then(|()| {
        ensure!(job.code == Some(0), "it ended with {:?}", job.code);
        Ok(())
    });
    match checked {
        Ok(()) => Vec::new(),
        Err(error) => vec![format!("{}: {error:#}", job.name())],
    }
}

fn check(text: &str) -> anyhow::Result<()> {
    let document: Value = serde_json::from_str(text).context("this is no JSON")?;
    for name in ["tcp", "unix"] {
        let source = named(&document, name)?;
        ensure!(
            source["status"] == "degraded",
            "source {name} is not degraded: {source}"
        );
        let reason = source["reason"].as_str().unwrap_or_default();
        ensure!(
            reason.contains("_diag"),
            "source {name} does not tell which module is missing: {source}"
        );
    }
    let listeners = document["listeners"].as_array().context("there are no listeners")?;
    let full = listeners.iter().find(|listener| listener["protocol"] == "tcp");
    let full = full.context("the listener of the scene is not told")?;
    let queue = &full["accept_queue"];
    ensure!(
        queue["length"].as_u64() == Some(FULL),
        "its length is not {FULL}: {full}"
    );
    ensure!(
        queue["limit"].is_null() && full["state"].is_null(),
        "/proc knows no limit: {full}"
    );
    Ok(())
}

fn named<'a>(document: &'a Value, name: &str) -> anyhow::Result<&'a Value> {
    let sources = document["sources"].as_array().context("there are no sources")?;
    let found = sources.iter().find(|source| source["name"] == name);
    found.with_context(|| format!("there is no source {name}"))
}
