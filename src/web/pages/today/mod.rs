//! The day of the department. Its parts are fetched again every minute (`refresh.js`).

use std::collections::BTreeMap;

use actix_web::web::Path;
use askama::Template;

use super::call::PageCall;
use super::fragment::fragment;
use super::layout::Layout;
use super::routes;
use crate::domain::text::local_date;
use crate::service::obligations::standings::AskedExtension;
use crate::service::overview::{self, Owed, Today};
use crate::web::call::Reply;
use crate::web::error::{Kind, Problem};

#[derive(Template)]
#[template(path = "today/today.html")]
struct Whole {
    page: Layout,
    today: Today,
}

#[derive(Template)]
#[template(path = "today/counts.html")]
struct Counts {
    page: Layout,
    today: Today,
}

#[derive(Template)]
#[template(path = "today/owed.html")]
struct Owing {
    page: Layout,
    today: Today,
}

#[derive(Template)]
#[template(path = "today/rest.html")]
struct Rest {
    page: Layout,
    today: Today,
}

/// The address of a part.
fn part_of(name: &str) -> String {
    routes::TODAY_PART.replace("{part}", name)
}

pub(super) async fn show(call: PageCall) -> Reply {
    let today = read(&call).await?;
    call.layout().wide().show(|page| Whole { page, today })
}

pub(super) async fn part(call: PageCall, part: Path<String>) -> Reply {
    let today = read(&call).await?;
    match part.as_str() {
        "so" => fragment(&call, |page| Counts { page, today }),
        "no" => fragment(&call, |page| Owing { page, today }),
        "khac" => fragment(&call, |page| Rest { page, today }),
        _ => Err(Problem::new(Kind::NotFound)),
    }
}

async fn read(call: &PageCall) -> Result<Today, Problem> {
    let locale = call.locale();
    Ok(call.read(move |tx| overview::today(tx, locale)).await?)
}

/// How loud a count is: quiet where there is nothing.
fn tone(number: &usize, loud: &'static str) -> &'static str {
    if *number == 0 { "" } else { loud }
}

/// The rows of each cluster, in order of name; those of none come last.
fn by_cluster(rows: &[Owed]) -> Vec<(&str, Vec<&Owed>)> {
    let mut clusters: BTreeMap<(bool, &str), Vec<&Owed>> = BTreeMap::new();
    for row in rows {
        let name = row.cluster.as_deref().unwrap_or_default();
        clusters
            .entry((name.is_empty(), name))
            .or_default()
            .push(row);
    }
    let clusters = clusters.into_iter();
    clusters.map(|((_, name), rows)| (name, rows)).collect()
}

/// The date of the page.
fn date_line(page: &Layout) -> String {
    page.weekday_date(&local_date(page.now))
}

/// What is left until the cut-off, without scripts.
fn until(page: &Layout, today: &Today) -> String {
    let (cutoff, left) = (page.due(&today.cutoff_at), page.left(&today.cutoff_at));
    page.say_two("pages.today.until", ("cutoff", cutoff), ("left", left))
}

/// Where a list of the day is whole.
fn whole(list: &str) -> String {
    routes::with(routes::WORKS, "xem", list)
}

/// Where the units at risk are on the map.
fn on_map() -> String {
    routes::with(routes::MAP, "tt", "at_risk")
}

/// Where all items are that arrived today.
fn arrived(page: &Layout) -> String {
    let items = routes::with(routes::ITEMS, "tu", &page.date(&local_date(page.now)));
    routes::with(&items, "sap", "-den")
}

/// Until when more time is asked for.
fn until_of(page: &Layout, asked: &AskedExtension) -> String {
    page.due(&asked.extension.until.to_utc())
}

/// Who owes it: a person, or the unit.
fn who(page: &Layout, row: &Owed) -> String {
    let unit = page.short(&row.obligation.unit.name);
    match &row.obligation.person {
        Some(person) => format!("{}, {unit}", person.name),
        None => unit,
    }
}
