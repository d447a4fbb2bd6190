//! The numbers of a scene that a user may set: their names, bounds and defaults.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::LabError;

/// One number of a scene that may be set (`--set backlog=5`).
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Its value if nothing is said.
    pub default: u32,
    /// The smallest value allowed.
    pub min: u32,
    /// The largest value allowed: what keeps the scene bounded.
    pub max: u32,
    /// What it means, with its unit.
    pub meaning: &'static str,
}

/// The settings that a caller chose for a scene.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings(BTreeMap<String, u32>);

impl Settings {
    /// No settings: every parameter keeps its default.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one setting; a later one of the same name wins.
    #[must_use]
    pub fn set(mut self, name: &str, value: u32) -> Self {
        self.0.insert(name.into(), value);
        self
    }

    /// Adds a setting written `name=number`.
    ///
    /// # Errors
    /// [`LabError::MalformedSetting`] if it is not written so.
    pub fn set_text(self, text: &str) -> Result<Self, LabError> {
        let parsed = text.split_once('=').and_then(|(name, value)| {
            let value = value.trim().parse().ok()?;
            Some((name.trim(), value))
        });
        let (name, value) = parsed.ok_or_else(|| LabError::MalformedSetting { text: text.into() })?;
        Ok(self.set(name, value))
    }

    /// The value of every parameter of `scene`.
    ///
    /// # Errors
    /// A setting that no parameter has, or a value out of bounds.
    pub(crate) fn complete(&self, scene: &str, parameters: &[Parameter]) -> Result<BTreeMap<String, u32>, LabError> {
        let mut values: BTreeMap<_, _> = parameters.iter().map(|p| (p.name.to_owned(), p.default)).collect();
        for (name, &value) in &self.0 {
            let parameter = parameters
                .iter()
                .find(|p| p.name == name)
                .ok_or_else(|| unknown(scene, name, parameters))?;
            if !(parameter.min..=parameter.max).contains(&value) {
                return Err(out_of_range(scene, parameter, value));
            }
            values.insert(name.clone(), value);
        }
        Ok(values)
    }
}

fn unknown(scene: &str, name: &str, parameters: &[Parameter]) -> LabError {
    let names: Vec<_> = parameters.iter().map(|p| p.name).collect();
    LabError::UnknownSetting {
        scene: scene.into(),
        setting: name.into(),
        known: if names.is_empty() {
            "none".into()
        } else {
            names.join(", ")
        },
    }
}

fn out_of_range(scene: &str, parameter: &Parameter, value: u32) -> LabError {
    LabError::SettingOutOfRange {
        scene: scene.into(),
        name: parameter.name.into(),
        value,
        min: parameter.min,
        max: parameter.max,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKLOG: [Parameter; 1] = [Parameter {
        name: "backlog",
        default: 4,
        min: 0,
        max: 100,
        meaning: "",
    }];

    #[test]
    fn defaults_hold_until_something_is_said() {
        let said = Settings::new().set_text("backlog = 7").unwrap();
        assert_eq!(Settings::new().complete("s", &BACKLOG).unwrap()["backlog"], 4);
        assert_eq!(said.complete("s", &BACKLOG).unwrap()["backlog"], 7);
    }

    #[test]
    fn wrong_settings_are_named_with_what_there_is() {
        let unknown = Settings::new().set("rate", 1).complete("s", &BACKLOG).unwrap_err();
        assert_eq!(unknown.to_string(), "rate is no setting of scene s; it has: backlog");
        let large = Settings::new().set("backlog", 101).complete("s", &BACKLOG).unwrap_err();
        assert_eq!(large.to_string(), "backlog=101: scene s takes 0 to 100");
        for text in ["backlog", "backlog=", "backlog=-1", "backlog=4294967296"] {
            let malformed = Settings::new().set_text(text).unwrap_err();
            assert_eq!(
                malformed.to_string(),
                format!("{text}: a setting is written name=number")
            );
        }
        for min_or_max in [0, 100] {
            let values = Settings::new().set("backlog", min_or_max).complete("s", &BACKLOG);
            assert_eq!(values.unwrap()["backlog"], min_or_max);
        }
    }
}
