//! The certificate that `serve` shows: from files that somebody else renews, or made by this installation itself. It is
//! exchanged while connections go on; a new one that is broken leaves the old one in its place.
//!
//! Must not know: HTTP, tasks, how often anybody looks.

pub mod pair;
pub mod self_signed;
#[cfg(test)]
mod tests;

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLock};

use jiff::Timestamp;
use rustls::crypto::ring;
use rustls::server::{ClientHello, ResolvesServerCert, ServerConfig};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};

use crate::config::{Config, Tls};
pub use pair::{Facts, Pair, PairError};
use self_signed::{SelfSigned, SelfSignedError};

/// Why there is no certificate to serve.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The files that the configuration names.
    #[error(transparent)]
    Pair(#[from] PairError),
    /// The one that this installation makes.
    #[error(transparent)]
    SelfSigned(#[from] SelfSignedError),
}

/// Where the certificate comes from.
#[derive(Debug, Clone)]
enum Source {
    Files { certificate: PathBuf, key: PathBuf },
    SelfSigned(SelfSigned),
}

/// The certificate of this installation, as it is served now.
#[derive(Debug)]
pub struct Identity {
    source: Source,
    served: RwLock<Pair>,
    /// The files as they were when they were last read, well or badly.
    seen: Mutex<Option<[Stamp; 2]>>,
}

/// What changes when a file is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    file: u64,
    length: u64,
    changed_ns: i128,
}

impl Stamp {
    fn of(path: &Path) -> Option<Stamp> {
        // Follows links: certbot exchanges those.
        let meta = std::fs::metadata(path).ok()?;
        let changed_ns = i128::from(meta.ctime()) * 1_000_000_000 + i128::from(meta.ctime_nsec());
        Some(Stamp { file: meta.ino(), length: meta.len(), changed_ns })
    }
}

impl Source {
    /// `None` where plain HTTP is spoken.
    fn of(config: &Config) -> Option<Source> {
        match &config.tls {
            Tls::Off | Tls::Proxy => None,
            Tls::Files { certificate, key } => {
                Some(Source::Files { certificate: certificate.clone(), key: key.clone() })
            }
            Tls::SelfSigned => {
                let (folder, names) = (config.data.join("tls"), config.certificate_names());
                Some(Source::SelfSigned(SelfSigned { folder, names }))
            }
        }
    }

    fn stamps(&self) -> Option<[Stamp; 2]> {
        match self {
            Source::Files { certificate, key } => Some([Stamp::of(certificate)?, Stamp::of(key)?]),
            Source::SelfSigned(made) => Some([Stamp::of(&made.certificate())?, Stamp::of(&made.key())?]),
        }
    }
}

impl Identity {
    /// The certificate that a configuration asks for; a self-signed one is made when it is not there. `None` where plain
    /// HTTP is spoken.
    ///
    /// # Errors
    /// When the files cannot be served, or none can be made.
    pub fn open(config: &Config, now: Timestamp) -> Result<Option<Identity>, TlsError> {
        let Some(source) = Source::of(config) else { return Ok(None) };
        // Before reading: a change while they are read is seen at the next look.
        let stamps = source.stamps();
        let pair = match &source {
            Source::Files { certificate, key } => pair::load(certificate, key)?,
            Source::SelfSigned(made) => made.open(now)?,
        };
        Ok(Some(Identity { source, served: RwLock::new(pair), seen: Mutex::new(stamps) }))
    }

    /// Looks whether there is a newer certificate, and serves it from now on. Says what it is when it was read anew.
    ///
    /// # Errors
    /// When what is new cannot be served: the old one stays. Told once for each change of the files.
    pub fn refresh(&self, now: Timestamp) -> Result<Option<Facts>, TlsError> {
        let pair = match &self.source {
            Source::Files { certificate, key } => {
                let stamps = self.source.stamps();
                if self.swap_seen(stamps) == stamps {
                    return Ok(None);
                }
                pair::load(certificate, key)?
            }
            Source::SelfSigned(made) => {
                let pair = made.open(now)?;
                if pair.facts == self.facts() {
                    return Ok(None);
                }
                pair
            }
        };
        let facts = pair.facts.clone();
        self.exchange(pair);
        Ok(Some(facts))
    }

    fn exchange(&self, pair: Pair) {
        *self.served.write().expect("no holder of this lock can panic") = pair;
    }

    /// Notes how the files are now; says how they were.
    fn swap_seen(&self, now: Option<[Stamp; 2]>) -> Option<[Stamp; 2]> {
        std::mem::replace(&mut self.seen.lock().expect("no holder of this lock can panic"), now)
    }

    /// What people are told of the certificate that is served now.
    pub fn facts(&self) -> Facts {
        self.served.read().expect("no holder of this lock can panic").facts.clone()
    }

    /// Whether this is for that host.
    pub fn covers(&self, host: &str) -> bool {
        self.served.read().expect("no holder of this lock can panic").facts.covers(host)
    }

    /// Whether this installation made it itself.
    pub fn is_self_signed(&self) -> bool {
        matches!(self.source, Source::SelfSigned(_))
    }
}

impl ResolvesServerCert for Identity {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.served.read().expect("no holder of this lock can panic").served))
    }
}

/// TLS 1.2 and 1.3 with the ciphers of rustls, which has none that are broken; HTTP/2 where the browser speaks it.
pub fn server_config(identity: Arc<Identity>) -> ServerConfig {
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&TLS13, &TLS12])
        .expect("ring has ciphers of both versions")
        .with_no_client_auth()
        .with_cert_resolver(identity);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}

/// What `villagenet check` sees of a certificate. Looking makes none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Plain HTTP is spoken.
    Plain,
    /// The first start of `serve` makes it.
    NotMade,
    /// It is there.
    There {
        /// What it is.
        facts: Facts,
        /// Whether this installation made it itself.
        is_self_signed: bool,
    },
}

/// Looks at the certificate that a configuration asks for.
///
/// # Errors
/// When it cannot be served.
pub fn look(config: &Config) -> Result<Seen, TlsError> {
    let (certificate, key, is_self_signed) = match Source::of(config) {
        None => return Ok(Seen::Plain),
        Some(Source::Files { certificate, key }) => (certificate, key, false),
        Some(Source::SelfSigned(made)) if !made.certificate().exists() => return Ok(Seen::NotMade),
        Some(Source::SelfSigned(made)) => (made.certificate(), made.key(), true),
    };
    let facts = pair::load(&certificate, &key)?.facts;
    Ok(Seen::There { facts, is_self_signed })
}
