//! The text of a kind of document.

use actix_web::HttpResponse;
use actix_web::web::Path;
use serde::Deserialize;

use crate::domain::document::{DocumentKind, TemplateInput};
use crate::domain::ids::UnitId;
use crate::domain::trail::Entity;
use crate::service::Tx;
use crate::service::accounts::trail::saved_last;
use crate::service::core::access::Action;
use crate::service::reports::{self, TemplateView};
use crate::web::call::Reply;
use crate::web::pages::call::PageCall;
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Field, Form, Sent};
use crate::web::pages::layout::{Layout, Side, Theirs};
use crate::web::pages::notice::Notice;
use crate::web::pages::routes;

/// The labels of the form.
const FIELDS: &[Field] = &[
    Field::new("tieu_de", "pages.template.heading", &["title"]),
    Field::new("trich_yeu", "pages.template.subject", &["subject"]),
    Field::new("noi_dung", "pages.template.body", &["body"]),
];

/// What was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    tieu_de: String,
    trich_yeu: String,
    noi_dung: String,
    /// Whether the text that ships is to hold again.
    goc: Option<String>,
}

#[derive(askama::Template)]
#[template(path = "reports/template.html")]
struct Page {
    page: Layout,
    view: TemplateView,
    typed: Typed,
}

type Place = (UnitId, DocumentKind);

pub async fn show(call: PageCall, place: Path<Place>) -> Reply {
    form(&call, call.layout(), (place.into_inner(), None)).await
}

pub async fn save(call: PageCall, place: Path<Place>, sent: Sent<Typed>) -> Reply {
    let place = place.into_inner();
    match try_save(&call, place, (&sent.typed, &sent.form)).await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            let page = call.again(error, &sent.form, FIELDS)?;
            let page = page.comes_back_to(routes::template(place.0, place.1));
            form(&call, page, (place, Some(sent.typed))).await
        }
    }
}

async fn try_save(
    call: &PageCall,
    place: Place,
    (typed, form): (&Typed, &Form),
) -> Result<HttpResponse, PageError> {
    form.sent()?;
    let (input, version) = (typed.input(), form.version()?);
    let work = move |tx: &mut Tx<'_>| {
        reports::set_template(tx, place, input.as_ref(), version)?;
        let back = routes::with(routes::REPORTS, "don_vi", &place.0.to_string());
        Ok(Notice::TemplateSaved.at(&back))
    };
    call.once(form, work).await
}

async fn form(call: &PageCall, page: Layout, (place, typed): (Place, Option<Typed>)) -> Reply {
    let (unit, kind) = place;
    let read = call.read(move |tx| {
        tx.require(Action::ManageRules, unit)?;
        let view = reports::template(tx, unit, kind)?;
        let name = format!("{}:{kind}", view.unit_id);
        Ok((saved_last(tx, Entity::DocumentTemplate, name)?, view))
    });
    let (saved, view): (_, TemplateView) = read.await?;
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
    let above = routes::with(routes::REPORTS, "don_vi", &unit.to_string());
    page.below(reports, above)
        .show(|page| Page { page, view, typed })
}

impl Typed {
    fn of(view: &TemplateView) -> Self {
        Self {
            tieu_de: view.text.title.clone(),
            trich_yeu: view.text.subject.clone(),
            noi_dung: view.text.body.clone(),
            goc: None,
        }
    }

    /// The text; `None`: the one that ships holds again.
    fn input(&self) -> Option<TemplateInput> {
        self.goc.is_none().then(|| TemplateInput {
            title: self.tieu_de.clone(),
            subject: self.trich_yeu.clone(),
            body: self.noi_dung.clone(),
        })
    }

    fn beside(&self, theirs: &Self) -> Vec<Side> {
        let values = |typed: &Self| {
            [
                typed.tieu_de.clone(),
                typed.trich_yeu.clone(),
                typed.noi_dung.clone(),
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
