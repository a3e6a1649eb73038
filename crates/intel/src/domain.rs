//! Domain names: what is one, and its one spelling.
//!
//! A name has at least two labels, a top-level domain of the public suffix list, and its canonical form is
//! lower-case ASCII. Whether a dotted word in running text is *meant* as a name is a second question:
//! `README.md` and `os.path` are valid names too. [`looks_like_code`] answers it for names that nobody
//! took the trouble to defang.

use crate::{
    bytes::{DOT, at, cut, is_dot},
    plain::Spelling,
    suffix::is_tld,
};

/// Longest name, bytes, as DNS has it.
const NAME_BYTES_MAX: usize = 253;
/// Longest name before conversion to ASCII, bytes.
const UNICODE_BYTES_MAX: usize = 1024;
const LABEL_BYTES_MAX: usize = 63;

/// The canonical form of a name whose dots may be defanged; `None` if it is not a name.
pub(crate) fn domain(plain: &str) -> Option<Spelling> {
    if plain.is_ascii() {
        return ascii(plain.as_bytes());
    }
    if plain.len() > UNICODE_BYTES_MAX {
        return None;
    }
    let mut dotted = String::with_capacity(plain.len());
    for (n, label) in plain.split(char::from(DOT)).enumerate() {
        dotted.extend((n > 0).then_some('.'));
        dotted.push_str(label);
    }
    let name = idna::domain_to_ascii(&dotted).ok()?;
    let spelling = ascii(name.as_bytes())?;
    Some(Spelling::Other(spelling.of(&name)))
}

fn ascii(bytes: &[u8]) -> Option<Spelling> {
    if bytes.len() > NAME_BYTES_MAX || bytes.len() < 4 {
        return None;
    }
    let (mut all, mut any) = (0xff, 0);
    let (mut start, mut named) = (0, 0);
    for (i, c) in bytes.iter().enumerate() {
        let bits = part(*c);
        all &= bits;
        any |= bits;
        if bits & LABEL_END == 0 {
            named |= bits;
            continue;
        }
        if !is_label(cut(bytes, start, i), named) {
            return None;
        }
        (start, named) = (i + 1, 0);
    }
    let tld = cut(bytes, start, bytes.len());
    let fits = all & VALID != 0 && start > 0 && is_label(tld, named);
    if !fits || tld.len() < 2 || !at(tld, 0).is_ascii_alphabetic() {
        return None;
    }
    if any & UPPER == 0 {
        return is_tld(tld).then_some(Spelling::Plain);
    }
    let name: String = bytes
        .iter()
        .map(|c| match is_dot(*c) {
            true => '.',
            false => char::from(c.to_ascii_lowercase()),
        })
        .collect();
    is_tld(name.as_bytes().get(start..)?).then_some(Spelling::Other(name))
}

/// Letters, digits, dashes inside and underscores, but not underscores alone.
fn is_label(label: &[u8], named: u8) -> bool {
    let edges = label.first() != Some(&b'-') && label.last() != Some(&b'-');
    named & NAMED != 0 && edges && label.len() <= LABEL_BYTES_MAX
}

/// May be in a name.
const VALID: u8 = 1;
/// A letter or digit.
const NAMED: u8 = 2;
const UPPER: u8 = 4;
/// A dot, plain or defanged.
const LABEL_END: u8 = 8;

/// What a byte is in a name.
static PART: [u8; 256] = parts();

const fn parts() -> [u8; 256] {
    let mut table = [0u8; 256];
    let mut i = 0usize;
    while i < 256 {
        let c = i as u8;
        if c.is_ascii_alphanumeric() {
            table[i] = VALID | NAMED;
        } else if c == b'-' || c == b'_' {
            table[i] = VALID;
        } else if is_dot(c) {
            table[i] = VALID | LABEL_END;
        }
        if c.is_ascii_uppercase() {
            table[i] |= UPPER;
        }
        i += 1;
    }
    table
}

#[inline]
fn part(c: u8) -> u8 {
    PART[c as usize]
}

