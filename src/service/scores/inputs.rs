//! Reads what scores are computed from, for a unit or for all units of a group at once, as of an
//! instant.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::domain::ids::{ObligationId, RuleVersionId, UnitId};
use crate::domain::policy::Carry;
use crate::domain::score::{Inputs, ScoreYear, ScoredItem, ScoredObligation, item_counts};
use crate::domain::set_aside::SetAsideEntity;
use crate::domain::settle::{Fate, Outcome};
use crate::domain::text::local_date;
use crate::service::obligations::{Folded, candidate, fold_at, items_at};
use crate::service::schedule::set_aside;
use crate::service::scores::scoring::score_year;
use crate::service::{Error, Tx};
use crate::store::StoreError;
use crate::store::kinds;
use crate::store::obligations::{self, Arrived, ObligationRow, arrivals_of_units};
use crate::store::scores::inputs::{self as store, ClosedRow, UnitSelection};
use crate::store::set_aside::units_of;
use crate::store::types::Word;
use crate::store::units::UnitRow;

/// A unit whose score cannot be computed, and the row of it that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LeftOut {
    /// The unit.
    pub unit_id: UnitId,
    /// What cannot be read.
    pub entity: SetAsideEntity,
    /// Its id.
    pub entity_id: i64,
    /// Why not.
    pub reason: String,
}

/// What the scores of a group are computed from.
pub(crate) struct GroupInputs {
    /// The units that existed in the year, each with its inputs, without marks.
    pub(crate) units: Vec<(UnitRow, Inputs)>,
    /// Units of which something cannot be read; the others are scored.
    pub(crate) left_out: Vec<LeftOut>,
}

/// What cannot be read, by unit: the first row of each.
#[derive(Default)]
struct Aside(BTreeMap<UnitId, LeftOut>);

impl Aside {
    /// What was read; what cannot be is noted with its unit.
    fn readable<T>(
        &mut self,
        unit_id: UnitId,
        row: (SetAsideEntity, i64),
        read: Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        match read {
            Err(why) if why.is_about_data() => {
                let (entity, entity_id) = row;
                tracing::error!(%entity, entity_id, %why, "no score: a row cannot be read");
                let reason = why.to_string();
                self.0.entry(unit_id).or_insert(LeftOut {
                    unit_id,
                    entity,
                    entity_id,
                    reason,
                });
                Ok(None)
            }
            read => read.map(Some),
        }
    }
}

/// The units that existed in the year, each with what its score is computed from, as of `at`.
pub(crate) fn read(
    tx: &mut Tx<'_>,
    selection: UnitSelection,
    at: DateTime<Utc>,
) -> Result<GroupInputs, Error> {
    let year = score_year(selection.group.year)?;
    let last = local_date(at).min(year.last_day);
    let existed = |unit: &UnitRow| {
        unit.founded_on.is_none_or(|day| day <= last)
            && unit.ended_on.is_none_or(|day| day >= year.first_day)
    };
    let mut units = store::units(tx.conn, selection)?;
    units.retain(existed);
    tx.lookups.add_units(units.iter().cloned());
    let mut aside = Aside::default();
    let mut obligations = read_obligations(tx, (selection, at), &mut aside)?;
    let ids: Vec<UnitId> = units.iter().map(|unit| unit.id).collect();
    let mut items = read_items(tx, &ids, year, at)?;
    let mut all = Vec::with_capacity(units.len());
    for unit in units {
        let policy = tx.lookups.policy(tx.conn, unit.id, last);
        let policy = aside.readable(unit.id, (SetAsideEntity::Unit, unit.id.0), policy)?;
        let Some(policy) = policy.filter(|_| !aside.0.contains_key(&unit.id)) else {
            continue;
        };
        let items = items.remove(&unit.id).unwrap_or_default().into_iter();
        let inputs = Inputs {
            obligations: obligations.remove(&unit.id).unwrap_or_default(),
            items: items
                .filter(|(_, fate)| item_counts(*fate, policy.counted_when, at))
                .map(|(item, _)| item)
                .collect(),
            marks: BTreeMap::new(),
        };
        all.push((unit, inputs));
    }
    Ok(GroupInputs {
        units: all,
        left_out: aside.0.into_values().collect(),
    })
}

/// The items of each unit that had arrived by `at`, with what had become of them by then.
fn read_items(
    tx: &mut Tx<'_>,
    units: &[UnitId],
    year: ScoreYear,
    at: DateTime<Utc>,
) -> Result<HashMap<UnitId, Vec<(ScoredItem, Fate)>>, Error> {
    let in_depth: BTreeMap<String, bool> = kinds::list(tx.conn)?
        .into_iter()
        .map(|kind| (kind.code, kind.in_depth))
        .collect();
    let when = Arrived {
        from: year.begin,
        to: year.end.min(at),
        former: at < tx.now,
    };
    let mut arrived = arrivals_of_units(tx.conn, units, when)?;
    if when.former {
        arrived = items_at(tx, arrived, at)?;
    }
    arrived.sort_by_key(|item| (item.arrived_at, item.item_id));
    let mut items: HashMap<UnitId, Vec<(ScoredItem, Fate)>> = HashMap::new();
    for row in arrived {
        let Some(candidate) = candidate(&row).filter(|one| year.holds(one.arrived_at)) else {
            continue;
        };
        let item = ScoredItem {
            id: row.item_id,
            in_depth: in_depth.get(&row.kind).copied().unwrap_or(false),
            kind: row.kind,
            grade: row.grade.and_then(|grade| u32::try_from(grade).ok()),
        };
        let of_unit = items.entry(row.owner).or_default();
        of_unit.push((item, candidate.fate));
    }
    Ok(items)
}

