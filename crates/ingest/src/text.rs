//! Text as it comes from outside, made fit to be stored and shown.

use std::borrow::Cow;

use serde_json::Value;

/// Cuts at a character boundary so that at most `bytes_max` bytes are left. True if anything was cut.
pub fn cut(text: &mut String, bytes_max: usize) -> bool {
    if text.len() <= bytes_max {
        return false;
    }
    let mut end = bytes_max;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    true
}

/// Decodes bytes: UTF-8, or UTF-16 with a byte order mark; what is no text becomes U+FFFD. The second value is
/// false when something had to be replaced.
pub fn decode(bytes: &[u8]) -> (Cow<'_, str>, bool) {
    let utf16 = |bytes: &[u8], read: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|pair| match pair {
            [a, b] => read([*a, *b]),
            _ => 0xfffd,
        });
        let text: String = char::decode_utf16(units)
            .map(|unit| unit.unwrap_or('\u{fffd}'))
            .collect();
        let clean = !text.contains('\u{fffd}') && bytes.len().is_multiple_of(2);
        (Cow::Owned(text), clean)
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => {
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
            match std::str::from_utf8(bytes) {
                Ok(text) => (Cow::Borrowed(text), true),
                Err(_) => (String::from_utf8_lossy(bytes), false),
            }
        }
    }
}

/// One line for people: white space collapsed; control characters and marks that reverse or hide text
/// left out; cut with an ellipsis after `chars_max` characters.
pub fn one_line(text: &str, chars_max: usize) -> String {
    let mut out = String::new();
    let mut count = 0;
    let mut blank = false;
    for c in text.chars() {
        if c.is_whitespace() {
            blank = !out.is_empty();
            continue;
        }
        if c.is_control() || is_hidden(c) {
            continue;
        }
        if count + usize::from(blank) >= chars_max {
            out.push('…');
            return out;
        }
        if blank {
            out.push(' ');
            count += 1;
            blank = false;
        }
        out.push(c);
        count += 1;
    }
    out
}

/// Marks that change the order of text or are not seen at all.
fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    )
}

/// NUL cannot be stored in every database: it becomes U+FFFD. Keys too.
pub fn without_nul(value: &mut Value) {
    match value {
        Value::String(text) if text.contains('\0') => *text = text.replace('\0', "\u{fffd}"),
        Value::Array(list) => list.iter_mut().for_each(without_nul),
        Value::Object(object) => {
            if object.keys().any(|key| key.contains('\0')) {
                let entries = std::mem::take(object).into_iter();
                *object = entries
                    .map(|(key, v)| (key.replace('\0', "\u{fffd}"), v))
                    .collect();
            }
            object.values_mut().for_each(without_nul);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_cannot_play_tricks() {
        assert_eq!(
            one_line("a\0b\u{1b}[31mred\u{202e}evil\r\n  x ", 80),
            "ab[31mredevil x"
        );
        assert_eq!(one_line("abcdef", 3), "abc…");
        assert_eq!(one_line(" \t ", 3), "");
    }

    #[test]
    fn utf_16_with_a_mark_is_text() {
        assert_eq!(decode(b"\xff\xfea\0b\0"), ("ab".into(), true));
        assert_eq!(decode(b"\xef\xbb\xbfab"), ("ab".into(), true));
        assert!(!decode(b"a\xff").1);
    }
}
