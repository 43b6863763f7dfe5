//! [`Oid`]: numbers, compared one by one.

use std::fmt;

/// An object identifier.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Oid(pub Vec<u32>);

/// The text is no OID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no OID")]
pub struct OidError(String);

impl Oid {
    /// Whether this is `root` or below it.
    pub fn is_within(&self, root: &Oid) -> bool {
        self.0.starts_with(&root.0)
    }

    /// This OID with one more number.
    #[must_use]
    pub fn child(&self, arc: u32) -> Oid {
        let mut arcs = self.0.clone();
        arcs.push(arc);
        Oid(arcs)
    }

    /// This OID without its last number.
    pub(super) fn parent(&self) -> Oid {
        Oid(self.0.split_last().map(|(_, rest)| rest.to_vec()).unwrap_or_default())
    }
}

impl std::str::FromStr for Oid {
    type Err = OidError;
    fn from_str(text: &str) -> Result<Self, OidError> {
        let arcs: Result<Vec<u32>, _> = text.split('.').map(str::parse).collect();
        arcs.ok().filter(|arcs| arcs.len() > 1).map(Oid).ok_or_else(|| OidError(text.to_owned()))
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arcs: Vec<String> = self.0.iter().map(u32::to_string).collect();
        f.write_str(&arcs.join("."))
    }
}
