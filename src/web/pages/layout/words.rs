//! What templates say: sentences, names, numbers and instants, in the reader's language.

use std::fmt::Display;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::{Layout, Theirs};
use crate::domain::access::{ActorId, shown_actor};
use crate::domain::left::WorkingLeft;
use crate::domain::obligation::{Standing, State};
use crate::domain::preference::Lang;
use crate::domain::text::{ZONE, local_time};
use crate::domain::words::say;
use crate::service::obligations::standings::ObligationView;
use crate::web::pages::list::Pager;
use crate::web::pages::{assets, format};

/// A text, and whose words it is.
pub struct Said {
    /// What is shown.
    pub text: String,
    /// Whether people wrote it, in Vietnamese.
    pub theirs: bool,
}

impl Said {
    /// A text of the locale files, or a number.
    pub fn ours(text: String) -> Self {
        let theirs = false;
        Self { text, theirs }
    }

    /// A text that people wrote.
    pub fn theirs(text: impl Into<String>) -> Self {
        let (text, theirs) = (text.into(), true);
        Self { text, theirs }
    }
}

impl Layout {
    /// The sentence under a key, in the reader's language.
    pub fn say(&self, key: impl AsRef<str>) -> String {
        say(self.lang.locale(), key.as_ref(), &[])
    }

    /// The sentence under a key, with one value filled in.
    pub fn say_with(&self, key: impl AsRef<str>, name: &str, value: impl Display) -> String {
        let value = value.to_string();
        say(self.lang.locale(), key.as_ref(), &[(name, &value)])
    }

    /// The sentence under a key, with values filled in.
    pub fn say_all(&self, key: impl AsRef<str>, values: &[(&str, String)]) -> String {
        let values: Vec<(&str, &str)> = values
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        say(self.lang.locale(), key.as_ref(), &values)
    }

    /// The sentence under a key, with two values filled in.
    pub fn say_two(
        &self,
        key: impl AsRef<str>,
        one: (&str, impl Display),
        two: (&str, impl Display),
    ) -> String {
        let (first, second) = (one.1.to_string(), two.1.to_string());
        let values = [(one.0, first.as_str()), (two.0, second.as_str())];
        say(self.lang.locale(), key.as_ref(), &values)
    }

    /// Who did something, as the trail keeps it: the name of a person or a token, or what the program
    /// and its command line are called.
    pub fn actor(&self, kept: &str) -> Said {
        let name = shown_actor(kept);
        match name.parse() {
            Ok(ActorId::System | ActorId::Cli | ActorId::Anonymous) => {
                Said::ours(actor_name(self.lang.locale(), name))
            }
            _ => Said::theirs(name),
        }
    }

    /// An instant as people read it: `16:00 20/11/2026`.
    pub fn time(&self, at: &DateTime<Utc>) -> String {
        local_time(*at)
    }

    /// An instant for the `datetime` of an element.
    pub fn machine_time(&self, at: &DateTime<Utc>) -> String {
        at.with_timezone(&ZONE)
            .format("%Y-%m-%dT%H:%M:%S%:z")
            .to_string()
    }

    /// A due instant as short as today allows: `16:00`, `09:00 25/11`, `24:00 31/01/2027`.
    pub fn due(&self, at: &DateTime<Utc>) -> String {
        format::due(*at, self.now)
    }

    /// When something happened, as short as today allows: `16:00`, `00:00 25/11`.
    pub fn short_time(&self, at: &DateTime<Utc>) -> String {
        format::short_time(*at, self.now)
    }

    /// What is left until an instant, by the clock, or how long ago it was.
    pub fn left(&self, at: &DateTime<Utc>) -> String {
        format::left(self.lang, *at, self.now)
    }

    /// What is left until something is due, in working time where people count in it:
    /// `còn 8 giờ làm việc`. Empty for what is settled.
    pub fn time_left(&self, work: &ObligationView) -> String {
        match work.working_left {
            _ if work.state != State::Open => String::new(),
            Some(WorkingLeft::Minutes(minutes)) => {
                let span = format::span(self.lang, TimeDelta::minutes(minutes));
                self.say_with("pages.left.working", "span", span)
            }
            Some(WorkingLeft::Days(days)) => {
                self.say_with("pages.left.working_days", "n", self.number(days))
            }
            None => self.left(&work.due_at.to_utc()),
        }
    }

    /// A date: `20/11/2026`.
    pub fn date(&self, on: &NaiveDate) -> String {
        format::date(*on)
    }

    /// A date with its weekday: `T6 20/11/2026`.
    pub fn weekday_date(&self, on: &NaiveDate) -> String {
        format::weekday_date(self.lang, *on)
    }

    /// A number that the program writes with a point: `1234` is `1.234`, `81.25` is `81,25`.
    pub fn number(&self, number: impl Display) -> String {
        format::number_text(self.lang, &number.to_string())
    }

    /// Which rows a page of a list shows: `1–100 trong 412`.
    pub fn of_total(&self, pager: &Pager) -> String {
        let rows = format!("{}–{}", self.number(pager.from), self.number(pager.to));
        let total = self.number(pager.total);
        self.say_two("pages.layout.of_total", ("rows", rows), ("total", total))
    }

    /// How many rows of a list that is cut are shown.
    pub fn first_of(&self, shown: &usize, total: &usize) -> String {
        let (shown, total) = (self.number(shown), self.number(total));
        self.say_two("pages.layout.first_of", ("n", shown), ("total", total))
    }

    /// Who saved what stands beside a form, and when.
    pub fn saved_by(&self, theirs: &Theirs) -> String {
        let at = self.time(&theirs.at);
        self.say_two("pages.layout.conflict.text", ("by", &theirs.by), ("at", at))
    }

    /// A unit's name in tables.
    pub fn short(&self, name: &str) -> String {
        format::short_name(name)
    }

    /// The words of a standing.
    pub fn standing(&self, standing: &Standing) -> String {
        self.say(format!("obligation.standing.{standing}"))
    }

    /// The letter of a standing.
    pub fn letter(&self, standing: &Standing) -> String {
        self.say(format!("pages.letter.{standing}"))
    }

    /// Every standing, in the order of the legend.
    pub fn standings(&self) -> &'static [Standing] {
        Standing::ALL
    }

    /// The address of a file of pages, by its content.
    pub fn asset(&self, name: &str) -> String {
        assets::address(name)
    }

    /// The name of the reader's language.
    pub fn locale(&self) -> &'static str {
        self.lang.locale()
    }

    /// The reader's language.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// The name of the other language, which the switch offers.
    pub(in crate::web::pages) fn other_locale(&self) -> &'static str {
        self.lang.other().locale()
    }

    /// What was done before, in words.
    pub(in crate::web::pages) fn notice_text(&self) -> Option<String> {
        let notice = self.notice.as_ref()?;
        let [done, skipped] = notice.numbers();
        Some(self.say_two(notice.key(), done, skipped))
    }

    /// Where the step before can be taken back, and for which ids.
    pub(in crate::web::pages) fn undo(&self) -> Option<(&'static str, &[i64])> {
        self.notice.as_ref()?.undo()
    }
}

/// [`Layout::actor`] as a text, also in files.
pub fn actor_name(locale: &str, kept: &str) -> String {
    let name = shown_actor(kept);
    match name.parse() {
        Ok(ActorId::System | ActorId::Cli | ActorId::Anonymous) => {
            say(locale, &format!("pages.actor.{name}"), &[])
        }
        _ => name.to_owned(),
    }
}
