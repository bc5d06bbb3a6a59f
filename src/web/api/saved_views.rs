//! Saved views: filters of lists that the caller keeps under a name.

use actix_web::{delete, get, post, web};
use serde::{Deserialize, Serialize};

use super::{Body, Call, Created, IdempotencyKey, JsonReply, Params, Path, Reply};
use crate::domain::ids::SavedViewId;
use crate::domain::saved_view::SavedList;
use crate::service::accounts::saved_views::{self, NewSavedView, SavedView};

/// Which views to list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SavedQuery {
    /// Of this list.
    #[param(inline)]
    list: Option<SavedList>,
}

/// Saved views.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct SavedViews {
    /// In the order of their names.
    items: Vec<SavedView>,
}

/// The caller's saved views.
#[utoipa::path(params(SavedQuery), responses((status = 200, body = SavedViews)))]
#[get("/api/v1/saved-views")]
async fn list(call: Call, query: Params<SavedQuery>) -> JsonReply<SavedViews> {
    let list = query.0.list;
    let items = call.read(move |tx| saved_views::list(tx, list)).await?;
    Ok(web::Json(SavedViews { items }))
}

/// Save the filter of a list under a name; at most 20 for one person.
#[utoipa::path(
    params(IdempotencyKey), request_body = NewSavedView, responses((status = 201, body = SavedView))
)]
#[post("/api/v1/saved-views")]
async fn save(call: Call, body: Body<NewSavedView>) -> Reply {
    let new = body.value;
    call.create(body.fingerprint, move |tx| {
        let view = saved_views::save(tx, &new)?;
        Ok(Created::unversioned(
            format!("/api/v1/saved-views/{}", view.id),
            view,
        ))
    })
    .await
}

/// Delete a saved view; answers what it was.
#[utoipa::path(responses((status = 200, body = SavedView)))]
#[delete("/api/v1/saved-views/{id}")]
async fn remove(call: Call, id: Path<SavedViewId>) -> JsonReply<SavedView> {
    let view = call.write(move |tx| saved_views::delete(tx, *id)).await?;
    Ok(web::Json(view))
}

resource!["saved views": list, save, remove];
