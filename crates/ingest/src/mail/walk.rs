//! The tree of parts, walked with bounds on depth and count.

use mail_parser::{Message, MessageParser, MimeHeaders};
use serde_json::Value;
use updraft_model::BlobHash;

use super::{Attachment, Mail, decode, headers};
use crate::html;
use crate::limits::{ATTACHMENTS_MAX, LINKS_MAX, MAIL_DEPTH_MAX, MAIL_PARTS_MAX};

/// Deepest nesting of parts of all kinds: each mail on the way may wrap its text in three multiparts.
const PARTS_DEPTH_MAX: usize = 4 * MAIL_DEPTH_MAX;
/// Largest text attachment that is searched, bytes.
const SEARCHED_BYTES_MAX: usize = 1024 * 1024;
/// Longest attachment name, bytes.
const NAME_BYTES_MAX: usize = 255;
/// Longest boundary line RFC 2046 allows, and what broken senders make of it.
const BOUNDARY_BYTES_MAX: usize = 200;

struct Walk<'m> {
    mail: &'m mut Mail,
    parts: usize,
    nested: Vec<Value>,
}

/// One part's place in the tree.
#[derive(Clone, Copy)]
struct Level {
    /// Parts above this one.
    parts: usize,
    /// Mails above this one.
    mails: usize,
    /// Inside a `multipart/digest` a part without a type is a mail.
    in_digest: bool,
}

/// Reads the whole tree into `mail`.
pub(super) fn walk(bytes: &[u8], mail: &mut Mail) {
    let mut walk = Walk {
        mail,
        parts: 0,
        nested: Vec::new(),
    };
    walk.message(
        without_preamble(bytes),
        Level {
            parts: 0,
            mails: 0,
            in_digest: false,
        },
    );
    let nested = walk.nested;
    mail.fields.insert("messages".into(), nested.into());
}

/// Skips a byte order mark, blank lines and the `From ` line of a mailbox file.
fn without_preamble(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let bytes = bytes.trim_ascii_start();
    if bytes.starts_with(b"From ") || bytes.starts_with(b">From ") {
        let line = bytes
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(bytes.len(), |at| at + 1);
        return bytes.get(line..).unwrap_or_default();
    }
    bytes
}

