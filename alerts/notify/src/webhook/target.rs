//! [`Target`]: where a webhook goes. Every address from people passes here before anything is sent to it.
//!
//! Checked today: the scheme and that there is a host. Rules about which networks may be reached (and that the address
//! connected to is the one that was checked) belong here too, when people other than the administrator can set one.

use inventory::secret::Secret;
use reqwest::Url;

/// An address that may be posted to. It has no `Debug`, and [`Display`](std::fmt::Display) shows scheme, host and port
/// only: path, query and user may hold tokens.
#[derive(Clone)]
pub struct Target(Url);

/// Why an address cannot be posted to. The text does not repeat it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
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
}

impl Target {
    /// Reads and checks an address.
    ///
    /// # Errors
    /// When it is no http or https URL with a host.
    pub fn parse(text: &Secret) -> Result<Self, TargetError> {
        let mut url = Url::parse(text.reveal().trim()).map_err(|_| TargetError::Syntax)?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(TargetError::Scheme);
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(TargetError::Host);
        }
        url.set_fragment(None);
        Ok(Target(url))
    }

    /// The whole address, for the one line that posts to it.
    pub(super) fn url(&self) -> &Url {
        &self.0
    }
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
}
