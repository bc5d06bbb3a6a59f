//! Changes of a calendar as people think of them: what one would do, and doing it.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::owner::{owner_for, require_may_change};
use super::{CalendarVersion, CopyCalendar, copy, get, replace};
use crate::domain::calendar::{Calendar, CalendarEdit, CalendarSpec, LONGEST_CODE};
use crate::domain::error::Invalid;
use crate::domain::ids::{ObligationId, UnitId};
use crate::domain::text::{local_date, serialize_instant};
use crate::service::notices::recipients::{Directory, Recipient};
use crate::service::obligations::moves::{Move, moves};
use crate::service::obligations::naming::Names;
use crate::service::obligations::standings::Named;
use crate::service::obligations::told_of_move;
use crate::service::rules::policies::{self, ChangeField};
use crate::service::{Error, Tx};
use crate::store::calendars;
use crate::store::units::UnitRow;

/// The field of a policy that names the calendar.
const FIELD: &str = "calendar";

/// What a change of a calendar would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CalendarImpact {
    /// The calendar as it is now.
    pub calendar: CalendarVersion,
    /// How many deadlines are open on it.
    pub open: usize,
    /// Those that would move, by due instant.
    pub moves: Vec<MovedDeadline>,
    /// How many units owe those.
    pub units: usize,
    /// Who would be told, by name: one mail each.
    pub told: Vec<Told>,
    /// When those mails would leave.
    #[serde(serialize_with = "serialize_instant")]
    #[schema(value_type = String, format = DateTime)]
    pub told_at: DateTime<Utc>,
    /// How many deadlines would move without anybody who can be told.
    pub unreached: usize,
}

/// A deadline that would move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MovedDeadline {
    /// The obligation.
    pub id: ObligationId,
    /// The unit that owes it.
    pub unit: Named<UnitId>,
    /// What is owed.
    pub title: String,
    /// When it is due now.
    #[serde(serialize_with = "serialize_instant")]
    #[schema(value_type = String, format = DateTime)]
    pub due_before: DateTime<Utc>,
    /// When it would be due.
    #[serde(serialize_with = "serialize_instant")]
    #[schema(value_type = String, format = DateTime)]
    pub due_after: DateTime<Utc>,
    /// Whether it would be overdue at once.
    pub is_past: bool,
}

/// Somebody who would be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Told {
    /// Their name.
    pub name: String,
    /// Their address.
    pub mail: String,
    /// The deadlines of which they would be told.
    pub works: Vec<ObligationId>,
}

/// The federation that is to have a copy of a calendar.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AdoptCalendar {
    /// The federation; may be left out by those who manage only one.
    pub unit_id: Option<UnitId>,
}

/// What a change would do, by the code that carries changes out. Nothing is saved.
///
/// # Errors
/// Those of [`edit`], but for the version.
pub fn impact(
    tx: &mut Tx<'_>,
    code: &str,
    edit: &CalendarEdit,
    locale: &str,
) -> Result<CalendarImpact, Error> {
    let calendar = get(tx, code)?;
    let changed = changed(tx, &calendar, edit)?;
    let changed = Calendar::compile(&changed)?;
    let (open, moves) = moves(tx, code, &changed)?;
    let mut news = News::new(tx);
    let names = Names::of(tx, moves.iter().map(|one| &one.row))?;
    let units: Vec<UnitId> = moves.iter().map(|one| one.row.unit_id).collect();
    news.directory.read_leaders(tx.conn, &units)?;
    let mut rows = Vec::with_capacity(moves.len());
    for one in &moves {
        let title = names.title(tx, &one.row, locale)?;
        let row = MovedDeadline::of(tx, one, title)?;
        if !row.is_past {
            news.tell(tx, one)?;
        }
        rows.push(row);
    }
    Ok(CalendarImpact {
        open,
        units: units.into_iter().collect::<BTreeSet<_>>().len(),
        moves: rows,
        unreached: news.unreached,
        told: news.told(),
        told_at: changed.next_opening(tx.now).unwrap_or(tx.now),
        calendar,
    })
}

