//! What the numbers are called that a proof reads.

/// Of one listener.
pub(super) const ACCEPT_QUEUE: &str = "accept queue length";
pub(super) const LIMIT: &str = "accept queue limit";
pub(super) const SYN_QUEUE: &str = "SYN queue length";
pub(super) const DROPS: &str = "drops of the listener";
/// Of the namespace: SYN_RECV in every dump, unfinished Fast Open connections among them.
pub(super) const HALF_OPEN: &str = "half-open in the namespace";

// Counters, as `model::counter::KNOWN` has them.
pub(super) const ACTIVE_OPENS: &str = "Tcp.ActiveOpens";
pub(super) const PASSIVE_OPENS: &str = "Tcp.PassiveOpens";
pub(super) const ATTEMPT_FAILS: &str = "Tcp.AttemptFails";
pub(super) const ESTAB_RESETS: &str = "Tcp.EstabResets";
pub(super) const CURR_ESTAB: &str = "Tcp.CurrEstab";
pub(super) const OUT_RSTS: &str = "Tcp.OutRsts";
pub(super) const RETRANS_SEGS: &str = "Tcp.RetransSegs";
pub(super) const LISTEN_OVERFLOWS: &str = "TcpExt.ListenOverflows";
pub(super) const LISTEN_DROPS: &str = "TcpExt.ListenDrops";
pub(super) const REQ_Q_FULL_DROP: &str = "TcpExt.TCPReqQFullDrop";
pub(super) const REQ_Q_FULL_DO_COOKIES: &str = "TcpExt.TCPReqQFullDoCookies";
pub(super) const COOKIES_SENT: &str = "TcpExt.SyncookiesSent";
pub(super) const COOKIES_RECEIVED: &str = "TcpExt.SyncookiesRecv";
pub(super) const COOKIES_FAILED: &str = "TcpExt.SyncookiesFailed";
pub(super) const EMBRYONIC_RSTS: &str = "TcpExt.EmbryonicRsts";
pub(super) const DEFER_ACCEPT_DROP: &str = "TcpExt.TCPDeferAcceptDrop";
pub(super) const SYN_RETRANS: &str = "TcpExt.TCPSynRetrans";
pub(super) const TIMEOUTS: &str = "TcpExt.TCPTimeouts";
pub(super) const FAST_OPEN_PASSIVE: &str = "TcpExt.TCPFastOpenPassive";
pub(super) const FAST_OPEN_FAIL: &str = "TcpExt.TCPFastOpenPassiveFail";
pub(super) const FAST_OPEN_OVERFLOW: &str = "TcpExt.TCPFastOpenListenOverflow";
pub(super) const FAST_OPEN_COOKIE_ASKED: &str = "TcpExt.TCPFastOpenCookieReqd";
pub(super) const FAST_OPEN_OLD_KEY: &str = "TcpExt.TCPFastOpenPassiveAltKey";
pub(super) const MIGRATED: &str = "TcpExt.TCPMigrateReqSuccess";
pub(super) const NOT_MIGRATED: &str = "TcpExt.TCPMigrateReqFailure";
pub(super) const SKIPPED_SYN_RECV: &str = "TcpExt.TCPACKSkippedSynRecv";
pub(super) const PAWS_ESTAB: &str = "TcpExt.PAWSEstab";
pub(super) const TSECR_REJECTED: &str = "TcpExt.TSEcrRejected";
pub(super) const SYN_CHALLENGE: &str = "TcpExt.TCPSYNChallenge";
pub(super) const TIME_WAIT_OVERFLOW: &str = "TcpExt.TCPTimeWaitOverflow";
pub(super) const MD5_MISSING: &str = "TcpExt.TCPMD5NotFound";
pub(super) const MD5_UNEXPECTED: &str = "TcpExt.TCPMD5Unexpected";
pub(super) const MD5_WRONG: &str = "TcpExt.TCPMD5Failure";
pub(super) const MP_CURR_ESTAB: &str = "MPTcpExt.MPCurrEstab";
pub(super) const MP_CAPABLE_SYN: &str = "MPTcpExt.MPCapableSYNRX";
pub(super) const MP_CAPABLE_ACK: &str = "MPTcpExt.MPCapableACKRX";
pub(super) const MP_JOIN_SYN: &str = "MPTcpExt.MPJoinSynRx";
pub(super) const MP_JOIN_ACK: &str = "MPTcpExt.MPJoinAckRx";
pub(super) const MP_JOIN_NO_TOKEN: &str = "MPTcpExt.MPJoinNoTokenFound";
pub(super) const MP_JOIN_SYN_ACK_HMAC: &str = "MPTcpExt.MPJoinSynAckHMacFailure";
pub(super) const MP_JOIN_ACK_HMAC: &str = "MPTcpExt.MPJoinAckHMacFailure";

/// What a SYN's or SYN-ACK's retransmission timer moves (net/ipv4/tcp_timer.c:tcp_syn_ack_timeout,
/// net/ipv4/tcp_output.c:tcp_rtx_synack, __tcp_retransmit_skb).
pub(super) const MOVED_BY_TIMERS: [&str; 3] = [RETRANS_SEGS, SYN_RETRANS, TIMEOUTS];