impl Walk<'_> {
    fn note(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.mail.diagnostics.contains(&text) {
            self.mail.diagnostics.push(text);
        }
    }

    /// A mail: its headers are taken down, then its body is a part like any other.
    fn message(&mut self, bytes: &[u8], level: Level) {
        let (head, body) = split_head(bytes);
        let parsed = MessageParser::default().parse_headers(head);
        let Some(message) = parsed else {
            if level.mails == 0 {
                self.note("there are no mail headers; the bytes were read as text");
                self.mail.texts.push(String::new());
            }
            let (text, _) = crate::text::decode(bytes);
            self.mail.texts.push(text.into_owned());
            return;
        };
        let read = headers::read(&message);
        self.mail
            .texts
            .push(message.subject().unwrap_or_default().to_owned());
        for sender in read.senders {
            if !self.mail.senders.contains(&sender) {
                self.mail.senders.push(sender);
            }
        }
        self.mail.recipients.extend(read.recipients);
        self.mail.hop_ips.extend(read.hop_ips);
        if level.mails == 0 {
            self.mail.fields = read.fields;
            self.mail.date = read.date;
        } else {
            self.nested.push(Value::Object(read.fields));
        }
        self.part(
            &message,
            body,
            Level {
                in_digest: false,
                ..level
            },
        );
    }

    fn part(&mut self, head: &Message<'_>, body: &[u8], level: Level) {
        self.parts += 1;
        if self.parts > MAIL_PARTS_MAX {
            self.note(format!("only the first {MAIL_PARTS_MAX} parts were read"));
            return;
        }
        let content_type = head.content_type();
        let kind = content_type
            .map_or("", |found| found.ctype())
            .to_ascii_lowercase();
        let subtype = content_type
            .and_then(|found| found.subtype())
            .unwrap_or_default();
        let subtype = subtype.to_ascii_lowercase();
        let boundary = content_type.and_then(|found| found.attribute("boundary"));
        let is_mail = match kind.as_str() {
            "message" => matches!(subtype.as_str(), "rfc822" | "global"),
            kind => kind.is_empty() && level.in_digest,
        };
        if kind == "multipart"
            && let Some(boundary) = boundary
            && self.multipart(boundary, body, subtype == "digest", level)
        {
            return;
        }
        let encoding = head.content_transfer_encoding().unwrap_or_default();
        let (decoded, sound) = decode::body(body, encoding.trim());
        if !sound {
            self.note("a part's base64 is malformed; what could be decoded was kept");
        }
        if is_mail && level.mails < MAIL_DEPTH_MAX && level.parts < PARTS_DEPTH_MAX {
            let level = Level {
                parts: level.parts + 1,
                mails: level.mails + 1,
                in_digest: false,
            };
            self.message(without_preamble(&decoded), level);
            return;
        }
        if is_mail {
            self.note(format!(
                "mails nested more than {MAIL_DEPTH_MAX} deep were kept as files"
            ));
        }
        self.leaf(head, &kind, &subtype, &decoded);
    }

    /// False when the boundary never occurs: then it is no multipart.
    fn multipart(&mut self, boundary: &str, body: &[u8], digest: bool, level: Level) -> bool {
        let parts = split_parts(body, boundary);
        if parts.is_empty() {
            return false;
        }
        if level.parts >= PARTS_DEPTH_MAX {
            self.note(format!(
                "parts nested more than {PARTS_DEPTH_MAX} deep were left out"
            ));
            return true;
        }
        for part in parts {
            if self.parts > MAIL_PARTS_MAX {
                break;
            }
            let (head, body) = split_head(part);
            let level = Level {
                parts: level.parts + 1,
                in_digest: digest,
                ..level
            };
            let parser = MessageParser::default();
            // A part may have no headers at all; the parser knows no such message.
            let parsed = parser
                .parse_headers(head)
                .or_else(|| parser.parse_headers(&b"X-Part: 0\n\n"[..]));
            if let Some(head) = parsed {
                self.part(&head, body, level);
            }
        }
        true
    }

    /// A part that holds no others: text to read, or a file.
    fn leaf(&mut self, head: &Message<'_>, kind: &str, subtype: &str, decoded: &[u8]) {
        let name = head.attachment_name();
        let disposition = head.content_disposition();
        let attached = disposition.is_some_and(|found| found.is_attachment());
        // Texts without a name are part of what is said, bounce reports (`message/delivery-status`) too.
        let is_text = matches!(kind, "" | "text" | "multipart" | "message");
        let is_body = is_text && !attached && name.is_none();
        if is_text && (is_body || decoded.len() <= SEARCHED_BYTES_MAX) {
            let charset = head
                .content_type()
                .and_then(|found| found.attribute("charset"));
            let text = decode::text(decoded, charset);
            self.search(text, subtype == "html");
        }
        if is_body {
            return;
        }
        if self.mail.attachments.len() >= ATTACHMENTS_MAX {
            self.note(format!(
                "only the first {ATTACHMENTS_MAX} attachments were kept"
            ));
            return;
        }
        let mut name = crate::text::one_line(name.unwrap_or_default(), NAME_BYTES_MAX);
        if name.is_empty() {
            name = format!("part-{}", self.parts);
        }
        let pictured = kind == "image" && !attached;
        let content_type = match (kind, subtype) {
            ("", _) => "text/plain".to_owned(),
            (kind, "") => kind.to_owned(),
            (kind, subtype) => format!("{kind}/{subtype}"),
        };
        let sha256 = BlobHash::of(decoded);
        let file = Attachment {
            name,
            content_type,
            bytes: decoded.to_vec(),
            sha256,
            inline: pictured,
        };
        self.mail.attachments.push(file);
    }

    fn search(&mut self, text: String, is_html: bool) {
        if !is_html {
            self.mail.texts.push(text);
            return;
        }
        let page = html::read(&text);
        self.mail.texts.push(page.text);
        let room = LINKS_MAX.saturating_sub(self.mail.links.len());
        if page.links.len() > room || page.links.len() == LINKS_MAX {
            self.note(format!("only the first {LINKS_MAX} links were listed"));
        }
        self.mail.links.extend(page.links.into_iter().take(room));
    }
}

/// The header lines, with the empty line that ends them, and the rest.
fn split_head(bytes: &[u8]) -> (&[u8], &[u8]) {
    let mut at = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        at += line.len();
        if matches!(line, b"\n" | b"\r\n") {
            return bytes.split_at(at);
        }
    }
    (bytes, &[])
}

