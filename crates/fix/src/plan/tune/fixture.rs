//! Small hosts for the tests of the rules.

use std::time::Duration;

use jiff::Timestamp;
use model::counter::{Counter, Counters};
use model::namespace::{HalfOpen, LocalEnd};
use model::{Host as Machine, ListeningSocket, Namespace, NamespaceKey, Owner, Sample, Setting, Settings, Window};

use crate::fixture;

use super::{Change, Looks, NamespacePlan, Unreadable, propose, request};

/// A host with one namespace; perhaps as it was before, too.
#[derive(Clone)]
pub(super) struct Host {
    now: Sample,
    before: Option<Sample>,
}

impl Host {
    /// With the kernel's defaults, but for somaxconn.
    pub(super) fn new(somaxconn: i64) -> Self {
        let mut settings = Settings::default();
        for (setting, value) in [
            (Setting::Somaxconn, somaxconn),
            (Setting::TcpMaxSynBacklog, 4096),
            (Setting::TcpSyncookies, 1),
            (Setting::TcpAbortOnOverflow, 0),
            (Setting::TcpSynackRetries, 5),
            (Setting::TcpFastopen, 1),
            (Setting::TcpMigrateReq, 0),
        ] {
            settings.set(setting, Some(value));
        }
        let namespace = Namespace {
            key: NamespaceKey::Inode(4_026_531_840),
            name: Some("host".into()),
            is_own: true,
            settings,
            counters: Some(Counters::default()),
            half_open: None,
            queued: None,
        };
        let now = Sample {
            taken_at: Timestamp::UNIX_EPOCH,
            since_boot: Duration::from_secs(100),
            host: Machine {
                hostname: "web-1".into(),
                kernel: "6.18.44".into(),
                boot_id: None,
            },
            sources: Vec::new(),
            namespaces: vec![namespace],
            sockets: Vec::new(),
        };
        Self { now, before: None }
    }

    /// With a sysctl that cannot be read.
    pub(super) fn without(setting: Setting) -> Self {
        let mut host = Self::new(4096);
        host.now.namespaces[0].settings.set(setting, None);
        host
    }

    pub(super) fn set(mut self, setting: Setting, value: i64) -> Self {
        self.now.namespaces[0].settings.set(setting, Some(value));
        self
    }

    pub(super) fn with(mut self, socket: ListeningSocket) -> Self {
        self.now.sockets.push(socket);
        self
    }

    /// A counter of TcpExt.
    pub(super) fn count(mut self, name: &str, value: u64) -> Self {
        let counter = Counter::find("TcpExt", name).unwrap();
        self.now.namespaces[0].counters.as_mut().unwrap().set(counter, value);
        self
    }

    /// So many half-open connections at a port.
    pub(super) fn half_open(mut self, port: u16, count: u32) -> Self {
        let local = LocalEnd {
            address: "10.0.0.1".parse().unwrap(),
            port,
            interface: 0,
        };
        self.now.namespaces[0].half_open = Some(vec![HalfOpen { local, count, young: 0 }]);
        self
    }

    /// The same, so many seconds later.
    pub(super) fn later(mut self, seconds: u64) -> Self {
        self.before = Some(self.now.clone());
        self.now.since_boot += Duration::from_secs(seconds);
        self
    }
}

pub(super) fn tcp(port: u16, length: u32, limit: u32) -> ListeningSocket {
    let owner = Owner {
        pid: 1,
        comm: "server".into(),
        fd: 3,
        executable: None,
        started: 1,
    };
    ListeningSocket {
        inode: u64::from(port),
        owners: Some([owner].into()),
        ..fixture::tcp(port, length, limit)
    }
}

fn with_looks<T>(host: &Host, work: impl FnOnce(Looks) -> T) -> T {
    let before = host.before.as_ref().map(|sample| Window::new(None, sample));
    let now = Window::new(host.before.as_ref(), &host.now);
    work(Looks {
        before: before.as_ref(),
        now: &now,
    })
}

pub(super) fn plan(host: &Host) -> NamespacePlan {
    with_looks(host, |looks| propose(looks, |_| true).remove(0))
}

pub(super) fn requested(host: &Host, values: &[(Setting, i64)]) -> Result<NamespacePlan, Unreadable> {
    with_looks(host, |looks| {
        request(looks, values, |_| true).map(|mut plans| plans.remove(0))
    })
}

pub(super) fn changed(host: &Host, setting: Setting) -> Option<Change> {
    plan(host).changes.into_iter().find(|change| change.setting == setting)
}

pub(super) fn kept(host: &Host, setting: Setting) -> String {
    let plan = plan(host);
    let kept = plan.kept.iter().find(|kept| kept.setting == setting);
    kept.unwrap_or_else(|| panic!("{setting:?} is changed: {:?}", plan.changes))
        .why
        .clone()
}
