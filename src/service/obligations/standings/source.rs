//! What an obligation comes from, and what happens to it next.

use std::collections::HashMap;

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::ids::{PlanId, RuleVersionId};
use crate::domain::obligation::{ObligationKind, State};
use crate::domain::reminding::may_remind;
use crate::domain::text;
use crate::domain::words::say;
use crate::service::obligations::ladder;
use crate::service::obligations::terms::policy_of;
use crate::service::{Error, Tx};
use crate::store::StoreError;
use crate::store::obligations::ObligationRow;
use crate::store::rules::{self, RuleOrigin};

/// The rule by which something is owed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RuleSource {
    /// Its code.
    pub code: String,
    /// The version that it was opened with.
    pub version: i32,
    /// The plan that contains it; none for the deadlines of events, which every federation has.
    pub plan: Option<PlanSource>,
    /// Codes of the kinds of item that count; none for an answer, which is no item.
    pub kinds: Vec<String>,
    /// What people call it, of a rule of a plan.
    #[serde(skip)]
    pub title: Option<String>,
}

/// A plan and the document that contains it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlanSource {
    /// Its id.
    pub id: PlanId,
    /// What it is called.
    pub title: String,
    /// Number of the document.
    pub document_number: Option<String>,
    /// Date of the document.
    pub document_date: Option<NaiveDate>,
    /// Who signed the document.
    pub issuer: Option<String>,
}

/// Something that is to happen to an obligation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Upcoming {
    /// When.
    pub at: DateTime<FixedOffset>,
    /// What.
    pub what: UpcomingKind,
    /// The step of the ladder, of a reminder.
    pub step: Option<String>,
}

crate::text_enum! {
    /// What happens to an obligation.
    #[derive(PartialOrd, Ord)]
    pub enum UpcomingKind {
        /// A mail reminds of it, unless it is settled by then.
        Reminder,
        /// It is due.
        Due,
        /// It is missed for good: what comes from then on does not settle it any more.
        MissedForGood,
    }
}

/// The rules of obligations, read at once.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    origins: HashMap<RuleVersionId, RuleOrigin>,
}

impl Sources {
    /// Reads where the rules of these obligations stand.
    pub(crate) fn of<'a>(
        tx: &mut Tx<'_>,
        rows: impl Iterator<Item = &'a ObligationRow>,
    ) -> Result<Self, Error> {
        let mut ids: Vec<RuleVersionId> = rows.map(|row| row.rule_version_id).collect();
        ids.sort_unstable();
        ids.dedup();
        let origins = rules::origins(tx.conn, &ids)?;
        Ok(Self { origins })
    }

    /// The rule of an obligation.
    ///
    /// # Errors
    /// If it was not read or does not exist.
    pub(crate) fn rule(&self, tx: &mut Tx<'_>, row: &ObligationRow) -> Result<RuleSource, Error> {
        let origin = self.origin(row)?;
        let kinds = if *row.kind == ObligationKind::Answer {
            Vec::new()
        } else if row.kind.is_of_event() {
            policy_of(&mut tx.lookups, row)?.settled_by.clone()
        } else {
            tx.lookups
                .content(tx.conn, row.rule_version_id)?
                .kinds
                .clone()
        };
        let title = match origin.plan {
            Some(_) => Some(
                tx.lookups
                    .content(tx.conn, row.rule_version_id)?
                    .title
                    .clone(),
            ),
            None => None,
        };
        Ok(RuleSource {
            title,
            code: origin.code.clone(),
            version: origin.version,
            plan: origin.plan.clone().map(|plan| PlanSource {
                id: plan.id,
                title: plan.title,
                document_number: plan.document_number,
                document_date: plan.document_date,
                issuer: plan.issuer,
            }),
            kinds,
        })
    }

    /// One line that names the rule as people call it, its plan and the document: "Quy định: 2 tin
    /// mỗi tháng (bản 1); kế hoạch: …; văn bản: 01/KH-LĐLĐ ngày 10/01/2026".
    pub(crate) fn line(
        &self,
        tx: &mut Tx<'_>,
        row: &ObligationRow,
        locale: &str,
    ) -> Result<String, Error> {
        let origin = self.origin(row)?;
        let words = |part: &str, values: &[(&str, &str)]| {
            say(locale, &format!("obligation.source.{part}"), values)
        };
        let rule = match &origin.plan {
            Some(_) => tx
                .lookups
                .content(tx.conn, row.rule_version_id)?
                .title
                .clone(),
            None => say(locale, &format!("obligation.rule.{}", row.kind.0), &[]),
        };
        let version = origin.version.to_string();
        let mut line = words("rule", &[("rule", &rule), ("version", &version)]);
        let Some(plan) = &origin.plan else {
            return Ok(line);
        };
        line.push_str(&words("plan", &[("plan", &plan.title)]));
        if let Some(number) = &plan.document_number {
            line.push_str(&words("document", &[("number", number)]));
        }
        if let (Some(_), Some(date)) = (&plan.document_number, plan.document_date) {
            let date = date.format("%d/%m/%Y").to_string();
            line.push_str(&words("date", &[("date", &date)]));
        }
        Ok(line)
    }

    fn origin(&self, row: &ObligationRow) -> Result<&RuleOrigin, StoreError> {
        let missing = || StoreError::Corrupt(format!("rule {} is missing", row.rule_id));
        self.origins.get(&row.rule_version_id).ok_or_else(missing)
    }
}

/// Until when what comes late still settles an obligation; none for quotas.
pub(crate) fn taken_until(row: &ObligationRow) -> Option<DateTime<Utc>> {
    let late_days = *row.kind != ObligationKind::Quota;
    row.missed_at.map(|at| *at).filter(|_| late_days)
}

/// What is to happen after this instant, in order of time.
pub(super) fn upcoming(tx: &mut Tx<'_>, row: &ObligationRow) -> Result<Vec<Upcoming>, Error> {
    let state = *row.state;
    let mut all: Vec<(DateTime<Utc>, UpcomingKind, Option<String>)> = ladder(tx, row)?
        .iter()
        .filter(|step| may_remind(step.planned.phase, state))
        .map(|step| {
            let name = Some(step.planned.step.clone());
            (step.acts_at, UpcomingKind::Reminder, name)
        })
        .collect();
    if state == State::Open {
        all.push((*row.due_at, UpcomingKind::Due, None));
    }
    if let Some(until) = taken_until(row)
        && matches!(state, State::Open | State::Missed)
    {
        all.push((until, UpcomingKind::MissedForGood, None));
    }
    all.retain(|(at, ..)| *at > tx.now);
    all.sort();
    let upcoming = all.into_iter().map(|(at, what, step)| Upcoming {
        at: text::local(at),
        what,
        step,
    });
    Ok(upcoming.collect())
}
