//! Areas: a dated tree with succession.
//!
//! Communes are merged, split and renamed while halls stay where they are, and codes are given again to other areas
//! (in Lâm Đồng 24934 was xã Lạc Xuân and is xã D'Ran since 1 July 2025). So a code is not a key: an area is a row
//! valid between two dates, and a succession says which row took over on which day.

use jiff::civil::Date;

use crate::id::AreaId;

/// One area as it was, or is, between two dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Area {
    /// Its own id, never re-used.
    pub id: AreaId,
    /// The official code, which others may bear at other times.
    pub code: String,
    /// Name for people, NFC.
    pub name: String,
    /// The level, in the words of the country: `xã`, `phường`, `huyện`, `tỉnh`. Data, not code.
    pub kind: String,
    /// The area above it, if any.
    pub parent: Option<AreaId>,
    /// First day on which it existed, if known.
    pub valid_from: Option<Date>,
    /// First day on which it no longer existed; `None` while it does.
    pub valid_to: Option<Date>,
}

impl Area {
    /// Level and name as people say them: `xã Đạ Ròn`; the name alone where the level is not known.
    pub fn full_name(&self) -> String {
        if self.kind.is_empty() { self.name.clone() } else { format!("{} {}", self.kind, self.name) }
    }

    /// Whether the area existed on that day.
    pub fn is_valid_on(&self, day: Date) -> bool {
        self.valid_from.is_none_or(|from| from <= day) && self.valid_to.is_none_or(|to| day < to)
    }
}

/// `old` became (part of) `new` on `date`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AreaSuccession {
    /// The area that ended.
    pub old: AreaId,
    /// The area that took over.
    pub new: AreaId,
    /// The day of the change.
    pub date: Date,
}

/// What a code means on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeMeaning<'a> {
    /// An area valid on that day.
    Valid(&'a Area),
    /// An older area bore the code; its succession leads to one that is valid.
    Succeeded {
        /// The area that bore the code.
        old: &'a Area,
        /// The area that stands in its place on that day.
        new: &'a Area,
    },
    /// The area that bore the code was split: a person has to say which part is meant.
    Split {
        /// The area that bore the code.
        old: &'a Area,
        /// The areas that took over.
        into: Vec<&'a Area>,
    },
    /// An area bore the code and ended, and nothing says what followed it.
    Ended(&'a Area),
    /// Nobody ever bore it.
    Unknown,
}

/// All areas of all times.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AreaTree {
    areas: Vec<Area>,
    successions: Vec<AreaSuccession>,
}

impl AreaTree {
    /// A tree of these rows. Rows that point nowhere are kept; they simply lead nowhere.
    pub fn new(areas: Vec<Area>, successions: Vec<AreaSuccession>) -> Self {
        AreaTree { areas, successions }
    }

    /// All areas, in the order given.
    pub fn areas(&self) -> &[Area] {
        &self.areas
    }

    /// All successions, in the order given.
    pub fn successions(&self) -> &[AreaSuccession] {
        &self.successions
    }

    /// The area with this id.
    pub fn area(&self, id: AreaId) -> Option<&Area> {
        self.areas.iter().find(|area| area.id == id)
    }

