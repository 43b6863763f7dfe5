//! Commands that need no program.

use super::run::{Flow, Shell, Streams};

const NAMES: [&str; 26] = [
    ":", "true", "false", "echo", "printf", "cat", "[", "test", "command", "type", "set", "export", "local", "unset",
    "shift", "return", "exit", "break", "continue", "read", "head", "tail", "wc", "grep", "cut", "tr",
];

pub(super) fn is_built_in(name: &str) -> bool {
    NAMES.contains(&name) || matches!(name, "basename" | "dirname")
}

impl Shell<'_> {
    /// Its status, or `None` when the name is not one of these.
    pub(super) fn builtin(&mut self, fields: &[String], streams: &mut Streams) -> Result<Option<u32>, Flow> {
        let (name, arguments) = (fields[0].as_str(), &fields[1..]);
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let status = |word: Option<&&str>, usual: u32| word.and_then(|word| word.parse().ok()).unwrap_or(usual);
        let done = match name {
            ":" | "true" | "set" | "unset" => 0,
            "false" => 1,
            "exit" => return Err(Flow::Exit(status(words.first(), self.last_status()))),
            "return" => return Err(Flow::Return(status(words.first(), self.last_status()))),
            "break" => return Err(Flow::Break),
            "continue" => return Err(Flow::Continue),
            "shift" => {
                self.arguments.drain(..self.arguments.len().min(1));
                0
            }
            "export" | "local" => {
                for (name, value) in words.iter().filter_map(|word| word.split_once('=')) {
                    self.variables.insert(name.to_owned(), value.to_owned());
                }
                0
            }
            "command" | "type" => self.command_v(&words, streams),
            "echo" => {
                let (end, words) = if words.first() == Some(&"-n") { ("", &words[1..]) } else { ("\n", &words[..]) };
                streams.out.extend((words.join(" ") + end).into_bytes());
                0
            }
            "printf" => {
                streams.out.extend(printf(&words).into_bytes());
                0
            }
            "test" => u32::from(!self.test(&words)),
            "[" => u32::from(!self.test(words.strip_suffix(&["]"]).unwrap_or(&words))),
            "read" => self.read(&words, streams),
            "basename" => {
                let path = words.first().copied().unwrap_or_default();
                streams.out.extend(format!("{}\n", path.rsplit('/').next().unwrap_or(path)).into_bytes());
                0
            }
            "dirname" => {
                let path = words.first().copied().unwrap_or_default();
                streams.out.extend(format!("{}\n", path.rsplit_once('/').map_or(".", |(dir, _)| dir)).into_bytes());
                0
            }
            "cat" | "head" | "tail" | "wc" | "grep" | "cut" | "tr" => self.filter(name, &words, streams),
            _ => return Ok(None),
        };
        Ok(Some(done))
    }

    fn command_v(&self, words: &[&str], streams: &mut Streams) -> u32 {
        let Some(name) = words.iter().find(|word| !word.starts_with('-')).filter(|name| self.knows(name)) else {
            return 1;
        };
        streams.out.extend(format!("/bin/{name}\n").into_bytes());
        0
    }

    fn test(&self, words: &[&str]) -> bool {
        let files = self.world.files();
        let is_dir = |path: &str| {
            let inside = format!("{}/", path.trim_end_matches('/'));
            files.range(inside.clone()..).next().is_some_and(|(name, _)| name.starts_with(&inside))
        };
        let number = |text: &str| text.parse::<i64>().ok();
        match words {
            ["!", rest @ ..] => !self.test(rest),
            ["-r" | "-f", path] => files.contains_key(*path),
            ["-e", path] => files.contains_key(*path) || is_dir(path),
            ["-d", path] => is_dir(path),
            ["-s", path] => files.get(*path).is_some_and(|content| !content.is_empty()),
            ["-x", path] => self.knows(path.rsplit('/').next().unwrap_or(path)),
            ["-n", text] => !text.is_empty(),
            ["-z", text] => text.is_empty(),
            [one] => !one.is_empty(),
            [left, "=" | "==", right] => left == right,
            [left, "!=", right] => left != right,
            [left, operator, right] => match (number(left), number(right)) {
                (Some(left), Some(right)) => match *operator {
                    "-eq" => left == right,
                    "-ne" => left != right,
                    "-lt" => left < right,
                    "-le" => left <= right,
                    "-gt" => left > right,
                    "-ge" => left >= right,
                    _ => false,
                },
                _ => false,
            },
            _ => false,
        }
    }

    /// Takes a line off the input; further words go to the last name.
    fn read(&mut self, names: &[&str], streams: &mut Streams) -> u32 {
        let names: Vec<&&str> = names.iter().filter(|name| !name.starts_with('-')).collect();
        let end = streams.input.iter().position(|byte| *byte == b'\n');
        let rest = end.map_or_else(Vec::new, |end| streams.input.split_off(end + 1));
        let line = String::from_utf8_lossy(&streams.input).trim_end_matches('\n').to_owned();
        streams.input = rest;
        let mut left = line.trim();
        for (place, name) in names.iter().enumerate() {
            let (word, after) = match left.split_once(char::is_whitespace) {
                Some((word, after)) if place + 1 < names.len() => (word, after.trim_start()),
                _ => (left, ""),
            };
            self.variables.insert((**name).to_owned(), word.to_owned());
            left = after;
        }
        u32::from(end.is_none())
    }

    /// Programs from files or input to output.
    fn filter(&self, name: &str, words: &[&str], streams: &mut Streams) -> u32 {
        let options = words.iter().take_while(|word| word.starts_with('-') && word.len() > 1).count();
        // `head -n 1` and `cut -d ' ' -f 1` have their values apart.
        let takes_value = |word: &str| matches!((name, word), ("head" | "tail", "-n" | "-c") | ("cut", "-d" | "-f"));
        let mut place = 0;
        let mut given: Vec<String> = Vec::new();
        while place < words.len() && (place < options || words[place].starts_with('-')) {
            let mut option = words[place].to_owned();
            if takes_value(&option) {
                place += 1;
                option.push_str(words.get(place).copied().unwrap_or_default());
            }
            given.push(option);
            place += 1;
        }
        let operands = usize::from(name == "grep") + 2 * usize::from(name == "tr");
        let rest = words.get(place..).unwrap_or_default();
        let (operands, paths) = rest.split_at(operands.min(rest.len()));
        let (mut input, mut status) = (Vec::new(), 0);
        if paths.is_empty() {
            input = std::mem::take(&mut streams.input);
        }
        for path in paths {
            match self.world.files().get(*path) {
                Some(content) => input.extend(content),
                None => {
                    streams
                        .err
                        .extend(format!("{name}: can't open '{path}': No such file or directory\n").into_bytes());
                    status = 1;
                }
            }
        }
        let (output, found) = filtered(name, &given, operands, &input);
        streams.out.extend(output);
        status.max(found)
    }
}

