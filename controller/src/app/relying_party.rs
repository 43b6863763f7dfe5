//! For which name passkeys are good, and what was asked of them and is not answered yet (W3C Web Authentication Level 3).
//! A device answers only for the name that it made a passkey for, which is why a copied page gets nothing. It must not
//! know the records: whose a passkey is, is for `passkey` to say.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::Duration;

use inventory::id::{AccountId, SessionId};
use inventory::secret::Secret;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, PasskeyAuthentication, PasskeyRegistration, Url, Uuid, Webauthn, WebauthnBuilder,
};

use super::access;
use super::throttle::site;

/// How long a device and its owner may take.
const LASTS: Duration = Duration::from_secs(5 * 60);
/// Challenges that are open at most; the oldest makes room.
const OPEN_MOST: usize = 10_000;
/// The same of one address, so that nobody who asks for many takes the room of others. A whole office may share one.
const OPEN_MOST_ADDRESS: usize = 50;

/// What was asked, and what it takes to check the answer.
#[derive(Clone)]
pub(super) enum Asked {
    /// For a new passkey of this account.
    Registration { account: AccountId, handle: Uuid, state: PasskeyRegistration },
    /// Who is there, by any passkey.
    LogIn { state: DiscoverableAuthentication },
    /// For the second factor of the log-in with this ticket.
    SecondFactor { ticket: String, state: PasskeyAuthentication },
    /// For the second factor in this session, again.
    StepUp { session: SessionId, state: PasskeyAuthentication },
}

struct Open {
    asked: Asked,
    address: Option<IpAddr>,
    since: Duration,
}

/// One for the whole process. What is open is gone at a restart, and then people begin again.
pub(super) struct RelyingParty {
    pub(super) webauthn: Webauthn,
    origin: String,
    open: Mutex<BTreeMap<String, Open>>,
}

impl RelyingParty {
    /// For people who come by this address. `None` where browsers know no passkeys: by plain HTTP, or by the number of
    /// another machine (§5.1.3: the id is a domain). Who comes to this machine itself may call it `localhost`.
    pub(super) fn at(base_url: &str) -> Option<RelyingParty> {
        let mut origin = Url::parse(base_url).ok()?;
        let number = origin.host_str()?.trim_matches(['[', ']']).parse::<IpAddr>().ok();
        match number {
            Some(address) if address.is_loopback() => origin.set_host(Some("localhost")).ok()?,
            Some(_) => return None,
            None => {}
        }
        let id = origin.domain()?.to_owned();
        if origin.scheme() != "https" && id != "localhost" {
            return None;
        }
        let webauthn = WebauthnBuilder::new(&id, &origin).ok()?.rp_name("VillageNet").timeout(LASTS).build().ok()?;
        Some(RelyingParty { webauthn, origin: origin.origin().ascii_serialization(), open: Mutex::default() })
    }

    /// The address by which people have to come.
    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    /// Keeps what was asked. The secret goes to the browser and comes back with the answer.
    pub(super) fn ask(&self, asked: Asked, address: Option<IpAddr>, now: Duration) -> Secret {
        let (secret, address) = (access::secret(), address.map(site));
        let mut open = self.open.lock().expect("no holder of this lock can panic");
        open.retain(|_, open| now.saturating_sub(open.since) < LASTS);
        make_room(&mut open, OPEN_MOST_ADDRESS, |open| open.address == address);
        make_room(&mut open, OPEN_MOST, |_| true);
        open.insert(access::hash(secret.reveal()), Open { asked, address, since: now });
        secret
    }

    /// What was asked with this secret. It can be answered once.
    pub(super) fn answered(&self, secret: &str, now: Duration) -> Option<Asked> {
        let open = self.open.lock().expect("no holder of this lock can panic").remove(&access::hash(secret))?;
        (now.saturating_sub(open.since) < LASTS).then_some(open.asked)
    }
}

/// Takes the oldest of these away until there are fewer than `most`.
fn make_room(open: &mut BTreeMap<String, Open>, most: usize, is_one: impl Fn(&Open) -> bool) {
    if open.values().filter(|open| is_one(open)).count() < most {
        return;
    }
    let these = open.iter().filter(|(_, open)| is_one(open));
    let mut these: Vec<(Duration, String)> = these.map(|(secret, open)| (open.since, secret.clone())).collect();
    these.sort();
    for (_, secret) in these.drain(..=these.len() - most) {
        open.remove(&secret);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_are_good_for_a_name_over_tls_and_for_this_machine_itself() {
        for (url, origin) in [
            ("https://net.lamdong.example", Some("https://net.lamdong.example")),
            ("https://net.lamdong.example:8443", Some("https://net.lamdong.example:8443")),
            ("http://localhost:8080", Some("http://localhost:8080")),
            ("http://127.0.0.1:8080", Some("http://localhost:8080")),
            ("https://[::1]:8443", Some("https://localhost:8443")),
            ("http://net.lamdong.example", None),
            ("https://192.0.2.7", None),
            ("https://[2001:db8::7]", None),
            ("nonsense", None),
        ] {
            assert_eq!(RelyingParty::at(url).as_ref().map(RelyingParty::origin), origin, "{url}");
        }
    }

    #[test]
    fn what_was_asked_is_answered_once_and_in_time() {
        let party = RelyingParty::at("https://net.lamdong.example").expect("a name");
        let asked = |address: u8, now| {
            let (_, state) = party.webauthn.start_discoverable_authentication().expect("it starts");
            party.ask(Asked::LogIn { state }, Some([192, 0, 2, address].into()), now)
        };
        let answered = |secret: &Secret, second| party.answered(secret.reveal(), Duration::from_secs(second)).is_some();
        let secret = asked(1, Duration::ZERO);
        assert!(party.answered("other", Duration::ZERO).is_none());
        assert!(answered(&secret, 299) && !answered(&secret, 299), "once");
        assert!(!answered(&asked(1, Duration::ZERO), 300), "in time");
        let (theirs, first) = (asked(2, Duration::ZERO), asked(1, Duration::ZERO));
        let others: Vec<Secret> =
            (0..OPEN_MOST_ADDRESS as u64).map(|n| asked(1, Duration::from_millis(1 + n))).collect();
        assert!(!answered(&first, 2), "the oldest makes room");
        assert!(answered(&theirs, 2) && others.iter().all(|secret| answered(secret, 2)), "and nobody else's");
    }
}
