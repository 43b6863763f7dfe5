//! What a grant covers. An area covers its halls and those of everything below it, as they lay when the grant was made
//! or last confirmed: a merger of areas gives nobody the halls of others, and takes none from anybody, until an
//! administrator says that it should.

use std::collections::{BTreeMap, BTreeSet};

use ::inventory::area::AreaTree;
use ::inventory::id::{AreaId, HallId};

use crate::store::{Moved, Scope};
use crate::world::World;

/// The part of the fleet that a grant over `root` covers; everything where it names no area. `confirmed` is the last
/// move of halls and areas that an administrator has seen.
pub fn covered(world: &World, root: Option<AreaId>, confirmed: i64) -> Scope {
    let Some(root) = root else { return Scope::All };
    let before = Before::new(world, confirmed);
    let areas = before.below(&world.areas, root);
    if before.halls.is_empty() {
        return Scope::Part { areas, halls: BTreeSet::new() };
    }
    // An area into which others' halls came is covered hall by hall.
    let came = |hall: &HallId| world.fleet.hall(*hall).map(|hall| hall.area);
    let foreign = before.halls.iter().filter(|(_, was)| !areas.contains(was)).filter_map(|(hall, _)| came(hall));
    let mixed: BTreeSet<AreaId> = foreign.filter(|area| areas.contains(area)).collect();
    let lay_in = |hall: HallId, area: AreaId| before.halls.get(&hall).copied().unwrap_or(area);
    let halls = world.fleet.halls().filter(|hall| areas.contains(&lay_in(hall.id, hall.area)));
    let halls = halls.filter(|hall| !areas.contains(&hall.area) || mixed.contains(&hall.area)).map(|hall| hall.id);
    let halls = halls.collect();
    Scope::Part { areas: areas.difference(&mixed).copied().collect(), halls }
}

/// Whether a grant covers something else than its area does today, so that an administrator should look at it.
pub fn awaits_confirmation(world: &World, root: Option<AreaId>, confirmed: i64) -> bool {
    covered(world, root, confirmed) != covered(world, root, i64::MAX)
}

/// Where things lay before the moves that were not confirmed.
struct Before {
    halls: BTreeMap<HallId, AreaId>,
    areas: BTreeMap<AreaId, AreaId>,
}

impl Before {
    fn new(world: &World, confirmed: i64) -> Before {
        let mut before = Before { halls: BTreeMap::new(), areas: BTreeMap::new() };
        // The first move after the confirmation says where it lay then.
        for step in world.moves.iter().filter(|step| step.id > confirmed) {
            match step.what {
                Moved::Hall(hall) => before.halls.entry(hall).or_insert(step.was),
                Moved::Area(area) => before.areas.entry(area).or_insert(step.was),
            };
        }
        before
    }

