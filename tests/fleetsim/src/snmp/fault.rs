//! [`Fault`]: what a device does instead of answering rightly, each as it was seen in the field or feared from an
//! attacker.

use std::time::Duration;

use super::ber;
use super::message::{Answer, Envelope, Kind, Request, varbind};
use super::oid::Oid;
use super::respond::{GENERAL_ERROR, TOO_BIG, error, fit, respond, respond_with};
use super::v3::engine::{Stat, report_pdu};
use super::v3::message::Sealing;
use super::value::Value;
use super::values::{Values, parse};

/// A way to misbehave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Says nothing, not even to a discovery.
    Silent,
    /// Answers until this many requests were served since the agent's start, then says nothing.
    SilentAfter(u64),
    /// Is switched off and on when this many requests were served since the agent's start.
    RestartAfter(u64),
    /// Answers rightly, so much later.
    Slow(Duration),
    /// Answers every other request so much later, the others rightly: the late answer meets a later question.
    Late(Duration),
    /// Of every `of` requests the first `lost` get no answer.
    Lossy {
        /// How many are lost.
        lost: u64,
        /// Of how many.
        of: u64,
    },
    /// Of a hundred requests about so many, in no order, get no answer.
    Loses(u8),
    /// Answers everything twice.
    Twice,
    /// Answers with bytes that are no SNMP.
    Garbage,
    /// A walk never leaves the column: after its last row come more, for ever.
    EndlessWalk,
    /// A walk does not move: what comes next is what was asked.
    StandingWalk,
    /// The rows of each table come in the order 2, 1, 4, 3, …
    Unordered,
    /// Every text is this long; an answer that no longer fits is cut or refused as too big.
    LongText(usize),
    /// Answers with this many SEQUENCEs inside one another in place of the values.
    Nested(usize),
    /// The list of varbinds breaks off inside its second one.
    TornVarbind,
    /// The second value is an INTEGER of no bytes.
    EmptyInteger,
    /// The answer has this many varbinds, whatever was asked.
    ManyVarbinds(usize),
    /// Before the true answer come this many wrong ones in turn: wrong id, wrong port, wrong community; in version
    /// 3 wrong request id, wrong port, wrong user, wrong tag, unprotected, wrong message id.
    Forged(usize),
    /// Answers about another name than the one asked.
    WrongName,
    /// Says tooBig when more than this many varbinds would be sent.
    TooBigAbove(usize),
    /// Answers everything with genErr.
    GeneralError,
    /// Says nothing when more than this many names are asked, and knows no GETBULK.
    SilentAbove(usize),
    /// Hides `root` and what is below: ifHCInOctets of a device without 64-bit counters, say.
    Hidden(Vec<&'static str>),
    /// Version 3: before the true answer come this many unauthenticated Reports that nobody of ours sent.
    ForgedReports {
        /// How many.
        count: usize,
        /// What they claim.
        stat: Stat,
        /// The engine boots they claim; `None` for the true ones.
        boots: Option<u32>,
    },
    /// Version 3: every answer has a tag that does not fit.
    WrongTag,
    /// Version 3: answers unprotected what was asked with protection.
    Unprotected,
    /// Version 3: says nothing to what it cannot decrypt, as net-snmp does.
    SilentOnWrongPrivacy,
}

impl Fault {
    /// A device without 64-bit counters.
    pub fn no_high_capacity() -> Fault {
        Fault::Hidden(vec!["1.3.6.1.2.1.31.1.1.1.6", "1.3.6.1.2.1.31.1.1.1.10"])
    }

    /// A forged Report with the last boots there can be: who believes it never talks to the device again.
    pub fn forged_boots() -> Fault {
        Fault::ForgedReports { count: 1, stat: Stat::NotInTimeWindows, boots: Some(i32::MAX as u32) }
    }
}

/// A datagram to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Delivery {
    pub(super) after: Duration,
    pub(super) is_from_other_port: bool,
    pub(super) datagram: Vec<u8>,
}

impl Delivery {
    pub(super) fn now(datagram: Vec<u8>) -> Self {
        Delivery { after: Duration::ZERO, is_from_other_port: false, datagram }
    }
}

/// What the device is at the moment of a request.
pub(super) struct Scene<'a> {
    pub(super) values: &'a Values,
    pub(super) elapsed: Duration,
    pub(super) largest: usize,
    /// How many requests came before.
    pub(super) served: u64,
}

