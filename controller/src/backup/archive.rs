//! One file of a backup, written and read: a tar with a manifest at its beginning, through gzip, and through age where
//! there is a recipient. Blocking: run it where that is allowed.
//!
//! It is written beside its name and renamed when all of it is on the disk. Reading believes nothing: names, sizes and
//! checksums must be those of the manifest, and the place of a file is never taken from the archive.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use age::stream::StreamWriter;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use inventory::secret::Secret;
use sha2::{Digest as _, Sha256};

use super::error::{BackupError, Of as _};
use super::manifest::{MANIFEST, MANIFEST_BYTES, Manifest, Member};
use crate::store::db::with_suffix;

/// How an age file begins (https://age-encryption.org/v1).
const AGE: &[u8] = b"age-encryption.org/";

/// To whom backups are encrypted: the public half of an age key, `age1…`.
#[derive(Clone)]
pub struct Recipient(age::x25519::Recipient);

impl FromStr for Recipient {
    type Err = BackupError;
    fn from_str(text: &str) -> Result<Self, BackupError> {
        let told = |_| BackupError::Key("is no public age key like age1…; `age-keygen` makes one".to_owned());
        text.trim().parse().map(Recipient).map_err(told)
    }
}

impl PartialEq for Recipient {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_string() == other.0.to_string()
    }
}

impl Eq for Recipient {}

impl std::fmt::Debug for Recipient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// What opens encrypted backups: a secret age key.
pub struct Identity(age::x25519::Identity);

impl Identity {
    /// Reads what `age-keygen` writes: the line `AGE-SECRET-KEY-1…`, with comments around it.
    ///
    /// # Errors
    /// When there is no such line.
    pub fn parse(text: &Secret) -> Result<Identity, BackupError> {
        let line = text.reveal().lines().map(str::trim).find(|line| line.starts_with("AGE-SECRET-KEY-"));
        let key = line.and_then(|line| line.parse().ok());
        key.map(Identity).ok_or_else(|| BackupError::Key("there is no line AGE-SECRET-KEY-1… in it".to_owned()))
    }
}

enum Sealing {
    Open(BufWriter<File>),
    Sealed(StreamWriter<BufWriter<File>>),
}

impl Write for Sealing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Sealing::Open(file) => file.write(bytes),
            Sealing::Sealed(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Sealing::Open(file) => file.flush(),
            Sealing::Sealed(stream) => stream.flush(),
        }
    }
}

impl Sealing {
    fn finish(self) -> io::Result<()> {
        let mut file = match self {
            Sealing::Open(file) => file,
            Sealing::Sealed(stream) => stream.finish()?,
        };
        file.flush()?;
        file.get_ref().sync_all()
    }
}

/// Writes a file with these members, found where they are told to be. The manifest gets their sizes and checksums.
/// Nothing of that name may be there.
pub(super) fn write(
    path: &Path,
    recipient: Option<&Recipient>,
    mut manifest: Manifest,
    members: &[(&str, PathBuf)],
) -> Result<Manifest, BackupError> {
    if path.exists() {
        return Err(BackupError::Exists(path.to_owned()));
    }
    for (name, from) in members {
        manifest.members.push(describe(name, from)?);
    }
    let partial = with_suffix(path, ".partial");
    let written = write_partial(&partial, recipient, &manifest, members);
    let placed = written.and_then(|()| {
        std::fs::rename(&partial, path).of(path)?;
        sync_folder(path)
    });
    if placed.is_err() {
        // What is left of it is of no use; that it could not be deleted is less than why it was not written.
        std::fs::remove_file(&partial).unwrap_or_default();
    }
    placed.map(|()| manifest)
}

fn write_partial(
    partial: &Path,
    recipient: Option<&Recipient>,
    manifest: &Manifest,
    members: &[(&str, PathBuf)],
) -> Result<(), BackupError> {
    let file = BufWriter::new(new_private_file(partial).of(partial)?);
    let sealing = match recipient {
        None => Sealing::Open(file),
        Some(Recipient(key)) => {
            let recipients = std::iter::once(key as &dyn age::Recipient);
            let encryptor = age::Encryptor::with_recipients(recipients).map_err(io::Error::other).of(partial)?;
            Sealing::Sealed(encryptor.wrap_output(file).of(partial)?)
        }
    };
    let mut tar = tar::Builder::new(GzEncoder::new(sealing, Compression::fast()));
    let json = manifest.to_json();
    let mut header = header(json.len() as u64);
    tar.append_data(&mut header, MANIFEST, json.as_slice()).of(partial)?;
    for (member, (_, from)) in manifest.members.iter().zip(members) {
        let mut header = self::header(member.bytes);
        tar.append_data(&mut header, &member.name, File::open(from).of(from)?).of(partial)?;
    }
    let sealing = tar.into_inner().and_then(GzEncoder::finish).of(partial)?;
    sealing.finish().of(partial)
}

