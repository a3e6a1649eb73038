//! The public suffix list: which part of a name can be registered.
//!
//! The list is embedded as text, one rule a line, and indexed by two open-addressed hash tables of line
//! offsets that are built on first use (well under a millisecond, 200 KB). Rules are ASCII.

use std::{borrow::Cow, sync::OnceLock};

static LIST: &str = include_str!("../data/public_suffix.txt");

/// Longest name that is looked at, bytes.
const NAME_BYTES_MAX: usize = 1024;
const RULE_SLOTS: usize = 1 << 15;
const TLD_SLOTS: usize = 1 << 12;

struct Index {
    rules: Vec<u32>,
    tlds: Vec<u32>,
}

fn index() -> &'static Index {
    static INDEX: OnceLock<Index> = OnceLock::new();
    INDEX.get_or_init(build)
}

fn build() -> Index {
    let mut index = Index {
        rules: vec![0; RULE_SLOTS],
        tlds: vec![0; TLD_SLOTS],
    };
    let mut offset = 0usize;
    for line in LIST.split('\n') {
        if !line.is_empty() && !line.starts_with("//") {
            insert(&mut index.rules, line, offset);
            let name = line.trim_start_matches(['!', '*']);
            let tld = name.rsplit('.').next().unwrap_or(name);
            if find(&index.tlds, b"", tld.as_bytes()).is_none() {
                insert(&mut index.tlds, tld, offset + line.len() - tld.len());
            }
        }
        offset += line.len() + 1;
    }
    index
}

fn hash(seed: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(seed, |hash, c| {
        (hash ^ u32::from(*c)).wrapping_mul(0x0100_0193)
    })
}

fn insert(slots: &mut [u32], key: &str, offset: usize) {
    let mask = slots.len() - 1;
    let mut i = hash(0x811c_9dc5, key.as_bytes()) as usize & mask;
    while slots.get(i).is_some_and(|slot| *slot != 0) {
        i = (i + 1) & mask;
    }
    if let Some(slot) = slots.get_mut(i) {
        *slot = offset as u32;
    }
}

fn find(slots: &[u32], mark: &[u8], name: &[u8]) -> Option<()> {
    let mask = slots.len() - 1;
    let mut i = hash(hash(0x811c_9dc5, mark), name) as usize & mask;
    loop {
        let offset = *slots.get(i)? as usize;
        if offset == 0 {
            return None;
        }
        let rest = LIST.as_bytes().get(offset..)?;
        let ends = rest.get(mark.len() + name.len()) == Some(&b'\n');
        if ends && rest.starts_with(mark) && rest.get(mark.len()..)?.starts_with(name) {
            return Some(());
        }
        i = (i + 1) & mask;
    }
}

/// True for a top-level domain of the list, given in lower-case ASCII.
pub(crate) fn is_tld(label: &[u8]) -> bool {
    matches!(label, b"com" | b"net" | b"org") || find(&index().tlds, b"", label).is_some()
}

fn has_rule(mark: &[u8], name: &str) -> bool {
    find(&index().rules, mark, name.as_bytes()).is_some()
}

/// The part of a host name that somebody registered: `example.co.uk` of `www.example.co.uk`.
///
/// `None` for a public suffix itself, a bare label, an empty label or an over-long name. Letter case and
/// Unicode spelling do not matter. A top-level domain that the list does not know counts as a suffix.
pub fn registrable_domain(name: &str) -> Option<&str> {
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.is_empty() || name.len() > NAME_BYTES_MAX || name.split('.').any(str::is_empty) {
        return None;
    }
    if name.bytes().any(|c| c <= b' ' || c == 0x7f) {
        return None;
    }
    let ascii = ascii_name(name)?;
    let total = ascii.split('.').count();
    let kept = (suffix_labels(&ascii) + 1).min(total + 1);
    if kept > total {
        return None;
    }
    let skip: usize = name
        .split('.')
        .take(total - kept)
        .map(|label| label.len() + 1)
        .sum();
    name.get(skip..)
}

fn ascii_name(name: &str) -> Option<Cow<'_, str>> {
    if !name.is_ascii() {
        return idna::domain_to_ascii(name).ok().map(Cow::Owned);
    }
    if name.bytes().any(|c| c.is_ascii_uppercase()) {
        return Some(Cow::Owned(name.to_ascii_lowercase()));
    }
    Some(Cow::Borrowed(name))
}

/// How many labels the longest matching rule covers.
fn suffix_labels(name: &str) -> usize {
    let mut best = 1;
    let mut labels = 1;
    let mut end = name.len();
    let mut below: Option<&str> = None;
    while let Some(dot) = name.get(..end).map(|head| head.rfind('.')) {
        let start = dot.map_or(0, |at| at + 1);
        let suffix = name.get(start..).unwrap_or_default();
        if has_rule(b"!", suffix) {
            return labels - 1;
        }
        if has_rule(b"", suffix) || below.is_some_and(|parent| has_rule(b"*", parent)) {
            best = best.max(labels);
        }
        let Some(dot) = dot else { break };
        below = Some(suffix);
        end = dot;
        labels += 1;
    }
    best
}
