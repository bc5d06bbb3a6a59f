//! What will be sent in the days ahead, planned by the code that sends it: the reminders of what is
//! open now, and of what opens meanwhile. It supposes that nothing more is handed in.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::ids::{ObligationId, UnitId};
use crate::domain::ladder::Phase;
use crate::domain::obligation::State;
use crate::domain::party::Party;
use crate::domain::reminding::{self, Owed, Reminder};
use crate::domain::text::{local_date, local_midnight};
use crate::service::Error;
use crate::service::core::tx::Tx;
use crate::service::notices::readers::reached;
use crate::service::notices::recipients::Directory;
use crate::service::obligations::open::opening_until;
use crate::service::obligations::{LadderStep, ladder};
use crate::store::obligations::{self as store, ObligationRow};
use crate::store::policies::PolicyRow;
use crate::store::reminders::{self, AcknowledgementRow};
use crate::store::units;

/// How many days are looked at.
pub const DAYS: u64 = 14;

/// How many obligations are read at once.
const BATCH: i64 = 1_000;

/// What is sent on the days ahead, before and after a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReminderForecast {
    /// The first day that is looked at: the one from which the change holds.
    pub from: NaiveDate,
    /// The last one.
    pub to: NaiveDate,
    /// The days on which anything is sent.
    pub days: Vec<ForecastDay>,
    /// Who gets another number of mails than without the change, by name.
    pub people: Vec<ForecastPerson>,
    /// How much open work keeps the policy that it was opened with.
    pub open: usize,
    /// How much work opens meanwhile, with the policy of its day.
    pub opening: usize,
}

/// What is sent on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ForecastDay {
    /// The day.
    pub date: NaiveDate,
    /// Without the change.
    pub before: Sending,
    /// With it.
    pub after: Sending,
}

/// How much is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Sending {
    /// Mails: what one check has for one address is one mail.
    pub mails: usize,
    /// Addresses.
    pub people: usize,
    /// Reminders in these mails.
    pub reminders: usize,
}

/// Somebody who gets another number of mails than without a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ForecastPerson {
    /// Their name.
    pub name: String,
    /// Their address.
    pub mail: String,
    /// Mails without the change.
    pub before: usize,
    /// Mails with it.
    pub after: usize,
}

/// A reminder that will be sent.
struct Line {
    at: DateTime<Utc>,
    address: String,
    name: String,
    mail: String,
}

/// What would be sent to and about a unit and all below it if it set this policy, beside what is
/// sent without it.
pub(crate) fn compared(tx: &mut Tx<'_>, policy: PolicyRow) -> Result<ReminderForecast, Error> {
    let from = policy.valid_from.max(local_date(tx.now));
    let to = from.checked_add_days(Days::new(DAYS - 1)).unwrap_or(from);
    let unit_id = policy.unit_id;
    let mut planner = Planner::new(tx, from, to)?;
    let open = planner.open(tx, unit_id)?;
    let units: HashSet<UnitId> = units::below(tx.conn, unit_id)?.into_iter().collect();
    let before = planner.opening(tx, &units)?;
    tx.lookups.try_policy(tx.conn, policy)?;
    let after = planner.opening(tx, &units)?;
    let lines = |opening: &[Line]| sums(open.lines.iter().chain(opening));
    let (was, is) = (lines(&before.lines), lines(&after.lines));
    Ok(ReminderForecast {
        days: days(&was, &is),
        people: people(&was, &is),
        open: open.works,
        opening: after.works,
        from,
        to,
    })
}

/// The lines of some work.
#[derive(Default)]
struct Lines {
    works: usize,
    lines: Vec<Line>,
}

struct Planner {
    directory: Directory,
    from: DateTime<Utc>,
    last: NaiveDate,
    end: DateTime<Utc>,
}

impl Planner {
    fn new(tx: &Tx<'_>, from: NaiveDate, last: NaiveDate) -> Result<Self, Error> {
        let end = last.succ_opt().unwrap_or(last);
        Ok(Self {
            directory: Directory::on(local_date(tx.now)),
            from: local_midnight(from).max(tx.now),
            end: local_midnight(end),
            last,
        })
    }

    /// The reminders of what is open below a unit.
    fn open(&mut self, tx: &mut Tx<'_>, unit_id: UnitId) -> Result<Lines, Error> {
        let (mut after, mut all) = (ObligationId::NONE, Lines::default());
        loop {
            let rows = store::stepping_below(tx.conn, unit_id, self.end, (after, BATCH))?;
            let Some(last) = rows.last() else {
                return Ok(all);
            };
            after = last.id;
            self.add(tx, rows, &mut all)?;
        }
    }

    /// The reminders of what opens meanwhile.
    fn opening(&mut self, tx: &mut Tx<'_>, units: &HashSet<UnitId>) -> Result<Lines, Error> {
        let (rows, mut all) = (opening_until(tx, self.last, units)?, Lines::default());
        self.add(tx, rows, &mut all)?;
        Ok(all)
    }

