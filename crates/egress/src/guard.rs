//! The door: which hosts a connection may talk to, and at which addresses.
//!
//! Two questions, asked in this order. *Is the host one that the connector names?* The base URL's host always
//! is; others must be in `allowed_hosts` (`*.example.com` allows every name below). *Is the address one that
//! this connection may reach?* Names are resolved by [`Resolver`], which hands out only addresses that passed,
//! so the address that was checked is the one that is connected to: a second look-up that could answer
//! something else never happens. Addresses written into a URL are checked before anything is sent, in every
//! spelling that the URL parser reads as an address (decimal, octal, hex).
//!
//! `allow_private` opens the inner networks to one connection. It never opens the clouds' metadata services:
//! those must be listed by the operator.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use url::{Host, Url};

use crate::address::{Block, Zone, zone};

/// Addresses tried for one name.
const ADDRESSES_MAX: usize = 16;

/// A request that the guard let nothing of through.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not `http`, `https` or `whois`.
    #[error("scheme `{0}` is not allowed, only http and https are")]
    Scheme(String),
    /// The URL cannot be read.
    #[error("`{0}` is not an absolute URL")]
    Url(String),
    /// Not the base URL's host and not in `allowed_hosts`.
    #[error("host `{0}` is neither the connection's own nor in the connector's allowed_hosts")]
    Host(String),
    /// The name leads only to addresses that may not be reached.
    #[error("`{host}` leads to the {} address {address}, which this connection may not reach", zone.as_str())]
    Address {
        /// As the URL says it.
        host: String,
        /// What it leads to.
        address: IpAddr,
        /// What kind of address that is.
        zone: Zone,
    },
}

/// Hosts and address blocks that every connection may reach although they are not public.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed {
    blocks: Vec<Block>,
    hosts: Vec<String>,
}

impl Allowed {
    /// Reads a list of blocks (`10.1.0.0/16`), addresses and names (`soc.corp`, `*.corp`).
    pub fn parse<'a>(entries: impl IntoIterator<Item = &'a str>) -> Self {
        let mut allowed = Self::default();
        for entry in entries.into_iter().map(str::trim).filter(|e| !e.is_empty()) {
            match Block::parse(entry) {
                Some(block) => allowed.blocks.push(block),
                None => allowed.hosts.push(entry.to_ascii_lowercase()),
            }
        }
        allowed
    }
    fn host(&self, host: &str) -> bool {
        self.hosts.iter().any(|pattern| host_matches(pattern, host))
    }
    fn address(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.blocks.iter().any(|block| block.contains(address))
    }
}

/// Decides about addresses, for connections of one kind.
#[derive(Debug, Clone)]
pub struct Guard {
    allowed: Arc<Allowed>,
    inner: bool,
}

impl Guard {
    /// `inner`: the connection may reach loopback, link-local and private addresses.
    pub fn new(allowed: Arc<Allowed>, inner: bool) -> Self {
        Self { allowed, inner }
    }

    /// May `host`, found at `address`, be connected to?
    pub fn address(&self, host: &str, address: IpAddr) -> Result<(), Refused> {
        let found = zone(address);
        let pass = found == Zone::Public
            || (self.inner && found.is_inner())
            || self.allowed.address(address)
            // A listed name may live anywhere but nowhere (0.0.0.0, multicast).
            || (found != Zone::Unroutable && self.allowed.host(host));
        if pass {
            return Ok(());
        }
        Err(Refused::Address {
            host: host.to_owned(),
            address,
            zone: found,
        })
    }

    /// Resolves a name and keeps the addresses that may be connected to.
    pub async fn resolve(&self, host: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
        let mut refused = None;
        let mut passed = Vec::new();
        for address in tokio::net::lookup_host((host, port)).await? {
            match self.address(host, address.ip()) {
                Ok(()) if passed.len() < ADDRESSES_MAX => passed.push(address),
                Ok(()) => break,
                Err(why) => refused = Some(why),
            }
        }
        match (passed.is_empty(), refused) {
            (true, Some(why)) => Err(std::io::Error::other(why)),
            (true, None) => Err(std::io::Error::new(
                std::io::ErrorKind::NotFound,
                "the name has no address",
            )),
            (false, _) => Ok(passed),
        }
    }
}

