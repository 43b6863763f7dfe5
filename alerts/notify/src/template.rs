//! [`Template`]: a text with places to fill in, written by an administrator: the request of an SMS gateway, the parameters
//! of a Zalo template.
//!
//! What is filled in is made fit for where it stands (JSON, a form, a URL, XML) whether or not the author thought of it, so
//! that a hall named `A "B" & C` breaks no request and smuggles nothing into one. An unknown name is a fault when the
//! template is read, not when the first hall goes down. (Jinja's syntax; no includes, no macros.)

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use minijinja::{Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value};
use serde_json::Value as Json;

use crate::language::Language;
use crate::notice::Notice;
use crate::text;

/// The names that may be filled in, beside `secret.NAME`.
pub const NAMES: [&str; 14] = [
    "text", "subject", "body", "status", "id", "to", "to_local", "hall", "code", "area", "cause", "since", "ended",
    "link",
];
/// The one template of an environment.
const ONLY: &str = "template";
/// What the samples are filled in with, by which a template is tried when it is read.
const AWKWARD: &str = "Thôn \"1\" & 'x' <y> %20 +=\\ #?/ đ";

/// What is done to what is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escape {
    /// Nothing.
    Plain,
    /// Percent-encoding: URLs and forms.
    Url,
    /// As the inside of a JSON string.
    Json,
    /// As text or an attribute of XML.
    Xml,
}

impl Escape {
    /// What a content type asks for.
    pub fn for_content_type(content_type: &str) -> Self {
        let content_type = content_type.to_ascii_lowercase();
        match content_type.as_str() {
            text if text.contains("json") => Escape::Json,
            text if text.contains("x-www-form-urlencoded") => Escape::Url,
            text if text.contains("xml") => Escape::Xml,
            _ => Escape::Plain,
        }
    }
}

/// A checked template. Cheap to clone.
#[derive(Clone)]
pub struct Template {
    environment: Arc<Environment<'static>>,
}

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// The syntax.
    #[error("is no template: {0}")]
    Syntax(String),
    /// A name that nothing is known of.
    #[error("fills in {unknown}, which is not there: {known} are")]
    Unknown {
        /// What it wants.
        unknown: String,
        /// What there is.
        known: String,
    },
    /// It cannot be filled in.
    #[error("cannot be filled in: {0}")]
    Render(String),
    /// It says that it is JSON.
    #[error("is no JSON once it is filled in: {0}")]
    Json(String),
}

/// What is filled in.
pub(crate) type Filling = Value;

impl Template {
    /// Reads a template and fills it in once, to see that it can be. `secrets` are the names that `secret.` has.
    ///
    /// # Errors
    /// When it is none, or wants what is not there.
    pub fn parse(source: &str, escape: Escape, secrets: &BTreeSet<String>) -> Result<Self, TemplateError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.add_filter("urlencode", |value: String| Value::from_safe_string(percent(&value)));
        environment.set_formatter(move |out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value| {
            let text = value.to_string();
            let text = if value.is_safe() { text } else { escaped(&text, escape) };
            out.write_str(&text).map_err(|_| Error::from(ErrorKind::WriteFailure))
        });
        let syntax = |error: Error| TemplateError::Syntax(told(&error));
        environment.add_template_owned(ONLY, source.to_owned()).map_err(syntax)?;
        let template = Template { environment: Arc::new(environment) };
        template.check_names(secrets)?;
        let sample = template.render(&sample(AWKWARD, secrets)).map_err(TemplateError::Render)?;
        if escape == Escape::Json
            && let Err(error) = serde_json::from_str::<Json>(&sample)
        {
            return Err(TemplateError::Json(error.to_string()));
        }
        Ok(template)
    }

    fn check_names(&self, secrets: &BTreeSet<String>) -> Result<(), TemplateError> {
        let template = self.environment.get_template(ONLY).map_err(|error| TemplateError::Syntax(told(&error)))?;
        let known: Vec<String> = NAMES
            .iter()
            .map(|name| (*name).to_owned())
            .chain(secrets.iter().map(|name| format!("secret.{name}")))
            .collect();
        let wanted: BTreeSet<String> = template.undeclared_variables(true).into_iter().collect();
        let is_global = |name: &String| self.environment.globals().any(|(global, _)| global == name);
        let unknown: Vec<String> =
            wanted.into_iter().filter(|name| !known.contains(name) && !is_global(name)).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        Err(TemplateError::Unknown { unknown: unknown.join(", "), known: known.join(", ") })
    }

    /// Fills it in.
    pub(crate) fn render(&self, filling: &Filling) -> Result<String, String> {
        let template = self.environment.get_template(ONLY).map_err(|error| told(&error))?;
        template.render(filling.clone()).map_err(|error| told(&error))
    }
}

