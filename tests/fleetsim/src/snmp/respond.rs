//! The right answer to a request (RFC 3416 §4.2, RFC 1157 §4.1).

use std::time::Duration;

use super::message::{Answer, Kind, Request, varbind};
use super::oid::Oid;
use super::value::Value;
use super::values::Values;

pub(super) const TOO_BIG: i64 = 1;
const NO_SUCH_NAME: i64 = 2;
pub(super) const GENERAL_ERROR: i64 = 5;

/// What the device does on a walk after a name.
pub(super) type Next<'a> = &'a dyn Fn(&Oid) -> Option<(Oid, Value)>;

/// Answers from `values`, as they are after `elapsed`, in at most `largest` bytes.
pub(super) fn respond(request: &Request, values: &Values, elapsed: Duration, largest: usize) -> Answer {
    respond_with(request, values, elapsed, largest, &|name| {
        values.next(name).map(|(oid, source)| (oid.clone(), source.value(elapsed)))
    })
}

/// Answers with another idea of what comes next.
pub(super) fn respond_with(
    request: &Request,
    values: &Values,
    elapsed: Duration,
    largest: usize,
    next: Next<'_>,
) -> Answer {
    let is_v1 = request.version == 0;
    // Version 1 has no 64-bit counters: an agent goes on as if they were not there (RFC 2576 §4.2.2.1).
    let next = |name: &Oid| {
        let mut found = next(name)?;
        while is_v1 && matches!(found.1, Value::Counter64(_)) {
            found = next(&found.0).filter(|(oid, _)| *oid > found.0)?;
        }
        Some(found)
    };
    let following = |name: &Oid| next(name).unwrap_or_else(|| (name.clone(), Value::EndOfMibView));
    let varbinds = match request.kind {
        Kind::Get => request.names.iter().map(|name| (name.clone(), get(name, values, elapsed, is_v1))).collect(),
        Kind::GetNext => request.names.iter().map(following).collect(),
        Kind::GetBulk { non_repeaters, repetitions } => {
            let (once, mut cursors) = (request.names.clone(), Vec::new());
            let (once, repeated) = once.split_at(non_repeaters.min(once.len()));
            let mut varbinds: Vec<(Oid, Value)> = once.iter().map(following).collect();
            cursors.extend_from_slice(repeated);
            for _ in 0..repetitions {
                for cursor in &mut cursors {
                    let found = following(cursor);
                    *cursor = found.0.clone();
                    varbinds.push(found);
                }
            }
            varbinds
        }
    };
    fit(request, finish(request, varbinds), largest)
}

fn get(name: &Oid, values: &Values, elapsed: Duration, is_v1: bool) -> Value {
    match values.0.get(name).map(|source| source.value(elapsed)) {
        Some(Value::Counter64(_)) if is_v1 => Value::NoSuchObject,
        Some(value) => value,
        None if values.next(&name.parent()).is_some_and(|(next, _)| next.is_within(&name.parent())) => {
            Value::NoSuchInstance
        }
        None => Value::NoSuchObject,
    }
}

/// Version 1 has no exceptions in values: one missing name voids the answer.
fn finish(request: &Request, varbinds: Vec<(Oid, Value)>) -> Answer {
    let is_missing =
        |(_, value): &(Oid, Value)| matches!(value, Value::NoSuchObject | Value::NoSuchInstance | Value::EndOfMibView);
    match varbinds.iter().position(is_missing) {
        Some(place) if request.version == 0 => error(request, NO_SUCH_NAME, place as i64 + 1),
        _ => Answer { status: 0, index: 0, varbinds },
    }
}

/// An answer that is an error: the names come back without values.
pub(super) fn error(request: &Request, status: i64, index: i64) -> Answer {
    let varbinds = request.names.iter().map(|name| (name.clone(), Value::Null)).collect();
    Answer { status, index, varbinds }
}

/// GETBULK gives as much as fits; anything else is all or tooBig.
pub(super) fn fit(request: &Request, mut answer: Answer, largest: usize) -> Answer {
    let at_most: usize = answer.varbinds.iter().map(|(name, value)| size_at_most(name, value)).sum();
    if request.overhead() + at_most <= largest {
        return answer;
    }
    let mut size = request.overhead();
    let fitting = answer.varbinds.iter().take_while(|(name, value)| {
        size += varbind(name, value).len();
        size <= largest
    });
    let fitting = fitting.count();
    if fitting == answer.varbinds.len() {
        return answer;
    }
    if matches!(request.kind, Kind::GetBulk { .. }) && fitting > 0 {
        answer.varbinds.truncate(fitting);
        return answer;
    }
    Answer { varbinds: Vec::new(), ..error(request, TOO_BIG, 0) }
}

/// A bound that is cheap to find: five bytes a number, three heads of at most five bytes.
fn size_at_most(name: &Oid, value: &Value) -> usize {
    let content = match value {
        Value::Octets(bytes) | Value::Raw(_, bytes) => bytes.len(),
        Value::Oid(oid) => 5 * oid.0.len(),
        _ => 10,
    };
    15 + 5 * name.0.len() + content
}
