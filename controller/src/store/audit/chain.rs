//! How entries hang together: each one's hash covers all its fields and the hash of the one before. Pure.
//!
//! The hash of an entry is the SHA-256 of `PREVIOUS` line feed `JSON`, in lower-case hexadecimal, where PREVIOUS is the
//! hash of the entry before (64 zeros for the first) and JSON the array of the fields without white space:
//! `[1,id,at,actor,address,action,object,area,hall,details,is_ok]`: 1 is the number of this format, `at` milliseconds
//! since 1970, `details` the text of the column, and what is not known null. Anybody can recompute it with `sha256sum`.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};
use sqlx::FromRow;

/// The number of the format, in front of the fields: another format never gives the same hash.
const FORMAT: u8 = 1;

/// The hash before the first entry.
pub(super) const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A row, column for column.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(super) struct AuditRow {
    pub(super) id: i64,
    pub(super) at: i64,
    pub(super) actor: String,
    pub(super) address: Option<String>,
    pub(super) action: String,
    pub(super) object: String,
    pub(super) area: Option<i64>,
    pub(super) hall: Option<i64>,
    pub(super) details: String,
    pub(super) is_ok: bool,
    pub(super) hash: String,
}

impl AuditRow {
    /// What its hash has to be, after an entry with this one.
    pub(super) fn hash_after(&self, previous: &str) -> String {
        let fields = (
            FORMAT,
            self.id,
            self.at,
            &self.actor,
            &self.address,
            &self.action,
            &self.object,
            self.area,
            self.hall,
            &self.details,
            self.is_ok,
        );
        let json = serde_json::to_string(&fields).expect("numbers and texts can be written as JSON");
        let mut sha = Sha256::new();
        sha.update(previous.as_bytes());
        sha.update(b"\n");
        sha.update(json.as_bytes());
        let mut hex = String::with_capacity(NOTHING.len());
        for byte in sha.finalize() {
            write!(hex, "{byte:02x}").expect("writing to a String cannot fail");
        }
        hex
    }
}

/// What is wrong with the log: the first thing found, from its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuditBreak {
    /// An entry is not what was written.
    #[error("entry {0} was edited: its hash does not fit what it says and what stands before it")]
    Edited(i64),
    /// An entry is gone, and later ones are there.
    #[error("entry {0} was deleted")]
    Deleted(i64),
    /// An entry is there that nobody wrote.
    #[error("entry {0} was inserted: no entry of this number was ever written")]
    Inserted(i64),
    /// The last entries are gone.
    #[error("entries {from} to {to} were cut off the end")]
    TailCut {
        /// The first of them.
        from: i64,
        /// The last of them.
        to: i64,
    },
    /// The head says another hash than the last entry, or is gone.
    #[error("the head of the log was edited: it does not fit the last entry, {0}")]
    Head(i64),
    /// The log fits together, and is not the one that was there at an earlier check.
    #[error("the log was written anew: entry {0} is not the one that was there at the earlier check")]
    Rewritten(u64),
}

/// The end of the log as the head has it.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(super) struct Head {
    pub(super) id: i64,
    pub(super) hash: String,
}

/// Walks over the rows in order and stops at the first that does not fit.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    head: Option<Head>,
    /// How many entries there were once, and the hash of the last of them.
    seal: Option<(u64, &'a str)>,
    /// The last row that fitted.
    pub(super) last: Head,
}

impl<'a> Walk<'a> {
    pub(super) fn new(head: Option<Head>, seal: Option<(u64, &'a str)>) -> Self {
        Walk { head, seal, last: Head { id: 0, hash: NOTHING.to_owned() } }
    }

    /// The next row, by number.
    pub(super) fn step(&mut self, row: &AuditRow) -> Result<(), AuditBreak> {
        let next = self.last.id + 1;
        if row.id < next || self.head.as_ref().is_some_and(|head| row.id > head.id) {
            return Err(AuditBreak::Inserted(row.id));
        }
        if row.id > next {
            return Err(AuditBreak::Deleted(next));
        }
        let hash = row.hash_after(&self.last.hash);
        if row.hash != hash {
            return Err(AuditBreak::Edited(row.id));
        }
        self.last = Head { id: row.id, hash };
        match self.seal {
            Some((entries, sealed)) if entries == row.id.unsigned_abs() && sealed != row.hash => {
                Err(AuditBreak::Rewritten(entries))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// There is no row after the last one.
    pub(super) fn end(self) -> Result<Head, AuditBreak> {
        let is_short = |(entries, _): (u64, &str)| entries > self.last.id.unsigned_abs();
        match self.head {
            Some(head) if head == self.last => match self.seal {
                Some(seal) if is_short(seal) => Err(AuditBreak::Rewritten(seal.0)),
                Some(_) | None => Ok(self.last),
            },
            Some(head) if head.id > self.last.id => Err(AuditBreak::TailCut { from: self.last.id + 1, to: head.id }),
            Some(_) | None => Err(AuditBreak::Head(self.last.id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_one_that_sha256sum_gives() {
        let row = AuditRow {
            id: 1,
            at: 1_764_000_000_000,
            actor: "account ha".into(),
            address: Some("192.0.2.7".into()),
            action: "hall.change".into(),
            object: "hall \"dr-01\"".into(),
            area: Some(2),
            hall: None,
            details: r#"{"lifecycle":"Đã"}"#.into(),
            is_ok: true,
            hash: String::new(),
        };
        // printf '%064d\n%s' 0 '[1,1,1764000000000,"account ha","192.0.2.7","hall.change","hall \"dr-01\"",2,null,"{\"lifecycle\":\"Đã\"}",true]' | sha256sum
        assert_eq!(row.hash_after(NOTHING), "89ef9b49312e7245f725e1903c1f3197dc00cffcc0e2f483297f0b30c7044534");
    }
}
