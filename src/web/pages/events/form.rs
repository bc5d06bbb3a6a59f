//! Registering and correcting an event. The due instant stands below the time: asked for on change,
//! or by the button "see the deadline".

use actix_web::HttpResponse;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::when::{self, DATE, END_DATE, END_TIME, TIME};
use crate::domain::error::Invalid;
use crate::domain::event::{EventPatch, EventText, NewEvent};
use crate::domain::ids::{EventId, UnitId};
use crate::service::submissions::events::{self, Event, PreviewedDeadline};
use crate::service::{Error, Tx};
use crate::web::call::Reply;
use crate::web::error::Problem;
use crate::web::pages::call::PageCall;
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Field, Form, Sent};
use crate::web::pages::format;
use crate::web::pages::layout::{Layout, Side, Theirs};
use crate::web::pages::list::Choice;
use crate::web::pages::notice::Notice;
use crate::web::pages::routes;
use chrono::{DateTime, Utc};

/// The labels of the form.
const FIELDS: &[Field] = &[
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
    don_vi: Option<UnitId>,
    ten: String,
    noi: String,
    tinh_chat: String,
    ngay: String,
    gio: String,
    den_ngay: String,
    den_gio: String,
    /// The button that only shows the deadline.
    xem: String,
}

/// When an event would be due.
pub(in crate::web::pages) enum Due {
    /// The time is not there yet, or at fault.
    Unknown,
    /// Nothing is owed, or these.
    Known(Vec<PreviewedDeadline>),
}

#[derive(Template)]
#[template(path = "events/form.html")]
struct Page {
    page: Layout,
    /// The event that is corrected.
    event: Option<Event>,
    typed: Typed,
    units: Vec<Choice>,
    unit: String,
    types: Vec<Choice>,
    due: Due,
}

#[derive(Template)]
#[template(path = "events/due.html")]
struct DueOnly {
    page: Layout,
    due: Due,
}

impl Typed {
    /// An event that an item reports: its time and its type, as its form has them.
    pub fn of_item(unit: UnitId, [date, time, kind]: [&str; 3]) -> Self {
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

    fn event(&self) -> Result<NewEvent, Vec<Invalid>> {
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
    fn patch(&self) -> Result<EventPatch, Vec<Invalid>> {
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
    fn of(event: &Event) -> Self {
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

/// The words of the choice of types.
fn types(page: &Layout) -> Vec<Choice> {
    ["thuong", "thoi-su", "ca-hai", "cau-hoi"]
        .map(|choice| Choice::new(choice, page.say(format!("pages.event.types.{choice}"))))
        .to_vec()
}

pub(in crate::web::pages) async fn show(call: PageCall) -> Reply {
    let typed = Typed {
        tinh_chat: "thuong".to_owned(),
        don_vi: call.query()?.get("don-vi").parse().ok(),
        ..Typed::default()
    };
    new_form(&call, call.layout(), typed).await
}

pub(in crate::web::pages) async fn register(call: PageCall, sent: Sent<Typed>) -> Reply {
    if !sent.typed.xem.is_empty() {
        let page = call.layout().comes_back_to(routes::NEW_EVENT);
        return new_form(&call, page, sent.typed).await;
    }
    match try_register(&call, &sent.typed, &sent.form).await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            let page = call.again(error, &sent.form, FIELDS)?;
            new_form(&call, page.comes_back_to(routes::NEW_EVENT), sent.typed).await
        }
    }
}

async fn try_register(
    call: &PageCall,
    typed: &Typed,
    form: &Form,
) -> Result<HttpResponse, PageError> {
    let new = typed.event().map_err(Error::Invalid)?;
    let work = move |tx: &mut Tx<'_>| {
        let event = events::register(tx, &new)?;
        Ok(Notice::EventRegistered.at(&routes::event(event.id)))
    };
    call.once(form, work).await
}

async fn new_form(call: &PageCall, page: Layout, typed: Typed) -> Reply {
    let due = due(call, &typed).await;
    let units = call.read(events::units_to_act_for).await?;
    if units.is_empty() {
        return Err(Problem::from(Error::Forbidden));
    }
    let unit = typed.don_vi.or(units.first().map(|unit| unit.id));
    let units = units.iter().map(|unit| Choice::new(unit.id, &unit.name));
    let units = units.collect();
    let above = page.say("pages.events.title");
    page.below(above, routes::EVENTS).show(|page| Page {
        types: types(&page),
        unit: unit.map(|id| id.to_string()).unwrap_or_default(),
        event: None,
        units,
        typed,
        due,
        page,
    })
}

/// When the event that was typed would be due.
pub(in crate::web::pages) async fn due(call: &PageCall, typed: &Typed) -> Due {
    let named = Typed {
        // the deadline does not depend on the name
        ten: "-".to_owned(),
        ..typed.clone()
    };
    let (Ok(new), locale) = (named.event(), call.locale()) else {
        return Due::Unknown;
    };
    let found = call.read(move |tx| events::preview(tx, &new, locale)).await;
    found.map_or(Due::Unknown, Due::Known)
}

/// The due instant alone, for the form's script.
pub(in crate::web::pages) async fn due_only(call: PageCall) -> Reply {
    let typed: Typed = call.query()?.read()?;
    let due = due(&call, &typed).await;
    call.layout().show(|page| DueOnly { page, due })
}

pub(in crate::web::pages) async fn edit(call: PageCall, id: Path<EventId>) -> Reply {
    edit_form(&call, call.layout(), (id.into_inner(), None)).await
}

pub(in crate::web::pages) async fn change(
    call: PageCall,
    id: Path<EventId>,
    sent: Sent<Typed>,
) -> Reply {
    let id = id.into_inner();
    let address = routes::edit_event(id);
    if !sent.typed.xem.is_empty() {
        let page = call.layout().comes_back_to(address);
        return edit_form(&call, page, (id, Some(sent.typed))).await;
    }
    match try_change(&call, id, &sent).await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            let page = call.again(error, &sent.form, FIELDS)?;
            edit_form(&call, page.comes_back_to(address), (id, Some(sent.typed))).await
        }
    }
}

async fn try_change(
    call: &PageCall,
    id: EventId,
    sent: &Sent<Typed>,
) -> Result<HttpResponse, PageError> {
    let version = sent.form.version()?;
    let patch = sent.typed.patch().map_err(Error::Invalid)?;
    let work = move |tx: &mut Tx<'_>| {
        events::change(tx, id, &patch, version)?;
        Ok(Notice::EventChanged.at(&routes::event(id)))
    };
    call.once(&sent.form, work).await
}

async fn edit_form(call: &PageCall, page: Layout, (id, typed): (EventId, Option<Typed>)) -> Reply {
    let locale = call.locale();
    let found = call.read(move |tx| events::page(tx, id, locale)).await?;
    if !found.may_act {
        return Err(Problem::from(Error::Forbidden));
    }
    let event = found.event;
    let mine = typed.unwrap_or_else(|| Typed::of(&event));
    let page = match page.is_stale {
        true => page.beside(theirs(&event, found.changed, &mine), event.version),
        false => page.edits(event.version),
    };
    let mut typed = mine;
    typed.don_vi = Some(event.unit.id);
    let due = due(call, &typed).await;
    let page = page.below(event.title.clone(), routes::event(id));
    page.show(|page| Page {
        types: types(&page),
        units: Vec::new(),
        unit: event.unit.id.to_string(),
        event: Some(event),
        typed,
        due,
        page,
    })
}

/// What somebody else saved, beside what was typed.
fn theirs(event: &Event, changed: Option<(String, DateTime<Utc>)>, mine: &Typed) -> Theirs {
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
