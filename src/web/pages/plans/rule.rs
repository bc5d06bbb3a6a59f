//! Adding, changing and removing a rule: a form in words, and who would owe what by it before it is
//! saved.

use actix_web::HttpResponse;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::below;
use super::typed_rule::{FIELDS, TypedRule};
use crate::domain::access::Role;
use crate::domain::ids::{PlanId, RuleId};
use crate::domain::period::PeriodKind;
use crate::domain::plan::PlanState;
use crate::domain::rule::{RuleContent, RuleKind};
use crate::domain::unit::Category;
use crate::service::rules::kinds;
use crate::service::rules::plans::{
    self, ChangeRule, NewRule, PlanForesight, PlanOverview, PlanTrial, RuleRef,
};
use crate::service::{Error, Tx};
use crate::store::kinds::KindRow;
use crate::web::call::Reply;
use crate::web::pages::call::PageCall;
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Form, Nothing, Sent};
use crate::web::pages::layout::Layout;
use crate::web::pages::list::Choice;
use crate::web::pages::notice::Notice;
use crate::web::pages::routes;

/// The rule that a form is about: none for one that is added.
#[derive(Debug, Clone, Copy)]
struct About {
    plan: PlanId,
    rule: Option<RuleId>,
}

/// What the form offers to choose from.
struct Offers {
    kinds: Vec<Choice>,
    categories: Vec<Choice>,
    roles: Vec<Choice>,
    periods: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "plans/rule.html")]
struct Page {
    page: Layout,
    plan: PlanOverview,
    typed: TypedRule,
    offers: Offers,
    /// The rule that is changed, by its title.
    changes: Option<String>,
    action: String,
    foresight: Option<PlanForesight>,
}

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    kieu: String,
}

pub async fn show_new(call: PageCall, id: Path<PlanId>) -> Reply {
    let asked: Asked = call.query()?.read()?;
    let about = About {
        plan: id.into_inner(),
        rule: None,
    };
    let typed = TypedRule::of_kind(&asked.kieu);
    about.page(&call, call.layout(), (typed, None)).await
}

pub async fn add(call: PageCall, id: Path<PlanId>, sent: Sent<TypedRule>) -> Reply {
    let about = About {
        plan: id.into_inner(),
        rule: None,
    };
    about.send(call, sent).await
}

pub async fn show(call: PageCall, parts: Path<(PlanId, RuleId)>) -> Reply {
    let (plan, rule) = parts.into_inner();
    let about = About {
        plan,
        rule: Some(rule),
    };
    let content = about.content(&call).await?;
    let typed = TypedRule::of(&content);
    about.page(&call, call.layout(), (typed, None)).await
}

pub async fn change(call: PageCall, parts: Path<(PlanId, RuleId)>, sent: Sent<TypedRule>) -> Reply {
    let (plan, rule) = parts.into_inner();
    let about = About {
        plan,
        rule: Some(rule),
    };
    about.send(call, sent).await
}

impl About {
    fn address(self) -> String {
        match self.rule {
            None => routes::of_plan(routes::NEW_RULE, self.plan),
            Some(rule) => routes::rule(routes::RULE, self.plan, rule),
        }
    }

    /// What the rule says last.
    async fn content(self, call: &PageCall) -> Result<RuleContent, PageError> {
        call.read(move |tx| {
            let plan = plans::get(tx, self.plan)?;
            let rule = self.rule.and_then(|id| plan.rule(id));
            let rule = rule.ok_or(Error::not_found("rule"))?;
            Ok(rule.newest()?.content.0.clone())
        })
        .await
    }

    async fn send(self, call: PageCall, sent: Sent<TypedRule>) -> Reply {
        let Sent { typed, form } = sent;
        let done = match typed.only_tries() {
            true => self.tries(&call, &typed, &form).await,
            false => self.saves(&call, &typed, &form).await.map(Done::Saved),
        };
        match done {
            Ok(Done::Saved(reply)) => Ok(reply),
            Ok(Done::Tried(foresight)) => {
                let page = call.layout().comes_back_to(self.address());
                let page = page.of_form(&form);
                self.page(&call, page, (typed, Some(foresight))).await
            }
            Err(error) => {
                let page = call.again(error, &form, FIELDS)?;
                let page = page.comes_back_to(self.address());
                self.page(&call, page, (typed, None)).await
            }
        }
    }

    async fn tries(
        self,
        call: &PageCall,
        typed: &TypedRule,
        form: &Form,
    ) -> Result<Done, PageError> {
        form.sent()?;
        let (new, locale) = (typed.rule().map_err(Error::from)?, call.locale());
        let found = call.read(move |tx| {
            let new = plans::completed(tx, self.plan, new)?;
            let trial = PlanTrial::Rule {
                rule_id: self.rule,
                change: change_of(new),
            };
            plans::foresight(tx, self.plan, &trial, locale)
        });
        Ok(Done::Tried(found.await?))
    }

