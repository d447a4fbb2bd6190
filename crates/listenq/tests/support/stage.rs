//! Scenes of the lab in which the real program is run.

use lab::{LabError, Launch, Stage};

/// Launches a scene with these settings, or says why not.
pub fn stage(test: &str, scene: &str, settings: &[(&str, u32)]) -> Option<Stage> {
    if let Err(missing) = lab::require::user_namespaces() {
        lab::skip_or_fail(test, &missing);
        return None;
    }
    let launch = Launch::new(env!("CARGO_BIN_EXE_listenq"), scene);
    let launch = settings
        .iter()
        .fold(launch, |launch, (name, value)| launch.set(name, *value));
    match Stage::launch(&launch) {
        // Up to Linux 6.1 an ordinary user's namespace has no somaxconn.
        Err(LabError::Missing(missing)) => {
            lab::skip_or_fail(test, &missing);
            None
        }
        launched => Some(launched.unwrap()),
    }
}