fn header(bytes: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes);
    header.set_mode(0o600);
    header
}

/// Size and checksum of a file.
pub(super) fn describe(name: &str, path: &Path) -> Result<Member, BackupError> {
    let mut hash = Sha256::new();
    let bytes = io::copy(&mut File::open(path).of(path)?, &mut hash).of(path)?;
    Ok(Member { name: name.to_owned(), bytes, sha256: data_encoding::HEXLOWER.encode(&hash.finalize()) })
}

/// Unpacks a file into a folder, each member under its own name there, and only what `wanted` names.
pub(super) fn unpack(
    path: &Path,
    identity: Option<&Identity>,
    wanted: &[&str],
    into: &Path,
) -> Result<Manifest, BackupError> {
    let mut file = BufReader::new(File::open(path).of(path)?);
    let start = file.fill_buf().of(path)?;
    if !start.starts_with(AGE) {
        return unpack_tar(file, wanted, into);
    }
    let Identity(key) = identity.ok_or(BackupError::NeedsIdentity)?;
    let refused = |error: age::DecryptError| BackupError::WrongIdentity(error.to_string());
    let decryptor = age::Decryptor::new_buffered(file).map_err(refused)?;
    let open = decryptor.decrypt(std::iter::once(key as &dyn age::Identity)).map_err(refused)?;
    unpack_tar(open, wanted, into)
}

fn unpack_tar(from: impl Read, wanted: &[&str], into: &Path) -> Result<Manifest, BackupError> {
    let damaged = |source: io::Error| BackupError::Damaged(source.to_string());
    let mut tar = tar::Archive::new(GzDecoder::new(from));
    let mut entries = tar.entries().map_err(|_| BackupError::NotABackup)?;
    let mut first = match entries.next() {
        Some(Ok(entry)) if entry.path().is_ok_and(|name| name.as_ref() == Path::new(MANIFEST)) => entry,
        Some(_) | None => return Err(BackupError::NotABackup),
    };
    let mut json = Vec::new();
    first.by_ref().take(MANIFEST_BYTES).read_to_end(&mut json).map_err(damaged)?;
    let manifest = Manifest::parse(&json)?;
    let mut missing: BTreeMap<&str, &Member> =
        manifest.members.iter().map(|member| (member.name.as_str(), member)).collect();
    for entry in entries {
        let mut entry = entry.map_err(damaged)?;
        let name = entry.path().map_err(damaged)?.to_string_lossy().into_owned();
        let member = missing.remove(name.as_str());
        let (Some(member), Some(name)) = (member, wanted.iter().find(|wanted| **wanted == name)) else {
            return Err(BackupError::Damaged(format!("it holds {name:?}, which it does not speak of")));
        };
        let to = into.join(name);
        let mut out = Hashing { file: new_private_file(&to).of(&to)?, hash: Sha256::new(), at: to };
        // One byte more than was said shows that there is more.
        let bytes = copy(&mut entry.by_ref().take(member.bytes.saturating_add(1)), &mut out)?;
        out.file.sync_all().of(&out.at)?;
        let sha256 = data_encoding::HEXLOWER.encode(&out.hash.finalize());
        if bytes != member.bytes || sha256 != member.sha256 {
            return Err(BackupError::Damaged(format!("{name} is not what was written")));
        }
    }
    match missing.keys().next() {
        Some(name) => Err(BackupError::Damaged(format!("{name} is missing"))),
        None => Ok(manifest.clone()),
    }
}

/// A file that is written, and what was written into it.
struct Hashing {
    file: File,
    hash: Sha256,
    at: PathBuf,
}

/// Copies, and tells what cannot be read from what cannot be written.
fn copy(from: &mut impl Read, to: &mut Hashing) -> Result<u64, BackupError> {
    let mut buffer = vec![0; 128 * 1024];
    let mut bytes = 0;
    loop {
        let read = from.read(&mut buffer).map_err(|source| BackupError::Damaged(source.to_string()))?;
        if read == 0 {
            return Ok(bytes);
        }
        to.hash.update(&buffer[..read]);
        to.file.write_all(&buffer[..read]).of(&to.at)?;
        bytes += read as u64;
    }
}

/// A file for its owner alone, that was not there.
pub(super) fn new_private_file(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = File::options();
    // What a run that was killed left under this name is ours.
    options.create(true).truncate(true).write(true).mode(0o600).open(path)
}

/// A rename is on the disk when the folder is.
pub(super) fn sync_folder(path: &Path) -> Result<(), BackupError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).of(folder)
}
