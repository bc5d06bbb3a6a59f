//! Excusing from one obligation, and taking it back.

use actix_web::web;
use askama::Template;
use serde::Deserialize;

use crate::domain::ids::ObligationId;
use crate::service::Error;
use crate::service::obligations::exemptions;
use crate::service::obligations::work::{self, Work};
use crate::web::call::Reply;
use crate::web::pages::call::PageCall;
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Field, Sent};
use crate::web::pages::layout::Layout;
use crate::web::pages::notice::Notice;
use crate::web::pages::routes;
use crate::web::pages::work::steps;

const FIELDS: &[Field] = &[Field::new("ly_do", "pages.exempt.reason", &["reason"])];

/// What was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    ly_do: String,
}

/// What the notice takes back.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Undo {
    muc: Vec<ObligationId>,
}

#[derive(Template)]
#[template(path = "work/exempt.html")]
struct Page {
    page: Layout,
    work: Work,
    typed: Typed,
}

pub async fn show(call: PageCall, id: web::Path<ObligationId>) -> Reply {
    let work = read(&call, *id).await?;
    shown(call.layout(), work, Typed::default())
}

pub async fn send(
    call: PageCall,
    id: web::Path<ObligationId>,
    Sent { typed, form }: Sent<Typed>,
) -> Reply {
    let (id, reason) = (id.into_inner(), typed.ly_do.clone());
    let done = call.once(&form, move |tx| {
        exemptions::exempt(tx, id, &reason)?;
        Ok(Notice::Exempted.at_counted(&routes::work(id), (1, 0), &[id.0]))
    });
    match done.await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            let work = read(&call, id).await?;
            let page = call.again(error, &form, FIELDS)?;
            shown(page.comes_back_to(routes::exempt(id)), work, typed)
        }
    }
}

pub async fn undo(call: PageCall, Sent { typed, form }: Sent<Undo>) -> Reply {
    let reason = crate::domain::words::say("vi", "pages.exempt.undone", &[]);
    let done = call.once(&form, move |tx| {
        for id in &typed.muc {
            exemptions::revoke_exemption(tx, *id, &reason)?;
        }
        let back = typed.muc.first().map(routes::work);
        let back = back.unwrap_or_else(|| routes::WORK.to_owned());
        Ok(Notice::ExemptionTakenBack.at(&back))
    });
    Ok(done.await?)
}

async fn read(call: &PageCall, id: ObligationId) -> Result<Work, PageError> {
    let locale = call.locale();
    call.read(move |tx| {
        let work = work::show(tx, id, locale)?;
        match work.may.decides {
            true => Ok(work),
            false => Err(Error::Forbidden),
        }
    })
    .await
}

fn shown(page: Layout, work: Work, typed: Typed) -> Reply {
    let crumb = page.say("pages.work.work");
    page.below(crumb, routes::work(work.detail.obligation.id))
        .show(|page| Page { page, work, typed })
}
