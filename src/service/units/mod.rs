//! Founding, changing, moving, ending and merging units. A split is a founding and moves.
//!
//! Every function tells what it did as [`UnitChange`]s, and lets it reach what the units owe
//! (`obligations::lives`). The variants ending in `_in` work inside a transaction of the caller.

pub mod administrators;
pub mod change;
pub mod import;
pub mod people;
pub mod roles;
pub mod succession;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use crate::domain::access::Actor;
use crate::domain::error::Invalid;
use crate::domain::text;
use crate::domain::unit::{Category, NewUnit, UnitFacts, UnitPatch, check_life};
use crate::service::core::access;
use crate::service::core::access::Action;
use crate::service::core::audit::Entry;
use crate::service::obligations::lives::units_changed_in;
pub use crate::service::units::change::{ChangeKind, UnitChange};
use crate::service::{App, Error};
use crate::store::units::{self, UnitRow};
use crate::store::{Conn, StoreError};

/// Where a unit is to hang.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveUnit {
    /// The unit above; `null` makes a federation a root.
    pub parent_id: Option<i64>,
    /// Why; kept in the audit trail.
    #[serde(default)]
    pub reason: Option<String>,
}

/// When and why a unit ends.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndUnit {
    /// Its last day.
    pub ended_on: NaiveDate,
    /// Why; kept in the audit trail.
    pub reason: String,
}

/// Into whom, when and why a unit merges.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeUnit {
    /// The successor.
    pub into_id: i64,
    /// Its last day.
    pub ended_on: NaiveDate,
    /// Why; kept in the audit trail.
    pub reason: String,
}

/// The id of the unit with this code; for commands, which know no ids.
///
/// # Errors
/// `not_found` on `unit`.
pub fn id_of(app: &App, code: &str) -> Result<i64, Error> {
    let found = app.store.read(|conn| units::find_by_code(conn, code))?;
    found.map(|unit| unit.id).ok_or_else(|| {
        Invalid::new("unit", "not_found")
            .with("value", code.escape_debug())
            .into()
    })
}

/// Founds a unit.
///
/// # Errors
/// All faults of the input at once; a parent that does not exist is one of them.
/// [`Error::Forbidden`].
pub fn found(
    app: &App,
    actor: &Actor,
    new: &NewUnit,
    now: DateTime<Utc>,
) -> Result<UnitChange, Error> {
    app.store.write(|conn| found_in(conn, app, actor, new, now))
}

/// [`found`] in the caller's transaction.
///
/// # Errors
/// Those of [`found`].
pub fn found_in(
    conn: &mut Conn,
    app: &App,
    actor: &Actor,
    new: &NewUnit,
    now: DateTime<Utc>,
) -> Result<UnitChange, Error> {
    let parent = parent_for(conn, actor, new.parent_id)?;
    let (facts, mut faults) = match new.facts() {
        Ok(facts) => (Some(facts), Vec::new()),
        Err(faults) => (None, faults),
    };
    faults.extend(misplaced(
        new.category,
        new.parent_id,
        parent.as_ref(),
        now,
    )?);
    if let Some(facts) = &facts
        && units::find_by_code(conn, &facts.code)?.is_some()
    {
        faults.push(taken(&facts.code));
    }
    match facts {
        Some(facts) if faults.is_empty() => {
            let change = insert(conn, actor, facts, parent.as_ref(), now)?;
            reaching(conn, app, actor, change, now)
        }
        _ => Err(Error::Invalid(faults)),
    }
}

/// A change, once it has reached what the unit owes.
fn reaching(
    conn: &mut Conn,
    app: &App,
    actor: &Actor,
    change: UnitChange,
    now: DateTime<Utc>,
) -> Result<UnitChange, Error> {
    units_changed_in(conn, app, actor, std::slice::from_ref(&change), now)?;
    Ok(change)
}

