//! The way of a connection through both queues, with the numbers of the reader's own namespace on it.

use model::document::NamespaceReport;
use model::{Listener, Protocol, Setting};

use super::here::Here;
use crate::output::closing;
use crate::output::page::Page;
use crate::output::screen::Screen;
use crate::output::text::NO_BREAK;

/// Beside the drawing of a step, and of what continues it.
const CLIENT: &str = "   │           │  ";

/// Draws it.
pub fn write(page: &mut Page, host: &Here, screen: &Screen) {
    let document = &host.report.document;
    let Some(own) = document.namespaces.iter().find(|namespace| namespace.is_own) else {
        return page.paragraph("This network namespace could not be read; listenq -v tells why.");
    };
    let numbers = Numbers { own, screen };
    page.title(
        "The way of a connection, with the numbers of this network namespace",
        &format!("Linux {}", screen.glyphs.name(&document.host.kernel)),
    );
    page.gap();
    page.beside(" client      kernel", "", "");
    syn(page, &numbers);
    syn_queue(page, &numbers, host);
    final_ack(page, &numbers);
    accept_queue(page, &numbers, host, screen);
    page.paragraph(
        "Counters count since the namespace was made; for those of the last seconds: listenq counters --for 10s. Every \
         name here is a topic: listenq explain NAME; all of them: listenq explain --list.",
    );
}

/// The values of one namespace, “–” for what is not known.
struct Numbers<'a> {
    own: &'a NamespaceReport,
    screen: &'a Screen,
}

