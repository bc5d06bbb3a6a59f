//! The map: units × periods.
//!
//! | file | what is in it |
//! |---|---|
//! | here | the handlers |
//! | `filter` | what the address asks for |
//! | `rows` | the rows as the template writes them: of 1,200 cells each byte counts |
//! | `strip` | the picture of a cluster |

mod filter;
mod rows;
mod strip;
#[cfg(test)]
mod tests;

use actix_web::HttpRequest;
use askama::Template;

use super::call::PageCall;
use super::layout::Layout;
use super::list::{Active, Choice, Pager, Query};
use super::routes;
use super::saved::Bar;
use crate::domain::obligation::Standing;
use crate::domain::saved_view::SavedList;
use crate::domain::text::local_date;
use crate::service::Tx;
use crate::service::accounts::saved_views::{self, SavedView};
use crate::service::overview::{self, ClusterLine, Part, UnitMap};
use crate::web::call::{Call, Reply};
use crate::web::export::{self, Wanted};
use filter::Asked;
use rows::{Cell, Row};

pub(super) use rows::class;

#[derive(Template)]
#[template(path = "map/map.html")]
struct Map {
    page: Layout,
    map: UnitMap,
    asked: Asked,
    years: Vec<Choice>,
    periods: Vec<Choice>,
    categories: Vec<Choice>,
    clusters: Vec<Choice>,
    standings: Vec<Choice>,
    heads: Vec<String>,
    rows: Vec<Row>,
    sums: Vec<Cell>,
    active: Vec<Active>,
    pager: Pager,
    saved: Bar,
    /// Whether a row owes something for the whole year.
    has_year: bool,
    /// Year and columns as addresses of units say them.
    period: String,
    list: Query,
}

pub(super) async fn show(call: PageCall) -> Reply {
    let list = call.query()?;
    let asked: Asked = list.read()?;
    let query = asked.query(local_date(call.now()))?;
    let read = move |tx: &mut Tx<'_>| {
        let views = saved_views::list(tx, Some(SavedList::Map))?;
        Ok((overview::map(tx, &query)?, views))
    };
    let (map, views) = call.read(read).await?;
    call.layout()
        .wide()
        .show(|page| Map::of(page, map, (asked, list), views))
}

impl Map {
    fn of(
        page: Layout,
        map: UnitMap,
        (asked, list): (Asked, Query),
        views: Vec<SavedView>,
    ) -> Self {
        let period = asked.period_of_unit();
        let rows = map.rows.iter().map(|line| Row::of(&page, line, &period));
        let heads = map.columns.iter().map(|key| rows::head(&page, key));
        Self {
            years: filter::years(local_date(page.now)),
            periods: filter::periods(&page),
            categories: filter::categories(&page),
            clusters: filter::clusters(&page, &map.cluster_names),
            standings: filter::standings(&page),
            heads: heads.collect(),
            rows: rows.collect(),
            sums: rows::sums(&page, &map),
            active: filter::active(&page, &list, &asked),
            pager: pager(&list, &map, asked.page()),
            saved: Bar::new(SavedList::Map, &list, views),
            has_year: rows::has_year(&map),
            period,
            map,
            asked,
            list,
            page,
        }
    }
}

fn pager(list: &Query, map: &UnitMap, page: usize) -> Pager {
    let shown = if map.clusters.is_empty() {
        map.rows.len()
    } else {
        map.total
    };
    let next = map.before + shown < map.total;
    let next = next.then(|| (page + 2).to_string());
    list.pager((map.before, shown, map.total), next.as_deref())
}

/// The same rows as a file for spreadsheets.
pub(super) async fn file(call: Call, req: HttpRequest) -> Reply {
    let asked: Asked = Query::of(&req)?.read()?;
    let mut query = asked.query(local_date(call.now()))?;
    query.part = Part::All;
    let locale = call.lang().locale();
    export::send(
        call,
        Wanted::of("ban-do", &req),
        move |tx, _: Option<()>| overview::map_file(tx, &query, locale),
    )
    .await
}

/// The name of a cluster.
fn cluster_name(page: &Layout, line: &ClusterLine) -> String {
    let name = line.cluster.clone();
    name.unwrap_or_else(|| page.say("pages.map.no_cluster"))
}

/// Where a unit is, in the year of the map.
fn of_unit(row: &Row, period: &str) -> String {
    match period.strip_prefix('&') {
        Some(period) => format!("don-vi/{}?{period}", row.id),
        None => format!("don-vi/{}", row.id),
    }
}

/// Where the units of a cluster are.
fn of_cluster(list: &Query, line: &ClusterLine) -> String {
    list.with("cum", line.cluster.as_deref().unwrap_or(filter::NO_CLUSTER))
}

/// Where those of its units are that stand so.
fn of_standing(list: &Query, line: &ClusterLine, standing: &Standing) -> String {
    routes::with(&of_cluster(list, line), "tt", standing.as_str())
}

/// What the picture of a cluster shows.
fn picture_title(page: &Layout, line: &ClusterLine) -> String {
    page.say_with(
        "pages.map.picture_title",
        "cluster",
        cluster_name(page, line),
    )
}

/// Of which period the counts are.
fn now_caption(page: &Layout, map: &UnitMap, heads: &[String]) -> String {
    let head = heads.get(map.current).cloned().unwrap_or_default();
    page.say_with("pages.map.now", "period", head)
}
