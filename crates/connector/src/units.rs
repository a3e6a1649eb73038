//! Durations (`500ms`, `30s`, `15m`, `1h`, `7d`) and sizes (`512KiB`, `8MiB`).

/// The longest duration a document may name: one year.
pub const DURATION_MS_MAX: u64 = 365 * 86_400_000;
/// The biggest size a document may name.
pub const SIZE_BYTES_MAX: u64 = 1 << 40;

const DURATIONS: &[(&str, u64)] = &[
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];
const SIZES: &[(&str, u64)] = &[
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("B", 1),
];

/// Milliseconds of a duration; the error says what is wrong.
pub fn duration_ms(text: &str) -> Result<u64, String> {
    read(text, DURATIONS, DURATION_MS_MAX).ok_or_else(|| {
        format!(
            "`{}` is not a duration: write a number and ms, s, m, h or d",
            cut(text)
        )
    })
}

/// Bytes of a size; the error says what is wrong.
pub fn size_bytes(text: &str) -> Result<u64, String> {
    read(text, SIZES, SIZE_BYTES_MAX).ok_or_else(|| {
        format!(
            "`{}` is not a size: write a number and B, KiB, MiB or GiB",
            cut(text)
        )
    })
}

fn read(text: &str, units: &[(&str, u64)], max: u64) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let factor = units.iter().find(|(name, _)| *name == unit)?.1;
    let value = number.parse::<u64>().ok()?.checked_mul(factor)?;
    (value <= max).then_some(value)
}

fn cut(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read_and_nonsense_is_refused() {
        assert_eq!(duration_ms("500ms"), Ok(500));
        assert_eq!(duration_ms("15m"), Ok(900_000));
        assert_eq!(size_bytes("8MiB"), Ok(8 << 20));
        for wrong in ["", "5", "s", "-1s", "1 s", "99999999999999d", "1.5h", "ms5"] {
            assert!(duration_ms(wrong).is_err(), "{wrong}");
        }
        assert!(size_bytes("8MB").is_err());
    }
}
