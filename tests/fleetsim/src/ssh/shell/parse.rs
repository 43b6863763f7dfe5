//! A script to a tree. Words stay as they were written, quotes and all: they are opened when they are used.

/// What joins a command to the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joint {
    Always,
    And,
    Or,
}

/// Commands in order.
pub(super) type List = Vec<(Joint, Pipeline)>;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pipeline {
    pub(super) is_negated: bool,
    pub(super) commands: Vec<Command>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Command {
    pub(super) kind: Kind,
    pub(super) redirects: Vec<Redirect>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Simple { assignments: Vec<(String, String)>, words: Vec<String> },
    For { variable: String, words: Vec<String>, body: List },
    If { arms: Vec<(List, List)>, otherwise: List },
    While { condition: List, is_until: bool, body: List },
    Case { word: String, arms: Vec<(Vec<String>, List)> },
    Function { name: String, body: List },
    Group(List),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Redirect {
    /// `< word`.
    From(String),
    /// `<< word`: the text that followed.
    Here(String),
    /// `fd> word`.
    To { fd: u8, word: String },
    /// `fd>&fd`.
    Same { fd: u8, as_fd: u8 },
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    /// `;` `;;` `&&` `||` `|` `&` `(` `)` and the newline.
    Sign(&'static str),
    Redirect(Redirect),
}

/// Reads a whole script.
pub(super) fn parse(script: &str) -> Result<List, String> {
    let tokens = tokens(script)?;
    let mut parser = Parser { tokens, place: 0 };
    let list = parser.list(&[])?;
    match parser.peek() {
        None => Ok(list),
        Some(token) => Err(format!("unexpected {token:?}")),
    }
}

fn tokens(script: &str) -> Result<Vec<Token>, String> {
    const SIGNS: [&str; 9] = ["&&", "||", ";;", ";", "|", "&", "(", ")", "\n"];
    let mut tokens = Vec::new();
    let mut rest = script;
    // Here-documents whose text begins after the line's end: where their token is, and their last line.
    let mut waiting: Vec<(usize, String)> = Vec::new();
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\r']);
        if let Some(after) = rest.strip_prefix("\\\n") {
            rest = after;
        } else if rest.starts_with('#') {
            rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
        } else if rest.is_empty() {
            return Ok(tokens);
        } else if let Some((redirect, after)) = redirect(rest)? {
            if let Redirect::Here(end) = &redirect {
                waiting.push((tokens.len(), end.clone()));
            }
            tokens.push(Token::Redirect(redirect));
            rest = after;
        } else if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
            tokens.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
            if sign == "\n" {
                for (place, end) in waiting.drain(..) {
                    let (text, after) = here(rest, &end);
                    tokens[place] = Token::Redirect(Redirect::Here(text));
                    rest = after;
                }
            }
        } else {
            let length = word_length(rest)?;
            tokens.push(Token::Word(rest[..length].to_owned()));
            rest = &rest[length..];
        }
    }
}

fn redirect(text: &str) -> Result<Option<(Redirect, &str)>, String> {
    let (fd, rest) = match text.as_bytes() {
        [digit @ b'0'..=b'9', b'<' | b'>', ..] => (Some(digit - b'0'), &text[1..]),
        [b'<' | b'>', ..] => (None, text),
        _ => return Ok(None),
    };
    let (sign, rest) = if let Some(rest) = rest.strip_prefix("<<") {
        ("<<", rest)
    } else if let Some(rest) = rest.strip_prefix('<') {
        ("<", rest)
    } else if let Some(rest) = rest.strip_prefix(">&") {
        (">&", rest)
    } else if let Some(rest) = rest.strip_prefix(">>") {
        (">", rest)
    } else {
        (">", &rest[1..])
    };
    let rest = rest.trim_start_matches([' ', '\t']);
    let length = word_length(rest)?;
    let word = rest[..length].to_owned();
    let fd = fd.unwrap_or(1);
    let redirect = match sign {
        "<<" => Redirect::Here(word),
        "<" => Redirect::From(word),
        ">&" => Redirect::Same { fd, as_fd: word.parse().map_err(|_| format!("{word:?} is no descriptor"))? },
        _ => Redirect::To { fd, word },
    };
    Ok(Some((redirect, &rest[length..])))
}

/// The text up to the line that ends it, and what follows that.
fn here<'a>(rest: &'a str, end: &str) -> (String, &'a str) {
    let end = end.trim_matches(['\'', '"']);
    let mut text = String::new();
    let mut after = rest;
    while !after.is_empty() {
        let (line, next) = after.split_once('\n').unwrap_or((after, ""));
        after = next;
        if line == end {
            break;
        }
        text.push_str(line);
        text.push('\n');
    }
    (text, after)
}

