//! `[channels.NAME]` of kind `zalo-template`: template messages of Zalo to phone numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use notify::Language;
use notify::phone::PhoneNumber;
use notify::template::{Escape, Template};
use notify::zalo::{Renewal, ZALO_OAUTH_URL, ZALO_TEMPLATE_URL, ZaloWording, check_tokens};

use super::channel_chat::base_url;
use super::channel_sms::phone_numbers;
use super::general::{language, web_address};
use super::reader::Section;
use super::secret_file;

/// Template messages.
#[derive(Clone)]
pub struct ZaloTemplate {
    /// Where Zalo takes them.
    pub url: String,
    /// The file with the tokens of the Official Account; it is replaced when they are renewed.
    pub token_file: PathBuf,
    /// How they are renewed, if here.
    pub renewal: Option<Renewal>,
    /// Faults, and tests.
    pub firing: ZaloWording,
    /// The end of faults.
    pub resolved: ZaloWording,
    /// Receivers of its own, none twice.
    pub to: Vec<PhoneNumber>,
    /// Of the values that are filled in.
    pub language: Language,
}

pub(super) fn zalo_template(section: &mut Section<'_>, usual: Language) -> Option<ZaloTemplate> {
    let has_app = section.has("app_id") || section.has("app_secret_file");
    let renewal = renewal(section);
    let token_file = token_file(section, has_app);
    let template_id = section.required("template_id", "write the number of the template that Zalo approved");
    let resolved_id = section.text("resolved_template_id");
    let data = data(section, "data");
    if data.is_empty() && !section.has("data") {
        section.missing("data", "name the template's parameters, such as data = { hall = \"{{ hall }}\" }");
    }
    let resolved_data = data_or(section, &data);
    let to = phone_numbers(section);
    let url = base_url(section, ZALO_TEMPLATE_URL);
    let language = language(section).unwrap_or(usual);
    let firing = ZaloWording { template_id: template_id?.value, data };
    let resolved_id = resolved_id.map_or_else(|| firing.template_id.clone(), |found| found.value);
    let resolved = ZaloWording { template_id: resolved_id, data: resolved_data };
    Some(ZaloTemplate { url: url?, token_file: token_file?, renewal: renewal?, firing, resolved, to, language })
}

/// `None` after a fault only.
fn renewal(section: &mut Section<'_>) -> Option<Option<Renewal>> {
    let app_id = section.text("app_id");
    let app_secret = secret_file::secret(section, "app_secret_file");
    let url = match section.text("oauth_url") {
        Some(found) => match web_address(&found.value) {
            Ok(_) => Some(found.value),
            Err(why) => {
                section.refuse_unseen(&found, why);
                None
            }
        },
        None => Some(ZALO_OAUTH_URL.to_owned()),
    };
    match (section.has("app_id"), section.has("app_secret_file")) {
        (true, false) => section.missing("app_secret_file", "app_id needs it"),
        (false, true) => section.missing("app_id", "app_secret_file needs it"),
        (false, false) => return Some(None),
        (true, true) => {}
    }
    Some(Some(Renewal { url: url?, app_id: app_id?.value, app_secret: app_secret?.value }))
}

fn token_file(section: &mut Section<'_>, is_renewed: bool) -> Option<PathBuf> {
    let path = section.required("token_file", "write token_file = \"PATH\" of a file with the access token as JSON")?;
    let file = section.document.base_dir.join(&path.value);
    let found = secret_file::secret_lines_at(section, path)?;
    if let Err(error) = check_tokens(&found.value, is_renewed) {
        section.refuse(&found, format!("names a file that {error}"));
        return None;
    }
    Some(file)
}

/// The parameters of a template at Zalo.
fn data(section: &mut Section<'_>, key: &'static str) -> BTreeMap<String, Template> {
    let mut data = BTreeMap::new();
    for (name, value) in section.texts(key) {
        match Template::parse(&value.value, Escape::Plain, &BTreeSet::new()) {
            Ok(template) => {
                data.insert(name.value, template);
            }
            Err(error) => section.refuse(&value, error.to_string()),
        }
    }
    data
}

/// The parameters at the end of a fault; those of its beginning when nothing else is said.
fn data_or(section: &mut Section<'_>, usual: &BTreeMap<String, Template>) -> BTreeMap<String, Template> {
    let is_given = section.has("resolved_data");
    let own = data(section, "resolved_data");
    if is_given { own } else { usual.clone() }
}
