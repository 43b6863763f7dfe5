//! Pass phrases to keys (RFC 3414 §A.2, RFC 7860 §9.3).

use super::user::{Auth, Extension};

/// A pass phrase stretched over a megabyte and hashed.
pub(super) fn master_key(auth: Auth, pass: &[u8]) -> Vec<u8> {
    const STRETCHED: usize = 1_048_576;
    if pass.is_empty() {
        return Vec::new();
    }
    let mut stretched = pass.repeat(STRETCHED.div_ceil(pass.len()));
    stretched.truncate(STRETCHED);
    digest::plain(auth, &stretched)
}

/// The key of one engine.
pub(super) fn localise(auth: Auth, master: &[u8], engine_id: &[u8]) -> Vec<u8> {
    digest::plain(auth, &[master, engine_id, master].concat())
}

/// A localised key, as long as the cipher wants it.
pub(super) fn extend(auth: Auth, key: Vec<u8>, length: usize, extension: Extension, engine_id: &[u8]) -> Vec<u8> {
    let mut whole = key.clone();
    let mut last = key;
    while whole.len() < length {
        last = match extension {
            Extension::Blumenthal => digest::plain(auth, &whole),
            Extension::Reeder => localise(auth, &master_key(auth, &last), engine_id),
        };
        whole.extend(&last);
    }
    whole.truncate(length);
    whole
}

pub(super) mod digest {
    //! The six hashes behind one name.
    use hmac::digest::core_api::BlockSizeUser;
    use hmac::digest::{Digest, KeyInit};
    use hmac::{Mac, SimpleHmac};

    use super::Auth;

    pub(in super::super) fn plain(auth: Auth, bytes: &[u8]) -> Vec<u8> {
        match auth {
            Auth::Md5 => md5::Md5::digest(bytes).to_vec(),
            Auth::Sha1 => sha1::Sha1::digest(bytes).to_vec(),
            Auth::Sha224 => sha2::Sha224::digest(bytes).to_vec(),
            Auth::Sha256 => sha2::Sha256::digest(bytes).to_vec(),
            Auth::Sha384 => sha2::Sha384::digest(bytes).to_vec(),
            Auth::Sha512 => sha2::Sha512::digest(bytes).to_vec(),
        }
    }

    pub(in super::super) fn keyed(auth: Auth, key: &[u8], bytes: &[u8]) -> Vec<u8> {
        match auth {
            Auth::Md5 => mac::<md5::Md5>(key, bytes),
            Auth::Sha1 => mac::<sha1::Sha1>(key, bytes),
            Auth::Sha224 => mac::<sha2::Sha224>(key, bytes),
            Auth::Sha256 => mac::<sha2::Sha256>(key, bytes),
            Auth::Sha384 => mac::<sha2::Sha384>(key, bytes),
            Auth::Sha512 => mac::<sha2::Sha512>(key, bytes),
        }
    }

    fn mac<D: Digest + BlockSizeUser>(key: &[u8], bytes: &[u8]) -> Vec<u8> {
        let mac = <SimpleHmac<D> as KeyInit>::new_from_slice(key).expect("a key of any length will do");
        mac.chain_update(bytes).finalize().into_bytes().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// RFC 3414 §A.3.1 and §A.3.2: pass phrase "maplesyrup", engine 00 … 02.
    #[test]
    fn keys_are_those_of_the_rfc() {
        let engine = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2];
        let md5 = master_key(Auth::Md5, b"maplesyrup");
        assert_eq!(hex(&md5), "9faf3283884e92834ebc9847d8edd963");
        assert_eq!(hex(&localise(Auth::Md5, &md5, &engine)), "526f5eed9fcce26f8964c2930787d82b");
        let sha = master_key(Auth::Sha1, b"maplesyrup");
        assert_eq!(hex(&sha), "9fb5cc0381497b3793528939ff788d5d79145211");
        assert_eq!(hex(&localise(Auth::Sha1, &sha, &engine)), "6695febc9288e36282235fc7151f128497b38f3f");
    }

    /// draft-reeder-snmpv3-usm-3desede-00 §B.1: MD5, "maplesyrup", 32 bytes for 3DES.
    #[test]
    fn a_key_extended_in_reeders_way_is_that_of_the_draft() {
        let engine = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2];
        let key = localise(Auth::Md5, &master_key(Auth::Md5, b"maplesyrup"), &engine);
        let extended = extend(Auth::Md5, key, 32, Extension::Reeder, &engine);
        assert_eq!(hex(&extended), "526f5eed9fcce26f8964c2930787d82b79eff44a90650ee0a3a40abfac5acc12");
    }
}
