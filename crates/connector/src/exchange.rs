//! What goes over the wire, as data: a request to perform and the response to it.
//!
//! A [`Request`] holds no secret. Authentication is added by the caller that owns the socket
//! ([`crate::auth::apply`]), so a request can be stored, compared and shown.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use updraft_model::BlobHash;

/// How the bytes travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// HTTP or HTTPS.
    #[default]
    Http,
    /// RFC 3912: the query as one line over TCP port 43, the answer until the end of the stream.
    Whois,
}

/// One exchange to perform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// How.
    pub transport: Transport,
    /// `GET`, `POST`, …; `QUERY` for WHOIS.
    pub method: String,
    /// Absolute; `whois://host:43` for WHOIS.
    pub url: String,
    /// Lower-case names, in the order they are sent.
    pub headers: Vec<(String, String)>,
    /// What is sent.
    pub body: Body,
    /// How long to wait for the whole answer.
    pub timeout_ms: u64,
    /// A longer answer is cut off and is an error.
    pub response_bytes_max: u64,
}

impl Request {
    /// The same request always gives the same bytes: a replay compares them.
    pub fn canonical_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// What a request carries.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Body {
    /// Nothing.
    #[default]
    None,
    /// These bytes.
    Bytes {
        /// The `content-type` header.
        content_type: String,
        /// Text where it is UTF-8, base64 otherwise, in JSON.
        #[serde(with = "readable_bytes")]
        data: Vec<u8>,
    },
    /// `multipart/form-data`; whoever sends it chooses the boundary.
    Multipart {
        /// In order.
        parts: Vec<Part>,
    },
    /// The bytes of a stored file.
    Blob {
        /// The `content-type` header.
        content_type: String,
        /// Which file.
        hash: BlobHash,
    },
}

/// One part of a multipart body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The form field.
    pub name: String,
    /// The file name, for files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// The part's `content-type`, if it says one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// What it holds.
    pub content: PartContent,
}

/// The content of a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartContent {
    /// These bytes.
    Bytes(#[serde(with = "readable_bytes")] Vec<u8>),
    /// The bytes of a stored file.
    Blob(BlobHash),
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status; 200 for a WHOIS answer.
    pub status: u16,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
    /// The body, decompressed.
    pub body: Arc<[u8]>,
}

impl Response {
    /// A response without headers.
    pub fn new(status: u16, body: impl Into<Arc<[u8]>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
        }
    }
    /// The first header of that lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Bytes in JSON: a string where they are UTF-8, `{"base64": …}` where they are not.
mod readable_bytes {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Readable<'a> {
        Text(std::borrow::Cow<'a, str>),
        Binary { base64: String },
    }

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Readable::Text(text.into()),
            Err(_) => Readable::Binary {
                base64: STANDARD.encode(bytes),
            },
        }
        .serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        match Readable::deserialize(deserializer)? {
            Readable::Text(text) => Ok(text.into_owned().into_bytes()),
            Readable::Binary { base64 } => STANDARD.decode(base64).map_err(de::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_survives_json_with_text_and_with_binary_bodies() {
        for data in [b"{\"a\":1}".to_vec(), vec![0xff, 0, 1]] {
            let request = Request {
                transport: Transport::Http,
                method: "POST".into(),
                url: "https://api.example/x".into(),
                headers: vec![("accept".into(), "application/json".into())],
                body: Body::Bytes {
                    content_type: "application/json".into(),
                    data,
                },
                timeout_ms: 1,
                response_bytes_max: 2,
            };
            let back: Request = serde_json::from_slice(&request.canonical_bytes()).unwrap();
            assert_eq!(back, request);
        }
    }
}
