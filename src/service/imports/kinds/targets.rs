//! Quotas of units: how many items of a kind a unit owes in each period. Each row is a rule of a plan,
//! which is drafted if the federation has none of that code in that year.

use std::collections::HashMap;

use super::super::Part;
use super::super::outcome::Done;
use super::super::reading::{Reading, Words};
use super::super::rows::{RowKind, Seen};
use super::super::unit_names::UnitNames;
use super::Sort;
use super::items::kinds_by_name;
use crate::domain::error::Invalid;
use crate::domain::ids::UnitId;
use crate::domain::import::{Entity, Made};
use crate::domain::period::PeriodKind;
use crate::domain::plan::NewPlan;
use crate::domain::rule::{CountScope, RuleContent, RuleKind, Subject};
use crate::domain::text::local_date;
use crate::domain::years;
use crate::office::sheet_in::{Column, Line};
use crate::service::core::access::Action;
use crate::service::rules::plans::{self, ChangeRule, NewRule, PlanWithRules};
use crate::service::{Error, Tx};
use crate::store::plans as stored;

pub(super) const SORT: Sort = Sort {
    choices: &[("period", || super::names(PERIODS))],
    needs: Action::ManageRules,
    ..Sort::of::<Targets>(&["chi tieu", "targets"], COLUMNS)
};

const COLUMNS: &[Column] = &[
    Column {
        key: "unit",
        name: "Đơn vị",
        synonyms: &["ma don vi", "ten don vi", "unit code"],
        required: true,
        example: "LĐLĐ huyện Ba Tri",
    },
    Column {
        key: "kind",
        name: "Loại",
        synonyms: &["loai tin bai", "the loai"],
        required: true,
        example: "tin",
    },
    Column {
        key: "period",
        name: "Kỳ",
        synonyms: &["moi"],
        required: true,
        example: "tháng",
    },
    Column {
        key: "minimum",
        name: "Số lượng",
        synonyms: &["chi tieu", "toi thieu", "so luong toi thieu", "target"],
        required: true,
        example: "2",
    },
    Column {
        key: "maximum",
        name: "Tối đa",
        synonyms: &["so luong toi da"],
        required: false,
        example: "",
    },
    Column {
        key: "year",
        name: "Năm",
        synonyms: &[],
        required: false,
        example: "2027",
    },
    Column {
        key: "plan",
        name: "Kế hoạch",
        synonyms: &["ma ke hoach"],
        required: false,
        example: "",
    },
];

const PERIODS: &Words<PeriodKind> = &[
    (
        PeriodKind::Month,
        &["tháng", "mỗi tháng", "month", "each month"],
    ),
    (
        PeriodKind::Quarter,
        &["quý", "mỗi quý", "quarter", "each quarter"],
    ),
    (
        PeriodKind::HalfYear,
        &[
            "nửa năm",
            "6 tháng",
            "sáu tháng",
            "mỗi 6 tháng",
            "half_year",
            "each half-year",
        ],
    ),
    (PeriodKind::Year, &["năm", "mỗi năm", "year", "each year"]),
    (PeriodKind::Week, &["tuần", "mỗi tuần", "week", "each week"]),
    (PeriodKind::Day, &["ngày", "mỗi ngày", "day", "each day"]),
];

/// Quotas of units.
struct Targets;

/// What the rows of a sheet name.
struct Known {
    units: UnitNames,
    kinds: HashMap<String, String>,
    /// The plans, read once: a plan has as many rules as a sheet has rows.
    plans: HashMap<PlanKey, PlanWithRules>,
    seen: Seen<(UnitId, String, PeriodKind, i32, String)>,
}

/// A plan: its federation, its year and its code.
type PlanKey = (UnitId, i32, String);

/// What a row says.
struct Target {
    unit: (UnitId, String, String),
    kind: String,
    period: PeriodKind,
    minimum: u32,
    maximum: Option<u32>,
    year: i32,
    plan: String,
}

impl RowKind for Targets {
    type Known = Known;
    type Row = Target;

    fn known(tx: &mut Tx<'_>, _: &Part) -> Result<Known, Error> {
        Ok(Known {
            units: UnitNames::read(tx)?,
            kinds: kinds_by_name(tx)?,
            plans: HashMap::new(),
            seen: Seen::new(Entity::Rule),
        })
    }

    fn read(tx: &mut Tx<'_>, line: Line<'_>, known: &mut Known) -> Result<Target, Error> {
        read(tx, line, known)
    }

