//! Units: the tree of those who owe and those who read.

use actix_web::{get, patch, post, web};
use serde::{Deserialize, Serialize};

use super::{
    Body, Call, Created, Edit, IdempotencyKey, IfMatch, JsonReply, Page, PageParams, Paged, Path,
    Reply,
};
use crate::domain::ids::UnitId;
use crate::domain::text::local_date;
use crate::domain::unit::{Category, NewUnit, UnitPatch};
use crate::service::units::{self, EndUnit, MergeUnit, MoveUnit};
use crate::service::{Error, Tx};
use crate::store::views::units::{self as view, UnitQuery, UnitView};

/// What a merger did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct MergedBody {
    /// The unit that merged.
    pub unit: UnitView,
    /// The units that moved to its successor.
    pub moved: Vec<UnitView>,
}

/// Which units to list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct UnitFilter {
    /// Part of the name, with or without diacritics, or of the code.
    q: Option<String>,
    /// Of this category.
    #[param(inline)]
    category: Option<Category>,
    /// Directly below this unit.
    parent_id: Option<UnitId>,
    /// Existing today (`true`), or not yet or no longer (`false`).
    active: Option<bool>,
}

/// Units that the caller may see, sorted by name.
#[utoipa::path(params(UnitFilter, PageParams), responses((status = 200, body = Page<UnitView>)))]
#[get("/api/v1/units")]
async fn list(call: Call, page: Paged<UnitFilter>) -> JsonReply<Page<UnitView>> {
    let filter = &page.filter;
    let query = UnitQuery {
        search: filter.q.clone(),
        category: filter.category,
        parent_id: filter.parent_id,
        alive: filter.active.map(|active| (local_date(call.now()), active)),
        after: page.after()?,
        limit: page.fetch(),
    };
    let rows = call
        .read(move |tx| Ok(view::list(tx.conn, &tx.scope(), &query)?))
        .await?;
    page.page(rows, |unit| (unit.name_sort.clone(), unit.id))
        .map(web::Json)
}

/// One unit.
#[utoipa::path(responses((status = 200, body = UnitView)))]
#[get("/api/v1/units/{id}")]
async fn get_one(call: Call, id: Path<UnitId>) -> Reply {
    call.show(move |tx| shown(tx, *id)).await
}

/// Create a unit.
#[utoipa::path(
    params(IdempotencyKey), request_body = NewUnit, responses((status = 201, body = UnitView))
)]
#[post("/api/v1/units")]
async fn create(call: Call, body: Body<NewUnit>) -> Reply {
    let new = body.value;
    call.create(body.fingerprint, move |tx| {
        let id = units::create(tx, &new)?.unit.id;
        let unit = shown(tx, id)?;
        Ok(Created::at(format!("/api/v1/units/{id}"), unit))
    })
    .await
}

/// Rename a unit, change its mail address or cluster, correct its first or last day or take an end back.
#[utoipa::path(params(IfMatch), request_body = UnitPatch, responses((status = 200, body = UnitView)))]
#[patch("/api/v1/units/{id}")]
async fn change(call: Call, Edit { id, version, body }: Edit<UnitPatch, UnitId>) -> Reply {
    call.change(move |tx| {
        units::change(tx, id, &body, version)?;
        shown(tx, id)
    })
    .await
}

/// Move a unit, with all units below it, to another parent.
#[utoipa::path(params(IfMatch), request_body = MoveUnit, responses((status = 200, body = UnitView)))]
#[post("/api/v1/units/{id}/move")]
async fn move_to(call: Call, Edit { id, version, body }: Edit<MoveUnit, UnitId>) -> Reply {
    call.change(move |tx| {
        units::move_to(tx, id, &body, version)?;
        shown(tx, id)
    })
    .await
}

/// Give a unit its last day.
#[utoipa::path(params(IfMatch), request_body = EndUnit, responses((status = 200, body = UnitView)))]
#[post("/api/v1/units/{id}/end")]
async fn end(call: Call, Edit { id, version, body }: Edit<EndUnit, UnitId>) -> Reply {
    call.change(move |tx| {
        units::end(tx, id, &body, version)?;
        shown(tx, id)
    })
    .await
}

/// Merge a unit into another one; the units directly below it move there.
#[utoipa::path(params(IfMatch), request_body = MergeUnit, responses((status = 200, body = MergedBody)))]
#[post("/api/v1/units/{id}/merge")]
async fn merge(call: Call, Edit { id, version, body }: Edit<MergeUnit, UnitId>) -> Reply {
    call.change(move |tx| {
        let changes = units::merge(tx, id, &body, version)?;
        let moved = changes.iter().filter(|done| done.unit.id != id);
        Ok(MergedBody {
            unit: shown(tx, id)?,
            moved: moved
                .map(|done| shown(tx, done.unit.id))
                .collect::<Result<_, _>>()?,
        })
    })
    .await
}

fn shown(tx: &mut Tx<'_>, id: UnitId) -> Result<UnitView, Error> {
    view::find(tx.conn, &tx.scope(), id)?.ok_or_else(|| Error::not_found("unit"))
}

versioned! {
    UnitView: version;
    MergedBody: unit.version;
}

resource!["units": list, get_one, create, change, move_to, end, merge];
