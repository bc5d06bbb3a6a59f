//! Reading obligations: lists with their standing, one with everything behind it, and a table of
//! who owes what.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, FixedOffset, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::access::Scope;
use crate::domain::ladder::Phase;
use crate::domain::obligation::{
    ExtensionState, ObligationKind, Progress, Standing, State, standing,
};
use crate::domain::settle::CreditStatus;
use crate::domain::text::{self, local_due};
use crate::domain::unit::Category;
use crate::service::core::lookups::Lookups;
use crate::service::obligations::changes::period_of;
use crate::service::obligations::ladder_in;
use crate::service::obligations::naming::Names;
use crate::service::{App, Error};
use crate::store::obligations::{self as rows, ExtensionRow, ObligationRow};
use crate::store::types::from_text;
use crate::store::views::obligations::{self as view, DueRow, ObligationFilter};
use crate::store::views::seen_in_full;
use crate::store::{Conn, people, reminders, units};

/// An obligation as readers see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ObligationView {
    /// Its number.
    pub id: i64,
    /// What it is called: "2 tin mỗi tháng - tháng 11/2026".
    pub title: String,
    /// What sort of thing is owed.
    pub kind: ObligationKind,
    /// The unit that owes it.
    pub unit: Named,
    /// The person, if it is personal.
    pub person: Option<Named>,
    /// The event, if it is about one.
    pub event_id: Option<i64>,
    /// The period's key (2026-M11), if it has one.
    pub period: Option<String>,
    /// The plan year that it belongs to.
    pub year: i32,
    /// Begin of the counting window, included.
    pub window_from: DateTime<FixedOffset>,
    /// End of the counting window, not included.
    pub window_to: DateTime<FixedOffset>,
    /// The due instant.
    pub due_at: DateTime<FixedOffset>,
    /// The due instant as people read it; midnight is 24:00 of the day that ends.
    pub due_text: String,
    /// How often the due instant was set.
    pub due_revision: i32,
    /// How many are owed.
    pub required: i32,
    /// The most that count.
    pub maximum: Option<i32>,
    /// How many arrived and are not rejected.
    pub arrived: i32,
    /// How many of them are published.
    pub published: i32,
    /// How many count by the policy.
    pub done: i32,
    /// How many are still lacking.
    pub remaining: i32,
    /// The stored state.
    pub state: State,
    /// How it stands at the instant of the request.
    pub standing: Standing,
    /// When the state was decided.
    pub decided_at: Option<DateTime<FixedOffset>>,
    /// Goes up with every change.
    pub version: i32,
}

/// Something with a number and a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Named {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
}

/// An obligation with everything behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ObligationDetail {
    /// The obligation.
    #[serde(flatten)]
    pub obligation: ObligationView,
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
    pub item_id: i64,
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

/// An extension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExtensionView {
    /// Its number.
    pub id: i64,
    /// Until when.
    pub until: DateTime<FixedOffset>,
    /// Why.
    pub reason: String,
    /// asked, granted or refused.
    #[schema(value_type = String)]
    pub state: ExtensionState,
    /// Who asked.
    pub asked_by: String,
    /// Who decided.
    pub decided_by: Option<String>,
    /// What the decision says.
    pub decision_reason: Option<String>,
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

/// A unit's line in the table of who owes what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnitLine {
    /// The unit's number.
    pub unit_id: i64,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its category.
    pub category: Category,
    /// How many obligations of the year stand how.
    pub standings: BTreeMap<Standing, i64>,
}

/// Who has not delivered what fell due between two instants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overdue {
    /// Obligations that fell due.
    pub fell_due: usize,
    /// Units that still owe some of them, each with how many; most first, then by id.
    pub units: Vec<(i64, u32)>,
}

/// A unit that is late.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LateUnit {
    /// The unit.
    pub unit: Named,
    /// With how many obligations.
    pub late: u32,
}

/// The next obligations behind `after` (due instant, id), with their standing at
/// `now`.
pub fn list_in(
    conn: &mut Conn,
    app: &App,
    scope: &Scope,
    filter: &ObligationFilter,
    after: Option<(DateTime<Utc>, i64)>,
    limit: i64,
    (now, locale): (DateTime<Utc>, &str),
) -> Result<Vec<ObligationView>, Error> {
    let found = view::page(conn, scope, filter, after, limit)?;
    views(conn, app, &found, now, locale)
}

/// One obligation with everything behind it.
///
/// # Errors
/// [`Error::NotFound`] if it does not exist or lies outside the scope.
pub fn show_in(
    conn: &mut Conn,
    app: &App,
    scope: &Scope,
    id: i64,
    (now, locale): (DateTime<Utc>, &str),
) -> Result<ObligationDetail, Error> {
    let row = view::find(conn, scope, id)?.ok_or(Error::not_found("obligation"))?;
    detail_in(conn, app, scope, &row, (now, locale))
}

/// An extension that waits for the department's decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AskedExtension {
    /// The extension.
    #[serde(flatten)]
    pub extension: ExtensionView,
    /// What it is asked for.
    pub obligation: ObligationView,
}

