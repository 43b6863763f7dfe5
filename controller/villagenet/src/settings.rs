//! Finds the configuration of an installation and reads it, or tells every fault of it.

use std::fmt::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use controller::config::{self, Config, Overrides};

use crate::Failed;
use crate::cli::Installation;

/// The data directory of an installation that says nothing else.
const DEFAULT_DATA: &str = "villagenet-data";
/// The configuration file that is read from the data directory when none is named.
const IN_DATA: &str = "villagenet.toml";

/// Reads `--config`, else `DIR/villagenet.toml` when it exists, else the defaults.
pub(crate) fn load(installation: &Installation, listen: Option<SocketAddr>) -> Result<Config, Failed> {
    let data = installation.data.clone();
    let data_or_default = data.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_DATA));
    let in_data = data_or_default.join(IN_DATA);
    let (file, data) = match &installation.config {
        Some(file) => (Some(file.clone()), data),
        None if in_data.exists() => (Some(in_data), Some(data_or_default)),
        None => (None, Some(data_or_default)),
    };
    let text = match &file {
        Some(file) => std::fs::read_to_string(file).map_err(|error| unreadable(file, &error))?,
        None => String::new(),
    };
    let base_dir = match file.as_deref().and_then(Path::parent) {
        Some(dir) if !dir.as_os_str().is_empty() => dir.to_owned(),
        Some(_) | None => PathBuf::from("."),
    };
    let listen = listen.map(|address| address.to_string());
    let overrides = Overrides { listen, data, key_credential: key_credential() };
    config::parse(&text, &base_dir, &overrides).map_err(|faults| {
        let name = file.map_or("the command line".to_owned(), |file| file.display().to_string());
        let mut message = format!("{name}: {} fault(s), nothing was started", faults.len());
        for fault in faults {
            write!(message, "\n  {fault}").expect("writing to a String cannot fail");
        }
        Failed::configuration(message)
    })
}

/// Where systemd hands the master key over, if it does (systemd.exec(5), `LoadCredential=villagenet-key:…`).
#[expect(clippy::disallowed_methods, reason = "systemd says it nowhere else")]
fn key_credential() -> Option<PathBuf> {
    let path = PathBuf::from(std::env::var_os("CREDENTIALS_DIRECTORY")?).join("villagenet-key");
    path.exists().then_some(path)
}

/// Makes the data directory, for its owner alone, when it does not exist.
pub(crate) fn make_data_dir(data: &Path) -> Result<(), Failed> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(data);
    made.map_err(|error| Failed::new(format!("{}: {error}; choose another with --data DIR", data.display())))
}

/// The data directory must be there for commands that work on an installation.
pub(crate) fn data_dir_exists(data: &Path) -> Result<(), Failed> {
    if data.is_dir() {
        return Ok(());
    }
    let data = data.display();
    Err(Failed::new(format!(
        "{data} is no data directory; start `villagenet serve --data {data}` once, or name another with --data"
    )))
}

fn unreadable(file: &Path, error: &std::io::Error) -> Failed {
    Failed::configuration(format!("{}: {error}; check the path given by --config or --data", file.display()))
}
