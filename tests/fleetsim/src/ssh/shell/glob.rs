//! Patterns with `*`, `?` and `[…]`, on texts and on paths.

use std::collections::{BTreeMap, BTreeSet};

/// A pattern's letter; a quoted one stands for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Letter {
    pub(super) letter: char,
    pub(super) is_quoted: bool,
}

pub(super) fn text(letters: &[Letter]) -> String {
    letters.iter().map(|letter| letter.letter).collect()
}

pub(super) fn is_pattern(letters: &[Letter]) -> bool {
    letters.iter().any(|letter| !letter.is_quoted && matches!(letter.letter, '*' | '?' | '['))
}

/// Whether the whole text fits.
pub(super) fn fits(pattern: &[Letter], text: &[char]) -> bool {
    let Some((first, rest)) = pattern.split_first() else { return text.is_empty() };
    match (first.is_quoted, first.letter) {
        (false, '*') => (0..=text.len()).any(|taken| fits(rest, &text[taken..])),
        (false, '?') => !text.is_empty() && fits(rest, &text[1..]),
        (false, '[') if rest.iter().any(|letter| letter.letter == ']') => {
            let end = rest.iter().position(|letter| letter.letter == ']').unwrap_or(0);
            text.first().is_some_and(|found| is_in(&rest[..end], *found)) && fits(&rest[end + 1..], &text[1..])
        }
        (_, letter) => text.first() == Some(&letter) && fits(rest, &text[1..]),
    }
}

fn is_in(set: &[Letter], found: char) -> bool {
    let letters: Vec<char> = set.iter().map(|letter| letter.letter).collect();
    let (is_negated, letters) = match letters.as_slice() {
        ['!' | '^', rest @ ..] => (true, rest),
        all => (false, all),
    };
    let in_range = letters.windows(3).any(|three| three[1] == '-' && (three[0]..=three[2]).contains(&found));
    (in_range || letters.contains(&found)) != is_negated
}

/// The paths that fit, by name; folders are there because files in them are.
pub(super) fn paths(files: &BTreeMap<String, Vec<u8>>, pattern: &[Letter]) -> Vec<String> {
    let parts: Vec<&[Letter]> = pattern.split(|letter| letter.letter == '/').collect();
    let fitting = |path: &String| {
        let found: Vec<&str> = path.split('/').collect();
        let fits_part = |(part, name): (&&[Letter], &&str)| {
            let name: Vec<char> = name.chars().collect();
            // A star takes no hidden name.
            !(name.first() == Some(&'.') && is_pattern(&part[..part.len().min(1)])) && fits(part, &name)
        };
        let is_fit = found.len() >= parts.len() && parts.iter().zip(&found).all(fits_part);
        is_fit.then(|| found[..parts.len()].join("/"))
    };
    files.keys().filter_map(fitting).collect::<BTreeSet<String>>().into_iter().collect()
}
