//! What plans ask for: for every rule in force the obligations of each period, subject by subject,
//! prorated where somebody was there for a part of it. Idempotent by identity (rule, subject,
//! period): opening twice opens nothing the second time.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::Serialize;

use crate::domain::calendar::{Calendar, Explanation};
use crate::domain::deadline::missed_for_good;
use crate::domain::obligation::{Note, State, Why};
use crate::domain::party::Party;
use crate::domain::period::Period;
use crate::domain::policy::{Carry, Policy};
use crate::domain::rule::{RuleContent, RuleKind, Subject};
use crate::domain::text::local_date;
use crate::service::core::lookups::Lookups;
use crate::service::obligations::share;
use crate::service::obligations::terms::stored;
use crate::service::{App, Error};
use crate::store::obligations::{self as store, ObligationRow};
use crate::store::people::PersonRow;
use crate::store::plans::{self, PlanRow};
use crate::store::rules::RuleVersionRow;
use crate::store::types::{AsText, At, JsonText, Word};
use crate::store::units::UnitRow;
use crate::store::{Conn, meta, people, rules, units};

/// What a run of the opening job did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Periods of rules that were opened to the end.
    pub periods: usize,
    /// Obligations that are new.
    pub opened: usize,
}

/// Opens every period of every rule in force that has begun by `now` and was not opened yet; those
/// missed while the service was down come first, in order.
///
/// # Errors
/// Those of the database; obligations opened before the error stay.
pub fn run(app: &App, now: DateTime<Utc>) -> Result<Report, Error> {
    let plans = app
        .store
        .read(|conn| Ok::<_, Error>(plans::in_force(conn)?))?;
    let mut report = Report::default();
    for plan in plans {
        run_plan(app, &plan, now, &mut report)?;
    }
    Ok(report)
}

fn run_plan(
    app: &App,
    plan: &PlanRow,
    now: DateTime<Utc>,
    report: &mut Report,
) -> Result<(), Error> {
    let all = app
        .store
        .read(|conn| Ok::<_, Error>(rules::versions_of_plans(conn, &[plan.id])?))?;
    let versions = all.chunk_by(|a, b| a.rule_id == b.rule_id);
    for versions in versions {
        let Some(rule_id) = versions.first().map(|version| version.rule_id) else {
            continue;
        };
        let watermark = app
            .store
            .read(|conn| Ok::<_, Error>(meta::get(conn, &watermark_key(rule_id))?))?;
        for task in tasks(plan, versions, watermark.as_deref(), local_date(now))? {
            report.opened += open_task(app, plan, &task, now)?;
            report.periods += 1;
        }
    }
    Ok(())
}

/// The key under which it is kept up to which local date the periods of a rule are opened.
#[must_use]
pub fn watermark_key(rule_id: i64) -> String {
    format!("opened:{rule_id}")
}

/// One period of one rule that has to be opened.
#[derive(Debug, Clone)]
struct Task {
    version: RuleVersionRow,
    content: RuleContent,
    /// `None` for a rule with a fixed date.
    period: Option<Period>,
}

/// What is still to be opened of a rule: periods after the watermark that begin by `today` and lie
/// in the plan's year.
fn tasks(
    plan: &PlanRow,
    versions: &[RuleVersionRow],
    watermark: Option<&str>,
    today: NaiveDate,
) -> Result<Vec<Task>, Error> {
    let parsed: Vec<_> = versions
        .iter()
        .map(|version| (version.clone(), version.content.0.clone()))
        .collect();
    let Some((first, content)) = parsed.first() else {
        return Ok(Vec::new());
    };
    let opened = watermark.and_then(|text| text.parse::<NaiveDate>().ok());
    if content.kind == RuleKind::FixedDate {
        let started = first.effective_from <= today
            && opened.is_none_or(|opened| opened < first.effective_from);
        let task = || Task {
            version: first.clone(),
            content: content.clone(),
            period: None,
        };
        return Ok(if started { vec![task()] } else { Vec::new() });
    }
    let Some(kind) = content.period else {
        return Ok(Vec::new());
    };
    let mut period = match opened.and_then(|opened| opened.succ_opt()) {
        Some(next) => Period::containing(kind, next),
        None => Period::containing(
            kind,
            first
                .effective_from
                .max(Period::first_of_year(kind, plan.year).first),
        ),
    };
    let mut tasks = Vec::new();
    while period.first <= today && period.year() <= plan.year {
        if let Some((version, content)) =
            governing(&parsed, period).filter(|_| period.year() == plan.year)
        {
            tasks.push(Task {
                version: version.clone(),
                content: content.clone(),
                period: Some(period),
            });
        }
        period = period.next();
    }
    Ok(tasks)
}

