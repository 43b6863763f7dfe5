//! `[remote_write]`: another store that samples are sent on to.

use inventory::secret::Secret;

use super::general::web_address;
use super::reader::Section;
use super::secret_file;
use crate::remote_write::OWN_LABELS;

/// What waits for the receiver at most when nobody says otherwise, in MiB.
const KEEP_MIB: u64 = 1024;
/// The longest value of a label, in characters.
const LABEL_MAX: usize = 128;

/// Where samples are sent on to.
#[derive(Clone)]
pub struct RemoteWrite {
    /// `url`: `http` or `https`. Its path or query may be a password: do not show it.
    pub url: String,
    /// `bearer_token_file`, or `user` and `password_file`.
    pub login: Option<RemoteLogin>,
    /// `keep_mib`, in bytes: the most that waits while the receiver is away.
    pub keep_bytes: u64,
    /// `labels`: names and values that every series gets.
    pub labels: Vec<(String, String)>,
}

/// How this program shows who it is.
#[derive(Clone)]
pub enum RemoteLogin {
    /// A token (RFC 6750).
    Bearer(Secret),
    /// User and password (RFC 7617).
    Basic {
        /// Who.
        user: String,
        /// His password.
        password: Secret,
    },
}

/// `None` in `Some` when the section is not there; nothing when it has a fault.
pub(super) fn remote_write(root: &mut Section<'_>) -> Option<Option<RemoteWrite>> {
    let is_wanted = root.has("remote_write");
    let mut section = root.section("remote_write");
    if !is_wanted {
        return Some(None);
    }
    let url = section.required("url", "write url = \"https://…/api/v1/write\"");
    // Not shown: the path or query may be a password.
    let url = url.and_then(|found| match web_address(&found.value) {
        Ok(uri) => Some((found, uri)),
        Err(why) => {
            section.refuse_unseen(&found, why);
            None
        }
    });
    let login = login(&mut section);
    let keep_mib = section.whole("keep_mib", 1..=1024 * 1024).map_or(KEEP_MIB, |found| found.value);
    let labels = labels(&mut section);
    let (url, uri) = match url {
        Some(url) => url,
        None => {
            section.finish();
            return None;
        }
    };
    let is_local = uri.host().is_some_and(is_loopback);
    if login.is_some() && uri.scheme_str() == Some("http") && !is_local {
        section.refuse_unseen(&url, "would send the secret in clear: write https, or leave the log-in out");
    }
    section.finish();
    Some(Some(RemoteWrite { url: url.value, login, keep_bytes: keep_mib * 1024 * 1024, labels }))
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_matches(['[', ']']);
    bare == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// A token, or user and password, which go together.
fn login(section: &mut Section<'_>) -> Option<RemoteLogin> {
    let user = section.text("user");
    let password = secret_file::secret(section, "password_file");
    match (section.has("user"), section.has("password_file")) {
        (true, false) => section.missing("password_file", "user needs it"),
        (false, true) => section.missing("user", "password_file needs it"),
        (true, true) | (false, false) => {}
    }
    // The first colon ends the user's name.
    let user = user.filter(|found| {
        let is_good = !found.value.contains(|c: char| c == ':' || c.is_control());
        if !is_good {
            section.refuse(found, "has a colon or a control character, which no user of HTTP may");
        }
        is_good
    });
    let token = secret_file::secret(section, "bearer_token_file");
    if let Some(found) = token.as_ref().filter(|_| section.has("user") || section.has("password_file")) {
        section.refuse(found, "is one way to log in and user another: leave one out");
    }
    let basic = user.zip(password);
    let basic = basic.map(|(user, password)| RemoteLogin::Basic { user: user.value, password: password.value });
    token.map(|found| RemoteLogin::Bearer(found.value)).or(basic)
}

fn labels(section: &mut Section<'_>) -> Vec<(String, String)> {
    let mut labels = Vec::new();
    for (name, value) in section.texts("labels") {
        let refusal = match name.value.as_str() {
            own if OWN_LABELS.contains(&own) => Some("is a label that samples have already: choose another name"),
            other if !is_label(other) => {
                Some("is no name of a label: letters, digits and _, no digit first, not __ first")
            }
            _ if value.value.chars().count() > LABEL_MAX => Some("has a value of more than 128 characters"),
            _ => None,
        };
        match refusal {
            Some(why) => section.refuse(&value, why),
            None => labels.push((name.value, value.value)),
        }
    }
    labels
}

fn is_label(name: &str) -> bool {
    let is_word = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_word && !name.starts_with("__") && name.bytes().next().is_some_and(|first| !first.is_ascii_digit())
}
