//! Typed values seen in alerts and cases.

use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What kind of thing a value is. Custom kinds are content; they carry their own name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObservableType {
    /// IPv4 address, dotted quad.
    Ipv4,
    /// IPv6 address, RFC 5952 form.
    Ipv6,
    /// Network in CIDR notation.
    Cidr,
    /// Fully qualified domain name, ASCII (punycode), lower case.
    Domain,
    /// URL with scheme and host.
    Url,
    /// E-mail address.
    Email,
    /// MD5, 32 lower-case hex digits.
    Md5,
    /// SHA-1, 40 lower-case hex digits.
    Sha1,
    /// SHA-256, 64 lower-case hex digits.
    Sha256,
    /// SHA-512, 128 lower-case hex digits.
    Sha512,
    /// CVE identifier, upper case.
    Cve,
    /// Windows or Unix file path.
    FilePath,
    /// Windows registry key.
    RegistryKey,
    /// MAC address, lower case, colons.
    Mac,
    /// Autonomous system, `AS64500`.
    Asn,
    /// Bitcoin address.
    Bitcoin,
    /// Ethereum address.
    Ethereum,
    /// Monero address.
    Monero,
    /// ssdeep fuzzy hash.
    Ssdeep,
    /// Import hash of a PE file.
    Imphash,
    /// ATT&CK technique or tactic id.
    Attack,
    /// Host name without domain.
    Host,
    /// User or account name.
    User,
    /// A kind that content defines.
    Custom(String),
}

const NAMES: &[(ObservableType, &str)] = &[
    (ObservableType::Ipv4, "ipv4"),
    (ObservableType::Ipv6, "ipv6"),
    (ObservableType::Cidr, "cidr"),
    (ObservableType::Domain, "domain"),
    (ObservableType::Url, "url"),
    (ObservableType::Email, "email"),
    (ObservableType::Md5, "md5"),
    (ObservableType::Sha1, "sha1"),
    (ObservableType::Sha256, "sha256"),
    (ObservableType::Sha512, "sha512"),
    (ObservableType::Cve, "cve"),
    (ObservableType::FilePath, "file_path"),
    (ObservableType::RegistryKey, "registry_key"),
    (ObservableType::Mac, "mac"),
    (ObservableType::Asn, "asn"),
    (ObservableType::Bitcoin, "bitcoin"),
    (ObservableType::Ethereum, "ethereum"),
    (ObservableType::Monero, "monero"),
    (ObservableType::Ssdeep, "ssdeep"),
    (ObservableType::Imphash, "imphash"),
    (ObservableType::Attack, "attack"),
    (ObservableType::Host, "host"),
    (ObservableType::User, "user"),
];

impl ObservableType {
    /// The word used in JSON, the store and playbooks.
    pub fn as_str(&self) -> &str {
        if let ObservableType::Custom(name) = self {
            return name;
        }
        NAMES
            .iter()
            .find(|(kind, _)| kind == self)
            .map_or("custom", |(_, name)| name)
    }

    /// The built-in kinds, in the order of their declaration.
    pub fn built_in() -> impl Iterator<Item = ObservableType> {
        NAMES.iter().map(|(kind, _)| kind.clone())
    }

    /// True for the four file hashes.
    pub fn is_hash(&self) -> bool {
        matches!(
            self,
            ObservableType::Md5
                | ObservableType::Sha1
                | ObservableType::Sha256
                | ObservableType::Sha512
        )
    }

    /// The capability that looks this kind up (`reputation.ip`, …); `None` where nobody can.
    pub fn reputation_capability(&self) -> Option<&'static str> {
        Some(match self {
            ObservableType::Ipv4 | ObservableType::Ipv6 => "reputation.ip",
            ObservableType::Domain => "reputation.domain",
            ObservableType::Url => "reputation.url",
            ObservableType::Email => "reputation.email",
            kind if kind.is_hash() => "reputation.file",
            ObservableType::Cve => "reputation.cve",
            _ => return None,
        })
    }
}

impl fmt::Display for ObservableType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ObservableType {
    type Err = std::convert::Infallible;
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Ok(NAMES.iter().find(|(_, known)| *known == name).map_or_else(
            || ObservableType::Custom(name.to_owned()),
            |(kind, _)| kind.clone(),
        ))
    }
}

impl Serialize for ObservableType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ObservableType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = Cow::<'de, str>::deserialize(deserializer)?;
        Ok(name
            .parse()
            .unwrap_or_else(|never: std::convert::Infallible| match never {}))
    }
}

/// A value in canonical form together with its kind: the identity by which everything is found again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Observable {
    /// What kind of thing it is.
    #[serde(rename = "type")]
    pub kind: ObservableType,
    /// The canonical value.
    pub value: String,
    /// The name of the exclusion that says "never look this up outside" (a private range, an own
    /// domain, a warning list); `None` for a value that may be looked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excluded: Option<String>,
}

impl Observable {
    /// A value that may be looked up. The caller has brought it to canonical form.
    pub fn new(kind: ObservableType, value: impl Into<String>) -> Self {
        Self {
            kind,
            value: value.into(),
            excluded: None,
        }
    }

    /// `type:value`, the identity in keys and logs.
    pub fn key(&self) -> String {
        format!("{}:{}", self.kind, self.value)
    }
}
