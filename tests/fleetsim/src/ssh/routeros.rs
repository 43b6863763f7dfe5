//! The shell of RouterOS, as far as one that only reads needs it: scripts are parsed whole before anything runs, and one
//! that names a menu which this device has not is refused whole, in the words of the real parser (manual, "Scripting").
//!
//! It knows `;`, `:put`, `:foreach … in= do=`, `:do {} on-error={}`, `:if (a = b) do={}`, `[…]`, `(a . b)`, `"…$x…\n"`,
//! `:len`, `:find`, and of menus `get`, `find KEY=VALUE KEY~"PART"`, `monitor ID once as-value` and `print`. An array is shown in the
//! order of its keys. A line ends with CR LF.

use std::collections::BTreeMap;

use super::server::Output;

/// Properties by their keys.
pub type Properties = BTreeMap<String, String>;

/// What stands in a menu.
#[derive(Debug, Clone)]
pub enum Menu {
    /// One thing.
    Single(Properties),
    /// Rows by their id.
    Table(Vec<(u32, Row)>),
    /// Text that `print` shows, and nothing for scripts.
    Printed(String),
}

/// One row of a table.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// What `get` tells.
    pub properties: Properties,
    /// What `monitor` tells; `None` when it cannot be watched.
    pub now: Option<Properties>,
}

/// A device by its menus: `/interface ethernet`.
#[derive(Debug, Clone, Default)]
pub struct RouterOs {
    /// The menus.
    pub menus: BTreeMap<String, Menu>,
}

/// Properties from pairs.
pub fn properties(pairs: &[(&str, &str)]) -> Properties {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[derive(Debug, Clone)]
enum Expr {
    /// Pieces: text and names of variables.
    Text(Vec<Piece>),
    Joined(Vec<Expr>),
    Command(Box<Command>),
}

#[derive(Debug, Clone)]
enum Piece {
    Plain(String),
    Variable(String),
}

#[derive(Debug, Clone)]
enum Command {
    Put(Expr),
    Foreach(Vec<String>, Expr, Vec<Command>),
    Do(Vec<Command>, Vec<Command>),
    If(Expr, Expr, Vec<Command>),
    Len(Expr),
    Find(Expr, Expr),
    Menu { menu: String, verb: String, arguments: Vec<Expr> },
}

#[derive(Debug, Clone)]
enum Value {
    Text(String),
    List(Vec<(String, Value)>),
}

impl Value {
    fn text(&self) -> String {
        match self {
            Value::Text(text) => text.clone(),
            Value::List(list) => list.iter().map(|(_, value)| value.text()).collect::<Vec<_>>().join(";"),
        }
    }
}

struct Parser<'a> {
    device: &'a RouterOs,
    text: &'a [u8],
    at: usize,
}

type Parsed<T> = Result<T, String>;

