//! The way of a plan: draft, approved, in force, ended.

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};

use crate::domain::access::Actor;
use crate::domain::error::Invalid;
use crate::domain::period::Period;
use crate::domain::plan::PlanState;
use crate::domain::text::local_date;
use crate::service::core::audit::Entry;
use crate::service::obligations::open::watermark_key;
use crate::service::rules::plans::facts::{PlanFacts, RuleFacts, facts, head};
use crate::service::rules::plans::{expect_state, manageable, new_year, save, shown};
use crate::service::{App, Error, schedule};
use crate::store::rules::{self as rows, PlanRow};
use crate::store::types::to_json;
use crate::store::{Conn, meta};

/// Approves a draft: it is signed, but opens nothing yet.
///
/// # Errors
/// Every part of the legal basis that is missing, a plan without rules; [`Error::Conflict`] if it
/// is no draft; [`Error::NotFound`], [`Error::Forbidden`], [`Error::Stale`].
pub fn approve(
    app: &App,
    actor: &Actor,
    id: i64,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<PlanFacts, Error> {
    app.store
        .write(|conn| approve_in(conn, actor, id, expected_version, now))
}

/// [`approve`] in the caller's transaction.
///
/// # Errors
/// Those of [`approve`].
pub fn approve_in(
    conn: &mut Conn,
    actor: &Actor,
    id: i64,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<PlanFacts, Error> {
    let row = manageable(conn, actor, id, expected_version)?;
    expect_state(&row, &[PlanState::Draft], "plan_needs_draft")?;
    let mut faults = Vec::new();
    let mut wanted = |field: &'static str, there: bool| {
        if !there {
            faults.push(Invalid::new(field, "required"));
        }
    };
    wanted("document_number", row.document_number.is_some());
    wanted("document_date", row.document_date.is_some());
    wanted("issuer", row.issuer.is_some());
    if rows::rules_of(conn, &[id])?.is_empty() {
        faults.push(Invalid::new("rules", "plan_without_rules"));
    }
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    move_to(conn, actor, row, PlanState::Approved, "approve", now)
}

/// Takes the approval back, so that the draft can be mended before it comes into force.
///
/// # Errors
/// [`Error::Conflict`] if it is not approved; [`Error::NotFound`], [`Error::Forbidden`],
/// [`Error::Stale`].
pub fn reopen(
    app: &App,
    actor: &Actor,
    id: i64,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<PlanFacts, Error> {
    app.store
        .write(|conn| reopen_in(conn, actor, id, expected_version, now))
}

/// [`reopen`] in the caller's transaction.
///
/// # Errors
/// Those of [`reopen`].
pub fn reopen_in(
    conn: &mut Conn,
    actor: &Actor,
    id: i64,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<PlanFacts, Error> {
    let row = manageable(conn, actor, id, expected_version)?;
    expect_state(&row, &[PlanState::Approved], "plan_needs_approved")?;
    move_to(conn, actor, row, PlanState::Draft, "reopen", now)
}

/// Puts an approved plan in force: the scheduler opens the periods of its rules at once, from the
/// one on in which `from` lies. Without `from`, that is today, or the first day of the year if that
/// is still to come. An earlier date within the year is for plans that are signed in January and
/// count from its first day.
///
/// # Errors
/// A date outside the plan's year, a year that is over; [`Error::Conflict`] if it is not approved;
/// [`Error::NotFound`], [`Error::Forbidden`], [`Error::Stale`].
pub fn put_in_force(
    app: &App,
    actor: &Actor,
    id: i64,
    from: Option<NaiveDate>,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<PlanFacts, Error> {
    app.store
        .write(|conn| put_in_force_in(conn, actor, id, from, expected_version, now))
}

/// [`put_in_force`] in the caller's transaction.
///
/// # Errors
/// Those of [`put_in_force`].
pub fn put_in_force_in(
    conn: &mut Conn,
    actor: &Actor,
    id: i64,
    from: Option<NaiveDate>,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<PlanFacts, Error> {
    let row = manageable(conn, actor, id, expected_version)?;
    expect_state(&row, &[PlanState::Approved], "plan_needs_approved")?;
    let from = InForce::checked(row.year, from, local_date(now))?;
    begin_in(conn, actor, row, from, now)
}

/// The date from which a plan counts, proved to lie within its year.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InForce(pub NaiveDate);

impl InForce {
    /// The date asked for, else today, but no earlier than the year begins.
    ///
    /// # Errors
    /// On `effective_from`: a date outside the year, or a year that is over.
    pub fn checked(year: i32, from: Option<NaiveDate>, today: NaiveDate) -> Result<Self, Error> {
        let begins = NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or(today);
        let date = from.unwrap_or_else(|| today.max(begins));
        // rules never reach back into a year that is closed
        let fault = if today.year() > year {
            Invalid::new("effective_from", "plan_year_over")
        } else if date.year() == year {
            return Ok(Self(date));
        } else {
            Invalid::new("effective_from", "plan_from_outside_year").with("value", shown(date))
        };
        Err(fault.with("year", year).into())
    }
}

/// Puts a plan in force, whatever its state was: its rules begin on `from`, and the job that opens
/// periods is told from where on.
///
/// # Errors
/// Only the database's own.
pub(crate) fn begin_in(
    conn: &mut Conn,
    actor: &Actor,
    row: PlanRow,
    from: InForce,
    now: DateTime<Utc>,
) -> Result<PlanFacts, Error> {
    for rule in facts(conn, &row)?.rules {
        begin_rule(conn, &rule, from.0)?;
    }
    schedule::open_soon_in(conn, now)?;
    move_to(conn, actor, row, PlanState::InForce, "put_in_force", now)
}

fn begin_rule(conn: &mut Conn, rule: &RuleFacts, from: NaiveDate) -> Result<(), Error> {
    let Some(newest) = rule.newest() else {
        return Ok(());
    };
    let content = &newest.content;
    rows::rewrite_draft(
        conn,
        rule.id,
        content.kind.obligation().as_str(),
        from,
        &to_json(content)?,
    )?;
    match content.period {
        Some(kind) => open_after(conn, rule.id, Period::containing(kind, from)),
        None => Ok(()),
    }
}

/// Tells the job that opens periods that everything before `first` is opened.
pub(crate) fn open_after(conn: &mut Conn, rule_id: i64, first: Period) -> Result<(), Error> {
    let before = first.first.pred_opt().unwrap_or(first.first);
    Ok(meta::put(
        conn,
        &watermark_key(rule_id),
        &before.format("%Y-%m-%d").to_string(),
    )?)
}

/// Ends a plan in force: no period is opened any more; those that run are settled as they were
/// opened.
///
/// # Errors
/// [`Error::Conflict`] if it is not in force; [`Error::NotFound`], [`Error::Forbidden`],
/// [`Error::Stale`].
pub fn end(
    app: &App,
    actor: &Actor,
    id: i64,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<PlanFacts, Error> {
    app.store
        .write(|conn| end_in(conn, actor, id, expected_version, now))
}

/// [`end`] in the caller's transaction.
///
/// # Errors
/// Those of [`end`].
pub fn end_in(
    conn: &mut Conn,
    actor: &Actor,
    id: i64,
    expected_version: i32,
    now: DateTime<Utc>,
) -> Result<PlanFacts, Error> {
    let row = manageable(conn, actor, id, expected_version)?;
    expect_state(&row, &[PlanState::InForce], "plan_needs_in_force")?;
    move_to(conn, actor, row, PlanState::Ended, "end", now)
}

fn move_to(
    conn: &mut Conn,
    actor: &Actor,
    row: PlanRow,
    state: PlanState,
    action: &str,
    now: DateTime<Utc>,
) -> Result<PlanFacts, Error> {
    let line = Entry::new(actor, now, action, "plan", row.id)
        .unit(row.unit_id)
        .old(&head(&row)?)?;
    let after = save(
        conn,
        PlanRow {
            state: state.as_str().to_owned(),
            ..row
        },
        now,
    )?;
    let facts = facts(conn, &after)?;
    line.new_value(&facts)?.record(conn)?;
    Ok(facts)
}

/// The earliest date on which a rule of the plan began; in a draft the first day of its year.
pub(crate) fn begins(row: &PlanRow, rules: &[RuleFacts]) -> Result<NaiveDate, Error> {
    let first = rules
        .iter()
        .filter_map(|rule| rule.versions.first())
        .map(|version| version.effective_from)
        .min();
    Ok(first.map_or_else(|| new_year(row), Ok)?)
}
