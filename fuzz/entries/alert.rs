//! Any bytes as a request: taken apart, read and mapped; the first byte chooses the content type.

use updraft_ingest::{Item, Limits, Mappings, split};
use updraft_intel::{Exclusions, Observer};
use updraft_model::Timestamp;

const TYPES: [&str; 6] = [
    "",
    "application/json",
    "text/plain",
    "application/x-ndjson",
    "application/x-www-form-urlencoded",
    "message/rfc822",
];

// Built once: it costs more than a small input does.
std::thread_local!(static TOOLS: (Observer, Exclusions) = (Observer::new(Vec::new()), Exclusions::standard()));

/// Panics when something that must hold does not. `mappings` are the shipped ones.
pub fn check(mappings: &Mappings, data: &[u8]) {
    let Some((first, bytes)) = data.split_first() else {
        return;
    };
    let content_type = TYPES[usize::from(*first) % TYPES.len()];
    let now = Timestamp::from_millis(1_795_163_405_000);
    let Ok(items) = split(bytes, content_type, &Limits::default()) else {
        return;
    };
    assert!(!items.is_empty(), "what is taken is at least one alert");
    for item in items {
        let again = Item::recognise(&item.bytes, content_type);
        assert_eq!(again.kind, item.kind, "a stored item is recognised again");
        let Ok(parts) = mappings.expand("auto", item) else {
            continue;
        };
        for part in parts {
            let alert = TOOLS.with(|(observer, exclusions)| {
                mappings.normalize("auto", &part, now, observer, exclusions)
            });
            assert!(!alert.title.is_empty() && !alert.dedup_key.is_empty());
        }
    }
}
