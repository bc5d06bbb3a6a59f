//! Handing in an item: what for, the form, and what happens next.

use actix_web::HttpResponse;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use crate::domain::ids::{EventId, ItemId, ObligationId, UnitId};
use crate::domain::item::{Channel, ItemState, NewItem};
use crate::service::Tx;
use crate::service::submissions::items::{self, Asked, Purpose, Whole};
use crate::web::call::Reply;
use crate::web::pages::call::PageCall;
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Field, Form, Sent};
use crate::web::pages::layout::Layout;
use crate::web::pages::list::Choice;
use crate::web::pages::routes;

/// More kinds than these are a select.
const RADIOS: usize = 7;

/// The labels of the form.
const FIELDS: &[Field] = &[
    Field::new("ten", "pages.hand_in.title_field", &["title"]),
    Field::new("loai", "pages.hand_in.kind", &["kind"]),
    Field::new("noi_dung", "pages.hand_in.body", &["body"]),
    Field::new("lien_ket", "pages.hand_in.url", &["url"]),
    Field::new("su_kien", "pages.hand_in.event", &["event_id", "event"]),
    Field::new("don_vi", "pages.hand_in.unit", &["unit_id"]),
];

/// What the address asks for.
#[derive(Default, Deserialize)]
#[serde(default)]
struct For {
    viec: Option<ObligationId>,
    #[serde(rename = "su-kien")]
    su_kien: Option<EventId>,
    #[serde(rename = "don-vi")]
    don_vi: Option<UnitId>,
}

/// What the form sends.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::web::pages) struct Typed {
    viec: Option<ObligationId>,
    su_kien: Option<EventId>,
    don_vi: Option<UnitId>,
    ten: String,
    loai: String,
    noi_dung: String,
    lien_ket: String,
}

#[derive(Template)]
#[template(path = "items/hand_in.html")]
struct HandIn {
    page: Layout,
    typed: Typed,
    purpose: Purpose,
    kinds: Vec<Choice>,
    events: Vec<Choice>,
    chosen_event: String,
}

#[derive(Template)]
#[template(path = "items/handed_in.html")]
struct HandedIn {
    page: Layout,
    item: Whole,
}

pub(in crate::web::pages) async fn show(call: PageCall) -> Reply {
    let query = call.query()?;
    let asked: For = query.read()?;
    let typed = Typed {
        viec: asked.viec,
        su_kien: asked.su_kien,
        don_vi: asked.don_vi,
        ten: query.get("ten").to_owned(),
        ..Typed::default()
    };
    form(&call, call.layout(), typed).await
}

pub(in crate::web::pages) async fn send(call: PageCall, sent: Sent<Typed>) -> Reply {
    let Sent { typed, form: sent } = sent;
    match try_send(&call, &typed, &sent).await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            let page = call.again(error, &sent, FIELDS)?;
            let page = page.comes_back_to(address_of(&typed));
            form(&call, page, typed).await
        }
    }
}

/// Hands it in and leads to what happens next.
async fn try_send(call: &PageCall, typed: &Typed, form: &Form) -> Result<HttpResponse, PageError> {
    let new = item_of(typed);
    let work = move |tx: &mut Tx<'_>| {
        let item = items::submit(tx, &new)?;
        Ok(routes::handed_in(item.item.id))
    };
    call.once(form, work).await
}

fn item_of(typed: &Typed) -> NewItem {
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.trim().is_empty());
    NewItem {
        unit_id: typed.don_vi.unwrap_or(UnitId::NONE),
        kind: typed.loai.clone(),
        title: typed.ten.clone(),
        field: None,
        url: text(&typed.lien_ket),
        body: text(&typed.noi_dung),
        channel: Channel::Web,
        authors: None,
        event_id: typed.su_kien,
        event: None,
        happened_on: None,
        arrival: None,
    }
}

/// The address of the form for what was asked.
fn address_of(typed: &Typed) -> String {
    match (typed.viec, typed.su_kien, typed.don_vi) {
        (Some(work), ..) => routes::hand_in_for(work),
        (_, Some(event), _) => routes::with(routes::HAND_IN, "su-kien", &event.to_string()),
        (.., Some(unit)) => routes::with(routes::HAND_IN, "don-vi", &unit.to_string()),
        _ => routes::HAND_IN.to_owned(),
    }
}

async fn form(call: &PageCall, page: Layout, typed: Typed) -> Reply {
    let locale = call.locale();
    let asked = Asked {
        obligation_id: typed.viec,
        event_id: typed.su_kien.filter(|_| typed.don_vi.is_none()),
        unit_id: typed.don_vi,
    };
    let purpose = call
        .read(move |tx| items::purpose(tx, &asked, locale))
        .await?;
    let kinds = purpose.kinds.iter();
    let kinds: Vec<Choice> = kinds
        .map(|kind| Choice::new(&kind.code, &kind.name))
        .collect();
    let mut events = vec![Choice::new("", page.say("pages.hand_in.no_event"))];
    events.extend(purpose.open.iter().filter_map(|work| {
        let words = format!("{} ({})", work.title, work.due_text);
        Some(Choice::new(work.event_id?, words))
    }));
    let mut typed = typed;
    if typed.loai.is_empty() {
        typed.loai = kinds
            .first()
            .map(|kind| kind.value.clone())
            .unwrap_or_default();
    }
    let chosen_event = typed.su_kien.map(|id| id.to_string()).unwrap_or_default();
    page.show(|page| HandIn {
        page,
        typed,
        purpose,
        kinds,
        events,
        chosen_event,
    })
}

pub(in crate::web::pages) async fn done(call: PageCall, id: Path<ItemId>) -> Reply {
    let (id, locale) = (id.into_inner(), call.locale());
    let item = call.read(move |tx| items::whole(tx, id, locale)).await?;
    call.layout().show(|page| HandedIn { page, item })
}
