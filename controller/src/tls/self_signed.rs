//! The certificate that an installation makes for itself: good enough for a start, since its fingerprint is printed where
//! only the administrator reads it and can be compared with what the browser shows.

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use inventory::secret::Secret;
use jiff::tz::Offset;
use jiff::{Timestamp, ToSpan};
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose};

use super::pair::{self, Pair, PairError};

/// Browsers refuse certificates that are good for longer (CA/Browser Forum ballot SC31, Apple since 2020).
const VALID_DAYS: i32 = 398;
/// It is made anew when fewer days than this are left.
const RENEW_DAYS: i32 = 30;

/// Why no certificate could be made.
#[derive(Debug, thiserror::Error)]
pub enum SelfSignedError {
    /// The files cannot be used.
    #[error(transparent)]
    Pair(#[from] PairError),
    /// A file could not be written.
    #[error("{path} cannot be written; check that the data directory belongs to the user who runs villagenet")]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// No certificate can be made for these names.
    #[error("no certificate could be made for {}", names.join(", "))]
    Make {
        /// The names.
        names: Vec<String>,
        /// Why.
        source: rcgen::Error,
    },
}

/// Where the certificate is kept, and for whom it has to be good.
#[derive(Debug, Clone)]
pub struct SelfSigned {
    /// `DIR/tls`.
    pub folder: PathBuf,
    /// Host names and addresses.
    pub names: Vec<String>,
}

impl SelfSigned {
    /// The certificate's file.
    pub fn certificate(&self) -> PathBuf {
        self.folder.join("self-signed.pem")
    }

    /// The key's file.
    pub fn key(&self) -> PathBuf {
        self.folder.join("self-signed.key")
    }

    /// The certificate; made when there is none, it ends soon or a name is missing from it. The key stays the same.
    ///
    /// # Errors
    /// When the key can be read by everybody, or files cannot be written.
    pub fn open(&self, now: Timestamp) -> Result<Pair, SelfSignedError> {
        match pair::load(&self.certificate(), &self.key()) {
            Ok(pair) if self.is_fit(&pair, now) => return Ok(pair),
            Err(error @ PairError::Mode { .. }) => return Err(error.into()),
            // Nothing there, half of it, or damaged: these files are ours alone and are made again.
            Ok(_) | Err(_) => {}
        }
        self.make(now)?;
        Ok(pair::load(&self.certificate(), &self.key())?)
    }

    fn is_fit(&self, pair: &Pair, now: Timestamp) -> bool {
        let soon = now + jiff::SignedDuration::from_hours(24 * i64::from(RENEW_DAYS));
        pair.facts.is_valid_at(now)
            && pair.facts.not_after > soon
            && self.names.iter().all(|name| pair.facts.covers(name))
    }

    fn make(&self, now: Timestamp) -> Result<(), SelfSignedError> {
        let failed = |source| SelfSignedError::Make { names: self.names.clone(), source };
        let key = match pair::key_text(&self.key()) {
            Ok(text) => KeyPair::from_pem(text.reveal()).ok(),
            Err(_) => None,
        };
        let key = key.map_or_else(KeyPair::generate, Ok).map_err(failed)?;
        let certificate = self.parameters(now)?.self_signed(&key).map_err(failed)?;
        let mut folder = std::fs::DirBuilder::new();
        folder.recursive(true).mode(0o700);
        folder.create(&self.folder).map_err(|source| SelfSignedError::Write { path: self.folder.clone(), source })?;
        // The key first: a certificate without its key would be made again, a key without its certificate is used.
        write(&self.key(), Secret::new(key.serialize_pem()).reveal(), 0o600)?;
        write(&self.certificate(), &certificate.pem(), 0o644)
    }

    fn parameters(&self, now: Timestamp) -> Result<CertificateParams, SelfSignedError> {
        let failed = |source| SelfSignedError::Make { names: self.names.clone(), source };
        let mut parameters = CertificateParams::new(self.names.clone()).map_err(failed)?;
        parameters.distinguished_name.push(DnType::CommonName, "VillageNet");
        parameters.is_ca = IsCa::ExplicitNoCa;
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let today = Offset::UTC.to_datetime(now).date();
        // From the day before on: a browser's clock may be behind ours.
        let first = today.saturating_sub(1.day());
        let last = first.saturating_add(VALID_DAYS.days());
        let midnight = |date: jiff::civil::Date| {
            let (month, day) = (u8::try_from(date.month()), u8::try_from(date.day()));
            let unlikely = "months and days are small numbers";
            rcgen::date_time_ymd(i32::from(date.year()), month.expect(unlikely), day.expect(unlikely))
        };
        parameters.not_before = midnight(first);
        parameters.not_after = midnight(last);
        Ok(parameters)
    }
}

/// Whole or not at all, also when the power goes.
fn write(path: &Path, text: &str, mode: u32) -> Result<(), SelfSignedError> {
    let failed = |source| SelfSignedError::Write { path: path.to_owned(), source };
    let half = path.with_extension("new");
    let mut options = std::fs::OpenOptions::new();
    options.create(true).truncate(true).write(true).mode(mode);
    let written = options.open(&half).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&half, path)
    });
    written.map_err(failed)
}
