//! `[channels.NAME]` of kind `sms`: a gateway, and the numbers that it is given.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::{HeaderName, HeaderValue};
use inventory::secret::Secret;
use notify::Language;
use notify::phone::PhoneNumber;
use notify::sms::{ESMS_URL, HttpMethod, HttpSettings, Success};
use notify::template::{Escape, Template};

use super::channel::NOBODY;
use super::channel_chat::base_url;
use super::general::language;
use super::reader::{Found, Section};
use super::secret_file;

/// Mobile phones.
#[derive(Clone)]
pub struct Sms {
    /// Who takes the messages.
    pub gateway: SmsGateway,
    /// Receivers of its own, none twice.
    pub to: Vec<PhoneNumber>,
    /// Of the text.
    pub language: Language,
}

/// Who takes messages for mobile phones.
#[derive(Clone)]
pub enum SmsGateway {
    /// `gateway = "esms"`.
    Esms {
        /// Where it is.
        url: String,
        /// `ApiKey`.
        api_key: Secret,
        /// `SecretKey`.
        secret_key: Secret,
        /// The registered sender.
        brandname: String,
        /// Whether nothing is really sent.
        is_sandbox: bool,
    },
    /// `gateway = "http"`: as the file describes it.
    Http(HttpSettings),
}

#[derive(Clone, Copy)]
enum Gateway {
    Esms,
    Http,
}

/// In the words of the file.
const METHOD_WORDS: [(&str, HttpMethod); 3] =
    [("POST", HttpMethod::Post), ("GET", HttpMethod::Get), ("PUT", HttpMethod::Put)];

pub(super) fn sms(section: &mut Section<'_>, usual: Language) -> Option<Sms> {
    let gateway = section.required("gateway", "write gateway = \"esms\", or \"http\" with url and body");
    let gateway = gateway.and_then(|found| section.one_of(&found, &[("esms", Gateway::Esms), ("http", Gateway::Http)]));
    let to = phone_numbers(section);
    let language = language(section).unwrap_or(usual);
    let gateway = match gateway {
        Some(Gateway::Esms) => esms(section),
        Some(Gateway::Http) => http(section).map(SmsGateway::Http),
        None => {
            // Which keys belong here depends on it.
            section.any_key();
            None
        }
    };
    Some(Sms { gateway: gateway?, to, language })
}

/// `to`: mobile numbers.
pub(super) fn phone_numbers(section: &mut Section<'_>) -> Vec<PhoneNumber> {
    let Some(items) = section.list("to") else { return Vec::new() };
    if items.is_empty() {
        section.missing("to", NOBODY);
    }
    let mut numbers: Vec<PhoneNumber> = Vec::new();
    for found in items {
        match found.value.parse::<PhoneNumber>() {
            Ok(number) if numbers.contains(&number) => section.refuse(&found, "stands there twice"),
            Ok(number) => numbers.push(number),
            Err(error) => section.refuse(&found, error.to_string()),
        }
    }
    numbers
}

fn esms(section: &mut Section<'_>) -> Option<SmsGateway> {
    let api_key = secret_file::required_secret(section, "api_key_file", "write api_key_file = \"PATH\"");
    let secret_key = secret_file::required_secret(section, "secret_key_file", "write secret_key_file = \"PATH\"");
    let brandname = section.required("brandname", "write the sender that eSMS registered for you");
    let is_sandbox = section.flag("sandbox").unwrap_or(false);
    let url = base_url(section, ESMS_URL);
    Some(SmsGateway::Esms {
        url: url?,
        api_key: api_key?.value,
        secret_key: secret_key?.value,
        brandname: brandname?.value,
        is_sandbox,
    })
}

fn http(section: &mut Section<'_>) -> Option<HttpSettings> {
    let secrets = secrets(section);
    let names: BTreeSet<String> = secrets.keys().cloned().collect();
    let has_method = section.has("method");
    let method = section.word("method", &METHOD_WORDS).or((!has_method).then_some(HttpMethod::Post));
    let url = section.required("url", "write url = \"https://…\"");
    let url = url.and_then(|found| template(section, &found, Escape::Url, &names));
    let headers = headers(section, &names);
    let body = body(section, method, &names);
    let success = success(section);
    Some(HttpSettings { url: url?, method: method?, headers, body: body?, success: success?, secrets })
}

