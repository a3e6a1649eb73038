//! Fake vendors on loopback.
//!
//! A [`Vendor`] answers requests; [`server::Server`] gives it a port, counts what arrives and does the damage
//! that [`fault`]s describe. [`replay::Replay`] answers from the connectors' own samples, [`jira::Jira`] keeps
//! tickets as Jira does, [`whois::Whois`] speaks TCP port 43.

pub mod fault;
pub mod jira;
mod jql;
pub mod message;
pub mod replay;
pub mod server;
pub mod whois;

use std::sync::Arc;

pub use fault::{Fault, Rule};
pub use jira::Jira;
pub use message::{Asked, Reply};
pub use replay::Replay;
pub use server::Server;
pub use whois::Whois;

/// Something that answers requests. Called on the server's threads: it must not wait.
pub trait Vendor: Send + Sync + 'static {
    /// The answer.
    fn answer(&self, asked: &Asked) -> Reply;
}

impl<F: Fn(&Asked) -> Reply + Send + Sync + 'static> Vendor for F {
    fn answer(&self, asked: &Asked) -> Reply {
        self(asked)
    }
}

/// Several vendors on one port, each under its path: `/jira/rest/…` goes to the one mounted at `/jira` as
/// `/rest/…`. The longest mount wins.
#[derive(Default)]
pub struct Mounts(Vec<(String, Arc<dyn Vendor>)>);

impl std::fmt::Debug for Mounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(path, _)| path))
            .finish()
    }
}

impl Mounts {
    /// Adds a vendor. `/` takes what no other takes.
    #[must_use]
    pub fn with(mut self, path: &str, vendor: Arc<dyn Vendor>) -> Self {
        self.0.push((path.trim_end_matches('/').to_owned(), vendor));
        self.0
            .sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
        self
    }
}

impl Vendor for Mounts {
    fn answer(&self, asked: &Asked) -> Reply {
        for (mount, vendor) in &self.0 {
            let Some(rest) = asked.target.strip_prefix(mount.as_str()) else {
                continue;
            };
            if mount.is_empty() {
                return vendor.answer(asked);
            }
            if rest.is_empty() || rest.starts_with(['/', '?']) {
                let slash = if rest.starts_with('/') { "" } else { "/" };
                let inner = Asked {
                    target: format!("{slash}{rest}"),
                    ..asked.clone()
                };
                return vendor.answer(&inner);
            }
        }
        Reply::json(
            404,
            &serde_json::json!({"error": "no vendor is mounted there"}),
        )
    }
}
