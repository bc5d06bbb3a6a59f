//! People: who belongs to which unit, in which role, from when to when.

use actix_web::{HttpResponse, get, patch, post, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::access::{Actor, Role};
use crate::domain::field::Field;
use crate::domain::person::{NewPerson, PersonPatch, Position};
use crate::service::core::access;
use crate::service::units::people;
use crate::service::units::people::{LeavePerson, MovePerson};
use crate::service::units::roles;
use crate::service::units::roles::{GiveRole, RoleGrantRow};
use crate::service::{App, Error};
use crate::store::types::Word;
use crate::store::views::people::{self as view, PeopleQuery, PersonView, Reach};
use crate::store::{Conn, StoreError};
use crate::web::body::Body;
use crate::web::call::{Call, Created};
use crate::web::error::{Kind, Problem};
use crate::web::etag::{IfMatch, tagged};
use crate::web::page::{Page, PageParams, Paged};
use crate::web::resource::Refused;
use crate::web::time::Instant;

/// A person. Contributors are told the names of their colleagues, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PersonBody {
    /// Their id.
    pub id: i64,
    /// The unit they belong to.
    pub unit_id: i64,
    /// The unit's code.
    pub unit_code: String,
    /// The unit's name.
    pub unit_name: String,
    /// Full name.
    pub name: String,
    /// Title.
    pub title: Option<String>,
    /// Mail address.
    pub mail: Option<String>,
    /// What they may do by their post.
    #[schema(value_type = Option<Role>)]
    pub role: Option<Word<Role>>,
    /// What they are in the unit.
    #[schema(value_type = Option<Position>)]
    pub position: Option<Word<Position>>,
    /// Their fields of work.
    pub fields: Option<Vec<Field>>,
    /// First day in service; `null`: always.
    pub active_from: Option<NaiveDate>,
    /// Last day in service; `null`: open.
    pub active_to: Option<NaiveDate>,
    /// Goes up with every change.
    pub version: i32,
}

/// What a move made of one person: a row that ends and one that begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct MovedBody {
    /// The person in the old unit, until the day before.
    pub left: PersonBody,
    /// The person in the new unit.
    pub entered: PersonBody,
    /// Roles that the successor got by it.
    pub passed: Vec<RoleBody>,
}

/// Somebody who leaves, and what passes to the successor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LeftBody {
    /// The person, with the last day.
    pub left: PersonBody,
    /// Roles that the successor got by it; none that they held already.
    pub passed: Vec<RoleBody>,
}

/// A role given to a person beside the post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RoleBody {
    /// Its number.
    pub id: i64,
    /// The person.
    pub person_id: i64,
    /// What they may do.
    #[schema(value_type = Role)]
    pub role: Word<Role>,
    /// The unit on which the role sits; `null` = the whole installation.
    pub unit_id: Option<i64>,
    /// What they are there by it.
    #[schema(value_type = Position)]
    pub position: Word<Position>,
    /// Of editors: the fields that it is for, `[]` = every field; `null`: the person's own.
    pub fields: Option<Vec<Field>>,
    /// First local day.
    pub valid_from: NaiveDate,
    /// Last local day; `null`: open.
    pub valid_to: Option<NaiveDate>,
    /// Who gave it.
    pub given_by: String,
    /// Why.
    pub reason: String,
    /// When it was given.
    pub given_at: Instant,
    /// Who took it back.
    pub revoked_by: Option<String>,
    /// When it was taken back; from then on it holds no more.
    pub revoked_at: Option<Instant>,
}

/// Why a role is taken back.
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
    active_on: Option<NaiveDate>,
}

/// People that the caller may see, sorted by name.
#[utoipa::path(
    tag = "people",
    params(PeopleFilter, PageParams),
    responses((status = 200, body = Page<PersonBody>), (status = "4XX", response = Refused)),
)]
#[get("/api/v1/people")]
async fn list(
    call: Call,
    page: Paged<PeopleFilter>,
) -> Result<web::Json<Page<PersonBody>>, Problem> {
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
        .read_view(move |conn, scope| {
            let keyed =
                |row: PersonView| Ok(((row.name_sort.clone(), row.id), PersonBody::new(row)?));
            view::list(conn, scope, &query)?
                .into_iter()
                .map(keyed)
                .collect::<Result<Vec<_>, StoreError>>()
        })
        .await?;
    Ok(web::Json(page.page(
        rows,
        |(key, _)| key.clone(),
        |(_, person)| person,
    )?))
}

/// One person.
#[utoipa::path(tag = "people", responses((status = 200, body = PersonBody), (status = "4XX", response = Refused)))]
#[get("/api/v1/people/{id}")]
async fn get_one(call: Call, id: web::Path<i64>) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let person = call
        .read_view(move |conn, scope| {
            view::find(conn, scope, id)?
                .map(PersonBody::new)
                .transpose()
        })
        .await?;
    let person = person.ok_or_else(|| Problem::new(Kind::NotFound))?;
    Ok(tagged(person.version, &person))
}

