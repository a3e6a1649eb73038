//! Lists as a whole: size, ends, parts, order, sums.

use std::borrow::Cow;

use serde_json::Value;

use super::args::{Args, list, owned, part};
use super::{Builtin, builtin};
use crate::RANGE_MAX;
use crate::ast::Operator;
use crate::error::Error;
use crate::eval::Outcome;
use crate::fuel::Fuel;
use crate::number::Num;
use crate::sealed::{Sealed, sealed_map};
use crate::value::{compare, equal, kind, order, truthy};

pub(super) const TABLE: [Builtin; 18] = [
    builtin!("avg", "avg(numbers)", 1..=1, "The mean; null for an empty list.",
        "[1, 2, 6] | avg" => "3.0", avg),
    builtin!("chunk", "chunk(list, size)", 2..=2, "Lists of at most that size, in order.",
        "[1, 2, 3] | chunk(2)" => "[[1, 2], [3]]", chunk),
    builtin!("compact", "compact(list)", 1..=1, "Without null, \"\", [] and {}.",
        "[1, null, '', 0, []] | compact" => "[1, 0]", compact),
    builtin!("first", "first(list)", 1..=1, "The first element; null when there is none.",
        "[1, 2] | first" => "1", first),
    builtin!("flatten", "flatten(list)", 1..=1, "With the elements of inner lists, one level.",
        "[1, [2, [3]]] | flatten" => "[1, 2, [3]]", flatten),
    builtin!("index_of", "index_of(list_or_text, value)", 2..=2,
        "Where the value is first found; null when it is not.",
        "['a', 'b'] | index_of('b')" => "1", index_of),
    builtin!("join", "join(list, separator?)", 1..=2, "The elements as one text.",
        "['a', 1] | join(', ')" => "\"a, 1\"", join),
    builtin!("last", "last(list)", 1..=1, "The last element; null when there is none.",
        "[1, 2] | last" => "2", last),
    builtin!("len", "len(value)", 1..=1,
        "How many characters, elements or entries; 0 for null.", "len('été')" => "3", len),
    builtin!("max", "max(list)", 1..=1, "The largest of numbers or texts; null when empty.",
        "[1, 3, 2] | max" => "3", |args, fuel| extreme(args, fuel, true)),
    builtin!("min", "min(list)", 1..=1, "The smallest of numbers or texts; null when empty.",
        "['b', 'a'] | min" => "\"a\"", |args, fuel| extreme(args, fuel, false)),
    builtin!("range", "range(end) or range(start, end)", 1..=2,
        "Whole numbers from 0 or start, end excluded, 10000 at most.",
        "range(1, 4)" => "[1, 2, 3]", range),
    builtin!("reverse", "reverse(list_or_text)", 1..=1, "Back to front.",
        "[1, 2] | reverse" => "[2, 1]", reverse),
    builtin!("slice", "slice(list, start, end?)", 2..=3,
        "The elements from start to end (excluded), negative from the end.",
        "[1, 2, 3, 4] | slice(1, -1)" => "[2, 3]", slice),
    builtin!("sum", "sum(numbers)", 1..=1, "All numbers added; 0 for an empty list.",
        "[1, 2, 3] | sum" => "6", sum),
    builtin!("type", "type(value)", 1..=1,
        "null, bool, number, string, list, object, secret or restricted.", "[1] | type" => "\"list\"", type_name),
    builtin!("unique", "unique(list)", 1..=1, "Each value once, at its first place.",
        "[1, 'a', 1.0, 'a'] | unique" => "[1, \"a\"]", unique),
    builtin!("zip", "zip(list, list)", 2..=2, "Pairs of elements, as many as the shorter has.",
        "['a', 'b'] | zip([1, 2, 3])" => "[[\"a\", 1], [\"b\", 2]]", zip),
];

