//! Any bytes as a mail.

use updraft_ingest::{Item, Kind, Mapping, limits, normalize};
use updraft_intel::{Exclusions, Observer};
use updraft_model::Timestamp;

// Built once: it costs more than a small input does.
std::thread_local!(static TOOLS: (Observer, Exclusions) = (Observer::new(Vec::new()), Exclusions::standard()));

/// Panics when something that must hold does not.
pub fn check(data: &[u8]) {
    let item = Item {
        bytes: data.into(),
        kind: Kind::Mail,
        note: None,
    };
    let now = Timestamp::from_millis(1_795_163_405_000);
    let alert = TOOLS.with(|(observer, exclusions)| {
        normalize(&item, &Mapping::standard(), now, observer, exclusions)
    });
    assert!(!alert.title.is_empty());
    assert!(alert.attachments.len() <= limits::ATTACHMENTS_MAX);
    assert!(alert.observables.len() <= limits::OBSERVABLES_MAX);
}
