//! How often somebody may try to prove who he is: a pure engine. A few tries are free, because people mistype; after
//! them each wrong one doubles a pause, up to a quarter of an hour. Nobody is ever locked out for good: pauses end by
//! themselves, and a try during one neither counts nor lengthens it.
//!
//! A try counts when it begins, so that a thousand at once are not a thousand tries; a right one is taken back.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

/// Wrong tries on one account before pauses begin.
const FREE_ACCOUNT: u32 = 3;
/// Wrong tries from one address before pauses begin: a whole office may share one.
const FREE_ADDRESS: u32 = 10;
/// Tries of all together at once: many addresses together.
const BURST_ALL: u32 = 1_000;
/// Tries of all together that come back each second, about as many pass phrases as a small machine checks.
const BACK_ALL: u32 = 10;
/// The first pause (safety B5).
const FIRST: Duration = Duration::from_secs(1);
/// The longest pause (safety B5).
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// After this long without a try everything is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(3600);
/// How often it is looked for what is to be forgotten.
const SWEEP: Duration = Duration::from_secs(60);
/// Letters of a name that count; accounts have 64 at most.
const LONGEST_NAME: usize = 80;
/// What is remembered at most: an attacker with many names or addresses must not fill the memory.
const REMEMBERED: usize = 10_000;

/// What tries are counted for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Account(String),
    Address(IpAddr),
}

#[derive(Debug, Clone, Copy, Default)]
struct Tries {
    count: u32,
    last: Duration,
    until: Duration,
}

/// Counts tries. Times are of a clock that does not go back.
#[derive(Debug, Default)]
pub struct Throttle {
    tries: BTreeMap<Key, Tries>,
    /// Tries of all together that did not come back yet, and up to when they did.
    all: u32,
    all_at: Duration,
    /// When what is over was last forgotten.
    swept: Duration,
}

impl Throttle {
    /// Begins a try; else how long to wait before the next.
    ///
    /// # Errors
    /// The pause that is left.
    pub fn begin(&mut self, account: &str, address: Option<IpAddr>, now: Duration) -> Result<(), Duration> {
        let keys = keys(account, address);
        let until = keys.iter().filter_map(|(key, _)| self.tries.get(key)).map(|tries| tries.until).max();
        if let Some(left) = until.and_then(|until| until.checked_sub(now)).filter(|left| !left.is_zero()) {
            return Err(left);
        }
        self.take_of_all(now)?;
        self.make_room(now);
        for (key, free) in keys {
            let tries = self.tries.entry(key).or_default();
            if now.saturating_sub(tries.last) >= FORGOTTEN {
                *tries = Tries::default();
            }
            tries.count = tries.count.saturating_add(1);
            tries.last = now;
            tries.until = match tries.count.checked_sub(free) {
                Some(over) => now + FIRST.saturating_mul(1 << over.min(16)).min(LONGEST),
                None => now,
            };
        }
        Ok(())
    }

    /// One of those that all have together. Whoever floods takes them, and does not take all: they come back evenly.
    fn take_of_all(&mut self, now: Duration) -> Result<(), Duration> {
        let each = FIRST / BACK_ALL;
        let back = now.saturating_sub(self.all_at).as_millis() / each.as_millis();
        let back = u32::try_from(back).unwrap_or(u32::MAX);
        self.all = self.all.saturating_sub(back);
        self.all_at = if self.all == 0 { now } else { self.all_at + each * back };
        if self.all >= BURST_ALL {
            return Err(each);
        }
        self.all += 1;
        Ok(())
    }

    /// A try was right: the account starts afresh, and it counts against nobody.
    pub fn right(&mut self, account: &str, address: Option<IpAddr>) {
        for (key, _) in keys(account, address) {
            match key {
                Key::Account(_) => drop(self.tries.remove(&key)),
                Key::Address(_) => self.take_back(&key),
            }
        }
    }

    /// A try was right and there is more to prove: it counts against nobody, and what was wrong before still does.
    pub fn half_right(&mut self, account: &str, address: Option<IpAddr>) {
        for (key, _) in keys(account, address) {
            self.take_back(&key);
        }
    }

    fn take_back(&mut self, key: &Key) {
        if let Some(tries) = self.tries.get_mut(key) {
            tries.count = tries.count.saturating_sub(1);
            tries.until = Duration::ZERO;
        }
    }

    /// Forgets what is over, and what was tried longest ago when there is too much.
    fn make_room(&mut self, now: Duration) {
        if self.tries.len() < REMEMBERED && now.saturating_sub(self.swept) < SWEEP {
            return;
        }
        self.swept = now;
        self.tries.retain(|_, tries| now.saturating_sub(tries.last) < FORGOTTEN);
        if self.tries.len() >= REMEMBERED {
            let mut ages: Vec<Duration> = self.tries.values().map(|tries| tries.last).collect();
            ages.sort_unstable();
            let middle = ages[ages.len() / 2];
            self.tries.retain(|_, tries| tries.last > middle);
        }
    }
}

