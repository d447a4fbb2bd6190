//! The MPTCP options of a hand-made peer (RFC 8684).

/// MP_CAPABLE with version 1 in the low half.
const CAPABLE: u8 = 0x01;
/// The subtype in the high half of the first byte.
const JOIN: u8 = 1;

/// What an MPTCP option is called, from its value.
pub(crate) fn name(value: &[u8]) -> &'static str {
    match value.first().map(|byte| byte >> 4) {
        Some(0) => "MP_CAPABLE",
        Some(JOIN) => "MP_JOIN",
        Some(2) => "DSS",
        _ => "an MPTCP option",
    }
}
