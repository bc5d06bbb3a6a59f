//! Correcting an item: its title, kind, text and link.

use actix_web::HttpResponse;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use crate::domain::ids::ItemId;
use crate::domain::item::{ItemAction, ItemPatch};
use crate::service::rules::kinds;
use crate::service::submissions::items::{self, ItemDetail, Whole};
use crate::service::{Error, Tx};
use crate::store::kinds::KindRow;
use crate::web::call::Reply;
use crate::web::error::Problem;
use crate::web::pages::call::PageCall;
use crate::web::pages::error::PageError;
use crate::web::pages::form::Sent;
use crate::web::pages::items::typed::FIELDS;
use crate::web::pages::layout::{Layout, Side, Theirs};
use crate::web::pages::list::Choice;
use crate::web::pages::notice::Notice;
use crate::web::pages::routes;

/// What the form sends.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::web::pages) struct Typed {
    ten: String,
    loai: String,
    noi_dung: String,
    lien_ket: String,
}

#[derive(Template)]
#[template(path = "items/edit.html")]
struct Edit {
    page: Layout,
    item: Whole,
    typed: Typed,
    kinds: Vec<Choice>,
}

impl Typed {
    fn of(detail: &ItemDetail) -> Self {
        Self {
            ten: detail.item.title.clone(),
            loai: detail.item.kind.clone(),
            noi_dung: detail.body.clone().unwrap_or_default(),
            lien_ket: detail.item.url.clone().unwrap_or_default(),
        }
    }

    fn patch(&self) -> ItemPatch {
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.trim().is_empty());
        ItemPatch {
            kind: Some(self.loai.clone()),
            title: Some(self.ten.clone()),
            url: Some(text(&self.lien_ket)),
            body: Some(text(&self.noi_dung)),
            ..ItemPatch::default()
        }
    }
}

pub(in crate::web::pages) async fn show(call: PageCall, id: Path<ItemId>) -> Reply {
    form(&call, call.layout(), (id.into_inner(), None)).await
}

pub(in crate::web::pages) async fn save(
    call: PageCall,
    id: Path<ItemId>,
    sent: Sent<Typed>,
) -> Reply {
    let id = id.into_inner();
    match try_save(&call, id, &sent).await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            let page = call.again(error, &sent.form, FIELDS)?;
            let page = page.comes_back_to(routes::edit_item(id));
            form(&call, page, (id, Some(sent.typed))).await
        }
    }
}

async fn try_save(
    call: &PageCall,
    id: ItemId,
    sent: &Sent<Typed>,
) -> Result<HttpResponse, PageError> {
    let (version, patch) = (sent.form.version()?, sent.typed.patch());
    let work = move |tx: &mut Tx<'_>| {
        items::change(tx, id, &patch, version)?;
        Ok(Notice::ItemChanged.at(&routes::item(id)))
    };
    call.once(&sent.form, work).await
}

async fn form(call: &PageCall, page: Layout, (id, typed): (ItemId, Option<Typed>)) -> Reply {
    let locale = call.locale();
    let read = move |tx: &mut Tx<'_>| Ok((items::whole(tx, id, locale)?, kinds::list(tx)?));
    let (item, all): (Whole, Vec<KindRow>) = call.read(read).await?;
    if !item.allows(ItemAction::Change) {
        return Err(Problem::from(Error::Forbidden));
    }
    let saved = Typed::of(&item.detail);
    let mine = typed.unwrap_or_else(|| saved.clone());
    let version = item.detail.item.version;
    let page = match item.way.last().filter(|_| page.is_stale) {
        Some(last) => {
            let (by, at) = (last.actor.clone(), last.at);
            let sides = sides(saved, mine.clone());
            page.beside(Theirs { by, at, sides }, version)
        }
        None => page.edits(version),
    };
    // one that passes review stays one that does
    let reviewed = all.iter().find(|kind| kind.code == item.detail.item.kind);
    let reviewed = reviewed.is_none_or(|kind| kind.reviewed);
    let kinds = all.iter().filter(|kind| kind.reviewed == reviewed);
    let kinds = kinds
        .map(|kind| Choice::new(&kind.code, &kind.name))
        .collect();
    let page = page.below_named(item.detail.item.title.clone(), routes::item(id));
    page.show(|page| Edit {
        page,
        item,
        typed: mine,
        kinds,
    })
}

/// What is saved now, beside what was typed.
fn sides(saved: Typed, mine: Typed) -> Vec<Side> {
    let side = |label, theirs, mine| Side {
        label,
        theirs,
        mine,
    };
    vec![
        side("pages.submit.title_field", saved.ten, mine.ten),
        side("pages.submit.kind", saved.loai, mine.loai),
        side("pages.submit.body", saved.noi_dung, mine.noi_dung),
        side("pages.submit.url", saved.lien_ket, mine.lien_ket),
    ]
}
