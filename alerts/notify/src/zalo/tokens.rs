//! [`Tokens`]: the access token of an Official Account, which lives for about a day, and the refresh token that buys the
//! next pair and is good once.
//!
//! They are kept in one file that is replaced as a whole: written beside it, flushed to the disk, renamed over it. The file
//! beside it is opened before the refresh token is spent, so that a full disk or a folder of somebody else stops it in
//! time. Only one process at a time renews (a lock on `FILE.lock`): `villagenet channel test` works beside `serve`.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use inventory::secret::Secret;
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::notifier::SendError;
use crate::outbound::target::Target;
use crate::outbound::{Outbound, said};
use crate::template::percent;

/// Where Zalo gives the next pair.
pub const ZALO_OAUTH_URL: &str = "https://oauth.zaloapp.com/v4/oa/access_token";
/// So long before its end a token is no longer used: clocks differ, and a message is on its way for a while.
const MARGIN: Duration = Duration::from_secs(5 * 60);
/// How long a token lives when Zalo does not say.
const USUAL_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// What renewing needs.
#[derive(Clone)]
pub struct Renewal {
    /// [`ZALO_OAUTH_URL`].
    pub url: String,
    /// The application at Zalo.
    pub app_id: String,
    /// Its secret key.
    pub app_secret: Secret,
}

/// Why a file holds no tokens.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenFileError {
    /// Something else.
    #[error("holds no JSON like {{\"access_token\": \"…\", \"refresh_token\": \"…\"}}")]
    Syntax,
    /// It cannot be renewed.
    #[error("holds no refresh_token, which renewing needs")]
    NoRefreshToken,
}

/// The content of the file.
#[derive(Clone, Serialize, Deserialize)]
struct Pair {
    access_token: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    /// When the access token ends, as far as it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Reply {
    #[serde(default)]
    access_token: Option<String>,
    #[serde(default)]
    refresh_token: Option<String>,
    /// Seconds; a string by the documentation.
    #[serde(default)]
    expires_in: serde_json::Value,
    #[serde(default)]
    error: Option<i64>,
    #[serde(default)]
    error_name: Option<String>,
}

/// The tokens of an Official Account. All channels of one section share them.
pub struct Tokens {
    file: PathBuf,
    renewal: Option<(Renewal, Target)>,
    /// Held while a pair is renewed. Holds the pair that could not be written, if there is one: it is the only good one.
    unsaved: Mutex<Option<Pair>>,
}

/// Whether a file holds what [`Tokens`] needs.
///
/// # Errors
/// When it does not.
pub fn check_tokens(text: &Secret, is_renewed: bool) -> Result<(), TokenFileError> {
    let pair: Pair = serde_json::from_str(text.reveal()).map_err(|_| TokenFileError::Syntax)?;
    if pair.access_token.trim().is_empty() {
        return Err(TokenFileError::Syntax);
    }
    match pair.refresh_token {
        None if is_renewed => Err(TokenFileError::NoRefreshToken),
        Some(_) | None => Ok(()),
    }
}

impl Tokens {
    /// Those of this file. With `renewal` they are renewed in time.
    ///
    /// # Errors
    /// When the address for renewing cannot be used.
    pub fn new(
        file: PathBuf,
        renewal: Option<Renewal>,
        outbound: &Outbound,
    ) -> Result<Self, crate::outbound::target::TargetError> {
        let renewal = match renewal {
            Some(renewal) => {
                let target = outbound.target(&Secret::new(renewal.url.clone()))?;
                Some((renewal, target))
            }
            None => None,
        };
        Ok(Tokens { file, renewal, unsaved: Mutex::default() })
    }

    /// The access token to use. `refused` is one that Zalo just refused: another one is wanted.
    pub(super) async fn access(
        &self,
        outbound: &Outbound,
        refused: Option<&Secret>,
        now: Timestamp,
    ) -> Result<Secret, SendError> {
        let mut unsaved = self.unsaved.lock().await;
        // Read each time: somebody may have put a new pair there.
        let pair = match &*unsaved {
            Some(pair) => pair.clone(),
            None => self.read()?,
        };
        let is_refused = refused.is_some_and(|refused| refused.reveal() == pair.access_token);
        let ends_soon = pair.expires_at.is_some_and(|at| now.checked_add(MARGIN).is_ok_and(|soon| soon >= at));
        let Some((renewal, target)) = self.renewal.as_ref().filter(|_| is_refused || ends_soon) else {
            return Ok(Secret::new(pair.access_token));
        };
        let _lock = self.lock()?;
        // Another process may have been faster while this one waited.
        if unsaved.is_none() {
            let there = self.read()?;
            if there.access_token != pair.access_token {
                return Ok(Secret::new(there.access_token));
            }
        }
        let mut beside = Beside::open(&self.file).map_err(|error| self.failed("cannot be replaced", &error))?;
        let next = renew(outbound, renewal, target, &pair, now).await?;
        let saved = beside.replace(&self.file, &next);
        *unsaved = saved.is_err().then(|| next.clone());
        Ok(Secret::new(next.access_token))
    }

