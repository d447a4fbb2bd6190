//! What `tune` found: plans, what they do to listeners, what holds at boot, and where else it belongs.

pub mod commands;
pub mod json;
pub mod page;
pub mod place;
mod program;
#[cfg(test)]
mod tests;

use fix::plan::tune::NamespacePlan;
use fix::plan::tune::drop_in;
use model::action::FileChange;
use model::{NamespaceKey, Setting};
use probe::sysctl_files::{Assignment, Tool};

use place::Place;

/// Everything there is to say.
#[derive(Debug)]
pub struct Report<'a> {
    /// What is planned in each namespace.
    pub plans: &'a [NamespacePlan],
    /// What each of these namespaces is, in the same order.
    pub places: Vec<Place>,
    /// What will hold at boot; `None` where nothing is to.
    pub boot: Option<Boot>,
    /// Between two looks.
    pub seconds: Option<f64>,
    /// The host's own namespace, where it can be told.
    pub initial: Option<NamespaceKey>,
}

/// What will hold at the next boot.
#[derive(Debug)]
pub struct Boot {
    /// How our own file would be changed; `None` when it says all of it already, or must not be written.
    pub file: Option<FileChange>,
    /// Why it must not be written.
    pub trouble: Option<String>,
    /// Each sysctl that is to have a value then.
    pub settings: Vec<BootSetting>,
    /// Files that could not be read, and why.
    pub unreadable: Vec<String>,
}

/// What will become of one sysctl at the next boot.
#[derive(Debug)]
pub struct BootSetting {
    /// Which.
    pub setting: Setting,
    /// What it is to be.
    pub value: i64,
    /// Every line that concerns it now, in the order in which they are read.
    pub assignments: Vec<Assignment>,
    /// Who gives it another value once our own file is written, and by which line.
    pub overruled: Vec<(Tool, Assignment)>,
}

impl Boot {
    /// Which lines of others win over ours.
    pub fn overruled(&self) -> Vec<String> {
        self.settings.iter().flat_map(BootSetting::told).collect()
    }
}

impl BootSetting {
    /// A sentence for each line that wins: one where both tools follow the same.
    fn told(&self) -> Vec<String> {
        let mut told: Vec<(&Assignment, Vec<&str>)> = Vec::new();
        for (tool, line) in &self.overruled {
            match told.iter_mut().find(|(earlier, _)| *earlier == line) {
                Some((_, tools)) => tools.push(tool.name()),
                None => told.push((line, vec![tool.name()])),
            }
        }
        told.into_iter()
            .map(|(line, tools)| {
                format!(
                    "{}: {} = {} is read after {} and wins (with {}): change or remove that line, or the next boot \
                     undoes this",
                    line.place(),
                    self.setting.name(),
                    line.value.as_deref().unwrap_or_default(),
                    drop_in::FILE,
                    tools.join(" and with ")
                )
            })
            .collect()
    }
}
