//! Plans: the list by year, and one plan with its rules in words.
//!
//! | file | what is in it |
//! |---|---|
//! | here | the list, one plan |
//! | `new` | drafting a plan: from a preset, as a copy, empty |
//! | `file` | the rules as a file |
//! | `head` | the title and the document of a plan |
//! | `rule`, `typed_rule` | a rule: the form, what it sends |
//! | `step` | approving, reopening, putting in force, ending |

pub(super) mod file;
pub(super) mod head;
pub(super) mod new;
pub(super) mod rule;
pub(super) mod step;
mod typed_rule;

use std::fmt::Display;

use actix_web::web::Path;
use askama::Template;
use chrono::Datelike as _;

use super::call::PageCall;
use super::layout::Layout;
use super::list::{Choice, Files};
use super::routes;
use crate::domain::ids::PlanId;
use crate::domain::period::Period;
use crate::domain::plan::{PlanState, PlanStep};
use crate::domain::rule::{RuleContent, Subject};
use crate::domain::text::local_date;
use crate::service::obligations::open::{CategoryForesight, RuleForesight};
use crate::service::rules::plans::{
    self, PlanOverview, PlanShelf, PlanSummary, RuleWithVersions, RuleWords,
};
use crate::store::plans::PlanRow;
use crate::store::views::fulfilment::Fulfilment;
use crate::web::call::Reply;

#[derive(Template)]
#[template(path = "plans/list.html")]
struct List {
    page: Layout,
    shelf: PlanShelf,
    shown: Vec<YearOfPlans>,
    years: Vec<Choice>,
    chosen: String,
}

/// The plans of a year.
struct YearOfPlans {
    year: i32,
    plans: Vec<PlanSummary>,
    /// Whether the year before has plans to copy.
    can_copy: bool,
}

pub(super) async fn list(call: PageCall) -> Reply {
    let query = call.query()?;
    let shelf = call.read(plans::shelf).await?;
    let chosen = query.get("nam").to_owned();
    let this_year = local_date(call.now()).year();
    call.layout().wide().show(|page| List {
        years: choices(&page, &shelf, this_year),
        shown: match chosen.parse() {
            Ok(year) => vec![YearOfPlans::of(&shelf, year)],
            Err(_) => all_years(&shelf, this_year),
        },
        chosen,
        shelf,
        page,
    })
}

/// The years with plans, this year and, for those who draft plans, the next one; newest first.
fn years(shelf: &PlanShelf, this_year: i32) -> Vec<i32> {
    let next = (!shelf.managed.is_empty()).then_some(this_year + 1);
    let with_plans = shelf.plans.iter().map(|plan| plan.head.year);
    let mut years: Vec<i32> = with_plans.chain([this_year]).chain(next).collect();
    years.sort_unstable_by(|one, other| other.cmp(one));
    years.dedup();
    years
}

fn choices(page: &Layout, shelf: &PlanShelf, this_year: i32) -> Vec<Choice> {
    let years = years(shelf, this_year).into_iter();
    std::iter::once(Choice::new("", page.say("pages.map.all")))
        .chain(years.map(|year| Choice::new(year, year.to_string())))
        .collect()
}

fn all_years(shelf: &PlanShelf, this_year: i32) -> Vec<YearOfPlans> {
    let years = years(shelf, this_year).into_iter();
    years.map(|year| YearOfPlans::of(shelf, year)).collect()
}

impl YearOfPlans {
    fn of(shelf: &PlanShelf, year: i32) -> Self {
        let of_year = |year: i32| {
            let plans = shelf.plans.iter();
            plans.filter(move |plan| plan.head.year == year)
        };
        Self {
            year,
            plans: of_year(year).cloned().collect(),
            can_copy: of_year(year - 1).next().is_some(),
        }
    }
}

#[derive(Template)]
#[template(path = "plans/one.html")]
struct One {
    page: Layout,
    plan: PlanOverview,
}

pub(super) async fn one(call: PageCall, id: Path<PlanId>) -> Reply {
    let (id, locale) = (id.into_inner(), call.locale());
    let plan = call.read(move |tx| plans::overview(tx, id, locale)).await?;
    let page = call.layout().wide();
    let above = page.say("pages.plans.title");
    page.below(above, routes::PLANS)
        .show(|page| One { page, plan })
}

/// A page below the page of a plan.
fn below(page: Layout, plan: &PlanOverview) -> Layout {
    let above = page.say("pages.plans.title");
    let head = &plan.plan.head;
    page.below(above, routes::PLANS)
        .below_named(head.title.clone(), routes::plan(head.id))
}

/// A rule with its words.
type Worded<'p> = (&'p RuleWithVersions, &'p RuleWords);

/// The rules by who owes them, in their order; those that are taken out of force come last.
fn by_owner(plan: &PlanOverview) -> Vec<(&str, Vec<Worded<'_>>)> {
    let mut groups: Vec<(&str, Vec<Worded<'_>>)> = Vec::new();
    let rules = plan.plan.rules.iter().zip(&plan.words);
    for (rule, words) in rules.filter(|(rule, _)| !rule.removed) {
        match groups.iter_mut().find(|(who, _)| *who == words.who) {
            Some((_, rules)) => rules.push((rule, words)),
            None => groups.push((&words.who, vec![(rule, words)])),
        }
    }
    groups
}

/// The rules that are taken out of force.
fn removed(plan: &PlanOverview) -> Vec<Worded<'_>> {
    let rules = plan.plan.rules.iter().zip(&plan.words);
    rules.filter(|(rule, _)| rule.removed).collect()
}

