//! Rules of a plan: who owes how much of what, by when.

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::access::Role;
use super::error::Invalid;
use super::obligation::ObligationKind;
use super::period::PeriodKind;
use super::text;
use super::unit::Category;

/// What one version of a rule says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleContent {
    /// What is owed, as people read it: "2 tin mỗi tháng".
    pub title: String,
    /// Whether it is a quota, a periodic report or something due at a fixed instant.
    #[serde(default)]
    pub kind: RuleKind,
    /// Who owes it.
    pub subject: Subject,
    /// The kinds of item that count, exactly: `bai` does not include `bai_chuyen_sau`.
    #[serde(deserialize_with = "crate::domain::text::read")]
    pub kinds: Vec<String>,
    /// Only items in the person's own field count.
    #[serde(default, skip_serializing_if = "is_false")]
    pub own_field: bool,
    /// Whose items count.
    #[serde(default)]
    pub scope: CountScope,
    /// How long a period is; left out for `fixed_date`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<PeriodKind>,
    /// The instant at which a `fixed_date` is due.
    #[serde(
        default,
        deserialize_with = "crate::domain::years::read",
        skip_serializing_if = "Option::is_none"
    )]
    pub due_at: Option<DateTime<Utc>>,
    /// How many are owed in a period, 1 or more.
    pub minimum: u32,
    /// The most that count in a period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<u32>,
    /// First local date on which it holds; periods that begin before it are not opened.
    #[serde(
        default,
        deserialize_with = "crate::domain::years::read",
        skip_serializing_if = "Option::is_none"
    )]
    pub valid_from: Option<NaiveDate>,
    /// Last local date on which it holds; periods that begin after it are not opened.
    #[serde(
        default,
        deserialize_with = "crate::domain::years::read",
        skip_serializing_if = "Option::is_none"
    )]
    pub valid_to: Option<NaiveDate>,
}

/// What sort of rule it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// So many items in each period; what arrives later counts for the next one.
    #[default]
    Quota,
    /// A report on each period; it may still come late.
    Report,
    /// Something asked for by a document, due at an instant.
    FixedDate,
}

impl RuleKind {
    /// The kind of the obligations that it opens.
    pub const fn obligation(self) -> ObligationKind {
        match self {
            Self::Quota => ObligationKind::Quota,
            Self::Report => ObligationKind::Report,
            Self::FixedDate => ObligationKind::FixedDate,
        }
    }
}

/// Who owes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Subject {
    /// Every unit of these categories below the plan's unit, itself included; none named = all
    /// categories but collaborators.
    Units {
        /// The categories.
        #[serde(default)]
        categories: Vec<Category>,
    },
    /// One unit.
    Unit {
        /// Its code.
        #[serde(deserialize_with = "crate::domain::text::read")]
        code: String,
    },
    /// Each person of the plan's units, personally.
    Persons {
        /// Only persons of this role.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<Role>,
        /// Only persons whose unit has one of these categories; none named = all.
        #[serde(default)]
        categories: Vec<Category>,
    },
}

/// Whose items count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CountScope {
    /// The subject's own.
    #[default]
    Own,
    /// Those of the unit and all units below it.
    Subtree,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature serde asks for"
)]
fn is_false(value: &bool) -> bool {
    !*value
}

impl RuleContent {
    /// The code of the unit, the kind of item and the length of the period of a target: a quota of one
    /// kind of item that one unit owes by its own items, with no dates of its own.
    pub fn target(&self) -> Option<(&str, &str, PeriodKind)> {
        let is_target = self.kind == RuleKind::Quota
            && self.scope == CountScope::Own
            && !self.own_field
            && self.valid_from.is_none()
            && self.valid_to.is_none();
        match (&self.subject, self.kinds.as_slice(), self.period) {
            (Subject::Unit { code }, [kind], Some(period)) if is_target => {
                Some((code, kind, period))
            }
            _ => None,
        }
    }

    /// The rule with its title cleaned.
    pub fn checked(mut self) -> Result<Self, Vec<Invalid>> {
        let mut faults = Vec::new();
        match text::name("title", &self.title) {
            Ok(title) => self.title = title,
            Err(fault) => faults.push(fault),
        }
        if self.kinds.is_empty() {
            faults.push(Invalid::new("kinds", "required"));
        }
        if self.minimum == 0 || self.minimum > 100_000 {
            faults.push(Invalid::new("minimum", "rule_minimum").with("value", self.minimum));
        }
        if let Some(maximum) = self.maximum.filter(|maximum| *maximum < self.minimum) {
            faults.push(
                Invalid::new("maximum", "rule_maximum")
                    .with("value", maximum)
                    .with("minimum", self.minimum),
            );
        }
        self.check_time(&mut faults);
        self.check_subject(&mut faults);
        if faults.is_empty() {
            Ok(self)
        } else {
            Err(faults)
        }
    }

