//! A small HTTP/1.1 client that keeps its connection: what a load test measures must be the server.

use std::io;

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Largest answer.
const ANSWER_BYTES_MAX: usize = 16 << 20;

/// One kept connection with one bearer token.
#[derive(Debug)]
pub struct Client {
    host: String,
    token: String,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
}

impl Client {
    /// For `http://host:port`; it connects when it is used.
    pub fn new(url: &str, token: &str) -> Self {
        let host = url.trim_start_matches("http://").trim_end_matches('/');
        Self {
            host: host.to_owned(),
            token: token.to_owned(),
            stream: None,
            buffer: Vec::new(),
        }
    }

    /// Status and body of one exchange. An error closes the connection; the next call opens another.
    pub async fn send(
        &mut self,
        method: &str,
        path: &str,
        content_type: &str,
        body: &[u8],
    ) -> io::Result<(u16, Vec<u8>)> {
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n\r\n",
            self.host,
            self.token,
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(&self.host).await?;
                stream.set_nodelay(true)?;
                stream
            }
        };
        stream.write_all(&request).await?;
        let answer = self.read(&mut stream).await?;
        self.stream = Some(stream);
        Ok(answer)
    }

    /// An exchange of JSON that must succeed.
    pub async fn json(&mut self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let text = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let (status, answer) = self
            .send(method, path, "application/json", text.as_bytes())
            .await
            .map_err(|error| format!("{method} {path}: {error}"))?;
        if !(200..300).contains(&status) {
            let answer = String::from_utf8_lossy(&answer);
            return Err(format!("{method} {path}: {status} {answer}"));
        }
        Ok(serde_json::from_slice(&answer).unwrap_or_default())
    }

    /// An answer as text, for `/metrics`.
    pub async fn text(&mut self, path: &str) -> io::Result<(u16, String)> {
        let (status, body) = self.send("GET", path, "text/plain", b"").await?;
        Ok((status, String::from_utf8_lossy(&body).into_owned()))
    }

    async fn read(&mut self, stream: &mut TcpStream) -> io::Result<(u16, Vec<u8>)> {
        self.buffer.clear();
        let end = loop {
            if let Some(at) = find(&self.buffer, b"\r\n\r\n") {
                break at + 4;
            }
            self.more(stream).await?;
        };
        let head = String::from_utf8_lossy(self.buffer.get(..end).unwrap_or_default());
        let head = head.to_ascii_lowercase();
        let status = head.get(9..12).and_then(|text| text.parse().ok());
        let header = |name: &str| {
            head.lines()
                .find_map(|line| line.strip_prefix(name).map(|value| value.trim().to_owned()))
        };
        let length = header("content-length:").and_then(|text| text.parse::<usize>().ok());
        let chunked = header("transfer-encoding:").is_some_and(|value| value == "chunked");
        let mut rest = self.buffer.split_off(end);
        if chunked {
            while !rest.ends_with(b"0\r\n\r\n") {
                self.buffer.clear();
                self.more(stream).await?;
                rest.extend_from_slice(&self.buffer);
            }
        } else {
            while rest.len() < length.unwrap_or(0) {
                self.buffer.clear();
                self.more(stream).await?;
                rest.extend_from_slice(&self.buffer);
            }
        }
        Ok((status.unwrap_or(0), rest))
    }

    async fn more(&mut self, stream: &mut TcpStream) -> io::Result<()> {
        let read = stream.read_buf(&mut self.buffer).await?;
        if read == 0 || self.buffer.len() > ANSWER_BYTES_MAX {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }
}

fn find(text: &[u8], pattern: &[u8]) -> Option<usize> {
    text.windows(pattern.len())
        .position(|window| window == pattern)
}