pub(super) fn len<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let count = match args.value(0) {
        Value::Null => 0,
        Value::String(text) => {
            fuel.scan(text.len())?;
            text.chars().count()
        }
        Value::Array(items) => items.len(),
        Value::Object(map) if sealed_map(map).is_none() => map.len(),
        other => return Err(args.wrong(0, "text, a list or an object", other)),
    };
    owned(count)
}

fn type_name<'s>(args: Args<'s>, _: &mut Fuel) -> Outcome<'s> {
    owned(match args.value(0) {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "list",
        Value::Object(map) => sealed_map(map).map_or("object", Sealed::word),
    })
}

fn first<'s>(mut args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    end(&mut args, fuel, |items| items.first())
}

fn last<'s>(mut args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    end(&mut args, fuel, |items| items.last())
}

fn end<'s>(
    args: &mut Args<'s>,
    fuel: &mut Fuel,
    pick: fn(&[Value]) -> Option<&Value>,
) -> Outcome<'s> {
    if args.value(0).is_null() {
        return owned(Value::Null);
    }
    args.list(0)?;
    let found = part(args.take(0), fuel, |value| pick(value.as_array()?))?;
    Ok(found.unwrap_or_default())
}

/// Start and end as places, both within the length.
pub(super) fn bounds(args: &Args<'_>, length: usize, from: usize) -> Result<(usize, usize), Error> {
    let place = |index: i64| match usize::try_from(index) {
        Ok(at) => at.min(length),
        Err(_) => length.saturating_sub(usize::try_from(index.unsigned_abs()).unwrap_or(length)),
    };
    let start = place(args.int(from)?);
    let end = place(args.int_or(from + 1, i64::MAX)?);
    Ok((start, end.max(start)))
}

fn slice<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let items = args.list(0)?;
    let (start, end) = bounds(&args, items.len(), 1)?;
    let mut made = Vec::with_capacity(end - start);
    for item in items.get(start..end).unwrap_or(&[]) {
        made.push(fuel.copy(item)?);
    }
    list(made, fuel)
}

fn chunk<'s>(mut args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let size = args.count(1)?;
    if size == 0 {
        return Err(args.refuse("needs a size of at least 1"));
    }
    let mut made: Vec<Value> = Vec::new();
    let mut items = args.take_list(0, fuel)?.into_iter();
    loop {
        let group: Vec<Value> = items.by_ref().take(size).collect();
        if group.is_empty() {
            return list(made, fuel);
        }
        fuel.elements(group.len())?;
        made.push(Value::Array(group));
    }
}

fn compact<'s>(mut args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let kept = args.keep(0, fuel, |item, _| {
        Ok(truthy(item) || matches!(item, Value::Bool(_) | Value::Number(_)))
    })?;
    list(kept, fuel)
}

fn flatten<'s>(mut args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let mut made = Vec::new();
    for item in args.take_list(0, fuel)? {
        match item {
            Value::Array(inner) => {
                fuel.elements(inner.len())?;
                made.extend(inner);
            }
            other => made.push(other),
        }
    }
    list(made, fuel)
}

fn index_of<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let found = match args.value(0) {
        Value::Array(items) => {
            let mut found = None;
            for (at, item) in items.iter().enumerate() {
                if equal(item, args.value(1), fuel)? {
                    found = Some(at);
                    break;
                }
            }
            found
        }
        Value::String(text) => {
            fuel.scan(text.len())?;
            let at = text.find(args.text(1)?);
            at.map(|at| text.get(..at).unwrap_or("").chars().count())
        }
        other => return Err(args.wrong(0, "a list or text", other)),
    };
    owned(found.map_or(Value::Null, Value::from))
}

fn join<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let separator = args.text_or(1, "")?;
    let mut out = String::new();
    for (at, item) in args.list(0)?.iter().enumerate() {
        fuel.steps(1)?;
        if at > 0 {
            fuel.bytes(separator.len())?;
            out.push_str(separator);
        }
        crate::value::render(item, &mut out, fuel)?;
    }
    owned(out)
}