/// What is sent when `request` comes in.
pub(super) fn deliveries(fault: Option<&Fault>, request: &Request, scene: &Scene<'_>) -> Vec<Delivery> {
    let right = || respond(request, scene.values, scene.elapsed, scene.largest);
    let rightly = || request.response(&right());
    let Some(fault) = fault else {
        return vec![Delivery::now(rightly())];
    };
    let datagram = match fault {
        Fault::Silent => return Vec::new(),
        Fault::SilentAfter(served) if scene.served >= *served => return Vec::new(),
        // The restart itself is the agent's doing.
        Fault::SilentAfter(_) | Fault::RestartAfter(_) => rightly(),
        Fault::Slow(by) => {
            return vec![Delivery { after: *by, ..Delivery::now(rightly()) }];
        }
        Fault::Late(by) if scene.served.is_multiple_of(2) => {
            return vec![Delivery { after: *by, ..Delivery::now(rightly()) }];
        }
        Fault::Late(_) => rightly(),
        Fault::Lossy { lost, of } if scene.served % of < *lost => return Vec::new(),
        Fault::Lossy { .. } => rightly(),
        // Knuth's multiplicative hash: as good as chance here, and the same in every run.
        Fault::Loses(percent) if (scene.served.wrapping_mul(2_654_435_761) >> 8) % 100 < u64::from(*percent) => {
            return Vec::new();
        }
        Fault::Loses(_) => rightly(),
        Fault::Twice => return vec![Delivery::now(rightly()), Delivery::now(rightly())],
        Fault::Garbage => b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
        Fault::EndlessWalk => {
            let answer =
                respond_with(request, scene.values, scene.elapsed, scene.largest, &|name| endless(name, scene));
            request.response(&answer)
        }
        Fault::StandingWalk => {
            let answer =
                respond_with(request, scene.values, scene.elapsed, scene.largest, &|name| standing(name, scene));
            request.response(&answer)
        }
        Fault::Unordered => {
            let answer =
                respond_with(request, scene.values, scene.elapsed, scene.largest, &|name| unordered(name, scene));
            request.response(&answer)
        }
        Fault::LongText(length) => request.response(&fit(request, lengthen(right(), *length), scene.largest)),
        Fault::Nested(levels) => request.response_with(&right(), &nested(*levels)),
        Fault::TornVarbind => request.response_with(&right(), &torn(&right())),
        Fault::EmptyInteger => {
            let mut answer = right();
            let place = answer.varbinds.len().min(2) - 1;
            answer.varbinds[place].1 = Value::Raw(0x02, Vec::new());
            request.response(&answer)
        }
        Fault::ManyVarbinds(count) => {
            let mut answer = right();
            answer.varbinds = answer.varbinds.into_iter().cycle().take(*count).collect();
            request.response(&answer)
        }
        Fault::Forged(count) => return forged(*count, request, &right()),
        Fault::WrongName => {
            let mut answer = right();
            for (name, _) in &mut answer.varbinds {
                *name = parse("1.3.6.1.2.1.1.4.0");
            }
            request.response(&answer)
        }
        Fault::TooBigAbove(most) => {
            let answer = right();
            let is_too_big = answer.varbinds.len() > *most;
            request.response(&if is_too_big { error(request, TOO_BIG, 0) } else { answer })
        }
        Fault::GeneralError => request.response(&error(request, GENERAL_ERROR, 1)),
        Fault::SilentAbove(names) => {
            if request.names.len() > *names || matches!(request.kind, Kind::GetBulk { .. }) {
                return Vec::new();
            }
            rightly()
        }
        Fault::Hidden(roots) => {
            let mut values = scene.values.clone();
            roots.iter().for_each(|root| values.remove(root));
            request.response(&respond(request, &values, scene.elapsed, scene.largest))
        }
        Fault::ForgedReports { count, stat, boots } => {
            let mut sent = forged_reports(request, *count, *stat, *boots);
            sent.push(Delivery::now(rightly()));
            return sent;
        }
        Fault::WrongTag => {
            resealed(request, |sealing| sealing.is_tag_wrong = true).map_or_else(rightly, |lie| lie.response(&right()))
        }
        Fault::Unprotected => {
            resealed(request, |sealing| sealing.level = 0).map_or_else(rightly, |lie| lie.response(&right()))
        }
        // That is the engine's doing; whoever gets this far had the right key.
        Fault::SilentOnWrongPrivacy => rightly(),
    };
    vec![Delivery::now(datagram)]
}

/// What comes next, and after a column's last row one more like it.
fn endless(name: &Oid, scene: &Scene<'_>) -> Option<(Oid, Value)> {
    let value_of = |(oid, source): (&Oid, &super::value::Source)| (oid.clone(), source.value(scene.elapsed));
    let next = scene.values.next(name).map(value_of);
    let column = name.parent();
    if next.as_ref().is_some_and(|(oid, _)| oid.is_within(name) || oid.is_within(&column)) {
        return next;
    }
    let last = scene.values.0.range(column.clone()..).take_while(|(oid, _)| oid.is_within(&column)).last();
    match last.filter(|(oid, _)| oid.0.len() == name.0.len()) {
        Some(last) => {
            let mut arcs = name.0.clone();
            let row = arcs.last_mut()?;
            *row = row.checked_add(1)?;
            Some((Oid(arcs), value_of(last).1))
        }
        None => next,
    }
}

/// The name asked, when it is a row; else what comes next.
fn standing(name: &Oid, scene: &Scene<'_>) -> Option<(Oid, Value)> {
    let here = scene.values.0.get_key_value(name);
    here.or_else(|| scene.values.next(name)).map(|(oid, source)| (oid.clone(), source.value(scene.elapsed)))
}

