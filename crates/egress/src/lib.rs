//! Every socket that Updraft opens.
//!
//! [`Egress::perform`] takes one call of one connection and drives it to its end, or to the point where the
//! vendor must be given time. On the way each exchange passes, in this order: the session (one login for all who
//! need it), the circuit breaker, the connection's pace, the guard (allowed hosts, no inner addresses), the
//! limits on what comes back, and the scrubber, which takes every echo of a secret out. Calls whose action
//! declares a lifetime share one look-up and its answer.
//!
//! Nothing here stores anything, and nothing here tries again: what may be repeated is the engine's decision,
//! and [`Recorded::reached`] tells it whether a request can have arrived.

mod address;
mod body;
mod breaker;
mod cache;
mod exchange;
mod failure;
mod fill;
mod guard;
mod http;
mod limiter;
mod line;
mod link;
pub mod operator;
mod options;
mod perform;
mod performed;
mod scrub;
mod session;
#[cfg(feature = "simulation")]
pub mod simulation;
mod whois;

use std::sync::Arc;

pub use address::{Block, Zone, zone};
pub use body::{BODY_BYTES_MAX, Blobs, Fetching, NoBlobs};
pub use breaker::{FAILURES_MAX, REST, REST_MAX};
pub use fill::Filling;
pub use http::REDIRECTS_MAX;
pub use limiter::{PAUSE_MAX, WAITING_MAX};
pub use link::{Link, Secrets};
pub use options::{CONNECT_TIMEOUT, Error, HEADERS_MAX, Options};
pub use performed::{Ended, Login, Performed, Recorded};
pub use session::REFUSED_REST;

/// The way out. Cheap to clone; all clones are one.
#[derive(Debug, Clone)]
pub struct Egress(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    doors: options::Doors,
    lines: line::Lines,
    cache: cache::Cache,
    #[cfg(feature = "simulation")]
    wire: Option<Arc<dyn simulation::Wire>>,
}

impl Egress {
    /// Sets up the clients.
    pub fn new(options: Options) -> Result<Self, Error> {
        Ok(Self(Arc::new(Inner {
            doors: options::Doors::new(&options)?,
            lines: line::Lines::default(),
            cache: cache::Cache::new(options.cache_entries_max, options.cache_bytes_max),
            #[cfg(feature = "simulation")]
            wire: None,
        })))
    }

    /// Answers kept for reuse, and their bytes.
    pub fn cache_size(&self) -> (usize, usize) {
        self.0.cache.size()
    }
}
