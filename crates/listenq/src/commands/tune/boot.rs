//! What will hold at the next boot: our own file, and the files of others that are read after it.

use std::path::Path;

use fix::plan::tune::{NamespacePlan, drop_in};
use model::Setting;
use model::action::FileChange;
use probe::clock;
use probe::sysctl_files::{SysctlFiles, Tool};

use crate::output::tune::{Boot, BootSetting};

/// Looks at the files, and at what our own one would change. `None` where nothing is to hold at boot.
pub fn look(host: Option<&NamespacePlan>, command: &str) -> anyhow::Result<Option<Boot>> {
    let settings = host.map(NamespacePlan::durable).unwrap_or_default();
    if settings.is_empty() {
        return Ok(None);
    }
    let present = drop_in::present();
    let (file, trouble) = match &present {
        Ok(present) => match drop_in::change(present.as_deref(), &settings, command, clock::now()) {
            Ok(file) => (file, None),
            Err(not_ours) => (None, Some(not_ours.to_string())),
        },
        Err(trouble) => (None, Some(trouble.to_string())),
    };
    let files = SysctlFiles::read(Path::new("/"));
    let later = later(files.clone(), file.as_ref());
    Ok(Some(Boot {
        settings: settings.iter().map(|one| setting(*one, &files, &later)).collect(),
        unreadable: files
            .unreadable()
            .map(|(path, why)| format!("{}: {why}", path.display()))
            .collect(),
        file,
        trouble,
    }))
}

/// The files as they will be.
fn later(files: SysctlFiles, file: Option<&FileChange>) -> SysctlFiles {
    match file.and_then(|file| Some((&file.path, file.to.as_deref()?))) {
        Some((path, text)) => files.with(path, text),
        None => files,
    }
}

fn setting((setting, value): (Setting, i64), files: &SysctlFiles, later: &SysctlFiles) -> BootSetting {
    let name = setting.name();
    let overruled = Tool::ALL.into_iter().filter_map(|tool| {
        let winner = later.winner(tool, name)?;
        (winner.number() != Some(value)).then_some((tool, winner))
    });
    BootSetting {
        setting,
        value,
        assignments: files.assignments(name),
        overruled: overruled.collect(),
    }
}
