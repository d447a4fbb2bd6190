//! What is written is read back; what is damaged, foreign, long or in use does no harm.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use model::action::{FileChange, SysctlChange};
use model::{Action, NamespaceKey};
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::{Ending, StepReport};

fn sysctl(to: i64) -> Action {
    Action::Sysctl(SysctlChange {
        namespace: NamespaceKey::Inode(4_026_531_840),
        namespace_name: Some("host".into()),
        name: "net.core.somaxconn".into(),
        from: 128,
        to,
    })
}

fn plan(action: Action) -> Plan {
    Plan {
        command: "tune".into(),
        undoes: None,
        actions: vec![action],
    }
}

fn open(directory: &TempDir) -> Journal {
    Journal::open(directory.path(), Some("this boot".into())).unwrap()
}

/// Writes down a change that was carried out.
fn change(journal: &mut Journal, plan: &Plan) -> u64 {
    let id = journal.begin(plan).unwrap();
    let step = |action: &Action| StepReport {
        action: action.clone(),
        ending: Ending::Done,
    };
    journal.end(&Report {
        id,
        steps: plan.actions.iter().map(step).collect(),
    });
    assert!(journal.unmarked().is_none(), "{:?}", journal.unmarked());
    id
}

fn content(directory: &TempDir) -> Vec<u8> {
    fs::read(directory.path().join(FILE)).unwrap()
}

fn overwrite(directory: &TempDir, bytes: &[u8]) {
    fs::write(directory.path().join(FILE), bytes).unwrap();
}

fn ids(history: &History) -> Vec<u64> {
    history.changes().map(|change| change.begin.id).collect()
}

