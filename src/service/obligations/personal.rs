//! Personal obligations after a change of what people hold: a post, a role beside it, the life of a
//! unit. What they owe is computed again from all posts and roles as they are recorded now, so that
//! the order in which they were recorded does not matter.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::deadline::missed_for_good;
use crate::domain::obligation::{ExemptionCause, ExtensionState, Note, State};
use crate::domain::opening::Window;
use crate::domain::share::Share;
use crate::domain::text::{local_date, local_midnight};
use crate::service::Error;
use crate::service::core::tx::Tx;
use crate::service::obligations::changes::period_of;
use crate::service::obligations::decide::excuse;
use crate::service::obligations::fold::refold;
use crate::service::obligations::open::open_for_humans;
use crate::service::obligations::share::{Owner, Tenures, Time};
use crate::service::obligations::terms::{policy_of, stored};
use crate::store::obligations::{self as store, ObligationRow};
use crate::store::reminders;
use crate::store::rules;
use crate::store::types::{At, JsonText};
use crate::store::views::obligations::exemption;

/// Lets a change of what these human beings hold, from an instant on, reach what they owe.
pub(crate) fn tenures_changed(
    tx: &mut Tx<'_>,
    humans: &[i64],
    since: DateTime<Utc>,
) -> Result<(), Error> {
    let rows = running(tx, humans, since)?;
    let rules: Vec<i64> = rows.iter().map(|row| row.rule_id).collect();
    let plan_units = rules::plan_units(tx.conn, &rules)?;
    let mut tenures = Tenures::read(tx, humans)?;
    for row in &rows {
        let owner = owner(tx, &mut tenures, &plan_units, row)?;
        revise(tx, row, owner.as_ref())?;
    }
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let rows = store::find_many(tx.conn, &ids)?.into_values().collect();
    refold(tx, rows)?;
    open_for_humans(tx, humans)?;
    Ok(())
}

/// What these human beings owe for periods, or by dates, that end after an instant. A window may have
/// ended before, with a last day that is corrected now.
fn running(
    tx: &mut Tx<'_>,
    humans: &[i64],
    since: DateTime<Utc>,
) -> Result<Vec<ObligationRow>, Error> {
    let longest_period = TimeDelta::days(366);
    let mut rows = store::of_persons_since(tx.conn, humans, since - longest_period)?;
    rows.retain(|row| {
        let end = match period_of(row) {
            Some(period) => local_midnight(period.next().first),
            None => row.due_at.0,
        };
        end > since || row.due_at > since
    });
    Ok(rows)
}

/// Who owes a personal obligation, as posts and roles are recorded now. What is due on a fixed date
/// is owed by whoever is there on that day.
fn owner(
    tx: &mut Tx<'_>,
    tenures: &mut Tenures,
    plan_units: &HashMap<i64, i64>,
    row: &ObligationRow,
) -> Result<Option<Owner>, Error> {
    let (Some(human), Some(plan_unit)) = (row.person_id, plan_units.get(&row.rule_id)) else {
        return Ok(None);
    };
    let content = tx.lookups.content(tx.conn, row.rule_version_id)?;
    let time = Time::of(period_of(row), local_date(row.due_at.0));
    tenures.owner(tx, human, (*plan_unit, &content.subject), time)
}

/// Brings the share, the window and the unit of an obligation in line with the days on which its
/// subject is there.
fn revise(tx: &mut Tx<'_>, row: &ObligationRow, owner: Option<&Owner>) -> Result<(), Error> {
    let content = tx.lookups.content(tx.conn, row.rule_version_id)?;
    let period = period_of(row);
    let share = owner.map(|owner| match period {
        Some(period) => Share::of(&content, period, owner.days),
        None => Share::whole(&content),
    });
    let owed = owner.zip(share.filter(|share| share.required > 0));
    let Some((owner, share)) = owed else {
        return nothing_owed(tx, row);
    };
    let row = &owed_again(tx, row)?;
    let mut next = ObligationRow {
        unit_id: owner.unit.id,
        ..row.clone()
    };
    if row.unit_id != owner.unit.id {
        next.federation_id = owner.unit.federation_id;
    }
    if period.is_some() {
        next.required = stored(share.required);
        next.maximum = share.maximum.map(stored);
        move_end(tx, &mut next, owner, share.note)?;
    }
    if next == *row {
        return Ok(());
    }
    if next.due_at != row.due_at {
        reminders::drop_waiting(tx.conn, row.id, tx.now)?;
    }
    Ok(store::save(tx.conn, &next)?)
}

