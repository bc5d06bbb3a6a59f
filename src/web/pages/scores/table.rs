//! The part of a category's table that a page shows: a hundred rows, of one cluster if one is chosen.

use crate::domain::ids::UnitId;
use crate::service::scores::{YearBoard, YearRow};
use crate::web::page::cursor_of;
use crate::web::pages::layout::Layout;
use crate::web::pages::list::{Choice, Pager, Query, ROWS};

/// The parameter of the cluster.
pub(super) const CLUSTER: &str = "cum";

/// The value of units without a cluster.
const NO_CLUSTER: &str = "-";

/// What a page shows of a category's table. Ranks are those of the whole table.
pub(super) struct Table {
    /// The rows by cluster, in their order; a cluster is named again on the page on which it goes on.
    pub(super) clusters: Vec<(Option<String>, Vec<YearRow>)>,
    /// The clusters that can be chosen; none where there is one cluster only.
    pub(super) choices: Vec<Choice>,
    /// The value of the chosen cluster.
    pub(super) chosen: String,
    /// Where the page stands.
    pub(super) pager: Pager,
}

impl Table {
    /// Takes the rows of the page out of the board.
    pub(super) fn of(page: &Layout, board: &mut YearBoard, query: &Query) -> Self {
        let choices = choices(page, &board.rows);
        let mut rows = std::mem::take(&mut board.rows);
        let chosen = of_cluster(&mut rows, query.get(CLUSTER)).to_owned();
        let total = rows.len();
        let behind: Option<UnitId> = query.after();
        let is_behind = |row: &YearRow| Some(row.score.unit.id) == behind;
        let position = rows.iter().position(is_behind);
        let before = position.map_or(0, |position| position + 1);
        let rows: Vec<YearRow> = rows.into_iter().skip(before).take(ROWS).collect();
        let is_last = before + rows.len() == total;
        let last = rows.last().filter(|_| !is_last);
        let next = last.and_then(|row| cursor_of(&row.score.unit.id).ok());
        Self {
            pager: query.pager((before, rows.len(), total), next.as_deref()),
            clusters: by_cluster(rows),
            choices,
            chosen,
        }
    }
}

/// Keeps the rows of a cluster, and returns it. A cluster that no row is in, such as one of another category,
/// chooses nothing: every row stays.
pub(super) fn of_cluster<'c>(rows: &mut Vec<YearRow>, cluster: &'c str) -> &'c str {
    if !rows.iter().any(|row| value(row) == cluster) {
        return "";
    }
    rows.retain(|row| value(row) == cluster);
    cluster
}

/// What stands for the cluster of a row in the address.
fn value(row: &YearRow) -> &str {
    row.score.cluster.as_deref().unwrap_or(NO_CLUSTER)
}

/// The clusters of the rows, which are in their order.
fn choices(page: &Layout, rows: &[YearRow]) -> Vec<Choice> {
    let mut choices: Vec<Choice> = Vec::new();
    for row in rows {
        if choices.last().is_some_and(|last| last.is(value(row))) {
            continue;
        }
        choices.push(match &row.score.cluster {
            Some(name) => Choice::theirs(name, name),
            None => Choice::new(NO_CLUSTER, page.say("pages.map.no_cluster")),
        });
    }
    if choices.len() < 2 {
        return Vec::new();
    }
    choices.insert(0, Choice::new("", page.say("pages.map.all")));
    choices
}

fn by_cluster(rows: Vec<YearRow>) -> Vec<(Option<String>, Vec<YearRow>)> {
    let mut clusters: Vec<(Option<String>, Vec<YearRow>)> = Vec::new();
    for row in rows {
        match clusters.last_mut() {
            Some((last, rows)) if *last == row.score.cluster => rows.push(row),
            _ => clusters.push((row.score.cluster.clone(), vec![row])),
        }
    }
    clusters
}
