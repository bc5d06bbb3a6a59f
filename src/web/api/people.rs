//! People: who belongs to which unit, in which role, from when to when.

use actix_web::{get, patch, post, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{
    Body, Call, Created, Edit, IdempotencyKey, IfMatch, JsonReply, Page, PageParams, Paged, Path,
    Reply,
};
use crate::domain::access::{Role, Units};
use crate::domain::account::HasAccount;
use crate::domain::grant::NewRoleGrant;
use crate::domain::ids::{GrantId, PersonId, UnitId};
use crate::domain::person::{InService, NewPerson, PersonPatch};
use crate::domain::text::local_date;
use crate::service::overview::{self, LeavePreview, PersonRecord};
use crate::service::units::people::{self, LeavePerson, MovePerson};
use crate::service::units::{PersonChange, roles};
use crate::service::{Error, Tx};
use crate::store::views::people::{self as view, PeopleQuery, PersonView};
use crate::store::views::roles::{self as role_view, RoleView};

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
    /// Of this unit.
    unit_id: Option<UnitId>,
    /// With all units below it.
    below: bool,
    /// With this role.
    #[param(inline)]
    role: Option<Role>,
    /// In service on this local date.
    #[serde(deserialize_with = "crate::domain::years::read")]
    active_on: Option<NaiveDate>,
    /// In service today, gone, or still to come.
    #[param(inline)]
    service: Option<InService>,
    /// With such an account; of the people whose accounts the caller manages.
    #[param(inline)]
    account: Option<HasAccount>,
    /// Part of the unit's name or code, with or without diacritics.
    unit: Option<String>,
}

/// People that the caller may see, sorted by name.
#[utoipa::path(params(PeopleFilter, PageParams), responses((status = 200, body = Page<PersonView>)))]
#[get("/api/v1/people")]
async fn list(call: Call, page: Paged<PeopleFilter>) -> JsonReply<Page<PersonView>> {
    let filter = &page.filter;
    let units = Units::of(filter.unit_id, filter.below)?;
    let query = PeopleQuery {
        units,
        role: filter.role,
        active_on: filter.active_on,
        service: filter
            .service
            .map(|service| (service, local_date(call.now()))),
        account: filter.account,
        search: filter.q.clone(),
        mail: None,
        unit_search: filter.unit.clone(),
        after: page.after()?,
        skip: 0,
        limit: page.fetch(),
    };
    let found = call.read(move |tx| overview::people(tx, &query)).await?;
    let rows = found.people.into_iter().map(|line| line.person).collect();
    page.page(rows, |person: &PersonView| {
        (person.name_sort.clone(), person.id)
    })
    .map(web::Json)
}

/// One person.
#[utoipa::path(responses((status = 200, body = PersonView)))]
#[get("/api/v1/people/{id}")]
async fn get_one(call: Call, id: Path<PersonId>) -> Reply {
    call.show(move |tx| shown(tx, *id)).await
}

/// Everything about one person: posts, roles beside them, account, what they owe.
#[utoipa::path(responses((status = 200, body = PersonRecord)))]
#[get("/api/v1/people/{id}/record")]
async fn record(call: Call, id: Path<PersonId>) -> JsonReply<PersonRecord> {
    let locale = call.lang().locale();
    call.read_json(move |tx| overview::person(tx, *id, locale))
        .await
}

/// Create a person.
#[utoipa::path(
    params(IdempotencyKey), request_body = NewPerson, responses((status = 201, body = PersonView))
)]
#[post("/api/v1/people")]
async fn create(call: Call, body: Body<NewPerson>) -> Reply {
    let new = body.value;
    call.create(body.fingerprint, move |tx| {
        let id = people::create(tx, &new)?.person.id;
        let person = shown(tx, id)?;
        Ok(Created::at(format!("/api/v1/people/{id}"), person))
    })
    .await
}

/// Change a person's name, title, mail, role, position, fields or days in service.
#[utoipa::path(params(IfMatch), request_body = PersonPatch, responses((status = 200, body = PersonView)))]
#[patch("/api/v1/people/{id}")]
async fn change(call: Call, Edit { id, version, body }: Edit<PersonPatch, PersonId>) -> Reply {
    call.change(move |tx| {
        people::change(tx, id, &body, version)?;
        shown(tx, id)
    })
    .await
}

