//! The steps of a plan: approved, reopened, put in force, ended. Each is asked for on a page that
//! names what follows from it.

use actix_web::HttpResponse;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::below;
use crate::domain::ids::PlanId;
use crate::domain::plan::{PlanPatch, PlanStep};
use crate::service::rules::plans::{self, PlanForesight, PlanOverview, PlanTrial};
use crate::service::{Error, Tx};
use crate::store::plans::PlanRow;
use crate::web::call::Reply;
use crate::web::error::{Kind, Problem};
use crate::web::pages::call::PageCall;
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Field, Form, Sent};
use crate::web::pages::layout::Layout;
use crate::web::pages::notice::Notice;
use crate::web::pages::{format, routes, typed};

/// The labels of the forms.
const FIELDS: &[Field] = &[
    Field::new("so", "pages.plans.number", &["document_number"]),
    Field::new("ngay", "pages.plans.date", &["document_date"]),
    Field::new("co_quan", "pages.plans.issuer", &["issuer"]),
    Field::new("tu", "pages.plans.in_force_from", &["effective_from"]),
];

/// What was typed: the legal basis that an approval needs, or from when a plan is in force.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    so: String,
    ngay: String,
    co_quan: String,
    tu: String,
    /// The button that only shows who would owe what.
    xem: String,
}

#[derive(Template)]
#[template(path = "plans/step.html")]
struct Page {
    page: Layout,
    plan: PlanOverview,
    word: &'static str,
    step: PlanStep,
    typed: Typed,
    foresight: Option<PlanForesight>,
}

/// The steps by their words in addresses.
const STEPS: [(&str, PlanStep); 4] = [
    ("duyet", PlanStep::Approve),
    ("mo-lai", PlanStep::Reopen),
    ("hieu-luc", PlanStep::PutInForce),
    ("ket-thuc", PlanStep::End),
];

/// A step of one plan.
#[derive(Debug, Clone, Copy)]
struct About {
    plan: PlanId,
    word: &'static str,
    step: PlanStep,
}

/// The word of a step in addresses.
pub(super) fn word_of(step: PlanStep) -> &'static str {
    let found = STEPS.iter().find(|(_, one)| *one == step);
    found.map_or("", |(word, _)| word)
}

fn about(parts: Path<(PlanId, String)>) -> Result<About, Problem> {
    let (plan, word) = parts.into_inner();
    let found = STEPS.iter().find(|(one, _)| *one == word);
    let (word, step) = found.ok_or_else(|| Problem::new(Kind::NotFound))?;
    Ok(About {
        plan,
        word,
        step: *step,
    })
}

pub async fn show(call: PageCall, parts: Path<(PlanId, String)>) -> Reply {
    let asked: Typed = call.query()?.read()?;
    about(parts)?
        .page(&call, call.layout(), (asked, true))
        .await
}

pub async fn take(call: PageCall, parts: Path<(PlanId, String)>, sent: Sent<Typed>) -> Reply {
    let about = about(parts)?;
    let Sent { typed, form } = sent;
    let address = routes::plan_step(about.plan, about.word);
    if !typed.xem.is_empty() && about.step == PlanStep::PutInForce {
        let page = call.layout().comes_back_to(address).of_form(&form);
        return about.page(&call, page, (typed, false)).await;
    }
    match about.act(&call, (&typed, &form)).await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            let page = call.again(error, &form, FIELDS)?;
            about
                .page(&call, page.comes_back_to(address), (typed, false))
                .await
        }
    }
}

impl About {
    async fn act(
        self,
        call: &PageCall,
        (typed, form): (&Typed, &Form),
    ) -> Result<HttpResponse, PageError> {
        form.sent()?;
        let version = form.version()?;
        let basis = basis(typed).map_err(Error::from)?;
        let from = typed::optional_date("effective_from", &typed.tu)?;
        let id = self.plan;
        let work = move |tx: &mut Tx<'_>| {
            let notice = match self.step {
                PlanStep::Approve => {
                    let plan = plans::change(tx, id, &basis, version)?;
                    plans::approve(tx, id, plan.head.version)?;
                    Notice::PlanApproved
                }
                PlanStep::Reopen => {
                    plans::reopen(tx, id, version)?;
                    Notice::PlanReopened
                }
                PlanStep::PutInForce => {
                    plans::put_in_force(tx, id, from, version)?;
                    Notice::PlanInForce
                }
                PlanStep::End => {
                    plans::end(tx, id, version)?;
                    Notice::PlanEnded
                }
            };
            Ok(notice.at(&routes::plan(id)))
        };
        call.once(form, work).await
    }

    async fn page(self, call: &PageCall, page: Layout, (typed, is_new): (Typed, bool)) -> Reply {
        let (id, locale) = (self.plan, call.locale());
        let tries = matches!(self.step, PlanStep::Approve | PlanStep::PutInForce);
        let from = typed::date("effective_from", &typed.tu).ok();
        let read = call.read(move |tx| {
            let plan = plans::overview(tx, id, locale)?;
            if !plan.may_manage {
                return Err(Error::Forbidden);
            }
            let trial = PlanTrial::PutInForce { from };
            let foresight = match tries {
                // a year that is over, or a date outside it, is told when the step is taken
                true => plans::foresight(tx, id, &trial, locale).ok(),
                false => None,
            };
            Ok((plan, foresight))
        });
        let (plan, foresight) = read.await?;
        let typed = match is_new {
            true => Typed {
                tu: typed.tu,
                ..Typed::of(&plan.plan.head)
            },
            false => typed,
        };
        let page = below(page, &plan).edits(plan.plan.head.version);
        page.show(|page| Page {
            word: self.word,
            step: self.step,
            foresight,
            typed,
            plan,
            page,
        })
    }
}

impl Typed {
    fn of(head: &PlanRow) -> Self {
        Self {
            so: head.document_number.clone().unwrap_or_default(),
            ngay: head.document_date.map(format::date).unwrap_or_default(),
            co_quan: head.issuer.clone().unwrap_or_default(),
            ..Self::default()
        }
    }
}

/// The legal basis that was typed; what is empty stays as it is.
fn basis(typed: &Typed) -> Result<PlanPatch, Vec<crate::domain::error::Invalid>> {
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.trim().is_empty());
    let date = match typed.ngay.trim() {
        "" => None,
        text => Some(Some(
            typed::date("document_date", text).map_err(|fault| vec![fault])?,
        )),
    };
    Ok(PlanPatch {
        title: None,
        document_number: text(&typed.so).map(Some),
        document_date: date,
        issuer: text(&typed.co_quan).map(Some),
    })
}

/// Whether the plan can take the step now.
fn can(plan: &PlanOverview, step: &PlanStep) -> bool {
    step.check(*plan.plan.head.state).is_ok()
}

/// How many obligations of the plan are not decided yet.
fn open(page: &Layout, plan: &PlanOverview) -> String {
    let open = plan.words.iter().map(|words| words.fulfilment.open);
    page.number(open.sum::<i64>())
}

/// How many obligations the first periods of all rules have.
fn first_obligations(page: &Layout, foresight: &PlanForesight) -> String {
    let rules = foresight.rules.iter();
    page.number(rules.map(|rule| rule.opens.obligations).sum::<usize>())
}

/// When the first of them is due.
fn first_due(page: &Layout, foresight: &PlanForesight) -> Option<String> {
    let rules = foresight.rules.iter();
    let dues = rules.filter_map(|rule| rule.opens.due.first());
    Some(page.due(&dues.map(|due| due.at).min()?))
}
