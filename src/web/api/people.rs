//! People: who belongs to which unit, in which role, from when to when.

use actix_web::{HttpResponse, get, patch, post, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::access::Role;
use crate::domain::grant::NewRoleGrant;
use crate::domain::person::{NewPerson, PersonPatch};
use crate::service::units::people::{self, LeavePerson, MovePerson};
use crate::service::units::{PersonChange, roles};
use crate::service::{Error, Tx};
use crate::store::views::people::{self as view, PeopleQuery, PersonView, Reach};
use crate::store::views::roles::{self as role_view, RoleView};
use crate::web::body::Body;
use crate::web::call::{Call, Created};
use crate::web::error::Problem;
use crate::web::etag::{IfMatch, tagged};
use crate::web::page::{Page, PageParams, Paged};
use crate::web::resource::Refused;

/// What a move made of one person: a row that ends and one that begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct MovedBody {
    /// The person in the old unit, until the day before.
    pub left: PersonView,
    /// The person in the new unit.
    pub entered: PersonView,
    /// Roles that the successor got by it.
    pub passed: Vec<RoleView>,
}

/// Somebody who leaves, and what passes to the successor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LeftBody {
    /// The person, with the last day.
    pub left: PersonView,
    /// Roles that the successor got by it; none that they held already.
    pub passed: Vec<RoleView>,
}

/// Why a role is revoked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct TakeBack {
    /// Why.
    reason: String,
}

/// Which people to list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PeopleFilter {
    /// Part of the name, with or without diacritics.
    q: Option<String>,
    /// Of this unit and all below it.
    unit_id: Option<i64>,
    /// Of the unit itself only.
    own: bool,
    /// With this role.
    #[param(inline)]
    role: Option<Role>,
    /// In service on this local date.
    #[serde(deserialize_with = "crate::domain::years::read")]
    active_on: Option<NaiveDate>,
}

/// People that the caller may see, sorted by name.
#[utoipa::path(
    tag = "people",
    params(PeopleFilter, PageParams),
    responses((status = 200, body = Page<PersonView>), (status = "4XX", response = Refused)),
)]
#[get("/api/v1/people")]
async fn list(
    call: Call,
    page: Paged<PeopleFilter>,
) -> Result<web::Json<Page<PersonView>>, Problem> {
    let filter = &page.filter;
    let query = PeopleQuery {
        unit_id: filter.unit_id,
        reach: if filter.own { Reach::Own } else { Reach::Below },
        role: filter.role,
        active_on: filter.active_on,
        search: filter.q.clone(),
        after: page.after()?,
        limit: page.fetch(),
    };
    let rows = call
        .read(move |tx| Ok(view::list(tx.conn, &tx.scope(), &query)?))
        .await?;
    Ok(web::Json(page.page(
        rows,
        |person| (person.name_sort.clone(), person.id),
        |person| person,
    )?))
}

/// One person.
#[utoipa::path(tag = "people", responses((status = 200, body = PersonView), (status = "4XX", response = Refused)))]
#[get("/api/v1/people/{id}")]
async fn get_one(call: Call, id: web::Path<i64>) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let person = call.read(move |tx| shown(tx, id)).await?;
    Ok(tagged(person.version, &person))
}

/// Create a person.
#[utoipa::path(
    tag = "people",
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = NewPerson,
    responses((status = 201, body = PersonView), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/people")]
async fn create(call: Call, body: Body<NewPerson>) -> Result<HttpResponse, Problem> {
    let new = body.value;
    call.create(body.fingerprint, move |tx| {
        let id = people::create(tx, &new)?.person.id;
        let person = shown(tx, id)?;
        Ok(Created::at(
            format!("/api/v1/people/{id}"),
            person.version,
            person,
        ))
    })
    .await
}

/// Change a person's name, title, mail, role, position, fields or days in service.
#[utoipa::path(
    tag = "people",
    params(("If-Match" = String, Header)),
    request_body = PersonPatch,
    responses((status = 200, body = PersonView), (status = "4XX", response = Refused)),
)]
#[patch("/api/v1/people/{id}")]
async fn change(
    call: Call,
    id: web::Path<i64>,
    IfMatch(version): IfMatch,
    body: Body<PersonPatch>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let person = call
        .write(move |tx| {
            people::change(tx, id, &body.value, version)?;
            shown(tx, id)
        })
        .await?;
    Ok(tagged(person.version, &person))
}

