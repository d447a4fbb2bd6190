//! What becomes of changes, on a host that is a map from objects to values.

use std::collections::HashMap;

use model::NamespaceKey;
use probe::clock;

use super::*;
use crate::Plan;
use crate::journal::{Begin, End, SCHEMA_VERSION, Who};
use crate::plan::undo::{self, Nothing};

const BOOT: Option<&str> = Some("this boot");

fn sysctl(name: &str, from: i64, to: i64) -> Action {
    Action::Sysctl(SysctlChange {
        namespace: NamespaceKey::Inode(1),
        namespace_name: None,
        name: name.into(),
        from,
        to,
    })
}

fn file(from: Option<&str>, to: Option<&str>) -> Action {
    Action::File(FileChange {
        path: "/etc/x".into(),
        from: from.map(str::to_owned),
        to: to.map(str::to_owned),
    })
}

/// A journal that is written by hand, and the values that the host has.
#[derive(Default)]
struct Host {
    history: History,
    values: HashMap<String, i64>,
    file: Option<String>,
}

impl Host {
    fn begin(&mut self, undoes: Option<u64>, actions: &[Action]) -> u64 {
        let id = self.history.highest_id() + 1;
        let begin = Begin {
            schema_version: SCHEMA_VERSION,
            id,
            at: clock::now(),
            boot_id: BOOT.map(str::to_owned),
            hostname: "web-1".into(),
            version: "0".into(),
            who: Who::caller(),
            argv: vec!["listenq".into()],
            plan: Plan {
                command: "tune".into(),
                undoes,
                actions: actions.to_vec(),
            },
        };
        self.line(&serde_json::to_vec(&crate::journal::Line::Begin(begin)).unwrap());
        id
    }

    fn end(&mut self, id: u64, endings: &[Ending]) {
        let end = End {
            schema_version: SCHEMA_VERSION,
            id,
            at: clock::now(),
            endings: endings.to_vec(),
        };
        self.line(&serde_json::to_vec(&crate::journal::Line::End(end)).unwrap());
    }

    fn line(&mut self, bytes: &[u8]) {
        self.history.read(bytes);
    }

    /// Sets what the action sets.
    fn apply(&mut self, action: &Action) {
        match action {
            Action::Sysctl(change) => drop(self.values.insert(change.name.clone(), change.to)),
            Action::File(change) => self.file.clone_from(&change.to),
            Action::Resize(_) => panic!("{action}"),
        }
    }

    /// A change that is carried out and marked.
    fn change(&mut self, undoes: Option<u64>, actions: &[Action]) -> u64 {
        let id = self.begin(undoes, actions);
        for action in actions {
            self.apply(action);
        }
        self.end(id, &vec![Ending::Done; actions.len()]);
        id
    }

    /// As `listenq undo` does it; the numbers of the new change and of the one that is taken back.
    fn undo(&mut self, id: Option<u64>) -> Result<(u64, u64), Nothing> {
        let judged = self.judged();
        let chosen = undo::choose(&judged, id)?;
        let taken = chosen.change.begin.id;
        let undo = undo::plan(chosen);
        Ok((self.change(undo.plan.undoes, &undo.plan.actions), taken))
    }

    fn now(&self, action: &Action) -> Now {
        let compared = |is_as_set, is_as_before| match (is_as_set, is_as_before) {
            (true, _) => Now::AsSet,
            (_, true) => Now::AsBefore,
            _ => Now::Otherwise { why: "else".into() },
        };
        match action {
            Action::Sysctl(change) => match self.values.get(&change.name) {
                Some(value) => compared(*value == change.to, *value == change.from),
                None => Now::Unknown { why: "unread".into() },
            },
            Action::File(change) => compared(self.file == change.to, self.file == change.from),
            Action::Resize(_) => panic!("{action}"),
        }
    }

    fn judged(&self) -> Vec<Judged<'_>> {
        judge(&self.history, BOOT, |action| self.now(action))
    }

    /// Oldest first.
    fn states(&self) -> Vec<State> {
        self.judged().iter().rev().map(Judged::state).collect()
    }
}