fn keys(account: &str, address: Option<IpAddr>) -> Vec<(Key, u32)> {
    // No account has a longer name; what a stranger types is not kept whole.
    let account = account.chars().take(LONGEST_NAME).collect();
    let mut keys = vec![(Key::Account(account), FREE_ACCOUNT)];
    if let Some(address) = address {
        keys.push((Key::Address(site(address)), FREE_ADDRESS));
    }
    keys
}

/// An attacker has 2^64 addresses of IPv6: its network counts, not the address (RFC 6177: a site has a /64 at least).
pub(super) fn site(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) >> 64 << 64).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn of_a_thousand_guesses_in_ten_minutes_at_most_twenty_are_checked() {
        let mut throttle = Throttle::default();
        let checked = (0..1_000).filter(|i| throttle.begin("ha", HERE, Duration::from_millis(600 * i)).is_ok()).count();
        assert!((5..=20).contains(&checked), "{checked}");
        let mut throttle = Throttle::default();
        assert!((0..1_000).filter(|_| throttle.begin("ha", None, seconds(1)).is_ok()).count() <= 20, "all at once");
        let mut throttle = Throttle::default();
        let names = (0..1_000).filter(|i| throttle.begin(&format!("n{i}"), HERE, seconds(1)).is_ok()).count();
        assert!(names <= 20, "{names} from one address");
    }

    #[test]
    fn pauses_double_up_to_a_quarter_of_an_hour_and_always_end() {
        let mut throttle = Throttle::default();
        let mut now = Duration::ZERO;
        let mut pauses = Vec::new();
        for _ in 0..30 {
            throttle.begin("ha", None, now).expect("the pause is over");
            if let Err(left) = throttle.begin("ha", None, now) {
                pauses.push(left.as_secs());
                now += left;
            }
        }
        assert_eq!(pauses[..4], [1, 2, 4, 8]);
        assert_eq!(pauses.last(), Some(&900));
        assert!(throttle.begin("other", None, now).is_ok(), "another account is not touched");
    }

    #[test]
    fn a_right_one_starts_afresh_and_an_hour_forgets() {
        let mut throttle = Throttle::default();
        for _ in 0..FREE_ACCOUNT {
            throttle.begin("ha", HERE, seconds(1)).expect("free");
        }
        assert!(throttle.begin("ha", HERE, seconds(1)).is_err());
        throttle.right("ha", HERE);
        assert!(throttle.begin("ha", HERE, seconds(1)).is_ok());
        for _ in 0..40 {
            throttle.begin("x", None, seconds(2)).ok();
        }
        assert!((0..3).all(|_| throttle.begin("x", None, seconds(5_000)).is_ok()), "forgotten");
    }

    #[test]
    fn a_flood_from_everywhere_leaves_room_for_others() {
        let mut throttle = Throttle::default();
        let mut begin = |n: u32, now| {
            let address = IpAddr::V4((0x0a00_0000 + n).into());
            throttle.begin(&format!("n{n}"), Some(address), now).is_ok()
        };
        let burst = (0..5_000).filter(|n| begin(*n, seconds(10_000))).count();
        assert_eq!(burst, BURST_ALL as usize);
        // 200 tries a second, of which every tenth is of somebody else.
        let others =
            (0..2_000).filter(|n| begin(10_000 + n, seconds(10_000) + Duration::from_millis(5 * u64::from(*n))));
        assert_eq!(others.count(), 99, "{BACK_ALL} a second");
        assert!(begin(20_000, seconds(10_030)), "and soon all is as before");
    }

    #[test]
    fn neither_names_nor_addresses_fill_the_memory_and_a_network_counts_as_one() {
        let mut throttle = Throttle::default();
        for i in 0..30_000_u32 {
            let address = IpAddr::V4((0x0a00_0000 + i).into());
            throttle.right("nobody", None);
            throttle.begin(&format!("n{i}"), Some(address), seconds(u64::from(i) * 20)).ok();
        }
        assert!(throttle.tries.len() <= REMEMBERED + 3, "{}", throttle.tries.len());
        let mut throttle = Throttle::default();
        let network = |i: u128| Some(IpAddr::V6(((0x2001_0db8 << 96) + i).into()));
        assert!((0..1_000).filter(|i| throttle.begin(&i.to_string(), network(*i), seconds(1)).is_ok()).count() <= 20);
    }
}
