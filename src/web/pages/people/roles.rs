//! Granting a person a role beside the post, and revoking it.

use actix_web::HttpResponse;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use crate::domain::access::Role;
use crate::domain::error::Invalid;
use crate::domain::field::Field as WorkField;
use crate::domain::grant::NewRoleGrant;
use crate::domain::ids::{GrantId, PersonId};
use crate::domain::person::Position;
use crate::service::overview::{PersonRecord, RoleLine};
use crate::service::units::{named, roles};
use crate::service::{Error, Tx};
use crate::store::views::people::PersonView;
use crate::web::call::Reply;
use crate::web::error::{Kind, Problem};
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
    vai_tro: Option<Role>,
    don_vi: String,
    vi_tri: Position,
    linh_vuc: Vec<WorkField>,
    tu: String,
    den: String,
    ly_do: String,
}

const FIELDS: &[Field] = &[
    Field::new("vai_tro", "pages.people.role", &["role"]),
    Field::new("don_vi", "pages.people.unit", &["unit_id"]),
    Field::new("vi_tri", "pages.people.position_label", &["position"]),
    Field::new("linh_vuc", "pages.people.fields", &["fields"]),
    Field::new("tu", "pages.people.first_day", &["valid_from"]),
    Field::new("den", "pages.people.last_day", &["valid_to"]),
    Field::new("ly_do", "pages.people.reason", &["reason"]),
];

/// What is said of the whole step belongs to its one field.
const REVOKE_FIELDS: &[Field] = &[Field::new("ly_do", "pages.people.reason", &["reason", ""])];

#[derive(Template)]
#[template(path = "people/role.html")]
struct Page {
    page: Layout,
    person: PersonView,
    typed: Typed,
    roles: Vec<Choice>,
    positions: Vec<Choice>,
    fields: &'static [WorkField],
}

#[derive(Template)]
#[template(path = "people/revoke.html")]
struct RevokePage {
    page: Layout,
    person: PersonView,
    line: RoleLine,
    reason: String,
}

impl Typed {
    fn role(&self) -> &'static str {
        self.vai_tro.map_or("", Role::as_str)
    }

    fn grant(&self, tx: &mut Tx<'_>) -> Result<NewRoleGrant, Error> {
        let mut faults = Vec::new();
        if self.vai_tro.is_none() {
            faults.push(Invalid::new("role", "required"));
        }
        let unit_id = match named::unit(tx, &self.don_vi, "unit_id") {
            Err(Error::Invalid(bad)) => {
                faults.extend(bad);
                None
            }
            found => Some(found?),
        };
        let mut date = |field, text: &str| {
            typed::optional_date(field, text).unwrap_or_else(|fault| {
                faults.push(fault);
                None
            })
        };
        let (valid_from, valid_to) = (date("valid_from", &self.tu), date("valid_to", &self.den));
        match (self.vai_tro, faults.is_empty()) {
            (Some(role), true) => Ok(NewRoleGrant {
                role,
                unit_id,
                position: self.vi_tri,
                fields: (role == Role::Editor && !self.linh_vuc.is_empty())
                    .then(|| self.linh_vuc.clone()),
                valid_from,
                valid_to,
                reason: self.ly_do.clone(),
            }),
            _ => Err(Error::Invalid(faults)),
        }
    }
}

pub(in crate::web::pages) async fn show(call: PageCall, id: Path<PersonId>) -> Reply {
    form(&call, call.layout(), (*id, None)).await
}

async fn form(call: &PageCall, page: Layout, (id, typed): (PersonId, Option<Typed>)) -> Reply {
    let person = super::to_change(call, id).await?.person;
    let page = super::below(page, &person);
    let typed = typed.unwrap_or_else(|| Typed {
        don_vi: person.unit_name.clone(),
        ..Typed::default()
    });
    page.show(|page| Page {
        roles: super::roles_of_posts(call, &page, "pages.people.choose_role"),
        positions: super::positions(&page),
        fields: WorkField::ALL,
        page,
        person,
        typed,
    })
}

pub(in crate::web::pages) async fn grant(
    call: PageCall,
    id: Path<PersonId>,
    sent: Sent<Typed>,
) -> Reply {
    let id = *id;
    let typed = sent.typed.clone();
    let work = move |tx: &mut Tx<'_>| {
        let new = typed.grant(tx)?;
        roles::grant(tx, id, &new)?;
        Ok(Notice::RoleGranted.at(&routes::person(id)))
    };
    match call.once(&sent.form, work).await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            let page = call.again(error, &sent.form, FIELDS)?;
            let page = page.comes_back_to(routes::of(routes::GRANT_ROLE, id));
            form(&call, page, (id, Some(sent.typed))).await
        }
    }
}

/// The person and the role that an address names.
pub(in crate::web::pages) type Of = Path<(PersonId, GrantId)>;

pub(in crate::web::pages) async fn show_revoke(call: PageCall, of: Of) -> Reply {
    revocation(&call, call.layout(), (*of, String::new())).await
}

async fn revocation(
    call: &PageCall,
    page: Layout,
    ((id, role), reason): ((PersonId, GrantId), String),
) -> Reply {
    let PersonRecord { person, roles, .. } = super::to_change(call, id).await?;
    let line = roles.into_iter().find(|line| line.role.id == role);
    let line = line.ok_or_else(|| Problem::new(Kind::NotFound))?;
    super::below(page, &person).show(|page| RevokePage {
        page,
        person,
        line,
        reason,
    })
}

pub(in crate::web::pages) async fn revoke(call: PageCall, of: Of, sent: Sent<Typed>) -> Reply {
    let of = *of;
    match try_revoke(&call, of, &sent).await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            let page = call.again(error, &sent.form, REVOKE_FIELDS)?;
            let page = page.comes_back_to(routes::revoke_role(of.0, of.1));
            revocation(&call, page, (of, sent.typed.ly_do)).await
        }
    }
}

async fn try_revoke(
    call: &PageCall,
    (id, role): (PersonId, GrantId),
    sent: &Sent<Typed>,
) -> Result<HttpResponse, PageError> {
    let reason = sent.typed.ly_do.clone();
    let work = move |tx: &mut Tx<'_>| {
        roles::revoke(tx, id, role, &reason)?;
        Ok(Notice::RoleRevoked.at(&routes::person(id)))
    };
    call.once(&sent.form, work).await
}
