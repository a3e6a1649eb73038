//! The shortest list of removed and added lines (Myers), as hunks.

use serde::Serialize;

/// Lines around a change that are shown with it.
const CONTEXT: usize = 3;
/// Most insertions and deletions that are looked for; texts that differ more are shown as replaced.
const EDITS_MAX: usize = 1_500;

/// One stretch of changed lines with some around it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hunk {
    /// First line in the old text, from 1.
    pub old_start: usize,
    /// First line in the new text, from 1.
    pub new_start: usize,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// One line of a hunk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// ` ` in both, `-` in the old only, `+` in the new only.
    pub op: char,
    /// The line.
    pub text: String,
}

/// The differences by lines.
pub fn by_lines(old: &str, new: &str) -> Vec<Hunk> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    hunks(&edits(&old, &new))
}

/// Hunks in the usual unified form.
pub fn unified(hunks: &[Hunk], old_name: &str, new_name: &str) -> String {
    if hunks.is_empty() {
        return String::new();
    }
    let mut text = format!("--- {old_name}\n+++ {new_name}\n");
    for hunk in hunks {
        let count = |other: char| hunk.lines.iter().filter(|line| line.op != other).count();
        text += &format!(
            "@@ -{},{} +{},{} @@\n",
            hunk.old_start,
            count('+'),
            hunk.new_start,
            count('-')
        );
        for line in &hunk.lines {
            text.push(line.op);
            text += &line.text;
            text.push('\n');
        }
    }
    text
}

#[derive(Debug, Clone, Copy)]
struct Edit<'t> {
    op: char,
    text: &'t str,
    old: usize,
    new: usize,
}

/// The whole of both texts as kept, removed and added lines.
fn edits<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<Edit<'t>> {
    let same_start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let rest = |lines: &[&'t str]| lines.get(same_start..).unwrap_or_default().to_vec();
    let (mut a, mut b) = (rest(old), rest(new));
    let same_end = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    a.truncate(a.len() - same_end);
    b.truncate(b.len() - same_end);
    let mut found = Vec::with_capacity(old.len() + new.len());
    let (mut at_old, mut at_new) = (0, 0);
    let mut push = |op: char, text: &'t str| {
        found.push(Edit {
            op,
            text,
            old: at_old,
            new: at_new,
        });
        at_old += usize::from(op != '+');
        at_new += usize::from(op != '-');
    };
    for line in old.iter().take(same_start) {
        push(' ', line);
    }
    for (op, line) in middle(&a, &b) {
        push(op, line);
    }
    for line in old.iter().skip(old.len() - same_end) {
        push(' ', line);
    }
    found
}

/// Myers' shortest edit script; one that would be too long becomes "all removed, all added".
fn middle<'t>(a: &[&'t str], b: &[&'t str]) -> Vec<(char, &'t str)> {
    let (n, m) = (a.len() as isize, b.len() as isize);
    let most = (a.len() + b.len()).min(EDITS_MAX) as isize;
    let offset = most + 1;
    let slot = |k: isize| (k + offset) as usize;
    let mut reach = vec![0isize; (2 * offset + 1) as usize];
    let mut trace: Vec<Vec<isize>> = Vec::new();
    let line = |lines: &[&'t str], at: isize| lines.get(at as usize).copied().unwrap_or_default();
    let get = |reach: &[isize], k: isize| reach.get(slot(k)).copied().unwrap_or(0);
    let goes_down = |reach: &[isize], k: isize, d: isize| {
        k == -d || (k != d && get(reach, k - 1) < get(reach, k + 1))
    };
    let mut done = None;
    'search: for d in 0..=most {
        trace.push(reach.clone());
        for k in (-d..=d).step_by(2) {
            let mut x = match goes_down(&reach, k, d) {
                true => get(&reach, k + 1),
                false => get(&reach, k - 1) + 1,
            };
            while x < n && x - k < m && line(a, x) == line(b, x - k) {
                x += 1;
            }
            if let Some(place) = reach.get_mut(slot(k)) {
                *place = x;
            }
            if x >= n && x - k >= m {
                done = Some(d);
                break 'search;
            }
        }
    }
    let Some(mut d) = done else {
        let removed = a.iter().map(|line| ('-', *line));
        return removed.chain(b.iter().map(|line| ('+', *line))).collect();
    };
    let (mut x, mut y) = (n, m);
    let mut back = Vec::new();
    while d >= 0 {
        let reach = trace.get(d as usize).map(Vec::as_slice).unwrap_or_default();
        let k = x - y;
        let before = if goes_down(reach, k, d) { k + 1 } else { k - 1 };
        let (from_x, from_y) = match d {
            0 => (0, 0),
            _ => (get(reach, before), get(reach, before) - before),
        };
        while x > from_x && y > from_y {
            x -= 1;
            y -= 1;
            back.push((' ', line(a, x)));
        }
        if d > 0 {
            match x == from_x {
                true => back.push(('+', line(b, from_y))),
                false => back.push(('-', line(a, from_x))),
            }
        }
        (x, y) = (from_x, from_y);
        d -= 1;
    }
    back.reverse();
    back
}

fn hunks(edits: &[Edit<'_>]) -> Vec<Hunk> {
    let mut hunks = Vec::new();
    let changed: Vec<usize> = (0..edits.len())
        .filter(|at| edits.get(*at).is_some_and(|edit| edit.op != ' '))
        .collect();
    let mut changed = changed.into_iter().peekable();
    while let Some(first) = changed.next() {
        let mut last = first;
        while let Some(next) = changed.next_if(|next| *next <= last + 2 * CONTEXT + 1) {
            last = next;
        }
        let start = first.saturating_sub(CONTEXT);
        let end = (last + CONTEXT + 1).min(edits.len());
        let shown = edits.get(start..end).unwrap_or_default();
        hunks.push(Hunk {
            old_start: shown.first().map_or(0, |edit| edit.old) + 1,
            new_start: shown.first().map_or(0, |edit| edit.new) + 1,
            lines: shown
                .iter()
                .map(|edit| Line {
                    op: edit.op,
                    text: edit.text.to_owned(),
                })
                .collect(),
        });
    }
    hunks
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_are_shown_with_their_neighbours() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\n";
        let new = "a\nb\nc\nd\nE\nf\ng\nh\n";
        let found = unified(&by_lines(old, new), "1", "2");
        assert_eq!(
            found,
            "--- 1\n+++ 2\n@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+E\n f\n g\n h\n"
        );
        assert_eq!(unified(&by_lines(old, old), "1", "2"), "");
    }

    proptest! {
        #[test]
        fn the_edits_turn_the_old_text_into_the_new(
            old in proptest::collection::vec("[a-d]", 0..40),
            new in proptest::collection::vec("[a-d]", 0..40),
        ) {
            let (a, b): (Vec<&str>, Vec<&str>) =
                (old.iter().map(String::as_str).collect(), new.iter().map(String::as_str).collect());
            let found = edits(&a, &b);
            let side = |other: char| -> Vec<&str> {
                found.iter().filter(|edit| edit.op != other).map(|edit| edit.text).collect()
            };
            prop_assert_eq!(side('+'), a);
            prop_assert_eq!(side('-'), b);
        }
    }

    #[test]
    fn texts_that_share_nothing_are_replaced_as_a_whole() {
        let old: String = (0..3_000).map(|n| format!("old {n}\n")).collect();
        let new: String = (0..3_000).map(|n| format!("new {n}\n")).collect();
        let found = by_lines(&old, &new);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].lines.len(), 6_000);
    }
}
