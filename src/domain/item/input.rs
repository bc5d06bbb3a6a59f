//! What a request says about an item, and the checks of its fields.

use chrono::{DateTime, NaiveDate, SubsecRound, Utc};
use serde::Deserialize;

use super::Channel;
use crate::domain::error::Invalid;
use crate::domain::event::EventText;
use crate::domain::field::Field;
use crate::domain::ids::{EventId, PersonId, UnitId};
use crate::domain::text;
use crate::domain::unit::{note, present};

/// An instant at which something really arrived, said by an editor.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Arrival {
    /// The instant, with offset; it counts in whole seconds.
    #[serde(deserialize_with = "crate::domain::years::read")]
    pub at: DateTime<Utc>,
    /// Where that is known from; kept in the audit trail.
    pub reason: String,
}

/// An item to be handed in, as asked for; checked by [`NewItem::checked`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewItem {
    /// The unit that hands it in.
    pub unit_id: UnitId,
    /// Code of its kind: `tin`, `bai`…
    pub kind: String,
    /// Its headline.
    pub title: String,
    /// The field that it belongs to.
    pub field: Option<Field>,
    /// Where it can be read.
    pub url: Option<String>,
    /// Its text.
    pub body: Option<String>,
    /// How it came.
    #[serde(default)]
    pub channel: Channel,
    /// The people who wrote it; absent: the contributor who hands it in.
    #[serde(default)]
    pub authors: Option<Vec<PersonId>>,
    /// The registered event that it reports.
    pub event_id: Option<EventId>,
    /// The event that it reports and that nobody registered: this registers it.
    pub event: Option<EventText>,
    /// Local date of what it reports.
    #[serde(default, deserialize_with = "crate::domain::years::read")]
    pub happened_on: Option<NaiveDate>,
    /// For what came by mail, Zalo or the document system: when it really arrived. Editors only.
    pub arrival: Option<Arrival>,
}

/// What is to change in an item; what is absent stays, `null` takes away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ItemPatch {
    /// Code of its kind; one that passes review stays one that does.
    pub kind: Option<String>,
    /// Its headline.
    pub title: Option<String>,
    /// The field that it belongs to.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<Field>)]
    pub field: Option<Option<Field>>,
    /// Where it can be read.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub url: Option<Option<String>>,
    /// Its text.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub body: Option<Option<String>>,
    /// The people who wrote it.
    pub authors: Option<Vec<PersonId>>,
    /// The registered event that it reports.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<PersonId>)]
    pub event_id: Option<Option<EventId>>,
    /// Local date of what it reports.
    #[serde(deserialize_with = "crate::domain::years::present")]
    #[schema(value_type = Option<NaiveDate>)]
    pub happened_on: Option<Option<NaiveDate>>,
}

/// The most authors of one item.
const AUTHORS_MAX: usize = 20;

impl NewItem {
    /// The same with texts cleaned, authors each once, and the arrival in whole seconds.
    ///
    /// # Errors
    /// Every fault of the fields; that arrivals are recorded for channels outside this program
    /// only, and always for those.
    pub fn checked(mut self, now: DateTime<Utc>) -> Result<Self, Vec<Invalid>> {
        let mut faults = Vec::new();
        self.kind = note(&mut faults, text::code("kind", &self.kind)).unwrap_or_default();
        self.title = note(&mut faults, text::name("title", &self.title)).unwrap_or_default();
        self.url = note(&mut faults, optional_url(self.url.as_deref())).flatten();
        self.body = note(&mut faults, optional_body(self.body.as_deref())).flatten();
        self.authors = self.authors.and_then(|all| note(&mut faults, authors(all)));
        if self.event_id.is_some() && self.event.is_some() {
            faults.push(Invalid::new("event", "item_event_twice"));
        }
        match (&self.arrival, self.channel.is_recorded()) {
            (None, true) => faults.push(Invalid::new("arrival", "item_arrival_missing")),
            (Some(_), false) => faults.push(Invalid::new("channel", "item_arrival_channel")),
            _ => {}
        }
        if let Some(arrival) = self.arrival {
            let checked = arrival
                .checked(now)
                .map_err(|all| all.into_iter().map(|f| f.within("arrival")));
            self.arrival = checked.map_err(|all| faults.extend(all)).ok();
        }
        if faults.is_empty() {
            Ok(self)
        } else {
            Err(faults)
        }
    }
}

impl Arrival {
    /// The same in whole seconds, with its reason cleaned.
    ///
    /// # Errors
    /// An instant to come, a missing reason.
    pub fn checked(&self, now: DateTime<Utc>) -> Result<Self, Vec<Invalid>> {
        let mut faults = Vec::new();
        let at = whole_seconds(self.at);
        if at > now {
            faults.push(Invalid::new("at", "arrival_in_future"));
        }
        match note(&mut faults, text::paragraph("reason", &self.reason)) {
            Some(reason) if faults.is_empty() => Ok(Self { at, reason }),
            _ => Err(faults),
        }
    }
}

impl ItemPatch {
    /// The same with texts cleaned and authors each once.
    pub fn checked(self) -> Result<Self, Vec<Invalid>> {
        let mut faults = Vec::new();
        let url = self.url.map(|url| optional_url(url.as_deref()));
        let body = self.body.map(|body| optional_body(body.as_deref()));
        let checked = Self {
            kind: self
                .kind
                .and_then(|kind| note(&mut faults, text::code("kind", &kind))),
            title: self
                .title
                .and_then(|title| note(&mut faults, text::name("title", &title))),
            url: url.and_then(|url| note(&mut faults, url)),
            body: body.and_then(|body| note(&mut faults, body)),
            authors: self.authors.and_then(|all| note(&mut faults, authors(all))),
            happened_on: self.happened_on,
            field: self.field,
            event_id: self.event_id,
        };
        if faults.is_empty() {
            Ok(checked)
        } else {
            Err(faults)
        }
    }
}

/// An instant as arrivals are stamped: in whole seconds, cut off.
pub fn whole_seconds(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(0)
}

/// A mark for quality.
///
/// # Errors
/// `number_range` on `grade`, outside 1 to 5.
pub fn grade(value: i32) -> Result<i32, Invalid> {
    if (1..=5).contains(&value) {
        return Ok(value);
    }
    Err(Invalid::new("grade", "number_range")
        .with("value", value)
        .with("from", 1)
        .with("to", 5))
}

/// An address of a page; an empty one counts as left out.
///
/// # Errors
/// `url` or `control_characters` on `url`.
pub fn optional_url(value: Option<&str>) -> Result<Option<String>, Invalid> {
    let Some(url) = text::optional_name("url", value)? else {
        return Ok(None);
    };
    let page = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))
        .unwrap_or_default();
    let ok = page.starts_with(|c: char| c.is_alphanumeric()) && !page.contains(char::is_whitespace);
    if ok {
        Ok(Some(url))
    } else {
        Err(Invalid::new("url", "url"))
    }
}

fn optional_body(value: Option<&str>) -> Result<Option<String>, Invalid> {
    match value.map(str::trim) {
        None | Some("") => Ok(None),
        Some(body) => text::paragraph("body", body).map(Some),
    }
}

fn authors(mut all: Vec<PersonId>) -> Result<Vec<PersonId>, Invalid> {
    all.sort_unstable();
    all.dedup();
    if all.len() > AUTHORS_MAX {
        return Err(Invalid::new("authors", "item_too_many_authors").with("max", AUTHORS_MAX));
    }
    Ok(all)
}
