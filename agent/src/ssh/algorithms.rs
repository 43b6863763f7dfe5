//! What is offered to a server. russh 0.65's own lists are the modern ones, but for `ssh-rsa` host keys signed with
//! SHA-1, which are taken out here.

use std::borrow::Cow;
use std::time::Duration;

use russh::client::{Config, GexParams};
use russh::keys::{Algorithm, EcdsaCurve, HashAlg};
use russh::{Preferred, SshId, cipher, kex, mac};

/// A session that nothing was said on for so long is closed: small devices have few of them to give.
const IDLE: Duration = Duration::from_secs(60);

const KEX: [kex::Name; 9] = [
    kex::MLKEM768X25519_SHA256,
    kex::CURVE25519,
    kex::CURVE25519_PRE_RFC_8731,
    kex::DH_GEX_SHA256,
    kex::DH_G18_SHA512,
    kex::DH_G17_SHA512,
    kex::DH_G16_SHA512,
    kex::DH_G15_SHA512,
    kex::DH_G14_SHA256,
];

const OLD_KEX: [kex::Name; 3] = [kex::DH_G14_SHA1, kex::DH_GEX_SHA1, kex::DH_G1_SHA1];

/// Not algorithms but flags: without them neither rsa-sha2 is found out (RFC 8308) nor are prefixes guarded (Terrapin,
/// CVE-2023-48795).
const EXTENSIONS: [kex::Name; 2] = [kex::EXTENSION_SUPPORT_AS_CLIENT, kex::EXTENSION_OPENSSH_STRICT_KEX_AS_CLIENT];

const OLD_CIPHERS: [cipher::Name; 3] = [cipher::AES_256_CBC, cipher::AES_192_CBC, cipher::AES_128_CBC];
const OLD_MACS: [mac::Name; 2] = [mac::HMAC_SHA1_ETM, mac::HMAC_SHA1];

/// How a session is made; `is_legacy` adds what is no longer safe, behind all the rest.
pub(super) fn config(is_legacy: bool) -> Config {
    Config {
        client_id: SshId::Standard(Cow::Borrowed(concat!("SSH-2.0-VillageNet_", env!("CARGO_PKG_VERSION")))),
        preferred: preferred(is_legacy),
        inactivity_timeout: Some(IDLE),
        // Old devices have groups of 1024 and 2048 bits, and are slow with larger ones.
        gex: if is_legacy { GexParams::new(2048, 2048, 8192).unwrap_or_default() } else { GexParams::default() },
        // Each question of a session waits 40 ms for its answer otherwise.
        nodelay: true,
        ..Config::default()
    }
}

fn preferred(is_legacy: bool) -> Preferred {
    let modern = Preferred::default();
    let mut key = vec![
        Algorithm::Ed25519,
        Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 },
        Algorithm::Ecdsa { curve: EcdsaCurve::NistP384 },
        Algorithm::Ecdsa { curve: EcdsaCurve::NistP521 },
        Algorithm::Rsa { hash: Some(HashAlg::Sha512) },
        Algorithm::Rsa { hash: Some(HashAlg::Sha256) },
    ];
    let mut kex = KEX.to_vec();
    let (mut cipher, mut mac) = (modern.cipher.to_vec(), modern.mac.to_vec());
    if is_legacy {
        key.push(Algorithm::Rsa { hash: None });
        kex.extend(OLD_KEX);
        cipher.extend(OLD_CIPHERS);
        mac.extend(OLD_MACS);
    }
    kex.extend(EXTENSIONS);
    Preferred { kex: kex.into(), key: key.into(), cipher: cipher.into(), mac: mac.into(), ..modern }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(preferred: &Preferred) -> Vec<String> {
        let kex = preferred.kex.iter().map(|name| name.as_ref().to_owned());
        let rest = preferred.cipher.iter().map(|name| name.as_ref().to_owned());
        let mac = preferred.mac.iter().map(|name| name.as_ref().to_owned());
        kex.chain(rest).chain(mac).chain(preferred.key.iter().map(ToString::to_string)).collect()
    }

    #[test]
    fn nothing_old_is_offered_unless_it_is_allowed() {
        let is_old = |name: &String| name.ends_with("sha1") || name.ends_with("-cbc") || name == "ssh-rsa";
        let modern = names(&preferred(false));
        assert_eq!(modern.iter().find(|name| is_old(name)), None);
        let legacy = names(&preferred(true));
        for old in ["diffie-hellman-group1-sha1", "ssh-rsa", "hmac-sha1", "aes128-cbc"] {
            assert!(legacy.iter().any(|name| name == old), "{old}");
        }
        for flag in ["ext-info-c", "kex-strict-c-v00@openssh.com"] {
            assert!(modern.iter().any(|name| name == flag) && legacy.iter().any(|name| name == flag), "{flag}");
        }
    }
}
