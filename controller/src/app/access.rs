//! What it takes to let somebody in, apart from the records: random secrets and their hashes, the throttle, the hasher,
//! and log-ins that are half done.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::Duration;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use inventory::id::AccountId;
use inventory::secret::Secret;
use sha2::{Digest, Sha256};

use super::error::AppError;
use super::passphrase::Hasher;
use super::relying_party::RelyingParty;
use super::throttle::Throttle;
use crate::store::AccountProof;

/// How long somebody may take between pass phrase and second factor.
const HALF_DONE_LASTS: Duration = Duration::from_secs(10 * 60);
/// Log-ins half done at most; the oldest makes room.
const HALF_DONE_MOST: usize = 1_000;

/// Where a request comes from.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The address.
    pub address: Option<IpAddr>,
    /// What the browser calls itself.
    pub browser: &'a str,
}

/// A log-in whose pass phrase was right.
#[derive(Clone)]
pub(super) struct HalfDone {
    pub(super) account: AccountId,
    pub(super) name: String,
    /// The second factor that is being set up, where there is none yet.
    pub(super) enrolment: Option<Secret>,
    /// Whether that takes the place of one that is there, at the wish of whoever showed it.
    pub(super) renews: bool,
    /// The hash of the pass phrase that was right: once there is another, this goes no further.
    pub(super) seen: Option<Secret>,
    pub(super) since: Duration,
}

impl HalfDone {
    /// A log-in of this account, whose pass phrase has just been checked.
    pub(super) fn of(proof: &AccountProof, now: Duration) -> HalfDone {
        HalfDone {
            account: proof.account.id,
            name: proof.account.name.clone(),
            enrolment: None,
            renews: false,
            seen: proof.passphrase.clone(),
            since: now,
        }
    }

    /// Whether the account still has the pass phrase that was right.
    pub(super) fn is_of(&self, proof: &AccountProof) -> bool {
        self.seen.as_ref().map(Secret::reveal) == proof.passphrase.as_ref().map(Secret::reveal)
    }
}

/// One for the whole process. What it keeps is gone at a restart, and then people begin their log-in again.
#[derive(Default)]
pub struct Access {
    pub(super) hasher: Hasher,
    throttle: Mutex<Throttle>,
    half_done: Mutex<BTreeMap<String, HalfDone>>,
    /// Where there can be passkeys.
    pub(super) party: Option<RelyingParty>,
}

impl Access {
    /// For people who come by this address.
    pub fn at(base_url: &str) -> Access {
        Access { party: RelyingParty::at(base_url), ..Access::default() }
    }

    /// Begins a try to prove who one is.
    ///
    /// # Errors
    /// [`AppError::Busy`] with the pause that is left.
    pub(super) fn try_begin(&self, name: &str, address: Option<IpAddr>, now: Duration) -> Result<(), AppError> {
        let mut throttle = self.throttle.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Rounded up: who waits as long as he is told gets in.
        let busy = |left: Duration| AppError::Busy { seconds: left.as_secs() + u64::from(left.subsec_nanos() > 0) };
        throttle.begin(&name.to_lowercase(), address, now).map_err(busy)
    }

    /// The try was right, and with it the log-in is done.
    pub(super) fn try_right(&self, name: &str, address: Option<IpAddr>) {
        self.throttle.lock().expect("no holder of this lock can panic").right(&name.to_lowercase(), address);
    }

    /// Begins a try of somebody who is in: strangers who try his name do not keep him from it.
    ///
    /// # Errors
    /// [`AppError::Busy`] with the pause that is left.
    pub(super) fn try_begin_inside(&self, name: &str, now: Duration) -> Result<(), AppError> {
        self.try_begin(&inside(name), None, now)
    }

    /// The try of somebody who is in was right.
    pub(super) fn try_right_inside(&self, name: &str) {
        self.try_right(&inside(name), None);
    }

    /// The try was right, and there is more to prove: it does not count, and what was wrong before still does.
    pub(super) fn try_half_right(&self, name: &str, address: Option<IpAddr>) {
        self.throttle.lock().expect("no holder of this lock can panic").half_right(&name.to_lowercase(), address);
    }

    /// Keeps a log-in whose pass phrase was right. The ticket goes on with it.
    pub(super) fn half_done(&self, login: HalfDone) -> Secret {
        let (ticket, now) = (secret(), login.since);
        let mut half_done = self.half_done.lock().expect("no holder of this lock can panic");
        half_done.retain(|_, login| now.saturating_sub(login.since) < HALF_DONE_LASTS);
        while half_done.len() >= HALF_DONE_MOST {
            let oldest = half_done.iter().min_by_key(|(_, login)| login.since).map(|(ticket, _)| ticket.clone());
            match oldest {
                Some(oldest) => half_done.remove(&oldest),
                None => break,
            };
        }
        half_done.insert(hash(ticket.reveal()), login);
        ticket
    }

    /// The log-in that a ticket goes on with.
    pub(super) fn half_done_find(&self, ticket: &str, now: Duration) -> Option<HalfDone> {
        let half_done = self.half_done.lock().expect("no holder of this lock can panic");
        half_done.get(&hash(ticket)).filter(|login| now.saturating_sub(login.since) < HALF_DONE_LASTS).cloned()
    }

    /// Takes a ticket in: it is good once. Whether it was still good.
    pub(super) fn half_done_take(&self, ticket: &str) -> bool {
        self.half_done.lock().expect("no holder of this lock can panic").remove(&hash(ticket)).is_some()
    }
}

/// No name of an account has a space.
fn inside(name: &str) -> String {
    format!("in {name}")
}

/// What is kept of a secret of ours: 256 random bits need no slow hash (ASVS 5 §11.4).
pub(crate) fn hash(secret: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(secret.as_bytes()))
}

/// 256 bits of the operating system, as base64url.
pub(crate) fn secret() -> Secret {
    Secret::new(BASE64URL_NOPAD.encode(&rand::random::<[u8; 32]>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(account: i64, since: Duration) -> HalfDone {
        let (account, name) = (AccountId(account), "ha".to_owned());
        HalfDone { account, name, enrolment: None, renews: false, seen: None, since }
    }

    #[test]
    fn a_ticket_is_good_for_ten_minutes_and_once() {
        let access = Access::default();
        let ticket = access.half_done(login(1, Duration::ZERO));
        assert!(access.half_done_find("other", Duration::ZERO).is_none());
        assert!(access.half_done_find(ticket.reveal(), Duration::from_secs(599)).is_some());
        assert!(access.half_done_find(ticket.reveal(), Duration::from_secs(600)).is_none());
        assert!(access.half_done_take(ticket.reveal()) && !access.half_done_take(ticket.reveal()));
        let first = access.half_done(login(1, Duration::ZERO));
        for second in 0..HALF_DONE_MOST as u64 {
            access.half_done(login(2, Duration::from_millis(1 + second)));
        }
        assert!(access.half_done_find(first.reveal(), Duration::from_secs(2)).is_none(), "their number is bounded");
    }

    #[test]
    fn no_two_secrets_are_the_same() {
        let (one, two) = (secret(), secret());
        assert!(one.reveal() != two.reveal() && one.reveal().len() == 43);
    }
}
