//! Any text: finds lie in it, in order, and are canonical.

use updraft_intel::{canonical, classify, observe, refang};

/// Panics when something that must hold does not.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let mut last = 0;
    for found in observe(text) {
        assert_eq!(text.get(found.start..found.end), Some(found.original));
        assert!(found.start >= last);
        last = found.start;
        assert_eq!(
            canonical(&found.kind, &found.value).as_deref(),
            Ok(found.value.as_ref())
        );
    }
    if let Some(known) = classify(text) {
        assert_eq!(canonical(&known.kind, &known.value), Ok(known.value));
    }
    let _ = refang(text);
}
