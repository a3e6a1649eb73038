//! What the fuzzers start from, and what they found, again with the stable compiler.

#[path = "../../../../fuzz/entries/expr.rs"]
mod expr;
#[path = "../../../../fuzz/entries/seeds.rs"]
mod seeds;

#[test]
fn every_packed_source_is_survived() {
    seeds::replay("expr", expr::check);
}
