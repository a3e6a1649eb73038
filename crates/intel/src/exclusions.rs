//! Values that are never asked about outside, and the name of the list that says so.
//!
//! [`Exclusions::standard`] knows what can mean nothing to others (private ranges, documentation names, the
//! hash of the empty file); user lists add to it. Each kind of entry has its own index: exact values and
//! names by sorted map, networks by address and length, patterns by a linear matcher that only runs over the
//! lists' own few patterns. The first list that matches, in the order given, is named; standard lists last.

use std::collections::BTreeMap;

use updraft_model::{Observable, ObservableType as Kind};

use crate::{
    address::{ipv4, ipv6, mask32, mask128, network},
    canonical::classify,
    url::authority,
};

/// Most entries over all lists.
pub const ENTRIES_MAX: usize = 4_000_000;
/// Most entries with `*` over all lists; they are tried one after another.
pub const PATTERNS_MAX: usize = 1_000;
/// Longest entry, bytes.
pub const ENTRY_BYTES_MAX: usize = 1024;

/// A named list as the user wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExclusionList {
    /// The name that is shown with a value on the list.
    pub name: String,
    /// Addresses, networks, domains (with everything below), exact values in any spelling, or patterns
    /// with `*` (`*.corp.example`, `http://intranet/*`).
    pub entries: Vec<String>,
}

/// All lists, indexed.
#[derive(Debug, Clone, Default)]
pub struct Exclusions {
    names: Vec<String>,
    exact: BTreeMap<String, u32>,
    domains: BTreeMap<String, u32>,
    nets4: BTreeMap<(u8, u32), u32>,
    nets6: BTreeMap<(u8, u128), u32>,
    patterns: Vec<(String, u32)>,
    ignored: Vec<String>,
}