#[test]
fn changes_are_undone_from_the_newest_to_the_oldest() {
    let mut host = Host::default();
    host.change(None, &[sysctl("a", 1, 2)]);
    host.change(None, &[sysctl("a", 2, 3), sysctl("b", 1, 2)]);
    assert_eq!(host.states(), [State::Overtaken, State::InEffect]);
    assert_eq!(host.undo(None), Ok((3, 2)));
    assert_eq!((host.values["a"], host.values["b"]), (2, 1));
    assert_eq!(
        host.states(),
        [State::InEffect, State::Undone { by: 3 }, State::InEffect]
    );
    assert_eq!(host.undo(None), Ok((4, 1)));
    assert_eq!(host.values["a"], 1);
    assert_eq!(host.undo(None), Err(Nothing::NoneInEffect { count: 2 }));
}

#[test]
fn actions_are_taken_back_in_reverse_order() {
    let mut host = Host::default();
    host.change(None, &[sysctl("a", 1, 2), sysctl("b", 1, 2)]);
    let judged = host.judged();
    let undo = undo::plan(&judged[0]);
    assert_eq!(undo.plan.actions, [sysctl("b", 2, 1), sysctl("a", 2, 1)]);
    assert_eq!((undo.plan.undoes, undo.left_out.len()), (Some(1), 0));
}

#[test]
fn an_undo_that_is_undone_is_a_redo() {
    let mut host = Host::default();
    let change = host.change(None, &[sysctl("a", 1, 2)]);
    let (undo, _) = host.undo(None).unwrap();
    let (redo, taken) = host.undo(Some(undo)).unwrap();
    assert_eq!((taken, host.values["a"]), (undo, 2));
    assert_eq!(
        host.states(),
        [State::InEffect, State::Undone { by: redo }, State::InEffect]
    );
    // Without a number it is the change itself again, and not one of the undos.
    assert_eq!(host.undo(None), Ok((redo + 1, change)));
    assert_eq!(host.values["a"], 1);
    assert_eq!(host.states()[0], State::Undone { by: redo + 1 });
    assert_eq!(host.undo(None), Err(Nothing::NoneInEffect { count: 1 }));
    assert!(matches!(host.undo(Some(undo)), Err(Nothing::AlreadyUndone { by, .. }) if by == redo));
}

#[test]
fn what_was_undone_stays_undone_though_the_value_comes_again() {
    let mut host = Host::default();
    host.change(None, &[sysctl("a", 1, 2)]);
    host.undo(None).unwrap();
    host.change(None, &[sysctl("a", 1, 2)]);
    assert_eq!(
        host.states(),
        [State::Undone { by: 2 }, State::Overtaken, State::InEffect]
    );
    let error = host.undo(Some(1)).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("change 1 was already undone by change 2, 20"),
        "{error}"
    );
    assert_eq!(host.undo(None), Ok((4, 3)));
}

#[test]
fn what_others_have_changed_since_is_left_out() {
    let mut host = Host::default();
    host.change(None, &[sysctl("a", 1, 2), sysctl("b", 1, 2)]);
    host.values.insert("a".into(), 7);
    assert_eq!(host.states(), [State::InPart]);
    {
        let judged = host.judged();
        let undo = undo::plan(&judged[0]);
        assert_eq!(undo.plan.actions, [sysctl("b", 2, 1)]);
        assert_eq!(
            (undo.left_out[0].action.clone(), undo.left_out[0].why.as_str()),
            (sysctl("a", 1, 2), "else")
        );
    }
    host.values.insert("b".into(), 1);
    assert_eq!(host.states(), [State::Overtaken]);
    let judged = host.judged();
    assert!(undo::plan(&judged[0]).plan.actions.is_empty());
    assert_eq!(undo::plan(&judged[0]).left_out[0].why, "it has its former value again");
}

#[test]
fn a_later_change_is_named() {
    let mut host = Host::default();
    host.change(None, &[sysctl("a", 1, 2)]);
    host.change(None, &[sysctl("a", 2, 3)]);
    let judged = host.judged();
    assert_eq!(undo::plan(&judged[1]).left_out[0].why, "else (change 2)");
}