#[test]
fn what_was_written_is_read_back() {
    let directory = tempfile::tempdir().unwrap();
    let mut journal = open(&directory);
    assert_eq!(change(&mut journal, &plan(sysctl(1))), 1);
    assert_eq!(change(&mut open(&directory), &plan(sysctl(2))), 2);
    let history = read_settled(directory.path()).unwrap();
    assert_eq!(history.passed_over, PassedOver::default());
    let second = history.change(2).unwrap();
    let begin = &second.begin;
    assert_eq!(begin.plan, plan(sysctl(2)));
    assert_eq!(
        (begin.boot_id.as_deref(), begin.who.pid),
        (Some("this boot"), std::process::id())
    );
    assert_eq!(begin.who.uid, rustix::process::getuid().as_raw());
    assert!(!begin.argv.is_empty() && !begin.hostname.is_empty());
    assert_eq!(second.ending(0), Some(&Ending::Done));
    assert_eq!(second.ending(1), None);
    let mode = fs::metadata(directory.path().join(FILE)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

/// docs/journal.md shows these lines.
#[test]
fn the_lines_look_as_they_are_documented() {
    let directory = tempfile::tempdir().unwrap();
    change(&mut open(&directory), &plan(sysctl(4096)));
    let text = String::from_utf8(content(&directory)).unwrap();
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let names = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    let [begin, end] = &lines[..] else { panic!("{text}") };
    assert_eq!(
        names(begin),
        "event schema_version id at boot_id hostname version who argv plan"
    );
    assert_eq!(names(&begin["who"]), "uid user sudo_uid sudo_user pid");
    assert_eq!(
        (begin["event"].as_str(), begin["schema_version"].as_u64()),
        (Some("begin"), Some(1))
    );
    assert_eq!(names(end), "event schema_version id at endings");
    assert_eq!(end["endings"], serde_json::json!([{"ending": "done"}]));
}

#[test]
fn a_journal_that_is_not_there_is_empty() {
    let directory = tempfile::tempdir().unwrap();
    let history = read_settled(&directory.path().join("absent")).unwrap();
    assert_eq!((history.highest_id(), history.changes().count()), (0, 0));
    assert!(!is_busy(&directory.path().join("absent")));
}

/// A crash may leave any beginning of what was to be written.
#[test]
fn wherever_it_is_torn_the_rest_is_read_and_numbers_are_seen() {
    let directory = tempfile::tempdir().unwrap();
    let mut journal = open(&directory);
    change(&mut journal, &plan(sysctl(1)));
    let whole_first = content(&directory).len();
    change(&mut journal, &plan(sysctl(2)));
    let all = content(&directory);
    for cut in 0..=all.len() {
        let mut history = History::default();
        history.read(&all[..cut]);
        let text = String::from_utf8_lossy(&all[..cut]).into_owned();
        let highest = (1..=2).filter(|id| text.contains(&format!("\"id\":{id}"))).max();
        assert_eq!(history.highest_id(), highest.unwrap_or(0), "cut at {cut}");
        assert_eq!(
            history.change(1).is_some_and(|change| change.end.is_some()),
            cut >= whole_first - 1
        );
        assert!(
            history.passed_over.damaged <= 1,
            "cut at {cut}: {:?}",
            history.passed_over
        );
    }
}

#[test]
fn what_is_appended_to_a_torn_line_begins_a_new_one() {
    let directory = tempfile::tempdir().unwrap();
    let mut journal = open(&directory);
    change(&mut journal, &plan(sysctl(1)));
    change(&mut journal, &plan(sysctl(2)));
    let all = content(&directory);
    for cut in (0..=all.len()).step_by(29) {
        overwrite(&directory, &all[..cut]);
        let before = read(directory.path()).unwrap();
        let id = change(&mut open(&directory), &plan(sysctl(3)));
        let after = read(directory.path()).unwrap();
        assert_eq!(id, before.highest_id() + 1, "cut at {cut}");
        assert!(
            before
                .changes()
                .all(|change| after.change(change.begin.id) == Some(change)),
            "cut at {cut}"
        );
        assert_eq!(after.change(id).unwrap().begin.plan, plan(sysctl(3)), "cut at {cut}");
    }
}

#[test]
fn foreign_lines_are_counted_and_their_numbers_are_not_given() {
    let directory = tempfile::tempdir().unwrap();
    change(&mut open(&directory), &plan(sysctl(1)));
    let mut bytes = content(&directory);
    bytes.extend_from_slice(b"\0\xff\xfe garbage \x1b[2J\n\n{}\n[1,2]\n\"id\":\n");
    bytes.extend_from_slice(b"{\"schema_version\":2,\"id\":7,\"event\":\"begin\",\"all\":\"new\"}\n");
    bytes.extend_from_slice(b"{\"schema_version\":1,\"id\":8,\"event\":\"pause\"}\n");
    bytes.extend_from_slice(b"{\"schema_version\":1,\"id\":9007199254740993,\"event\":\"pause\"}\n");
    bytes.extend_from_slice(b"{\"event\":\"begin\",\"schema_version\":1,\"id\":11,\"at\":\"20");
    overwrite(&directory, &bytes);
    let history = read(directory.path()).unwrap();
    assert_eq!(ids(&history), [1]);
    assert_eq!(history.passed_over, PassedOver { damaged: 6, newer: 2 });
    assert_eq!(change(&mut open(&directory), &plan(sysctl(2))), 12);
    assert_eq!(ids(&read(directory.path()).unwrap()), [1, 12]);
}

#[test]
fn numbers_of_others_are_not_taken_for_ours() {
    let directory = tempfile::tempdir().unwrap();
    let text = Action::File(FileChange {
        path: "/etc/x".into(),
        from: None,
        to: Some("\"id\":4000".into()),
    });
    let mut journal = open(&directory);
    change(&mut journal, &plan(text));
    let bytes = content(&directory);
    let at_the_end = bytes.iter().position(|byte| *byte == b'\n').unwrap() - 1;
    overwrite(&directory, &bytes[..at_the_end]);
    assert_eq!(read(directory.path()).unwrap().highest_id(), 1);
}

#[test]
fn when_there_are_no_numbers_left_nothing_is_begun() {
    let directory = tempfile::tempdir().unwrap();
    overwrite(
        &directory,
        format!("{{\"schema_version\":9,\"id\":{HIGHEST_ID}}}\n").as_bytes(),
    );
    let error = open(&directory).begin(&plan(sysctl(1))).unwrap_err();
    assert!(matches!(error, JournalError::NoNumbers { .. }), "{error}");
}

#[test]
fn an_end_that_does_not_fit_its_beginning_is_no_end() {
    let directory = tempfile::tempdir().unwrap();
    change(&mut open(&directory), &plan(sysctl(1)));
    let text = String::from_utf8(content(&directory)).unwrap();
    overwrite(&directory, text.replace("[{\"ending\":\"done\"}]", "[]").as_bytes());
    let history = read(directory.path()).unwrap();
    assert_eq!(
        (history.change(1).unwrap().end.clone(), history.passed_over.damaged),
        (None, 1)
    );
}

#[test]
fn what_is_no_file_is_refused_and_not_waited_for() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join(FILE)).unwrap();
    Journal::open(directory.path(), None).unwrap_err();
    fs::remove_dir(directory.path().join(FILE)).unwrap();
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    let path = directory.path().join(FILE);
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    let error = Journal::open(directory.path(), None).unwrap_err();
    assert!(error.to_string().ends_with("it is no regular file"), "{error}");
    read(directory.path()).unwrap_err();
}

