//! Cells that a spreadsheet would run: `=cmd|…` in a name is a program on somebody's computer.
//!
//! On the way out a text that begins with one of `= + - @` TAB CR (after any apostrophes) gets an apostrophe before it,
//! which makes spreadsheets show it as text; on the way in that one apostrophe is taken off again, so that a file goes
//! out and comes back as it was. Numbers and telephone numbers (`-0.5`, `+84 912 345 678`) are left alone: they are
//! harmless, and other programs read the file too.

/// The text as it may stand in a cell.
pub(crate) fn guarded(text: &str) -> String {
    if is_formula(text) && !is_number(text) { format!("'{text}") } else { text.to_owned() }
}

/// The text that a cell means.
pub(crate) fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if is_formula(rest) => rest,
        Some(_) | None => cell,
    }
}

fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// A sign, then nothing but digits and what stands between them.
fn is_number(text: &str) -> bool {
    text.strip_prefix(['+', '-']).is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_ascii_digit())
            && rest.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '.' | '-' | '(' | ')'))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_guarded_and_numbers_are_not() {
        for text in ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3+cmd", "\t=1", "'=1", "-"] {
            assert_eq!(guarded(text), format!("'{text}"));
        }
        for text in ["+84 912 345 678", "-0.5", "Đạ Ròn", "'quoted'", ""] {
            assert_eq!(guarded(text), text);
        }
    }

    proptest! {
        #[test]
        fn guarding_can_be_undone(text in "['=+@\t0-9a -]{0,8}") {
            let cell = guarded(&text);
            prop_assert_eq!(unguarded(&cell), text);
        }
    }
}
