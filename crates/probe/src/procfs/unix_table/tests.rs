//! Rows as kernels write them, and names that try to be rows.

use proptest::prelude::*;

use super::*;

const HEADING: &str = "Num       RefCount Protocol Flags    Type St Inode Path\n";

fn listeners(rows: &str) -> Vec<(UnixKind, Option<String>, u64)> {
    let listeners = parse(format!("{HEADING}{rows}").as_bytes()).unwrap();
    let parts = |listener: TableListener| (listener.endpoint.kind, listener.endpoint.path(), listener.inode);
    listeners.into_iter().map(parts).collect()
}

#[test]
fn only_sockets_that_listen_are_kept() {
    let rows = "\
        0000000000000000: 00000002 00000000 00010000 0001 01 28122 /run/systemd/private\n\
        0000000000000000: 00000002 00000000 00010000 0005 01   77 /run/udev/control\n\
        0000000000000000: 00000003 00000000 00000000 0001 03 30001 /run/systemd/private\n\
        0000000000000000: 00000003 00000000 00000000 0002 01   815\n\
        0000000000000000: 00000002 00000000 00010000 0001 01  4711 @/tmp/.X11-unix/X0\n\
        0000000000000000: 00000002 00000000 00010000 0001 01 99999\n";
    assert_eq!(
        listeners(rows),
        [
            (UnixKind::Stream, Some("/run/systemd/private".into()), 28122),
            (UnixKind::SeqPacket, Some("/run/udev/control".into()), 77),
            (UnixKind::Stream, Some("@/tmp/.X11-unix/X0".into()), 4711),
            (UnixKind::Stream, None, 99999),
        ]
    );
}

/// Linux 4.18, a second after boot.
#[test]
fn an_address_may_be_withheld() {
    let rows = "(____ptrval____): 00000002 00000000 00010000 0001 01 1234 /run/x\n";
    assert_eq!(listeners(rows), [(UnixKind::Stream, Some("/run/x".to_owned()), 1234)]);
}

#[test]
fn an_abstract_name_begins_with_nul() {
    let row = "0000000000000000: 00000002 00000000 00010000 0001 01 7 @dbus\n";
    let found = parse(format!("{HEADING}{row}").as_bytes()).unwrap();
    assert_eq!(found[0].endpoint.name.as_deref(), Some(&b"\0dbus"[..]));
}

#[test]
fn names_are_kept_whole() {
    let row = "0000000000000000: 00000002 00000000 00010000 0001 01 7 ";
    for name in [
        "/tmp/with space",
        "/tmp/two  spaces ",
        " /leading",
        "/tmp/new\nline",
        "/tmp/\n\nlast",
    ] {
        assert_eq!(
            listeners(&format!("{row}{name}\n")),
            [(UnixKind::Stream, Some(name.into()), 7)],
            "{name:?}"
        );
    }
}

#[test]
fn garbled_tables_are_refused() {
    for rows in [
        "0000000000000000: 00000002 00000000 00010000 0001 01\n",
        "rest of no name\n",
        "0000000000000000: 00000002 00000000 00010000 0001 01 7\nan unnamed socket has no rest\n",
        "000000000000000g: 00000002 00000000 00010000 0001 01 7\n",
        "0000000000000000: 00000002 00000000 +0010000 0001 01 7\n",
        "0000000000000000: 00000002 00000000 00010000 0001 01 -7\n",
    ] {
        let error = parse(format!("{HEADING}{rows}").as_bytes()).unwrap_err();
        assert_eq!(error.what, "neither a socket nor the rest of a name", "{rows}");
    }
    let row = "0000000000000000: 00000002 00000000 00010000 0001 01 7 /";
    assert!(parse(format!("{HEADING}{row}{}\n", "x".repeat(NAME)).as_bytes()).is_err());
    assert!(parse(format!("{HEADING}{row}\n{}\n", "x".repeat(NAME - 1)).as_bytes()).is_err());
    assert_eq!(parse(row.as_bytes()).unwrap_err().what, "the heading is missing");
    assert!(parse(b"").is_err());
}

#[test]
fn an_own_listener_is_in_the_table() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("with space.sock");
    let _listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let found = read(&Roots::default(), "thread-self").unwrap();
    let own = found
        .iter()
        .find(|row| row.endpoint.path().as_deref() == path.to_str())
        .unwrap();
    assert_eq!(own.endpoint.kind, UnixKind::Stream);
    assert_ne!(own.inode, 0);
}

proptest! {
    #[test]
    fn any_bytes_are_a_table_or_an_error(bytes: Vec<u8>) {
        let _ = parse(&bytes);
        let _ = parse(&[HEADING.as_bytes(), &bytes].concat());
    }

    #[test]
    fn any_name_is_read_back(name in prop::collection::vec(any::<u8>(), 1..NAME), inode: u64) {
        prop_assume!(!name.ends_with(b"\n"));
        let row = format!("{HEADING}0000000000000000: 00000002 00000000 00010000 0005 01 {inode:5} /");
        let found = parse(&[row.as_bytes(), &name, b"\n"].concat()).unwrap();
        let expected = [b"/", &name[..]].concat();
        prop_assert_eq!(found.len(), 1);
        prop_assert_eq!(found[0].endpoint.name.as_deref(), Some(&expected[..]));
        prop_assert_eq!(found[0].inode, inode);
    }
}
