//! Any text in place of the small files of a process.
#![no_main]

use libfuzzer_sys::fuzz_target;
use listenq_fuzz::counted;
use probe::procfs::{blocked, process};
use probe::{cgroups, sysctl};

fuzz_target!(|text: &[u8]| {
    // Each byte that is not UTF-8 becomes a character of three.
    let most = 3 * text.len();
    let ((), allocated) = counted(|| {
        if let Ok(stat) = process::parse_stat(text) {
            assert!(stat.comm.len() <= most);
        }
        if let Ok(Some(cgroup)) = cgroups::parse(text) {
            assert!(cgroup.path.starts_with('/') && cgroup.path.len() <= most);
        }
        if let Some(name) = blocked::parse_address(text) {
            assert!(text.len() <= 110 && text[2..].starts_with(&name));
        }
        let _ = (blocked::parse_call(text), sysctl::parse(text));
    });
    assert!(
        allocated <= 64 * text.len() + 4096,
        "{allocated} bytes for {}",
        text.len()
    );
});
