#![no_main]

use updraft_ingest::Mappings;

#[path = "../entries/alert.rs"]
mod entry;

std::thread_local!(static SHIPPED: Mappings = shipped());

fn shipped() -> Mappings {
    let (library, _) = updraft_content::load(&updraft_content::embedded());
    let mut mappings = Mappings::default();
    for (id, mapping) in library.mappings {
        mappings.insert(id, mapping);
    }
    mappings
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| SHIPPED.with(|shipped| entry::check(shipped, data)));
