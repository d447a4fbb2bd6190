//! What the cgroup path of a process says about where it belongs: systemd unit, container, pod.

use std::sync::Arc;

/// The control group of a listener's owner (or creator), and what its path tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cgroup {
    /// Path below the root of the hierarchy, as the kernel gives it.
    pub path: Arc<str>,
    /// Innermost systemd unit on the path (`nginx.service`, `docker-….scope` is not one).
    pub unit: Option<Arc<str>>,
    /// 64-digit container id (docker, containerd, cri-o, podman).
    pub container: Option<Arc<str>>,
    /// Kubernetes pod uid, with dashes.
    pub pod: Option<Arc<str>>,
}

impl Cgroup {
    /// Reads unit, container and pod out of a cgroup path.
    ///
    /// systemd escapes (`\x2d`) are undone for pod uids only; unit names are kept as `systemctl` prints them.
    pub fn from_path(path: &str) -> Self {
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        Self {
            path: path.into(),
            unit: segments.iter().rev().find_map(|segment| unit_name(segment)),
            container: segments.iter().rev().find_map(|segment| container_id(segment)),
            pod: segments.iter().rev().find_map(|segment| pod_uid(segment)),
        }
    }
}

/// A unit is a service or socket, or a scope that was not made by a container engine.
fn unit_name(segment: &str) -> Option<Arc<str>> {
    let is_unit = [".service", ".scope", ".socket"]
        .iter()
        .any(|suffix| segment.ends_with(suffix));
    (is_unit && container_id(segment).is_none()).then(|| segment.into())
}

/// The id is 64 hex digits: bare (docker and kubelet with the cgroupfs driver) or as
/// `docker-ID.scope`, `cri-containerd-ID.scope`, `crio-ID.scope`, `libpod-ID.scope` (systemd driver).
fn container_id(segment: &str) -> Option<Arc<str>> {
    let stem = segment.strip_suffix(".scope").unwrap_or(segment);
    let id = stem.rsplit(['-', ':']).next()?;
    let is_id = id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then(|| id.into())
}

/// `podUID` or `kubepods-burstable-podUID.slice`, where systemd writes `_` for the dashes of the uid.
fn pod_uid(segment: &str) -> Option<Arc<str>> {
    let stem = segment.strip_suffix(".slice").unwrap_or(segment);
    let (_, after) = stem.rsplit_once("pod")?;
    let uid = after.replace('_', "-").replace("\\x2d", "-");
    is_uid(&uid).then(|| uid.into())
}

/// 8-4-4-4-12 hex digits, or the 32 digits without dashes that static pods have.
fn is_uid(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_hexdigit).count();
    let dashes = text.bytes().filter(|byte| *byte == b'-').count();
    digits == 32 && digits + dashes == text.len() && (dashes == 4 || dashes == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "3f5d0c4b6a7988776655443322110099aabbccddeeff00112233445566778899";

    fn parts(path: &str) -> (Option<String>, Option<String>, Option<String>) {
        let cgroup = Cgroup::from_path(path);
        let text = |value: Option<Arc<str>>| value.map(|text| text.to_string());
        (text(cgroup.unit), text(cgroup.container), text(cgroup.pod))
    }

    #[test]
    fn a_systemd_service() {
        assert_eq!(parts("/system.slice/nginx.service").0.as_deref(), Some("nginx.service"));
        assert_eq!(
            parts("/user.slice/user-1000.slice/user@1000.service/app.slice/web.service")
                .0
                .as_deref(),
            Some("web.service")
        );
        assert_eq!(
            parts("/user.slice/user-0.slice/session-3.scope").0.as_deref(),
            Some("session-3.scope")
        );
    }

    #[test]
    fn containers_of_each_engine() {
        for segment in [
            format!("/system.slice/docker-{ID}.scope"),
            format!("/docker/{ID}"),
            format!("/machine.slice/libpod-{ID}.scope/container"),
            format!("/kubepods.slice/cri-containerd-{ID}.scope"),
            format!("/kubepods.slice/crio-{ID}.scope"),
            format!("/kubepods-besteffort.slice:cri-containerd:{ID}"),
        ] {
            let (unit, container, _) = parts(&segment);
            assert_eq!(container.as_deref(), Some(ID), "{segment}");
            assert_eq!(unit, None, "{segment}");
        }
    }

    #[test]
    fn pods_of_both_cgroup_drivers() {
        let uid = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
        let systemd = format!(
            "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{}.slice/cri-containerd-{ID}.scope",
            uid.replace('-', "_")
        );
        assert_eq!(parts(&systemd).2.as_deref(), Some(uid));
        assert_eq!(
            parts(&format!("/kubepods/burstable/pod{uid}/{ID}")).2.as_deref(),
            Some(uid)
        );
        let static_pod = "ab8d7c6e5f4a3b2c1d0e9f8a7b6c5d4e";
        assert_eq!(
            parts(&format!("/kubepods/pod{static_pod}/{ID}")).2.as_deref(),
            Some(static_pod)
        );
    }

    #[test]
    fn nothing_is_made_up() {
        for path in [
            "/",
            "",
            "/podman",
            "/user.slice",
            "/tripod-9/x",
            "/machine.slice/machine-qemu\\x2d1\\x2dpodhost.slice",
        ] {
            assert_eq!(parts(path), (None, None, None), "{path}");
        }
    }
}
