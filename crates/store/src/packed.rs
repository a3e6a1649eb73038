//! How byte columns are kept: one byte that names the form, then the bytes, compressed when that saves something.

use std::cell::RefCell;

use crate::error::Error;

/// WIRE: the bytes as they are.
const PLAIN: u8 = 0;
/// WIRE: four bytes of length (little-endian), then zstd.
const ZSTD: u8 = 1;
/// Fast on purpose: the aim is fewer pages to write, not the smallest archive.
const ZSTD_LEVEL: i32 = 1;
/// Below this, compressing costs more than the bytes it saves.
const WORTH_BYTES: usize = 768;
/// The most bytes that one stored value unfolds to.
pub(crate) const UNPACKED_BYTES_MAX: usize = 256 * 1024 * 1024;

pub(crate) fn pack(bytes: &[u8]) -> Vec<u8> {
    if bytes.len() >= WORTH_BYTES
        && let Ok(length) = u32::try_from(bytes.len())
        && let Some(small) = compress(bytes)
        && small.len() + small.len() / 8 < bytes.len()
    {
        let mut out = Vec::with_capacity(small.len() + 5);
        out.push(ZSTD);
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&small);
        return out;
    }
    plain(bytes)
}

thread_local! {
    // Making a context costs more than compressing a small payload with it.
    static COMPRESSOR: RefCell<Option<zstd::bulk::Compressor<'static>>> = const { RefCell::new(None) };
}

fn compress(bytes: &[u8]) -> Option<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|slot| {
        if slot.is_none() {
            *slot = zstd::bulk::Compressor::new(ZSTD_LEVEL).ok();
        }
        slot.as_mut()?.compress(bytes).ok()
    })
}

pub(crate) fn plain(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 1);
    out.push(PLAIN);
    out.extend_from_slice(bytes);
    out
}

pub(crate) fn unpack(what: &'static str, stored: &[u8]) -> Result<Vec<u8>, Error> {
    match stored.split_first() {
        Some((&PLAIN, rest)) => Ok(rest.to_vec()),
        Some((&ZSTD, rest)) => {
            let (length, small) = rest
                .split_first_chunk::<4>()
                .ok_or_else(|| Error::corrupt(what, "its header is cut"))?;
            let length = u32::from_le_bytes(*length) as usize;
            if length > UNPACKED_BYTES_MAX {
                return Err(Error::corrupt(
                    what,
                    "it unfolds to more than is ever stored",
                ));
            }
            let bytes = zstd::bulk::decompress(small, length)
                .map_err(|error| Error::corrupt(what, error))?;
            if bytes.len() != length {
                return Err(Error::corrupt(what, "its length does not match"));
            }
            Ok(bytes)
        }
        _ => Err(Error::corrupt(what, "its form is unknown")),
    }
}

/// Several byte strings as one: each behind its length.
pub(crate) fn join(entries: &[Vec<u8>]) -> Vec<u8> {
    let total = entries.iter().map(|entry| entry.len() + 4).sum();
    let mut out = Vec::with_capacity(total);
    for entry in entries {
        // An entry beyond 4 GiB was refused before (TX_BYTES_MAX).
        out.extend_from_slice(&u32::try_from(entry.len()).unwrap_or(0).to_le_bytes());
        out.extend_from_slice(entry);
    }
    out
}

pub(crate) fn split(what: &'static str, mut joined: &[u8]) -> Result<Vec<Vec<u8>>, Error> {
    let mut out = Vec::new();
    while !joined.is_empty() {
        let (length, rest) = joined
            .split_first_chunk::<4>()
            .ok_or_else(|| Error::corrupt(what, "a length is cut"))?;
        let (entry, rest) = rest
            .split_at_checked(u32::from_le_bytes(*length) as usize)
            .ok_or_else(|| Error::corrupt(what, "an entry is cut"))?;
        out.push(entry.to_vec());
        joined = rest;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_unpacks() {
        for bytes in [vec![], vec![7; 10], vec![7; 100_000], (0..=255).collect()] {
            assert_eq!(unpack("test", &pack(&bytes)).unwrap(), bytes);
        }
        assert!(pack(&[7; 100_000]).len() < 1_000);
    }

    #[test]
    fn damaged_bytes_are_an_error_not_a_panic() {
        let mut packed = pack(&[7; 100_000]);
        assert!(unpack("test", &[]).is_err());
        assert!(unpack("test", &[9, 9]).is_err());
        assert!(unpack("test", &packed[..4]).is_err());
        packed[1..5].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(unpack("test", &packed).is_err());
        assert!(split("test", &[9, 0, 0, 0, 1]).is_err());
    }

    #[test]
    fn joined_entries_come_apart_again() {
        let entries = vec![b"a".to_vec(), vec![], b"long".repeat(50)];
        assert_eq!(split("test", &join(&entries)).unwrap(), entries);
    }
}