/// Excuses somebody whose share of the period is nothing, or who leaves before a fixed date.
fn nothing_owed(tx: &mut Tx<'_>, row: &ObligationRow) -> Result<(), Error> {
    let (cause, reason) = match row.period {
        Some(_) => (
            ExemptionCause::NothingOwed,
            "Chỉ tiêu tính theo số ngày tồn tại trong kỳ là 0",
        ),
        None => (
            ExemptionCause::SubjectEnded,
            "Đơn vị hoặc cá nhân kết thúc trước hạn",
        ),
    };
    if row.exempt_at.is_some() || row.period.is_none() && row.state != State::Open {
        return Ok(());
    }
    excuse(tx, row, cause, reason)
}

/// The obligation without the exemption of somebody who seemed to owe nothing.
fn owed_again(tx: &mut Tx<'_>, row: &ObligationRow) -> Result<ObligationRow, Error> {
    let causes = [ExemptionCause::NothingOwed, ExemptionCause::SubjectEnded];
    let why = exemption(tx.conn, row)?.filter(|why| causes.contains(&why.cause.0));
    if row.exempt_at.is_none() || why.is_none() {
        return Ok(row.clone());
    }
    store::delete_exemption(tx.conn, row.rule_id, row.subject.0, &row.period_key)?;
    let again = ObligationRow {
        exempt_at: None,
        swept_until: At(tx.now),
        ..row.clone()
    };
    store::save(tx.conn, &again)?;
    Ok(store::find(tx.conn, row.id)?.ok_or(Error::not_found("obligation"))?)
}

/// Ends the window on the last day of its subject, or with the period; a granted extension of a
/// whole period still holds.
fn move_end(
    tx: &mut Tx<'_>,
    row: &mut ObligationRow,
    owner: &Owner,
    note: Option<Note>,
) -> Result<(), Error> {
    let Some(period) = period_of(row) else {
        return Ok(());
    };
    let policy = policy_of(&mut tx.lookups, row)?;
    let (calendar, _) = tx.lookups.calendar(tx.conn, &row.calendar)?;
    let window = Window::of(period, &calendar, &policy).ending_on(owner.life.to, &calendar);
    let extensions = store::extensions(tx.conn, row.id)?.into_iter().rev();
    let extended_to = extensions
        .filter(|extension| extension.state == ExtensionState::Granted)
        .map(|extension| extension.until)
        .next()
        .filter(|_| window.ended_on.is_none());
    let end = window.to.max(row.window_from.0);
    let due_at = At(extended_to.map_or(end, |until| until.0.max(end)));
    let mut why = row.explanation.read()?;
    if row.window_to != end {
        why.due = window.explain(&calendar, &policy);
    }
    why.notes
        .retain(|note| !matches!(note, Note::Prorated { .. } | Note::EndedOn { .. }));
    why.notes.extend(note);
    why.notes
        .extend(window.ended_on.map(|date| Note::EndedOn { date }));
    row.explanation = JsonText::of(&why)?;
    row.window_to = At(end);
    if row.due_at != due_at {
        row.due_at = due_at;
        row.due_revision += 1;
        row.extended_to = extended_to;
        row.missed_at = row.missed_at.map(|_| {
            At(missed_for_good(
                &calendar,
                due_at.0,
                policy.missed_after_days,
            ))
        });
        // a miss is still reported when the end is recorded late
        row.swept_until = At(tx.now.min(due_at.0 - TimeDelta::seconds(1)));
    }
    Ok(())
}
