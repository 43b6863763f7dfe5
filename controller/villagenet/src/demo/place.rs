//! Where a demo lives: a folder with a configuration and the credentials of the simulated fleet in files of their own, as
//! an administrator would lay them down.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use controller::store::Db;
use tempfile::TempDir;

use super::simulator::{Credential, Ready};
use crate::{Failed, settings};

/// How a configuration that a demo wrote begins.
const MARK: &str = "# Written by `villagenet demo` at each of its starts: changes here are lost.\n";
/// What the past takes, and a day.
const RAW_DAYS: u32 = 31;

/// The folder.
pub(super) struct Place {
    dir: PathBuf,
    /// Removes it at the end.
    passing: Option<TempDir>,
}

impl Place {
    /// The folder given, or a new one that goes when this is dropped.
    pub(super) async fn make(data: Option<PathBuf>) -> Result<Place, Failed> {
        let Some(dir) = data else {
            let passing = tempfile::Builder::new().prefix("villagenet-demo-").tempdir()?;
            return Ok(Place { dir: passing.path().to_owned(), passing: Some(passing) });
        };
        settings::make_data_dir(&dir)?;
        if !is_free(&dir).await? {
            let dir = dir.display();
            return Err(Failed::new(format!(
                "{dir} holds a real installation, which a demo must not touch; choose another folder with --data DIR"
            )));
        }
        Ok(Place { dir, passing: None })
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Whether it stays.
    pub(super) fn is_kept(&self) -> bool {
        self.passing.is_none()
    }

    /// Writes the configuration that opens this fleet.
    pub(super) fn configure(&self, fleet: &Ready) -> Result<(), Failed> {
        let mut text = format!("{MARK}log = \"warn,villagenet=debug\"\n\n[retention]\nraw_days = {RAW_DAYS}\n");
        for (name, credential) in &fleet.credentials {
            let mut keys: Vec<(&str, String)> = Vec::new();
            let file = |key: &str, content: &str| {
                let file = format!("{name}.{key}");
                self.secret(&file, content).map(|()| file)
            };
            let kind = match credential {
                Credential::SnmpV2c { community } => {
                    keys.push(("community_file", file("community", community)?));
                    "snmp-v2c"
                }
                Credential::SnmpV3 { user, auth, auth_pass, privacy, privacy_pass } => {
                    keys.extend([("user", user.clone()), ("auth", auth.clone()), ("privacy", privacy.clone())]);
                    keys.push(("auth_file", file("auth", auth_pass)?));
                    keys.push(("privacy_file", file("privacy", privacy_pass)?));
                    "snmp-v3"
                }
                Credential::Ssh { user, password, key, .. } => {
                    keys.push(("user", user.clone()));
                    for (name, secret) in [("password", password), ("key", key)] {
                        let Some(secret) = secret else { continue };
                        let key = if name == "key" { "key_file" } else { "password_file" };
                        keys.push((key, file(name, secret)?));
                    }
                    "ssh"
                }
            };
            text += &format!("\n[credentials.{name}]\nkind = {kind:?}\n");
            if let Credential::Ssh { port, .. } = credential {
                text += &format!("port = {port}\n");
            }
            for (key, value) in keys {
                text += &format!("{key} = {value:?}\n");
            }
        }
        self.secret("villagenet.toml", &text)
    }

    /// A file for its owner alone.
    fn secret(&self, name: &str, content: &str) -> Result<(), Failed> {
        let path = self.dir.join(name);
        let file = std::fs::File::options().create(true).write(true).truncate(true).mode(0o600).open(&path);
        file.and_then(|mut file| file.write_all(content.as_bytes()))
            .map_err(|error| Failed::new(format!("{}: {error}; choose another folder with --data DIR", path.display())))
    }
}

/// Whether a demo may have this folder: nothing of a real installation is in it.
async fn is_free(dir: &Path) -> Result<bool, Failed> {
    let config = dir.join("villagenet.toml");
    if config.exists() && !std::fs::read_to_string(&config)?.starts_with(MARK) {
        return Ok(false);
    }
    let records = dir.join("villagenet.db");
    if !records.exists() {
        return Ok(true);
    }
    let db = Db::open_sqlite(&records).await?;
    db.migrate().await?;
    // An import that was cut short leaves a fleet that does not yet say so, beside the configuration of a demo.
    let is_simulated = db.is_simulated().await? || config.exists();
    db.close().await;
    Ok(is_simulated)
}
