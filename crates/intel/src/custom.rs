//! Kinds of observable that content defines: a pattern, checks and a spelling, all as data.

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use updraft_model::ObservableType as Kind;

use crate::observe::Found;

/// Longest pattern, bytes.
pub const PATTERN_BYTES_MAX: usize = 2048;
/// Largest compiled pattern, bytes.
const PROGRAM_BYTES_MAX: usize = 1 << 20;
/// Most steps of one normaliser or validator list.
const STEPS_MAX: usize = 16;
/// Longest name, bytes.
const NAME_BYTES_MAX: usize = 64;

/// A kind as it is written in content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomSpec {
    /// The kind's name: lower-case letters, digits and underscores.
    pub name: String,
    /// A regular expression (linear time, no look-around). The group `value` or the first group is the
    /// value, without groups the whole match is.
    pub pattern: String,
    /// Steps to the canonical form, in order.
    #[serde(default)]
    pub normalise: Vec<Normalise>,
    /// Checks of the canonical form; all must hold.
    #[serde(default)]
    pub validate: Vec<Validate>,
}

/// One step to the canonical form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Normalise {
    /// Lower case.
    Lower,
    /// Upper case.
    Upper,
    /// Without blanks.
    RemoveBlanks,
    /// Without these characters.
    Remove(String),
    /// With this in front, unless it is there.
    Prefix(String),
}

/// One check of the canonical form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Validate {
    /// The digits end with a Luhn check digit (payment cards, IMEI).
    Luhn,
    /// ISO 7064 mod 97 is 1 after moving the first four characters to the end (IBAN).
    Mod97,
    /// At least this many characters.
    MinChars(usize),
    /// At most this many characters.
    MaxChars(usize),
}

/// Why a kind cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadCustomType {
    /// The name is not usable or taken by a built-in kind.
    #[error(
        "`{0}` is not a name for a kind: lower-case letters, digits and `_`, not a built-in kind"
    )]
    Name(String),
    /// The pattern does not compile or is too large.
    #[error("the pattern of `{name}` cannot be used: {reason}")]
    Pattern {
        /// The kind.
        name: String,
        /// What the compiler says, one line.
        reason: String,
    },
    /// Too many steps.
    #[error("`{0}` has more than 16 normalise or validate steps")]
    Steps(String),
}

/// A kind ready for use.
#[derive(Debug, Clone)]
pub struct CustomType {
    spec: CustomSpec,
    kind: Kind,
    regex: Regex,
    group: usize,
}

impl CustomType {
    /// Checks a kind and compiles its pattern.
    pub fn new(spec: CustomSpec) -> Result<Self, BadCustomType> {
        let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_';
        let taken = Kind::built_in().any(|kind| kind.as_str() == spec.name);
        let length = (1..=NAME_BYTES_MAX).contains(&spec.name.len());
        if !length || taken || !spec.name.bytes().all(plain) {
            return Err(BadCustomType::Name(spec.name.chars().take(80).collect()));
        }
        if spec.normalise.len() > STEPS_MAX || spec.validate.len() > STEPS_MAX {
            return Err(BadCustomType::Steps(spec.name));
        }
        let refuse = |reason: String| BadCustomType::Pattern {
            name: spec.name.clone(),
            reason,
        };
        if spec.pattern.is_empty() || spec.pattern.len() > PATTERN_BYTES_MAX {
            return Err(refuse("it is empty or longer than 2048 bytes".to_owned()));
        }
        let regex = RegexBuilder::new(&spec.pattern)
            .size_limit(PROGRAM_BYTES_MAX)
            .dfa_size_limit(PROGRAM_BYTES_MAX)
            .build()
            .map_err(|error| {
                refuse(
                    error
                        .to_string()
                        .lines()
                        .last()
                        .unwrap_or_default()
                        .to_owned(),
                )
            })?;
        let named = regex.capture_names().position(|name| name == Some("value"));
        let group = named.unwrap_or(usize::from(regex.captures_len() > 1));
        Ok(Self {
            kind: Kind::Custom(spec.name.clone()),
            spec,
            regex,
            group,
        })
    }

    /// The kind's name.
    pub fn name(&self) -> &str {
        &self.spec.name
    }

    /// The canonical form, if the checks hold.
    pub fn canonical(&self, written: &str) -> Option<String> {
        let value = self
            .spec
            .normalise
            .iter()
            .fold(written.trim().to_owned(), normalised);
        let fits = !value.is_empty() && self.spec.validate.iter().all(|check| holds(check, &value));
        fits.then_some(value)
    }

    pub(crate) fn find<'t, 'a: 't>(
        &'t self,
        text: &'a str,
    ) -> impl Iterator<Item = Found<'a>> + 't {
        self.regex.captures_iter(text).filter_map(move |captures| {
            let place = captures.get(self.group)?;
            Some(Found {
                kind: self.kind.clone(),
                value: self.canonical(place.as_str())?.into(),
                original: text.get(place.range())?,
                start: place.start(),
                end: place.end(),
                within: false,
            })
        })
    }
}

fn normalised(value: String, step: &Normalise) -> String {
    match step {
        Normalise::Lower => value.to_lowercase(),
        Normalise::Upper => value.to_uppercase(),
        Normalise::RemoveBlanks => value.split_whitespace().collect(),
        Normalise::Remove(unwanted) => value.chars().filter(|c| !unwanted.contains(*c)).collect(),
        Normalise::Prefix(prefix) if value.starts_with(prefix.as_str()) => value,
        Normalise::Prefix(prefix) => format!("{prefix}{value}"),
    }
}

fn holds(check: &Validate, value: &str) -> bool {
    match check {
        Validate::Luhn => luhn(value),
        Validate::Mod97 => mod97(value),
        Validate::MinChars(least) => value.chars().count() >= *least,
        Validate::MaxChars(most) => value.chars().count() <= *most,
    }
}

fn luhn(value: &str) -> bool {
    let digits: Vec<u32> = value.chars().filter_map(|c| c.to_digit(10)).collect();
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, digit)| match (i % 2, digit * 2) {
            (0, _) => *digit,
            (_, doubled) => doubled / 10 + doubled % 10,
        })
        .sum();
    digits.len() > 1 && sum.is_multiple_of(10)
}

fn mod97(value: &str) -> bool {
    let Some((head, tail)) = value.split_at_checked(4) else {
        return false;
    };
    let mut rest = 0u32;
    for c in tail.chars().chain(head.chars()) {
        let Some(digit) = c.to_digit(36) else {
            return false;
        };
        rest = (rest * if digit > 9 { 100 } else { 10 } + digit) % 97;
    }
    rest == 1
}