/// The obligations of each unit that were closed by `at`.
fn read_obligations(
    tx: &mut Tx<'_>,
    when: (UnitSelection, DateTime<Utc>),
    aside: &mut Aside,
) -> Result<HashMap<UnitId, Vec<ScoredObligation>>, Error> {
    let closed = closed_by(tx, when, aside)?;
    let codes = rule_codes(tx, &closed)?;
    let carrying = carrying(tx, &closed, aside)?;
    let mut all: HashMap<UnitId, Vec<ScoredObligation>> = HashMap::new();
    for row in closed {
        let item_kinds = if row.kind.is_of_event() {
            Vec::new()
        } else {
            let content = tx.lookups.content(tx.conn, row.rule_version_id);
            let at_fault = (SetAsideEntity::Obligation, row.id.0);
            match aside.readable(row.unit_id, at_fault, content)? {
                Some(content) => content.kinds.clone(),
                None => continue,
            }
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

/// What was closed by `at`, in order of its id. What is stored is what the fold says as of now,
/// except where something has to happen by now; an instant of the past is folded again.
fn closed_by(
    tx: &mut Tx<'_>,
    (selection, at): (UnitSelection, DateTime<Utc>),
    aside: &mut Aside,
) -> Result<Vec<ClosedRow>, Error> {
    let (mut closed, again) = if at < tx.now {
        (BTreeMap::new(), store::owed(tx.conn, selection)?)
    } else {
        let stored = store::closed(tx.conn, selection)?.into_iter();
        let waiting = store::waiting(tx.conn, selection, at)?;
        (stored.map(|row| (row.id, row)).collect(), waiting)
    };
    let chunk = usize::try_from(tx.app.settings.worker.chunk).unwrap_or(usize::MAX);
    let mut unreadable = Vec::new();
    for ids in again.chunks(chunk.max(1)) {
        set_aside::each(
            ids,
            &mut |ids| {
                let rows = obligations::find_many(tx.conn, ids)?.into_values();
                for Folded { row, outcome } in fold_at(tx, rows.collect(), at)? {
                    closed.remove(&row.id);
                    if row.year == selection.group.year && outcome.state.is_closed() {
                        closed.insert(row.id, folded_row(&row, &outcome));
                    }
                }
                Ok(())
            },
            &mut |id, why| {
                unreadable.push((id.0, why.to_string()));
                Ok(())
            },
        )?;
    }
    let ids: Vec<i64> = unreadable.iter().map(|(id, _)| *id).collect();
    let entity = SetAsideEntity::Obligation;
    let units = units_of(tx.conn, entity, &ids)?;
    for (id, why) in unreadable {
        let unit_id = units.get(&id).copied().unwrap_or(UnitId::NONE);
        let read: Result<(), Error> = Err(StoreError::Corrupt(why).into());
        aside.readable(unit_id, (entity, id), read)?;
    }
    Ok(closed.into_values().collect())
}

fn folded_row(row: &ObligationRow, outcome: &Outcome) -> ClosedRow {
    ClosedRow {
        id: row.id,
        unit_id: row.unit_id,
        rule_version_id: row.rule_version_id,
        kind: row.kind,
        period: row.period,
        required: row.required,
        done: i32::try_from(outcome.done).unwrap_or(i32::MAX),
        state: Word(outcome.state),
        chained: row.chained,
    }
}

/// Those of the obligations whose policy carries surplus to later periods.
fn carrying(
    tx: &mut Tx<'_>,
    closed: &[ClosedRow],
    aside: &mut Aside,
) -> Result<HashSet<ObligationId>, Error> {
    let chained = closed.iter().filter(|row| row.chained);
    let units: HashMap<ObligationId, UnitId> = chained.map(|row| (row.id, row.unit_id)).collect();
    let chained: Vec<ObligationId> = units.keys().copied().collect();
    let mut carrying = HashSet::new();
    for (id, policy) in store::policies(tx.conn, &chained)? {
        let unit_id = units.get(&id).copied().unwrap_or(UnitId::NONE);
        let policy = tx.lookups.opened_with(&policy).map_err(Error::from);
        let policy = aside.readable(unit_id, (SetAsideEntity::Obligation, id.0), policy)?;
        if policy.is_some_and(|policy| policy.carry == Carry::WithinYear) {
            carrying.insert(id);
        }
    }
    Ok(carrying)
}

/// Codes of the rules of these obligations, by rule version. Reads what the rules say, too.
fn rule_codes(
    tx: &mut Tx<'_>,
    closed: &[ClosedRow],
) -> Result<HashMap<RuleVersionId, String>, Error> {
    let of_rules = closed.iter().filter(|row| !row.kind.is_of_event());
    let of_rules: Vec<RuleVersionId> = of_rules.map(|row| row.rule_version_id).collect();
    // one that cannot be read is found again where it is asked for
    match tx.lookups.read_contents(tx.conn, &of_rules) {
        Err(why) if why.is_about_data() => {}
        read => read?,
    }
    let mut versions: Vec<RuleVersionId> = closed.iter().map(|row| row.rule_version_id).collect();
    versions.sort_unstable();
    versions.dedup();
    Ok(store::rule_codes(tx.conn, &versions)?)
}