/// Record a person's last day. A successor gets what they held from the day after: roles, fields of
/// an editor, and the mails of a head or deputy.
#[utoipa::path(params(IfMatch), request_body = LeavePerson, responses((status = 200, body = LeftBody)))]
#[post("/api/v1/people/{id}/leave")]
async fn leave(call: Call, Edit { id, version, body }: Edit<LeavePerson, PersonId>) -> Reply {
    call.change(move |tx| {
        let left = people::leave(tx, id, body, version)?;
        Ok(LeftBody {
            left: shown(tx, id)?,
            passed: transferred(tx, &left)?,
        })
    })
    .await
}

/// What would happen if a person left: what passes to the successor. Nothing is written.
#[utoipa::path(params(IfMatch), request_body = LeavePerson, responses((status = 200, body = LeavePreview)))]
#[post("/api/v1/people/{id}/leave/preview")]
async fn preview_leave(
    call: Call,
    id: Path<PersonId>,
    IfMatch(version): IfMatch,
    body: Body<LeavePerson>,
) -> JsonReply<LeavePreview> {
    call.write_json(move |tx| overview::preview_leave(tx, *id, body.value, version))
        .await
}

/// Move somebody to another unit, or into another role, from a day on: they leave the old post on
/// the day before, and are created in the new one.
#[utoipa::path(
    params(IfMatch, IdempotencyKey),
    request_body = MovePerson,
    responses((status = 201, body = MovedBody)),
)]
#[post("/api/v1/people/{id}/move")]
async fn move_to(
    call: Call,
    id: Path<PersonId>,
    IfMatch(version): IfMatch,
    body: Body<MovePerson>,
) -> Reply {
    let to = body.value;
    call.create(body.fingerprint, move |tx| {
        let [left, entered] = people::move_to(tx, *id, to, version)?;
        let moved = MovedBody {
            left: shown(tx, left.person.id)?,
            entered: shown(tx, entered.person.id)?,
            passed: transferred(tx, &left)?,
        };
        Ok(Created::at(
            format!("/api/v1/people/{}", moved.entered.id),
            moved,
        ))
    })
    .await
}

/// Roles granted to a person beside the post, newest first; those that have ended too.
#[utoipa::path(responses((status = 200, body = Page<RoleView>)))]
#[get("/api/v1/people/{id}/roles")]
async fn roles_of(call: Call, id: Path<PersonId>) -> JsonReply<Page<RoleView>> {
    let roles = call.read(move |tx| roles::list(tx, *id)).await?;
    Ok(web::Json(Page::whole(roles)))
}

/// Grant a person a role beside the post, over a unit on which the caller holds one as high.
#[utoipa::path(
    params(IdempotencyKey), request_body = NewRoleGrant, responses((status = 201, body = RoleView))
)]
#[post("/api/v1/people/{id}/roles")]
async fn grant_role(call: Call, id: Path<PersonId>, body: Body<NewRoleGrant>) -> Reply {
    let id = id.into_inner();
    call.create(body.fingerprint, move |tx| {
        let role_id = roles::grant(tx, id, &body.value)?.id;
        Ok(Created::unversioned(
            format!("/api/v1/people/{id}/roles"),
            role(tx, role_id)?,
        ))
    })
    .await
}

/// Revoke a role at once.
#[utoipa::path(request_body = TakeBack, responses((status = 200, body = RoleView)))]
#[post("/api/v1/people/{id}/roles/{role_id}/revoke")]
async fn revoke_role(
    call: Call,
    path: Path<(PersonId, GrantId)>,
    body: Body<TakeBack>,
) -> JsonReply<RoleView> {
    let (id, role_id) = path.into_inner();
    call.write_json(move |tx| {
        roles::revoke(tx, id, role_id, &body.value.reason)?;
        role(tx, role_id)
    })
    .await
}

/// The roles that were transferred to a successor.
fn transferred(tx: &mut Tx<'_>, left: &PersonChange) -> Result<Vec<RoleView>, Error> {
    let ids: Vec<GrantId> = left.transferred.iter().map(|row| row.id).collect();
    Ok(role_view::find_many(tx.conn, &ids)?)
}

fn role(tx: &mut Tx<'_>, id: GrantId) -> Result<RoleView, Error> {
    let role = role_view::find_many(tx.conn, &[id])?.pop();
    role.ok_or_else(|| Error::not_found("role"))
}

fn shown(tx: &mut Tx<'_>, id: PersonId) -> Result<PersonView, Error> {
    view::find(tx.conn, &tx.scope(), id)?.ok_or_else(|| Error::not_found("person"))
}

versioned! {
    PersonView: version;
    LeftBody: left.version;
    MovedBody: entered.version;
}

resource!["people":
    list, get_one, record, create, change, leave, preview_leave, move_to, roles_of, grant_role, revoke_role,
];