    /// The area valid on `day` that bears `code`, else what became of the latest area that bore it.
    pub fn code_meaning(&self, code: &str, day: Date) -> CodeMeaning<'_> {
        let bearers = || self.areas.iter().filter(|area| area.code == code);
        if let Some(area) = bearers().find(|area| area.is_valid_on(day)) {
            return CodeMeaning::Valid(area);
        }
        let Some(old) = bearers().max_by_key(|area| area.valid_to) else { return CodeMeaning::Unknown };
        let mut into = self.successors_on(old.id, day);
        match into.len() {
            0 => CodeMeaning::Ended(old),
            1 => CodeMeaning::Succeeded { old, new: into.remove(0) },
            _ => CodeMeaning::Split { old, into },
        }
    }

    /// The areas that stand on `day` where `id` stood, following successions up to that day.
    pub fn successors_on(&self, id: AreaId, day: Date) -> Vec<&Area> {
        let mut found: Vec<&Area> = Vec::new();
        let mut seen = vec![id];
        let mut next = vec![id];
        while let Some(current) = next.pop() {
            for step in self.successions.iter().filter(|step| step.old == current && step.date <= day) {
                if seen.contains(&step.new) {
                    continue;
                }
                seen.push(step.new);
                match self.area(step.new) {
                    Some(area) if area.is_valid_on(day) => found.push(area),
                    Some(_) => next.push(step.new),
                    None => {}
                }
            }
        }
        found.sort_by_key(|area| area.id);
        found
    }

    /// The area and everything above it, nearest first. A circle in the data ends the walk.
    pub fn path_up(&self, id: AreaId) -> Vec<&Area> {
        let mut path: Vec<&Area> = Vec::new();
        let mut current = self.area(id);
        while let Some(area) = current {
            if path.iter().any(|seen| seen.id == area.id) {
                break;
            }
            path.push(area);
            current = area.parent.and_then(|parent| self.area(parent));
        }
        path
    }

    /// Whether `id` is `root` or lies below it.
    pub fn is_within(&self, id: AreaId, root: AreaId) -> bool {
        self.path_up(id).iter().any(|area| area.id == root)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn area(id: i64, code: &str, name: &str, from: Option<Date>, to: Option<Date>) -> Area {
        let kind = "xã".to_owned();
        Area {
            id: AreaId(id),
            code: code.into(),
            name: name.into(),
            kind,
            parent: None,
            valid_from: from,
            valid_to: to,
        }
    }

    /// The reform of 1 July 2025 as it happened here: one code re-used by the area that swallowed its bearer.
    fn reform() -> AreaTree {
        let day = date(2025, 7, 1);
        let areas = vec![
            area(1, "24934", "Lạc Xuân", None, Some(day)),
            area(2, "24928", "D'Ran (thị trấn)", None, Some(day)),
            area(3, "24937", "Đạ Ròn", None, Some(day)),
            area(4, "24934", "D'Ran", Some(day), None),
            area(5, "24931", "Đơn Dương", Some(day), None),
        ];
        let step = |old, new| AreaSuccession { old: AreaId(old), new: AreaId(new), date: day };
        AreaTree::new(areas, vec![step(1, 4), step(2, 4), step(3, 5)])
    }

    #[test]
    fn a_code_given_again_means_another_area_after_the_reform() {
        let tree = reform();
        assert!(matches!(tree.code_meaning("24934", date(2025, 6, 30)), CodeMeaning::Valid(a) if a.name == "Lạc Xuân"));
        assert!(matches!(tree.code_meaning("24934", date(2025, 7, 1)), CodeMeaning::Valid(a) if a.name == "D'Ran"));
    }

    #[test]
    fn an_older_code_is_followed_to_the_area_that_took_over() {
        let tree = reform();
        let meaning = tree.code_meaning("24937", date(2026, 1, 1));
        assert!(
            matches!(meaning, CodeMeaning::Succeeded { old, new } if old.name == "Đạ Ròn" && new.name == "Đơn Dương")
        );
        assert_eq!(tree.code_meaning("99999", date(2026, 1, 1)), CodeMeaning::Unknown);
    }

    #[test]
    fn an_area_that_was_split_is_not_guessed() {
        let mut areas = reform().areas().to_vec();
        areas.push(area(6, "24940", "Ka Đơn", Some(date(2025, 7, 1)), None));
        let mut steps = reform().successions().to_vec();
        steps.push(AreaSuccession { old: AreaId(3), new: AreaId(6), date: date(2025, 7, 1) });
        let tree = AreaTree::new(areas, steps);
        assert!(
            matches!(tree.code_meaning("24937", date(2026, 1, 1)), CodeMeaning::Split { into, .. } if into.len() == 2)
        );
    }

    #[test]
    fn circles_in_the_data_end() {
        let mut areas = reform().areas().to_vec();
        areas[0].parent = Some(AreaId(2));
        areas[1].parent = Some(AreaId(1));
        let steps = vec![
            AreaSuccession { old: AreaId(1), new: AreaId(2), date: date(2025, 7, 1) },
            AreaSuccession { old: AreaId(2), new: AreaId(1), date: date(2025, 7, 1) },
        ];
        let tree = AreaTree::new(areas, steps);
        assert_eq!(tree.path_up(AreaId(1)).len(), 2);
        assert!(matches!(tree.code_meaning("24928", date(2026, 1, 1)), CodeMeaning::Ended(_)));
    }
}
