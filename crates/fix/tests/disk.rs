//! A disk that is full or may not be written: nothing is changed that is not written down (root only, for the
//! small file system).
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use fix::journal::state::{State, in_question, judge};
use fix::journal::{self, FILE};
use fix::present::Present;
use fix::{Apply, Host, Journal, JournalError, OnTrouble, Plan, Trouble, carry_out};
use listenq_fix as fix;
use model::Action;
use model::action::FileChange;
use rustix::mount::{MountFlags, UnmountFlags, mount, mount_remount, unmount};

/// A tmpfs of four pages.
struct Small(tempfile::TempDir);

impl Small {
    fn new(test: &str) -> Option<Self> {
        if let Err(missing) = lab::require::root() {
            lab::skip_or_fail(test, &missing);
            return None;
        }
        let directory = tempfile::tempdir().unwrap();
        mount("tmpfs", directory.path(), "tmpfs", MountFlags::empty(), c"size=16k").unwrap();
        Some(Self(directory))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn fill(&self) {
        let mut file = File::create(self.path().join("filler")).unwrap();
        let full = (0..1000).any(|_| file.write_all(&[0; 512]).is_err());
        assert!(full);
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        // The directory cannot be removed while it is mounted; then it is left in the directory of temporary files.
        let _ = unmount(self.path(), UnmountFlags::DETACH);
    }
}

/// Counts; a real host does the work.
struct Counting<'a> {
    host: Host,
    asked: usize,
    afterwards: Option<&'a Small>,
}

impl Apply for Counting<'_> {
    fn apply(&mut self, action: &Action) -> Result<(), Trouble> {
        self.asked += 1;
        self.host.apply(action)?;
        if let Some(small) = self.afterwards {
            small.fill();
        }
        Ok(())
    }
}

fn counting(afterwards: Option<&Small>) -> Counting<'_> {
    Counting {
        host: Host::open(probe::Roots::default()).unwrap(),
        asked: 0,
        afterwards,
    }
}

fn plan(path: &Path, text: &str) -> Plan {
    Plan {
        command: "tune".into(),
        undoes: None,
        actions: vec![Action::File(FileChange {
            path: path.join("changed"),
            from: None,
            to: Some(text.to_owned()),
        })],
    }
}

#[test]
fn on_a_full_disk_nothing_is_changed_and_no_half_line_is_left() {
    let Some(small) = Small::new("on_a_full_disk_nothing_is_changed_and_no_half_line_is_left") else {
        return;
    };
    let mut journal = Journal::open(small.path(), None).unwrap();
    small.fill();
    let there = tempfile::tempdir().unwrap();
    let mut hands = counting(None);
    let error = carry_out(&plan(there.path(), "x"), &mut hands, &mut journal, OnTrouble::TakeBack).unwrap_err();
    assert!(
        error.to_string().ends_with("No space left on device (os error 28)"),
        "{error}"
    );
    assert_eq!(hands.asked, 0);
    assert_eq!(fs::metadata(small.path().join(FILE)).unwrap().len(), 0);
    // Once there is room again, all is well.
    fs::remove_file(small.path().join("filler")).unwrap();
    let report = carry_out(&plan(there.path(), "x"), &mut hands, &mut journal, OnTrouble::TakeBack).unwrap();
    assert_eq!(
        (report.id, report.is_done(), journal.unmarked().is_none()),
        (1, true, true)
    );
}

#[test]
fn when_only_the_mark_does_not_fit_it_is_told_and_undo_knows() {
    let Some(small) = Small::new("when_only_the_mark_does_not_fit_it_is_told_and_undo_knows") else {
        return;
    };
    let there = tempfile::tempdir().unwrap();
    // The line of the beginning ends some bytes before the end of a page, and that of the end is longer than that.
    let elsewhere = tempfile::tempdir().unwrap();
    let mut trial = Journal::open(elsewhere.path(), None).unwrap();
    carry_out(
        &plan(there.path(), ""),
        &mut counting(None),
        &mut trial,
        OnTrouble::TakeBack,
    )
    .unwrap();
    fs::remove_file(there.path().join("changed")).unwrap();
    let written = fs::read_to_string(elsewhere.path().join(FILE)).unwrap();
    let begin = written.lines().next().unwrap().len();
    let page = rustix::param::page_size();
    let text = "x".repeat(page - begin % page - 60);

    let mut journal = Journal::open(small.path(), None).unwrap();
    let mut hands = counting(Some(&small));
    let report = carry_out(
        &plan(there.path(), &text),
        &mut hands,
        &mut journal,
        OnTrouble::TakeBack,
    )
    .unwrap();
    assert!(report.is_done());
    assert!(matches!(
        journal.unmarked(),
        Some(JournalError::File { what: "write", .. })
    ));
    let history = journal::read(small.path()).unwrap();
    assert_eq!(
        history.passed_over,
        journal::PassedOver::default(),
        "no half line is left"
    );
    let present = Present::look(&mut hands.host, in_question(&history, None)).unwrap();
    let judged = judge(&history, None, |action| present.now(action));
    assert_eq!(
        (judged[0].state(), judged[0].change.end.is_none()),
        (State::InEffect, true)
    );
}

#[test]
fn where_nothing_may_be_written_nothing_is_changed() {
    let Some(small) = Small::new("where_nothing_may_be_written_nothing_is_changed") else {
        return;
    };
    let mut journal = Journal::open(small.path(), None).unwrap();
    mount_remount(small.path(), MountFlags::RDONLY, c"").unwrap();
    let there = tempfile::tempdir().unwrap();
    let mut hands = counting(None);
    let error = carry_out(&plan(there.path(), "x"), &mut hands, &mut journal, OnTrouble::TakeBack).unwrap_err();
    assert!(error.to_string().contains("Read-only file system"), "{error}");
    assert_eq!(hands.asked, 0);
    Journal::open(small.path(), None).unwrap_err();
    // What is there can still be read.
    assert_eq!(journal::read_settled(small.path()).unwrap().highest_id(), 0);
}
