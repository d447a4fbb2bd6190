//! Every name of `nstat -az` and every sentence of `netstat -s` that concerns handshakes finds its topic; which do and
//! which do not is written down here, once for each. The lists come from tests/recorded/record.sh.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::Command;

use listenq_knowledge::{Found, find};
use model::counter::KNOWN;

const NAMES: &str = include_str!("recorded/nstat.txt");
const SENTENCES: &str = include_str!("recorded/netstat.txt");

/// What a counter that concerns no handshake of a listener counts instead. A name ending in `*` stands for all that
/// begin with it; the longest that fits decides.
const NO_HANDSHAKE: &[(&str, &str)] = &[
    ("TcpInSegs", "all segments"),
    ("TcpOutSegs", "all segments"),
    ("TcpInErrs", "damaged segments, which reach no socket"),
    ("TcpInCsumErrors", "damaged segments, which reach no socket"),
    ("TcpExtPruneCalled", "memory of established connections"),
    ("TcpExtRcvPruned", "memory of established connections"),
    ("TcpExtOfoPruned", "memory of established connections"),
    ("TcpExtSockMallocOOM", "memory for sending"),
    ("TcpExtOutOfWindowIcmps", "ICMP"),
    ("TcpExtLockDroppedIcmps", "ICMP"),
    ("TcpExtArpFilter", "ARP"),
    ("TcpExtTW*", "the end of connections: TIME_WAIT"),
    (
        "TcpExtPAWSActive",
        "the client's side: a SYN-ACK with an old time stamp",
    ),
    ("TcpExtPAWSOldAck", "established connections"),
    ("TcpExtPAWSTimewait", "the end of connections: TIME_WAIT"),
    ("TcpExtBeyondWindow", "established connections"),
    ("TcpExtDelayedACK*", "established connections"),
    ("TcpExtTCPHP*", "established connections"),
    ("TcpExtTCPPureAcks", "established connections"),
    ("TcpExtTCPRenoRecovery*", "established connections: loss"),
    ("TcpExtTCPRenoFailures", "established connections: loss"),
    ("TcpExtTCPRenoReorder", "established connections: reordering"),
    ("TcpExtTCPSack*", "established connections: loss"),
    ("TcpExtTCPSACK*", "established connections: loss"),
    ("TcpExtTCPFACKReorder", "established connections: reordering"),
    ("TcpExtTCPTSReorder", "established connections: reordering"),
    ("TcpExtTCPFullUndo", "established connections: loss"),
    ("TcpExtTCPPartialUndo", "established connections: loss"),
    ("TcpExtTCPDSACK*", "established connections: loss"),
    ("TcpExtTCPLoss*", "established connections: loss"),
    ("TcpExtTCPLostRetransmit*", "established connections: loss"),
    ("TcpExtTCPFastRetrans", "established connections: loss"),
    ("TcpExtTCPForwardRetrans", "established connections: loss"),
    ("TcpExtTCPSlowStartRetrans", "established connections: loss"),
    (
        "TcpExtTCPRetransFail",
        "established connections: a segment could not be sent again",
    ),
    ("TcpExtTCPSpuriousRTOs", "established connections: loss"),
    ("TcpExtTCPSpuriousRtxHostQueues", "established connections: loss"),
    ("TcpExtTCPRcvCollapsed", "memory of established connections"),
    ("TcpExtTCPRcvCoalesce", "established connections"),
    ("TcpExtTCPBacklogCoalesce", "established connections: the lock backlog"),
    ("TcpExtTCPPrequeued", "established connections; gone"),
    ("TcpExtTCPDirectCopyFromBacklog", "established connections; gone"),
    ("TcpExtTCPSchedulerFailed", "established connections; gone"),
    ("TcpExtTCPAbort*", "the end of established connections"),
    ("TcpExtTCPMemoryPressures*", "memory of all sockets"),
    ("TcpExtPFMemallocDrop", "memory of the host"),
    ("TcpExtTCPMinTTLDrop", "a guard that BGP sets, on any socket"),
    ("TcpExtIPReversePathFilter", "IP: dropped before TCP"),
    ("TcpExtTCPOFO*", "established connections: reordering"),
    ("TcpExtTCPChallengeACK", "established connections"),
    ("TcpExtTCPFastOpenActive*", "the client's side of Fast Open"),
    ("TcpExtTCPFastOpenBlackhole", "the client's side of Fast Open"),
    ("TcpExtBusyPollRxPackets", "how packets are fetched"),
    ("TcpExtTCPAutoCorking", "established connections"),
    ("TcpExtTCPFromZeroWindowAdv", "established connections"),
    ("TcpExtTCPToZeroWindowAdv", "established connections"),
    ("TcpExtTCPWantZeroWindowAdv", "established connections"),
    ("TcpExtTCPZeroWindowDrop", "established connections"),
    ("TcpExtTCPOrigDataSent", "established connections"),
    ("TcpExtTCPHystart*", "established connections"),
    (
        "TcpExtTCPACKSkipped*",
        "established connections, or those in TIME_WAIT and FIN_WAIT_2",
    ),
    ("TcpExtTCPWinProbe", "established connections"),
    ("TcpExtTCPKeepAlive", "established connections"),
    ("TcpExtTCPMTUP*", "established connections"),
    ("TcpExtTCPDelivered*", "established connections"),
    ("TcpExtTCPAckCompressed", "established connections"),
    ("TcpExtTCPRcvQDrop", "memory of established connections"),
    ("TcpExtTCPWqueueTooBig", "memory of established connections"),
    (
        "TcpExtTcpTimeoutRehash",
        "established connections, and the client's SYN",
    ),
    ("TcpExtTcpDuplicateDataRehash", "established connections"),
    ("TcpExtTCPPLBRehash", "established connections"),
    ("TcpExtTCPAOGood", "signatures that are right"),
    ("TcpExtTCPAODroppedIcmps", "ICMP"),
    ("MPTcpExtMPCapableSYNTX*", "the client's side"),
    ("MPTcpExtMPCapableSYNACKRX", "the client's side"),
    (
        "MPTcpExtMPCapableEndpAttempt",
        "MPTCP: an address that is for further paths only",
    ),
    (
        "MPTcpExtMPCapableFallbackACK",
        "which protocol a connection ends up with",
    ),
    ("MPTcpExtMPCapableFallbackSYNACK", "the client's side"),
    (
        "MPTcpExtMPCapableDataFallback",
        "which protocol a connection ends up with",
    ),
    (
        "MPTcpExtMPFallbackTokenInit",
        "which protocol a connection ends up with",
    ),
    ("MPTcpExtMPTCPRetrans", "established connections"),
    ("MPTcpExtMPJoinSynAckRx", "the client's side"),
    ("MPTcpExtMPJoinSynAckBackupRx", "the client's side"),
    ("MPTcpExtMPJoinSynBackupRx", "how a path is to be used"),
    ("MPTcpExtMPJoinSynTx*", "the client's side"),
    ("MPTcpExtMPJoinRejected", "paths of an established connection"),
    ("MPTcpExtMPJoinPort*", "paths of an established connection"),
    ("MPTcpExtMismatchPort*", "paths of an established connection"),
    ("MPTcpExtDSS*", "established connections"),
    ("MPTcpExtDss*", "established connections"),
    ("MPTcpExtInfiniteMap*", "established connections"),
    ("MPTcpExtDataCsumErr", "established connections"),
    ("MPTcpExtOFO*", "established connections"),
    ("MPTcpExtNoDSSInWindow", "established connections"),
    ("MPTcpExtDuplicateData", "established connections"),
    ("MPTcpExtAddAddr*", "paths of an established connection"),
    ("MPTcpExtEchoAdd*", "paths of an established connection"),
    ("MPTcpExtPortAdd", "paths of an established connection"),
    ("MPTcpExtRm*", "paths of an established connection"),
    ("MPTcpExtMPPrio*", "paths of an established connection"),
    ("MPTcpExtMPFail*", "established connections"),
    ("MPTcpExtMPFastclose*", "established connections"),
    ("MPTcpExtMPRst*", "paths of an established connection"),
    ("MPTcpExtSubflow*", "paths of an established connection"),
    ("MPTcpExtSndWndShared", "established connections"),
    ("MPTcpExtRcvWnd*", "established connections"),
    ("MPTcpExtBlackhole", "the client's side"),
    ("MPTcpExtMD5SigFallback", "which protocol a connection ends up with"),
    (
        "MPTcpExtSimultConnectFallback",
        "which protocol a connection ends up with",
    ),
    ("MPTcpExtFallbackFailed", "established connections"),
    ("MPTcpExtWinProbe", "established connections"),
];

