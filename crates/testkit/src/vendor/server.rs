//! A small HTTP/1.1 server for tests: it keeps connections alive, counts, and misbehaves on command.
//!
//! Written on the bare socket, because a proper HTTP library refuses to send what a broken vendor sends.
//! It runs on threads of its own, so that what a test measures is the client. `GET /__stats` gives the counters.

use std::{
    collections::{BTreeMap, VecDeque},
    io,
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};

use parking_lot::Mutex;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

use super::{Asked, Fault, Reply, Rule, Vendor};

/// Largest request.
const REQUEST_BYTES_MAX: usize = 64 << 20;
/// Requests that the log remembers.
const LOG_MAX: usize = 10_000;

#[derive(Default)]
struct State {
    rules: Vec<Rule>,
    log: VecDeque<Asked>,
    /// `GET /virustotal/ip_addresses` → how often. The last path segment is left out: it is the observable.
    counts: BTreeMap<String, u64>,
    requests: u64,
    connections: u64,
    keep_log: bool,
}

/// A running vendor. Stops when dropped.
pub struct Server {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    _stop: oneshot::Sender<()>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Server({})", self.address)
    }
}

impl Server {
    /// Starts on a free loopback port, with one thread.
    pub fn start(vendor: Arc<dyn Vendor>) -> Self {
        Self::start_on(0, 1, vendor).expect("a loopback port is free")
    }

