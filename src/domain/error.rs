//! What is wrong with an input, in a form every door (HTTP, command line, CSV import) can show.
//!
//! [`Invalid`] names the field and carries a code; the sentence that people read, with the mend,
//! lives in `config/locales/*.yml` under `error.<code>`, in Vietnamese and English. Use it for
//! everything that the caller can mend. What the caller cannot mend (a broken database, a full
//! disk) is the store's own error.

use std::borrow::Cow;
use std::fmt;

use super::words;

/// One fault of an input: where it is, which fault, and the values that its sentence mentions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// Path of the field in the input, dotted (`subject.units`, `row 12.name`); empty if the whole
    /// input is at fault.
    pub field: Cow<'static, str>,
    /// Key of the sentence below `error.` in the locale files.
    pub code: &'static str,
    /// Values for the sentence's `%{name}` placeholders.
    pub args: Vec<(&'static str, String)>,
    /// Values that are words: their keys in the locale files.
    pub words: Vec<(&'static str, String)>,
}

impl Invalid {
    /// A fault of `field` whose sentence is `error.<code>`.
    pub fn new(field: impl Into<Cow<'static, str>>, code: &'static str) -> Self {
        Self {
            field: field.into(),
            code,
            args: Vec::new(),
            words: Vec::new(),
        }
    }

    /// Adds a value for the sentence.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.args.push((name, value.to_string()));
        self
    }

    /// Adds a word for the sentence, which is said in the language of the sentence.
    #[must_use]
    pub fn with_word(mut self, name: &'static str, key: impl Into<String>) -> Self {
        self.words.push((name, key.into()));
        self
    }

    /// The same fault, seen from the outside: `row 12` + `name` = `row 12.name`.
    #[must_use]
    pub fn within(mut self, outer: &str) -> Self {
        self.field = if self.field.is_empty() {
            Cow::Owned(outer.to_owned())
        } else {
            Cow::Owned(format!("{outer}.{}", self.field))
        };
        self
    }

    /// The sentence in the given locale (`vi` or `en`), placeholders filled in.
    pub fn message(&self, locale: &str) -> String {
        let words: Vec<(&str, String)> = self
            .words
            .iter()
            .map(|(name, key)| (*name, words::say(locale, key, &[])))
            .collect();
        let values: Vec<(&str, &str)> = (self.args.iter().chain(&words))
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        words::say(locale, &format!("error.{}", self.code), &values)
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field.is_empty() {
            f.write_str(&self.message("vi"))
        } else {
            write!(f, "{}: {}", self.field, self.message("vi"))
        }
    }
}

impl std::error::Error for Invalid {}