fn lines(recorded: &'static str) -> impl Iterator<Item = &'static str> {
    recorded
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
}

/// The group and name that nstat writes as one word, if listeners are concerned: the rule is that of the model, which
/// reads exactly those.
fn concerned(name: &str) -> Option<(&'static str, &'static str)> {
    KNOWN
        .iter()
        .copied()
        .find(|(group, known)| format!("{group}{known}") == name)
}

/// Whether a rule of [`NO_HANDSHAKE`] is about a name.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => name == pattern,
    }
}

/// Whether it is written down why a counter is not concerned.
fn is_known_to_be_none(name: &str) -> bool {
    NO_HANDSHAKE.iter().any(|(pattern, _)| fits(pattern, name))
}

/// Title of the one topic that is found; nothing if there are none or several.
fn found_alone(asked: &str) -> Option<&'static str> {
    match find(asked) {
        Found::Topic(topic) => Some(topic.title),
        Found::Several(_) | Found::Nothing(_) => None,
    }
}

/// A counter is either concerned, and then its topic is found, alone; or it is written down that it is not.
#[track_caller]
fn is_classified(name: &str) {
    match concerned(name) {
        Some((group, known)) => assert_eq!(found_alone(name), Some(format!("{group}.{known}").as_str()), "{name}"),
        None => assert!(
            is_known_to_be_none(name),
            "{name}: if it concerns handshakes, KNOWN; else NO_HANDSHAKE"
        ),
    }
}

