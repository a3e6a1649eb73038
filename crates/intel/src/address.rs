//! IP addresses, networks and hardware addresses: strict parsing, one spelling each.
//!
//! An octet with a leading zero is refused: some systems read it as octal, so it names two addresses.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::bytes::{at, is_dot};

/// Four octets at the beginning of `bytes` (dots may be defanged), and how many bytes they take.
pub(crate) fn ipv4_prefix(bytes: &[u8]) -> Option<(Ipv4Addr, usize)> {
    let mut octets = [0u8; 4];
    let mut i = 0;
    for (n, octet) in octets.iter_mut().enumerate() {
        if n > 0 {
            if !is_dot(at(bytes, i)) {
                return None;
            }
            i += 1;
        }
        (*octet, i) = octet_at(bytes, i)?;
    }
    Some((Ipv4Addr::from(octets), i))
}

/// The octet that begins at `start`, and where its digits end.
fn octet_at(bytes: &[u8], start: usize) -> Option<(u8, usize)> {
    let digit = |i| Some(at(bytes, i).wrapping_sub(b'0')).filter(|digit| *digit < 10);
    let mut value = u32::from(digit(start)?);
    let mut end = start + 1;
    while let Some(next) = digit(end) {
        if value == 0 || value > u32::from(u8::MAX) / 10 {
            return None;
        }
        value = value * 10 + u32::from(next);
        end += 1;
    }
    Some((u8::try_from(value).ok()?, end))
}

/// All of `bytes` as four octets.
pub(crate) fn ipv4(bytes: &[u8]) -> Option<Ipv4Addr> {
    ipv4_prefix(bytes)
        .filter(|(_, used)| *used == bytes.len())
        .map(|(address, _)| address)
}

/// An IPv6 address without brackets and zone.
pub(crate) fn ipv6(bytes: &[u8]) -> Option<Ipv6Addr> {
    if bytes.len() < 2 || bytes.len() > 45 {
        return None;
    }
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

/// A network: the address cut to its prefix.
pub(crate) fn network(value: &str) -> Option<String> {
    let (address, prefix) = value.split_once('/')?;
    if prefix.is_empty() || prefix.len() > 3 || !prefix.bytes().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let prefix: u32 = prefix.parse().ok()?;
    if let Some(v4) = ipv4(address.as_bytes()) {
        let mask = mask32(prefix)?;
        return Some(format!("{}/{prefix}", Ipv4Addr::from(u32::from(v4) & mask)));
    }
    let v6 = ipv6(
        address
            .trim_start_matches('[')
            .trim_end_matches(']')
            .as_bytes(),
    )?;
    let mask = mask128(prefix)?;
    Some(format!(
        "{}/{prefix}",
        Ipv6Addr::from(u128::from(v6) & mask)
    ))
}

/// The netmask of an IPv4 prefix length.
pub(crate) fn mask32(prefix: u32) -> Option<u32> {
    (prefix <= 32).then(|| u32::MAX.checked_shl(32 - prefix).unwrap_or(0))
}

/// The netmask of an IPv6 prefix length.
pub(crate) fn mask128(prefix: u32) -> Option<u128> {
    (prefix <= 128).then(|| u128::MAX.checked_shl(128 - prefix).unwrap_or(0))
}

/// Six octets in hex: `00:1a:…`, `00-1a-…` or `001a.2b3c.4d5e`.
pub(crate) fn mac(bytes: &[u8]) -> Option<String> {
    let (step, separators): (usize, &[u8]) = match bytes.len() {
        17 => (3, b":-"),
        14 => (5, b"."),
        _ => return None,
    };
    let separator = at(bytes, step - 1);
    if !separators.contains(&separator) {
        return None;
    }
    let mut out = String::with_capacity(17);
    let mut digits = 0;
    for (i, c) in bytes.iter().enumerate() {
        if i % step == step - 1 {
            if *c != separator {
                return None;
            }
            continue;
        }
        if !c.is_ascii_hexdigit() {
            return None;
        }
        if digits > 0 && digits % 2 == 0 {
            out.push(':');
        }
        out.push(char::from(c.to_ascii_lowercase()));
        digits += 1;
    }
    Some(out)
}
