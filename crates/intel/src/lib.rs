//! What is worth looking up in a text, what is not, and what to think of the answers.
//!
//! Three parts, all pure:
//! * **Extraction** ([`observe()`], [`Observer`], [`classify`], [`canonical()`]): text goes in, observables in one
//!   canonical spelling come out. Two passes over chunks of fixed size, the first undoes defanging and keeps a
//!   map back to the text, the second scans bytes. Time is linear in the input, memory does not depend on it
//!   apart from the finds.
//! * **Exclusions** ([`Exclusions`]): private ranges, empty-file hashes and the user's lists; who is on a list
//!   is never asked about outside.
//! * **Verdict** ([`merge`]): the answers of all providers become one level, with the arithmetic in words.

mod address;
mod asking;
mod bytes;
mod canonical;
mod chunks;
mod classes;
mod custom;
mod domain;
mod exclusions;
mod observe;
mod path;
mod plain;
mod refang;
pub mod samples;
mod scan;
mod suffix;
mod url;
mod verdict;
mod wallet;

pub use asking::{answers_of, observable_context};
pub use canonical::{NotCanonical, VALUE_BYTES_MAX, canonical, classify};
pub use custom::{BadCustomType, CustomSpec, CustomType, Normalise, PATTERN_BYTES_MAX, Validate};
pub use exclusions::{ENTRIES_MAX, ENTRY_BYTES_MAX, ExclusionList, Exclusions, PATTERNS_MAX};
pub use observe::{FINDS_MAX, Found, Observer, observe, scorer_name};
pub use plain::refang;
pub use suffix::registrable_domain;
pub use verdict::{
    MALICIOUS_AT, Merged, NAMED_MAX, ObservableVerdict, Policy, SUSPICIOUS_AT, SourceVerdict, merge,
};