impl Parser<'_> {
    fn fail<T>(&self, what: &str) -> Parsed<T> {
        Err(format!("{what} (line 1 column {})", self.at + 1))
    }

    fn spaces(&mut self) {
        while self.text.get(self.at) == Some(&b' ') {
            self.at += 1;
        }
    }

    fn takes(&mut self, what: &str) -> bool {
        self.spaces();
        let is_there = self.text[self.at..].starts_with(what.as_bytes());
        self.at += if is_there { what.len() } else { 0 };
        is_there
    }

    fn needs(&mut self, what: &str) -> Parsed<()> {
        if self.takes(what) { Ok(()) } else { self.fail("syntax error") }
    }

    fn word(&mut self) -> String {
        self.spaces();
        let start = self.at;
        while self.text.get(self.at).is_some_and(|byte| byte.is_ascii_alphanumeric() || b"-_./:".contains(byte)) {
            self.at += 1;
        }
        String::from_utf8_lossy(&self.text[start..self.at]).into_owned()
    }

    fn script(&mut self, end: Option<&str>) -> Parsed<Vec<Command>> {
        let mut commands = Vec::new();
        loop {
            self.spaces();
            if self.takes(";") {
                continue;
            }
            let is_over = match end {
                Some(end) => self.takes(end),
                None => self.at >= self.text.len(),
            };
            if is_over {
                return Ok(commands);
            }
            commands.push(self.command()?);
        }
    }

    fn block(&mut self) -> Parsed<Vec<Command>> {
        self.needs("{")?;
        self.script(Some("}"))
    }

    fn command(&mut self) -> Parsed<Command> {
        if self.takes("/") {
            return self.menu();
        }
        match self.word().as_str() {
            ":put" => Ok(Command::Put(self.expr()?)),
            ":len" => Ok(Command::Len(self.expr()?)),
            ":find" => Ok(Command::Find(self.expr()?, self.expr()?)),
            ":if" => {
                self.needs("(")?;
                let one = self.expr()?;
                self.needs("=")?;
                let other = self.expr()?;
                self.needs(")")?;
                self.needs("do=")?;
                Ok(Command::If(one, other, self.block()?))
            }
            ":foreach" => {
                let mut names = vec![self.word()];
                while self.takes(",") {
                    names.push(self.word());
                }
                self.needs("in=")?;
                let list = self.expr()?;
                self.needs("do=")?;
                Ok(Command::Foreach(names, list, self.block()?))
            }
            ":do" => {
                let tried = self.block()?;
                self.needs("on-error=")?;
                Ok(Command::Do(tried, self.block()?))
            }
            other => self.fail(&format!("bad command name {}", other.trim_start_matches(':'))),
        }
    }

    fn menu(&mut self) -> Parsed<Command> {
        let mut menu = String::new();
        loop {
            let word = self.word();
            if matches!(word.as_str(), "get" | "find" | "print" | "monitor") {
                let Some(known) = self.device.menus.get(&menu) else {
                    return self.fail("bad command name");
                };
                let can = match (known, word.as_str()) {
                    (Menu::Single(_), "get") | (Menu::Printed(_), "print") => true,
                    (Menu::Table(_), verb) => verb != "print",
                    _ => false,
                };
                if !can {
                    return self.fail(&format!("bad command name {word}"));
                }
                let mut arguments = Vec::new();
                loop {
                    self.spaces();
                    match self.text.get(self.at) {
                        None | Some(b';' | b']' | b'}') => break,
                        Some(_) => arguments.push(self.expr()?),
                    }
                }
                return Ok(Command::Menu { menu, verb: word, arguments });
            }
            menu += &format!("/{word}");
            menu = menu.replace('/', " ").trim().to_owned();
            let is_known =
                self.device.menus.keys().any(|known| known == &menu || known.starts_with(&format!("{menu} ")));
            if word.is_empty() || !is_known {
                return self.fail(&format!("bad command name {word}"));
            }
        }
    }

    fn expr(&mut self) -> Parsed<Expr> {
        if self.takes("[") {
            let command = self.command()?;
            self.needs("]")?;
            return Ok(Expr::Command(Box::new(command)));
        }
        if self.takes("(") {
            let mut parts = vec![self.expr()?];
            while self.takes(".") {
                parts.push(self.expr()?);
            }
            self.needs(")")?;
            return Ok(Expr::Joined(parts));
        }
        if self.takes("\"") {
            return self.string();
        }
        if self.takes("$") {
            return Ok(Expr::Text(vec![Piece::Variable(self.word())]));
        }
        let start = self.at;
        self.word();
        let named = String::from_utf8_lossy(&self.text[start..self.at]).into_owned();
        if self.text.get(self.at) == Some(&b'~') {
            self.at += 1;
            return Ok(Expr::Joined(vec![Expr::Text(vec![Piece::Plain(format!("{named}~"))]), self.expr()?]));
        }
        if self.text.get(self.at) == Some(&b'=') {
            self.at += 1;
            self.word();
        }
        if start == self.at {
            return self.fail("syntax error");
        }
        Ok(Expr::Text(vec![Piece::Plain(String::from_utf8_lossy(&self.text[start..self.at]).into_owned())]))
    }

    fn string(&mut self) -> Parsed<Expr> {
        let (mut pieces, mut plain) = (Vec::new(), Vec::new());
        loop {
            let Some(byte) = self.text.get(self.at).copied() else { return self.fail("syntax error") };
            self.at += 1;
            match byte {
                b'"' => {
                    pieces.push(Piece::Plain(String::from_utf8_lossy(&plain).into_owned()));
                    return Ok(Expr::Text(pieces));
                }
                b'$' => {
                    pieces.push(Piece::Plain(String::from_utf8_lossy(&std::mem::take(&mut plain)).into_owned()));
                    let start = self.at;
                    while self.text.get(self.at).is_some_and(u8::is_ascii_alphanumeric) {
                        self.at += 1;
                    }
                    pieces.push(Piece::Variable(String::from_utf8_lossy(&self.text[start..self.at]).into_owned()));
                }
                b'\\' => {
                    let escape = self.text.get(self.at).copied();
                    self.at += 1;
                    plain.push(match escape {
                        Some(b'n') => b'\n',
                        Some(b'r') => b'\r',
                        Some(same @ (b'"' | b'\\' | b'$')) => same,
                        _ => return self.fail("syntax error"),
                    });
                }
                other => plain.push(other),
            }
        }
    }
}

