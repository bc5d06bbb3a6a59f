//! One obligation with everything behind it.

use chrono::{DateTime, FixedOffset};
use serde::Serialize;
use utoipa::ToSchema;

use super::extensions::ExtensionView;
use super::list::{ObligationView, views};
use super::source::{self, RuleSource, Sources, Upcoming};
use crate::domain::access::Scope;
use crate::domain::access::shown_actor;
use crate::domain::ids::{ExtensionId, ItemId, ObligationId};
use crate::domain::obligation::State;
use crate::domain::party::Party;
use crate::domain::settle::CreditStatus;
use crate::domain::text;
use crate::service::{Error, Tx};
use crate::store::obligations::{self as rows, ExemptionRow, ObligationRow};
use crate::store::reminders::{self, ReminderRow};
use crate::store::views::obligations as view;
use crate::store::views::seen_in_full;
use crate::store::{people, units};

/// An obligation with everything behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ObligationDetail {
    /// The obligation.
    #[serde(flatten)]
    pub obligation: ObligationView,
    /// The rule by which it is owed.
    pub rule: RuleSource,
    /// What is to happen to it, in order of time.
    pub upcoming: Vec<Upcoming>,
    /// Why it is due when it is, and asks for what it asks, as text of several lines.
    pub explanation: String,
    /// The items that credit it, in order of arrival.
    pub credits: Vec<CreditView>,
    /// Reminders sent or waiting.
    pub reminders: Vec<ReminderView>,
    /// Extensions asked for or granted, oldest first.
    pub extensions: Vec<ExtensionView>,
    /// Why it is excused, if it is.
    pub exemption: Option<ExemptionView>,
}

/// An item's credit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CreditView {
    /// The item.
    pub item_id: ItemId,
    /// Its title.
    pub title: String,
    /// Its kind.
    pub kind: String,
    /// Its state.
    pub state: String,
    /// What it is worth here: counted, pending, surplus, carried, late or void.
    #[schema(value_type = String)]
    pub status: CreditStatus,
    /// Its arrival.
    pub arrived_at: DateTime<FixedOffset>,
}

/// A line of the reminder ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReminderView {
    /// The step of the ladder.
    pub step: String,
    /// The due revision that it speaks of.
    pub due_revision: i32,
    /// `p` or `u` and the id of the person or unit.
    pub recipient: String,
    /// Their name.
    pub recipient_name: String,
    /// When the line was written.
    pub written_at: DateTime<FixedOffset>,
    /// When its mail may leave.
    pub leave_at: DateTime<FixedOffset>,
    /// Whether it went into a mail, was dropped as done meanwhile, or waits.
    pub outcome: ReminderOutcome,
}

/// What became of a line of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReminderOutcome {
    /// Not due yet.
    Waiting,
    /// In a mail.
    Queued,
    /// Done meanwhile.
    Dropped,
}

/// An exemption.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExemptionView {
    /// Why.
    pub reason: String,
    /// Who decided.
    pub decided_by: String,
    /// When.
    pub at: DateTime<FixedOffset>,
}

/// An obligation that the actor may see.
///
/// # Errors
/// [`Error::NotFound`] if it does not exist or lies outside the actor's scope.
pub fn show(tx: &mut Tx<'_>, id: ObligationId, locale: &str) -> Result<ObligationDetail, Error> {
    let scope = tx.scope();
    find_and_show(tx, &scope, id, locale)
}

/// An obligation after a decision on it. An actor that decides sees all items behind it.
///
/// # Errors
/// [`Error::NotFound`] if it does not exist.
pub fn show_decided(
    tx: &mut Tx<'_>,
    id: ObligationId,
    locale: &str,
) -> Result<ObligationDetail, Error> {
    find_and_show(tx, &Scope::All, id, locale)
}

/// Checks that nobody has changed an obligation since the actor read it: a decision rests on what it
/// was.
///
/// # Errors
/// [`Error::NotFound`] if it lies outside the actor's scope; [`Error::Stale`].
pub fn require_version(tx: &mut Tx<'_>, id: ObligationId, version: i32) -> Result<(), Error> {
    let row = view::find(tx.conn, &tx.scope(), id)?.ok_or(Error::not_found("obligation"))?;
    if row.version == version {
        Ok(())
    } else {
        Err(Error::Stale)
    }
}

