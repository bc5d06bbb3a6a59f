//! The first days of a federation, as a list of steps: each can be left and gone on with later, as
//! what is done is read from what is stored.
//!
//! | file | what it holds |
//! |---|---|
//! | `units` | units from a list that was copied from a sheet |
//! | `quotas` | office hours, holidays and quotas of a preset |
//! | `test_mail` | a mail to oneself, and the code in it |

pub mod quotas;
pub mod test_mail;
pub mod units;

use askama::Template;

use super::call::PageCall;
use super::layout::Layout;
use super::routes;
use crate::service::overview::Leaving;
use crate::service::rules::plans::PlanSummary;
use crate::service::setup::{self, Setup};
use crate::web::call::Reply;

/// So many units that no mail reaches are named.
const NAMED: usize = 5;

/// A step of the list.
struct Step {
    /// What is to be done.
    title: String,
    /// What is known of it.
    text: String,
    /// What that is about, as people call it; may be empty.
    name: String,
    /// What is still missing; empty where nothing is.
    lacks: String,
    /// Where it is done, and what the link says.
    link: (String, String),
    done: bool,
}

#[derive(Template)]
#[template(path = "setup/setup.html")]
struct Page {
    page: Layout,
    setup: Setup,
    steps: Vec<Step>,
}

impl Page {
    /// What is sent next, in words.
    fn leaving(&self, one: &Leaving) -> String {
        let key = format!("pages.setup.leaving.{}", one.what);
        self.page.say_with(key, "n", self.page.number(one.number))
    }

    /// Whether a step is the first one that is not done.
    fn is_next(&self, step: &Step) -> bool {
        let next = self.steps.iter().find(|step| !step.done);
        next.is_some_and(|next| std::ptr::eq(next, step))
    }
}

pub(super) async fn show(call: PageCall) -> Reply {
    let setup = call.read(setup::setup).await?;
    let page = call.layout();
    let steps = steps(&page, &setup);
    page.show(|page| Page { page, setup, steps })
}

/// The layout of a page of one step.
fn below(page: Layout) -> Layout {
    let name = page.say("pages.setup.title");
    page.below(name, routes::SETUP)
}

/// A link of the list of steps.
fn link(page: &Layout, address: &str, key: &str) -> (String, String) {
    (address.to_owned(), page.say(format!("pages.setup.{key}")))
}

fn steps(page: &Layout, setup: &Setup) -> Vec<Step> {
    vec![
        units_step(page, setup),
        calendar_step(page, setup),
        plan_step(page, setup),
        people_step(page, setup),
        mail_step(page, setup),
    ]
}

fn units_step(page: &Layout, setup: &Setup) -> Step {
    Step {
        title: page.say("pages.setup.units.step"),
        text: page.say_with("pages.setup.units.count", "n", page.number(setup.units)),
        name: String::new(),
        lacks: String::new(),
        link: link(page, routes::SETUP_UNITS, "units.go"),
        done: setup.has_units(),
    }
}

fn calendar_step(page: &Layout, setup: &Setup) -> Step {
    Step {
        title: page.say("pages.setup.calendar.step"),
        text: page.say("pages.setup.calendar.name"),
        name: setup.calendar.clone(),
        lacks: match setup.covered_to {
            Some(until) => page.say_with("pages.setup.calendar.until", "year", until),
            None => page.say("pages.setup.calendar.missing"),
        },
        link: link(page, routes::SETUP_QUOTAS, "calendar.go"),
        done: setup.has_calendar() && setup.has_plan(),
    }
}

fn plan_step(page: &Layout, setup: &Setup) -> Step {
    let plan = setup.plan.as_ref();
    let without_document = plan.filter(|plan| plan.head.document_number.is_none());
    Step {
        title: page.say("pages.setup.plan.step"),
        text: plan_text(page, plan),
        name: String::new(),
        lacks: match without_document {
            Some(_) => page.say("pages.setup.plan.no_document"),
            None => String::new(),
        },
        link: match (without_document, plan) {
            (Some(plan), _) => link(
                page,
                &routes::of_plan(routes::PLAN_HEAD, plan.head.id),
                "plan.document",
            ),
            (None, Some(plan)) => link(page, &routes::plan(plan.head.id), "plan.see"),
            (None, None) => link(page, routes::SETUP_QUOTAS, "plan.go"),
        },
        done: setup.has_plan(),
    }
}

fn plan_text(page: &Layout, plan: Option<&PlanSummary>) -> String {
    let Some(plan) = plan else {
        return page.say("pages.setup.plan.none");
    };
    let state = page.say(format!("pages.setup.plan.state.{}", plan.head.state));
    match plan.in_force_from {
        Some(from) => page.say_two(
            "pages.setup.plan.since",
            ("state", state),
            ("from", page.date(&from)),
        ),
        None => page.say_with("pages.setup.plan.is", "state", state),
    }
}

fn people_step(page: &Layout, setup: &Setup) -> Step {
    let counts = [
        ("people", page.number(setup.people)),
        ("active", page.number(setup.signing_in)),
        ("invited", page.number(setup.invited)),
    ];
    let mut text = page.say_all("pages.setup.people.count", &counts);
    let unreachable = setup.unreachable.len();
    if unreachable > 0 {
        let n = page.number(unreachable);
        text = format!(
            "{text} {}",
            page.say_with("pages.setup.people.unreachable", "n", n)
        );
    }
    let first = setup.unreachable.iter().take(NAMED);
    let names: Vec<String> = first.map(|unit| page.short(&unit.name)).collect();
    Step {
        title: page.say("pages.setup.people.step"),
        text,
        name: names.join(", "),
        lacks: String::new(),
        link: link(page, routes::PEOPLE, "people.go"),
        done: setup.reaches_all(),
    }
}

fn mail_step(page: &Layout, setup: &Setup) -> Step {
    Step {
        title: page.say("pages.setup.mail.step"),
        text: match &setup.test_mail {
            None => page.say("pages.setup.mail.none"),
            Some(test) => test_mail::words(page, test),
        },
        name: String::new(),
        lacks: String::new(),
        link: link(page, routes::SETUP_MAIL, "mail.go"),
        done: setup.has_mail(),
    }
}
