//! The file for the next boot, in a mount namespace whose /etc/sysctl.d is the test's own: nothing of the host is
//! touched, and its running values stay.

use std::process::Output;

use crate::run::{json, mounts, text, unfolded};

/// The value to write: one that no host has by itself.
const VALUE: &str = "--somaxconn 12345";

/// Runs a script where /etc/sysctl.d is empty, and nothing else sets anything.
fn with_empty_directories(test: &str, script: &str) -> Option<Output> {
    let script = format!(
        "mkdir -p /etc/sysctl.d /run/sysctl.d /usr/lib/sysctl.d
         for directory in /etc/sysctl.d /run/sysctl.d /usr/lib/sysctl.d; do mount -t tmpfs none $directory; done
         if [ -e /etc/sysctl.conf ]; then mount --bind /dev/null /etc/sysctl.conf; fi
         {script}"
    );
    mounts(test, &script)
}

#[test]
fn the_file_is_written_kept_and_left_alone_when_it_says_so_already() {
    let test = "the_file_is_written_kept_and_left_alone_when_it_says_so_already";
    let script = format!(
        "\"$0\" tune {VALUE} --persist --yes > /dev/null
         \"$0\" tune --tcp-synack-retries 4 --persist --yes
         \"$0\" tune {VALUE} --persist --yes | grep -c 'has these values already'
         cat /proc/sys/net/core/somaxconn; stat -c %a /etc/sysctl.d/99-listenq.conf; ls /etc/sysctl.d
         cat /etc/sysctl.d/99-listenq.conf"
    );
    let Some(output) = with_empty_directories(test, &script) else {
        return;
    };
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}{}", text(&output.stderr));
    assert!(
        said.contains("The running values stay as they are until the next boot"),
        "{said}"
    );
    let (_, end) = said.split_once("\n1\n").unwrap_or_else(|| panic!("{said}"));
    let lines: Vec<&str> = end.lines().collect();
    assert_ne!(lines[0], "12345");
    assert_eq!(lines[1..3], ["644", "99-listenq.conf"]);
    assert!(lines[3].starts_with("# listenq: written at "), "{end}");
    assert!(
        lines[3].ends_with(" by: listenq tune --tcp-synack-retries 4 --persist"),
        "{end}"
    );
    assert_eq!(
        lines[5..],
        ["net.core.somaxconn = 12345", "net.ipv4.tcp_synack_retries = 4"]
    );
}

#[test]
fn who_is_read_later_and_wins_is_named_with_file_and_line() {
    let test = "who_is_read_later_and_wins_is_named_with_file_and_line";
    let script = format!(
        "umount /etc/sysctl.conf 2> /dev/null || true
         printf '# x\\n\\nnet.core.somaxconn = 1024\\n' > /run/sysctl.d/conf
         touch /etc/sysctl.conf; mount --bind /run/sysctl.d/conf /etc/sysctl.conf
         ln -s ../sysctl.conf /etc/sysctl.d/99-sysctl.conf
         echo 'net.core.somax* = 7' > /usr/lib/sysctl.d/10-before.conf
         \"$0\" tune {VALUE} --persist --yes -o json"
    );
    let Some(output) = with_empty_directories(test, &script) else {
        return;
    };
    let document = json(&output);
    assert_eq!(
        (output.status.code(), &document["carried_out"]),
        (Some(0), &true.into())
    );
    let sysctl = &document["boot"]["sysctls"][0];
    let overruled = sysctl["overruled"].as_array().unwrap();
    let told: Vec<_> = overruled
        .iter()
        .map(|one| {
            (
                one["by"].as_str().unwrap(),
                one["path"].as_str().unwrap(),
                one["line"].as_u64().unwrap(),
                one["value"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("systemd-sysctl", "/etc/sysctl.d/99-sysctl.conf", 3, "1024"),
            ("sysctl --system", "/etc/sysctl.conf", 3, "1024"),
        ]
    );
    assert_eq!(overruled[0]["target"], "/etc/sysctl.conf");
    assert_eq!(sysctl["assignments"][0]["pattern"], "net/core/somax*");
    let note = document["notes"]
        .as_array()
        .unwrap()
        .iter()
        .find(|note| note.as_str().unwrap().contains("wins"));
    let note = note.unwrap_or_else(|| panic!("{document:#}")).as_str().unwrap();
    assert!(
        note.starts_with(
            "/etc/sysctl.d/99-sysctl.conf → /etc/sysctl.conf:3: net.core.somaxconn = 1024 is read after 99-listenq.conf"
        ),
        "{note}"
    );
}

#[test]
fn a_file_of_others_and_one_that_cannot_be_written_are_refused() {
    let test = "a_file_of_others_and_one_that_cannot_be_written_are_refused";
    let script = format!(
        "echo 'net.core.somaxconn = 1' > /etc/sysctl.d/99-listenq.conf
         \"$0\" tune {VALUE} --persist --yes 2>&1 || echo status $?
         cat /etc/sysctl.d/99-listenq.conf; rm /etc/sysctl.d/99-listenq.conf
         mount -o remount,ro /etc/sysctl.d
         \"$0\" tune {VALUE} --persist --yes || echo status $?; ls /etc/sysctl.d"
    );
    let Some(output) = with_empty_directories(test, &script) else {
        return;
    };
    let said = text(&output.stdout);
    assert!(
        said.contains("was not written by listenq"),
        "{said}{}",
        text(&output.stderr)
    );
    assert!(said.contains("status 2\nnet.core.somaxconn = 1\n"), "{said}");
    assert!(
        unfolded(said).contains("Read-only file system") && said.ends_with("status 2\n"),
        "{said}"
    );
}