/// The same for the obligation that an extension is asked for.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`].
pub fn require_version_of_asked(
    tx: &mut Tx<'_>,
    extension_id: ExtensionId,
    version: i32,
) -> Result<(), Error> {
    let asked = rows::find_extension(tx.conn, extension_id)?;
    let asked = asked.ok_or(Error::not_found("extension"))?;
    require_version(tx, asked.obligation_id, version).map_err(|error| match error {
        Error::NotFound { .. } => Error::not_found("extension"),
        error => error,
    })
}

/// Everything behind an obligation that `scope` has the right to see. The recipients of reminders
/// are only for those who may see the people of the unit.
pub fn detail(
    tx: &mut Tx<'_>,
    scope: &Scope,
    row: &ObligationRow,
    locale: &str,
) -> Result<ObligationDetail, Error> {
    let mut all = views(tx, std::slice::from_ref(row), locale)?;
    let obligation = all.pop().ok_or(Error::not_found("obligation"))?;
    let sees_people = !seen_in_full(tx.conn, scope, &[row.unit_id])?.is_empty();
    let reminders = if sees_people {
        reminders::of_obligation(tx.conn, row.id)?
    } else {
        Vec::new()
    };
    let credits = view::credits(tx.conn, scope, row.id)?;
    let extensions = rows::extensions(tx.conn, row.id)?;
    let sources = Sources::of(tx, std::iter::once(row))?;
    Ok(ObligationDetail {
        obligation,
        rule: sources.rule(tx, row)?,
        upcoming: source::upcoming(tx, row)?,
        explanation: row.explanation.read()?.to_text(locale),
        credits: credits.into_iter().map(CreditView::from).collect(),
        reminders: reminder_views(tx, reminders)?,
        extensions: extensions.into_iter().map(ExtensionView::from).collect(),
        exemption: view::exemption(tx.conn, row)?
            .filter(|_| row.state.0 == State::Exempt)
            .map(ExemptionView::from),
    })
}

fn find_and_show(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: ObligationId,
    locale: &str,
) -> Result<ObligationDetail, Error> {
    let row = view::find(tx.conn, scope, id)?.ok_or(Error::not_found("obligation"))?;
    detail(tx, scope, &row, locale)
}

impl From<view::CreditView> for CreditView {
    fn from(credit: view::CreditView) -> Self {
        Self {
            item_id: credit.item_id,
            title: credit.title,
            kind: credit.kind,
            state: credit.item_state,
            status: credit.status.0,
            arrived_at: text::local(credit.arrived_at.0),
        }
    }
}

/// Lines of the ledger with the names of their recipients, which are read at once.
fn reminder_views(tx: &mut Tx<'_>, lines: Vec<ReminderRow>) -> Result<Vec<ReminderView>, Error> {
    let parties: Vec<Party> = lines.iter().map(|line| line.recipient.0).collect();
    let (persons, units) = Party::split(&parties);
    let persons = people::find_many(tx.conn, &persons)?;
    let units = units::find_many(tx.conn, &units)?;
    let name = |party: Party| match party {
        Party::Person(id) => persons.get(&id).map(|row| row.name.clone()),
        Party::Unit(id) => units.get(&id).map(|row| row.name.clone()),
    };
    let view = |line: ReminderRow| ReminderView {
        outcome: match (&line.mail_key, line.settled_at) {
            (Some(_), _) => ReminderOutcome::Queued,
            (None, Some(_)) => ReminderOutcome::Dropped,
            (None, None) => ReminderOutcome::Waiting,
        },
        step: line.step,
        due_revision: line.due_revision,
        recipient: line.recipient.to_string(),
        recipient_name: name(line.recipient.0).unwrap_or_default(),
        written_at: text::local(*line.check_at),
        leave_at: text::local(*line.leave_at),
    };
    Ok(lines.into_iter().map(view).collect())
}

impl From<ExemptionRow> for ExemptionView {
    fn from(exemption: ExemptionRow) -> Self {
        Self {
            reason: exemption.reason,
            decided_by: shown_actor(&exemption.decided_by).to_owned(),
            at: text::local(exemption.created_at.0),
        }
    }
}