#[test]
fn what_cannot_be_seen_is_not_passed_over() {
    let mut host = Host::default();
    host.change(None, &[sysctl("a", 1, 2)]);
    host.change(None, &[sysctl("b", 1, 2)]);
    host.values.remove("b");
    assert_eq!(host.states(), [State::InEffect, State::Unknown]);
    assert_eq!(host.undo(None), Ok((3, 2)));
}

#[test]
fn after_a_crash_the_host_decides() {
    for (applied, state) in [(0, State::NotDone), (1, State::InPart), (2, State::InEffect)] {
        let mut host = Host::default();
        host.values.extend([("a".to_owned(), 1), ("b".to_owned(), 1)]);
        let actions = [sysctl("a", 1, 2), sysctl("b", 1, 2)];
        host.begin(None, &actions);
        actions.iter().take(applied).for_each(|action| host.apply(action));
        assert_eq!(host.states(), [state]);
        assert_eq!(host.undo(None).is_ok(), applied > 0);
        assert_eq!((host.values["a"], host.values["b"]), (1, 1));
    }
}

#[test]
fn an_undo_that_was_killed_is_finished_by_another() {
    for applied in 0..=2 {
        let mut host = Host::default();
        let actions = [sysctl("a", 1, 2), sysctl("b", 1, 2)];
        host.change(None, &actions);
        let back = [sysctl("b", 2, 1), sysctl("a", 2, 1)];
        host.begin(Some(1), &back);
        back.iter().take(applied).for_each(|action| host.apply(action));
        let expected = [State::InEffect, State::InPart, State::Undone { by: 2 }][applied];
        assert_eq!(host.states()[0], expected);
        assert_eq!(host.undo(None).is_ok(), applied < 2);
        assert_eq!((host.values["a"], host.values["b"]), (1, 1));
    }
}

#[test]
fn what_failed_or_was_taken_back_is_not_undone() {
    let mut host = Host::default();
    host.values
        .extend([("a".to_owned(), 2), ("b".to_owned(), 2), ("c".to_owned(), 2)]);
    let why = || "no".to_owned();
    let id = host.begin(None, &[sysctl("a", 1, 2), sysctl("b", 1, 2), sysctl("c", 1, 2)]);
    host.end(
        id,
        &[Ending::TakenBack, Ending::Failed { why: why() }, Ending::NotTried],
    );
    assert_eq!(host.states(), [State::NotDone]);
    assert_eq!(host.undo(Some(id)), Err(Nothing::NotDone { id }));
    let id = host.begin(None, &[sysctl("a", 1, 2), sysctl("b", 1, 2)]);
    host.end(id, &[Ending::LeftDone { why: why() }, Ending::Failed { why: why() }]);
    assert_eq!(host.states()[1], State::InPart);
    assert_eq!(host.undo(None), Ok((id + 1, id)));
    assert_eq!((host.values["a"], host.values["b"]), (1, 2));
}

#[test]
fn of_another_boot_only_files_are_left() {
    let mut host = Host::default();
    host.change(None, &[sysctl("a", 1, 2), file(None, Some("x"))]);
    let never = |action: &Action| -> Now { panic!("{action} was asked for") };
    for boot in [Some("the next boot"), None] {
        let asked: Vec<&Action> = in_question(&host.history, boot).collect();
        assert_eq!(asked, [&file(None, Some("x"))]);
        let judged = judge(&host.history, boot, |action| match action {
            Action::File(_) => host.now(action),
            _ => never(action),
        });
        assert!(judged[0].is_of_other_boot);
        assert_eq!(judged[0].state(), State::InPart);
        let undo = undo::plan(&judged[0]);
        assert_eq!(undo.plan.actions, [file(Some("x"), None)]);
        assert_eq!(undo.left_out[0].why, "the host was restarted since");
    }
    assert_eq!(in_question(&host.history, BOOT).count(), 2);
}

#[test]
fn nothing_to_undo_is_said_in_different_words() {
    let mut host = Host::default();
    assert_eq!(host.undo(None), Err(Nothing::Empty));
    assert_eq!(host.undo(Some(3)), Err(Nothing::Empty));
    host.change(None, &[sysctl("a", 1, 2)]);
    assert_eq!(host.undo(Some(3)), Err(Nothing::NoSuch { id: 3, newest: 1 }));
}
