//! Languages of the pages: Vietnamese first, English second. Words live in `controller/messages/*/*.ftl` (Fluent), and
//! both languages have the same keys.

use std::borrow::Cow;
use std::collections::HashMap;

use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, langid};

mod words {
    #![expect(
        clippy::disallowed_methods,
        reason = "the macro's own code lists the languages, in no order that matters"
    )]

    fluent_templates::static_loader! {
        pub(super) static WORDS = {
            locales: "messages",
            fallback_language: "vi",
            // The marks that Fluent puts around values against mixed writing directions would end up in copied text.
            // Device text has lost its bidirectional controls when it was read.
            customise: |bundle| bundle.set_use_isolating(false),
        };
    }
}

const VI: LanguageIdentifier = langid!("vi");
const EN: LanguageIdentifier = langid!("en");

/// The cookie that remembers the choice.
pub const COOKIE: &str = "lang";

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Language {
    /// Vietnamese, the default.
    #[default]
    Vi,
    /// English.
    En,
}

impl From<notify::Language> for Language {
    fn from(language: notify::Language) -> Self {
        match language {
            notify::Language::Vi => Language::Vi,
            notify::Language::En => Language::En,
        }
    }
}

impl From<Language> for notify::Language {
    fn from(language: Language) -> Self {
        match language {
            Language::Vi => notify::Language::Vi,
            Language::En => notify::Language::En,
        }
    }
}

impl Language {
    /// Every language, the default first.
    pub const ALL: [Language; 2] = [Language::Vi, Language::En];

    /// The language a request is answered in: the one asked for by `?lang=`, else the one the cookie remembers, else
    /// `otherwise`. What is neither `vi` nor `en` counts as not said. What the browser prefers is not asked: these are
    /// pages for Vietnamese halls, read on phones that were set up in a shop.
    pub fn choose(query: Option<&str>, cookie: Option<&str>, otherwise: Language) -> Language {
        query.and_then(Language::of_code).or_else(|| cookie.and_then(Language::of_code)).unwrap_or(otherwise)
    }

    /// The language of a code.
    pub fn of_code(code: &str) -> Option<Language> {
        Language::ALL.into_iter().find(|language| language.code() == code)
    }

