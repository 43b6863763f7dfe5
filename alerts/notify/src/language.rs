//! Languages, and the words of this package in each: the Fluent files under `messages/`, built into the program.

use std::borrow::Cow;
use std::collections::HashMap;

use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, langid};
use serde::{Deserialize, Serialize};

mod words {
    #![expect(
        clippy::disallowed_methods,
        reason = "the macro's own code lists the languages, in no order that matters"
    )]

    fluent_templates::static_loader! {
        pub(super) static WORDS = {
            locales: "./messages",
            fallback_language: "vi",
            // Isolation marks are invisible characters that show as boxes on old phones and break SMS; both languages
            // run left to right.
            customise: |bundle| bundle.set_use_isolating(false),
        };
    }
}
use words::WORDS;

/// A language that people are written to in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Vietnamese.
    #[default]
    Vi,
    /// English.
    En,
}

/// The text names no language that we have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no language: vi or en")]
pub struct LanguageError(pub String);

impl Language {
    /// Every language.
    pub const ALL: [Language; 2] = [Language::Vi, Language::En];

    /// Its ISO 639-1 code.
    pub fn as_str(self) -> &'static str {
        match self {
            Language::Vi => "vi",
            Language::En => "en",
        }
    }

    /// The words for `key`. A key or an argument that is missing shows as `⟦key⟧` rather than stopping a message;
    /// the tests of this package keep that from happening.
    pub(crate) fn say(self, key: &str, args: &Args) -> String {
        WORDS.lookup_single_language(&self.id(), key, Some(&args.0)).unwrap_or_else(|_| format!("⟦{key}⟧"))
    }

    /// Thousands are set apart as readers of the language do: 1.367 or 1,367.
    pub(crate) fn number(self, n: usize) -> String {
        let separator = match self {
            Language::Vi => '.',
            Language::En => ',',
        };
        let digits = n.to_string();
        let mut text = String::with_capacity(digits.len() + digits.len() / 3);
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                text.push(separator);
            }
            text.push(digit);
        }
        text
    }

    fn id(self) -> LanguageIdentifier {
        match self {
            Language::Vi => langid!("vi"),
            Language::En => langid!("en"),
        }
    }
}

impl std::str::FromStr for Language {
    type Err = LanguageError;
    fn from_str(text: &str) -> Result<Self, LanguageError> {
        Self::ALL.into_iter().find(|language| language.as_str() == text).ok_or_else(|| LanguageError(text.to_owned()))
    }
}

impl std::fmt::Display for Language {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a message of a Fluent file is filled in with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Args(HashMap<Cow<'static, str>, FluentValue<'static>>);

impl Args {
    /// Nothing yet.
    pub(crate) fn new() -> Self {
        Args::default()
    }

    /// A piece of text. It is put in as it is: Fluent does not look for placeholders in it.
    pub(crate) fn text(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.0.insert(Cow::Borrowed(name), FluentValue::from(text.into()));
        self
    }

    /// A count: `$name` as people write it, `$name-n` for choosing a form.
    pub(crate) fn count(self, name: &'static str, n: usize, language: Language) -> Self {
        self.text(name, language.number(n)).choice(name, n)
    }

    /// These and those.
    pub(crate) fn and(mut self, other: Args) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Only `$name-n`, to choose between forms.
    pub(crate) fn choice(mut self, name: &'static str, n: usize) -> Self {
        self.0.insert(Cow::Owned(format!("{name}-n")), FluentValue::from(n));
        self
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use inventory::device::DeviceKind;

    use super::*;

    const VI: &str = concat!(
        include_str!("../messages/vi/notification.ftl"),
        include_str!("../messages/vi/why.ftl"),
        include_str!("../messages/vi/rules.ftl")
    );
    const EN: &str = concat!(
        include_str!("../messages/en/notification.ftl"),
        include_str!("../messages/en/why.ftl"),
        include_str!("../messages/en/rules.ftl")
    );
    /// Every source file that says words.
    const SOURCES: [&str; 10] = [
        include_str!("ntfy.rs"),
        include_str!("text/subject.rs"),
        include_str!("text/body.rs"),
        include_str!("text/short.rs"),
        include_str!("text/facts.rs"),
        include_str!("text/moment.rs"),
        include_str!("text/why.rs"),
        include_str!("text/rule.rs"),
        include_str!("text/trial.rs"),
        include_str!("text/values.rs"),
    ];

    fn keys(file: &str) -> BTreeSet<&str> {
        let starts_key = |line: &&str| line.starts_with(|c: char| c.is_ascii_lowercase());
        file.lines().filter(starts_key).filter_map(|line| line.split_once(" =")).map(|(key, _)| key).collect()
    }

    fn variables(file: &str) -> BTreeSet<&str> {
        file.split('$')
            .skip(1)
            .map(|rest| rest.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).next().unwrap_or_default())
            .map(|variable| variable.strip_suffix("-n").unwrap_or(variable))
            .collect()
    }

