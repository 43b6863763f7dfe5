//! `[channels.NAME]` of kind `alertmanager`.

use inventory::secret::Secret;
use notify::Language;

use super::channel::{is_loopback, login};
use super::general::{language, web_address};
use super::reader::Section;

/// An Alertmanager.
#[derive(Clone)]
pub struct Alertmanager {
    /// Where it is, without `/api/v2/alerts`.
    pub url: String,
    /// User and password, when it asks for them.
    pub login: Option<(String, Secret)>,
    /// Of the annotations.
    pub language: Language,
}

pub(super) fn alertmanager(section: &mut Section<'_>, usual: Language) -> Option<Alertmanager> {
    let url = section.required("url", "write url = \"http://127.0.0.1:9093\"");
    let url = url.and_then(|found| match web_address(&found.value) {
        Ok(uri) if uri.query().is_none() => Some((found, uri)),
        Ok(_) => {
            section.refuse(&found, "has a query: only scheme, host, port and path are allowed");
            None
        }
        Err(why) => {
            section.refuse_unseen(&found, why);
            None
        }
    });
    let login = login(section);
    let language = language(section).unwrap_or(usual);
    let (url, uri) = url?;
    let is_in_clear = uri.scheme_str() == Some("http") && !uri.host().is_some_and(is_loopback);
    if login.is_some() && is_in_clear {
        section.refuse(&url, "would send the password in clear: write https://");
    }
    Some(Alertmanager { url: url.value, login, language })
}