/// The version that governs a period: the newest in effect on its first day; a rule that is new
/// within a period governs it whole.
fn governing(
    versions: &[(RuleVersionRow, RuleContent)],
    period: Period,
) -> Option<&(RuleVersionRow, RuleContent)> {
    let in_effect = versions
        .iter()
        .rev()
        .find(|(version, _)| version.effective_from <= period.first);
    let found = in_effect.or_else(|| {
        versions
            .first()
            .filter(|(version, _)| version.effective_from <= period.last)
    })?;
    let (_, content) = found;
    let holds = content.valid_from.is_none_or(|from| from <= period.first)
        && content.valid_to.is_none_or(|to| period.first <= to);
    holds.then_some(found)
}

/// Opens one period of a rule in chunks of subjects, then moves the watermark.
fn open_task(app: &App, plan: &PlanRow, task: &Task, now: DateTime<Utc>) -> Result<usize, Error> {
    let subjects = app.store.read(|conn| subjects(conn, plan, &task.content))?;
    let chunk = usize::try_from(app.settings.worker.chunk)
        .unwrap_or(1_000)
        .max(1);
    let mut opened = 0;
    for part in subjects.chunks(chunk) {
        opened += app.store.write(|conn| {
            let mut lookups = Lookups::new(app);
            open_subjects_in(conn, &mut lookups, task, part, now)
        })?;
    }
    let last = task
        .period
        .map_or(task.version.effective_from, |period| period.last);
    app.store.write(|conn| {
        Ok::<_, Error>(meta::put(
            conn,
            &watermark_key(task.version.rule_id),
            &last.format("%Y-%m-%d").to_string(),
        )?)
    })?;
    Ok(opened)
}

/// Somebody who may owe something.
#[derive(Debug, Clone)]
struct Owner {
    unit: UnitRow,
    person: Option<PersonRow>,
}

impl Owner {
    /// The dates on which the subject is there, within the life of its unit; `None` = open.
    fn life(&self) -> (Option<NaiveDate>, Option<NaiveDate>) {
        share::life(&self.unit, self.person.as_ref())
    }
}

/// Everybody a rule concerns, whenever they lived.
fn subjects(conn: &mut Conn, plan: &PlanRow, content: &RuleContent) -> Result<Vec<Owner>, Error> {
    let units = match &content.subject {
        Subject::Unit { code } => units::find_by_code(conn, code)?.into_iter().collect(),
        Subject::Units { categories } | Subject::Persons { categories, .. } => {
            units::of_categories(conn, plan.unit_id, categories)?
        }
    };
    owners(conn, &content.subject, units)
}

/// Those of the given units, or of their people, whom a rule concerns.
fn owners(conn: &mut Conn, subject: &Subject, units: Vec<UnitRow>) -> Result<Vec<Owner>, Error> {
    let units: Vec<UnitRow> = units
        .into_iter()
        .filter(|unit| share::concerns(subject, unit))
        .collect();
    if !matches!(subject, Subject::Persons { .. }) {
        return Ok(units
            .into_iter()
            .map(|unit| Owner { unit, person: None })
            .collect());
    }
    let persons = people::of_units(conn, &units.iter().map(|unit| unit.id).collect::<Vec<_>>())?;
    let by_id: HashMap<i64, UnitRow> = units.into_iter().map(|unit| (unit.id, unit)).collect();
    let wanted = persons
        .into_iter()
        .filter(|person| share::concerns_role(subject, person));
    Ok(wanted
        .filter_map(|person| {
            let unit = by_id.get(&person.unit_id)?.clone();
            Some(Owner {
                unit,
                person: Some(person),
            })
        })
        .collect())
}

fn open_subjects_in(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    task: &Task,
    owners: &[Owner],
    now: DateTime<Utc>,
) -> Result<usize, Error> {
    lookups.learn_units(owners.iter().map(|owner| owner.unit.clone()));
    let chained = store::chained_subjects(conn, task.version.rule_id)?;
    let excused = store::exemptions(conn, &[task.version.rule_id])?;
    let mut rows = Vec::with_capacity(owners.len());
    let mut texts = Texts::default();
    for owner in owners {
        let Some(mut row) = opened(conn, lookups, task, owner, &mut texts, now)? else {
            continue;
        };
        row.chained |= chained.contains(&row.subject.0);
        let exemption = excused
            .iter()
            .find(|e| e.subject == row.subject && e.period_key == row.period_key);
        row.exempt_at = exemption.map(|exemption| exemption.created_at);
        rows.push(row);
    }
    Ok(store::insert_new(conn, &rows)?)
}

