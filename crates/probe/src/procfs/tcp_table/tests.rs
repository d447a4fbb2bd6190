//! Lines as kernels write them, and as they never do.

use proptest::prelude::*;

use super::*;

const HEADING: &str =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

fn table(tcp: &str, tcp6: &str) -> Result<TcpTable, LineError> {
    let tcp6 = if tcp6.is_empty() {
        String::new()
    } else {
        format!("{HEADING}{tcp6}")
    };
    parse(format!("{HEADING}{tcp}").as_bytes(), tcp6.as_bytes())
}

fn local(address: &str, port: u16) -> LocalEnd {
    LocalEnd {
        address: address.parse().unwrap(),
        port,
        interface: 0,
    }
}

/// An address as the kernel writes it on this machine, whatever its byte order.
fn column(address: &str, port: u16) -> String {
    let octets = match address.parse().unwrap() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    let words = octets
        .chunks(4)
        .map(|word| u32::from_ne_bytes(word.try_into().unwrap()));
    let digits: Vec<String> = words.map(|word| format!("{word:08X}")).collect();
    format!("{}:{port:04X}", digits.concat())
}

/// One line: local end, state, receive queue, retransmit column, inode.
fn line(local: &str, port: u16, state: u8, receive_queue: u32, timeouts: u32, inode: u64) -> String {
    let local = column(local, port);
    format!(
        "   0: {local} 00000000:0000 {state:02X} 00000000:{receive_queue:08X} 00:00000000 {timeouts:08X} \
         1000        0 {inode} 1 0000000000000000 100 0 0 10 0\n"
    )
}

#[test]
#[cfg(target_endian = "little")]
fn lines_of_a_real_kernel() {
    let table = table(
        "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000003 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0                        \n\
         \x20  1: 0100007F:1F90 0100007F:C350 03 00000000:00000000 01:00000063 00000001     0        0 0 1 0000000000000000                             \n\
         \x20  2: 0100007F:1F90 0100007F:C351 01 00000000:00000005 00:00000000 00000000     0        0 0 1 0000000000000000 20 4 0 10 -1                       \n",
        "   0: 0000000000000000FFFF00000100007F:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 65534        0 815 1 0000000000000000 100 0 0 10 0\n",
    )
    .unwrap();
    let first = TableListener {
        address: "127.0.0.1".parse().unwrap(),
        port: 8080,
        length: 3,
        uid: 0,
        inode: 4711,
    };
    let mapped = TableListener {
        address: "::ffff:127.0.0.1".parse().unwrap(),
        port: 80,
        length: 0,
        uid: 65534,
        inode: 815,
    };
    assert_eq!(table.listeners, [first, mapped]);
    assert_eq!(
        table.half_open,
        [HalfOpen {
            local: local("127.0.0.1", 8080),
            count: 1,
            young: 0
        }]
    );
    let counts = QueuedCounts {
        established: 1,
        closed_by_client: 0,
        with_data: 1,
        bytes: 5,
    };
    assert_eq!(
        table.queued,
        [Queued {
            local: local("127.0.0.1", 8080),
            counts
        }]
    );
}

#[test]
fn connections_are_grouped_by_local_end() {
    let tcp = [
        line("10.0.0.1", 80, 3, 0, 0, 0),
        line("10.0.0.1", 80, 3, 0, 2, 0),
        line("10.0.0.2", 80, 3, 0, 0, 0),
        line("10.0.0.1", 80, 1, 0, 0, 0),
        line("10.0.0.1", 80, 8, 8, 0, 0),
        line("10.0.0.1", 80, 8, 1, 0, 0),
        line("10.0.0.1", 80, 1, 9, 0, 55),
        line("10.0.0.1", 80, 6, 0, 0, 0),
    ];
    let table = table(&tcp.concat(), &line("2001:db8::1", 443, 3, 0, 0, 0)).unwrap();
    assert_eq!(
        table.half_open,
        [
            HalfOpen {
                local: local("10.0.0.1", 80),
                count: 2,
                young: 1
            },
            HalfOpen {
                local: local("10.0.0.2", 80),
                count: 1,
                young: 1
            },
            HalfOpen {
                local: local("2001:db8::1", 443),
                count: 1,
                young: 1
            },
        ]
    );
    let counts = QueuedCounts {
        established: 1,
        closed_by_client: 2,
        with_data: 1,
        bytes: 7,
    };
    assert_eq!(
        table.queued,
        [Queued {
            local: local("10.0.0.1", 80),
            counts
        }],
        "accepted ones have an inode"
    );
    assert_eq!(table.listeners, []);
}

