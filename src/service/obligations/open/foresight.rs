//! What rules would open, before they are saved or put in force: computed by what opens obligations.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::{rows, subjects};
use crate::domain::ids::{RuleId, RuleVersionId, UnitId};
use crate::domain::opening::{self, Version};
use crate::domain::period::{Period, PeriodKind};
use crate::domain::rule::RuleContent;
use crate::domain::text::sort_key;
use crate::domain::unit::Category;
use crate::service::obligations::share::Owner;
use crate::service::obligations::standings::Named;
use crate::service::{Error, Tx};
use crate::store::obligations::ObligationRow;
use crate::store::plans::PlanRow;

/// A rule that is to open its periods.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ToOpen<'r> {
    /// What it says.
    pub content: &'r RuleContent,
    /// The first local date from which it holds.
    pub from: NaiveDate,
    /// Its first period; none for a rule with a fixed date.
    pub first: Option<Period>,
}

/// What a rule would open.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RuleForesight {
    /// Key of its first period; none for a rule with a fixed date, and where the year has none left.
    pub period_key: Option<String>,
    /// How many periods of the year it opens; 1 for a rule with a fixed date.
    pub periods: usize,
    /// How many obligations the first of them has.
    pub obligations: usize,
    /// How many items they ask for together.
    pub required: i64,
    /// Who owes them, by category of the unit.
    pub owners: Vec<CategoryForesight>,
    /// When they are due, earliest first.
    pub due: Vec<DueForesight>,
}

/// Those of a category who would owe something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CategoryForesight {
    /// The category of the units.
    pub category: Category,
    /// How many units owe it, or how many people of them.
    pub owners: usize,
    /// The units, by name.
    pub units: Vec<Named<UnitId>>,
}

/// How many obligations are due at an instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct DueForesight {
    /// The instant.
    #[serde(serialize_with = "crate::domain::text::serialize_instant")]
    pub at: DateTime<Utc>,
    /// How many obligations.
    pub obligations: usize,
}

/// What a rule of a plan would open: how many periods of the year, and the first of them in full.
///
/// # Errors
/// Those of the database; owners whose rows can't be read are left out.
pub(crate) fn foresee(
    tx: &mut Tx<'_>,
    plan: &PlanRow,
    rule: ToOpen<'_>,
) -> Result<RuleForesight, Error> {
    let version = Version {
        rule_id: RuleId::NONE,
        id: RuleVersionId::NONE,
        effective_from: rule.from,
        content: rule.content,
        entered_at: tx.now,
    };
    let opened_to = rule.first.and_then(|first| first.first.pred_opt());
    let year_ends = Period::first_of_year(PeriodKind::Year, plan.year).last;
    let openings = opening::due(&[version], plan.year, opened_to, year_ends);
    let Some(first) = openings.first() else {
        return Ok(RuleForesight::default());
    };
    let (owners, _) = subjects::of_plan(tx, plan, first)?;
    let mut seen = Seen::default();
    for (owner, row) in rows::would_open(tx, first, &owners)? {
        seen.add(owner, &row);
    }
    Ok(RuleForesight {
        period_key: first.period.map(Period::key),
        periods: openings.len(),
        ..seen.in_words()
    })
}

/// What was seen of the rows that would be opened.
#[derive(Default)]
struct Seen {
    obligations: usize,
    required: i64,
    owners: HashMap<Category, (usize, HashMap<UnitId, String>)>,
    due: BTreeMap<DateTime<Utc>, usize>,
}

impl Seen {
    fn add(&mut self, owner: &Owner, row: &ObligationRow) {
        self.obligations += 1;
        self.required += i64::from(row.required);
        *self.due.entry(row.due_at.0).or_default() += 1;
        let (owners, units) = self.owners.entry(*owner.unit.category).or_default();
        *owners += 1;
        let name = || owner.unit.name.clone();
        units.entry(owner.unit.id).or_insert_with(name);
    }

    fn in_words(mut self) -> RuleForesight {
        let of_category = |category: &Category| {
            let (owners, units) = self.owners.remove(category)?;
            Some(CategoryForesight {
                category: *category,
                owners,
                units: by_name(units.into_iter()),
            })
        };
        let owners: Vec<CategoryForesight> = Category::ALL.iter().filter_map(of_category).collect();
        let due = self.due.into_iter();
        RuleForesight {
            period_key: None,
            periods: 0,
            obligations: self.obligations,
            required: self.required,
            owners,
            due: due
                .map(|(at, obligations)| DueForesight { at, obligations })
                .collect(),
        }
    }
}

/// Units with their names, in the order of the names.
pub(crate) fn by_name(units: impl Iterator<Item = (UnitId, String)>) -> Vec<Named<UnitId>> {
    let mut units: Vec<Named<UnitId>> = units.map(|(id, name)| Named { id, name }).collect();
    units.sort_by_cached_key(|unit| sort_key(&unit.name));
    units
}
