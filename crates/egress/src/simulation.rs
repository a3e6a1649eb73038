//! The wire of a simulation: in the place of sockets stands whoever plays the vendors.
//!
//! Everything before it (sessions, circuits, pace) and after it (limits, scrubbing, the cache) is the real thing;
//! guard and authentication, which look at addresses and secrets, are left out.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, LazyLock},
};

use tokio::time::Instant;
use updraft_connector::{ErrorCode, Request, Response};

use crate::{
    Egress, Inner, Options,
    cache::Cache,
    failure::Broken,
    line::Lines,
    options::{Doors, Error},
};

/// What comes back over the wire.
#[derive(Debug, Clone)]
pub enum Came {
    /// An answer.
    Answer(Response),
    /// The vendor could not be reached: it saw nothing of the request.
    NotReached,
    /// The line broke: the vendor may have seen the request.
    Broke,
}

/// What is under way over the wire.
pub type Coming<'a> = Pin<Box<dyn Future<Output = Came> + Send + 'a>>;

/// The vendors' end.
pub trait Wire: std::fmt::Debug + Send + Sync {
    /// Sends a request; the future may never end.
    fn send<'a>(&'a self, request: &'a Request) -> Coming<'a>;
}

static DOORS: LazyLock<Result<Doors, Error>> = LazyLock::new(|| Doors::new(&Options::default()));

impl Egress {
    /// A way out that ends at the simulation.
    ///
    /// # Errors
    /// The HTTP client, which is not used, cannot be set up.
    pub fn simulated(wire: Arc<dyn Wire>) -> Result<Self, &'static Error> {
        let options = Options::default();
        Ok(Self(Arc::new(Inner {
            doors: DOORS.as_ref()?.clone(),
            lines: Lines::default(),
            cache: Cache::new(options.cache_entries_max, options.cache_bytes_max),
            wire: Some(wire),
        })))
    }
}

/// One exchange; ends at `until` at the latest.
pub(crate) async fn exchange(
    wire: &dyn Wire,
    request: &Request,
    until: Instant,
) -> Result<Response, Broken> {
    if Instant::now() >= until {
        return Err(Broken::before(
            ErrorCode::Timeout,
            "no time is left for the request",
        ));
    }
    match tokio::time::timeout_at(until, wire.send(request)).await {
        Ok(Came::Answer(response)) => Ok(response),
        Ok(Came::NotReached) => Err(Broken::before(
            ErrorCode::Unavailable,
            "the vendor cannot be reached",
        )),
        Ok(Came::Broke) => Err(Broken::after(ErrorCode::Unavailable, "the line broke")),
        Err(_) => Err(Broken::after(
            ErrorCode::Timeout,
            "the vendor did not answer in time",
        )),
    }
}