    /// `vi` or `en`: the value of `?lang=`, of the cookie and of `<html lang>`.
    pub fn code(self) -> &'static str {
        match self {
            Language::Vi => "vi",
            Language::En => "en",
        }
    }

    /// What the language calls itself.
    pub fn own_name(self) -> &'static str {
        match self {
            Language::Vi => "Tiếng Việt",
            Language::En => "English",
        }
    }

    /// The `Set-Cookie` value that remembers this language for a year. Send it when a request came with `?lang=`.
    pub fn cookie(self) -> String {
        format!("{COOKIE}={}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly", self.code())
    }

    /// The words of `key`.
    pub fn t(self, key: &str) -> String {
        self.words(key, &[])
    }

    /// The words of `key` with one value in them.
    pub fn t1<'a>(self, key: &str, name: &'static str, value: impl Into<FluentValue<'a>>) -> String {
        self.words(key, &[(name, value.into())])
    }

    /// The words of `key` with two values in them.
    pub fn t2<'a>(
        self,
        key: &str,
        name: &'static str,
        value: impl Into<FluentValue<'a>>,
        name2: &'static str,
        value2: impl Into<FluentValue<'a>>,
    ) -> String {
        self.words(key, &[(name, value.into()), (name2, value2.into())])
    }

    /// The words of `key` for a number of things: `$n` chooses the plural form, `$count` is the number as it is
    /// written in this language.
    pub fn n(self, key: &str, n: usize) -> String {
        let count = super::format::number(self, n as f64, 0);
        self.words(key, &[("n", FluentValue::from(n)), ("count", FluentValue::from(count))])
    }

    /// A key that is missing shows itself: tests see to it that none is.
    fn words(self, key: &str, values: &[(&'static str, FluentValue<'_>)]) -> String {
        let id = match self {
            Language::Vi => &VI,
            Language::En => &EN,
        };
        let arguments: Option<HashMap<Cow<'static, str>, FluentValue<'_>>> = (!values.is_empty())
            .then(|| values.iter().map(|(name, value)| (Cow::Borrowed(*name), value.clone())).collect());
        words::WORDS.lookup_single_language(id, key, arguments.as_ref()).unwrap_or_else(|_| key.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::store::AuditAction;

    fn files(dir: &Path, extension: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                found.extend(files(&path, extension));
            } else if path.extension().is_some_and(|end| end == extension) {
                found.push(path);
            }
        }
        found.sort();
        found
    }

    fn crate_dir() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR"))
    }

    /// Key -> the values it takes.
    fn keys(language: Language) -> BTreeMap<String, BTreeSet<String>> {
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut current = String::new();
        for path in files(&crate_dir().join("messages").join(language.code()), "ftl") {
            for line in std::fs::read_to_string(&path).unwrap().lines() {
                if let Some((key, _)) =
                    line.split_once('=').filter(|_| line.starts_with(|c: char| c.is_ascii_lowercase()))
                {
                    current = key.trim().to_owned();
                    assert!(found.insert(current.clone(), BTreeSet::new()).is_none(), "{current} is there twice");
                }
                for value in line.split('$').skip(1) {
                    let name: String = value.chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
                    // The number that chooses a plural form is not shown by languages that have only one.
                    if name != "n" {
                        found.get_mut(&current).unwrap().insert(name);
                    }
                }
            }
        }
        found
    }

    /// Templates and code, without their tests.
    fn sources() -> String {
        let rust = files(&crate_dir().join("src/web"), "rs").into_iter().map(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            text.split("#[cfg(test)]\nmod tests").next().unwrap().to_owned()
        });
        let html = files(&crate_dir().join("templates"), "html")
            .into_iter()
            .map(|path| std::fs::read_to_string(path).unwrap());
        rust.chain(html).collect()
    }

    /// The literal first arguments of calls of `t`, `t1`, `t2` and `n`.
    fn literal_keys(source: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for call in [".t(\"", ".t1(\"", ".t2(\"", ".n(\""] {
            for rest in source.split(call).skip(1) {
                found.insert(rest.split('"').next().unwrap().to_owned());
            }
        }
        found
    }

    #[test]
    fn both_languages_have_the_same_keys_with_the_same_values() {
        assert_eq!(keys(Language::Vi), keys(Language::En));
    }

    #[test]
    fn every_key_that_is_used_exists() {
        let known = keys(Language::Vi);
        for key in literal_keys(&sources()) {
            assert!(known.contains_key(&key), "{key} is used and nowhere defined");
        }
    }

    #[test]
    fn every_key_is_used_somewhere() {
        let source = sources();
        // The words of actions are put together from the words of the records.
        let actions =
            AuditAction::ALL.iter().map(|action| format!("audit-action-{}", action.as_str().replace('.', "-")));
        let actions: Vec<String> = actions.collect();
        for key in keys(Language::Vi).keys().filter(|key| !actions.contains(key)) {
            assert!(source.contains(&format!("\"{key}\"")), "{key} is defined and nowhere used");
        }
    }

    #[test]
    fn every_key_has_words_in_both_languages() {
        for language in Language::ALL {
            for (key, values) in keys(language) {
                let values: Vec<(&'static str, FluentValue<'_>)> = values
                    .into_iter()
                    .map(|name| (&*Box::leak(name.into_boxed_str()), FluentValue::from("x")))
                    .chain([("n", FluentValue::from(2))])
                    .collect();
                let words = language.words(&key, &values);
                assert!(words != key && !words.contains('{'), "{key} in {}: {words}", language.code());
            }
        }
    }

    #[test]
    fn the_query_wins_over_the_cookie_and_nonsense_is_not_heard() {
        assert_eq!(Language::choose(Some("en"), Some("vi"), Language::Vi), Language::En);
        assert_eq!(Language::choose(Some("<script>"), Some("en"), Language::Vi), Language::En);
        assert_eq!(Language::choose(None, Some("fr"), Language::Vi), Language::Vi);
        assert_eq!(Language::choose(None, None, Language::Vi), Language::Vi);
    }
}