#[test]
fn every_name_of_nstat_is_classified_and_found() {
    assert!(lines(NAMES).count() > 200);
    for name in lines(NAMES) {
        is_classified(name);
    }
}

#[test]
fn every_sentence_of_netstat_is_classified_and_found() {
    assert!(lines(SENTENCES).count() > 50);
    for line in lines(SENTENCES) {
        let (counter, sentence) = line.split_once('\t').unwrap();
        let name = counter.replace('.', "");
        is_classified(&name);
        if concerned(&name).is_some() {
            for pasted in [
                sentence.to_owned(),
                format!("    42 {sentence}"),
                format!("{sentence} 7"),
            ] {
                assert_eq!(found_alone(&pasted), Some(counter), "{pasted}");
            }
        }
    }
}

#[test]
fn no_rule_is_superfluous_or_against_the_model() {
    let counters: BTreeSet<String> = lines(NAMES)
        .map(str::to_owned)
        .chain(lines(SENTENCES).map(|line| line.split('\t').next().unwrap_or_default().replace('.', "")))
        .collect();
    for (pattern, _) in NO_HANDSHAKE {
        let about = |name: &&String| fits(pattern, name) && concerned(name).is_none();
        assert!(counters.iter().any(|name| about(&name)), "{pattern} is about nothing");
    }
}

#[test]
fn every_name_of_nstat_on_this_kernel_is_classified_and_found() {
    #[expect(clippy::disallowed_methods, reason = "asks the tool that people use")]
    let Ok(output) = Command::new("nstat").args(["-a", "-z", "-s"]).output() else {
        let mut stderr = std::io::stderr();
        return writeln!(
            stderr,
            "skipped: every_name_of_nstat_on_this_kernel: nstat is not installed"
        )
        .unwrap();
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let names: Vec<&str> = text.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let ours = ["Tcp", "MPTcpExt"];
    let names = names
        .iter()
        .filter(|name| ours.iter().any(|group| name.starts_with(group)));
    let recorded: BTreeSet<&str> = lines(NAMES).collect();
    let mut seen = 0;
    for name in names {
        seen += 1;
        if !recorded.contains(name) && concerned(name).is_none() && !is_known_to_be_none(name) {
            let mut stderr = std::io::stderr();
            writeln!(stderr, "new on this kernel, not classified yet: {name}").unwrap();
            continue;
        }
        is_classified(name);
    }
    assert!(seen > 50, "{seen} names");
}
