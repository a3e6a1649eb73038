//! Text laid out for people: cutting, padding, indenting.

use super::args::{Args, text};
use super::{Builtin, builtin};
use crate::error::Error;
use crate::eval::Outcome;
use crate::fuel::Fuel;

/// Widest indent or padding.
const WIDTH_MAX: usize = 1_000;

pub(super) const TABLE: [Builtin; 6] = [
    builtin!("capitalize", "capitalize(text)", 1..=1, "The first letter a capital.",
        "'high risk' | capitalize" => "\"High risk\"", capitalize),
    builtin!("dedent", "dedent(text)", 1..=1, "Without the white space all lines start with.",
        "'  a\\n    b' | dedent" => "\"a\\n  b\"", dedent),
    builtin!("indent", "indent(text, width?)", 1..=2,
        "Every line but empty ones moved right, by 2 or the width.",
        "'a\\nb' | indent(4)" => "\"    a\\n    b\"", indent),
    builtin!("pad_left", "pad_left(value, width, fill?)", 2..=3,
        "At least that many characters, filled on the left.", "7 | pad_left(3, '0')" => "\"007\"",
        |args, fuel| pad(&args, fuel, true)),
    builtin!("pad_right", "pad_right(value, width, fill?)", 2..=3,
        "At least that many characters, filled on the right.", "'a' | pad_right(3)" => "\"a  \"",
        |args, fuel| pad(&args, fuel, false)),
    builtin!("truncate", "truncate(text, length, end?)", 2..=3,
        "At most that many characters, the last of them `…` or the end when cut.",
        "'abcdef' | truncate(4)" => "\"abc…\"", truncate),
];

fn capitalize<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let mut rest = args.text(0)?.chars();
    let first = rest.next().into_iter().flat_map(char::to_uppercase);
    text(first.chain(rest.clone()).collect(), fuel)
}

fn width(args: &Args<'_>, at: usize) -> Result<usize, Error> {
    match args.count(at)? {
        width if width > WIDTH_MAX => Err(args.refuse("knows widths up to 1000")),
        width => Ok(width),
    }
}

fn dedent<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let source = args.text(0)?;
    fuel.scan(source.len())?;
    let blank = |c: char| c == ' ' || c == '\t';
    let filled = source.split('\n').filter(|line| !line.trim().is_empty());
    let margin = filled
        .map(|line| line.len() - line.trim_start_matches(blank).len())
        .min();
    let margin = margin.unwrap_or(0);
    let cut = source
        .split('\n')
        .map(|line| line.get(margin..).unwrap_or(line.trim()));
    text(cut.collect::<Vec<_>>().join("\n"), fuel)
}

fn indent<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let source = args.shown(0, fuel)?;
    let width = if args.has(1) { width(&args, 1)? } else { 2 };
    fuel.scan(source.len())?;
    let lines = source.split('\n').count();
    fuel.bytes(lines.saturating_mul(width))?;
    let margin = " ".repeat(width);
    let mut out = String::with_capacity(source.len() + lines * width);
    for (at, line) in source.split('\n').enumerate() {
        if at > 0 {
            out.push('\n');
        }
        if !line.is_empty() {
            out.push_str(&margin);
        }
        out.push_str(line);
    }
    text(out, fuel)
}

fn pad<'s>(args: &Args<'s>, fuel: &mut Fuel, left: bool) -> Outcome<'s> {
    let source = args.shown(0, fuel)?;
    let fill = args.text_or(2, " ")?;
    let mut only = fill.chars();
    let (Some(fill), None) = (only.next(), only.next()) else {
        return Err(args.refuse("needs one character to fill with"));
    };
    fuel.scan(source.len())?;
    let missing = width(args, 1)?.saturating_sub(source.chars().count());
    let filling: String = std::iter::repeat_n(fill, missing).collect();
    match left {
        true => text(filling + &source, fuel),
        false => text(source.into_owned() + &filling, fuel),
    }
}

fn truncate<'s>(mut args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let source = args.text(0)?;
    let length = args.count(1)?;
    let end = args.text_or(2, "…")?;
    fuel.scan(source.len())?;
    if source.chars().nth(length).is_none() {
        return Ok(args.take(0));
    }
    let kept = length.saturating_sub(end.chars().count());
    let head = source.chars().take(kept);
    text(head.chain(end.chars()).take(length).collect(), fuel)
}
