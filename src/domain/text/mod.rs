//! Text that people type: its limits, and how instants are written for people. How it is cleaned is
//! in `text::clean`.

mod clean;
mod differing;

use std::sync::LazyLock;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, SecondsFormat, TimeDelta, Utc};
use icu_collator::options::CollatorOptions;
use icu_collator::{Collator, CollatorBorrowed};
use icu_locale_core::locale;

use super::error::Invalid;
use clean::{clean_lines, is_unsafe};

pub use clean::{Cleanable, clean, fold, read, same_key, without_mark};
pub use differing::differing;

/// Longest name or title, in characters: a headline of a newspaper fits four times over.
pub const NAME_MAX: usize = 400;

/// Longest free text (reasons, answers), in characters.
pub const TEXT_MAX: usize = 20_000;

/// A name or title: cleaned ([`clean()`]), one line, not empty, without control characters.
///
/// # Errors
/// `required`, `control_characters` or `too_long`, on `field`.
pub fn name(field: &'static str, value: &str) -> Result<String, Invalid> {
    let value = clean(value);
    if value.is_empty() {
        return Err(Invalid::new(field, "required"));
    }
    if value.chars().any(is_unsafe) {
        return Err(Invalid::new(field, "control_characters"));
    }
    limited(field, value, NAME_MAX)
}

/// A name that may be left out; an empty one counts as left out.
///
/// # Errors
/// As [`name`], but for `required`.
pub fn optional_name(field: &'static str, value: Option<&str>) -> Result<Option<String>, Invalid> {
    match value.map(clean) {
        Some(value) if !value.is_empty() => name(field, &value).map(Some),
        _ => Ok(None),
    }
}

/// Free text of several lines: cleaned, not empty; line breaks, tabs and runs of spaces are kept,
/// other control characters refused.
///
/// # Errors
/// `required`, `control_characters` or `too_long`, on `field`.
pub fn paragraph(field: &'static str, value: &str) -> Result<String, Invalid> {
    let value = clean_lines(value);
    if value.is_empty() {
        return Err(Invalid::new(field, "required"));
    }
    if value
        .chars()
        .any(|c| is_unsafe(c) && !matches!(c, '\n' | '\r' | '\t'))
    {
        return Err(Invalid::new(field, "control_characters"));
    }
    limited(field, value, TEXT_MAX)
}

/// A mail address: one `@`, a dotted domain, no spaces, quotes or control characters, at most 254
/// octets (RFC 5321).
///
/// # Errors
/// `mail` on `field`.
pub fn mail(field: &'static str, value: &str) -> Result<String, Invalid> {
    let value = clean(value);
    let bad =
        || Invalid::new(field, "mail").with("value", value.chars().take(100).collect::<String>());
    let (local, domain) = value.rsplit_once('@').ok_or_else(bad)?;
    let local_ok = !local.is_empty()
        && local.len() <= 64
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c));
    let domain_ok = domain.contains('.')
        && domain.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        });
    if local_ok && domain_ok && value.len() <= 254 {
        Ok(value)
    } else {
        Err(bad())
    }
}

/// A code: lower-case letters, digits and hyphens, at most 100 characters; it stands in addresses
/// and files.
///
/// # Errors
/// `required` or `code` on `field`.
pub fn code(field: &'static str, value: &str) -> Result<String, Invalid> {
    let value = clean(value);
    if value.is_empty() {
        return Err(Invalid::new(field, "required"));
    }
    let ok = value.len() <= 100
        && value
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_'));
    if ok {
        Ok(value)
    } else {
        Err(Invalid::new(field, "code"))
    }
}

/// A code made of a name: what tells units of a kind apart, in small letters, `LĐLĐ tỉnh Bến Tre` =
/// `ldld-tinh-ben-tre`. Empty for a name without any letter or digit.
pub fn code_of(name: &str) -> String {
    let short = fold(name).replace("lien doan lao dong", "ldld");
    let code: String = slug(&short).chars().take(60).collect();
    code.trim_end_matches('-').to_owned()
}

/// The words of a text in small letters without diacritics, joined by dashes: `Xin gia hạn` =
/// `xin-gia-han`.
pub fn slug(text: &str) -> String {
    let folded = fold(text);
    let words = folded.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join("-")
}

/// The zone in which users read and write times (docs/DOMAIN.md, users).
pub const ZONE: chrono_tz::Tz = chrono_tz::Asia::Ho_Chi_Minh;

/// An instant on the users' clock. At the ends of what an instant can hold, where the clock would
/// run over, it stands still.
fn on_clock(at: DateTime<Utc>) -> DateTime<chrono_tz::Tz> {
    const A_DAY: TimeDelta = TimeDelta::days(1);
    let held = at.clamp(
        DateTime::<Utc>::MIN_UTC + A_DAY,
        DateTime::<Utc>::MAX_UTC - A_DAY,
    );
    held.with_timezone(&ZONE)
}

/// The users' local date at an instant.
pub fn local_date(at: DateTime<Utc>) -> NaiveDate {
    on_clock(at).date_naive()
}