/// A sparse file takes no room, and reading it takes no more than the bound.
#[test]
fn of_a_monstrous_file_the_end_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let file = fs::File::create(directory.path().join(FILE)).unwrap();
    file.set_len(1 << 32).unwrap();
    let mut journal = open(&directory);
    assert_eq!(journal.history().unwrap().changes().count(), 0);
    change(&mut journal, &plan(sysctl(1)));
    assert!(content(&directory).len() < 10_000, "it was put away");
    assert_eq!(ids(&journal.history().unwrap()), [1]);
}

/// About 400 kB in the journal.
fn large() -> Plan {
    plan(Action::File(FileChange {
        path: "/etc/large".into(),
        from: None,
        to: Some("x".repeat(400_000)),
    }))
}

fn sizes(directory: &TempDir) -> Vec<u64> {
    let files = fs::read_dir(directory.path()).unwrap();
    files.map(|file| file.unwrap().metadata().unwrap().len()).collect()
}

#[test]
fn it_stays_bounded_and_keeps_what_is_in_effect() {
    let directory = tempfile::tempdir().unwrap();
    let mut journal = open(&directory);
    change(&mut journal, &plan(sysctl(1)));
    let undone = change(&mut journal, &plan(sysctl(2)));
    let undo = Plan {
        undoes: Some(undone),
        ..plan(sysctl(2).reversed())
    };
    change(&mut journal, &undo);
    for _ in 0..40 {
        change(&mut journal, &large());
        assert!(
            sizes(&directory).iter().all(|size| *size <= 4 << 20),
            "{:?}",
            sizes(&directory)
        );
    }
    let history = journal.history().unwrap();
    assert_eq!(history.highest_id(), 43);
    assert_eq!(history.passed_over, PassedOver::default());
    assert!(history.change(1).unwrap().end.is_some(), "it is still in effect");
    assert!(history.change(2).is_none() && history.change(3).is_none());
    assert_eq!(sizes(&directory).len(), 3, "journal, journal.1, journal.lock");
}

#[test]
fn what_ended_with_another_boot_does_not_go_on() {
    let directory = tempfile::tempdir().unwrap();
    change(&mut open(&directory), &plan(sysctl(1)));
    let mut journal = Journal::open(directory.path(), Some("the next boot".into())).unwrap();
    for _ in 0..25 {
        change(&mut journal, &large());
    }
    assert!(journal.history().unwrap().change(1).is_none());
}

/// Between the two renames of a rotation.
#[test]
fn a_crash_while_it_is_rotated_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    change(&mut open(&directory), &plan(sysctl(1)));
    fs::rename(directory.path().join(FILE), directory.path().join(OLD_FILE)).unwrap();
    assert_eq!(change(&mut open(&directory), &plan(sysctl(2))), 2);
    assert_eq!(ids(&read(directory.path()).unwrap()), [1, 2]);
}

#[test]
fn a_plan_that_would_not_be_read_back_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let monstrous = plan(Action::File(FileChange {
        path: "/etc/x".into(),
        from: None,
        to: Some("x".repeat(LONGEST_LINE)),
    }));
    let mut journal = open(&directory);
    let error = journal.begin(&monstrous).unwrap_err();
    assert!(matches!(error, JournalError::TooLong { .. }), "{error}");
    assert!(content(&directory).is_empty());
    // And whoever waits for it is not kept waiting.
    assert_eq!(
        change(&mut open(&directory).patience(Duration::ZERO), &plan(sysctl(1))),
        1
    );
}

#[test]
fn only_one_change_at_a_time_and_the_other_is_told_which() {
    let directory = tempfile::tempdir().unwrap();
    let mut first = open(&directory);
    let mut second = open(&directory).patience(Duration::ZERO);
    let id = first.begin(&plan(sysctl(1))).unwrap();
    assert!(is_busy(directory.path()));
    let said = second.begin(&plan(sysctl(2))).unwrap_err().to_string();
    assert!(said.contains(&format!("change {id}, tune of ")), "{said}");
    assert!(said.contains(&format!("in process {}", std::process::id())), "{said}");
    first.end(&Report { id, steps: Vec::new() });
    assert!(!is_busy(directory.path()));
    assert_eq!(change(&mut second, &plan(sysctl(2))), 2);
}