/// What comes next where neighbours have changed places.
fn unordered(name: &Oid, scene: &Scene<'_>) -> Option<(Oid, Value)> {
    let mut asked = name.clone();
    loop {
        let (next, _) = scene.values.next(&asked)?;
        // Of a row the place after its own, of anything else the first place there is.
        let is_row = scene.values.0.contains_key(&asked);
        let table = if is_row { asked.parent() } else { next.parent() };
        let below = scene.values.0.range(&table..).map(|(row, _)| row).take_while(|row| row.is_within(&table));
        let rows: Vec<&Oid> = below.filter(|row| row.parent() == table).collect();
        // Where a row of this rank stands, and the rank of what stands there: neighbours, but the last of an odd number.
        let swap = |place: usize| if place ^ 1 < rows.len() { place ^ 1 } else { place };
        let place = rows.iter().position(|row| **row == asked).map_or(0, |rank| swap(rank) + 1);
        match rows.get(swap(place)).filter(|_| place < rows.len()) {
            Some(row) => return Some(((*row).clone(), scene.values.0[*row].value(scene.elapsed))),
            // The table is at its end: go on behind its last row.
            None => asked = rows.last().map(|last| last.child(0))?,
        }
    }
}

fn lengthen(mut answer: Answer, length: usize) -> Answer {
    for (_, value) in &mut answer.varbinds {
        if matches!(value, Value::Octets(_)) {
            *value = Value::Octets(vec![b'A'; length]);
        }
    }
    answer
}

fn nested(levels: usize) -> Vec<u8> {
    // Every level claims the longest content there can be, so that each is inside the one before.
    let mut bytes = Vec::new();
    for level in (0..levels).rev() {
        let inside = ((levels - 1 - level) * 4).min(0xFFFF) as u16;
        bytes.push([&[ber::SEQUENCE, 0x82][..], &inside.to_be_bytes()].concat());
    }
    bytes.reverse();
    bytes.concat()
}

fn torn(answer: &Answer) -> Vec<u8> {
    let mut whole = answer.varbinds.iter().map(|(name, value)| varbind(name, value));
    let first = whole.next().unwrap_or_default();
    match whole.next() {
        Some(second) => [&first, &second[..second.len() / 2]].concat(),
        None => first[..first.len() / 2].to_vec(),
    }
}

fn forged(count: usize, request: &Request, right: &Answer) -> Vec<Delivery> {
    let mut lie = right.clone();
    for (_, value) in &mut lie.varbinds {
        *value = Value::Octets(b"forged".to_vec());
    }
    let wrong_id = |nth: usize| Request { id: request.id ^ (0x55 << 8 | nth as i64), ..request.clone() };
    let other_port = || Delivery { is_from_other_port: true, ..Delivery::now(request.response(&lie)) };
    let by_community = |nth: usize| match nth % 3 {
        0 => Delivery::now(wrong_id(nth).response(&lie)),
        1 => other_port(),
        _ => {
            let envelope = Envelope::Community(b"forged".to_vec());
            Delivery::now(Request { envelope, ..request.clone() }.response(&lie))
        }
    };
    let sealed = |nth: usize, change: fn(&mut Sealing)| {
        resealed(request, change).map_or_else(|| by_community(nth), |forgery| Delivery::now(forgery.response(&lie)))
    };
    let nth = |nth: usize| match (&request.envelope, nth % 6) {
        (Envelope::Community(_), _) => by_community(nth),
        (Envelope::Sealed(_), 0) => Delivery::now(wrong_id(nth).response(&lie)),
        (Envelope::Sealed(_), 1) => other_port(),
        (Envelope::Sealed(_), 2) => sealed(nth, |sealing| sealing.user = b"forged".to_vec()),
        (Envelope::Sealed(_), 3) => sealed(nth, |sealing| sealing.is_tag_wrong = true),
        (Envelope::Sealed(_), 4) => sealed(nth, |sealing| sealing.level = 0),
        (Envelope::Sealed(_), _) => sealed(nth, |sealing| sealing.id ^= 0x5500),
    };
    let mut sent: Vec<Delivery> = (0..count).map(nth).collect();
    sent.push(Delivery::now(request.response(right)));
    sent
}

/// The request as if it had come in another envelope of version 3; none when it came in none.
fn resealed(request: &Request, change: impl FnOnce(&mut Sealing)) -> Option<Request> {
    match request.envelope.clone() {
        Envelope::Community(_) => None,
        Envelope::Sealed(mut sealing) => {
            change(&mut sealing);
            Some(Request { envelope: Envelope::Sealed(sealing), ..request.clone() })
        }
    }
}

fn forged_reports(request: &Request, count: usize, stat: Stat, boots: Option<u32>) -> Vec<Delivery> {
    let Envelope::Sealed(true_one) = &request.envelope else { return Vec::new() };
    let boots = boots.unwrap_or(true_one.boots);
    let forgery = Sealing { level: 0, boots, ..true_one.clone() };
    let report = |nth| Delivery::now(forgery.seal(&report_pdu(request.id, stat, nth)));
    (1..=count as u32).map(report).collect()
}
