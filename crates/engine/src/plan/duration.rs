//! Durations as people write them: `500ms`, `30s`, `15m`, `1h`, `7d`, `1h30m`.

use serde_json::Value;

use crate::limits::DELAY_MS_MAX;

/// Milliseconds of a duration; `None` if it is none or longer than a year.
pub fn parse_duration_ms(text: &str) -> Option<i64> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    let mut total: i64 = 0;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: i64 = rest.get(..digits)?.parse().ok()?;
        rest = rest.get(digits..)?;
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let unit = match rest.get(..letters)? {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return None,
        };
        rest = rest.get(letters..)?;
        total = total.checked_add(number.checked_mul(unit)?)?;
    }
    (total <= DELAY_MS_MAX).then_some(total)
}

/// Milliseconds of an evaluated delay: a duration's text or a number of seconds.
pub(crate) fn duration_of_value(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => parse_duration_ms(text),
        Value::Number(number) => {
            let seconds = number.as_f64()?;
            let millis = seconds * 1_000.0;
            (0.0..=DELAY_MS_MAX as f64)
                .contains(&millis)
                .then_some(millis as i64)
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_units_and_sums_and_refuses_the_rest() {
        let check = |text, expected| assert_eq!(parse_duration_ms(text), expected, "{text}");
        check("500ms", Some(500));
        check("15m", Some(900_000));
        check("1h30m", Some(5_400_000));
        check("0s", Some(0));
        check("366d", Some(DELAY_MS_MAX));
        check("367d", None);
        check("", None);
        check("10", None);
        check("m", None);
        check("1 h", None);
        check("-1s", None);
        check("99999999999999999999s", None);
    }
}