/// What a rule says last.
fn newest(rule: &RuleWithVersions) -> Option<&RuleContent> {
    rule.versions.last().map(|version| &version.content.0)
}

/// The number and date of the document that a plan rests on; empty without a number.
fn legal_basis(page: &Layout, head: &PlanRow) -> String {
    let Some(number) = &head.document_number else {
        return String::new();
    };
    let date = head.document_date.map(|date| page.date(&date));
    let with_date =
        date.map(|date| page.say_two("pages.plans.document", ("number", number), ("date", date)));
    let issuer = head.issuer.iter().map(String::clone);
    let parts = [with_date.unwrap_or_else(|| number.clone())];
    let parts: Vec<String> = parts.into_iter().chain(issuer).collect();
    parts.join(", ")
}

/// How far a rule was met in a year.
fn fulfilled(page: &Layout, year: impl Display, one: &Fulfilment) -> String {
    let met = met(page, one);
    page.say_two("pages.plans.fulfilment", ("year", year), ("met", met))
}

/// How far a rule was met: `88 % (176/200)`.
fn met(page: &Layout, one: &Fulfilment) -> String {
    let Some(percent) = one.percent() else {
        return page.say_with("pages.plans.running", "n", page.number(one.all()));
    };
    let of = format!("{}/{}", page.number(one.met()), page.number(one.decided()));
    page.say_two(
        "pages.plans.met",
        ("percent", page.number(percent)),
        ("of", of),
    )
}

/// The rules of a plan as files for spreadsheets.
fn rule_files(plan: &PlanOverview) -> Files {
    let id = plan.plan.head.id.to_string();
    Files {
        xlsx: routes::with(routes::RULES_XLSX, "ke_hoach", &id),
        csv: routes::with(routes::RULES_CSV, "ke_hoach", &id),
    }
}

/// The targets of a plan as files that can be imported; `None` if it has none.
fn target_files(plan: &PlanOverview) -> Option<Files> {
    let id = plan.plan.head.id.to_string();
    let mut rules = plan.plan.rules.iter().filter(|rule| !rule.removed);
    let has_target = rules.any(|rule| newest(rule).is_some_and(|one| one.target().is_some()));
    has_target.then(|| Files {
        xlsx: routes::with(routes::TARGETS_XLSX, "ke_hoach", &id),
        csv: routes::with(routes::TARGETS_CSV, "ke_hoach", &id),
    })
}

/// The map of a plan's year.
fn map_of(plan: &PlanOverview) -> String {
    routes::with(routes::MAP, "nam", &plan.plan.head.year.to_string())
}

/// The map of those who owe what a rule asks for.
fn on_map(plan: &PlanOverview, rule: &RuleWithVersions) -> String {
    let map = map_of(plan);
    match newest(rule).map(|content| &content.subject) {
        Some(Subject::Units { categories }) => match categories.as_slice() {
            [only] => routes::with(&map, "loai", only.as_str()),
            _ => map,
        },
        _ => map,
    }
}

/// What was done to a plan, in words.
fn done(page: &Layout, action: &str) -> String {
    page.say(format!("pages.plans.done.{action}"))
}

/// The steps that a plan can take now, each with its word in addresses.
fn steps(plan: &PlanOverview) -> Vec<&'static str> {
    let state = *plan.plan.head.state;
    let steps = PlanStep::ALL.iter();
    let can = steps.filter(|step| plan.may_manage && step.check(state).is_ok());
    can.map(|step| step::word_of(*step)).collect()
}

/// Whether a step leads towards what a plan is for: being in force.
fn leads_on(step: &str) -> bool {
    [PlanStep::Approve, PlanStep::PutInForce]
        .map(step::word_of)
        .contains(&step)
}

/// Whether its rules may change now.
fn takes_rules(plan: &PlanOverview) -> bool {
    let state = *plan.plan.head.state;
    plan.may_manage && matches!(state, PlanState::Draft | PlanState::InForce)
}

/// Where the plan is copied into the next year.
fn copy_address(plan: &PlanOverview) -> String {
    let head = &plan.plan.head;
    let next = routes::with(routes::NEW_PLAN, "nam", &(head.year + 1).to_string());
    let copy = routes::with(&next, "cach", new::COPY);
    routes::with(&copy, "nguon", &head.id.to_string())
}

/// Where a plan of a year is drafted.
fn new_address(year: &i32, way: &str) -> String {
    let new = routes::with(routes::NEW_PLAN, "nam", &year.to_string());
    routes::with(&new, "cach", way)
}

/// How many units are named before the rest is counted.
const NAMED: usize = 30;

/// What a rule would open, in words.
fn foreseen(page: &Layout, opens: &RuleForesight) -> String {
    let n = page.number(opens.obligations);
    let required = page.number(opens.required);
    let first = opens.period_key.as_deref().and_then(Period::of_key);
    let Some(first) = first else {
        return page.say_two("pages.foresight.once", ("n", n), ("required", required));
    };
    let counts = page.say_two("pages.foresight.first", ("n", n), ("required", required));
    let periods = page.say_with("pages.foresight.periods", "n", page.number(opens.periods));
    format!("{}: {counts}; {periods}", first.label(page.locale()))
}

/// How many of a category: units, or people of so many units.
fn owing(page: &Layout, of: &CategoryForesight) -> String {
    let category = page.say(format!("pages.category.{}", of.category));
    let units = page.number(of.units.len());
    let counted = match of.owners == of.units.len() {
        true => page.say_with("pages.foresight.units", "n", units),
        false => page.say_two(
            "pages.foresight.people",
            ("n", page.number(of.owners)),
            ("units", units),
        ),
    };
    format!("{category}: {counted}")
}