/// Midnight at which a local date begins.
pub fn local_midnight(date: NaiveDate) -> DateTime<Utc> {
    use chrono::TimeZone as _;
    // the zone has no daylight saving time: every local time exists once
    ZONE.from_local_datetime(&date.and_time(NaiveTime::MIN))
        .earliest()
        .map_or_else(|| date.and_time(NaiveTime::MIN).and_utc(), |at| at.to_utc())
}

/// An instant as users read it: `16:00 20/11/2026`.
pub fn local_time(at: DateTime<Utc>) -> String {
    on_clock(at).format("%H:%M %d/%m/%Y").to_string()
}

/// A due instant as users read it: midnight is 24:00 of the day that ends.
pub fn local_due(due: DateTime<Utc>) -> String {
    let local = on_clock(due);
    match local.date_naive().pred_opt() {
        Some(day) if local.time() == NaiveTime::MIN => day.format("24:00 %d/%m/%Y").to_string(),
        _ => local_time(due),
    }
}

/// An instant in the users' zone.
pub fn local(at: DateTime<Utc>) -> DateTime<FixedOffset> {
    on_clock(at).fixed_offset()
}

/// An instant as replies write it: RFC 3339 in the users' zone, `2026-11-20T16:00:00+07:00`.
pub fn rfc3339(at: DateTime<Utc>) -> String {
    on_clock(at).to_rfc3339_opts(SecondsFormat::AutoSi, false)
}

/// [`rfc3339`] for `#[serde(serialize_with = …)]`.
///
/// # Errors
/// Those of the serializer.
pub fn serialize_instant<S: serde::Serializer>(
    at: &DateTime<Utc>,
    to: S,
) -> Result<S::Ok, S::Error> {
    to.serialize_str(&rfc3339(*at))
}

/// What the database sorts names by: the key of the Vietnamese collation (đ after d, tones after
/// letters) as hexadecimal text, which compares like its bytes on every database.
pub fn sort_key(name: &str) -> String {
    use std::fmt::Write as _;
    static COLLATOR: LazyLock<Option<CollatorBorrowed<'static>>> =
        LazyLock::new(|| Collator::try_new(locale!("vi").into(), CollatorOptions::default()).ok());
    let mut key = Vec::new();
    let written = COLLATOR
        .as_ref()
        .map(|collator| collator.write_sort_key_to(name, &mut key));
    if written.is_none() {
        // without its data, which is compiled in, names would still sort without their diacritics
        key = fold(name).into_bytes();
    }
    key.iter()
        .fold(String::with_capacity(key.len() * 2), |mut text, byte| {
            let _never_fails = write!(text, "{byte:02x}");
            text
        })
}

fn limited(field: &'static str, value: String, max: usize) -> Result<String, Invalid> {
    if value.chars().count() > max {
        return Err(Invalid::new(field, "too_long").with("max", max));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_as_in_a_vietnamese_dictionary() {
        let mut names = [
            "Đức Hòa",
            "Dĩ An",
            "Dương Minh Châu",
            "Ba Tri",
            "Bà Rịa",
            "Ân Thi",
            "An Lão",
            "Ănh",
        ];
        names.sort_by_key(|name| sort_key(name));
        assert_eq!(
            names,
            [
                "An Lão",
                "Ănh",
                "Ân Thi",
                "Bà Rịa",
                "Ba Tri",
                "Dĩ An",
                "Dương Minh Châu",
                "Đức Hòa"
            ]
        );
    }

    #[test]
    fn names_with_control_characters_are_refused() {
        for bad in ["a\r\nBcc: b", "a\0b", "a\u{1b}[31m", "a\u{202e}b"] {
            assert_eq!(
                name("name", bad).unwrap_err().code,
                "control_characters",
                "{bad:?}"
            );
        }
        assert_eq!(name("name", "  ").unwrap_err().code, "required");
        assert_eq!(
            name("name", "\u{2060} \u{ad}").unwrap_err().code,
            "required"
        );
        assert_eq!(name("name", " Ba\u{a0}Tri ").unwrap(), "Ba Tri");
        assert_eq!(code("code", "ba-tri\u{a0}").unwrap(), "ba-tri");
        assert_eq!(mail("mail", "\u{200b}a@b.example").unwrap(), "a@b.example");
        assert_eq!(
            paragraph("reason", " a\u{a0}\n\u{200b}b ").unwrap(),
            "a \nb"
        );
    }

    #[test]
    fn a_code_is_made_of_any_name() {
        assert_eq!(code_of("2 tin mỗi tháng"), "2-tin-moi-thang");
        assert_eq!(code_of(" Đại hội (lần 1) "), "dai-hoi-lan-1");
        assert_eq!(code_of("…"), "");
        let long = code_of(&"tin ".repeat(100));
        assert!(long.len() <= 60 && code("code", &long).is_ok(), "{long}");
    }

    #[test]
    fn mail_addresses_are_plain() {
        assert!(mail("mail", "ba-tri@ben-tre.example").is_ok());
        for bad in [
            "x",
            "a@b",
            "a b@c.example",
            "a@c.example\r\nBcc: d@e.example",
            "@c.example",
            "a@-c.example",
            "\"a\"@c.example",
        ] {
            assert!(mail("mail", bad).is_err(), "{bad:?}");
        }
    }
}
