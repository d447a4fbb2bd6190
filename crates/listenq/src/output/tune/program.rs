//! What makes a well-known program take over another limit.

use knowledge::{Kind, ProgramFacts};

/// What is known of the program whose processes have this name.
pub fn find(comm: &str) -> Option<&'static ProgramFacts> {
    knowledge::topics().find_map(|topic| match &topic.kind {
        Kind::Program(facts) if facts.processes.contains(&comm) => Some(facts),
        _ => None,
    })
}

/// When a change of this sysctl takes effect.
pub fn takes_effect(setting: model::Setting) -> Option<&'static str> {
    match &knowledge::setting(setting.name())?.kind {
        Kind::Setting(facts) => Some(facts.takes_effect),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_known_by_their_processes() {
        assert!(find("nginx").unwrap().applies.contains("reload"));
        assert!(find("no such program").is_none());
    }

    #[test]
    fn every_setting_says_when_it_takes_effect() {
        for setting in model::Setting::ALL {
            assert!(takes_effect(setting).is_some(), "{setting:?}");
        }
    }
}
