//! Reports: what a unit and those below it did in a month, a half-year and a year, as tables and as
//! official documents.
//!
//! | file | what is in it |
//! |---|---|
//! | here | the page that leads to them, and the files |
//! | `letterhead` | the head of a unit's documents |
//! | `template` | the texts of documents |

pub(super) mod letterhead;
pub(super) mod template;

use actix_web::HttpRequest;
use askama::Template;
use chrono::{Datelike as _, NaiveDate};
use serde::Deserialize;

use super::call::PageCall;
use super::form::Field;
use super::layout::Layout;
use super::list::{Choice, Query};
use super::routes;
use crate::domain::document::DocumentKind;
use crate::domain::file::FileFormat;
use crate::domain::ids::UnitId;
use crate::domain::period::{Period, PeriodKind, month};
use crate::domain::score::ScoreGroup;
use crate::domain::text::local_date;
use crate::domain::unit::Category;
use crate::service::core::access::Action;
use crate::service::reports::{self, Count, DocumentQuery, Figures, MonthQuery};
use crate::service::scores::{self, BoardQuery};
use crate::service::units::named;
use crate::service::{Error, Tx};
use crate::web::call::{Call, Reply};
use crate::web::error::Problem;
use crate::web::export;

/// How many months back can be chosen.
const MONTHS: usize = 24;

/// The labels of the filter.
const FIELDS: &[Field] = &[
    Field::new("dv", "pages.reports.unit", &["unit"]),
    Field::new("thang", "pages.reports.month", &["month"]),
];

/// What the page is asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// Name or code of the unit.
    dv: String,
    /// The unit, where another page leads here.
    don_vi: Option<UnitId>,
    thang: String,
}

/// What the page shows.
struct View {
    figures: Figures,
    half_year: Period,
    /// Whether the unit is a federation.
    is_federation: bool,
    /// The categories that are scored in the year, where the reader may see them.
    categories: Vec<Category>,
    /// Whether the reader sets the head of the unit's documents.
    may_head: bool,
    /// Whether the reader writes the texts of documents.
    may_write: bool,
}

impl View {
    /// The year of the emulation.
    fn year(&self) -> i32 {
        self.figures.period.year()
    }

    fn unit(&self) -> UnitId {
        self.figures.unit.id
    }
}

#[derive(Template)]
#[template(path = "reports/reports.html")]
struct Page {
    page: Layout,
    view: View,
    months: Vec<Choice>,
    asked: Asked,
}

pub(super) async fn show(call: PageCall) -> Reply {
    let asked: Asked = call.query()?.read()?;
    let (locale, today) = (call.locale(), local_date(call.now()));
    let read = |asked: Asked| call.read(move |tx| view(tx, &asked, (today, locale)));
    let (page, view, asked) = match read(asked.clone()).await {
        Ok(view) => (call.layout(), view, asked),
        Err(error) => {
            let page = call.refused_by(error, FIELDS)?;
            (page, read(Asked::default()).await?, asked)
        }
    };
    page.show(|page| Page {
        months: months(&page, today, view.figures.period),
        view,
        asked,
        page,
    })
}

fn view(tx: &mut Tx<'_>, asked: &Asked, (today, locale): (NaiveDate, &str)) -> Result<View, Error> {
    let month = match asked.thang.is_empty() {
        true => Period::containing(PeriodKind::Month, today),
        false => month("month", &asked.thang)?,
    };
    let unit_id = match (asked.don_vi, asked.dv.is_empty()) {
        (_, false) => named::unit(tx, &asked.dv, "unit")?,
        (Some(unit), true) => unit,
        (None, true) => first_unit(tx)?,
    };
    let figures = Figures::read(tx, unit_id, month, locale)?;
    let federation = figures.unit.federation_id;
    let is_federation = federation == unit_id;
    let sees_scores = is_federation && tx.may(Action::ReadScores, unit_id)?;
    Ok(View {
        half_year: Period::containing(PeriodKind::HalfYear, month.first),
        is_federation,
        categories: match sees_scores {
            true => scores::scored_categories(tx, unit_id, month.year())?,
            false => Vec::new(),
        },
        may_head: tx.may(Action::Approve, unit_id)?,
        may_write: tx.may(Action::ManageRules, federation)?,
        figures,
    })
}

/// The federation, or the reader's own unit where they do not see that.
fn first_unit(tx: &mut Tx<'_>) -> Result<UnitId, Error> {
    let federation = scores::federation(tx)?;
    if tx.may(Action::Read, federation)? {
        return Ok(federation);
    }
    let home = tx.actor.homes().next();
    home.ok_or(Error::not_found("unit"))
}