/// The parts between the boundary lines; empty when there is none.
fn split_parts<'b>(body: &'b [u8], boundary: &str) -> Vec<&'b [u8]> {
    if boundary.is_empty() || boundary.len() > BOUNDARY_BYTES_MAX {
        return Vec::new();
    }
    let mut parts = Vec::new();
    let mut start = None;
    let mut at = 0;
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let line_start = at;
        at += line.len();
        let after = line
            .strip_prefix(b"--")
            .and_then(|l| l.strip_prefix(boundary.as_bytes()));
        let Some(after) = after.map(|after| after.trim_ascii()) else {
            continue;
        };
        if !(after.is_empty() || after == b"--") {
            continue;
        }
        if let Some(start) = start {
            parts.push(without_last_newline(
                body.get(start..line_start).unwrap_or_default(),
            ));
        }
        start = Some(at);
        if after == b"--" {
            return parts;
        }
        if parts.len() > MAIL_PARTS_MAX {
            return parts;
        }
    }
    if let Some(start) = start {
        parts.push(body.get(start..).unwrap_or_default());
    }
    parts
}

/// The line break before a boundary belongs to the boundary.
fn without_last_newline(part: &[u8]) -> &[u8] {
    let part = part.strip_suffix(b"\n").unwrap_or(part);
    part.strip_suffix(b"\r").unwrap_or(part)
}

#[cfg(test)]
mod tests {
    use crate::mail::read;

    #[test]
    fn a_forwarded_mail_is_read_like_the_outer_one() {
        let mail = read(
            b"From: Ana <ana@corp.example>\r\nTo: soc@corp.example\r\nSubject: FW: =?utf-8?q?caf=C3=A9?=\r\n\
              Date: Sat, 21 Nov 2026 08:30:00 +0100\r\nMIME-Version: 1.0\r\n\
              Content-Type: multipart/mixed; boundary=b1\r\n\r\n\
              --b1\r\n\r\nplease check\r\n--b1\r\nContent-Type: message/rfc822\r\n\r\n\
              From: bad@evil.example\r\nReply-To: other@evil.example\r\nSubject: Invoice\r\n\
              Received: from x (x [203.0.113.9]) by mx.corp.example; Sat, 21 Nov 2026 07:00:00 +0000\r\n\
              Content-Type: multipart/mixed; boundary=b2\r\n\r\n\
              --b2\r\nContent-Type: text/html\r\n\r\n<a href='http://evil.example/x'>bank</a>\r\n\
              --b2\r\nContent-Type: application/zip; name=inv.zip\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--b2--\r\n--b1--\r\n",
        );
        assert_eq!(mail.fields["subject"], "FW: café");
        assert_eq!(mail.fields["messages"][0]["subject"], "Invoice");
        assert_eq!(mail.date.unwrap().to_string(), "2026-11-21T07:30:00.000Z");
        assert_eq!(
            mail.senders,
            ["ana@corp.example", "bad@evil.example", "other@evil.example"]
        );
        assert_eq!(mail.hop_ips, ["203.0.113.9"]);
        assert_eq!(mail.attachments.len(), 1);
        assert_eq!(
            (
                mail.attachments[0].name.as_str(),
                mail.attachments[0].bytes.as_slice()
            ),
            ("inv.zip", &b"hello"[..])
        );
        assert_eq!(mail.links.len(), 1);
    }

    #[test]
    fn a_hundred_thousand_nested_mails_are_cut_off() {
        let deep = "Subject: a\nContent-Type: message/rfc822\n\n".repeat(100_000);
        let mail = read(deep.as_bytes());
        assert!(
            mail.diagnostics.iter().any(|note| note.contains("nested")),
            "{:?}",
            mail.diagnostics
        );
        let mut wide = String::from("Subject: a\n");
        for depth in 0..20_000 {
            wide += &format!("Content-Type: multipart/mixed; boundary=b{depth}\n\n--b{depth}\n");
        }
        assert!(!read(wide.as_bytes()).diagnostics.is_empty());
    }

    #[test]
    fn a_multipart_without_its_boundary_is_text() {
        let mail =
            read(b"Subject: a\nContent-Type: multipart/mixed; boundary=x\n\nhttp://evil.example/");
        assert_eq!(mail.texts, ["a", "http://evil.example/"]);
    }
}
