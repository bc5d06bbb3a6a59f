//! Drafting plans, changing their heads, copying them into another year.

use chrono::{DateTime, Utc};

use crate::domain::access::Actor;
use crate::domain::error::Invalid;
use crate::domain::plan::{NewPlan, PlanPatch, PlanState};
use crate::service::core::access;
use crate::service::core::access::Action;
use crate::service::core::audit::Entry;
use crate::service::rules::plans::facts::{PlanFacts, facts, head};
use crate::service::rules::plans::{expect_state, manageable, manageable_unread, save};
use crate::service::{App, Error};
use crate::store::rules::{self as rows, PlanRow};
use crate::store::types::{micros, to_json};
use crate::store::{Conn, StoreError, units};

/// Drafts a plan without rules.
///
/// # Errors
/// All faults of the input at once; a code that the unit has in that year; [`Error::NotFound`],
/// [`Error::Forbidden`].
pub fn draft(
    app: &App,
    actor: &Actor,
    new: &NewPlan,
    now: DateTime<Utc>,
) -> Result<PlanFacts, Error> {
    app.store
        .write(|conn| draft_in(conn, actor, new.clone(), now))
}

/// [`draft`] in the caller's transaction.
///
/// # Errors
/// Those of [`draft`].
pub fn draft_in(
    conn: &mut Conn,
    actor: &Actor,
    new: NewPlan,
    now: DateTime<Utc>,
) -> Result<PlanFacts, Error> {
    access::require(conn, actor, Action::ManageRules, new.unit_id)?;
    units::find(conn, new.unit_id)?.ok_or(Error::not_found("unit"))?;
    let row = insert(conn, new.checked()?, "code", now)?;
    let facts = facts(conn, &row)?;
    Entry::new(actor, now, "draft", "plan", row.id)
        .unit(row.unit_id)
        .new_value(&facts)?
        .record(conn)?;
    Ok(facts)
}

fn insert(
    conn: &mut Conn,
    new: NewPlan,
    unique: &'static str,
    now: DateTime<Utc>,
) -> Result<PlanRow, Error> {
    let name = format!("{} {}", new.code, new.year);
    let row = PlanRow {
        id: 0,
        unit_id: new.unit_id,
        code: new.code,
        year: new.year,
        title: new.title,
        document_number: new.document_number,
        document_date: new.document_date,
        issuer: new.issuer,
        state: PlanState::Draft.as_str().to_owned(),
        version: 1,
        created_at: micros(now),
        updated_at: micros(now),
    };
    rows::insert_plan(conn, row).map_err(|error| match error {
        StoreError::Unique(_) => Error::from(Invalid::new(unique, "duplicate").with("value", name)),
        error => error.into(),
    })
}

/// Changes the head of a draft. Of a plan that is approved or in force only empty fields of the
/// legal basis are filled in: a plan from a preset comes without its document.
///
/// # Errors
/// All faults of the input at once; [`Error::Conflict`] for what only a draft allows;
/// [`Error::NotFound`], [`Error::Forbidden`], [`Error::Stale`].
pub fn change(
    app: &App,
    actor: &Actor,
    id: i64,
    patch: &PlanPatch,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<PlanFacts, Error> {
    app.store
        .write(|conn| change_in(conn, actor, id, patch.clone(), expected_version, now))
}

/// [`change`] in the caller's transaction.
///
/// # Errors
/// Those of [`change`].
pub fn change_in(
    conn: &mut Conn,
    actor: &Actor,
    id: i64,
    patch: PlanPatch,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<PlanFacts, Error> {
    let before = manageable(conn, actor, id, expected_version)?;
    let after = patched(&before, patch.checked()?);
    let fills_in = before.title == after.title
        && kept(
            before.document_number.as_ref(),
            after.document_number.as_ref(),
        )
        && kept(before.document_date.as_ref(), after.document_date.as_ref())
        && kept(before.issuer.as_ref(), after.issuer.as_ref());
    if !fills_in {
        expect_state(&before, &[PlanState::Draft], "plan_needs_draft")?;
    }
    if after == before {
        return facts(conn, &before);
    }
    let line = Entry::new(actor, now, "change", "plan", id)
        .unit(before.unit_id)
        .old(&head(&before)?)?;
    let after = save(conn, after, now)?;
    line.new_value(&head(&after)?)?.record(conn)?;
    facts(conn, &after)
}

fn patched(before: &PlanRow, patch: PlanPatch) -> PlanRow {
    PlanRow {
        title: patch.title.unwrap_or_else(|| before.title.clone()),
        document_number: patch
            .document_number
            .unwrap_or_else(|| before.document_number.clone()),
        document_date: patch.document_date.unwrap_or(before.document_date),
        issuer: patch.issuer.unwrap_or_else(|| before.issuer.clone()),
        ..before.clone()
    }
}

fn kept<T: PartialEq>(before: Option<&T>, after: Option<&T>) -> bool {
    before.is_none() || before == after
}

/// Copies a plan into another year as a draft: the newest version of each rule that is not taken
/// out of force, dates moved by whole years. The legal basis stays empty, as the new year has a
/// document of its own.
///
/// # Errors
/// A year that is the plan's own, out of range, or has a plan of that code; [`Error::NotFound`],
/// [`Error::Forbidden`].
pub fn copy(
    app: &App,
    actor: &Actor,
    id: i64,
    year: i32,
    now: DateTime<Utc>,
) -> Result<PlanFacts, Error> {
    app.store.write(|conn| copy_in(conn, actor, id, year, now))
}

/// [`copy`] in the caller's transaction.
///
/// # Errors
/// Those of [`copy`].
pub fn copy_in(
    conn: &mut Conn,
    actor: &Actor,
    id: i64,
    year: i32,
    now: DateTime<Utc>,
) -> Result<PlanFacts, Error> {
    let source = manageable_unread(conn, actor, id)?;
    let new = NewPlan {
        unit_id: source.unit_id,
        code: source.code.clone(),
        year,
        title: source
            .title
            .replace(&source.year.to_string(), &year.to_string()),
        document_number: None,
        document_date: None,
        issuer: None,
    };
    let copy = insert(conn, new.checked()?, "year", now)?;
    let from = crate::service::rules::plans::new_year(&copy)?;
    for rule in facts(conn, &source)?
        .rules
        .into_iter()
        .filter(|rule| !rule.removed)
    {
        let Some(newest) = rule.versions.last() else {
            continue;
        };
        let content = newest.content.clone().moved_by_years(year - source.year);
        let kind = content.kind.obligation().as_str();
        rows::insert_rule(
            conn,
            copy.id,
            &rule.code,
            kind,
            from,
            &to_json(&content)?,
            micros(now),
        )?;
    }
    let facts = facts(conn, &copy)?;
    let line = Entry::new(actor, now, "copy", "plan", copy.id)
        .unit(copy.unit_id)
        .old(&head(&source)?)?;
    line.new_value(&facts)?.record(conn)?;
    Ok(facts)
}
