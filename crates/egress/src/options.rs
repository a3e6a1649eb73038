//! What the operator decides once for all connections, and the HTTP clients that follow from it.
//!
//! There are two clients, one whose resolver lets public addresses through and one that lets inner addresses
//! through as well. They share no pool: a connection without the permission can never be handed a socket that
//! another one opened.

use std::{sync::Arc, time::Duration};

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

use crate::guard::{Allowed, Guard, Resolver};

/// Time to reach a host, TLS included.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an unused connection is kept. Shorter than most servers', which close after a minute or more:
/// a request on a connection that the other side is just closing has an unknown outcome.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
const IDLE_PER_HOST_MAX: usize = 64;
/// Header lines of an answer.
pub const HEADERS_MAX: usize = 128;

/// The operator's decisions.
#[derive(Debug, Clone)]
pub struct Options {
    /// Sent with every request.
    pub user_agent: String,
    /// `http://proxy:3128`: everything goes through it. The proxy resolves names then, so of the address rules
    /// only those about literal addresses hold; let the proxy refuse the inner networks.
    pub proxy: Option<String>,
    /// Hosts that are reached without the proxy, comma separated as in `NO_PROXY`.
    pub no_proxy: String,
    /// Blocks (`10.1.0.0/16`), addresses and names (`*.corp`) that every connection may reach.
    pub allow_private: Vec<String>,
    /// Certificates (PEM) of further authorities that are trusted.
    pub extra_roots: Vec<String>,
    /// Results that are kept for reuse.
    pub cache_entries_max: usize,
    /// Their size together.
    pub cache_bytes_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            user_agent: concat!("Updraft/", env!("CARGO_PKG_VERSION")).to_owned(),
            proxy: None,
            no_proxy: String::new(),
            allow_private: Vec::new(),
            extra_roots: Vec::new(),
            cache_entries_max: 50_000,
            cache_bytes_max: 64 << 20,
        }
    }
}

/// The options cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A root certificate is not PEM or not a certificate.
    #[error("extra_roots[{index}] is not a certificate in PEM form")]
    Root {
        /// Which one.
        index: usize,
    },
    /// The proxy's address is wrong.
    #[error("`{0}` is not the address of a proxy, such as http://proxy.example:3128")]
    Proxy(String),
    /// The TLS or HTTP library refused its set-up.
    #[error("the HTTP client cannot be set up")]
    Client(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A client and the guard that its resolver follows.
#[derive(Debug, Clone)]
pub(crate) struct Door {
    pub(crate) client: reqwest::Client,
    pub(crate) guard: Guard,
}

/// The two ways out.
#[derive(Debug, Clone)]
pub(crate) struct Doors {
    pub(crate) public: Door,
    pub(crate) inner: Door,
}

impl Doors {
    pub(crate) fn new(options: &Options) -> Result<Self, Error> {
        let allowed = Arc::new(Allowed::parse(
            options.allow_private.iter().map(String::as_str),
        ));
        let tls = tls(&options.extra_roots)?;
        let door = |inner: bool| {
            let guard = Guard::new(allowed.clone(), inner);
            Ok::<_, Error>(Door {
                client: client(options, tls.clone(), &guard)?,
                guard,
            })
        };
        Ok(Self {
            public: door(false)?,
            inner: door(true)?,
        })
    }
}

/// The system's authorities, Mozilla's where the system has none (a bare container), and the operator's own.
fn tls(extra_roots: &[String]) -> Result<ClientConfig, Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    for (index, pem) in extra_roots.iter().enumerate() {
        let mut found = 0;
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let added = certificate.ok().and_then(|der| roots.add(der).ok());
            added.ok_or(Error::Root { index })?;
            found += 1;
        }
        if found == 0 {
            return Err(Error::Root { index });
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Client(error.into()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

fn client(options: &Options, tls: ClientConfig, guard: &Guard) -> Result<reqwest::Client, Error> {
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .user_agent(&options.user_agent)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .pool_max_idle_per_host(IDLE_PER_HOST_MAX)
        .http1_max_headers(HEADERS_MAX)
        .tcp_nodelay(true)
        .no_proxy();
    let mut proxy_host = None;
    if let Some(address) = options
        .proxy
        .as_deref()
        .filter(|address| !address.is_empty())
    {
        let wrong = || Error::Proxy(address.to_owned());
        proxy_host = Some(crate::guard::host_of(address).ok_or_else(wrong)?);
        let proxy = reqwest::Proxy::all(address).map_err(|_| wrong())?;
        builder = builder.proxy(proxy.no_proxy(reqwest::NoProxy::from_string(&options.no_proxy)));
    }
    builder
        .dns_resolver(Resolver::new(guard.clone(), proxy_host))
        .build()
        .map_err(|error| Error::Client(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_options_are_named() {
        let check = |options: Options| Doors::new(&options).map(|_| ()).map_err(|e| e.to_string());
        assert!(check(Options::default()).is_ok());
        let root = Options {
            extra_roots: vec!["no pem".into()],
            ..Options::default()
        };
        assert_eq!(
            check(root).unwrap_err(),
            "extra_roots[0] is not a certificate in PEM form"
        );
        let proxy = Options {
            proxy: Some("::".into()),
            ..Options::default()
        };
        assert!(
            check(proxy)
                .unwrap_err()
                .contains("not the address of a proxy")
        );
    }
}
