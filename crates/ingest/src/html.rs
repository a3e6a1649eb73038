//! What a mail's HTML shows and where it leads: visible text and links, in one pass.
//!
//! This is no renderer: tags are stripped, scripts, styles and comments are left out, entities are
//! decoded, and every `href`, `src`, `action` and `background` is collected, for `<a>` together with
//! the words that a reader clicks on. Linear in the input, whatever is in it.

use crate::limits::LINKS_MAX;

/// A place that the HTML leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The address as written, entities decoded.
    pub href: String,
    /// The clickable words; empty for images and forms.
    pub text: String,
    /// The tag's name.
    pub tag: String,
}

/// The result of [`read`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// What a reader sees.
    pub text: String,
    /// Where it leads, in order of appearance.
    pub links: Vec<Link>,
}

/// Longest clickable text that is kept, in bytes.
const LINK_TEXT_BYTES_MAX: usize = 512;
/// Longest address that is kept, in bytes.
const HREF_BYTES_MAX: usize = 8 * 1024;

/// Reads HTML.
pub fn read(html: &str) -> Page {
    let mut page = Page::default();
    let mut open: Option<(usize, usize)> = None; // the open <a>: its index among the links, where its text begins
    let mut rest = html;
    // Once a closing mark is missing, it is missing for all that follow: ask only once.
    let mut no_comment_end = false;
    while let Some(at) = rest.find('<') {
        let (text, from_tag) = rest.split_at(at);
        push_text(&mut page.text, text);
        if from_tag.starts_with("<!--") && !no_comment_end {
            match from_tag.find("-->") {
                Some(end) => {
                    rest = from_tag.get(end + 3..).unwrap_or_default();
                    continue;
                }
                None => no_comment_end = true,
            }
        }
        let Some(end) = tag_end(from_tag) else {
            rest = "";
            break;
        };
        let tag = from_tag.get(1..end).unwrap_or_default();
        rest = from_tag.get(end + 1..).unwrap_or_default();
        let closing = tag.starts_with('/');
        let name_of = tag.trim_start_matches('/');
        let name_end = name_of
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(name_of.len());
        let name = name_of
            .get(..name_end.min(16))
            .unwrap_or_default()
            .to_ascii_lowercase();
        if name == "a"
            && let Some((index, start)) = open.take()
        {
            close(&mut page, index, start);
        }
        if !closing {
            let attributes = name_of.get(name_end..).unwrap_or_default();
            if let Some(href) = leads_to(attributes)
                && page.links.len() < LINKS_MAX
            {
                if name == "a" {
                    open = Some((page.links.len(), page.text.len()));
                }
                page.links.push(Link {
                    href,
                    text: String::new(),
                    tag: name.clone(),
                });
            }
            if matches!(name.as_str(), "script" | "style") {
                rest = after_closing(rest, &name);
            }
        }
        if is_block(&name) && !page.text.ends_with(['\n', ' ']) {
            page.text.push('\n');
        }
    }
    push_text(&mut page.text, rest);
    if let Some((index, start)) = open {
        close(&mut page, index, start);
    }
    page
}

fn close(page: &mut Page, index: usize, start: usize) {
    let words: Vec<&str> = page
        .text
        .get(start..)
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let mut text = words.join(" ");
    crate::text::cut(&mut text, LINK_TEXT_BYTES_MAX);
    if let Some(link) = page.links.get_mut(index) {
        link.text = text;
    }
}

/// The `>` that ends the tag, quoted attribute values respected if their quotes are closed.
fn tag_end(tag: &str) -> Option<usize> {
    let bytes = tag.as_bytes();
    let mut quote = None;
    for (at, byte) in bytes.iter().enumerate().take(4 * HREF_BYTES_MAX) {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') if bytes.get(at.wrapping_sub(1)) == Some(&b'=') => {
                quote = Some(*byte);
            }
            (Some(open), close) if open == *close => quote = None,
            _ => {}
        }
    }
    bytes
        .iter()
        .take(4 * HREF_BYTES_MAX)
        .position(|byte| *byte == b'>')
}