fn filtered(name: &str, options: &[String], operands: &[&str], input: &[u8]) -> (Vec<u8>, u32) {
    let value = |letter: &str| options.iter().find_map(|option| option.strip_prefix(letter));
    let has = |letter: char| options.iter().any(|option| option[1..].contains(letter));
    let text = String::from_utf8_lossy(input);
    let lines: Vec<&str> = text.lines().collect();
    let join = |lines: &[&str]| lines.iter().map(|line| format!("{line}\n")).collect::<String>().into_bytes();
    match name {
        "head" | "tail" => {
            if let Some(bytes) = value("-c").and_then(|count| count.parse::<usize>().ok()) {
                let bytes = bytes.min(input.len());
                let part = if name == "head" { &input[..bytes] } else { &input[input.len() - bytes..] };
                return (part.to_vec(), 0);
            }
            let count = value("-n").or_else(|| value("-")).and_then(|count| count.parse().ok()).unwrap_or(10);
            let count = lines.len().min(count);
            (join(if name == "head" { &lines[..count] } else { &lines[lines.len() - count..] }), 0)
        }
        "wc" => (format!("{}\n", if has('c') { input.len() } else { lines.len() }).into_bytes(), 0),
        "grep" => {
            let pattern = operands.first().copied().unwrap_or_default();
            let (is_start, pattern) = pattern.strip_prefix('^').map_or((false, pattern), |rest| (true, rest));
            let fits = |line: &&str| if is_start { line.starts_with(pattern) } else { line.contains(pattern) };
            let found: Vec<&str> = lines.into_iter().filter(|line| fits(line) != has('v')).collect();
            let status = u32::from(found.is_empty());
            (if has('q') { Vec::new() } else { join(&found) }, status)
        }
        "cut" => {
            let between = value("-d").map(|text| text.trim_matches(['\'', '"'])).filter(|text| !text.is_empty());
            let between = between.unwrap_or("\t");
            let field: usize = value("-f").and_then(|field| field.parse().ok()).unwrap_or(1);
            let cut: Vec<&str> =
                lines.iter().map(|line| line.split(between).nth(field.saturating_sub(1)).unwrap_or_default()).collect();
            (join(&cut), 0)
        }
        "tr" => {
            let set = |place: usize| operands.get(place).map(|set| unescape(set)).unwrap_or_default();
            let (from, to) = (set(0), set(1));
            let letters = text.chars().filter_map(|letter| match from.chars().position(|found| found == letter) {
                Some(_) if has('d') => None,
                Some(place) => to.chars().nth(place).or_else(|| to.chars().last()).or(Some(letter)),
                None => Some(letter),
            });
            (letters.collect::<String>().into_bytes(), 0)
        }
        _ => (input.to_vec(), 0),
    }
}

/// The format is used again while there are arguments.
fn printf(words: &[&str]) -> String {
    let Some((format, mut arguments)) = words.split_first() else { return String::new() };
    let format = unescape(format);
    let mut printed = String::new();
    loop {
        let before = arguments.len();
        let mut letters = format.chars();
        while let Some(letter) = letters.next() {
            if letter != '%' {
                printed.push(letter);
                continue;
            }
            match letters.next() {
                Some('%') => printed.push('%'),
                Some(_) => {
                    let (first, rest) = arguments.split_first().map_or(("", arguments), |(first, rest)| (*first, rest));
                    printed.push_str(first);
                    arguments = rest;
                }
                None => printed.push('%'),
            }
        }
        if arguments.is_empty() || arguments.len() == before {
            return printed;
        }
    }
}

fn unescape(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\t", "\t").replace("\\0", "\0").replace("\\\\", "\\")
}
