//! Who may come in. Until people have accounts there is one bearer token, made at first start and kept in a file that
//! only its owner can read; a browser trades it for a session.

use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use inventory::secret::Secret;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// A session ends this long after its last request.
const SESSION_IDLE: Duration = Duration::from_secs(12 * 3600);
/// Sessions kept at most; the one idle longest makes room.
const SESSIONS_MAX: usize = 256;

type Hash = [u8; 32];

/// Why the token could not be had.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The file could not be read or made.
    #[error("{path} cannot be used; check that the data directory exists and belongs to the user who runs villagenet")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Others can read the file.
    #[error("{path} can be read by others (mode {mode:03o}); run `chmod 600 {path}`")]
    Mode {
        /// Which.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file holds no token.
    #[error("{path} holds no token; delete it and start again to have a new one made")]
    Empty {
        /// Which.
        path: PathBuf,
    },
}

/// The token and the sessions that were opened with it.
pub struct Access {
    token: Hash,
    sessions: Mutex<BTreeMap<Hash, Duration>>,
}

impl Access {
    /// Takes the token from `DIR/token`, or makes one there. The token itself is returned only when it was made now, so
    /// that it can be printed once.
    ///
    /// # Errors
    /// When the file cannot be read or made, can be read by others, or is empty.
    pub fn open(data: &Path) -> Result<(Access, Option<Secret>), AccessError> {
        let path = data.join("token");
        let failed = |source| AccessError::File { path: path.clone(), source };
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                let mode = std::fs::metadata(&path).map_err(failed)?.permissions().mode() & 0o777;
                if mode & 0o077 != 0 {
                    return Err(AccessError::Mode { path, mode });
                }
                let text = Secret::new(text.trim().to_owned());
                if text.reveal().is_empty() {
                    return Err(AccessError::Empty { path });
                }
                Ok((Access::with_token(&text), None))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let token = random_token();
                let mut options = std::fs::OpenOptions::new();
                let mut file = options.write(true).create_new(true).mode(0o600).open(&path).map_err(failed)?;
                writeln!(file, "{}", token.reveal()).map_err(failed)?;
                file.sync_all().map_err(failed)?;
                Ok((Access::with_token(&token), Some(token)))
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// Access by this token.
    pub fn with_token(token: &Secret) -> Access {
        Access { token: hash(token.reveal()), sessions: Mutex::default() }
    }

    /// Whether this is the token. Takes the same time for every wrong one.
    pub fn is_token(&self, offered: &str) -> bool {
        bool::from(hash(offered).ct_eq(&self.token))
    }

    /// Opens a session. The value goes into a cookie; only its hash is kept.
    pub fn session_open(&self, now: Duration) -> Secret {
        let id = random_token();
        let mut sessions = self.sessions.lock().expect("no holder of this lock can panic");
        while sessions.len() >= SESSIONS_MAX {
            let idlest = sessions.iter().min_by_key(|(_, last)| **last).map(|(id, _)| *id);
            match idlest {
                Some(id) => sessions.remove(&id),
                None => break,
            };
        }
        sessions.insert(hash(id.reveal()), now);
        id
    }

    /// Whether a session is open; using it keeps it open.
    pub fn session_use(&self, id: &str, now: Duration) -> bool {
        let mut sessions = self.sessions.lock().expect("no holder of this lock can panic");
        sessions.retain(|_, last| now.saturating_sub(*last) < SESSION_IDLE);
        match sessions.get_mut(&hash(id)) {
            Some(last) => {
                *last = now;
                true
            }
            None => false,
        }
    }

    /// Ends a session.
    pub fn session_close(&self, id: &str) {
        self.sessions.lock().expect("no holder of this lock can panic").remove(&hash(id));
    }
}

fn hash(text: &str) -> Hash {
    Sha256::digest(text.as_bytes()).into()
}

/// 256 random bits of the operating system, as base64url.
fn random_token() -> Secret {
    let bytes: [u8; 32] = rand::random();
    Secret::new(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_made_once_with_mode_0600_and_opens_afterwards() {
        let dir = tempfile::tempdir().unwrap();
        let (access, made) = Access::open(dir.path()).unwrap();
        let token = made.expect("made at first start");
        assert!(access.is_token(token.reveal()) && !access.is_token("") && !access.is_token("wrong"));
        let (again, made) = Access::open(dir.path()).unwrap();
        assert!(made.is_none() && again.is_token(token.reveal()));
        let file = dir.path().join("token");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        let refused = Access::open(dir.path()).err().expect("refused").to_string();
        assert!(refused.contains("chmod 600"), "{refused}");
    }

    #[test]
    fn two_installations_share_no_token() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let token = Access::open(one.path()).unwrap().1.expect("made");
        assert!(!Access::open(two.path()).unwrap().0.is_token(token.reveal()));
    }

    #[test]
    fn sessions_end_by_log_out_and_by_idleness_and_their_number_is_bounded() {
        let access = Access::with_token(&Secret::new("t".into()));
        let id = access.session_open(Duration::ZERO);
        assert!(access.session_use(id.reveal(), Duration::from_secs(3600)));
        assert!(!access.session_use(id.reveal(), Duration::from_secs(14 * 3600)));
        let id = access.session_open(Duration::from_secs(1));
        access.session_close(id.reveal());
        assert!(!access.session_use(id.reveal(), Duration::from_secs(2)));
        let first = access.session_open(Duration::from_secs(3));
        for second in 0..SESSIONS_MAX as u64 {
            access.session_open(Duration::from_secs(4 + second));
        }
        assert!(!access.session_use(first.reveal(), Duration::from_secs(300)));
    }
}