    /// The area and everything that lay below it.
    fn below(&self, tree: &AreaTree, root: AreaId) -> BTreeSet<AreaId> {
        let mut children: BTreeMap<AreaId, Vec<AreaId>> = BTreeMap::new();
        for area in tree.areas() {
            if let Some(parent) = self.areas.get(&area.id).copied().or(area.parent) {
                children.entry(parent).or_default().push(area.id);
            }
        }
        let mut found = BTreeSet::new();
        let mut next = vec![root];
        while let Some(area) = next.pop() {
            if found.insert(area) {
                next.extend(children.get(&area).into_iter().flatten());
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ::inventory::area::Area;
    use ::inventory::device::Lifecycle;
    use ::inventory::fleet::Fleet;
    use ::inventory::hall::{Hall, HallFacts};

    use super::*;
    use crate::store::AreaMove;

    /// District 1 with communes 2 and 3, district 9 with commune 10. Halls 20 and 21 in 2, 30 in 3, 100 in 10.
    fn world(hall_areas: &[(i64, i64)], parents: &[(i64, Option<i64>)], moves: Vec<AreaMove>) -> World {
        let areas = parents.iter().map(|(id, parent)| Area {
            id: AreaId(*id),
            code: id.to_string(),
            name: String::new(),
            kind: String::new(),
            parent: parent.map(AreaId),
            valid_from: None,
            valid_to: None,
        });
        let halls = hall_areas.iter().map(|(id, area)| Hall {
            id: HallId(*id),
            code: format!("h-{id}").parse().expect("a code"),
            area: AreaId(*area),
            lifecycle: Lifecycle::Active,
            facts: HallFacts::default(),
        });
        let fleet = Arc::new(Fleet::new(halls.collect(), Vec::new()));
        World { revision: 1, fleet, areas: AreaTree::new(areas.collect(), Vec::new()), moves }
    }

    const PARENTS: [(i64, Option<i64>); 5] = [(1, None), (2, Some(1)), (3, Some(1)), (9, None), (10, Some(9))];

    fn seen(world: &World, root: i64, confirmed: i64) -> Vec<i64> {
        let scope = covered(world, Some(AreaId(root)), confirmed);
        world.fleet.halls().filter(|hall| scope.has(hall.area, hall.id)).map(|hall| hall.id.0).collect()
    }

    fn hall_moved(id: i64, hall: i64, was: i64) -> AreaMove {
        AreaMove { id, what: Moved::Hall(HallId(hall)), was: AreaId(was) }
    }

    #[test]
    fn an_area_covers_the_halls_of_everything_below_it() {
        let world = world(&[(20, 2), (21, 2), (30, 3), (100, 10)], &PARENTS, Vec::new());
        assert_eq!(covered(&world, None, 0), Scope::All);
        assert_eq!(seen(&world, 1, 0), [20, 21, 30]);
        assert_eq!(seen(&world, 3, 0), [30]);
        assert_eq!(seen(&world, 77, 0), [0; 0]);
        assert!(!awaits_confirmation(&world, Some(AreaId(1)), 0));
    }

    #[test]
    fn a_merger_into_another_area_gives_nothing_and_takes_nothing_until_it_is_confirmed() {
        // Commune 2 went into commune 10 of the other district.
        let moves = vec![hall_moved(5, 20, 2), hall_moved(6, 21, 2)];
        let world = world(&[(20, 10), (21, 10), (30, 3), (100, 10), (101, 10)], &PARENTS, moves);
        assert_eq!(seen(&world, 2, 4), [20, 21], "the one who had commune 2 keeps its halls and gets no others");
        assert_eq!(seen(&world, 1, 4), [20, 21, 30], "so does the one above him");
        assert_eq!(
            seen(&world, 10, 4),
            [100, 101],
            "the one who has commune 10 gets none of them, but what is new there"
        );
        assert_eq!(seen(&world, 9, 4), [100, 101]);
        assert_eq!(seen(&world, 3, 4), [30]);
        for (root, after) in [(2, vec![]), (1, vec![30]), (10, vec![20, 21, 100, 101]), (9, vec![20, 21, 100, 101])] {
            assert!(awaits_confirmation(&world, Some(AreaId(root)), 4), "{root}");
            assert_eq!(seen(&world, root, 6), after, "{root}, confirmed");
            assert!(!awaits_confirmation(&world, Some(AreaId(root)), 6), "{root}");
        }
        assert!(!awaits_confirmation(&world, Some(AreaId(3)), 4));
    }

    #[test]
    fn an_area_that_comes_below_another_brings_nobody_there_its_halls_until_it_is_confirmed() {
        let moved = AreaMove { id: 5, what: Moved::Area(AreaId(2)), was: AreaId(1) };
        let parents = [(1, None), (2, Some(9)), (3, Some(1)), (9, None), (10, Some(9))];
        let world = world(&[(20, 2), (30, 3), (100, 10)], &parents, vec![moved]);
        assert_eq!((seen(&world, 1, 4), seen(&world, 9, 4)), (vec![20, 30], vec![100]));
        assert_eq!((seen(&world, 1, 5), seen(&world, 9, 5)), (vec![30], vec![20, 100]));
        assert_eq!((seen(&world, 2, 4), seen(&world, 2, 5)), (vec![20], vec![20]));
    }

    #[test]
    fn two_mergers_one_after_the_other_lead_back_to_where_a_hall_lay_when_it_was_granted() {
        let moves = vec![hall_moved(5, 20, 2), hall_moved(6, 20, 3)];
        let world = world(&[(20, 10), (30, 3), (100, 10)], &PARENTS, moves);
        assert_eq!(seen(&world, 2, 0), [20]);
        assert_eq!(seen(&world, 3, 5), [20, 30], "granted between the two");
        assert_eq!(seen(&world, 3, 0), [30]);
        assert_eq!(seen(&world, 10, 0), [100]);
    }
}