impl Numbers<'_> {
    fn known(&self, value: Option<impl ToString>) -> String {
        value.map_or_else(|| self.screen.glyphs.unknown.to_owned(), |value| value.to_string())
    }

    /// `tcp_syncookies = 1`.
    fn setting(&self, setting: Setting) -> String {
        let name = setting.name().rsplit('.').next().unwrap_or_default();
        unbroken(&format!("{name} = {}", self.known(self.own.sysctls.get(setting))))
    }

    /// `ListenDrops 12`.
    fn counter(&self, name: &str) -> String {
        let counters = self.own.counters.as_ref();
        let value = ["TcpExt", "Tcp"].iter().find_map(|group| counters?.named(group, name));
        unbroken(&format!("{name} {}", self.known(value)))
    }

    fn counters(&self, names: &[&str]) -> String {
        names
            .iter()
            .map(|name| self.counter(name))
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// A name and its value stay on one line.
fn unbroken(text: &str) -> String {
    text.replace(' ', &NO_BREAK.to_string())
}

fn syn(page: &mut Page, numbers: &Numbers) {
    page.beside("   │ SYN", CLIENT, "");
    let (what, counters) = match numbers.own.sysctls.get(Setting::TcpSyncookies) {
        Some(0) => (
            "SYN queue full, or more than ¾ of tcp_max_syn_backlog half-open? Dropped in silence",
            ["TCPReqQFullDrop", "ListenDrops"],
        ),
        Some(2) => (
            "Every SYN is answered with a cookie, and nothing is stored",
            ["TCPReqQFullDoCookies", "SyncookiesSent"],
        ),
        _ => (
            "SYN queue full? A cookie is sent, and nothing is stored",
            ["TCPReqQFullDoCookies", "SyncookiesSent"],
        ),
    };
    let text = format!("{what} ({}).", numbers.setting(Setting::TcpSyncookies));
    page.beside("   ├──────────▶┬─ ", CLIENT, &text);
    page.beside(CLIENT, CLIENT, &numbers.counters(&counters));
    let text = "Accept queue full? Dropped in silence; the client tries again after a second.";
    page.beside("   │           ├─ ", CLIENT, text);
    page.beside(CLIENT, CLIENT, &numbers.counters(&["ListenOverflows", "ListenDrops"]));
    page.beside("   │           ▼", CLIENT, "");
}

fn syn_queue(page: &mut Page, numbers: &Numbers, host: &Here) {
    let max = numbers.setting(Setting::TcpMaxSynBacklog);
    let limit = match numbers.own.sysctls.get(Setting::TcpSyncookies) {
        Some(0) => format!("the listener's backlog, or ¾ of it if that is less: {max}"),
        Some(2) => "none is needed".to_owned(),
        _ => format!("the listener's backlog, as below; {max} has no part in it"),
    };
    let text = format!(
        "{} half-open connections, at {}. Limit: {limit}.",
        numbers.known(numbers.own.totals.half_open),
        match own_listeners(numbers.own, host).count() {
            1 => "1 TCP listener".to_owned(),
            count => format!("{count} TCP listeners"),
        }
    );
    page.beside("   │       SYN QUEUE  ", "   │           │      ", &text);
    page.beside("   │ SYN-ACK   │", CLIENT, "");
    let retries = numbers.own.sysctls.get(Setting::TcpSynackRetries);
    let text = format!(
        "Sent again up to {} times, {} s in all ({}); then the request is forgotten, and no counter of failures tells.",
        numbers.known(retries),
        numbers.known(retries.map(lifetime)),
        numbers.setting(Setting::TcpSynackRetries),
    );
    page.beside("   │◀──────────┤  ", CLIENT, &text);
    page.beside(CLIENT, CLIENT, &numbers.counters(&["TCPSynRetrans", "TCPTimeouts"]));
}

/// Seconds that a request lives: the first SYN-ACK waits one second, each further twice as long, two minutes at
/// most (net/ipv4/inet_connection_sock.c:reqsk_timer_handler, TCP_RTO_MAX).
fn lifetime(retries: i64) -> i64 {
    (0..=retries.clamp(0, 255))
        .map(|try_number| if try_number < 7 { 1 << try_number } else { 120 })
        .sum()
}

fn final_ack(page: &mut Page, numbers: &Numbers) {
    page.beside("   │ ACK       │", CLIENT, "");
    let what = match numbers.own.sysctls.get(Setting::TcpAbortOnOverflow) {
        Some(0) => {
            "Accept queue full? The ACK is ignored: the client believes it is connected, the request stays half-open"
        }
        Some(_) => "Accept queue full? The client is reset",
        None => "Accept queue full? The ACK is ignored, or the client is reset",
    };
    let text = format!("{what} ({}).", numbers.setting(Setting::TcpAbortOnOverflow));
    page.beside("   ├──────────▶┼─ ", CLIENT, &text);
    page.beside(CLIENT, CLIENT, &numbers.counters(&["ListenOverflows", "EmbryonicRsts"]));
    page.beside("   │           ▼", CLIENT, "");
}

fn accept_queue(page: &mut Page, numbers: &Numbers, host: &Here, screen: &Screen) {
    let lengths = own_listeners(numbers.own, host).map(|listener| listener.accept_queue.length.map(u64::from));
    let waiting: Option<u64> = lengths.sum();
    let text = format!(
        "{} connections wait. Limit: the smaller of the backlog the program asked for and {}, decided once, inside \
         listen(); a limit of N holds N + 1.{}",
        numbers.known(waiting),
        numbers.setting(Setting::Somaxconn),
        fullest(numbers.own, host, screen)
    );
    page.beside("   │      ACCEPT QUEUE  ", "   │           │        ", &text);
    page.beside("   │           ▼", CLIENT, "");
    let text = format!(
        "the program takes the oldest. {} (counted when queued), {}",
        numbers.counter("PassiveOpens"),
        numbers.counter("CurrEstab")
    );
    page.beside("   │       accept()  ", "   │                 ", &text);
}

fn own_listeners<'a>(own: &'a NamespaceReport, host: &'a Here) -> impl Iterator<Item = &'a Listener> {
    host.report
        .listeners()
        .iter()
        .filter(|listener| listener.namespace == own.key && listener.protocol != Protocol::Unix)
}

/// Which one is nearest to its limit; nothing where no connection waits.
fn fullest(own: &NamespaceReport, host: &Here, screen: &Screen) -> String {
    let fill = |listener: &&Listener| listener.accept_queue.fill().unwrap_or(0.0);
    let fullest = own_listeners(own, host).max_by(|a, b| fill(a).total_cmp(&fill(b)));
    let Some(listener) = fullest.filter(|listener| fill(listener) > 0.0) else {
        return String::new();
    };
    let (Some(length), Some(limit)) = (listener.accept_queue.length, listener.accept_queue.limit) else {
        return String::new();
    };
    let name = closing::name(listener, &host.report, screen.glyphs);
    format!(" The fullest: {name}, {length}/{limit}.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{busy_host, explained};
    use crate::output::screen::{ASCII, UTF8};

    fn drawn(screen: &Screen) -> String {
        explained(&busy_host(), screen, |page, host| write(page, host, screen))
    }

    #[test]
    fn the_way() {
        let screen = Screen {
            width: Some(90),
            is_terminal: true,
            colour: false,
            glyphs: &UTF8,
        };
        insta::assert_snapshot!("way", drawn(&screen));
        let ascii = Screen {
            glyphs: &ASCII,
            ..screen
        };
        assert!(drawn(&ascii).is_ascii());
    }

    /// KERNEL.md 2.9: 1 + 2 + 4 + 8 + 16 + 32 = 63 s with the default of 5.
    #[test]
    fn a_request_lives_as_long_as_its_timers() {
        assert_eq!(lifetime(5), 63);
        assert_eq!(lifetime(0), 1);
        assert_eq!(lifetime(7), 127 + 120);
        assert_eq!(lifetime(-1), 1);
    }
}