    /// Starts on a port (0: any free one) with so many threads.
    pub fn start_on(port: u16, threads: usize, vendor: Arc<dyn Vendor>) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(("127.0.0.1", port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let state = Arc::new(Mutex::new(State {
            keep_log: true,
            ..State::default()
        }));
        let (stop, stopped) = oneshot::channel::<()>();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads.max(1))
            .enable_all()
            .build()?;
        let shared = state.clone();
        std::thread::spawn(move || {
            runtime.block_on(async move {
                let Ok(listener) = TcpListener::from_std(listener) else {
                    return;
                };
                tokio::select! {
                    () = accept(listener, shared, vendor) => {}
                    _ = stopped => {}
                }
            });
            runtime.shutdown_background();
        });
        Ok(Self {
            address,
            state,
            _stop: stop,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
    /// `http://127.0.0.1:PORT` and the path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
    /// Adds damage. Rules are asked in the order they were added; the first that strikes wins.
    pub fn fault(&self, rule: Rule) {
        self.state.lock().rules.push(rule);
    }
    /// No more damage.
    pub fn heal(&self) {
        self.state.lock().rules.clear();
    }
    /// Keep the requests themselves, or count only (faster).
    pub fn keep_log(&self, keep: bool) {
        self.state.lock().keep_log = keep;
    }
    /// Requests so far.
    pub fn requests(&self) -> u64 {
        self.state.lock().requests
    }
    /// Connections so far.
    pub fn connections(&self) -> u64 {
        self.state.lock().connections
    }
    /// Requests whose method and path start like this.
    pub fn count(&self, method: &str, path: &str) -> usize {
        let state = self.state.lock();
        let hits = |asked: &&Asked| asked.method == method && asked.target.starts_with(path);
        state.log.iter().filter(hits).count()
    }
    /// The last requests, oldest first.
    pub fn log(&self) -> Vec<Asked> {
        self.state.lock().log.iter().cloned().collect()
    }
}

async fn accept(listener: TcpListener, state: Arc<Mutex<State>>, vendor: Arc<dyn Vendor>) {
    loop {
        // Out of file descriptors, most likely: wait for some to come back.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        state.lock().connections += 1;
        let (state, vendor) = (state.clone(), vendor.clone());
        tokio::spawn(async move {
            let _ = stream.set_nodelay(true);
            // A client that hangs up is its own business.
            let _ = serve(stream, &state, &*vendor).await;
        });
    }
}

async fn serve(mut stream: TcpStream, state: &Mutex<State>, vendor: &dyn Vendor) -> io::Result<()> {
    let mut buffer = Vec::with_capacity(8 << 10);
    while let Some(asked) = read_request(&mut stream, &mut buffer).await? {
        if asked.target == "/__stats" {
            let stats = stats(&state.lock());
            stream.write_all(&stats.encode()).await?;
            continue;
        }
        let fault = note(&mut state.lock(), &asked);
        match fault {
            None => stream.write_all(&vendor.answer(&asked).encode()).await?,
            Some(fault) => {
                if !strike(fault, &asked, vendor, &mut stream).await? {
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}

fn note(state: &mut State, asked: &Asked) -> Option<Fault> {
    state.requests += 1;
    let path = asked.path();
    let route = match path.rsplit_once('/') {
        Some((route, _)) if route.len() > 1 => route,
        _ => path,
    };
    let name = format!("{} {route}", asked.method);
    if state.counts.len() < 1_000 || state.counts.contains_key(&name) {
        *state.counts.entry(name).or_default() += 1;
    }
    if state.keep_log {
        state.log.push_back(asked.clone());
        if state.log.len() > LOG_MAX {
            state.log.pop_front();
        }
    }
    state
        .rules
        .iter_mut()
        .find_map(|rule| rule.strike(&asked.method, path))
}

fn stats(state: &State) -> Reply {
    let stats = json!({
        "requests": state.requests,
        "connections": state.connections,
        "routes": state.counts,
    });
    Reply::json(200, &stats)
}

/// Does the damage. False: the connection is of no more use.
async fn strike(
    fault: Fault,
    asked: &Asked,
    vendor: &dyn Vendor,
    stream: &mut TcpStream,
) -> io::Result<bool> {
    match fault {
        Fault::Status(status) => stream.write_all(&Reply::empty(status).encode()).await?,
        Fault::RateLimited(seconds) => {
            let reply = Reply::empty(429).header("retry-after", &seconds.to_string());
            stream.write_all(&reply.encode()).await?;
        }
        Fault::Delay(time) => {
            tokio::time::sleep(time).await;
            stream.write_all(&vendor.answer(asked).encode()).await?;
        }
        Fault::Hang => std::future::pending::<()>().await,
        Fault::Mute => {
            vendor.answer(asked);
            std::future::pending::<()>().await;
        }
        Fault::Lost => {
            vendor.answer(asked);
            return Ok(false);
        }
        Fault::Refuse => return Ok(false),
        Fault::Cut => {
            let bytes = vendor.answer(asked).encode();
            stream
                .write_all(bytes.get(..bytes.len() / 2 + 1).unwrap_or_default())
                .await?;
            return Ok(false);
        }
        Fault::Garbage => {
            stream
                .write_all(b"\x00\xff220 mail.example ESMTP\r\n\r\n")
                .await?;
            return Ok(false);
        }
        Fault::Huge(bytes) => huge(stream, bytes).await?,
        Fault::Endless => endless(stream).await?,
        Fault::Drip(every) => {
            for byte in vendor.answer(asked).encode() {
                stream.write_all(&[byte]).await?;
                tokio::time::sleep(every).await;
            }
        }
        Fault::Headers(lines) => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n").await?;
            for line in 0..lines {
                stream
                    .write_all(format!("x-{line}: y\r\n").as_bytes())
                    .await?;
            }
            stream.write_all(b"content-length: 2\r\n\r\n{}").await?;
        }
        Fault::Raw(bytes) => {
            stream.write_all(&bytes).await?;
            return Ok(false);
        }
    }
    Ok(true)
}

async fn huge(stream: &mut TcpStream, bytes: u64) -> io::Result<()> {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n\"",
        bytes.saturating_add(2)
    );
    stream.write_all(head.as_bytes()).await?;
    let block = [b'a'; 16 << 10];
    let mut left = bytes;
    while left > 0 {
        let now = left.min(block.len() as u64) as usize;
        stream
            .write_all(block.get(..now).unwrap_or_default())
            .await?;
        left -= now as u64;
    }
    stream.write_all(b"\"").await
}

async fn endless(stream: &mut TcpStream) -> io::Result<()> {
    stream
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n")
        .await?;
    let mut chunk = b"4000\r\n".to_vec();
    chunk.extend_from_slice(&[b' '; 0x4000]);
    chunk.extend_from_slice(b"\r\n");
    loop {
        stream.write_all(&chunk).await?;
    }
}

/// The next request of a connection; what belongs to the one after stays in the buffer.
async fn read_request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<Option<Asked>> {
    let end = loop {
        if let Some(at) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        if !more(stream, buffer).await? {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(buffer.get(..end).unwrap_or_default()).into_owned();
    let mut lines = head.split("\r\n");
    let mut start = lines.next().unwrap_or_default().split(' ');
    let mut asked = Asked {
        method: start.next().unwrap_or_default().to_owned(),
        target: start.next().unwrap_or_default().to_owned(),
        ..Asked::default()
    };
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        asked
            .headers
            .insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = asked
        .headers
        .get("content-length")
        .and_then(|length| length.parse().ok());
    let total = end + 4 + length.unwrap_or(0usize).min(REQUEST_BYTES_MAX);
    while buffer.len() < total {
        if !more(stream, buffer).await? {
            return Ok(None);
        }
    }
    asked.body = buffer.get(end + 4..total).unwrap_or_default().to_vec();
    buffer.drain(..total);
    Ok(Some(asked))
}

async fn more(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<bool> {
    if buffer.len() > REQUEST_BYTES_MAX + (64 << 10) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    Ok(stream.read_buf(buffer).await? > 0)
}
