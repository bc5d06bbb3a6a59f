//! Moving a person to another unit, or to another role, from a day on.

use actix_web::HttpResponse;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use crate::domain::access::Role;
use crate::domain::ids::PersonId;
use crate::domain::person::Position;
use crate::service::Tx;
use crate::service::overview;
use crate::service::units::named;
use crate::service::units::people::{self, MovePerson};
use crate::store::views::people::PersonView;
use crate::web::call::Reply;
use crate::web::pages::call::PageCall;
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Field, Sent};
use crate::web::pages::layout::Layout;
use crate::web::pages::list::Choice;
use crate::web::pages::notice::Notice;
use crate::web::pages::{routes, typed};

/// What was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::web::pages) struct Typed {
    don_vi: String,
    tu: String,
    vai_tro: Option<Role>,
    vi_tri: Option<Position>,
    nguoi_thay: String,
}

const FIELDS: &[Field] = &[
    Field::new("don_vi", "pages.people.new_unit", &["unit_id"]),
    Field::new("tu", "pages.people.move_day", &["from", "active_to"]),
    Field::new("vai_tro", "pages.people.new_role", &["role"]),
    Field::new("vi_tri", "pages.people.position_label", &["position"]),
    Field::new("nguoi_thay", "pages.people.successor", &["successor_id"]),
];

#[derive(Template)]
#[template(path = "people/move.html")]
struct Page {
    page: Layout,
    person: PersonView,
    typed: Typed,
    colleagues: Vec<PersonView>,
    roles: Vec<Choice>,
    positions: Vec<Choice>,
}

pub(in crate::web::pages) async fn show(call: PageCall, id: Path<PersonId>) -> Reply {
    form(&call, call.layout(), (*id, Typed::default())).await
}

async fn form(call: &PageCall, page: Layout, (id, typed): (PersonId, Typed)) -> Reply {
    let person = super::to_change(call, id).await?.person;
    let of = person.clone();
    let colleagues = call.read(move |tx| overview::colleagues(tx, &of)).await?;
    let page = super::below(page.edits(person.version), &person);
    page.show(|page| Page {
        roles: super::roles_of_posts(call, &page, "pages.people.as_before"),
        positions: {
            let as_before = Choice::new("", page.say("pages.people.as_before"));
            std::iter::once(as_before)
                .chain(super::positions(&page))
                .collect()
        },
        page,
        person,
        typed,
        colleagues,
    })
}

pub(in crate::web::pages) async fn send(
    call: PageCall,
    id: Path<PersonId>,
    sent: Sent<Typed>,
) -> Reply {
    let id = *id;
    match try_move(&call, id, &sent).await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            let page = call.again(error, &sent.form, FIELDS)?;
            let page = page.comes_back_to(routes::of(routes::MOVE_PERSON, id));
            form(&call, page, (id, sent.typed)).await
        }
    }
}

async fn try_move(
    call: &PageCall,
    id: PersonId,
    sent: &Sent<Typed>,
) -> Result<HttpResponse, PageError> {
    sent.form.sent()?;
    let (typed, version) = (sent.typed.clone(), sent.form.version()?);
    let from = typed::date("from", &typed.tu)?;
    let work = move |tx: &mut Tx<'_>| {
        let to = MovePerson {
            unit_id: named::unit(tx, &typed.don_vi, "unit_id")?,
            from,
            role: typed.vai_tro,
            position: typed.vi_tri,
            successor_id: named::optional_person(tx, &typed.nguoi_thay, "successor_id")?,
        };
        let [_, entered] = people::move_to(tx, id, to, version)?;
        Ok(Notice::PersonMoved.at(&routes::person(entered.person.id)))
    };
    call.once(&sent.form, work).await
}

/// A person as the field of a successor takes them.
pub(super) fn named_person(person: &PersonView) -> String {
    match &person.mail {
        Some(mail) => format!("{} <{mail}>", person.name),
        None => person.name.clone(),
    }
}
