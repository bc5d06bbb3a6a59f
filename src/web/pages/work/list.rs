//! Lists of obligations, page by page: what other pages show the first rows of.

use askama::Template;
use chrono::Datelike as _;
use serde::Deserialize;

use crate::domain::access::Units;
use crate::domain::ids::UnitId;
use crate::domain::text::local_date;
use crate::domain::years;
use crate::service::obligations::standings::{self, ObligationView};
use crate::service::obligations::work as own;
use crate::service::overview::{self, Owing};
use crate::service::{Error, Tx};
use crate::store::views::obligations::ObligationFilter;
use crate::web::call::Reply;
use crate::web::error::Problem;
use crate::web::page::cursor_of;
use crate::web::pages::call::PageCall;
use crate::web::pages::layout::Layout;
use crate::web::pages::list::{Files, Pager, ROWS};
use crate::web::pages::routes;
use crate::web::pages::work::steps;

/// A list, as the address names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Which {
    /// Lists of the day.
    Owed,
    Overdue,
    Events,
    /// What the reader has to do, and what they settled in this month.
    CuaToi,
    Xong,
}

impl Which {
    /// The key of its name.
    const fn title(self) -> &'static str {
        match self {
            Self::Owed => "pages.works.owed",
            Self::Overdue => "pages.today.overdue.title",
            Self::Events => "pages.today.events.title",
            Self::CuaToi => "pages.work.title",
            Self::Xong => "pages.works.done",
        }
    }

    fn filter(self, tx: &mut Tx<'_>) -> Result<ObligationFilter, Error> {
        match self {
            Self::Owed => overview::owing(tx, Owing::Owed),
            Self::Overdue => overview::owing(tx, Owing::Overdue),
            Self::Events => overview::owing(tx, Owing::Events),
            Self::CuaToi => Ok(own::own_open(tx)),
            Self::Xong => Ok(own::own_done(tx)),
        }
    }
}

/// What the address asks for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::web::pages) struct Asked {
    xem: Option<Which>,
    #[serde(rename = "don-vi")]
    don_vi: Option<UnitId>,
    nam: Option<i32>,
}

impl Asked {
    /// With a year that somebody can mean.
    pub(super) fn checked(self) -> Result<Self, Problem> {
        match self.nam {
            Some(year) => years::check("nam", year)
                .map_err(Problem::from)
                .map(|_| self),
            None => Ok(self),
        }
    }

    /// As the list reads it; the works of a unit are those of `this_year`, unless it says another.
    pub(super) fn filter(
        &self,
        tx: &mut Tx<'_>,
        this_year: i32,
    ) -> Result<ObligationFilter, Error> {
        let Some(unit_id) = self.don_vi else {
            return self.xem.unwrap_or(Which::CuaToi).filter(tx);
        };
        let below = false;
        tx.require_known(Some(Units { unit_id, below }))?;
        Ok(ObligationFilter {
            unit_id: Some(unit_id),
            year: Some(self.nam.unwrap_or(this_year)),
            ..ObligationFilter::default()
        })
    }
}

#[derive(Template)]
#[template(path = "work/list.html")]
struct List {
    page: Layout,
    title: String,
    rows: Vec<ObligationView>,
    pager: Pager,
    files: Files,
}

pub(in crate::web::pages) async fn show(call: PageCall) -> Reply {
    let query = call.query()?;
    let asked = query.read::<Asked>()?.checked()?;
    let this_year = local_date(call.now()).year();
    let year = asked.nam.unwrap_or(this_year);
    let of_list = asked.clone();
    let (locale, after) = (call.locale(), query.after());
    let read = move |tx: &mut Tx<'_>| {
        let filter = of_list.filter(tx, this_year)?;
        let filter = ObligationFilter { after, ..filter };
        standings::part(tx, &filter, ROWS, locale)
    };
    let part = call.read(read).await?;
    let number = |n: i64| usize::try_from(n).unwrap_or_default();
    let next = part.next.as_ref().map(cursor_of).transpose()?;
    let stands = (number(part.before), part.rows.len(), number(part.total));
    let (page, title) = named(call.layout().wide(), &asked, &part.rows, year);
    page.show(|page| List {
        files: query.files(routes::WORKS_XLSX, routes::WORKS_CSV),
        pager: query.pager(stands, next.as_deref()),
        rows: part.rows,
        title,
        page,
    })
}

/// What the list is called, below the page that it belongs to.
fn named(page: Layout, asked: &Asked, rows: &[ObligationView], year: i32) -> (Layout, String) {
    if let Some(unit) = asked.don_vi {
        let title = page.say_with("pages.units.all", "year", year);
        let above = rows.first().map(|row| page.short(&row.unit.name));
        let page = match above {
            Some(name) => page.below_named(name, routes::unit(unit)),
            None => {
                let name = page.say("pages.units.title");
                page.below(name, routes::unit(unit))
            }
        };
        return (page, title);
    }
    let list = asked.xem.unwrap_or(Which::CuaToi);
    let (above, address) = match list {
        Which::Owed | Which::Overdue | Which::Events => ("pages.place.today", routes::TODAY),
        Which::CuaToi | Which::Xong => ("pages.work.title", routes::WORK),
    };
    let (above, title) = (page.say(above), page.say(list.title()));
    (page.below(above, address), title)
}