fn after_closing<'a>(rest: &'a str, name: &str) -> &'a str {
    let mut from = 0;
    while let Some(at) = rest.get(from..).and_then(|tail| tail.find("</")) {
        let start = from + at + 2;
        let found = rest.get(start..start + name.len());
        if found.is_some_and(|found| found.eq_ignore_ascii_case(name)) {
            return rest.get(start - 2..).unwrap_or_default();
        }
        from = start;
    }
    ""
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "br" | "p"
            | "div"
            | "tr"
            | "td"
            | "th"
            | "li"
            | "ul"
            | "ol"
            | "table"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "hr"
            | "title"
            | "body"
            | "blockquote"
    )
}

/// The address among a tag's attributes.
fn leads_to(attributes: &str) -> Option<String> {
    let mut rest = attributes;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        let name_end = rest.find(|c: char| c.is_ascii_whitespace() || c == '=')?;
        let name = rest.get(..name_end)?;
        let after = rest.get(name_end..)?.trim_start();
        let Some(value) = after.strip_prefix('=') else {
            rest = after;
            continue;
        };
        let value = value.trim_start();
        let (value, after) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                let inner = value.get(1..)?;
                inner.split_once(quote).unwrap_or((inner, ""))
            }
            _ => {
                let end = value
                    .find(|c: char| c.is_ascii_whitespace())
                    .unwrap_or(value.len());
                value.split_at(end)
            }
        };
        let wanted = ["href", "src", "action", "background", "formaction"];
        if wanted
            .iter()
            .any(|wanted| name.eq_ignore_ascii_case(wanted))
        {
            let mut href = String::new();
            decode_entities(&mut href, value.trim());
            crate::text::cut(&mut href, HREF_BYTES_MAX);
            return Some(href).filter(|href| !href.is_empty());
        }
        rest = after;
    }
}

/// Appends text with white space collapsed and entities decoded.
fn push_text(out: &mut String, text: &str) {
    if text.is_empty() {
        return;
    }
    let mut decoded = String::new();
    decode_entities(&mut decoded, text);
    for c in decoded.chars() {
        match c {
            // Zero-width characters hide words from filters; a reader does not see them either.
            '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => {}
            c if c.is_whitespace() => {
                if !out.ends_with([' ', '\n']) {
                    out.push(' ');
                }
            }
            c => out.push(c),
        }
    }
}

fn decode_entities(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        match entity(from) {
            Some((c, used)) => {
                out.push(c);
                rest = from.get(used..).unwrap_or_default();
            }
            None => {
                out.push('&');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
}

fn entity(text: &str) -> Option<(char, usize)> {
    let bytes = text.as_bytes();
    let end = bytes.iter().take(12).position(|byte| *byte == b';')?;
    let name = text.get(1..end)?;
    let c = match name.strip_prefix('#') {
        Some(number) => {
            let hex = number.strip_prefix(['x', 'X']);
            let code = match hex {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)?
        }
        None => match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            "nbsp" => ' ',
            "period" => '.',
            "colon" => ':',
            "sol" => '/',
            "commat" => '@',
            "shy" | "zwnj" | "zwj" => '\u{200b}',
            _ => return None,
        },
    };
    Some((c, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_says_one_thing_and_leads_to_another() {
        let page = read(
            r#"<p>Dear&nbsp;you,<br>click <a class=x HREF="http://evil.example/a?b=1&amp;c=2"><b>https://bank.example</b></a>!
            <img src='//cdn.example/p.png'><script>var x = "<a href='http://no.example'>";</script><!-- <a href=x> -->"#,
        );
        assert_eq!(page.text.trim(), "Dear you,\nclick https://bank.example!");
        let links: Vec<_> = page
            .links
            .iter()
            .map(|l| (l.href.as_str(), l.text.as_str()))
            .collect();
        assert_eq!(
            links,
            [
                ("http://evil.example/a?b=1&c=2", "https://bank.example"),
                ("//cdn.example/p.png", ""),
            ]
        );
    }

    #[test]
    fn broken_html_is_read_as_far_as_it_goes() {
        for html in [
            "<",
            "<a href=\"x",
            "<a href=\"x>y</a>",
            "a<!--b",
            "&#xffffffff;&bogus;",
            "<a href=>x",
        ] {
            read(html);
        }
        assert_eq!(read("<a href=\"http://a.example>now</a>").links.len(), 1);
    }
}
