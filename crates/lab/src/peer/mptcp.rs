//! The MPTCP options of a hand-made peer (RFC 8684 3), and the hashes in them.

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use super::TcpOption;

/// MP_CAPABLE in the high half, version 1 in the low half.
const CAPABLE: u8 = 0x01;
/// HMAC-SHA256 is used.
const SHA256: u8 = 0x01;
const JOIN: u8 = 0x10;
const DSS: u8 = 0x20;
/// The DSS option has an acknowledgement of four bytes.
const DATA_ACK: u8 = 0x01;

/// One side's key.
pub(crate) type Key = [u8; 8];
/// One side's random number in a join.
pub(crate) type Nonce = [u8; 4];

/// In the SYN of a client that speaks MPTCP.
pub(crate) fn capable() -> TcpOption {
    TcpOption::Mptcp(vec![CAPABLE, SHA256])
}

/// In a SYN-ACK.
pub(crate) fn capable_with_key(key: Key) -> TcpOption {
    TcpOption::Mptcp([&[CAPABLE, SHA256][..], &key].concat())
}

/// In the client's ACK.
pub(crate) fn capable_with_keys(client: Key, server: Key) -> TcpOption {
    TcpOption::Mptcp([&[CAPABLE, SHA256][..], &client, &server].concat())
}

/// In the SYN of a second path of the connection with this token.
pub(crate) fn join(token: [u8; 4], nonce: Nonce) -> TcpOption {
    let address_id = 1;
    TcpOption::Mptcp([&[JOIN, address_id][..], &token, &nonce].concat())
}

/// In the SYN-ACK to it.
pub(crate) fn join_answer(hmac: [u8; 8], nonce: Nonce) -> TcpOption {
    let address_id = 0;
    TcpOption::Mptcp([&[JOIN, address_id][..], &hmac, &nonce].concat())
}

/// In the ACK of that.
pub(crate) fn join_proof(hmac: [u8; 20]) -> TcpOption {
    TcpOption::Mptcp([&[JOIN, 0][..], &hmac].concat())
}

/// Acknowledges that nothing has come yet from the side with this key.
pub(crate) fn nothing_yet(key: Key) -> TcpOption {
    // RFC 8684 3.1: the first data sequence number is the hash's end, plus one.
    let hash = Sha256::digest(key);
    let last = hash.last_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes));
    TcpOption::Mptcp([&[DSS, DATA_ACK][..], &last.wrapping_add(1).to_be_bytes()].concat())
}

/// By which a connection is known to who wants to join it: the hash of its server's key.
pub(crate) fn token(server: Key) -> [u8; 4] {
    Sha256::digest(server).first_chunk().copied().unwrap_or_default()
}

/// What proves that both keys are known: 20 bytes of it travel in the last ACK of a join.
pub(crate) fn proof(client: Key, server: Key, nonces: [Nonce; 2]) -> [u8; 20] {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&[client, server].concat()) else {
        return [0; 20]; // keys of any length are good
    };
    mac.update(nonces.as_flattened());
    let bytes = mac.finalize().into_bytes();
    bytes.first_chunk().copied().unwrap_or_default()
}

/// The key in the MP_CAPABLE of a SYN-ACK or of a client's ACK.
pub(crate) fn key_in(options: &[TcpOption]) -> Option<Key> {
    let value = value_of(options, CAPABLE)?;
    value.get(2..10)?.try_into().ok()
}

/// The nonce in the SYN-ACK of a join.
pub(crate) fn nonce_in(options: &[TcpOption]) -> Option<Nonce> {
    value_of(options, JOIN)?.get(10..14)?.try_into().ok()
}

/// Whether there is an MP_JOIN.
pub(crate) fn has_join(options: &[TcpOption]) -> bool {
    value_of(options, JOIN).is_some()
}

fn value_of(options: &[TcpOption], kind: u8) -> Option<&[u8]> {
    options.iter().find_map(|option| match option {
        TcpOption::Mptcp(value) if value.first().is_some_and(|first| first & 0xf0 == kind & 0xf0) => {
            Some(value.as_slice())
        }
        _ => None,
    })
}

/// What an MPTCP option is called, from its value.
pub(crate) fn name(value: &[u8]) -> &'static str {
    match value.first().map(|byte| byte & 0xf0) {
        Some(0) => "MP_CAPABLE",
        Some(JOIN) => "MP_JOIN",
        Some(DSS) => "DSS",
        _ => "an MPTCP option",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_answer_holds_is_found() {
        let key = [1, 2, 3, 4, 5, 6, 7, 8];
        assert_eq!(key_in(&[TcpOption::Mss(1), capable_with_key(key)]), Some(key));
        assert_eq!(key_in(&[capable()]), None);
        assert_eq!(nonce_in(&[join_answer([0; 8], [9; 4])]), Some([9; 4]));
        assert!(has_join(&[join([0; 4], [0; 4])]));
        assert!(!has_join(&[capable()]));
    }

    /// SHA-256 of eight zero bytes begins with af 55 70 f5 (computed with sha256sum(1)).
    #[test]
    fn a_token_is_the_beginning_of_the_hash() {
        assert_eq!(token([0; 8]), [0xaf, 0x55, 0x70, 0xf5]);
    }
}