/// Extensions that wait for a decision, behind the one with the id `after`, oldest first.
pub fn asked_extensions_in(
    conn: &mut Conn,
    app: &App,
    scope: &Scope,
    after: Option<i64>,
    limit: i64,
    (now, locale): (DateTime<Utc>, &str),
) -> Result<Vec<AskedExtension>, Error> {
    let (asked, owed): (Vec<_>, Vec<_>) = view::asked_extensions(conn, scope, after, limit)?
        .into_iter()
        .unzip();
    let owed = views(conn, app, &owed, now, locale)?;
    let pairs = asked.into_iter().zip(owed);
    pairs
        .map(|(asked, obligation)| {
            Ok(AskedExtension {
                extension: extension_view(asked),
                obligation,
            })
        })
        .collect()
}

fn extension_view(extension: ExtensionRow) -> ExtensionView {
    ExtensionView {
        id: extension.id,
        until: text::local(extension.until.0),
        reason: extension.reason,
        state: extension.state.0,
        asked_by: extension.asked_by,
        decided_by: extension.decided_by,
        decision_reason: extension.decision_reason,
    }
}

/// Everything behind an obligation that the caller has the right to see; to whom reminders went, is
/// for those who know the people.
pub fn detail_in(
    conn: &mut Conn,
    app: &App,
    scope: &Scope,
    row: &ObligationRow,
    (now, locale): (DateTime<Utc>, &str),
) -> Result<ObligationDetail, Error> {
    let mut all = views(conn, app, std::slice::from_ref(row), now, locale)?;
    let obligation = all.pop().ok_or(Error::not_found("obligation"))?;
    let mut credits = Vec::new();
    for credit in view::credits(conn, scope, row.id)? {
        credits.push(CreditView {
            item_id: credit.item_id,
            title: credit.title,
            kind: credit.kind,
            state: credit.item_state,
            status: credit.status.0,
            arrived_at: text::local(credit.arrived_at.0),
        });
    }
    let mut lines = Vec::new();
    let told = if seen_in_full(conn, scope, &[row.unit_id])?.is_empty() {
        Vec::new()
    } else {
        reminders::of_obligation(conn, row.id)?
    };
    for line in told {
        lines.push(ReminderView {
            outcome: match (&line.mail_key, line.settled_at) {
                (Some(_), _) => ReminderOutcome::Queued,
                (None, Some(_)) => ReminderOutcome::Dropped,
                (None, None) => ReminderOutcome::Waiting,
            },
            step: line.step,
            due_revision: line.due_revision,
            recipient: line.recipient,
            leave_at: text::local(*line.leave_at),
        });
    }
    let mut extensions = Vec::new();
    for extension in rows::extensions(conn, row.id)? {
        extensions.push(extension_view(extension));
    }
    let exemption = match view::exemption(conn, row)? {
        Some(found) => Some(ExemptionView {
            reason: found.reason,
            decided_by: found.decided_by,
            at: text::local(found.created_at.0),
        }),
        None => None,
    };
    let explanation = row.explanation.read()?.to_text(locale);
    Ok(ObligationDetail {
        obligation,
        explanation,
        credits,
        reminders: lines,
        extensions,
        exemption,
    })
}

fn views(
    conn: &mut Conn,
    app: &App,
    found: &[ObligationRow],
    now: DateTime<Utc>,
    locale: &str,
) -> Result<Vec<ObligationView>, Error> {
    let mut lookups = Lookups::new(app);
    let names = Names::of(conn, &mut lookups, found.iter())?;
    let units = units::find_many(
        conn,
        &found.iter().map(|row| row.unit_id).collect::<Vec<_>>(),
    )?;
    let persons = people::find_many(
        conn,
        &found
            .iter()
            .filter_map(|row| row.person_id)
            .collect::<Vec<_>>(),
    )?;
    lookups.learn_units(units.into_values());
    let mut all = Vec::with_capacity(found.len());
    for row in found {
        let unit = lookups.unit(conn, row.unit_id)?;
        let person = row.person_id.and_then(|id| persons.get(&id));
        all.push(ObligationView {
            id: row.id,
            title: names.title(conn, &mut lookups, row, locale)?,
            kind: row.kind.0,
            unit: Named {
                id: unit.id,
                name: unit.name.clone(),
            },
            person: person.map(|person| Named {
                id: person.id,
                name: person.name.clone(),
            }),
            event_id: row.event_id,
            period: period_of(row).map(crate::domain::period::Period::key),
            year: row.year,
            window_from: text::local(row.window_from.0),
            window_to: text::local(row.window_to.0),
            due_at: text::local(row.due_at.0),
            due_text: local_due(row.due_at.0),
            due_revision: row.due_revision,
            required: row.required,
            maximum: row.maximum,
            arrived: row.arrived,
            published: row.published,
            done: row.done,
            remaining: (row.required - row.done).max(0),
            state: row.state.0,
            standing: standing_in(conn, &mut lookups, row, now)?,
            decided_at: row.decided_at.map(|at| text::local(at.0)),
            version: row.version,
        });
    }
    Ok(all)
}

