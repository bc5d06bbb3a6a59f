//! The map: units × periods of a year, with how their quotas stand.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use utoipa::ToSchema;

use super::cells::{Cells, Columns, MapCell};
use crate::domain::ids::UnitId;
use crate::domain::obligation::Standing;
use crate::domain::period::PeriodKind;
use crate::domain::text::{clean, local_date};
use crate::service::obligations::standings::Named;
use crate::service::{Error, Tx};
use crate::store::views::map::{self as view, MapFilter, MapUnit};

/// Units of a page.
const PAGE: usize = 100;

/// More units than these are shown a cluster a row, unless some of them are asked for.
const WHOLE: usize = 200;

/// Most units that are read at all.
const MOST: i64 = 20_000;

/// What the map is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapQuery {
    /// Which units.
    pub units: MapFilter,
    /// What a column is.
    pub period: PeriodKind,
    /// Only units with a cell that stands so; none named = all.
    pub standings: Vec<Standing>,
    /// Which part of the rows.
    pub part: Part,
}

/// Which part of the rows is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The page with this number, from 0; of very many units, which nobody narrowed down, their
    /// clusters.
    Page(usize),
    /// All rows.
    All,
}

/// The map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnitMap {
    /// The plan year.
    pub year: i32,
    /// The keys of the periods that are the columns: `2026-M11`.
    pub columns: Vec<String>,
    /// Which column the present instant lies in, from 0; the last one of years that are over.
    pub current: usize,
    /// How many units there are.
    pub total: usize,
    /// How many of them are before the first row.
    pub before: usize,
    /// The units, by name; empty where `clusters` has the answer.
    pub rows: Vec<MapLine>,
    /// A row a cluster, where there are very many units.
    pub clusters: Vec<ClusterLine>,
    /// The names of all clusters, to choose from.
    pub cluster_names: Vec<String>,
}

/// A unit's row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MapLine {
    /// The unit.
    pub unit: Named<UnitId>,
    /// Its emulation cluster.
    pub cluster: Option<String>,
    /// A cell for each column; `null`: nothing is owed.
    pub cells: Vec<Option<MapCell>>,
    /// What is owed for the whole year, where the columns are shorter; `null`: nothing.
    pub of_year: Option<MapCell>,
    /// How many of what is owed in the year are there.
    pub done: i32,
    /// How many are owed in the year so far.
    pub required: i32,
}

/// A cluster's row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ClusterLine {
    /// Its name; `null`: the units of no cluster.
    pub cluster: Option<String>,
    /// How many units it has.
    pub units: usize,
    /// How many of them stand how in the present period.
    pub standings: BTreeMap<Standing, usize>,
    /// For each column how each unit stands, in order of name.
    #[serde(skip)]
    pub columns: Vec<Vec<Option<Standing>>>,
}

/// The map of what the actor sees.
pub fn map(tx: &mut Tx<'_>, query: &MapQuery) -> Result<UnitMap, Error> {
    let columns = Columns::of(query.units.year, query.period);
    let mut map = UnitMap {
        year: query.units.year,
        columns: columns.keys(),
        current: columns.current(local_date(tx.now)),
        total: 0,
        before: 0,
        rows: Vec::new(),
        clusters: Vec::new(),
        cluster_names: view::clusters(tx.conn, &tx.scope())?,
    };
    let all = usize::try_from(view::count(tx.conn, &tx.scope(), &query.units)?);
    map.total = all.unwrap_or(usize::MAX);
    let is_narrowed = query.units.cluster.is_some()
        || query.units.search.is_some()
        || !query.standings.is_empty();
    if map.total > WHOLE && !is_narrowed && query.part == Part::Page(0) {
        map.clusters = clusters(tx, query, (columns, map.current))?;
    } else {
        rows(tx, query, columns, &mut map)?;
    }
    Ok(map)
}

