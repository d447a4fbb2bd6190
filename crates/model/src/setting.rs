//! The sysctls of a network namespace that decide how its listeners behave.

use serde::{Serialize, Serializer};

/// One sysctl. All are per network namespace on the kernels listenq supports (KERNEL.md 6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Setting {
    /// Upper bound applied to every `listen()`, read only inside it.
    Somaxconn,
    /// Of effect only while `tcp_syncookies` is 0.
    TcpMaxSynBacklog,
    /// 0 off, 1 when the SYN queue is full, 2 always.
    TcpSyncookies,
    /// 1: a final ACK that finds the accept queue full is answered with RST.
    TcpAbortOnOverflow,
    /// How often a SYN-ACK is sent again.
    TcpSynackRetries,
    /// Bit mask of TCP Fast Open.
    TcpFastopen,
    /// 1: requests move to another member of the group when a listener closes.
    TcpMigrateReq,
}

impl Setting {
    /// Every setting that is read, in the order in which it is shown.
    pub const ALL: [Self; 7] = [
        Self::Somaxconn,
        Self::TcpMaxSynBacklog,
        Self::TcpSyncookies,
        Self::TcpAbortOnOverflow,
        Self::TcpSynackRetries,
        Self::TcpFastopen,
        Self::TcpMigrateReq,
    ];

    /// The setting of this name, as `sysctl` writes it.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|setting| setting.name() == name)
    }

    /// The name that `sysctl` uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Somaxconn => "net.core.somaxconn",
            Self::TcpMaxSynBacklog => "net.ipv4.tcp_max_syn_backlog",
            Self::TcpSyncookies => "net.ipv4.tcp_syncookies",
            Self::TcpAbortOnOverflow => "net.ipv4.tcp_abort_on_overflow",
            Self::TcpSynackRetries => "net.ipv4.tcp_synack_retries",
            Self::TcpFastopen => "net.ipv4.tcp_fastopen",
            Self::TcpMigrateReq => "net.ipv4.tcp_migrate_req",
        }
    }
}

/// The settings of one namespace; what could not be read is unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings([Option<i64>; Setting::ALL.len()]);

impl Settings {
    /// The value, or `None` when it could not be read.
    pub fn get(&self, setting: Setting) -> Option<i64> {
        self.0[setting as usize]
    }

    /// Records what was read.
    pub fn set(&mut self, setting: Setting, value: Option<i64>) {
        self.0[setting as usize] = value;
    }
}

impl Serialize for Settings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(Setting::ALL.iter().map(|setting| (setting.name(), self.get(*setting))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_is_null_and_not_zero() {
        let mut settings = Settings::default();
        settings.set(Setting::TcpSyncookies, Some(0));
        let json = serde_json::to_value(&settings).unwrap();
        assert_eq!(json["net.ipv4.tcp_syncookies"], 0);
        assert!(json["net.core.somaxconn"].is_null());
    }
}
