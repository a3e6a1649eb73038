//! Texts to measure extraction with: a report full of indicators, and repeats that were made to be slow.
//!
//! `cargo bench -p updraft-intel` and `updraft bench` take the same ones, so that their figures can be compared.

use std::fmt::Write as _;

/// Units whose repeats reach the rules that look furthest back or ahead, each with a name.
pub const REPEATS: [(&str, &str); 36] = [
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
    ("mail_open", "x@["),
    ("scheme", "http:"),
    ("user", "http://a@"),
    ("masked", "/hxxp"),
    ("upper_name", "A.COM,"),
    ("path_close", "http://a.com/)"),
];

/// A report of about `bytes` bytes with an indicator in most of its lines, defanged or not. No two lines are
/// equal, so that a processor does not learn them by heart; every run makes the same text.
pub fn dense_report(bytes: usize) -> String {
    let mut report = Report {
        text: String::with_capacity(bytes + 256),
        state: 0x2545_f491_4f6c_dd1d,
    };
    while report.text.len() < bytes {
        report.line();
    }
    report.text
}

struct Report {
    text: String,
    state: u64,
}

impl Report {
    fn below(&mut self, limit: u64) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state % limit
    }

    fn line(&mut self) {
        const PROSE: [&str; 4] = [
            "The loader asks for its next stage after a pause and writes it beside itself.",
            "OBSERVED SENDERS AND SUBJECTS",
            "Nothing else was seen in the networks of the customers (see the last report).",
            "NEXT STAGE DOWNLOAD ADDRESSES",
        ];
        match self.below(12) {
            0 | 1 => self.digest(),
            2 | 3 => self.url(),
            4 => self.address(),
            5 => self.mail(),
            6 => self.host(),
            7 => self.file(),
            8 => {
                let (year, number) = (1999 + self.below(27), 1000 + self.below(60_000));
                self.push(format_args!("It exploits CVE-{year}-{number} (T1190)."));
            }
            9 => self.push(format_args!("")),
            _ => {
                let prose = self.below(4) as usize;
                self.text
                    .push_str(PROSE.get(prose).copied().unwrap_or_default());
            }
        }
        self.text.push('\n');
    }

    fn push(&mut self, what: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.text.write_fmt(what);
    }

    fn word(&mut self) {
        for _ in 0..3 + self.below(9) {
            let letter = b"etaoinshrdlucmfwypvbgkjqxz".get(self.below(26) as usize);
            self.text.extend(letter.map(|c| char::from(*c)));
        }
    }

    fn digest(&mut self) {
        let eights = match self.below(4) {
            0 => 4,
            1 => 5,
            _ => 8,
        };
        for _ in 0..eights {
            let eight = self.below(1 << 32);
            self.push(format_args!("{eight:08x}"));
        }
    }

    fn dot(&mut self, defanged: bool) {
        self.text.push_str(if defanged { "[.]" } else { "." });
    }

    fn name(&mut self, defanged: bool) {
        self.word();
        self.dot(defanged);
        self.word();
        self.dot(defanged);
        let domain = match self.below(3) {
            0 => "com",
            1 => "net",
            _ => "org",
        };
        self.text.push_str(domain);
    }

    fn host(&mut self) {
        let defanged = self.below(2) == 0;
        self.name(defanged);
    }

    fn url(&mut self) {
        let defanged = self.below(2) == 0;
        self.text
            .push_str(if defanged { "hxxps://" } else { "https://" });
        self.name(defanged);
        for _ in 0..1 + self.below(3) {
            self.text.push('/');
            self.word();
        }
        let number = self.below(100_000);
        self.push(format_args!(".php?id={number}"));
    }

    fn address(&mut self) {
        let dot = if self.below(2) == 0 { "[.]" } else { "." };
        let (last, port) = (1 + self.below(254), 1 + self.below(65_000));
        self.push(format_args!("198{dot}51{dot}100{dot}{last}:{port}"));
    }

    fn mail(&mut self) {
        self.text.push_str("Sender <");
        self.word();
        self.text.push('@');
        self.name(false);
        self.text.push('>');
    }

    fn file(&mut self) {
        self.text.push_str("C:\\Users\\Public\\");
        self.word();
        self.text.push_str("\\svchost.exe");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dense_report_is_the_same_every_time_and_has_a_find_in_most_lines() {
        let report = dense_report(50_000);
        assert_eq!(report, dense_report(50_000));
        assert!((50_000..50_400).contains(&report.len()));
        assert!(crate::observe(&report).len() > report.lines().count() / 2);
    }
}
