//! Secrets at rest: sealed with XChaCha20-Poly1305 under a key that is not in the database.
//!
//! The key comes from `UPDRAFT_KEY` (64 hex digits) or from the file `key` in the data folder, which is
//! made at the first start and readable by its owner only. A sealed value starts with the key's number,
//! so that a rotation can go on while old values are still being opened. The associated data binds a
//! value to its place: a sealed secret copied to another connection does not open there.

use std::{collections::BTreeMap, fmt, path::Path, sync::Arc};

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305,
    aead::{Aead, Payload},
};

use sha2::{Digest, Sha256};

use crate::clock::random_bytes;

const NONCE_BYTES: usize = 24;
const KEYS_MAX: usize = 16;

/// Why a secret could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The key file cannot be read or written.
    #[error("the key file {path} cannot be used: {source}. Check its owner and mode (0600)")]
    KeyFile {
        /// Where it should be.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The key text is wrong.
    #[error("{place} does not hold a key: each line must be 64 hex digits")]
    KeyText {
        /// Where it was read from.
        place: String,
    },
    /// The value was sealed with a key we do not have, or was altered.
    #[error(
        "a stored secret does not open with the present key: restore the key file that belongs to this data folder"
    )]
    Unopenable,
}

/// A secret value in memory. It cannot be printed, serialised or compared.
#[derive(Clone)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Takes a value.
    pub fn new(value: impl Into<Arc<str>>) -> Self {
        Self(value.into())
    }
    /// The value itself, for the one place that sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The keys of this installation; the last one seals.
pub struct Keyring {
    keys: Vec<XChaCha20Poly1305>,
    /// What fingerprints are keyed with; from the oldest key.
    pepper: [u8; 32],
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyring({} keys)", self.keys.len())
    }
}

impl Keyring {
    /// Reads `UPDRAFT_KEY`'s text if given, else the key file, which is made if it is not there.
    ///
    /// # Errors
    /// [`SecretError::KeyFile`] or [`SecretError::KeyText`].
    pub fn load(environment: Option<&str>, file: &Path) -> Result<Self, SecretError> {
        if let Some(text) = environment {
            return Self::parse(text, "UPDRAFT_KEY");
        }
        let io = |source| SecretError::KeyFile {
            path: file.display().to_string(),
            source,
        };
        if !file.exists() {
            write_private(file, &format!("{}\n", hex(&random_bytes::<32>()))).map_err(io)?;
        }
        Self::parse(
            &std::fs::read_to_string(file).map_err(io)?,
            &file.display().to_string(),
        )
    }

    fn parse(text: &str, place: &str) -> Result<Self, SecretError> {
        let wrong = || SecretError::KeyText {
            place: place.to_owned(),
        };
        let mut keys = Vec::new();
        let mut pepper = None;
        for line in text
            .split([',', '\n'])
            .map(str::trim)
            .filter(|line| !line.is_empty())
        {
            let bytes = unhex(line).ok_or_else(wrong)?;
            pepper.get_or_insert_with(|| {
                Sha256::digest([&b"fingerprint"[..], &bytes].concat()).into()
            });
            keys.push(XChaCha20Poly1305::new(&bytes.into()));
        }
        if keys.is_empty() || keys.len() > KEYS_MAX {
            return Err(wrong());
        }
        Ok(Self {
            keys,
            pepper: pepper.unwrap_or_default(),
        })
    }

    /// Appends a new key to the key file: it seals from now on, the old ones still open.
    ///
    /// # Errors
    /// [`SecretError::KeyFile`] when the file cannot be written.
    pub fn add_key(file: &Path) -> Result<(), SecretError> {
        let io = |source| SecretError::KeyFile {
            path: file.display().to_string(),
            source,
        };
        let old = std::fs::read_to_string(file).map_err(io)?;
        let next = file.with_extension("next");
        write_private(
            &next,
            &format!("{}\n{}\n", old.trim_end(), hex(&random_bytes::<32>())),
        )
        .and_then(|()| std::fs::rename(&next, file))
        .map_err(io)
    }

    /// Keeps only the newest key, once everything has been sealed with it.
    ///
    /// # Errors
    /// [`SecretError::KeyFile`] when the file cannot be written.
    pub fn forget_old_keys(file: &Path) -> Result<(), SecretError> {
        let io = |source| SecretError::KeyFile {
            path: file.display().to_string(),
            source,
        };
        let old = std::fs::read_to_string(file).map_err(io)?;
        let last = old
            .lines()
            .map(str::trim)
            .rfind(|line| !line.is_empty())
            .unwrap_or_default();
        let next = file.with_extension("next");
        write_private(&next, &format!("{last}\n"))
            .and_then(|()| std::fs::rename(&next, file))
            .map_err(io)
    }

