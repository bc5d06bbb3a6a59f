//! Spreadsheets in: a file or cells that were copied is looked at, then entered, and may be taken back.
//! The file travels with the page, so that nothing of it is kept before it is entered.

mod sent;

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{self, Path};
use askama::Template;
use serde::Deserialize;

use super::call::PageCall;
use super::error::PageError;
use super::form::{Field, Sent};
use super::layout::Layout;
use super::list::Choice;
use super::notice::Notice;
use super::routes;
use crate::domain::error::Invalid;
use crate::domain::ids::ImportId;
use crate::domain::import::ImportKind;
use crate::service::imports::{
    self, ImportEntry, ImportReport, ListedRow, ListedSheet, Parsed, RowFate,
};
use crate::service::{Error, Tx};
use crate::web::call::Reply;
use crate::web::error::{Kind, Problem};
use crate::web::export::workbook;

pub use sent::{SentFile, texts_of};

/// So many faults stand on the page; the file with remarks has all.
const SHOWN: usize = 200;

const FIELDS: &[Field] = &[
    Field::new("loai", "pages.imports.kind", &["kind"]),
    Field::new("tep", "pages.imports.file", &["file"]),
    Field::new("ghep", "pages.imports.map", &["map"]),
    Field::new("don_vi", "pages.imports.unit", &["unit"]),
];

/// Where a file is looked at and entered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    /// The address that shows what a file would do.
    pub look: &'static str,
    /// The address that enters it.
    pub enter: &'static str,
    /// The page with the form.
    pub form: &'static str,
    /// The page that is shown once it is entered.
    pub done: &'static str,
}

/// The page of all kinds of files.
const OWN: Way = Way {
    look: routes::IMPORTS,
    enter: routes::IMPORTS_ENTER,
    form: routes::IMPORTS,
    done: routes::IMPORTS,
};

/// Which imports to take back.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Undo {
    muc: Vec<ImportId>,
}

#[derive(Template)]
#[template(path = "imports/list.html")]
struct Page {
    page: Layout,
    kinds: Vec<Choice>,
    kind: String,
    pasted: String,
    map: String,
    unit: String,
    done: Vec<ImportEntry>,
}

impl Page {
    fn counted(&self, entry: &ImportEntry) -> String {
        let page = &self.page;
        let new = ("new", page.number(entry.created));
        page.say_two(
            "pages.imports.counted",
            new,
            ("changed", page.number(entry.changed)),
        )
    }
}

#[derive(Template)]
#[template(path = "imports/preview.html")]
struct Preview {
    page: Layout,
    report: ImportReport,
    sent: SentFile,
    way: Way,
}

impl Preview {
    fn shown(&self) -> impl Iterator<Item = &imports::RowError> {
        self.report.errors.iter().take(SHOWN)
    }

    /// How many rows would be entered.
    fn entered(&self) -> usize {
        self.report.created.total + self.report.changed.total
    }

    fn more(&self) -> usize {
        self.report.errors_total.saturating_sub(SHOWN)
    }

    fn warned(&self) -> impl Iterator<Item = &imports::RowError> {
        self.report.warnings.rows.iter().take(SHOWN)
    }

    fn more_warned(&self) -> usize {
        self.report.warnings.total.saturating_sub(SHOWN)
    }

    /// Whether everything that the file says is stored already.
    fn is_stored(&self) -> bool {
        !self.lacks() && self.report.errors.is_empty() && !self.can_enter()
    }

    /// Whether a sheet lacks a column that a mapping could name.
    fn lacks(&self) -> bool {
        self.report
            .sheets
            .iter()
            .any(|sheet| !sheet.lacking.is_empty())
    }

    fn can_enter(&self) -> bool {
        self.report.errors.is_empty() && !self.lacks() && self.entered() > 0
    }
}

/// Whether a row makes or changes something.
fn is_done(row: &ListedRow) -> bool {
    matches!(row.fate, RowFate::New | RowFate::Changed)
}

/// The header above a cell.
fn header<'s>(sheet: &'s ListedSheet, at: &usize) -> &'s str {
    sheet.headers.get(*at).map_or("", String::as_str)
}

/// The form, and what was imported before.
pub async fn list(call: PageCall) -> Reply {
    let done = call.read(imports::list).await?;
    let kinds = importable(&call);
    show(call.layout(), kinds, &SentFile::default(), done)
}

/// What the caller may import on some unit.
fn importable(call: &PageCall) -> Vec<ImportKind> {
    let actor = call.actor();
    let may = |kind: &ImportKind| imports::require_right(&actor, *kind).is_ok();
    ImportKind::ALL.iter().copied().filter(may).collect()
}

fn show(page: Layout, kinds: Vec<ImportKind>, sent: &SentFile, done: Vec<ImportEntry>) -> Reply {
    let kinds = kinds
        .iter()
        .map(|kind| Choice::new(kind.as_str(), page.say(kind.word())));
    let kinds = kinds.collect();
    page.wide().show(|page| Page {
        page,
        kinds,
        kind: sent.kind.clone(),
        pasted: sent.pasted.clone(),
        map: sent.map.clone(),
        unit: sent.unit.clone(),
        done,
    })
}