/// Renames a unit, changes its mail address or cluster.
///
/// # Errors
/// All faults of the input at once; [`Error::NotFound`], [`Error::Forbidden`], [`Error::Stale`].
pub fn change(
    app: &App,
    actor: &Actor,
    id: i64,
    patch: &UnitPatch,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<UnitChange, Error> {
    app.store
        .write(|conn| change_in(conn, app, actor, id, patch.clone(), expected_version, now))
}

/// [`change`] in the caller's transaction.
///
/// # Errors
/// Those of [`change`].
pub fn change_in(
    conn: &mut Conn,
    app: &App,
    actor: &Actor,
    id: i64,
    patch: UnitPatch,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<UnitChange, Error> {
    let before = changeable(conn, actor, id, expected_version)?;
    let patch = patch.checked()?;
    let mut after = before.clone();
    if let Some(name) = patch.name {
        after.name_folded = text::fold(&name);
        after.name = name;
    }
    after.cluster = patch.cluster.unwrap_or(after.cluster);
    after.mail = patch.mail.unwrap_or(after.mail);
    let change = save(conn, actor, before, after, ChangeKind::Changed, None, now)?;
    reaching(conn, app, actor, change, now)
}

/// Hangs a unit with all below it under another one.
///
/// # Errors
/// A ring, a parent that has ended or of a category that does not fit; [`Error::Conflict`] if the
/// unit has ended; [`Error::NotFound`], [`Error::Forbidden`], [`Error::Stale`].
pub fn move_to(
    app: &App,
    actor: &Actor,
    id: i64,
    to: &MoveUnit,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<UnitChange, Error> {
    app.store
        .write(|conn| move_in(conn, app, actor, id, to, expected_version, now))
}

/// [`move_to`] in the caller's transaction.
///
/// # Errors
/// Those of [`move_to`].
pub fn move_in(
    conn: &mut Conn,
    app: &App,
    actor: &Actor,
    id: i64,
    to: &MoveUnit,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<UnitChange, Error> {
    let before = changeable(conn, actor, id, expected_version)?;
    living(&before)?;
    let parent = parent_for(conn, actor, to.parent_id)?;
    let mut faults = Vec::new();
    let reason = note(
        &mut faults,
        text::optional_name("reason", to.reason.as_deref()),
    )
    .flatten();
    if let Some(parent) = &parent
        && units::is_below(conn, parent.id, id)?
    {
        faults.push(Invalid::new("parent_id", "unit_cycle"));
    } else {
        faults.extend(misplaced(
            *before.category,
            to.parent_id,
            parent.as_ref(),
            now,
        )?);
    }
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let change = hang(conn, actor, before, parent.as_ref(), reason.as_deref(), now)?;
    reaching(conn, app, actor, change, now)
}

/// Gives a unit its last day. Units directly below it must be moved or ended before.
///
/// # Errors
/// A last day before its first; [`Error::Conflict`] if it has ended or has living units below;
/// [`Error::NotFound`], [`Error::Forbidden`], [`Error::Stale`].
pub fn end(
    app: &App,
    actor: &Actor,
    id: i64,
    end: &EndUnit,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<UnitChange, Error> {
    app.store
        .write(|conn| end_in(conn, app, actor, id, end, expected_version, now))
}

/// [`end`] in the caller's transaction.
///
/// # Errors
/// Those of [`end`].
pub fn end_in(
    conn: &mut Conn,
    app: &App,
    actor: &Actor,
    id: i64,
    end: &EndUnit,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<UnitChange, Error> {
    let before = changeable(conn, actor, id, expected_version)?;
    living(&before)?;
    let mut faults = Vec::new();
    let reason = note(&mut faults, text::paragraph("reason", &end.reason)).unwrap_or_default();
    faults.extend(ends_too_early(&before, end.ended_on));
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let left = children_after(conn, id, end.ended_on)?.len();
    if left > 0 {
        return Err(Error::Conflict(
            Invalid::new("", "unit_has_children").with("n", left),
        ));
    }
    let after = UnitRow {
        ended_on: Some(end.ended_on),
        ..before.clone()
    };
    let change = save(
        conn,
        actor,
        before,
        after,
        ChangeKind::Ended,
        Some(&reason),
        now,
    )?;
    reaching(conn, app, actor, change, now)
}

/// Merges a unit into a successor: it gets its last day, living units directly below it move to the
/// successor. The merger comes first in the answer, then the moves.
///
/// # Errors
/// A last day before its first, a successor that is the unit itself, stands below it or has ended,
/// a unit below that would not fit under the successor; [`Error::Conflict`] if it has ended, or if
/// units would move before the last day has come; [`Error::NotFound`], [`Error::Forbidden`],
/// [`Error::Stale`].
pub fn merge(
    app: &App,
    actor: &Actor,
    id: i64,
    merge: &MergeUnit,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<Vec<UnitChange>, Error> {
    app.store
        .write(|conn| merge_in(conn, app, actor, id, merge, expected_version, now))
}

/// [`merge`] in the caller's transaction.
///
/// # Errors
/// Those of [`merge`].
pub fn merge_in(
    conn: &mut Conn,
    app: &App,
    actor: &Actor,
    id: i64,
    merge: &MergeUnit,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<Vec<UnitChange>, Error> {
    let before = changeable(conn, actor, id, expected_version)?;
    living(&before)?;
    let successor = successor_for(conn, actor, merge.into_id)?;
    let mut faults = Vec::new();
    let reason = note(&mut faults, text::paragraph("reason", &merge.reason)).unwrap_or_default();
    faults.extend(ends_too_early(&before, merge.ended_on));
    let children = children_after(conn, id, merge.ended_on)?;
    match unfit_successor(conn, &before, &successor, merge.ended_on)? {
        Some(fault) => faults.push(fault),
        None => faults.extend(misfits(&children, &successor)?),
    }
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    if !children.is_empty() && merge.ended_on > text::local_date(now) {
        let on = merge.ended_on.format("%d/%m/%Y");
        return Err(Error::Conflict(
            Invalid::new("ended_on", "unit_merge_early")
                .with("n", children.len())
                .with("on", on),
        ));
    }
    let mut moves = Vec::new();
    for child in children {
        moves.push(hang(
            conn,
            actor,
            child,
            Some(&successor),
            Some(&reason),
            now,
        )?);
    }
    let after = UnitRow {
        ended_on: Some(merge.ended_on),
        successor_id: Some(successor.id),
        ..before.clone()
    };
    let mut changes = vec![save(
        conn,
        actor,
        before,
        after,
        ChangeKind::Merged,
        Some(&reason),
        now,
    )?];
    changes.append(&mut moves);
    units_changed_in(conn, app, actor, &changes, now)?;
    Ok(changes)
}

/// A unit that the actor may change, if nobody did since `expected_version`.
fn changeable(
    conn: &mut Conn,
    actor: &Actor,
    id: i64,
    expected_version: i32,
) -> Result<UnitRow, Error> {
    access::require(conn, actor, Action::ManageUnits, id)?;
    let row = units::find(conn, id)?.ok_or_else(|| Error::not_found("unit"))?;
    if row.version == expected_version {
        Ok(row)
    } else {
        Err(Error::Stale)
    }
}

fn living(unit: &UnitRow) -> Result<(), Error> {
    match unit.ended_on {
        None => Ok(()),
        Some(on) => Err(Error::Conflict(
            Invalid::new("", "unit_ended").with("on", on.format("%d/%m/%Y")),
        )),
    }
}

/// The parent to be, which the actor must be allowed to manage; without one, the whole installation.
/// `None` also for a parent that does not exist: [`misplaced`] names that fault beside the others.
fn parent_for(
    conn: &mut Conn,
    actor: &Actor,
    parent: Option<i64>,
) -> Result<Option<UnitRow>, Error> {
    match parent {
        None => access::require_everywhere(actor, Action::ManageUnits).map(|()| None),
        Some(parent) => match access::require(conn, actor, Action::ManageUnits, parent) {
            Err(Error::NotFound { .. }) => Ok(None),
            checked => {
                checked?;
                Ok(units::find(conn, parent)?)
            }
        },
    }
}

/// Why a unit of this category cannot hang there.
fn misplaced(
    own: Category,
    asked: Option<i64>,
    parent: Option<&UnitRow>,
    now: DateTime<Utc>,
) -> Result<Option<Invalid>, Error> {
    Ok(match (asked, parent) {
        (Some(asked), None) => {
            Some(Invalid::new("parent_id", "unit_unknown_parent").with("value", asked))
        }
        (_, Some(parent)) if parent.ended_on.is_some_and(|on| on < text::local_date(now)) => {
            Some(Invalid::new("parent_id", "unit_parent_ended").with("value", &parent.code))
        }
        (_, parent) => own
            .check_parent(parent.map(|parent| *parent.category), "parent_id")
            .err(),
    })
}

fn successor_for(conn: &mut Conn, actor: &Actor, id: i64) -> Result<UnitRow, Error> {
    let unknown = || Error::from(Invalid::new("into_id", "not_found").with("value", id));
    match access::require(conn, actor, Action::ManageUnits, id) {
        Err(Error::NotFound { .. }) => Err(unknown()),
        checked => {
            checked?;
            units::find(conn, id)?.ok_or_else(unknown)
        }
    }
}

fn unfit_successor(
    conn: &mut Conn,
    unit: &UnitRow,
    successor: &UnitRow,
    ended_on: NaiveDate,
) -> Result<Option<Invalid>, Error> {
    let fault = |code| Invalid::new("into_id", code);
    if unit.id == successor.id {
        return Ok(Some(fault("unit_successor_self")));
    }
    if units::is_below(conn, successor.id, unit.id)? {
        return Ok(Some(fault("unit_successor_below")));
    }
    if successor.ended_on.is_some_and(|on| on <= ended_on) {
        return Ok(Some(
            fault("unit_successor_ended").with("on", ended_on.format("%d/%m/%Y")),
        ));
    }
    let federation =
        unit.category == Category::Federation && successor.category != Category::Federation;
    Ok(federation.then(|| fault("unit_successor_category")))
}

/// One fault for each category of `children` that does not fit below the successor.
fn misfits(children: &[UnitRow], successor: &UnitRow) -> Result<Vec<Invalid>, StoreError> {
    let into = *successor.category;
    let mut faults = Vec::new();
    for child in children {
        faults.extend(child.category.check_parent(Some(into), "into_id").err());
    }
    faults.dedup();
    Ok(faults)
}

fn ends_too_early(unit: &UnitRow, ended_on: NaiveDate) -> Option<Invalid> {
    unit.founded_on
        .and_then(|founded| check_life(founded, ended_on).err())
}

/// Units directly below that live on after a date.
fn children_after(conn: &mut Conn, id: i64, date: NaiveDate) -> Result<Vec<UnitRow>, StoreError> {
    let mut children = units::children(conn, &[id])?;
    children.retain(|child| child.ended_on.is_none_or(|on| on > date));
    Ok(children)
}

pub(crate) fn taken(code: &str) -> Invalid {
    Invalid::new("code", "duplicate").with("value", code)
}

fn note<T>(faults: &mut Vec<Invalid>, read: Result<T, Invalid>) -> Option<T> {
    read.map_err(|fault| faults.push(fault)).ok()
}

/// Writes a new unit below `parent`, with its line in the trail; everything has been checked.
pub(crate) fn insert(
    conn: &mut Conn,
    actor: &Actor,
    facts: UnitFacts,
    parent: Option<&UnitRow>,
    now: DateTime<Utc>,
) -> Result<UnitChange, Error> {
    let code = facts.code.clone();
    let row = UnitRow {
        id: 0,
        name_folded: text::fold(&facts.name),
        code: facts.code,
        name: facts.name,
        category: facts.category.into(),
        parent_id: parent.map(|parent| parent.id),
        federation_id: parent.map_or(0, |parent| parent.federation_id),
        cluster: facts.cluster,
        founded_on: facts.founded_on,
        ended_on: facts.ended_on,
        successor_id: None,
        mail: facts.mail,
        version: 1,
        created_at: now.into(),
        updated_at: now.into(),
    };
    let unit = units::insert(conn, row).map_err(|error| match error {
        StoreError::Unique(_) => Error::from(taken(&code)),
        error => error.into(),
    })?;
    Entry::new(actor, now, "found", "unit", unit.id)
        .unit(unit.id)
        .new_value(&unit)?
        .record(conn)?;
    Ok(UnitChange {
        before: None,
        unit,
        kind: ChangeKind::Founded,
    })
}

/// Hangs a unit with all below it under `parent`, which has been checked.
pub(crate) fn hang(
    conn: &mut Conn,
    actor: &Actor,
    before: UnitRow,
    parent: Option<&UnitRow>,
    reason: Option<&str>,
    now: DateTime<Utc>,
) -> Result<UnitChange, Error> {
    let parent_id = parent.map(|parent| parent.id);
    let id = before.id;
    let own_federation = before.category == Category::Federation;
    let federation_id = if own_federation {
        id
    } else {
        parent.map_or(id, |parent| parent.federation_id)
    };
    let after = UnitRow {
        parent_id,
        federation_id,
        ..before.clone()
    };
    let change = save(conn, actor, before, after, ChangeKind::Moved, reason, now)?;
    units::relink(conn, id, parent_id)?;
    units::set_federation(conn, id, federation_id)?;
    Ok(change)
}

/// Saves a changed unit with its line in the trail.
pub(crate) fn save(
    conn: &mut Conn,
    actor: &Actor,
    before: UnitRow,
    mut after: UnitRow,
    kind: ChangeKind,
    reason: Option<&str>,
    now: DateTime<Utc>,
) -> Result<UnitChange, Error> {
    after.updated_at = now.into();
    let unit = units::update(conn, after)?.ok_or(Error::Stale)?;
    let action = match kind {
        ChangeKind::Founded => "found",
        ChangeKind::Changed => "change",
        ChangeKind::Moved => "move",
        ChangeKind::Ended => "end",
        ChangeKind::Merged => "merge",
    };
    let mut entry = Entry::new(actor, now, action, "unit", unit.id)
        .unit(unit.id)
        .old(&before)?
        .new_value(&unit)?;
    if let Some(reason) = reason {
        entry = entry.reason(reason);
    }
    entry.record(conn)?;
    Ok(UnitChange {
        before: Some(before),
        unit,
        kind,
    })
}
