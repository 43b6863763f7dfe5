//! One-time codes of an authenticator app (RFC 6238: SHA-1, 6 digits, 30 seconds, which is what all apps speak), and the
//! recovery codes for a phone that is lost. Pure: it must not know whose they are.

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use hmac::{Hmac, Mac};
use inventory::secret::Secret;
use jiff::Timestamp;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Seconds that a code is shown (RFC 6238 §4.1).
const STEP_S: i64 = 30;
/// Steps before and after that are good too: clocks of phones differ (safety B6).
const SKEW: i64 = 1;
/// Bytes of a secret: as long as the hash (RFC 4226 §4).
const SECRET_BYTES: usize = 20;
/// Recovery codes of an account.
pub const RECOVERY_CODES: usize = 10;
/// Bytes of a recovery code: beyond 112 bits a plain hash is enough (ASVS 5 §6.5.2), and 15 make whole letters.
const RECOVERY_BYTES: usize = 15;

/// A new secret, in base32 as apps take it.
pub fn secret() -> Secret {
    Secret::new(BASE32_NOPAD.encode(&rand::random::<[u8; SECRET_BYTES]>()))
}

/// What a QR code tells an app (Key URI format).
pub fn uri(secret: &Secret, account: &str) -> Secret {
    // Names of accounts need no escaping: `check_name`.
    let secret = secret.reveal();
    Secret::new(format!("otpauth://totp/VillageNet:{account}?secret={secret}&issuer=VillageNet"))
}

/// The code at this time, for programs that play an app.
pub fn code_at(secret: &Secret, now: Timestamp) -> Option<String> {
    let key = BASE32_NOPAD.decode(secret.reveal().as_bytes()).ok()?;
    Some(code(&key, now.as_second().div_euclid(STEP_S)))
}

/// The step of which this is the code, if it is one of now and none that was used: a code is good once.
pub fn check(secret: &Secret, given: &str, now: Timestamp, used: Option<i64>) -> Option<i64> {
    let key = BASE32_NOPAD.decode(secret.reveal().as_bytes()).ok()?;
    let given: String = given.chars().filter(|c| !c.is_whitespace()).collect();
    let step = now.as_second().div_euclid(STEP_S);
    let mut steps = (step - SKEW..=step + SKEW).filter(|step| used.is_none_or(|used| *step > used));
    steps.rfind(|step| bool::from(code(&key, *step).as_bytes().ct_eq(given.as_bytes())))
}

fn code(key: &[u8], step: i64) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    // RFC 4226 §5.3: the last four bits say where the 31 bits are taken from.
    let at = usize::from(hash[19] & 0x0f);
    let bits = u32::from_be_bytes([hash[at], hash[at + 1], hash[at + 2], hash[at + 3]]) & 0x7fff_ffff;
    format!("{:06}", bits % 1_000_000)
}

/// New recovery codes, in groups of four letters.
pub fn recovery_codes() -> Vec<Secret> {
    let code = |()| {
        let letters = BASE32_NOPAD.encode(&rand::random::<[u8; RECOVERY_BYTES]>()).to_lowercase();
        let groups: Vec<&str> = (0..letters.len()).step_by(4).map(|at| &letters[at..at + 4]).collect();
        Secret::new(groups.join("-"))
    };
    std::iter::repeat_n((), RECOVERY_CODES).map(code).collect()
}

/// What is kept of a recovery code, however it was typed.
pub fn recovery_hash(given: &str) -> String {
    let letters: String = given.chars().filter(char::is_ascii_alphanumeric).collect();
    HEXLOWER.encode(&Sha256::digest(letters.to_lowercase().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, with 6 of its 8 digits.
        let secret = Secret::new(BASE32_NOPAD.encode(b"12345678901234567890"));
        for (second, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
        {
            assert_eq!(code_at(&secret, at(second)).as_deref(), Some(code), "{second}");
        }
    }

    #[test]
    fn a_code_is_good_for_a_step_either_way_and_once() {
        let secret = secret();
        let (now, code) = (at(1_000_000_010), code_at(&secret, at(1_000_000_010)).expect("a code"));
        let step = check(&secret, &code, now, None).expect("it is the one");
        assert_eq!(check(&secret, &format!("{} {}", &code[..3], &code[3..]), now, None), Some(step));
        assert_eq!(check(&secret, &code, now, Some(step)), None, "used");
        for (seconds, is_good) in [(-30, true), (30, true), (-90, false), (90, false)] {
            assert_eq!(check(&secret, &code, at(1_000_000_010 + seconds), None).is_some(), is_good, "{seconds} s");
        }
        assert_eq!(check(&secret, "", now, None), None);
    }

    #[test]
    fn recovery_codes_are_ten_and_known_again_however_they_are_typed() {
        let codes = recovery_codes();
        let hashes: std::collections::BTreeSet<String> =
            codes.iter().map(|code| recovery_hash(code.reveal())).collect();
        assert_eq!(hashes.len(), RECOVERY_CODES);
        let typed = codes[0].reveal().to_uppercase().replace('-', " ");
        assert_eq!(recovery_hash(&typed), recovery_hash(codes[0].reveal()));
    }
}
