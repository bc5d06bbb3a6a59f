//! One spelling for text that people type, paste or export: what looks equal is equal before it is
//! checked, compared or stored.
//!
//! Spreadsheets and word processors write no-break spaces, invisible characters, decomposed letters
//! and letters of other alphabets that look like the Vietnamese ones. [`clean`] removes these
//! differences; [`same_key`] and [`fold`] also remove those of case, dashes and quotation marks, for
//! comparing.

use serde::de::{Deserialize, Deserializer};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// The text without a byte order mark, which Windows editors write before it.
pub fn without_mark(mut text: String) -> String {
    if text.starts_with('\u{feff}') {
        text.remove(0);
    }
    text
}

/// One line of text: without invisible characters, in NFC, every white space a single space, none
/// at the ends, and Ð (U+00D0) and Ɖ (U+0189) written Đ (U+0110). Cleaning twice changes nothing
/// more.
///
/// Control characters inside, line breaks among them, are kept: a name with them is refused rather
/// than joined.
pub fn clean(value: &str) -> String {
    let spelled = spelled(value);
    let mut cleaned = String::with_capacity(spelled.len());
    for c in spelled.trim().chars() {
        if c != ' ' || !cleaned.ends_with(' ') {
            cleaned.push(c);
        }
    }
    cleaned
}

/// The same for text of several lines, in which spaces may stand side by side.
pub(super) fn clean_lines(value: &str) -> String {
    spelled(value).trim().to_owned()
}

fn spelled(value: &str) -> String {
    let visible = value.chars().filter(|c| !is_invisible(*c));
    visible.map(spelling).nfc().collect()
}

fn spelling(c: char) -> char {
    match c {
        'Ð' | 'Ɖ' => 'Đ',
        'ð' | 'ɖ' => 'đ',
        c if c.is_whitespace() && !is_unsafe(c) => ' ',
        c => c,
    }
}

/// What two names have in common that differ only in spelling: [`clean`], lower case, one kind of
/// dash and of quotation mark. Diacritics count.
pub fn same_key(value: &str) -> String {
    let lower: String = clean(value).chars().flat_map(char::to_lowercase).collect();
    clean(&lower.chars().map(level).collect::<String>())
}

/// The form that searches compare: as [`same_key`], and without Vietnamese diacritics, đ as d.
pub fn fold(value: &str) -> String {
    let bare: String = value
        .nfd()
        .flat_map(char::to_lowercase)
        .filter(|c| !is_combining_mark(*c))
        .map(level)
        .map(|c| {
            if matches!(c, 'đ' | 'ð' | 'ɖ') {
                'd'
            } else {
                c
            }
        })
        .collect();
    clean(&bare)
}

/// One character for all white space, all dashes, all single and all double quotation marks.
fn level(c: char) -> char {
    match c {
        '\u{2010}'..='\u{2015}'
        | '\u{2043}'
        | '\u{2212}'
        | '\u{fe58}'
        | '\u{fe63}'
        | '\u{ff0d}' => '-',
        '\u{2018}'..='\u{201b}'
        | '\u{2039}'
        | '\u{203a}'
        | '\u{2032}'
        | '\u{2bc}'
        | '\u{ff07}'
        | '`'
        | '\u{b4}' => '\'',
        '\u{201c}'..='\u{201f}' | '\u{ab}' | '\u{bb}' | '\u{2033}' | '\u{ff02}' => '"',
        c if c.is_whitespace() => ' ',
        c => c,
    }
}

/// Control characters, and the marks that reverse or split what a reader sees.
pub(super) fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Characters that a reader does not see and that a keyboard does not write: soft hyphens, joiners,
/// byte order marks, fillers, variation selectors, tags.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2065}'
        | '\u{206a}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// A value made of texts that can be cleaned.
pub trait Cleanable {
    /// The same, every text cleaned.
    #[must_use]
    fn cleaned(self) -> Self;
}

impl Cleanable for String {
    fn cleaned(self) -> Self {
        clean(&self)
    }
}

impl<T: Cleanable> Cleanable for Option<T> {
    fn cleaned(self) -> Self {
        self.map(T::cleaned)
    }
}

