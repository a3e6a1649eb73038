//! One spelling per value.
//!
//! [`canonical`] takes a value of a known kind in any spelling and answers the one by which it is stored,
//! compared and looked up. It is idempotent: the canonical form of a canonical form is itself.
//! [`classify`] also finds out the kind.

use updraft_model::{Observable, ObservableType as Kind};

use crate::{address, bytes::at, domain::domain, observe, path, plain::refang, url, wallet};

/// Longest value that is looked at, bytes.
pub const VALUE_BYTES_MAX: usize = 8192;
/// Longest host or user name, bytes.
const NAME_BYTES_MAX: usize = 255;

/// A value that is not what it is said to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{shown}` is not a value of type {kind}: {reason}")]
pub struct NotCanonical {
    /// The kind it was said to be.
    pub kind: Kind,
    /// The beginning of the value.
    pub shown: String,
    /// What is wrong, in words.
    pub reason: &'static str,
}

/// The canonical form of `value` as `kind`. Defanging, letter case and surrounding blanks do not matter.
pub fn canonical(kind: &Kind, value: &str) -> Result<String, NotCanonical> {
    let refuse = |reason| NotCanonical {
        kind: kind.clone(),
        shown: value.chars().take(80).collect(),
        reason,
    };
    if value.len() > VALUE_BYTES_MAX {
        return Err(refuse("it is too long"));
    }
    let trimmed = value.trim();
    if trimmed.is_empty() {
        return Err(refuse("it is empty"));
    }
    let (found, reason) = match kind {
        Kind::FilePath => (
            path::file_path(trimmed),
            "it is neither an absolute nor a network path",
        ),
        Kind::RegistryKey => (path::registry_key(trimmed), "it does not begin with a hive"),
        Kind::Host | Kind::User => (name(trimmed), "it is too long or has control characters"),
        Kind::Custom(_) => (Some(trimmed.to_owned()), ""),
        _ => of_refanged(kind, refang(trimmed).trim()),
    };
    found.ok_or_else(|| refuse(reason))
}

fn of_refanged(kind: &Kind, value: &str) -> (Option<String>, &'static str) {
    let bytes = value.as_bytes();
    match kind {
        Kind::Ipv4 => (
            address::ipv4(bytes).map(|ip| ip.to_string()),
            "it needs four numbers from 0 to 255 without leading zeros",
        ),
        Kind::Ipv6 => (ipv6(value), "it is not an IPv6 address"),
        Kind::Cidr => (
            address::network(value),
            "it needs an address, a slash and a prefix length",
        ),
        Kind::Domain => (
            name_of(value.strip_suffix('.').unwrap_or(value)),
            "it needs valid labels and a known top-level domain",
        ),
        Kind::Url => (
            full_url(value),
            "it needs a known scheme and a host that is a name or an address",
        ),
        Kind::Email => (email(value), "it needs a local part, an at sign and a host"),
        Kind::Md5 | Kind::Imphash => (hex(value, 32), "it needs 32 hexadecimal digits"),
        Kind::Sha1 => (hex(value, 40), "it needs 40 hexadecimal digits"),
        Kind::Sha256 => (hex(value, 64), "it needs 64 hexadecimal digits"),
        Kind::Sha512 => (hex(value, 128), "it needs 128 hexadecimal digits"),
        Kind::Cve => (cve(value), "it needs the form CVE-year-number"),
        Kind::Mac => (address::mac(bytes), "it needs six octets in hexadecimal"),
        Kind::Asn => (asn(value), "it needs the form AS and a number"),
        Kind::Bitcoin => (wallet::bitcoin(bytes), "its checksum is wrong"),
        Kind::Ethereum => (
            wallet::ethereum(bytes),
            "it needs 0x and 40 hexadecimal digits",
        ),
        Kind::Monero => (wallet::monero(bytes), "it needs 95 or 106 base-58 digits"),
        Kind::Ssdeep => (
            is_ssdeep(value).then(|| value.to_owned()),
            "it needs a block size and two parts",
        ),
        Kind::Attack => (
            Some(value.to_ascii_uppercase()).filter(|id| is_attack(id)),
            "it is not a technique or tactic id",
        ),
        Kind::FilePath | Kind::RegistryKey | Kind::Host | Kind::User | Kind::Custom(_) => {
            (None, "it is not read this way")
        }
    }
}

