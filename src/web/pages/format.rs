//! How names, numbers and instants are written on pages, in both languages. Templates reach all of
//! it through [`Layout`](super::layout::Layout).

use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Utc};
use icu_decimal::DecimalFormatter;
use icu_decimal::input::Decimal;
use icu_locale_core::locale;

use crate::domain::preference::Lang;
use crate::domain::text::{local_date, local_due, local_time};
pub use crate::domain::unit::short_name;
use crate::domain::words::say;

/// A sentence in parts, each with whether it is one of `names`, which people wrote.
pub fn marked<'t>(text: &'t str, names: &[String]) -> Vec<(&'t str, bool)> {
    let first = |text: &str| {
        let found = names.iter().filter(|name| !name.is_empty());
        let found = found.filter_map(|name| Some((text.find(name.as_str())?, name.len())));
        // of names that begin at one place, the longest
        found.min_by_key(|(at, length)| (*at, usize::MAX - length))
    };
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some((at, length)) = first(rest) {
        let (before, from) = rest.split_at(at);
        let (name, after) = from.split_at(length);
        parts.push((before, false));
        parts.push((name, true));
        rest = after;
    }
    parts.push((rest, false));
    parts.retain(|(part, _)| !part.is_empty());
    parts
}

/// A date: `20/11/2026`.
pub fn date(date: NaiveDate) -> String {
    date.format("%d/%m/%Y").to_string()
}

/// A date with its weekday: `T6 20/11/2026`, `Fri 20/11/2026`.
pub fn weekday_date(lang: Lang, on: NaiveDate) -> String {
    format!("{} {}", weekday(lang, on), date(on))
}

/// The short name of a weekday: `T2` to `T7` and `CN`, `Mon` to `Sun`.
pub fn weekday(lang: Lang, on: NaiveDate) -> String {
    let day = on.weekday().to_string().to_lowercase();
    say(lang.locale(), &format!("pages.weekday.{day}"), &[])
}

/// A due instant as short as `now` allows: the time alone today, without the year in this year;
/// midnight is 24:00 of the day that ends.
pub fn due(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    shortened(&local_due(at), now)
}

/// When something happened, as short as today allows: `16:00`, `00:00 25/11`. It has no 24:00, which
/// belongs to deadlines.
pub fn short_time(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    shortened(&local_time(at), now)
}

/// A time and a date without the date of today, or without this year.
fn shortened(whole: &str, now: DateTime<Utc>) -> String {
    let today = local_date(now);
    let without_year = whole.strip_suffix(&today.format("/%Y").to_string());
    let without_day = whole.strip_suffix(&today.format(" %d/%m/%Y").to_string());
    without_day.or(without_year).unwrap_or(whole).to_owned()
}

/// What is left until a due instant, by the clock: `còn 40 phút`; or how long ago it was.
pub fn left(lang: Lang, at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let (key, span) = match at > now {
        true => ("pages.left.left", at - now),
        false => ("pages.left.ago", now - at),
    };
    say(lang.locale(), key, &[("span", &self::span(lang, span))])
}

/// A span in its two largest units: `40 phút`, `2 giờ 5 phút`, `3 ngày`.
pub fn span(lang: Lang, span: TimeDelta) -> String {
    let unit = |unit: &str, n: i64| {
        let key = match n {
            1 => format!("pages.span.{unit}.one"),
            _ => format!("pages.span.{unit}.other"),
        };
        say(lang.locale(), &key, &[("n", &number(lang, n))])
    };
    let minutes = span.num_minutes();
    match (minutes / 1440, minutes / 60 % 24, minutes % 60) {
        (0, 0, 0) => say(lang.locale(), "pages.span.moment", &[]),
        (0, 0, minutes) => unit("minute", minutes),
        (0, hours, 0) => unit("hour", hours),
        (0, hours, minutes) => format!("{} {}", unit("hour", hours), unit("minute", minutes)),
        (days, hours, _) if days < 2 && hours > 0 => {
            format!("{} {}", unit("day", days), unit("hour", hours))
        }
        (days, ..) => unit("day", days),
    }
}

/// A whole number with its groups: `1.234` in Vietnamese, `1,234` in English.
pub fn number(lang: Lang, number: i64) -> String {
    decimal(lang, Decimal::from(number))
}

/// A number that is written with a point (`81.25`), as people read it: `81,25`, `81.25`.
pub fn number_text(lang: Lang, number: &str) -> String {
    match number.parse::<Decimal>() {
        Ok(number) => decimal(lang, number),
        Err(_) => number.to_owned(),
    }
}

fn decimal(lang: Lang, number: Decimal) -> String {
    let locale = match lang {
        Lang::Vi => locale!("vi"),
        Lang::En => locale!("en"),
    };
    match DecimalFormatter::try_new(locale.into(), Default::default()) {
        Ok(formatter) => formatter.format(&number).to_string(),
        Err(_) => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_a_sentence_are_marked() {
        let names = ["tin", "tin nhanh", ""].map(str::to_owned);
        let text = "nothing missed of tin nhanh or tin quotas";
        let parts = [
            ("nothing missed of ", false),
            ("tin nhanh", true),
            (" or ", false),
            ("tin", true),
            (" quotas", false),
        ];
        assert_eq!(marked(text, &names), parts);
        assert_eq!(marked("tin", &names), [("tin", true)]);
        assert_eq!(marked("none", &names), [("none", false)]);
    }
}
