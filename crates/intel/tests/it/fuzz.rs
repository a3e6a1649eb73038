//! What the fuzzers start from, and what they found, again with the stable compiler.

#[path = "../../../../fuzz/entries/observe.rs"]
mod observe;
#[path = "../../../../fuzz/entries/seeds.rs"]
mod seeds;

#[test]
fn every_packed_text_is_survived() {
    seeds::replay("observe", observe::check);
}