    fn check_time(&self, faults: &mut Vec<Invalid>) {
        match (self.kind, self.period, self.due_at) {
            (RuleKind::FixedDate, None, Some(_))
            | (RuleKind::Quota | RuleKind::Report, Some(_), None) => {}
            (RuleKind::FixedDate, _, None) => faults.push(Invalid::new("due_at", "required")),
            (RuleKind::FixedDate, Some(_), _) => {
                faults.push(Invalid::new("period", "rule_period_of_fixed_date"))
            }
            (_, None, _) => faults.push(Invalid::new("period", "required")),
            (_, _, Some(_)) => faults.push(Invalid::new("due_at", "rule_due_at_of_period")),
        }
        if let (Some(from), Some(to)) = (self.valid_from, self.valid_to)
            && to < from
        {
            faults.push(
                Invalid::new("valid_to", "date_order")
                    .with("value", to)
                    .with("other", from),
            );
        }
    }

    fn check_subject(&self, faults: &mut Vec<Invalid>) {
        match &self.subject {
            Subject::Unit { code } => {
                if let Err(fault) = text::code("code", code) {
                    faults.push(fault.within("subject"));
                }
            }
            Subject::Units { .. } => {}
            Subject::Persons { .. } => {
                if self.scope == CountScope::Subtree {
                    faults.push(Invalid::new("scope", "rule_scope_of_persons"));
                }
            }
        }
        if self.own_field && !matches!(self.subject, Subject::Persons { .. }) {
            faults.push(Invalid::new("own_field", "rule_own_field"));
        }
    }

    /// The same rule in another year: its dates are moved by whole years.
    #[must_use]
    pub fn moved_by_years(mut self, years: i32) -> Self {
        self.valid_from = self.valid_from.map(|date| moved(date, years));
        self.valid_to = self.valid_to.map(|date| moved(date, years));
        self.due_at = self.due_at.map(|at| {
            let local = at.with_timezone(&text::ZONE);
            let time = local.time();
            text::local_midnight(moved(local.date_naive(), years)) + (time - chrono::NaiveTime::MIN)
        });
        self
    }

    /// Whether this is the version that takes a rule out of force: it holds for no period of its
    /// own.
    pub fn ends_before(&self, effective_from: NaiveDate) -> bool {
        self.valid_to.is_some_and(|to| to < effective_from)
    }

    /// The version that takes this rule out of force after `last`.
    #[must_use]
    pub fn ended_after(mut self, last: NaiveDate) -> Self {
        self.valid_from = self.valid_from.filter(|from| *from <= last);
        self.valid_to = Some(last);
        self
    }

    /// The length of its periods, which a later version keeps.
    ///
    /// # Errors
    /// On `rule`: a rule with a fixed date opened its obligations once and for all; no version can
    /// follow it.
    pub fn period_of_next_version(&self) -> Result<PeriodKind, Invalid> {
        self.period
            .ok_or_else(|| Invalid::new("rule", "rule_fixed_date_in_force"))
    }

    /// What `next`, a later version of this rule, changes though it may not: the kind of rule and
    /// the length of its periods, by which its obligations are identified.
    pub fn faults_of_next_version(&self, next: &Self) -> Vec<Invalid> {
        let mut faults = Vec::new();
        if next.kind != self.kind {
            faults.push(Invalid::new("kind", "rule_kind_fixed"));
        }
        if next.period.is_some() && next.period != self.period {
            faults.push(Invalid::new("period", "rule_period_fixed"));
        }
        faults
    }
}

/// 29 February becomes 28 February.
fn moved(date: NaiveDate, years: i32) -> NaiveDate {
    let year = date.year() + years;
    date.with_year(year)
        .or_else(|| NaiveDate::from_ymd_opt(year, date.month(), 28))
        .unwrap_or(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dates_of_a_rule_move_by_whole_years_in_local_time() {
        let content: RuleContent = serde_json::from_str(
            r#"{"title":"t","kind":"fixed_date","subject":{"type":"units"},"kinds":["bai"],"minimum":1,
                "due_at":"2026-12-31T17:30:00Z","valid_from":"2028-02-29"}"#,
        )
        .unwrap();
        let moved = content.moved_by_years(1);
        // 00:30 on 1 January 2027 in Vietnam
        assert_eq!(
            moved.due_at.unwrap().to_rfc3339(),
            "2027-12-31T17:30:00+00:00"
        );
        assert_eq!(moved.valid_from, NaiveDate::from_ymd_opt(2029, 2, 28));
    }
}
