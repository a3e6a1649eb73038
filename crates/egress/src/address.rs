//! Which IP addresses belong to the public internet, and which never do.
//!
//! An address is sorted into a [`Zone`]. Only [`Zone::Public`] may be reached without permission.
//! An IPv6 address that carries an IPv4 address inside (mapped, compatible, NAT64, 6to4) is judged by what
//! it carries: a translator would deliver it there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What kind of neighbourhood an address lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// Anybody on the internet.
    Public,
    /// This machine.
    Loopback,
    /// The wire it hangs on.
    LinkLocal,
    /// RFC 1918, unique local, carrier-grade NAT, benchmarking: somebody's inner network.
    Private,
    /// The instance metadata services of the clouds: they hand out credentials.
    Metadata,
    /// Never the address of one host: unspecified, multicast, broadcast, documentation, reserved.
    Unroutable,
}

impl Zone {
    /// For an error text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Zone::Public => "public",
            Zone::Loopback => "loopback",
            Zone::LinkLocal => "link-local",
            Zone::Private => "private",
            Zone::Metadata => "cloud metadata",
            Zone::Unroutable => "reserved",
        }
    }
    /// True for what a connection with `allow_private` may reach.
    pub const fn is_inner(self) -> bool {
        matches!(self, Zone::Loopback | Zone::LinkLocal | Zone::Private)
    }
}

/// AWS, GCP, Azure, DigitalOcean; ECS tasks; Alibaba.
const METADATA_V4: [Ipv4Addr; 3] = [
    Ipv4Addr::new(169, 254, 169, 254),
    Ipv4Addr::new(169, 254, 170, 2),
    Ipv4Addr::new(100, 100, 100, 200),
];
/// The same service over IPv6.
const METADATA_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);

/// Sorts an address.
pub fn zone(address: IpAddr) -> Zone {
    match address {
        IpAddr::V4(address) => zone_v4(address),
        IpAddr::V6(address) => zone_v6(address),
    }
}

fn zone_v4(address: Ipv4Addr) -> Zone {
    let [a, b, c, _] = address.octets();
    match (a, b, c) {
        _ if METADATA_V4.contains(&address) => Zone::Metadata,
        (0, ..) | (224..=255, ..) => Zone::Unroutable,
        (127, ..) => Zone::Loopback,
        (169, 254, _) => Zone::LinkLocal,
        (10, ..) | (172, 16..=31, _) | (192, 168, _) | (100, 64..=127, _) => Zone::Private,
        (198, 18..=19, _) => Zone::Private,
        // IETF assignments, the three documentation nets, the dead 6to4 relays.
        (192, 0, 0) | (192, 0, 2) | (198, 51, 100) | (203, 0, 113) | (192, 88, 99) => {
            Zone::Unroutable
        }
        _ => Zone::Public,
    }
}

fn zone_v6(address: Ipv6Addr) -> Zone {
    if address == METADATA_V6 {
        return Zone::Metadata;
    }
    if address == Ipv6Addr::LOCALHOST {
        return Zone::Loopback;
    }
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => Zone::Unroutable,
        // ::a.b.c.d, ::ffff:a.b.c.d, ::ffff:0:a.b.c.d, NAT64 64:ff9b::a.b.c.d
        [0, 0, 0, 0, 0, 0, high, low]
        | [0, 0, 0, 0, 0, 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => zone_v4(embedded(high, low)),
        // 6to4
        [0x2002, high, low, ..] => zone_v4(embedded(high, low)),
        // Local-use NAT64, discard, Teredo, ORCHID, benchmarking, documentation, segment routing
        [0x64, 0xff9b, 1, ..] | [0x100, 0, 0, 0, ..] => Zone::Unroutable,
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => Zone::Unroutable,
        [0x3fff, second, ..] if second < 0x1000 => Zone::Unroutable,
        [0x5f00, ..] => Zone::Unroutable,
        [first, ..] if first & 0xffc0 == 0xfe80 => Zone::LinkLocal,
        [first, ..] if first & 0xffc0 == 0xfec0 => Zone::Private,
        [first, ..] if first & 0xfe00 == 0xfc00 => Zone::Private,
        [first, ..] if first & 0xff00 == 0xff00 => Zone::Unroutable,
        // Only 2000::/3 has ever been handed out.
        [first, ..] if first & 0xe000 == 0x2000 => Zone::Public,
        _ => Zone::Unroutable,
    }
}