/// Reads a URL and checks scheme, host against the connection's hosts, and a literal address.
pub fn check_url(guard: &Guard, hosts: &Hosts<'_>, text: &str) -> Result<Url, Refused> {
    let url = Url::parse(text).map_err(|_| Refused::Url(text.chars().take(200).collect()))?;
    if !matches!(url.scheme(), "http" | "https" | "whois") {
        return Err(Refused::Scheme(url.scheme().chars().take(40).collect()));
    }
    let Some(host) = url.host() else {
        return Err(Refused::Url(text.chars().take(200).collect()));
    };
    let name = host_text(&host);
    if !hosts.contain(&name) {
        return Err(Refused::Host(name));
    }
    if let Some(address) = host_address(&host) {
        guard.address(&name, address)?;
    }
    Ok(url)
}

/// The hosts that one connection may talk to.
#[derive(Debug, Clone, Copy)]
pub struct Hosts<'a> {
    /// The host of the base URL, lower case.
    pub base: Option<&'a str>,
    /// The host that the session's own answer named, lower case.
    pub session: Option<&'a str>,
    /// The manifest's list, after its settings were filled in.
    pub listed: &'a [String],
}

impl Hosts<'_> {
    fn contain(&self, host: &str) -> bool {
        self.base == Some(host)
            || self.session == Some(host)
            || self
                .listed
                .iter()
                .any(|pattern| host_matches(pattern, host))
    }
}

/// The host of a URL, lower case, without brackets and trailing dot.
pub fn host_of(text: &str) -> Option<String> {
    Url::parse(text).ok()?.host().map(|host| host_text(&host))
}

fn host_text(host: &Host<&str>) -> String {
    match host {
        Host::Domain(name) => name.trim_end_matches('.').to_ascii_lowercase(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
    }
}

/// `whois://` URLs keep an IPv4 address as an opaque name.
fn host_address(host: &Host<&str>) -> Option<IpAddr> {
    match host {
        Host::Domain(name) => name.parse().ok(),
        Host::Ipv4(address) => Some(IpAddr::V4(*address)),
        Host::Ipv6(address) => Some(IpAddr::V6(*address)),
    }
}

/// `*.example.com` covers every name below, not the name itself; `*` covers everything.
fn host_matches(pattern: &str, host: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    match pattern.strip_prefix("*.") {
        None => pattern.eq_ignore_ascii_case(host),
        Some(parent) => {
            let Some(split) = host.len().checked_sub(parent.len() + 1) else {
                return false;
            };
            split > 0
                && host.is_char_boundary(split)
                && host.get(split..).is_some_and(|rest| {
                    rest.strip_prefix('.')
                        .is_some_and(|rest| rest.eq_ignore_ascii_case(parent))
                })
        }
    }
}

/// What the HTTP client resolves names with: only addresses that passed come out.
#[derive(Debug)]
pub struct Resolver {
    guard: Guard,
    /// The configured proxy is the operator's choice and may be anywhere.
    proxy_host: Option<String>,
}

impl Resolver {
    /// A resolver for one kind of connection.
    pub fn new(guard: Guard, proxy_host: Option<String>) -> Self {
        Self { guard, proxy_host }
    }
}

impl reqwest::dns::Resolve for Resolver {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let host = name.as_str().trim_end_matches('.').to_ascii_lowercase();
        let is_proxy = self.proxy_host.as_deref() == Some(host.as_str());
        let guard = self.guard.clone();
        Box::pin(async move {
            let found = if is_proxy {
                tokio::net::lookup_host((host.as_str(), 0)).await?.collect()
            } else {
                guard.resolve(&host, 0).await?
            };
            Ok(Box::new(found.into_iter()) as reqwest::dns::Addrs)
        })
    }
}

