//! An event as its form has it: what was typed, and what that asks for.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::when::{self, DATE, END_DATE, END_TIME, TIME};
use crate::domain::error::Invalid;
use crate::domain::event::{EventPatch, EventText, NewEvent};
use crate::domain::ids::UnitId;
use crate::service::submissions::events::Event;
use crate::web::pages::form::Field;
use crate::web::pages::format;
use crate::web::pages::layout::{Side, Theirs};

/// The labels of the form.
pub(super) const FIELDS: &[Field] = &[
    Field::new("don_vi", "pages.submit.unit", &["unit_id"]),
    Field::new("ten", "pages.event.title_field", &["title"]),
    Field::new("noi", "pages.event.place", &["place"]),
    Field::new("tinh_chat", "pages.event.type", &["types"]),
    DATE,
    TIME,
    END_DATE,
    END_TIME,
];

/// What the form sends.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::web::pages) struct Typed {
    pub(super) don_vi: Option<UnitId>,
    pub(super) ten: String,
    pub(super) noi: String,
    pub(super) tinh_chat: String,
    pub(super) ngay: String,
    pub(super) gio: String,
    pub(super) den_ngay: String,
    pub(super) den_gio: String,
    /// The button that only shows the deadline.
    pub(super) xem: String,
}

impl Typed {
    /// An event that an item reports: its time and its type, as its form has them.
    pub(in crate::web::pages) fn of_item(unit: UnitId, [date, time, kind]: [&str; 3]) -> Self {
        Self {
            don_vi: Some(unit),
            ngay: date.to_owned(),
            gio: time.to_owned(),
            tinh_chat: kind.to_owned(),
            ..Self::default()
        }
    }

    fn when(&self) -> when::Typed<'_> {
        when::Typed {
            date: &self.ngay,
            time: &self.gio,
            end_date: &self.den_ngay,
            end_time: &self.den_gio,
        }
    }

    fn text(&self) -> Result<EventText, Vec<Invalid>> {
        self.when().read(EventText {
            title: self.ten.clone(),
            place: Some(self.noi.clone()).filter(|place| !place.trim().is_empty()),
            types: when::types_of(&self.tinh_chat),
            ..EventText::default()
        })
    }

    pub(super) fn event(&self) -> Result<NewEvent, Vec<Invalid>> {
        let text = self.text()?;
        Ok(NewEvent {
            unit_id: self.don_vi.unwrap_or(UnitId::NONE),
            title: text.title,
            place: text.place,
            types: text.types,
            starts_at: text.starts_at,
            ends_at: text.ends_at,
            starts_on: text.starts_on,
            ends_on: text.ends_on,
        })
    }

    /// What of the event is to change: the whole form, but for types that it does not offer.
    pub(super) fn patch(&self) -> Result<EventPatch, Vec<Invalid>> {
        let text = self.text()?;
        Ok(EventPatch {
            title: Some(text.title),
            place: Some(text.place),
            types: Some(text.types).filter(|_| !self.tinh_chat.is_empty()),
            starts_at: text.starts_at,
            ends_at: text.ends_at,
            starts_on: text.starts_on,
            ends_on: text.ends_on,
        })
    }

    /// As the form shows a registered event.
    pub(super) fn of(event: &Event) -> Self {
        let (ngay, gio) = when::shown(*event.starts_at);
        let (den_ngay, den_gio) = when::shown(*event.ends_at);
        let with_hours = !event.date_only;
        let last = format::date(when::last_day(&event.starts_at, &event.ends_at));
        Self {
            don_vi: Some(event.unit.id),
            ten: event.title.clone(),
            noi: event.place.clone().unwrap_or_default(),
            tinh_chat: when::choice_of(&event.types).to_owned(),
            ngay,
            gio: Some(gio).filter(|_| with_hours).unwrap_or_default(),
            den_ngay: if with_hours { den_ngay } else { last },
            den_gio: Some(den_gio).filter(|_| with_hours).unwrap_or_default(),
            xem: String::new(),
        }
    }
}

/// What somebody else saved, beside what was typed.
pub(super) fn theirs(
    event: &Event,
    changed: Option<(String, DateTime<Utc>)>,
    mine: &Typed,
) -> Theirs {
    let (by, at) = changed.unwrap_or((String::new(), *event.starts_at));
    let saved = Typed::of(event);
    let side = |label, theirs: &str, mine: &str| Side {
        label,
        theirs: theirs.to_owned(),
        mine: mine.to_owned(),
    };
    Theirs {
        by,
        at,
        sides: vec![
            side("pages.event.title_field", &saved.ten, &mine.ten),
            side("pages.event.place", &saved.noi, &mine.noi),
            side("pages.event.date", &saved.ngay, &mine.ngay),
            side("pages.event.time", &saved.gio, &mine.gio),
            side("pages.event.end_date", &saved.den_ngay, &mine.den_ngay),
            side("pages.event.end_time", &saved.den_gio, &mine.den_gio),
        ],
    }
}
