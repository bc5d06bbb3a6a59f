//! Handing in an item: what for, the form, and what happens next.

use actix_web::HttpResponse;
use actix_web::web::Path;
use askama::Template;

use super::typed::{FIELDS, For, Keep, Typed, address_of, meanwhile};
use crate::domain::ids::{ItemId, UnitId};
use crate::domain::item::ItemState;
use crate::service::core::access::Action;
use crate::service::submissions::drafts::{self, Draft, NewDraft};
use crate::service::submissions::items::{self, Asked, Purpose, Whole};
use crate::service::{Rows, Tx};
use crate::web::call::Reply;
use crate::web::pages::call::PageCall;
use crate::web::pages::error::PageError;
use crate::web::pages::events;
use crate::web::pages::events::form::Due;
use crate::web::pages::form::{Form, Sent};
use crate::web::pages::layout::Layout;
use crate::web::pages::list::Choice;
use crate::web::pages::notice::Notice;
use crate::web::pages::routes;

/// More kinds than these are a select.
const RADIOS: usize = 7;

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
    drafts: Rows<Draft>,
}

#[derive(Template)]
#[template(path = "items/submitted.html")]
struct HandedIn {
    page: Layout,
    item: Whole,
    may_submit: bool,
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
    let page = meanwhile(page, &typed, &drafts.rows);
    if typed.viec.is_some() || typed.nhap.is_some() || typed.su_kien.is_some() {
        drafts = Rows::default();
    }
    let kinds = purpose.kinds.iter();
    let kinds: Vec<Choice> = kinds
        .map(|kind| Choice::new(&kind.code, &kind.name))
        .collect();
    let mut events = vec![Choice::new("", page.say("pages.submit.no_event"))];
    events.extend(purpose.open.rows.iter().filter_map(|work| {
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
    let event = events::typed::Typed::of_item(purpose.unit.id, time);
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

pub(in crate::web::pages) async fn done(call: PageCall, id: Path<ItemId>) -> Reply {
    let (id, locale) = (id.into_inner(), call.locale());
    let read = move |tx: &mut Tx<'_>| {
        let may_submit = tx.require_by_any_role(Action::Submit).is_ok();
        Ok((items::whole(tx, id, locale)?, may_submit))
    };
    let (item, may_submit) = call.read(read).await?;
    call.layout().show(|page| HandedIn {
        page,
        item,
        may_submit,
    })
}