fn embedded(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from((u32::from(high) << 16) | u32::from(low))
}

/// An address block, `10.0.0.0/8`; a bare address is a block of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    network: IpAddr,
    bits: u8,
}

impl Block {
    /// Reads `address` or `address/bits`.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().ok()?)),
            None => (text, None),
        };
        let network: IpAddr = address.trim_matches(['[', ']']).parse().ok()?;
        let width = if network.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(width);
        (bits <= width).then_some(Self { network, bits })
    }

    /// True when the address lies inside.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.network, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0);
                network.to_bits() & mask == address.to_bits() & mask
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let mask = u128::MAX
                    .checked_shl(128 - u32::from(self.bits))
                    .unwrap_or(0);
                network.to_bits() & mask == address.to_bits() & mask
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_is_sorted_into_its_zone() {
        let table = [
            (
                "8.8.8.8 1.1.1.1 172.15.255.255 172.32.0.1 100.63.0.1 100.128.0.1 192.1.0.1",
                Zone::Public,
            ),
            (
                "198.17.0.1 198.20.0.1 223.255.255.255 11.0.0.1 9.255.255.255 169.253.0.1",
                Zone::Public,
            ),
            (
                "2606:4700:4700::1111 2a00:1450::1 64:ff9b::8.8.8.8 2002:0808:0808::1",
                Zone::Public,
            ),
            (
                "127.0.0.1 127.255.255.254 ::1 ::ffff:127.0.0.1 ::127.0.0.1 64:ff9b::127.0.0.1",
                Zone::Loopback,
            ),
            (
                "::ffff:0:127.0.0.1 2002:7f00:1::1 ::ffff:7f00:1",
                Zone::Loopback,
            ),
            (
                "169.254.0.1 fe80::1 febf::1 ::ffff:169.254.1.1",
                Zone::LinkLocal,
            ),
            (
                "169.254.169.254 169.254.170.2 100.100.100.200 fd00:ec2::254",
                Zone::Metadata,
            ),
            (
                "::ffff:169.254.169.254 64:ff9b::a9fe:a9fe 2002:a9fe:a9fe::1",
                Zone::Metadata,
            ),
            (
                "10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1 100.127.255.255",
                Zone::Private,
            ),
            (
                "198.18.0.1 198.19.255.255 fc00::1 fdff::1 fec0::1 ::ffff:10.0.0.1 2002:0a00:1::",
                Zone::Private,
            ),
            (
                "0.0.0.0 0.1.2.3 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255",
                Zone::Unroutable,
            ),
            (
                "192.0.0.8 192.0.2.1 198.51.100.1 203.0.113.1 192.88.99.1",
                Zone::Unroutable,
            ),
            (
                ":: ff02::1 2001:db8::1 2001::1 2001:2::1 2001:10::1 100::1 3fff::1 5f00::1",
                Zone::Unroutable,
            ),
            ("64:ff9b:1::1 4000::1 1::1 ::ffff:0.0.0.0", Zone::Unroutable),
        ];
        for (addresses, expected) in table {
            for address in addresses.split(' ') {
                assert_eq!(zone(address.parse().unwrap()), expected, "{address}");
            }
        }
    }

    #[test]
    fn a_block_contains_its_addresses_only() {
        let inside = |block: &str, address: &str| {
            Block::parse(block).is_some_and(|block| block.contains(address.parse().unwrap()))
        };
        assert!(inside("10.0.0.0/8", "10.255.0.1") && !inside("10.0.0.0/8", "11.0.0.1"));
        assert!(inside("0.0.0.0/0", "8.8.8.8") && !inside("0.0.0.0/0", "::1"));
        assert!(inside("127.0.0.1", "127.0.0.1") && !inside("127.0.0.1", "127.0.0.2"));
        assert!(inside("fd00::/8", "fd12::1") && inside("[::1]", "::1"));
        for wrong in [
            "10.0.0.0/33",
            "::/129",
            "10.0.0/8",
            "host",
            "",
            "/8",
            "10.0.0.0/x",
        ] {
            assert_eq!(Block::parse(wrong), None, "{wrong}");
        }
    }
}
