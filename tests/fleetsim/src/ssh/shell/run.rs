//! A tree carried out.

use std::collections::BTreeMap;

use super::super::server::Output;
use super::World;
use super::glob::fits;
use super::parse::{Command, Joint, Kind, List, Pipeline, Redirect};

/// How many commands a script may run, and how deep it may go, before it is stopped.
const STEPS: u32 = 20_000;
const DEPTH: u32 = 60;

/// Why a list does not go on.
#[derive(Debug)]
pub(super) enum Flow {
    Exit(u32),
    Return(u32),
    Break,
    Continue,
    Fault(String),
}

/// The streams of a command.
#[derive(Debug, Default)]
pub(super) struct Streams {
    pub(super) input: Vec<u8>,
    pub(super) out: Vec<u8>,
    pub(super) err: Vec<u8>,
}

pub(super) struct Shell<'a> {
    pub(super) world: &'a dyn World,
    pub(super) variables: BTreeMap<String, String>,
    pub(super) arguments: Vec<String>,
    functions: BTreeMap<String, List>,
    status: u32,
    steps: u32,
    depth: u32,
}

impl<'a> Shell<'a> {
    pub(super) fn new(world: &'a dyn World) -> Self {
        let (variables, functions, arguments) = Default::default();
        Shell { world, variables, arguments, functions, status: 0, steps: 0, depth: 0 }
    }

    /// A whole script.
    pub(super) fn run(&mut self, list: &List) -> Output {
        let mut streams = Streams::default();
        let status = match self.list(list, &mut streams) {
            Ok(()) | Err(Flow::Break | Flow::Continue) => self.status,
            Err(Flow::Exit(status) | Flow::Return(status)) => status,
            Err(Flow::Fault(what)) => {
                streams.err.extend(format!("sh: {what}\n").into_bytes());
                2
            }
        };
        Output { stdout: streams.out, stderr: streams.err, status }
    }

    /// What a list says on standard output.
    pub(super) fn captured(&mut self, list: &List) -> Result<Vec<u8>, Flow> {
        let mut streams = Streams::default();
        match self.list(list, &mut streams) {
            Ok(()) => {}
            Err(Flow::Exit(status)) => self.status = status,
            Err(flow) => return Err(flow),
        }
        Ok(streams.out)
    }

    pub(super) fn variable(&self, name: &str) -> String {
        match name {
            "?" => self.status.to_string(),
            "@" | "*" => self.arguments.join(" "),
            "#" => self.arguments.len().to_string(),
            "0" => "sh".to_owned(),
            _ => match name.parse::<usize>() {
                Ok(place) => self.arguments.get(place.wrapping_sub(1)).cloned().unwrap_or_default(),
                Err(_) => self.variables.get(name).cloned().unwrap_or_default(),
            },
        }
    }

    fn list(&mut self, list: &List, streams: &mut Streams) -> Result<(), Flow> {
        for (joint, pipeline) in list {
            let is_due = match joint {
                Joint::Always => true,
                Joint::And => self.status == 0,
                Joint::Or => self.status != 0,
            };
            if is_due {
                self.pipeline(pipeline, streams)?;
            }
        }
        Ok(())
    }

    fn pipeline(&mut self, pipeline: &Pipeline, streams: &mut Streams) -> Result<(), Flow> {
        let last = pipeline.commands.len() - 1;
        let mut carried = None;
        for (place, command) in pipeline.commands.iter().enumerate() {
            if let Some(input) = carried.take() {
                let mut inner = Streams { input, ..Streams::default() };
                self.command(command, &mut inner)?;
                streams.err.append(&mut inner.err);
                carried = Some(inner.out);
            } else if place < last {
                let mut inner = Streams { input: std::mem::take(&mut streams.input), ..Streams::default() };
                self.command(command, &mut inner)?;
                streams.err.append(&mut inner.err);
                carried = Some(inner.out);
            } else {
                self.command(command, streams)?;
            }
        }
        streams.out.extend(carried.unwrap_or_default());
        if pipeline.is_negated {
            self.status = u32::from(self.status == 0);
        }
        Ok(())
    }

    fn command(&mut self, command: &Command, streams: &mut Streams) -> Result<(), Flow> {
        self.steps += 1;
        self.depth += 1;
        if self.steps > STEPS || self.depth > DEPTH {
            return Err(Flow::Fault("the script is too long for this device".to_owned()));
        }
        let done = if command.redirects.is_empty() {
            self.kind(&command.kind, streams)
        } else {
            self.redirected(command, streams)
        };
        self.depth -= 1;
        done
    }