/// Finds the guard's refusal inside an error of the HTTP client.
pub fn refusal<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a Refused> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(refused) = error.downcast_ref::<Refused>() {
            return Some(refused);
        }
        // An `io::Error` hides what it wraps: its `source` is the wrapped error's source.
        if let Some(io) = error.downcast_ref::<std::io::Error>()
            && let Some(inner) = io.get_ref()
            && let Some(refused) = inner.downcast_ref::<Refused>()
        {
            return Some(refused);
        }
        next = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(inner: bool, list: &[&str]) -> Guard {
        Guard::new(Arc::new(Allowed::parse(list.iter().copied())), inner)
    }

    /// Any host, so that only the address decides.
    fn open(url: &str, guard: &Guard) -> Result<Url, Refused> {
        let host = host_of(url);
        let hosts = Hosts {
            base: host.as_deref(),
            session: None,
            listed: &[],
        };
        check_url(guard, &hosts, url)
    }

    #[test]
    fn spellings_of_inner_addresses_are_all_refused() {
        let corpus = "http://127.0.0.1/ http://127.1/ http://2130706433/ http://0x7f000001/ http://0x7f.1/ \
            http://0177.0.0.1/ http://017700000001/ http://127.0.0.1./ http://0/ http://0.0.0.0:22/ \
            http://[::1]/ http://[::]/ http://[::ffff:127.0.0.1]/ http://[::ffff:7f00:1]/ \
            http://[0:0:0:0:0:ffff:127.0.0.1]/ http://[64:ff9b::7f00:1]/ http://[2002:7f00:1::]/ \
            http://169.254.169.254/latest/meta-data/ http://2852039166/ http://0xa9fea9fe/ \
            http://0251.0376.0251.0376/ http://[fd00:ec2::254]/ http://100.100.100.200/ \
            http://10.0.0.1/ http://192.168.0.1/ http://172.16.0.1/ http://100.64.0.1/ \
            http://user:pass@127.0.0.1/ http://127.0.0.1:80\\@example.com/ http:127.0.0.1/ \
            http:\\\\127.0.0.1/ https://①②⑦.⓪.⓪.①/ http://127。0。0。1/ http://[fe80::1]/ \
            http://224.0.0.1/ http://255.255.255.255/ http://203.0.113.9/ http://[2001:db8::1]/ \
            whois://127.0.0.1:43 whois://[::1]:43";
        for url in corpus.split_whitespace() {
            let answer = open(url, &guard(false, &[]));
            assert!(
                matches!(answer, Err(Refused::Address { .. })),
                "{url}: {answer:?}"
            );
        }
    }

    #[test]
    fn other_schemes_and_no_urls_are_refused() {
        for url in
            "ftp://a.example/ file:///etc/passwd gopher://a/ javascript:alert(1) data:,x ldap://a/ \
            //a.example/ /path a.example http:// https://[::1 http://a:99999/"
                .split_whitespace()
        {
            assert!(open(url, &guard(true, &[])).is_err(), "{url}");
        }
    }

    #[test]
    fn a_private_connection_reaches_inner_networks_but_not_metadata_or_nowhere() {
        let inner = guard(true, &[]);
        for url in [
            "http://127.0.0.1:8080/",
            "http://10.1.2.3/",
            "http://[fd12::1]/",
            "http://[fe80::1]/",
        ] {
            assert!(open(url, &inner).is_ok(), "{url}");
        }
        for url in [
            "http://169.254.169.254/",
            "http://[fd00:ec2::254]/",
            "http://0.0.0.0/",
            "http://224.0.0.1/",
        ] {
            assert!(open(url, &inner).is_err(), "{url}");
        }
        assert!(
            open(
                "http://169.254.169.254/",
                &guard(false, &["169.254.169.254"])
            )
            .is_ok()
        );
        assert!(open("http://10.1.2.3/", &guard(false, &["10.1.0.0/16"])).is_ok());
        assert!(open("http://10.2.2.3/", &guard(false, &["10.1.0.0/16"])).is_err());
        assert!(open("http://[::ffff:10.1.2.3]/", &guard(false, &["10.1.0.0/16"])).is_ok());
    }

    #[test]
    fn only_named_hosts_are_allowed() {
        let listed = ["api.example.com".to_owned(), "*.cdn.example.com".to_owned()];
        let hosts = Hosts {
            base: Some("vendor.example"),
            session: None,
            listed: &listed,
        };
        let open = |url: &str| check_url(&guard(false, &[]), &hosts, url).is_ok();
        for url in
            "https://vendor.example/x https://VENDOR.example./ https://api.example.com:8443/ \
            https://a.cdn.example.com/ https://a.b.cdn.example.com/"
                .split_whitespace()
        {
            assert!(open(url), "{url}");
        }
        for url in "https://example.com/ https://cdn.example.com/ https://xcdn.example.com/ \
            https://api.example.com.evil.example/ https://vendor.example@evil.example/ \
            https://evil.example/?vendor.example https://evil.example#vendor.example \
            https://evil.example\\.vendor.example/ https://.cdn.example.com/"
            .split_whitespace()
        {
            assert!(!open(url), "{url}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_to_loopback_is_refused_with_the_reason() {
        let error = guard(false, &[])
            .resolve("localhost", 80)
            .await
            .unwrap_err();
        let why = refusal(&error).expect("the refusal is inside");
        assert!(why.to_string().contains("loopback"), "{why}");
        assert!(guard(true, &[]).resolve("localhost", 80).await.is_ok());
        assert!(
            guard(false, &["localhost"])
                .resolve("localhost", 80)
                .await
                .is_ok()
        );
    }
}
