//! Times: between RFC 3339 text and seconds since 1970, always UTC on the way out.

use serde_json::Value;

use super::args::{Args, owned, text};
use super::time_format::{MILLIS_A_DAY, Moment, format_moment};
use super::{Builtin, builtin};
use crate::error::Error;
use crate::eval::Outcome;
use crate::fuel::Fuel;
use crate::number::Num;

pub(super) const TABLE: [Builtin; 7] = [
    builtin!("add_seconds", "add_seconds(time, seconds)", 2..=2, "The time so much later.",
        "'2024-02-28T23:59:59Z' | add_seconds(1)" => "\"2024-02-29T00:00:00Z\"", add_seconds),
    builtin!("date", "date(time, format?)", 1..=2,
        "A time (RFC 3339 or seconds) in UTC by %Y %m %d %H %M %S %j %a %b %F %T; %F if not said.",
        "0 | date('%d %b %Y %H:%M')" => "\"01 Jan 1970 00:00\"", date),
    builtin!("epoch_ms_to_rfc3339", "epoch_ms_to_rfc3339(milliseconds)", 1..=1,
    "The time so many milliseconds after 1970.",
    "epoch_ms_to_rfc3339(1500)" => "\"1970-01-01T00:00:01.500Z\"", |args, fuel| {
        let millis = Moment::from_millis(args.number(0)?, 1);
        rfc3339(&args, millis, fuel)
    }),
    builtin!("epoch_to_rfc3339", "epoch_to_rfc3339(seconds)", 1..=1,
    "The time so many seconds after 1970.",
    "epoch_to_rfc3339(1700000000)" => "\"2023-11-14T22:13:20Z\"", |args, fuel| {
        let millis = Moment::from_millis(args.number(0)?, 1_000);
        rfc3339(&args, millis, fuel)
    }),
    builtin!("rfc3339_to_epoch", "rfc3339_to_epoch(time)", 1..=1,
        "Whole seconds since 1970.", "rfc3339_to_epoch('2023-11-14T23:13:20+01:00')"
        => "1700000000", |args, _| owned(moment(&args)?.millis().div_euclid(1_000))),
    builtin!("rfc3339_to_epoch_ms", "rfc3339_to_epoch_ms(time)", 1..=1,
        "Milliseconds since 1970.", "rfc3339_to_epoch_ms('1970-01-01T00:00:01.5Z')" => "1500",
        |args, _| owned(moment(&args)?.millis())),
    builtin!("seconds_between", "seconds_between(from, to)", 2..=2,
        "Whole seconds from one time to another, negative when it is earlier.",
        "seconds_between('2024-01-01T00:00:00Z', '2024-01-02T00:00:00Z')" => "86400",
        seconds_between),
];

fn moment(args: &Args<'_>) -> Result<Moment, Error> {
    moment_at(args, 0)
}

/// A time given as RFC 3339 text or as seconds.
fn moment_at(args: &Args<'_>, at: usize) -> Result<Moment, Error> {
    let found = match args.value(at) {
        Value::String(source) => Moment::parse(source),
        Value::Number(_) => Moment::from_millis(args.number(at)?, 1_000),
        other => return Err(args.wrong(at, "a time", other)),
    };
    found.ok_or_else(|| {
        let hint = "write times as `2024-05-01T12:00:00Z`, years 0 to 9999";
        args.refuse("found no time it knows").hinted(hint)
    })
}

fn rfc3339<'s>(args: &Args<'s>, moment: Option<Moment>, fuel: &mut Fuel) -> Outcome<'s> {
    match moment {
        Some(moment) => text(moment.rfc3339(), fuel),
        None => Err(args.refuse("knows years 0 to 9999")),
    }
}

fn add_seconds<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let start = moment(&args)?;
    let later = match args.number(1)? {
        Num::Int(seconds) => i64::try_from(seconds)
            .ok()
            .and_then(|s| s.checked_mul(1_000)),
        Num::Float(seconds) => Some((seconds * 1_000.0).round() as i64),
    };
    let millis = later.and_then(|later| start.millis().checked_add(later));
    let moved = millis.and_then(|millis| Moment::from_millis(Num::Int(millis.into()), 1));
    rfc3339(&args, moved, fuel)
}

fn seconds_between<'s>(args: Args<'s>, _: &mut Fuel) -> Outcome<'s> {
    let millis = moment_at(&args, 1)?.millis() - moment(&args)?.millis();
    debug_assert!(millis.abs() < 10_000 * 366 * MILLIS_A_DAY);
    owned(millis / 1_000)
}

fn date<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let moment = moment(&args)?;
    let format = args.text_or(1, "%F")?;
    match format_moment(moment, format) {
        Some(made) => text(made, fuel),
        None => {
            let hint = "known are %Y %m %d %H %M %S %j %a %b %F %T and %%";
            Err(args
                .refuse("found an unknown `%` in the format")
                .hinted(hint))
        }
    }
}
