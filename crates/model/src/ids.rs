//! Identifiers: 128 bits, time first, written as `case_01J…` (a prefix and 26 Crockford base-32 digits).
//!
//! The caller brings both the milliseconds and the random part, so that this crate reads no clock
//! and draws no randomness.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A text that is not an identifier of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an id of the form {prefix}_ followed by 26 letters and digits")]
pub struct InvalidId {
    /// The prefix that was expected, without the underscore.
    pub prefix: &'static str,
    /// What was given instead.
    pub text: String,
}

/// 48 bits of Unix milliseconds followed by 80 random bits.
fn pack(unix_ms: i64, random: u128) -> u128 {
    let time = u128::from(unix_ms.max(0) as u64) & ((1 << 48) - 1);
    (time << 80) | (random & ((1 << 80) - 1))
}

fn encode(mut value: u128) -> [u8; 26] {
    let mut out = [b'0'; 26];
    for slot in out.iter_mut().rev() {
        *slot = DIGITS[(value & 31) as usize];
        value >>= 5;
    }
    out
}

fn decode(text: &str) -> Option<u128> {
    if text.len() != 26 || text.as_bytes()[0] > b'7' {
        return None;
    }
    text.bytes().try_fold(0u128, |value, byte| {
        let digit = DIGITS
            .iter()
            .position(|d| *d == byte.to_ascii_uppercase())?;
        Some((value << 5) | digit as u128)
    })
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u128);

        impl $name {
            /// The text before the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// Makes an identifier from Unix milliseconds and (the low 80 bits of) a random number.
            pub fn new(unix_ms: i64, random: u128) -> Self {
                Self(pack(unix_ms, random))
            }

            /// The stored form: 16 bytes, big-endian, so that byte order is time order.
            pub fn to_bytes(self) -> [u8; 16] {
                self.0.to_be_bytes()
            }

            /// Reads the stored form back.
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(u128::from_be_bytes(bytes))
            }

            /// The Unix milliseconds that the identifier was made with.
            pub fn unix_ms(self) -> i64 {
                (self.0 >> 80) as i64
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($prefix)?;
                f.write_str("_")?;
                for byte in encode(self.0) {
                    fmt::Write::write_char(f, byte as char)?;
                }
                Ok(())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.strip_prefix(concat!($prefix, "_"))
                    .and_then(decode)
                    .map(Self)
                    .ok_or_else(|| InvalidId { prefix: $prefix, text: text.chars().take(64).collect() })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    };
}

id!(/// The unit of isolation.
    TenantId, "tenant");
id!(/// One received item.
    AlertId, "alert");
id!(/// Our unit of work.
    CaseId, "case");
id!(/// One execution of one playbook version.
    RunId, "run");
id!(/// A configured intake.
    SourceId, "source");
id!(/// What a run asks of people.
    TaskId, "task");
id!(/// Something that somebody wants of a run.
    WishId, "wish");
id!(/// A person with an account.
    UserId, "user");
id!(/// A configured instance of a connector.
    ConnectionId, "conn");
id!(/// A signed-in browser.
    SessionId, "session");
id!(/// A bearer token of a source or of the API.
    TokenId, "token");
id!(/// A version of a playbook tried on past runs.
    BacktestId, "backtest");

impl TenantId {
    /// The tenant that a fresh installation starts with.
    pub const DEFAULT: TenantId = TenantId(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_round_trips_and_sorts_by_time() {
        let a = CaseId::new(1_700_000_000_000, u128::MAX);
        let b = CaseId::new(1_700_000_000_001, 0);
        assert!(a < b && a.to_string() < b.to_string());
        assert_eq!(a.to_string().parse::<CaseId>().unwrap(), a);
        assert_eq!(CaseId::from_bytes(a.to_bytes()), a);
        assert_eq!(a.unix_ms(), 1_700_000_000_000);
    }

    #[test]
    fn another_kind_of_id_is_refused() {
        let run = RunId::new(1, 2).to_string();
        let error = run.parse::<CaseId>().unwrap_err();
        assert_eq!(error.prefix, "case");
        assert!("case_".parse::<CaseId>().is_err());
        assert!("case_ZZZZZZZZZZZZZZZZZZZZZZZZZZ".parse::<CaseId>().is_err());
    }
}
