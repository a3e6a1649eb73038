//! Listening: one address for API, intake and pages; a clean end on request.

use std::{future::Future, net::SocketAddr};

use tokio::net::TcpListener;
use updraft_app::App;

use crate::router;

/// An address that is listened on.
#[derive(Debug)]
pub struct Listening {
    listener: TcpListener,
    /// The address with the port that was really taken.
    pub address: SocketAddr,
}

impl Listening {
    /// Takes the address; port 0 takes a free one.
    ///
    /// # Errors
    /// The address is in use or may not be taken.
    pub async fn on(address: &str) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }
}

/// Serves until `until` is done; requests that are under way are finished.
///
/// # Errors
/// The listener broke.
pub async fn serve(
    app: App,
    listening: Listening,
    until: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let service = router::router(app);
    axum::serve(listening.listener, service)
        .with_graceful_shutdown(until)
        .await
}
