//! The head of a unit's documents: who issues them, where, who receives them, who signs.

use actix_web::HttpResponse;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use crate::domain::document::LetterheadInput;
use crate::domain::ids::UnitId;
use crate::domain::trail::Entity;
use crate::service::Tx;
use crate::service::accounts::trail::saved_last;
use crate::service::core::access::Action;
use crate::service::reports::{self, LetterheadView};
use crate::web::call::Reply;
use crate::web::pages::call::PageCall;
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Field, Form, Sent};
use crate::web::pages::layout::{Layout, Side, Theirs};
use crate::web::pages::notice::Notice;
use crate::web::pages::routes;

/// The labels of the form.
const FIELDS: &[Field] = &[
    Field::new("cap_tren", "pages.letterhead.superior", &["superior_body"]),
    Field::new("co_quan", "pages.letterhead.issuing", &["issuing_body"]),
    Field::new("dia_danh", "pages.letterhead.place", &["place"]),
    Field::new("ky_hieu", "pages.letterhead.symbol", &["symbol"]),
    Field::new("noi_nhan", "pages.letterhead.recipients", &["recipients"]),
    Field::new(
        "chuc_danh",
        "pages.letterhead.signatory_title",
        &["signatory_title"],
    ),
    Field::new(
        "nguoi_ky",
        "pages.letterhead.signatory_name",
        &["signatory_name"],
    ),
];

/// What was typed; lists are lines.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    cap_tren: String,
    co_quan: String,
    dia_danh: String,
    ky_hieu: String,
    noi_nhan: String,
    chuc_danh: String,
    nguoi_ky: String,
}

#[derive(Template)]
#[template(path = "reports/letterhead.html")]
struct Page {
    page: Layout,
    unit: String,
    typed: Typed,
}

pub async fn show(call: PageCall, id: Path<UnitId>) -> Reply {
    form(&call, call.layout(), (id.into_inner(), None)).await
}

pub async fn save(call: PageCall, id: Path<UnitId>, sent: Sent<Typed>) -> Reply {
    let id = id.into_inner();
    match try_save(&call, id, (&sent.typed, &sent.form)).await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            let page = call.again(error, &sent.form, FIELDS)?;
            let page = page.comes_back_to(routes::of(routes::LETTERHEAD, id));
            form(&call, page, (id, Some(sent.typed))).await
        }
    }
}

async fn try_save(
    call: &PageCall,
    id: UnitId,
    (typed, form): (&Typed, &Form),
) -> Result<HttpResponse, PageError> {
    form.sent()?;
    let (input, version) = (typed.input(), form.version()?);
    let work = move |tx: &mut Tx<'_>| {
        reports::set_letterhead(tx, id, &input, version)?;
        let back = routes::with(routes::REPORTS, "don_vi", &id.to_string());
        Ok(Notice::LetterheadSaved.at(&back))
    };
    call.once(form, work).await
}

async fn form(call: &PageCall, page: Layout, (id, typed): (UnitId, Option<Typed>)) -> Reply {
    let read = call.read(move |tx| {
        tx.require(Action::Approve, id)?;
        let saved = saved_last(tx, Entity::Letterhead, id)?;
        let unit = tx.lookups.unit(tx.conn, id)?.name.clone();
        Ok((saved, reports::letterhead(tx, id)?, unit))
    });
    let (saved, view, unit): (_, LetterheadView, String) = read.await?;
    let theirs = Typed::of(&view);
    let typed = typed.unwrap_or_else(|| theirs.clone());
    let page = match page.is_stale {
        true => {
            let (by, at) = saved.unwrap_or((String::new(), call.now()));
            let sides = typed.beside(&theirs);
            page.beside(Theirs { by, at, sides }, view.version)
        }
        false => page.edits(view.version),
    };
    let reports = page.say("pages.reports.title");
    let above = routes::with(routes::REPORTS, "don_vi", &id.to_string());
    page.below(reports, above)
        .show(|page| Page { page, unit, typed })
}

impl Typed {
    fn of(view: &LetterheadView) -> Self {
        let head = &view.letterhead;
        Self {
            cap_tren: head.superior_body.clone(),
            co_quan: head.issuing_body.clone(),
            dia_danh: head.place.clone(),
            ky_hieu: head.symbol.clone(),
            noi_nhan: head.recipients.join("\n"),
            chuc_danh: head.signatory_title.join("\n"),
            nguoi_ky: head.signatory_name.clone(),
        }
    }

    fn input(&self) -> LetterheadInput {
        let lines = |text: &str| text.lines().map(str::to_owned).collect();
        LetterheadInput {
            superior_body: self.cap_tren.clone(),
            issuing_body: self.co_quan.clone(),
            place: self.dia_danh.clone(),
            symbol: self.ky_hieu.clone(),
            recipients: lines(&self.noi_nhan),
            signatory_title: lines(&self.chuc_danh),
            signatory_name: self.nguoi_ky.clone(),
        }
    }

    fn beside(&self, theirs: &Self) -> Vec<Side> {
        let values = |typed: &Self| {
            [
                typed.cap_tren.clone(),
                typed.co_quan.clone(),
                typed.dia_danh.clone(),
                typed.ky_hieu.clone(),
                typed.noi_nhan.clone(),
                typed.chuc_danh.clone(),
                typed.nguoi_ky.clone(),
            ]
        };
        let sides = FIELDS
            .iter()
            .zip(values(theirs).into_iter().zip(values(self)));
        let side = |(field, (theirs, mine)): (&Field, (String, String))| Side {
            label: field.label,
            theirs,
            mine,
        };
        sides.map(side).collect()
    }
}