/// Enter a person.
#[utoipa::path(
    tag = "people",
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = NewPerson,
    responses((status = 201, body = PersonBody), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/people")]
async fn enter(call: Call, body: Body<NewPerson>) -> Result<HttpResponse, Problem> {
    let new = body.value;
    call.create_with(body.fingerprint, move |app, conn, actor, now| {
        let id = people::enter_in(conn, app, actor, new.clone(), now)?
            .person
            .id;
        let person = shown(conn, actor, id)?;
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
    responses((status = 200, body = PersonBody), (status = "4XX", response = Refused)),
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
        .change(move |app, actor, now| {
            app.store.write(|conn| {
                people::change_in(conn, app, actor, id, body.value.clone(), version, now)?;
                shown(conn, actor, id)
            })
        })
        .await?;
    Ok(tagged(person.version, &person))
}

/// See somebody off; who takes over gets what they held from the day after: roles, fields of an
/// editor, and the mails of a head or deputy.
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
        .change(move |app, actor, now| {
            app.store.write(|conn| {
                let passed =
                    people::leave_in(conn, app, actor, id, body.value, version, now)?.passed;
                Ok::<_, Error>(LeftBody {
                    left: shown(conn, actor, id)?,
                    passed: bodies(passed)?,
                })
            })
        })
        .await?;
    Ok(tagged(reply.left.version, &reply))
}

/// Move somebody to another unit, or into another role, from a day on: they leave the old post on
/// the day before, and are entered in the new one.
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
    call.create_with(body.fingerprint, move |app: &App, conn, actor, now| {
        let [left, entered] = people::move_in(conn, app, actor, id, to, version, now)?;
        let moved = MovedBody {
            left: shown(conn, actor, left.person.id)?,
            entered: shown(conn, actor, entered.person.id)?,
            passed: bodies(left.passed)?,
        };
        Ok(Created::at(
            format!("/api/v1/people/{}", moved.entered.id),
            moved.entered.version,
            moved,
        ))
    })
    .await
}

/// Roles given to a person beside the post, newest first; ended ones too.
#[utoipa::path(tag = "people", responses((status = 200, body = Page<RoleBody>), (status = "4XX", response = Refused)))]
#[get("/api/v1/people/{id}/roles")]
async fn roles_of(call: Call, id: web::Path<i64>) -> Result<web::Json<Page<RoleBody>>, Problem> {
    let id = id.into_inner();
    let rows = call
        .ask(move |app, actor| roles::list(app, actor, id))
        .await?;
    Ok(web::Json(Page::whole(bodies(rows)?)))
}

/// Give a person a role beside the post: over a unit on which the giver holds one as high.
#[utoipa::path(
    tag = "people",
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = GiveRole,
    responses((status = 201, body = RoleBody), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/people/{id}/roles")]
async fn give_role(
    call: Call,
    id: web::Path<i64>,
    body: Body<GiveRole>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    call.create_with(body.fingerprint, move |_, conn, actor, now| {
        let given = RoleBody::new(roles::give_in(conn, actor, id, &body.value, now)?)?;
        Ok(Created {
            body: given,
            location: format!("/api/v1/people/{id}/roles"),
            version: None,
        })
    })
    .await
}

/// Take a role back at once.
#[utoipa::path(
    tag = "people",
    request_body = TakeBack,
    responses((status = 200, body = RoleBody), (status = "4XX", response = Refused)),
)]
#[post("/api/v1/people/{id}/roles/{role_id}/revoke")]
async fn revoke_role(
    call: Call,
    path: web::Path<(i64, i64)>,
    body: Body<TakeBack>,
) -> Result<web::Json<RoleBody>, Problem> {
    let ids = path.into_inner();
    let row = call
        .change(move |app, actor, now| roles::revoke(app, actor, ids, &body.value.reason, now))
        .await?;
    Ok(web::Json(RoleBody::new(row)?))
}

fn bodies(rows: Vec<RoleGrantRow>) -> Result<Vec<RoleBody>, StoreError> {
    rows.into_iter().map(RoleBody::new).collect()
}

impl RoleBody {
    fn new(row: RoleGrantRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            person_id: row.person_id,
            role: row.role,
            unit_id: row.unit_id,
            position: row.position,
            fields: row.fields.map(|fields| fields.0),
            valid_from: row.valid_from,
            valid_to: row.valid_to,
            given_by: row.given_by,
            reason: row.reason,
            given_at: row.created_at,
            revoked_by: row.revoked_by,
            revoked_at: row.revoked_at,
        })
    }
}

fn shown(conn: &mut Conn, actor: &Actor, id: i64) -> Result<PersonBody, Error> {
    let person =
        view::find(conn, &access::scope(actor), id)?.ok_or_else(|| Error::not_found("person"))?;
    Ok(PersonBody::new(person)?)
}

impl PersonBody {
    fn new(person: PersonView) -> Result<Self, StoreError> {
        Ok(Self {
            id: person.id,
            unit_id: person.unit_id,
            unit_code: person.unit_code,
            unit_name: person.unit_name,
            name: person.name,
            title: person.title,
            mail: person.mail,
            role: person.role,
            position: person.position,
            fields: person.fields.map(|fields| fields.0),
            active_from: person.active_from,
            active_to: person.active_to,
            version: person.version,
        })
    }
}

resource![
    list,
    get_one,
    enter,
    change,
    leave,
    move_to,
    roles_of,
    give_role,
    revoke_role
];