    fn enter(
        tx: &mut Tx<'_>,
        number: u32,
        target: Target,
        known: &mut Known,
    ) -> Result<Done, Error> {
        let federation = tx.lookups.unit(tx.conn, target.unit.0)?.federation_id;
        let key = (federation, target.year, target.plan.clone());
        if let Some(plan) = known.plans.get_mut(&key) {
            return put(tx, number, &target, plan);
        }
        let (mut plan, drafted) = plan_of(tx, &key)?;
        let done = put(tx, number, &target, &mut plan)?;
        let plan_made = drafted.then(|| Made {
            row: number,
            entity: Entity::Plan,
            id: plan.head.id.to_string(),
            name: plan.head.title.clone(),
            version: 0,
        });
        // a plan that was drafted for a faulty row is gone with it
        known.plans.insert(key, plan);
        Ok(match (plan_made, done) {
            (Some(plan), Done::Created(rule)) => Done::AllCreated(vec![rule, plan]),
            (_, done) => done,
        })
    }
}

fn read(tx: &Tx<'_>, line: Line<'_>, known: &mut Known) -> Result<Target, Error> {
    let mut read = Reading::of(line);
    let named = read.text("unit");
    let unit = read.take(known.units.named(&named, "unit"));
    let code = read.kind(&known.kinds);
    let period = read.required_word("period", PERIODS);
    let minimum = read.number("minimum");
    if minimum.is_none() {
        read.required("minimum");
    }
    let maximum = read.number("maximum");
    let this_year = chrono::Datelike::year(&local_date(tx.now));
    let year = read.number("year").map_or(Ok(this_year), |year| {
        years::check("year", i32::try_from(year).unwrap_or(i32::MAX))
    });
    let year = read.take(year);
    let plan = read.optional("plan");
    let plan = plan.or_else(|| year.map(|year| format!("chi-tieu-{year}")));
    if let (Some(unit), Some(kind), Some(period), Some(year), Some(plan)) =
        (&unit, &code, period, year, &plan)
    {
        let key = (unit.0, kind.clone(), period, year, plan.clone());
        read.take(known.seen.once(key, line.number(), "unit"));
    }
    read.finish()?;
    match (unit, code, period, minimum, year, plan) {
        (Some(unit), Some(kind), Some(period), Some(minimum), Some(year), Some(plan)) => {
            Ok(Target {
                plan,
                unit,
                kind,
                period,
                minimum,
                maximum,
                year,
            })
        }
        _ => Err(Invalid::new("", "required").into()),
    }
}

/// A plan to which the actor may add rules, and whether it was drafted now because there was none.
fn plan_of(
    tx: &mut Tx<'_>,
    (federation, year, code): &PlanKey,
) -> Result<(PlanWithRules, bool), Error> {
    if let Some(plan) = stored::find_by_code(tx.conn, *federation, *year, code)? {
        return Ok((plans::writable(tx, plan.id, None)?, false));
    }
    let new = NewPlan {
        unit_id: *federation,
        code: code.clone(),
        year: *year,
        title: format!("Chỉ tiêu tin, bài năm {year}"),
        document_number: None,
        document_date: None,
        issuer: None,
    };
    Ok((plans::draft(tx, &new)?, true))
}

/// Adds the rule of a row to its plan, or changes it.
fn put(
    tx: &mut Tx<'_>,
    number: u32,
    target: &Target,
    plan: &mut PlanWithRules,
) -> Result<Done, Error> {
    let (_, code, name) = &target.unit;
    let rule_code = format!("{}-{}-{code}", target.kind, target.period).replace('_', "-");
    let made = |id: String| Made {
        row: number,
        entity: Entity::Rule,
        id,
        name: format!("{name}: {} {}", target.minimum, target.kind),
        version: 0,
    };
    let same = Some((code.as_str(), target.kind.as_str(), target.period));
    let mut stored = None;
    for rule in plan.rules.iter().filter(|rule| !rule.removed) {
        let known = &rule.newest()?.content.0;
        if known.target() != same {
            continue;
        }
        if (known.minimum, known.maximum) == (target.minimum, target.maximum) {
            return Ok(Done::Unchanged);
        }
        stored = Some(rule.id);
    }
    let mut content = content_of(target);
    content.title = plans::title_of(tx, &plan.head, &content)?;
    let plan_id = plan.head.id;
    let effective_from = None;
    match stored {
        Some(rule) => {
            let change = ChangeRule {
                content,
                effective_from,
            };
            plans::change_in(tx, plan, rule, &change)?;
            Ok(Done::Changed(made(format!("{plan_id} {rule}"))))
        }
        None => {
            let new = NewRule {
                code: rule_code,
                content,
                effective_from,
            };
            let rule = plans::add_to(tx, plan, &new)?;
            Ok(Done::Created(made(format!("{plan_id} {rule}"))))
        }
    }
}

fn content_of(target: &Target) -> RuleContent {
    RuleContent {
        title: String::new(),
        kind: RuleKind::Quota,
        subject: Subject::Unit {
            code: target.unit.1.clone(),
        },
        kinds: vec![target.kind.clone()],
        own_field: false,
        scope: CountScope::Own,
        period: Some(target.period),
        due_at: None,
        minimum: target.minimum,
        maximum: target.maximum,
        valid_from: None,
        valid_to: None,
    }
}
