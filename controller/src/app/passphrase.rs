//! Pass phrases: which are good enough (ASVS 5 §6.2: length, nothing that is guessed first, no rules of composition) and
//! how they are kept (argon2id). It must not know whose they are, or what is stored where.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use inventory::secret::Secret;
use inventory::text::search_key;
use tokio::sync::{Semaphore, oneshot};
use unicode_normalization::UnicodeNormalization;

use super::error::AppError;

/// Characters at least (safety B2).
pub const LEAST: usize = 12;
/// Characters at least for who administers something.
pub const LEAST_ADMIN: usize = 15;
/// Characters at most: beyond it nobody types, and hashing stays cheap.
pub const MOST: usize = 256;
/// What has to be left when the words that everybody here would try are taken out.
const LEAST_OWN: usize = 8;
/// Guesses that a good one withstands (zxcvbn's score 3): with the throttle in front, centuries.
const LEAST_GUESSES: u64 = 100_000_000;

/// Memory (KiB), passes and lanes of argon2id (safety B1; OWASP's floor is 19456, 2, 1).
const COST: (u32, u32, u32) = (64 * 1024, 3, 1);
/// Hashes at once: each takes 64 MiB.
const AT_ONCE: usize = 2;
/// Those that wait their turn at most; at a tenth of a second each, more would wait too long.
const WAITING_MOST: usize = 512;
/// What an account that does not exist is checked against, so that it takes as long as one that does. No pass phrase is
/// known to have this hash.
const NOBODY: &str =
    "$argon2id$v=19$m=65536,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Why a pass phrase was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PassphraseFault {
    /// Too short.
    #[error("the pass phrase needs at least {0} characters; several words are easy to remember")]
    TooShort(usize),
    /// Too long.
    #[error("the pass phrase may have at most {MOST} characters")]
    TooLong,
    /// Among those that are guessed first.
    #[error("this pass phrase is among those that are guessed first; take several words that do not belong together")]
    Common,
    /// Made of the account's name, the product's, or a place's.
    #[error("this pass phrase is made of names that everybody here knows; take other words")]
    Known,
}

/// Whether this is good enough. `known`: names that everybody here would try.
///
/// # Errors
/// What is wrong with it.
pub fn check(text: &Secret, known: &[String], is_admin: bool) -> Result<(), PassphraseFault> {
    let least = if is_admin { LEAST_ADMIN } else { LEAST };
    let length = text.reveal().nfc().count();
    if length < least {
        return Err(PassphraseFault::TooShort(least));
    }
    if length > MOST {
        return Err(PassphraseFault::TooLong);
    }
    let mut own = search_key(text.reveal());
    let mut words: Vec<String> = known.iter().map(|word| search_key(word)).collect();
    words.push("villagenet".to_owned());
    for word in words.iter().filter(|word| word.chars().count() >= 3) {
        own = own.replace(word.as_str(), "").replace(&word.replace(' ', ""), "");
    }
    if own.chars().filter(|c| c.is_alphanumeric()).count() < LEAST_OWN {
        return Err(PassphraseFault::Known);
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if zxcvbn::zxcvbn(text.reveal(), &words).guesses() < LEAST_GUESSES {
        return Err(PassphraseFault::Common);
    }
    Ok(())
}

/// What became of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verified {
    /// It is the one.
    Right,
    /// It is the one, kept at another cost than today's: hash it again.
    RightButOld,
    /// It is not.
    Wrong,
}

/// Hashes and checks, two at a time, away from the threads that serve requests.
#[derive(Debug, Clone)]
pub struct Hasher {
    turns: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
}

impl Default for Hasher {
    fn default() -> Self {
        Hasher { turns: Arc::new(Semaphore::new(AT_ONCE)), waiting: Arc::default() }
    }
}

impl Hasher {
    /// The hash of a new pass phrase, with what it takes to check it (PHC string).
    ///
    /// # Errors
    /// [`AppError::Busy`] when too many wait already.
    pub async fn hash(&self, text: &Secret) -> Result<Secret, AppError> {
        let text = text.clone();
        self.turn(move || {
            let salt = SaltString::encode_b64(&rand::random::<[u8; 16]>()).expect("16 bytes are a salt");
            let made = argon2().hash_password(normal(&text).reveal().as_bytes(), &salt);
            Secret::new(made.expect("the cost is one that argon2 takes").to_string())
        })
        .await
    }

    /// Whether this is the pass phrase. Without a hash it is not, and it takes as long to find out.
    ///
    /// # Errors
    /// [`AppError::Busy`] when too many wait already.
    pub async fn verify(&self, text: &Secret, kept: Option<&Secret>) -> Result<Verified, AppError> {
        // Nobody has one that is longer; it is not kept while it waits for its turn.
        let is_too_long = text.reveal().chars().count() > MOST;
        let text = if is_too_long { Secret::new(String::new()) } else { text.clone() };
        let kept = kept.filter(|_| !is_too_long).cloned();
        self.turn(move || {
            let is_somebody = kept.is_some();
            let kept = kept.unwrap_or_else(|| Secret::new(NOBODY.to_owned()));
            let Ok(hash) = PasswordHash::new(kept.reveal()) else { return Verified::Wrong };
            let is_right = argon2().verify_password(normal(&text).reveal().as_bytes(), &hash).is_ok();
            let cost = Params::try_from(&hash).map(|p| (p.m_cost(), p.t_cost(), p.p_cost()));
            match (is_right && is_somebody, cost.is_ok_and(|cost| cost == COST)) {
                (true, true) => Verified::Right,
                (true, false) => Verified::RightButOld,
                (false, true | false) => Verified::Wrong,
            }
        })
        .await
    }

