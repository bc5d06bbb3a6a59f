//! Spreadsheets in. The body is the file itself.

use std::sync::Arc;

use actix_web::{HttpResponse, get, post, web};
use chrono::NaiveDate;
use serde::Deserialize;

use super::{Call, FileBody, JsonReply, Page, Params, Path, Reply};
use crate::domain::ids::ImportId;
use crate::service::imports::{self, ImportEntry, ImportKind, ImportReport, Options};
use crate::service::{Error, Tx};
use crate::web::error::{Kind, Problem};
use crate::web::export::workbook;

/// How a file is to be read, and whether it is only looked at.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct How {
    /// Only say what would be done.
    dry_run: bool,
    /// The name of the sheet; left out, the one that is called like the kind, else the first one.
    sheet: Option<String>,
    /// Headers with the columns that they name, separated by semicolons: `Mã số=code;Tên gọi=name`.
    map: Option<String>,
    /// The day from which the units of the file owe, also for periods that are over.
    #[serde(deserialize_with = "crate::domain::years::read")]
    counts_from: Option<NaiveDate>,
    /// The code or name of the unit of the events of a calendar file (`.ics`).
    unit: Option<String>,
    /// The name of the file, as it is remembered.
    name: Option<String>,
    /// With `dry_run`: answer with the file itself, what is wrong in a column of remarks.
    remarks: bool,
}

impl How {
    fn options(self) -> Result<Options, Problem> {
        Ok(Options {
            map: imports::mapping(self.map.iter().flat_map(|map| map.split(';')))?,
            sheet: self.sheet,
            counts_from: self.counts_from,
            unit: self.unit,
            within: None,
            name: self.name.unwrap_or_default(),
        })
    }
}

/// Import a file (.xlsx, .ods or text with separators, events also as .ics), or say what that would do. Everything is
/// entered or nothing; the same file again changes nothing. What is wrong with rows is listed by
/// cell: with `dry_run` in the answer, else as the errors of the refusal; a thousand of them at most.
#[utoipa::path(
    params(How),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = ImportReport))
)]
#[post("/api/v1/imports/{kind}")]
async fn run(
    call: Call,
    kind: Path<ImportKind>,
    Params(how): Params<How>,
    body: FileBody,
) -> Reply {
    imports::require_right(call.actor(), *kind)?;
    let file = body.read().await?;
    let slot = call.state().export_slots.take();
    let _slot = slot.ok_or_else(|| Problem::new(Kind::Crowded))?;
    let (kind, dry_run, remarks) = (*kind, how.dry_run, how.dry_run && how.remarks);
    let locale = call.lang().locale();
    let options = how.options()?;
    let parsed = web::block(move || imports::read(kind, &file, &options)).await;
    let parsed = Arc::new(parsed.map_err(Problem::internal)??);
    let own = parsed.clone();
    let hopeless = call.read(move |tx| imports::judge(tx, &own)).await?;
    let own = parsed.clone();
    let report = match hopeless {
        Some(report) if dry_run => report,
        Some(report) => return Err(Error::from(report.refusal()).into()),
        None => {
            let work = move |tx: &mut Tx<'_>| match dry_run {
                true => imports::check(tx, &own),
                false => imports::apply(tx, &own),
            };
            call.write(work).await?
        }
    };
    let report = report.said_in(locale);
    if !remarks {
        return Ok(HttpResponse::Ok().json(report));
    }
    let file = web::block(move || imports::remarks(&parsed, &report, locale)).await;
    Ok(workbook("ghi-chu.xlsx", file.map_err(Problem::internal)??))
}

/// The last imports that the caller made, or that concern units which they manage; newest first.
#[utoipa::path(responses((status = 200, body = Page<ImportEntry>)))]
#[get("/api/v1/imports")]
async fn list(call: Call) -> JsonReply<Page<ImportEntry>> {
    call.read_json(|tx| Ok(Page::whole(imports::list(tx)?)))
        .await
}

/// Take back what an import made, while nothing depends on it: items are withdrawn, events cancelled,
/// people leave and units end before the import. What it changed stays.
#[utoipa::path(responses((status = 200, body = ImportEntry)))]
#[post("/api/v1/imports/{id}/undo")]
async fn undo(call: Call, id: Path<ImportId>) -> JsonReply<ImportEntry> {
    call.write_json(move |tx| imports::undo(tx, *id)).await
}

/// A file to fill in: header, an example, which is not entered, and lists of what may be chosen.
#[utoipa::path(responses((
    status = 200,
    body = Vec<u8>,
    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)))]
#[get("/api/v1/imports/{kind}/template.xlsx")]
async fn template(call: Call, kind: Path<ImportKind>) -> Reply {
    let kind = *kind;
    let examples = call.read(imports::examples).await?;
    let file = web::block(move || imports::template(kind, &examples)).await;
    let file = file.map_err(Problem::internal)??;
    Ok(workbook(&kind.template_name(), file))
}

resource!["imports": list, run, undo, template];
