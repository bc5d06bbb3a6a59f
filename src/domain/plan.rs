//! Plans: a year's quotas of a unit and all below it, with their legal basis (DOMAIN: quotas).
//! Drafted, approved, then in force.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use super::error::Invalid;
use super::period::{Period, PeriodKind};
use super::rule::RuleContent;
use super::text;
use super::unit::{note, present};

/// How far a plan has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
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

impl PlanState {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Draft, Self::Approved, Self::InForce, Self::Ended];

    /// Its name in the database and in requests.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Approved => "approved",
            Self::InForce => "in_force",
            Self::Ended => "ended",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// A plan that is to be drafted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPlan {
    /// The unit that it binds, with all below it.
    pub unit_id: i64,
    /// Its code, unique for the unit and year.
    pub code: String,
    /// The year, 2000 to 2100.
    pub year: i32,
    /// What it is called.
    pub title: String,
    /// Number of the document that it stands in.
    #[serde(default)]
    pub document_number: Option<String>,
    /// Date of the document.
    #[serde(default)]
    pub document_date: Option<NaiveDate>,
    /// Who signed the document.
    #[serde(default)]
    pub issuer: Option<String>,
}

impl NewPlan {
    /// The plan with its texts cleaned.
    ///
    /// # Errors
    /// Every fault of the fields.
    pub fn checked(self) -> Result<Self, Vec<Invalid>> {
        let mut faults = Vec::new();
        let code = note(&mut faults, text::code("code", &self.code));
        if !(2000..=2100).contains(&self.year) {
            faults.push(number_range("year", self.year, 2000, 2100));
        }
        let title = note(&mut faults, text::name("title", &self.title));
        let number = note(
            &mut faults,
            text::optional_name("document_number", self.document_number.as_deref()),
        );
        let issuer = note(
            &mut faults,
            text::optional_name("issuer", self.issuer.as_deref()),
        );
        faults.extend(
            self.document_date
                .and_then(|date| sane("document_date", date).err()),
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

/// What is to change in the head of a plan; what is absent stays, `null` takes away.
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
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<NaiveDate>)]
    pub document_date: Option<Option<NaiveDate>>,
    /// Who signed the document.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub issuer: Option<Option<String>>,
}

impl PlanPatch {
    /// The patch with its texts cleaned.
    ///
    /// # Errors
    /// Every fault of the fields.
    pub fn checked(self) -> Result<Self, Vec<Invalid>> {
        let mut faults = Vec::new();
        let title = self.title.map(|title| text::name("title", &title));
        let number = self
            .document_number
            .map(|n| text::optional_name("document_number", n.as_deref()));
        let issuer = self
            .issuer
            .map(|issuer| text::optional_name("issuer", issuer.as_deref()));
        faults.extend(
            self.document_date
                .flatten()
                .and_then(|date| sane("document_date", date).err()),
        );
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

/// A date that a person may have meant.
///
/// # Errors
/// `date_year` on `field` outside the years 2000 to 2100.
pub fn sane(field: &'static str, date: NaiveDate) -> Result<(), Invalid> {
    let fine = (2000..=2100).contains(&date.year());
    if fine {
        Ok(())
    } else {
        Err(Invalid::new(field, "date_year").with("value", date.format("%d/%m/%Y")))
    }
}

fn number_range(field: &'static str, value: i32, from: i32, to: i32) -> Invalid {
    Invalid::new(field, "number_range")
        .with("value", value)
        .with("from", from)
        .with("to", to)
}

/// The first period of a rule that nobody has to keep to yet: the one after the running one, or the
/// plan's first one where the plan begins later (DOMAIN: a changed rule takes effect with the next
/// period).
#[must_use]
pub fn next_period(kind: PeriodKind, begins: NaiveDate, today: NaiveDate) -> Period {
    let first = Period::containing(kind, begins);
    if first.first > today {
        first
    } else {
        Period::containing(kind, today).next()
    }
}

/// The first period that begins on the date or later.
#[must_use]
pub fn period_from(kind: PeriodKind, date: NaiveDate) -> Period {
    let period = Period::containing(kind, date);
    if period.first == date {
        period
    } else {
        period.next()
    }
}

impl RuleContent {
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
    #[must_use]
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

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_change_waits_for_the_next_period_or_for_the_beginning_of_the_plan() {
        let from = |kind, begins, today| next_period(kind, date(begins), date(today)).first;
        assert_eq!(
            from(PeriodKind::Month, "2026-01-01", "2026-11-20"),
            date("2026-12-01")
        );
        assert_eq!(
            from(PeriodKind::Quarter, "2026-01-01", "2026-12-31"),
            date("2027-01-01")
        );
        assert_eq!(
            from(PeriodKind::Month, "2027-01-01", "2026-11-20"),
            date("2027-01-01")
        );
        assert_eq!(
            from(PeriodKind::Month, "2026-12-10", "2026-11-30"),
            date("2026-12-01")
        );
        assert_eq!(
            from(PeriodKind::Month, "2026-12-10", "2026-12-01"),
            date("2027-01-01")
        );
        assert_eq!(
            period_from(PeriodKind::Month, date("2026-12-01")).first,
            date("2026-12-01")
        );
        assert_eq!(
            period_from(PeriodKind::Month, date("2026-12-02")).first,
            date("2027-01-01")
        );
    }

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
        assert_eq!(moved.valid_from, Some(date("2029-02-28")));
    }

    #[test]
    fn all_faults_of_a_new_plan_are_told_at_once() {
        let plan = NewPlan {
            unit_id: 1,
            code: "Mã".to_owned(),
            year: 26,
            title: " ".to_owned(),
            document_number: Some("1\n2".to_owned()),
            document_date: Some(date("0026-01-01")),
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
                "year number_range",
                "title required",
                "document_number control_characters",
                "document_date date_year"
            ]
        );
    }
}
