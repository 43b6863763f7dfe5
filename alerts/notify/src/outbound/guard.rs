//! Which addresses requests may go to. Pure.
//!
//! The tables are the IANA registries of special-purpose addresses (RFC 6890 and its updates) as of 2026. Of IPv6 only
//! global unicast (2000::/3) is public, and addresses of NAT64 (RFC 6052) that embed a public IPv4 address: that is how a
//! network without IPv4 reaches it. Other forms that embed IPv4 (mapped, 6to4, Teredo) are never needed to reach a public
//! address, and are refused whatever they embed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use inventory::network::IpNetwork;

/// Why an address may not be reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is not public, and nobody allowed it.
    #[error("it leads to {address}, {what}; if it may, write outbound_allow = [\"{address}\"] in the configuration")]
    NotPublic {
        /// Where it would have gone.
        address: IpAddr,
        /// What kind of address that is.
        what: &'static str,
    },
    /// Without TLS anybody on the way could read and change it.
    #[error(
        "it is http, which goes only where outbound_allow says, and it leads to {address}: use https, or write \
         outbound_allow = [\"{address}\"] in the configuration"
    )]
    Plain {
        /// Where it would have gone.
        address: IpAddr,
    },
}

/// Whether a request may go to this address; `is_plain` when it is without TLS.
///
/// # Errors
/// Why not.
pub fn check(address: IpAddr, is_plain: bool, allow: &[IpNetwork]) -> Result<(), Refused> {
    if allow.iter().any(|network| network.contains(address)) {
        return Ok(());
    }
    let special = match address {
        IpAddr::V4(address) => special_v4(address),
        IpAddr::V6(address) => special_v6(address),
    };
    match special {
        Some(what) => Err(Refused::NotPublic { address, what }),
        None if is_plain => Err(Refused::Plain { address }),
        None => Ok(()),
    }
}

/// Network, length of its prefix, what it is.
const V4: [([u8; 4], u32, &str); 16] = [
    ([0, 0, 0, 0], 8, "an address of this machine"),
    ([10, 0, 0, 0], 8, "a private address"),
    ([100, 64, 0, 0], 10, "an address inside a provider's network"),
    ([127, 0, 0, 0], 8, "a loopback address"),
    ([169, 254, 0, 0], 16, "a link-local address"),
    ([172, 16, 0, 0], 12, "a private address"),
    ([192, 0, 0, 0], 24, "a reserved address"),
    ([192, 0, 2, 0], 24, "an address for documents"),
    ([192, 88, 99, 0], 24, "a reserved address"),
    ([192, 168, 0, 0], 16, "a private address"),
    ([198, 18, 0, 0], 15, "an address for benchmarks"),
    ([198, 51, 100, 0], 24, "an address for documents"),
    ([203, 0, 113, 0], 24, "an address for documents"),
    ([224, 0, 0, 0], 4, "a multicast address"),
    ([255, 255, 255, 255], 32, "the broadcast address"),
    ([240, 0, 0, 0], 4, "a reserved address"),
];

/// Network, length of its prefix, what it is; inside 2000::/3, or better known than "not a public address".
const V6: [(Ipv6Addr, u32, &str); 10] = [
    (Ipv6Addr::UNSPECIFIED, 128, "an address of this machine"),
    (Ipv6Addr::LOCALHOST, 128, "a loopback address"),
    (Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96, "an IPv4 address written as IPv6"),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, "a private address"),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10, "a link-local address"),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8, "a multicast address"),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, "a reserved address"),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, "an address for documents"),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, "an IPv4 address written as IPv6 (6to4)"),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, "an address for documents"),
];

/// 64:ff9b::/96, the well-known prefix of NAT64 (RFC 6052 §2.1).
const NAT64: u128 = 0x64_ff9b << 96;

fn special_v4(address: Ipv4Addr) -> Option<&'static str> {
    let bits = address.to_bits();
    let found = V4.iter().find(|(network, prefix, _)| (bits ^ u32::from_be_bytes(*network)) >> (32 - prefix) == 0);
    found.map(|(_, _, what)| *what)
}

fn special_v6(address: Ipv6Addr) -> Option<&'static str> {
    let bits = address.to_bits();
    if (bits ^ NAT64) >> 32 == 0 {
        let embedded = Ipv4Addr::from_bits((bits & u128::from(u32::MAX)) as u32);
        return special_v4(embedded);
    }
    let found = V6.iter().find(|(network, prefix, _)| (bits ^ network.to_bits()) >> (128 - prefix) == 0);
    let is_global = bits >> 125 == 0b001;
    found.map(|(_, _, what)| *what).or((!is_global).then_some("not a public address"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_are_not_public_are_refused_in_every_form() {
        let table = [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.8.9.10",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:8.8.8.8",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::808:808",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:808:808::1",
            "3fff::1",
            "4000::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ];
        for text in table {
            let address = text.parse().expect(text);
            for is_plain in [false, true] {
                let refused = check(address, is_plain, &[]).expect_err(text);
                assert!(matches!(refused, Refused::NotPublic { .. }), "{text}: {refused}");
            }
        }
    }

    #[test]
    fn public_addresses_are_reached_by_https_only() {
        let table = [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "113.160.0.1",
            "126.255.255.255",
            "128.0.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2001:200::1",
            "2400:cb00::1",
            "2606:4700::1111",
            "2a00:1450::1",
            "64:ff9b::808:808",
        ];
        for text in table {
            let address = text.parse().expect(text);
            assert_eq!(check(address, false, &[]), Ok(()), "{text}");
            assert_eq!(check(address, true, &[]), Err(Refused::Plain { address }), "{text}");
        }
    }

    #[test]
    fn what_the_administrator_allows_is_reached_either_way() {
        let allow = ["10.0.0.0/8", "fd00::/8", "8.8.8.8"].map(|text| text.parse().expect("a network"));
        for text in ["10.1.2.3", "::ffff:10.1.2.3", "fd12::1", "8.8.8.8"] {
            let address = text.parse().expect(text);
            assert_eq!((check(address, false, &allow), check(address, true, &allow)), (Ok(()), Ok(())), "{text}");
        }
        for text in ["11.1.2.3", "127.0.0.1", "fc00::1", "64:ff9b::a01:203"] {
            assert!(check(text.parse().expect(text), true, &allow).is_err(), "{text}");
        }
    }

    #[test]
    fn a_refusal_says_where_it_would_have_gone_and_what_to_do() {
        let refused = check("169.254.169.254".parse().expect("an address"), false, &[]).expect_err("refused");
        assert_eq!(
            refused.to_string(),
            "it leads to 169.254.169.254, a link-local address; if it may, write outbound_allow = \
             [\"169.254.169.254\"] in the configuration"
        );
    }
}