    fn add(
        &mut self,
        tx: &mut Tx<'_>,
        rows: Vec<ObligationRow>,
        all: &mut Lines,
    ) -> Result<(), Error> {
        let ids: Vec<ObligationId> = rows.iter().map(|row| row.id).collect();
        let units: Vec<UnitId> = rows.iter().map(|row| row.unit_id).collect();
        tx.lookups.read_units(tx.conn, units.iter().copied())?;
        self.directory.read_leaders(tx.conn, &units)?;
        let answers = reminders::acknowledgements(tx.conn, &ids)?;
        all.works += rows.len();
        for row in rows {
            match self.lines(tx, &row, &answers) {
                Ok(lines) => all.lines.extend(lines),
                Err(error) if error.is_about_data() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn lines(
        &mut self,
        tx: &mut Tx<'_>,
        row: &ObligationRow,
        answers: &HashMap<(ObligationId, Party), AcknowledgementRow>,
    ) -> Result<Vec<Line>, Error> {
        let steps = ladder(tx, row)?;
        let ahead = |step: &&LadderStep| {
            step.acts_at > row.swept_until.0 && (self.from..self.end).contains(&step.acts_at)
        };
        let ahead: Vec<&LadderStep> = steps.iter().filter(ahead).collect();
        let mut lines = Vec::new();
        for check in ahead.chunk_by(|a, b| a.acts_at == b.acts_at) {
            let Some(at) = check.first().map(|step| step.acts_at) else {
                continue;
            };
            let phase = check
                .last()
                .map_or(Phase::Before, |step| step.planned.phase);
            let owed = supposed(row, phase);
            let planned = check.iter().map(|step| &step.planned);
            for reminder in reminding::of_steps(&owed, planned, at) {
                lines.extend(self.said(tx, row, &reminder, (at, answers))?);
            }
        }
        Ok(lines)
    }

    fn said(
        &mut self,
        tx: &mut Tx<'_>,
        row: &ObligationRow,
        reminder: &Reminder<'_>,
        (at, answers): (
            DateTime<Utc>,
            &HashMap<(ObligationId, Party), AcknowledgementRow>,
        ),
    ) -> Result<Vec<Line>, Error> {
        let reached = reached(&mut self.directory, tx, row, reminder.readers())?;
        let mut lines = Vec::with_capacity(reached.recipients.len());
        for recipient in reached.recipients {
            let answer = answers.get(&(row.id, recipient.party));
            let snoozed = answer.map(|answer| answer.snoozed_until.map(|until| until.0));
            if snoozed.is_some_and(|until| reminder.is_answered(until, at)) {
                continue;
            }
            lines.push(Line {
                at: at.max(reminder.step.leave_at),
                address: recipient.mail.folded(),
                mail: recipient.mail.to_string(),
                name: recipient.name,
            });
        }
        Ok(lines)
    }
}

/// How an obligation stands at a step if nothing more is handed in.
fn supposed(row: &ObligationRow, phase: Phase) -> Owed {
    let is_lacking = row.arrived < row.required;
    let state = match (row.state.0, phase) {
        (State::Open, Phase::Due | Phase::After) if is_lacking => State::Missed,
        (state, _) => state,
    };
    Owed {
        state,
        is_lacking,
        due_at: row.due_at.0,
    }
}

/// What is sent, by day and by address.
#[derive(Default)]
struct Sums {
    days: BTreeMap<NaiveDate, Sending>,
    /// Name, address and mails.
    people: BTreeMap<String, (String, String, usize)>,
}

fn sums<'a>(lines: impl Iterator<Item = &'a Line>) -> Sums {
    let mut mails: BTreeMap<(DateTime<Utc>, &str), (usize, &Line)> = BTreeMap::new();
    for line in lines {
        let mail = mails.entry((line.at, line.address.as_str()));
        mail.or_insert((0, line)).0 += 1;
    }
    let mut sums = Sums::default();
    let mut seen: BTreeSet<(NaiveDate, &str)> = BTreeSet::new();
    for ((at, address), (reminders, line)) in mails {
        let day = local_date(at);
        let sending = sums.days.entry(day).or_default();
        sending.mails += 1;
        sending.reminders += reminders;
        sending.people += usize::from(seen.insert((day, address)));
        let person = sums.people.entry(address.to_owned());
        let person = person.or_insert_with(|| (line.name.clone(), line.mail.clone(), 0));
        person.2 += 1;
    }
    sums
}

fn days(was: &Sums, is: &Sums) -> Vec<ForecastDay> {
    let dates: BTreeSet<&NaiveDate> = was.days.keys().chain(is.days.keys()).collect();
    let of = |sums: &Sums, date: &NaiveDate| sums.days.get(date).copied().unwrap_or_default();
    let day = |date: &NaiveDate| ForecastDay {
        date: *date,
        before: of(was, date),
        after: of(is, date),
    };
    dates.into_iter().map(day).collect()
}

fn people(was: &Sums, is: &Sums) -> Vec<ForecastPerson> {
    let addresses: BTreeSet<&String> = was.people.keys().chain(is.people.keys()).collect();
    let person = |address: &String| {
        let (before, after) = (was.people.get(address), is.people.get(address));
        let (name, mail, _) = before.or(after)?;
        let mails = |known: Option<&(String, String, usize)>| known.map_or(0, |known| known.2);
        Some(ForecastPerson {
            name: name.clone(),
            mail: mail.clone(),
            before: mails(before),
            after: mails(after),
        })
    };
    let mut people: Vec<ForecastPerson> = addresses.into_iter().filter_map(person).collect();
    people.retain(|person| person.before != person.after);
    people.sort_by(|a, b| (&a.name, &a.mail).cmp(&(&b.name, &b.mail)));
    people
}
