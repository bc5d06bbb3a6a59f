//! Handing in an item: what for, the form, and what happens next.

use actix_web::HttpResponse;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use crate::domain::event::EventText;
use crate::domain::ids::{DraftId, EventId, ItemId, ObligationId, UnitId};
use crate::domain::item::{Channel, ItemState, NewItem};
use crate::service::submissions::drafts::{self, Draft, DraftText, NewDraft};
use crate::service::submissions::items::{self, Asked, Purpose, Whole};
use crate::service::{Error, Tx};
use crate::web::call::Reply;
use crate::web::pages::call::PageCall;
use crate::web::pages::error::PageError;
use crate::web::pages::events::form::Due;
use crate::web::pages::events::when::{DATE, TIME};
use crate::web::pages::events::{self, when};
use crate::web::pages::form::{Field, Form, Sent};
use crate::web::pages::layout::{Layout, Side, Theirs};
use crate::web::pages::list::Choice;
use crate::web::pages::notice::Notice;
use crate::web::pages::routes;

/// More kinds than these are a select.
const RADIOS: usize = 7;

/// The labels of the form.
pub(in crate::web::pages) const FIELDS: &[Field] = &[
    Field::new("ten", "pages.submit.title_field", &["title"]),
    Field::new("loai", "pages.submit.kind", &["kind"]),
    Field::new("noi_dung", "pages.submit.body", &["body"]),
    Field::new("lien_ket", "pages.submit.url", &["url"]),
    DATE,
    TIME,
    Field::new("su_kien", "pages.submit.event", &["event_id", "event"]),
    Field::new("don_vi", "pages.submit.unit", &["unit_id"]),
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
    nhap: Option<DraftId>,
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
    /// The time of an event that is not registered yet.
    ngay: String,
    gio: String,
    tinh_chat: String,
    /// The draft that is written on.
    nhap: Option<DraftId>,
    /// The button that was pressed, where it does not send.
    luu: Option<Keep>,
}

/// What a button does instead of sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Keep {
    /// Saves a draft.
    #[serde(rename = "nhap")]
    Draft,
    /// Throws the draft away.
    #[serde(rename = "bo")]
    Discard,
    /// Shows the deadline of the event.
    #[serde(rename = "xem")]
    Look,
}

#[derive(Template)]
#[template(path = "items/submit.html")]
struct HandIn {
    page: Layout,
    typed: Typed,
    purpose: Purpose,
    kinds: Vec<Choice>,
    events: Vec<Choice>,
    chosen_event: String,
    due: Due,
    /// The drafts that the reader may go on with.
    drafts: Vec<Draft>,
}

#[derive(Template)]
#[template(path = "items/submitted.html")]
struct HandedIn {
    page: Layout,
    item: Whole,
}

pub(in crate::web::pages) async fn show(call: PageCall) -> Reply {
    let query = call.query()?;
    let asked: For = query.read()?;
    if let Some(id) = asked.nhap {
        let draft = call.read(move |tx| drafts::get(tx, id)).await?;
        let page = call.layout().edits(draft.version);
        return form(&call, page, Typed::of(draft)).await;
    }
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
    if typed.luu == Some(Keep::Look) {
        let page = call.layout().of_form(&sent);
        return form(&call, page.comes_back_to(address_of(&typed)), typed).await;
    }
    match try_send(&call, &typed, &sent).await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            let page = call.again(error, &sent, FIELDS)?;
            let page = page.comes_back_to(address_of(&typed));
            form(&call, page, typed).await
        }
    }
}

/// Hands it in and leads to what happens next; or keeps it as a draft, or throws the draft away.
async fn try_send(call: &PageCall, typed: &Typed, form: &Form) -> Result<HttpResponse, PageError> {
    let (typed, version) = (typed.clone(), form.version());
    let draft = match typed.nhap {
        Some(id) => Some((id, version?)),
        None => None,
    };
    let new = match typed.luu {
        None => Some(typed.item()?),
        Some(_) => None,
    };
    let work = move |tx: &mut Tx<'_>| match (typed.luu, draft, &new) {
        (None, Some((id, version)), _) => {
            let item = drafts::change_and_submit(tx, id, &typed.draft(), version)?;
            Ok(routes::submitted(item.item.id))
        }
        (None, None, Some(new)) => Ok(routes::submitted(items::submit(tx, new)?.item.id)),
        (Some(Keep::Discard), Some((id, version)), _) => {
            drafts::discard(tx, id, version)?;
            Ok(Notice::DraftDiscarded.at(routes::SUBMIT))
        }
        (_, Some((id, version)), _) => {
            drafts::change(tx, id, &typed.draft(), version)?;
            Ok(Notice::DraftSaved.at(&routes::draft(id)))
        }
        (_, None, _) => {
            let new = NewDraft {
                unit_id: typed.don_vi.unwrap_or(UnitId::NONE),
                text: typed.draft(),
            };
            Ok(Notice::DraftSaved.at(&routes::draft(drafts::save(tx, &new)?.id)))
        }
    };
    call.once(form, work).await
}

/// What was typed; nothing for a field that is empty.
fn text(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.trim().is_empty())
}

