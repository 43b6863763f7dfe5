//! The area of a hall: a code as it is meant today, followed through what became of it.

use std::collections::{BTreeMap, BTreeSet};

use super::row::Row;
use super::{AreaRef, Known, NewArea, Note};
use crate::area::{Area, AreaTree, CodeMeaning};
use crate::text::{check_name, search_key};

/// Longest code of an area, in characters; official ones have five digits.
const CODE_MAX: usize = 32;
/// Longest name of an area, in characters.
const NAME_MAX: usize = 120;

/// Levels with which a name may begin, longer ones first where one begins another.
const LEVELS: [&str; 9] = ["thị trấn", "thị xã", "thành phố", "đặc khu", "phường", "huyện", "quận", "tỉnh", "xã"];

/// Resolves codes, and remembers the areas that have to be created.
pub(super) struct Areas<'k> {
    known: &'k Known<'k>,
    /// By code, with the line that named it first.
    new: BTreeMap<String, (u64, NewArea)>,
    new_in_order: Vec<String>,
    told: BTreeSet<String>,
    /// What a person should know.
    pub(super) notes: Vec<Note>,
}

impl<'k> Areas<'k> {
    pub(super) fn new(known: &'k Known<'k>) -> Self {
        let (new, new_in_order, told, notes) = Default::default();
        Areas { known, new, new_in_order, told, notes }
    }

    /// The areas to create, in the order in which the file named them.
    pub(super) fn into_new(mut self) -> Vec<NewArea> {
        self.new_in_order.iter().filter_map(|code| self.new.remove(code)).map(|(_, area)| area).collect()
    }

    /// The area that the row's `area_code` means today.
    pub(super) fn of(&mut self, row: &mut Row<'_>) -> Option<AreaRef> {
        row.require("area_code", "the official code of the commune");
        let name = row.text("area_name", NAME_MAX);
        let code = row.cell("area_code")?;
        if let Err(error) = check_name(code, CODE_MAX) {
            row.refuse("area_code", error.to_string());
            return None;
        }
        let tree = self.known.areas;
        let refusal = match tree.code_meaning(code, self.known.today) {
            CodeMeaning::Valid(area) => {
                self.tell_of_other_name(row.line, area, name.as_deref());
                return Some(AreaRef::Existing(area.id));
            }
            CodeMeaning::Succeeded { old, new } => {
                self.tell(row.line, code, succeeded(tree, old, new));
                return Some(AreaRef::Existing(new.id));
            }
            CodeMeaning::Unknown => match name {
                Some(name) => return self.create(row, code, &name),
                // The name is there but wrong, which has been said.
                None if row.cell("area_name").is_some() => return None,
                None => {
                    "is no area known here: check the code, or give area_name as well to create the area".to_owned()
                }
            },
            CodeMeaning::Split { old, into } => {
                let choices: Vec<String> = into.iter().map(|area| named(area)).collect();
                format!("is {}, which was split: write {}", old.full_name(), choices.join(" or "))
            }
            CodeMeaning::Ended(old) => {
                let when = old.valid_to.map_or_else(String::new, |day| format!(" on {day}"));
                format!(
                    "is {}, which ended{when}, and no successor is known: write the code of today's area",
                    old.full_name()
                )
            }
        };
        row.refuse("area_code", refusal);
        None
    }

    fn create(&mut self, row: &mut Row<'_>, code: &str, name: &str) -> Option<AreaRef> {
        let area = new_area(code, name);
        match self.new.get(code) {
            Some((line, first)) if search_key(&first.name) != search_key(&area.name) => {
                let message = format!("is another name for the new area {code} than {:?} on line {line}", first.name);
                row.refuse("area_name", message);
                return None;
            }
            Some(_) => {}
            None => {
                self.tell(row.line, code, format!("area {code} ({name}) is not known yet and will be created"));
                self.new.insert(code.to_owned(), (row.line, area));
                self.new_in_order.push(code.to_owned());
            }
        }
        Some(AreaRef::New { code: code.to_owned() })
    }

    /// Codes are given again to other areas, so a name that does not fit is worth a look.
    fn tell_of_other_name(&mut self, line: u64, area: &Area, name: Option<&str>) {
        let Some(name) = name else { return };
        let is_meant =
            |known: &Area| [known.name.clone(), known.full_name()].iter().any(|n| search_key(n) == search_key(name));
        if is_meant(area) || search_key(&new_area("", name).name) == search_key(&area.name) {
            return;
        }
        let bore_it = |old: &&Area| old.id != area.id && old.code == area.code && is_meant(old);
        let why = match self.known.areas.areas().iter().find(bore_it) {
            Some(old) => format!("; {} bore that code before", old.full_name()),
            None => String::new(),
        };
        self.tell(line, &area.code, format!("area_name says {name}, but {} today{why}: check the code", is(area)));
    }

    /// Says it once for each code, at its first row.
    fn tell(&mut self, line: u64, code: &str, text: String) {
        if self.told.insert(code.to_owned()) {
            self.notes.push(Note { line, text });
        }
    }
}

/// `24931 (xã Đơn Dương)`.
fn named(area: &Area) -> String {
    format!("{} ({})", area.code, area.full_name())
}

/// `24931 is xã Đơn Dương`.
fn is(area: &Area) -> String {
    format!("{} is {}", area.code, area.full_name())
}

fn succeeded(tree: &AreaTree, old: &Area, new: &Area) -> String {
    let step = tree.successions().iter().find(|step| step.old == old.id);
    let when = step.map_or_else(String::new, |step| format!(" on {}", step.date));
    format!("area {} was succeeded by {}{when}: its halls go there", named(old), named(new))
}

/// Takes the level off the name, where it begins with one.
fn new_area(code: &str, name: &str) -> NewArea {
    let level = LEVELS.iter().find_map(|level| {
        let count = level.chars().count();
        let head: String = name.chars().take(count).collect();
        let rest: String = name.chars().skip(count).collect();
        (head.to_lowercase() == **level && rest.starts_with(' ')).then(|| (*level, rest.trim().to_owned()))
    });
    let (kind, name) = level.map_or_else(|| ("", name.to_owned()), |(level, rest)| (level, rest));
    NewArea { code: code.to_owned(), name, kind: kind.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_before_a_name_is_taken_off() {
        let parts = |name| {
            let area = new_area("1", name);
            (area.kind, area.name)
        };
        assert_eq!(parts("xã Đạ Ròn"), ("xã".into(), "Đạ Ròn".into()));
        assert_eq!(parts("Thị trấn D'Ran"), ("thị trấn".into(), "D'Ran".into()));
        assert_eq!(parts("Xãm"), (String::new(), "Xãm".into()));
        assert_eq!(parts("Đạ Ròn"), (String::new(), "Đạ Ròn".into()));
    }
}
