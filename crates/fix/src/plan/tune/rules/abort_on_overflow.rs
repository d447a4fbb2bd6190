//! net.ipv4.tcp_abort_on_overflow: 0, the kernel's default.

use model::Setting;

use super::super::case::{Case, SYSCTLS};
use super::super::{Change, Evidence, Ruling};

pub(super) fn judge(case: &Case, present: i64) -> Ruling {
    if present == 0 {
        let why = "a client whose final ACK is refused gets further chances";
        return Ruling::keep(Setting::TcpAbortOnOverflow, why);
    }
    let resets = case.counted("EmbryonicRsts");
    let resets = resets.map(|counted| counted.evidence("EmbryonicRsts", case.seconds));
    let value = Evidence {
        fact: Setting::TcpAbortOnOverflow.name().to_owned(),
        value: present.to_string(),
        source: SYSCTLS,
    };
    Ruling::Change(Change {
        setting: Setting::TcpAbortOnOverflow,
        from: present,
        to: 0,
        reason: "A client whose final ACK finds the accept queue full is reset at once. With 0 its request is kept, \
                 and it is let in if room appears a moment later. Refused SYNs are silent either way."
            .to_owned(),
        evidence: resets.into_iter().chain([value]).collect(),
        warnings: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{Host, changed, kept};
    use super::*;

    #[test]
    fn resets_are_switched_off() {
        let host = Host::new(4096)
            .set(Setting::TcpAbortOnOverflow, 1)
            .count("EmbryonicRsts", 3);
        let change = changed(&host, Setting::TcpAbortOnOverflow).unwrap();
        assert_eq!((change.from, change.to), (1, 0));
        assert_eq!(change.evidence[0].fact, "TcpExt.EmbryonicRsts");
    }

    #[test]
    fn nothing_to_change_because() {
        assert!(kept(&Host::new(4096), Setting::TcpAbortOnOverflow).contains("further chances"));
    }
}