fn name(value: &str) -> Option<String> {
    let fits = value.len() <= NAME_BYTES_MAX && !value.contains(char::is_control);
    fits.then(|| value.to_lowercase())
        .filter(|lower| lower.len() <= NAME_BYTES_MAX)
}

fn name_of(value: &str) -> Option<String> {
    Some(domain(value)?.of(value))
}

fn ipv6(value: &str) -> Option<String> {
    let bare = value
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(value);
    let bare = bare.split('%').next().unwrap_or(bare);
    address::ipv6(bare.as_bytes()).map(|ip| ip.to_string())
}

fn full_url(value: &str) -> Option<String> {
    let bytes = value.as_bytes();
    if value.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return None;
    }
    let colon = memchr::memchr(b':', bytes)?;
    let (scheme, start) = url::scheme_before(bytes, 0, colon)?;
    let slashes = bytes
        .get(colon + 1..)?
        .iter()
        .take(4)
        .take_while(|c| matches!(c, b'/' | b'\\'))
        .count();
    if start != 0 || slashes == 0 || (slashes == 1 && !matches!(scheme, "http" | "https" | "ftp")) {
        return None;
    }
    let parts = url::authority(value, colon + 1 + slashes, bytes.len())?;
    let next = at(bytes, parts.port_end);
    let fits = matches!(
        next,
        0 | b'/' | b'?' | b'#' | b'%' | b'\\' | b'&' | b'=' | b';' | b':'
    );
    fits.then(|| url::assemble(scheme, &parts, value, 0, bytes.len()).of(value))
}

fn email(value: &str) -> Option<String> {
    let value = value.strip_prefix("mailto:").unwrap_or(value);
    let (local, host) = value.rsplit_once('@')?;
    let plain = |c: u8| c.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&c);
    let edges = local.starts_with('.') || local.ends_with('.') || local.contains("..");
    if local.is_empty() || local.len() > 64 || edges || !local.bytes().all(plain) {
        return None;
    }
    let bracketed = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let host = match bracketed {
        Some(address) => format!("[{}]", address::ipv4(address.as_bytes())?),
        None => {
            let host = host.strip_suffix('.').unwrap_or(host);
            url::Host::of_mail(host)?.spelling.of(host)
        }
    };
    Some(format!("{}@{host}", local.to_ascii_lowercase()))
}

fn hex(value: &str, digits: usize) -> Option<String> {
    let fits = value.len() == digits && value.bytes().all(|c| c.is_ascii_hexdigit());
    fits.then(|| value.to_ascii_lowercase())
}

fn cve(value: &str) -> Option<String> {
    let upper = value.to_ascii_uppercase();
    let rest = upper.strip_prefix("CVE")?.strip_prefix(['-', ' '])?;
    let (year, number) = rest.split_once('-')?;
    let digits = |text: &str| text.bytes().all(|c| c.is_ascii_digit());
    let fits = year.len() == 4 && digits(year) && year >= "1999" && digits(number);
    (fits && (4..=7).contains(&number.len())).then(|| format!("CVE-{year}-{number}"))
}

fn asn(value: &str) -> Option<String> {
    let upper = value.to_ascii_uppercase();
    let rest = upper
        .strip_prefix("ASN")
        .or_else(|| upper.strip_prefix("AS"))?;
    as_number(rest.trim_start().as_bytes())
}

