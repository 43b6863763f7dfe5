//! Where a request came from: what the connection shows, and what configured proxies say about it. The word of anybody
//! else counts for nothing (ASVS 5.0 §4.1.3).

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;

use crate::config::IpNetwork;

/// What the connection of a request shows by itself.
#[derive(Debug, Clone, Copy)]
pub struct Arrival {
    /// The other end.
    pub peer: SocketAddr,
    /// The address of ours that it connected to.
    pub local: IpAddr,
    /// Whether it speaks TLS with us.
    pub is_tls: bool,
}

/// Where a request came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Origin {
    /// Who asks.
    pub(super) client: IpAddr,
    /// Whether the client's way to us is encrypted; `None` when the proxy does not say.
    pub(super) is_encrypted: Option<bool>,
    /// Whether the connection is a configured proxy's.
    pub(super) is_proxied: bool,
    /// Whether the client's address is good for opening something by itself. It is not when a proxy did not say whom it
    /// asks for, or names the machine that the proxy runs on: then everybody who comes by it would have that address.
    pub(super) is_client_certain: bool,
}

impl Origin {
    /// Reads `X-Forwarded-For` from its right end, where the nearest proxy wrote, up to the first address that is no
    /// proxy's; what stands further left was written by who knows whom. `X-Forwarded-Proto` is read at the same depth.
    pub(super) fn of(arrival: &Arrival, headers: &HeaderMap, proxies: &[IpNetwork]) -> Origin {
        let is_proxy = |address: IpAddr| proxies.iter().any(|network| network.contains(address));
        let peer = arrival.peer.ip().to_canonical();
        let direct =
            Origin { client: peer, is_encrypted: Some(arrival.is_tls), is_proxied: false, is_client_certain: true };
        if !is_proxy(peer) {
            return direct;
        }
        let (mut client, mut depth) = (peer, 0);
        for text in list(headers, "x-forwarded-for").into_iter().rev() {
            let Some(address) = address(text) else { break };
            client = address;
            depth += 1;
            if !is_proxy(address) {
                break;
            }
        }
        let schemes = list(headers, "x-forwarded-proto");
        // One value for several proxies is the first proxy's, passed on by the others.
        let scheme = schemes.len().checked_sub(depth.max(1)).map_or(schemes.first(), |at| schemes.get(at));
        let is_encrypted = scheme.map(|scheme| scheme.eq_ignore_ascii_case("https"));
        let is_client_certain = !is_proxy(client) && !client.is_loopback() && !client.is_unspecified();
        Origin { client, is_encrypted, is_proxied: true, is_client_certain }
    }
}

/// The values of a header, whose lines count as one list (RFC 9110 §5.3).
fn list<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a str> {
    let lines = headers.get_all(name).iter().map(|value| value.to_str().unwrap_or(""));
    lines.flat_map(|line| line.split(',')).map(str::trim).collect()
}

