//! What the fuzzers start from, and what they found, again with the stable compiler.

#[path = "../../../../fuzz/entries/playbook.rs"]
mod playbook;
#[path = "../../../../fuzz/entries/seeds.rs"]
mod seeds;

#[test]
fn every_packed_playbook_is_survived() {
    seeds::replay("playbook", playbook::check);
}