/// How long the word is that a text begins with.
fn word_length(text: &str) -> Result<usize, String> {
    let bytes = text.as_bytes();
    let mut place = 0;
    while let Some(byte) = bytes.get(place) {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')' => break,
            b'\\' => place += 2,
            b'\'' => place = closing(bytes, place + 1, b'\'')?,
            b'"' => place = double_quoted(bytes, place + 1)?,
            b'$' if bytes.get(place + 1) == Some(&b'(') => place = nested(bytes, place + 2, b'(', b')')?,
            b'$' if bytes.get(place + 1) == Some(&b'{') => place = nested(bytes, place + 2, b'{', b'}')?,
            b'`' => place = closing(bytes, place + 1, b'`')?,
            _ => place += 1,
        }
    }
    let length = place.min(bytes.len());
    if length == 0 { Err(format!("no word at {:?}", text.chars().take(10).collect::<String>())) } else { Ok(length) }
}

fn closing(bytes: &[u8], from: usize, end: u8) -> Result<usize, String> {
    let found = bytes.get(from..).and_then(|rest| rest.iter().position(|byte| *byte == end));
    found.map(|place| from + place + 1).ok_or_else(|| format!("no closing {}", char::from(end)))
}

pub(super) fn double_quoted(bytes: &[u8], from: usize) -> Result<usize, String> {
    let mut place = from;
    loop {
        match bytes.get(place) {
            None => return Err("no closing \"".to_owned()),
            Some(b'"') => return Ok(place + 1),
            Some(b'\\') => place += 2,
            Some(b'$') if bytes.get(place + 1) == Some(&b'(') => place = nested(bytes, place + 2, b'(', b')')?,
            Some(b'$') if bytes.get(place + 1) == Some(&b'{') => place = nested(bytes, place + 2, b'{', b'}')?,
            Some(_) => place += 1,
        }
    }
}

/// After the bracket that closes what was opened before `from`.
pub(super) fn nested(bytes: &[u8], from: usize, open: u8, close: u8) -> Result<usize, String> {
    let (mut place, mut depth) = (from, 1);
    while depth > 0 {
        match bytes.get(place) {
            None => return Err(format!("no closing {}", char::from(close))),
            Some(b'\\') => place += 2,
            Some(b'\'') => place = closing(bytes, place + 1, b'\'')?,
            Some(b'"') => place = double_quoted(bytes, place + 1)?,
            Some(byte) => {
                depth += i32::from(*byte == open) - i32::from(*byte == close);
                place += 1;
            }
        }
    }
    Ok(place)
}