/// An address, with the port that some proxies add.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.parse::<IpAddr>().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let in_brackets = || text.strip_prefix('[')?.strip_suffix(']')?.parse::<IpAddr>().ok();
    bare.or_else(with_port).or_else(in_brackets).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const PROXIES: [&str; 2] = ["10.0.0.0/24", "fd00::/64"];

    fn read(peer: &str, lines: &[(&'static str, &'static str)]) -> (String, Option<bool>) {
        let origin = origin(peer, lines);
        (origin.client.to_string(), origin.is_encrypted)
    }

    fn origin(peer: &str, lines: &[(&'static str, &'static str)]) -> Origin {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_static(value));
        }
        let proxies: Vec<IpNetwork> = PROXIES.iter().map(|text| text.parse().expect("a network")).collect();
        let peer = SocketAddr::new(peer.parse().expect("an address"), 4000);
        let arrival = Arrival { peer, local: peer.ip(), is_tls: false };
        Origin::of(&arrival, &headers, &proxies)
    }

    #[test]
    fn an_address_is_certain_when_it_is_the_connections_or_one_beyond_the_proxies() {
        assert!(origin("127.0.0.1", &[]).is_client_certain && origin("203.0.113.9", &[]).is_client_certain);
        for (said, is_certain) in [
            ("198.51.100.7", true),
            ("127.0.0.1, 198.51.100.7, 10.0.0.6", true),
            ("", false),
            ("unknown", false),
            ("198.51.100.7, unknown", false),
            ("198.51.100.7, _hidden, 10.0.0.6", false),
            ("10.0.0.5", false),
            ("127.0.0.1", false),
            ("::1", false),
            ("::ffff:127.0.0.1", false),
            ("0.0.0.0", false),
            ("::", false),
        ] {
            assert_eq!(origin("10.0.0.5", &[("x-forwarded-for", said)]).is_client_certain, is_certain, "{said:?}");
        }
        assert!(!origin("10.0.0.5", &[]).is_client_certain, "the proxy says nothing");
    }

    #[test]
    fn nobody_but_a_proxy_says_where_a_request_came_from() {
        let spoofed = [("x-forwarded-for", "127.0.0.1"), ("x-forwarded-proto", "https")];
        assert_eq!(read("203.0.113.9", &spoofed), ("203.0.113.9".into(), Some(false)));
        assert_eq!(read("127.0.0.1", &spoofed), ("127.0.0.1".into(), Some(false)), "loopback is no proxy by itself");
        assert_eq!(read("10.0.1.1", &spoofed), ("10.0.1.1".into(), Some(false)), "beside the proxies' network");
    }

    #[test]
    fn the_client_is_the_first_from_the_right_that_is_no_proxy() {
        for (lines, client) in [
            (vec![("x-forwarded-for", "198.51.100.7")], "198.51.100.7"),
            (vec![("x-forwarded-for", "127.0.0.1, 198.51.100.7")], "198.51.100.7"),
            (vec![("x-forwarded-for", "127.0.0.1, 198.51.100.7, 10.0.0.6")], "198.51.100.7"),
            (vec![("x-forwarded-for", "127.0.0.1, 198.51.100.7"), ("x-forwarded-for", "10.0.0.6")], "198.51.100.7"),
            (vec![("x-forwarded-for", "198.51.100.7:5123")], "198.51.100.7"),
            (vec![("x-forwarded-for", "[2001:db8::7]:5123")], "2001:db8::7"),
            (vec![("x-forwarded-for", "::ffff:198.51.100.7")], "198.51.100.7"),
            (vec![("x-forwarded-for", "10.0.0.7, 10.0.0.6")], "10.0.0.7"),
            (vec![("x-forwarded-for", "127.0.0.1, unknown, 10.0.0.6")], "10.0.0.6"),
            (vec![("x-forwarded-for", "127.0.0.1, ")], "10.0.0.5"),
            (vec![], "10.0.0.5"),
        ] {
            assert_eq!(read("10.0.0.5", &lines).0, client, "{lines:?}");
        }
        assert_eq!(read("::ffff:10.0.0.5", &[("x-forwarded-for", "198.51.100.7")]).0, "198.51.100.7");
    }

    #[test]
    fn the_scheme_is_the_one_that_the_outermost_trusted_proxy_saw() {
        let two_proxies = ("x-forwarded-for", "198.51.100.7, 10.0.0.6");
        for (lines, is_encrypted) in [
            (vec![], None),
            (vec![("x-forwarded-proto", "https")], Some(true)),
            (vec![("x-forwarded-proto", "http")], Some(false)),
            (vec![two_proxies, ("x-forwarded-proto", "https")], Some(true)),
            (vec![two_proxies, ("x-forwarded-proto", "https, http")], Some(true)),
            (vec![two_proxies, ("x-forwarded-proto", "https, http, http")], Some(false)),
        ] {
            assert_eq!(read("10.0.0.5", &lines).1, is_encrypted, "{lines:?}");
        }
    }
}
