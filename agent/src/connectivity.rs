//! Whether the agent itself is connected: before it may call anything down it asks its own gateway and the reference
//! targets it was given, and more than half of them have to answer. One answer serves all devices for a moment.
//!
//! The rules are here, pure; the asking is [`crate::observe`]'s.

use std::net::Ipv4Addr;
use std::time::Duration;

use inventory::device::Address;

/// How a question about the agent's own connection is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// The check is off: there is nobody to ask, or no way of asking.
    Off,
    /// A fresh answer is at hand.
    Known(bool),
    /// The caller has to ask, and then call [`Connectivity::answered`].
    Ask,
    /// Somebody is asking already.
    Wait,
}

/// The latest answer, and whether another is on its way.
#[derive(Debug, Default)]
pub struct Connectivity {
    references: Vec<Address>,
    /// When the ask behind the latest answer began, and the answer; `None` when there was no way of asking.
    latest: Option<(Duration, Option<bool>)>,
    /// When the ask under way began.
    asking_since: Option<Duration>,
    /// The ask under way is of references that are no longer ours.
    is_outdated: bool,
}

impl Connectivity {
    /// From now on these are asked. With none the check is off.
    pub fn set_references(&mut self, references: Vec<Address>) {
        if self.references != references {
            self.latest = None;
            self.is_outdated = self.asking_since.is_some();
            self.references = references;
        }
    }

    /// Who is asked beside the gateway.
    pub fn references(&self) -> &[Address] {
        &self.references
    }

    /// Whether the agent is connected, by an answer not older than this. An answer is as old as its question.
    pub fn look(&mut self, not_older_than: Duration, now: Duration) -> Look {
        if self.references.is_empty() {
            return Look::Off;
        }
        match self.latest {
            Some((asked_at, answer)) if now.saturating_sub(asked_at) <= not_older_than => {
                return answer.map_or(Look::Off, Look::Known);
            }
            Some(_) | None => {}
        }
        if self.asking_since.is_some() {
            return Look::Wait;
        }
        self.asking_since = Some(now);
        Look::Ask
    }

    /// The ask came to an end; `None` when there was no way of asking.
    pub fn answered(&mut self, answer: Option<bool>) {
        let since = self.asking_since.take();
        if !std::mem::take(&mut self.is_outdated) {
            self.latest = since.map(|since| (since, answer));
        }
    }
}

/// Whether more than half answered. Of nobody nobody answers.
pub fn is_quorum(answers: &[bool]) -> bool {
    let good = answers.iter().filter(|answer| **answer).count();
    good * 2 > answers.len()
}

/// The IPv4 default gateway in the text of `/proc/net/route`: the one with the smallest metric among the routes to
/// 0.0.0.0/0 that are up and have a gateway. Addresses stand there as the kernel keeps them, printed as a number of
/// this machine's byte order.
pub fn default_gateway(proc_net_route: &str) -> Option<Ipv4Addr> {
    /// RTF_UP | RTF_GATEWAY of Linux' route.h.
    const UP_WITH_GATEWAY: u32 = 0x3;
    proc_net_route
        .lines()
        .skip(1)
        .filter_map(|line| {
            let field: Vec<&str> = line.split_whitespace().collect();
            let hex = |n: usize| field.get(n).and_then(|text| u32::from_str_radix(text, 16).ok());
            let metric: u32 = field.get(6)?.parse().ok()?;
            let is_default = hex(1)? == 0 && hex(7)? == 0 && hex(3)? & UP_WITH_GATEWAY == UP_WITH_GATEWAY;
            is_default.then_some((metric, Ipv4Addr::from(hex(2)?.to_ne_bytes())))
        })
        .min_by_key(|(metric, _)| *metric)
        .map(|(_, gateway)| gateway)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn with_references() -> Connectivity {
        let mut connectivity = Connectivity::default();
        connectivity.set_references(vec!["10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()]);
        connectivity
    }

    #[test]
    fn without_references_the_check_is_off() {
        let mut connectivity = Connectivity::default();
        assert_eq!(connectivity.look(SECOND, SECOND), Look::Off);
    }

    #[test]
    fn one_ask_serves_all_who_want_to_know_for_a_while() {
        let mut connectivity = with_references();
        assert_eq!(connectivity.look(5 * SECOND, 10 * SECOND), Look::Ask);
        assert_eq!(connectivity.look(5 * SECOND, 10 * SECOND), Look::Wait);
        connectivity.answered(Some(false));
        assert_eq!(connectivity.look(5 * SECOND, 15 * SECOND), Look::Known(false));
        assert_eq!(connectivity.look(2 * SECOND, 15 * SECOND), Look::Ask, "for this one it is too old");
        connectivity.answered(Some(true));
        assert_eq!(connectivity.look(5 * SECOND, 15 * SECOND), Look::Known(true));
    }

    #[test]
    fn other_references_are_asked_anew() {
        let mut connectivity = with_references();
        assert_eq!(connectivity.look(5 * SECOND, SECOND), Look::Ask);
        connectivity.answered(Some(true));
        connectivity.set_references(vec!["10.0.0.3".parse().unwrap()]);
        assert_eq!(connectivity.look(5 * SECOND, SECOND), Look::Ask);
        connectivity.set_references(vec!["10.0.0.4".parse().unwrap()]);
        connectivity.answered(Some(true));
        assert_eq!(connectivity.look(5 * SECOND, SECOND), Look::Ask, "that was the answer of others");
    }

    #[test]
    fn an_agent_that_has_no_way_of_asking_calls_the_check_off() {
        let mut connectivity = with_references();
        assert_eq!(connectivity.look(SECOND, SECOND), Look::Ask);
        connectivity.answered(None);
        assert_eq!(connectivity.look(SECOND, SECOND), Look::Off);
    }

    #[test]
    fn more_than_half_have_to_answer() {
        for (answers, expected) in [
            (&[true][..], true),
            (&[false], false),
            (&[true, false], false),
            (&[true, true, false], true),
            (&[true, false, false], false),
            (&[], false),
        ] {
            assert_eq!(is_quorum(answers), expected, "{answers:?}");
        }
    }

    #[test]
    fn the_gateway_is_that_of_the_best_default_route() {
        let hex = |a, b, c, d| format!("{:08X}", u32::from_ne_bytes([a, b, c, d]));
        let table = format!(
            "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n\
             wwan0\t00000000\t{}\t0003\t0\t0\t700\t00000000\t0\t0\t0\n\
             eth0\t00000000\t{}\t0003\t0\t0\t100\t00000000\t0\t0\t0\n\
             eth0\t{}\t00000000\t0001\t0\t0\t0\t{}\t0\t0\t0\n",
            hex(10, 9, 9, 1),
            hex(192, 0, 2, 1),
            hex(192, 0, 2, 0),
            hex(255, 255, 255, 0),
        );
        assert_eq!(default_gateway(&table), Some(Ipv4Addr::new(192, 0, 2, 1)));
        assert_eq!(default_gateway("Iface\tDestination\n"), None);
        assert_eq!(default_gateway("no table at all"), None);
    }
}