struct Parser {
    tokens: Vec<Token>,
    place: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.place)
    }

    fn is_sign(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(Token::Sign(found)) if *found == sign)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token::Word(found)) if found == word)
    }

    fn skip(&mut self, is_skipped: impl Fn(&Self) -> bool) {
        while is_skipped(self) {
            self.place += 1;
        }
    }

    fn expect(&mut self, word: &str) -> Result<(), String> {
        if self.is_word(word) || self.is_sign(word) {
            self.place += 1;
            Ok(())
        } else {
            Err(format!("{word} expected, not {:?}", self.peek()))
        }
    }

    fn word(&mut self) -> Result<String, String> {
        match self.tokens.get(self.place) {
            Some(Token::Word(word)) => {
                self.place += 1;
                Ok(word.clone())
            }
            other => Err(format!("a word expected, not {other:?}")),
        }
    }

    /// Up to one of these words, or `)`, `;;` or the end.
    fn list(&mut self, ends: &[&str]) -> Result<List, String> {
        let mut list = Vec::new();
        let mut joint = Joint::Always;
        loop {
            self.skip(|this| this.is_sign("\n") || this.is_sign(";") || this.is_sign("&"));
            let is_end = self.is_sign(")") || self.is_sign(";;") || ends.iter().any(|end| self.is_word(end));
            if is_end || self.peek().is_none() {
                return Ok(list);
            }
            list.push((joint, self.pipeline()?));
            joint = if self.is_sign("&&") {
                Joint::And
            } else if self.is_sign("||") {
                Joint::Or
            } else {
                Joint::Always
            };
            if joint != Joint::Always {
                self.place += 1;
            }
        }
    }

    fn pipeline(&mut self) -> Result<Pipeline, String> {
        let is_negated = self.is_word("!");
        self.place += usize::from(is_negated);
        let mut commands = vec![self.command()?];
        while self.is_sign("|") {
            self.place += 1;
            self.skip(|this| this.is_sign("\n"));
            commands.push(self.command()?);
        }
        Ok(Pipeline { is_negated, commands })
    }

    fn command(&mut self) -> Result<Command, String> {
        let mut redirects = Vec::new();
        let kind = match self.peek() {
            Some(Token::Sign("(")) => self.bracketed("(", ")")?,
            Some(Token::Word(word)) => match word.as_str() {
                "{" => self.bracketed("{", "}")?,
                "if" => self.conditional()?,
                "for" => self.repeated()?,
                "while" | "until" => self.endless()?,
                "case" => self.choice()?,
                _ => self.simple(&mut redirects)?,
            },
            _ => self.simple(&mut redirects)?,
        };
        while let Some(Token::Redirect(redirect)) = self.peek() {
            redirects.push(redirect.clone());
            self.place += 1;
        }
        Ok(Command { kind, redirects })
    }

    fn bracketed(&mut self, open: &str, close: &str) -> Result<Kind, String> {
        self.expect(open)?;
        let list = self.list(&[close])?;
        self.expect(close)?;
        Ok(Kind::Group(list))
    }

    fn conditional(&mut self) -> Result<Kind, String> {
        let mut arms = Vec::new();
        let mut otherwise = List::new();
        self.expect("if")?;
        loop {
            let condition = self.list(&["then"])?;
            self.expect("then")?;
            arms.push((condition, self.list(&["elif", "else", "fi"])?));
            if self.is_word("elif") {
                self.place += 1;
                continue;
            }
            if self.is_word("else") {
                self.place += 1;
                otherwise = self.list(&["fi"])?;
            }
            self.expect("fi")?;
            return Ok(Kind::If { arms, otherwise });
        }
    }

    fn repeated(&mut self) -> Result<Kind, String> {
        self.expect("for")?;
        let variable = self.word()?;
        let mut words = Vec::new();
        if self.is_word("in") {
            self.place += 1;
            while let Some(Token::Word(_)) = self.peek() {
                words.push(self.word()?);
            }
        } else {
            words.push("\"$@\"".to_owned());
        }
        Ok(Kind::For { variable, words, body: self.body()? })
    }

    fn endless(&mut self) -> Result<Kind, String> {
        let is_until = self.word()? == "until";
        let condition = self.list(&["do"])?;
        Ok(Kind::While { condition, is_until, body: self.body()? })
    }

    fn body(&mut self) -> Result<List, String> {
        self.skip(|this| this.is_sign("\n") || this.is_sign(";"));
        self.expect("do")?;
        let body = self.list(&["done"])?;
        self.expect("done")?;
        Ok(body)
    }

    fn choice(&mut self) -> Result<Kind, String> {
        self.expect("case")?;
        let word = self.word()?;
        self.skip(|this| this.is_sign("\n"));
        self.expect("in")?;
        let mut arms = Vec::new();
        loop {
            self.skip(|this| this.is_sign("\n") || this.is_sign(";;"));
            if self.is_word("esac") {
                self.place += 1;
                return Ok(Kind::Case { word, arms });
            }
            self.skip(|this| this.is_sign("("));
            let mut patterns = vec![self.word()?];
            while self.is_sign("|") {
                self.place += 1;
                patterns.push(self.word()?);
            }
            self.expect(")")?;
            arms.push((patterns, self.list(&["esac"])?));
        }
    }

    fn simple(&mut self, redirects: &mut Vec<Redirect>) -> Result<Kind, String> {
        let (mut assignments, mut words) = (Vec::new(), Vec::new());
        loop {
            match self.tokens.get(self.place) {
                Some(Token::Redirect(redirect)) => redirects.push(redirect.clone()),
                Some(Token::Word(word)) => match assignment(word).filter(|_| words.is_empty()) {
                    Some(assigned) => assignments.push(assigned),
                    None => words.push(word.clone()),
                },
                Some(Token::Sign("(")) if words.len() == 1 && assignments.is_empty() => {
                    self.place += 1;
                    self.expect(")")?;
                    self.skip(|this| this.is_sign("\n"));
                    let body = vec![(Joint::Always, self.pipeline()?)];
                    return Ok(Kind::Function { name: words.remove(0), body });
                }
                _ => break,
            }
            self.place += 1;
        }
        if words.is_empty() && assignments.is_empty() && redirects.is_empty() {
            return Err(format!("a command expected, not {:?}", self.peek()));
        }
        Ok(Kind::Simple { assignments, words })
    }
}

/// `name=value`.
fn assignment(word: &str) -> Option<(String, String)> {
    let (name, value) = word.split_once('=')?;
    let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    is_name.then(|| (name.to_owned(), value.to_owned()))
}
