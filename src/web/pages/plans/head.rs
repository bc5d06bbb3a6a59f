//! The title and the legal basis of a plan.

use actix_web::HttpResponse;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::below;
use crate::domain::error::Invalid;
use crate::domain::ids::PlanId;
use crate::domain::plan::{PlanPatch, PlanState};
use crate::domain::trail::Entity;
use crate::service::accounts::trail::saved_last;
use crate::service::rules::plans::{self, PlanOverview};
use crate::service::{Error, Tx};
use crate::store::plans::PlanRow;
use crate::web::call::Reply;
use crate::web::pages::call::PageCall;
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Field, Form, Sent};
use crate::web::pages::layout::{Layout, Side, Theirs};
use crate::web::pages::notice::Notice;
use crate::web::pages::{format, routes, typed};

/// The labels of the form.
const FIELDS: &[Field] = &[
    Field::new("ten", "pages.plans.plan", &["title"]),
    Field::new("so", "pages.plans.number", &["document_number"]),
    Field::new("ngay", "pages.plans.date", &["document_date"]),
    Field::new("co_quan", "pages.plans.issuer", &["issuer"]),
];

/// What was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    ten: String,
    so: String,
    ngay: String,
    co_quan: String,
}

#[derive(Template)]
#[template(path = "plans/head.html")]
struct Page {
    page: Layout,
    plan: PlanOverview,
    typed: Typed,
}

pub async fn show(call: PageCall, id: Path<PlanId>) -> Reply {
    form(&call, call.layout(), (id.into_inner(), None)).await
}

pub async fn save(call: PageCall, id: Path<PlanId>, sent: Sent<Typed>) -> Reply {
    let id = id.into_inner();
    match try_save(&call, id, (&sent.typed, &sent.form)).await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            let page = call.again(error, &sent.form, FIELDS)?;
            let page = page.comes_back_to(routes::of_plan(routes::PLAN_HEAD, id));
            form(&call, page, (id, Some(sent.typed))).await
        }
    }
}

async fn try_save(
    call: &PageCall,
    id: PlanId,
    (typed, form): (&Typed, &Form),
) -> Result<HttpResponse, PageError> {
    form.sent()?;
    let version = form.version()?;
    let patch = typed.patch().map_err(Error::from)?;
    let work = move |tx: &mut Tx<'_>| {
        plans::change(tx, id, &patch, version)?;
        Ok(Notice::PlanChanged.at(&routes::plan(id)))
    };
    call.once(form, work).await
}

async fn form(call: &PageCall, page: Layout, (id, typed): (PlanId, Option<Typed>)) -> Reply {
    let locale = call.locale();
    let read = call.read(move |tx| {
        let plan = plans::overview(tx, id, locale)?;
        match plan.may_manage {
            true => Ok((saved_last(tx, Entity::Plan, id)?, plan)),
            false => Err(Error::Forbidden),
        }
    });
    let (saved, plan) = read.await?;
    let theirs = Typed::of(&plan.plan.head);
    let typed = typed.unwrap_or_else(|| theirs.clone());
    let page = match page.is_stale {
        true => {
            let (by, at) = saved.unwrap_or((String::new(), call.now()));
            let sides = typed.beside(&theirs);
            page.beside(Theirs { by, at, sides }, plan.plan.head.version)
        }
        false => page.edits(plan.plan.head.version),
    };
    below(page, &plan).show(|page| Page { page, plan, typed })
}

impl Typed {
    fn of(head: &PlanRow) -> Self {
        Self {
            ten: head.title.clone(),
            so: head.document_number.clone().unwrap_or_default(),
            ngay: head.document_date.map(format::date).unwrap_or_default(),
            co_quan: head.issuer.clone().unwrap_or_default(),
        }
    }

    fn patch(&self) -> Result<PlanPatch, Vec<Invalid>> {
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.trim().is_empty());
        let date = typed::optional_date("document_date", &self.ngay);
        Ok(PlanPatch {
            title: Some(self.ten.clone()),
            document_number: Some(text(&self.so)),
            document_date: Some(date.map_err(|fault| vec![fault])?),
            issuer: Some(text(&self.co_quan)),
        })
    }

    fn beside(&self, theirs: &Self) -> Vec<Side> {
        let side = |label, theirs: &str, mine: &str| Side {
            label,
            theirs: theirs.to_owned(),
            mine: mine.to_owned(),
        };
        vec![
            side("pages.plans.plan", &theirs.ten, &self.ten),
            side("pages.plans.number", &theirs.so, &self.so),
            side("pages.plans.date", &theirs.ngay, &self.ngay),
            side("pages.plans.issuer", &theirs.co_quan, &self.co_quan),
        ]
    }
}

/// Whether everything of the head may change.
fn is_draft(plan: &PlanOverview) -> bool {
    *plan.plan.head.state == PlanState::Draft
}