fn months(page: &Layout, today: NaiveDate, shown: Period) -> Vec<Choice> {
    let this = Period::containing(PeriodKind::Month, today);
    let back = std::iter::successors(Some(this), |month| Some(month.before()));
    let mut all: Vec<Period> = back.take(MONTHS).collect();
    if !all.contains(&shown) {
        all.push(shown);
    }
    let choice = |month: &Period| {
        let named = month.first.format("%m/%Y").to_string();
        Choice::new(named, month.label(page.locale()))
    };
    all.iter().map(choice).collect()
}

/// The month of a view, as addresses say it.
fn month_of(view: &View) -> String {
    view.figures.period.first.format("%m/%Y").to_string()
}

/// The address of the monthly table.
fn monthly_address(view: &View, address: &str) -> String {
    let of_unit = routes::with(address, "don_vi", &view.unit().to_string());
    routes::with(&of_unit, "thang", &month_of(view))
}

/// The address of a year's emulation table.
fn emulation_address(view: &View, address: &str, category: &Category) -> String {
    let of_unit = routes::with(address, "don_vi", &view.unit().to_string());
    let of_year = routes::with(&of_unit, "nam", &view.year().to_string());
    routes::with(&of_year, "loai", category.as_str())
}

/// The address of a document.
fn document_address(view: &View, kind: DocumentKind) -> String {
    let period = match kind {
        DocumentKind::Monthly => view.figures.period.key(),
        DocumentKind::HalfYear | DocumentKind::RollUp => view.half_year.key(),
        DocumentKind::Emulation => view.year().to_string(),
    };
    let of_unit = routes::with(routes::DOCUMENT, "don_vi", &view.unit().to_string());
    let of_kind = routes::with(&of_unit, "van_ban", kind.as_str());
    routes::with(&of_kind, "ky", &period)
}

/// The address of the document about a category's year.
fn emulation_document(view: &View, category: &Category) -> String {
    let address = document_address(view, DocumentKind::Emulation);
    routes::with(&address, "loai", category.as_str())
}

/// The sum of a kind of work.
fn count_of(view: &View, group: &usize) -> Count {
    view.figures.of_group(*group)
}

/// What a file is asked for.
#[derive(Debug, Deserialize)]
struct OfFile {
    don_vi: UnitId,
    #[serde(default)]
    thang: String,
    nam: Option<i32>,
    loai: Option<Category>,
    van_ban: Option<DocumentKind>,
    #[serde(default)]
    ky: String,
}

/// The monthly table as a file.
pub(super) async fn monthly(call: Call, req: HttpRequest) -> Reply {
    let asked: OfFile = Query::of(&req)?.read()?;
    let month = match asked.thang.is_empty() {
        true => Period::containing(PeriodKind::Month, local_date(call.now())),
        false => month("thang", &asked.thang).map_err(Problem::from)?,
    };
    let (query, format, locale) = (
        MonthQuery {
            unit_id: asked.don_vi,
            month,
        },
        format_of(&req),
        call.lang().locale(),
    );
    export::send_whole(&call, move |tx| reports::monthly(tx, query, format, locale)).await
}

/// The yearly emulation table as a file.
pub(super) async fn emulation(call: Call, req: HttpRequest) -> Reply {
    let asked: OfFile = Query::of(&req)?.read()?;
    let year = asked.nam.unwrap_or(local_date(call.now()).year());
    crate::domain::years::check("nam", year).map_err(Problem::from)?;
    let group = ScoreGroup {
        unit_id: asked.don_vi,
        year,
        category: asked.loai.unwrap_or(Category::Superior),
    };
    let (format, locale) = (format_of(&req), call.lang().locale());
    let query = BoardQuery { group, at: None };
    export::send_whole(&call, move |tx| {
        reports::emulation(tx, query, format, locale)
    })
    .await
}

/// An official document as a file.
pub(super) async fn document(call: Call, req: HttpRequest) -> Reply {
    let asked: OfFile = Query::of(&req)?.read()?;
    let query = DocumentQuery {
        kind: asked.van_ban.unwrap_or(DocumentKind::Monthly),
        unit_id: asked.don_vi,
        period: reports::period("ky", &asked.ky).map_err(Problem::from)?,
        category: asked.loai.unwrap_or(Category::Superior),
    };
    export::send_whole(&call, move |tx| reports::document(tx, query)).await
}

fn format_of(req: &HttpRequest) -> FileFormat {
    FileFormat::of_name(req.path()).unwrap_or(FileFormat::Csv)
}
