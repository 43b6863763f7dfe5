//! [`IpNetwork`]: an address and how many of its leading bits count, as `10.0.0.0/8`.

use std::net::IpAddr;

/// A network of IP addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IpNetwork {
    address: IpAddr,
    prefix: u8,
}

/// The text is no network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no network like 10.0.0.0/8, ::1/128 or one address")]
pub struct IpNetworkError;

impl IpNetwork {
    /// Whether it holds every address of its family.
    pub fn is_everything(&self) -> bool {
        self.prefix == 0
    }

    /// Whether the address lies in the network. An IPv4 address that came over IPv6 (`::ffff:127.0.0.1`) counts as
    /// IPv4: a dual-stack socket shows it so.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.address.is_ipv4() == address.is_ipv4() && bits(self.address, self.prefix) == bits(address, self.prefix)
    }
}

/// The leading bits of an address, the rest zero.
fn bits(address: IpAddr, prefix: u8) -> u128 {
    let (all, width) = match address {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()), 32),
        IpAddr::V6(v6) => (v6.to_bits(), 128),
    };
    let cut = u32::from(width - prefix.min(width));
    all.checked_shr(cut).unwrap_or(0)
}

impl std::str::FromStr for IpNetwork {
    type Err = IpNetworkError;
    fn from_str(text: &str) -> Result<Self, IpNetworkError> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| IpNetworkError)?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(digits) => digits.parse().ok().filter(|prefix| *prefix <= width).ok_or(IpNetworkError)?,
            None => width,
        };
        Ok(IpNetwork { address, prefix })
    }
}

impl std::fmt::Display for IpNetwork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(network: &str, address: &str) -> bool {
        network.parse::<IpNetwork>().expect(network).contains(address.parse().expect(address))
    }

    #[test]
    fn a_network_holds_the_addresses_that_share_its_leading_bits() {
        assert!(contains("127.0.0.0/8", "127.255.0.1") && !contains("127.0.0.0/8", "128.0.0.1"));
        assert!(contains("10.1.2.3", "10.1.2.3") && !contains("10.1.2.3", "10.1.2.4"));
        assert!(contains("::1/128", "::1") && !contains("::1/128", "::2"));
        assert!(contains("0.0.0.0/0", "203.0.113.9") && contains("::/0", "2001:db8::1"));
        assert!(contains("127.0.0.0/8", "::ffff:127.0.0.1"), "IPv4 over a dual-stack socket");
        assert!(!contains("0.0.0.0/0", "::1"), "the families do not mix");
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in ["", "10.0.0.0/33", "::/129", "10.0.0/8", "10.0.0.0/", "localhost"] {
            assert!(text.parse::<IpNetwork>().is_err(), "{text}");
        }
    }
}
