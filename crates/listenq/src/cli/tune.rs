//! The options of `listenq tune`.

use std::time::Duration;

use clap::Args;
use model::Setting;
use model::selection::Netns;

use super::change::ChangeArgs;
use super::duration::parse_interval;

/// Which sysctls, where, and whether to change them.
#[derive(Args, Clone, Debug)]
pub struct TuneArgs {
    /// Network namespace: all, host, self, an inode number, a name, or pid:N
    ///
    /// Without it: every namespace that can be read where a plan is proposed, one's own where values are given.
    #[arg(short, long, value_name = "NETNS")]
    pub netns: Vec<Netns>,

    /// Look twice, so far apart (10s, 5m), and judge by what moved meanwhile too
    #[arg(long = "for", value_name = "TIME", value_parser = parse_interval)]
    pub window: Option<Duration>,

    /// The values, where they are chosen and not proposed.
    #[command(flatten)]
    pub values: ValueArgs,

    /// Change the running values, until the next boot, or until the network namespace ends
    #[arg(long, help_heading = "Changing")]
    pub apply: bool,

    /// Write them into /etc/sysctl.d/99-listenq.conf, which is read at boot
    #[arg(long, help_heading = "Changing")]
    pub persist: bool,

    /// Also in more than one network namespace
    #[arg(long, help_heading = "Changing")]
    pub all: bool,

    /// How.
    #[command(flatten)]
    pub change: ChangeArgs,
}

/// Without any of them a plan is proposed.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Values (none of them: a plan is proposed from what is measured)")]
pub struct ValueArgs {
    /// Upper bound of what listen() may ask for
    #[arg(long, value_name = "N", value_parser = parse_int, allow_negative_numbers = true)]
    somaxconn: Option<i64>,

    /// Of effect only while tcp_syncookies is 0
    #[arg(long, value_name = "N", value_parser = parse_int, allow_negative_numbers = true)]
    tcp_max_syn_backlog: Option<i64>,

    /// 0: never, 1: when a SYN queue is full, 2: always
    #[arg(long, value_name = "N", value_parser = parse_up_to::<2>, allow_negative_numbers = true)]
    tcp_syncookies: Option<i64>,

    /// 1: a client whose final ACK finds the accept queue full is reset
    #[arg(long, value_name = "N", value_parser = parse_up_to::<1>, allow_negative_numbers = true)]
    tcp_abort_on_overflow: Option<i64>,

    /// How often a SYN-ACK is sent again
    #[arg(long, value_name = "N", value_parser = parse_up_to::<255>, allow_negative_numbers = true)]
    tcp_synack_retries: Option<i64>,

    /// Bit mask of TCP Fast Open
    #[arg(long, value_name = "N", value_parser = parse_int, allow_negative_numbers = true)]
    tcp_fastopen: Option<i64>,

    /// 1: what waits at a listener that closes moves to another member of its SO_REUSEPORT group
    #[arg(long, value_name = "N", value_parser = parse_up_to::<1>, allow_negative_numbers = true)]
    tcp_migrate_req: Option<i64>,
}

impl ValueArgs {
    /// Those that are given.
    pub fn resolve(&self) -> Vec<(Setting, i64)> {
        let all = [
            (Setting::Somaxconn, self.somaxconn),
            (Setting::TcpMaxSynBacklog, self.tcp_max_syn_backlog),
            (Setting::TcpSyncookies, self.tcp_syncookies),
            (Setting::TcpAbortOnOverflow, self.tcp_abort_on_overflow),
            (Setting::TcpSynackRetries, self.tcp_synack_retries),
            (Setting::TcpFastopen, self.tcp_fastopen),
            (Setting::TcpMigrateReq, self.tcp_migrate_req),
        ];
        all.into_iter()
            .filter_map(|(setting, value)| Some((setting, value?)))
            .collect()
    }
}

/// The option that sets it: the last part of its name, with dashes.
pub fn option(setting: Setting) -> String {
    let last = setting.name().rsplit('.').next().unwrap_or_default();
    format!("--{}", last.replace('_', "-"))
}

fn parse_int(text: &str) -> Result<i64, String> {
    parse_within(text, i64::from(i32::MAX))
}

/// The kernel's range on Linux 6.18, seen by writing to each; where it takes more (older kernels), more means nothing.
fn parse_up_to<const MOST: i64>(text: &str) -> Result<i64, String> {
    parse_within(text, MOST)
}

fn parse_within(text: &str, most: i64) -> Result<i64, String> {
    match text.parse::<i128>() {
        Ok(value) if value < 0 => Err("it cannot be negative".to_owned()),
        Ok(value) if value > i128::from(most) => Err(format!("it can be {most} at most")),
        Ok(value) => i64::try_from(value).map_err(|error| error.to_string()),
        Err(_) => Err(format!("it is no whole number from 0 to {most}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_within_what_the_kernel_takes() {
        assert_eq!(parse_int("2147483647"), Ok(2_147_483_647));
        assert_eq!(parse_up_to::<255>("0"), Ok(0));
        for (text, part) in [
            ("-1", "negative"),
            ("2147483648", "2147483647 at most"),
            ("99999999999999999999", "at most"),
            ("4k", "no whole number"),
            ("", "no whole number"),
            ("0x10", "no whole number"),
        ] {
            let error = parse_int(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn each_setting_has_its_option() {
        assert_eq!(option(Setting::Somaxconn), "--somaxconn");
        assert_eq!(option(Setting::TcpMaxSynBacklog), "--tcp-max-syn-backlog");
        let arguments = ValueArgs {
            somaxconn: Some(1),
            tcp_max_syn_backlog: Some(1),
            tcp_syncookies: Some(1),
            tcp_abort_on_overflow: Some(1),
            tcp_synack_retries: Some(1),
            tcp_fastopen: Some(1),
            tcp_migrate_req: Some(1),
        };
        assert_eq!(arguments.resolve().len(), Setting::ALL.len());
    }
}
