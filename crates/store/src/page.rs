//! Paging by key: a page says where the next one starts, so rows that arrive meanwhile neither repeat nor hide others.

use std::{fmt, str::FromStr};

/// The most rows of one page.
pub const LIMIT_MAX: u32 = 200;

/// Which part of a list is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// Go on behind this place; `None` starts at the top.
    pub after: Option<Cursor>,
    /// At most this many rows; more than [`LIMIT_MAX`] is cut, 0 means 50.
    pub limit: u32,
}

impl Page {
    /// The first `limit` rows.
    pub fn first(limit: u32) -> Self {
        Self { after: None, limit }
    }
    /// The `limit` rows behind a place.
    pub fn after(cursor: Cursor, limit: u32) -> Self {
        Self {
            after: Some(cursor),
            limit,
        }
    }
    pub(crate) fn rows(&self) -> usize {
        match self.limit {
            0 => 50,
            limit => limit.min(LIMIT_MAX) as usize,
        }
    }
}

/// A place in a list; callers pass it on without looking inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor(pub(crate) Place);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// Rows in the order of their arrival.
    Seq(i64),
    /// Rows in the order of a moment, then of their id.
    At(i64, [u8; 16]),
}

impl Cursor {
    pub(crate) fn seq(seq: i64) -> Self {
        Self(Place::Seq(seq))
    }
    pub(crate) fn at(micros: i64, id: [u8; 16]) -> Self {
        Self(Place::At(micros, id))
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Place::Seq(seq) => write!(f, "s{seq}"),
            Place::At(micros, id) => write!(f, "u{micros}.{:032x}", u128::from_be_bytes(id)),
        }
    }
}

impl FromStr for Cursor {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "this is not a place in a list: start again at its top".to_owned();
        if let Some(seq) = text.strip_prefix('s') {
            return seq.parse().map(Self::seq).map_err(|_| wrong());
        }
        let (micros, id) = text
            .strip_prefix('u')
            .and_then(|rest| rest.split_once('.'))
            .ok_or_else(wrong)?;
        if id.len() != 32 {
            return Err(wrong());
        }
        let id = u128::from_str_radix(id, 16).map_err(|_| wrong())?;
        Ok(Self::at(
            micros.parse().map_err(|_| wrong())?,
            id.to_be_bytes(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_its_text_form() {
        for cursor in [Cursor::seq(7), Cursor::at(-5, [0xab; 16])] {
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        for nonsense in [
            "",
            "s",
            "u",
            "u1",
            "u1.zz",
            "x9",
            "u1.+0000000000000000000000000000001",
        ] {
            let _ = nonsense.parse::<Cursor>();
        }
        assert!("u1.zz".parse::<Cursor>().is_err());
    }
}
