//! Sealed values of a run: a call knows them as tokens; their texts are put in when a request is sent.
//!
//! A token is letters and digits only, so it goes through templates, URLs and JSON unchanged, and stands in
//! everything that is recorded. [`Filling`] puts the text in its place in the copy that goes on the wire, spelt
//! as the place needs it: percent-encoded in a URL or a form, escaped in JSON, as it is elsewhere. A token that
//! a connector encodes further (base64, a hash) is not found again and goes out as the token: it opens nothing.

use std::{fmt, sync::Arc};

use updraft_connector::{Body, Part, PartContent, Request};

use crate::scrub::Scrubber;

/// The texts behind the tokens of one call. It cannot be printed.
#[derive(Clone, Default)]
pub struct Filling {
    texts: Arc<[(String, String)]>,
    scrubber: Scrubber,
}

impl fmt::Debug for Filling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Filling({} values)", self.texts.len())
    }
}

impl Filling {
    /// Token and text of each.
    pub fn new(texts: impl IntoIterator<Item = (String, String)>) -> Self {
        let texts: Arc<[(String, String)]> = texts.into_iter().collect();
        let scrubber = Scrubber::new(texts.iter().map(|(_, text)| text.as_str()), []);
        Self { texts, scrubber }
    }
    /// True when there is nothing to put in.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }
    /// Covers the texts in what comes back.
    pub(crate) fn scrubber(&self) -> &Scrubber {
        &self.scrubber
    }
    /// The request as it goes on the wire.
    pub(crate) fn fill(&self, request: &Request) -> Request {
        let mut request = request.clone();
        request.url = self.text(&request.url, form);
        for (_, value) in &mut request.headers {
            *value = self.text(value, str::to_owned);
        }
        match &mut request.body {
            Body::Bytes { content_type, data } => *data = self.bytes(data, spelling(content_type)),
            Body::Multipart { parts } => parts.iter_mut().for_each(|part| self.part(part)),
            Body::None | Body::Blob { .. } => {}
        }
        request
    }

    fn part(&self, part: &mut Part) {
        let spelling = spelling(part.content_type.as_deref().unwrap_or_default());
        if let PartContent::Bytes(data) = &mut part.content {
            *data = self.bytes(data, spelling);
        }
    }

    fn bytes(&self, data: &[u8], spell: fn(&str) -> String) -> Vec<u8> {
        match std::str::from_utf8(data) {
            Ok(text) => self.text(text, spell).into_bytes(),
            // No template makes such bytes, so no token is in them.
            Err(_) => data.to_vec(),
        }
    }

    fn text(&self, text: &str, spell: fn(&str) -> String) -> String {
        let known = self
            .texts
            .iter()
            .filter(|(token, _)| text.contains(token.as_str()));
        known.fold(text.to_owned(), |text, (token, plain)| {
            text.replace(token.as_str(), &spell(plain))
        })
    }
}

/// How a text is written in a body of this type.
fn spelling(content_type: &str) -> fn(&str) -> String {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    if kind.ends_with("json") {
        json
    } else if kind == "application/x-www-form-urlencoded" {
        form
    } else if kind.ends_with("xml") {
        xml
    } else {
        str::to_owned
    }
}

fn form(text: &str) -> String {
    let spelt: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    spelt.replace('+', "%20")
}

fn json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    let inner = quoted
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    inner.unwrap_or_default().to_owned()
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(url: &str, body: Body) -> Request {
        Request {
            transport: updraft_connector::Transport::Http,
            method: "POST".into(),
            url: url.into(),
            headers: vec![("x-pin".into(), "tok1".into())],
            body,
            timeout_ms: 1,
            response_bytes_max: 1,
        }
    }

    #[test]
    fn a_text_is_spelt_as_its_place_needs_it() {
        let filling = Filling::new([("tok1".to_owned(), "a\"&b c".to_owned())]);
        let bytes = |content_type: &str, data: &str| Body::Bytes {
            content_type: content_type.into(),
            data: data.into(),
        };
        for (content_type, data, wanted) in [
            (
                "application/json; charset=utf-8",
                r#"{"a":"tok1"}"#,
                r#"{"a":"a\"&b c"}"#,
            ),
            (
                "application/x-www-form-urlencoded",
                "a=tok1",
                "a=a%22%26b%20c",
            ),
            ("text/xml", "<a>tok1</a>", "<a>a&quot;&amp;b c</a>"),
            ("text/plain", "tok1", "a\"&b c"),
        ] {
            let filled = filling.fill(&request("https://x/?q=tok1", bytes(content_type, data)));
            assert_eq!(filled.url, "https://x/?q=a%22%26b%20c");
            assert_eq!(filled.headers[0].1, "a\"&b c");
            assert_eq!(filled.body, bytes(content_type, wanted));
        }
        assert_eq!(format!("{filling:?}"), "Filling(1 values)");
    }
}
