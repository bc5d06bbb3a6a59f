//! Plans: a year's quotas of a unit and all below it, with their legal basis. A plan is drafted,
//! approved, then put in force; `timing` says when its rules begin and change.

pub mod timing;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::error::Invalid;
use super::text;
use super::unit::{note, present};
use crate::domain::ids::UnitId;

crate::text_enum! {
    /// How far a plan has come.
    pub enum PlanState {
        /// Being written: everything may change, nothing is opened.
        Draft,
        /// Signed: nothing is opened yet.
        Approved,
        /// Its periods are opened.
        InForce,
        /// No period is opened any more; those that run go on.
        Ended,
    }
}

crate::text_enum! {
    /// What moves a plan from one state to the next; the words are those of the audit trail.
    pub enum PlanStep {
        /// A draft is signed.
        Approve,
        /// The approval is withdrawn, so that the draft can be corrected.
        Reopen,
        /// The periods of an approved plan are opened from now on.
        PutInForce,
        /// No period of a plan in force is opened any more.
        End,
    }
}

impl PlanStep {
    /// The state that it leads to.
    pub const fn to(self) -> PlanState {
        match self {
            Self::Approve => PlanState::Approved,
            Self::Reopen => PlanState::Draft,
            Self::PutInForce => PlanState::InForce,
            Self::End => PlanState::Ended,
        }
    }

    /// Whether a plan in this state can take the step.
    ///
    /// # Errors
    /// A fault on `state` that names the state that the plan would have to be in.
    pub fn check(self, from: PlanState) -> Result<(), Invalid> {
        let (expected, otherwise) = match self {
            Self::Approve => (PlanState::Draft, "plan_needs_draft"),
            Self::Reopen | Self::PutInForce => (PlanState::Approved, "plan_needs_approved"),
            Self::End => (PlanState::InForce, "plan_needs_in_force"),
        };
        if from == expected {
            Ok(())
        } else {
            Err(Invalid::new("state", otherwise))
        }
    }
}

/// A plan that is to be drafted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPlan {
    /// The unit that it binds, with all below it.
    pub unit_id: UnitId,
    /// Its code, unique for the unit and year.
    pub code: String,
    /// The year, 2000 to 2100.
    #[serde(deserialize_with = "crate::domain::years::read")]
    pub year: i32,
    /// What it is called.
    pub title: String,
    /// Number of the document that contains it.
    pub document_number: Option<String>,
    /// Date of the document.
    #[serde(default, deserialize_with = "crate::domain::years::read")]
    pub document_date: Option<NaiveDate>,
    /// Who signed the document.
    pub issuer: Option<String>,
}

impl NewPlan {
    /// The plan with its texts cleaned.
    pub fn checked(self) -> Result<Self, Vec<Invalid>> {
        let mut faults = Vec::new();
        let code = note(&mut faults, text::code("code", &self.code));
        let title = note(&mut faults, text::name("title", &self.title));
        let number = note(
            &mut faults,
            text::optional_name("document_number", self.document_number.as_deref()),
        );
        let issuer = note(
            &mut faults,
            text::optional_name("issuer", self.issuer.as_deref()),
        );
        match (code, title, number, issuer) {
            (Some(code), Some(title), Some(document_number), Some(issuer)) if faults.is_empty() => {
                Ok(Self {
                    code,
                    title,
                    document_number,
                    issuer,
                    ..self
                })
            }
            _ => Err(faults),
        }
    }
}

/// What is to change in the head of a plan; what is absent stays, `null` clears it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PlanPatch {
    /// What it is called.
    pub title: Option<String>,
    /// Number of the document.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub document_number: Option<Option<String>>,
    /// Date of the document.
    #[serde(deserialize_with = "crate::domain::years::present")]
    #[schema(value_type = Option<NaiveDate>)]
    pub document_date: Option<Option<NaiveDate>>,
    /// Who signed the document.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub issuer: Option<Option<String>>,
}

impl PlanPatch {
    /// The patch with its texts cleaned.
    pub fn checked(self) -> Result<Self, Vec<Invalid>> {
        let mut faults = Vec::new();
        let title = self.title.map(|title| text::name("title", &title));
        let number = self
            .document_number
            .map(|n| text::optional_name("document_number", n.as_deref()));
        let issuer = self
            .issuer
            .map(|issuer| text::optional_name("issuer", issuer.as_deref()));
        let checked = Self {
            title: title.and_then(|title| note(&mut faults, title)),
            document_number: number.and_then(|number| note(&mut faults, number)),
            document_date: self.document_date,
            issuer: issuer.and_then(|issuer| note(&mut faults, issuer)),
        };
        if faults.is_empty() {
            Ok(checked)
        } else {
            Err(faults)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_moves_from_draft_to_ended_one_state_at_a_time() {
        let allowed: Vec<(&str, &str, &str)> = PlanState::ALL
            .iter()
            .flat_map(|from| PlanStep::ALL.iter().map(move |step| (*from, *step)))
            .filter(|(from, step)| step.check(*from).is_ok())
            .map(|(from, step)| (from.as_str(), step.as_str(), step.to().as_str()))
            .collect();
        assert_eq!(
            allowed,
            [
                ("draft", "approve", "approved"),
                ("approved", "reopen", "draft"),
                ("approved", "put_in_force", "in_force"),
                ("in_force", "end", "ended"),
            ]
        );
    }

    #[test]
    fn all_faults_of_a_new_plan_are_told_at_once() {
        let plan = NewPlan {
            unit_id: UnitId(1),
            code: "Mã".to_owned(),
            year: 2026,
            title: " ".to_owned(),
            document_number: Some("1\n2".to_owned()),
            document_date: None,
            issuer: None,
        };
        let told: Vec<String> = plan
            .checked()
            .unwrap_err()
            .iter()
            .map(|fault| format!("{} {}", fault.field, fault.code))
            .collect();
        assert_eq!(
            told,
            [
                "code code",
                "title required",
                "document_number control_characters"
            ]
        );
    }
}
