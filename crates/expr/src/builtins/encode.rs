//! Encodings: base64, hexadecimal, URL components, and escapes for HTML, Markdown and CSV.

use std::fmt::Write;

use super::args::{Args, owned, text};
use super::{Builtin, builtin};
use crate::eval::Outcome;
use crate::fuel::Fuel;

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

pub(super) const TABLE: [Builtin; 10] = [
    builtin!("base64", "base64(text)", 1..=1, "The text in base64.",
        "'user:pass' | base64" => "\"dXNlcjpwYXNz\"",
        |args, fuel| text(base64(args.shown(0, fuel)?.as_bytes(), STANDARD, true), fuel)),
    builtin!("base64_decode", "base64_decode(text, encoding?)", 1..=2,
        "The text in base64 (either alphabet); encoding is 'utf-8', 'utf-16le' or 'latin-1'.",
        "'aABpAA==' | base64_decode('utf-16le')" => "\"hi\"", base64_decode),
    builtin!("base64url", "base64url(text)", 1..=1,
        "The text in URL-safe base64 without padding.", "'a?>' | base64url" => "\"YT8-\"",
        |args, fuel| text(base64(args.shown(0, fuel)?.as_bytes(), URL_SAFE, false), fuel)),
    builtin!("csv_cell", "csv_cell(value)", 1..=1,
        "One CSV cell: quoted where needed, text that a spreadsheet would run made harmless.",
        "'=1+1, \"x\"' | csv_cell" => "\"\\\"'=1+1, \\\"\\\"x\\\"\\\"\\\"\"", csv_cell),
    builtin!("hex", "hex(text)", 1..=1, "The bytes of the text in hexadecimal.",
        "'AZ' | hex" => "\"415a\"", hex),
    builtin!("hex_decode", "hex_decode(text)", 1..=1, "The text whose bytes these are.",
        "'415A' | hex_decode" => "\"AZ\"", hex_decode),
    builtin!("html_escape", "html_escape(text)", 1..=1, "Safe inside HTML text and attributes.",
        "'<b>\"&' | html_escape" => "\"&lt;b&gt;&quot;&amp;\"", html_escape),
    builtin!("markdown_escape", "markdown_escape(text)", 1..=1,
        "Shown as it is by Markdown, on one line.",
        "'*a* [b](c)' | markdown_escape" => "\"\\\\*a\\\\* \\\\[b\\\\]\\\\(c\\\\)\"",
        markdown_escape),
    builtin!("urldecode", "urldecode(text)", 1..=1,
        "The text a URL component stands for; `+` stays.",
        "'a%20b%2Fc' | urldecode" => "\"a b/c\"", urldecode),
    builtin!("urlencode", "urlencode(text)", 1..=1, "One URL component (RFC 3986).",
        "'a b/c?é' | urlencode" => "\"a%20b%2Fc%3F%C3%A9\"", urlencode),
];

fn base64(bytes: &[u8], alphabet: &[u8; 64], padded: bool) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let word = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let sextet = (word >> (18 - 6 * at)) & 63;
            match alphabet.get(sextet as usize) {
                Some(symbol) if at <= chunk.len() => out.push(char::from(*symbol)),
                _ if padded => out.push('='),
                _ => {}
            }
        }
    }
    out
}

/// Lenient, as evidence is: both alphabets, padding and white space optional.
fn from_base64(source: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(source.len() / 4 * 3 + 3);
    let mut word = 0u32;
    let mut bits = 0u32;
    let symbols = source.trim_end_matches(|c: char| c == '=' || c.is_ascii_whitespace());
    for symbol in symbols.bytes().filter(|b| !b.is_ascii_whitespace()) {
        let sextet = match symbol {
            b'A'..=b'Z' => symbol - b'A',
            b'a'..=b'z' => symbol - b'a' + 26,
            b'0'..=b'9' => symbol - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        word = (word << 6 | u32::from(sextet)) & 0x00ff_ffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((word >> bits & 0xff) as u8);
        }
    }
    // Six left-over bits are a lone symbol, which stands for nothing.
    (bits < 6).then_some(out)
}

fn base64_decode<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let source = args.text(0)?;
    fuel.scan(source.len())?;
    let Some(bytes) = from_base64(source) else {
        return Err(args.refuse("found a character that is not base64, or a cut text"));
    };
    let decoded = match args.text_or(1, "utf-8")? {
        "utf-8" => String::from_utf8(bytes).ok(),
        "latin-1" => Some(bytes.into_iter().map(char::from).collect()),
        "utf-16le" => {
            let pair = |pair: &[u8]| match pair {
                [low, high] => Some(u16::from_le_bytes([*low, *high])),
                _ => None,
            };
            let units: Option<Vec<u16>> = bytes.chunks(2).map(pair).collect();
            units.and_then(|units| String::from_utf16(&units).ok())
        }
        _ => return Err(args.refuse("knows 'utf-8', 'utf-16le' and 'latin-1'")),
    };
    match decoded {
        Some(decoded) => text(decoded, fuel),
        None => {
            let hint = "name the encoding, for example `| base64_decode('utf-16le')`";
            Err(args
                .refuse("decoded bytes that are not text in this encoding")
                .hinted(hint))
        }
    }
}

fn hex<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let source = args.shown(0, fuel)?;
    let mut out = String::with_capacity(source.len() * 2);
    for byte in source.bytes() {
        let _ = write!(out, "{byte:02x}");
    }
    text(out, fuel)
}

fn hex_decode<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let source = args.text(0)?;
    fuel.scan(source.len())?;
    let digit = |b: u8| char::from(b).to_digit(16);
    let bytes: Option<Vec<u8>> = source
        .as_bytes()
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => u8::try_from(digit(*high)? << 4 | digit(*low)?).ok(),
            _ => None,
        })
        .collect();
    match bytes.and_then(|bytes| String::from_utf8(bytes).ok()) {
        Some(decoded) => text(decoded, fuel),
        None => Err(args.refuse("found no hexadecimal text")),
    }
}

fn urlencode<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let source = args.shown(0, fuel)?;
    let mut out = String::with_capacity(source.len());
    for byte in source.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    text(out, fuel)
}

/// Broken escapes stay as they are; bytes that are not UTF-8 become U+FFFD.
fn urldecode<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let source = args.text(0)?.as_bytes();
    fuel.scan(source.len())?;
    let digit = |at: usize| source.get(at).and_then(|b| char::from(*b).to_digit(16));
    let mut out = Vec::with_capacity(source.len());
    let mut at = 0;
    while let Some(byte) = source.get(at) {
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high << 4 | low) as u8);
                at += 3;
            }
            _ => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    text(String::from_utf8_lossy(&out).into_owned(), fuel)
}

fn html_escape<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let source = args.shown(0, fuel)?;
    let mut out = String::with_capacity(source.len());
    for c in source.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    text(out, fuel)
}

fn markdown_escape<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let source = args.shown(0, fuel)?;
    let mut out = String::with_capacity(source.len());
    for c in source.chars() {
        match c {
            '\n' | '\r' => out.push(' '),
            '<' => out.push_str("&lt;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '+' | '-' | '!'
            | '|' | '>' | '~' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    text(out, fuel)
}

fn csv_cell<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let source = args.shown(0, fuel)?;
    let runs = args.value(0).is_string() && source.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let guard = if runs { "'" } else { "" };
    if source.contains([',', '"', '\n', '\r', ';']) {
        return text(format!("\"{guard}{}\"", source.replace('"', "\"\"")), fuel);
    }
    let made = format!("{guard}{source}");
    fuel.bytes(made.len())?;
    owned(made)
}
