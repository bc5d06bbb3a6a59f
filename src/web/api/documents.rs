//! Official documents: as Word files, with the heads of units and the texts of federations.

use actix_web::{get, put};
use serde::Deserialize;

use super::{Body, Call, Edit, IfMatch, JsonReply, Page, Params, Path, Reply};
use crate::domain::document::{DocumentKind, LetterheadInput, TemplateInput};
use crate::domain::ids::UnitId;
use crate::domain::unit::Category;
use crate::service::reports::{self, DocumentQuery, LetterheadView, TemplateView};
use crate::web::error::Problem;
use crate::web::export;

versioned! {
    LetterheadView: version;
    TemplateView: version;
}

/// Which document.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// Its kind.
    #[param(inline)]
    kind: DocumentKind,
    /// The unit that issues it; for `roll_up` and `emulation` a federation.
    unit: UnitId,
    /// What it is about: `2026-M11`, `2026-H2`, or of `emulation` the year `2026`.
    #[param(example = "2026-M11")]
    period: String,
    /// The category of the units, of `emulation`; `superior` if left out.
    #[param(inline)]
    category: Option<Category>,
}

/// A unit and a kind of document in an address.
#[derive(Debug, Clone, Copy, Deserialize)]
struct KindParts {
    id: UnitId,
    kind: DocumentKind,
}

/// An official document as a Word file: the month of a unit, its six-monthly report, the roll-up of all
/// units, or a year's emulation. It is always in Vietnamese.
#[utoipa::path(params(Asked), responses((status = 200, body = String,
    content_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document")))]
#[get("/api/v1/reports/document.docx")]
async fn document(call: Call, Params(asked): Params<Asked>) -> Reply {
    let query = DocumentQuery {
        kind: asked.kind,
        unit_id: asked.unit,
        period: reports::period("period", &asked.period).map_err(Problem::from)?,
        category: asked.category.unwrap_or(Category::Superior),
    };
    export::send_whole(&call, move |tx| reports::document(tx, query)).await
}

/// What stands in the head of a unit's documents and below their text.
#[utoipa::path(responses((status = 200, body = LetterheadView)))]
#[get("/api/v1/units/{id}/letterhead")]
async fn get_letterhead(call: Call, id: Path<UnitId>) -> Reply {
    call.show(move |tx| reports::letterhead(tx, *id)).await
}

/// Set it; `If-Match: "0"` as long as nobody did.
#[utoipa::path(params(IfMatch), request_body = LetterheadInput, responses((status = 200, body = LetterheadView)))]
#[put("/api/v1/units/{id}/letterhead")]
async fn put_letterhead(call: Call, edit: Edit<LetterheadInput, UnitId>) -> Reply {
    call.change(move |tx| reports::set_letterhead(tx, edit.id, &edit.body, edit.version))
        .await
}

/// The texts of documents in the federation of a unit, each with the placeholders that it may contain.
#[utoipa::path(responses((status = 200, body = Page<TemplateView>)))]
#[get("/api/v1/units/{id}/document-templates")]
async fn list_templates(call: Call, id: Path<UnitId>) -> JsonReply<Page<TemplateView>> {
    let found = call.read(move |tx| reports::templates(tx, *id)).await?;
    Ok(actix_web::web::Json(Page::whole(found)))
}

/// Set the text of a kind of document; `If-Match: "0"` as long as the text that ships holds.
#[utoipa::path(
    params(("id" = UnitId, Path), ("kind" = DocumentKind, Path), IfMatch),
    request_body = TemplateInput, responses((status = 200, body = TemplateView)),
)]
#[put("/api/v1/units/{id}/document-templates/{kind}")]
async fn put_template(
    call: Call,
    path: Path<KindParts>,
    IfMatch(version): IfMatch,
    body: Body<TemplateInput>,
) -> Reply {
    let of = (path.id, path.kind);
    call.change(move |tx| reports::set_template(tx, of, Some(&body.value), version))
        .await
}

resource!["reports": document, get_letterhead, put_letterhead, list_templates, put_template];
