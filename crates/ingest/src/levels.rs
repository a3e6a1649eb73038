//! Severities as products write them: words, numbers, priorities, and scales a mapping declares.

use serde_json::Value;
use updraft_model::Severity;

/// Reads a severity on the scales that most products share: words (`HIGH`, `E_CRITICAL`,
/// `1 - Critical`, `P2`), numbers up to 10 (0 to 3 low, 4 to 6 medium, 7 and 8 high, 9 and 10
/// critical, as in CEF) and numbers up to 100 (a tenth of them counts).
pub fn read(value: &Value) -> Option<Severity> {
    match value {
        Value::Number(number) => from_number(number.as_f64()?),
        Value::String(text) => from_text(text),
        // `{"severity": {"name": "High", "id": 3}}`
        Value::Object(object) => [
            "name",
            "label",
            "Label",
            "value",
            "normalized",
            "Normalized",
            "id",
        ]
        .iter()
        .find_map(|key| {
            object
                .get(*key)
                .filter(|inner| !inner.is_object())
                .and_then(read)
        }),
        _ => None,
    }
}

/// Reads a severity from a text.
pub fn from_text(text: &str) -> Option<Severity> {
    let text = text.trim();
    if text.is_empty() || text.len() > 40 {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    if let Some(found) = from_word(&lower) {
        return Some(found);
    }
    if let Ok(number) = lower.parse::<f64>() {
        return from_number(number);
    }
    if let Some(digit) = lower
        .strip_prefix('p')
        .and_then(|rest| rest.parse::<u8>().ok())
    {
        return match digit {
            0 | 1 => Some(Severity::Critical),
            2 => Some(Severity::High),
            3 => Some(Severity::Medium),
            4 => Some(Severity::Low),
            5 => Some(Severity::Informational),
            _ => None,
        };
    }
    let words = lower.split(|c: char| !c.is_ascii_alphabetic());
    words.filter(|word| !word.is_empty()).find_map(from_word)
}

fn from_word(lower: &str) -> Option<Severity> {
    match lower {
        "very-high" | "very_high" | "very high" | "veryhigh" | "severe" | "urgent" | "disaster"
        | "panic" | "emerg" => Some(Severity::Critical),
        "very-low" | "very_low" | "very low" | "verylow" | "trivial" => Some(Severity::Low),
        "err" => Some(Severity::High),
        "average" | "normal" => Some(Severity::Medium),
        _ => Severity::from_word(lower),
    }
}

/// Reads a number on the 0 to 10 or the 0 to 100 scale.
pub fn from_number(number: f64) -> Option<Severity> {
    if !number.is_finite() || !(0.0..=100.0).contains(&number) {
        return None;
    }
    let of_ten = if number > 10.0 { number / 10.0 } else { number };
    Some(match of_ten {
        n if n < 1.0 => Severity::Informational,
        n if n < 4.0 => Severity::Low,
        n if n < 7.0 => Severity::Medium,
        n if n < 9.0 => Severity::High,
        _ => Severity::Critical,
    })
}

/// Syslog's numbers run the other way: 0 is an emergency, 7 is debug.
pub fn from_syslog(number: u8) -> Severity {
    match number {
        0..=2 => Severity::Critical,
        3 => Severity::High,
        4 => Severity::Medium,
        5 => Severity::Low,
        _ => Severity::Informational,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn words_and_numbers_of_real_products() {
        for (value, expected) in [
            (json!("E_CRITICAL"), Some(Severity::Critical)),
            (json!("1 - Critical"), Some(Severity::Critical)),
            (json!("Very-High"), Some(Severity::Critical)),
            (json!("P2"), Some(Severity::High)),
            (json!("WARN"), Some(Severity::Medium)),
            (json!("7.5"), Some(Severity::High)),
            (json!(65.0), Some(Severity::Medium)),
            (json!(10), Some(Severity::Critical)),
            (
                json!({"Label": "MEDIUM", "Normalized": 40}),
                Some(Severity::Medium),
            ),
            (json!("no such word"), None),
            (json!(-1), None),
            (json!(1_000), None),
            (json!(null), None),
        ] {
            assert_eq!(read(&value), expected, "{value}");
        }
    }
}
