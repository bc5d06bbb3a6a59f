//! Reads what scores are computed from, for all units of a group at once, as of an instant.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::policy::Carry;
use crate::domain::score::{
    Inputs, ScoreGroup, ScoreYear, ScoredItem, ScoredObligation, item_counts, state_as_of,
};
use crate::domain::settle::Fate;
use crate::domain::text::local_date;
use crate::service::obligations::candidate;
use crate::service::scores::scoring::score_year;
use crate::service::{Error, Tx};
use crate::store::kinds;
use crate::store::scores::inputs::{self as store, ClosedRow};
use crate::store::units::UnitRow;

/// The units that existed in the year, each with what its score is computed from, as of `at`;
/// without marks.
pub(crate) fn read(
    tx: &mut Tx<'_>,
    group: ScoreGroup,
    at: DateTime<Utc>,
) -> Result<Vec<(UnitRow, Inputs)>, Error> {
    let year = score_year(group.year)?;
    let last = local_date(at).min(year.last_day);
    let existed = |unit: &UnitRow| {
        unit.founded_on.is_none_or(|day| day <= last)
            && unit.ended_on.is_none_or(|day| day >= year.first_day)
    };
    let mut units = store::units(tx.conn, group)?;
    units.retain(existed);
    tx.lookups.add_units(units.iter().cloned());
    let mut obligations = read_obligations(tx, group, at)?;
    let mut items = read_items(tx, group, year, at)?;
    let mut all = Vec::with_capacity(units.len());
    for unit in units {
        let counted_when = tx.lookups.policy(tx.conn, unit.id, last)?.counted_when;
        let items = items.remove(&unit.id).unwrap_or_default().into_iter();
        let inputs = Inputs {
            obligations: obligations.remove(&unit.id).unwrap_or_default(),
            items: items
                .filter(|(_, fate)| item_counts(*fate, counted_when, at))
                .map(|(item, _)| item)
                .collect(),
            marks: BTreeMap::new(),
        };
        all.push((unit, inputs));
    }
    Ok(all)
}

/// The items of each unit that had arrived by `at`, with what became of them.
fn read_items(
    tx: &mut Tx<'_>,
    group: ScoreGroup,
    year: ScoreYear,
    at: DateTime<Utc>,
) -> Result<HashMap<i64, Vec<(ScoredItem, Fate)>>, Error> {
    let in_depth: BTreeMap<String, bool> = kinds::list(tx.conn)?
        .into_iter()
        .map(|kind| (kind.code, kind.in_depth))
        .collect();
    // what arrives at the very instant asked for is included
    let until = year.end.min(at + TimeDelta::seconds(1));
    let mut items: HashMap<i64, Vec<(ScoredItem, Fate)>> = HashMap::new();
    for (row, grade) in store::items(tx.conn, group, year.begin, until)? {
        let Some(candidate) = candidate(&row) else {
            continue;
        };
        let item = ScoredItem {
            id: row.item_id,
            in_depth: in_depth.get(&row.kind).copied().unwrap_or(false),
            kind: row.kind,
            grade: grade.and_then(|grade| u32::try_from(grade).ok()),
        };
        let of_unit = items.entry(row.owner).or_default();
        of_unit.push((item, candidate.fate));
    }
    Ok(items)
}

/// The obligations of each unit that were closed by `at`.
fn read_obligations(
    tx: &mut Tx<'_>,
    group: ScoreGroup,
    at: DateTime<Utc>,
) -> Result<HashMap<i64, Vec<ScoredObligation>>, Error> {
    let mut closed = store::closed(tx.conn, group)?;
    closed.retain_mut(|row| {
        let decided_at = row.decided_at.map(|at| at.0);
        match state_as_of(*row.state, *row.due_at, decided_at, at) {
            Some(state) => {
                row.state.0 = state;
                true
            }
            None => false,
        }
    });
    if at < tx.now {
        replay_done(tx, &mut closed, at)?;
    }
    let codes = rule_codes(tx, &closed)?;
    let carrying = carrying(tx, &closed)?;
    let mut all: HashMap<i64, Vec<ScoredObligation>> = HashMap::new();
    for row in closed {
        let item_kinds = if row.kind.is_of_event() {
            Vec::new()
        } else {
            let content = tx.lookups.content(tx.conn, row.rule_version_id)?;
            content.kinds.clone()
        };
        let code = codes.get(&row.rule_version_id);
        all.entry(row.unit_id).or_default().push(ScoredObligation {
            id: row.id,
            rule: code.cloned().unwrap_or_default(),
            kind: *row.kind,
            item_kinds,
            period: row.period.map(|period| period.0),
            state: *row.state,
            required: u32::try_from(row.required).unwrap_or_default(),
            done: u32::try_from(row.done).unwrap_or_default(),
            carries: carrying.contains(&row.id),
        });
    }
    Ok(all)
}

/// Those of the obligations whose policy carries surplus to later periods.
fn carrying(tx: &mut Tx<'_>, closed: &[ClosedRow]) -> Result<HashSet<i64>, Error> {
    let chained = closed.iter().filter(|row| row.chained);
    let chained: Vec<i64> = chained.map(|row| row.id).collect();
    let mut carrying = HashSet::new();
    for (id, policy) in store::policies(tx.conn, &chained)? {
        if tx.lookups.opened_with(&policy)?.carry == Carry::WithinYear {
            carrying.insert(id);
        }
    }
    Ok(carrying)
}

/// Codes of the rules of these obligations, by rule version. Reads what the rules say, too.
fn rule_codes(tx: &mut Tx<'_>, closed: &[ClosedRow]) -> Result<HashMap<i64, String>, Error> {
    let of_rules = closed.iter().filter(|row| !row.kind.is_of_event());
    let of_rules: Vec<i64> = of_rules.map(|row| row.rule_version_id).collect();
    tx.lookups.read_contents(tx.conn, &of_rules)?;
    let mut versions: Vec<i64> = closed.iter().map(|row| row.rule_version_id).collect();
    versions.sort_unstable();
    versions.dedup();
    Ok(store::rule_codes(tx.conn, &versions)?)
}

/// Replaces the stored numbers of items, which are today's, by what had arrived by `at`.
fn replay_done(tx: &mut Tx<'_>, closed: &mut [ClosedRow], at: DateTime<Utc>) -> Result<(), Error> {
    let ids: Vec<i64> = closed.iter().map(|row| row.id).collect();
    let by_then = store::done_by(tx.conn, &ids, at)?;
    for row in closed {
        let done = by_then.get(&row.id).copied().unwrap_or_default();
        row.done = i32::try_from(done).map_or(row.done, |done| done.min(row.done));
    }
    Ok(())
}
