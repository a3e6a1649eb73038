//! Text: searching, splitting, replacing.

use serde_json::Value;

use super::args::{Args, list, owned, text};
use super::{Builtin, builtin};
use crate::error::Error;
use crate::eval::Outcome;
use crate::fuel::Fuel;
use crate::operator;

pub(super) const TABLE: [Builtin; 11] = [
    builtin!("contains", "contains(list_or_text_or_object, value)", 2..=2,
        "Whether the value is in it, as with `in`.", "'invoice.exe' | contains('.exe')" => "true",
        contains),
    builtin!("ends_with", "ends_with(text, end)", 2..=2, "Whether the text ends so.",
        "'a.exe' | ends_with('.exe')" => "true", ends_with),
    builtin!("like", "like(text, pattern)", 2..=2,
        "Whether the whole text fits: `*` is any text, `?` one character; case does not matter.",
        "'Invoice.EXE' | like('*.exe')" => "true", like),
    builtin!("lines", "lines(text)", 1..=1, "The lines, without their ends.",
        "'a\\nb' | lines" => "[\"a\", \"b\"]", lines),
    builtin!("lower", "lower(text)", 1..=1, "In small letters.", "'ABC' | lower" => "\"abc\"",
    |args, fuel| {
        fuel.scan(args.text(0)?.len())?;
        text(args.text(0)?.to_lowercase(), fuel)
    }),
    builtin!("replace", "replace(text, from, to)", 3..=3, "Every `from` replaced.",
        "'a-b-c' | replace('-', '+')" => "\"a+b+c\"", replace),
    builtin!("split", "split(text, separator?)", 1..=2,
        "The parts between separators; without one, the words.",
        "'a, b' | split(', ')" => "[\"a\", \"b\"]", split),
    builtin!("starts_with", "starts_with(text, start)", 2..=2, "Whether the text starts so.",
        "'/etc/passwd' | starts_with('/etc/')" => "true", starts_with),
    builtin!("substr", "substr(text, start, end?)", 2..=3,
        "The characters from start to end (excluded), negative from the end.",
        "'abcdef' | substr(1, -2)" => "\"bcd\"", substr),
    builtin!("trim", "trim(text, characters?)", 1..=2,
        "Without white space, or these characters, at both ends.",
        "'--a--' | trim('-')" => "\"a\"", trim),
    builtin!("upper", "upper(text)", 1..=1, "In capital letters.", "'abc' | upper" => "\"ABC\"",
    |args, fuel| {
        fuel.scan(args.text(0)?.len())?;
        text(args.text(0)?.to_uppercase(), fuel)
    }),
];

fn contains<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    owned(operator::contains(args.value(0), args.value(1), fuel)?)
}

fn starts_with<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    fuel.scan(args.text(1)?.len())?;
    owned(args.text(0)?.starts_with(args.text(1)?))
}

fn ends_with<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    fuel.scan(args.text(1)?.len())?;
    owned(args.text(0)?.ends_with(args.text(1)?))
}

fn replace<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let (source, from, to) = (args.text(0)?, args.text(1)?, args.text(2)?);
    if from.is_empty() {
        return Err(args.refuse("cannot replace empty text"));
    }
    fuel.scan(source.len())?;
    // The result can be far longer than the input, so it is paid for before it is made.
    let grown = source.matches(from).count().saturating_mul(to.len());
    fuel.bytes(grown)?;
    text(source.replace(from, to), fuel)
}

fn pieces<'t>(parts: impl Iterator<Item = &'t str>, fuel: &mut Fuel) -> Result<Vec<Value>, Error> {
    let mut made = Vec::new();
    for part in parts {
        fuel.elements(1)?;
        fuel.bytes(part.len())?;
        made.push(Value::from(part));
    }
    Ok(made)
}

fn split<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let source = args.text(0)?;
    fuel.scan(source.len())?;
    let made = match args.has(1) {
        false => pieces(source.split_whitespace(), fuel)?,
        true if args.text(1)?.is_empty() => {
            return Err(args.refuse("needs a separator that is not empty"));
        }
        true => pieces(source.split(args.text(1)?), fuel)?,
    };
    list(made, fuel)
}

fn lines<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let source = args.text(0)?;
    fuel.scan(source.len())?;
    let made = pieces(source.lines(), fuel)?;
    list(made, fuel)
}

fn substr<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let source = args.text(0)?;
    fuel.scan(source.len())?;
    let (start, end) = super::list::bounds(&args, source.chars().count(), 1)?;
    text(source.chars().skip(start).take(end - start).collect(), fuel)
}

fn trim<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let source = args.text(0)?;
    let trimmed = match args.has(1) {
        false => source.trim(),
        true => {
            let any: Vec<char> = args.text(1)?.chars().collect();
            fuel.steps((source.len() as u64).saturating_mul(any.len() as u64) / 64)?;
            source.trim_matches(any.as_slice())
        }
    };
    text(trimmed.to_owned(), fuel)
}

/// Greedy matching with one way back, to the last `*`: at most text times pattern, paid as it goes.
fn like<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let (source, pattern) = (args.text(0)?, args.text(1)?);
    fuel.scan(source.len() + pattern.len())?;
    fuel.bytes((source.len() + pattern.len()) * size_of::<char>())?;
    let fold = |text: &str| -> Vec<char> { text.chars().flat_map(char::to_lowercase).collect() };
    let (source, pattern) = (fold(source), fold(pattern));
    let (mut at, mut want) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    let mut tries = 0usize;
    while at < source.len() {
        tries += 1;
        if tries.is_multiple_of(16) {
            fuel.steps(1)?;
        }
        match (pattern.get(want), source.get(at)) {
            (Some('*'), _) => {
                back = Some((at, want + 1));
                want += 1;
            }
            (Some(wanted), Some(found)) if *wanted == '?' || wanted == found => {
                at += 1;
                want += 1;
            }
            _ => match back {
                Some((from, after)) => {
                    back = Some((from + 1, after));
                    at = from + 1;
                    want = after;
                }
                None => return owned(false),
            },
        }
    }
    owned(pattern.iter().skip(want).all(|c| *c == '*'))
}
