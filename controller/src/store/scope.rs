//! Which part of the fleet somebody may see: an argument of every question about the fleet, so that no query can
//! forget it. It must not know roles or accounts: `app::principal` makes scopes of those.

use std::collections::BTreeSet;

use inventory::area::AreaTree;
use inventory::id::{AreaId, HallId};

/// A part of the fleet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// All of it, what has no hall included.
    All,
    /// Some of it. Nothing is a part, too.
    Part {
        /// Areas with all their halls. What lies below an area is named as well.
        areas: BTreeSet<AreaId>,
        /// Halls besides.
        halls: BTreeSet<HallId>,
    },
}

impl Scope {
    /// No part at all.
    pub fn nothing() -> Scope {
        Scope::Part { areas: BTreeSet::new(), halls: BTreeSet::new() }
    }

    /// An area and everything below it.
    pub fn below(root: AreaId, tree: &AreaTree) -> Scope {
        let within = tree.areas().iter().filter(|area| tree.is_within(area.id, root));
        Scope::Part { areas: within.map(|area| area.id).collect(), halls: BTreeSet::new() }
    }

    /// Whether a hall of this area belongs to it.
    pub fn has(&self, area: AreaId, hall: HallId) -> bool {
        match self {
            Scope::All => true,
            Scope::Part { areas, halls } => areas.contains(&area) || halls.contains(&hall),
        }
    }

    /// Whether all halls of this area belong to it, those that there will be too.
    pub fn has_area(&self, area: AreaId) -> bool {
        match self {
            Scope::All => true,
            Scope::Part { areas, halls: _ } => areas.contains(&area),
        }
    }

    /// Whether it is no part at all.
    pub fn is_empty(&self) -> bool {
        match self {
            Scope::All => false,
            Scope::Part { areas, halls } => areas.is_empty() && halls.is_empty(),
        }
    }

    /// What belongs to both. A hall that one names belongs to it only when the other names it or its area, and which area
    /// a hall is in is not known here: it is left out then.
    #[must_use]
    pub fn intersection(self, other: &Scope) -> Scope {
        match (self, other) {
            (Scope::All, other) => other.clone(),
            (Scope::Part { areas, halls }, Scope::All) => Scope::Part { areas, halls },
            (Scope::Part { areas, halls }, Scope::Part { areas: other_areas, halls: other_halls }) => Scope::Part {
                areas: areas.intersection(other_areas).copied().collect(),
                halls: halls.intersection(other_halls).copied().collect(),
            },
        }
    }

    /// What belongs to one or the other.
    #[must_use]
    pub fn union(self, other: Scope) -> Scope {
        match (self, other) {
            (Scope::All, Scope::All | Scope::Part { .. }) | (Scope::Part { .. }, Scope::All) => Scope::All,
            (Scope::Part { mut areas, mut halls }, Scope::Part { areas: more_areas, halls: more_halls }) => {
                areas.extend(more_areas);
                halls.extend(more_halls);
                Scope::Part { areas, halls }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use inventory::area::Area;

    use super::*;

    fn part(areas: &[i64], halls: &[i64]) -> Scope {
        let halls = halls.iter().map(|id| HallId(*id)).collect();
        Scope::Part { areas: areas.iter().map(|id| AreaId(*id)).collect(), halls }
    }

    #[test]
    fn a_scope_has_the_halls_of_its_areas_and_those_it_names_and_no_others() {
        let scope = part(&[1], &[20]).union(part(&[3], &[]));
        assert_eq!(scope, part(&[1, 3], &[20]));
        assert!(
            scope.has(AreaId(1), HallId(10)) && scope.has(AreaId(3), HallId(30)) && scope.has(AreaId(2), HallId(20))
        );
        assert!(!scope.has(AreaId(2), HallId(21)));
        assert!(!Scope::nothing().has(AreaId(1), HallId(10)) && Scope::nothing().is_empty());
        assert!(Scope::All.has(AreaId(9), HallId(9)) && !Scope::All.is_empty());
        assert_eq!(part(&[1], &[]).union(Scope::All), Scope::All);
        assert_eq!(Scope::nothing().union(Scope::nothing()), Scope::nothing());
        assert_eq!(part(&[1, 2], &[20]).intersection(&part(&[2, 3], &[20, 30])), part(&[2], &[20]));
        assert_eq!(part(&[1], &[]).intersection(&Scope::All), part(&[1], &[]));
        assert_eq!(Scope::All.intersection(&part(&[], &[])), Scope::nothing());
    }

    #[test]
    fn an_area_brings_everything_below_it() {
        let area = |id, parent: Option<i64>| Area {
            id: AreaId(id),
            code: id.to_string(),
            name: String::new(),
            kind: String::new(),
            parent: parent.map(AreaId),
            valid_from: None,
            valid_to: None,
        };
        let tree = AreaTree::new(vec![area(1, None), area(2, Some(1)), area(3, Some(2)), area(4, None)], Vec::new());
        assert_eq!(Scope::below(AreaId(1), &tree), part(&[1, 2, 3], &[]));
        assert_eq!(Scope::below(AreaId(2), &tree), part(&[2, 3], &[]));
        assert_eq!(Scope::below(AreaId(9), &tree), Scope::nothing());
    }
}
