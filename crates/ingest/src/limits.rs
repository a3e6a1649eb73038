//! How much of anything is taken in, and what is said when it is more.
//!
//! A limit either refuses a whole request before anything is stored ([`Rejected`]: the sender hears
//! what is wrong and where), or cuts what is kept of one alert and says so in its diagnostics. The
//! raw bytes of an accepted alert are never cut.

use std::fmt;

/// Largest mail.
pub const MAIL_BYTES_MAX: usize = 25 * 1024 * 1024;
/// Largest item that is no mail.
pub const ITEM_BYTES_MAX: usize = 1024 * 1024;
/// Most items in one request.
pub const ITEMS_MAX: usize = 1_000;
/// Deepest JSON. `serde_json` refuses deeper values too; asking first gives the place.
pub const JSON_DEPTH_MAX: usize = 127;
/// Most observables of one alert.
pub const OBSERVABLES_MAX: usize = 1_000;
/// Most attachments of one mail, those of nested mails included.
pub const ATTACHMENTS_MAX: usize = 64;
/// Deepest mail inside a mail, and deepest multipart inside a multipart.
pub const MAIL_DEPTH_MAX: usize = 8;
/// Most MIME parts of one mail.
pub const MAIL_PARTS_MAX: usize = 1_000;
/// Most `Received` lines that are read.
pub const HOPS_MAX: usize = 50;
/// Most links of one mail that are listed.
pub const LINKS_MAX: usize = 500;
/// Longest text of a mail that is kept among the fields, in bytes; all of it is searched.
pub const MAIL_TEXT_BYTES_MAX: usize = 64 * 1024;
/// Largest `fields` of one alert, as JSON.
pub const FIELDS_BYTES_MAX: usize = 256 * 1024;
/// Longest title, in characters.
pub const TITLE_CHARS_MAX: usize = 200;
/// Longest line that is taken for one bare IOC.
pub const IOC_BYTES_MAX: usize = 8 * 1024;
/// Most diagnostics of one alert.
pub const DIAGNOSTICS_MAX: usize = 50;
/// Longest deduplication key a mapping gives, in bytes; a longer one is replaced by its hash.
pub const DEDUP_BYTES_MAX: usize = 256;

/// What one request may hold. The defaults are the constants of this module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest mail, bytes.
    pub mail_bytes_max: usize,
    /// Largest other item, bytes.
    pub item_bytes_max: usize,
    /// Most items.
    pub items_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            mail_bytes_max: MAIL_BYTES_MAX,
            item_bytes_max: ITEM_BYTES_MAX,
            items_max: ITEMS_MAX,
        }
    }
}

/// A place in the received bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Bytes before it.
    pub offset: usize,
    /// Line, from 1.
    pub line: usize,
    /// Byte column, from 1.
    pub column: usize,
}

impl Place {
    /// The line and column of a byte offset.
    pub fn of(bytes: &[u8], offset: usize) -> Self {
        let before = bytes.get(..offset).unwrap_or(bytes);
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let start = before
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        Self {
            offset: before.len(),
            line,
            column: before.len() - start + 1,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// Why a request as a whole is not taken. Nothing of it is stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}{}", self.at.map(|at| format!(" ({at})")).unwrap_or_default())]
pub struct Rejected {
    /// A stable word: `empty`, `too_large`, `too_many_items`, `too_deep`.
    pub code: &'static str,
    /// What is wrong, one sentence, no full stop.
    pub message: String,
    /// How to mend it.
    pub hint: String,
    /// Where, if it has a place.
    pub at: Option<Place>,
}

impl Rejected {
    pub(crate) fn new(
        code: &'static str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self {
            code,
            message: message.into(),
            hint: hint.into(),
            at: None,
        }
    }

    pub(crate) fn too_many(found: usize, most: usize) -> Self {
        Self::new(
            "too_many_items",
            format!("the request holds more than {most} alerts (at least {found})"),
            format!("send at most {most} alerts in one request"),
        )
    }
}
