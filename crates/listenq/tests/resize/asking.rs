//! On a terminal it asks: only yes is yes.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::Stdio;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::owner::Owner;
use crate::run::{Said, limits, listenq, may_touch_own, state};

/// Answers what it asks on its terminal.
fn answered(arguments: &str, answer: &str) -> Said {
    let journal = state();
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let path = ptsname(&master, Vec::new()).unwrap();
    let slave: OwnedFd = File::options()
        .read(true)
        .write(true)
        .open(path.to_str().unwrap())
        .unwrap()
        .into();
    let mut command = listenq(journal.path());
    command.arg("resize").args(arguments.split(' ')).stdin(slave);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut asked = Vec::new();
    while !asked.ends_with(b"[y/N] ") {
        let mut byte = [0];
        child.stderr.as_mut().unwrap().read_exact(&mut byte).unwrap();
        asked.push(byte[0]);
    }
    File::from(master.try_clone().unwrap())
        .write_all(format!("{answer}\n").as_bytes())
        .unwrap();
    let mut output = child.wait_with_output().unwrap();
    output.stderr.splice(0..0, asked);
    output.into()
}

#[test]
fn only_yes_is_yes() {
    if !may_touch_own("only_yes_is_yes") {
        return;
    }
    let owner = Owner::new(128);
    let one = format!("--port {} --netns self", owner.port);
    for no in ["", "n", "no", "yea"] {
        let said = answered(&format!("512 {one}"), no);
        let question = format!("Change the limit of 127.0.0.1:{} from 128 to 512? [y/N]", owner.port);
        said.refused(2, &[&question, "limit 128 → 512", "nothing was changed"]);
        assert_eq!(limits(&one), [128], "{no}");
    }
    answered(&format!("512 {one}"), "Yes").done();
    assert_eq!(limits(&one), [512]);
}
