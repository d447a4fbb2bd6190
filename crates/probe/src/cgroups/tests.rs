//! /proc/PID/cgroup of each kind of host and container engine.

use proptest::prelude::*;

use super::*;

const ID: &str = "3f5d0c4b6a7988776655443322110099aabbccddeeff00112233445566778899";
const POD: &str = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";

fn path(file: &str) -> String {
    parse(file.as_bytes()).unwrap().unwrap().path.to_string()
}

#[test]
fn version_2_is_one_line() {
    assert_eq!(path("0::/system.slice/nginx.service\n"), "/system.slice/nginx.service");
    assert_eq!(path("0::/\n"), "/");
    assert_eq!(path("0::/a:b/c d\n"), "/a:b/c d", "paths may contain colons and spaces");
    assert_eq!(
        path("0::/system.slice/nginx.service (deleted)\n"),
        "/system.slice/nginx.service"
    );
    assert_eq!(
        path("0::/../../system.slice/x.service\n"),
        "/../../system.slice/x.service"
    );
}

#[test]
fn version_1_believes_systemd_first() {
    let file = "12:cpu,cpuacct:/user.slice\n11:memory:/user.slice/user-0.slice\n2:freezer:/\n\
                1:name=systemd:/user.slice/user-0.slice/session-3.scope\n";
    assert_eq!(path(file), "/user.slice/user-0.slice/session-3.scope");
}

#[test]
fn without_systemd_a_controller_that_tells_something_is_taken() {
    let file = "9:name=systemd:/\n8:pids:/\n4:memory:/process_api/c05d\n1:cpu:/other\n0::/\n";
    assert_eq!(path(file), "/process_api/c05d");
    assert_eq!(path("3:net_cls:/only\n2:devices:/\n"), "/only");
}

#[test]
fn hybrid_hosts_use_what_tells_more() {
    let empty_v2 = "11:memory:/system.slice/x.service\n1:name=systemd:/system.slice/x.service\n0::/\n";
    assert_eq!(path(empty_v2), "/system.slice/x.service");
    let both = "1:name=systemd:/system.slice/a.service\n0::/system.slice/b.service\n";
    assert_eq!(path(both), "/system.slice/b.service", "version 2 among equals");
    let daemon_in_v2 = format!("5:memory:/docker/{ID}\n1:name=systemd:/docker/{ID}\n0::/system.slice/docker.service\n");
    assert_eq!(
        path(&daemon_in_v2),
        format!("/docker/{ID}"),
        "a container tells more than the unit of its engine"
    );
}

#[test]
fn container_engines() {
    let underscored = POD.replace('-', "_");
    for (file, expects_pod) in [
        (format!("0::/system.slice/docker-{ID}.scope\n"), false),
        (format!("9:name=systemd:/docker/{ID}\n8:pids:/docker/{ID}\n"), false),
        (format!("0::/machine.slice/libpod-{ID}.scope/container\n"), false),
        (
            format!("0::/system.slice/containerd.service/kubepods-pod{underscored}.slice:cri-containerd:{ID}\n"),
            false,
        ),
        (
            format!("0::/kubepods.slice/kubepods-pod{underscored}.slice/cri-containerd-{ID}.scope\n"),
            true,
        ),
        (
            format!("0::/kubepods.slice/kubepods-burstable-pod{underscored}.slice/crio-{ID}.scope\n"),
            true,
        ),
        (
            format!("4:memory:/kubepods/besteffort/pod{POD}/{ID}\n1:name=systemd:/kubepods/besteffort/pod{POD}/{ID}\n"),
            true,
        ),
    ] {
        let cgroup = parse(file.as_bytes()).unwrap().unwrap();
        assert_eq!(cgroup.container.as_deref(), Some(ID), "{file}");
        assert_eq!(cgroup.pod.as_deref(), expects_pod.then_some(POD), "{file}");
        assert_eq!(
            cgroup.unit,
            cgroup
                .path
                .contains("containerd.service")
                .then(|| "containerd.service".into()),
            "{file}"
        );
    }
}

#[test]
fn garbled_files_are_refused() {
    for (file, line) in [
        ("0::/\nnonsense\n", 2),
        ("0:/\n", 1),
        ("x::/\n", 1),
        ("0::relative\n", 1),
        ("\n", 1),
    ] {
        assert_eq!(parse(file.as_bytes()).unwrap_err().line, line, "{file}");
    }
    assert_eq!(parse(b"").unwrap(), None, "a kernel without control groups");
}

#[test]
fn this_process_has_a_path() {
    let own = Process::open(&crate::Roots::default(), std::process::id()).unwrap();
    let file = std::fs::read_to_string("/proc/self/cgroup").unwrap();
    let cgroup = read(&own).unwrap();
    assert_eq!(cgroup.is_none(), file.is_empty());
    assert!(cgroup.is_none_or(|cgroup| file.contains(&*cgroup.path)));
}

proptest! {
    #[test]
    fn any_bytes_are_groups_or_an_error(bytes: Vec<u8>, lines in prop::collection::vec("[0-9]:[a-z=,]{0,9}:/[^\n]{0,90}", 0..9)) {
        let _ = parse(&bytes);
        prop_assert!(parse(lines.join("\n").as_bytes()).is_ok());
    }
}
