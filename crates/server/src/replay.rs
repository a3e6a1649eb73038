//! The vendor replay server of the demo: answers on loopback as the real products do, from the recorded
//! conversations of the connectors. Nothing in the product knows that it talks to a recording.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, State},
    http::{Method, Request, StatusCode},
    response::{IntoResponse, Response},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use updraft_app::demo::{Recording, Recordings};

/// The largest request body that is read; uploads of files are.
const BODY_BYTES_MAX: usize = 64 << 20;
/// The longest WHOIS query line.
const QUERY_BYTES_MAX: usize = 1_024;

/// When a product that works on something is to be asked again, seconds: a recording is never busy.
const RETRY_AFTER: &str = "1";

/// Where the replay listens.
#[derive(Debug, Clone, Copy)]
pub struct Replay {
    /// HTTP: `http://address/<connector>/…`.
    pub http: SocketAddr,
    /// WHOIS.
    pub whois: SocketAddr,
}

/// Starts the replay on free ports of loopback.
///
/// # Errors
/// No port could be taken.
pub async fn start(recordings: Arc<Recordings>) -> std::io::Result<Replay> {
    let http = TcpListener::bind("127.0.0.1:0").await?;
    let whois = TcpListener::bind("127.0.0.1:0").await?;
    let replay = Replay {
        http: http.local_addr()?,
        whois: whois.local_addr()?,
    };
    let router = Router::new()
        .route("/{connector}/{*rest}", axum::routing::any(answer))
        .route("/{connector}/", axum::routing::any(answer_root))
        .with_state(recordings.clone());
    tokio::spawn(async move {
        if let Err(error) = axum::serve(http, router).await {
            tracing::error!(error = %error, "The vendor replay server stopped");
        }
    });
    tokio::spawn(serve_whois(whois, recordings));
    Ok(replay)
}

async fn answer(
    State(recordings): State<Arc<Recordings>>,
    Path((connector, _)): Path<(String, String)>,
    request: Request<Body>,
) -> Response {
    respond(&recordings, &connector, request).await
}

async fn answer_root(
    State(recordings): State<Arc<Recordings>>,
    Path(connector): Path<String>,
    request: Request<Body>,
) -> Response {
    respond(&recordings, &connector, request).await
}

async fn respond(recordings: &Recordings, connector: &str, request: Request<Body>) -> Response {
    let method: Method = request.method().clone();
    let whole = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str())
        .to_owned();
    let path = whole
        .strip_prefix('/')
        .and_then(|path| path.strip_prefix(connector));
    let path = path.unwrap_or("/").to_owned();
    let Ok(body) = axum::body::to_bytes(request.into_body(), BODY_BYTES_MAX).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    match recordings.answer(connector, method.as_str(), &path, &body) {
        Some(recording) => recorded(recording),
        None => (StatusCode::NOT_FOUND, "no such product in the recordings").into_response(),
    }
}

fn recorded(recording: Recording) -> Response {
    let status = StatusCode::from_u16(recording.status).unwrap_or(StatusCode::OK);
    let mut response = Response::builder().status(status);
    for (name, value) in &recording.headers {
        // The body goes out as recorded, uncompressed and in one piece.
        if !matches!(
            name.as_str(),
            "content-length" | "transfer-encoding" | "content-encoding" | "connection"
        ) {
            response = response.header(name, value);
        }
    }
    let asked = |(name, _): &(String, String)| name == "retry-after";
    if !recording.headers.iter().any(asked) {
        response = response.header("retry-after", RETRY_AFTER);
    }
    let body = Body::from(Bytes::from(recording.body.to_vec()));
    response
        .body(body)
        .unwrap_or_else(|_| StatusCode::BAD_GATEWAY.into_response())
}

async fn serve_whois(listener: TcpListener, recordings: Arc<Recordings>) {
    loop {
        let Ok((mut stream, _)) = listener.accept().await else {
            continue;
        };
        let recordings = recordings.clone();
        tokio::spawn(async move {
            let mut line = Vec::new();
            let mut chunk = [0u8; 256];
            while !line.contains(&b'\n') && line.len() < QUERY_BYTES_MAX {
                match stream.read(&mut chunk).await {
                    Ok(0) | Err(_) => return,
                    Ok(read) => line.extend_from_slice(chunk.get(..read).unwrap_or_default()),
                }
            }
            let query = String::from_utf8_lossy(&line).trim().to_owned();
            let body = recordings.answer_whois(&query);
            let _ = stream.write_all(&body).await;
            let _ = stream.shutdown().await;
        });
    }
}