/// What a notice fills in, for this receiver.
pub(crate) fn filling(
    notice: &Notice<'_>,
    language: Language,
    receiver: Option<&crate::phone::PhoneNumber>,
    secrets: &BTreeMap<String, inventory::secret::Secret>,
) -> Filling {
    let words = notice.words(language);
    let values = text::values(notice, language);
    let (to, to_local) = receiver.map(|number| (number.international(), number.national())).unwrap_or_default();
    let id = notice.id_for(&to);
    let secret = Value::from_pairs(secrets.iter().map(|(name, secret)| (name.as_str(), secret.reveal())));
    let all = [
        words.short,
        words.subject,
        words.body,
        notice.status().as_str().to_owned(),
        id,
        to,
        to_local,
        values.hall,
        values.code,
        values.area,
        values.cause,
        values.since,
        values.ended,
        words.link.unwrap_or_default(),
    ];
    Value::from_pairs(NAMES.into_iter().zip(all.map(Value::from)).chain([("secret", secret)]))
}

/// The same text for every name.
pub(crate) fn sample(text: &str, secrets: &BTreeSet<String>) -> Filling {
    let secret = Value::from_pairs(secrets.iter().map(|name| (name.as_str(), text)));
    Value::from_pairs(NAMES.map(|name| (name, Value::from(text))).into_iter().chain([("secret", secret)]))
}

/// The error without the name of the template, which nobody gave.
fn told(error: &Error) -> String {
    let what = match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    };
    match error.line() {
        Some(line) if line > 1 => format!("{what} (in its line {line})"),
        Some(_) | None => what,
    }
}

fn escaped(text: &str, escape: Escape) -> String {
    match escape {
        Escape::Plain => text.to_owned(),
        Escape::Url => percent(text),
        Escape::Json => {
            let quoted = Json::from(text).to_string();
            quoted[1..quoted.len() - 1].to_owned()
        }
        Escape::Xml => text.chars().fold(String::with_capacity(text.len()), |mut safe, c| {
            match c {
                '&' => safe.push_str("&amp;"),
                '<' => safe.push_str("&lt;"),
                '>' => safe.push_str("&gt;"),
                '"' => safe.push_str("&quot;"),
                '\'' => safe.push_str("&#39;"),
                c => safe.push(c),
            }
            safe
        }),
    }
}

/// Every byte that is not unreserved (RFC 3986 §2.3) as `%XX`; a space too, since `+` is one only in forms.
pub(crate) fn percent(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut safe, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            safe.push(char::from(byte));
        } else {
            write!(safe, "%{byte:02X}").expect("writing to a String cannot fail");
        }
        safe
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(source: &str, escape: Escape) -> Result<Template, TemplateError> {
        Template::parse(source, escape, &BTreeSet::from(["key".to_owned()]))
    }

    fn filled(source: &str, escape: Escape, text: &str) -> String {
        let secrets = BTreeSet::from(["key".to_owned()]);
        parse(source, escape).expect(source).render(&sample(text, &secrets)).expect("it was tried")
    }

    #[test]
    fn what_is_filled_in_cannot_leave_its_place() {
        let evil = "\",\"to\":\"x\"}&to=x</a>";
        for source in [r#"{"t":"{{ text }}","k":"{{ secret.key }}"}"#, r#"{"t":{{ text | tojson }},"k":""}"#] {
            let json: Json = serde_json::from_str(&filled(source, Escape::Json, evil)).expect("JSON");
            assert_eq!((json["t"].as_str(), json.as_object().map(serde_json::Map::len)), (Some(evil), Some(2)));
        }
        for source in ["t={{ text }}", "t={{ text | urlencode }}"] {
            assert_eq!(filled(source, Escape::Url, "a b&c=đ+%"), "t=a%20b%26c%3D%C4%91%2B%25");
        }
        assert_eq!(filled("<a>{{ text }}</a>\n", Escape::Xml, "<b a='1'>&"), "<a>&lt;b a=&#39;1&#39;&gt;&amp;</a>");
        assert_eq!(filled("{{ text }}", Escape::Plain, "a&b"), "a&b");
    }

    #[test]
    fn what_is_filled_in_is_not_read_as_a_template_again() {
        assert_eq!(filled("{{ text }}", Escape::Plain, "{{ secret.key }}"), "{{ secret.key }}");
    }

    #[test]
    fn faults_are_told_when_the_template_is_read() {
        let error = |source: &str, escape| parse(source, escape).err().expect(source).to_string();
        assert!(error("{{ text", Escape::Plain).starts_with("is no template: syntax error: "));
        let unknown = error("{{ txt }} {{ secret.kee }} {{ hall }}", Escape::Plain);
        assert!(unknown.starts_with("fills in secret.kee, txt, which is not there: text, subject,"), "{unknown}");
        assert!(unknown.ends_with("link, secret.key are"), "{unknown}");
        assert!(error("{{ text | shout }}", Escape::Plain).contains("unknown filter"));
        assert!(error("{% include 'x' %}", Escape::Plain).starts_with("is no template"));
        assert!(error(r#"{"t": {{ text }}}"#, Escape::Json).starts_with("is no JSON once it is filled in: "));
    }

    #[test]
    fn the_content_type_says_how_to_escape() {
        for (content_type, escape) in [
            ("application/json", Escape::Json),
            ("application/vnd.x+JSON; charset=utf-8", Escape::Json),
            ("application/x-www-form-urlencoded", Escape::Url),
            ("text/xml", Escape::Xml),
            ("application/soap+xml", Escape::Xml),
            ("text/plain", Escape::Plain),
        ] {
            assert_eq!(Escape::for_content_type(content_type), escape, "{content_type}");
        }
    }
}
