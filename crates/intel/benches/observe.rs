//! Bytes per second of extraction: report text, plain prose, log lines, and input made to be slow.
//!
//! Set `UPDRAFT_BENCH_TEXT` to a file to measure that text instead of the built-in report.

use divan::{Bencher, black_box, counter::BytesCount};
use updraft_intel::observe;

/// The allocator of the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const MEGABYTE: usize = 1 << 20;

const REPORT: &str = "\
The actor sent mails from billing[@]invoice-center[.]com with a link to hxxps://cdn.files-share[.]top/doc/1.zip.
The loader (SHA-256 d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592) wrote itself to
C:\\Users\\Public\\Libraries\\svchost.exe and set HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\Updater.
C2 servers: 198.51.100.7:443, 203[.]0[.]113[.]9 and 2001:db8::1f; fallback panel.evil-update[.]ru (AS64500).
It exploits CVE-2021-44228 (T1190) and drops 9e107d9d372bb6826bd81d3542a419d6 and
2fd4e1c67a2d28fced849ee1bb76e7391b93eb12. The rest of the campaign has been described before; nothing else
was seen in the networks of the customers, and the operators went quiet after the takedown in March.
";

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
    let text = own.unwrap_or_else(|| repeated(REPORT, 2 * MEGABYTE));
    measure(bencher, &repeated(&text, 4 * MEGABYTE));
}

#[divan::bench(sample_count = 30)]
fn prose(bencher: Bencher<'_, '_>) {
    measure(bencher, &repeated(PROSE, 10 * MEGABYTE));
}

#[divan::bench(sample_count = 30)]
fn log_lines(bencher: Bencher<'_, '_>) {
    measure(bencher, &repeated(LOG, 10 * MEGABYTE));
}

/// What a repeat is made of, by name (divan sorts by name).
const REPEATS: &[(&str, &str)] = &[
    ("label_dot", "a."),
    ("digit_dot", "1."),
    ("open", "["),
    ("defanged_dot", "[.]"),
    ("at", "@"),
    ("letter_at", "a@"),
    ("colon", ":"),
    ("digit_colon", "1:"),
    ("slash", "/"),
    ("scheme_mark", "://"),
    ("short_url", "http://a.com/"),
    ("dash", "-"),
    ("escaped_dot", "\\."),
    ("backslash", "\\"),
    ("path", "C:\\a "),
    ("spelled_at", " AT "),
    ("spelled_dot", " DOT "),
    ("digit_comma", "1,"),
    ("paren", "("),
    ("spaced_scheme", "https :"),
    ("registry", "HKLM\\a "),
    ("hex", "f"),
    ("accent", "é"),
    ("zero_width", "\u{200b}"),
    ("open_letter", "[a"),
    ("close", ")"),
    ("ssdeep", "3:aaaaaaa:"),
    ("url_comma", "http://a.com,"),
    ("mail", "a@b.co,"),
    ("octets", "1.1.1.1,"),
];

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
