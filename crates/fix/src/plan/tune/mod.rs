//! Plans other values for the sysctls of namespaces: those that what was measured speaks for, or those that were
//! asked for.

mod advice;
mod case;
pub mod drop_in;
mod effect;
#[cfg(test)]
mod fixture;
mod requested;
mod rules;

use model::action::SysctlChange;
use model::document::NamespaceReport;
use model::{Action, NamespaceKey, Setting, Settings, Window};
use serde::Serialize;

pub use advice::{About, Advice};
use case::Case;
pub use effect::{Group, Next};

/// What is to be done in one namespace, and why.
#[derive(Clone, Debug)]
pub struct NamespacePlan {
    /// Which.
    pub key: NamespaceKey,
    /// Its name, for people.
    pub name: Option<String>,
    /// Whether it is the reader's own.
    pub is_own: bool,
    /// What its sysctls are now.
    pub settings: Settings,
    /// What is to be changed.
    pub changes: Vec<Change>,
    /// What is to stay as it is.
    pub kept: Vec<Kept>,
    /// What no sysctl changes.
    pub advice: Vec<Advice>,
    /// Its listeners, where somaxconn is to change: what they have now, and when that will be another.
    pub groups: Vec<Group>,
    /// The values that were asked for, though they may hold already: what is to be so at the next boot too.
    pub wanted: Vec<(Setting, i64)>,
}

/// Another value for a sysctl.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which.
    pub setting: Setting,
    /// The value that it has.
    pub from: i64,
    /// The value that it is to have.
    pub to: i64,
    /// Why, in words.
    pub reason: String,
    /// What that rests on.
    pub evidence: Vec<Evidence>,
    /// What has to be known before.
    pub warnings: Vec<String>,
}

/// A number that a reason rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// What it is.
    pub fact: String,
    /// The number.
    pub value: String,
    /// Where it was read.
    pub source: &'static str,
}

/// A sysctl that is to stay as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Which.
    pub setting: Setting,
    /// Why.
    pub why: String,
}

/// What is thought of a sysctl.
enum Ruling {
    Change(Change),
    Keep(Kept),
}

/// A value that was asked for and cannot be set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{name} cannot be read in {namespace}, so it cannot be set there either{}",
    hint(name)
)]
pub struct Unreadable {
    name: &'static str,
    namespace: String,
}

/// KERNEL.md 6.2.
fn hint(name: &str) -> &'static str {
    if name.starts_with("net.core.") {
        "; up to Linux 6.1 a namespace that belongs to a user namespace has no net.core, and nobody can change it"
    } else {
        ""
    }
}

/// What was measured: one look, or two.
#[derive(Clone, Copy, Debug)]
pub struct Looks<'a> {
    /// The first of two.
    pub before: Option<&'a Window>,
    /// The only one, or the second: with what moved since the first.
    pub now: &'a Window,
}

/// Proposes what was measured speaks for, in the namespaces that are wanted.
pub fn propose(looks: Looks, is_wanted: impl Fn(&NamespaceReport) -> bool) -> Vec<NamespacePlan> {
    let wanted = looks.now.namespaces.iter().filter(|namespace| is_wanted(namespace));
    wanted
        .map(|namespace| {
            let case = Case::new(looks, namespace);
            let rulings = rules::judge(&case);
            let advice = advice::advise(&case, rulings.iter());
            case.plan(rulings, advice, Vec::new())
        })
        .collect()
}

/// Plans the values that were asked for, in the namespaces that are wanted.
///
/// # Errors
/// When one of them is not there to be set.
pub fn request(
    looks: Looks,
    values: &[(Setting, i64)],
    is_wanted: impl Fn(&NamespaceReport) -> bool,
) -> Result<Vec<NamespacePlan>, Unreadable> {
    let wanted = looks.now.namespaces.iter().filter(|namespace| is_wanted(namespace));
    wanted
        .map(|namespace| {
            let case = Case::new(looks, namespace);
            let rulings = requested::judge(&case, values)?;
            Ok(case.plan(rulings, Vec::new(), values.to_vec()))
        })
        .collect()
}

impl NamespacePlan {
    /// The actions that change it now.
    pub fn actions(&self) -> impl Iterator<Item = Action> {
        self.changes.iter().map(|change| {
            Action::Sysctl(SysctlChange {
                namespace: self.key,
                namespace_name: self.name.clone(),
                name: change.setting.name().to_owned(),
                from: change.from,
                to: change.to,
            })
        })
    }

    /// The values that are to hold after the next boot.
    pub fn durable(&self) -> Vec<(Setting, i64)> {
        if self.wanted.is_empty() {
            self.changes.iter().map(|change| (change.setting, change.to)).collect()
        } else {
            self.wanted.clone()
        }
    }

    /// For people: its name, or its number.
    pub fn called(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.key.to_string())
    }
}

impl Case<'_> {
    fn plan(&self, rulings: Vec<Ruling>, advice: Vec<Advice>, wanted: Vec<(Setting, i64)>) -> NamespacePlan {
        let (mut changes, mut kept) = (Vec::new(), Vec::new());
        for ruling in rulings {
            match ruling {
                Ruling::Change(change) => changes.push(change),
                Ruling::Keep(one) => kept.push(one),
            }
        }
        let somaxconn = changes.iter().find(|change| change.setting == Setting::Somaxconn);
        let groups = somaxconn.map(|change| effect::groups(&self.listeners, change.from, change.to));
        NamespacePlan {
            key: self.namespace.key,
            name: self.namespace.name.as_deref().map(str::to_owned),
            is_own: self.namespace.is_own,
            settings: self.namespace.sysctls.clone(),
            groups: groups.unwrap_or_default(),
            changes,
            kept,
            advice,
            wanted,
        }
    }
}

impl Ruling {
    fn keep(setting: Setting, why: impl Into<String>) -> Self {
        Self::Keep(Kept {
            setting,
            why: why.into(),
        })
    }
}