/// Record a person's last day. A successor gets what they held from the day after: roles, fields of
/// an editor, and the mails of a head or deputy.
#[utoipa::path(
    tag = "people",
    params(("If-Match" = String, Header)),
    request_body = LeavePerson,
    responses((status = 200, body = LeftBody), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/people/{id}/leave")]
async fn leave(
    call: Call,
    id: web::Path<i64>,
    IfMatch(version): IfMatch,
    body: Body<LeavePerson>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let reply = call
        .write(move |tx| {
            let left = people::leave(tx, id, body.value, version)?;
            Ok(LeftBody {
                left: shown(tx, id)?,
                passed: transferred(tx, &left)?,
            })
        })
        .await?;
    Ok(tagged(reply.left.version, &reply))
}

/// Move somebody to another unit, or into another role, from a day on: they leave the old post on
/// the day before, and are created in the new one.
#[utoipa::path(
    tag = "people",
    params(("If-Match" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    request_body = MovePerson,
    responses((status = 201, body = MovedBody), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/people/{id}/move")]
async fn move_to(
    call: Call,
    id: web::Path<i64>,
    IfMatch(version): IfMatch,
    body: Body<MovePerson>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let to = body.value;
    call.create(body.fingerprint, move |tx| {
        let [left, entered] = people::move_to(tx, id, to, version)?;
        let moved = MovedBody {
            left: shown(tx, left.person.id)?,
            entered: shown(tx, entered.person.id)?,
            passed: transferred(tx, &left)?,
        };
        Ok(Created::at(
            format!("/api/v1/people/{}", moved.entered.id),
            moved.entered.version,
            moved,
        ))
    })
    .await
}

/// Roles granted to a person beside the post, newest first; those that have ended too.
#[utoipa::path(tag = "people", responses((status = 200, body = Page<RoleView>), (status = "4XX", response = Refused)))]
#[get("/api/v1/people/{id}/roles")]
async fn roles_of(call: Call, id: web::Path<i64>) -> Result<web::Json<Page<RoleView>>, Problem> {
    let id = id.into_inner();
    let roles = call.read(move |tx| roles::list(tx, id)).await?;
    Ok(web::Json(Page::whole(roles)))
}

/// Grant a person a role beside the post, over a unit on which the caller holds one as high.
#[utoipa::path(
    tag = "people",
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = NewRoleGrant,
    responses((status = 201, body = RoleView), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/people/{id}/roles")]
async fn grant_role(
    call: Call,
    id: web::Path<i64>,
    body: Body<NewRoleGrant>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    call.create(body.fingerprint, move |tx| {
        let role_id = roles::grant(tx, id, &body.value)?.id;
        Ok(Created {
            body: role(tx, role_id)?,
            location: format!("/api/v1/people/{id}/roles"),
            version: None,
        })
    })
    .await
}

/// Revoke a role at once.
#[utoipa::path(
    tag = "people",
    request_body = TakeBack,
    responses((status = 200, body = RoleView), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/people/{id}/roles/{role_id}/revoke")]
async fn revoke_role(
    call: Call,
    path: web::Path<(i64, i64)>,
    body: Body<TakeBack>,
) -> Result<web::Json<RoleView>, Problem> {
    let (id, role_id) = path.into_inner();
    let role = call
        .write(move |tx| {
            roles::revoke(tx, id, role_id, &body.value.reason)?;
            role(tx, role_id)
        })
        .await?;
    Ok(web::Json(role))
}

/// The roles that were transferred to a successor.
fn transferred(tx: &mut Tx<'_>, left: &PersonChange) -> Result<Vec<RoleView>, Error> {
    let ids: Vec<i64> = left.transferred.iter().map(|row| row.id).collect();
    Ok(role_view::find_many(tx.conn, &ids)?)
}

fn role(tx: &mut Tx<'_>, id: i64) -> Result<RoleView, Error> {
    let role = role_view::find_many(tx.conn, &[id])?.pop();
    role.ok_or_else(|| Error::not_found("role"))
}

fn shown(tx: &mut Tx<'_>, id: i64) -> Result<PersonView, Error> {
    view::find(tx.conn, &tx.scope(), id)?.ok_or_else(|| Error::not_found("person"))
}

resource![
    list,
    get_one,
    create,
    change,
    leave,
    move_to,
    roles_of,
    grant_role,
    revoke_role
];
