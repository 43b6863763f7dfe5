//! CBC-DES (RFC 3414 §8.1.1) and CFB128-AES (RFC 3826 §3.1).

use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockDecryptMut, BlockEncryptMut};
use cfb_mode::cipher::{AsyncStreamCipher, KeyIvInit};
use inventory::snmp_v3::PrivacyAlgorithm;

use super::engine::Moment;

const SOUND: &str = "keys and vectors have the cipher's lengths";

/// The encrypted bytes. `salt` is sent beside them and must be another for each message.
pub(super) fn encrypt(privacy: PrivacyAlgorithm, key: &[u8], moment: Moment, salt: [u8; 8], plain: &[u8]) -> Vec<u8> {
    let mut bytes = plain.to_vec();
    let iv = vector(moment, salt);
    match privacy {
        PrivacyAlgorithm::Des => {
            bytes.resize(plain.len().next_multiple_of(8), 0);
            let cipher = cbc::Encryptor::<des::Des>::new_from_slices(&key[..8], &des_vector(key, salt)).expect(SOUND);
            return cipher.encrypt_padded_vec_mut::<NoPadding>(&bytes);
        }
        PrivacyAlgorithm::Aes128 => {
            cfb_mode::Encryptor::<aes::Aes128>::new_from_slices(key, &iv).expect(SOUND).encrypt(&mut bytes);
        }
        PrivacyAlgorithm::Aes192(_) => {
            cfb_mode::Encryptor::<aes::Aes192>::new_from_slices(key, &iv).expect(SOUND).encrypt(&mut bytes);
        }
        PrivacyAlgorithm::Aes256(_) => {
            cfb_mode::Encryptor::<aes::Aes256>::new_from_slices(key, &iv).expect(SOUND).encrypt(&mut bytes);
        }
    }
    bytes
}

/// The plain bytes, noise when the key is another; none when the lengths cannot be right.
pub(super) fn decrypt(
    privacy: PrivacyAlgorithm,
    key: &[u8],
    moment: Moment,
    salt: &[u8],
    sealed: &[u8],
) -> Option<Vec<u8>> {
    let salt: [u8; 8] = salt.try_into().ok()?;
    let mut bytes = sealed.to_vec();
    let iv = vector(moment, salt);
    match privacy {
        PrivacyAlgorithm::Des => {
            let cipher = cbc::Decryptor::<des::Des>::new_from_slices(&key[..8], &des_vector(key, salt)).expect(SOUND);
            return cipher.decrypt_padded_vec_mut::<NoPadding>(sealed).ok();
        }
        PrivacyAlgorithm::Aes128 => {
            cfb_mode::Decryptor::<aes::Aes128>::new_from_slices(key, &iv).expect(SOUND).decrypt(&mut bytes);
        }
        PrivacyAlgorithm::Aes192(_) => {
            cfb_mode::Decryptor::<aes::Aes192>::new_from_slices(key, &iv).expect(SOUND).decrypt(&mut bytes);
        }
        PrivacyAlgorithm::Aes256(_) => {
            cfb_mode::Decryptor::<aes::Aes256>::new_from_slices(key, &iv).expect(SOUND).decrypt(&mut bytes);
        }
    }
    Some(bytes)
}

fn vector(moment: Moment, salt: [u8; 8]) -> [u8; 16] {
    let mut iv = [0; 16];
    iv[..4].copy_from_slice(&moment.boots.to_be_bytes());
    iv[4..8].copy_from_slice(&moment.time.to_be_bytes());
    iv[8..].copy_from_slice(&salt);
    iv
}

fn des_vector(key: &[u8], salt: [u8; 8]) -> [u8; 8] {
    let mut iv = salt;
    iv.iter_mut().zip(&key[8..]).for_each(|(byte, pre)| *byte ^= pre);
    iv
}
