//! [`Target`]: where a request goes. Every address from people passes here before anything is sent to it.
//!
//! A host that is an IPv4 address has to be written as four decimal numbers. The other forms that the URL standard reads
//! (`http://2130706433/`, `0x7f.1`, `017700000001`, `%31.1.1.1`) are how people get past those who read addresses, and
//! nobody needs them.

use std::net::IpAddr;

use inventory::secret::Secret;
use reqwest::Url;

use super::guard::Refused;

/// An address that may be posted to. It has no `Debug`, and [`Display`](std::fmt::Display) shows scheme, host and port
/// only: path, query and user may hold tokens.
#[derive(Clone)]
pub struct Target(Url);

/// Why an address cannot be posted to. The text does not repeat it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// No URL.
    #[error("is no URL like https://example.vn/hook")]
    Syntax,
    /// Another scheme.
    #[error("must begin with https:// or http://")]
    Scheme,
    /// No host.
    #[error("names no host")]
    Host,
    /// An IPv4 address in disguise.
    #[error("has an address in an unusual form as its host: write it like 192.0.2.1")]
    Form,
    /// An address that may not be reached.
    #[error("is refused: {0}")]
    Refused(#[from] Refused),
}

impl Target {
    /// Reads and checks an address.
    ///
    /// # Errors
    /// When it is no http or https URL with a host.
    pub(super) fn parse(text: &Secret) -> Result<Self, TargetError> {
        let text = text.reveal().trim();
        let mut url = Url::parse(text).map_err(|_| TargetError::Syntax)?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(TargetError::Scheme);
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(TargetError::Host);
        }
        if url.host_str().is_some_and(|host| host.parse::<std::net::Ipv4Addr>().is_ok() && !is_written(text, host)) {
            return Err(TargetError::Form);
        }
        url.set_fragment(None);
        Ok(Target(url))
    }

    /// The address that its host is, when it is no name.
    pub(super) fn address(&self) -> Option<IpAddr> {
        let host = self.0.host_str()?;
        host.trim_start_matches('[').trim_end_matches(']').parse().ok()
    }

    /// Whether it is without TLS.
    pub(super) fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// The whole address, for the one line that posts to it.
    pub(super) fn url(&self) -> &Url {
        &self.0
    }
}

/// Whether the host stands in the text of the URL just so.
fn is_written(text: &str, host: &str) -> bool {
    let rest = text.split_once("//").map_or("", |(_, rest)| rest);
    let authority = rest.split(['/', '\\', '?', '#']).next().unwrap_or_default();
    let after_user = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    after_user.split(':').next() == Some(host)
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}", self.0.scheme(), self.0.host_str().unwrap_or_default())?;
        match self.0.port() {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Target, TargetError> {
        Target::parse(&Secret::new(text.to_owned()))
    }

    #[test]
    fn only_scheme_host_and_port_are_ever_shown() {
        let target = parse(" https://user:pa55@hooks.example.vn:8443/services/T0KEN?key=K3Y#frag\n").expect("good");
        assert_eq!(target.to_string(), "https://hooks.example.vn:8443");
        assert_eq!(target.url().as_str(), "https://user:pa55@hooks.example.vn:8443/services/T0KEN?key=K3Y");
        assert_eq!(parse("http://[::1]:80/").expect("good").to_string(), "http://[::1]");
    }

    #[test]
    fn what_cannot_be_posted_to_is_refused() {
        for (text, error) in [
            ("", TargetError::Syntax),
            ("hooks.example.vn/x", TargetError::Syntax),
            ("https://", TargetError::Syntax),
            ("ftp://example.vn/", TargetError::Scheme),
            ("file:///etc/passwd", TargetError::Scheme),
            ("javascript:alert(1)", TargetError::Scheme),
        ] {
            assert_eq!(parse(text).err(), Some(error), "{text}");
        }
    }

    #[test]
    fn an_ipv4_address_has_one_form() {
        for text in [
            "https://2130706433/",
            "https://0x7f000001/",
            "https://017700000001/",
            "https://127.1/",
            "https://0x7f.0.0.1:443/x",
            "https://user@127.0.1/x@192.0.2.1",
            "https://%31%32%37.0.0.1/",
            "https://１２７.0.0.1/",
            "https://127.0.0.1./",
            "https:127.0.0.1/",
        ] {
            assert_eq!(parse(text).err(), Some(TargetError::Form), "{text}");
        }
        for (text, address) in [
            ("https://127.0.0.1/", Some("127.0.0.1")),
            ("https://user@192.0.2.1:8443/x", Some("192.0.2.1")),
            ("http://[::ffff:127.0.0.1]:80/x", Some("::ffff:127.0.0.1")),
            ("https://example.vn/127.1", None),
        ] {
            assert_eq!(parse(text).expect(text).address(), address.map(|text| text.parse().expect(text)), "{text}");
        }
    }
}
