//! Recording the last day of a person, and who takes over: a form, a page that says what passes over,
//! and doing it.

use actix_web::HttpResponse;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use crate::domain::access::Role;
use crate::domain::ids::PersonId;
use crate::service::overview::{self, LeavePreview, PersonRecord};
use crate::service::units::named;
use crate::service::units::people::{self, LeavePerson};
use crate::service::{Error, Tx};
use crate::store::views::people::PersonView;
use crate::web::call::Reply;
use crate::web::pages::call::PageCall;
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Field, Sent};
use crate::web::pages::layout::Layout;
use crate::web::pages::notice::Notice;
use crate::web::pages::{routes, typed};

/// What was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::web::pages) struct Typed {
    ngay: String,
    nguoi_thay: String,
    moi: Option<String>,
}

/// What is said of the whole step belongs to the day: that of the last administrator.
const FIELDS: &[Field] = &[
    Field::new(
        "ngay",
        "pages.people.last_day",
        &["last_day", "active_to", ""],
    ),
    Field::new(
        "nguoi_thay",
        "pages.people.successor",
        &["successor_id", "role"],
    ),
];

#[derive(Template)]
#[template(path = "people/leave.html")]
struct Page {
    page: Layout,
    record: PersonRecord,
    typed: Typed,
    colleagues: Vec<PersonView>,
    administers: bool,
}

#[derive(Template)]
#[template(path = "people/leave_confirm.html")]
struct ConfirmPage {
    page: Layout,
    preview: LeavePreview,
    typed: Typed,
    invites: bool,
}

impl Typed {
    /// The last day and the successor.
    fn leaves(&self, tx: &mut Tx<'_>) -> Result<LeavePerson, Error> {
        let last_day = typed::date("last_day", &self.ngay)?;
        Ok(LeavePerson {
            last_day,
            successor_id: named::optional_person(tx, &self.nguoi_thay, "successor_id")?,
        })
    }
}

pub(in crate::web::pages) async fn show(call: PageCall, id: Path<PersonId>) -> Reply {
    form(&call, call.layout(), (*id, Typed::default())).await
}

async fn form(call: &PageCall, page: Layout, (id, typed): (PersonId, Typed)) -> Reply {
    let record = super::to_change(call, id).await?;
    let of = record.person.clone();
    let colleagues = call.read(move |tx| overview::colleagues(tx, &of)).await?;
    let page = super::below(page.edits(record.person.version), &record.person);
    let by_role = record
        .roles
        .iter()
        .any(|line| line.role.role == Role::Admin);
    let by_post = record.person.role.is_some_and(|role| role == Role::Admin);
    page.show(|page| Page {
        page,
        administers: by_post || by_role,
        record,
        typed,
        colleagues,
    })
}

/// Says what would happen.
pub(in crate::web::pages) async fn confirm(
    call: PageCall,
    id: Path<PersonId>,
    sent: Sent<Typed>,
) -> Reply {
    let id = *id;
    match try_preview(&call, id, &sent).await {
        Ok(preview) => {
            let page = call.layout().edits(sent.form.version()?);
            let page = page.comes_back_to(routes::of(routes::LEAVE, id));
            let above = page.say("pages.people.title");
            let page = page
                .below(above, routes::PEOPLE)
                .below_named(preview.person.name.clone(), routes::person(id));
            let needs = preview.successor.is_some() && preview.successor_account.is_none();
            page.show(|page| ConfirmPage {
                page,
                invites: needs && sent.typed.moi.is_some(),
                preview,
                typed: sent.typed,
            })
        }
        Err(error) => again(&call, id, (error, sent)).await,
    }
}

async fn try_preview(
    call: &PageCall,
    id: PersonId,
    sent: &Sent<Typed>,
) -> Result<LeavePreview, PageError> {
    sent.form.sent()?;
    let (typed, version) = (sent.typed.clone(), sent.form.version()?);
    call.write(move |tx| {
        let leaves = typed.leaves(tx)?;
        overview::preview_leave(tx, id, leaves, version)
    })
    .await
}

pub(in crate::web::pages) async fn send(
    call: PageCall,
    id: Path<PersonId>,
    sent: Sent<Typed>,
) -> Reply {
    let id = *id;
    match try_leave(&call, id, &sent).await {
        Ok(reply) => Ok(reply),
        Err(error) => again(&call, id, (error, sent)).await,
    }
}

async fn again(call: &PageCall, id: PersonId, (error, sent): (PageError, Sent<Typed>)) -> Reply {
    let page = call.again(error, &sent.form, FIELDS)?;
    let page = page.comes_back_to(routes::of(routes::LEAVE, id));
    form(call, page, (id, sent.typed)).await
}

async fn try_leave(
    call: &PageCall,
    id: PersonId,
    sent: &Sent<Typed>,
) -> Result<HttpResponse, PageError> {
    sent.form.sent()?;
    let (typed, version) = (sent.typed.clone(), sent.form.version()?);
    let work = move |tx: &mut Tx<'_>| {
        let leaves = typed.leaves(tx)?;
        people::leave(tx, id, leaves, version)?;
        if let (Some(successor), Some(_)) = (leaves.successor_id, &typed.moi) {
            super::form::invite(tx, successor)?;
        }
        Ok(Notice::PersonLeaves.at(&routes::person(id)))
    };
    call.once(&sent.form, work).await
}
