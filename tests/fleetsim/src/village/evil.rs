//! Texts that attack whoever shows them: what a device in the wrong hands may call itself.

/// HTML and a template's braces.
pub(super) const NAME: &str = "<img src=x onerror=alert(1)>{{7*7}}";
/// Turns the direction of writing around (U+202E), and hides what follows (U+2066).
pub(super) const LOCATION: &str = "Hội trường \u{202E}moc.live\u{2066} thôn";
/// A formula in a spreadsheet.
pub(super) const ALIAS: &str = "=HYPERLINK(\"http://evil.example\",\"xem\")";

/// Four kilobytes with terminal escapes, NUL, and bytes that are no UTF-8.
pub(super) fn description() -> Vec<u8> {
    let mut bytes = b"\x1b]0;owned\x07\x1b[2J\0\xff\xfe\r\nSet-Cookie: a=b\r\n".to_vec();
    bytes.resize(4096, b'A');
    bytes
}