    /// Seals named values for one place (`connection:conn_…`).
    pub fn seal(&self, place: &str, values: &BTreeMap<String, Secret>) -> Vec<u8> {
        let number = self.keys.len() - 1;
        let plain: BTreeMap<&str, &str> = values
            .iter()
            .map(|(name, value)| (name.as_str(), value.reveal()))
            .collect();
        let plain = serde_json::to_vec(&plain).unwrap_or_default();
        let nonce = random_bytes::<NONCE_BYTES>();
        let payload = Payload {
            msg: &plain,
            aad: place.as_bytes(),
        };
        // Encryption fails only for messages of more than 256 GiB.
        let sealed = self.keys[number]
            .encrypt(&nonce.into(), payload)
            .unwrap_or_default();
        let mut out = Vec::with_capacity(1 + NONCE_BYTES + sealed.len());
        out.push(number as u8);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        out
    }

    /// A keyed hash (HMAC-SHA-256, cut to 16 bytes, hex): equal texts of one place have equal ones, and without
    /// the key nobody can try texts out.
    pub fn fingerprint(&self, place: &str, text: &str) -> String {
        let pad = |byte: u8| {
            let mut block = [byte; 64];
            for (cell, key) in block.iter_mut().zip(&self.pepper) {
                *cell ^= key;
            }
            block
        };
        let message = [place.as_bytes(), &[0], text.as_bytes()].concat();
        let inner = Sha256::digest([&pad(0x36)[..], &message].concat());
        let outer: [u8; 32] = Sha256::digest([&pad(0x5c)[..], &inner[..]].concat()).into();
        hex(outer.first_chunk::<16>().unwrap_or(&[0; 16]))
    }

    /// Opens what [`Keyring::seal`] made for the same place.
    ///
    /// # Errors
    /// [`SecretError::Unopenable`] when the key is missing or the value was altered or moved.
    pub fn open(
        &self,
        place: &str,
        sealed: &[u8],
    ) -> Result<BTreeMap<String, Secret>, SecretError> {
        let (&number, rest) = sealed.split_first().ok_or(SecretError::Unopenable)?;
        let (nonce, message) = rest
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or(SecretError::Unopenable)?;
        let payload = Payload {
            msg: message,
            aad: place.as_bytes(),
        };
        // After a rotation that forgot the old keys the numbers start again, so every key is tried.
        let first = self.keys.get(usize::from(number));
        let plain = first
            .into_iter()
            .chain(self.keys.iter())
            .find_map(|key| {
                key.decrypt(
                    &(*nonce).into(),
                    Payload {
                        ..payload_of(&payload)
                    },
                )
                .ok()
            })
            .ok_or(SecretError::Unopenable)?;
        let values: BTreeMap<String, String> =
            serde_json::from_slice(&plain).map_err(|_| SecretError::Unopenable)?;
        Ok(values
            .into_iter()
            .map(|(name, value)| (name, Secret::new(value)))
            .collect())
    }
}

fn payload_of<'a>(payload: &Payload<'a, 'a>) -> Payload<'a, 'a> {
    Payload {
        msg: payload.msg,
        aad: payload.aad,
    }
}

fn write_private(file: &Path, text: &str) -> std::io::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let mut options = std::fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(file)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Lower-case hex digits.
pub fn hex(bytes: &[u8]) -> String {
    use fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Bytes of hex digits, however many.
pub(crate) fn unhex_all(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    let pairs = (0..text.len()).step_by(2);
    pairs
        .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
        .collect()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut out = [0; 32];
    for (index, byte) in out.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[index * 2..index * 2 + 2], 16).ok()?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> BTreeMap<String, Secret> {
        BTreeMap::from([("api_key".to_owned(), Secret::new("s3cr3t"))])
    }

    #[test]
    fn a_sealed_secret_opens_in_its_own_place_only() {
        let dir = tempfile::tempdir().unwrap();
        let ring = Keyring::load(None, &dir.path().join("key")).unwrap();
        let sealed = ring.seal("connection:a", &values());
        assert!(!sealed.windows(6).any(|window| window == b"s3cr3t"));
        assert_eq!(
            ring.open("connection:a", &sealed).unwrap()["api_key"].reveal(),
            "s3cr3t"
        );
        assert!(ring.open("connection:b", &sealed).is_err());
        let mut altered = sealed.clone();
        *altered.last_mut().unwrap() ^= 1;
        assert!(ring.open("connection:a", &altered).is_err());
        assert!(ring.open("connection:a", &[]).is_err());
    }

    #[test]
    fn rotation_opens_the_old_and_seals_with_the_new() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("key");
        let old = Keyring::load(None, &file).unwrap();
        let sealed = old.seal("p", &values());
        Keyring::add_key(&file).unwrap();
        let both = Keyring::load(None, &file).unwrap();
        let opened = both.open("p", &sealed).unwrap();
        let resealed = both.seal("p", &opened);
        Keyring::forget_old_keys(&file).unwrap();
        let new = Keyring::load(None, &file).unwrap();
        assert!(new.open("p", &sealed).is_err());
        assert_eq!(
            new.open("p", &resealed).unwrap()["api_key"].reveal(),
            "s3cr3t"
        );
    }

    #[test]
    fn the_key_file_is_private_and_a_secret_does_not_print() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("key");
        Keyring::load(None, &file).unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(format!("{:?}", values()), r#"{"api_key": ***}"#);
    }
}
