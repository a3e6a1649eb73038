//! Text from outside inside our documents: it is shown, it never acts.

/// Text inside HTML elements and quoted attributes.
pub(super) fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars().filter(|c| is_shown(*c)) {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Text inside a Markdown paragraph or table cell; addresses in it are defanged.
pub(super) fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars().filter(|c| is_shown(*c)) {
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    // So that no reader's program makes a link of it.
    out.replace("http://", "hxxp://")
        .replace("https://", "hxxps://")
}

/// A value in Markdown code, which no program turns into a link.
pub(super) fn code(text: &str) -> String {
    let inner: String = text
        .chars()
        .filter(|c| is_shown(*c))
        .map(|c| match c {
            '`' => '\'',
            '\n' | '\r' | '\t' => ' ',
            c => c,
        })
        .collect();
    format!("`{}`", inner.replace('|', "\\|"))
}

/// A link target in Markdown; only of [`is_web_link`].
pub(super) fn target(link: &str) -> String {
    let mut out = String::with_capacity(link.len());
    for c in link.chars().filter(|c| is_shown(*c) && !c.is_whitespace()) {
        match c {
            '(' => out.push_str("%28"),
            ')' => out.push_str("%29"),
            '<' => out.push_str("%3C"),
            '>' => out.push_str("%3E"),
            '|' => out.push_str("%7C"),
            '\\' => out.push_str("%5C"),
            c => out.push(c),
        }
    }
    out
}

/// True for what a person may be sent to.
pub(super) fn is_web_link(link: &str) -> bool {
    let rest = link
        .strip_prefix("https://")
        .or_else(|| link.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty())
        && link.len() <= 2_048
        && !link.contains(char::is_control)
}

/// Control characters and marks that change the order of text are left out.
fn is_shown(c: char) -> bool {
    let hidden = matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    !(hidden || c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}
