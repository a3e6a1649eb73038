//! Indicators as text: URLs and their hosts, safe to show or ready to use.

use std::borrow::Cow;

use super::args::{Args, text};
use super::{Builtin, builtin};
use crate::eval::Outcome;
use crate::fuel::Fuel;
use crate::number::Num;

pub(super) const TABLE: [Builtin; 5] = [
    builtin!("defang", "defang(text)", 1..=1, "So that nobody clicks on it by accident.",
        "'http://a.example/x' | defang" => "\"hxxp://a[.]example/x\"", defang),
    builtin!("distance_km", "distance_km(latitude, longitude, latitude, longitude)", 4..=4,
        "Whole kilometres from one place on the globe to another, in degrees.",
        "distance_km(52.52, 13.405, 38.7223, -9.1393)" => "2312", distance_km),
    builtin!("refang", "refang(text)", 1..=1, "What a defanged text stands for.",
        "'hxxp://a[.]example/x' | refang" => "\"http://a.example/x\"", refang),
    builtin!("strip_scheme", "strip_scheme(url)", 1..=1, "Without `https://` or the like.",
    "'https://a.example/x' | strip_scheme" => "\"a.example/x\"", |args, fuel| {
        text(without_scheme(args.text(0)?).to_owned(), fuel)
    }),
    builtin!("url_host", "url_host(url)", 1..=1,
        "The host of a URL in small letters, without user, port and path; empty if none.",
        "'https://me@A.example:8443/x' | url_host" => "\"a.example\"", url_host),
];

fn without_scheme(url: &str) -> &str {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url;
    };
    let mut chars = scheme.chars();
    let valid = chars.next().is_some_and(|c| c.is_ascii_alphabetic())
        && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    if valid { rest } else { url }
}

fn url_host<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let url = args.text(0)?.trim();
    fuel.scan(url.len())?;
    // Browsers read a backslash as a slash, and so do those who hide a host behind one.
    let authority = without_scheme(url)
        .split(['/', '\\', '?', '#'])
        .next()
        .unwrap_or("");
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let host = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => host.split(':').next().unwrap_or(""),
    };
    text(host.to_lowercase(), fuel)
}

fn defang<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let source = args.text(0)?;
    fuel.scan(source.len())?;
    let mut out = String::with_capacity(source.len() + source.len() / 4);
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let head = rest.get(..4).unwrap_or("");
        if head.eq_ignore_ascii_case("http") {
            out.push_str(if c == 'H' { "HXXP" } else { "hxxp" });
            rest = rest.get(4..).unwrap_or("");
            continue;
        }
        // What is defanged already stays as it is.
        let done = rest.get(..3).filter(|part| matches!(*part, "[.]" | "[@]"));
        if let Some(done) = done {
            out.push_str(done);
            rest = rest.get(3..).unwrap_or("");
            continue;
        }
        match c {
            '.' => out.push_str("[.]"),
            '@' => out.push_str("[@]"),
            c => out.push(c),
        }
        rest = rest.get(c.len_utf8()..).unwrap_or("");
    }
    text(out, fuel)
}

/// By the haversine formula on a sphere, which is off by half a percent at most. Whole kilometres, so that
/// the last digits of a machine's arithmetic do not matter.
fn distance_km<'s>(args: Args<'s>, _: &mut Fuel) -> Outcome<'s> {
    const RADIUS_KM: f64 = 6371.0;
    let degrees = |at: usize, limit: f64| {
        let value = match args.number(at)? {
            Num::Int(int) => int as f64,
            Num::Float(float) => float,
        };
        match value.abs() <= limit {
            true => Ok(value.to_radians()),
            false => Err(args.refuse("needs degrees: latitudes up to 90, longitudes up to 180")),
        }
    };
    let (from, to) = (degrees(0, 90.0)?, degrees(2, 90.0)?);
    let (west, east) = (degrees(1, 180.0)?, degrees(3, 180.0)?);
    let half = |angle: f64| (angle / 2.0).sin().powi(2);
    let chord = half(to - from) + from.cos() * to.cos() * half(east - west);
    let km = 2.0 * RADIUS_KM * chord.clamp(0.0, 1.0).sqrt().asin();
    Num::Int(km.round() as i128).into_value().map(Cow::Owned)
}

fn refang<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let source = args.text(0)?;
    fuel.scan(source.len().saturating_mul(8))?;
    let pairs = [
        ("[.]", "."),
        ("(.)", "."),
        ("[dot]", "."),
        ("[@]", "@"),
        ("[at]", "@"),
        ("[:]", ":"),
        ("[://]", "://"),
        ("hxxp", "http"),
        ("hXXp", "http"),
        ("HXXP", "HTTP"),
    ];
    let plain = pairs
        .iter()
        .fold(source.to_owned(), |text, (from, to)| text.replace(from, to));
    text(plain, fuel)
}
