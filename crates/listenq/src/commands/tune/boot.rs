//! What will hold at the next boot: our own file, and the files of others that are read after it.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use fix::plan::tune::{NamespacePlan, drop_in};
use model::Setting;
use model::action::FileChange;
use probe::clock;
use probe::sysctl_files::{SysctlFiles, Tool};

use crate::output::tune::{Boot, BootSetting};

/// Said where a file would not be read at boot.
const ELSEWHERE: &str = "/etc is not the one of the host's process 1, so a file here is not read at boot; run listenq \
                         on the host itself for --persist";

/// Looks at the files, and at what our own one would change. `None` where nothing is to hold at boot.
pub fn look(host: Option<&NamespacePlan>, command: &str, proc: &Path) -> Option<Boot> {
    let settings = host.map(NamespacePlan::durable).unwrap_or_default();
    if settings.is_empty() {
        return None;
    }
    let present = drop_in::present();
    let (file, trouble) = match &present {
        Ok(present) => match drop_in::change(present.as_deref(), &settings, command, clock::now()) {
            Ok(file) => (file, None),
            Err(not_ours) => (None, Some(not_ours.to_string())),
        },
        Err(trouble) => (None, Some(trouble.to_string())),
    };
    let trouble = trouble.or_else(|| is_of_another_root(proc).then(|| ELSEWHERE.to_owned()));
    let files = SysctlFiles::read(Path::new("/"));
    let later = later(files.clone(), file.as_ref());
    Some(Boot {
        settings: settings.iter().map(|one| setting(*one, &files, &later)).collect(),
        unreadable: files
            .unreadable()
            .map(|(path, why)| format!("{}: {why}", path.display()))
            .collect(),
        file,
        trouble,
    })
}

/// Whether /etc is another one than that of process 1: in a container that sees the host's processes. Where that may
/// not be looked at, it is taken for the same.
fn is_of_another_root(proc: &Path) -> bool {
    let of = |path: &Path| fs::metadata(path).map(|found| (found.dev(), found.ino())).ok();
    let first = of(&proc.join("1/root/etc"));
    first.is_some_and(|first| of(Path::new("/etc")) != Some(first))
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
