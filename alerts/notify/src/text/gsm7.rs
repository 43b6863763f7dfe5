//! The alphabet of SMS: text without diacritics, in the characters of GSM 03.38 that take one septet each.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Characters in one part of an SMS of GSM 7 bit text (3GPP TS 23.040 §9.2.3.24: 140 octets).
pub(super) const ONE_PART: usize = 160;

/// The text without diacritics (`đ` is `d`), every character one of the default alphabet of 3GPP TS 23.038 §6.2.1.
/// Brackets and the like, which cost two septets there, become round ones; what has no likeness becomes `?`.
pub(super) fn to_gsm7(text: &str) -> String {
    text.nfd().filter(|c| !is_combining_mark(*c) && *c != '°').map(likeness).collect()
}

fn likeness(c: char) -> char {
    match c {
        'đ' => 'd',
        'Đ' => 'D',
        '[' | '{' => '(',
        ']' | '}' => ')',
        '‘' | '’' | '`' => '\'',
        '“' | '”' => '"',
        '–' | '—' | '~' => '-',
        '|' | '\\' => '/',
        '…' => '.',
        c if c.is_whitespace() => ' ',
        // The ASCII part of the default alphabet; `^` is left over of the two-septet ones.
        ' '..='~' if c != '^' => c,
        _ => '?',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vietnamese_loses_its_diacritics_and_nothing_else() {
        assert_eq!(to_gsm7("Mất kết nối: Đạ Ròn, Ưu Điểm, ỡ Ặ ỷ"), "Mat ket noi: Da Ron, Uu Diem, o A y");
    }

    #[test]
    fn what_sms_cannot_write_in_one_septet_is_replaced() {
        assert_eq!(to_gsm7("[a]{b}|c\\d~e^f€g…“h” 中\n■"), "(a)(b)/c/d-e?f?g.\"h\" ? ?");
        assert!(to_gsm7("^`[]{}|\\~").chars().all(|c| !"^`[]{}|\\~".contains(c)));
    }
}
