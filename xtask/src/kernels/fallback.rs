//! What listenq has to say while modules of sock_diag are missing: /proc is read instead, and the reason is told.

use anyhow::{Context, ensure};
use serde_json::Value;

use super::results::{JobResult, Tally};

/// The scene's listener holds its limit and one more.
const FULL: u64 = 5;

/// Whether a job is such a look.
pub fn is(job: &JobResult) -> bool {
    job.label.starts_with("fallback/")
}

/// It counts as one test.
pub fn tally(job: &JobResult) -> Tally {
    let failed = usize::from(!problems(job).is_empty());
    Tally {
        ok: 1 - failed,
        skipped: 0,
        failed,
    }
}

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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn job(document: &Value, code: i32) -> JobResult {
        JobResult {
            label: "fallback/without_diag".into(),
            user: super::super::jobs::User::Root,
            output: serde_json::to_string_pretty(document)
                .unwrap()
                .lines()
                .map(str::to_owned)
                .collect(),
            errors: Vec::new(),
            code: Some(code),
            seconds: 0.0,
        }
    }

    fn document() -> Value {
        json!({
            "sources": [
                {"name": "tcp", "status": "degraded", "reason": "it may lack a module: inet_diag, tcp_diag"},
                {"name": "unix", "status": "degraded", "reason": "it may lack a module: unix_diag"},
            ],
            "listeners": [{"protocol": "tcp", "accept_queue": {"length": 5, "limit": null}, "state": null}],
        })
    }

    #[test]
    fn a_reading_of_proc_with_its_reason_is_right() {
        let right = job(&document(), 0);
        assert_eq!(problems(&right), Vec::<String>::new());
        assert_eq!(tally(&right).ok, 1);
    }

    #[test]
    fn everything_else_is_told() {
        let wrong = |pointer: &str, value: Value| {
            let mut document = document();
            *document.pointer_mut(pointer).unwrap() = value;
            problems(&job(&document, 0)).join(" ")
        };
        assert!(wrong("/sources/0/status", json!("ok")).contains("tcp is not degraded"));
        assert!(wrong("/sources/1/reason", Value::Null).contains("which module"));
        assert!(wrong("/listeners/0/accept_queue/length", json!(0)).contains("length"));
        assert!(wrong("/listeners/0/accept_queue/limit", json!(0)).contains("no limit"));
        assert!(wrong("/listeners", json!([])).contains("not told"));
        assert!(problems(&job(&document(), 2)).join("").contains("ended with Some(2)"));
        assert!(problems(&job(&json!("nothing"), 0)).join("").contains("no sources"));
    }
}