/// Explanations and policies written as JSON once for all who share them.
#[derive(Default)]
struct Texts {
    policy: Option<(std::sync::Arc<Policy>, JsonText<Policy>)>,
    due: Option<(DateTime<Utc>, String, Explanation)>,
}

impl Texts {
    fn policy(&mut self, policy: &std::sync::Arc<Policy>) -> Result<JsonText<Policy>, Error> {
        if let Some((known, text)) = &self.policy
            && std::sync::Arc::ptr_eq(known, policy)
        {
            return Ok(text.clone());
        }
        let text = JsonText::of(policy.as_ref())?;
        self.policy = Some((policy.clone(), text.clone()));
        Ok(text)
    }

    fn explanation(
        &mut self,
        due_at: DateTime<Utc>,
        calendar: &Calendar,
        explain: impl FnOnce() -> Explanation,
    ) -> Explanation {
        if let Some((known, code, explanation)) = &self.due
            && *known == due_at
            && code == calendar.code()
        {
            return explanation.clone();
        }
        let explanation = explain();
        self.due = Some((due_at, calendar.code().to_owned(), explanation.clone()));
        explanation
    }
}

/// The obligation of one subject for the task's period; `None` if it owes nothing.
fn opened(
    conn: &mut Conn,
    lookups: &mut Lookups<'_>,
    task: &Task,
    owner: &Owner,
    texts: &mut Texts,
    now: DateTime<Utc>,
) -> Result<Option<ObligationRow>, Error> {
    let (from, to) = owner.life();
    let (content, today) = (&task.content, local_date(now));
    let mut notes = Vec::new();
    let (required, maximum) = match task.period {
        None if from.is_some_and(|from| from > today) || to.is_some_and(|to| to < today) => {
            return Ok(None);
        }
        None => (content.minimum, content.maximum),
        Some(period) => {
            let subject = (&owner.unit, owner.person.as_ref());
            let share = share::share_in(conn, lookups, (content, period), subject, (from, to))?;
            if share.required == 0 {
                return Ok(None);
            }
            notes.extend(share.note);
            (share.required, share.maximum)
        }
    };
    // the policy of the day from which it is owed: a plan or a unit may begin within the period
    let opens_on = task.period.map_or(today, |period| {
        let begins = from
            .unwrap_or(period.first)
            .max(task.version.effective_from);
        begins.clamp(period.first, period.last)
    });
    let policy = lookups.policy(conn, owner.unit.id, opens_on)?;
    let (calendar, calendar_version) = lookups.calendar(conn, &policy.calendar)?;
    let window = match task.period {
        Some(period) => window_of(&calendar, &policy, period, to),
        None => Window {
            from: calendar.start_of(content.valid_from.unwrap_or(task.version.effective_from)),
            to: content.due_at.unwrap_or(now),
            ended_on: None,
        },
    };
    notes.extend(window.ended_on.map(|date| Note::EndedOn { date }));
    let explanation = texts.explanation(window.to, &calendar, || match task.period {
        Some(period) if window.ended_on.is_none() => {
            calendar.explain_period_end(window.from, period.first, period.last, policy.period_end)
        }
        _ => calendar.explain_fixed(window.from, window.to),
    });
    let late_days = content.kind != RuleKind::Quota;
    let missed_at =
        late_days.then(|| missed_for_good(&calendar, window.to, policy.missed_after_days));
    let person_id = owner.person.as_ref().map(|person| person.id);
    // something may have arrived before it was opened: the first sweep folds
    Ok(Some(ObligationRow {
        id: 0,
        rule_id: task.version.rule_id,
        rule_version_id: task.version.id,
        subject: AsText(Party::of(owner.unit.id, person_id)),
        unit_id: owner.unit.id,
        person_id,
        federation_id: owner.unit.federation_id,
        kind: Word(content.kind.obligation()),
        period: task.period.map(|period| Word(period.kind)),
        period_key: task.period.map_or_else(|| "fixed".to_owned(), Period::key),
        year: task
            .period
            .map_or_else(|| calendar.date_of_due(window.to).year(), Period::year),
        event_id: None,
        window_from: At(window.from),
        window_to: At(window.to),
        due_at: At(window.to),
        due_revision: 1,
        explanation: JsonText::of(&Why {
            due: explanation,
            notes,
        })?,
        policy: texts.policy(&policy)?,
        calendar: policy.calendar.clone(),
        calendar_version,
        required: stored(required),
        maximum: maximum.map(stored),
        missed_at: missed_at.map(At),
        extended_to: None,
        exempt_at: None,
        chained: content.kind == RuleKind::Report || policy.carry == Carry::WithinYear,
        arrived: 0,
        published: 0,
        done: 0,
        state: Word(State::Open),
        decided_at: None,
        next_step_at: Some(At(now)),
        swept_until: At(now),
        opened_at: At(now),
        version: 1,
    }))
}

