//! The headers of one mail, as fields for templates.

use mail_parser::{Address, HeaderName, HeaderValue, Host, Message};
use serde_json::{Map, Value, json};
use updraft_model::Timestamp;

use crate::limits::HOPS_MAX;

/// Most addresses of one header that are listed.
const ADDRESSES_MAX: usize = 200;
/// Longest header value that is kept, in bytes.
const HEADER_BYTES_MAX: usize = 4 * 1024;

/// Headers that only mails have.
pub(super) fn is_mail_header(name: &str) -> bool {
    const NAMES: [&str; 17] = [
        "from",
        "to",
        "subject",
        "date",
        "message-id",
        "received",
        "return-path",
        "mime-version",
        "delivered-to",
        "reply-to",
        "cc",
        "bcc",
        "sender",
        "content-type",
        "dkim-signature",
        "authentication-results",
        "x-mailer",
    ];
    NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// What the headers say.
pub(super) struct Headers {
    /// The fields.
    pub fields: Map<String, Value>,
    /// When it was written.
    pub date: Option<Timestamp>,
    /// Who is behind it.
    pub senders: Vec<String>,
    /// Whom it is for.
    pub recipients: Vec<String>,
    /// Who handed it on.
    pub hop_ips: Vec<String>,
}

/// Reads the headers of a message.
pub(super) fn read(message: &Message<'_>) -> Headers {
    let mut fields = Map::new();
    let mut senders = Vec::new();
    let mut recipients = Vec::new();
    let lists = [
        ("from", message.from(), true),
        ("sender", message.sender(), true),
        ("reply_to", message.reply_to(), true),
        ("to", message.to(), false),
        ("cc", message.cc(), false),
    ];
    for (name, address, is_sender) in lists {
        let list = addresses(address);
        let found = list
            .iter()
            .filter_map(|entry| entry.get("address")?.as_str());
        match is_sender {
            true => senders.extend(found.map(str::to_owned)),
            false => recipients.extend(found.map(str::to_owned)),
        }
        fields.insert(name.into(), list.into());
    }
    let return_path = message.return_path().as_text().unwrap_or_default();
    let return_path = return_path.trim_matches(['<', '>', ' ']);
    fields.insert("return_path".into(), return_path.into());
    if return_path.contains('@') {
        senders.push(return_path.to_owned());
    }
    fields.insert(
        "subject".into(),
        message.subject().unwrap_or_default().into(),
    );
    fields.insert(
        "message_id".into(),
        message.message_id().unwrap_or_default().into(),
    );
    let date = date(message);
    fields.insert(
        "date".into(),
        date.map_or(Value::Null, |date| date.to_string().into()),
    );
    let (hops, hop_ips) = hops(message);
    fields.insert("hops".into(), hops.into());
    fields.insert("auth".into(), authentication(message));
    for (field, header) in [
        ("mailer", "X-Mailer"),
        ("originating_ip", "X-Originating-IP"),
        ("delivered_to", "Delivered-To"),
    ] {
        if let Some(value) = raw(message, header) {
            fields.insert(field.into(), value.into());
        }
    }
    Headers {
        fields,
        date,
        senders,
        recipients,
        hop_ips,
    }
}

fn addresses(address: Option<&Address<'_>>) -> Vec<Value> {
    let entries = address.map(Address::iter).into_iter().flatten();
    entries
        .filter(|entry| entry.address.is_some() || entry.name.is_some())
        .take(ADDRESSES_MAX)
        .map(|entry| {
            json!({
                "name": entry.name.as_deref().unwrap_or_default(),
                "address": entry.address.as_deref().unwrap_or_default(),
            })
        })
        .collect()
}

fn date(message: &Message<'_>) -> Option<Timestamp> {
    let written = message.date().filter(|date| date.is_valid())?;
    Some(Timestamp::from_millis(
        written.to_timestamp().saturating_mul(1_000),
    ))
}

/// The way it came, latest hop first, as the header lines stand.
fn hops(message: &Message<'_>) -> (Vec<Value>, Vec<String>) {
    let mut ips = Vec::new();
    let lines = message.header_values(HeaderName::Received);
    let hops = lines
        .take(HOPS_MAX)
        .map(|value| {
            let HeaderValue::Received(hop) = value else {
                return json!({});
            };
            let ip = hop.from_ip().or_else(|| match hop.from() {
                Some(Host::IpAddr(ip)) => Some(*ip),
                _ => None,
            });
            ips.extend(ip.map(|ip| ip.to_string()));
            let host = |host: Option<&Host<'_>>| match host {
                Some(Host::Name(name)) => Value::String(name.to_string()),
                Some(Host::IpAddr(ip)) => Value::String(ip.to_string()),
                None => Value::Null,
            };
            let at = hop
                .date()
                .filter(|date| date.is_valid())
                .map(|date| date.to_rfc3339());
            json!({
                "from": host(hop.from()),
                "ip": ip.map(|ip| ip.to_string()),
                "by": host(hop.by()),
                "at": at,
            })
        })
        .collect();
    (hops, ips)
}

/// What the receiving server said about SPF, DKIM and DMARC: the first word for each.
fn authentication(message: &Message<'_>) -> Value {
    let mut found = Map::new();
    let results = raw(message, "Authentication-Results")
        .or_else(|| raw(message, "ARC-Authentication-Results"))
        .unwrap_or_default();
    for method in ["spf", "dkim", "dmarc", "compauth"] {
        if let Some(word) = method_result(&results, method) {
            found.insert(method.into(), word.into());
        }
    }
    if !found.contains_key("spf")
        && let Some(line) = raw(message, "Received-SPF")
        && let Some(word) = line.split_whitespace().next()
    {
        found.insert("spf".into(), word.to_ascii_lowercase().into());
    }
    Value::Object(found)
}

fn method_result(results: &str, method: &str) -> Option<String> {
    let lower = results.to_ascii_lowercase();
    let mut pieces = lower.split([';', ' ', '\t', '\r', '\n']);
    let found = pieces.find_map(|piece| piece.strip_prefix(method)?.strip_prefix('='))?;
    let word: String = found
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .take(16)
        .collect();
    (!word.is_empty()).then_some(word)
}

/// The text of the first header of a name, unfolded.
fn raw(message: &Message<'_>, name: &str) -> Option<String> {
    let (_, value) = message
        .headers_raw()
        .find(|(found, _)| found.eq_ignore_ascii_case(name))?;
    let mut text = value.split_whitespace().collect::<Vec<_>>().join(" ");
    crate::text::cut(&mut text, HEADER_BYTES_MAX);
    Some(text).filter(|text| !text.is_empty())
}
