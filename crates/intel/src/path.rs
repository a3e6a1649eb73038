//! File paths and registry keys: the only values that may contain blanks.
//!
//! A blank belongs to a path only if a backslash follows within the same name (`\Image File Execution
//! Options\`), so a path never swallows the sentence behind it. Windows does not tell letter case apart,
//! hence neither does the canonical form; Unix does.

use std::borrow::Cow;

use updraft_model::ObservableType as Kind;

use crate::bytes::{DOT, SEP, at, before, class, continues, cut, is_word, run_end};

/// Longest path, bytes.
pub(crate) const PATH_BYTES_MAX: usize = 1024;
/// Longest name with blanks inside a path, bytes.
const SPACED_NAME_BYTES_MAX: usize = 48;

const HIVES: [(&str, &str); 10] = [
    ("HKEY_LOCAL_MACHINE", "HKLM"),
    ("HKEY_CURRENT_USER", "HKCU"),
    ("HKEY_CLASSES_ROOT", "HKCR"),
    ("HKEY_USERS", "HKU"),
    ("HKEY_CURRENT_CONFIG", "HKCC"),
    ("HKLM", "HKLM"),
    ("HKCU", "HKCU"),
    ("HKCR", "HKCR"),
    ("HKCC", "HKCC"),
    ("HKU", "HKU"),
];

const UNIX_ROOTS: [&str; 20] = [
    "usr",
    "etc",
    "tmp",
    "var",
    "home",
    "opt",
    "bin",
    "sbin",
    "dev",
    "root",
    "lib",
    "mnt",
    "proc",
    "sys",
    "srv",
    "run",
    "Library",
    "Users",
    "Applications",
    "private",
];

/// A path at a place of the plain bytes.
#[derive(Debug)]
pub(crate) struct Path {
    pub(crate) kind: Kind,
    pub(crate) value: String,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// The first path of the token `start..end`.
pub(crate) fn find(b: &[u8], start: usize, end: usize) -> Option<Path> {
    let from = start
        + cut(b, start, end)
            .iter()
            .take(8)
            .take_while(|c| matches!(c, b'(' | b'[' | b'{' | b'=' | b',' | b';'))
            .count();
    if at(b, from) == b'/' {
        return unix(b, from, end);
    }
    let slash = from + memchr::memchr(b'\\', cut(b, from, end))?;
    if let Some(hive) = hive_before(b, start, slash) {
        return windows(b, Kind::RegistryKey, hive, slash);
    }
    if at(b, slash.wrapping_sub(1)) == b':'
        && slash >= from + 2
        && at(b, slash - 2).is_ascii_alphabetic()
        && !is_word(if slash - 2 > start {
            before(b, slash - 2)
        } else {
            0
        })
    {
        return windows(b, Kind::FilePath, slash - 2, slash);
    }
    let fresh = slash == start || !is_word(before(b, slash)) && before(b, slash) != b':';
    if fresh && at(b, slash + 1) == b'\\' && at(b, slash + 2).is_ascii_alphanumeric() {
        return windows(b, Kind::FilePath, slash, slash + 1);
    }
    let variable = at(b, from) == b'%' && at(b, slash.wrapping_sub(1)) == b'%' && slash > from + 2;
    variable.then(|| windows(b, Kind::FilePath, from, slash))?
}

fn hive_before(b: &[u8], floor: usize, slash: usize) -> Option<usize> {
    HIVES.iter().find_map(|(name, _)| {
        let start = slash.checked_sub(name.len())?;
        (start >= floor
            && continues(b, start, name.as_bytes())
            && (start == floor || !is_word(before(b, start))))
        .then_some(start)
    })
}

fn windows(b: &[u8], kind: Kind, start: usize, slash: usize) -> Option<Path> {
    let limit = start + PATH_BYTES_MAX;
    let mut end = slash + 1;
    loop {
        let stop = run_end(b, end, limit.saturating_sub(end), in_path);
        end = stop;
        let named = run_end(b, stop + 1, SPACED_NAME_BYTES_MAX, |c| {
            c == b' ' || is_word(c)
        });
        if at(b, stop) == b'<' && at(b, named) == b'>' && at(b, named + 1) == b'\\' {
            end = named + 1;
            continue;
        }
        if at(b, stop) != b' ' || !more_behind_blank(b, stop) {
            break;
        }
        end = stop + 1;
    }
    while end > slash
        && matches!(
            at(b, end - 1),
            b'.' | b',' | b';' | b':' | b')' | b']' | b'!' | b'?' | b'\\'
        )
    {
        end -= 1;
    }
    if end <= slash + 1 {
        return None;
    }
    let bytes = cut(b, start, end);
    let mut written =
        std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed);
    if memchr::memchr(DOT, written.as_bytes()).is_some() {
        written = written.replace(char::from(DOT), ".").into();
    }
    let value = match kind {
        Kind::RegistryKey => registry_key(&written)?,
        _ => file_path(&written)?,
    };
    Some(Path {
        kind,
        value,
        start,
        end,
    })
}