#[test]
fn the_other_waits_until_the_first_has_ended() {
    let directory = tempfile::tempdir().unwrap();
    let mut first = open(&directory);
    let mut second = open(&directory);
    first.begin(&plan(sysctl(1))).unwrap();
    let waiting = std::thread::spawn(move || second.begin(&plan(sysctl(2))).unwrap());
    let reading = {
        let path = directory.path().to_owned();
        std::thread::spawn(move || read_settled(&path).unwrap())
    };
    let step = StepReport {
        action: sysctl(1),
        ending: Ending::Done,
    };
    first.end(&Report {
        id: 1,
        steps: vec![step],
    });
    assert_eq!(waiting.join().unwrap(), 2);
    let settled = reading.join().unwrap();
    assert!(settled.change(1).unwrap().end.is_some());
}

#[test]
fn each_change_is_told_to_the_system_log() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log");
    let socket = std::os::unix::net::UnixDatagram::bind(&path).unwrap();
    socket.set_nonblocking(true).unwrap();
    let mut journal = open(&directory).telling(Log::open(&path));
    let id = journal.begin(&plan(sysctl(4096))).unwrap();
    let step = |ending| StepReport {
        action: sysctl(4096),
        ending,
    };
    journal.end(&Report {
        id,
        steps: vec![step(Ending::Done)],
    });
    let said = || {
        let mut bytes = [0; 2048];
        let length = socket.recv(&mut bytes).unwrap();
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    };
    let who = Who::caller();
    let line = said();
    assert!(
        line.ends_with(&format!("]: change 1 by {who}: net.core.somaxconn: 128 → 4096: done")),
        "{line}"
    );
    let undo = Plan {
        undoes: Some(1),
        ..plan(sysctl(1))
    };
    let id = journal.begin(&undo).unwrap();
    let why = || "no".to_owned();
    let mut steps: Vec<StepReport> = [Ending::Failed { why: why() }, Ending::Done, Ending::NotTried]
        .map(step)
        .to_vec();
    steps.extend([Ending::Done, Ending::TakenBack].map(step));
    journal.end(&Report { id, steps });
    let line = said();
    assert!(
        line.contains(&format!(
            "change 2 by {who}: undo of change 1: 2 of 5 done: net.core.somaxconn: 128 → 4096: failed: no; "
        )),
        "{line}"
    );
    assert!(line.ends_with(": not tried; and 2 more"), "{line}");
    assert!(socket.recv(&mut [0; 8]).is_err(), "one line each");
}

fn line_of(id: u64, value: i64) -> Vec<u8> {
    let directory = tempfile::tempdir().unwrap();
    change(&mut open(&directory), &plan(sysctl(value)));
    let text = String::from_utf8(content(&directory)).unwrap();
    text.replace("\"id\":1,", &format!("\"id\":{id},")).into_bytes()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever stands in a journal: it is read, the next number is above all that can be made out, and what is
    /// appended is read back.
    #[test]
    fn whatever_stands_in_it_the_next_change_has_a_number_of_its_own(
        parts in prop::collection::vec(
            prop_oneof![
                prop::collection::vec(any::<u8>(), 0..60),
                (1..1000_u64, any::<i64>()).prop_map(|(id, value)| line_of(id, value)),
                "[\\{\\}\",:a-z0-9]{0,40}\n".prop_map(String::into_bytes),
            ],
            0..8,
        ),
        cut in any::<prop::sample::Index>(),
    ) {
        let directory = tempfile::tempdir().unwrap();
        let bytes = parts.concat();
        overwrite(&directory, &bytes[..cut.index(bytes.len() + 1)]);
        let before = read(directory.path()).unwrap();
        let id = change(&mut open(&directory), &plan(sysctl(-5)));
        prop_assert!(id > before.highest_id());
        prop_assert!(before.changes().all(|change| change.begin.id < id));
        let after = read(directory.path()).unwrap();
        prop_assert_eq!(after.highest_id(), id);
        let last = after.change(id).unwrap();
        prop_assert_eq!(&last.begin.plan, &plan(sysctl(-5)));
        prop_assert_eq!(after.changes().count(), before.changes().count() + 1);
    }
}