/// Endings of files that are top-level domains as well.
fn is_file_ending(word: &str) -> bool {
    matches!(
        word,
        "zip" | "mov" | "py" | "sh" | "md" | "pl" | "so" | "ps" | "rs" | "cab" | "java" | "map"
    )
}
/// Endings of files, as the label before a top-level domain: `archive.tar.gz`, `a.exe.zip`.
fn is_inner_ending(word: &str) -> bool {
    matches!(
        word,
        "exe"
            | "dll"
            | "tar"
            | "min"
            | "js"
            | "py"
            | "php"
            | "html"
            | "txt"
            | "doc"
            | "pdf"
            | "spec"
            | "test"
            | "class"
    )
}
/// Words after the dot that name a method at least as often as a top-level domain.
fn is_method_word(word: &str) -> bool {
    matches!(
        word,
        "call"
            | "run"
            | "data"
            | "do"
            | "set"
            | "bind"
            | "map"
            | "new"
            | "case"
            | "java"
            | "inc"
            | "exe"
            | "win"
            | "here"
            | "read"
            | "open"
            | "search"
            | "select"
            | "now"
            | "show"
            | "cat"
            | "box"
    )
}
/// First words of dotted names in programs.
fn is_code_root(word: &str) -> bool {
    matches!(
        word,
        "document"
            | "window"
            | "this"
            | "self"
            | "location"
            | "navigator"
            | "console"
            | "string"
            | "math"
            | "os"
            | "sys"
            | "java"
            | "javax"
            | "android"
            | "object"
            | "array"
            | "json"
            | "process"
            | "module"
            | "makefile"
            | "std"
            | "super"
    )
}
/// Two-letter top-level domains with well-known one-letter names (`t.co`).
fn has_one_letter_names(word: &str) -> bool {
    matches!(word, "co" | "me" | "ly" | "cc" | "gg" | "to")
}
/// First labels of reversed names (`com.example.app`).
fn is_reversed_root(word: &str) -> bool {
    matches!(
        word,
        "com" | "org" | "net" | "io" | "edu" | "gov" | "androidx"
    )
}

/// True for a name as written that is probably a file, a method or a package.
pub(crate) fn looks_like_code(written: &[u8], canonical: &str, next: u8) -> bool {
    if next == b'(' {
        return true;
    }
    let mut labels = 1;
    let (mut first, mut inner, mut tld_from) = (0, 0, 0);
    for (i, c) in canonical.bytes().enumerate() {
        if c == b'.' {
            first = if labels == 1 { i } else { first };
            labels += 1;
            (inner, tld_from) = (tld_from, i + 1);
        }
    }
    if labels == 1 {
        return true;
    }
    let label = |from, to| canonical.get(from..to).unwrap_or_default();
    let tld = label(tld_from, canonical.len());
    let (first, inner) = (label(0, first), label(inner, tld_from - 1));
    if is_file_ending(tld) && (labels == 2 || is_inner_ending(inner)) {
        return true;
    }
    let classic = matches!(tld, "com" | "net" | "org" | "edu" | "gov");
    if is_method_word(tld) || !classic && is_code_root(first) {
        return true;
    }
    if labels > 2 && is_reversed_root(first) {
        return true;
    }
    if first.len() == 1 && labels == 2 && tld.len() == 2 && !has_one_letter_names(tld) {
        return true;
    }
    mixed_case(written)
}

/// `System.Net`, `nextSentence.Then`: upper case where a name would not have it.
fn mixed_case(written: &[u8]) -> bool {
    if !written.iter().any(u8::is_ascii_uppercase) {
        return false;
    }
    if !written.iter().any(u8::is_ascii_lowercase) {
        return false;
    }
    let tld_from = written
        .iter()
        .rposition(|c| is_dot(*c))
        .map_or(0, |dot| dot + 1);
    let mut last = b'.';
    for (i, c) in written.iter().enumerate() {
        if c.is_ascii_uppercase() && (!is_dot(last) || i >= tld_from) {
            return true;
        }
        last = *c;
    }
    false
}

/// A name that is a file name when it stands alone: two labels, the last one a file's ending.
pub(crate) fn is_file_name(canonical: &str) -> bool {
    let mut labels = canonical.rsplit('.');
    let ending = labels.next().unwrap_or_default();
    is_file_ending(ending) && ending != "pl" && labels.count() == 1
}

/// Endings that make `name@2x.png` a file and no mail address.
fn is_asset_ending(word: &str) -> bool {
    matches!(
        word,
        "png"
            | "jpg"
            | "jpeg"
            | "gif"
            | "svg"
            | "ico"
            | "webp"
            | "js"
            | "mjs"
            | "ts"
            | "css"
            | "json"
            | "tgz"
            | "gz"
            | "xz"
            | "html"
            | "txt"
            | "exe"
            | "dll"
            | "lock"
    )
}
/// Longest top-level domain that is believed without being listed.
const UNLISTED_TLD_BYTES_MAX: usize = 8;

/// A well-formed lower-case name below a top-level domain that is not on the list (`corp.local`).
pub(crate) fn unlisted(plain: &str) -> Option<String> {
    let bytes = plain.as_bytes();
    if bytes.len() > NAME_BYTES_MAX || !bytes.is_ascii() {
        return None;
    }
    let name: String = bytes
        .iter()
        .map(|c| {
            if is_dot(*c) {
                '.'
            } else {
                char::from(c.to_ascii_lowercase())
            }
        })
        .collect();
    let tld = name.rsplit_once('.')?.1;
    let label = |label: &str| {
        (1..=LABEL_BYTES_MAX).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|c| c.is_ascii_alphanumeric() || c == b'-')
    };
    let fits = (2..=UNLISTED_TLD_BYTES_MAX).contains(&tld.len())
        && tld.bytes().all(|c| c.is_ascii_alphabetic())
        && !is_asset_ending(tld)
        && name.split('.').all(label);
    fits.then_some(name)
}