fn in_path(c: u8) -> bool {
    (class(c) & SEP == 0 || c == b'\'') && !matches!(c, b'*' | b'?' | b',' | b';') || c == DOT
}

/// The name goes on behind the blank if a backslash ends it soon.
fn more_behind_blank(b: &[u8], blank: usize) -> bool {
    let end = run_end(b, blank, SPACED_NAME_BYTES_MAX, |c| {
        c == b' '
            || c.is_ascii_alphanumeric()
            || matches!(c, b'_' | b'-' | b'(' | b')' | b'.' | b'&')
    });
    let name = cut(b, blank, end);
    let last_word = name.rsplit(|c| *c == b' ').next().unwrap_or_default();
    let another = HIVES
        .iter()
        .any(|(hive, _)| hive.as_bytes().eq_ignore_ascii_case(last_word));
    at(b, end) == b'\\' && !last_word.is_empty() && !another
}

fn unix(b: &[u8], start: usize, end: usize) -> Option<Path> {
    let root_end = run_end(b, start + 1, 16, |c| c.is_ascii_alphabetic());
    let root = cut(b, start + 1, root_end);
    if at(b, root_end) != b'/' || !UNIX_ROOTS.iter().any(|name| name.as_bytes() == root) {
        return None;
    }
    let mut stop = run_end(b, start, (end - start).min(PATH_BYTES_MAX), |c| {
        is_word(c) || matches!(c, b'/' | b'.' | b'-' | b'+' | b'~' | b'@' | b'%' | b'=')
    });
    while stop > root_end && matches!(at(b, stop - 1), b'.' | b'-' | b'/') {
        stop -= 1;
    }
    if stop <= root_end {
        return None;
    }
    let value = file_path(&String::from_utf8_lossy(cut(b, start, stop)))?;
    Some(Path {
        kind: Kind::FilePath,
        value,
        start,
        end: stop,
    })
}

/// True when a control character is in it. Looks at every byte, so that the compiler can take many at once.
fn has_control(written: &str) -> bool {
    if !written.is_ascii() {
        return written.contains(char::is_control);
    }
    written
        .bytes()
        .fold(false, |any, c| any | c.is_ascii_control())
}

/// The canonical form of a registry key: short hive, the rest in lower case.
pub(crate) fn registry_key(written: &str) -> Option<String> {
    let trimmed = written.trim().trim_end_matches('\\');
    let (head, rest) = trimmed.split_once('\\')?;
    let head = head.trim_matches(['<', '>']);
    let (_, short) = HIVES
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(head))?;
    let fits = !rest.is_empty() && written.len() <= PATH_BYTES_MAX && !has_control(rest);
    fits.then(|| format!("{short}\\{}", rest.to_lowercase()))
}

/// The canonical form of a file path.
pub(crate) fn file_path(written: &str) -> Option<String> {
    let trimmed = written.trim();
    if trimmed.len() > PATH_BYTES_MAX || has_control(trimmed) {
        return None;
    }
    if trimmed.starts_with('/') && trimmed.len() > 1 {
        return Some(trimmed.to_owned());
    }
    let drive =
        matches!(trimmed.as_bytes(), [letter, b':', b'\\', _, ..] if letter.is_ascii_alphabetic());
    let share = matches!(trimmed.as_bytes(), [b'\\', b'\\', c, ..] if c.is_ascii_alphanumeric());
    let variable = trimmed.starts_with('%') && trimmed.contains("%\\");
    (drive || share || variable).then(|| trimmed.to_lowercase())
}
