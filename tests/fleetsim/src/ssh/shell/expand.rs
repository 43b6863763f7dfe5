//! Words opened: quotes, variables, commands, fields, globs (POSIX.1-2024, Shell Command Language, 2.6).

use super::glob::{Letter, fits, is_pattern, paths, text};
use super::parse::{double_quoted, nested, parse};
use super::run::{Flow, Shell};

impl Shell<'_> {
    /// All fields of all words.
    pub(super) fn fields(&mut self, words: &[String]) -> Result<Vec<String>, Flow> {
        let mut fields = Vec::new();
        for word in words {
            if word == "\"$@\"" {
                fields.extend(self.arguments.iter().cloned());
                continue;
            }
            for field in split(&self.letters(word)?) {
                let found = if is_pattern(&field) { paths(self.world.files(), &field) } else { Vec::new() };
                if found.is_empty() { fields.push(text(&field)) } else { fields.extend(found) }
            }
        }
        Ok(fields)
    }

    /// One word as one text, whatever is in it.
    pub(super) fn text(&mut self, word: &str) -> Result<String, Flow> {
        Ok(text(&self.pattern(word)?))
    }

    /// One word as a pattern.
    pub(super) fn pattern(&mut self, word: &str) -> Result<Vec<Letter>, Flow> {
        Ok(self.letters(word)?.into_iter().flatten().collect())
    }

    /// The letters of a word; `None` where a quoted nothing is.
    fn letters(&mut self, word: &str) -> Result<Vec<Option<Letter>>, Flow> {
        let mut letters = Vec::new();
        let quoted = |letter| Some(Letter { letter, is_quoted: true });
        let mut rest = word;
        while let Some(first) = rest.chars().next() {
            match first {
                '\'' => {
                    let end = rest[1..].find('\'').map_or(rest.len(), |end| end + 1);
                    letters.push(None);
                    letters.extend(rest[1..end].chars().map(quoted));
                    rest = rest.get(end + 1..).unwrap_or_default();
                }
                '"' => {
                    let end = double_quoted(rest.as_bytes(), 1).map_err(Flow::Fault)?;
                    letters.push(None);
                    let inside = self.inside_quotes(&rest[1..end - 1])?;
                    letters.extend(inside.chars().map(quoted));
                    rest = &rest[end..];
                }
                '\\' => {
                    letters.extend(rest.chars().nth(1).map(quoted));
                    rest = rest.get(1 + rest.chars().nth(1).map_or(0, char::len_utf8)..).unwrap_or_default();
                }
                '$' => {
                    let (value, length) = self.value(rest)?;
                    letters.extend(value.chars().map(|letter| Some(Letter { letter, is_quoted: false })));
                    rest = &rest[length..];
                }
                _ => {
                    // What the script itself says is split nowhere, but its stars are stars.
                    let is_quoted = !matches!(first, '*' | '?' | '[');
                    letters.push(Some(Letter { letter: first, is_quoted }));
                    rest = &rest[first.len_utf8()..];
                }
            }
        }
        Ok(letters)
    }

    /// What stands in double quotes, or in a here-document.
    pub(super) fn inside_quotes(&mut self, inside: &str) -> Result<String, Flow> {
        let mut opened = String::new();
        let mut rest = inside;
        while let Some(first) = rest.chars().next() {
            if first == '\\' && rest[1..].starts_with(['$', '"', '\\', '`']) {
                opened.push_str(&rest[1..2]);
                rest = &rest[2..];
            } else if first == '$' {
                let (value, length) = self.value(rest)?;
                opened.push_str(&value);
                rest = &rest[length..];
            } else {
                opened.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
        Ok(opened)
    }

    /// The value of what begins with `$`, and how long that is.
    fn value(&mut self, text: &str) -> Result<(String, usize), Flow> {
        let bytes = text.as_bytes();
        match bytes.get(1) {
            Some(b'(') => {
                let end = nested(bytes, 2, b'(', b')').map_err(Flow::Fault)?;
                let list = parse(&text[2..end - 1]).map_err(Flow::Fault)?;
                let said = self.captured(&list)?;
                Ok((String::from_utf8_lossy(&said).trim_end_matches('\n').to_owned(), end))
            }
            Some(b'{') => {
                let end = nested(bytes, 2, b'{', b'}').map_err(Flow::Fault)?;
                Ok((self.parameter(&text[2..end - 1])?, end))
            }
            Some(b'?' | b'@' | b'*' | b'#' | b'0'..=b'9') => Ok((self.variable(&text[1..2]), 2)),
            Some(first) if first.is_ascii_alphabetic() || *first == b'_' => {
                let length =
                    bytes[1..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
                Ok((self.variable(&text[1..=length]), 1 + length))
            }
            _ => Ok(("$".to_owned(), 1)),
        }
    }

    /// What stands in `${…}`.
    fn parameter(&mut self, inside: &str) -> Result<String, Flow> {
        let is_name = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '@' | '?');
        let length = inside.find(|letter| !is_name(letter)).unwrap_or(inside.len());
        let (name, operator) = inside.split_at(length);
        let value = self.variable(name);
        if name.is_empty() && operator.starts_with('#') {
            return Ok(self.variable(&operator[1..]).chars().count().to_string());
        }
        let letters: Vec<char> = value.chars().collect();
        let count = letters.len();
        let join = |range: std::ops::Range<usize>| letters[range].iter().collect();
        for (sign, is_suffix, is_longest) in
            [("##", false, true), ("#", false, false), ("%%", true, true), ("%", true, false)]
        {
            let Some(pattern) = operator.strip_prefix(sign) else { continue };
            let pattern = self.pattern(pattern)?;
            let mut lengths: Vec<usize> = (0..=count).collect();
            if is_longest {
                lengths.reverse();
            }
            let cut = |taken: usize| if is_suffix { count - taken..count } else { 0..taken };
            let taken = lengths.into_iter().find(|taken| fits(&pattern, &letters[cut(*taken)])).unwrap_or(0);
            return Ok(if is_suffix { join(0..count - taken) } else { join(taken..count) });
        }
        match (operator.strip_prefix(":-").or_else(|| operator.strip_prefix('-')), operator.strip_prefix(":+")) {
            (Some(default), _) if value.is_empty() => self.inside_quotes(default),
            (_, Some(other)) if !value.is_empty() => self.inside_quotes(other),
            (_, Some(_)) => Ok(String::new()),
            _ => Ok(value),
        }
    }
}

/// Splits at unquoted blanks, which only a value has.
fn split(letters: &[Option<Letter>]) -> Vec<Vec<Letter>> {
    let mut fields: Vec<Vec<Letter>> = Vec::new();
    let mut is_open = false;
    for letter in letters {
        match letter {
            Some(blank) if !blank.is_quoted && blank.letter.is_ascii_whitespace() => is_open = false,
            found => {
                if !is_open {
                    fields.push(Vec::new());
                    is_open = true;
                }
                if let (Some(letter), Some(field)) = (found, fields.last_mut()) {
                    field.push(*letter);
                }
            }
        }
    }
    fields
}
