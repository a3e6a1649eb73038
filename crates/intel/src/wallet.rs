//! Cryptocurrency addresses, told from other long words by their checksums where they have one.

use sha2::{Digest, Sha256};

const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const BECH32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// A bitcoin address with a correct checksum, in canonical spelling.
pub(crate) fn bitcoin(bytes: &[u8]) -> Option<String> {
    if bytes.get(..3)?.eq_ignore_ascii_case(b"bc1") {
        return segwit(bytes);
    }
    if !(26..=35).contains(&bytes.len()) || !matches!(bytes.first()?, b'1' | b'3') {
        return None;
    }
    let decoded = base58(bytes)?;
    let (payload, check) = decoded.split_at_checked(21)?;
    let digest = Sha256::digest(Sha256::digest(payload));
    let version = *payload.first()?;
    let fits = (version == 0 || version == 5) && digest.get(..4)? == check;
    fits.then(|| String::from_utf8_lossy(bytes).into_owned())
}

/// 25 bytes behind a base-58 number.
fn base58(bytes: &[u8]) -> Option<[u8; 25]> {
    let mut out = [0u8; 25];
    for c in bytes {
        let mut carry = BASE58.iter().position(|digit| digit == c)?;
        for byte in out.iter_mut().rev() {
            carry += usize::from(*byte) * 58;
            *byte = (carry & 0xff) as u8;
            carry >>= 8;
        }
        if carry != 0 {
            return None;
        }
    }
    Some(out)
}

fn segwit(bytes: &[u8]) -> Option<String> {
    if !(14..=74).contains(&bytes.len()) {
        return None;
    }
    let upper = bytes.iter().any(u8::is_ascii_uppercase);
    if upper && bytes.iter().any(u8::is_ascii_lowercase) {
        return None;
    }
    let lower = bytes.to_ascii_lowercase();
    let mut check = 1u32;
    for value in [3, 3, 0, 2, 3] {
        check = polymod(check) ^ value;
    }
    for c in lower.get(3..)? {
        check = polymod(check) ^ BECH32.iter().position(|digit| digit == c)? as u32;
    }
    let wanted = if lower.get(3) == Some(&b'q') {
        1
    } else {
        0x2bc8_30a3
    };
    (check == wanted).then(|| String::from_utf8_lossy(&lower).into_owned())
}

fn polymod(check: u32) -> u32 {
    const GENERATOR: [u32; 5] = [
        0x3b6a_57b2,
        0x2650_8e6d,
        0x1ea1_19fa,
        0x3d42_33dd,
        0x2a14_62b3,
    ];
    let top = check >> 25;
    let mut next = (check & 0x01ff_ffff) << 5;
    for (bit, value) in GENERATOR.iter().enumerate() {
        if (top >> bit) & 1 == 1 {
            next ^= value;
        }
    }
    next
}

/// `0x` and 40 hex digits; the mixed-case checksum is folded away.
pub(crate) fn ethereum(bytes: &[u8]) -> Option<String> {
    let fits = bytes.len() == 42
        && matches!(bytes.get(..2)?, b"0x" | b"0X")
        && bytes.get(2..)?.iter().all(u8::is_ascii_hexdigit);
    fits.then(|| String::from_utf8_lossy(bytes).to_ascii_lowercase())
}

/// 95 or 106 base-58 digits that begin with 4 or 8.
pub(crate) fn monero(bytes: &[u8]) -> Option<String> {
    let fits = matches!(bytes.len(), 95 | 106)
        && matches!(bytes.first()?, b'4' | b'8')
        && bytes.iter().all(|c| BASE58.contains(c))
        && bytes.iter().any(u8::is_ascii_uppercase);
    fits.then(|| String::from_utf8_lossy(bytes).into_owned())
}
