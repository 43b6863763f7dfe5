//! A certificate with its key: read from files, checked against each other, and what people are told of it.

use std::io::Read;
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use inventory::secret::Secret;
use jiff::Timestamp;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use sha2::{Digest, Sha256};
use x509_cert::der::Decode;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

/// The largest file read, in bytes: a long chain fits, a mistyped path to a disk image does not.
const LARGEST: u64 = 1024 * 1024;

/// Why a certificate and its key cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum PairError {
    /// A file cannot be read.
    #[error("{path} cannot be read; check tls.certificate and tls.key, and that villagenet may read both")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The key can be read by everybody.
    #[error(
        "{path} can be read by everybody (mode {mode:03o}); run `chmod 600 {path}`, or 640 with a group of its own"
    )]
    Mode {
        /// Which.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file has no certificate.
    #[error("{0} holds no certificate: it has to be PEM, first the server's own certificate, then the ones above it")]
    NoCertificate(PathBuf),
    /// The file has no private key.
    #[error("{0} holds no private key: it has to be PEM and not encrypted (PKCS#8, PKCS#1 or SEC1)")]
    NoKey(PathBuf),
    /// The two do not belong together, or are of a kind that TLS does not take.
    #[error("{certificate} and {key} cannot be served together; were both files replaced?")]
    Unfit {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// Why.
        source: rustls::Error,
    },
    /// The certificate is none.
    #[error("the certificate in {path} cannot be understood")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: x509_cert::der::Error,
    },
}

/// What people are told of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// SHA-256 of the certificate, as browsers show it: `AB:CD:…`.
    pub fingerprint: String,
    /// The host names and addresses that it is for, in lower case; a name may begin with `*.`.
    pub names: Vec<String>,
    /// From when on it is good.
    pub not_before: Timestamp,
    /// Until when it is good.
    pub not_after: Timestamp,
}

impl Facts {
    /// Whether it is good at a time.
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        self.not_before <= now && now <= self.not_after
    }

    /// Whether it is for this host: a name in lower case, or an address. A wildcard stands for one label (RFC 6125
    /// §6.4.3).
    pub fn covers(&self, host: &str) -> bool {
        self.names.iter().any(|name| match name.strip_prefix("*.") {
            Some(parent) => host.split_once('.').is_some_and(|(label, rest)| !label.is_empty() && rest == parent),
            None => name == host,
        })
    }
}

/// A certificate with its key, ready to be served.
#[derive(Debug, Clone)]
pub struct Pair {
    /// For TLS.
    pub served: Arc<CertifiedKey>,
    /// For people.
    pub facts: Facts,
}

/// Reads both files.
///
/// # Errors
/// When one cannot be read, the key is open to everybody, or the two cannot be served together.
pub fn load(certificate: &Path, key: &Path) -> Result<Pair, PairError> {
    let chain = chain(certificate)?;
    let facts = facts(&chain, certificate)?;
    let private = private_key(key)?;
    let served = CertifiedKey::from_der(chain, private, &ring::default_provider())
        .map_err(|source| PairError::Unfit { certificate: certificate.to_owned(), key: key.to_owned(), source })?;
    Ok(Pair { served: Arc::new(served), facts })
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, PairError> {
    let bytes = read(path)?;
    let none = |_| PairError::NoCertificate(path.to_owned());
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&bytes).collect::<Result<_, _>>().map_err(none)?;
    if chain.is_empty() { Err(PairError::NoCertificate(path.to_owned())) } else { Ok(chain) }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, PairError> {
    let text = key_text(path)?;
    PrivateKeyDer::from_pem_slice(text.reveal().as_bytes()).map_err(|_| PairError::NoKey(path.to_owned()))
}

/// The PEM of a key that not everybody can read.
pub(super) fn key_text(path: &Path) -> Result<Secret, PairError> {
    let failed = |source| PairError::File { path: path.to_owned(), source };
    let mode = std::fs::metadata(path).map_err(failed)?.permissions().mode() & 0o777;
    // A group may read it: distributions have one for this (Debian's ssl-cert).
    if mode & 0o007 != 0 {
        return Err(PairError::Mode { path: path.to_owned(), mode });
    }
    match String::from_utf8(read(path)?) {
        Ok(text) => Ok(Secret::new(text)),
        Err(error) => {
            drop(Secret::new(String::from_utf8_lossy(error.as_bytes()).into_owned()));
            Err(PairError::NoKey(path.to_owned()))
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, PairError> {
    let failed = |source| PairError::File { path: path.to_owned(), source };
    // Asked before opening: opening a pipe would wait for somebody to write into it.
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err(failed(std::io::Error::other("it is no file")));
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(LARGEST).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

fn facts(chain: &[CertificateDer<'_>], path: &Path) -> Result<Facts, PairError> {
    let damaged = |source| PairError::Damaged { path: path.to_owned(), source };
    let own = chain.first().ok_or_else(|| PairError::NoCertificate(path.to_owned()))?;
    let parsed = x509_cert::Certificate::from_der(own).map_err(damaged)?;
    let body = parsed.tbs_certificate();
    let validity = body.validity();
    let alternatives = body.get_extension::<SubjectAltName>().map_err(damaged)?;
    let names = alternatives.map(|(_, names)| names.0.iter().filter_map(name).collect()).unwrap_or_default();
    let hex: Vec<String> = Sha256::digest(own).iter().map(|byte| format!("{byte:02X}")).collect();
    Ok(Facts {
        fingerprint: hex.join(":"),
        names,
        not_before: moment(validity.not_before),
        not_after: moment(validity.not_after),
    })
}

fn moment(time: x509_cert::time::Time) -> Timestamp {
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}

/// A host name or an address; the other kinds of names say nothing about hosts.
fn name(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DnsName(name) => Some(name.as_str().to_ascii_lowercase()),
        GeneralName::IpAddress(octets) => {
            let octets = octets.as_bytes();
            let v4 = <[u8; 4]>::try_from(octets).ok().map(IpAddr::from);
            let address = v4.or_else(|| <[u8; 16]>::try_from(octets).ok().map(IpAddr::from));
            address.map(|address| address.to_string())
        }
        GeneralName::OtherName(_)
        | GeneralName::Rfc822Name(_)
        | GeneralName::DirectoryName(_)
        | GeneralName::EdiPartyName(_)
        | GeneralName::UniformResourceIdentifier(_)
        | GeneralName::RegisteredId(_) => None,
    }
}