    async fn saves(
        self,
        call: &PageCall,
        typed: &TypedRule,
        form: &Form,
    ) -> Result<HttpResponse, PageError> {
        form.sent()?;
        let version = form.version()?;
        let new = typed.rule().map_err(Error::from)?;
        let work = move |tx: &mut Tx<'_>| {
            let new = plans::completed(tx, self.plan, new.clone())?;
            let plan = routes::plan(self.plan);
            let Some(rule_id) = self.rule else {
                plans::add_rule(tx, self.plan, &new, version)?;
                return Ok(Notice::RuleAdded.at(&plan));
            };
            let rule = RuleRef {
                plan_id: self.plan,
                rule_id,
            };
            plans::change_rule(tx, rule, &change_of(new), version)?;
            Ok(Notice::RuleChanged.at(&plan))
        };
        call.once(form, work).await
    }

    async fn page(
        self,
        call: &PageCall,
        page: Layout,
        (typed, foresight): (TypedRule, Option<PlanForesight>),
    ) -> Reply {
        let (plan, kinds) = read(call, self.plan).await?;
        let rule = self.rule.and_then(|id| plan.plan.rule(id));
        let changes = rule.and_then(super::newest);
        let changes = changes.map(|content| content.title.clone());
        let page = below(page, &plan).edits(plan.plan.head.version);
        page.show(|page| Page {
            changes,
            offers: Offers::of(&page, kinds),
            action: self.address(),
            foresight,
            typed,
            plan,
            page,
        })
    }
}

/// What a form led to.
enum Done {
    Saved(HttpResponse),
    Tried(PlanForesight),
}

fn change_of(new: NewRule) -> ChangeRule {
    ChangeRule {
        content: new.content,
        effective_from: new.effective_from,
    }
}

/// The plan, if the reader may change its rules, and the kinds of item.
async fn read(call: &PageCall, id: PlanId) -> Result<(PlanOverview, Vec<KindRow>), PageError> {
    let locale = call.locale();
    call.read(move |tx| {
        let plan = plans::overview(tx, id, locale)?;
        if !plan.may_manage {
            return Err(Error::Forbidden);
        }
        Ok((plan, kinds::list(tx)?))
    })
    .await
}

impl Offers {
    fn of(page: &Layout, kinds: Vec<KindRow>) -> Self {
        let roles = Role::ALL.iter();
        let roles = roles.map(|role| Choice::new(role, page.say(format!("rule.role.{role}"))));
        let any = Choice::new("", page.say("pages.rule.any_role"));
        let kinds = kinds.into_iter();
        let category = |one: &Category| Choice::new(one, page.say(format!("rule.category.{one}")));
        let period =
            |one: &PeriodKind| Choice::new(one.as_str(), page.say(format!("rule.each.{one}")));
        Self {
            kinds: kinds
                .map(|kind| Choice::new(kind.code, kind.name))
                .collect(),
            categories: Category::ALL.iter().map(category).collect(),
            roles: std::iter::once(any).chain(roles).collect(),
            periods: PeriodKind::ALL.iter().map(period).collect(),
        }
    }
}

#[derive(Template)]
#[template(path = "plans/remove.html")]
struct RemovePage {
    page: Layout,
    plan: PlanOverview,
    sentence: String,
    foresight: PlanForesight,
}

pub async fn show_remove(call: PageCall, parts: Path<(PlanId, RuleId)>) -> Reply {
    let (plan, rule_id) = parts.into_inner();
    remove_page(&call, call.layout(), (plan, rule_id)).await
}

pub async fn remove(
    call: PageCall,
    parts: Path<(PlanId, RuleId)>,
    Sent { form, .. }: Sent<Nothing>,
) -> Reply {
    let (plan_id, rule_id) = parts.into_inner();
    let version = form.version()?;
    let work = move |tx: &mut Tx<'_>| {
        plans::remove_rule(tx, RuleRef { plan_id, rule_id }, version)?;
        Ok(Notice::RuleRemoved.at(&routes::plan(plan_id)))
    };
    match call.once(&form, work).await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            let page = call.again(error, &form, FIELDS)?;
            let page = page.comes_back_to(routes::plan(plan_id));
            remove_page(&call, page, (plan_id, rule_id)).await
        }
    }
}

async fn remove_page(call: &PageCall, page: Layout, (plan, rule): (PlanId, RuleId)) -> Reply {
    let locale = call.locale();
    let read = call.read(move |tx| {
        let trial = PlanTrial::Remove { rule_id: rule };
        let foresight = plans::foresight(tx, plan, &trial, locale)?;
        Ok((plans::overview(tx, plan, locale)?, foresight))
    });
    let (plan, foresight) = read.await?;
    let words = plan.words.iter().find(|words| words.rule_id == rule);
    let sentence = words.and_then(|words| words.versions.last());
    let sentence = sentence.map(|last| last.sentence.clone());
    below(page, &plan)
        .edits(plan.plan.head.version)
        .show(|page| RemovePage {
            sentence: sentence.unwrap_or_default(),
            foresight,
            plan,
            page,
        })
}

/// Whether the rule asks for something at a fixed instant.
fn is_fixed(typed: &TypedRule) -> bool {
    typed.kind() == RuleKind::FixedDate
}

/// Whether the fields below "advanced" are shown: one of them says something or is at fault.
fn opens_advanced(page: &Layout, typed: &TypedRule) -> bool {
    let names = ["ten", "den", "tu_ngay", "den_ngay", "hieu_luc", "ma"];
    typed.is_advanced() || names.iter().any(|name| page.fault_of(name).is_some())
}

/// Whether the plan is in force, so that a change waits for the next period.
fn is_in_force(plan: &PlanOverview) -> bool {
    *plan.plan.head.state == PlanState::InForce
}
