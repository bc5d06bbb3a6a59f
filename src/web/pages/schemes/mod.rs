//! Schemes of emulation scores: the list by year, one scheme in words, the form that changes it.
//!
//! | file | what is in it |
//! |---|---|
//! | here | the list, one scheme |
//! | `edit` | the form, with what it would change for every unit |
//! | `typed_scheme` | what the form sends |

pub(super) mod edit;
mod typed_scheme;

use actix_web::web::Path;
use askama::Template;
use chrono::Datelike as _;
use serde::Deserialize;

use super::call::PageCall;
use super::error::PageError;
use super::layout::Layout;
use super::list::Choice;
use super::{format, routes};
use crate::domain::ids::UnitId;
use crate::domain::score::{Band, Criterion, Points, ScoreGroup};
use crate::domain::text::local_date;
use crate::domain::unit::Category;
use crate::domain::years;
use crate::service::scores::{self, CriterionWords, SchemeOverview, SchemeShelf, SchemeView};
use crate::web::call::Reply;
use crate::web::error::{Kind, Problem};

/// What the address asks for besides year and category.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    don_vi: Option<UnitId>,
    nam: String,
}

/// Categories that are scored.
const SCORED: [Category; 4] = [
    Category::Superior,
    Category::Grassroots,
    Category::Office,
    Category::Federation,
];

#[derive(Template)]
#[template(path = "schemes/list.html")]
struct List {
    page: Layout,
    shelf: SchemeShelf,
    shown: Vec<YearOfSchemes>,
    years: Vec<Choice>,
    chosen: String,
}

/// The schemes of a year.
struct YearOfSchemes {
    year: i32,
    schemes: Vec<SchemeView>,
    /// Categories that have none.
    without: Vec<Category>,
}

pub(super) async fn list(call: PageCall) -> Reply {
    let asked: Asked = call.query()?.read()?;
    let locale = call.locale();
    let read = call.read(move |tx| {
        let unit_id = match asked.don_vi {
            Some(unit_id) => unit_id,
            None => scores::federation(tx)?,
        };
        scores::scheme_shelf(tx, unit_id, locale)
    });
    let shelf = read.await?;
    let years = years_of(&shelf, local_date(call.now()).year());
    call.layout().wide().show(|page| List {
        shown: match asked.nam.parse() {
            Ok(year) => vec![YearOfSchemes::of(&shelf, year)],
            Err(_) => years
                .iter()
                .map(|year| YearOfSchemes::of(&shelf, *year))
                .collect(),
        },
        years: std::iter::once(Choice::new("", page.say("pages.map.all")))
            .chain(years.iter().map(|year| Choice::new(year, year.to_string())))
            .collect(),
        chosen: asked.nam,
        shelf,
        page,
    })
}

/// The years with schemes and this year, newest first.
fn years_of(shelf: &SchemeShelf, this_year: i32) -> Vec<i32> {
    let with_schemes = shelf.schemes.iter().map(|scheme| scheme.year);
    let mut years: Vec<i32> = with_schemes.chain([this_year]).collect();
    years.sort_unstable_by(|one, other| other.cmp(one));
    years.dedup();
    years
}

impl YearOfSchemes {
    fn of(shelf: &SchemeShelf, year: i32) -> Self {
        let of_year = shelf.schemes.iter().filter(|scheme| scheme.year == year);
        let schemes: Vec<SchemeView> = of_year.cloned().collect();
        let has = |category: &Category| schemes.iter().any(|scheme| scheme.category == *category);
        Self {
            without: SCORED.into_iter().filter(|one| !has(one)).collect(),
            schemes,
            year,
        }
    }
}

#[derive(Template)]
#[template(path = "schemes/one.html")]
struct One {
    page: Layout,
    overview: SchemeOverview,
}

/// Year and category in an address.
type Parts = Path<(i32, String)>;

pub(super) async fn one(call: PageCall, parts: Parts) -> Reply {
    let overview = read(&call, &parts).await?;
    let page = call.layout().wide();
    let above = page.say("pages.schemes.title");
    page.below(above, routes::SCHEMES)
        .show(|page| One { page, overview })
}

async fn read(call: &PageCall, parts: &Parts) -> Result<SchemeOverview, PageError> {
    let asked: Asked = call.query()?.read()?;
    let (year, category) = (parts.0, parts.1.parse::<Category>());
    let missing = || Problem::new(Kind::NotFound);
    let category = category.map_err(|_| missing())?;
    if years::check("nam", year).is_err() {
        return Err(missing().into());
    }
    let locale = call.locale();
    call.read(move |tx| {
        let unit_id = match asked.don_vi {
            Some(unit_id) => unit_id,
            None => scores::federation(tx)?,
        };
        let group = ScoreGroup {
            unit_id,
            year,
            category,
        };
        scores::scheme_overview(tx, group, locale)
    })
    .await
}

/// Where something of a scheme is: one of the addresses with year and category.
fn address(address: &str, overview: &SchemeOverview) -> String {
    let scheme = routes::scheme(address, overview.year, overview.category.as_str());
    routes::with(&scheme, "don_vi", &overview.federation.id.to_string())
}

/// Where a scheme of a list is.
fn address_of(scheme: &SchemeView) -> String {
    let address = routes::scheme(routes::SCHEME, scheme.year, scheme.category.as_str());
    routes::with(&address, "don_vi", &scheme.unit_id.to_string())
}

/// Where the first scheme of a category's year is written.
fn first_address(shelf: &SchemeShelf, year: &i32, category: &Category) -> String {
    let address = routes::scheme(routes::SCHEME, year, category.as_str());
    routes::with(&address, "don_vi", &shelf.federation.id.to_string())
}

/// Where the form begins with a preset, or with the scheme of the year before.
fn edit_from(overview: &SchemeOverview, from: &str) -> String {
    routes::with(&address(routes::EDIT_SCHEME, overview), "tu", from)
}

/// The scores of the scheme's year.
fn scores_of(overview: &SchemeOverview) -> String {
    let year = routes::scores(overview.year);
    let year = routes::with(&year, "loai", overview.category.as_str());
    routes::with(&year, "don_vi", &overview.federation.id.to_string())
}

/// A criterion with its words.
type Worded<'s> = (&'s Criterion, &'s CriterionWords);

/// The criteria of a scheme by their group, with their words.
fn by_group(scheme: &SchemeView) -> Vec<(Option<&str>, Vec<Worded<'_>>)> {
    let mut groups: Vec<(Option<&str>, Vec<_>)> = Vec::new();
    for one in scheme.scheme.criteria.iter().zip(&scheme.words) {
        let name = one.0.group.as_deref();
        match groups.last_mut() {
            Some((last, criteria)) if *last == name => criteria.push(one),
            _ => groups.push((name, vec![one])),
        }
    }
    groups
}

/// The maxima of the criteria of a group together; bonus and penalty have none.
fn maximum(page: &Layout, criteria: &[Worded<'_>]) -> Option<String> {
    let base: Vec<Points> = (criteria.iter())
        .filter(|(one, _)| one.measure.is_base())
        .map(|(one, _)| one.points)
        .collect();
    (!base.is_empty()).then(|| {
        let sum: Points = base.into_iter().sum();
        sum.to_text(page.locale())
    })
}

/// The bands from the top, each with what it asks for besides points.
fn bands(scheme: &SchemeView) -> Vec<(&Band, &String)> {
    scheme.scheme.bands.iter().zip(&scheme.conditions).collect()
}
