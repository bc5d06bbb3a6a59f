//! Quotas of units: how many items of a kind a unit owes in each period. Each row is a rule of a plan,
//! which is drafted if the federation has none of that code in that year.

use std::collections::HashMap;

use super::super::Part;
use super::super::outcome::{Done, Outcome};
use super::super::reading::{Reading, Words};
use super::super::unit_names::UnitNames;
use super::Sort;
use super::items::kinds_by_name;
use crate::domain::error::Invalid;
use crate::domain::ids::{PlanId, UnitId};
use crate::domain::import::{Entity, Made};
use crate::domain::period::PeriodKind;
use crate::domain::plan::NewPlan;
use crate::domain::rule::{CountScope, RuleContent, RuleKind, Subject};
use crate::domain::text::local_date;
use crate::domain::years;
use crate::office::sheet_in::{Column, Line};
use crate::service::rules::plans::{self, ChangeRule, NewRule, PlanWithRules, RuleRef};
use crate::service::{Error, Tx};
use crate::store::plans as stored;

pub(super) const SORT: Sort = Sort {
    sheets: &["chi tieu", "targets"],
    columns: COLUMNS,
    choices: &[("period", || super::names(PERIODS))],
    enter,
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
        example: "chi-tieu-2027",
    },
];

const PERIODS: &Words<PeriodKind> = &[
    (PeriodKind::Month, &["tháng", "mỗi tháng", "month"]),
    (PeriodKind::Quarter, &["quý", "mỗi quý", "quarter"]),
    (
        PeriodKind::HalfYear,
        &["nửa năm", "6 tháng", "sáu tháng", "half_year"],
    ),
    (PeriodKind::Year, &["năm", "mỗi năm", "year"]),
    (PeriodKind::Week, &["tuần", "mỗi tuần", "week"]),
    (PeriodKind::Day, &["ngày", "mỗi ngày", "day"]),
];

/// What the rows of a file name.
struct Known {
    units: UnitNames,
    kinds: HashMap<String, String>,
}

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

fn enter(tx: &mut Tx<'_>, part: &Part, outcome: &mut Outcome) -> Result<(), Error> {
    let mut known = Known {
        units: UnitNames::read(tx)?,
        kinds: kinds_by_name(tx)?,
    };
    for line in part.table.lines().filter(|line| !line.is_blank()) {
        let mut drafted = None;
        outcome.row(tx, line.number(), |tx| {
            let target = read(tx, line, &mut known)?;
            let plan = plan_of(tx, &target, &mut drafted)?;
            put(tx, line, &target, &plan)
        })?;
        if let Some((id, name)) = drafted.filter(|_| outcome.faults.is_empty()) {
            outcome.created.push(Made {
                row: line.number(),
                entity: Entity::Plan,
                id: PlanId::to_string(&id),
                name,
                version: 0,
            });
        }
    }
    Ok(())
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
    read.finish()?;
    match (unit, code, period, minimum, year) {
        (Some(unit), Some(kind), Some(period), Some(minimum), Some(year)) => Ok(Target {
            plan: plan.unwrap_or_else(|| format!("chi-tieu-{year}")),
            unit,
            kind,
            period,
            minimum,
            maximum,
            year,
        }),
        _ => Err(Invalid::new("", "required").into()),
    }
}

/// The plan of the federation of the unit with that code and year; it is drafted if there is none.
fn plan_of(
    tx: &mut Tx<'_>,
    target: &Target,
    drafted: &mut Option<(PlanId, String)>,
) -> Result<PlanWithRules, Error> {
    let federation = tx.lookups.unit(tx.conn, target.unit.0)?.federation_id;
    let all = stored::list(tx.conn, Some(target.year))?;
    let is_it = |plan: &&stored::PlanRow| plan.unit_id == federation && plan.code == target.plan;
    if let Some(plan) = all.iter().find(is_it) {
        return plans::get(tx, plan.id);
    }
    let new = NewPlan {
        unit_id: federation,
        code: target.plan.clone(),
        year: target.year,
        title: format!("Chỉ tiêu tin, bài năm {}", target.year),
        document_number: None,
        document_date: None,
        issuer: None,
    };
    let plan = plans::draft(tx, &new)?;
    *drafted = Some((plan.head.id, new.title));
    Ok(plan)
}

/// Adds the rule of a row to its plan, or changes it.
fn put(
    tx: &mut Tx<'_>,
    line: Line<'_>,
    target: &Target,
    plan: &PlanWithRules,
) -> Result<Done, Error> {
    let (_, code, name) = &target.unit;
    let content = RuleContent {
        title: String::new(),
        kind: RuleKind::Quota,
        subject: Subject::Unit { code: code.clone() },
        kinds: vec![target.kind.clone()],
        own_field: false,
        scope: CountScope::Own,
        period: Some(target.period),
        due_at: None,
        minimum: target.minimum,
        maximum: target.maximum,
        valid_from: None,
        valid_to: None,
    };
    let rule_code = format!("{}-{}-{code}", target.kind, target.period).replace('_', "-");
    let made = |id: String| Made {
        row: line.number(),
        entity: Entity::Rule,
        id,
        name: format!("{name}: {} {}", target.minimum, target.kind),
        version: 0,
    };
    let new = NewRule {
        code: rule_code.clone(),
        content,
        effective_from: None,
    };
    let new = plans::completed(tx, plan.head.id, new)?;
    let Some(rule) = plan
        .rules
        .iter()
        .find(|rule| rule.code == rule_code && !rule.removed)
    else {
        let after = plans::add_rule(tx, plan.head.id, &new, plan.head.version)?;
        let added = after.rules.iter().find(|rule| rule.code == rule_code);
        let id = added.map(|rule| rule.id.to_string()).unwrap_or_default();
        return Ok(Done::Created(made(format!("{} {id}", plan.head.id))));
    };
    let known = &rule.newest()?.content.0;
    if (known.minimum, known.maximum) == (target.minimum, target.maximum) {
        return Ok(Done::Unchanged);
    }
    let change = ChangeRule {
        content: new.content,
        effective_from: None,
    };
    let at = RuleRef {
        plan_id: plan.head.id,
        rule_id: rule.id,
    };
    plans::change_rule(tx, at, &change, plan.head.version)?;
    Ok(Done::Changed(made(format!("{} {}", plan.head.id, rule.id))))
}
