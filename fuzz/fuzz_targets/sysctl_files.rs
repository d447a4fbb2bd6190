//! Any text in place of a file of sysctl.d(5).
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use listenq_fuzz::counted;
use probe::sysctl_files::{SysctlFiles, Tool, number, parse};

fuzz_target!(|text: &[u8]| {
    let (entries, allocated) = counted(|| parse(text));
    let lines = text.split(|byte| *byte == b'\n').count();
    assert!(entries.iter().all(|entry| (1..=lines).contains(&entry.line)));
    assert!(entries.iter().is_sorted_by(|one, next| one.line < next.line));
    assert!(
        entries
            .iter()
            .all(|entry| !entry.key.is_empty() && !entry.key.starts_with('/'))
    );
    for value in entries.iter().filter_map(|entry| entry.value.as_deref()) {
        assert!(number(value).is_none_or(|number| i32::try_from(number).is_ok()));
    }
    assert!(
        allocated <= 256 * text.len() + 4096,
        "{allocated} bytes for {}",
        text.len()
    );
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let files = SysctlFiles::default().with(Path::new("/etc/sysctl.d/x.conf"), text);
    let all = files.assignments("net.core.somaxconn");
    for tool in Tool::ALL {
        let winner = files.winner(tool, "net.core.somaxconn");
        assert!(winner.is_none_or(|winner| all.contains(&winner) && winner.number().is_some()));
    }
});
