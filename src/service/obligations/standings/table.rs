//! For each unit, how many obligations of a year stand how.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use utoipa::ToSchema;

use super::list::standing;
use crate::domain::access::Units;
use crate::domain::ids::UnitId;
use crate::domain::obligation::{Standing, State};
use crate::domain::unit::Category;
use crate::service::{Error, Tx};
use crate::store::views::obligations::{self as view, ObligationFilter};

/// Open obligations that are read at once.
const BATCH: i64 = 5_000;

/// How many obligations of each unit stand how.
type Counts = HashMap<UnitId, BTreeMap<Standing, i64>>;

/// A unit's line in the table of who owes what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnitLine {
    /// The unit's number.
    pub unit_id: UnitId,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its category.
    pub category: Category,
    /// How many obligations of the year stand how.
    pub standings: BTreeMap<Standing, i64>,
}

/// For each of the units, how many obligations of the year stand how now, in order of name.
pub fn table(tx: &mut Tx<'_>, of: Units, year: i32) -> Result<Vec<UnitLine>, Error> {
    let mut counts = settled(tx, of, year)?;
    count_open(tx, of, year, &mut counts)?;
    let units = view::units(tx.conn, &tx.scope(), of)?;
    let lines = units
        .into_iter()
        .filter_map(|(unit_id, code, name, category)| {
            Some(UnitLine {
                standings: counts.remove(&unit_id)?,
                unit_id,
                code,
                name,
                category: category.0,
            })
        });
    Ok(lines.collect())
}

/// Counts what is settled: its standing is its state, so that the database can count.
fn settled(tx: &mut Tx<'_>, of: Units, year: i32) -> Result<Counts, Error> {
    let mut counts = Counts::new();
    for (unit, state, number) in view::counts(tx.conn, &tx.scope(), of, year)? {
        let standing = match state.0 {
            State::Open => continue,
            State::AwaitingReview => Standing::AwaitingReview,
            State::MetOnTime => Standing::MetOnTime,
            State::MetLate => Standing::MetLate,
            State::Missed => Standing::Missed,
            State::Exempt => Standing::Exempt,
        };
        add(&mut counts, unit, standing, number);
    }
    Ok(counts)
}

/// Counts what is open: how it stands depends on its calendar, its reminders and the present
/// instant.
fn count_open(tx: &mut Tx<'_>, of: Units, year: i32, counts: &mut Counts) -> Result<(), Error> {
    let mut filter = ObligationFilter {
        below: of.subtree(),
        unit_id: of.alone(),
        states: vec![State::Open],
        year: Some(year),
        ..ObligationFilter::default()
    };
    loop {
        let open = view::page(tx.conn, &tx.scope(), &filter, BATCH)?;
        let Some(last) = open.last() else {
            return Ok(());
        };
        filter.after = Some((last.due_at.0, last.id));
        for row in &open {
            let standing = standing(tx, row)?;
            add(counts, row.unit_id, standing, 1);
        }
    }
}

fn add(counts: &mut Counts, unit_id: UnitId, standing: Standing, number: i64) {
    let of_unit = counts.entry(unit_id).or_default();
    *of_unit.entry(standing).or_default() += number;
}
