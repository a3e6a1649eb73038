//! Content transfer encodings, decoded leniently: malformed pieces are kept as they are.

use std::borrow::Cow;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;

/// Decodes a body by its `Content-Transfer-Encoding`. False: it was malformed.
pub(super) fn body<'b>(bytes: &'b [u8], encoding: &str) -> (Cow<'b, [u8]>, bool) {
    if encoding.eq_ignore_ascii_case("base64") {
        let (decoded, sound) = base64(bytes);
        return (Cow::Owned(decoded), sound);
    }
    if encoding.eq_ignore_ascii_case("quoted-printable") {
        return (Cow::Owned(quoted_printable(bytes)), true);
    }
    (Cow::Borrowed(bytes), true)
}

fn base64(bytes: &[u8]) -> (Vec<u8>, bool) {
    if let Some(decoded) = base64_decode(bytes) {
        return (decoded, true);
    }
    let digits: Vec<u8> = bytes
        .iter()
        .copied()
        .take_while(|byte| *byte != b'=')
        .filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
        .collect();
    (
        base64_decode(&digits).unwrap_or_else(|| bytes.to_vec()),
        false,
    )
}

fn quoted_printable(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let end = line
            .iter()
            .rposition(|byte| !byte.is_ascii_whitespace())
            .map_or(0, |at| at + 1);
        let (content, ending) = line.split_at(end);
        let (content, soft) = match content.strip_suffix(b"=") {
            Some(content) => (content, true),
            None => (content, false),
        };
        quoted_line(content, &mut out);
        if !soft {
            let newline = ending.iter().filter(|byte| matches!(byte, b'\r' | b'\n'));
            out.extend(newline.copied());
        }
    }
    out
}

fn quoted_line(content: &[u8], out: &mut Vec<u8>) {
    let hex = |byte: Option<&u8>| char::from(*byte?).to_digit(16);
    let mut at = 0;
    while let Some(byte) = content.get(at) {
        match (byte, hex(content.get(at + 1)), hex(content.get(at + 2))) {
            (b'=', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            _ => {
                out.push(*byte);
                at += 1;
            }
        }
    }
}

/// Decodes text by its charset; without a known one as UTF-8, what is no text becoming U+FFFD.
pub(super) fn text(bytes: &[u8], charset: Option<&str>) -> String {
    if let Some(decode) = charset.and_then(|name| charset_decoder(name.as_bytes())) {
        return decode(bytes);
    }
    crate::text::decode(bytes).0.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_encodings_keep_what_they_can() {
        assert_eq!(
            body(b"aGVs\r\nbG8=\r\n", "BASE64"),
            (b"hello"[..].into(), true)
        );
        assert_eq!(body(b"aGVs*bG8", "base64"), (b"hello"[..].into(), false));
        let quoted = b"a=3Db=\r\nc=XZ=\n d  \r\n";
        assert_eq!(*body(quoted, "quoted-printable").0, b"a=bc=XZ d\r\n"[..]);
        assert_eq!(text(b"\xe4", Some("iso-8859-1")), "ä");
    }
}