    async fn turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, AppError> {
        let waits = Waits::enter(&self.waiting)?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.expect("the semaphore is never closed");
        let (tell, told) = oneshot::channel();
        tokio::task::spawn_blocking(move || {
            // Until it is done, also when nobody waits for the answer any more.
            let held = (turn, waits);
            let waiting = Arc::clone(&held.1.0);
            drop(tell.send(work()));
            drop(held);
            if waiting.load(Ordering::Relaxed) == 0 {
                give_back();
            }
        });
        told.await.map_err(AppError::internal)
    }
}

/// Lets the allocator hand the memory of hashes back to the system. mimalloc does so 100 ms after it was freed
/// (`purge_delay` × `arena_purge_mult`), but only when something large is freed next, which can take hours here.
fn give_back() {
    /// Long enough for what was freed to be due.
    const DUE: Duration = Duration::from_millis(500);
    /// Larger than what mimalloc cuts out of the pages of a thread.
    const LARGE: usize = 1 << 20;
    std::thread::sleep(DUE);
    drop(std::hint::black_box(Vec::<u8>::with_capacity(LARGE)));
}

/// One of those that wait.
struct Waits(Arc<AtomicUsize>);

impl Waits {
    fn enter(waiting: &Arc<AtomicUsize>) -> Result<Waits, AppError> {
        let waits = Waits(Arc::clone(waiting));
        if waiting.fetch_add(1, Ordering::Relaxed) >= WAITING_MOST {
            return Err(AppError::Busy { seconds: 30 });
        }
        Ok(waits)
    }
}

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn argon2() -> Argon2<'static> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).expect("the cost is one that argon2 takes");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Keyboards differ in how they compose Vietnamese letters; the pass phrase is the same.
fn normal(text: &Secret) -> Secret {
    Secret::new(text.reveal().nfc().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str, is_admin: bool) -> Option<PassphraseFault> {
        let known = ["thanhha".to_owned(), "Đạ Ròn".to_owned(), "Lạc Xuân".to_owned()];
        check(&Secret::new(text.to_owned()), &known, is_admin).err()
    }

    #[test]
    fn length_and_what_is_guessed_first_count_and_nothing_else() {
        let long = "quạt trần kêu to mỗi trưa hè";
        for good in [long, "correct battery horse staple 9", "xkq vmprt wz oq", &"một hai bốn ".repeat(5)] {
            assert_eq!(refused(good, true), None, "{good}");
        }
        let fault = PassphraseFault::TooShort;
        assert_eq!(refused("wq8zk2vp7tr", false), Some(fault(LEAST)));
        assert_eq!(refused("wq8zk2vp7trm", false), None);
        assert_eq!(refused("wq8zk2vp7trm", true), Some(fault(LEAST_ADMIN)));
        assert_eq!(refused(&"dài lắm ".repeat(33), false), Some(PassphraseFault::TooLong));
        for common in
            ["passwordpassword", "123456789012345", "qwertyuiopasdfgh", "aaaaaaaaaaaaaaaaaa", "iloveyou12345678"]
        {
            assert_eq!(refused(common, false), Some(PassphraseFault::Common), "{common}");
        }
        for known in ["thanhhathanhha1", "VillageNet-DaRon", "Đạ Ròn Lạc Xuân 26", "dadondaronlacxuan"] {
            assert!(refused(known, false).is_some(), "{known}");
        }
        assert_eq!(refused("VillageNet Lac Xuan 1", false), Some(PassphraseFault::Known));
    }

    #[tokio::test]
    async fn a_pass_phrase_is_known_again_however_its_letters_are_composed() {
        let hasher = Hasher::default();
        let kept = hasher.hash(&Secret::new("quạt trần kêu to".into())).await.expect("a hash");
        assert!(kept.reveal().starts_with("$argon2id$v=19$m=65536,t=3,p=1$"), "at today's cost");
        let decomposed: String = "quạt trần kêu to".nfd().collect();
        assert_eq!(hasher.verify(&Secret::new(decomposed), Some(&kept)).await.ok(), Some(Verified::Right));
        assert_eq!(hasher.verify(&Secret::new("quạt trần".into()), Some(&kept)).await.ok(), Some(Verified::Wrong));
        assert_eq!(hasher.verify(&Secret::new(String::new()), None).await.ok(), Some(Verified::Wrong));
    }

    #[tokio::test]
    async fn what_was_kept_at_another_cost_is_right_and_said_to_be_old() {
        let cheap = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(19_456, 2, 1, None).expect("a cost"));
        let salt = SaltString::encode_b64(&[7; 16]).expect("a salt");
        let kept = Secret::new(cheap.hash_password(b"old", &salt).expect("a hash").to_string());
        let verified = Hasher::default().verify(&Secret::new("old".into()), Some(&kept)).await;
        assert_eq!(verified.ok(), Some(Verified::RightButOld));
        assert!(PasswordHash::new(NOBODY).is_ok());
    }
}
