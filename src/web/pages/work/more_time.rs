//! More time for one obligation: its unit asks, the department gives.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::domain::error::Invalid;
use crate::domain::ids::ObligationId;
use crate::domain::obligation::Note;
use crate::domain::text::{local_date, rfc3339};
use crate::service::Tx;
use crate::service::obligations::work::{self, Became, MoreTime, NewTime};
use crate::web::call::Reply;
use crate::web::error::{Kind, Problem};
use crate::web::pages::call::PageCall;
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Field, Form, Sent};
use crate::web::pages::layout::{Layout, Side, Theirs};
use crate::web::pages::list::Choice;
use crate::web::pages::notice::Notice;
use crate::web::pages::work::steps;
use crate::web::pages::{format, routes, typed};

/// The choice of an instant of one's own.
const OWN: &str = "khac";

const FIELDS: &[Field] = &[
    Field::new("den", "pages.more_time.until", &["until"]),
    Field::new("ngay", "pages.more_time.day", &[]),
    Field::new("gio", "pages.more_time.time", &[]),
    Field::new("ly_do", "pages.more_time.reason", &["reason"]),
];

/// What was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    den: String,
    ngay: String,
    gio: String,
    ly_do: String,
}

impl Typed {
    fn until(&self) -> Result<DateTime<Utc>, PageError> {
        if self.den == OWN {
            let own = typed::instant(("ngay", &self.ngay), ("gio", &self.gio));
            return own.map_err(|faults| Problem::from(faults).into());
        }
        let chosen = DateTime::parse_from_rfc3339(&self.den);
        let chosen = chosen.map_err(|_| Invalid::new("den", "form_choice"))?;
        Ok(chosen.to_utc())
    }
}

#[derive(Template)]
#[template(path = "work/more_time.html")]
struct Page {
    page: Layout,
    form: MoreTime,
    choices: Vec<Choice>,
    typed: Typed,
}

pub async fn show(call: PageCall, id: web::Path<ObligationId>) -> Reply {
    let form = read(&call, *id).await?;
    let first = form.offers.first().map(|at| rfc3339(*at));
    let typed = Typed {
        den: first.unwrap_or_else(|| OWN.to_owned()),
        ..Typed::default()
    };
    shown(call.layout(), form, typed)
}

pub async fn send(
    call: PageCall,
    id: web::Path<ObligationId>,
    Sent { typed, form }: Sent<Typed>,
) -> Reply {
    let id = id.into_inner();
    let done = ask_or_give(&call, &form, id, &typed).await;
    let error = match done {
        Ok(reply) => return Ok(reply),
        Err(error) => error,
    };
    let now = read(&call, id).await?;
    let is_stale = error.kind() == Kind::Stale;
    let page = call.again(error, &form, FIELDS)?;
    let page = page.comes_back_to(routes::more_time(id));
    let revision = now.work.detail.obligation.due_revision;
    let page = match theirs(&page, &now, &typed) {
        Some(theirs) if is_stale => page.beside(theirs, revision),
        _ => page,
    };
    shown(page, now, typed)
}

async fn ask_or_give(
    call: &PageCall,
    form: &Form,
    id: ObligationId,
    typed: &Typed,
) -> Result<HttpResponse, PageError> {
    form.sent()?;
    let new = NewTime {
        until: typed.until()?,
        reason: typed.ly_do.clone(),
        revision: form.version()?,
    };
    let work = move |tx: &mut Tx<'_>| {
        let notice = match work::ask_or_give(tx, id, &new)? {
            Became::Asked => Notice::ExtensionAsked,
            Became::Given => Notice::ExtensionGiven,
        };
        Ok(notice.at(&routes::work(id)))
    };
    call.once(form, work).await
}

async fn read(call: &PageCall, id: ObligationId) -> Result<MoreTime, PageError> {
    let locale = call.locale();
    call.read(move |tx| work::more_time(tx, id, locale)).await
}

/// What moved the due instant meanwhile.
fn theirs(page: &Layout, form: &MoreTime, typed: &Typed) -> Option<Theirs> {
    let moved = form.work.moved.last()?;
    let (by, at) = match moved {
        Note::Extended { by, at, .. } => (by.clone(), *at),
        _ => (page.say("pages.more_time.system"), page.now),
    };
    let mine = match DateTime::parse_from_rfc3339(&typed.den) {
        Ok(at) => page.due(&at.to_utc()),
        Err(_) => format!("{} {}", typed.gio, typed.ngay),
    };
    let theirs = page.due(&form.work.detail.obligation.due_at.to_utc());
    let sides = vec![Side {
        label: "pages.more_time.until",
        theirs,
        mine,
    }];
    Some(Theirs { by, at, sides })
}

fn shown(page: Layout, form: MoreTime, typed: Typed) -> Reply {
    let work = &form.work.detail.obligation;
    let crumb = page.say("pages.work.work");
    let page = page
        .below(crumb, routes::work(work.id))
        .edits(work.due_revision);
    page.show(|page| Page {
        choices: choices(&page, &form.offers),
        page,
        form,
        typed,
    })
}

/// The instants that are offered, the next cut-off first, and one's own.
fn choices(page: &Layout, offers: &[DateTime<Utc>]) -> Vec<Choice> {
    let offered = offers.iter().enumerate().map(|(index, at)| {
        let day = format::weekday(page.lang(), local_date(*at));
        let words = format!("{} {day}", page.due(at));
        let words = match index {
            0 => page.say_with("pages.more_time.next", "at", words),
            _ => words,
        };
        Choice::new(rfc3339(*at), words)
    });
    let own = Choice::new(OWN, page.say("pages.more_time.own"));
    offered.chain([own]).collect()
}
