//! Hostile names, links of all kinds, and this very process.

use proptest::prelude::*;

use super::*;

const AFTER_NAME: &str = "S 1 7 7 0 -1 4194560 1 0 0 0 3 4 0 0 20 0 5 0 4711 1000 20 18446744073709551615";

fn stat(comm: &str) -> Stat {
    parse_stat(format!("7 ({comm}) {AFTER_NAME}\n").as_bytes()).unwrap()
}

#[test]
fn the_name_ends_at_the_last_parenthesis() {
    for comm in [
        "nginx",
        "a b",
        ") (",
        "x) S 1 2 (",
        "((",
        "))",
        "new\nline",
        "",
        "é\u{1b}[31m",
    ] {
        let expected = Stat {
            comm: comm.into(),
            state: 'S',
            threads: 5,
            started: 4711,
        };
        assert_eq!(stat(comm), expected, "{comm:?}");
    }
}

#[test]
fn a_stat_that_lacks_fields_is_refused() {
    let whole = format!("7 (x) {AFTER_NAME}");
    let last_used = whole.find(" 4711").unwrap();
    for length in 0..=last_used {
        assert!(parse_stat(&whole.as_bytes()[..length]).is_err(), "{length}");
    }
    assert!(parse_stat(b"7 (x) S 1 7 7 0 -1 0 1 0 0 0 3 4 0 0 20 0 5 0 -4711").is_err());
    assert!(parse_stat(b"7 )x( S").is_err());
}

#[test]
fn the_executable_is_its_base_name() {
    assert_eq!(&*executable_name(b"/usr/sbin/nginx"), "nginx");
    assert_eq!(&*executable_name(b"/usr/sbin/nginx (deleted)"), "nginx");
    assert_eq!(&*executable_name(b"/memfd:x (deleted)"), "memfd:x");
    assert_eq!(&*executable_name(b"/opt/\xff"), "\u{fffd}");
    assert_eq!(&*executable_name(b""), "");
}

#[test]
fn an_empty_link_of_a_namespace_is_a_refusal() {
    let path = Path::new("/proc/2/ns/net");
    assert!(namespace_of(b"", path).unwrap_err().is_denied());
    assert_eq!(namespace_of(b"net:[4026531992]", path).unwrap(), 4_026_531_992);
    assert!(!namespace_of(b"mnt:[1]", path).unwrap_err().is_denied());
}

#[test]
fn links_are_taken_whole_or_not_at_all() {
    assert_eq!(bracketed(b"socket:[4711]", b"socket:["), Some(4711));
    assert_eq!(bracketed(b"socket:[18446744073709551615]", b"socket:["), Some(u64::MAX));
    for link in [
        "socket:[]",
        "socket:[1",
        "socket:[1]x",
        "socket:[+1]",
        "socket:[18446744073709551616]",
        "/x/socket:[1]",
    ] {
        assert_eq!(bracketed(link.as_bytes(), b"socket:["), None, "{link}");
    }
}

#[test]
fn this_process() {
    let roots = Roots::default();
    let pid = std::process::id();
    assert!(pids(&roots).unwrap().contains(&pid));
    let own = Process::open(&roots, pid).unwrap();
    let stat = own.stat().unwrap();
    assert!(stat.threads >= 1 && stat.started > 0);
    assert_eq!(own.threads().unwrap().first(), Some(&pid));
    let executable = std::env::current_exe().unwrap();
    assert_eq!(
        executable.file_name().unwrap().to_str(),
        Some(&*own.executable().unwrap())
    );
    let link = std::fs::read_link("/proc/self/ns/net").unwrap();
    assert_eq!(
        link.to_str().unwrap(),
        format!("net:[{}]", own.net_namespace().unwrap())
    );
    assert_eq!(
        own.net_tcp_inode().unwrap(),
        Process::open(&roots, pid).unwrap().net_tcp_inode().unwrap()
    );
    assert!(!own.is_without_memory());
}

#[test]
fn a_program_is_no_kernel_thread_whatever_it_calls_itself() {
    let own = Process::open(&Roots::default(), std::process::id()).unwrap();
    assert!(!own.is_kernel_thread());
    // PF_KTHREAD | PF_NOFREEZE | PF_FORKNOEXEC, as of kthreadd in Linux 6.18.
    let kthreadd = b"2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 1 0 0 20 0 1 0 24 0 0";
    assert_eq!(flags(kthreadd).map(|flags| flags & PF_KTHREAD), Some(PF_KTHREAD));
    assert_eq!(flags(b"2 (a) b) S 0 0 0 0 -1 4194560 0"), Some(4_194_560));
    assert_eq!(flags(b"2 (kthreadd) S 0"), None);
}

#[test]
fn a_process_that_has_ended_is_gone_even_through_its_open_directory() {
    #[allow(clippy::disallowed_methods, reason = "a test needs a process that ends")]
    let mut child = std::process::Command::new("cat")
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let process = Process::open(&Roots::default(), child.id()).unwrap();
    assert!(process.stat().is_ok());
    drop(child.stdin.take());
    child.wait().unwrap();
    assert!(process.stat().unwrap_err().is_gone());
    assert!(Process::open(&Roots::default(), child.id()).unwrap_err().is_gone());
}

proptest! {
    #[test]
    fn any_name_is_read_back(comm in "[^\0]{0,64}") {
        prop_assert_eq!(&*stat(&comm).comm, comm.as_str());
    }

    #[test]
    fn any_bytes_are_a_stat_or_an_error(bytes: Vec<u8>) {
        let _ = (parse_stat(&bytes), bracketed(&bytes, b"net:["), executable_name(&bytes));
    }
}
