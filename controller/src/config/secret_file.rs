//! Files that hold one secret: read once at start, refused when others than the owner can read them.

use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use inventory::secret::Secret;

use super::reader::{Found, Section};

/// The largest file read, in bytes: a certificate bundle fits, a mistyped path to a disk image does not.
const LARGEST: u64 = 1024 * 1024;

/// Whether others may read the file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Readers {
    OwnerOnly,
    Anybody,
}

/// The secret in the file that a key names, without the line break at its end.
pub(super) fn secret(section: &mut Section<'_>, key: &'static str) -> Option<Found<Secret>> {
    let path = section.text(key)?;
    secret_at(section, path)
}

/// As [`secret`], for a key that the section cannot do without.
pub(super) fn required_secret(section: &mut Section<'_>, key: &'static str, what: &str) -> Option<Found<Secret>> {
    let path = section.required(key, what)?;
    secret_at(section, path)
}

/// The secret in a file that was found under a name that is not fixed.
pub(super) fn secret_at(section: &Section<'_>, path: Found<String>) -> Option<Found<Secret>> {
    let mut text = read(section, &path, Readers::OwnerOnly)?;
    // Editors end a file with a line break that is no part of the secret. Cut in place: no second copy to wipe.
    if text.ends_with('\n') {
        text.pop();
    }
    if text.ends_with('\r') {
        text.pop();
    }
    let (is_empty, has_more) = (text.trim().is_empty(), text.contains(['\n', '\r', '\0']));
    let secret = Secret::new(text);
    if is_empty {
        section.refuse(&path, "names an empty file: write the secret into it");
        return None;
    }
    if has_more {
        section.refuse(&path, "names a file of several lines: write the secret alone into it");
        return None;
    }
    Some(path.map(|_| secret))
}

/// A secret of several lines, such as a private key, as the file has it.
pub(super) fn secret_lines(section: &mut Section<'_>, key: &'static str) -> Option<Found<Secret>> {
    let path = section.text(key)?;
    secret_lines_at(section, path)
}

/// As [`secret_lines`], of a file whose name was found already.
pub(super) fn secret_lines_at(section: &Section<'_>, path: Found<String>) -> Option<Found<Secret>> {
    let text = read(section, &path, Readers::OwnerOnly)?;
    Some(path.map(|_| Secret::new(text)))
}

/// The text of a file that is no secret, such as a certificate.
pub(super) fn public_text(section: &mut Section<'_>, key: &'static str) -> Option<Found<String>> {
    let path = section.text(key)?;
    let text = read(section, &path, Readers::Anybody)?;
    Some(path.map(|_| text))
}

fn read(section: &Section<'_>, path: &Found<String>, readers: Readers) -> Option<String> {
    match read_text(&section.document.base_dir.join(&path.value), readers) {
        Ok(text) => Some(text),
        Err(error) => {
            section.refuse(path, error.to_string());
            None
        }
    }
}

fn read_text(path: &Path, readers: Readers) -> Result<String, ReadError> {
    let io = |source| ReadError::Io { path: path.to_owned(), source };
    // Asked before opening: opening a pipe would wait for somebody to write into it.
    if !std::fs::metadata(path).map_err(io)?.is_file() {
        return Err(ReadError::NotAFile(path.to_owned()));
    }
    let file = std::fs::File::open(path).map_err(io)?;
    // Asked of the open file, so that it is the one that is read.
    let mode = file.metadata().map_err(io)?.permissions().mode() & 0o777;
    if readers == Readers::OwnerOnly && mode & 0o077 != 0 {
        return Err(ReadError::Mode { path: path.to_owned(), mode });
    }
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > LARGEST {
        return Err(ReadError::Large(path.to_owned()));
    }
    String::from_utf8(bytes).map_err(|_| ReadError::NotText(path.to_owned()))
}

/// Why a file could not be read, as the end of a sentence that begins with the key.
#[derive(Debug, thiserror::Error)]
enum ReadError {
    #[error("names {path}, which cannot be read: {source}")]
    Io { path: PathBuf, source: std::io::Error },
    #[error("names {0}, which is no file")]
    NotAFile(PathBuf),
    #[error("names {path}, which others can read (mode {mode:o}): run chmod 600 {path}")]
    Mode { path: PathBuf, mode: u32 },
    #[error("names {0}, which is larger than {LARGEST} bytes")]
    Large(PathBuf),
    #[error("names {0}, which is no UTF-8 text")]
    NotText(PathBuf),
}
