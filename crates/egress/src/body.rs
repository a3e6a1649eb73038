//! From the description of a body to its bytes.
//!
//! Files arrive through [`Blobs`]: the request names them by hash, so that a recorded request stays small and the
//! same file is the same request. The multipart boundary is made from the parts' content: it cannot be guessed
//! by whoever wrote the content, and the same body gives the same bytes.

use std::{fmt::Write as _, future::Future, pin::Pin, sync::Arc};

use bytes::Bytes;
use sha2::{Digest, Sha256};
use updraft_connector::{Body, Part, PartContent};
use updraft_model::BlobHash;

/// Largest body that is sent.
pub const BODY_BYTES_MAX: usize = 256 << 20;

/// A file's bytes, later.
pub type Fetching<'a> = Pin<Box<dyn Future<Output = Option<Arc<[u8]>>> + Send + 'a>>;

/// Where the bytes of files are; the store, usually.
pub trait Blobs: Send + Sync {
    /// The bytes of that file; `None` if it is not there (any more).
    fn get(&self, hash: BlobHash) -> Fetching<'_>;
}

/// No files at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoBlobs;

impl Blobs for NoBlobs {
    fn get(&self, _hash: BlobHash) -> Fetching<'_> {
        Box::pin(std::future::ready(None))
    }
}

/// Why there is no body to send.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The store does not have it.
    #[error("the file {0} is not in the store any more")]
    Missing(BlobHash),
    /// It would be larger than [`BODY_BYTES_MAX`].
    #[error("the request would be larger than {BODY_BYTES_MAX} bytes")]
    TooLarge,
}

/// The content type, if there is a body, and the bytes.
pub async fn bytes_of(body: &Body, blobs: &dyn Blobs) -> Result<(Option<String>, Bytes), Error> {
    let (content_type, bytes) = match body {
        Body::None => return Ok((None, Bytes::new())),
        Body::Bytes { content_type, data } => (content_type.clone(), Bytes::from(data.clone())),
        Body::Blob { content_type, hash } => {
            let file = blobs.get(*hash).await.ok_or(Error::Missing(*hash))?;
            (content_type.clone(), Bytes::from_owner(file))
        }
        Body::Multipart { parts } => multipart(parts, blobs).await?,
    };
    if bytes.len() > BODY_BYTES_MAX {
        return Err(Error::TooLarge);
    }
    Ok((Some(content_type), bytes))
}

async fn multipart(parts: &[Part], blobs: &dyn Blobs) -> Result<(String, Bytes), Error> {
    let mut heads_and_contents = Vec::with_capacity(parts.len());
    let mut digest = Sha256::new();
    let mut total = 0_usize;
    for part in parts {
        let head = part_head(part);
        let content: Arc<[u8]> = match &part.content {
            PartContent::Bytes(data) => data.as_slice().into(),
            PartContent::Blob(hash) => blobs.get(*hash).await.ok_or(Error::Missing(*hash))?,
        };
        total = total.saturating_add(head.len() + content.len() + 128);
        if total > BODY_BYTES_MAX {
            return Err(Error::TooLarge);
        }
        digest.update(head.as_bytes());
        digest.update(&content);
        heads_and_contents.push((head, content));
    }
    let boundary =
        digest
            .finalize()
            .iter()
            .take(16)
            .fold(String::from("updraft-"), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            });
    let mut out = Vec::with_capacity(total + 128);
    for (head, content) in heads_and_contents {
        out.extend_from_slice(format!("--{boundary}\r\n{head}\r\n").as_bytes());
        out.extend_from_slice(&content);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    let content_type = format!("multipart/form-data; boundary={boundary}");
    Ok((content_type, Bytes::from(out)))
}

fn part_head(part: &Part) -> String {
    let mut head = format!(
        "Content-Disposition: form-data; name=\"{}\"",
        quoted(&part.name)
    );
    if let Some(filename) = &part.filename {
        let _ = write!(head, "; filename=\"{}\"", quoted(filename));
    }
    head.push_str("\r\n");
    if let Some(content_type) = &part.content_type {
        let plain: String = content_type.chars().filter(|c| !c.is_control()).collect();
        let _ = write!(head, "Content-Type: {plain}\r\n");
    }
    head
}

/// As browsers do it (WHATWG HTML, multipart/form-data).
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => out.push_str("%22"),
            '\r' => out.push_str("%0D"),
            '\n' => out.push_str("%0A"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    struct One(Arc<[u8]>);
    impl Blobs for One {
        fn get(&self, hash: BlobHash) -> Fetching<'_> {
            let found = (hash == BlobHash::of(&self.0)).then(|| self.0.clone());
            Box::pin(std::future::ready(found))
        }
    }

    fn form(filename: &str, file: &[u8]) -> Body {
        let part = |name: &str, filename: Option<&str>, content| Part {
            name: name.into(),
            filename: filename.map(str::to_owned),
            content_type: filename.map(|_| "text/html".into()),
            content,
        };
        Body::Multipart {
            parts: vec![
                part("options", None, PartContent::Bytes(b"a=1".to_vec())),
                part(
                    "file",
                    Some(filename),
                    PartContent::Blob(BlobHash::of(file)),
                ),
            ],
        }
    }

    #[tokio::test]
    async fn a_form_with_a_file_is_built_as_rfc_7578_wants_it() {
        let blobs = One(b"<html>".as_slice().into());
        let body = form("a\"b\r\nX: y.html", b"<html>");
        let (content_type, bytes) = bytes_of(&body, &blobs).await.unwrap();
        let content_type = content_type.unwrap();
        let boundary = content_type
            .strip_prefix("multipart/form-data; boundary=")
            .unwrap();
        let expected = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"options\"\r\n\r\na=1\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"file\"; \
             filename=\"a%22b%0D%0AX: y.html\"\r\nContent-Type: text/html\r\n\r\n<html>\r\n--{boundary}--\r\n"
        );
        assert_eq!(String::from_utf8_lossy(&bytes), expected);
        assert_eq!(
            bytes_of(&body, &blobs).await.unwrap().1,
            bytes,
            "the same bytes again"
        );
    }

    #[tokio::test]
    async fn a_file_that_is_gone_is_named() {
        let gone = BlobHash::of(b"gone");
        let body = Body::Blob {
            content_type: "text/plain".into(),
            hash: gone,
        };
        assert_eq!(bytes_of(&body, &NoBlobs).await, Err(Error::Missing(gone)));
        assert_eq!(
            bytes_of(&form("x", b"gone"), &NoBlobs).await,
            Err(Error::Missing(gone))
        );
    }
}
