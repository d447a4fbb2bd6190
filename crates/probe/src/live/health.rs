//! Collects how each source fared in every namespace of one sample, and says it once per source.

use model::SourceHealth;

/// What each source gave, in the order in which the sources were first named.
#[derive(Debug, Default)]
pub struct HealthLog {
    sources: Vec<Source>,
}

#[derive(Debug)]
struct Source {
    name: &'static str,
    gave: bool,
    reasons: Vec<String>,
}

impl HealthLog {
    /// The source gave something.
    pub fn gave(&mut self, name: &'static str) {
        self.source(name).gave = true;
    }

    /// The source lacks something; the reason says what and what would bring it.
    pub fn lacks(&mut self, name: &'static str, reason: impl Into<String>) {
        let reasons = &mut self.source(name).reasons;
        let reason = reason.into();
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }

    fn source(&mut self, name: &'static str) -> &mut Source {
        let position = self
            .sources
            .iter()
            .position(|source| source.name == name)
            .unwrap_or_else(|| {
                self.sources.push(Source {
                    name,
                    gave: false,
                    reasons: Vec::new(),
                });
                self.sources.len() - 1
            });
        &mut self.sources[position]
    }

    /// One line per source.
    pub fn finish(self) -> Vec<SourceHealth> {
        self.sources.into_iter().map(Source::finish).collect()
    }
}

impl Source {
    fn finish(self) -> SourceHealth {
        let reason = match self.reasons.as_slice() {
            [] => return SourceHealth::ok(self.name),
            [only] => only.clone(),
            [first, rest @ ..] => format!("{first} (and {} more)", rest.len()),
        };
        if self.gave {
            SourceHealth::degraded(self.name, reason)
        } else {
            SourceHealth::unavailable(self.name, reason)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Status;

    #[test]
    fn a_source_is_ok_degraded_or_unavailable() {
        let mut log = HealthLog::default();
        log.gave("tcp");
        log.gave("unix");
        log.lacks("unix", "one");
        log.lacks("unix", "one");
        log.lacks("owners", "one");
        log.lacks("owners", "two");
        let finished = log.finish();
        let statuses: Vec<_> = finished.iter().map(|source| (&*source.name, source.status)).collect();
        let expected = [
            ("tcp", Status::Ok),
            ("unix", Status::Degraded),
            ("owners", Status::Unavailable),
        ];
        assert_eq!(statuses, expected);
        assert_eq!(finished[1].reason.as_deref(), Some("one"));
        assert_eq!(finished[2].reason.as_deref(), Some("one (and 1 more)"));
    }
}
