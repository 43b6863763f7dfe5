//! Names from people and devices, made fit for one line of text.

use inventory::text;

/// The longest name that is put into a message, in characters. The inventory keeps longer ones.
const NAME_MAX: usize = 120;

/// The name on one line, see [`text::one_line`].
pub(crate) fn one_line(name: &str) -> String {
    text::one_line(name, NAME_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_end_its_line() {
        for end in ["\r\n", "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}", "\u{b}", "\u{c}", "\0"] {
            assert_eq!(one_line(&format!("a{end}Bcc: x@y")), "a Bcc: x@y", "{end:?}");
        }
    }

    #[test]
    fn invisible_characters_are_taken_out_and_vietnamese_is_kept() {
        assert_eq!(one_line(" Thôn\u{202e}  Suối\u{200b} Thông\u{1b} "), "Thôn Suối Thông");
    }

    #[test]
    fn a_very_long_name_is_cut_and_says_so() {
        let line = one_line(&"đ".repeat(5000));
        assert_eq!(line.chars().count(), NAME_MAX);
        assert!(line.ends_with('…'));
    }
}