/// A fault does not show the template: people write tokens into it.
fn template(
    section: &Section<'_>,
    found: &Found<String>,
    escape: Escape,
    secrets: &BTreeSet<String>,
) -> Option<Template> {
    let parsed = Template::parse(&found.value, escape, secrets);
    parsed.map_err(|error| section.refuse_unseen(found, error.to_string())).ok()
}

/// `secrets = { NAME = "PATH" }`: what the templates call `secret.NAME`.
fn secrets(section: &mut Section<'_>) -> BTreeMap<String, Secret> {
    let mut secrets = BTreeMap::new();
    for (name, path) in section.texts("secrets") {
        let is_name = name.value.starts_with(|c: char| c.is_ascii_lowercase())
            && name.value.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !is_name {
            section.refuse(&name, "is no name for a template: small letters, digits and _");
            continue;
        }
        // An unreadable file is told of once: the templates may name it all the same.
        let secret =
            secret_file::secret_at(section, path).map_or_else(|| Secret::new(String::new()), |found| found.value);
        secrets.insert(name.value, secret);
    }
    secrets
}

fn headers(section: &mut Section<'_>, secrets: &BTreeSet<String>) -> Vec<(HeaderName, Template)> {
    let mut headers = Vec::new();
    for (name, value) in section.texts("headers") {
        let header = name.value.parse::<HeaderName>();
        if header.is_err() {
            section.refuse(&name, "cannot be the name of a header");
        }
        let template = template(section, &value, Escape::Plain, secrets);
        if let (Ok(header), Some(template)) = (header, template) {
            headers.push((header, template));
        }
    }
    headers
}

/// `None` after a fault only.
fn body(
    section: &mut Section<'_>,
    method: Option<HttpMethod>,
    secrets: &BTreeSet<String>,
) -> Option<Option<(String, Template)>> {
    let content_type = section.text("content_type");
    let is_given = section.has("body");
    let found = section.text("body");
    match (method?, found) {
        (HttpMethod::Get, Some(found)) => {
            section.refuse_unseen(&found, "cannot be sent with method = \"GET\": write it into url, or POST");
            None
        }
        (HttpMethod::Get, None) => Some(None),
        (HttpMethod::Post | HttpMethod::Put, None) => {
            if !is_given {
                section.missing("body", "write what the gateway wants, such as body = \"to={{ to }}&text={{ text }}\"");
            }
            None
        }
        (HttpMethod::Post | HttpMethod::Put, Some(found)) => {
            let kind =
                content_type.as_ref().map_or_else(|| usual_content_type(&found.value), |kind| kind.value.as_str());
            if let Some(content_type) = content_type.as_ref().filter(|kind| HeaderValue::from_str(&kind.value).is_err())
            {
                section.refuse(content_type, "cannot stand in a header");
                return None;
            }
            let template = template(section, &found, Escape::for_content_type(kind), secrets)?;
            Some(Some((kind.to_owned(), template)))
        }
    }
}

/// What a body is that nobody said anything of.
fn usual_content_type(body: &str) -> &'static str {
    match body.trim_start().chars().next() {
        Some('{' | '[') if !body.trim_start().starts_with("{{") => "application/json",
        Some('<') => "text/xml; charset=utf-8",
        Some(_) | None => "application/x-www-form-urlencoded",
    }
}

/// `success = { pointer = "/CodeResult", value = "100" }`; `None` after a fault only.
fn success(section: &mut Section<'_>) -> Option<Option<Success>> {
    if !section.has("success") {
        return Some(None);
    }
    let mut inner = section.section("success");
    let pointer = inner.required("pointer", "write where the answer stands, such as pointer = \"/CodeResult\"");
    let pointer = pointer.filter(|found| {
        let is_pointer = found.value.starts_with('/');
        if !is_pointer {
            inner.refuse(found, "is no JSON pointer like /CodeResult or /result/0/code");
        }
        is_pointer
    });
    let value = inner.required("value", "write what stands there when all is well, such as value = \"100\"");
    inner.finish();
    Some(Some(Success { pointer: pointer?.value, value: value?.value }))
}
