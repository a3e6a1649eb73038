//! Mail: headers, what a reader sees, where links lead, and what is attached.
//!
//! The tree of parts is walked here, part by part, with a bound on depth and count, because a mail can
//! hold mails and a hostile one holds a hundred thousand of them. `mail-parser` reads the headers of one
//! part at a time and brings the charsets. Mails inside a mail (a reported phishing mail, forwarded as an
//! attachment) are read like the outer one and listed under `messages`.

mod decode;
mod headers;
mod walk;

use serde_json::{Map, Value, json};
use updraft_model::{BlobHash, Timestamp};

use crate::html::Link;
use crate::limits::MAIL_TEXT_BYTES_MAX;

/// A file that came with a mail, or alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The name it was given; never used as a path.
    pub name: String,
    /// What it is said to be, lower case.
    pub content_type: String,
    /// Its decoded bytes.
    pub bytes: Vec<u8>,
    /// Their SHA-256.
    pub sha256: BlobHash,
    /// True for pictures that are part of the text.
    pub inline: bool,
}

/// What was understood of a mail.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mail {
    /// Headers and lists, for templates: `from`, `to`, `subject`, `links`, `attachments`, `messages`, …
    pub fields: Map<String, Value>,
    /// The `Date` header.
    pub date: Option<Timestamp>,
    /// Addresses of senders, outer mail first; those that recipients see and those they answer to.
    pub senders: Vec<String>,
    /// Addresses of recipients: people to protect, not observables.
    pub recipients: Vec<String>,
    /// Addresses of the machines that handed the mail on, latest first.
    pub hop_ips: Vec<String>,
    /// Everything worth searching: subject, text, visible HTML.
    pub texts: Vec<String>,
    /// Links in HTML.
    pub links: Vec<Link>,
    /// Files, those of nested mails included.
    pub attachments: Vec<Attachment>,
    /// What could not be understood.
    pub diagnostics: Vec<String>,
}

/// True when the bytes begin as a mail does: header lines, at least two of which only mails have.
pub fn looks_like_mail(text: &str) -> bool {
    let mut known = 0;
    for (number, line) in text.trim_start().lines().take(200).enumerate() {
        if line.is_empty() {
            break;
        }
        let folded = line.starts_with([' ', '\t']);
        if folded || (number == 0 && line.starts_with("From ")) {
            continue;
        }
        let Some((name, _)) = line.split_once(':') else {
            return false;
        };
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_graphic()) {
            return false;
        }
        known += u32::from(headers::is_mail_header(name));
    }
    known >= 2
}

/// Reads a mail. Whatever the bytes are, something comes back.
pub fn read(bytes: &[u8]) -> Mail {
    let mut mail = Mail::default();
    walk::walk(bytes, &mut mail);
    let attachments: Vec<Value> = mail
        .attachments
        .iter()
        .map(|file| {
            json!({
                "name": file.name,
                "content_type": file.content_type,
                "bytes": file.bytes.len(),
                "sha256": file.sha256.to_string(),
                "inline": file.inline,
            })
        })
        .collect();
    let links: Vec<Value> = mail
        .links
        .iter()
        .map(|link| json!({"href": link.href, "text": link.text, "tag": link.tag}))
        .collect();
    let mut text = mail.texts.get(1..).unwrap_or_default().join("\n\n");
    if crate::text::cut(&mut text, MAIL_TEXT_BYTES_MAX) {
        mail.diagnostics.push(format!(
            "the text field was cut after {MAIL_TEXT_BYTES_MAX} bytes; all of it was searched"
        ));
    }
    mail.fields.insert("text".into(), text.into());
    mail.fields.insert("links".into(), links.into());
    mail.fields.insert("attachments".into(), attachments.into());
    mail
}
