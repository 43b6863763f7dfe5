//! The keys at the top of the file, and `[database]`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use axum::http::Uri;
use inventory::network::{IpNetwork, IpNetworkError};
use notify::Language;

use super::reader::{Found, Section};
use super::{Database, Log, LogFormat, Overrides, secret_file};

/// Where pages and API are served when nobody says otherwise.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// What a level of the log may be called.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

pub(super) fn listen(root: &mut Section<'_>, overrides: &Overrides) -> Option<SocketAddr> {
    let found = root.text("listen");
    if let Some(text) = &overrides.listen {
        let address = socket_address(text);
        if let Err(message) = &address {
            root.document.fault(None, "--listen", Some(text.clone()), message.clone());
        }
        return address.ok();
    }
    match found {
        None => Some(LISTEN),
        Some(found) => socket_address(&found.value).map_err(|message| root.refuse(&found, message)).ok(),
    }
}

fn socket_address(text: &str) -> Result<SocketAddr, String> {
    let numeric = match text.strip_prefix("localhost:") {
        Some(port) => format!("{}:{port}", Ipv4Addr::LOCALHOST),
        None => text.to_owned(),
    };
    numeric.parse().map_err(|_| "is no IP address and port like 127.0.0.1:8080".to_owned())
}

pub(super) fn data(root: &mut Section<'_>, overrides: &Overrides) -> Option<PathBuf> {
    let found = root.text("data");
    if let Some(data) = &overrides.data {
        return Some(data.clone());
    }
    match found {
        Some(found) => Some(root.document.base_dir.join(found.value)),
        None => {
            if !root.has("data") {
                root.missing("data", "name the folder for this installation's files with data = \"DIR\" or --data DIR");
            }
            None
        }
    }
}

pub(super) fn base_url(root: &mut Section<'_>) -> Option<String> {
    let found = root.text("base_url")?;
    let refusal = match web_address(&found.value) {
        Ok(uri) if uri.query().is_none() => return Some(found.value.trim_end_matches('/').to_owned()),
        Ok(_) => "has a query: only scheme, host, port and path are allowed",
        Err(refusal) => refusal,
    };
    if found.value.contains('@') {
        root.refuse_unseen(&found, refusal);
    } else {
        root.refuse(&found, refusal);
    }
    None
}

/// Checks an `http` or `https` URL. The error is a message whose subject is the URL.
pub(super) fn web_address(text: &str) -> Result<Uri, &'static str> {
    let is_web = |uri: &Uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
    };
    let uri = text.parse::<Uri>().ok().filter(is_web);
    let uri = uri.ok_or("is no address like https://villagenet.example or http://127.0.0.1:9000/hook")?;
    match uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        true => Err("holds a user name or password, which an address here may not"),
        false => Ok(uri),
    }
}

pub(super) fn language(section: &mut Section<'_>) -> Option<Language> {
    section.word("language", &Language::ALL.map(|language| (language.as_str(), language)))
}

pub(super) fn metrics_allow(root: &mut Section<'_>) -> Vec<IpNetwork> {
    let loopback = || ["127.0.0.0/8", "::1/128"].map(|text| text.parse().expect("a network")).to_vec();
    networks(root, "metrics_allow").unwrap_or_else(loopback)
}

/// A list of networks; `None` when the key is not there.
pub(super) fn networks(root: &mut Section<'_>, key: &'static str) -> Option<Vec<IpNetwork>> {
    let items = root.list(key)?;
    let parse = |found: Found<String>| {
        found.value.parse().map_err(|error: IpNetworkError| root.refuse(&found, error.to_string())).ok()
    };
    Some(items.into_iter().filter_map(parse).collect())
}

pub(super) fn log(root: &mut Section<'_>) -> Log {
    let format = root.word("log_format", &[("text", LogFormat::Text), ("json", LogFormat::Json)]);
    let filter = root.text("log").filter(|found| {
        let is_good = found.value.split(',').all(is_directive);
        if !is_good {
            root.refuse(found, format!("is none of {}, nor a list like info,agent=debug", LEVELS.join(", ")));
        }
        is_good
    });
    Log {
        filter: filter.map_or_else(|| "info".to_owned(), |found| found.value),
        format: format.unwrap_or(LogFormat::Text),
    }
}

/// A level, or a module path and a level.
fn is_directive(text: &str) -> bool {
    let (target, level) =
        text.trim().split_once('=').map_or((None, text.trim()), |(target, level)| (Some(target), level));
    let is_path =
        |path: &str| !path.is_empty() && path.bytes().all(|b| b.is_ascii_alphanumeric() || b"_:".contains(&b));
    LEVELS.contains(&level) && target.is_none_or(is_path)
}

pub(super) fn database(root: &mut Section<'_>) -> Option<Database> {
    let mut section = root.section("database");
    let is_named = section.has("url_file");
    let url = secret_file::secret(&mut section, "url_file").filter(|found| {
        let url = found.value.reveal();
        let is_postgres = url.starts_with("postgres://") || url.starts_with("postgresql://");
        if !is_postgres {
            section.refuse(found, "names a file that does not hold a URL like postgres://USER:PASSWORD@HOST/DATABASE");
        }
        is_postgres
    });
    section.finish();
    match url {
        Some(found) => Some(Database::Postgres { url: found.value }),
        None if is_named => None,
        None => Some(Database::Sqlite),
    }
}