/// Changes a calendar, if nobody did since `version`. Open deadlines follow with the next sweep.
///
/// # Errors
/// Every fault by the fields of the change; [`Error::Conflict`] for a shipped calendar;
/// [`Error::NotFound`], [`Error::Stale`], [`Error::Forbidden`].
pub fn edit(
    tx: &mut Tx<'_>,
    code: &str,
    edit: &CalendarEdit,
    version: i32,
) -> Result<CalendarVersion, Error> {
    let calendar = get(tx, code)?;
    let changed = changed(tx, &calendar, edit)?;
    replace(tx, code, &changed, version)
}

fn changed(
    tx: &mut Tx<'_>,
    calendar: &CalendarVersion,
    edit: &CalendarEdit,
) -> Result<CalendarSpec, Error> {
    require_may_change(tx, calendar)?;
    Ok(edit.apply(&calendar.spec, local_date(tx.now))?)
}

/// Copies a calendar for a federation, which is bound by the copy from today on if the original bound
/// it: from then on the calendar is its own to change.
///
/// # Errors
/// [`Error::Conflict`] where the federation has a copy; as [`copy`].
pub fn adopt(tx: &mut Tx<'_>, code: &str, wanted: AdoptCalendar) -> Result<CalendarVersion, Error> {
    let owner = owner_for(tx, wanted.unit_id)?;
    let unit = tx.lookups.unit(tx.conn, owner)?;
    let own = code_of_copy(code, &unit);
    if calendars::find(tx.conn, &own)?.is_some() {
        let fault = Invalid::new("", "calendar_copied_already").with("code", &own);
        return Err(Error::Conflict(fault));
    }
    let new = CopyCalendar {
        code: own,
        name: None,
        unit_id: Some(owner),
    };
    let made = copy(tx, code, &new)?;
    let today = local_date(tx.now);
    if tx.lookups.policy(tx.conn, owner, today)?.calendar == code {
        let change = ChangeField {
            valid_from: today,
            field: FIELD.to_owned(),
            value: Some(made.spec.code.as_str().into()),
            legal_basis: None,
        };
        let version = policies::version_on(tx, owner, today)?;
        policies::change_field(tx, owner, &change, version)?;
    }
    Ok(made)
}

/// `ben-tre-tinh`: the code of a federation's copy of a shipped calendar.
pub(crate) fn code_of_copy(original: &str, unit: &UnitRow) -> String {
    let unit = unit.code.replace('_', "-");
    format!("{original}-{unit}")
        .chars()
        .take(LONGEST_CODE)
        .collect()
}

impl MovedDeadline {
    fn of(tx: &mut Tx<'_>, one: &Move, title: String) -> Result<Self, Error> {
        let unit = tx.lookups.unit(tx.conn, one.row.unit_id)?;
        Ok(Self {
            id: one.row.id,
            unit: Named {
                id: unit.id,
                name: unit.name.clone(),
            },
            title,
            due_before: one.row.due_at.0,
            due_after: one.due_at,
            is_past: one.due_at <= tx.now,
        })
    }
}

/// Who is told of what, by address: people who share one get one mail.
struct News {
    directory: Directory,
    by_address: HashMap<String, (Recipient, Vec<ObligationId>)>,
    unreached: usize,
}

impl News {
    fn new(tx: &Tx<'_>) -> Self {
        Self {
            directory: Directory::on(local_date(tx.now)),
            by_address: HashMap::new(),
            unreached: 0,
        }
    }

    fn tell(&mut self, tx: &mut Tx<'_>, one: &Move) -> Result<(), Error> {
        let reached = told_of_move(&mut self.directory, tx, &one.row)?;
        self.unreached += usize::from(reached.recipients.is_empty());
        for recipient in reached.recipients {
            let address = recipient.mail.folded();
            let known = self.by_address.entry(address);
            let (_, works) = known.or_insert_with(|| (recipient, Vec::new()));
            works.push(one.row.id);
        }
        Ok(())
    }

    fn told(self) -> Vec<Told> {
        let told = |(recipient, works): (Recipient, Vec<ObligationId>)| Told {
            name: recipient.name,
            mail: recipient.mail.to_string(),
            works,
        };
        let mut all: Vec<Told> = self.by_address.into_values().map(told).collect();
        all.sort_by(|a, b| (&a.name, &a.mail).cmp(&(&b.name, &b.mail)));
        all
    }
}
