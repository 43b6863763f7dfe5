//! Text from people and devices: names that may stand in paths and URLs, NFC, search without diacritics, and what a
//! device says made harmless.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Why a code or name was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing was given.
    #[error("is empty")]
    Empty,
    /// Longer than allowed.
    #[error("is longer than {0} characters")]
    TooLong(usize),
    /// A character that cannot stand in a path or URL.
    #[error("has {0:?}: letters a-z, A-Z, digits, '-', '_' and '.' are allowed, the first a letter or digit")]
    Character(char),
}

/// Checks a code that is used in paths, URLs, file names and labels: `[A-Za-z0-9][A-Za-z0-9._-]*`.
///
/// # Errors
/// When it is empty, longer than `longest`, or has another character.
pub fn check_name(text: &str, longest: usize) -> Result<(), NameError> {
    let first = text.chars().next().ok_or(NameError::Empty)?;
    if text.chars().count() > longest {
        return Err(NameError::TooLong(longest));
    }
    if !first.is_ascii_alphanumeric() {
        return Err(NameError::Character(first));
    }
    match text.chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.')) {
        Some(other) => Err(NameError::Character(other)),
        None => Ok(()),
    }
}

/// A name as people wrote it, in NFC and without white space around it.
pub fn nfc(text: &str) -> String {
    text.trim().nfc().collect()
}

/// The form in which names are compared when somebody searches: lower case, no diacritics, `đ` as `d`.
pub fn search_key(text: &str) -> String {
    text.nfd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .map(|c| if c == 'đ' { 'd' } else { c })
        .collect()
}

/// The longest text that is kept of what a device says of itself (bytes of UTF-8).
pub const DEVICE_TEXT_MAX: usize = 4096;

/// What a device said, made safe to keep: invalid UTF-8 replaced; control characters (C0 but for line feed and tab,
/// C1), bidirectional controls and other invisible format characters taken out; cut at [`DEVICE_TEXT_MAX`] bytes on a
/// character boundary. The second value says whether it was cut.
pub fn device_text(bytes: &[u8]) -> (String, bool) {
    let cut = bytes.len() > DEVICE_TEXT_MAX;
    let kept = &bytes[..bytes.len().min(DEVICE_TEXT_MAX)];
    let mut text = String::with_capacity(kept.len());
    text.extend(String::from_utf8_lossy(kept).chars().filter(|c| is_harmless(*c)));
    if cut {
        // A character torn by the cut decodes to one replacement character at the end.
        while text.ends_with(char::REPLACEMENT_CHARACTER) {
            text.pop();
        }
    }
    (text, cut)
}

/// Whether a character is for reading: no control but line feed and tab, nothing invisible that changes how the text
/// around it reads.
pub fn is_harmless(c: char) -> bool {
    match c {
        '\n' | '\t' => true,
        '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{061C}' | '\u{FEFF}' => false,
        c => !c.is_control(),
    }
}

/// Text on one line: control, bidirectional and invisible characters taken out, every run of white space (line ends
/// among it, so nothing can start a line or a header of its own) one space, cut at `longest` characters.
pub fn one_line(text: &str, longest: usize) -> String {
    // What separates words must not vanish with the control characters: "a\rb" are two words.
    let spaced: String = text.chars().map(|c| if c.is_whitespace() || c.is_control() { ' ' } else { c }).collect();
    let (harmless, _) = device_text(spaced.as_bytes());
    let line = harmless.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= longest {
        return line;
    }
    let mut cut: String = line.chars().take(longest.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_ignores_diacritics_and_treats_d_with_stroke_as_d() {
        assert_eq!(search_key("Đạ Ròn"), "da ron");
        assert_eq!(
            search_key("Nhà sinh hoạt cộng đồng thôn Suối Thông B1"),
            "nha sinh hoat cong dong thon suoi thong b1"
        );
        assert_eq!(search_key("D'Ran"), "d'ran");
    }

    #[test]
    fn a_name_typed_in_decomposed_form_is_kept_composed() {
        assert_eq!(nfc(" Đa\u{0323} Ro\u{0300}n "), "Đạ Ròn");
    }

    #[test]
    fn device_text_loses_what_could_act_and_keeps_what_can_be_read() {
        assert_eq!(device_text(b"ok\x1b[31m red\r\n\x9b"), ("ok[31m red\n\u{FFFD}".to_owned(), false));
        assert_eq!(device_text("a\u{202E}b\u{200B}c\u{85}d".as_bytes()).0, "abcd");
        let (text, cut) = device_text("đ".repeat(3000).as_bytes());
        assert!(cut && text.len() <= DEVICE_TEXT_MAX && text.chars().all(|c| c == 'đ'));
    }

    #[test]
    fn codes_that_cannot_stand_in_a_path_are_refused() {
        assert_eq!(check_name("dr-01", 32), Ok(()));
        assert_eq!(check_name("", 32), Err(NameError::Empty));
        assert_eq!(check_name("../x", 32), Err(NameError::Character('.')));
        assert_eq!(check_name("dr/01", 32), Err(NameError::Character('/')));
        assert_eq!(check_name("đr", 32), Err(NameError::Character('đ')));
        assert_eq!(check_name("abcd", 3), Err(NameError::TooLong(3)));
    }
}