const STANDARD: &[(&str, &[&str])] = &[
    (
        "private range",
        &["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
    ),
    ("shared address space", &["100.64.0.0/10"]),
    ("loopback", &["127.0.0.0/8", "::1/128"]),
    ("link-local", &["169.254.0.0/16", "fe80::/10"]),
    ("multicast", &["224.0.0.0/4", "ff00::/8"]),
    (
        "documentation range",
        &[
            "192.0.2.0/24",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "2001:db8::/32",
            "3fff::/20",
        ],
    ),
    (
        "reserved range",
        &[
            "0.0.0.0/8",
            "192.0.0.0/24",
            "198.18.0.0/15",
            "240.0.0.0/4",
            "::/128",
            "100::/64",
        ],
    ),
    (
        "local name",
        &[
            "localhost",
            "local",
            "localdomain",
            "lan",
            "internal",
            "home.arpa",
            "in-addr.arpa",
            "ip6.arpa",
        ],
    ),
    ("reserved name", &["test", "invalid", "example"]),
    (
        "empty file",
        &[
            "d41d8cd98f00b204e9800998ecf8427e",
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
        ],
    ),
    (
        "null hardware address",
        &["00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"],
    ),
];

impl Exclusions {
    /// The built-in lists alone.
    pub fn standard() -> Self {
        Self::with(&[])
    }

    /// The user's lists and, behind them, the built-in ones.
    pub fn with(lists: &[ExclusionList]) -> Self {
        let mut all = Self::default();
        for list in lists {
            let number = all.name(&list.name);
            for entry in &list.entries {
                all.add(entry, number);
            }
        }
        for (name, entries) in STANDARD {
            let number = all.name(name);
            for entry in *entries {
                all.add(entry, number);
            }
        }
        all
    }

    /// Entries that could not be used: too long, or one too many.
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// The name of the list that excludes this value, if one does.
    ///
    /// A URL or mail address is excluded with its host, a network with a network that contains it.
    pub fn excluded(&self, observable: &Observable) -> Option<&str> {
        let value = observable.value.as_str();
        let host = host_of(observable);
        let found = [
            self.exact.get(&exact_key(value)).copied(),
            host.as_deref().and_then(|host| self.of_host(host)),
            self.of_network(&observable.kind, value),
            self.of_patterns(value, host.as_deref()),
        ];
        let first = found.into_iter().flatten().min()?;
        self.names.get(first as usize).map(String::as_str)
    }

    fn name(&mut self, name: &str) -> u32 {
        self.names.push(name.to_owned());
        (self.names.len() - 1) as u32
    }

    fn len(&self) -> usize {
        self.exact.len() + self.domains.len() + self.nets4.len() + self.nets6.len()
    }

    fn add(&mut self, entry: &str, list: u32) {
        let entry = entry.trim();
        if entry.is_empty() {
            return;
        }
        let pattern = entry.contains('*') && !entry.starts_with("*.");
        let full = self.len() >= ENTRIES_MAX || pattern && self.patterns.len() >= PATTERNS_MAX;
        if entry.len() > ENTRY_BYTES_MAX || full {
            self.ignored.push(entry.chars().take(80).collect());
            return;
        }
        if pattern
            || entry
                .strip_prefix("*.")
                .is_some_and(|rest| rest.contains('*'))
        {
            self.patterns.push((entry.to_lowercase(), list));
            return;
        }
        if let Some(name) = entry.strip_prefix("*.") {
            self.domains.entry(domain_key(name)).or_insert(list);
            return;
        }
        if let Some(net) = network(entry) {
            self.add_network(&net, list);
            return;
        }
        match classify(entry) {
            Some(known) if known.kind == Kind::Domain => {
                self.domains.entry(known.value).or_insert(list);
            }
            Some(known) => {
                self.exact.entry(exact_key(&known.value)).or_insert(list);
            }
            None if is_name(entry) => {
                self.domains.entry(domain_key(entry)).or_insert(list);
            }
            None => {
                self.exact.entry(exact_key(entry)).or_insert(list);
            }
        }
    }

    fn add_network(&mut self, net: &str, list: u32) {
        let Some((address, length)) = net.split_once('/') else {
            return;
        };
        let length: u8 = length.parse().unwrap_or(u8::MAX);
        if let Some(v4) = ipv4(address.as_bytes()) {
            self.nets4.entry((length, u32::from(v4))).or_insert(list);
        } else if let Some(v6) = ipv6(address.as_bytes()) {
            self.nets6.entry((length, u128::from(v6))).or_insert(list);
        }
    }

    fn of_host(&self, host: &str) -> Option<u32> {
        if let Some(found) = self.of_address(host, 32, 128) {
            return Some(found);
        }
        let mut rest = host;
        let mut best: Option<u32> = self.exact.get(&exact_key(host)).copied();
        loop {
            let here = self.domains.get(rest).copied();
            best = [best, here].into_iter().flatten().min();
            match rest.split_once('.') {
                Some((_, parent)) => rest = parent,
                None => return best,
            }
        }
    }

    /// The first list with a network that contains the first `length` bits of the address.
    fn of_address(&self, text: &str, length4: u8, length6: u8) -> Option<u32> {
        if let Some(v4) = ipv4(text.as_bytes()) {
            let bits = u32::from(v4);
            return (0..=length4.min(32))
                .filter_map(|n| Some((n, bits & mask32(u32::from(n))?)))
                .filter_map(|key| self.nets4.get(&key).copied())
                .chain(self.exact.get(text).copied())
                .min();
        }
        let v6 = ipv6(text.as_bytes())?;
        let bits = u128::from(v6);
        let mapped = v6.to_ipv4_mapped().map(|v4| v4.to_string());
        (0..=length6.min(128))
            .filter_map(|n| Some((n, bits & mask128(u32::from(n))?)))
            .filter_map(|key| self.nets6.get(&key).copied())
            .chain(self.exact.get(text).copied())
            .chain(mapped.and_then(|v4| self.of_address(&v4, length4, length6)))
            .min()
    }

    fn of_network(&self, kind: &Kind, value: &str) -> Option<u32> {
        if *kind != Kind::Cidr {
            return None;
        }
        let (address, length) = value.split_once('/')?;
        let length: u8 = length.parse().ok()?;
        self.of_address(address, length, length)
    }

    fn of_patterns(&self, value: &str, host: Option<&str>) -> Option<u32> {
        if self.patterns.is_empty() {
            return None;
        }
        let lower = value.to_lowercase();
        let fits =
            |pattern: &str| glob(pattern, &lower) || host.is_some_and(|host| glob(pattern, host));
        self.patterns
            .iter()
            .filter(|(pattern, _)| fits(pattern))
            .map(|(_, list)| *list)
            .min()
    }
}

fn exact_key(value: &str) -> String {
    value.to_lowercase()
}

fn domain_key(name: &str) -> String {
    let name = name.trim_matches('.');
    idna::domain_to_ascii(name).unwrap_or_else(|_| name.to_ascii_lowercase())
}

/// A single label or a name whose top-level domain nobody registered.
fn is_name(entry: &str) -> bool {
    entry.trim_matches('.').split('.').all(|label| {
        !label.is_empty()
            && label
                .chars()
                .all(|c| c.is_alphanumeric() || c == '-' || c == '_')
    })
}

fn host_of(observable: &Observable) -> Option<String> {
    let value = observable.value.as_str();
    match observable.kind {
        Kind::Domain | Kind::Host | Kind::Ipv4 | Kind::Ipv6 => Some(value.to_owned()),
        Kind::Email => {
            let host = value.rsplit_once('@')?.1;
            Some(host.trim_matches(['[', ']']).to_owned())
        }
        Kind::Url => {
            let start = value.find("://")? + 3;
            let parts = authority(value, start, value.len())?;
            let host = value.get(parts.host_start..parts.host_end)?;
            Some(parts.host.spelling.of(host))
        }
        _ => None,
    }
}

/// `*` stands for any characters; linear with one step back per star.
fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|head| text.strip_prefix(head)) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((tail, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        match memchr::memmem::find(rest.as_bytes(), part.as_bytes()) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.len() >= tail.len() && rest.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(exclusions: &Exclusions, value: &str) -> Option<String> {
        let observable = classify(value).unwrap_or_else(|| Observable::new(Kind::Host, value));
        exclusions.excluded(&observable).map(str::to_owned)
    }

    #[test]
    fn standard_lists_name_what_means_nothing_outside() {
        let standard = Exclusions::standard();
        for (value, list) in [
            ("10.1.2.3", "private range"),
            ("172.31.255.255", "private range"),
            ("127.0.0.1", "loopback"),
            ("::1", "loopback"),
            ("fe80::1", "link-local"),
            ("169.254.1.1", "link-local"),
            ("239.1.1.1", "multicast"),
            ("2001:db8::5", "documentation range"),
            ("255.255.255.255", "reserved range"),
            ("localhost", "local name"),
            ("printer.local", "local name"),
            ("D41D8CD98F00B204E9800998ECF8427E", "empty file"),
            ("http://192.168.1.1/admin", "private range"),
            ("::ffff:10.0.0.1", "private range"),
            ("10.20.0.0/16", "private range"),
        ] {
            assert_eq!(check(&standard, value).as_deref(), Some(list), "{value}");
        }
        for value in [
            "8.8.8.8",
            "172.32.0.1",
            "evil.com",
            "10.0.0.0/7",
            "2606:4700::1111",
        ] {
            assert_eq!(check(&standard, value), None, "{value}");
        }
    }

    #[test]
    fn a_listed_domain_covers_everything_below_but_not_its_neighbours() {
        let lists = [ExclusionList {
            name: "own".to_owned(),
            entries: [
                "Corp.Example.COM.",
                "*.müller.de",
                "9.9.9.9",
                "203.0.114.0/24",
                "http://evil.com/ok",
                "build-*.ci.net",
            ]
            .map(str::to_owned)
            .to_vec(),
        }];
        let own = Exclusions::with(&lists);
        for value in [
            "corp.example.com",
            "a.b.corp.example.com",
            "https://vpn.corp.example.com/x",
            "bob@corp.example.com",
            "www.müller.de",
            "9[.]9.9.9",
            "203.0.114.77",
            "hxxp://evil[.]com/ok",
            "build-7.ci.net",
        ] {
            assert_eq!(check(&own, value).as_deref(), Some("own"), "{value}");
        }
        for value in [
            "notcorp.example.com",
            "example.com",
            "9.9.9.10",
            "203.0.115.1",
            "http://evil.com/no",
            "build.ci.net",
        ] {
            assert_eq!(check(&own, value), None, "{value}");
        }
    }

    #[test]
    fn the_first_list_in_order_gives_the_name() {
        let list = |name: &str, entry: &str| ExclusionList {
            name: name.to_owned(),
            entries: vec![entry.to_owned()],
        };
        let lists = [list("wide", "8.0.0.0/8"), list("narrow", "8.8.8.8")];
        assert_eq!(
            check(&Exclusions::with(&lists), "8.8.8.8").as_deref(),
            Some("wide")
        );
    }
}
