//! Whether a variable's value is of the type that it says.

use serde_json::Value;

/// `None` when the value fits the type, or the type is not one of the standard's; else what it should be.
pub(super) fn misfit(kind: &str, value: &str) -> Option<&'static str> {
    // A value that is made of other variables is known only when it is used.
    if value.contains("__") && value.contains(":value") {
        return None;
    }
    let hex = |digits: Option<usize>| {
        value.bytes().all(|b| b.is_ascii_hexdigit())
            && digits.map_or(!value.is_empty(), |digits| value.len() == digits)
    };
    let (fits, wanted) = match kind {
        "bool" => (matches!(value, "true" | "false"), "true or false"),
        "integer" => (value.parse::<i32>().is_ok(), "a whole number of 32 bits"),
        "long" => (value.parse::<i64>().is_ok(), "a whole number of 64 bits"),
        "float" => (value.parse::<f64>().is_ok_and(f64::is_finite), "a number"),
        "ipv4-addr" => (network::<std::net::Ipv4Addr>(value, 32), "an IPv4 address"),
        "ipv6-addr" => (network::<std::net::Ipv6Addr>(value, 128), "an IPv6 address"),
        "mac-addr" => (mac(value), "a MAC address"),
        "md5-hash" => (hex(Some(32)), "32 hexadecimal digits"),
        "sha256-hash" => (hex(Some(64)), "64 hexadecimal digits"),
        "hash" | "hexstring" => (hex(None), "hexadecimal digits"),
        "uuid" => (uuid::Uuid::parse_str(value).is_ok(), "a UUID"),
        "uri" => (uri(value), "a URI with a scheme"),
        "dictionary" => (
            matches!(serde_json::from_str(value), Ok(Value::Object(_))),
            "a JSON object",
        ),
        _ => return None,
    };
    (!fits).then_some(wanted)
}

/// An address, or a network with its length.
fn network<A: std::str::FromStr>(value: &str, longest: u8) -> bool {
    match value.split_once('/') {
        None => value.parse::<A>().is_ok(),
        Some((address, length)) => {
            address.parse::<A>().is_ok() && length.parse::<u8>().is_ok_and(|n| n <= longest)
        }
    }
}

fn mac(value: &str) -> bool {
    let parts: Vec<&str> = value.split([':', '-']).collect();
    let pair = |part: &&str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_hexdigit());
    parts.len() == 6 && parts.iter().all(pair)
}

fn uri(value: &str) -> bool {
    let Some((scheme, rest)) = value.split_once(':') else {
        return false;
    };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        && !rest.is_empty()
        && !value.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::misfit;

    #[test]
    fn a_value_is_held_against_its_type() {
        for (kind, good, bad) in [
            ("bool", "true", "yes"),
            ("integer", "-5", "5.0"),
            ("long", "9000000000", "x"),
            ("float", "1.5", "one"),
            ("ipv4-addr", "192.0.2.0/24", "192.0.2.300"),
            ("ipv6-addr", "2001:db8::1", "2001:db8::g"),
            ("mac-addr", "00:11:22:aa:bb:cc", "00:11:22"),
            ("md5-hash", "d41d8cd98f00b204e9800998ecf8427e", "d41d"),
            ("uuid", "61a6c41e-6efc-4516-a242-dfbc5c89d562", "61a6c41e"),
            ("uri", "https://example.com/a", "example com"),
            ("dictionary", "{\"a\": 1}", "[1]"),
        ] {
            assert_eq!(misfit(kind, good), None, "{kind} {good}");
            assert!(misfit(kind, bad).is_some(), "{kind} {bad}");
        }
        assert_eq!(misfit("colour", "anything"), None);
    }
}
