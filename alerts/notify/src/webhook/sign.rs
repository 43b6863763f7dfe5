//! The signature of Standard Webhooks 1.0: `webhook-signature: v1,` and the base64 of
//! HMAC-SHA256(key, `{webhook-id}.{webhook-timestamp}.{body}`).
//!
//! The secret is `whsec_` and the base64 of 24 to 64 random bytes, as the libraries for receivers expect it; the prefix
//! may be left out. `printf 'whsec_%s\n' "$(openssl rand -base64 32)"` makes one.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use inventory::secret::Secret;
use sha2::Sha256;
use zeroize::Zeroizing;

/// The bytes that messages are signed with.
pub struct SigningKey(Zeroizing<Vec<u8>>);

/// Why a secret cannot sign. The text does not repeat it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SigningKeyError {
    /// Not base64.
    #[error("must be whsec_ and base64: make one with `openssl rand -base64 32`")]
    Base64,
    /// Too short to be safe, or longer than the standard allows.
    #[error("must hold 24 to 64 bytes, not {0}: make one with `openssl rand -base64 32`")]
    Length(usize),
}

impl SigningKey {
    /// Reads a secret.
    ///
    /// # Errors
    /// When it is not base64 of 24 to 64 bytes.
    pub fn parse(secret: &Secret) -> Result<Self, SigningKeyError> {
        let text = secret.reveal().trim();
        let text = text.strip_prefix("whsec_").unwrap_or(text);
        let key = Zeroizing::new(STANDARD.decode(text).map_err(|_| SigningKeyError::Base64)?);
        if (24..=64).contains(&key.len()) { Ok(SigningKey(key)) } else { Err(SigningKeyError::Length(key.len())) }
    }

    /// The value of `webhook-signature`; `timestamp` in seconds since 1970.
    pub fn signature(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of every length");
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Result<SigningKey, SigningKeyError> {
        SigningKey::parse(&Secret::new(text.to_owned()))
    }

    #[test]
    fn the_signature_is_that_of_the_standards_own_example() {
        // From the documentation of Standard Webhooks and its reference libraries.
        let (id, timestamp, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        for secret in ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"] {
            let signature = key(secret).expect("a good secret").signature(id, timestamp, body);
            assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        }
    }

    #[test]
    fn weak_and_mistyped_secrets_are_refused() {
        assert_eq!(key("").err(), Some(SigningKeyError::Length(0)));
        assert_eq!(key("whsec_c2hvcnQ=").err(), Some(SigningKeyError::Length(5)));
        assert_eq!(key(&STANDARD.encode([1; 65])).err(), Some(SigningKeyError::Length(65)));
        assert_eq!(key("whsec_not base64!").err(), Some(SigningKeyError::Base64));
    }
}
