//! Plans as they are read.
//!
//! Whoever reads a unit reads its plans. Whoever is bound by a plan from above reads it too once it
//! is in force, as its rules say what they owe; drafts are their authors' own.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use crate::domain::access::Actor;
use crate::domain::plan::PlanState;
use crate::domain::rule::RuleContent;
use crate::service::core::access;
use crate::service::core::access::Action;
use crate::service::rules::plans::state_of;
use crate::service::{App, Error};
use crate::store::rules::{self as rows, PlanRow, RuleRow, RuleVersionRow};
use crate::store::types::{from_json, instant};
use crate::store::{Conn, units};

/// A plan without its rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PlanHead {
    /// Its id.
    pub id: i64,
    /// The unit that it binds, with all below it.
    pub unit_id: i64,
    /// Its code, unique for the unit and year.
    pub code: String,
    /// The year.
    pub year: i32,
    /// What it is called.
    pub title: String,
    /// Number of the document that it stands in.
    pub document_number: Option<String>,
    /// Date of the document.
    pub document_date: Option<NaiveDate>,
    /// Who signed the document.
    pub issuer: Option<String>,
    /// How far it has come.
    pub state: PlanState,
    /// Goes up with every change of the plan or of one of its rules.
    pub version: i32,
    /// When it was changed last.
    #[serde(serialize_with = "crate::domain::text::serialize_instant")]
    pub updated_at: DateTime<Utc>,
}

/// A plan with its rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PlanFacts {
    /// The plan itself.
    #[serde(flatten)]
    pub head: PlanHead,
    /// Its rules in the order in which they were added.
    pub rules: Vec<RuleFacts>,
}

/// A rule with its versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RuleFacts {
    /// Its id.
    pub id: i64,
    /// Its code, unique in the plan.
    pub code: String,
    /// It is taken out of force: periods from its newest version on are not opened.
    pub removed: bool,
    /// All versions, oldest first; at least one.
    pub versions: Vec<RuleVersion>,
}

/// One version of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RuleVersion {
    /// Its number, from 1.
    pub version: i32,
    /// The first local date whose periods it governs; in a draft the first day of the year.
    pub effective_from: NaiveDate,
    /// What it says.
    pub content: RuleContent,
}

impl RuleFacts {
    /// Its newest version.
    #[must_use]
    pub fn newest(&self) -> Option<&RuleVersion> {
        self.versions.last()
    }
}

/// Which plans to list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlanQuery {
    /// Those that bind this unit: its own and those of the units above it.
    pub unit_id: Option<i64>,
    /// Of this year.
    pub year: Option<i32>,
    /// In this state.
    pub state: Option<PlanState>,
}

/// A plan with its rules.
///
/// # Errors
/// [`Error::NotFound`] for a plan that the actor may not see.
pub fn get(app: &App, actor: &Actor, id: i64) -> Result<PlanFacts, Error> {
    app.store.read(|conn| {
        let row = visible(conn, actor, id)?;
        facts(conn, &row)
    })
}

/// Plans that the actor may see, newest year first.
///
/// # Errors
/// [`Error::NotFound`] for a unit that the actor may not see.
pub fn list(app: &App, actor: &Actor, query: PlanQuery) -> Result<Vec<PlanHead>, Error> {
    app.store.read(|conn| {
        let binding = match query.unit_id {
            None => None,
            Some(unit) => {
                access::require(conn, actor, Action::Read, unit)?;
                Some(units::ancestors(conn, unit)?)
            }
        };
        let mut found = Vec::new();
        for row in rows::plans(conn, query.year)? {
            let wanted = binding
                .as_ref()
                .is_none_or(|above| above.contains(&row.unit_id))
                && query.state.is_none_or(|state| state.as_str() == row.state);
            if wanted && sees(conn, actor, &row)? {
                found.push(head(&row)?);
            }
        }
        Ok(found)
    })
}

/// The plan, if the actor may see it.
pub(crate) fn visible(conn: &mut Conn, actor: &Actor, id: i64) -> Result<PlanRow, Error> {
    let row = rows::plan(conn, id)?.ok_or(Error::not_found("plan"))?;
    if sees(conn, actor, &row)? {
        Ok(row)
    } else {
        Err(Error::not_found("plan"))
    }
}

fn sees(conn: &mut Conn, actor: &Actor, row: &PlanRow) -> Result<bool, Error> {
    if access::may(conn, actor, Action::Read, row.unit_id)? {
        return Ok(true);
    }
    let signed = matches!(state_of(row)?, PlanState::InForce | PlanState::Ended);
    Ok(signed && access::is_bound_by(conn, actor, Action::Read, row.unit_id)?)
}

pub(crate) fn facts(conn: &mut Conn, row: &PlanRow) -> Result<PlanFacts, Error> {
    let rules = rows::rules_of(conn, &[row.id])?;
    let versions = rows::versions_of(conn, &rules.iter().map(|rule| rule.id).collect::<Vec<_>>())?;
    let rules = rules
        .into_iter()
        .map(|rule| rule_facts(rule, &versions))
        .collect::<Result<_, _>>()?;
    Ok(PlanFacts {
        head: head(row)?,
        rules,
    })
}

fn rule_facts(rule: RuleRow, versions: &[RuleVersionRow]) -> Result<RuleFacts, Error> {
    let own = versions.iter().filter(|version| version.rule_id == rule.id);
    let read = |row: &RuleVersionRow| -> Result<RuleVersion, Error> {
        let content = from_json("rule content", &row.content)?;
        Ok(RuleVersion {
            version: row.version,
            effective_from: row.effective_from,
            content,
        })
    };
    let versions: Vec<RuleVersion> = own.map(read).collect::<Result<_, _>>()?;
    let removed = versions
        .last()
        .is_some_and(|newest| newest.content.ends_before(newest.effective_from));
    Ok(RuleFacts {
        id: rule.id,
        code: rule.code,
        removed,
        versions,
    })
}

pub(crate) fn head(row: &PlanRow) -> Result<PlanHead, Error> {
    Ok(PlanHead {
        id: row.id,
        unit_id: row.unit_id,
        code: row.code.clone(),
        year: row.year,
        title: row.title.clone(),
        document_number: row.document_number.clone(),
        document_date: row.document_date,
        issuer: row.issuer.clone(),
        state: state_of(row)?,
        version: row.version,
        updated_at: instant(row.updated_at)?,
    })
}
