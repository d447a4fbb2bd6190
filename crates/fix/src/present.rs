//! What is there now of what was changed: every listener, sysctl and file that a journal names, read once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::action::{FileChange, Resize, SocketIdentity, SysctlChange};
use model::{Action, ListeningSocket, NamespaceKey, Sample};
use probe::{HalfOpenPolicy, Options, Probe, ProbeError};

use crate::apply::file;
use crate::journal::state::Now;
use crate::{Host, Trouble};

/// What is there of the objects of some actions.
#[derive(Debug, Default)]
pub struct Present {
    sample: Option<Sample>,
    namespaces: BTreeMap<NamespaceKey, Option<Arc<str>>>,
    sysctls: BTreeMap<(NamespaceKey, String), Result<i64, Trouble>>,
    files: BTreeMap<PathBuf, Result<Option<String>, Trouble>>,
}

impl Present {
    /// Looks at the objects of these actions.
    ///
    /// # Errors
    /// When the host cannot be looked at.
    pub fn look<'a>(host: &mut Host, actions: impl IntoIterator<Item = &'a Action>) -> Result<Self, ProbeError> {
        let mut present = Self::default();
        let mut sysctls: BTreeMap<NamespaceKey, BTreeSet<&str>> = BTreeMap::new();
        for action in actions {
            match action {
                Action::Resize(_) => present.sample(host)?,
                Action::Sysctl(change) => {
                    present.sample(host)?;
                    sysctls.entry(change.namespace).or_default().insert(&change.name);
                }
                Action::File(change) => present.file(&change.path),
            }
        }
        for (namespace, names) in sysctls {
            present.settings(host, namespace, &names);
        }
        Ok(present)
    }

    /// What is there of the object of this action.
    pub fn now(&self, action: &Action) -> Now {
        match action {
            Action::Resize(change) => self.limit_now(change),
            Action::Sysctl(change) => self.sysctl_now(change),
            Action::File(change) => self.file_now(change),
        }
    }

    /// How many connections wait at a listener; `None` if it is gone or that cannot be read.
    pub fn length(&self, socket: &SocketIdentity) -> Option<u32> {
        self.socket(socket)?.length
    }

    fn sample(&mut self, host: &mut Host) -> Result<(), ProbeError> {
        if self.sample.is_some() {
            return Ok(());
        }
        let options = Options {
            roots: host.roots().clone(),
            half_open: HalfOpenPolicy::Never,
            content: false,
            unix_clients: false,
            owners: false,
            ..Options::default()
        };
        let sample = Probe::new(options)?.sample()?;
        self.namespaces = sample
            .namespaces
            .iter()
            .map(|one| (one.key, one.name.clone()))
            .collect();
        self.sample = Some(sample);
        Ok(())
    }

    fn settings(&mut self, host: &mut Host, namespace: NamespaceKey, names: &BTreeSet<&str>) {
        let proc = host.roots().proc.clone();
        let all = || -> Vec<_> { names.iter().map(|name| read(&proc, name)).collect() };
        match host.inside(namespace, all) {
            Ok(values) => {
                let keys = names.iter().map(|name| (namespace, (*name).to_owned()));
                self.sysctls.extend(keys.zip(values));
            }
            Err(trouble) => {
                // One reason for all of them, told for each.
                let why = trouble.to_string();
                for name in names {
                    let again = match &trouble {
                        Trouble::NoNamespace(key) => Trouble::NoNamespace(*key),
                        _ => unreadable(name, &why),
                    };
                    self.sysctls.insert((namespace, (*name).to_owned()), Err(again));
                }
            }
        }
    }

    fn file(&mut self, path: &Path) {
        if !self.files.contains_key(path) {
            let content = file::content(path).map_err(|source| Trouble::File {
                what: "read",
                path: path.to_owned(),
                source,
            });
            self.files.insert(path.to_owned(), content);
        }
    }

    /// A cookie that cannot be read (the /proc fallback) is no reason to say that the socket is gone.
    fn socket(&self, wanted: &SocketIdentity) -> Option<&ListeningSocket> {
        let is_it = |socket: &&ListeningSocket| {
            (socket.namespace, socket.inode, socket.protocol) == (wanted.namespace, wanted.inode, wanted.protocol)
                && (socket.cookie == wanted.cookie || socket.cookie.is_none())
        };
        self.sample.as_ref()?.sockets.iter().find(is_it)
    }

    fn limit_now(&self, change: &Resize) -> Now {
        let Some(found) = self.socket(&change.socket) else {
            return self.no_socket(change.socket.namespace);
        };
        match found.limit {
            Some(limit) => compared(limit == change.to, limit == change.from, || {
                format!("its limit is {limit} now")
            }),
            None => Now::Unknown {
                why: "limits cannot be read in its namespace; try sudo".to_owned(),
            },
        }
    }

    /// Without counters nothing of the namespace could be read.
    fn no_socket(&self, namespace: NamespaceKey) -> Now {
        let namespaces = self.sample.iter().flat_map(|sample| &sample.namespaces);
        let found = namespaces.into_iter().find(|one| one.key == namespace);
        if found.is_some_and(|one| one.counters.is_none()) {
            return Now::Unknown {
                why: "its namespace cannot be looked at; try sudo".to_owned(),
            };
        }
        Now::Gone {
            why: "the listener is gone".to_owned(),
        }
    }

    fn sysctl_now(&self, change: &SysctlChange) -> Now {
        let name = self.namespaces.get(&change.namespace).and_then(Option::as_deref);
        if let (Some(before), Some(now)) = (change.namespace_name.as_deref(), name)
            && before != now
        {
            // Unlike a socket, a namespace has no number that is never given again before Linux 5.14.
            return Now::Gone {
                why: format!("the namespace {before} is gone"),
            };
        }
        match self.sysctls.get(&(change.namespace, change.name.clone())) {
            Some(Ok(value)) => compared(*value == change.to, *value == change.from, || {
                format!("it is {value} now")
            }),
            Some(Err(trouble)) if trouble.is_overtaken() => Now::Gone {
                why: trouble.to_string(),
            },
            Some(Err(trouble)) => Now::Unknown {
                why: trouble.to_string(),
            },
            None => not_looked_at(),
        }
    }

    fn file_now(&self, change: &FileChange) -> Now {
        match self.files.get(&change.path) {
            Some(Ok(content)) => compared(*content == change.to, *content == change.from, || match content {
                Some(_) => "the file was edited since".to_owned(),
                None => "the file is gone".to_owned(),
            }),
            Some(Err(trouble)) => Now::Unknown {
                why: trouble.to_string(),
            },
            None => not_looked_at(),
        }
    }
}

fn compared(is_as_set: bool, is_as_before: bool, otherwise: impl FnOnce() -> String) -> Now {
    match (is_as_set, is_as_before) {
        (true, _) => Now::AsSet,
        (_, true) => Now::AsBefore,
        _ => Now::Otherwise { why: otherwise() },
    }
}

fn not_looked_at() -> Now {
    Now::Unknown {
        why: "it was not looked at".to_owned(),
    }
}

/// A sysctl of the calling thread's namespace. The name comes from a file, so only a plain one is read.
fn read(proc: &Path, name: &str) -> Result<i64, Trouble> {
    let text = probe::sysctl::text(proc, name).ok_or_else(|| unreadable(name, "it is no name of a sysctl"))?;
    let text = text.map_err(|error| unreadable(name, &error.to_string()))?;
    probe::sysctl::parse(text.as_bytes()).ok_or_else(|| unreadable(name, "it is not one number"))
}

fn unreadable(name: &str, why: &str) -> Trouble {
    Trouble::File {
        what: "read",
        path: name.into(),
        source: std::io::Error::other(why.to_owned()),
    }
}