impl Typed {
    fn of(draft: Draft) -> Self {
        Self {
            su_kien: draft.event_id,
            don_vi: Some(draft.unit.id),
            ten: draft.title,
            loai: draft.kind.unwrap_or_default(),
            noi_dung: draft.body.unwrap_or_default(),
            lien_ket: draft.url.unwrap_or_default(),
            nhap: Some(draft.id),
            ..Self::default()
        }
    }

    fn draft(&self) -> DraftText {
        DraftText {
            kind: text(&self.loai),
            title: self.ten.clone(),
            url: text(&self.lien_ket),
            body: text(&self.noi_dung),
            event_id: self.su_kien,
        }
    }

    fn item(&self) -> Result<NewItem, Error> {
        let is_timed = !self.ngay.trim().is_empty() || !self.gio.trim().is_empty();
        let about = || {
            when::Typed {
                date: &self.ngay,
                time: &self.gio,
                end_date: "",
                end_time: "",
            }
            .read(EventText {
                title: self.ten.clone(),
                types: when::types_of(&self.tinh_chat),
                ..EventText::default()
            })
        };
        let event = is_timed.then(about).transpose().map_err(Error::Invalid)?;
        Ok(NewItem {
            unit_id: self.don_vi.unwrap_or(UnitId::NONE),
            kind: self.loai.clone(),
            title: self.ten.clone(),
            field: None,
            url: text(&self.lien_ket),
            body: text(&self.noi_dung),
            channel: Channel::Web,
            authors: None,
            event_id: self.su_kien,
            event,
            happened_on: None,
            arrival: None,
        })
    }
}

/// The address of the form for what was asked.
fn address_of(typed: &Typed) -> String {
    if let Some(draft) = typed.nhap {
        return routes::draft(draft);
    }
    match (typed.viec, typed.su_kien, typed.don_vi) {
        (Some(work), ..) => routes::submit_for(work),
        (_, Some(event), _) => routes::with(routes::SUBMIT, "su-kien", &event.to_string()),
        (.., Some(unit)) => routes::with(routes::SUBMIT, "don-vi", &unit.to_string()),
        _ => routes::SUBMIT.to_owned(),
    }
}

async fn form(call: &PageCall, page: Layout, mut typed: Typed) -> Reply {
    let locale = call.locale();
    let asked = Asked {
        obligation_id: typed.viec,
        // of several choices the form shows all
        event_id: typed.su_kien.filter(|_| typed.don_vi.is_none()),
        unit_id: typed.don_vi,
    };
    let read = move |tx: &mut Tx<'_>| Ok((items::purpose(tx, &asked, locale)?, drafts::list(tx)?));
    let (purpose, mut drafts) = call.read(read).await?;
    let page = meanwhile(page, &typed, &drafts);
    if typed.viec.is_some() || typed.nhap.is_some() || typed.su_kien.is_some() {
        drafts.clear();
    }
    let kinds = purpose.kinds.iter();
    let kinds: Vec<Choice> = kinds
        .map(|kind| Choice::new(&kind.code, &kind.name))
        .collect();
    let mut events = vec![Choice::new("", page.say("pages.submit.no_event"))];
    events.extend(purpose.open.iter().filter_map(|work| {
        let words = format!("{} ({})", work.title, work.due_text);
        Some(Choice::new(work.event_id?, words))
    }));
    if typed.loai.is_empty() {
        typed.loai = kinds
            .first()
            .map(|kind| kind.value.clone())
            .unwrap_or_default();
    }
    let time = [&typed.ngay, &typed.gio, &typed.tinh_chat].map(String::as_str);
    let event = events::form::Typed::of_item(purpose.unit.id, time);
    let due = events::form::due(call, &event).await;
    let chosen_event = typed.su_kien.map(|id| id.to_string()).unwrap_or_default();
    page.show(|page| HandIn {
        page,
        typed,
        purpose,
        kinds,
        events,
        chosen_event,
        due,
        drafts,
    })
}

/// For a draft that somebody else saved meanwhile: shows theirs.
fn meanwhile(page: Layout, typed: &Typed, drafts: &[Draft]) -> Layout {
    let theirs = drafts.iter().find(|draft| typed.nhap == Some(draft.id));
    let Some(theirs) = theirs.filter(|_| page.is_stale) else {
        return page;
    };
    let side = |label, theirs: Option<&str>, mine: &str| Side {
        label,
        theirs: theirs.unwrap_or_default().to_owned(),
        mine: mine.to_owned(),
    };
    let sides = vec![
        side("pages.submit.title_field", Some(&theirs.title), &typed.ten),
        side("pages.submit.body", theirs.body.as_deref(), &typed.noi_dung),
        side("pages.submit.url", theirs.url.as_deref(), &typed.lien_ket),
    ];
    let (by, at) = (theirs.author.name.clone(), *theirs.updated_at);
    page.beside(Theirs { by, at, sides }, theirs.version)
}

pub(in crate::web::pages) async fn done(call: PageCall, id: Path<ItemId>) -> Reply {
    let (id, locale) = (id.into_inner(), call.locale());
    let item = call.read(move |tx| items::whole(tx, id, locale)).await?;
    call.layout().show(|page| HandedIn { page, item })
}