/// Runs a script.
struct Run<'a> {
    device: &'a RouterOs,
    said: String,
    variables: BTreeMap<String, Value>,
}

type Ran<T> = Result<T, &'static str>;

impl Run<'_> {
    fn all(&mut self, commands: &[Command]) -> Ran<()> {
        commands.iter().try_for_each(|command| self.one(command).map(|_| ()))
    }

    fn one(&mut self, command: &Command) -> Ran<Value> {
        let nothing = Value::Text(String::new());
        match command {
            Command::Put(expr) => {
                let line = self.expr(expr)?.text();
                self.said += &format!("{line}\r\n");
            }
            Command::Len(expr) => {
                return Ok(Value::Text(match self.expr(expr)? {
                    Value::Text(text) => text.len().to_string(),
                    Value::List(list) => list.len().to_string(),
                }));
            }
            Command::If(one, other, block) => {
                if self.expr(one)?.text() == self.expr(other)?.text() {
                    self.all(block)?;
                }
            }
            Command::Find(text, what) => {
                let (text, what) = (self.expr(text)?.text(), self.expr(what)?.text());
                return Ok(Value::Text(text.find(&what).map(|at| at.to_string()).unwrap_or_default()));
            }
            Command::Foreach(names, list, block) => {
                let Value::List(list) = self.expr(list)? else { return Err("no such item") };
                for (key, value) in list {
                    if let [one] = &names[..] {
                        self.variables.insert(one.clone(), value);
                    } else {
                        self.variables.insert(names[0].clone(), Value::Text(key));
                        self.variables.insert(names[1].clone(), value);
                    }
                    self.all(block)?;
                }
            }
            Command::Do(tried, otherwise) => {
                if self.all(tried).is_err() {
                    self.all(otherwise)?;
                }
            }
            Command::Menu { menu, verb, arguments } => return self.menu(menu, verb, arguments),
        }
        Ok(nothing)
    }

    fn expr(&mut self, expr: &Expr) -> Ran<Value> {
        match expr {
            Expr::Command(command) => self.one(command),
            Expr::Joined(parts) => {
                let mut text = String::new();
                for part in parts {
                    text += &self.expr(part)?.text();
                }
                Ok(Value::Text(text))
            }
            Expr::Text(pieces) => {
                let text = pieces.iter().map(|piece| match piece {
                    Piece::Plain(text) => text.clone(),
                    Piece::Variable(name) => self.variables.get(name).map(Value::text).unwrap_or_default(),
                });
                Ok(Value::Text(text.collect()))
            }
        }
    }

    fn menu(&mut self, menu: &str, verb: &str, arguments: &[Expr]) -> Ran<Value> {
        let mut texts = Vec::new();
        for argument in arguments {
            texts.push(self.expr(argument)?.text());
        }
        let list = |properties: &Properties| {
            let pair = |(key, value): (&String, &String)| (key.clone(), Value::Text(value.clone()));
            Value::List(properties.iter().map(pair).collect())
        };
        let rows = match &self.device.menus[menu] {
            Menu::Single(properties) => {
                return Ok(match &texts[..] {
                    [] => list(properties),
                    [name, ..] => Value::Text(properties.get(name).cloned().unwrap_or_default()),
                });
            }
            Menu::Printed(text) => {
                self.said += text;
                return Ok(Value::Text(String::new()));
            }
            Menu::Table(rows) => rows,
        };
        if verb == "find" {
            let matches = |row: &Row| {
                texts.iter().all(|wanted| {
                    if let Some((key, part)) = wanted.split_once('~') {
                        return row.properties.get(key).is_some_and(|has| has.contains(part));
                    }
                    let (key, value) = wanted.split_once('=').unwrap_or((wanted, "true"));
                    row.properties.get(key).is_some_and(|has| has == value)
                })
            };
            let found = rows.iter().filter(|(_, row)| matches(row));
            return Ok(Value::List(found.map(|(id, _)| (String::new(), Value::Text(format!("*{id:X}")))).collect()));
        }
        let id = texts.first().and_then(|id| u32::from_str_radix(id.strip_prefix('*')?, 16).ok());
        let (_, row) = rows.iter().find(|(known, _)| Some(*known) == id).ok_or("no such item")?;
        match verb {
            "monitor" => row.now.as_ref().map(list).ok_or("failure: cannot monitor"),
            _ => Ok(list(&row.properties)),
        }
    }
}