/// Shows what a file would do.
pub async fn preview(call: PageCall, sent: SentFile) -> Reply {
    match looked_at(&call, &sent).await {
        Ok((_, report)) => previewed(&call, call.layout(), (report, sent), OWN),
        Err(error) => again(&call, error, &sent).await,
    }
}

/// What a file would do, row by row, or what is wrong with it.
pub(super) fn previewed(
    call: &PageCall,
    page: Layout,
    (report, sent): (ImportReport, SentFile),
    way: Way,
) -> Reply {
    let report = report.said_in(call.locale());
    let page = page.wide().comes_back_to(way.form);
    page.show(|page| Preview {
        page,
        report,
        sent,
        way,
    })
}

/// What a file would do.
pub(super) async fn looked_at(
    call: &PageCall,
    sent: &SentFile,
) -> Result<(Arc<Parsed>, ImportReport), PageError> {
    sent.form.sent()?;
    let parsed = read(call, sent).await?;
    let own = parsed.clone();
    if let Some(report) = call.read(move |tx| imports::judge(tx, &own)).await? {
        return Ok((parsed, report));
    }
    let own = parsed.clone();
    let report = call.write(move |tx| imports::check(tx, &own)).await?;
    Ok((parsed, report))
}

/// Reads the file off the threads of the server.
async fn read(call: &PageCall, sent: &SentFile) -> Result<Arc<Parsed>, PageError> {
    let (kind, options) = sent.asked()?;
    imports::require_right(&call.actor(), kind)?;
    if sent.file.is_empty() {
        return Err(Invalid::new("file", "import_nothing_sent").into());
    }
    let slot = call.state().export_slots.take();
    let _slot = slot.ok_or_else(|| Problem::new(Kind::Crowded))?;
    let file = sent.file.clone();
    let parsed = web::block(move || imports::read(kind, &file, &options)).await;
    Ok(Arc::new(parsed.map_err(Problem::internal)??))
}

/// Enters a file.
pub async fn enter(call: PageCall, sent: SentFile) -> Reply {
    match write(&call, &sent, OWN).await {
        Ok(reply) => Ok(reply),
        Err(error) => again(&call, error, &sent).await,
    }
}

/// Enters a file and leads on.
pub(super) async fn write(
    call: &PageCall,
    sent: &SentFile,
    way: Way,
) -> Result<HttpResponse, PageError> {
    sent.form.sent()?;
    let parsed = read(call, sent).await?;
    let own = parsed.clone();
    if let Some(report) = call.read(move |tx| imports::judge(tx, &own)).await? {
        return Err(Error::from(report.refusal()).into());
    }
    let work = move |tx: &mut Tx<'_>| {
        let report = imports::apply(tx, &parsed)?;
        let counts = (report.created.total, report.changed.total);
        let made = report.import_id.map(i64::from);
        Ok(Notice::FileImported.at_counted(way.done, counts, made.as_slice()))
    };
    call.once(&sent.form, work).await
}

/// The file as it came, what is wrong in a column of remarks.
pub async fn remarks(call: PageCall, sent: SentFile) -> Reply {
    let (parsed, report) = looked_at(&call, &sent).await?;
    let locale = call.locale();
    let report = report.said_in(locale);
    let file = web::block(move || imports::remarks(&parsed, &report, locale)).await;
    Ok(workbook("ghi-chu.xlsx", file.map_err(Problem::internal)??))
}

/// A file to fill in.
pub async fn template(call: PageCall, kind: Path<ImportKind>) -> Reply {
    call.signed()?;
    let kind = *kind;
    let examples = call.read(imports::examples).await?;
    let file = web::block(move || imports::template(kind, &examples)).await;
    let file = file.map_err(Problem::internal)??;
    Ok(workbook(&kind.template_name(), file))
}

/// Takes back what imports made.
pub async fn undo(call: PageCall, Sent { typed, form }: Sent<Undo>) -> Reply {
    let work = move |tx: &mut Tx<'_>| {
        for id in &typed.muc {
            imports::undo(tx, *id)?;
        }
        Ok(Notice::ImportUndone.at(routes::IMPORTS))
    };
    match call.once(&form, work).await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            let page = call.again(error, &form, FIELDS)?;
            let done = call.read(imports::list).await?;
            let page = page.comes_back_to(routes::IMPORTS);
            show(page, importable(&call), &SentFile::default(), done)
        }
    }
}

/// The form again with what is wrong.
async fn again(call: &PageCall, error: PageError, sent: &SentFile) -> Reply {
    let page = call.again(error, &sent.form, FIELDS)?;
    let done = call.read(imports::list).await?;
    let page = page.comes_back_to(routes::IMPORTS);
    show(page, importable(call), sent, done)
}
