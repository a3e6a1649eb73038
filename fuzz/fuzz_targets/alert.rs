//! Any bytes as a request: taken apart, read and mapped; the first byte chooses the content type.
#![no_main]

use libfuzzer_sys::fuzz_target;
use updraft_ingest::{Item, Limits, Mappings, split};
use updraft_intel::{Exclusions, Observer};
use updraft_model::Timestamp;

const TYPES: [&str; 5] =
    ["", "application/json", "text/plain", "application/x-ndjson", "application/x-www-form-urlencoded"];

fuzz_target!(|data: &[u8]| {
    let Some((first, bytes)) = data.split_first() else { return };
    let content_type = TYPES[usize::from(*first) % TYPES.len()];
    let now = Timestamp::from_millis(1_795_163_405_000);
    let (mappings, observer, exclusions) =
        (Mappings::default(), Observer::new(Vec::new()), Exclusions::standard());
    let Ok(items) = split(bytes, content_type, &Limits::default()) else { return };
    assert!(!items.is_empty(), "what is taken is at least one alert");
    for item in items {
        let alert = mappings.normalize("auto", &item, now, &observer, &exclusions);
        assert!(!alert.title.is_empty() && !alert.dedup_key.is_empty());
        let again = Item::recognise(&item.bytes, content_type);
        assert_eq!(again.kind, item.kind, "a stored item is recognised again");
    }
});