#[test]
fn garbled_tables_are_refused() {
    let good = line("127.0.0.1", 80, 10, 0, 0, 1);
    for (from, to) in [
        (":0050", ""),
        (":0050", ":00500"),
        (" 0A ", " 0x "),
        (" 0A ", " +A "),
        ("00000000:00000000 00", "0000000000000000 00"),
        (" 1000 ", " -1 "),
        (" 1 1 ", " one 1 "),
        ("0: ", "0 "),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from} occurs");
        assert_eq!(table(&format!("{good}{bad}"), "").unwrap_err().line, 3, "{bad}");
    }
    for length in 1..good.find(" 1 0000000000000000").unwrap() {
        assert!(
            table(&good[..length], "").is_err(),
            "cut short after {length}: {}",
            &good[..length]
        );
    }
    assert_eq!(parse(good.as_bytes(), b"").unwrap_err().what, "the heading is missing");
    assert!(table("   0: \u{e9}é\n", "").is_err());
}

/// Writes the two files of a namespace below a fresh root.
fn tree(tcp: &str, tcp6: Option<&str>) -> (tempfile::TempDir, Roots) {
    let root = tempfile::tempdir().unwrap();
    let net = root.path().join("7/net");
    std::fs::create_dir_all(&net).unwrap();
    std::fs::write(net.join("tcp"), tcp).unwrap();
    if let Some(tcp6) = tcp6 {
        std::fs::write(net.join("tcp6"), tcp6).unwrap();
    }
    let roots = Roots {
        proc: root.path().into(),
        ..Roots::default()
    };
    (root, roots)
}

#[test]
fn a_host_without_ipv6_has_one_table() {
    let (_root, roots) = tree(&format!("{HEADING}{}", line("0.0.0.0", 22, 10, 1, 0, 9)), None);
    assert_eq!(read(&roots, 7).unwrap().listeners[0].length, 1);
    assert!(read(&roots, 8).unwrap_err().is_gone());
}

#[test]
fn lines_without_end_are_refused() {
    for tcp in [
        HEADING.trim_end().to_owned(),
        format!("{HEADING}{}", "0".repeat(LINE + 1)),
    ] {
        let (_root, roots) = tree(&tcp, None);
        let error = read(&roots, 7).unwrap_err();
        assert!(error.to_string().contains("no end of the line"), "{error}");
    }
}

#[test]
fn an_own_listener_is_in_the_table() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let client = std::net::TcpStream::connect(address).unwrap();
    std::io::Write::write_all(&mut &client, b"hello").unwrap();
    let deadline = deadline();
    loop {
        let table = read(&Roots::default(), "thread-self").unwrap();
        let row = *table.listeners.iter().find(|row| row.port == address.port()).unwrap();
        let queued = table
            .queued
            .iter()
            .find(|queued| queued.local == local("127.0.0.1", address.port()));
        let is_there = queued.is_some_and(|queued| queued.counts.bytes == 5 && queued.counts.with_data == 1);
        if row.length == 1 && is_there && row.address == address.ip() && row.inode != 0 {
            return;
        }
        assert!(!passed(deadline), "{row:?} {:?}", table.queued);
    }
}

#[allow(clippy::disallowed_methods, reason = "a test waits for the kernel, with a deadline")]
fn deadline() -> std::time::Instant {
    std::time::Instant::now() + std::time::Duration::from_secs(10)
}

#[allow(clippy::disallowed_methods, reason = "a test waits for the kernel, with a deadline")]
fn passed(deadline: std::time::Instant) -> bool {
    std::time::Instant::now() >= deadline
}

proptest! {
    #[test]
    fn any_bytes_are_a_table_or_an_error(tcp: Vec<u8>, tcp6: Vec<u8>) {
        let _ = parse(&tcp, &tcp6);
        let _ = parse(&[HEADING.as_bytes(), &tcp].concat(), &[HEADING.as_bytes(), &tcp6].concat());
    }

    #[test]
    fn what_the_kernel_writes_is_read_back(octets: [u8; 16], port: u16, length: u32, inode: u64) {
        let address = IpAddr::from(octets);
        let table = table("", &line(&address.to_string(), port, 10, length, 0, inode)).unwrap();
        prop_assert_eq!(&table.listeners, &[TableListener { address, port, length, uid: 1000, inode }]);
    }

    #[test]
    fn almost_right_lines_never_panic(columns in prop::collection::vec("[0-9A-Fa-f:+-]{0,40}", 0..20)) {
        let _ = table(&format!("{}\n", columns.join(" ")), &format!("{}\n", columns.join(" ")));
    }
}
