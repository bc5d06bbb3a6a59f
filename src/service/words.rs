//! Sentences from `config/locales/`, with their placeholders filled in.

/// The sentence under `key` in the given locale (`vi` or `en`).
#[must_use]
pub fn say(locale: &str, key: &str, values: &[(&str, &str)]) -> String {
    let template = crate::_rust_i18n_translate(locale, key).into_owned();
    values.iter().fold(template, |text, (name, value)| text.replace(&format!("%{{{name}}}"), value))
}
