//! The operator's own way out: the command line talks to a running server with it.
//!
//! Addresses come from the person at the keyboard, so inner addresses are allowed; redirects are not
//! followed, so a token goes only where it was sent.

use std::time::Duration;

use crate::{Error, Options, options::Doors};

/// Longest answer that is read.
const BODY_BYTES_MAX: usize = 512 << 20;
/// How long one request may take; a report or a backup may take a while.
const TIMEOUT: Duration = Duration::from_secs(300);

/// A client for one's own server.
#[derive(Debug, Clone)]
pub struct Client(reqwest::Client);

/// What the server answered.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl Client {
    /// Sets it up.
    ///
    /// # Errors
    /// The TLS or HTTP library refused its set-up.
    pub fn new() -> Result<Self, Error> {
        Ok(Self(Doors::new(&Options::default())?.inner.client))
    }

    /// Sends one request.
    ///
    /// # Errors
    /// No answer came, in words.
    pub async fn send(
        &self,
        method: &str,
        url: &str,
        token: Option<&str>,
        body: Option<(&str, Vec<u8>)>,
    ) -> Result<Reply, String> {
        let method = reqwest::Method::from_bytes(method.as_bytes()).map_err(|e| e.to_string())?;
        let mut request = self.0.request(method, url).timeout(TIMEOUT);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some((content_type, bytes)) = body {
            request = request.header("content-type", content_type).body(bytes);
        }
        let mut response = request
            .send()
            .await
            .map_err(|error| error.without_url().to_string())?;
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| error.without_url().to_string())?
        {
            if body.len() + chunk.len() > BODY_BYTES_MAX {
                return Err(format!("the answer is longer than {BODY_BYTES_MAX} bytes"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply { status, body })
    }
}
