//! Observables in running text.
//!
//! [`observe`] cuts the text into chunks, undoes defanging in each (`refang`) and scans the result (`scan`).
//! Every occurrence is reported, in order, with the place and spelling it has in the text. The host of a URL
//! or mail address and the address of a network are reported as well, marked [`Found::within`]: they are
//! what one looks up, but nobody wrote them by themselves.

use std::borrow::Cow;

use updraft_model::{Observable, ObservableType as Kind};

use crate::{
    chunks::chunks,
    custom::CustomType,
    plain::{Plain, Spelling, refang},
    scan::{Hit, scan},
};

/// Most finds reported for one text; a text with more is a feed, not a message.
pub const FINDS_MAX: usize = 4_000_000;

/// A value found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<'a> {
    /// What it is.
    pub kind: Kind,
    /// Its canonical form; borrowed if the text has it in this spelling.
    pub value: Cow<'a, str>,
    /// Its spelling in the text: `&text[start..end]`.
    pub original: &'a str,
    /// Byte offset of its first byte.
    pub start: usize,
    /// Byte offset behind its last byte.
    pub end: usize,
    /// True for a part of another find: the host of a URL, the domain of a mail address.
    pub within: bool,
}

impl Found<'_> {
    /// The observable by which it is stored.
    pub fn observable(&self) -> Observable {
        Observable::new(self.kind.clone(), self.value.as_ref())
    }

    /// Its spelling without defanging but otherwise as written: IPv6 not compressed, names not in
    /// punycode, ports kept. Other tools compare values in this form.
    pub fn as_written(&self) -> String {
        let plain = || refang(self.original);
        match self.kind {
            Kind::Url => url_as_written(&self.value, &plain()),
            Kind::Domain if self.original.is_ascii() => self.value.to_string(),
            Kind::Domain | Kind::Ipv6 | Kind::Cidr | Kind::Mac | Kind::RegistryKey => plain(),
            _ => self.value.to_string(),
        }
    }
}

/// Takes back what the canonical form of a URL adds or leaves out: the scheme and the scheme's own port.
fn url_as_written(value: &str, plain: &str) -> String {
    let Some((scheme, rest)) = value.split_once("://") else {
        return value.to_owned();
    };
    let slashes = plain.find(['/', '\\']).unwrap_or(plain.len());
    if !plain.get(..slashes).is_some_and(|head| head.ends_with(':')) {
        return rest.to_owned();
    }
    let written = plain
        .get(slashes..)
        .unwrap_or_default()
        .trim_start_matches(['/', '\\', ']', ')']);
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    match (written.split(['/', '?', '#']).next(), host.contains(':')) {
        (Some(written), false) if written.contains(':') => {
            let port = written.rsplit(':').next().unwrap_or_default();
            format!("{scheme}://{host}:{port}{path}")
        }
        _ => value.to_owned(),
    }
}

/// Finds every observable of the built-in kinds in a text.
pub fn observe(text: &str) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    let mut plain = Plain::default();
    let mut hits: Vec<Hit> = Vec::new();
    for (base, end) in chunks(text) {
        plain.refill(text.get(base..end).unwrap_or_default());
        scan(&plain, &mut hits);
        let first = found.len();
        reserve(&mut found, hits.len(), end, text.len());
        for hit in hits.drain(..) {
            place(hit, &mut plain, base, text, &mut found);
        }
        if let Some(new) = found.get_mut(first..) {
            new.sort_by_key(|found| (found.start, found.within));
        }
        if found.len() >= FINDS_MAX {
            found.truncate(FINDS_MAX);
            break;
        }
    }
    found
}

/// Makes room for `new` finds. When room runs out, it is taken for the rest of the text as well, as if that were
/// like the text so far, but for no more than the size of the text.
fn reserve(found: &mut Vec<Found<'_>>, new: usize, read: usize, length: usize) {
    if found.capacity() - found.len() >= new {
        return;
    }
    let so_far = found.len() + new;
    let likely = so_far.saturating_mul(length.saturating_sub(read)) / read.max(1);
    let most = length / size_of::<Found<'_>>();
    found.reserve(new + likely.min(most));
}

/// Adds a find of the chunk that begins at `base`.
#[inline]
fn place<'a>(hit: Hit, plain: &mut Plain, base: usize, text: &'a str, found: &mut Vec<Found<'a>>) {
    let (start, end, copied) = plain.origin(hit.start, hit.end);
    let (start, end) = (base + start, base + end);
    let Some(original) = text.get(start..end) else {
        return;
    };
    let value = match hit.spelling {
        Spelling::Plain if copied => Cow::Borrowed(original),
        other => Cow::Owned(other.of(plain.text.get(hit.start..hit.end).unwrap_or_default())),
    };
    found.push(Found {
        kind: hit.kind,
        value,
        original,
        start,
        end,
        within: hit.within,
    });
}

/// Finds observables of the built-in and of custom kinds.
#[derive(Debug, Default)]
pub struct Observer {
    custom: Vec<CustomType>,
}

impl Observer {
    /// An observer that knows these kinds besides the built-in ones.
    pub fn new(custom: Vec<CustomType>) -> Self {
        Self { custom }
    }

    /// Finds everything in a text, in order of place.
    pub fn observe<'a>(&self, text: &'a str) -> Vec<Found<'a>> {
        let mut found = observe(text);
        if self.custom.is_empty() {
            return found;
        }
        for custom in &self.custom {
            let room = FINDS_MAX.saturating_sub(found.len());
            found.extend(custom.find(text).take(room));
        }
        found.sort_by_key(|found| (found.start, found.within));
        found
    }
}

/// The name of a kind in the exchange form `{"id","iocs":{type:[…]}}`.
pub fn scorer_name(kind: &Kind) -> &str {
    match kind {
        Kind::Cidr => "cidr4",
        Kind::FilePath => "filepath",
        Kind::RegistryKey => "registry",
        Kind::Bitcoin => "btc",
        Kind::Ethereum => "eth",
        Kind::Monero => "xmr",
        kind => kind.as_str(),
    }
}