    /// Whether tokens are renewed here.
    pub(super) fn is_renewed(&self) -> bool {
        self.renewal.is_some()
    }

    fn read(&self) -> Result<Pair, SendError> {
        let text = std::fs::read_to_string(&self.file).map_err(|error| self.failed("cannot be read", &error))?;
        let text = zeroize::Zeroizing::new(text);
        serde_json::from_str(&text).map_err(|_| SendError::retryable(format!("token_file: {}", TokenFileError::Syntax)))
    }

    fn lock(&self) -> Result<File, SendError> {
        let path = with_ending(&self.file, "lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path);
        let file = file.map_err(|error| self.failed("cannot be locked", &error))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => {
                Err(SendError::retryable("another process renews the tokens of token_file at this moment"))
            }
            Err(TryLockError::Error(error)) => Err(self.failed("cannot be locked", &error)),
        }
    }

    fn failed(&self, what: &str, error: &std::io::Error) -> SendError {
        let name = self.file.file_name().unwrap_or_default().to_string_lossy();
        SendError::retryable(format!("token_file {name} {what}: {error}"))
    }
}

/// The next pair, once it is there.
struct Beside {
    path: PathBuf,
    file: File,
}

impl Beside {
    fn open(file: &Path) -> std::io::Result<Self> {
        let path = with_ending(file, "new");
        let file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&path)?;
        Ok(Beside { path, file })
    }

    fn replace(&mut self, file: &Path, pair: &Pair) -> std::io::Result<()> {
        let text = zeroize::Zeroizing::new(serde_json::to_string_pretty(pair)?);
        self.file.write_all(text.as_bytes())?;
        self.file.write_all(b"\n")?;
        self.file.sync_all()?;
        std::fs::rename(&self.path, file)?;
        match file.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
            Some(_) | None => Ok(()),
        }
    }
}

fn with_ending(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

async fn renew(
    outbound: &Outbound,
    renewal: &Renewal,
    target: &Target,
    pair: &Pair,
    now: Timestamp,
) -> Result<Pair, SendError> {
    let Some(refresh_token) = &pair.refresh_token else {
        return Err(SendError::retryable(format!("token_file: {}", TokenFileError::NoRefreshToken)));
    };
    let mut secret_key = HeaderValue::from_str(renewal.app_secret.reveal())
        .map_err(|_| SendError::permanent("app_secret_file holds characters that no header can hold"))?;
    secret_key.set_sensitive(true);
    let headers = HeaderMap::from_iter([
        (CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded")),
        (HeaderName::from_static("secret_key"), secret_key),
    ]);
    let app_id = percent(&renewal.app_id);
    let body = format!("refresh_token={}&app_id={app_id}&grant_type=refresh_token", percent(refresh_token));
    let answer = outbound.post(target, headers, body.into_bytes()).await?;
    let burnt = Secret::new(refresh_token.clone());
    let secrets = [&burnt, &renewal.app_secret];
    answer.judge_with(target, now, &secrets)?;
    let Some(reply) = answer.json::<Reply>() else {
        return Err(answer.strange(target, "Zalo's token service"));
    };
    let Some(access_token) = reply.access_token.filter(|token| !token.is_empty()) else {
        let words = said(reply.error_name.as_deref().unwrap_or_default(), &secrets);
        return Err(SendError::retryable(format!(
            "Zalo renewed no token: {} {words}: get a new pair at developers.zalo.me and write it into token_file",
            reply.error.unwrap_or_default()
        )));
    };
    let seconds = reply.expires_in.as_u64().or_else(|| reply.expires_in.as_str()?.trim().parse().ok());
    let life = seconds.map_or(USUAL_LIFE, Duration::from_secs);
    Ok(Pair {
        access_token,
        refresh_token: reply.refresh_token.or_else(|| pair.refresh_token.clone()),
        expires_at: now.checked_add(life).ok(),
    })
}
