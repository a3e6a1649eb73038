//! What the fuzzers start from, and what they found, again with the stable compiler.

#[path = "../../../../fuzz/entries/manifest.rs"]
mod manifest;
#[path = "../../../../fuzz/entries/seeds.rs"]
mod seeds;

#[test]
fn every_packed_connector_is_survived() {
    seeds::replay("manifest", manifest::check);
}