    #[test]
    fn both_languages_have_the_same_keys_and_fill_in_the_same_things() {
        assert_eq!(keys(VI), keys(EN));
        assert_eq!(variables(VI), variables(EN));
        assert!(keys(VI).len() > 40);
    }

    #[test]
    fn every_key_is_used() {
        for key in keys(VI) {
            let literal = format!("\"{key}\"");
            assert!(SOURCES.iter().any(|source| source.contains(&literal)), "{key} is used nowhere");
        }
    }

    #[test]
    fn every_kind_of_device_has_words_of_its_own() {
        for (key, file) in ["device-named", "bring-device"].into_iter().flat_map(|key| [(key, VI), (key, EN)]) {
            let message = file.split(&format!("\n{key} =")).nth(1).expect("the key is there");
            let message = &message[..message.find("\n    }").expect("it has forms")];
            for kind in DeviceKind::ALL {
                assert!(message.contains(&format!("[{}]", kind.as_str())), "{key} has no form for {kind}");
            }
        }
    }

    #[test]
    fn every_message_renders_in_both_languages_for_every_count_and_kind() {
        for (language, file) in [(Language::Vi, VI), (Language::En, EN)] {
            for (key, n, kind) in keys(file).into_iter().flat_map(|key| {
                [0, 1, 2, 1367].into_iter().flat_map(move |n| DeviceKind::ALL.iter().map(move |kind| (key, n, kind)))
            }) {
                let args = ["hall", "code", "area", "device", "address", "since", "ago", "ended", "duration", "names"]
                    .into_iter()
                    .chain([
                        "first",
                        "second",
                        "made",
                        "link",
                        "what",
                        "time",
                        "name",
                        "cause",
                        "suspected",
                        "subject",
                        "fact",
                        "bring",
                        "at",
                        "channel",
                        "rule",
                        "value",
                        "threshold",
                        "fault",
                        "hold",
                        "number",
                        "where",
                    ])
                    .fold(Args::new(), |args, name| args.text(name, format!("<{name}>")))
                    .text("kind", kind.as_str())
                    .choice("area", n)
                    .choice("hold", n)
                    .choice("number", n)
                    .choice("link", n)
                    .choice("suspected", n)
                    .count("behind", n, language)
                    .count("halls", n, language)
                    .count("devices", n, language)
                    .count("lasting", n, language)
                    .count("over", n, language)
                    .count("count", n, language);
                let text = WORDS.lookup_single_language(&language.id(), key, Some(&args.0));
                let text = text.unwrap_or_else(|error| panic!("{language} {key}: {error}"));
                assert!(!text.trim().is_empty() && !text.contains(['\u{2068}', '\u{2069}', '{', '$']), "{key}: {text}");
                assert_eq!(text.trim(), text, "{language} {key}");
            }
        }
    }

    #[test]
    fn numbers_are_written_as_readers_of_the_language_do() {
        for (n, vi, en) in [(0, "0", "0"), (37, "37", "37"), (999, "999", "999"), (1367, "1.367", "1,367")] {
            assert_eq!((Language::Vi.number(n).as_str(), Language::En.number(n).as_str()), (vi, en));
        }
        assert_eq!(Language::Vi.number(1_234_567), "1.234.567");
    }

    #[test]
    fn english_knows_one_from_many() {
        let say = |n| Language::En.say("unit-minutes", &Args::new().count("count", n, Language::En));
        assert_eq!((say(1).as_str(), say(2).as_str()), ("1 minute", "2 minutes"));
    }

    #[test]
    fn a_name_that_looks_like_a_placeholder_stays_a_name() {
        let args = Args::new().text("hall", "{ $code }").text("code", "dr-01");
        assert_eq!(Language::Vi.say("body-hall", &args), "Hội trường: { $code } (dr-01)");
    }

    #[test]
    fn languages_are_named_by_their_codes() {
        assert_eq!("en".parse(), Ok(Language::En));
        assert_eq!("fr".parse::<Language>().expect_err("not ours").to_string(), "\"fr\" is no language: vi or en");
    }
}