/// `AS64500` of the digits.
pub(crate) fn as_number(digits: &[u8]) -> Option<String> {
    let plain = (1..=10).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    let digits = std::str::from_utf8(digits).ok().filter(|_| plain)?;
    let number: u32 = digits.parse().ok()?;
    (number > 0).then(|| ["AS", digits.trim_start_matches('0')].concat())
}

/// An upper-case technique (`T1059`, `T1059.001`) or tactic (`TA0002`).
pub(crate) fn is_attack(id: &str) -> bool {
    let number = |text: &str, len: usize| {
        Some(text)
            .filter(|t| t.len() == len && t.bytes().all(|c| c.is_ascii_digit()))?
            .parse::<u32>()
            .ok()
    };
    if let Some(tactic) = id.strip_prefix("TA") {
        return number(tactic, 4).is_some_and(|n| (1..200).contains(&n));
    }
    let Some(technique) = id.strip_prefix('T') else {
        return false;
    };
    let (main, sub) = technique
        .split_once('.')
        .map_or((technique, None), |(main, sub)| (main, Some(sub)));
    number(main, 4).is_some_and(|n| (1001..1800).contains(&n))
        && sub.is_none_or(|sub| number(sub, 3).is_some_and(|n| n > 0))
}

/// Block size of the form 3·2ⁿ and two parts of at most 64 characters.
pub(crate) fn is_ssdeep(value: &str) -> bool {
    let mut parts = value.splitn(3, ':');
    let (Some(block), Some(first), Some(second)) = (parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let digits = (1..=10).contains(&block.len()) && block.bytes().all(|c| c.is_ascii_digit());
    let size: u64 = block.parse().unwrap_or(0);
    let doubled = size.is_multiple_of(3) && (size / 3).is_power_of_two() && !block.starts_with('0');
    let body = |part: &str, least: usize| {
        (least..=64).contains(&part.len())
            && part
                .bytes()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'/'))
    };
    digits && doubled && body(first, 6) && body(second, 3)
}

/// The kind and canonical form of one bare value, whatever its spelling. `None` if it is nothing we know.
pub fn classify(value: &str) -> Option<Observable> {
    if value.len() > VALUE_BYTES_MAX {
        return None;
    }
    let trimmed = value.trim();
    if let Some(path) = path::registry_key(trimmed) {
        return Some(Observable::new(Kind::RegistryKey, path));
    }
    let plain = refang(trimmed);
    let plain = plain
        .trim()
        .trim_matches(['"', '\'', '`', '<', '>', ',', ';']);
    const ORDER: [Kind; 19] = [
        Kind::Ipv4,
        Kind::Cidr,
        Kind::Ipv6,
        Kind::Md5,
        Kind::Sha1,
        Kind::Sha256,
        Kind::Sha512,
        Kind::Cve,
        Kind::Mac,
        Kind::Url,
        Kind::Email,
        Kind::Attack,
        Kind::Asn,
        Kind::Bitcoin,
        Kind::Ethereum,
        Kind::Monero,
        Kind::Ssdeep,
        Kind::Domain,
        Kind::FilePath,
    ];
    let direct = ORDER.into_iter().find_map(|kind| {
        let value = canonical(&kind, plain).ok()?;
        Some(Observable::new(kind, value))
    });
    if let Some(found) = direct {
        return Some(found).filter(|found| !is_file_name(found, plain));
    }
    whole(plain)
}

/// `test.py` by itself is a file more often than a host.
fn is_file_name(found: &Observable, plain: &str) -> bool {
    found.kind == Kind::Domain && crate::domain::is_file_name(&found.value) && !plain.ends_with('.')
}

/// What the scanner finds, if it is all there is: `evil.com/a.php`, `[2001:db8::1]`.
fn whole(plain: &str) -> Option<Observable> {
    let mut found = observe(plain).into_iter().filter(|found| !found.within);
    let first = found.next()?;
    let covers = first.original.len() + 2 >= plain.len();
    (covers && found.next().is_none()).then(|| Observable::new(first.kind, first.value))
}
