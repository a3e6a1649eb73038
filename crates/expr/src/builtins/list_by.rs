//! Lists of objects, by one of their values. Keys are dotted paths: `'file.hash.sha256'`.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::args::{Args, list, owned};
use super::list::pay_sort;
use super::{Builtin, builtin};
use crate::error::Error;
use crate::eval::Outcome;
use crate::fuel::Fuel;
use crate::value::{dig, equal, order, render, truthy};

pub(super) const TABLE: [Builtin; 9] = [
    builtin!("all", "all(list, key?)", 1..=2,
        "Whether every element, or its value under the key, is true; true for an empty list.",
        "[{'ok': true}, {'ok': false}] | all('ok')" => "false",
        |args, fuel| Ok(Cow::Owned(Value::Bool(!some(&args, fuel, false)?)))),
    builtin!("any", "any(list, key?)", 1..=2,
        "Whether some element, or its value under the key, is true.",
        "[{'ok': true}, {'ok': false}] | any('ok')" => "true",
        |args, fuel| Ok(Cow::Owned(Value::Bool(some(&args, fuel, true)?)))),
    builtin!("count_where", "count_where(list, key, value?)", 2..=3,
        "How many elements have that value (or any true one) under the key.",
        "[{'t': 'ip'}, {'t': 'url'}] | count_where('t', 'ip')" => "1", count_where),
    builtin!("group_by", "group_by(list, key)", 2..=2,
        "An object of lists: elements by the text form of their value under the key.",
        "[{'t': 'ip', 'v': 1}, {'t': 'url', 'v': 2}] | group_by('t')"
        => "{\"ip\": [{\"t\": \"ip\", \"v\": 1}], \"url\": [{\"t\": \"url\", \"v\": 2}]}",
        group_by),
    builtin!("map", "map(list, key)", 2..=2,
        "The value of each element under the key, null where it is missing.",
        "[{'a': 1}, {}] | map('a')" => "[1, null]",
        |args, fuel| column(&args, fuel, true)),
    builtin!("pluck", "pluck(list, key)", 2..=2,
        "As map, but leaves out what is missing or null.",
        "[{'a': 1}, {}] | pluck('a')" => "[1]", |args, fuel| column(&args, fuel, false)),
    builtin!("sort", "sort(list, key?)", 1..=2,
        "In order, by the key if given: null, truth, numbers, text, lists, objects. Stable.",
        "[{'n': 2}, {'n': 1}] | sort('n')" => "[{\"n\": 1}, {\"n\": 2}]", sort),
    builtin!("where", "where(list, key, value?)", 2..=3,
        "The elements that have that value (or any true one) under the key.",
        "[{'t': 'ip'}, {'t': 'url'}] | where('t', 'ip')" => "[{\"t\": \"ip\"}]",
        |args, fuel| filter(args, fuel, true)),
    builtin!("where_not", "where_not(list, key, value?)", 2..=3,
        "The elements that do not have that value (or any true one) under the key.",
        "[{'t': 'ip'}, {'t': 'url'}] | where_not('t', 'ip')" => "[{\"t\": \"url\"}]",
        |args, fuel| filter(args, fuel, false)),
];

/// Whether some element's truth is `wanted`.
fn some(args: &Args<'_>, fuel: &mut Fuel, wanted: bool) -> Result<bool, Error> {
    let key = if args.has(1) {
        Some(args.text(1)?)
    } else {
        None
    };
    for item in args.list(0)? {
        fuel.steps(1)?;
        let value = key.map_or(Some(item), |key| dig(item, key));
        if value.is_some_and(truthy) == wanted {
            return Ok(true);
        }
    }
    Ok(false)
}

fn matches(
    item: &Value,
    key: &str,
    wanted: Option<&Value>,
    fuel: &mut Fuel,
) -> Result<bool, Error> {
    fuel.scan(key.len())?;
    match (dig(item, key), wanted) {
        (Some(found), Some(wanted)) => equal(found, wanted, fuel),
        (Some(found), None) => Ok(truthy(found)),
        (None, _) => Ok(false),
    }
}

fn count_where<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let key = args.text(1)?;
    let wanted = args.has(2).then(|| args.value(2));
    let mut count = 0u64;
    for item in args.list(0)? {
        count += u64::from(matches(item, key, wanted, fuel)?);
    }
    owned(count)
}

fn filter<'s>(mut args: Args<'s>, fuel: &mut Fuel, keep: bool) -> Outcome<'s> {
    args.text(1)?;
    let wanted = args.has(2).then(|| args.take(2));
    let key = args.take(1);
    let key = key.as_str().unwrap_or("");
    let kept = args.keep(0, fuel, |item, fuel| {
        Ok(matches(item, key, wanted.as_deref(), fuel)? == keep)
    })?;
    list(kept, fuel)
}

fn column<'s>(args: &Args<'s>, fuel: &mut Fuel, gaps: bool) -> Outcome<'s> {
    let key = args.text(1)?;
    let mut made = Vec::new();
    for item in args.list(0)? {
        fuel.scan(key.len())?;
        match dig(item, key).filter(|found| !found.is_null()) {
            Some(found) => made.push(fuel.copy(found)?),
            None if gaps => made.push(Value::Null),
            None => {}
        }
    }
    list(made, fuel)
}

fn group_by<'s>(mut args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    args.text(1)?;
    let key = args.take(1);
    let key = key.as_str().unwrap_or("");
    let mut groups: Map<String, Value> = Map::new();
    for item in args.take_list(0, fuel)? {
        fuel.scan(key.len())?;
        fuel.elements(1)?;
        let mut name = String::new();
        render(dig(&item, key).unwrap_or(&Value::Null), &mut name, fuel)?;
        let group = groups
            .entry(name)
            .or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(items) = group {
            items.push(item);
        }
    }
    fuel.elements(groups.len())?;
    Ok(Cow::Owned(Value::Object(groups)))
}

fn sort<'s>(mut args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let key = match args.has(1) {
        true => Some(args.text(1)?.to_owned()),
        false => None,
    };
    let by = |item: &'_ Value| -> Value {
        match &key {
            Some(key) => dig(item, key).cloned().unwrap_or_default(),
            None => Value::Null,
        }
    };
    let mut items = args.take_list(0, fuel)?;
    if key.is_none() {
        pay_sort(items.iter(), fuel)?;
        items.sort_by(order);
        return list(items, fuel);
    }
    // Walked once as part of the copy above, so the keys are no larger than what is paid for.
    let mut keyed: Vec<(Value, Value)> = Vec::with_capacity(items.len());
    for item in items {
        fuel.elements(1)?;
        let found = by(&item);
        let size = fuel.walk(&found)?;
        fuel.bytes(size)?;
        keyed.push((found, item));
    }
    pay_sort(keyed.iter().map(|(key, _)| key), fuel)?;
    keyed.sort_by(|(a, _), (b, _)| order(a, b));
    list(keyed.into_iter().map(|(_, item)| item).collect(), fuel)
}