impl RouterOs {
    /// Runs what was sent.
    pub fn run(&self, script: &str) -> Output {
        let mut parser = Parser { device: self, text: script.as_bytes(), at: 0 };
        let commands = match parser.script(None) {
            Ok(commands) => commands,
            Err(what) => return Output { stdout: format!("{what}\r\n").into_bytes(), status: 1, ..Output::default() },
        };
        let mut run = Run { device: self, said: String::new(), variables: BTreeMap::new() };
        let result = run.all(&commands);
        if let Err(what) = result {
            run.said += &format!("{what}\r\n");
        }
        Output { stdout: run.said.into_bytes(), status: u32::from(result.is_err()), ..Output::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device() -> RouterOs {
        let row = |name: &str, now: Option<&[(&str, &str)]>| Row {
            properties: properties(&[("name", name), ("comment", "a=b; \"c\"")]),
            now: now.map(properties),
        };
        let menus = [
            ("system identity", Menu::Single(properties(&[("name", "gw")]))),
            (
                "interface ethernet",
                Menu::Table(vec![(1, row("ether1", Some(&[("rate", "1Gbps")]))), (26, row("ether2", None))]),
            ),
        ];
        RouterOs { menus: menus.map(|(name, menu)| (name.to_owned(), menu)).into() }
    }

    fn said(script: &str) -> String {
        String::from_utf8(device().run(script).stdout).unwrap()
    }

    #[test]
    fn scripts_put_what_menus_tell() {
        assert_eq!(said(":put \"a\"; :put (\"name=\" . [/system identity get name])"), "a\r\nname=gw\r\n");
        let rows = ":foreach i in=[/interface ethernet find] do={:put \"id=$i\"; \
                    :foreach k,v in=[/interface ethernet get $i] do={:put \"$k=$v\"}}";
        let comment = "comment=a=b; \"c\"\r\n";
        assert_eq!(said(rows), format!("id=*1\r\n{comment}name=ether1\r\nid=*1A\r\n{comment}name=ether2\r\n"));
        let found = ":foreach k,v in=[/system identity get] do={:if ([:len [:find \"$v\" \"w\"]] = 0) do={:put \"no\"}; \
                     :if ([:len [:find \"$v\" \"\\n\"]] = 0) do={:put \"$k is \\\"$v\\\"\"}}";
        assert_eq!(said(found), "name is \"gw\"\r\n");
        assert_eq!(said(":put [:len [/interface ethernet find name=ether2]]"), "1\r\n");
    }

    #[test]
    fn what_cannot_run_is_caught_and_what_cannot_be_parsed_is_refused_whole() {
        let watch = ":foreach i in=[/interface ethernet find] do={:do {:put \"==\"; :foreach k,v in=[/interface ethernet \
                     monitor $i once as-value] do={:put \"$k=$v\"}} on-error={}}; :put \"end\"";
        assert_eq!(said(watch), "==\r\nrate=1Gbps\r\n==\r\nend\r\n");
        for script in
            [":put \"a\"; /interface wireless find", ":put [/system health print]", "echo '== cpu'; cat x", ":put \"a"]
        {
            let said = said(script);
            assert!(said.contains("(line 1 column ") && !said.contains("a\r\n"), "{script}: {said}");
        }
    }
}
