//! [`Fault`]: one thing wrong with the configuration, as a person is told it.

/// One fault: where, which key, what it holds, and what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// Line of the file, from 1; `None` when the command line is to blame or something is missing from the whole file.
    pub line: Option<usize>,
    /// The key with its section: `polling.visit_interval_s`; or `--listen`.
    pub key: String,
    /// What stands there, shortened; `None` for what is missing or might be secret.
    pub value: Option<String>,
    /// What is wrong and what is allowed.
    pub message: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.key.is_empty() {
            write!(f, "{}", self.key)?;
            if let Some(value) = &self.value {
                write!(f, " = {value}")?;
            }
            f.write_str(" ")?;
        }
        f.write_str(&self.message)
    }
}