impl<T: Cleanable> Cleanable for Vec<T> {
    fn cleaned(self) -> Self {
        self.into_iter().map(T::cleaned).collect()
    }
}

/// [`clean`] for `#[serde(deserialize_with = …)]`: for names and codes that are compared before a
/// check of their own returns them cleaned.
///
/// # Errors
/// Those of the deserializer.
pub fn read<'de, T: Deserialize<'de> + Cleanable, D: Deserializer<'de>>(
    from: D,
) -> Result<T, D::Error> {
    T::deserialize(from).map(T::cleaned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_looks_equal_is_equal() {
        for written in [
            "Cụm\u{a0}miền núi",
            "Cụm  miền núi ",
            "\u{feff}Cụm miền\u{202f}núi",
            "Cụm mi\u{200b}ền núi",
            "Cu\u{323}m miền nu\u{301}i",
        ] {
            assert_eq!(clean(written), "Cụm miền núi", "{written:?}");
        }
        assert_eq!(clean("Ðà Nẵng, Ɖà Nẵng, ðà"), "Đà Nẵng, Đà Nẵng, đà");
        assert_eq!(clean("\u{2060} \u{ad}"), "");
        assert_eq!(clean("một\nhai"), "một\nhai");
    }

    #[test]
    fn searching_finds_names_typed_without_diacritics() {
        assert_eq!(
            fold("Liên đoàn Lao động huyện Giồng Trôm"),
            "lien doan lao dong huyen giong trom"
        );
        for name in [
            "ĐỒNG KHỞI",
            "ÐỒNG\u{a0}KHỞI",
            "Ɖồng \t khởi",
            "ðo\u{302}\u{300}ng khởi",
        ] {
            assert_eq!(fold(name), "dong khoi", "{name}");
        }
        assert_eq!(fold("“Tổ chức – Kiểm tra”"), "\"to chuc - kiem tra\"");
    }

    #[test]
    fn a_key_keeps_diacritics() {
        assert_eq!(
            same_key("CỤM 1 – Miền\u{a0}núi"),
            same_key("Cụm 1 - miền núi")
        );
        assert_ne!(same_key("Cụm Bà Rịa"), same_key("Cụm Ba Rịa"));
    }

    /// The same text as another program may write it.
    fn disguised(text: &str, ways: &[u8]) -> String {
        let mut ways = ways.iter().cycle();
        let mut way = || ways.next().copied().unwrap_or_default();
        let mut written = String::new();
        for c in text.chars() {
            match (c, way() % 4) {
                (' ', 0) => written.push('\u{a0}'),
                (' ', 1) => written.push_str(" \u{2009} "),
                ('Đ', 0) => written.push('Ð'),
                ('Đ', 1) => written.push('Ɖ'),
                (c, 2) => written.extend(std::iter::once(c).nfd()),
                (c, 3) => written.extend(['\u{200b}', c, '\u{2060}']),
                (c, _) => written.push(c),
            }
        }
        written
    }

    /// Any text, and with more of those characters that cleaning is about.
    fn texts() -> impl Strategy<Value = String> {
        let marked = proptest::string::string_regex(
            "[ \u{a0}\u{200b}\u{301}\u{323}\u{1b}\n\tÐƉđaơêỆİ–”\u{feff}\u{ad}\u{1100}\u{1161}]{0,12}",
        );
        prop_oneof![any::<String>(), marked.unwrap()]
    }

    proptest! {
        #[test]
        fn cleaning_again_changes_nothing(text in texts()) {
            for form in [clean, clean_lines, same_key, fold] {
                let once = form(&text);
                prop_assert_eq!(form(&once), once.clone(), "{:?}", text);
            }
        }

        #[test]
        fn texts_that_look_alike_are_one(text in "[A-Za-zĐđÂâƠơệữ0-9 -]{0,20}", ways in prop::collection::vec(any::<u8>(), 1..20)) {
            let other = disguised(&text, &ways);
            prop_assert_eq!(clean(&text), clean(&other));
            prop_assert_eq!(same_key(&text), same_key(&other));
            prop_assert_eq!(fold(&text), fold(&other));
        }
    }
}