fn range<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let (start, end) = match args.has(1) {
        true => (args.int(0)?, args.int(1)?),
        false => (0, args.int(0)?),
    };
    if end.saturating_sub(start) > RANGE_MAX {
        let message = format!("`range` makes {RANGE_MAX} numbers at most");
        return Err(Error::limit(message, "walk a list that exists instead"));
    }
    list((start..end).map(Value::from).collect(), fuel)
}

fn reverse<'s>(mut args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    if let Value::String(text) = args.value(0) {
        let reversed = text.chars().rev().collect();
        return super::args::text(reversed, fuel);
    }
    let mut items = args.take_list(0, fuel)?;
    items.reverse();
    list(items, fuel)
}

fn numbers(args: &Args<'_>, fuel: &mut Fuel) -> Result<Num, Error> {
    let mut total = Num::Int(0);
    for item in args.list(0)? {
        fuel.steps(1)?;
        match item {
            Value::Number(number) => total = total.calculate(Operator::Add, Num::of(number))?,
            other => {
                let why = format!("needs numbers only, but the list has {}", kind(other));
                return Err(Error::wrong_type(
                    args.refuse(&why).message,
                    "filter the list first",
                ));
            }
        }
    }
    Ok(total)
}

fn sum<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    numbers(&args, fuel)?.into_value().map(Cow::Owned)
}

fn avg<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let total = numbers(&args, fuel)?;
    match args.list(0)?.len() {
        0 => owned(Value::Null),
        count => Num::Float(total.to_float() / count as f64)
            .into_value()
            .map(Cow::Owned),
    }
}

fn extreme<'s>(mut args: Args<'s>, fuel: &mut Fuel, largest: bool) -> Outcome<'s> {
    let items = args.list(0)?;
    let mut best = 0;
    for (at, item) in items.iter().enumerate() {
        fuel.steps(1)?;
        let held = items.get(best).unwrap_or(&Value::Null);
        let Some(ordering) = compare(item, held) else {
            let why = "needs all numbers or all texts";
            return Err(Error::wrong_type(
                args.refuse(why).message,
                "filter the list first",
            ));
        };
        if if largest {
            ordering.is_gt()
        } else {
            ordering.is_lt()
        } {
            best = at;
        }
    }
    let found = part(args.take(0), fuel, |value| value.as_array()?.get(best))?;
    Ok(found.unwrap_or_default())
}

/// Pays for sorting these keys: each is compared about log2(n) times.
pub(super) fn pay_sort<'v>(
    keys: impl ExactSizeIterator<Item = &'v Value>,
    fuel: &mut Fuel,
) -> Result<(), Error> {
    let rounds = u64::from(keys.len().max(1).ilog2()) + 1;
    for key in keys {
        let before = fuel.steps_left();
        fuel.walk(key)?;
        let walked = before - fuel.steps_left();
        fuel.steps(walked.saturating_mul(rounds))?;
    }
    Ok(())
}

fn unique<'s>(mut args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let items = args.list(0)?;
    pay_sort(items.iter(), fuel)?;
    let mut places: Vec<usize> = (0..items.len()).collect();
    let item = |at: &usize| items.get(*at).unwrap_or(&Value::Null);
    // Stable, so of equal values the first place comes first.
    places.sort_by(|a, b| order(item(a), item(b)));
    places.dedup_by(|later, earlier| order(item(later), item(earlier)).is_eq());
    places.sort_unstable();
    let mut wanted = places.into_iter().peekable();
    let mut at = 0;
    let kept = args.keep(0, fuel, |_, _| {
        at += 1;
        Ok(wanted.next_if_eq(&(at - 1)).is_some())
    })?;
    list(kept, fuel)
}

fn zip<'s>(mut args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let right = args.take_list(1, fuel)?;
    let left = args.take_list(0, fuel)?;
    let made: Vec<Value> = left
        .into_iter()
        .zip(right)
        .map(|(a, b)| Value::Array(vec![a, b]))
        .collect();
    fuel.elements(made.len() * 2)?;
    list(made, fuel)
}