    fn redirected(&mut self, command: &Command, streams: &mut Streams) -> Result<(), Flow> {
        let mut inner = Streams { input: std::mem::take(&mut streams.input), ..Streams::default() };
        // Where descriptors 1 and 2 go: to 1, to 2, or nowhere.
        let mut targets = [Some(1), Some(2)];
        for redirect in &command.redirects {
            match redirect {
                Redirect::From(word) => {
                    let path = self.text(word)?;
                    match self.world.files().get(&path) {
                        Some(content) => inner.input = content.clone(),
                        None if path == "/dev/null" => inner.input.clear(),
                        None => return self.refuse(streams, &format!("can't open {path}: no such file")),
                    }
                }
                Redirect::Here(text) => inner.input = self.inside_quotes(text)?.into_bytes(),
                Redirect::To { fd, word } => {
                    let path = self.text(word)?;
                    if path != "/dev/null" {
                        return self.refuse(streams, &format!("can't create {path}: Read-only file system"));
                    }
                    if let Some(target) = targets.get_mut(usize::from(fd.wrapping_sub(1))) {
                        *target = None;
                    }
                }
                Redirect::Same { fd, as_fd } => {
                    let same = targets.get(usize::from(as_fd.wrapping_sub(1))).copied().flatten();
                    if let Some(target) = targets.get_mut(usize::from(fd.wrapping_sub(1))) {
                        *target = same;
                    }
                }
            }
        }
        let done = self.kind(&command.kind, &mut inner);
        for (target, bytes) in targets.into_iter().zip([inner.out, inner.err]) {
            match target {
                Some(1) => streams.out.extend(bytes),
                Some(_) => streams.err.extend(bytes),
                None => {}
            }
        }
        done
    }

    fn refuse(&mut self, streams: &mut Streams, why: &str) -> Result<(), Flow> {
        streams.err.extend(format!("sh: {why}\n").into_bytes());
        self.status = 1;
        Ok(())
    }

    fn kind(&mut self, kind: &Kind, streams: &mut Streams) -> Result<(), Flow> {
        match kind {
            Kind::Simple { assignments, words } => self.simple(assignments, words, streams),
            Kind::Group(list) => self.list(list, streams),
            Kind::Function { name, body } => {
                self.functions.insert(name.clone(), body.clone());
                self.status = 0;
                Ok(())
            }
            Kind::If { arms, otherwise } => {
                for (condition, body) in arms {
                    self.list(condition, streams)?;
                    if self.status == 0 {
                        return self.list(body, streams);
                    }
                }
                self.status = 0;
                self.list(otherwise, streams)
            }
            Kind::For { variable, words, body } => {
                self.status = 0;
                for field in self.fields(words)? {
                    self.variables.insert(variable.clone(), field);
                    if !self.round(body, streams)? {
                        break;
                    }
                }
                Ok(())
            }
            Kind::While { condition, is_until, body } => {
                loop {
                    self.list(condition, streams)?;
                    if (self.status == 0) == *is_until {
                        break;
                    }
                    self.steps += 1;
                    if !self.round(body, streams)? {
                        break;
                    }
                }
                self.status = 0;
                Ok(())
            }
            Kind::Case { word, arms } => {
                let word: Vec<char> = self.text(word)?.chars().collect();
                self.status = 0;
                for (patterns, body) in arms {
                    for pattern in patterns {
                        if fits(&self.pattern(pattern)?, &word) {
                            return self.list(body, streams);
                        }
                    }
                }
                Ok(())
            }
        }
    }

    /// One round of a loop; whether there is another.
    fn round(&mut self, body: &List, streams: &mut Streams) -> Result<bool, Flow> {
        match self.list(body, streams) {
            Ok(()) | Err(Flow::Continue) => Ok(true),
            Err(Flow::Break) => Ok(false),
            Err(flow) => Err(flow),
        }
    }

    fn simple(
        &mut self,
        assignments: &[(String, String)],
        words: &[String],
        streams: &mut Streams,
    ) -> Result<(), Flow> {
        // `x=$(false)` has the status of `false`.
        self.status = if words.is_empty() { 0 } else { self.status };
        for (name, value) in assignments {
            let value = self.text(value)?;
            self.variables.insert(name.clone(), value);
        }
        let fields = self.fields(words)?;
        let Some(name) = fields.first() else { return Ok(()) };
        if let Some(body) = self.functions.get(name).cloned() {
            return self.call(&body, &fields[1..], streams);
        }
        if let Some(status) = self.builtin(&fields, streams)? {
            self.status = status;
        } else if let Some(output) = self.world.program(&fields) {
            streams.out.extend(output.stdout);
            streams.err.extend(output.stderr);
            self.status = output.status;
        } else {
            streams.err.extend(format!("sh: {name}: not found\n").into_bytes());
            self.status = 127;
        }
        Ok(())
    }

    fn call(&mut self, body: &List, arguments: &[String], streams: &mut Streams) -> Result<(), Flow> {
        let before = std::mem::replace(&mut self.arguments, arguments.to_vec());
        let done = self.list(body, streams);
        self.arguments = before;
        match done {
            Err(Flow::Return(status)) => {
                self.status = status;
                Ok(())
            }
            other => other,
        }
    }

    /// Whether a command of this name would be found.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.functions.contains_key(name) || super::builtin::is_built_in(name) || {
            // A program that is there says so by running: here none has effects.
            self.world.program(&[name.to_owned()]).is_some()
        }
    }

    pub(super) fn last_status(&self) -> u32 {
        self.status
    }
}
