//! Which shell a device has, before anything is asked of it.

/// A shell that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shell {
    /// A POSIX one with `/proc` underneath.
    Posix,
    /// MikroTik's own.
    RouterOs,
}

impl Shell {
    /// By what the SSH server calls itself (RFC 4253 §4.2): RouterOS says `SSH-2.0-ROSSSH`.
    pub fn of(server: &str) -> Shell {
        if server.contains("ROSSSH") { Shell::RouterOs } else { Shell::Posix }
    }
}
