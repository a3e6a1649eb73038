//! Bytes per second of extraction: a dense report, a JSON event, prose, log lines, and input made to be slow.
//!
//! Set `UPDRAFT_BENCH_TEXT` to a file to measure that text instead of the built-in report.

use divan::{Bencher, black_box, counter::BytesCount};
use updraft_intel::{
    observe,
    samples::{REPEATS, dense_report},
};

/// The allocator of the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const MEGABYTE: usize = 1 << 20;

/// One event of a sensor, as the product's own source reads it.
const EVENT: &str = include_str!("../../../content/sources/suricata/samples/post.json");

const PROSE: &str = "\
The meeting was moved to the afternoon because nobody had read the minutes, which were, as always, too long.
Please send your remarks until Friday; what is not said by then will be taken as agreed (see the last mail).
";

const LOG: &str = "\
2026-05-19T10:11:12.345Z fw01 action=deny src=10.20.30.40 dst=203.0.113.80 dpt=443 proto=tcp bytes=12345 rule=87
May 19 10:11:13 mail postfix/smtpd[2211]: connect from mx1.example.com[198.51.100.23]; from=<bob@example.com>
";

fn repeated(unit: &str, bytes: usize) -> String {
    unit.repeat(bytes / unit.len().max(1) + 1)
}

fn measure(bencher: Bencher<'_, '_>, text: &str) {
    bencher
        .counter(BytesCount::of_str(text))
        .bench_local(|| observe(black_box(text)).len());
}

#[divan::bench(sample_count = 100)]
fn report(bencher: Bencher<'_, '_>) {
    let own =
        std::env::var_os("UPDRAFT_BENCH_TEXT").and_then(|path| std::fs::read_to_string(path).ok());
    let text = own.unwrap_or_else(|| dense_report(4 * MEGABYTE));
    measure(bencher, &repeated(&text, 4 * MEGABYTE));
}

#[divan::bench(sample_count = 30)]
fn json_event(bencher: Bencher<'_, '_>) {
    measure(bencher, &repeated(EVENT, 10 * MEGABYTE));
}

#[divan::bench(sample_count = 30)]
fn prose(bencher: Bencher<'_, '_>) {
    measure(bencher, &repeated(PROSE, 10 * MEGABYTE));
}

#[divan::bench(sample_count = 30)]
fn log_lines(bencher: Bencher<'_, '_>) {
    measure(bencher, &repeated(LOG, 10 * MEGABYTE));
}

#[divan::bench(sample_count = 5, args = REPEATS.iter().map(|(name, _)| *name))]
fn hostile(bencher: Bencher<'_, '_>, name: &str) {
    let unit = REPEATS
        .iter()
        .find(|(other, _)| *other == name)
        .map_or("a", |(_, unit)| *unit);
    measure(bencher, &repeated(unit, 10 * MEGABYTE));
}

fn main() {
    divan::main();
}