/// The rows that are wanted.
fn rows(
    tx: &mut Tx<'_>,
    query: &MapQuery,
    columns: Columns,
    map: &mut UnitMap,
) -> Result<(), Error> {
    let scope = tx.scope();
    // ranking and standings are known only once all are read
    let reads_all = query.units.search.is_some() || !query.standings.is_empty();
    let skipped = match query.part {
        Part::Page(page) => page.saturating_mul(PAGE).min(map.total),
        Part::All => 0,
    };
    let limit = if query.part == Part::All {
        usize::MAX
    } else {
        PAGE
    };
    let range = match reads_all || query.part == Part::All {
        true => (0, MOST),
        false => (i64::try_from(skipped).unwrap_or(MOST), PAGE as i64),
    };
    let mut units = view::units(tx.conn, &scope, &query.units, range)?;
    if let Some(search) = &query.units.search {
        let wanted = clean(search).to_lowercase();
        // those with the very letters first, then those that differ in marks
        units.sort_by_cached_key(|unit| !unit.name.to_lowercase().contains(&wanted));
    }
    let mut lines = lines(tx, query, columns, units)?;
    if !query.standings.is_empty() {
        let stands = |cell: &MapCell| query.standings.contains(&cell.standing);
        lines.retain(|line| line.cells.iter().flatten().chain(&line.of_year).any(stands));
        map.total = lines.len();
    }
    map.before = skipped.min(map.total);
    map.rows = match reads_all {
        true => lines.into_iter().skip(map.before).take(limit).collect(),
        false => lines,
    };
    Ok(())
}

fn lines(
    tx: &mut Tx<'_>,
    query: &MapQuery,
    columns: Columns,
    units: Vec<MapUnit>,
) -> Result<Vec<MapLine>, Error> {
    let ids: Vec<UnitId> = units.iter().map(|unit| unit.id).collect();
    let mut cells = Cells::read(tx, query.units.year, columns, &ids)?;
    let line = |unit: MapUnit| {
        let cells = cells.take(unit.id);
        let sum = |of: fn(&MapCell) -> i32| cells.all().map(of).sum();
        MapLine {
            done: sum(|cell| cell.required - cell.missing),
            required: sum(|cell| cell.required),
            unit: Named {
                id: unit.id,
                name: unit.name,
            },
            cluster: unit.cluster,
            cells: cells.columns,
            of_year: cells.of_year,
        }
    };
    Ok(units.into_iter().map(line).collect())
}

/// A row a cluster, by name; the units of no cluster last.
fn clusters(
    tx: &mut Tx<'_>,
    query: &MapQuery,
    (columns, current): (Columns, usize),
) -> Result<Vec<ClusterLine>, Error> {
    let scope = tx.scope();
    let units = view::units(tx.conn, &scope, &query.units, (0, MOST))?;
    let lines = lines(tx, query, columns, units)?;
    let mut by_name: HashMap<Option<String>, Vec<MapLine>> = HashMap::new();
    for line in lines {
        by_name.entry(line.cluster.clone()).or_default().push(line);
    }
    let mut all: Vec<ClusterLine> = by_name
        .into_iter()
        .map(|(cluster, lines)| cluster_line(cluster, &lines, current))
        .collect();
    all.sort_by_cached_key(|line| {
        let name = line.cluster.as_deref().map(crate::domain::text::sort_key);
        (name.is_none(), name)
    });
    Ok(all)
}

fn cluster_line(cluster: Option<String>, lines: &[MapLine], current: usize) -> ClusterLine {
    let standing = |line: &MapLine, column: usize| {
        let cell = line.cells.get(column)?.as_ref();
        cell.map(|cell| cell.standing)
    };
    let width = lines.first().map_or(0, |line| line.cells.len());
    let mut standings = BTreeMap::new();
    for line in lines {
        if let Some(standing) = standing(line, current) {
            *standings.entry(standing).or_default() += 1;
        }
    }
    let column = |column| lines.iter().map(|line| standing(line, column)).collect();
    ClusterLine {
        cluster,
        units: lines.len(),
        standings,
        columns: (0..width).map(column).collect(),
    }
}