struct Window {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    /// The subject's last day, where that ends the window early.
    ended_on: Option<NaiveDate>,
}

/// The counting window of a period. Under the policy of closing times each window starts where the
/// one before ended; a day's own window is always the whole day.
fn window_of(
    calendar: &Calendar,
    policy: &Policy,
    period: Period,
    ends_on: Option<NaiveDate>,
) -> Window {
    use crate::domain::calendar::PeriodEnd;
    use crate::domain::period::PeriodKind;
    let end = if period.kind == PeriodKind::Day {
        PeriodEnd::Midnight
    } else {
        policy.period_end
    };
    let from = match end {
        PeriodEnd::Midnight => calendar.start_of(period.first),
        PeriodEnd::LastWorkingClosing => match period.first.pred_opt() {
            Some(day_before) => {
                let before = Period::containing(period.kind, day_before);
                calendar.period_end(before.first, before.last, end)
            }
            None => calendar.start_of(period.first),
        },
    };
    let to = calendar.period_end(period.first, period.last, end);
    match ends_on.filter(|last| *last < period.last) {
        Some(last) => Window {
            from,
            to: calendar.end_of(last).min(to),
            ended_on: Some(last),
        },
        None => Window {
            from,
            to,
            ended_on: None,
        },
    }
}

/// Opens what units, or one person of theirs, who have just come owe for the periods that are
/// running: for each rule in force its current period, if the rule has begun. The next run of the
/// job opens the rest.
pub fn open_for_in(
    conn: &mut Conn,
    app: &App,
    units: Vec<UnitRow>,
    person_id: Option<i64>,
    now: DateTime<Utc>,
) -> Result<usize, Error> {
    let mut above = Vec::with_capacity(units.len());
    for unit in units {
        above.push((units::ancestors(conn, unit.id)?, unit));
    }
    let mut opened = 0;
    for plan in plans::in_force(conn)? {
        let inside = above
            .iter()
            .filter(|(above, _)| above.contains(&plan.unit_id));
        let units: Vec<UnitRow> = inside.map(|(_, unit)| unit.clone()).collect();
        if units.is_empty() {
            continue;
        }
        let all = rules::versions_of_plans(conn, &[plan.id])?;
        for versions in all.chunk_by(|a, b| a.rule_id == b.rule_id) {
            let Some(task) = running_task(&plan, versions, local_date(now))? else {
                continue;
            };
            if meta::get(conn, &watermark_key(task.version.rule_id))?.is_none() {
                continue;
            }
            let mut own = owners(conn, &task.content.subject, units.clone())?;
            own.retain(|owner| {
                person_id.is_none() || owner.person.as_ref().map(|p| p.id) == person_id
            });
            opened += open_subjects_in(conn, &mut Lookups::new(app), &task, &own, now)?;
        }
    }
    Ok(opened)
}

fn running_task(
    plan: &PlanRow,
    versions: &[RuleVersionRow],
    today: NaiveDate,
) -> Result<Option<Task>, Error> {
    let parsed: Vec<_> = versions
        .iter()
        .map(|version| (version.clone(), version.content.0.clone()))
        .collect();
    let Some((first, content)) = parsed.first() else {
        return Ok(None);
    };
    let Some(kind) = content.period else {
        let running = content.due_at.is_some_and(|due| local_date(due) >= today);
        return Ok(running.then(|| Task {
            version: first.clone(),
            content: content.clone(),
            period: None,
        }));
    };
    let period = Period::containing(kind, today);
    if period.year() != plan.year {
        return Ok(None);
    }
    Ok(governing(&parsed, period).map(|(version, content)| Task {
        version: version.clone(),
        content: content.clone(),
        period: Some(period),
    }))
}
