//! Any text in place of a mountinfo file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use listenq_fuzz::counted;
use probe::namespaces::mounts;

fuzz_target!(|text: &[u8]| {
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let (found, allocated) = counted(|| mounts::parse(text));
    assert!(found.len() <= text.lines().count());
    assert!(found.iter().all(|mount| mount.path.as_os_str().len() <= text.len()));
    assert!(
        allocated <= 128 * text.len() + 4096,
        "{allocated} bytes for {}",
        text.len()
    );
});
