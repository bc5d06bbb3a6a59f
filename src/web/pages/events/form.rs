//! Registering and correcting an event. The due instant stands below the time: asked for on change,
//! or by the button "see the deadline".

use actix_web::HttpResponse;
use actix_web::web::Path;
use askama::Template;

use super::typed::{FIELDS, Typed, theirs};
use crate::domain::ids::EventId;
use crate::service::submissions::events::{self, Event, PreviewedDeadline};
use crate::service::{Error, Tx};
use crate::web::call::Reply;
use crate::web::error::Problem;
use crate::web::pages::call::PageCall;
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Form, Sent};
use crate::web::pages::layout::Layout;
use crate::web::pages::list::Choice;
use crate::web::pages::notice::Notice;
use crate::web::pages::routes;

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
    let page = page.below_named(event.title.clone(), routes::event(id));
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