/// How an obligation stands at `now`.
pub fn standing_in(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    row: &ObligationRow,
    now: DateTime<Utc>,
) -> Result<Standing, Error> {
    let state = row.state.0;
    let (calendar, _) = lookups.calendar(conn, &row.calendar)?;
    let first_reminder_at = if state == State::Open {
        let ladder = ladder_in(conn, lookups, row)?;
        ladder
            .iter()
            .find(|due| due.planned.phase == Phase::Before)
            .map(|due| due.planned.leave_at)
    } else {
        None
    };
    let progress = Progress {
        state,
        required: u32::try_from(row.required).unwrap_or(0),
        arrived: u32::try_from(row.arrived).unwrap_or(0),
        window_from: row.window_from.0,
        due_at: row.due_at.0,
        first_reminder_at,
    };
    Ok(standing(&progress, &calendar, now))
}

/// Who is late with what fell due from `from` on and before `to`: by the stored state, and where
/// the check has not been held yet, by what has arrived.
pub fn overdue_in(
    conn: &mut Conn,
    scope: &Scope,
    below: Option<i64>,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Overdue, Error> {
    let rows = view::fell_due(conn, scope, below, (from, to))?;
    let fell_due = rows.len();
    let late = |row: &DueRow| match row.state.0 {
        State::Missed => true,
        State::Open => row.arrived < row.required,
        _ => false,
    };
    let mut ids: Vec<i64> = rows
        .into_iter()
        .filter(late)
        .map(|row| row.unit_id)
        .collect();
    ids.sort_unstable();
    let mut units: Vec<(i64, u32)> = ids
        .chunk_by(|a, b| a == b)
        .filter_map(|same| {
            Some((
                *same.first()?,
                u32::try_from(same.len()).unwrap_or(u32::MAX),
            ))
        })
        .collect();
    units.sort_by_key(|(id, late)| (std::cmp::Reverse(*late), *id));
    Ok(Overdue { fell_due, units })
}

/// The next late units behind `after` (how many they owe, id), named.
pub fn late_units_in(
    conn: &mut Conn,
    overdue: &Overdue,
    after: Option<(u32, i64)>,
    limit: i64,
) -> Result<Vec<LateUnit>, Error> {
    let place = |(id, late): (i64, u32)| (std::cmp::Reverse(late), id);
    let rest = overdue
        .units
        .iter()
        .filter(|line| after.is_none_or(|(late, id)| place(**line) > place((id, late))));
    let shown: Vec<(i64, u32)> = rest
        .take(usize::try_from(limit).unwrap_or(usize::MAX))
        .copied()
        .collect();
    let mut names = units::find_many(conn, &shown.iter().map(|(id, _)| *id).collect::<Vec<_>>())?;
    let line = |(id, late)| {
        names.remove(&id).map(|unit| LateUnit {
            unit: Named {
                id,
                name: unit.name,
            },
            late,
        })
    };
    Ok(shown.into_iter().filter_map(line).collect())
}

/// Who owes what: for each unit below `root` how many obligations of the year stand how at `now`,
/// in order of name.
pub fn table_in(
    conn: &mut Conn,
    app: &App,
    scope: &Scope,
    root: i64,
    year: i32,
    now: DateTime<Utc>,
) -> Result<Vec<UnitLine>, Error> {
    let mut standings: HashMap<i64, BTreeMap<Standing, i64>> = HashMap::new();
    for (unit, state, number) in view::counts(conn, scope, root, year)? {
        let settled = match state.0 {
            State::Open => continue,
            State::AwaitingReview => Standing::AwaitingReview,
            State::MetOnTime => Standing::MetOnTime,
            State::MetLate => Standing::MetLate,
            State::Missed => Standing::Missed,
            State::Exempt => Standing::Exempt,
        };
        *standings
            .entry(unit)
            .or_default()
            .entry(settled)
            .or_default() += number;
    }
    let mut lookups = Lookups::new(app);
    let filter = ObligationFilter {
        below: Some(root),
        states: vec![State::Open],
        year: Some(year),
        ..ObligationFilter::default()
    };
    let mut after = None;
    loop {
        let open = view::page(conn, scope, &filter, after, 5_000)?;
        let Some(last) = open.last() else { break };
        after = Some((last.due_at.0, last.id));
        for row in &open {
            let standing = standing_in(conn, &mut lookups, row, now)?;
            *standings
                .entry(row.unit_id)
                .or_default()
                .entry(standing)
                .or_default() += 1;
        }
    }
    let mut lines = Vec::new();
    for (unit_id, code, name, category) in view::units(conn, scope, root)? {
        let Some(standings) = standings.remove(&unit_id) else {
            continue;
        };
        lines.push(UnitLine {
            unit_id,
            code,
            name,
            category: from_text("category", &category)?,
            standings,
        });
    }
    Ok(lines)
}
